//! What revised rules, applied to an open case, do to its row.

use domain::case::Event;
use domain::case::clocks::DeadlineName;
use domain::case::event::{DeadlineRecalculated, WorkMoved};
use domain::org::Org;

use super::case_row::CaseRow;
use super::fold;

/// What a revision of the rules does.
pub(super) fn revised(row: &mut CaseRow, event: &Event, org: &Org) {
    match event {
        Event::DeadlineRecalculated(e) => recalculated(row, e),
        Event::WorkMoved(e) => work_moved(row, e, org),
        _ => {}
    }
}

/// Open work is the successor's; whoever sees that one sees it.
fn work_moved(row: &mut CaseRow, e: &WorkMoved, org: &Org) {
    if let Some(shift) = &e.place {
        row.place = Some(shift.to.clone());
        if row.lead.is_none() {
            row.scope_path = org.path(&shift.to);
        }
    }
    if let Some(shift) = &e.lead {
        let responsible = row.responsible.take();
        fold::lead(row, &shift.to, org);
        row.responsible = responsible;
    }
    if let Some(shift) = &e.responsible {
        row.responsible = Some(shift.to.clone());
    }
}

fn recalculated(row: &mut CaseRow, e: &DeadlineRecalculated) {
    for moved in &e.dues {
        let due_at = Some(moved.due.due_at);
        match moved.name {
            DeadlineName::Dispatch => row.dispatch_due_at = due_at,
            DeadlineName::Sign => row.sign_due_at = due_at,
            DeadlineName::Contact => row.contact_due_at = due_at,
            DeadlineName::Verify => row.verify_due_at = due_at,
            DeadlineName::Callback => row.callback_due_at = due_at,
            DeadlineName::Answer => row.answer_due_at = due_at,
            DeadlineName::Decide | DeadlineName::Outside => row.hands.decide_due_at = due_at,
            // The row keeps none of these by themselves.
            _ => {}
        }
    }
    e.resolve.iter().for_each(|resolve| fold::clock(row, resolve));
}
