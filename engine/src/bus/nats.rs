//! The bus on NATS JetStream. Works with servers from 2.9 on.
//!
//! Every call has its own deadline, and a time-out means *unknown*: the caller repeats it under the
//! same id. Nothing here trusts the server's de-duplication window: the publisher is exact because
//! it names the sequence after which its messages belong.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_nats::Client;
use async_nats::connection::State;
use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::context::{ContextBuilder, PublishAckFuture, PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::stream::{
    Config, DiscardPolicy, LastRawMessageErrorKind, RetentionPolicy, StorageType,
};
use async_trait::async_trait;
use futures::StreamExt;
use tracing::warn;

use super::nats_config::Heard;
pub use super::nats_config::NatsConfig;
use super::nats_consumers::Place;
use super::nats_message::{delivery, headers, stored};
use super::subject::Subjects;
use super::{
    Bus, BusError, Delivery, Inbox, MESSAGE_MAX, Outgoing, Settlement, Stored, Stream, StreamState, Unsettled,
};

/// Deadline of every call.
pub(super) const CALL: Duration = Duration::from_secs(5);
/// A delivery that is not settled within this time is made again.
pub(super) const SETTLE_WITHIN: Duration = Duration::from_secs(30);
/// Most consumers that are made at once.
const AT_ONCE: usize = 32;
/// Most messages of an inbox that are not settled; then the server delivers no more until some are.
const PENDING: i64 = 50_000;
/// What comes in can be read again for a week: longer than any lost tail of a database.
const INBOX_AGE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Dead letters hold what residents wrote: they are not kept for ever.
const DEAD_AGE: Duration = Duration::from_secs(30 * 24 * 3600);
/// The server's own window; a convenience only. Short, so that a purged stream is soon filled again.
const DUPLICATES: Duration = Duration::from_secs(2);
/// Of the dead, which nobody fills again: a letter that a dying node wrote is not stored once more.
const SAME_LETTER: Duration = Duration::from_secs(24 * 3600);
/// Most messages on their way to one stream at a time: less than any server's queue takes.
const IN_FLIGHT: usize = 1_000;

/// The bus on NATS.
pub struct NatsBus {
    client: Client,
    pub(super) context: Context,
    pub(super) config: NatsConfig,
    subjects: Subjects,
    heard: Heard,
    consumers: Mutex<HashMap<Inbox, PullConsumer>>,
}

impl NatsBus {
    /// Connects, for ever: a server that is not there yet, or goes away, is waited for.
    ///
    /// # Errors
    /// [`BusError`] where the address or the credentials cannot be understood.
    pub async fn connect(config: NatsConfig) -> Result<Self, BusError> {
        let heard = Heard::default();
        let options = config.options(heard.clone()).await?;
        let servers: Vec<&str> = config.url.split(',').map(str::trim).collect();
        let client = options.connect(servers).await.map_err(unknown)?;
        let context = ContextBuilder::new()
            .timeout(CALL)
            .ack_timeout(CALL)
            .backpressure_on_inflight(true)
            .build(client.clone());
        let subjects = Subjects::new(&config.jurisdiction);
        Ok(Self { client, context, config, subjects, heard, consumers: Mutex::default() })
    }

    /// Whether the server answers at the moment.
    pub fn connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    pub(super) fn stream_name(&self, stream: Stream) -> String {
        format!("{}{}", self.config.prefix, stream.name())
    }

    /// Nothing is queued for a server that is away: it would be sent behind everybody's back.
    pub(super) fn online(&self) -> Result<(), BusError> {
        if self.connected() { Ok(()) } else { Err(self.told(&"not connected")) }
    }

    /// A failure that may be one of the account, with what was tried and what to look at.
    fn told(&self, failure: &dyn std::fmt::Display) -> BusError {
        let heard = self.heard.last().map(|heard| format!(" ({heard})")).unwrap_or_default();
        let tried = self.config.identity();
        BusError::Unknown(format!(
            "{failure}{heard}; {tried}：请核对地址和账户，账户须启用 JetStream 并可用 $JS.API.> · check the address and \
             the account: it needs JetStream and the right to use $JS.API.>"
        ))
    }

    fn stream_config(&self, stream: Stream) -> Config {
        let inbox = matches!(stream, Stream::Intake | Stream::Responses);
        let max_age = match stream {
            Stream::Intake | Stream::Responses => INBOX_AGE,
            Stream::Dead => DEAD_AGE,
            // Never by age: the last message says how far the log is published.
            Stream::Receipts | Stream::Dispatch | Stream::Events => Duration::ZERO,
        };
        Config {
            name: self.stream_name(stream),
            subjects: self.subjects.patterns(stream),
            retention: RetentionPolicy::Limits,
            storage: StorageType::File,
            // What nobody has taken yet is never pushed out by what comes after.
            discard: if inbox { DiscardPolicy::New } else { DiscardPolicy::Old },
            max_age,
            max_bytes: if inbox { -1 } else { self.config.max_bytes },
            num_replicas: self.config.replicas,
            duplicate_window: if stream == Stream::Dead { SAME_LETTER } else { DUPLICATES },
            ..Config::default()
        }
    }

    async fn consumer(&self, inbox: Inbox) -> Result<PullConsumer, BusError> {
        let known = self.consumers.lock().unwrap_or_else(PoisonError::into_inner).get(&inbox).cloned();
        if let Some(consumer) = known {
            return Ok(consumer);
        }
        let stream =
            self.context.get_stream_no_info(self.stream_name(inbox.stream())).await.map_err(unknown)?;
        let durable = inbox.consumer(self.config.epoch);
        let config = pull::Config {
            durable_name: Some(durable.clone()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: SETTLE_WITHIN,
            // Our own failures are never the message's: it is delivered until it is settled.
            max_deliver: -1,
            // What waits for its complaint is pending too, and must not stop the others.
            max_ack_pending: PENDING,
            ..pull::Config::default()
        };
        let consumer = within(stream.get_or_create_consumer(&durable, config)).await?;
        self.consumers.lock().unwrap_or_else(PoisonError::into_inner).insert(inbox, consumer.clone());
        Ok(consumer)
    }

    /// The consumers of those outside; there may be hundreds of units. One that cannot be made must not
    /// keep the others from being served.
    async fn places(&self) {
        let make = async |place: Place| {
            let stream =
                self.context.get_stream_no_info(self.stream_name(place.stream)).await.map_err(unknown)?;
            within(stream.get_or_create_consumer(&place.durable, place.consumer())).await.map(|_| ())
        };
        let places = Place::all(&self.config, &self.subjects);
        let made = futures::stream::iter(places).map(make).buffer_unordered(AT_ONCE);
        let failures: Vec<BusError> = made.filter_map(async |made| made.err()).collect().await;
        if let Some(failure) = failures.first() {
            warn!(%failure, consumers = failures.len(), "some readers outside cannot be served yet");
        }
    }

    fn forget(&self, inbox: Inbox) {
        self.consumers.lock().unwrap_or_else(PoisonError::into_inner).remove(&inbox);
    }

    async fn try_pull(&self, inbox: Inbox, limit: usize, wait: Duration) -> Result<Vec<Delivery>, BusError> {
        let consumer = self.consumer(inbox).await?;
        let at_once = collect(within(consumer.fetch().max_messages(limit).messages()).await?, CALL).await?;
        if !at_once.is_empty() || wait.is_zero() {
            return Ok(at_once);
        }
        // One wakes us; the others are there with the next pull.
        let waiting = consumer.batch().max_messages(1).expires(wait);
        collect(within(waiting.messages()).await?, wait + CALL).await
    }

    /// Publishes and asks for the server's word on it.
    async fn send(&self, message: &Outgoing, after: Option<u64>) -> Result<PublishAckFuture, BusError> {
        let publish =
            PublishMessage::build().payload(message.payload.clone().into()).headers(headers(message, after));
        within(self.context.send_publish(message.subject.clone(), publish)).await
    }

    /// Publishes without a word from the server: only where the next message expects this one.
    async fn send_on(&self, message: &Outgoing, after: u64) -> Result<(), BusError> {
        let headers = headers(message, Some(after));
        let payload = message.payload.clone().into();
        within(self.client.publish_with_headers(message.subject.clone(), headers, payload)).await
    }

    /// Each message expects the one before, so the server's word on the last one covers all of them:
    /// where one is not stored, the sequence that the next ones expect does not come.
    async fn publish_chain(
        &self,
        stream: Stream,
        mut after: u64,
        messages: &[Outgoing],
    ) -> Result<u64, BusError> {
        for run in messages.chunks(IN_FLIGHT) {
            let Some((last, before)) = run.split_last() else { break };
            for message in before {
                self.send_on(message, after).await?;
                after += 1;
            }
            let ack = self.confirmed(self.send(last, Some(after)).await?, stream).await?;
            // The server has seen this id lately and did not store it. It may have been purged since.
            if ack.duplicate {
                return Err(BusError::Moved(stream.name()));
            }
            after = ack.sequence;
        }
        Ok(after)
    }

    async fn confirmed(&self, ack: PublishAckFuture, stream: Stream) -> Result<PublishAck, BusError> {
        tokio::time::timeout(CALL, ack)
            .await
            .map_err(|_| timed_out())?
            .map_err(|error| publish_error(&error, stream))
    }
}

#[async_trait]
impl Bus for NatsBus {
    async fn ensure(&self) -> Result<(), BusError> {
        self.online()?;
        for stream in Stream::ALL {
            let made = within(self.context.get_or_create_stream(self.stream_config(stream))).await;
            made.map_err(|error| self.told(&error))?;
        }
        for inbox in [Inbox::Intake, Inbox::Responses] {
            self.forget(inbox);
            self.consumer(inbox).await?;
        }
        self.places().await;
        Ok(())
    }

    async fn publish(
        &self,
        stream: Stream,
        after: Option<u64>,
        messages: &[Outgoing],
    ) -> Result<u64, BusError> {
        self.online()?;
        if let Some(large) = messages.iter().find(|message| message.payload.len() > MESSAGE_MAX) {
            return Err(BusError::TooLarge(large.payload.len()));
        }
        if let Some(after) = after {
            return self.publish_chain(stream, after, messages).await;
        }
        let mut last = 0;
        for run in messages.chunks(IN_FLIGHT) {
            let mut sent = Vec::with_capacity(run.len());
            for message in run {
                sent.push(self.send(message, None).await?);
            }
            for ack in sent {
                last = self.confirmed(ack, stream).await?.sequence;
            }
        }
        Ok(last)
    }

    async fn pull(&self, inbox: Inbox, limit: usize, wait: Duration) -> Result<Vec<Delivery>, BusError> {
        self.online()?;
        let pulled = self.try_pull(inbox, limit, wait).await;
        if pulled.is_err() && self.connected() {
            // Perhaps stream or consumer are gone: they are made anew, and the next pull finds them.
            self.forget(inbox);
            self.ensure().await?;
        }
        pulled
    }

    async fn settle(&self, _inbox: Inbox, settled: &[(Delivery, Settlement)]) -> Result<(), BusError> {
        self.online()?;
        for (delivery, settlement) in settled {
            let word = match settlement {
                Settlement::Done => "+ACK".to_owned(),
                Settlement::Later(delay) => format!("-NAK {{\"delay\": {}}}", delay.as_nanos()),
            };
            within(self.client.publish(delivery.token.clone(), word.into())).await?;
        }
        within(self.client.flush()).await
    }

    async fn unsettled(&self, inbox: Inbox) -> Result<Unsettled, BusError> {
        self.online()?;
        let mut consumer = self.consumer(inbox).await?;
        let info = within(consumer.info()).await?;
        Ok(Unsettled { messages: info.num_ack_pending, within: info.config.ack_wait })
    }

    async fn state(&self, stream: Stream) -> Result<StreamState, BusError> {
        self.online()?;
        let stream = within(self.context.get_stream(self.stream_name(stream))).await?;
        let state = &stream.cached_info().state;
        Ok(StreamState { last_sequence: state.last_sequence, messages: state.messages })
    }

    async fn browse(&self, stream: Stream, from: u64, limit: usize) -> Result<Vec<Stored>, BusError> {
        self.online()?;
        let handle = within(self.context.get_stream(self.stream_name(stream))).await?;
        let state = &handle.cached_info().state;
        let mut found = Vec::new();
        if state.messages == 0 {
            return Ok(found);
        }
        let newest = from.min(state.last_sequence);
        for sequence in (state.first_sequence..=newest).rev() {
            if found.len() >= limit {
                break;
            }
            match tokio::time::timeout(CALL, handle.get_raw_message(sequence))
                .await
                .map_err(|_| timed_out())?
            {
                Ok(message) => found.push(stored(message)?),
                // Deleted by an operator, or aged out just now.
                Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => {}
                Err(error) => return Err(unknown(error)),
            }
        }
        Ok(found)
    }
}

pub(super) async fn within<T, E: std::fmt::Display>(
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, BusError> {
    tokio::time::timeout(CALL, call).await.map_err(|_| timed_out())?.map_err(unknown)
}

fn timed_out() -> BusError {
    BusError::Unknown("no answer in time".to_owned())
}

pub(super) fn unknown(error: impl std::fmt::Display) -> BusError {
    BusError::Unknown(error.to_string())
}

fn publish_error(error: &PublishError, stream: Stream) -> BusError {
    match error.kind() {
        PublishErrorKind::WrongLastSequence => BusError::Moved(stream.name()),
        _ => unknown(error),
    }
}

async fn collect(mut batch: pull::Batch, wait: Duration) -> Result<Vec<Delivery>, BusError> {
    let mut taken = Vec::new();
    let deadline = tokio::time::Instant::now() + wait;
    loop {
        match tokio::time::timeout_at(deadline, batch.next()).await {
            Ok(Some(Ok(message))) => taken.extend(delivery(&message)),
            // What has come is dealt with first; the failure shows again with the next pull.
            Ok(Some(Err(_))) if !taken.is_empty() => return Ok(taken),
            Ok(Some(Err(error))) => return Err(unknown(error)),
            Ok(None) => return Ok(taken),
            Err(_) if taken.is_empty() => return Err(timed_out()),
            Err(_) => return Ok(taken),
        }
    }
}
