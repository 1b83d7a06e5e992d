//! The one write of the log.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::{Acquire, PgConnection, PgPool};
use uuid::Uuid;

use super::{answered, read};
use crate::log::column::{self, micros, signed};
use crate::log::plan::{Known, Plan, plan};
use crate::log::{Appended, Entry, Head, PendingDeadline, Receipt, StoreError, StoredRow};

/// Judges and writes a batch under the append lock; durable once returned.
pub(super) async fn append(
    pool: &PgPool,
    entries: Vec<Entry>,
    recorded_at: Timestamp,
) -> Result<Vec<Appended>, StoreError> {
    let mut connection = pool.acquire().await?;
    let outcome = answered(append_on(&mut connection, entries, recorded_at)).await;
    if outcome.is_err() {
        // Nobody knows where this connection stands: the next call gets a fresh one.
        drop(connection.detach());
    }
    outcome
}

async fn append_on(
    db: &mut PgConnection,
    entries: Vec<Entry>,
    recorded_at: Timestamp,
) -> Result<Vec<Appended>, StoreError> {
    let mut tx = db.begin().await?;
    // The lock comes first and in a statement of its own: the next one sees what its last holder
    // committed, and positions become visible in their order.
    sqlx::query(
        "SELECT pg_advisory_xact_lock(hashtextextended('whistlepost append ' || current_schema(), 0))",
    )
    .execute(&mut *tx)
    .await?;
    let known = known(&mut tx, &entries).await?;
    let plan = plan(entries, known, recorded_at)?;
    if plan.rows.is_empty() {
        tx.rollback().await?;
    } else {
        write(&mut tx, &plan).await?;
        tx.commit().await?;
    }
    Ok(plan.outcomes)
}

async fn known(db: &mut PgConnection, entries: &[Entry]) -> Result<Known, StoreError> {
    let (position, hash, last_position): (i64, Vec<u8>, i64) = sqlx::query_as(
        "SELECT head_position, head_hash, (SELECT coalesce(max(position), 0) FROM events) FROM log",
    )
    .fetch_one(&mut *db)
    .await?;
    let sequences: Vec<(String, Uuid, i64)> = sqlx::query_as(
        "SELECT kind, id, last
         FROM unnest($1::text[], $2::uuid[]) AS wanted (kind, id)
         CROSS JOIN LATERAL (
             SELECT max(sequence) AS last FROM events WHERE aggregate_type = kind AND aggregate_id = id::text
         ) AS stream
         WHERE last IS NOT NULL",
    )
    .bind(list(entries, |entry| entry.stream.kind.as_str()))
    .bind(list(entries, |entry| entry.stream.id))
    .fetch_all(&mut *db)
    .await?;
    let receipts = read::receipts(&mut *db, &list(entries, |entry| entry.command_id)).await?;
    Ok(Known {
        head: column::head(position, &hash)?,
        last_position: column::unsigned(last_position)?,
        sequences: sequences
            .into_iter()
            .map(|(kind, id, last)| Ok((column::stream(&kind, id)?, column::unsigned(last)?)))
            .collect::<Result<HashMap<_, _>, StoreError>>()?,
        receipts: receipts.into_iter().map(|receipt| (receipt.command_id, receipt)).collect(),
    })
}

async fn write(db: &mut PgConnection, plan: &Plan) -> Result<(), StoreError> {
    insert_events(db, &plan.rows).await?;
    insert_receipts(db, &plan.receipts).await?;
    arm(db, &plan.armed).await?;
    disarm(db, plan).await?;
    insert_keys(db, &plan.keys).await?;
    advance(db, &plan.head).await
}

async fn insert_events(db: &mut PgConnection, rows: &[StoredRow]) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO events (position, aggregate_type, aggregate_id, sequence, event_type, event_version,
             payload, metadata, occurred_at, recorded_at, actor, correlation, causation, command_id,
             hash, prev_hash)
         SELECT position, kind, id, sequence, type, version, payload::json, metadata::json, occurred_at,
             recorded_at, actor, correlation, causation, command_id, hash, prev_hash
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[],
             $8::text[], $9::bigint[], $10::bigint[], $11::text[], $12::uuid[], $13::uuid[], $14::uuid[],
             $15::bytea[], $16::bytea[])
             AS row (position, kind, id, sequence, type, version, payload, metadata, occurred_at,
             recorded_at, actor, correlation, causation, command_id, hash, prev_hash)",
    )
    .bind(list(rows, |row| signed(row.position)))
    .bind(list(rows, |row| row.stream_kind.as_str()))
    .bind(list(rows, |row| row.stream_id.as_str()))
    .bind(list(rows, |row| signed(row.sequence)))
    .bind(list(rows, |row| row.event_type.as_str()))
    .bind(list(rows, |row| row.event_version.as_str()))
    .bind(list(rows, |row| row.payload.as_str()))
    .bind(list(rows, |row| row.metadata.as_str()))
    .bind(list(rows, |row| row.occurred_at))
    .bind(list(rows, |row| row.recorded_at))
    .bind(list(rows, |row| row.actor.as_str()))
    .bind(list(rows, |row| row.correlation))
    .bind(list(rows, |row| row.causation))
    .bind(list(rows, |row| row.command_id))
    .bind(list(rows, |row| row.hash.as_slice()))
    .bind(list(rows, |row| row.prev_hash.as_slice()))
    .execute(db)
    .await?;
    Ok(())
}

async fn insert_receipts(db: &mut PgConnection, receipts: &[Receipt]) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO receipts (command_id, content_hash, stream_kind, stream_id, first_position, last_position)
         SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::text[], $4::uuid[], $5::bigint[], $6::bigint[])",
    )
    .bind(list(receipts, |receipt| receipt.command_id))
    .bind(list(receipts, |receipt| receipt.content_hash.as_slice()))
    .bind(list(receipts, |receipt| receipt.stream.kind.as_str()))
    .bind(list(receipts, |receipt| receipt.stream.id))
    .bind(list(receipts, |receipt| signed(receipt.first_position)))
    .bind(list(receipts, |receipt| signed(receipt.last_position)))
    .execute(db)
    .await?;
    Ok(())
}

/// What the stream waits for now replaces what it waited for.
async fn arm(db: &mut PgConnection, armed: &[PendingDeadline]) -> Result<(), StoreError> {
    if armed.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO deadlines (stream_kind, stream_id, name, due_at, generation)
         SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[])
         ON CONFLICT (stream_kind, stream_id) DO UPDATE
         SET name = excluded.name, due_at = excluded.due_at, generation = excluded.generation",
    )
    .bind(list(armed, |pending| pending.stream.kind.as_str()))
    .bind(list(armed, |pending| pending.stream.id))
    .bind(list(armed, |pending| pending.deadline.name.as_str()))
    .bind(list(armed, |pending| micros(pending.deadline.due_at)))
    .bind(list(armed, |pending| signed(pending.generation)))
    .execute(db)
    .await?;
    Ok(())
}

async fn disarm(db: &mut PgConnection, plan: &Plan) -> Result<(), StoreError> {
    if plan.disarmed.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "DELETE FROM deadlines WHERE (stream_kind, stream_id) IN
         (SELECT * FROM unnest($1::text[], $2::uuid[]))",
    )
    .bind(list(&plan.disarmed, |stream| stream.kind.as_str()))
    .bind(list(&plan.disarmed, |stream| stream.id))
    .execute(db)
    .await?;
    Ok(())
}

async fn insert_keys(db: &mut PgConnection, keys: &[(Uuid, Vec<u8>)]) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    sqlx::query("INSERT INTO case_keys (case_id, wrapped) SELECT * FROM unnest($1::uuid[], $2::bytea[])")
        .bind(list(keys, |(case, _)| *case))
        .bind(list(keys, |(_, wrapped)| wrapped.as_slice()))
        .execute(db)
        .await?;
    Ok(())
}

async fn advance(db: &mut PgConnection, head: &Head) -> Result<(), StoreError> {
    sqlx::query("UPDATE log SET head_position = $1, head_hash = $2")
        .bind(signed(head.position))
        .bind(head.hash.as_slice())
        .execute(db)
        .await?;
    Ok(())
}

/// One column of many rows.
fn list<'a, T, V>(rows: &'a [T], column: impl Fn(&'a T) -> V) -> Vec<V> {
    rows.iter().map(column).collect()
}
