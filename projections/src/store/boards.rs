//! The board's numbers, and for each the filter that lists the cases behind it.

use domain::case::Life;
use domain::ids::Rung;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::query_builder::QueryBuilder;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row, Sqlite, SqliteConnection};

use super::filter::{CaseFilter, Scope, months, within};
use super::{Views, ViewsError};
use crate::views::board::Counts;

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
    /// One unit only.
    pub unit: Option<String>,
    /// One rung only.
    pub rung: Option<String>,
    /// One item only.
    pub item: Option<String>,
    /// Count what is overdue at this time.
    pub now: Option<Timestamp>,
}

/// A row of the board.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BoardRow {
    /// Unit, rung, item or month; empty where it is not known yet.
    pub key: String,
    /// How many.
    pub counts: Counts,
    /// Closed by a grid (网格自处置).
    pub closed_at_grid: i64,
    /// Closed by a community or below (社区化解).
    pub closed_at_community: i64,
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
    /// [`BoardRow::closed_at_grid`]
    ClosedAtGrid,
    /// [`BoardRow::overdue`]
    Overdue,
}

impl BoardBy {
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
            unit: self.unit.clone(),
            rung: self.rung.clone(),
            item: self.item.clone(),
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

    fn conditions(&self, query: &mut QueryBuilder<'static, Sqlite>) {
        let texts = [("unit =", &self.unit), ("rung =", &self.rung), ("item =", &self.item)];
        within(query, "path", &self.scope);
        months(query, self.from_month.as_deref(), self.to_month.as_deref());
        for (condition, text) in texts {
            if let Some(text) = text {
                query.push(format_args!(" AND {condition} ")).push_bind(text.clone());
            }
        }
    }
}

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
            count_overdue(&mut moment, query, &mut rows).await?;
        }
        let total = rows.iter().fold(BoardRow::default(), sum);
        Ok((rows, total))
    }
}

async fn cells(connection: &mut SqliteConnection, query: &BoardQuery) -> Result<Vec<BoardRow>, ViewsError> {
    let column = query.by.column();
    let mut cells = QueryBuilder::new(format!(
        "SELECT {column} AS key, sum(total) AS total, sum(open) AS open, sum(closed) AS closed, \
         sum(on_time) AS on_time, sum(late) AS late, sum(reopened) AS reopened, \
         sum(escalated) AS escalated, sum(iif(rung = 'grid', closed, 0)) AS grid, \
         sum(iif(rung IN ('grid', 'community'), closed, 0)) AS community \
         FROM board_cells WHERE ",
    ));
    query.conditions(&mut cells);
    cells.push(format_args!(" GROUP BY {column} HAVING sum(total) > 0 ORDER BY {column}"));
    let found = cells.build().fetch_all(connection).await?;
    found.iter().map(read).collect::<Result<_, _>>().map_err(ViewsError::from)
}

fn read(row: &SqliteRow) -> Result<BoardRow, sqlx::Error> {
    Ok(BoardRow {
        key: row.try_get("key")?,
        counts: Counts {
            total: row.try_get("total")?,
            open: row.try_get("open")?,
            closed: row.try_get("closed")?,
            on_time: row.try_get("on_time")?,
            late: row.try_get("late")?,
            reopened: row.try_get("reopened")?,
            escalated: row.try_get("escalated")?,
        },
        closed_at_grid: row.try_get("grid")?,
        closed_at_community: row.try_get("community")?,
        overdue: 0,
    })
}

async fn count_overdue(
    connection: &mut SqliteConnection,
    query: &BoardQuery,
    rows: &mut [BoardRow],
) -> Result<(), ViewsError> {
    let column = query.by.column();
    let filter = query.filter(None, BoardNumber::Overdue);
    let mut late = filter.query(&format!("SELECT {column} AS key, count(*) AS late"), &query.scope);
    late.push(format_args!(" GROUP BY {column}"));
    for found in late.build().fetch_all(connection).await? {
        let key: String = found.try_get("key")?;
        if let Some(row) = rows.iter_mut().find(|row| row.key == key) {
            row.overdue = found.try_get("late")?;
        }
    }
    Ok(())
}

fn sum(mut total: BoardRow, row: &BoardRow) -> BoardRow {
    total.counts += row.counts;
    total.closed_at_grid += row.closed_at_grid;
    total.closed_at_community += row.closed_at_community;
    total.overdue += row.overdue;
    total
}

fn closed() -> Vec<Life> {
    vec![Life::Closed, Life::RecordedClosed]
}
