//! What a person must do next on a case, and until when.

use domain::case::Life;
use domain::case::clocks::{Deadline, DeadlineName};
use jiff::Timestamp;

use super::case_row::CaseRow;

/// The next limit that waits for a person. One that has passed still waits: the work is not done.
pub(super) fn next(row: &CaseRow) -> Option<Deadline> {
    match row.life {
        Life::Registered | Life::PendingDispatch => {
            let limits = [row.dispatch_due_at, row.due_at];
            earliest(limits.map(|due_at| (DeadlineName::Dispatch, due_at)))
        }
        Life::Dispatched | Life::InProgress => earliest([
            (DeadlineName::Sign, row.sign_due_at.filter(|_| row.signed_at.is_none())),
            (DeadlineName::Contact, row.contact_due_at.filter(|_| row.contacted_at.is_none())),
            (DeadlineName::Answer, row.answer_due_at),
            (DeadlineName::Resolve, row.due_at),
            (DeadlineName::Decide, row.hands.decide_due_at),
        ]),
        Life::ReturnPending => {
            earliest([(DeadlineName::Decide, row.hands.decide_due_at), (DeadlineName::Resolve, row.due_at)])
        }
        Life::AwaitingOutside => earliest([
            (DeadlineName::Outside, row.hands.decide_due_at),
            (DeadlineName::Resolve, row.due_at.filter(|_| row.handled_at.is_none())),
        ]),
        Life::Suspended => earliest([(DeadlineName::Review, row.review_at)]),
        Life::Handled => earliest([(DeadlineName::Verify, row.verify_due_at)]),
        Life::PendingCallback => earliest([(DeadlineName::Callback, row.callback_due_at)]),
        Life::NeedsInfo => earliest([(DeadlineName::Info, row.info_due_at)]),
        Life::CalledBack => earliest([(DeadlineName::Decide, row.hands.decide_due_at)]),
        Life::Absent
        | Life::Closed
        | Life::TransferredOut
        | Life::RecordedOpen
        | Life::RecordedClosed
        | Life::Answered
        | Life::Declined
        | Life::Merged
        | Life::Archived => None,
    }
}

fn earliest<const N: usize>(limits: [(DeadlineName, Option<Timestamp>); N]) -> Option<Deadline> {
    limits
        .into_iter()
        .filter_map(|(name, due_at)| due_at.map(|due_at| Deadline { name, due_at }))
        .min_by_key(|deadline| deadline.due_at)
}
