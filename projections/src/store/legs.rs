//! The legs of whistles, apart from their cases: whom a unit's own legs, and the silent ones, are asked by.

use domain::case::Life;
use domain::ids::UnitId;
use jiff::Timestamp;
use sqlx::query_builder::QueryBuilder;
use sqlx::{Row, Sqlite, SqliteConnection};

use super::cases::{self, COUNT_MAX};
use super::filter::{Scope, within};
use super::{Views, ViewsError, codec};
use crate::views::case_row::CaseRow;
use crate::views::legs::LegRow;
use crate::views::page::RowChange;

/// A leg with the row of its case.
#[derive(Debug, Clone, PartialEq)]
pub struct CalledLeg {
    /// The case.
    pub case: CaseRow,
    /// The leg.
    pub leg: LegRow,
}

/// Most legs of one answer.
const MOST: u32 = 500;

const COLUMNS: [&str; 9] =
    ["opened", "leg", "unit", "path", "case_path", "test", "open", "due_at", "running"];

/// Writes the legs of changed rows anew: they are few.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    changes: &[RowChange],
) -> Result<(), ViewsError> {
    let called: Vec<&CaseRow> =
        changes.iter().filter(|change| change.called).map(|change| &change.row).collect();
    for chunk in codec::chunks(&called) {
        let mut query = QueryBuilder::<Sqlite>::new("DELETE FROM legs WHERE opened IN (");
        let mut places = query.separated(", ");
        for row in chunk {
            places.push_bind(codec::signed(row.opened));
        }
        query.push(")");
        query.build().execute(&mut *connection).await?;
    }
    let legs: Vec<(&CaseRow, &LegRow)> =
        called.iter().flat_map(|row| row.legs_to_find().map(move |leg| (*row, leg))).collect();
    for chunk in codec::chunks(&legs) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO legs (");
        query.push(COLUMNS.join(", ")).push(") ");
        query.push_values(chunk, |mut values, (row, leg)| {
            let alive = row.life.is_open();
            values
                .push_bind(codec::signed(row.opened))
                .push_bind(i64::from(leg.leg))
                .push_bind(leg.unit.0.as_str())
                .push_bind(leg.path.as_str())
                .push_bind(row.scope_path.as_str())
                .push_bind(row.test)
                .push_bind(alive && leg.phase.is_open())
                .push_bind(leg.owes().map_or(i64::MAX, |(_, due_at)| codec::micros(due_at)))
                .push_bind(alive && row.life != Life::Suspended && leg.owes().is_some());
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

impl Views {
    /// The open legs of a unit, what is due first comes first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn legs_of(&self, unit: &UnitId, limit: u32) -> Result<Vec<CalledLeg>, ViewsError> {
        let mut query = start();
        query.push("legs INDEXED BY leg_by_unit WHERE open = 1 AND test = 0 AND unit = ");
        query.push_bind(unit.0.clone()).push(" ORDER BY due_at, opened, leg");
        self.legs(query, limit).await
    }

    /// The legs of a unit that are over, the latest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn past_legs_of(&self, unit: &UnitId, limit: u32) -> Result<Vec<CalledLeg>, ViewsError> {
        let mut query = start();
        query.push("legs INDEXED BY leg_over WHERE open = 0 AND test = 0 AND unit = ");
        query.push_bind(unit.0.clone()).push(" ORDER BY opened DESC, leg DESC");
        self.legs(query, limit).await
    }

    /// Legs that are silent at this time, the longest overdue first: of cases in scope, or of called
    /// units in scope.
    ///
    /// # Errors
    /// The store failed.
    pub async fn silent_legs(
        &self,
        now: Timestamp,
        scope: &Scope,
        limit: u32,
    ) -> Result<Vec<CalledLeg>, ViewsError> {
        let mut query = start();
        silent(&mut query, now, scope);
        query.push(" ORDER BY due_at, opened, leg");
        self.legs(query, limit).await
    }

    /// How many legs are silent at this time; [`COUNT_MAX`], or more.
    ///
    /// # Errors
    /// The store failed.
    pub async fn silent_legs_count(&self, now: Timestamp, scope: &Scope) -> Result<u64, ViewsError> {
        let mut query = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 FROM ");
        silent(&mut query, now, scope);
        query.push(" LIMIT ").push_bind(codec::signed(COUNT_MAX)).push(")");
        Ok(codec::unsigned(query.build_query_scalar().fetch_one(&mut *self.reader().await?).await?))
    }

    /// How many open legs a unit has; [`COUNT_MAX`], or more.
    ///
    /// # Errors
    /// The store failed.
    pub async fn legs_count(&self, unit: &UnitId) -> Result<u64, ViewsError> {
        let mut query = QueryBuilder::new(
            "SELECT count(*) FROM (SELECT 1 FROM legs INDEXED BY leg_by_unit WHERE open = 1 AND test = 0 AND unit = ",
        );
        query.push_bind(unit.0.clone());
        query.push(" LIMIT ").push_bind(codec::signed(COUNT_MAX)).push(")");
        Ok(codec::unsigned(query.build_query_scalar().fetch_one(&mut *self.reader().await?).await?))
    }

    /// Cases by number, external id or uuid, for which a unit in scope was called, or of which it had a
    /// part: what it finds of a case that is not its own.
    ///
    /// # Errors
    /// The store failed.
    pub async fn find_called(&self, key: &str, scope: &Scope) -> Result<Vec<CaseRow>, ViewsError> {
        let Scope::Within(path) = scope else { return self.find(key, scope).await };
        let mut found = self.find(key, &Scope::All).await?;
        found.retain(|row| row.paths_to_find().any(|called| called.starts_with(path.as_str())));
        Ok(found)
    }

    async fn legs(
        &self,
        mut query: QueryBuilder<'static, Sqlite>,
        limit: u32,
    ) -> Result<Vec<CalledLeg>, ViewsError> {
        query.push(" LIMIT ").push_bind(i64::from(limit.clamp(1, MOST)));
        let mut reader = self.reader().await?;
        let places = query.build().fetch_all(&mut *reader).await?;
        let places: Vec<(u64, u32)> = places
            .iter()
            .map(|row| Ok((codec::unsigned(row.try_get("opened")?), row.try_get("leg")?)))
            .collect::<Result<_, sqlx::Error>>()?;
        let opened: Vec<u64> = places.iter().map(|(opened, _)| *opened).collect();
        let cases = cases::by_place(&mut reader, &opened).await?;
        let called = places.into_iter().filter_map(|(opened, number)| {
            let case = cases.iter().find(|case| case.opened == opened)?;
            let leg = case.legs.iter().find(|leg| leg.leg == number)?;
            Some(CalledLeg { case: case.clone(), leg: leg.clone() })
        });
        Ok(called.collect())
    }
}

fn start() -> QueryBuilder<'static, Sqlite> {
    QueryBuilder::new("SELECT opened, leg FROM ")
}

fn silent(query: &mut QueryBuilder<'static, Sqlite>, now: Timestamp, scope: &Scope) {
    query.push("legs INDEXED BY leg_by_due WHERE running = 1 AND test = 0 AND due_at < ");
    query.push_bind(codec::micros(now));
    query.push(" AND ((");
    within(query, "case_path", scope);
    query.push(") OR (");
    within(query, "path", scope);
    query.push("))");
}
