//! 回访 worklist: who is to be called, in order of the limit.

use jiff::Timestamp;
use sqlx::Row;
use sqlx::query_builder::QueryBuilder;

use super::cases::{self, COUNT_MAX};
use super::filter::{Scope, within};
use super::{Views, ViewsError, codec};
use crate::views::case_row::CaseRow;

/// Most rows of one answer.
const MOST: u32 = 2_000;

/// How much there is to call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ToCall {
    /// All of them; counting ends at [`COUNT_MAX`].
    pub total: u64,
    /// Past their limit.
    pub late: u64,
    /// Due by the end of the day.
    pub today: u64,
}

impl Views {
    /// Cases whose complainants are to be called back, what is due first comes first; what has no limit
    /// comes last.
    ///
    /// # Errors
    /// The store failed.
    pub async fn callbacks(&self, scope: &Scope, limit: u32) -> Result<Vec<CaseRow>, ViewsError> {
        let mut query = QueryBuilder::new(
            "SELECT opened FROM case_rows INDEXED BY callback_due WHERE life = 'pending_callback' \
             AND test = 0 AND ",
        );
        within(&mut query, "path", scope);
        query.push(" ORDER BY next_due_at, opened LIMIT ").push_bind(i64::from(limit.clamp(1, MOST)));
        let mut reader = self.reader().await?;
        let places: Vec<i64> = query.build_query_scalar().fetch_all(&mut *reader).await?;
        let places: Vec<u64> = places.into_iter().map(codec::unsigned).collect();
        let mut rows = cases::by_place(&mut reader, &places).await?;
        rows.sort_by_key(|row| (row.next_due_at.unwrap_or(Timestamp::MAX), row.opened));
        Ok(rows)
    }

    /// How much there is to call; counting ends at [`COUNT_MAX`].
    ///
    /// # Errors
    /// The store failed.
    pub async fn callbacks_count(
        &self,
        now: Timestamp,
        tonight: Timestamp,
        scope: &Scope,
    ) -> Result<ToCall, ViewsError> {
        let mut query = QueryBuilder::new("SELECT count(*) AS total, coalesce(sum(next_due_at < ");
        query.push_bind(codec::micros(now)).push("), 0) AS late, coalesce(sum(next_due_at <= ");
        query.push_bind(codec::micros(tonight)).push(
            "), 0) AS today FROM (SELECT next_due_at FROM case_rows INDEXED BY callback_due \
             WHERE life = 'pending_callback' AND test = 0 AND ",
        );
        within(&mut query, "path", scope);
        query.push(" LIMIT ").push_bind(codec::signed(COUNT_MAX)).push(")");
        let row = query.build().fetch_one(&mut *self.reader().await?).await?;
        let number = |name| Ok::<_, sqlx::Error>(codec::unsigned(row.try_get(name)?));
        Ok(ToCall { total: number("total")?, late: number("late")?, today: number("today")? })
    }
}
