//! Cases found by what their lists say: the index of words, and the search that asks it.

use futures::TryStreamExt;
use sqlx::query_builder::QueryBuilder;
use sqlx::{Sqlite, SqliteConnection};

use super::filter::{Scope, within};
use super::{Views, ViewsError, codec};
use crate::views::case_row::CaseRow;
use crate::views::page::WordsChange;
use crate::views::words::{Question, path_word};

/// Cases of one answer at most.
const FOUND_MAX: usize = 500;
/// Cases that the index names and that are looked at for one answer: it knows no order of words, so
/// that a few of them do not fit.
const LOOKED_AT: i64 = 5_000;

impl Views {
    /// Cases whose number, external id or uuid this is, and then those with this text in their title,
    /// the latest first. Test orders are found by their number only.
    ///
    /// # Errors
    /// The store failed.
    pub async fn search(&self, asked: &str, scope: &Scope, limit: u32) -> Result<Vec<CaseRow>, ViewsError> {
        let limit = usize::try_from(limit).unwrap_or(FOUND_MAX).clamp(1, FOUND_MAX);
        let mut found = self.find(asked, scope).await?;
        if let Some(question) = Question::read(asked) {
            self.by_text(&question, scope, limit, &mut found).await?;
        }
        found.truncate(limit);
        Ok(found)
    }

    async fn by_text(
        &self,
        question: &Question,
        scope: &Scope,
        limit: usize,
        found: &mut Vec<CaseRow>,
    ) -> Result<(), ViewsError> {
        let mut words = question.query();
        if let Scope::Within(path) = scope {
            words.push_str(&format!(" AND \"{}\"", path_word(path)));
        }
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT body FROM case_words CROSS JOIN case_rows ON opened = case_words.rowid \
             CROSS JOIN case_bodies USING (opened) WHERE case_words MATCH ",
        );
        query.push_bind(words).push(" AND test = 0 AND ");
        within(&mut query, "path", scope);
        query.push(" ORDER BY case_words.rowid DESC LIMIT ").push_bind(LOOKED_AT);
        let by_number = found.len();
        let mut reader = self.reader().await?;
        let mut rows = query.build().fetch(&mut *reader);
        while found.len() < limit {
            let Some(row) = rows.try_next().await? else { break };
            let row = codec::read(&row)?;
            if question.fits(&row.title) && !found[..by_number].iter().any(|known| known.opened == row.opened)
            {
                found.push(row);
            }
        }
        Ok(())
    }
}

/// Keeps cases under their words. What they were kept under before is taken out first: the index holds
/// no text by which it could find that itself.
pub(super) async fn index(
    connection: &mut SqliteConnection,
    changes: &[WordsChange],
) -> Result<(), ViewsError> {
    for change in changes.iter().filter(|change| !change.before.is_empty()) {
        sqlx::query("INSERT INTO case_words (case_words, rowid, words) VALUES ('delete', ?, ?)")
            .bind(codec::signed(change.opened))
            .bind(change.before.as_str())
            .execute(&mut *connection)
            .await?;
    }
    let kept: Vec<&WordsChange> = changes.iter().filter(|change| !change.after.is_empty()).collect();
    for chunk in codec::chunks(&kept) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO case_words (rowid, words) ");
        query.push_values(chunk, |mut values, change| {
            values.push_bind(codec::signed(change.opened)).push_bind(change.after.as_str());
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}
