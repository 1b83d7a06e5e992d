//! How a case's row stands in its table: what is searched in columns, the whole as JSON.

use domain::ids::{Rung, UnitId};
use jiff::Timestamp;
use sqlx::query_builder::{QueryBuilder, Separated};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteConnection};

use super::ViewsError;
use crate::views::case_row::CaseRow;

/// Columns of `case_rows`, in the order in which [`push`] fills them.
const COLUMNS: [&str; 25] = [
    "opened",
    "case_id",
    "case_no",
    "external_id",
    "source",
    "life",
    "open",
    "running",
    "recorded",
    "test",
    "path",
    "unit",
    "responsible",
    "rung",
    "item",
    "month",
    "received_at",
    "due_at",
    "amber_at",
    "sign_due_at",
    "next_due_at",
    "on_time",
    "reopened",
    "escalations",
    "body",
];

/// Rows of one statement. Few different sizes: each is prepared once and used again.
pub(super) const CHUNKS: [usize; 4] = [256, 32, 4, 1];

/// Cuts a slice into pieces of the sizes of [`CHUNKS`], greatest first.
pub(super) fn chunks<T>(mut rest: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = CHUNKS.into_iter().find(|size| *size <= rest.len())?;
        let (head, tail) = rest.split_at(size);
        rest = tail;
        Some(head)
    })
}

/// Writes rows, new or changed.
pub(super) async fn upsert(connection: &mut SqliteConnection, rows: &[CaseRow]) -> Result<(), ViewsError> {
    for chunk in chunks(rows) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO case_rows (");
        query.push(COLUMNS.join(", ")).push(") ");
        let bodies: Vec<String> = chunk.iter().map(body).collect::<Result<_, _>>()?;
        query.push_values(chunk.iter().zip(bodies), |values, (row, body)| push(values, row, body));
        query.push(" ON CONFLICT (opened) DO UPDATE SET ");
        let mut set = query.separated(", ");
        for column in &COLUMNS[2..] {
            set.push(format_args!("{column} = excluded.{column}"));
        }
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

fn push(mut values: Separated<'_, '_, Sqlite, &'static str>, row: &CaseRow, body: String) {
    let unit = |unit: &Option<UnitId>| unit.as_ref().map(|unit| unit.0.clone()).unwrap_or_default();
    values
        .push_bind(signed(row.opened))
        .push_bind(row.case_id.0)
        .push_bind(row.case_no.clone())
        .push_bind(row.external_id.clone())
        .push_bind(row.source.clone())
        .push_bind(row.life.as_str())
        .push_bind(row.life.is_open())
        .push_bind(row.is_running())
        .push_bind(row.recorded)
        .push_bind(row.test)
        .push_bind(row.scope_path.clone())
        .push_bind(unit(&row.lead))
        .push_bind(unit(&row.responsible))
        .push_bind(row.rung.map_or("", Rung::as_str))
        .push_bind(row.item.as_ref().map(|item| item.0.clone()).unwrap_or_default())
        .push_bind(row.month())
        .push_bind(micros(row.received_at))
        .push_bind(row.due_at.map(micros))
        .push_bind(row.amber_at.map(micros))
        .push_bind(row.sign_due_at.filter(|_| row.signed_at.is_none()).map(micros))
        .push_bind(row.next_due_at.map_or(i64::MAX, micros))
        .push_bind(row.on_time)
        .push_bind(i64::from(row.reopened))
        .push_bind(i64::from(row.escalations))
        .push_bind(body);
}

/// The whole row as stored.
pub(super) fn body(row: &CaseRow) -> Result<String, ViewsError> {
    serde_json::to_string(row).map_err(|_| ViewsError::Unreadable(row.case_no.clone()))
}

/// Reads a row from its column `body`.
pub(super) fn read(row: &SqliteRow) -> Result<CaseRow, ViewsError> {
    let body: &str = row.try_get("body")?;
    serde_json::from_str(body).map_err(|error| ViewsError::Unreadable(error.to_string()))
}

/// Times are kept in microseconds, like the log's.
pub(super) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A position as the database's number; the log's own are within its range.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The database's number as a position; it never holds a negative one.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
