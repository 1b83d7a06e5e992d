//! Leases: rows, and this database's clock.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::PgPool;

use crate::log::column;
use crate::log::{LeaseClaim, StoreError};

pub(super) async fn now(db: &PgPool) -> Result<Timestamp, StoreError> {
    let now = sqlx::query_scalar("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint");
    column::timestamp(now.fetch_one(db).await?)
}

pub(super) async fn claim(
    db: &PgPool,
    name: &str,
    holder: &str,
    ttl: Duration,
) -> Result<LeaseClaim, StoreError> {
    let epoch: Option<i64> = sqlx::query_scalar(
        "INSERT INTO leases (name, holder, epoch, expires_at)
         VALUES ($1, $2, 1, clock_timestamp() + make_interval(secs => $3))
         ON CONFLICT (name) DO UPDATE
         SET epoch = leases.epoch + (leases.holder <> excluded.holder)::int, holder = excluded.holder,
             expires_at = excluded.expires_at
         WHERE leases.holder = excluded.holder OR leases.expires_at <= clock_timestamp()
         RETURNING epoch",
    )
    .bind(name)
    .bind(holder)
    .bind(ttl.as_secs_f64())
    .fetch_optional(db)
    .await?;
    if let Some(epoch) = epoch {
        return Ok(LeaseClaim::Held { epoch: column::unsigned(epoch)? });
    }
    let (by, left): (String, f64) = sqlx::query_as(
        "SELECT holder, extract(epoch FROM expires_at - clock_timestamp())::float8 FROM leases
         WHERE name = $1",
    )
    .bind(name)
    .fetch_one(db)
    .await?;
    Ok(LeaseClaim::Taken { by, left: Duration::try_from_secs_f64(left).unwrap_or_default() })
}

pub(super) async fn release(db: &PgPool, name: &str, holder: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE leases SET expires_at = clock_timestamp() WHERE name = $1 AND holder = $2")
        .bind(name)
        .bind(holder)
        .execute(db)
        .await?;
    Ok(())
}
