//! What can be asked of the log.

use domain::stream::{Event, StreamId};
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{PgExecutor, PgPool, Row};
use uuid::Uuid;

use crate::log::column::{
    self, DeadlineColumns, IdentityColumns, ReceiptColumns, hash, micros, signed, unsigned,
};
use crate::log::{Head, LogIdentity, Past, PendingDeadline, Receipt, SelfCheck, StoreError, StoredRow};

pub(super) async fn identity(db: &PgPool) -> Result<LogIdentity, StoreError> {
    let row: IdentityColumns =
        sqlx::query_as("SELECT log_id, jurisdiction, epoch FROM log").fetch_one(db).await?;
    column::identity(row)
}

pub(super) async fn head(db: &PgPool) -> Result<Head, StoreError> {
    let (position, hash): (i64, Vec<u8>) =
        sqlx::query_as("SELECT head_position, head_hash FROM log").fetch_one(db).await?;
    column::head(position, &hash)
}

pub(super) async fn rows(
    db: impl PgExecutor<'_>,
    streams: &[StreamId],
) -> Result<Vec<StoredRow>, StoreError> {
    let kinds: Vec<_> = streams.iter().map(|stream| stream.kind.as_str()).collect();
    let ids: Vec<_> = streams.iter().map(|stream| stream.id).collect();
    let rows = sqlx::query(
        "SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload::text,
                metadata::text, occurred_at, recorded_at, actor, correlation, causation, command_id, hash,
                prev_hash
         FROM (SELECT DISTINCT kind, id::text AS id FROM unnest($1::text[], $2::uuid[]) AS row (kind, id))
              AS wanted
         JOIN events ON aggregate_type = kind AND aggregate_id = id
         ORDER BY aggregate_type, aggregate_id, sequence",
    )
    .bind(kinds)
    .bind(ids)
    .fetch_all(db)
    .await?;
    rows.iter().map(event).collect()
}

pub(super) async fn after(db: &PgPool, position: u64, limit: u32) -> Result<Vec<StoredRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload::text,
                metadata::text, occurred_at, recorded_at, actor, correlation, causation, command_id, hash,
                prev_hash
         FROM events WHERE position > $1 ORDER BY position LIMIT $2",
    )
    .bind(signed(position))
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter().map(event).collect()
}

fn event(row: &PgRow) -> Result<StoredRow, StoreError> {
    Ok(StoredRow {
        position: unsigned(row.try_get(0)?)?,
        stream_kind: row.try_get(1)?,
        stream_id: row.try_get(2)?,
        sequence: unsigned(row.try_get(3)?)?,
        event_type: row.try_get(4)?,
        event_version: row.try_get(5)?,
        payload: row.try_get(6)?,
        metadata: row.try_get(7)?,
        occurred_at: row.try_get(8)?,
        recorded_at: row.try_get(9)?,
        actor: row.try_get(10)?,
        correlation: row.try_get(11)?,
        causation: row.try_get(12)?,
        command_id: row.try_get(13)?,
        hash: hash(row.try_get(14)?)?,
        prev_hash: hash(row.try_get(15)?)?,
    })
}

pub(super) async fn past(db: &PgPool, after: u64, through: u64) -> Result<Vec<Past>, StoreError> {
    let rows = sqlx::query(
        "SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload::text
         FROM events WHERE position > $1 AND position <= $2 ORDER BY position",
    )
    .bind(signed(after))
    .bind(signed(through))
    .fetch_all(db)
    .await?;
    // The statement says what comes; to ask of every value whether it is that takes a tenth of the time.
    let past = |row: &PgRow| {
        let kind = row.try_get_unchecked(1)?;
        Ok(Past {
            position: unsigned(row.try_get_unchecked(0)?)?,
            stream: column::stream_of(kind, row.try_get_unchecked(2)?)?,
            sequence: unsigned(row.try_get_unchecked(3)?)?,
            event: Event::decode(
                kind,
                row.try_get_unchecked(4)?,
                row.try_get_unchecked(5)?,
                row.try_get_unchecked(6)?,
            )?,
        })
    };
    rows.iter().map(past).collect()
}

pub(super) async fn receipts(
    db: impl PgExecutor<'_>,
    command_ids: &[Uuid],
) -> Result<Vec<Receipt>, StoreError> {
    let rows: Vec<ReceiptColumns> = sqlx::query_as(
        "SELECT command_id, content_hash, stream_kind, stream_id, first_position, last_position
         FROM receipts WHERE command_id = ANY ($1)",
    )
    .bind(command_ids)
    .fetch_all(db)
    .await?;
    rows.into_iter().map(column::receipt).collect()
}

pub(super) async fn receipts_after(
    db: &PgPool,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Receipt>, StoreError> {
    let rows: Vec<ReceiptColumns> = sqlx::query_as(
        "SELECT command_id, content_hash, stream_kind, stream_id, first_position, last_position
         FROM receipts WHERE $1::uuid IS NULL OR command_id > $1 ORDER BY command_id LIMIT $2",
    )
    .bind(after)
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.into_iter().map(column::receipt).collect()
}

pub(super) async fn due(
    db: &PgPool,
    now: Timestamp,
    after: Option<&PendingDeadline>,
    limit: u32,
) -> Result<Vec<PendingDeadline>, StoreError> {
    let (due_at, kind, id) = column::place(after);
    let rows: Vec<DeadlineColumns> = sqlx::query_as(
        "SELECT stream_kind, stream_id, name, due_at, generation FROM deadlines
         WHERE due_at <= $1 AND (due_at, stream_kind, stream_id) > ($2, $3, $4)
         ORDER BY due_at, stream_kind, stream_id LIMIT $5",
    )
    .bind(micros(now))
    .bind(due_at)
    .bind(kind)
    .bind(id)
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(column::readable_deadline).collect())
}

pub(super) async fn deadlines_after(
    db: &PgPool,
    after: Option<StreamId>,
    limit: u32,
) -> Result<Vec<PendingDeadline>, StoreError> {
    // Nothing sorts before the empty word.
    let kind = after.map_or("", |stream| stream.kind.as_str());
    let rows: Vec<DeadlineColumns> = sqlx::query_as(
        "SELECT stream_kind, stream_id, name, due_at, generation FROM deadlines
         WHERE (stream_kind, stream_id) > ($1, $2) ORDER BY stream_kind, stream_id LIMIT $3",
    )
    .bind(kind)
    .bind(after.map_or_else(Uuid::nil, |stream| stream.id))
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.into_iter().map(column::deadline).collect()
}

pub(super) async fn deadlines_pending(db: &PgPool) -> Result<u64, StoreError> {
    let pending: i64 = sqlx::query_scalar("SELECT count(*) FROM deadlines").fetch_one(db).await?;
    Ok(u64::try_from(pending).unwrap_or(0))
}

pub(super) async fn next_due_at(db: &PgPool) -> Result<Option<Timestamp>, StoreError> {
    let due_at: Option<i64> = sqlx::query_scalar("SELECT min(due_at) FROM deadlines").fetch_one(db).await?;
    due_at.map(column::timestamp).transpose()
}

pub(super) async fn key_ids_after(
    db: &PgPool,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Uuid>, StoreError> {
    let ids = sqlx::query_scalar(
        "SELECT case_id FROM case_keys WHERE $1::uuid IS NULL OR case_id > $1 ORDER BY case_id LIMIT $2",
    );
    Ok(ids.bind(after).bind(i64::from(limit)).fetch_all(db).await?)
}

pub(super) async fn keys(db: &PgPool, cases: &[Uuid]) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
    let rows = sqlx::query_as("SELECT case_id, wrapped FROM case_keys WHERE case_id = ANY ($1)")
        .bind(cases)
        .fetch_all(db)
        .await?;
    Ok(rows)
}

/// PostgreSQL has no check of its own for a whole database: what it marks as unusable is told.
pub(super) async fn self_check(db: &PgPool) -> Result<SelfCheck, StoreError> {
    let faults = sqlx::query_scalar(
        "SELECT 'index ' || indexrelid::regclass || ' is not valid' FROM pg_index
         JOIN pg_class ON pg_class.oid = indrelid
         WHERE relnamespace = current_schema()::regnamespace AND NOT indisvalid",
    );
    let mut told = SelfCheck { faults: faults.fetch_all(db).await?, notices: Vec::new() };
    // `O`: fires except in replication; `A`: fires always.
    let (guarded, owns, may, role): (bool, bool, bool, String) = sqlx::query_as(
        "SELECT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = events.oid
                AND tgname = 'events_are_never_changed' AND tgenabled IN ('O', 'A')),
             pg_has_role(relowner, 'USAGE'),
             has_table_privilege(events.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER'), current_user::text
         FROM pg_class AS events WHERE oid = to_regclass('events')",
    )
    .fetch_one(db)
    .await?;
    if !guarded {
        told.faults.push("the trigger that guards the events is not in place".to_owned());
    }
    if owns {
        told.notices.push(format!(
            "role {role} could change events: it may take their guard away. \
             Run as a role that does not own them, see deploy/scaled/postgres"
        ));
    } else if may {
        told.faults.push(format!("role {role} was granted more on events than to read and append"));
    }
    Ok(told)
}
