//! Makes the tables, brings older ones up to this program, or sees that they are those it knows.

use std::time::Duration;

use sqlx::{Connection, Executor, SqliteConnection};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::BUSY_TIMEOUT;
use crate::log::StoreError;
use crate::log::column;

/// Each brings the tables on by one version; what has been published is never changed.
const MIGRATIONS: [&str; 3] = [
    include_str!("migrations/0001_log.sql"),
    include_str!("migrations/0002_leases.sql"),
    include_str!("migrations/0003_parked.sql"),
];
const RETRY: Duration = Duration::from_millis(10);

/// Once returned, the file holds a log of this jurisdiction in a schema that this program knows.
pub(super) async fn prepare(db: &mut SqliteConnection, jurisdiction: &str) -> Result<(), StoreError> {
    turn_to_wal(db).await?;
    let mut tx = db.begin_with("BEGIN IMMEDIATE").await?;
    migrate(&mut tx, jurisdiction).await?;
    Ok(tx.commit().await?)
}

async fn migrate(db: &mut SqliteConnection, jurisdiction: &str) -> Result<(), StoreError> {
    let found = if exists(db).await? { version(db, jurisdiction).await? } else { 0 };
    for (before, migration) in (0_i64..).zip(MIGRATIONS).skip_while(|(before, _)| *before < found) {
        db.execute(migration).await?;
        if before == 0 {
            create(db, jurisdiction).await?;
        }
        sqlx::query("UPDATE log SET schema_version = ?").bind(before + 1).execute(&mut *db).await?;
    }
    Ok(())
}

/// The version of the tables; refused are a newer one and the log of another jurisdiction.
async fn version(db: &mut SqliteConnection, jurisdiction: &str) -> Result<i64, StoreError> {
    let (version, found): (i64, String) =
        sqlx::query_as("SELECT schema_version, jurisdiction FROM log").fetch_one(db).await?;
    column::welcome((version, MIGRATIONS.len()), (&found, jurisdiction))?;
    Ok(version)
}

/// Of two that turn a new file at once SQLite refuses one without waiting: it asks again.
async fn turn_to_wal(db: &mut SqliteConnection) -> Result<(), StoreError> {
    let give_up = Instant::now() + BUSY_TIMEOUT;
    loop {
        match sqlx::query("PRAGMA journal_mode = WAL").execute(&mut *db).await {
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
    sqlx::query("INSERT INTO log VALUES (1, ?, ?, 1, 0, zeroblob(32), 1)")
        .bind(Uuid::new_v4())
        .bind(jurisdiction)
        .execute(db)
        .await?;
    Ok(())
}
