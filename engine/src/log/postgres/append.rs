//! The one write of the log: a batch in one round trip, by the function of `append.sql`.

use std::collections::HashMap;
use std::sync::Arc;

use domain::stream::EVENT_VERSION;
use jiff::Timestamp;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Acquire, ConnectOptions, PgConnection};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{answered, read};
use crate::log::chain::digest;
use crate::log::column::{self, micros, signed};
use crate::log::plan::{Known, Plan, plan};
use crate::log::{Appended, Entry, Receipt, StoreError};

/// The connection over which this node appends, one batch at a time. It is never shared, so that it
/// need not be asked whether it still lives; after a failure there is a new one.
#[derive(Debug, Clone)]
pub(super) struct Appender {
    options: Arc<PgConnectOptions>,
    connection: Arc<Mutex<Option<PgConnection>>>,
}

impl Appender {
    /// Connects with the first batch.
    pub fn new(options: PgConnectOptions) -> Self {
        // Every statement of the function finds its rows by an index; a plan made while the tables
        // were empty must not scan them once they are not.
        let options = options.options([
            ("enable_seqscan", "off"),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
            ("jit", "off"),
        ]);
        Self { options: Arc::new(options), connection: Arc::default() }
    }

    /// Judges and writes a batch under the append lock; durable once returned.
    pub async fn append(
        &self,
        entries: &[Entry],
        recorded_at: Timestamp,
    ) -> Result<Vec<Appended>, StoreError> {
        let mut place = self.connection.lock().await;
        // Taken out meanwhile: nobody knows where a connection stands whose call failed or was given up.
        let connection = place.take();
        let (outcomes, connection) = answered(async {
            let mut connection = match connection {
                Some(connection) => connection,
                None => self.options.connect().await?,
            };
            let outcomes = append(&mut connection, entries, recorded_at).await?;
            Ok((outcomes, connection))
        })
        .await?;
        *place = Some(connection);
        Ok(outcomes)
    }

    pub async fn close(&self) {
        // Closing is dropping, however it ends.
        drop(self.connection.lock().await.take());
    }
}

async fn append(
    db: &mut PgConnection,
    entries: &[Entry],
    recorded_at: Timestamp,
) -> Result<Vec<Appended>, StoreError> {
    let expected = Known::as_expected(entries);
    let hoped = plan(entries, expected, recorded_at)?;
    if hoped.rows.is_empty() {
        return Ok(hoped.outcomes);
    }
    match write(db, &hoped, recorded_at).await {
        Ok(Some(base)) => Ok(hoped.placed_after(base)),
        Ok(None) => judge(db, entries, recorded_at).await,
        // A stream that has moved on shows as a place that is taken.
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            judge(db, entries, recorded_at).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The long way: holds the lock, looks what the log holds of each entry, and writes those that fit.
async fn judge(
    db: &mut PgConnection,
    entries: &[Entry],
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
    let known = known(&mut tx, entries).await?;
    let plan = plan(entries, known, recorded_at)?;
    if plan.rows.is_empty() {
        tx.rollback().await?;
        return Ok(plan.outcomes);
    }
    let base = write(&mut tx, &plan, recorded_at).await?;
    let base = base.ok_or_else(|| StoreError::Broken("the log moved under the append lock".to_owned()))?;
    tx.commit().await?;
    Ok(plan.placed_after(base))
}

async fn known(db: &mut PgConnection, entries: &[Entry]) -> Result<Known, StoreError> {
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
        sequences: sequences
            .into_iter()
            .map(|(kind, id, last)| Ok((column::stream(&kind, id)?, column::unsigned(last)?)))
            .collect::<Result<HashMap<_, _>, StoreError>>()?,
        receipts: receipts.into_iter().map(|receipt| (receipt.command_id, receipt)).collect(),
        ..Known::default()
    })
}

const WRITE: &str = "SELECT append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
    $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30)";

/// Writes a plan whose places count from 1. Returns the position before it; none where the plan does
/// not fit the log.
async fn write(
    db: &mut PgConnection,
    plan: &Plan,
    recorded_at: Timestamp,
) -> Result<Option<i64>, sqlx::Error> {
    let Plan { rows, receipts, armed, disarmed, keys, .. } = plan;
    sqlx::query_scalar(WRITE)
        .bind(micros(recorded_at))
        .bind(EVENT_VERSION)
        .bind(list(rows, |row| row.stream_kind.as_str()))
        .bind(list(rows, |row| row.stream_id.as_str()))
        .bind(list(rows, |row| signed(row.sequence)))
        .bind(list(rows, |row| row.event_type.as_str()))
        .bind(list(rows, |row| row.payload.as_str()))
        .bind(list(rows, |row| row.metadata.as_str()))
        .bind(list(rows, |row| row.occurred_at))
        .bind(list(rows, |row| row.actor.as_str()))
        .bind(list(rows, |row| row.correlation))
        .bind(list(rows, |row| row.causation))
        .bind(list(rows, |row| row.command_id))
        .bind(list(rows, digest))
        .bind(list(receipts, |receipt| receipt.command_id))
        .bind(list(receipts, |receipt| receipt.content_hash.as_slice()))
        .bind(list(receipts, |receipt| receipt.stream.kind.as_str()))
        .bind(list(receipts, |receipt| receipt.stream.id))
        .bind(list(&plan.expected, |expected| signed(*expected)))
        .bind(list(receipts, |receipt| signed(receipt.first_position)))
        .bind(list(receipts, |receipt| signed(receipt.last_position)))
        .bind(list(armed, |pending| pending.stream.kind.as_str()))
        .bind(list(armed, |pending| pending.stream.id))
        .bind(list(armed, |pending| pending.deadline.name.as_str()))
        .bind(list(armed, |pending| micros(pending.deadline.due_at)))
        .bind(list(armed, |pending| signed(pending.generation)))
        .bind(list(disarmed, |stream| stream.kind.as_str()))
        .bind(list(disarmed, |stream| stream.id))
        .bind(list(keys, |(case, _)| *case))
        .bind(list(keys, |(_, wrapped)| wrapped.as_slice()))
        .fetch_one(db)
        .await
}

impl Known {
    /// What a writer hopes for: every stream stands where the decision saw it, no command is known.
    fn as_expected(entries: &[Entry]) -> Self {
        // Of two entries for a stream the first counts.
        let sequences = entries.iter().rev().map(|entry| (entry.stream, entry.expected)).collect();
        Self { sequences, ..Self::default() }
    }
}

impl Plan {
    /// The answers, once it is known after which position the batch was written.
    fn placed_after(self, base: i64) -> Vec<Appended> {
        let base = u64::try_from(base).unwrap_or_default();
        let place = |receipt: Receipt| Receipt {
            first_position: base + receipt.first_position,
            last_position: base + receipt.last_position,
            ..receipt
        };
        let own: std::collections::HashSet<Uuid> =
            self.receipts.iter().map(|receipt| receipt.command_id).collect();
        self.outcomes
            .into_iter()
            .map(|outcome| match outcome {
                Appended::Written(receipt) => Appended::Written(place(receipt)),
                // Repeated within this batch: its first time is of this batch too.
                Appended::Repeated(receipt) if own.contains(&receipt.command_id) => {
                    Appended::Repeated(place(receipt))
                }
                other => other,
            })
            .collect()
    }
}

/// One column of many rows.
pub(super) fn list<'a, T, V>(rows: &'a [T], column: impl Fn(&'a T) -> V) -> Vec<V> {
    rows.iter().map(column).collect()
}
