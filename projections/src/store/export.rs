//! All cases of a filter, in chunks.

use sqlx::Sqlite;
use sqlx::query_builder::QueryBuilder;

use super::filter::{CaseFilter, Scope};
use super::{Views, ViewsError, codec};
use crate::views::case_row::CaseRow;

/// An export under way. Which cases belong to it was settled at its start, eight bytes for each;
/// their rows are read chunk by chunk.
#[derive(Debug)]
pub struct Export {
    views: Views,
    cases: Vec<i64>,
    taken: usize,
}

impl Views {
    /// Exports the cases of a filter, the latest arrival first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn export(&self, filter: &CaseFilter, scope: &Scope) -> Result<Export, ViewsError> {
        let mut reader = self.reader().await?;
        let way = filter.way(&self.plan(&mut reader, scope).await?);
        let mut query = filter.query("SELECT opened", scope, &way);
        query.push(" ORDER BY received_at DESC, opened DESC");
        let cases = query.build_query_scalar().fetch_all(&mut *reader).await?;
        Ok(Export { views: self.clone(), cases, taken: 0 })
    }
}

impl Export {
    /// How many cases there are in all.
    pub fn total(&self) -> usize {
        self.cases.len()
    }

    /// The next rows; none at the end.
    ///
    /// # Errors
    /// The store failed.
    pub async fn next_chunk(&mut self) -> Result<Option<Vec<CaseRow>>, ViewsError> {
        let rest = self.cases.get(self.taken..).unwrap_or_default();
        let Some(chunk) = codec::chunks(rest).next() else { return Ok(None) };
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT body FROM case_rows JOIN case_bodies USING (opened) WHERE opened IN (",
        );
        let mut ids = query.separated(", ");
        for case in chunk {
            ids.push_bind(*case);
        }
        query.push(") ORDER BY received_at DESC, opened DESC");
        let found = query.build().fetch_all(&mut *self.views.reader().await?).await?;
        self.taken += chunk.len();
        found.iter().map(codec::read).collect::<Result<_, _>>().map(Some)
    }
}
