//! A backup comes back into a SQLite file.

use async_trait::async_trait;
use domain::stream::StreamId;
use sqlx::{Sqlite, SqlitePool, Transaction};

use super::{append, parked, read};
use crate::log::column::{self, signed};
use crate::log::restore::{Part, Restore, not_empty};
use crate::log::{Head, LogIdentity, StoreError, StoredRow};

/// Dropped, it rolls back.
pub(super) struct Restoring(Transaction<'static, Sqlite>);

impl Restoring {
    /// Begins, where the log is empty and nobody works on it.
    pub async fn begin(writer: &SqlitePool) -> Result<Self, StoreError> {
        let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
        let taken: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT * FROM events) OR EXISTS (SELECT * FROM receipts)
                 OR EXISTS (SELECT * FROM case_keys)
                 OR EXISTS (SELECT * FROM leases WHERE expires_at > unixepoch('subsec') * 1000000)",
        )
        .fetch_one(&mut *tx)
        .await?;
        if taken { Err(not_empty()) } else { Ok(Self(tx)) }
    }
}

#[async_trait]
impl Restore for Restoring {
    async fn put(&mut self, part: Part) -> Result<(), StoreError> {
        parked::park(&mut *self.0, &part.parked).await?;
        append::put(&mut self.0, &part).await
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
        .fetch_all(&mut *self.0)
        .await?;
        rows.iter().map(|(kind, id)| column::named_stream(kind, id)).collect()
    }

    async fn rows(&mut self, streams: &[StreamId]) -> Result<Vec<StoredRow>, StoreError> {
        read::rows(&mut *self.0, streams).await
    }

    async fn finish(mut self: Box<Self>, identity: &LogIdentity, head: Head) -> Result<(), StoreError> {
        sqlx::query("UPDATE log SET log_id = ?, epoch = ?, head_position = ?, head_hash = ?")
            .bind(identity.log_id)
            .bind(signed(identity.epoch))
            .bind(signed(head.position))
            .bind(head.hash.to_vec())
            .execute(&mut *self.0)
            .await?;
        Ok(self.0.commit().await?)
    }
}
