//! 挂牌督办 at the second failure, and 约谈 after it: proposed by the clock, held and recorded by a person.

use jiff::Timestamp;

use super::{lead, superior, with_reason};
use crate::case::event::{Event, InterviewProposed, SupervisionListed, UnitInterviewed};
use crate::case::rejection::{Code, Rejection};
use crate::case::state::State;
use crate::context::Context;

/// 挂牌督办 by a person, before the number is full.
pub(super) fn list(state: &State, reason: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    if state.supervision.listed.is_some() {
        return Err(Rejection::about(Code::StepTaken, "挂牌督办"));
    }
    let mut listed = listed(state, context)?;
    listed.reason = with_reason(reason)?;
    Ok(vec![Event::SupervisionListed(listed)])
}

/// With the failure that fills the number, where policy leaves it to the clock.
pub(super) fn at_enough_failures(before: &State, after: &State, context: &Context<'_>) -> Option<Event> {
    let policy = &context.rules.policy.supervision;
    let region = &after.supervision;
    let fills = region.failures > before.supervision.failures && region.failures >= policy.failures;
    if !fills || !policy.listing.timer || region.listed.is_some() {
        return None;
    }
    listed(after, context).ok().map(Event::SupervisionListed)
}

fn listed(state: &State, context: &Context<'_>) -> Result<SupervisionListed, Rejection> {
    let unit = lead(state)?;
    Ok(SupervisionListed {
        copied: superior(state, &unit, context),
        unit,
        failures: state.supervision.failures,
        reason: String::new(),
        at: context.now,
        next: None,
    })
}

/// 提请约谈 by the clock.
pub(super) fn propose(state: &State, due_at: Timestamp) -> Result<Event, Rejection> {
    let unit = lead(state)?;
    Ok(Event::InterviewProposed(InterviewProposed { unit, due_at, next: None }))
}

/// 约谈 that was held, proposed or not.
pub(super) fn interview(
    state: &State,
    who: &str,
    held_at: Option<Timestamp>,
    result: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let held_at = held_at.unwrap_or(context.occurred_at);
    if held_at > context.now {
        return Err(Code::NotHeldYet.into());
    }
    Ok(vec![Event::UnitInterviewed(UnitInterviewed {
        unit: lead(state)?,
        who: with_reason(who)?,
        held_at,
        result: with_reason(result)?,
        by: context.actor.id.clone(),
        next: None,
    })])
}
