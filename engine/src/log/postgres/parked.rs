//! The streams that the publisher holds back.

use sqlx::PgPool;

use crate::log::column::{signed, unsigned};
use crate::log::{Parked, StoreError};

pub(super) async fn all(db: &PgPool) -> Result<Vec<Parked>, StoreError> {
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

pub(super) async fn park(db: &PgPool, streams: &[Parked]) -> Result<(), StoreError> {
    let positions: Vec<i64> = streams.iter().map(|parked| signed(parked.position)).collect();
    let reasons: Vec<&str> = streams.iter().map(|parked| parked.reason.as_str()).collect();
    let (kinds, ids) = names(streams);
    // Where it is parked already, it stays where it is.
    sqlx::query(
        "INSERT INTO parked SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[])
         ON CONFLICT (stream_kind, stream_id) DO NOTHING",
    )
    .bind(kinds)
    .bind(ids)
    .bind(positions)
    .bind(reasons)
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn unpark(db: &PgPool, streams: &[Parked]) -> Result<(), StoreError> {
    let (kinds, ids) = names(streams);
    sqlx::query(
        "DELETE FROM parked WHERE (stream_kind, stream_id)
         IN (SELECT * FROM unnest($1::text[], $2::text[]))",
    )
    .bind(kinds)
    .bind(ids)
    .execute(db)
    .await?;
    Ok(())
}

fn names(streams: &[Parked]) -> (Vec<&str>, Vec<&str>) {
    streams.iter().map(|parked| (parked.stream_kind.as_str(), parked.stream_id.as_str())).unzip()
}
