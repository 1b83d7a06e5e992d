//! A backup comes back into a SQLite file.

use async_trait::async_trait;
use domain::stream::StreamId;
use sqlx::query_builder::Separated;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, QueryBuilder, Sqlite, SqliteConnection};
use uuid::Uuid;

use super::{parked, read};
use crate::log::column::{self, micros, signed};
use crate::log::restore::{Part, Restore, not_empty};
use crate::log::{Head, LogIdentity, PendingDeadline, Receipt, StoreError, StoredRow};

/// Rows of one statement. Few sizes, so that every statement is prepared once and kept.
const CHUNKS: [usize; 3] = [128, 16, 1];

/// A connection of its own, in a transaction. Dropped, it is closed and rolls back.
pub(super) struct Restoring(SqliteConnection);

impl Restoring {
    /// Begins, where the log is empty and nobody works on it.
    pub async fn begin(options: &SqliteConnectOptions) -> Result<Self, StoreError> {
        let mut connection = options.connect().await?;
        connection.execute("BEGIN IMMEDIATE").await?;
        let taken: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT * FROM events) OR EXISTS (SELECT * FROM receipts)
                 OR EXISTS (SELECT * FROM case_keys)
                 OR EXISTS (SELECT * FROM leases WHERE expires_at > unixepoch('subsec') * 1000000)",
        )
        .fetch_one(&mut connection)
        .await?;
        if taken { Err(not_empty()) } else { Ok(Self(connection)) }
    }
}

#[async_trait]
impl Restore for Restoring {
    async fn put(&mut self, part: Part) -> Result<(), StoreError> {
        parked::park(&mut self.0, &part.parked).await?;
        insert(&mut self.0, EVENTS, &part.rows, event).await?;
        insert(&mut self.0, RECEIPTS, &part.receipts, receipt).await?;
        insert(&mut self.0, DEADLINES, &part.deadlines, deadline).await?;
        insert(&mut self.0, KEYS, &part.keys, key).await
    }

    async fn streams_after(
        &mut self,
        after: Option<StreamId>,
        limit: u32,
    ) -> Result<Vec<StreamId>, StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT aggregate_type, aggregate_id FROM events
             WHERE sequence = 1 AND (aggregate_type, aggregate_id) > (?, ?)
             ORDER BY aggregate_type, aggregate_id LIMIT ?",
        )
        .bind(after.map_or("", |stream| stream.kind.as_str()))
        .bind(after.map_or_else(String::new, |stream| stream.id.to_string()))
        .bind(limit)
        .fetch_all(&mut self.0)
        .await?;
        rows.iter().map(|(kind, id)| column::named_stream(kind, id)).collect()
    }

    async fn rows(&mut self, streams: &[StreamId]) -> Result<Vec<StoredRow>, StoreError> {
        read::rows(&mut self.0, streams).await
    }

    async fn finish(mut self: Box<Self>, identity: &LogIdentity, head: Head) -> Result<(), StoreError> {
        sqlx::query("UPDATE log SET log_id = ?, epoch = ?, head_position = ?, head_hash = ?")
            .bind(identity.log_id)
            .bind(signed(identity.epoch))
            .bind(signed(head.position))
            .bind(head.hash.to_vec())
            .execute(&mut self.0)
            .await?;
        self.0.execute("COMMIT").await?;
        Ok(self.0.close().await?)
    }
}

/// Inserts all rows, many at a time.
async fn insert<T>(
    db: &mut SqliteConnection,
    into: &str,
    mut rows: &[T],
    bind: impl Fn(Separated<'_, '_, Sqlite, &'static str>, &T),
) -> Result<(), StoreError> {
    for size in CHUNKS {
        while let Some((chunk, rest)) = rows.split_at_checked(size) {
            let mut query = QueryBuilder::new(into);
            query.push_values(chunk, &bind);
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
