//! How a case's row stands in its table: what is searched in columns, the whole as JSON.

use domain::case::State;
use domain::ids::{Rung, UnitId};
use jiff::Timestamp;
use sqlx::query_builder::{QueryBuilder, Separated};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteConnection};

use super::ViewsError;
use crate::views::case_row::CaseRow;
use crate::views::page::RowChange;

/// Columns of `case_rows`, in the order in which [`push`] fills them: first what a case has for ever,
/// then what changes with its place, then what changes with its work.
const COLUMNS: [&str; 25] = [
    "opened",
    "case_id",
    "case_no",
    "external_id",
    "source",
    "received_at",
    "test",
    "path",
    "unit",
    "item",
    "locality",
    "month",
    "life",
    "open",
    "running",
    "recorded",
    "responsible",
    "rung",
    "due_at",
    "amber_at",
    "sign_due_at",
    "next_due_at",
    "on_time",
    "reopened",
    "escalations",
];
/// A row of `case_rows` as JSON, in SQL: to be compared.
pub(super) fn as_json() -> String {
    let pairs: Vec<String> =
        COLUMNS
            .iter()
            .map(|name| {
                if *name == "case_id" {
                    format!("'{name}', hex({name})")
                } else {
                    format!("'{name}', {name}")
                }
            })
            .collect();
    format!("json_object({})", pairs.join(", "))
}

/// The first column that changes with a case's place, and the first that changes with its work.
const PLACE: usize = 7;
const WORK: usize = 12;

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
pub(super) async fn upsert(
    connection: &mut SqliteConnection,
    changes: &[RowChange],
) -> Result<(), ViewsError> {
    let (moved, worked): (Vec<_>, Vec<_>) = changes.iter().partition(|change| change.moved);
    // An index is written anew wherever one of its columns is set, changed or not.
    for (rows, from) in [(moved, PLACE), (worked, WORK)] {
        for chunk in chunks(&rows) {
            let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO case_rows (");
            query.push(COLUMNS.join(", ")).push(") ");
            query.push_values(chunk, |values, change| push(values, &change.row));
            query.push(" ON CONFLICT (opened) DO UPDATE SET ");
            let mut set = query.separated(", ");
            for column in &COLUMNS[from..] {
                set.push(format_args!("{column} = excluded.{column}"));
            }
            query.build().execute(&mut *connection).await?;
        }
    }
    for chunk in chunks(changes) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO case_bodies (opened, body) ");
        let bodies: Vec<String> = chunk.iter().map(|change| body(&change.row)).collect::<Result<_, _>>()?;
        query.push_values(chunk.iter().zip(bodies), |mut values, (change, body)| {
            values.push_bind(signed(change.row.opened)).push_bind(body);
        });
        query.push(" ON CONFLICT (opened) DO UPDATE SET body = excluded.body");
        query.build().execute(&mut *connection).await?;
    }
    super::legs::write(connection, changes).await?;
    super::links::write(connection, changes).await?;
    super::papers::write(connection, changes).await?;
    super::parts::write(connection, changes).await?;
    super::waits::write(connection, changes).await?;
    standing(connection, changes).await
}

/// Writes the folds of the cases themselves.
async fn standing(connection: &mut SqliteConnection, changes: &[RowChange]) -> Result<(), ViewsError> {
    let states: Vec<(i64, bool, String)> = changes
        .iter()
        .filter_map(|change| Some((change.row.opened, change.row.state.as_ref()?)))
        .map(|(opened, state)| {
            let text =
                serde_json::to_string(state).map_err(|_| ViewsError::Unreadable(state.case_no.clone()))?;
            Ok((signed(opened), state.life.is_open(), text))
        })
        .collect::<Result<_, ViewsError>>()?;
    for chunk in chunks(&states) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO standing (opened, open, state) ");
        query.push_values(chunk, |mut values, (opened, open, state)| {
            values.push_bind(opened).push_bind(open).push_bind(state.as_str());
        });
        query.push(" ON CONFLICT (opened) DO UPDATE SET open = excluded.open, state = excluded.state");
        query.build().execute(&mut *connection).await?;
    }
    // What turns out to be history may have been written before that was known.
    let history: Vec<i64> = changes
        .iter()
        .filter(|change| change.row.state.is_none())
        .map(|change| signed(change.row.opened))
        .collect();
    for chunk in chunks(&history) {
        let mut query = QueryBuilder::<Sqlite>::new("DELETE FROM standing WHERE opened IN (");
        let mut ids = query.separated(", ");
        for opened in chunk {
            ids.push_bind(opened);
        }
        query.push(")");
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

fn push<'row>(mut values: Separated<'_, 'row, Sqlite, &'static str>, row: &'row CaseRow) {
    let unit = |unit: &'row Option<UnitId>| unit.as_ref().map_or("", |unit| unit.0.as_str());
    values
        .push_bind(signed(row.opened))
        .push_bind(row.case_id.0)
        .push_bind(row.case_no.as_str())
        .push_bind(row.external_id.as_deref())
        .push_bind(row.source.as_str())
        .push_bind(micros(row.received_at))
        .push_bind(row.test)
        .push_bind(row.scope_path.as_str())
        .push_bind(unit(&row.lead))
        .push_bind(row.item.as_ref().map_or("", |item| item.0.as_str()))
        .push_bind(unit(&row.locality))
        .push_bind(row.month())
        .push_bind(row.life.as_str())
        .push_bind(row.life.is_open())
        .push_bind(row.is_running())
        .push_bind(row.recorded)
        .push_bind(unit(&row.responsible))
        .push_bind(row.rung.map_or("", Rung::as_str))
        .push_bind(row.due_at.map(micros))
        .push_bind(row.amber_at.map(micros))
        .push_bind(row.sign_due_at.filter(|_| row.signed_at.is_none()).map(micros))
        .push_bind(row.next_due_at.map_or(i64::MAX, micros))
        .push_bind(row.on_time)
        .push_bind(i64::from(row.reopened))
        .push_bind(i64::from(row.escalations));
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

/// Reads a row with the case's own fold from its column `state`, to go on folding.
pub(super) fn read_whole(row: &SqliteRow) -> Result<CaseRow, ViewsError> {
    let state: Option<&str> = row.try_get("state")?;
    Ok(CaseRow { state: state.map(state_of).transpose()?.map(Box::new), ..read(row)? })
}

/// Reads a case's own fold.
pub(super) fn state_of(text: &str) -> Result<State, ViewsError> {
    serde_json::from_str(text).map_err(|error| ViewsError::Unreadable(error.to_string()))
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
