//! The one write of the log.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::query_builder::Separated;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, SqlitePool};
use uuid::Uuid;

use super::read::{self, json_ids, json_streams};
use crate::log::column::{self, micros, signed};
use crate::log::plan::{Known, Plan, plan};
use crate::log::restore::Part;
use crate::log::{Batch, Entry, Head, PendingDeadline, Receipt, StoreError, StoredRow};

/// Rows of one statement. Few sizes, so that every statement is prepared once and kept.
const CHUNKS: [usize; 3] = [128, 16, 1];

/// Judges and writes a batch under the file's write lock; durable once returned.
pub(super) async fn append(
    writer: &SqlitePool,
    entries: Vec<Entry>,
    recorded_at: Timestamp,
) -> Result<Batch, StoreError> {
    // The lock comes first: what is read under it stays true until the commit.
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    let known = known(&mut tx, &entries).await?;
    let head = known.head;
    let mut plan = plan(&entries, known, recorded_at)?;
    if !plan.rows.is_empty() {
        let head = plan.link(head);
        write(&mut tx, &plan).await?;
        advance(&mut tx, &head).await?;
        tx.commit().await?;
    }
    Ok(Batch { outcomes: plan.outcomes, rows: plan.rows })
}

async fn known(db: &mut SqliteConnection, entries: &[Entry]) -> Result<Known, StoreError> {
    let (position, hash, last_position): (i64, Vec<u8>, i64) = sqlx::query_as(
        "SELECT head_position, head_hash, (SELECT coalesce(max(position), 0) FROM events) FROM log",
    )
    .fetch_one(&mut *db)
    .await?;
    let sequences: Vec<(String, Uuid, i64)> = sqlx::query_as(
        "SELECT value ->> 0, unhex(value ->> 1, '-'), (
             SELECT max(sequence) FROM events
             WHERE aggregate_type = value ->> 0 AND aggregate_id = value ->> 1
         ) AS last
         FROM json_each(?) WHERE last IS NOT NULL",
    )
    .bind(json_streams(entries.iter().map(|entry| entry.stream)))
    .fetch_all(&mut *db)
    .await?;
    let receipts = read::receipts_of(db, json_ids(entries.iter().map(|entry| entry.command_id))).await?;
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

/// Puts rows back as they were.
pub(super) async fn put(db: &mut SqliteConnection, part: &Part) -> Result<(), StoreError> {
    insert(db, EVENTS, &part.rows, "", event).await?;
    insert(db, RECEIPTS, &part.receipts, "", receipt).await?;
    insert(db, DEADLINES, &part.deadlines, "", deadline).await?;
    insert(db, KEYS, &part.keys, "", key).await
}

async fn write(db: &mut SqliteConnection, plan: &Plan) -> Result<(), StoreError> {
    insert(db, EVENTS, &plan.rows, "", event).await?;
    insert(db, RECEIPTS, &plan.receipts, "", receipt).await?;
    insert(db, DEADLINES, &plan.armed, ARMED_ANEW, deadline).await?;
    insert(db, KEYS, &plan.keys, "", key).await?;
    if !plan.disarmed.is_empty() {
        sqlx::query(
            "DELETE FROM deadlines WHERE (stream_kind, stream_id) IN
             (SELECT value ->> 0, unhex(value ->> 1, '-') FROM json_each(?))",
        )
        .bind(json_streams(plan.disarmed.iter().copied()))
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

async fn advance(db: &mut SqliteConnection, head: &Head) -> Result<(), StoreError> {
    sqlx::query("UPDATE log SET head_position = ?, head_hash = ?")
        .bind(signed(head.position))
        .bind(head.hash.to_vec())
        .execute(db)
        .await?;
    Ok(())
}

/// Inserts all rows, many at a time.
async fn insert<T>(
    db: &mut SqliteConnection,
    into: &str,
    mut rows: &[T],
    on_conflict: &str,
    bind: impl Fn(Separated<'_, '_, Sqlite, &'static str>, &T),
) -> Result<(), StoreError> {
    for size in CHUNKS {
        while let Some((chunk, rest)) = rows.split_at_checked(size) {
            let mut query = QueryBuilder::new(into);
            query.push_values(chunk, &bind).push(on_conflict);
            query.build().execute(&mut *db).await?;
            rows = rest;
        }
    }
    Ok(())
}

/// `OR FAIL`: whatever goes wrong, the whole transaction is given up, so SQLite need not keep a journal
/// of its own for each statement.
const EVENTS: &str = "INSERT OR FAIL INTO events (position, aggregate_type, aggregate_id, sequence, event_type, \
     event_version, payload, metadata, occurred_at, recorded_at, actor, correlation, causation, command_id, \
     hash, prev_hash) ";

fn event(mut row: Separated<'_, '_, Sqlite, &'static str>, event: &StoredRow) {
    row.push_bind(signed(event.position))
        .push_bind(event.stream_kind.clone())
        .push_bind(event.stream_id.clone())
        .push_bind(signed(event.sequence))
        .push_bind(event.event_type.clone())
        .push_bind(event.event_version.clone())
        .push_bind(event.payload.clone())
        .push_bind(event.metadata.clone())
        .push_bind(event.occurred_at)
        .push_bind(event.recorded_at)
        .push_bind(event.actor.clone())
        .push_bind(event.correlation)
        .push_bind(event.causation)
        .push_bind(event.command_id)
        .push_bind(event.hash.to_vec())
        .push_bind(event.prev_hash.to_vec());
}

const RECEIPTS: &str = "INSERT OR FAIL INTO receipts (command_id, content_hash, stream_kind, stream_id, \
     first_position, last_position) ";

fn receipt(mut row: Separated<'_, '_, Sqlite, &'static str>, receipt: &Receipt) {
    row.push_bind(receipt.command_id)
        .push_bind(receipt.content_hash.to_vec())
        .push_bind(receipt.stream.kind.as_str())
        .push_bind(receipt.stream.id)
        .push_bind(signed(receipt.first_position))
        .push_bind(signed(receipt.last_position));
}

const DEADLINES: &str = "INSERT INTO deadlines (stream_kind, stream_id, name, due_at, generation) ";

/// What the stream waits for now replaces what it waited for: also where two steps of the ladder fall on
/// one instant, each is its own.
const ARMED_ANEW: &str = " ON CONFLICT (stream_kind, stream_id) DO UPDATE \
     SET name = excluded.name, due_at = excluded.due_at, generation = excluded.generation";

fn deadline(mut row: Separated<'_, '_, Sqlite, &'static str>, pending: &PendingDeadline) {
    row.push_bind(pending.stream.kind.as_str())
        .push_bind(pending.stream.id)
        .push_bind(pending.deadline.name.as_str())
        .push_bind(micros(pending.deadline.due_at))
        .push_bind(signed(pending.generation));
}

fn key(mut row: Separated<'_, '_, Sqlite, &'static str>, (case, wrapped): &(Uuid, Vec<u8>)) {
    row.push_bind(*case).push_bind(wrapped.clone());
}

const KEYS: &str = "INSERT OR FAIL INTO case_keys (case_id, wrapped) ";
