//! Open cases as the rules see them: their own folds, to try revised rules on.

use domain::case::State;
use domain::ids::CaseId;
use sqlx::Row;

use super::{Views, ViewsError, codec};

/// A page of open cases, not read yet: reading them costs more than fetching.
#[derive(Debug, Default)]
pub struct Standing {
    cases: Vec<(i64, CaseId, String)>,
}

impl Views {
    /// Open cases after this first position, in order, at most `limit`.
    ///
    /// # Errors
    /// The store failed.
    pub async fn standing(&self, after: u64, limit: u32) -> Result<Standing, ViewsError> {
        let rows = sqlx::query(
            "SELECT standing.opened, case_id, state FROM standing JOIN case_rows USING (opened) \
             WHERE standing.open AND standing.opened > ? ORDER BY standing.opened LIMIT ?",
        )
        .bind(codec::signed(after))
        .bind(limit)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let cases = rows
            .iter()
            .map(|row| Ok((row.try_get("opened")?, CaseId(row.try_get("case_id")?), row.try_get("state")?)));
        Ok(Standing { cases: cases.collect::<Result<_, ViewsError>>()? })
    }
}

impl Standing {
    /// The first position of the last of them: where the next page begins.
    pub fn last(&self) -> Option<u64> {
        self.cases.last().map(|(opened, ..)| codec::unsigned(*opened))
    }

    /// Each case with its fold.
    pub fn cases(&self) -> impl Iterator<Item = Result<(CaseId, State), ViewsError>> + '_ {
        self.cases.iter().map(|(_, case, state)| Ok((*case, codec::state_of(state)?)))
    }
}
