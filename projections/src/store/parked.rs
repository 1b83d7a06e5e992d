//! Streams that wait: an event of theirs could not be taken.

use std::collections::HashSet;

use domain::org::Org;
use sqlx::{Connection, Row, SqliteConnection};

use super::checkpoint::Claim;
use super::{Views, ViewsError, apply, checkpoint, codec};
use crate::feed::FeedItem;
use crate::views::page::Parking;

/// A stream that waits for a person or for a newer program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The stream, `case/<id>`.
    pub stream: String,
    /// Position of the first event that could not be taken.
    pub position: u64,
    /// Why.
    pub reason: String,
    /// How many events came after and were skipped.
    pub skipped: u64,
    /// Position of the last of them.
    pub last_position: u64,
    /// Somebody has asked for it to be tried again.
    pub replay_asked: bool,
}

/// Parked streams shown at once; more of them is one and the same trouble.
const SHOWN: i64 = 1_000;

impl Views {
    /// Streams that wait, by the position where they stopped; at most a thousand.
    ///
    /// # Errors
    /// The store failed.
    pub async fn parked(&self) -> Result<Vec<Parked>, ViewsError> {
        self.waiting("1").await
    }

    /// Asks for a stream to be tried again; the runner does it at its next step. False where
    /// no such stream is parked.
    ///
    /// # Errors
    /// The store failed.
    pub async fn replay(&self, stream: &str) -> Result<bool, ViewsError> {
        let asked = sqlx::query("UPDATE parked SET replay_asked = 1 WHERE stream = ?")
            .bind(stream)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(asked.rows_affected() > 0)
    }

    pub(crate) async fn replays_asked(&self) -> Result<Vec<Parked>, ViewsError> {
        self.waiting("replay_asked = 1").await
    }

    /// Takes the events of a parked stream, which reach up to the claimed position. Where one
    /// still does not fit, the stream is parked there.
    pub(crate) async fn unpark(
        &self,
        claim: &Claim,
        stream: &str,
        items: &[FeedItem],
        org: &Org,
    ) -> Result<(), ViewsError> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        let now = checkpoint::read(&mut transaction).await?;
        if (now.epoch, now.position) != (claim.epoch, claim.position) {
            return Err(ViewsError::Superseded);
        }
        sqlx::query("DELETE FROM parked WHERE stream = ?").bind(stream).execute(&mut *transaction).await?;
        let mut parked = HashSet::new();
        let (rows, told) = apply::fold(&mut transaction, items, &mut parked, org).await?;
        transaction.commit().await?;
        drop(writer);
        self.tell_all(&rows);
        self.tell_told(&told, org, claim.position);
        Ok(())
    }

    async fn waiting(&self, condition: &str) -> Result<Vec<Parked>, ViewsError> {
        let query = format!("SELECT * FROM parked WHERE {condition} ORDER BY position LIMIT {SHOWN}");
        let rows = sqlx::query(&query).fetch_all(&mut *self.reader().await?).await?;
        rows.iter()
            .map(|row| {
                Ok(Parked {
                    stream: row.try_get("stream")?,
                    position: codec::unsigned(row.try_get("position")?),
                    reason: row.try_get("reason")?,
                    skipped: codec::unsigned(row.try_get("skipped")?),
                    last_position: codec::unsigned(row.try_get("last_position")?),
                    replay_asked: row.try_get("replay_asked")?,
                })
            })
            .collect()
    }
}

/// Names of all parked streams.
pub(super) async fn names(connection: &mut SqliteConnection) -> Result<HashSet<String>, ViewsError> {
    let names: Vec<String> = sqlx::query_scalar("SELECT stream FROM parked").fetch_all(connection).await?;
    Ok(names.into_iter().collect())
}

/// Writes down what happened to parked streams.
pub(super) async fn note(
    connection: &mut SqliteConnection,
    parkings: &[(String, Parking)],
) -> Result<(), ViewsError> {
    for (stream, parking) in parkings {
        let query = match parking {
            Parking::Park { position, reason } => sqlx::query(
                "INSERT INTO parked (position, last_position, reason, stream, skipped, replay_asked) \
                 VALUES (?1, ?1, ?2, ?3, 0, 0)",
            )
            .bind(codec::signed(*position))
            .bind(reason),
            Parking::Skip { position } => {
                sqlx::query("UPDATE parked SET skipped = skipped + 1, last_position = ? WHERE stream = ?")
                    .bind(codec::signed(*position))
            }
        };
        query.bind(stream).execute(&mut *connection).await?;
    }
    Ok(())
}
