//! 关联、并单, asked from the other side: which cases were linked with this one, or merged into it.

use std::collections::HashSet;

use domain::ids::CaseId;
use sqlx::query_builder::QueryBuilder;
use sqlx::{Row, Sqlite, SqliteConnection};

use super::filter::{Scope, within};
use super::{Views, ViewsError, codec};
use crate::views::case_row::CaseRow;
use crate::views::page::RowChange;

/// Cases of one answer at most.
const MOST: i64 = 100;

/// Writes the links of changed rows anew: they are few.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    changes: &[RowChange],
) -> Result<(), ViewsError> {
    for change in changes.iter().filter(|change| change.linked) {
        let opened = codec::signed(change.row.opened);
        sqlx::query("DELETE FROM links WHERE opened = ?").bind(opened).execute(&mut *connection).await?;
        let linked = change.row.links.iter().map(|other| (other, false));
        let merged = change.row.merged_into.iter().map(|into| (into, change.row.hangs()));
        for (other, hangs) in linked.chain(merged) {
            sqlx::query("INSERT OR REPLACE INTO links (opened, other_no, hangs) VALUES (?, ?, ?)")
                .bind(opened)
                .bind(other)
                .bind(hangs)
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

/// Merged cases of which the main case has gone another way than they know, as pairs: a merged one that
/// waits while its main case is over (or was told itself), and a told one whose main case is worked on.
const LEFT_BEHIND: &str = "\
    SELECT own.case_id AS merged, main.case_id AS main \
    FROM links INDEXED BY link_hangs \
    JOIN case_rows AS own ON own.opened = links.opened \
    JOIN case_rows AS main ON main.case_no = links.other_no \
    WHERE links.hangs = 1 AND (own.life = 'merged') <> (main.life = 'merged' OR main.open = 1 AND NOT \
        EXISTS (SELECT 1 FROM links AS above WHERE above.opened = main.opened AND above.hangs = 1)) \
    ORDER BY links.opened LIMIT ?";

impl Views {
    /// Merged cases, each with its main case, that have not followed it; at most `limit`.
    ///
    /// # Errors
    /// The store failed.
    pub async fn left_behind(&self, limit: u32) -> Result<Vec<(CaseId, CaseId)>, ViewsError> {
        let found = sqlx::query(LEFT_BEHIND).bind(limit).fetch_all(&mut *self.reader().await?).await?;
        let pairs =
            found.iter().map(|row| Ok((CaseId(row.try_get("merged")?), CaseId(row.try_get("main")?))));
        pairs.collect()
    }

    /// Which of these numbers are of cases that this scope sees.
    ///
    /// # Errors
    /// The store failed.
    pub async fn known(&self, numbers: &[String], scope: &Scope) -> Result<HashSet<String>, ViewsError> {
        let mut known = HashSet::new();
        for chunk in codec::chunks(numbers) {
            let mut query = QueryBuilder::<Sqlite>::new("SELECT case_no FROM case_rows WHERE case_no IN (");
            let mut places = query.separated(", ");
            for number in chunk {
                places.push_bind(number.clone());
            }
            query.push(") AND ");
            within(&mut query, "path", scope);
            known.extend(query.build_query_scalar().fetch_all(&mut *self.reader().await?).await?);
        }
        Ok(known)
    }

    /// Cases that this one was linked with, or that were linked with it or merged into it, the earliest
    /// first. The row of each says which.
    ///
    /// # Errors
    /// The store failed.
    pub async fn linked(&self, row: &CaseRow, scope: &Scope) -> Result<Vec<CaseRow>, ViewsError> {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT body FROM case_rows JOIN case_bodies USING (opened) WHERE opened IN (\
             SELECT opened FROM links WHERE other_no = ",
        );
        query.push_bind(row.case_no.clone());
        query.push(
            " UNION SELECT other.opened FROM links JOIN case_rows AS other ON case_no = other_no \
                    WHERE links.opened = ",
        );
        query.push_bind(codec::signed(row.opened)).push(") AND ");
        within(&mut query, "path", scope);
        query.push(" ORDER BY opened LIMIT ").push_bind(MOST);
        query.build().fetch_all(&mut *self.reader().await?).await?.iter().map(codec::read).collect()
    }
}
