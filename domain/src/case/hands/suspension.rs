//! 申请挂账: with a reason and a review date, and decided by another person.

use jiff::Timestamp;

use crate::case::event::{Event, RequestRefused, SuspensionApplied};
use crate::case::handle;
use crate::case::rejection::{Code, Rejection};
use crate::case::state::State;
use crate::case::suspend;
use crate::context::Context;
use crate::intake::redact;

use super::region::{Ask, Asked};
use super::{asked, decide_by, nothing_asked_yet, with_reason};

/// 申请挂账: the clock runs on until it is granted.
pub(super) fn apply(
    state: &State,
    reason: &str,
    review_at: Timestamp,
    complainant_told: bool,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let unit = handle::acting_unit(state, context)?;
    suspend::told_with_reason(reason, complainant_told)?;
    nothing_asked_yet(state)?;
    Ok(vec![Event::SuspensionApplied(SuspensionApplied {
        unit,
        by: context.actor.id.clone(),
        reason: redact::reason(reason),
        review_at: suspend::review_ahead(review_at, context)?,
        decide: decide_by(state, None, context)?,
    })])
}

/// 同意挂账: the clock stands from now on.
pub(super) fn approve(state: &State, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let Asked { what: Ask::Suspension { reason, review_at }, .. } = asked(state, context)? else {
        return Err(Code::NothingAsked.into());
    };
    suspend::suspend(reason, *review_at, true, context)
}

/// 不同意挂账
pub(super) fn refuse(state: &State, reason: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let Asked { what: Ask::Suspension { .. }, .. } = asked(state, context)? else {
        return Err(Code::NothingAsked.into());
    };
    Ok(vec![Event::SuspensionRefused(RequestRefused { reason: with_reason(reason)? })])
}

#[cfg(test)]
mod specs {
    use crate::case::spec::*;
    use crate::case::{Code, Command, Hand, Life};

    fn apply(review: &str, told: bool) -> Command {
        let reason = "列入明年改造计划".to_owned();
        hand(Hand::ApplySuspension { reason, review_at: at(review), complainant_told: told })
    }

    const REVIEW: &str = "2027-03-01T09:00:00+08:00";

    #[test]
    fn a_suspension_is_applied_for_and_granted_by_another_person() {
        let signed = [register(), Command::Sign];
        let events =
            spec().given(&signed).by_handler().when(apply(REVIEW, true)).then_named(&["SuspensionApplied"]);
        assert_eq!(state_of(&events).life, Life::InProgress, "the clock runs on until it is granted");
        let applied = [&signed[..], &[apply(REVIEW, true)]].concat();
        let approve = || hand(Hand::ApproveSuspension);
        spec().given(&applied).by_handler().when(approve()).then_rejected(Code::AskerCannotDecide);
        let events = spec().given(&applied).when(approve()).then_named(&["CaseSuspended"]);
        let state = state_of(&events);
        assert_eq!((state.life, state.hands.asked.is_none()), (Life::Suspended, true));
        assert_eq!(state.next_deadline().map(|next| next.due_at), Some(at(REVIEW)));
        let events = spec()
            .given(&[&applied[..], &[approve()]].concat())
            .at("2026-12-01T10:00:00+08:00")
            .when(Command::Resume)
            .then_named(&["CaseResumed"]);
        assert_eq!(state_of(&events).life, Life::InProgress);
    }

    #[test]
    fn it_needs_a_reason_a_day_ahead_and_the_complainant_told() {
        let signed = [register(), Command::Sign];
        let apply_by_handler = |command| spec().given(&signed).by_handler().when(command);
        apply_by_handler(apply(REVIEW, false)).then_rejected(Code::ComplainantNotTold);
        apply_by_handler(apply("2026-11-01T09:00:00+08:00", true)).then_rejected(Code::ReviewInPast);
        let applied = [&signed[..], &[apply(REVIEW, true)]].concat();
        let refuse = |reason: &str| hand(Hand::RefuseSuspension { reason: reason.into() });
        spec().given(&applied).when(refuse(" ")).then_rejected(Code::ReasonMissing);
        spec().given(&applied).when(refuse("今年可以实施")).then_named(&["SuspensionRefused"]);
        spec().given(&signed).when(refuse("无")).then_rejected(Code::NothingAsked);
    }
}
