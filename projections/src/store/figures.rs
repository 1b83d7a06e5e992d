//! The figures' numbers of any unit, rung, item, place and days, as they stood at the end of any day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sqlx::query_builder::QueryBuilder;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row, Sqlite, SqliteConnection};

use super::filter::{Scope, within};
use super::{Views, ViewsError};
use crate::metrics::Tally;
use crate::views::tallies::{EVER, TallyKind, date_of, day_number, month_of};

/// What the lines of the figures stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FiguresBy {
    /// Each unit that cases are counted for.
    #[default]
    Unit,
    /// The parts right below the scope's unit, or the root, each with everything under it.
    Below,
    /// The path of each unit that cases are counted for.
    Path,
    /// Rung that answers now, or answered last.
    Rung,
    /// Item.
    Item,
    /// Community of the place.
    Place,
    /// Month of the limit, `2026-11`.
    Month,
}

/// Which figures. The default is all of them, over all days, as they stand now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FiguresQuery {
    /// What the lines stand for.
    pub by: FiguresBy,
    /// From this day of the limit on, else of the arrival.
    pub from: Option<Date>,
    /// Up to and with this day.
    pub to: Option<Date>,
    /// As they stood at the end of this day; none for now.
    pub as_of: Option<Date>,
    /// What somebody may see, or a unit with all under it.
    pub scope: Scope,
    /// One rung only.
    pub rung: Option<String>,
    /// One item only.
    pub item: Option<String>,
    /// One community's places only.
    pub place: Option<String>,
}

/// Lines of the figures, by key.
pub type Lines = BTreeMap<String, Tally>;

impl FiguresBy {
    /// The column of `facts` that tells the lines apart.
    fn of_facts(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Below | Self::Path => "path",
            Self::Rung => "rung",
            Self::Item => "item",
            Self::Place => "place",
            Self::Month => "day",
        }
    }
}

impl FiguresQuery {
    /// The tallies that answer it, and their column; none where only the facts can.
    fn kept(&self) -> Option<(TallyKind, &'static str)> {
        let whole =
            self.from.is_none_or(|from| from.day() == 1) && self.to.is_none_or(|to| to == to.last_of_month());
        if !whole || self.as_of.is_some() || self.place.is_some() {
            return None;
        }
        let all = self.scope == Scope::All;
        let ever = self.from.is_none() && self.to.is_none();
        match self.by {
            FiguresBy::Item if all => Some((TallyKind::Everywhere, "name")),
            FiguresBy::Rung | FiguresBy::Month if all => {
                let column = if self.by == FiguresBy::Rung { "rung" } else { "month" };
                Some((TallyKind::Everywhere, column))
            }
            FiguresBy::Unit | FiguresBy::Below | FiguresBy::Path | FiguresBy::Rung if self.item.is_none() => {
                let kind = if ever { TallyKind::UnitEver } else { TallyKind::Unit };
                let column = match self.by {
                    FiguresBy::Below | FiguresBy::Path => "path",
                    FiguresBy::Rung => "rung",
                    _ => "name",
                };
                Some((kind, column))
            }
            FiguresBy::Month if self.item.is_none() => Some((TallyKind::Unit, "month")),
            _ => None,
        }
    }

    /// The key of a line.
    fn key(&self, found: &str) -> String {
        match (self.by, &self.scope) {
            (FiguresBy::Below, Scope::Within(path)) => below(path, found),
            (FiguresBy::Below, Scope::All) => match found.strip_prefix(RECORDED) {
                // A unit of another system, whatever is written in its name.
                Some(unit) => unit.trim_end_matches('/').to_owned(),
                None => below(root(found), found),
            },
            _ => found.to_owned(),
        }
    }
}

/// Where units stand that the tree does not know.
const RECORDED: &str = "/recorded/";

/// The path of the root of the tree that another lies in.
fn root(found: &str) -> &str {
    let end = found.char_indices().filter(|(_, sign)| *sign == '/').nth(1).map(|(at, _)| at + 1);
    end.map_or("", |end| &found[..end])
}

/// The unit right below this path that another lies in; the path's own unit for itself.
fn below(path: &str, found: &str) -> String {
    let rest = found.strip_prefix(path).unwrap_or(found).trim_start_matches('/');
    let next = rest.split('/').next().unwrap_or_default();
    if !next.is_empty() {
        return next.to_owned();
    }
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
}

impl Views {
    /// The numbers behind the figures, line by line. Lines of which nothing is counted are left out.
    ///
    /// # Errors
    /// The store failed.
    pub async fn figures(&self, query: &FiguresQuery) -> Result<Lines, ViewsError> {
        let mut reader = self.reader().await?;
        let mut moment = reader.begin().await?;
        let mut lines = match query.kept() {
            Some((kind, column)) => kept(&mut moment, query, kind, column).await?,
            None => counted(&mut moment, query).await?,
        };
        lines.retain(|_, tally| *tally != Tally::default());
        Ok(lines)
    }
}

async fn kept(
    connection: &mut SqliteConnection,
    query: &FiguresQuery,
    kind: TallyKind,
    column: &str,
) -> Result<Lines, ViewsError> {
    let sums: Vec<String> = Tally::NAMES.iter().map(|name| format!("sum({name}) AS {name}")).collect();
    let mut asked = QueryBuilder::<Sqlite>::new(format!(
        "SELECT CAST({column} AS TEXT) AS key, {} FROM tallies WHERE kind = ",
        sums.join(", ")
    ));
    asked.push_bind(kind.as_str()).push(" AND ");
    let everywhere = kind == TallyKind::Everywhere;
    within(&mut asked, "path", if everywhere { &Scope::All } else { &query.scope });
    if kind != TallyKind::UnitEver {
        let from = query.from.map_or(EVER, |from| month_of(day_number(from)));
        let to = query.to.map_or(i32::MAX, |to| month_of(day_number(to)));
        asked.push(" AND month BETWEEN ").push_bind(from).push(" AND ").push_bind(to);
    }
    for (condition, text) in [(" AND rung = ", &query.rung), (" AND name = ", &query.item)] {
        if let Some(text) = text {
            asked.push(condition).push_bind(text.clone());
        }
    }
    asked.push(format_args!(" GROUP BY {column}"));
    let mut lines = Lines::new();
    for row in asked.build().fetch_all(connection).await? {
        let key: &str = row.try_get("key")?;
        let key = match query.by {
            FiguresBy::Month => key.parse().map(|month: i32| month_name(month)).unwrap_or_default(),
            _ => query.key(key),
        };
        *lines.entry(key).or_default() += read(&row)?;
    }
    Ok(lines)
}

fn read(row: &SqliteRow) -> Result<Tally, sqlx::Error> {
    let mut tally = Tally::default();
    // The key comes first.
    for (place, value) in (1..).zip(tally.values_mut()) {
        *value = row.try_get::<i64, usize>(place)?;
    }
    Ok(tally)
}

fn month_name(month: i32) -> String {
    format!("{:04}-{:02}", 1970 + month / 12, month % 12 + 1)
}

/// From the facts: days are gone through one after the other, in each only the paths of the scope.
async fn counted(connection: &mut SqliteConnection, query: &FiguresQuery) -> Result<Lines, ViewsError> {
    let bounds = "SELECT min(day), max(day) FROM (SELECT min(day) AS day FROM facts WHERE past = 0 \
                  UNION ALL SELECT max(day) FROM facts WHERE past = 0 \
                  UNION ALL SELECT min(day) FROM facts WHERE past = 1 \
                  UNION ALL SELECT max(day) FROM facts WHERE past = 1)";
    let (first, last): (Option<i32>, Option<i32>) =
        sqlx::query_as(bounds).fetch_one(&mut *connection).await?;
    let (Some(first), Some(last)) = (first, last) else { return Ok(Lines::new()) };
    let from = query.from.map_or(first, |from| day_number(from).max(first));
    let to = query.to.map_or(last, |to| day_number(to).min(last));
    if from > to {
        return Ok(Lines::new());
    }
    let found = asked(query, from, to).build().fetch_all(connection).await?;
    let mut lines = Lines::new();
    for row in &found {
        let (key, packed, count): (&str, &[u8], i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let tally = Tally::unpack(packed).ok_or_else(|| ViewsError::Unreadable(key.to_owned()))?;
        let key = match query.by {
            FiguresBy::Month => key.parse().map(|day: i32| month_name(month_of(day))).unwrap_or_default(),
            _ => query.key(key),
        };
        *lines.entry(key).or_default() += tally.times(count);
    }
    Ok(lines)
}

pub(super) fn asked(query: &FiguresQuery, from: i32, to: i32) -> QueryBuilder<'static, Sqlite> {
    let column = query.by.of_facts();
    let mut asked = QueryBuilder::<Sqlite>::new("WITH RECURSIVE days(day) AS (SELECT ");
    asked.push_bind(from).push(" UNION ALL SELECT day + 1 FROM days WHERE day < ").push_bind(to);
    asked.push(format_args!(
        ") SELECT CAST(facts.{column} AS TEXT) AS key, tally, count(*) FROM days CROSS JOIN facts \
         ON facts.day = days.day AND past "
    ));
    match query.as_of {
        None => asked.push("= 0"),
        Some(as_of) => {
            let day = day_number(as_of);
            asked.push("IN (0, 1) AND since <= ").push_bind(day).push(" AND until > ").push_bind(day)
        }
    };
    asked.push(" WHERE ");
    within(&mut asked, "path", &query.scope);
    for (condition, text) in
        [(" AND rung = ", &query.rung), (" AND item = ", &query.item), (" AND place = ", &query.place)]
    {
        if let Some(text) = text {
            asked.push(condition).push_bind(text.clone());
        }
    }
    asked.push(format_args!(" GROUP BY facts.{column}, tally"));
    asked
}

/// The first day of a month, `2026-11`; none where that is no month.
pub fn first_of(month: &str) -> Option<Date> {
    format!("{month}-01").parse().ok()
}

/// The day on which this instant lies in Chinese time.
pub fn day_at(at: jiff::Timestamp) -> Date {
    date_of(crate::views::figures::day_of(at))
}
