//! What can be asked of the log.
//!
//! Lists go in as one JSON array, so that every question is one statement, prepared once.

use domain::stream::StreamId;
use jiff::Timestamp;
use sqlx::{SqliteExecutor, SqlitePool};
use uuid::Uuid;

use super::pack::{Packed, packed, unpack, unpack_past};
use crate::log::column::{self, DeadlineColumns, IdentityColumns, ReceiptColumns, micros, signed};
use crate::log::{Head, LogIdentity, Past, PendingDeadline, Receipt, SelfCheck, StoreError, StoredRow};

/// `["…", …]`
pub(super) fn json_ids(ids: impl Iterator<Item = Uuid>) -> String {
    let quoted: Vec<_> = ids.map(|id| format!("\"{id}\"")).collect();
    format!("[{}]", quoted.join(","))
}

/// `[["case", "…"], …]`
pub(super) fn json_streams(streams: impl Iterator<Item = StreamId>) -> String {
    let pairs: Vec<_> =
        streams.map(|stream| format!("[\"{}\",\"{}\"]", stream.kind.as_str(), stream.id)).collect();
    format!("[{}]", pairs.join(","))
}

pub(super) async fn identity(db: &SqlitePool) -> Result<LogIdentity, StoreError> {
    let row: IdentityColumns =
        sqlx::query_as("SELECT log_id, jurisdiction, epoch FROM log").fetch_one(db).await?;
    column::identity(row)
}

pub(super) async fn head(db: &SqlitePool) -> Result<Head, StoreError> {
    let (position, hash): (i64, Vec<u8>) =
        sqlx::query_as("SELECT head_position, head_hash FROM log").fetch_one(db).await?;
    column::head(position, &hash)
}

pub(super) async fn rows(
    db: impl SqliteExecutor<'_>,
    streams: &[StreamId],
) -> Result<Vec<StoredRow>, StoreError> {
    // CROSS JOIN keeps SQLite from walking the whole log for a few streams.
    let rows: Packed = sqlx::query_as(concat!(
        "SELECT ",
        packed!(),
        " FROM (SELECT events.*
                FROM (SELECT DISTINCT value ->> 0 AS kind, value ->> 1 AS id FROM json_each(?))
                CROSS JOIN events ON aggregate_type = kind AND aggregate_id = id
                ORDER BY aggregate_type, aggregate_id, sequence)"
    ))
    .bind(json_streams(streams.iter().copied()))
    .fetch_one(db)
    .await?;
    unpack(&rows)
}

pub(super) async fn after(db: &SqlitePool, position: u64, limit: u32) -> Result<Vec<StoredRow>, StoreError> {
    let rows: Packed = sqlx::query_as(concat!(
        "SELECT ",
        packed!(),
        " FROM (SELECT * FROM events WHERE position > ? ORDER BY position LIMIT ?)"
    ))
    .bind(signed(position))
    .bind(limit)
    .fetch_one(db)
    .await?;
    unpack(&rows)
}

pub(super) async fn past(db: &SqlitePool, after: u64, through: u64) -> Result<Vec<Past>, StoreError> {
    // The whole stretch in two values, see `pack`.
    let (lines, payloads): (Option<String>, Option<String>) = sqlx::query_as(
        "SELECT group_concat(position || ' ' || sequence || ' ' || octet_length(payload) || ' ' || aggregate_type
                    || ' ' || aggregate_id || ' ' || event_type || ' ' || event_version, char(10)),
                group_concat(payload, '')
         FROM (SELECT * FROM events WHERE position > ? AND position <= ? ORDER BY position)",
    )
    .bind(signed(after))
    .bind(signed(through))
    .fetch_one(db)
    .await?;
    unpack_past(lines.as_deref().unwrap_or_default(), payloads.as_deref().unwrap_or_default())
}

pub(super) async fn receipts(db: &SqlitePool, command_ids: &[Uuid]) -> Result<Vec<Receipt>, StoreError> {
    receipts_of(db, json_ids(command_ids.iter().copied())).await
}

pub(super) async fn receipts_of(
    db: impl SqliteExecutor<'_>,
    ids: String,
) -> Result<Vec<Receipt>, StoreError> {
    let rows: Vec<ReceiptColumns> = sqlx::query_as(
        "SELECT command_id, content_hash, stream_kind, stream_id, first_position, last_position
         FROM receipts WHERE command_id IN (SELECT unhex(value, '-') FROM json_each(?))",
    )
    .bind(ids)
    .fetch_all(db)
    .await?;
    rows.into_iter().map(column::receipt).collect()
}

pub(super) async fn receipts_after(
    db: &SqlitePool,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Receipt>, StoreError> {
    // Nothing sorts before the empty blob.
    let after = after.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
    let rows: Vec<ReceiptColumns> = sqlx::query_as(
        "SELECT command_id, content_hash, stream_kind, stream_id, first_position, last_position
         FROM receipts WHERE command_id > ? ORDER BY command_id LIMIT ?",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.into_iter().map(column::receipt).collect()
}

pub(super) async fn due(
    db: &SqlitePool,
    now: Timestamp,
    after: Option<&PendingDeadline>,
    limit: u32,
) -> Result<Vec<PendingDeadline>, StoreError> {
    let (due_at, kind, id) = column::place(after);
    let rows: Vec<DeadlineColumns> = sqlx::query_as(
        "SELECT stream_kind, stream_id, name, due_at, generation FROM deadlines
         WHERE due_at <= ? AND (due_at, stream_kind, stream_id) > (?, ?, ?)
         ORDER BY due_at, stream_kind, stream_id LIMIT ?",
    )
    .bind(micros(now))
    .bind(due_at)
    .bind(kind)
    .bind(id)
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(column::readable_deadline).collect())
}

pub(super) async fn deadlines_after(
    db: &SqlitePool,
    after: Option<StreamId>,
    limit: u32,
) -> Result<Vec<PendingDeadline>, StoreError> {
    // Nothing sorts before the empty word.
    let kind = after.map_or("", |stream| stream.kind.as_str());
    let rows: Vec<DeadlineColumns> = sqlx::query_as(
        "SELECT stream_kind, stream_id, name, due_at, generation FROM deadlines
         WHERE (stream_kind, stream_id) > (?, ?) ORDER BY stream_kind, stream_id LIMIT ?",
    )
    .bind(kind)
    .bind(after.map_or_else(Uuid::nil, |stream| stream.id))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.into_iter().map(column::deadline).collect()
}

pub(super) async fn deadlines_pending(db: &SqlitePool) -> Result<u64, StoreError> {
    let pending: i64 = sqlx::query_scalar("SELECT count(*) FROM deadlines").fetch_one(db).await?;
    Ok(u64::try_from(pending).unwrap_or(0))
}

pub(super) async fn next_due_at(db: &SqlitePool) -> Result<Option<Timestamp>, StoreError> {
    let due_at: Option<i64> = sqlx::query_scalar("SELECT min(due_at) FROM deadlines").fetch_one(db).await?;
    due_at.map(column::timestamp).transpose()
}

pub(super) async fn key_ids_after(
    db: &SqlitePool,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Uuid>, StoreError> {
    // Nothing sorts before the empty blob.
    let after = after.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
    let ids = sqlx::query_scalar("SELECT case_id FROM case_keys WHERE case_id > ? ORDER BY case_id LIMIT ?");
    Ok(ids.bind(after).bind(limit).fetch_all(db).await?)
}

pub(super) async fn keys(db: &SqlitePool, cases: &[Uuid]) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
    let rows = sqlx::query_as(
        "SELECT case_id, wrapped FROM case_keys
         WHERE case_id IN (SELECT unhex(value, '-') FROM json_each(?))",
    )
    .bind(json_ids(cases.iter().copied()))
    .fetch_all(db)
    .await?;
    Ok(rows)
}

pub(super) async fn self_check(db: &SqlitePool) -> Result<SelfCheck, StoreError> {
    let mut faults: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(db).await?;
    faults.retain(|line| line != "ok");
    let guards: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'events'
         AND name IN ('events_are_never_changed', 'events_are_never_deleted')",
    )
    .fetch_one(db)
    .await?;
    if guards != 2 {
        faults.push("the triggers that guard the events are not in place".to_owned());
    }
    Ok(SelfCheck { faults, notices: Vec::new() })
}
