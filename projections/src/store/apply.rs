//! A page of the log becomes rows, cells and a checkpoint, in one transaction.

use std::collections::{BTreeSet, HashSet};

use domain::ids::{CaseId, UnitId};
use domain::org::Org;
use sqlx::query_builder::QueryBuilder;
use sqlx::{Connection, Sqlite, SqliteConnection};

use super::checkpoint::{self, Claim};
use super::{Changed, Views, ViewsError, codec, facts, notifications, parked, search};
use crate::feed::FeedItem;
use crate::views::board::{CellKey, Counts, Deltas};
use crate::views::case_row::CaseRow;
use crate::views::page::{PageChange, PageFold, RowChange, case_of};

/// Columns of `cells` that count, in the order of [`Counts`].
pub(super) const COUNTS: [&str; 10] =
    ["total", "open", "closed", "on_time", "late", "reopened", "escalated", "grid", "community", "excluded"];

impl Views {
    /// Folds a page on top of what is stored, and moves the claim on. All of it or nothing.
    ///
    /// # Errors
    /// [`ViewsError::Superseded`] when somebody else has claimed the views; or the store failed.
    pub(crate) async fn apply(
        &self,
        claim: &mut Claim,
        items: &[FeedItem],
        org: &Org,
    ) -> Result<(), ViewsError> {
        let Some(last) = items.last() else { return Ok(()) };
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        // First of all, so that a zombie stops before it has read a row.
        checkpoint::advance(&mut transaction, claim, last.position, last.hash).await?;
        let mut parked = parked::names(&mut transaction).await?;
        let (rows, told) = fold(&mut transaction, items, &mut parked, org).await?;
        transaction.commit().await?;
        self.shorten_journal(&mut writer).await;
        drop(writer);
        claim.position = last.position;
        self.tell_all(&rows);
        self.tell_told(&told, org, last.position);
        Ok(())
    }

    /// Pages of units that were told something count anew.
    pub(super) fn tell_told(&self, told: &[(String, UnitId)], org: &Org, position: u64) {
        for (case_no, unit) in told {
            let (case_no, called) = (case_no.clone(), vec![org.path(unit)]);
            let (lead_path, responsible) = (String::new(), unit.to_string());
            self.tell(Changed { case_no, lead_path, responsible, called, position });
        }
    }

    pub(super) fn tell_all(&self, changes: &[RowChange]) {
        for RowChange { row, .. } in changes {
            self.tell(Changed {
                case_no: row.case_no.clone(),
                lead_path: row.scope_path.clone(),
                responsible: row.responsible.as_ref().map(ToString::to_string).unwrap_or_default(),
                called: row.paths_to_find().map(str::to_owned).collect(),
                position: row.position,
            });
        }
    }
}

/// Folds events on top of the stored rows and stores what changed.
pub(super) async fn fold(
    connection: &mut SqliteConnection,
    items: &[FeedItem],
    parked: &mut HashSet<String>,
    org: &Org,
) -> Result<(Vec<RowChange>, Vec<(String, UnitId)>), ViewsError> {
    let cases: BTreeSet<CaseId> = items.iter().filter_map(case_of).collect();
    let cases: Vec<CaseId> = cases.into_iter().collect();
    let mut fold = PageFold::new(load(connection, &cases).await?);
    for item in items {
        fold.take(item, parked, org);
    }
    let change = fold.finish();
    let told = write(connection, &change).await?;
    add(connection, change.deltas).await?;
    facts::add(connection, change.tallies).await?;
    Ok((change.rows, told))
}

/// Writes what a page changes, but for the numbers; who was told something, of which case.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    change: &PageChange,
) -> Result<Vec<(String, UnitId)>, ViewsError> {
    parked::note(connection, &change.parkings).await?;
    codec::upsert(connection, &change.rows).await?;
    facts::write(connection, &change.versions).await?;
    search::index(connection, &change.words).await?;
    notifications::write(connection, &change.notified).await
}

async fn load(connection: &mut SqliteConnection, cases: &[CaseId]) -> Result<Vec<CaseRow>, ViewsError> {
    let mut rows = Vec::new();
    for chunk in codec::chunks(cases) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT body, state FROM case_rows JOIN case_bodies USING (opened) LEFT JOIN standing USING (opened) \
             WHERE case_id IN (",
        );
        let mut ids = query.separated(", ");
        for case in chunk {
            ids.push_bind(case.0);
        }
        query.push(")");
        for row in query.build().fetch_all(&mut *connection).await? {
            rows.push(codec::read_whole(&row)?);
        }
    }
    Ok(rows)
}

/// Adds to the numbers.
pub(super) async fn add(connection: &mut SqliteConnection, deltas: Deltas) -> Result<(), ViewsError> {
    let mut deltas: Vec<(CellKey, Counts)> = deltas.into_iter().collect();
    deltas.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    for chunk in codec::chunks(&deltas) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO cells (kind, path, name, rung, month, ");
        query.push(COUNTS.join(", ")).push(") ");
        query.push_values(chunk, |mut values, (key, counts)| {
            values
                .push_bind(key.kind.as_str())
                .push_bind(key.path.as_str())
                .push_bind(key.name.as_str())
                .push_bind(key.rung)
                .push_bind(key.month.as_str());
            for value in counts.clone().values() {
                values.push_bind(*value);
            }
        });
        query.push(" ON CONFLICT (kind, path, name, rung, month) DO UPDATE SET ");
        let mut set = query.separated(", ");
        for column in COUNTS {
            set.push(format_args!("{column} = {column} + excluded.{column}"));
        }
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}
