//! Cases found and listed. Every answer is bounded; a list goes on from its cursor.

use domain::ids::UnitId;
use sqlx::query_builder::QueryBuilder;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite};
use uuid::Uuid;

use super::filter::{CaseFilter, Scope, within};
use super::{ViewsError, Views, codec};
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

    /// Cases of a filter, the latest arrival first.
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
        let mut query = filter.select("body, received_at AS place, opened", scope);
        if let Some((received_at, opened)) = cursor.map(read_cursor).transpose()? {
            query.push(" AND (received_at, opened) < (").push_bind(received_at);
            query.push(", ").push_bind(opened).push(")");
        }
        query.push(" ORDER BY received_at DESC, opened DESC");
        self.page(query, limit).await
    }

    /// How many cases a filter finds.
    ///
    /// # Errors
    /// The store failed.
    pub async fn count(&self, filter: &CaseFilter, scope: &Scope) -> Result<u64, ViewsError> {
        let mut query = filter.select("count(*)", scope);
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
        let mut query = inbox_query("body, next_due_at AS place, opened", unit, scope);
        if let Some((next_due_at, opened)) = cursor.map(read_cursor).transpose()? {
            query.push(" AND (next_due_at, opened) > (").push_bind(next_due_at);
            query.push(", ").push_bind(opened).push(")");
        }
        query.push(" ORDER BY next_due_at, opened");
        self.page(query, limit).await
    }

    /// How many open cases a unit has, as lead or because it answers now.
    ///
    /// # Errors
    /// The store failed.
    pub async fn inbox_count(&self, unit: &UnitId, scope: &Scope) -> Result<u64, ViewsError> {
        let mut query = inbox_query("count(*)", unit, scope);
        let count = query.build_query_scalar().fetch_one(&mut *self.reader().await?).await?;
        Ok(codec::unsigned(count))
    }

    async fn page(&self, mut query: QueryBuilder<'static, Sqlite>, limit: u32) -> Result<Page, ViewsError> {
        let limit = limit.clamp(1, PAGE_MAX);
        // One more than asked for tells whether anything follows.
        query.push(" LIMIT ").push_bind(i64::from(limit) + 1);
        let mut found = query.build().fetch_all(&mut *self.reader().await?).await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next_cursor = found.last().filter(|_| more).map(write_cursor).transpose()?;
        Ok(Page { rows: found.iter().map(codec::read).collect::<Result<_, _>>()?, next_cursor })
    }
}

fn inbox_query(what: &str, unit: &UnitId, scope: &Scope) -> QueryBuilder<'static, Sqlite> {
    let mut query =
        QueryBuilder::new(format!("SELECT {what} FROM case_rows WHERE open = 1 AND (responsible = "));
    query.push_bind(unit.0.clone()).push(" OR unit = ").push_bind(unit.0.clone());
    query.push(") AND test = 0 AND ");
    within(&mut query, "path", scope);
    query
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
