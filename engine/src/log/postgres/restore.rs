//! A backup comes back into PostgreSQL, as the owner of the tables.

use async_trait::async_trait;
use domain::stream::StreamId;
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use super::append::list;
use super::read;
use crate::log::column::{self, micros, signed};
use crate::log::restore::{Part, Restore, not_empty};
use crate::log::{Head, LogIdentity, PendingDeadline, Receipt, StoreError, StoredRow};

/// A connection of its own: where it is dropped, the server rolls back.
pub(super) struct Restoring(PgConnection);

impl Restoring {
    /// Begins, where the log is empty and nobody works on it.
    pub async fn begin(mut db: PgConnection) -> Result<Self, StoreError> {
        db.execute("BEGIN").await?;
        db.execute("SELECT one FROM log WHERE one = 1 FOR UPDATE").await?;
        let taken: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM events) OR EXISTS (SELECT FROM receipts)
                 OR EXISTS (SELECT FROM case_keys)
                 OR EXISTS (SELECT FROM leases WHERE expires_at > clock_timestamp())",
        )
        .fetch_one(&mut db)
        .await?;
        if taken { Err(not_empty()) } else { Ok(Self(db)) }
    }
}

#[async_trait]
impl Restore for Restoring {
    async fn put(&mut self, part: Part) -> Result<(), StoreError> {
        events(&mut self.0, &part.rows).await?;
        receipts(&mut self.0, &part.receipts).await?;
        deadlines(&mut self.0, &part.deadlines).await?;
        sqlx::query("INSERT INTO case_keys SELECT * FROM unnest($1::uuid[], $2::bytea[])")
            .bind(list(&part.keys, |(case, _)| *case))
            .bind(list(&part.keys, |(_, wrapped)| wrapped.as_slice()))
            .execute(&mut self.0)
            .await?;
        sqlx::query(
            "INSERT INTO parked SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[])",
        )
        .bind(list(&part.parked, |parked| parked.stream_kind.as_str()))
        .bind(list(&part.parked, |parked| parked.stream_id.as_str()))
        .bind(list(&part.parked, |parked| signed(parked.position)))
        .bind(list(&part.parked, |parked| parked.reason.as_str()))
        .execute(&mut self.0)
        .await?;
        Ok(())
    }

    async fn streams_after(
        &mut self,
        after: Option<StreamId>,
        limit: u32,
    ) -> Result<Vec<StreamId>, StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT aggregate_type, aggregate_id FROM events
             WHERE sequence = 1 AND (aggregate_type, aggregate_id) > ($1, $2)
             ORDER BY aggregate_type, aggregate_id LIMIT $3",
        )
        .bind(after.map_or("", |stream| stream.kind.as_str()))
        .bind(after.map_or_else(String::new, |stream| stream.id.to_string()))
        .bind(i64::from(limit))
        .fetch_all(&mut self.0)
        .await?;
        rows.iter().map(|(kind, id)| column::named_stream(kind, id)).collect()
    }

    async fn rows(&mut self, streams: &[StreamId]) -> Result<Vec<StoredRow>, StoreError> {
        read::rows(&mut self.0, streams).await
    }

    async fn finish(self: Box<Self>, identity: &LogIdentity, head: Head) -> Result<(), StoreError> {
        let Self(mut db) = *self;
        sqlx::query("UPDATE log SET log_id = $1, epoch = $2, head_position = $3, head_hash = $4")
            .bind(identity.log_id)
            .bind(signed(identity.epoch))
            .bind(signed(head.position))
            .bind(head.hash.as_slice())
            .execute(&mut db)
            .await?;
        db.execute("COMMIT").await?;
        // Plans made for empty tables would not do.
        db.execute("ANALYZE events, receipts, deadlines, case_keys").await?;
        Ok(db.close().await?)
    }
}

async fn events(db: &mut PgConnection, rows: &[StoredRow]) -> Result<(), StoreError> {
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

async fn receipts(db: &mut PgConnection, receipts: &[Receipt]) -> Result<(), StoreError> {
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

async fn deadlines(db: &mut PgConnection, pending: &[PendingDeadline]) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = list(pending, |pending| pending.stream.id);
    sqlx::query(
        "INSERT INTO deadlines (stream_kind, stream_id, name, due_at, generation)
         SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[])",
    )
    .bind(list(pending, |pending| pending.stream.kind.as_str()))
    .bind(ids)
    .bind(list(pending, |pending| pending.deadline.name.as_str()))
    .bind(list(pending, |pending| micros(pending.deadline.due_at)))
    .bind(list(pending, |pending| signed(pending.generation)))
    .execute(db)
    .await?;
    Ok(())
}
