//! A reply, an approval or a judgement that is late: told once.

use super::{ladder, moved};
use crate::case::clocks::{Deadline, DeadlineName};
use crate::case::event::{Event, SupervisionLate, SupervisionStep};
use crate::case::state::{Life, State};

/// What a case waits for: the next step of its ladder, and the limits of what was asked.
pub(in crate::case) fn waits_for(state: &State) -> impl Iterator<Item = Deadline> {
    let region = &state.supervision;
    // A notice waits until the reason is judged: accepted, there is none; refused, it comes at once.
    let held = |step| step == SupervisionStep::Notice && region.reason.is_some();
    let next = region.next.filter(|next| ladder::climbs(state) && !held(next.step));
    let next = next.map(|next| Deadline { name: DeadlineName::Supervise, due_at: next.due_at });
    let limits = limits(state).map(|(name, _, due_at)| Deadline { name, due_at });
    next.into_iter().chain(limits)
}

/// The limits that run and were not told, each with its order or notice. A case that stands nags nobody.
fn limits(state: &State) -> impl Iterator<Item = (DeadlineName, u32, jiff::Timestamp)> {
    let runs = state.life.is_open() && state.life != Life::Suspended;
    let owed = moved::owed(&state.supervision).filter(move |_| runs);
    owed.map(|(name, number, limit)| (name, number, limit.due.due_at))
}

/// Every one of these that is late at this instant.
pub(in crate::case) fn late(state: &State, deadline: &Deadline) -> Vec<Event> {
    let late = limits(state).filter(|(name, _, due_at)| (*name, *due_at) == (deadline.name, deadline.due_at));
    late.map(|(name, number, due_at)| Event::SupervisionLate(SupervisionLate { name, number, due_at }))
        .collect()
}
