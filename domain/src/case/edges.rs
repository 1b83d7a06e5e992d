//! The fold of what happens before a dispatch and at the edges of a life.

use super::attempt::Calls;
use super::clocks::DeadlineName;
use super::event::{CaseUnmerged, ClosedOnSpot, Event, UnitBarred};
use super::evolve::{arm, disarm, end, moved_clock};
use super::hands;
use super::merge::Merged;
use super::state::{Life, State};

/// Takes one of these events in.
pub(super) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::CaseAnswered(_) => end(state, Life::Answered),
        Event::CaseDeclined(_) => end(state, Life::Declined),
        Event::CaseReferred(_) => end(state, Life::TransferredOut),
        Event::InfoAsked(e) => {
            state.life = Life::NeedsInfo;
            disarm(state, DeadlineName::Dispatch);
            arm(state, DeadlineName::Info, e.info.as_ref());
        }
        Event::InfoSupplied(e) => {
            let known = state.item.is_some() && state.place.is_some();
            state.life = if known { Life::PendingDispatch } else { Life::Registered };
            disarm(state, DeadlineName::Info);
            arm(state, DeadlineName::Dispatch, e.dispatch.as_ref());
        }
        Event::ClosedOnSpot(e) => on_spot(state, e),
        Event::CaseArchived(_) => end(state, Life::Archived),
        Event::CaseMerged(e) => {
            state.merged = Some(Merged {
                into_no: e.into_no.clone(),
                since: e.at,
                life: state.life,
                dues: state.dues.clone(),
                passed: state.passed.clone(),
                hands: state.hands.clone(),
                suspended: state.suspended,
            });
            end(state, Life::Merged);
        }
        Event::CaseUnmerged(e) => apart(state, e),
        Event::MainCaseEnded(e) => {
            state.calls.counted.clear();
            state.life = Life::PendingCallback;
            state.handled_at = Some(e.at);
            state.handlers.extend(e.handlers.iter().cloned());
            state.handled_by.extend(e.handled_by.iter().cloned());
            arm(state, DeadlineName::Callback, e.callback.as_ref());
        }
        Event::MainCaseReopened(_) => {
            end(state, Life::Merged);
            state.handled_at = None;
        }
        // A link changes nothing of the case itself.
        _ => {}
    }
}

fn on_spot(state: &mut State, e: &ClosedOnSpot) {
    state.calls = Calls::default();
    state.handlers.insert(e.by.clone());
    state.handled_by.insert(e.unit.clone());
    state.handled_at = Some(e.at);
    let life = match (e.sample, e.callback.is_some()) {
        (true, _) => Life::Handled,
        (false, true) => Life::PendingCallback,
        (false, false) => Life::Closed,
    };
    end(state, life);
    arm(state, DeadlineName::Verify, e.verify.as_ref());
    arm(state, DeadlineName::Callback, e.callback.as_ref());
}

fn apart(state: &mut State, e: &CaseUnmerged) {
    let Some(before) = state.merged.take() else { return };
    state.life = before.life;
    state.closed_as = None;
    state.handled_at = None;
    state.suspended = before.suspended;
    state.passed = before.passed;
    state.hands = before.hands;
    state.dues.clone_from(&e.dues);
    e.resolve.iter().for_each(|clock| moved_clock(state, clock));
}

/// What the unit had of the case is taken back. The resident's limit stands: whoever gets the case next
/// goes on within it.
pub(super) fn barred(state: &mut State, e: &UnitBarred) {
    state.barred.units.extend(e.unit.clone());
    state.barred.unclear = false;
    state.whistle.legs.retain(|leg| !e.recalled.contains(&leg.unit));
    state.parts.recalled(&e.recalled);
    if !state.lead.as_ref().is_some_and(|lead| e.recalled.contains(lead)) {
        return;
    }
    hands::settle(state);
    state.merged = None;
    state.supervision.another_lead(None);
    state.whistle.legs.clear();
    state.whistle.proposed = None;
    end(state, Life::PendingDispatch);
    state.lead = None;
    state.responsible = None;
    state.rung = None;
    state.start = None;
    state.handled_at = None;
    arm(state, DeadlineName::Dispatch, e.dispatch.as_ref());
}
