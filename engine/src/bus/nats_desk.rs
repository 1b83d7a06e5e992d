//! What an operator does by hand on NATS, beside the port that every carrier has.

use super::dead::DeadLetter;
use super::nats::{NatsBus, within};
use super::{Bus, BusError, Stored, Stream};

/// How many letters are read at once.
const AT_ONCE: usize = 50;

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

    /// The newest dead letter of this message, if it died.
    ///
    /// # Errors
    /// [`BusError`].
    pub async fn letter_of(&self, message: &Stored) -> Result<Option<u64>, BusError> {
        let of = |letter: &DeadLetter| letter.is_of(&message.subject, message.sequence);
        let mut from = u64::MAX;
        loop {
            let letters = self.browse(Stream::Dead, from, AT_ONCE).await?;
            // Nothing died before it came.
            let mut since = letters.iter().take_while(|letter| letter.stored_at >= message.stored_at);
            if let Some(found) = since.find(|stored| DeadLetter::read(stored).as_ref().is_some_and(of)) {
                return Ok(Some(found.sequence));
            }
            match letters.last() {
                Some(last) if last.stored_at >= message.stored_at => from = last.sequence.saturating_sub(1),
                _ => return Ok(None),
            }
        }
    }
}
