//! The log in one SQLite file: one writer at a time, durable when a call returns.

mod append;
mod lease;
mod pack;
mod parked;
mod read;
mod restore;
mod schema;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use domain::stream::StreamId;
use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlitePool};
use uuid::Uuid;

use self::append::Writer;
use super::restore::Restore;
use super::{
    Batch, Entry, Head, LeaseClaim, LogIdentity, Parked, Past, PendingDeadline, Receipt, SelfCheck, Store,
    StoreError, StoredRow,
};

/// Other processes may hold the file's write lock for so long.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
const READERS: u32 = 4;
/// Rows that a query may be ahead of whoever takes them: fewer wake-ups between the two threads.
const ROWS_AHEAD: usize = 1_024;
/// Pages of 4 KiB in the write-ahead log before it is copied into the file: 64 MiB. Ids are random,
/// so a batch touches many pages, and the longer they gather the fewer are written twice.
const CHECKPOINT_PAGES: &str = "16000";
/// The writer's page cache, in KiB with a minus sign: 32 MiB.
const WRITER_CACHE: &str = "-32768";
/// A reader's: 8 MiB. Events of one case lie days apart, those of cases begun together near each other.
const READER_CACHE: &str = "-8192";

/// A log in a SQLite file. Other processes may have the same file open.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    options: SqliteConnectOptions,
    writer: Writer,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the log in this file. Once returned, folder, file and tables exist and the log
    /// belongs to this jurisdiction.
    ///
    /// # Errors
    /// A folder or file that cannot be written, a newer schema, or the log of another jurisdiction.
    pub async fn open(path: &Path, jurisdiction: &str) -> Result<Self, StoreError> {
        Self::open_with(path, jurisdiction, SqliteSynchronous::Full).await
    }

    /// The same for a file that nobody reads once this process has ended: nothing is forced to the disk.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub async fn open_passing(path: &Path, jurisdiction: &str) -> Result<Self, StoreError> {
        Self::open_with(path, jurisdiction, SqliteSynchronous::Off).await
    }

    async fn open_with(
        path: &Path,
        jurisdiction: &str,
        synchronous: SqliteSynchronous,
    ) -> Result<Self, StoreError> {
        if path.file_name().is_none() {
            // SQLite takes an empty name for a file that goes away when it is closed.
            return Err(StoreError::Broken(format!("{} is not a file's name", path.display())));
        }
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder).await.map_err(sqlx::Error::Io)?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .synchronous(synchronous)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
            .row_buffer_size(ROWS_AHEAD);
        let writing = options.clone().pragma("cache_size", WRITER_CACHE);
        let mut connection = writing.connect().await?;
        schema::prepare(&mut connection, jurisdiction).await?;
        let writer = Writer::over(connection, writing).await?;
        let readers = readers()
            .connect_with(options.clone().pragma("query_only", "on").pragma("cache_size", READER_CACHE))
            .await?;
        Ok(Self { options, writer, readers })
    }

    /// Closes the file. Once returned, no other process need read the write-ahead log.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

fn readers() -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(2 * BUSY_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
}

#[async_trait]
impl Store for SqliteStore {
    async fn identity(&self) -> Result<LogIdentity, StoreError> {
        read::identity(&self.readers).await
    }

    async fn append(&self, entries: &[Entry], recorded_at: Timestamp) -> Result<Batch, StoreError> {
        self.writer.append(entries, recorded_at).await
    }

    async fn receipts(&self, command_ids: &[Uuid]) -> Result<Vec<Receipt>, StoreError> {
        read::receipts(&self.readers, command_ids).await
    }

    async fn rows(&self, streams: &[StreamId]) -> Result<Vec<StoredRow>, StoreError> {
        read::rows(&self.readers, streams).await
    }

    async fn read_after(&self, position: u64, limit: u32) -> Result<Vec<StoredRow>, StoreError> {
        read::after(&self.readers, position, limit).await
    }

    async fn past(&self, after: u64, through: u64) -> Result<Vec<Past>, StoreError> {
        read::past(&self.readers, after, through).await
    }

    async fn head(&self) -> Result<Head, StoreError> {
        read::head(&self.readers).await
    }

    async fn due(
        &self,
        now: Timestamp,
        after: Option<&PendingDeadline>,
        limit: u32,
    ) -> Result<Vec<PendingDeadline>, StoreError> {
        read::due(&self.readers, now, after, limit).await
    }

    async fn deadlines_after(
        &self,
        after: Option<StreamId>,
        limit: u32,
    ) -> Result<Vec<PendingDeadline>, StoreError> {
        read::deadlines_after(&self.readers, after, limit).await
    }

    async fn deadlines_pending(&self) -> Result<u64, StoreError> {
        read::deadlines_pending(&self.readers).await
    }

    async fn next_due_at(&self) -> Result<Option<Timestamp>, StoreError> {
        read::next_due_at(&self.readers).await
    }

    async fn keys(&self, cases: &[Uuid]) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
        read::keys(&self.readers, cases).await
    }

    async fn receipts_after(&self, after: Option<Uuid>, limit: u32) -> Result<Vec<Receipt>, StoreError> {
        read::receipts_after(&self.readers, after, limit).await
    }

    async fn parked(&self) -> Result<Vec<Parked>, StoreError> {
        parked::all(&self.readers).await
    }

    async fn park(&self, streams: &[Parked]) -> Result<(), StoreError> {
        let mut turn = self.writer.turn().await?;
        parked::park(turn.connection(), streams).await?;
        turn.over();
        Ok(())
    }

    async fn unpark(&self, streams: &[Parked]) -> Result<(), StoreError> {
        let mut turn = self.writer.turn().await?;
        parked::unpark(turn.connection(), streams).await?;
        turn.over();
        Ok(())
    }

    async fn key_ids_after(&self, after: Option<Uuid>, limit: u32) -> Result<Vec<Uuid>, StoreError> {
        read::key_ids_after(&self.readers, after, limit).await
    }

    async fn begin_restore(&self) -> Result<Box<dyn Restore>, StoreError> {
        Ok(Box::new(restore::Restoring::begin(&self.options).await?))
    }

    async fn self_check(&self) -> Result<SelfCheck, StoreError> {
        read::self_check(&self.readers).await
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        lease::now(&self.readers).await
    }

    async fn claim_lease(&self, name: &str, holder: &str, ttl: Duration) -> Result<LeaseClaim, StoreError> {
        let mut turn = self.writer.turn().await?;
        let claim = lease::claim(turn.connection(), name, holder, ttl).await?;
        turn.over();
        Ok(claim)
    }

    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        let mut turn = self.writer.turn().await?;
        lease::release(turn.connection(), name, holder).await?;
        turn.over();
        Ok(())
    }
}
