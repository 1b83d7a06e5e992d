//! What supervision has put out, over all cases of a scope: lists, counts and what a unit owes.

use std::collections::BTreeMap;

use domain::case::event::SupervisionStep;
use domain::ids::UnitId;
use jiff::Timestamp;
use sqlx::query_builder::QueryBuilder;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteConnection};

use super::cases::{self, COUNT_MAX};
use super::filter::{Scope, within};
use super::{Views, ViewsError, codec};
use crate::views::case_row::CaseRow;
use crate::views::page::RowChange;
use crate::views::papers::{Paper, PaperState};

/// A paper with the row of its case.
#[derive(Debug, Clone, PartialEq)]
pub struct CasePaper {
    /// The case.
    pub case: CaseRow,
    /// The paper.
    pub paper: Paper,
}

/// Which papers. The default is all of them, the latest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaperFilter {
    /// Of this step only.
    pub kind: Option<SupervisionStep>,
    /// In this state only.
    pub state: Option<PaperState>,
    /// Somebody still has something to do: what is due first comes first.
    pub open: bool,
    /// Past its limit at this time.
    pub late_at: Option<Timestamp>,
    /// About this unit or one under it, by its path.
    pub unit: Option<String>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
}

/// Some papers, and where to go on.
#[derive(Debug, Clone, PartialEq)]
pub struct PaperPage {
    /// The papers.
    pub papers: Vec<CasePaper>,
    /// Give it back for what follows; none at the end.
    pub next_cursor: Option<String>,
}

/// Most papers of one answer.
const MOST: u32 = 500;

const COLUMNS: [&str; 11] =
    ["opened", "kind", "number", "unit", "path", "case_path", "test", "state", "open", "due_at", "since"];

/// Writes the papers of changed rows anew: they are few.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    changes: &[RowChange],
) -> Result<(), ViewsError> {
    let changed: Vec<&CaseRow> =
        changes.iter().filter(|change| change.papers).map(|change| &change.row).collect();
    for chunk in codec::chunks(&changed) {
        let mut query = QueryBuilder::<Sqlite>::new("DELETE FROM papers WHERE opened IN (");
        let mut places = query.separated(", ");
        for row in chunk {
            places.push_bind(codec::signed(row.opened));
        }
        query.push(")");
        query.build().execute(&mut *connection).await?;
    }
    let papers: Vec<(&CaseRow, &Paper)> =
        changed.iter().flat_map(|row| row.papers.iter().map(move |paper| (*row, paper))).collect();
    for chunk in codec::chunks(&papers) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO papers (");
        query.push(COLUMNS.join(", ")).push(") ");
        query.push_values(chunk, |mut values, (row, paper)| {
            values
                .push_bind(codec::signed(row.opened))
                .push_bind(paper.kind.as_str())
                .push_bind(i64::from(paper.number))
                // For a unit that is accused there is nothing to find.
                .push_bind(if paper.path.is_empty() { "" } else { paper.unit.0.as_str() })
                .push_bind(paper.path.as_str())
                .push_bind(row.scope_path.as_str())
                .push_bind(row.test)
                .push_bind(paper.state.as_str())
                .push_bind(paper.state.is_open())
                .push_bind(paper.due_at.map_or(i64::MAX, codec::micros))
                .push_bind(codec::micros(paper.since));
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

impl Views {
    /// Papers of a filter in this scope.
    ///
    /// # Errors
    /// [`ViewsError::Cursor`], or the store failed.
    pub async fn papers(
        &self,
        filter: &PaperFilter,
        scope: &Scope,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<PaperPage, ViewsError> {
        let after = cursor.map(read_cursor).transpose()?;
        let limit = limit.clamp(1, MOST);
        let (column, order) = filter.order();
        let mut query = filter.query("opened, kind, number, due_at, since", scope);
        if let Some((place, opened, kind, number)) = after {
            let than = if filter.by_due() { ">" } else { "<" };
            query.push(format_args!(" AND ({column}, opened, kind, number) {than} ("));
            let mut values = query.separated(", ");
            values.push_bind(place).push_bind(opened).push_bind(kind).push_bind(number);
            query.push(")");
        }
        query.push(format_args!(" ORDER BY {order} LIMIT ")).push_bind(i64::from(limit) + 1);
        let mut reader = self.reader().await?;
        let mut found = query.build().fetch_all(&mut *reader).await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next_cursor = found.last().filter(|_| more).map(|row| write_cursor(row, column)).transpose()?;
        Ok(PaperPage { papers: with_cases(&mut reader, &found).await?, next_cursor })
    }

    /// How many papers a filter finds; counting ends at [`COUNT_MAX`].
    ///
    /// # Errors
    /// The store failed.
    pub async fn papers_count(&self, filter: &PaperFilter, scope: &Scope) -> Result<u64, ViewsError> {
        let mut query = QueryBuilder::new("SELECT count(*) FROM (");
        filter.push(&mut query, "1", scope);
        query.push(" LIMIT ").push_bind(codec::signed(COUNT_MAX)).push(")");
        let count = query.build_query_scalar().fetch_one(&mut *self.reader().await?).await?;
        Ok(codec::unsigned(count))
    }

    /// How many papers that wait there are in this scope, by step and state, and how many of them are late.
    ///
    /// # Errors
    /// The store failed.
    pub async fn open_papers_count(
        &self,
        now: Timestamp,
        scope: &Scope,
    ) -> Result<Vec<(PaperState, u64, u64)>, ViewsError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT state, count(*) AS total, sum(due_at < ");
        query.push_bind(codec::micros(now));
        query.push(
            ") AS late FROM (SELECT state, due_at FROM papers INDEXED BY paper_by_due \
             WHERE open = 1 AND test = 0 AND ",
        );
        within(&mut query, "case_path", scope);
        query.push(" LIMIT ").push_bind(codec::signed(COUNT_MAX)).push(") GROUP BY state");
        let mut counts = Vec::new();
        for row in query.build().fetch_all(&mut *self.reader().await?).await? {
            let number = |name| Ok::<_, sqlx::Error>(codec::unsigned(row.try_get(name)?));
            if let Some(state) = PaperState::parse(row.try_get("state")?) {
                counts.push((state, number("total")?, number("late")?));
            }
        }
        counts.sort_unstable();
        Ok(counts)
    }

    /// How many papers of each step a filter finds for each unit, the most first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn papers_by_unit(
        &self,
        filter: &PaperFilter,
        scope: &Scope,
    ) -> Result<Vec<(UnitId, BTreeMap<SupervisionStep, u64>)>, ViewsError> {
        let mut query = QueryBuilder::new("SELECT unit, kind, count(*) AS total FROM (");
        filter.push(&mut query, "unit, kind", scope);
        query.push(" AND unit <> '') GROUP BY unit, kind");
        let mut units: BTreeMap<UnitId, BTreeMap<SupervisionStep, u64>> = BTreeMap::new();
        for row in query.build().fetch_all(&mut *self.reader().await?).await? {
            let (unit, kind): (String, &str) = (row.try_get("unit")?, row.try_get("kind")?);
            let step = SupervisionStep::ALL.into_iter().find(|step| step.as_str() == kind);
            if let Some(step) = step {
                let count = codec::unsigned(row.try_get("total")?);
                units.entry(UnitId(unit)).or_default().insert(step, count);
            }
        }
        let mut units: Vec<_> = units.into_iter().collect();
        units.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.values().sum::<u64>()));
        Ok(units)
    }

    /// Orders and notices that a unit has to reply to, what is due first comes first. Its own, whoever has
    /// the case now; none of a report that accuses it.
    ///
    /// # Errors
    /// The store failed.
    pub async fn papers_of(&self, unit: &UnitId, limit: u32) -> Result<Vec<CasePaper>, ViewsError> {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT opened, kind, number FROM papers INDEXED BY paper_of_unit \
             WHERE state = 'to_reply' AND test = 0 AND unit = ",
        );
        query.push_bind(unit.0.clone());
        query
            .push(" ORDER BY due_at, opened, kind, number LIMIT ")
            .push_bind(i64::from(limit.clamp(1, MOST)));
        let mut reader = self.reader().await?;
        let found = query.build().fetch_all(&mut *reader).await?;
        with_cases(&mut reader, &found).await
    }

    /// How many of those there are; counting ends at [`COUNT_MAX`].
    ///
    /// # Errors
    /// The store failed.
    pub async fn papers_of_count(&self, unit: &UnitId) -> Result<u64, ViewsError> {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT count(*) FROM (SELECT 1 FROM papers INDEXED BY paper_of_unit \
             WHERE state = 'to_reply' AND test = 0 AND unit = ",
        );
        query.push_bind(unit.0.clone()).push(" LIMIT ").push_bind(codec::signed(COUNT_MAX)).push(")");
        let count = query.build_query_scalar().fetch_one(&mut *self.reader().await?).await?;
        Ok(codec::unsigned(count))
    }
}

impl PaperFilter {
    fn by_due(&self) -> bool {
        self.open || self.late_at.is_some() || self.state.is_some_and(PaperState::is_open)
    }

    fn order(&self) -> (&'static str, &'static str) {
        if self.by_due() {
            ("due_at", "due_at, opened, kind, number")
        } else {
            ("since", "since DESC, opened DESC, kind DESC, number DESC")
        }
    }

    fn query(&self, what: &str, scope: &Scope) -> QueryBuilder<'static, Sqlite> {
        let mut query = QueryBuilder::new("");
        self.push(&mut query, what, scope);
        query
    }

    fn push(&self, query: &mut QueryBuilder<'static, Sqlite>, what: &str, scope: &Scope) {
        let index = if self.by_due() { "paper_by_due WHERE open = 1" } else { "paper_by_time WHERE 1" };
        query.push(format_args!("SELECT {what} FROM papers INDEXED BY {index} AND test = 0 AND "));
        within(query, "case_path", scope);
        if let Some(kind) = self.kind {
            query.push(" AND kind = ").push_bind(kind.as_str());
        }
        if let Some(state) = self.state {
            query.push(" AND state = ").push_bind(state.as_str());
        }
        if let Some(now) = self.late_at {
            query.push(" AND due_at < ").push_bind(codec::micros(now));
        }
        if let Some(path) = &self.unit {
            query.push(" AND ");
            within(query, "path", &Scope::Within(path.clone()));
        }
        if let Some(from) = self.from {
            query.push(" AND since >= ").push_bind(codec::micros(from));
        }
        if let Some(to) = self.to {
            query.push(" AND since < ").push_bind(codec::micros(to));
        }
    }
}

async fn with_cases(
    connection: &mut SqliteConnection,
    found: &[SqliteRow],
) -> Result<Vec<CasePaper>, ViewsError> {
    let places: Vec<(u64, String, u32)> = found
        .iter()
        .map(|row| {
            Ok((codec::unsigned(row.try_get("opened")?), row.try_get("kind")?, row.try_get("number")?))
        })
        .collect::<Result<_, sqlx::Error>>()?;
    let mut opened: Vec<u64> = places.iter().map(|(opened, ..)| *opened).collect();
    opened.sort_unstable();
    opened.dedup();
    let cases = cases::by_place(connection, &opened).await?;
    let cases: std::collections::HashMap<u64, CaseRow> =
        cases.into_iter().map(|case| (case.opened, case)).collect();
    let paper = |(opened, kind, number): (u64, String, u32)| {
        let case = cases.get(&opened)?;
        let same = |paper: &&Paper| paper.kind.as_str() == kind && paper.number == number;
        Some(CasePaper { paper: case.papers.iter().find(same)?.clone(), case: case.clone() })
    };
    Ok(places.into_iter().filter_map(paper).collect())
}

fn write_cursor(row: &SqliteRow, column: &str) -> Result<String, ViewsError> {
    let (place, opened): (i64, i64) = (row.try_get(column)?, row.try_get("opened")?);
    let (kind, number): (&str, i64) = (row.try_get("kind")?, row.try_get("number")?);
    Ok(format!("{place}.{opened}.{kind}.{number}"))
}

fn read_cursor(cursor: &str) -> Result<(i64, i64, String, i64), ViewsError> {
    let mut parts = cursor.split('.');
    let mut next = || parts.next().ok_or(ViewsError::Cursor);
    let (place, opened, kind, number) = (next()?, next()?, next()?, next()?);
    let number_of = |text: &str| text.parse().map_err(|_| ViewsError::Cursor);
    Ok((number_of(place)?, number_of(opened)?, kind.to_owned(), number_of(number)?))
}
