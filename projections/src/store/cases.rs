//! Cases found and listed. Every answer is bounded; a list goes on from its cursor.

use std::collections::HashMap;

use domain::case::Life;
use domain::ids::UnitId;
use sqlx::query_builder::QueryBuilder;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteConnection};
use uuid::Uuid;

use super::boards::BoardQuery;
use super::filter::{CaseFilter, Crowd, Order, Scope, within};
use super::{Views, ViewsError, codec};
use crate::views::board::Counts;
use crate::views::case_row::CaseRow;

/// Some rows, and where to go on.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The rows.
    pub rows: Vec<CaseRow>,
    /// Give it back for the rows that follow; none at the end.
    pub next_cursor: Option<String>,
}

/// Most rows of one page.
const PAGE_MAX: u32 = 500;

/// Where counting one by one ends: nobody needs to know how many more there are.
pub const COUNT_MAX: u64 = 10_000;

/// Cases that one external id may name.
const FOUND_MAX: i64 = 100;

impl Views {
    /// Cases by number, external id or uuid. An external id may name several, of several sources.
    ///
    /// # Errors
    /// The store failed.
    pub async fn find(&self, key: &str, scope: &Scope) -> Result<Vec<CaseRow>, ViewsError> {
        let key = key.trim();
        let mut query =
            QueryBuilder::new("SELECT body FROM case_rows JOIN case_bodies USING (opened) WHERE (case_no = ");
        query.push_bind(key.to_uppercase()).push(" OR external_id = ").push_bind(key.to_owned());
        if let Ok(id) = Uuid::parse_str(key) {
            query.push(" OR case_id = ").push_bind(id);
        }
        query.push(") AND ");
        within(&mut query, "path", scope);
        query.push(" ORDER BY opened DESC LIMIT ").push_bind(FOUND_MAX);
        let found = query.build().fetch_all(&mut *self.reader().await?).await?;
        found.iter().map(codec::read).collect()
    }

    /// Cases by their numbers, in no order; numbers out of scope find nothing.
    ///
    /// # Errors
    /// The store failed.
    pub async fn numbered(&self, numbers: &[String], scope: &Scope) -> Result<Vec<CaseRow>, ViewsError> {
        let mut found = Vec::new();
        for chunk in numbers.chunks(500) {
            let mut query = QueryBuilder::new(
                "SELECT body FROM case_rows JOIN case_bodies USING (opened) WHERE case_no IN (",
            );
            let mut places = query.separated(", ");
            for number in chunk {
                places.push_bind(number.to_uppercase());
            }
            query.push(") AND ");
            within(&mut query, "path", scope);
            let rows = query.build().fetch_all(&mut *self.reader().await?).await?;
            found.extend(rows.iter().map(codec::read).collect::<Result<Vec<CaseRow>, _>>()?);
        }
        Ok(found)
    }

    /// Cases of a filter: what is late or at risk by its limit, the longest overdue first; all others
    /// with the latest arrival first.
    ///
    /// # Errors
    /// [`ViewsError::Cursor`], or the store failed.
    pub async fn list(
        &self,
        filter: &CaseFilter,
        scope: &Scope,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page, ViewsError> {
        let after = cursor.map(read_cursor).transpose()?;
        let mut reader = self.reader().await?;
        let way = filter.way(&self.plan(&mut reader, scope).await?);
        let Order { column, descending } = way.by;
        // Where the index has the order, only the rows of this page are read.
        let (than, order) = if descending {
            ("<", format!("{column} DESC, opened DESC"))
        } else {
            (">", format!("{column}, opened"))
        };
        let mut query = filter.query(&format!("{} IN (SELECT opened", select(column)), scope, &way);
        if let Some((at, opened)) = after {
            query.push(format_args!(" AND ({column}, opened) {than} (")).push_bind(at);
            query.push(", ").push_bind(opened).push(")");
        }
        page(&mut reader, query, &order, limit).await
    }

    /// How many cases a filter finds. What is counted as it changes is told exactly, whatever it is; all
    /// else up to [`COUNT_MAX`], which then stands for that many or more.
    ///
    /// # Errors
    /// The store failed.
    pub async fn count(&self, filter: &CaseFilter, scope: &Scope) -> Result<u64, ViewsError> {
        if filter.is_of_lives_only() {
            return Ok(self.crowd(scope).await?.of(&filter.possible_lives()));
        }
        if let Some((query, number)) = BoardQuery::behind(filter, scope) {
            let (_, total) = self.board(&query).await?;
            return Ok(codec::unsigned(total.number(number)));
        }
        let mut reader = self.reader().await?;
        let way = filter.way(&self.plan(&mut reader, scope).await?);
        let mut query = filter.query("SELECT count(*) FROM (SELECT 1", scope, &way);
        query.push(" LIMIT ").push_bind(codec::signed(COUNT_MAX)).push(")");
        Ok(codec::unsigned(query.build_query_scalar().fetch_one(&mut *reader).await?))
    }

    /// Open cases of a unit, as lead or because it answers now; what is due first comes first.
    ///
    /// # Errors
    /// [`ViewsError::Cursor`], or the store failed.
    pub async fn inbox(
        &self,
        unit: &UnitId,
        scope: &Scope,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page, ViewsError> {
        let after = cursor.map(read_cursor).transpose()?;
        let most = i64::from(limit.clamp(1, PAGE_MAX)) + 1;
        let mut query = QueryBuilder::new(format!("{} IN (SELECT opened FROM (", select("next_due_at")));
        for (index, source) in INBOX.iter().enumerate() {
            query.push(if index == 0 { "SELECT * FROM (" } else { " UNION ALL SELECT * FROM (" });
            inbox_query(&mut query, "opened, next_due_at", *source, unit, scope);
            if let Some((next_due_at, opened)) = after {
                query.push(" AND (next_due_at, opened) > (").push_bind(next_due_at);
                query.push(", ").push_bind(opened).push(")");
            }
            query.push(" ORDER BY next_due_at, opened LIMIT ").push_bind(most).push(")");
        }
        query.push(") WHERE 1 = 1");
        page(&mut *self.reader().await?, query, "next_due_at, opened", limit).await
    }

    /// How many open cases a unit has, as lead or because it answers now; [`COUNT_MAX`] of either, or more.
    ///
    /// # Errors
    /// The store failed.
    pub async fn inbox_count(&self, unit: &UnitId, scope: &Scope) -> Result<u64, ViewsError> {
        let mut query = QueryBuilder::new("SELECT ");
        for (index, source) in INBOX.iter().enumerate() {
            query.push(if index == 0 { "(SELECT count(*) FROM (" } else { " + (SELECT count(*) FROM (" });
            inbox_query(&mut query, "1", *source, unit, scope);
            query.push(" LIMIT ").push_bind(codec::signed(COUNT_MAX)).push("))");
        }
        let count = query.build_query_scalar().fetch_one(&mut *self.reader().await?).await?;
        Ok(codec::unsigned(count).min(COUNT_MAX))
    }

    /// Everything that is open at a unit, in one question: its cases, its legs, its parts, and what it has to reply to.
    ///
    /// # Errors
    /// The store failed.
    pub async fn open_at(&self, unit: &UnitId, scope: &Scope) -> Result<u64, ViewsError> {
        let mut query = QueryBuilder::new("SELECT 0");
        let most = codec::signed(COUNT_MAX);
        for source in INBOX {
            query.push(" + (SELECT count(*) FROM (");
            inbox_query(&mut query, "1", source, unit, scope);
            query.push(" LIMIT ").push_bind(most).push("))");
        }
        for (table, open) in [
            ("legs INDEXED BY leg_by_unit", "open = 1"),
            ("parts INDEXED BY part_by_unit", "open = 1"),
            ("papers INDEXED BY paper_of_unit", "state = 'to_reply'"),
        ] {
            query.push(format_args!(" + (SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {open} "));
            query.push("AND test = 0 AND unit = ").push_bind(unit.0.clone());
            query.push(" LIMIT ").push_bind(most).push("))");
        }
        let count = query.build_query_scalar().fetch_one(&mut *self.reader().await?).await?;
        Ok(codec::unsigned(count))
    }

    /// How many cases there are in a scope, by their state.
    pub(super) async fn crowd(&self, scope: &Scope) -> Result<Crowd, ViewsError> {
        let found = crowd(&mut *self.reader().await?, scope).await?;
        self.inner.crowds.keep(scope, &found);
        Ok(found)
    }

    /// The same to choose a way by, never to answer with: one of a moment ago does.
    pub(super) async fn plan(
        &self,
        connection: &mut SqliteConnection,
        scope: &Scope,
    ) -> Result<Crowd, ViewsError> {
        if let Some(kept) = self.inner.crowds.recent(scope) {
            return Ok(kept);
        }
        let found = crowd(connection, scope).await?;
        self.inner.crowds.keep(scope, &found);
        Ok(found)
    }
}

/// How many cases there are in a scope, by their state.
pub(super) async fn crowd(connection: &mut SqliteConnection, scope: &Scope) -> Result<Crowd, ViewsError> {
    let mut query = QueryBuilder::new(
        "SELECT name, sum(total) AS total, sum(escalated) AS escalated FROM cells WHERE kind = 'life' AND ",
    );
    within(&mut query, "path", scope);
    query.push(" GROUP BY name");
    let mut counts = HashMap::new();
    for row in query.build().fetch_all(connection).await? {
        let life = row.try_get("name").map(Life::parse)?;
        let found = Counts {
            total: row.try_get("total")?,
            escalated: row.try_get("escalated")?,
            ..Counts::default()
        };
        counts.extend(life.map(|life| (life, found)));
    }
    Ok(Crowd(counts))
}

/// Ends a query begun with [`select`]: orders it, and reads one page.
async fn page(
    connection: &mut SqliteConnection,
    mut query: QueryBuilder<'static, Sqlite>,
    order: &str,
    limit: u32,
) -> Result<Page, ViewsError> {
    let limit = limit.clamp(1, PAGE_MAX);
    // One more than asked for tells whether anything follows.
    query.push(format_args!(" ORDER BY {order} LIMIT ")).push_bind(i64::from(limit) + 1);
    query.push(format_args!(") ORDER BY {order}"));
    let mut found = query.build().fetch_all(connection).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next_cursor = found.last().filter(|_| more).map(write_cursor).transpose()?;
    Ok(Page { rows: found.iter().map(codec::read).collect::<Result<_, _>>()?, next_cursor })
}

/// Cases by the positions of their first events, in no order.
pub(super) async fn by_place(
    connection: &mut SqliteConnection,
    opened: &[u64],
) -> Result<Vec<CaseRow>, ViewsError> {
    let mut rows = Vec::with_capacity(opened.len());
    for chunk in codec::chunks(opened) {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT body FROM case_bodies WHERE opened IN (");
        let mut places = query.separated(", ");
        for place in chunk {
            places.push_bind(codec::signed(*place));
        }
        query.push(")");
        for row in query.build().fetch_all(&mut *connection).await? {
            rows.push(codec::read(&row)?);
        }
    }
    Ok(rows)
}

/// Rows with their place in an order, of cases that are to be said.
fn select(place: &str) -> String {
    format!(
        "SELECT body, {place} AS place, opened FROM case_rows JOIN case_bodies USING (opened) WHERE opened"
    )
}

/// Where the open cases of a unit stand: those that it answers, and those that it leads while another
/// unit answers them.
const INBOX: [(&str, &str); 2] =
    [("open_responsible", "responsible ="), ("open_led", "responsible <> unit AND unit =")];

fn inbox_query(
    query: &mut QueryBuilder<'static, Sqlite>,
    what: &str,
    (index, whose): (&str, &str),
    unit: &UnitId,
    scope: &Scope,
) {
    query.push(format_args!(
        "SELECT {what} FROM case_rows INDEXED BY {index} WHERE open = 1 AND test = 0 AND {whose} "
    ));
    query.push_bind(unit.0.clone()).push(" AND ");
    within(query, "path", scope);
}

/// Where a row stands in its list.
fn write_cursor(row: &SqliteRow) -> Result<String, ViewsError> {
    let place: i64 = row.try_get("place")?;
    let opened: i64 = row.try_get("opened")?;
    Ok(format!("{place}.{opened}"))
}

fn read_cursor(cursor: &str) -> Result<(i64, i64), ViewsError> {
    let (place, opened) = cursor.split_once('.').ok_or(ViewsError::Cursor)?;
    let number = |text: &str| text.parse().map_err(|_| ViewsError::Cursor);
    Ok((number(place)?, number(opened)?))
}
