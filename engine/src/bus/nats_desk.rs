//! What an operator does by hand on NATS, beside the port that every carrier has.

use async_nats::jetstream::consumer::PullConsumer;

use super::dead::DeadLetter;
use super::nats::{NatsBus, within};
use super::{Bus, BusError, Inbox, Stream};

/// How many of the newest letters are looked through.
const NEWEST: usize = 50;

impl NatsBus {
    /// Takes one message out of a stream for good.
    ///
    /// # Errors
    /// [`BusError`]; a message that is not there any more is none.
    pub async fn discard(&self, stream: Stream, sequence: u64) -> Result<(), BusError> {
        self.online()?;
        let handle = within(self.context.get_stream(self.stream_name(stream))).await?;
        if handle.get_raw_message(sequence).await.is_err() {
            return Ok(());
        }
        within(handle.delete_message(sequence)).await.map(|_| ())
    }

    /// Whether we have dealt with all messages up to this one.
    ///
    /// # Errors
    /// [`BusError`].
    pub async fn dealt_with(&self, inbox: Inbox, sequence: u64) -> Result<bool, BusError> {
        self.online()?;
        let stream = self.stream_name(inbox.stream());
        let consumer: PullConsumer =
            within(self.context.get_consumer_from_stream(inbox.consumer(self.config.epoch), stream)).await?;
        Ok(consumer.cached_info().ack_floor.stream_sequence >= sequence)
    }

    /// The newest dead letter of the message at this place of a stream, if it died.
    ///
    /// # Errors
    /// [`BusError`].
    pub async fn letter_of(&self, subject: &str, sequence: u64) -> Result<Option<u64>, BusError> {
        let newest = self.browse(Stream::Dead, u64::MAX, NEWEST).await?;
        let of = |letter: &DeadLetter| letter.subject == subject && letter.sequence == sequence;
        let found = newest.iter().find(|stored| DeadLetter::read(stored).as_ref().is_some_and(of));
        Ok(found.map(|stored| stored.sequence))
    }
}
