//! The bus: how complaints and answers come in, and how tasks and receipts go out.
//!
//! One port, two carriers: [`in_process`] and [`nats`]. One contract suite runs over both. What leaves
//! is read from the log by [`crate::dispatcher`]; what comes in goes through the engine's one door.
//! The contract for other systems is `docs/bus.md`.

mod answer;
pub mod cloudevent;
pub mod dead;
pub mod in_process;
pub mod intake;
pub mod metrics;
pub mod nats;
mod nats_config;
pub mod nats_consumers;
mod nats_desk;
mod nats_message;
pub mod responses;
pub mod schema;
pub mod subject;

use std::time::Duration;

use async_trait::async_trait;
use domain::fault::Fault;
use jiff::Timestamp;
use uuid::Uuid;

/// Largest message, in bytes: what NATS takes unless told otherwise, less room for headers.
pub const MESSAGE_MAX: usize = 1_000_000;

/// The streams of the bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// Complaints, on their way in.
    Intake,
    /// 回执 and status, for the sending systems.
    Receipts,
    /// 派单, for the units.
    Dispatch,
    /// What the units answer.
    Responses,
    /// What happened, for everybody, without personal data.
    Events,
    /// What could not be understood or applied.
    Dead,
}

impl Stream {
    /// All of them.
    pub const ALL: [Stream; 6] =
        [Self::Intake, Self::Receipts, Self::Dispatch, Self::Responses, Self::Events, Self::Dead];

    /// Those that the log fills.
    pub const FROM_LOG: [Stream; 3] = [Self::Receipts, Self::Dispatch, Self::Events];

    /// The stream's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intake => "INTAKE",
            Self::Receipts => "RECEIPTS",
            Self::Dispatch => "DISPATCH",
            Self::Responses => "RESPONSES",
            Self::Events => "EVENTS",
            Self::Dead => "DEAD",
        }
    }
}

/// What the engine itself consumes, each with a durable place of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Inbox {
    /// Of [`Stream::Intake`].
    Intake,
    /// Of [`Stream::Responses`].
    Responses,
}

impl Inbox {
    /// The stream that is consumed.
    pub fn stream(self) -> Stream {
        match self {
            Self::Intake => Stream::Intake,
            Self::Responses => Stream::Responses,
        }
    }

    /// As it is called in figures, and by its consumer in a log that was never restored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Responses => "responses",
        }
    }

    /// The durable consumer's name. A restored log has one of its own, which begins with the oldest
    /// message that the bus still keeps: what came in since the backup is taken in again.
    pub fn consumer(self, epoch: u64) -> String {
        let name = self.name();
        if epoch > 1 { format!("{name}-e{epoch}") } else { name.to_owned() }
    }
}

/// The place in the log from which a message was made. It travels with the message, so that the bus
/// itself remembers how far the log has been published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The log.
    pub log_id: Uuid,
    /// The log's epoch when the message was made.
    pub epoch: u64,
    /// The event's position.
    pub position: u64,
    /// Which of the event's messages; 0 is its public event.
    pub part: u32,
    /// The event's hash: tells whether the log still is the one that was published.
    pub hash: [u8; 32],
}

impl Mark {
    /// The message's id: the same message has the same id however often it is published.
    pub fn message_id(&self) -> String {
        let Self { log_id, epoch, position, part, .. } = self;
        if *part == 0 {
            format!("{log_id}/{epoch}/{position}")
        } else {
            format!("{log_id}/{epoch}/{position}/{part}")
        }
    }

    /// Reads id and hash as they travel.
    pub fn read(message_id: &str, hash: &str) -> Option<Self> {
        let mut parts = message_id.split('/');
        let log_id = Uuid::parse_str(parts.next()?).ok()?;
        let epoch = parts.next()?.parse().ok()?;
        let position = parts.next()?.parse().ok()?;
        let part = parts.next().map_or(Some(0), |part| part.parse().ok())?;
        let hash = hex::decode(hash).ok()?.try_into().ok()?;
        Some(Self { log_id, epoch, position, part, hash })
    }
}

/// A message to be published.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Where.
    pub subject: String,
    /// The same id for the same message, for ever.
    pub id: String,
    /// Where in the log it comes from; none for what does not.
    pub mark: Option<Mark>,
    /// The envelope.
    pub payload: Vec<u8>,
}

/// A message as the bus keeps it.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Place in its stream.
    pub sequence: u64,
    /// Where it was published.
    pub subject: String,
    /// Its id, where it has one.
    pub id: Option<String>,
    /// Where in the log it comes from.
    pub mark: Option<Mark>,
    /// The envelope.
    pub payload: Vec<u8>,
    /// When the bus stored it.
    pub stored_at: Timestamp,
}

/// How a stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamState {
    /// The last sequence, also of a message that is gone.
    pub last_sequence: u64,
    /// How many messages it holds.
    pub messages: u64,
}

/// A message that is ours to settle.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The message.
    pub message: Stored,
    /// How often it was delivered, this time included.
    pub attempt: u64,
    /// What the carrier needs to settle it.
    pub token: String,
}

impl Delivery {
    /// How long to leave it after a failure of ours: longer each time, a minute at most.
    pub fn patience(&self) -> Duration {
        let doublings = u32::try_from(self.attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(6);
        Duration::from_secs(1_u64.saturating_mul(1 << doublings).min(60))
    }
}

/// What was delivered and is not settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsettled {
    /// How many messages.
    pub messages: usize,
    /// One that nobody settles is delivered again within this time.
    pub within: Duration,
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// It is dealt with, durably: never deliver it again.
    Done,
    /// We failed, not the message: deliver it again after this time.
    Later(Duration),
}

/// The bus failed.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// Whether it happened is not known: do it again under the same id.
    #[error("bus: {0}")]
    Unknown(String),
    /// The stream does not stand where the publisher thought: look again.
    #[error("bus: {0} has moved on")]
    Moved(&'static str),
    /// Nobody could ever take this message.
    #[error("bus: a message of {0} bytes is too large")]
    TooLarge(usize),
}

/// The fault of a message that is too large to be read.
pub fn too_large(bytes: usize) -> Fault {
    Fault::new(
        "MESSAGE_TOO_LARGE",
        format!("消息有 {bytes} 字节，上限 {MESSAGE_MAX}；附件请用链接。"),
        format!("The message has {bytes} bytes, {MESSAGE_MAX} at most; send attachments by reference."),
    )
}

/// The port. Every call has a deadline of its own; a failed call may have happened.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Makes the streams and consumers that are absent; changes none that is there.
    async fn ensure(&self) -> Result<(), BusError>;

    /// Publishes in order; all of it is durable when the call returns the last sequence. With
    /// `after`, only where the stream's last sequence is this: of two publishers one is stopped.
    async fn publish(
        &self,
        stream: Stream,
        after: Option<u64>,
        messages: &[Outgoing],
    ) -> Result<u64, BusError>;

    /// Takes at most `limit` messages, waiting so long for the first. What is not settled in time is
    /// delivered again.
    async fn pull(&self, inbox: Inbox, limit: usize, wait: Duration) -> Result<Vec<Delivery>, BusError>;

    /// Settles deliveries. A settlement that gets lost leads to another delivery, never to a loss.
    async fn settle(&self, inbox: Inbox, settled: &[(Delivery, Settlement)]) -> Result<(), BusError>;

    /// What was delivered, to whichever node, and is not settled.
    async fn unsettled(&self, inbox: Inbox) -> Result<Unsettled, BusError>;

    /// How the stream stands.
    async fn state(&self, stream: Stream) -> Result<StreamState, BusError>;

    /// At most `limit` messages at or below this sequence, newest first.
    async fn browse(&self, stream: Stream, from: u64, limit: usize) -> Result<Vec<Stored>, BusError>;

    /// The position of the log that an empty stream stands for: 0 where the bus outlives the process.
    fn floor(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let mark = Mark { log_id: Uuid::from_u128(7), epoch: 2, position: 41, part: 0, hash: [9; 32] };
        for mark in [mark, Mark { part: 3, ..mark }] {
            assert_eq!(Mark::read(&mark.message_id(), &hex::encode(mark.hash)), Some(mark));
        }
        assert_eq!(Mark::read("somebody-elses-id", "00"), None);
    }
}
