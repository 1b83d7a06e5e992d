//! The supervision desk: what needs a person now, in numbers.

use domain::case::Life;
use jiff::Timestamp;
use serde::Serialize;

use super::filter::{CaseFilter, Scope};
use super::{Views, ViewsError};

/// What needs a person now. Test orders and recorded history are not among it. What depends on the time
/// is counted up to [`super::COUNT_MAX`], which then stands for that many or more.
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
        let crowd = self.crowd(scope).await?;
        let total = |life: Life| crowd.of(&[life]);
        Ok(DeskCounts {
            open: crowd.of(&CaseFilter::open().possible_lives()),
            triage: crowd.of(&CaseFilter::triage().lives),
            unsigned_late: self.count(&CaseFilter::unsigned_late(now), scope).await?,
            overdue: self.count(&CaseFilter::overdue(now), scope).await?,
            at_risk: self.count(&CaseFilter::at_risk(now), scope).await?,
            suspended: total(Life::Suspended),
            to_verify: total(Life::Handled),
            to_callback: total(Life::PendingCallback),
            called_back_unsolved: total(Life::CalledBack),
            escalated_open: crowd.escalated_open(),
        })
    }
}
