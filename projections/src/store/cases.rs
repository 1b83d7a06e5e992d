//! Cases found and listed. Every answer is bounded; a list goes on from its cursor.

use domain::ids::UnitId;
use sqlx::query_builder::QueryBuilder;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite};
use uuid::Uuid;

use super::filter::{CaseFilter, Scope, within};
use super::{Views, ViewsError, codec};
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

/// Cases that one external id may name.
const FOUND_MAX: i64 = 100;

impl Views {
    /// Cases by number, external id or uuid. An external id may name several, of several sources.
    ///
    /// # Errors
    /// The store failed.
    pub async fn find(&self, key: &str, scope: &Scope) -> Result<Vec<CaseRow>, ViewsError> {
        let key = key.trim();
        let mut query = QueryBuilder::new("SELECT body FROM case_rows WHERE (case_no = ");
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
        // The order is found in the index; only the rows of this page are read.
        let (place, after, order) = if filter.is_by_limit() {
            ("due_at", ">", "due_at, opened")
        } else {
            ("received_at", "<", "received_at DESC, opened DESC")
        };
        let mut query = filter.query(&format!("{} IN (SELECT opened", select(place)), scope);
        if let Some((at, opened)) = cursor.map(read_cursor).transpose()? {
            query.push(format_args!(" AND ({place}, opened) {after} (")).push_bind(at);
            query.push(", ").push_bind(opened).push(")");
        }
        self.page(query, order, limit).await
    }

    /// How many cases a filter finds.
    ///
    /// # Errors
    /// The store failed.
    pub async fn count(&self, filter: &CaseFilter, scope: &Scope) -> Result<u64, ViewsError> {
        let mut query = filter.query("SELECT count(*)", scope);
        let count = query.build_query_scalar().fetch_one(&mut *self.reader().await?).await?;
        Ok(codec::unsigned(count))
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
        let mut query = QueryBuilder::new(format!("{} IN (SELECT opened FROM (", select("next_due_at")));
        inbox_query(&mut query, unit, scope);
        query.push(") WHERE 1 = 1");
        if let Some((next_due_at, opened)) = cursor.map(read_cursor).transpose()? {
            query.push(" AND (next_due_at, opened) > (").push_bind(next_due_at);
            query.push(", ").push_bind(opened).push(")");
        }
        self.page(query, "next_due_at, opened", limit).await
    }

    /// How many open cases a unit has, as lead or because it answers now.
    ///
    /// # Errors
    /// The store failed.
    pub async fn inbox_count(&self, unit: &UnitId, scope: &Scope) -> Result<u64, ViewsError> {
        let mut query = QueryBuilder::new("SELECT count(*) FROM (");
        inbox_query(&mut query, unit, scope);
        query.push(")");
        let count = query.build_query_scalar().fetch_one(&mut *self.reader().await?).await?;
        Ok(codec::unsigned(count))
    }

    /// Ends a query begun with [`select`]: orders it, and reads one page.
    async fn page(
        &self,
        mut query: QueryBuilder<'static, Sqlite>,
        order: &str,
        limit: u32,
    ) -> Result<Page, ViewsError> {
        let limit = limit.clamp(1, PAGE_MAX);
        // One more than asked for tells whether anything follows.
        query.push(format_args!(" ORDER BY {order} LIMIT ")).push_bind(i64::from(limit) + 1);
        query.push(format_args!(") ORDER BY {order}"));
        let mut found = query.build().fetch_all(&mut *self.reader().await?).await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next_cursor = found.last().filter(|_| more).map(write_cursor).transpose()?;
        Ok(Page { rows: found.iter().map(codec::read).collect::<Result<_, _>>()?, next_cursor })
    }
}

/// Rows with their place in an order, of cases that are to be said.
fn select(place: &str) -> String {
    format!("SELECT body, {place} AS place, opened FROM case_rows WHERE opened")
}

/// The open cases of a unit, each once.
fn inbox_query(query: &mut QueryBuilder<'static, Sqlite>, unit: &UnitId, scope: &Scope) {
    for (index, (by, column)) in
        [("open_responsible", "responsible"), ("open_lead", "unit")].iter().enumerate()
    {
        query.push(if index == 0 { "" } else { " UNION " });
        query.push(format_args!(
            "SELECT opened, next_due_at FROM case_rows INDEXED BY {by} WHERE open = 1 AND test = 0 AND {column} = "
        ));
        query.push_bind(unit.0.clone()).push(" AND ");
        within(query, "path", scope);
    }
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
