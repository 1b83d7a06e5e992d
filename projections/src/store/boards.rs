//! The board's numbers, and for each the filter that lists the cases behind it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::case::Life;
use domain::ids::Rung;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::query_builder::QueryBuilder;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row, Sqlite, SqliteConnection};
use tokio::time::Instant;

use super::apply::COUNTS;
use super::cases::{COUNT_MAX, crowd};
use super::filter::{CaseFilter, Scope, months, within};
use super::{Views, ViewsError, codec};
use crate::views::board::{CellKind, Counts};

/// What the board's rows stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BoardBy {
    /// Lead unit.
    #[default]
    Unit,
    /// Rung that answers now, or answered last.
    Rung,
    /// Item.
    Item,
    /// Month of the limit.
    Month,
}

/// Which part of the board.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BoardQuery {
    /// What the rows stand for.
    pub by: BoardBy,
    /// From this month on, `2026-11`.
    pub from_month: Option<String>,
    /// Up to and with this month.
    pub to_month: Option<String>,
    /// What somebody may see.
    pub scope: Scope,
    /// Count what is overdue at this time.
    pub now: Option<Timestamp>,
    /// One unit only, or one item where the rows stand for items.
    pub name: Option<String>,
    /// One rung only, where the rows do not stand for items.
    pub rung: Option<String>,
}

/// A row of the board.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BoardRow {
    /// Unit, rung, item or month; empty where it is not known yet.
    pub key: String,
    /// How many.
    pub counts: Counts,
    /// The result is owed and late at [`BoardQuery::now`].
    pub overdue: i64,
}

/// A number of the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoardNumber {
    /// [`Counts::total`]
    Total,
    /// [`Counts::open`]
    Open,
    /// [`Counts::closed`]
    Closed,
    /// [`Counts::on_time`]
    OnTime,
    /// [`Counts::late`]
    Late,
    /// [`Counts::reopened`]
    Reopened,
    /// [`Counts::escalated`]
    Escalated,
    /// [`Counts::closed_at_grid`]
    ClosedAtGrid,
    /// [`BoardRow::overdue`]
    Overdue,
}

impl BoardRow {
    /// One of its numbers.
    pub fn number(&self, number: BoardNumber) -> i64 {
        match number {
            BoardNumber::Total => self.counts.total,
            BoardNumber::Open => self.counts.open,
            BoardNumber::Closed => self.counts.closed,
            BoardNumber::OnTime => self.counts.on_time,
            BoardNumber::Late => self.counts.late,
            BoardNumber::Reopened => self.counts.reopened,
            BoardNumber::Escalated => self.counts.escalated,
            BoardNumber::ClosedAtGrid => self.counts.closed_at_grid,
            BoardNumber::Overdue => self.overdue,
        }
    }
}

impl BoardBy {
    /// The column of `cells` that tells the rows apart.
    fn cell_column(self) -> &'static str {
        match self {
            Self::Unit | Self::Item => "name",
            Self::Rung => "rung",
            Self::Month => "month",
        }
    }

    fn column(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Rung => "rung",
            Self::Item => "item",
            Self::Month => "month",
        }
    }
}

impl BoardQuery {
    /// The cases behind a number of a row; without a row, of the totals. The scope goes beside it.
    pub fn filter(&self, key: Option<&str>, number: BoardNumber) -> CaseFilter {
        let mut filter = CaseFilter {
            from_month: self.from_month.clone(),
            to_month: self.to_month.clone(),
            ..CaseFilter::default()
        };
        if let Some(key) = key.map(ToOwned::to_owned) {
            match self.by {
                BoardBy::Unit => filter.unit = Some(key),
                BoardBy::Rung => filter.rung = Some(key),
                BoardBy::Item => filter.item = Some(key),
                BoardBy::Month => {
                    filter.from_month = Some(key.clone());
                    filter.to_month = Some(key);
                }
            }
        }
        match number {
            BoardNumber::Total => {}
            BoardNumber::Open => filter.open = Some(true),
            BoardNumber::Closed => filter.lives = closed(),
            BoardNumber::OnTime => filter.on_time = Some(true),
            BoardNumber::Late => filter.on_time = Some(false),
            BoardNumber::Reopened => filter.reopened = Some(true),
            BoardNumber::Escalated => filter.escalated = Some(true),
            BoardNumber::ClosedAtGrid => {
                filter.lives = closed();
                // A row of another rung has none of them, and no case has two rungs.
                if filter.rung.as_deref().is_none_or(|rung| rung == Rung::Grid.as_str()) {
                    filter.rung = Some(Rung::Grid.as_str().to_owned());
                } else {
                    filter.lives = vec![Life::Absent];
                }
            }
            BoardNumber::Overdue => filter.overdue_at = self.now,
        }
        filter
    }

    /// The number of the board that this filter lists the cases of; none where the board has no such number.
    pub(super) fn behind(filter: &CaseFilter, scope: &Scope) -> Option<(Self, BoardNumber)> {
        let CaseFilter { unit, rung, item, from_month, to_month, .. } = filter.clone();
        let (by, name) = match (unit, item) {
            (Some(_), Some(_)) => return None,
            (None, Some(item)) if rung.is_none() => (BoardBy::Item, Some(item)),
            (None, Some(_)) => return None,
            // Over everything there are fewer items than units.
            (None, None) if rung.is_none() && *scope == Scope::All => (BoardBy::Item, None),
            (unit, None) => (BoardBy::Unit, unit),
        };
        let query = Self { by, name, rung, from_month, to_month, scope: scope.clone(), now: None };
        let asked = CaseFilter {
            unit: None,
            rung: None,
            item: None,
            from_month: None,
            to_month: None,
            ..filter.clone()
        };
        let number = COUNTED.into_iter().find(|number| Self::default().filter(None, *number) == asked)?;
        Some((query, number))
    }

    fn conditions(&self, query: &mut QueryBuilder<'static, Sqlite>) {
        let ever = self.from_month.is_none() && self.to_month.is_none();
        let kind = match (self.by, &self.scope) {
            (BoardBy::Item | BoardBy::Month, Scope::All) => CellKind::Everywhere,
            (BoardBy::Item, Scope::Within(_)) if ever => CellKind::ItemEver,
            (BoardBy::Item, Scope::Within(_)) => CellKind::Item,
            (BoardBy::Unit | BoardBy::Rung, _) if ever => CellKind::UnitEver,
            _ => CellKind::Unit,
        };
        query.push("kind = ").push_bind(kind.as_str()).push(" AND ");
        within(query, "path", &self.scope);
        months(query, self.from_month.as_deref(), self.to_month.as_deref());
        for (condition, text) in [("name =", &self.name), ("rung =", &self.rung)] {
            if let Some(text) = text {
                query.push(format_args!(" AND {condition} ")).push_bind(text.clone());
            }
        }
    }
}

/// Numbers that are counted as cases change, whatever the time.
const COUNTED: [BoardNumber; 7] = [
    BoardNumber::Total,
    BoardNumber::Open,
    BoardNumber::Closed,
    BoardNumber::OnTime,
    BoardNumber::Late,
    BoardNumber::Reopened,
    BoardNumber::Escalated,
];

impl Views {
    /// The board's rows by key, and the totals over all of them.
    ///
    /// # Errors
    /// The store failed.
    pub async fn board(&self, query: &BoardQuery) -> Result<(Vec<BoardRow>, BoardRow), ViewsError> {
        let mut reader = self.reader().await?;
        // Both questions see the same moment.
        let mut moment = reader.begin().await?;
        let mut rows = cells(&mut moment, query).await?;
        if query.now.is_some() {
            let late = match self.kept_overdue(query) {
                Some(late) => late,
                None => self.keep_overdue(query, overdue(&mut moment, query).await?),
            };
            for row in &mut rows {
                row.overdue = late.get(&row.key).copied().unwrap_or_default();
            }
        }
        let total = rows.iter().fold(BoardRow::default(), sum);
        Ok((rows, total))
    }
}

async fn cells(connection: &mut SqliteConnection, query: &BoardQuery) -> Result<Vec<BoardRow>, ViewsError> {
    let column = query.by.cell_column();
    let sums: Vec<String> = COUNTS.iter().map(|count| format!("sum({count}) AS {count}")).collect();
    let mut cells =
        QueryBuilder::new(format!("SELECT {column} AS key, {} FROM cells WHERE ", sums.join(", ")));
    query.conditions(&mut cells);
    cells.push(format_args!(" GROUP BY {column} HAVING sum(total) > 0 ORDER BY {column}"));
    let rows = cells.build().fetch_all(connection).await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

fn read(row: &SqliteRow) -> Result<BoardRow, sqlx::Error> {
    let mut counts = Counts::default();
    for (value, column) in counts.values().into_iter().zip(COUNTS) {
        *value = row.try_get(column)?;
    }
    Ok(BoardRow { key: row.try_get("key")?, counts, overdue: 0 })
}

/// What is overdue, by the board's rows.
async fn overdue(connection: &mut SqliteConnection, query: &BoardQuery) -> Result<Overdue, ViewsError> {
    let column = query.by.column();
    let filter = query.filter(None, BoardNumber::Overdue);
    let way = filter.way(&crowd(connection, &query.scope).await?);
    let mut late = filter.query(&format!("SELECT {column} AS key, count(*) AS late"), &query.scope, &way);
    late.push(format_args!(" GROUP BY {column}"));
    let found = late.build().fetch_all(connection).await?;
    let pairs = found.iter().map(|row| Ok((row.try_get("key")?, row.try_get("late")?)));
    Ok(Arc::new(pairs.collect::<Result<_, sqlx::Error>>()?))
}

/// Overdue cases by unit, rung, item or month.
type Overdue = Arc<HashMap<String, i64>>;

/// Great numbers of overdue cases that were counted a moment ago.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Vec<(Instant, BoardQuery, Overdue)>>);

/// How long they are good for.
const KEPT: Duration = Duration::from_secs(5);

impl Views {
    fn kept_overdue(&self, query: &BoardQuery) -> Option<Overdue> {
        let mut kept = self.inner.overdue.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(at, ..)| at.elapsed() < KEPT);
        let asked = |other: &BoardQuery| BoardQuery { now: query.now, ..other.clone() } == *query;
        let recent = |other: &BoardQuery| {
            let apart = query.now.zip(other.now).map(|(now, then)| now.duration_since(then).unsigned_abs());
            apart.is_some_and(|apart| apart < KEPT)
        };
        kept.iter().find(|(_, other, _)| asked(other) && recent(other)).map(|(.., late)| late.clone())
    }

    /// Few are counted anew each time; many take long, and a few more or less are of no matter.
    fn keep_overdue(&self, query: &BoardQuery, late: Overdue) -> Overdue {
        if codec::unsigned(late.values().sum()) > COUNT_MAX {
            let mut kept = self.inner.overdue.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push((Instant::now(), query.clone(), late.clone()));
        }
        late
    }
}

fn sum(mut total: BoardRow, row: &BoardRow) -> BoardRow {
    total.counts += row.counts;
    total.overdue += row.overdue;
    total
}

fn closed() -> Vec<Life> {
    vec![Life::Closed, Life::RecordedClosed, Life::Archived]
}
