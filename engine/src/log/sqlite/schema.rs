//! Makes the tables, or sees that they are those this program knows.

use std::time::Duration;

use sqlx::{Executor, SqliteConnection, SqlitePool};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::BUSY_TIMEOUT;
use crate::log::StoreError;
use crate::log::column::{self, SCHEMA_VERSION};

const RETRY: Duration = Duration::from_millis(10);

/// Once returned, the file holds a log of this jurisdiction in a schema that this program knows.
pub(super) async fn prepare(writer: &SqlitePool, jurisdiction: &str) -> Result<(), StoreError> {
    turn_to_wal(writer).await?;
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    if !exists(&mut tx).await? {
        create(&mut tx, jurisdiction).await?;
    }
    let (version, found): (i64, String) =
        sqlx::query_as("SELECT schema_version, jurisdiction FROM log").fetch_one(&mut *tx).await?;
    column::welcome(version, &found, jurisdiction)?;
    Ok(tx.commit().await?)
}

/// Of two that turn a new file at once SQLite refuses one without waiting: it asks again.
async fn turn_to_wal(writer: &SqlitePool) -> Result<(), StoreError> {
    let give_up = Instant::now() + BUSY_TIMEOUT;
    loop {
        match sqlx::query("PRAGMA journal_mode = WAL").execute(writer).await {
            Err(error) if is_busy(&error) && Instant::now() < give_up => sleep(RETRY).await,
            turned => return turned.map(|_| ()).map_err(StoreError::from),
        }
    }
}

/// `SQLITE_BUSY`, the low byte of its several codes.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == 5)
}

async fn exists(db: &mut SqliteConnection) -> Result<bool, StoreError> {
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'log'")
            .fetch_one(db)
            .await?;
    Ok(tables > 0)
}

async fn create(db: &mut SqliteConnection, jurisdiction: &str) -> Result<(), StoreError> {
    db.execute(include_str!("schema.sql")).await?;
    sqlx::query("INSERT INTO log VALUES (1, ?, ?, 1, 0, zeroblob(32), ?)")
        .bind(Uuid::new_v4())
        .bind(jurisdiction)
        .bind(SCHEMA_VERSION)
        .execute(db)
        .await?;
    Ok(())
}
