//! Opens the file with its one writer and its readers.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection, SqlitePool};
use tokio::time::Instant;
use tracing::warn;

use super::files::{self, has_code};
use super::{Pools, ViewsError};

/// Version of the tables; a file of another is rebuilt from the log, never migrated.
pub(super) const SCHEMA_VERSION: i64 = 21;
pub(super) const SCHEMA: &str = include_str!("schema.sql");
pub(super) const INDEXES: &str = include_str!("indexes.sql");
const READERS: u32 = 4;
/// Pages gathered in the write-ahead log before they are copied into the file: 64 MiB. Every index is
/// touched at many places by one page of events, and the longer they gather the fewer are written twice.
const CHECKPOINT_PAGES: &str = "16000";
/// What is left of the write-ahead log where it begins anew, in bytes: as much as is gathered.
const JOURNAL_KEPT: &str = "67108864";
/// The writer's page cache, in KiB with a minus sign.
const WRITER_CACHE: &str = "-16384";
/// How long somebody else's write is waited for.
pub(super) const BUSY: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_millis(10);

pub(super) async fn pools(path: &Path) -> Result<Pools, ViewsError> {
    let writer = match prepared(path).await {
        Err(ViewsError::Schema { found, known }) => {
            warn!(found, known, "views of another version: they are made anew from the log");
            files::discard(path).await?;
            prepared(path).await?
        }
        other => other?,
    };
    let readers = pool(options(path).pragma("query_only", "ON"), READERS).await?;
    Ok(Pools { writer, readers })
}

async fn prepared(path: &Path) -> Result<SqlitePool, ViewsError> {
    let writer = first(path).await?;
    let mut connection = writer.acquire().await?;
    let prepared = prepare(&mut connection).await;
    drop(connection);
    if prepared.is_err() {
        close(&writer).await;
    }
    prepared.map(|()| writer)
}

/// Of two that turn a new file to its journal at once, SQLite refuses one without waiting: ask again.
async fn first(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    let give_up = Instant::now() + BUSY;
    loop {
        match pool(options(path).create_if_missing(true).pragma("cache_size", WRITER_CACHE), 1).await {
            Err(error) if has_code(&error, &files::BUSY_CODES) && Instant::now() < give_up => {
                tokio::time::sleep(RETRY).await;
            }
            opened => return opened,
        }
    }
}

/// What is lost with the power is folded again from the log: NORMAL is enough here.
pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(BUSY)
        .pragma("temp_store", "MEMORY")
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("journal_size_limit", JOURNAL_KEPT)
}

async fn pool(options: SqliteConnectOptions, size: u32) -> Result<SqlitePool, sqlx::Error> {
    SqlitePoolOptions::new()
        .max_connections(size)
        .acquire_timeout(Duration::from_secs(30))
        // A future dropped in the middle of a transaction leaves it open on the connection.
        .before_acquire(|connection, _| Box::pin(roll_back(connection)))
        .connect_with(options)
        .await
}

/// Closes every connection. One that was just given back may slip into the pool while that is being
/// closed, and would keep the file open: asked again until none is left.
pub(super) async fn close(pool: &SqlitePool) {
    pool.close().await;
    while pool.size() > 0 {
        tokio::task::yield_now().await;
        pool.close().await;
    }
}

async fn roll_back(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    // Outside a transaction this is refused, and that is the usual case.
    let _ = sqlx::query("ROLLBACK").execute(connection).await;
    Ok(true)
}

async fn prepare(connection: &mut SqliteConnection) -> Result<(), ViewsError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *transaction).await?;
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut *transaction).await?;
    if found == 0 && tables == 0 {
        sqlx::query(SCHEMA).execute(&mut *transaction).await?;
        sqlx::query(&super::facts::table()).execute(&mut *transaction).await?;
        sqlx::query(INDEXES).execute(&mut *transaction).await?;
        sqlx::query(&format!("PRAGMA user_version = {SCHEMA_VERSION}")).execute(&mut *transaction).await?;
    } else if found != SCHEMA_VERSION {
        return Err(ViewsError::Schema { found, known: SCHEMA_VERSION });
    }
    transaction.commit().await?;
    Ok(())
}
