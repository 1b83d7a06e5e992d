//! Leases, for processes that have the same file open.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::{SqliteConnection, SqlitePool};

use crate::log::column;
use crate::log::{LeaseClaim, StoreError};

pub(super) async fn now(db: &SqlitePool) -> Result<Timestamp, StoreError> {
    let now = sqlx::query_scalar("SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)");
    column::timestamp(now.fetch_one(db).await?)
}

pub(super) async fn claim(
    db: &mut SqliteConnection,
    name: &str,
    holder: &str,
    ttl: Duration,
) -> Result<LeaseClaim, StoreError> {
    let epoch: Option<i64> = sqlx::query_scalar(
        "INSERT INTO leases (name, holder, epoch, expires_at)
         VALUES (?, ?, 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER) + ?)
         ON CONFLICT (name) DO UPDATE
         SET epoch = epoch + (holder <> excluded.holder), holder = excluded.holder,
             expires_at = excluded.expires_at
         WHERE holder = excluded.holder OR expires_at <= unixepoch('subsec') * 1000000
         RETURNING epoch",
    )
    .bind(name)
    .bind(holder)
    .bind(i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX))
    .fetch_optional(&mut *db)
    .await?;
    if let Some(epoch) = epoch {
        return Ok(LeaseClaim::Held { epoch: column::unsigned(epoch)? });
    }
    let (by, left): (String, f64) = sqlx::query_as(
        "SELECT holder, expires_at / 1000000.0 - unixepoch('subsec') FROM leases WHERE name = ?",
    )
    .bind(name)
    .fetch_one(db)
    .await?;
    Ok(LeaseClaim::Taken { by, left: Duration::try_from_secs_f64(left).unwrap_or_default() })
}

pub(super) async fn release(db: &mut SqliteConnection, name: &str, holder: &str) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE leases SET expires_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER)
         WHERE name = ? AND holder = ?",
    )
    .bind(name)
    .bind(holder)
    .execute(db)
    .await?;
    Ok(())
}
