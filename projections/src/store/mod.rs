//! The views in SQLite: one file, one writer, many readers.

mod alike;
mod apply;
mod boards;
mod bulk;
mod callbacks;
mod cases;
mod checkpoint;
mod codec;
mod desk;
mod export;
mod facts;
mod figures;
mod files;
mod filter;
mod journal;
mod legs;
mod links;
mod notifications;
mod open;
mod papers;
mod parked;
mod parts;
mod search;
mod snapshot;
mod standing;
mod waits;

#[cfg(test)]
mod alike_specs;
#[cfg(test)]
mod barred_specs;
#[cfg(test)]
mod board_specs;
#[cfg(test)]
mod figures_specs;
#[cfg(test)]
mod rebuild_specs;
#[cfg(test)]
mod search_specs;
#[cfg(test)]
mod specs;

pub use alike::{Alike, Theme};
pub use boards::{BoardBy, BoardNumber, BoardQuery, BoardRow};
pub use callbacks::ToCall;
pub use cases::{COUNT_MAX, Page};
pub use checkpoint::{Checkpoint, Claim};
pub use desk::DeskCounts;
pub use export::Export;
pub use figures::{FiguresBy, FiguresQuery, Lines, day_at, first_of};
pub use filter::{CaseFilter, Scope};
pub use legs::CalledLeg;
pub use notifications::{Notification, Outgoing};
pub use papers::{CasePaper, PaperFilter, PaperPage};
pub use parked::Parked;
pub use parts::GivenPart;
pub use standing::Standing;
pub use waits::Waiting;

pub(crate) use bulk::Bulk;
pub(crate) use files::{beside, remove, replace};
pub(crate) use snapshot::Snapshot;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI8, AtomicU64, Ordering};

use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqlitePool};
use tokio::sync::{RwLock, broadcast};

/// The store of the views failed. Nothing was half done.
#[derive(Debug, thiserror::Error)]
pub enum ViewsError {
    /// The database said so.
    #[error("views: {0}")]
    Database(#[from] sqlx::Error),
    /// A stored row cannot be read.
    #[error("views: row {0} cannot be read; rebuild the views")]
    Unreadable(String),
    /// The file was made by another version of the program.
    #[error("views: the file has schema {found}, this program knows {known}; rebuild the views")]
    Schema {
        /// Of the file.
        found: i64,
        /// Of the program.
        known: i64,
    },
    /// Another runner has claimed the views since, or they were rebuilt: this one must stop.
    #[error("views: claimed by another runner")]
    Superseded,
    /// Another program has the file open: it cannot be replaced.
    #[error("views: the file is in use by another program")]
    InUse,
    /// A page cursor that this program did not give out.
    #[error("views: the cursor cannot be read")]
    Cursor,
    /// A file could not be put in place.
    #[error("views: {0}")]
    File(#[from] std::io::Error),
}

/// A case changed: told to live pages after the page of the log is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The case's number.
    pub case_no: String,
    /// Path that decides who sees it: the lead's, before dispatch the place's.
    pub lead_path: String,
    /// Unit that answers now; empty before dispatch.
    pub responsible: String,
    /// Paths of the units that are called for it.
    pub called: Vec<String>,
    /// Position of the event.
    pub position: u64,
}

/// The views. Cheap to clone; all clones are the same store.
#[derive(Debug, Clone)]
pub struct Views {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    pools: RwLock<Pools>,
    /// Grows when the file is replaced under the running program.
    edition: AtomicU64,
    /// How far a new edition is made, in percent; negative where none is being made.
    making: AtomicI8,
    overdue: boards::Kept,
    crowds: filter::Crowds,
    journal: journal::Limit,
    changes: broadcast::Sender<Changed>,
}

#[derive(Debug)]
struct Pools {
    writer: SqlitePool,
    readers: SqlitePool,
}

/// How many changes a slow listener may lag behind before it misses some.
const CHANGES_KEPT: usize = 4_096;

impl Views {
    /// Opens the file, and makes it where there is none.
    ///
    /// # Errors
    /// A file that cannot be opened, or one of another version: rebuild it.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, ViewsError> {
        let path = path.as_ref().to_owned();
        let pools = open::pools(&path).await?;
        let (changes, _) = broadcast::channel(CHANGES_KEPT);
        let inner = Inner {
            path,
            pools: RwLock::new(pools),
            edition: AtomicU64::new(0),
            making: AtomicI8::new(-1),
            overdue: boards::Kept::default(),
            crowds: filter::Crowds::default(),
            journal: journal::Limit::default(),
            changes,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Removes a file that no program has open, so that the views are made anew from the log.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub async fn discard(path: impl AsRef<Path>) -> Result<(), ViewsError> {
        remove(path.as_ref()).await
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Tells of every case that changes from now on, for live pages. A listener that lags misses
    /// some and should load its page anew.
    pub fn changes(&self) -> broadcast::Receiver<Changed> {
        self.inner.changes.subscribe()
    }

    /// Closes the file; the journal is merged into it.
    pub async fn close(&self) {
        let pools = self.inner.pools.read().await;
        open::close(&pools.readers).await;
        open::close(&pools.writer).await;
    }

    /// How far the views are being made anew, in percent; none where they are not. What they show until
    /// then is old, or nothing yet.
    pub fn rebuilding(&self) -> Option<u8> {
        u8::try_from(self.inner.making.load(Ordering::Relaxed)).ok()
    }

    pub(crate) fn tell_making(&self, percent: Option<u64>) {
        let percent = percent.map_or(-1, |percent| i8::try_from(percent.min(100)).unwrap_or(100));
        self.inner.making.store(percent, Ordering::Relaxed);
    }

    pub(crate) fn edition(&self) -> u64 {
        self.inner.edition.load(Ordering::Acquire)
    }

    /// Puts another file in place of this one while readers wait.
    pub(crate) async fn swap(&self, new: &Path) -> Result<(), ViewsError> {
        let mut pools = self.inner.pools.write().await;
        open::close(&pools.readers).await;
        open::close(&pools.writer).await;
        // Whether or not the new file could be put in place, there is one to open again.
        let replaced = replace(&self.inner.path, new).await;
        *pools = open::pools(&self.inner.path).await?;
        self.inner.edition.fetch_add(1, Ordering::AcqRel);
        replaced
    }

    /// A connection. Whoever holds one takes no second: a swap would wait for the first for ever.
    async fn reader(&self) -> Result<PoolConnection<Sqlite>, ViewsError> {
        Ok(self.inner.pools.read().await.readers.acquire().await?)
    }

    async fn writer(&self) -> Result<PoolConnection<Sqlite>, ViewsError> {
        Ok(self.inner.pools.read().await.writer.acquire().await?)
    }

    fn tell(&self, change: Changed) {
        // Nobody listening is no fault.
        let _ = self.inner.changes.send(change);
    }
}
