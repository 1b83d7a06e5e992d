//! The one write of the log: a batch in one round trip, by the statement of `hope.rs` where this node
//! alone writes, else by the function of `append.sql`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::stream::EVENT_VERSION;
use jiff::Timestamp;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Acquire, ConnectOptions, PgConnection};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{answered, hope, read, rows};
use crate::log::chain;
use crate::log::column::{self, micros, signed};
use crate::log::plan::{Known, Plan, plan};
use crate::log::{Appended, Batch, Entry, Head, Receipt, StoreError, StoredRow};

/// Rows from which a second thread is worth its start.
const LARGE: usize = 256;

/// The connection over which this node appends, one batch at a time. It is never shared, so that it
/// need not be asked whether it still lives; after a failure there is a new one.
#[derive(Debug, Clone)]
pub(super) struct Appender {
    options: Arc<PgConnectOptions>,
    line: Arc<Mutex<Option<Line>>>,
}

/// The connection, and where the log ended after what was last written over it: where nobody else has
/// written since, the next batch is bound to the chain before it is sent.
#[derive(Debug)]
struct Line {
    connection: PgConnection,
    end: Head,
    /// The last batch found the log where the one before it had left it.
    alone: bool,
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
            ("plan_cache_mode", "force_generic_plan"),
        ]);
        Self { options: Arc::new(options), line: Arc::default() }
    }

    /// Judges and writes a batch under the append lock; durable once returned.
    pub async fn append(&self, entries: &[Entry], recorded_at: Timestamp) -> Result<Batch, StoreError> {
        let mut place = self.line.lock().await;
        // Taken out meanwhile: nobody knows where a connection stands whose call failed or was given up.
        let line = place.take();
        let (batch, line) = answered(async {
            let mut line = match line {
                Some(line) => line,
                None => {
                    Line { connection: self.options.connect().await?, end: Head::default(), alone: false }
                }
            };
            let batch = line.append(entries, recorded_at).await?;
            Ok((batch, line))
        })
        .await?;
        *place = Some(line);
        Ok(batch)
    }

    pub async fn close(&self) {
        // Closing is dropping, however it ends.
        drop(self.line.lock().await.take());
    }
}

impl Line {
    async fn append(&mut self, entries: &[Entry], recorded_at: Timestamp) -> Result<Batch, StoreError> {
        let hoped = plan(entries, Known::as_expected(entries), recorded_at)?;
        if hoped.rows.is_empty() {
            return Ok(Batch { outcomes: hoped.outcomes, rows: Vec::new() });
        }
        let hoped = Unplaced::new(hoped, self.end);
        let before = match self.hope(entries, &hoped, recorded_at).await {
            // A stream that has moved on shows as a place that is taken.
            Err(StoreError::Database(sqlx::Error::Database(error))) if error.is_unique_violation() => None,
            outcome => outcome?,
        };
        match before {
            Some(before) => Ok(self.written(hoped, before)),
            None => self.judge(entries, recorded_at).await,
        }
    }

    /// Writes it all or nothing. Where no other node writes, the log ends where we left it, and what was
    /// decided on rows up to there needs no judgement but that of the unique keys.
    async fn hope(
        &mut self,
        entries: &[Entry],
        hoped: &Unplaced,
        recorded_at: Timestamp,
    ) -> Result<Option<Head>, StoreError> {
        let Unplaced { plan, digests, .. } = hoped;
        let seen = |entry: &Entry| match entry.seen {
            Some(position) => position <= self.end.position,
            None => entry.expected == 0,
        };
        if self.alone && entries.iter().all(seen) {
            let ends = (self.end, hoped.end_as_hoped());
            if hope::write(&mut self.connection, plan, digests, ends, recorded_at).await? {
                return Ok(Some(self.end));
            }
        }
        write(&mut self.connection, hoped, recorded_at).await
    }

    /// The long way: holds the lock, looks what the log holds of each entry, and writes those that fit.
    async fn judge(&mut self, entries: &[Entry], recorded_at: Timestamp) -> Result<Batch, StoreError> {
        let mut tx = self.connection.begin().await?;
        // The lock comes first and in a statement of its own: the next one sees what its last holder
        // committed, and positions become visible in their order.
        sqlx::query("SELECT one FROM log WHERE one = 1 FOR UPDATE").execute(&mut *tx).await?;
        let known = known(&mut tx, entries).await?;
        let plan = plan(entries, known, recorded_at)?;
        if plan.rows.is_empty() {
            tx.rollback().await?;
            return Ok(Batch { outcomes: plan.outcomes, rows: Vec::new() });
        }
        let plan = Unplaced::new(plan, self.end);
        let before = write(&mut tx, &plan, recorded_at).await?;
        let before =
            before.ok_or_else(|| StoreError::Broken("the log moved under the append lock".to_owned()))?;
        tx.commit().await?;
        Ok(self.written(plan, before))
    }

    fn written(&mut self, plan: Unplaced, before: Head) -> Batch {
        self.alone = before == self.end;
        let (batch, end) = plan.placed_after(before);
        self.end = end;
        batch
    }
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

/// A plan whose rows are numbered from 1, bound to the chain as if the log ended where we last saw it.
struct Unplaced {
    plan: Plan,
    digests: Vec<[u8; 32]>,
    hoped: Head,
}

impl Unplaced {
    fn new(plan: Plan, hoped: Head) -> Self {
        let digests = digests(&plan.rows);
        let mut unplaced = Self { plan, digests, hoped };
        unplaced.link(hoped);
        unplaced
    }

    /// Binds the rows behind this end of the log; their positions stay relative.
    fn link(&mut self, before: Head) -> Head {
        let mut end = before;
        for (row, digest) in self.plan.rows.iter_mut().zip(&self.digests) {
            let relative = row.position;
            row.position += before.position;
            end = chain::link_digest(&end, row, digest);
            row.position = relative;
        }
        end
    }

    /// What was written, once it is known behind what; and where the log ends now.
    fn placed_after(mut self, before: Head) -> (Batch, Head) {
        let end = if before == self.hoped { self.end_as_hoped() } else { self.link(before) };
        let base = before.position;
        let place = |receipt: Receipt| Receipt {
            first_position: base + receipt.first_position,
            last_position: base + receipt.last_position,
            ..receipt
        };
        let Plan { outcomes, mut rows, receipts, .. } = self.plan;
        for row in &mut rows {
            row.position += base;
        }
        let own: HashSet<Uuid> = receipts.iter().map(|receipt| receipt.command_id).collect();
        let placed = |outcome| match outcome {
            Appended::Written(receipt) => Appended::Written(place(receipt)),
            // Repeated within this batch: its first time is of this batch too.
            Appended::Repeated(receipt) if own.contains(&receipt.command_id) => {
                Appended::Repeated(place(receipt))
            }
            other => other,
        };
        (Batch { outcomes: outcomes.into_iter().map(placed).collect(), rows }, end)
    }

    fn end_as_hoped(&self) -> Head {
        let last = self.plan.rows.last();
        last.map_or(self.hoped, |row| Head { position: self.hoped.position + row.position, hash: row.hash })
    }
}

/// PostgreSQL waits for what is sent next: its core can take half of a large batch.
fn digests(rows: &[StoredRow]) -> Vec<[u8; 32]> {
    let of = |rows: &[StoredRow]| rows.iter().map(chain::digest).collect::<Vec<_>>();
    if rows.len() < LARGE {
        return of(rows);
    }
    let (first, second) = rows.split_at(rows.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| of(first));
        let second = of(second);
        let first = other.join().unwrap_or_else(|_| of(first));
        [first, second].concat()
    })
}

/// Writes a plan whose places count from 1. Returns where the log ended before it; none where the plan
/// does not fit the log.
async fn write(
    db: &mut PgConnection,
    unplaced: &Unplaced,
    recorded_at: Timestamp,
) -> Result<Option<Head>, StoreError> {
    let Unplaced { plan, digests, hoped } = unplaced;
    let before: Option<Vec<u8>> = sqlx::query_scalar("SELECT append_batch($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(micros(recorded_at))
        .bind(EVENT_VERSION)
        .bind(bytes_of(hoped))
        .bind(rows::events(&plan.rows, digests))
        .bind(rows::commands(plan))
        .bind(!plan.armed.is_empty())
        .bind(!plan.disarmed.is_empty())
        .bind(!plan.keys.is_empty())
        .fetch_one(db)
        .await?;
    before.as_deref().map(end_of).transpose()
}

/// Eight bytes of position and the hash.
fn bytes_of(end: &Head) -> Vec<u8> {
    [signed(end.position).to_be_bytes().as_slice(), &end.hash].concat()
}

fn end_of(bytes: &[u8]) -> Result<Head, StoreError> {
    let (position, hash) = bytes
        .split_first_chunk()
        .ok_or_else(|| StoreError::Broken("append_batch does not say where the log ended".to_owned()))?;
    column::head(i64::from_be_bytes(*position), hash)
}

/// One column of many rows.
pub(super) fn list<'a, T, V>(rows: &'a [T], column: impl Fn(&'a T) -> V) -> Vec<V> {
    rows.iter().map(column).collect()
}
