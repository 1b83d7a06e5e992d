//! What waits to be decided, over all cases of a scope.

use jiff::Timestamp;
use sqlx::query_builder::QueryBuilder;
use sqlx::{Row, Sqlite, SqliteConnection};

use super::cases::{self, COUNT_MAX};
use super::filter::{Scope, within};
use super::{Views, ViewsError, codec};
use crate::views::case_row::CaseRow;
use crate::views::page::RowChange;
use crate::views::waits::{Wait, WaitFor};

/// Something that waits, with the row of its case.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// The case.
    pub case: CaseRow,
    /// What waits.
    pub wait: Wait,
}

/// Most of one answer.
const MOST: u32 = 500;

const COLUMNS: [&str; 7] = ["opened", "what", "number", "path", "test", "due_at", "since"];

/// Writes what waits of changed rows anew.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    changes: &[RowChange],
) -> Result<(), ViewsError> {
    let changed: Vec<&CaseRow> =
        changes.iter().filter(|change| change.waits).map(|change| &change.row).collect();
    for chunk in codec::chunks(&changed) {
        let mut query = QueryBuilder::<Sqlite>::new("DELETE FROM waits WHERE opened IN (");
        let mut places = query.separated(", ");
        for row in chunk {
            places.push_bind(codec::signed(row.opened));
        }
        query.push(")");
        query.build().execute(&mut *connection).await?;
    }
    let waits: Vec<(&CaseRow, &Wait)> =
        changed.iter().flat_map(|row| row.waiting().map(move |wait| (*row, wait))).collect();
    for chunk in codec::chunks(&waits) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT OR REPLACE INTO waits (");
        query.push(COLUMNS.join(", ")).push(") ");
        query.push_values(chunk, |mut values, (row, wait)| {
            // What has no limit stands behind what has, in the order in which it was asked.
            let due_at = wait.due_at.map_or(i64::MAX, codec::micros);
            values
                .push_bind(codec::signed(row.opened))
                .push_bind(wait.what.as_str())
                .push_bind(i64::from(wait.number))
                .push_bind(row.scope_path.as_str())
                .push_bind(row.test)
                .push_bind(due_at)
                .push_bind(codec::micros(wait.since));
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

impl Views {
    /// What waits in this scope, what is due first comes first; of one kind, or of all.
    ///
    /// # Errors
    /// The store failed.
    pub async fn waits(
        &self,
        what: Option<WaitFor>,
        scope: &Scope,
        limit: u32,
    ) -> Result<Vec<Waiting>, ViewsError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT opened, what, number FROM waits INDEXED BY ");
        match what {
            Some(what) => {
                query.push("wait_of_kind WHERE test = 0 AND what = ").push_bind(what.as_str());
            }
            None => {
                query.push("wait_by_due WHERE test = 0");
            }
        }
        query.push(" AND ");
        within(&mut query, "path", scope);
        query.push(" ORDER BY due_at, since, opened LIMIT ").push_bind(i64::from(limit.clamp(1, MOST)));
        let mut reader = self.reader().await?;
        let found = query.build().fetch_all(&mut *reader).await?;
        let places: Vec<(u64, String, u32)> = found
            .iter()
            .map(|row| {
                Ok((codec::unsigned(row.try_get("opened")?), row.try_get("what")?, row.try_get("number")?))
            })
            .collect::<Result<_, sqlx::Error>>()?;
        let opened: Vec<u64> = places.iter().map(|(opened, ..)| *opened).collect();
        let cases = cases::by_place(&mut reader, &opened).await?;
        let waiting = places.into_iter().filter_map(|(opened, what, number)| {
            let case = cases.iter().find(|case| case.opened == opened)?;
            let same = |wait: &&Wait| wait.what.as_str() == what && wait.number == number;
            Some(Waiting { wait: case.waiting().find(same)?.clone(), case: case.clone() })
        });
        Ok(waiting.collect())
    }

    /// How much waits in this scope, by kind, and how much of it is late; counting ends at [`COUNT_MAX`].
    ///
    /// # Errors
    /// The store failed.
    pub async fn waits_count(
        &self,
        now: Timestamp,
        scope: &Scope,
    ) -> Result<Vec<(WaitFor, u64, u64)>, ViewsError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT what, count(*) AS total, coalesce(sum(due_at < ");
        query.push_bind(codec::micros(now));
        query.push(
            "), 0) AS late FROM (SELECT what, due_at FROM waits INDEXED BY wait_by_path WHERE test = 0 AND ",
        );
        within(&mut query, "path", scope);
        query.push(" LIMIT ").push_bind(codec::signed(COUNT_MAX)).push(") GROUP BY what");
        let found = query.build().fetch_all(&mut *self.reader().await?).await?;
        let mut counts = Vec::with_capacity(found.len());
        for row in found {
            let number = |name| Ok::<_, sqlx::Error>(codec::unsigned(row.try_get(name)?));
            let what: &str = row.try_get("what")?;
            counts.extend(
                WaitFor::parse(what)
                    .map(|what| Ok::<_, sqlx::Error>((what, number("total")?, number("late")?)))
                    .transpose()?,
            );
        }
        counts.sort_unstable();
        Ok(counts)
    }
}
