//! The streams that the publisher holds back.

use sqlx::{SqliteConnection, SqlitePool};

use crate::log::column::{signed, unsigned};
use crate::log::{Parked, StoreError};

pub(super) async fn all(db: &SqlitePool) -> Result<Vec<Parked>, StoreError> {
    let rows: Vec<(String, String, i64, String)> =
        sqlx::query_as("SELECT stream_kind, stream_id, position, reason FROM parked ORDER BY position")
            .fetch_all(db)
            .await?;
    rows.into_iter()
        .map(|(stream_kind, stream_id, position, reason)| {
            Ok(Parked { stream_kind, stream_id, position: unsigned(position)?, reason })
        })
        .collect()
}

pub(super) async fn park(db: &mut SqliteConnection, streams: &[Parked]) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO parked SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)
         WHERE true ON CONFLICT DO NOTHING",
    )
    .bind(json(streams))
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn unpark(db: &mut SqliteConnection, streams: &[Parked]) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM parked WHERE (stream_kind, stream_id)
         IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
    )
    .bind(json(streams))
    .execute(db)
    .await?;
    Ok(())
}

fn json(streams: &[Parked]) -> String {
    let rows = streams.iter().map(|parked| {
        serde_json::json!([parked.stream_kind, parked.stream_id, signed(parked.position), parked.reason])
    });
    serde_json::Value::Array(rows.collect()).to_string()
}
