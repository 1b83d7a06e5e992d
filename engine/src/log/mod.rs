//! The log and what is written with it in one transaction: the port that every store keeps.
//!
//! Three stores keep it: [`memory`], [`sqlite`] and [`postgres`]. One contract suite proves all three.

pub mod chain;
mod column;
pub mod cqrs;
pub mod memory;
mod plan;
pub mod postgres;
mod replay;
pub mod restore;
pub mod row;
pub mod sqlite;

use std::time::Duration;

use async_trait::async_trait;
use domain::case::clocks::Deadline;
use domain::recorded::Recorded;
use domain::stream::StreamId;
use jiff::Timestamp;
use uuid::Uuid;

pub use replay::{Past, replay};
pub use restore::Restore;
pub use row::{NewRow, StoredRow};

/// One command's effect, to be written whole or not at all.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The stream.
    pub stream: StreamId,
    /// Sequence of the stream's last event as the decision saw it; 0 for a new stream.
    pub expected: u64,
    /// Position of that event, where it is known: a store that stands there or further on still has it.
    pub seen: Option<u64>,
    /// The events, at least one.
    pub events: Vec<NewRow>,
    /// The command's id.
    pub command_id: Uuid,
    /// Keyed hash of the command's content; the same id with another is refused.
    pub content_hash: [u8; 32],
    /// The stream's next deadline after these events; none when no clock runs.
    pub next_deadline: Option<Deadline>,
    /// The case's wrapped data key, where this command opens the case.
    pub new_key: Option<Vec<u8>>,
}

/// What became of one entry of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// Written, and durable once the call returns.
    Written(Receipt),
    /// The stream has moved on since the decision: decide again.
    Conflict,
    /// This command id is in the log already (written by somebody else in the meantime).
    Repeated(Receipt),
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// One for each entry, in its order.
    pub outcomes: Vec<Appended>,
    /// The rows as they stand in the log now, in its order: readers of this node need not fetch them.
    pub rows: Vec<StoredRow>,
}

/// What a command id led to, for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The command.
    pub command_id: Uuid,
    /// Hash of its content.
    pub content_hash: [u8; 32],
    /// The stream it changed.
    pub stream: StreamId,
    /// Position of its first event.
    pub first_position: u64,
    /// Position of its last event.
    pub last_position: u64,
}

/// A row of the deadline table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingDeadline {
    /// The stream that waits for it.
    pub stream: StreamId,
    /// Which, and when.
    pub deadline: Deadline,
    /// Sequence of the stream's event that armed it: the same deadline armed anew is another one.
    pub generation: u64,
}

/// A stream that the publisher could not understand from this event on: nothing of it goes out, from
/// there on, until a program does.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Parked {
    /// `aggregate_type`, perhaps of a kind that this program does not know.
    pub stream_kind: String,
    /// `aggregate_id`.
    pub stream_id: String,
    /// The first event that is held back.
    pub position: u64,
    /// What cannot be understood; never quotes the payload.
    pub reason: String,
}

/// Head of the chain: the last position and its hash (zeroes before the first event).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Head {
    /// Last position.
    pub position: u64,
    /// Hash of that row.
    pub hash: [u8; 32],
}

/// Who the log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogIdentity {
    /// Random, made with the log.
    pub log_id: Uuid,
    /// Administrative code of the jurisdiction, e.g. `320506`.
    pub jurisdiction: String,
    /// Grows with every restore, so that message ids are never used twice.
    pub epoch: u64,
}

/// What a store says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SelfCheck {
    /// What is wrong.
    pub faults: Vec<String>,
    /// What is as somebody set it up, but could be safer.
    pub notices: Vec<String>,
}

/// What became of a claim to a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaseClaim {
    /// It is the claimant's for its time to live from now.
    Held {
        /// Grows whenever the holder is another than before.
        epoch: u64,
    },
    /// Somebody else has it.
    Taken {
        /// Who.
        by: String,
        /// For how long, if it is not renewed.
        left: Duration,
    },
}

/// A store failed. The engine retries or gives up; it never guesses what was written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database said so.
    #[error("store: {0}")]
    Database(#[from] sqlx::Error),
    /// A row cannot be read by this version.
    #[error("store: {0}")]
    Unreadable(#[from] domain::stream::UnknownEvent),
    /// There are no tables yet, and this role may not make them.
    #[error("store: the database has no tables yet, and role {0} may not make them: set owner_url")]
    TablesMissing(String),
    /// The files on disk are not what they should be.
    #[error("store: {0}")]
    Broken(String),
}

impl StoreError {
    /// Whether one command of a batch may be the cause: not where the store did not answer at all.
    pub(crate) fn may_be_one_command(&self) -> bool {
        match self {
            Self::Database(error) => {
                matches!(error, sqlx::Error::Database(_) | sqlx::Error::Encode(_) | sqlx::Error::Decode(_))
            }
            Self::Unreadable(_) | Self::TablesMissing(_) | Self::Broken(_) => true,
        }
    }
}

/// The port. Every call is atomic; `append` is durable when it returns.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Who the log is.
    async fn identity(&self) -> Result<LogIdentity, StoreError>;

    /// Writes a batch in one transaction under the append lock; positions follow the order of
    /// the entries. At most one entry per stream. A conflict or a repeated id fails its entry only.
    async fn append(&self, entries: &[Entry], recorded_at: Timestamp) -> Result<Batch, StoreError>;

    /// The receipts of those of these command ids that are known.
    async fn receipts(&self, command_ids: &[Uuid]) -> Result<Vec<Receipt>, StoreError>;

    /// All rows of these streams, each stream in order, raw; streams that do not exist are absent.
    async fn rows(&self, streams: &[StreamId]) -> Result<Vec<StoredRow>, StoreError>;

    /// All events of these streams, each stream in order; streams that do not exist are absent.
    async fn load(&self, streams: &[StreamId]) -> Result<Vec<Recorded>, StoreError> {
        self.rows(streams).await?.iter().map(|row| Ok(row.decode()?)).collect()
    }

    /// Rows after a position, in order, at most `limit`; raw, so that a reader can park what it
    /// does not understand. Misses none.
    async fn read_after(&self, position: u64, limit: u32) -> Result<Vec<StoredRow>, StoreError>;

    /// Every event after a position and up to another, in order, typed; for folds of the whole log.
    async fn past(&self, after: u64, through: u64) -> Result<Vec<Past>, StoreError> {
        let most = u32::try_from(through.saturating_sub(after)).unwrap_or(u32::MAX);
        let rows = self.read_after(after, most).await?;
        rows.iter().take_while(|row| row.position <= through).map(Past::of).collect()
    }

    /// The chain's head as the log itself states it.
    async fn head(&self) -> Result<Head, StoreError>;

    /// Deadlines due at or before `now`, earliest first and then by stream id, behind this one of them,
    /// at most `limit`.
    async fn due(
        &self,
        now: Timestamp,
        after: Option<&PendingDeadline>,
        limit: u32,
    ) -> Result<Vec<PendingDeadline>, StoreError>;

    /// All pending deadlines after this stream id, ordered by stream id, at most `limit`.
    async fn deadlines_after(
        &self,
        after: Option<StreamId>,
        limit: u32,
    ) -> Result<Vec<PendingDeadline>, StoreError>;

    /// How many deadlines are pending.
    async fn deadlines_pending(&self) -> Result<u64, StoreError>;

    /// When the next deadline is due.
    async fn next_due_at(&self) -> Result<Option<Timestamp>, StoreError>;

    /// The wrapped data keys of these cases; erased or unknown ones are absent.
    async fn keys(&self, cases: &[Uuid]) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError>;

    /// Receipts after this command id, ordered by it, at most `limit`; for `verify`.
    async fn receipts_after(&self, after: Option<Uuid>, limit: u32) -> Result<Vec<Receipt>, StoreError>;

    /// The streams whose messages are held back, each with the position from which on, in its order.
    async fn parked(&self) -> Result<Vec<Parked>, StoreError>;

    /// Holds these streams back. What is parked already stays parked where it is.
    async fn park(&self, streams: &[Parked]) -> Result<(), StoreError>;

    /// These streams are held back no longer.
    async fn unpark(&self, streams: &[Parked]) -> Result<(), StoreError>;

    /// The cases that have a key, after this one, ordered by id, at most `limit`; for `verify`.
    async fn key_ids_after(&self, after: Option<Uuid>, limit: u32) -> Result<Vec<Uuid>, StoreError>;

    /// Begins to put a backup back, where the log is empty and no node works on it.
    async fn begin_restore(&self) -> Result<Box<dyn Restore>, StoreError> {
        Err(StoreError::Broken("no backup can be put back into this log".to_owned()))
    }

    /// The store's own consistency check (SQLite: `integrity_check`), and who could change events.
    async fn self_check(&self) -> Result<SelfCheck, StoreError>;

    /// The time by the store's own clock, which all nodes share.
    async fn now(&self) -> Result<Timestamp, StoreError>;

    /// Takes or renews a lease, where it is free, run out or the claimant's already; by the store's
    /// own clock.
    async fn claim_lease(&self, name: &str, holder: &str, ttl: Duration) -> Result<LeaseClaim, StoreError>;

    /// Lets go of a lease at once; nothing where it is somebody else's.
    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), StoreError>;
}
