//! How a backup comes back: into an empty log, whole or not at all.

use async_trait::async_trait;
use domain::stream::StreamId;
use uuid::Uuid;

use super::{Head, LogIdentity, Parked, PendingDeadline, Receipt, StoreError, StoredRow};

/// A part of what a log holds.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Rows, as they were.
    pub rows: Vec<StoredRow>,
    /// Receipts.
    pub receipts: Vec<Receipt>,
    /// Wrapped data keys by case.
    pub keys: Vec<(Uuid, Vec<u8>)>,
    /// What waits.
    pub deadlines: Vec<PendingDeadline>,
    /// Streams whose messages are held back.
    pub parked: Vec<Parked>,
}

/// One transaction over an empty log, begun by [`super::Store::begin_restore`]: nothing of it is seen
/// before it is finished, and dropping it leaves the log empty.
#[async_trait]
pub trait Restore: Send {
    /// Puts a part back, word for word.
    async fn put(&mut self, part: Part) -> Result<(), StoreError>;

    /// The streams after this one that were put back, in their order, at most `limit`.
    async fn streams_after(
        &mut self,
        after: Option<StreamId>,
        limit: u32,
    ) -> Result<Vec<StreamId>, StoreError>;

    /// All rows of these streams, each stream in order.
    async fn rows(&mut self, streams: &[StreamId]) -> Result<Vec<StoredRow>, StoreError>;

    /// From now on the log is this one and ends here.
    async fn finish(self: Box<Self>, identity: &LogIdentity, head: Head) -> Result<(), StoreError>;
}

/// Why nothing can be put back here.
pub(super) fn not_empty() -> StoreError {
    StoreError::Broken("the log is not empty, or a service runs on it".to_owned())
}
