//! The parts of cases, apart from them: whom a unit's own parts, the late ones, and those that wait for a
//! decision are asked by.

use domain::case::Life;
use domain::case::part::PartPhase;
use domain::ids::UnitId;
use jiff::Timestamp;
use sqlx::query_builder::QueryBuilder;
use sqlx::{Row, Sqlite, SqliteConnection};

use super::cases::{self, COUNT_MAX};
use super::filter::{Scope, within};
use super::{Views, ViewsError, codec};
use crate::views::case_row::CaseRow;
use crate::views::page::RowChange;
use crate::views::parts::PartRow;

/// A part with the row of its case.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenPart {
    /// The case.
    pub case: CaseRow,
    /// The part.
    pub part: PartRow,
}

/// Most parts of one answer.
const MOST: u32 = 500;

const COLUMNS: [&str; 10] =
    ["opened", "part", "unit", "path", "case_path", "test", "open", "asking", "due_at", "running"];

/// Writes the parts of changed rows anew: they are few.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    changes: &[RowChange],
) -> Result<(), ViewsError> {
    let called: Vec<&CaseRow> =
        changes.iter().filter(|change| change.called).map(|change| &change.row).collect();
    for chunk in codec::chunks(&called) {
        let mut query = QueryBuilder::<Sqlite>::new("DELETE FROM parts WHERE opened IN (");
        let mut places = query.separated(", ");
        for row in chunk {
            places.push_bind(codec::signed(row.opened));
        }
        query.push(")");
        query.build().execute(&mut *connection).await?;
    }
    let parts: Vec<(&CaseRow, &PartRow)> =
        called.iter().flat_map(|row| row.parts_to_find().map(move |part| (*row, part))).collect();
    for chunk in codec::chunks(&parts) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO parts (");
        query.push(COLUMNS.join(", ")).push(") ");
        query.push_values(chunk, |mut values, (row, part)| {
            let alive = row.life.is_open();
            values
                .push_bind(codec::signed(row.opened))
                .push_bind(i64::from(part.part))
                .push_bind(part.unit.0.as_str())
                .push_bind(part.path.as_str())
                .push_bind(row.scope_path.as_str())
                .push_bind(row.test)
                .push_bind(alive && part.phase.is_open())
                .push_bind(alive && part.phase == PartPhase::Asking)
                .push_bind(part.owes().map_or(i64::MAX, |(_, due_at)| codec::micros(due_at)))
                .push_bind(alive && row.life != Life::Suspended && part.owes().is_some());
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

impl Views {
    /// The open parts of a unit, what is due first comes first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn parts_of(&self, unit: &UnitId, limit: u32) -> Result<Vec<GivenPart>, ViewsError> {
        let mut query = start();
        query.push("parts INDEXED BY part_by_unit WHERE open = 1 AND test = 0 AND unit = ");
        query.push_bind(unit.0.clone()).push(" ORDER BY due_at, opened, part");
        self.parts(query, limit).await
    }

    /// How many open parts a unit has; [`COUNT_MAX`], or more.
    ///
    /// # Errors
    /// The store failed.
    pub async fn parts_count(&self, unit: &UnitId) -> Result<u64, ViewsError> {
        let mut query = count();
        query.push("parts INDEXED BY part_by_unit WHERE open = 1 AND test = 0 AND unit = ");
        query.push_bind(unit.0.clone());
        self.counted(query).await
    }

    /// The parts of a unit that are over, the latest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn past_parts_of(&self, unit: &UnitId, limit: u32) -> Result<Vec<GivenPart>, ViewsError> {
        let mut query = start();
        query.push("parts INDEXED BY part_over WHERE open = 0 AND test = 0 AND unit = ");
        query.push_bind(unit.0.clone()).push(" ORDER BY opened DESC, part DESC");
        self.parts(query, limit).await
    }

    /// Parts that are late at this time, the longest overdue first: of cases in scope, or of units in scope.
    ///
    /// # Errors
    /// The store failed.
    pub async fn late_parts(
        &self,
        now: Timestamp,
        scope: &Scope,
        limit: u32,
    ) -> Result<Vec<GivenPart>, ViewsError> {
        let mut query = start();
        late(&mut query, now, scope);
        query.push(" ORDER BY due_at, opened, part");
        self.parts(query, limit).await
    }

    /// How many parts are late at this time; [`COUNT_MAX`], or more.
    ///
    /// # Errors
    /// The store failed.
    pub async fn late_parts_count(&self, now: Timestamp, scope: &Scope) -> Result<u64, ViewsError> {
        let mut query = count();
        late(&mut query, now, scope);
        self.counted(query).await
    }

    async fn parts(
        &self,
        mut query: QueryBuilder<'static, Sqlite>,
        limit: u32,
    ) -> Result<Vec<GivenPart>, ViewsError> {
        query.push(" LIMIT ").push_bind(i64::from(limit.clamp(1, MOST)));
        let mut reader = self.reader().await?;
        let places = query.build().fetch_all(&mut *reader).await?;
        let places: Vec<(u64, u32)> = places
            .iter()
            .map(|row| Ok((codec::unsigned(row.try_get("opened")?), row.try_get("part")?)))
            .collect::<Result<_, sqlx::Error>>()?;
        let opened: Vec<u64> = places.iter().map(|(opened, _)| *opened).collect();
        let cases = cases::by_place(&mut reader, &opened).await?;
        let given = places.into_iter().filter_map(|(opened, number)| {
            let case = cases.iter().find(|case| case.opened == opened)?;
            let part = case.parts.iter().find(|part| part.part == number)?;
            Some(GivenPart { case: case.clone(), part: part.clone() })
        });
        Ok(given.collect())
    }

    async fn counted(&self, mut query: QueryBuilder<'static, Sqlite>) -> Result<u64, ViewsError> {
        query.push(" LIMIT ").push_bind(codec::signed(COUNT_MAX)).push(")");
        Ok(codec::unsigned(query.build_query_scalar().fetch_one(&mut *self.reader().await?).await?))
    }
}

fn start() -> QueryBuilder<'static, Sqlite> {
    QueryBuilder::new("SELECT opened, part FROM ")
}

fn count() -> QueryBuilder<'static, Sqlite> {
    QueryBuilder::new("SELECT count(*) FROM (SELECT 1 FROM ")
}

fn late(query: &mut QueryBuilder<'static, Sqlite>, now: Timestamp, scope: &Scope) {
    query.push("parts INDEXED BY part_by_due WHERE running = 1 AND test = 0 AND due_at < ");
    query.push_bind(codec::micros(now));
    query.push(" AND ((");
    within(query, "case_path", scope);
    query.push(") OR (");
    within(query, "path", scope);
    query.push("))");
}
