//! Where events come from: the log, as the gateway hands it over.

use async_trait::async_trait;
use domain::recorded::Recorded;
use domain::sealed::Content;

/// The log as the views read it: positions only grow, and a reader misses none.
#[async_trait]
pub trait Feed: Send + Sync {
    /// What follows this position, in order, at most `limit` items; empty at the end of the log.
    ///
    /// # Errors
    /// The log cannot be read now; asking again is harmless.
    async fn read_after(&self, position: u64, limit: u32) -> Result<Vec<FeedItem>, FeedError>;

    /// What lies behind one position and up to another, in order, all of it: of a log that is read from
    /// its beginning, at several places at once, by somebody who does not follow its end.
    ///
    /// # Errors
    /// As [`Feed::read_after`].
    async fn between(&self, after: u64, through: u64) -> Result<Vec<FeedItem>, FeedError>;

    /// Last position of the log.
    ///
    /// # Errors
    /// The log cannot be read now; asking again is harmless.
    async fn head(&self) -> Result<u64, FeedError>;
}

/// One event of the log.
#[derive(Debug, Clone)]
pub struct FeedItem {
    /// Place in the log.
    pub position: u64,
    /// Hash of the row: the chain's head as it stood there.
    pub hash: [u8; 32],
    /// What it says.
    pub item: FeedEvent,
}

/// An event as far as this program understands it.
#[derive(Debug, Clone)]
pub enum FeedEvent {
    /// Understood.
    Known {
        /// The event.
        recorded: Box<Recorded>,
        /// Its sealed content, opened; none where there is none or its key was destroyed.
        content: Option<Content>,
    },
    /// Newer than this program, or broken: its stream is parked, never skipped.
    Unknown {
        /// The stream, `case/<id>`.
        stream: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// The log cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the log cannot be read: {0}")]
pub struct FeedError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl FeedError {
    /// Wraps the log's own error.
    pub fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}
