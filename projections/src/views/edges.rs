//! What happens to a row before a dispatch and at the edges of a life.

use domain::case::clocks::{DeadlineName, Due};
use domain::case::event::{CaseUnmerged, CloseMode, ClosedOnSpot};
use domain::case::{Event, Life};
use jiff::Timestamp;

use super::case_row::CaseRow;
use super::fold::{clock, closed};
use super::hands;

/// Takes one of these events into the row.
pub(super) fn apply(row: &mut CaseRow, event: &Event) {
    match event {
        Event::CaseAnswered(_) => over(row, Life::Answered),
        Event::CaseDeclined(_) => over(row, Life::Declined),
        Event::CaseReferred(_) => over(row, Life::TransferredOut),
        Event::InfoAsked(e) => {
            row.life = Life::NeedsInfo;
            row.dispatch_due_at = None;
            row.info_due_at = at(e.info.as_ref());
        }
        Event::InfoSupplied(e) => {
            let known = row.item.is_some() && row.place.is_some();
            row.life = if known { Life::PendingDispatch } else { Life::Registered };
            row.info_due_at = None;
            row.dispatch_due_at = at(e.dispatch.as_ref());
        }
        Event::ClosedOnSpot(e) => on_spot(row, e),
        Event::CaseArchived(_) => row.life = Life::Archived,
        Event::CaseMerged(e) => {
            row.merged_into = Some(e.into_no.clone());
            row.life_before = Some(row.life);
            row.life = Life::Merged;
        }
        Event::CaseUnmerged(e) => apart(row, e),
        Event::MainCaseEnded(e) => {
            row.life = Life::PendingCallback;
            row.handled_at = Some(e.at);
            row.callback_due_at = at(e.callback.as_ref());
        }
        Event::MainCaseReopened(_) => {
            row.life = Life::Merged;
            row.handled_at = None;
            row.callback_due_at = None;
            hands::settle(row);
        }
        Event::RevealRequested(_) => row.reveal_asked = true,
        Event::RevealDecided(_) => row.reveal_asked = false,
        Event::CaseLinked(e) if !row.links.contains(&e.other_no) => row.links.push(e.other_no.clone()),
        _ => {}
    }
}

fn over(row: &mut CaseRow, life: Life) {
    row.life = life;
    row.dispatch_due_at = None;
    row.info_due_at = None;
}

fn on_spot(row: &mut CaseRow, e: &ClosedOnSpot) {
    row.on_spot = true;
    row.handled_at = Some(e.at);
    row.sign_due_at = row.sign_due_at.filter(|_| row.signed_at.is_some());
    row.contact_due_at = row.contact_due_at.filter(|_| row.contacted_at.is_some());
    row.verify_due_at = at(e.verify.as_ref());
    row.callback_due_at = at(e.callback.as_ref());
    row.life = match (e.sample, e.callback.is_some()) {
        (true, _) => Life::Handled,
        (false, true) => Life::PendingCallback,
        (false, false) => Life::Closed,
    };
    if row.life == Life::Closed {
        row.closed_as = Some(CloseMode::Solved);
        closed(row, Some(e.at));
    }
}

fn apart(row: &mut CaseRow, e: &CaseUnmerged) {
    row.merged_into = None;
    row.handled_at = None;
    row.callback_due_at = None;
    row.closed_as = None;
    closed(row, None);
    hands::settle(row);
    row.life = row.life_before.take().unwrap_or(row.life);
    e.resolve.iter().for_each(|resolve| clock(row, resolve));
    for (name, due) in &e.dues {
        let due_at = Some(due.due_at);
        match name {
            DeadlineName::Dispatch => row.dispatch_due_at = due_at,
            DeadlineName::Sign => row.sign_due_at = due_at,
            DeadlineName::Contact => row.contact_due_at = due_at,
            DeadlineName::Answer => row.answer_due_at = due_at,
            DeadlineName::Info => row.info_due_at = due_at,
            DeadlineName::Verify => row.verify_due_at = due_at,
            DeadlineName::Callback => row.callback_due_at = due_at,
            _ => {}
        }
    }
}

fn at(due: Option<&Due>) -> Option<Timestamp> {
    due.map(|due| due.due_at)
}

#[cfg(test)]
mod specs {
    use crate::views::sample::{GRID, Log, classified, dispatched, registered};
    use domain::case::Life;
    use serde_json::json;

    const DUE: &str = "2026-11-27T17:30:00+08:00";

    fn open() -> Log {
        Log::new().add(1, registered("A")).add(1, classified(GRID)).add(1, dispatched(GRID, DUE))
    }

    #[test]
    fn nothing_of_a_merged_case_is_due_until_it_is_taken_apart() {
        let merged = json!({"CaseMerged": {"into": "00000000-0000-0000-0000-000000000002", "into_no": "B", "at": "2026-11-20T11:00:00+08:00"}});
        let log = open().add(1, merged);
        let row = log.row(1);
        assert_eq!((row.life, row.next_due_at, row.is_running()), (Life::Merged, None, false));
        let row = log.add(1, json!({"CaseUnmerged": {"reason": "不是同一处"}})).row(1);
        assert_eq!((row.life, row.merged_into), (Life::Dispatched, None));
        assert!(row.next_due_at.is_some());
    }
}
