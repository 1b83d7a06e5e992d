//! 延期与挂账: more time, and time that does not run (北京条例 §15: lawful, and told to the complainant).

use jiff::Timestamp;

use super::clocks::{self, ResolveClock};
use super::escalate;
use super::event::{CaseResumed, CaseSuspended, Event, ExtensionGranted};
use super::hands;
use super::part;
use super::rejection::{Code, Rejection};
use super::state::State;
use super::supervision;
use super::whistle;
use crate::calendar::{Budget, Suspension};
use crate::context::Context;
use crate::ids::Rung;
use crate::intake::redact;
use crate::policy::{ExtensionCap, Matter};

/// 延期: before the limit, once, within the class's cap.
pub(super) fn extend(
    state: &State,
    by: &Budget,
    reason: &str,
    complainant_told: bool,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    told_with_reason(reason, complainant_told)?;
    hands::ours(state, Matter::Extension, context)?;
    let (clock, start) = may_be_extended(state, *by, context)?;
    let resolve = clocks::recount(clock, start, Some(*by), None, context)?;
    Ok(vec![Event::ExtensionGranted(ExtensionGranted { reason: redact::reason(reason), resolve })])
}

/// Before the limit, once, and within what the class allows.
pub(super) fn may_be_extended<'s>(
    state: &'s State,
    by: Budget,
    context: &Context<'_>,
) -> Result<(&'s ResolveClock, Rung), Rejection> {
    let (Some(clock), Some(start)) = (&state.resolve, state.start) else {
        return Err(Code::NotDispatched.into());
    };
    if context.occurred_at >= clock.due_at {
        return Err(Code::ExtensionTooLate.into());
    }
    if !clock.extensions.is_empty() {
        return Err(Code::ExtensionUsed.into());
    }
    if by == Budget::SAME_DAY {
        return Err(Rejection::about(Code::NotAnExtension, by));
    }
    if !allowed(&clocks::limits(state, context).extension, by) {
        return Err(Rejection::about(Code::ExtensionTooLong, by));
    }
    Ok((clock, start))
}

/// 挂账: with a reason and a day on which somebody must look again.
pub(super) fn suspend(
    reason: &str,
    review_at: Timestamp,
    complainant_told: bool,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    told_with_reason(reason, complainant_told)?;
    let review_at = review_ahead(review_at, context)?;
    Ok(vec![Event::CaseSuspended(CaseSuspended {
        reason: redact::reason(reason),
        from: context.occurred_at,
        review_at,
    })])
}

/// The log keeps microseconds: what is waited for must be what is stored.
pub(super) fn review_ahead(review_at: Timestamp, context: &Context<'_>) -> Result<Timestamp, Rejection> {
    let review_at = Timestamp::from_microsecond(review_at.as_microsecond()).unwrap_or(review_at);
    if review_at <= context.occurred_at { Err(Code::ReviewInPast.into()) } else { Ok(review_at) }
}

/// 恢复: the pause is left out of the clock.
pub(super) fn resume(state: &State, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let (Some((since, _)), Some(clock), Some(start)) = (state.suspended, &state.resolve, state.start) else {
        return Err(Code::CaseIsNotSuspended.into());
    };
    let pause =
        (since < context.occurred_at).then_some(Suspension { from: since, to: Some(context.occurred_at) });
    let resolve = clocks::recount(clock, start, None, pause, context)?;
    let answer = escalate::answer_limit(state.rung, context)?;
    let legs = whistle::paused(state, pause, context)?;
    let parts = part::paused(state, pause, context)?;
    let owed = supervision::paused(state, pause, context)?;
    Ok([vec![Event::CaseResumed(CaseResumed { resolve, answer })], legs, parts, owed].concat())
}

fn allowed(cap: &ExtensionCap, by: Budget) -> bool {
    match cap {
        ExtensionCap::Never => false,
        ExtensionCap::Once(cap) => cap.unit() == by.unit() && by.amount() <= cap.amount(),
        ExtensionCap::ByApproval => true,
    }
}

pub(super) fn told_with_reason(reason: &str, complainant_told: bool) -> Result<(), Rejection> {
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    if !complainant_told {
        return Err(Code::ComplainantNotTold.into());
    }
    Ok(())
}

#[cfg(test)]
mod specs {
    use crate::case::spec::*;
    use crate::case::{Code, Command};

    fn extend(by: &str, told: bool) -> Command {
        Command::Extend { by: budget(by), reason: "等待配件".into(), complainant_told: told }
    }

    fn suspend() -> Command {
        Command::Suspend {
            reason: "列入明年改造计划".into(),
            review_at: at("2027-03-01T09:00:00+08:00"),
            complainant_told: true,
        }
    }

    #[test]
    fn an_extension_moves_the_limit_out() {
        let before = state_of(&spec().when(street_case()).events());
        let events = spec()
            .given(&[street_case()])
            .by_supervisor()
            .when(extend("5wd", true))
            .then_named(&["ExtensionGranted"]);
        let after = state_of(&events);
        assert!(after.resolve.map(|c| c.due_at) > before.resolve.map(|c| c.due_at));
    }

    #[test]
    fn an_extension_is_refused_when_late_unannounced_too_long_or_second() {
        let given = [street_case()];
        spec().given(&given).when(extend("5wd", false)).then_rejected(Code::ComplainantNotTold);
        spec().given(&given).when(extend("50wd", true)).then_rejected(Code::ExtensionTooLong);
        spec()
            .given(&given)
            .after_deadlines_until("2027-01-15T10:00:00+08:00")
            .when(extend("1wd", true))
            .then_rejected(Code::ExtensionTooLate);
        spec()
            .given(&[street_case(), extend("1wd", true)])
            .when(extend("1wd", true))
            .then_rejected(Code::ExtensionUsed);
    }

    #[test]
    fn a_suspended_case_waits_for_its_review_only() {
        let events = spec().given(&[street_case()]).when(suspend()).then_named(&["CaseSuspended"]);
        let next = state_of(&events).next_deadline();
        assert_eq!(next.map(|next| next.due_at), Some(at("2027-03-01T09:00:00+08:00")));
    }

    #[test]
    fn the_pause_is_left_out_when_it_ends() {
        let before = state_of(&spec().when(street_case()).events());
        let events = spec()
            .given(&[street_case(), suspend()])
            .at("2026-11-30T10:00:00+08:00")
            .when(Command::Resume)
            .then_named(&["CaseResumed"]);
        assert!(state_of(&events).resolve.map(|c| c.due_at) > before.resolve.map(|c| c.due_at));
    }
}
