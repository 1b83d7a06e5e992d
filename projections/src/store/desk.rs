//! The supervision desk: what needs a person now, in numbers.

use domain::case::Life;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::Row;
use sqlx::query_builder::QueryBuilder;

use super::filter::{CaseFilter, Scope, within};
use super::{Views, ViewsError, codec};

/// What needs a person now. Test orders and recorded history are not among it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DeskCounts {
    /// Open at all; [`CaseFilter::open`].
    pub open: u64,
    /// Item, place or unit unknown; [`CaseFilter::triage`].
    pub triage: u64,
    /// Not signed, and late; [`CaseFilter::unsigned_late`].
    pub unsigned_late: u64,
    /// The result is owed, and late; [`CaseFilter::overdue`].
    pub overdue: u64,
    /// Amber; [`CaseFilter::at_risk`].
    pub at_risk: u64,
    /// 挂账; [`CaseFilter::life`].
    pub suspended: u64,
    /// To be checked; [`CaseFilter::life`].
    pub to_verify: u64,
    /// To be called back; [`CaseFilter::life`].
    pub to_callback: u64,
    /// Called back, and not solved: reopen or explain; [`CaseFilter::life`].
    pub called_back_unsolved: u64,
    /// Up the ladder; [`CaseFilter::escalated_open`].
    pub escalated_open: u64,
}

impl Views {
    /// The desk at this time. Each number is that of its filter: one page links to the other.
    ///
    /// # Errors
    /// The store failed.
    pub async fn desk(&self, now: Timestamp, scope: &Scope) -> Result<DeskCounts, ViewsError> {
        let filters = [
            CaseFilter::open(),
            CaseFilter::triage(),
            CaseFilter::unsigned_late(now),
            CaseFilter::overdue(now),
            CaseFilter::at_risk(now),
            CaseFilter::life(Life::Suspended),
            CaseFilter::life(Life::Handled),
            CaseFilter::life(Life::PendingCallback),
            CaseFilter::life(Life::CalledBack),
            CaseFilter::escalated_open(),
        ];
        let mut query = QueryBuilder::new("SELECT ");
        for (index, filter) in filters.iter().enumerate() {
            query.push(if index == 0 { "count(*) FILTER (WHERE " } else { ", count(*) FILTER (WHERE " });
            filter.conditions(&mut query);
            query.push(")");
        }
        query.push(" FROM case_rows INDEXED BY open_cases WHERE open = 1 AND ");
        within(&mut query, "path", scope);
        let row = query.build().fetch_one(&mut *self.reader().await?).await?;
        let number = |index: usize| row.try_get(index).map(codec::unsigned);
        Ok(DeskCounts {
            open: number(0)?,
            triage: number(1)?,
            unsigned_late: number(2)?,
            overdue: number(3)?,
            at_risk: number(4)?,
            suspended: number(5)?,
            to_verify: number(6)?,
            to_callback: number(7)?,
            called_back_unsolved: number(8)?,
            escalated_open: number(9)?,
        })
    }
}
