//! 疑似重复 and 每月一题: cases that may be the same complaint, and what is complained of again and again.

use domain::ids::{ItemCode, UnitId};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sqlx::query_builder::QueryBuilder;
use sqlx::{Row, Sqlite, SqliteConnection};

use super::filter::{Scope, within};
use super::{Views, ViewsError, codec};
use crate::views::case_row::CaseRow;
use crate::views::likeness::Likeness;
use crate::views::words;

/// Cases that are looked at for one answer, by each way of finding them.
const LOOKED_AT: i64 = 200;
/// Rare words of a title by which it is looked for.
const RARE: usize = 4;
/// Themes of one answer at most.
const THEMES: i64 = 200;

/// A case that may be the same complaint.
#[derive(Debug, Clone, PartialEq)]
pub struct Alike {
    /// The other case.
    pub row: CaseRow,
    /// What the two have in common.
    pub likeness: Likeness,
}

/// 每月一题: one item that one community complains of again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Theme {
    /// Community, or what is placed above all communities.
    pub place: UnitId,
    /// Item.
    pub item: ItemCode,
    /// Cases that arrived in this month.
    pub cases: i64,
    /// Those of them that are open.
    pub open: i64,
}

impl Views {
    /// Cases of the same matter that arrived within so many days of this one, the most alike first. Test
    /// orders are alike to nothing.
    ///
    /// # Errors
    /// The store failed.
    pub async fn alike(
        &self,
        row: &CaseRow,
        days: i64,
        scope: &Scope,
        limit: usize,
    ) -> Result<Vec<Alike>, ViewsError> {
        let span = SignedDuration::from_hours(24 * days.clamp(0, 3_650));
        let first = row.received_at.checked_sub(span).unwrap_or(Timestamp::MIN);
        let last = row.received_at.checked_add(span).unwrap_or(Timestamp::MAX);
        let mut reader = self.reader().await?;
        let mut found = by_place(&mut reader, row, (first, last), scope).await?;
        found.extend(by_text(&mut reader, row, scope).await?);
        found.retain(|other| {
            other.opened != row.opened && !other.test && (first..=last).contains(&other.received_at)
        });
        found.sort_unstable_by_key(|other| other.opened);
        found.dedup_by_key(|other| other.opened);
        let mut alike: Vec<Alike> = found
            .into_iter()
            .filter_map(|other| Some(Alike { likeness: Likeness::between(row, &other)?, row: other }))
            .collect();
        alike.sort_by_key(|one| std::cmp::Reverse((one.likeness.score(), one.row.opened)));
        alike.truncate(limit);
        Ok(alike)
    }

    /// What arrived at least so often in a month, `2026-11`, from one community about one item.
    ///
    /// # Errors
    /// The store failed.
    pub async fn themes(&self, month: &str, least: i64, scope: &Scope) -> Result<Vec<Theme>, ViewsError> {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT path, name, total, open FROM cells INDEXED BY theme_by_month WHERE kind = 'theme' AND month = ",
        );
        query.push_bind(month.to_owned()).push(" AND total >= ").push_bind(least.max(1)).push(" AND ");
        within(&mut query, "path", scope);
        query.push(" ORDER BY total DESC, path, name LIMIT ").push_bind(THEMES);
        let found = query.build().fetch_all(&mut *self.reader().await?).await?;
        let theme = |row: &sqlx::sqlite::SqliteRow| -> Result<Option<Theme>, ViewsError> {
            let (path, item): (&str, &str) = (row.try_get("path")?, row.try_get("name")?);
            let Some(place) = path.trim_end_matches('/').rsplit('/').next() else { return Ok(None) };
            Ok(Some(Theme {
                place: UnitId::new(place),
                item: ItemCode::new(item),
                cases: row.try_get("total")?,
                open: row.try_get("open")?,
            }))
        };
        found.iter().filter_map(|row| theme(row).transpose()).collect()
    }
}

/// Of the same item in the same community.
async fn by_place(
    reader: &mut SqliteConnection,
    row: &CaseRow,
    (first, last): (Timestamp, Timestamp),
    scope: &Scope,
) -> Result<Vec<CaseRow>, ViewsError> {
    let (Some(locality), Some(item)) = (&row.locality, &row.item) else { return Ok(Vec::new()) };
    let mut query = QueryBuilder::<Sqlite>::new(
        "SELECT body FROM case_rows INDEXED BY case_by_locality JOIN case_bodies USING (opened) WHERE locality = ",
    );
    query.push_bind(locality.0.clone()).push(" AND item = ").push_bind(item.0.clone());
    query.push(" AND received_at BETWEEN ").push_bind(codec::micros(first)).push(" AND ");
    query.push_bind(codec::micros(last)).push(" AND test = 0 AND ");
    within(&mut query, "path", scope);
    query.push(" ORDER BY received_at DESC LIMIT ").push_bind(LOOKED_AT);
    query.build().fetch_all(reader).await?.iter().map(codec::read).collect()
}

/// With one of the rarest words of the title.
async fn by_text(
    reader: &mut SqliteConnection,
    row: &CaseRow,
    scope: &Scope,
) -> Result<Vec<CaseRow>, ViewsError> {
    let words = rarest(&mut *reader, row).await?;
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let mut asked = format!("({})", words.join(" OR "));
    if let Scope::Within(path) = scope {
        asked.push_str(&format!(" AND \"{}\"", words::path_word(path)));
    }
    let mut query = QueryBuilder::<Sqlite>::new(
        "SELECT body FROM case_words CROSS JOIN case_rows ON opened = case_words.rowid \
         CROSS JOIN case_bodies USING (opened) WHERE case_words MATCH ",
    );
    query.push_bind(asked).push(" AND test = 0 AND ");
    within(&mut query, "path", scope);
    query.push(" ORDER BY case_words.rowid DESC LIMIT ").push_bind(LOOKED_AT);
    query.build().fetch_all(reader).await?.iter().map(codec::read).collect()
}

/// The words of its title that the fewest cases have, each within quotes.
async fn rarest(reader: &mut SqliteConnection, row: &CaseRow) -> Result<Vec<String>, ViewsError> {
    let pairs = words::pairs(&row.title);
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::<Sqlite>::new("SELECT term, doc FROM case_vocabulary WHERE term IN (");
    let mut places = query.separated(", ");
    for word in pairs {
        places.push_bind(word);
    }
    query.push(")");
    // A word that only this case has finds nothing.
    let least = if row.opened == 0 { 1 } else { 2 };
    let mut known: Vec<(i64, String)> = query.build_query_as().fetch_all(reader).await.map(|found| {
        found
            .into_iter()
            .map(|(term, doc): (String, i64)| (doc, term))
            .filter(|(doc, _)| *doc >= least)
            .collect()
    })?;
    known.sort_unstable();
    known.truncate(RARE);
    Ok(known.into_iter().map(|(_, word)| format!("\"{word}\"")).collect())
}
