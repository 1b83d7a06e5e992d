//! The one write of the log: a batch in one statement, over the one connection that writes.

use std::collections::HashMap;
use std::iter::Peekable;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use sqlx::error::ErrorKind;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions};
use sqlx::{ConnectOptions, Connection, Executor, Sqlite, SqliteConnection};
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use super::read::{self, json_ids, json_streams};
use crate::log::column::{self, micros, signed};
use crate::log::plan::{Known, Plan, plan};
use crate::log::{Batch, Entry, Head, PendingDeadline, Receipt, StoreError, StoredRow};

/// Rows of one statement: few sizes, so that every statement is prepared once and kept. What a batch does
/// not need of them stays empty.
const SIZES: [usize; 15] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, MOST];
const MOST: usize = 256;
/// Columns of `batch`.
const COLUMNS: usize = 25;

/// `OR ROLLBACK`: where a row does not fit, nothing of the whole transaction is written.
static STATEMENTS: LazyLock<Vec<(usize, String)>> = LazyLock::new(|| {
    let row = format!("({})", ["?"; COLUMNS].join(","));
    let statement =
        |rows| format!("INSERT OR ROLLBACK INTO batch VALUES {}", vec![row.as_str(); rows].join(","));
    SIZES.iter().map(|size| (*size, statement(*size))).collect()
});

/// All that this process writes goes over one connection, one call after the other, in the order in which
/// they came: two that write would find the file's lock taken, and wait by looking again and again.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    options: Arc<SqliteConnectOptions>,
    line: Arc<Mutex<Option<Line>>>,
}

/// The connection, and where the log ended after what was last written over it: where nobody else has
/// written since, the next batch is bound to the chain before it is sent.
#[derive(Debug)]
struct Line {
    connection: SqliteConnection,
    end: Option<Head>,
}

/// The connection in use. It goes back when all is well; dropped, it is closed and rolls back: nobody knows
/// where a connection stands whose call failed or was given up.
pub(super) struct Turn<'a> {
    place: MutexGuard<'a, Option<Line>>,
    line: Line,
}

impl Writer {
    /// Writes over this connection, and after a failure over a new one.
    pub async fn over(
        connection: SqliteConnection,
        options: SqliteConnectOptions,
    ) -> Result<Self, StoreError> {
        let line = Line::over(connection).await?;
        Ok(Self { options: Arc::new(options), line: Arc::new(Mutex::new(Some(line))) })
    }

    /// Waits for those who came before.
    pub async fn turn(&self) -> Result<Turn<'_>, StoreError> {
        let mut place = self.line.lock().await;
        let line = match place.take() {
            Some(line) => line,
            None => Line::over(self.options.connect().await?).await?,
        };
        Ok(Turn { place, line })
    }

    /// Judges and writes a batch under the file's write lock; durable once returned.
    pub async fn append(&self, entries: &[Entry], recorded_at: Timestamp) -> Result<Batch, StoreError> {
        let mut turn = self.turn().await?;
        let batch = turn.line.append(entries, recorded_at).await?;
        turn.over();
        Ok(batch)
    }

    /// Closes the connection. Another write opens a new one.
    pub async fn close(&self) {
        if let Some(line) = self.line.lock().await.take()
            && let Err(error) = line.connection.close().await
        {
            tracing::warn!(%error, "the log's file was not closed; whoever opens it next finds it whole");
        }
    }
}

impl Turn<'_> {
    pub fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.line.connection
    }

    /// All is well.
    pub fn over(mut self) {
        *self.place = Some(self.line);
    }
}

impl Line {
    async fn over(mut connection: SqliteConnection) -> Result<Self, StoreError> {
        connection.execute(include_str!("batch.sql")).await?;
        Ok(Self { connection, end: None })
    }

    async fn append(&mut self, entries: &[Entry], recorded_at: Timestamp) -> Result<Batch, StoreError> {
        if let Some(head) = self.end {
            let hoped = Known { head, ..Known::as_expected(entries) };
            let hoped = plan(entries, hoped, recorded_at)?;
            let one = hoped.rows.len() <= MOST;
            let done = if one { self.write(hoped, head).await } else { self.locked(hoped, head).await };
            match done {
                Err(StoreError::Database(error)) if is_other(&error) => {}
                done => return done,
            }
        }
        self.judge(entries, recorded_at).await
    }

    async fn locked(&mut self, plan: Plan, head: Head) -> Result<Batch, StoreError> {
        self.run("BEGIN IMMEDIATE").await?;
        let batch = self.write(plan, head).await?;
        self.run("COMMIT").await?;
        Ok(batch)
    }

    /// The long way: holds the lock, looks what the log holds of each entry, and writes those that fit.
    async fn judge(&mut self, entries: &[Entry], recorded_at: Timestamp) -> Result<Batch, StoreError> {
        // The lock comes first: what is read under it stays true until the commit.
        self.run("BEGIN IMMEDIATE").await?;
        let known = known(&mut self.connection, entries).await?;
        let head = known.head;
        let batch = self.write(plan(entries, known, recorded_at)?, head).await?;
        self.run("COMMIT").await?;
        Ok(batch)
    }

    /// Writes a plan behind this end of the log.
    async fn write(&mut self, mut plan: Plan, head: Head) -> Result<Batch, StoreError> {
        let end = plan.link(head);
        let mut beside = Beside::of(&plan);
        for rows in plan.rows.chunks(MOST) {
            let (_, statement) = STATEMENTS
                .iter()
                .find(|(size, _)| *size >= rows.len())
                .ok_or_else(|| StoreError::Broken("a part of a batch is too large".to_owned()))?;
            let mut query = sqlx::query(statement);
            let mut last = rows.last();
            for row in rows {
                query = beside.bind(event(query, row), row);
                // The first row says where the part ends.
                let last = last.take();
                query = query
                    .bind(last.map(|row| signed(row.position)))
                    .bind(last.map(|row| row.hash.as_slice()));
            }
            query.execute(&mut self.connection).await?;
        }
        self.end = Some(end);
        Ok(Batch { outcomes: plan.outcomes, rows: plan.rows })
    }

    async fn run(&mut self, statement: &'static str) -> Result<(), StoreError> {
        sqlx::query(statement).execute(&mut self.connection).await?;
        Ok(())
    }
}

/// Whether the log is not as it was hoped: somebody else wrote, or wrote the same.
fn is_other(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| matches!(error.kind(), ErrorKind::UniqueViolation | ErrorKind::NotNullViolation))
}

async fn known(db: &mut SqliteConnection, entries: &[Entry]) -> Result<Known, StoreError> {
    let (position, hash, last_position): (i64, Vec<u8>, i64) = sqlx::query_as(
        "SELECT head_position, head_hash, (SELECT coalesce(max(position), 0) FROM events) FROM log",
    )
    .fetch_one(&mut *db)
    .await?;
    let sequences: Vec<(String, Uuid, i64)> = sqlx::query_as(
        "SELECT value ->> 0, unhex(value ->> 1, '-'), (
             SELECT max(sequence) FROM events
             WHERE aggregate_type = value ->> 0 AND aggregate_id = value ->> 1
         ) AS last
         FROM json_each(?) WHERE last IS NOT NULL",
    )
    .bind(json_streams(entries.iter().map(|entry| entry.stream)))
    .fetch_all(&mut *db)
    .await?;
    let receipts = read::receipts_of(db, json_ids(entries.iter().map(|entry| entry.command_id))).await?;
    Ok(Known {
        head: column::head(position, &hash)?,
        last_position: column::unsigned(last_position)?,
        sequences: sequences
            .into_iter()
            .map(|(kind, id, last)| Ok((column::stream(&kind, id)?, column::unsigned(last)?)))
            .collect::<Result<HashMap<_, _>, StoreError>>()?,
        receipts: receipts.into_iter().map(|receipt| (receipt.command_id, receipt)).collect(),
    })
}

type Statement<'q> = Query<'q, Sqlite, SqliteArguments<'q>>;

/// The columns of `events`.
fn event<'q>(query: Statement<'q>, row: &'q StoredRow) -> Statement<'q> {
    query
        .bind(signed(row.position))
        .bind(row.stream_kind.as_str())
        .bind(row.stream_id.as_str())
        .bind(signed(row.sequence))
        .bind(row.event_type.as_str())
        .bind(row.event_version.as_str())
        .bind(row.payload.as_str())
        .bind(row.metadata.as_str())
        .bind(row.occurred_at)
        .bind(row.recorded_at)
        .bind(row.actor.as_str())
        .bind(row.correlation)
        .bind(row.causation)
        .bind(row.command_id)
        .bind(row.hash.as_slice())
        .bind(row.prev_hash.as_slice())
}

/// What is written beside the events, each with the first event of its entry. All are in the order of the
/// entries.
struct Beside<'q> {
    receipts: Peekable<std::slice::Iter<'q, Receipt>>,
    armed: Peekable<std::slice::Iter<'q, PendingDeadline>>,
    keys: Peekable<std::slice::Iter<'q, (Uuid, Vec<u8>)>>,
}

impl<'q> Beside<'q> {
    fn of(plan: &'q Plan) -> Self {
        Self {
            receipts: plan.receipts.iter().peekable(),
            armed: plan.armed.iter().peekable(),
            keys: plan.keys.iter().peekable(),
        }
    }

    fn bind(&mut self, query: Statement<'q>, row: &StoredRow) -> Statement<'q> {
        let receipt = self.receipts.next_if(|receipt| receipt.first_position == row.position);
        let stream = receipt.map(|receipt| receipt.stream);
        let armed = self.armed.next_if(|pending| Some(pending.stream) == stream);
        let key = self.keys.next_if(|(case, _)| stream.is_some_and(|stream| stream.id == *case));
        query
            .bind(receipt.map(|receipt| receipt.content_hash.as_slice()))
            .bind(stream.map(|stream| stream.id))
            .bind(receipt.map(|receipt| signed(receipt.last_position)))
            .bind(armed.map(|pending| pending.deadline.name.as_str()))
            .bind(armed.map(|pending| micros(pending.deadline.due_at)))
            .bind(armed.map(|pending| signed(pending.generation)))
            .bind(key.map(|(_, wrapped)| wrapped.as_slice()))
    }
}
