//! A page of the log becomes rows, cells and a checkpoint, in one transaction.

use std::collections::{BTreeSet, HashSet};

use domain::ids::CaseId;
use domain::org::Org;
use sqlx::query_builder::QueryBuilder;
use sqlx::{Connection, Sqlite, SqliteConnection};

use super::checkpoint::{self, Claim};
use super::{Changed, Views, ViewsError, codec, parked, search};
use crate::feed::FeedItem;
use crate::views::board::{CellKey, Counts, Deltas};
use crate::views::case_row::CaseRow;
use crate::views::page::{PageFold, case_of};

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
        let rows = fold(&mut transaction, items, &mut parked, org).await?;
        transaction.commit().await?;
        drop(writer);
        claim.position = last.position;
        self.tell_all(&rows);
        Ok(())
    }

    pub(super) fn tell_all(&self, rows: &[CaseRow]) {
        for row in rows {
            self.tell(Changed {
                case_no: row.case_no.clone(),
                lead_path: row.scope_path.clone(),
                responsible: row.responsible.as_ref().map(ToString::to_string).unwrap_or_default(),
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
) -> Result<Vec<CaseRow>, ViewsError> {
    let cases: BTreeSet<CaseId> = items.iter().filter_map(case_of).collect();
    let cases: Vec<CaseId> = cases.into_iter().collect();
    let mut fold = PageFold::new(load(connection, &cases).await?);
    for item in items {
        fold.take(item, parked, org);
    }
    parked::note(connection, &fold.parkings).await?;
    let change = fold.finish();
    codec::upsert(connection, &change.rows).await?;
    search::index(connection, &change.words).await?;
    add(connection, change.deltas).await?;
    Ok(change.rows)
}

async fn load(connection: &mut SqliteConnection, cases: &[CaseId]) -> Result<Vec<CaseRow>, ViewsError> {
    let mut rows = Vec::new();
    for chunk in codec::chunks(cases) {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT body FROM case_rows WHERE case_id IN (");
        let mut ids = query.separated(", ");
        for case in chunk {
            ids.push_bind(case.0);
        }
        query.push(")");
        for row in query.build().fetch_all(&mut *connection).await? {
            rows.push(codec::read(&row)?);
        }
    }
    Ok(rows)
}

async fn add(connection: &mut SqliteConnection, deltas: Deltas) -> Result<(), ViewsError> {
    let deltas: Vec<(CellKey, Counts)> = deltas.into_iter().collect();
    for chunk in codec::chunks(&deltas) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO board_cells (month, path, unit, rung, item, \
             total, open, closed, on_time, late, reopened, escalated) ",
        );
        query.push_values(chunk, |mut values, (key, counts)| {
            values
                .push_bind(key.month.clone())
                .push_bind(key.path.clone())
                .push_bind(key.unit.clone())
                .push_bind(key.rung.clone())
                .push_bind(key.item.clone())
                .push_bind(counts.total)
                .push_bind(counts.open)
                .push_bind(counts.closed)
                .push_bind(counts.on_time)
                .push_bind(counts.late)
                .push_bind(counts.reopened)
                .push_bind(counts.escalated);
        });
        query.push(
            " ON CONFLICT (month, path, unit, rung, item) DO UPDATE SET \
             total = total + excluded.total, open = open + excluded.open, \
             closed = closed + excluded.closed, on_time = on_time + excluded.on_time, \
             late = late + excluded.late, reopened = reopened + excluded.reopened, \
             escalated = escalated + excluded.escalated",
        );
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}
