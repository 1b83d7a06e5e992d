//! The log in PostgreSQL: many nodes, one append lock, durable when a call returns.

mod append;
mod hope;
mod lease;
mod options;
mod parked;
mod read;
mod restore;
mod rows;
mod schema;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::stream::StreamId;
use jiff::Timestamp;
use sqlx::{ConnectOptions, PgPool};
use uuid::Uuid;

use self::append::Appender;
use super::restore::Restore;
use super::{
    Batch, Entry, Head, LeaseClaim, LogIdentity, Parked, Past, PendingDeadline, Receipt, SelfCheck, Store,
    StoreError, StoredRow,
};

/// After this we give up on the server: a network that swallows packets answers nothing at all.
const CALL_TIMEOUT: Duration = Duration::from_secs(40);

pub use options::PostgresOptions;

/// A log in a PostgreSQL database. Other processes may have the same log open.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    pool: PgPool,
    appender: Appender,
    options: Arc<PostgresOptions>,
}

impl PostgresStore {
    /// Opens the log in this database. Once returned, the tables exist in a version that this program
    /// knows, the role may use them, and the log belongs to this jurisdiction.
    ///
    /// # Errors
    /// A database that cannot be reached, a newer schema, an older one that the role may not change,
    /// or the log of another jurisdiction.
    pub async fn connect(
        options: impl Into<PostgresOptions>,
        jurisdiction: &str,
    ) -> Result<Self, StoreError> {
        let options = options.into();
        let role = options.application()?;
        let pool = options.pool(role.clone()).await?;
        schema::prepare(&pool, &options, jurisdiction).await?;
        Ok(Self { pool, appender: Appender::new(role), options: Arc::new(options) })
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.appender.close().await;
        self.pool.close().await;
    }
}

/// Ends a call that gets no answer. What became of it is unknown: ask again by its id.
async fn answered<T>(call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let silent = |_| sqlx::Error::Io(std::io::Error::from(std::io::ErrorKind::TimedOut));
    tokio::time::timeout(CALL_TIMEOUT, call).await.map_err(silent)?
}

#[async_trait]
impl Store for PostgresStore {
    async fn identity(&self) -> Result<LogIdentity, StoreError> {
        answered(read::identity(&self.pool)).await
    }

    async fn append(&self, entries: &[Entry], recorded_at: Timestamp) -> Result<Batch, StoreError> {
        self.appender.append(entries, recorded_at).await
    }

    async fn receipts(&self, command_ids: &[Uuid]) -> Result<Vec<Receipt>, StoreError> {
        answered(read::receipts(&self.pool, command_ids)).await
    }

    async fn rows(&self, streams: &[StreamId]) -> Result<Vec<StoredRow>, StoreError> {
        answered(read::rows(&self.pool, streams)).await
    }

    async fn read_after(&self, position: u64, limit: u32) -> Result<Vec<StoredRow>, StoreError> {
        answered(read::after(&self.pool, position, limit)).await
    }

    async fn past(&self, after: u64, through: u64) -> Result<Vec<Past>, StoreError> {
        answered(read::past(&self.pool, after, through)).await
    }

    async fn head(&self) -> Result<Head, StoreError> {
        answered(read::head(&self.pool)).await
    }

    async fn due(
        &self,
        now: Timestamp,
        after: Option<&PendingDeadline>,
        limit: u32,
    ) -> Result<Vec<PendingDeadline>, StoreError> {
        answered(read::due(&self.pool, now, after, limit)).await
    }

    async fn deadlines_after(
        &self,
        after: Option<StreamId>,
        limit: u32,
    ) -> Result<Vec<PendingDeadline>, StoreError> {
        answered(read::deadlines_after(&self.pool, after, limit)).await
    }

    async fn deadlines_pending(&self) -> Result<u64, StoreError> {
        answered(read::deadlines_pending(&self.pool)).await
    }

    async fn next_due_at(&self) -> Result<Option<Timestamp>, StoreError> {
        answered(read::next_due_at(&self.pool)).await
    }

    async fn keys(&self, cases: &[Uuid]) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
        answered(read::keys(&self.pool, cases)).await
    }

    async fn receipts_after(&self, after: Option<Uuid>, limit: u32) -> Result<Vec<Receipt>, StoreError> {
        answered(read::receipts_after(&self.pool, after, limit)).await
    }

    async fn parked(&self) -> Result<Vec<Parked>, StoreError> {
        answered(parked::all(&self.pool)).await
    }

    async fn park(&self, streams: &[Parked]) -> Result<(), StoreError> {
        answered(parked::park(&self.pool, streams)).await
    }

    async fn unpark(&self, streams: &[Parked]) -> Result<(), StoreError> {
        answered(parked::unpark(&self.pool, streams)).await
    }

    async fn key_ids_after(&self, after: Option<Uuid>, limit: u32) -> Result<Vec<Uuid>, StoreError> {
        answered(read::key_ids_after(&self.pool, after, limit)).await
    }

    async fn begin_restore(&self) -> Result<Box<dyn Restore>, StoreError> {
        let role = match self.options.owner()? {
            Some(owner) => owner,
            None => self.options.application()?,
        };
        Ok(Box::new(restore::Restoring::begin(role.connect().await?).await?))
    }

    async fn self_check(&self) -> Result<SelfCheck, StoreError> {
        answered(read::self_check(&self.pool)).await
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        answered(lease::now(&self.pool)).await
    }

    async fn claim_lease(&self, name: &str, holder: &str, ttl: Duration) -> Result<LeaseClaim, StoreError> {
        answered(lease::claim(&self.pool, name, holder, ttl)).await
    }

    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        answered(lease::release(&self.pool, name, holder)).await
    }
}
