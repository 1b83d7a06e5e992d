//! 申请延期: before the limit, told to the complainant, and decided by somebody else (北京条例 §15).

use crate::calendar::Budget;
use crate::case::clocks;
use crate::case::event::{Event, ExtensionGranted, ExtensionRequested, RequestRefused};
use crate::case::handle;
use crate::case::rejection::{Code, Rejection};
use crate::case::state::State;
use crate::case::suspend;
use crate::context::Context;
use crate::intake::redact;
use crate::policy::Matter;

use super::region::{Ask, Asked};
use super::{ask_outside, asked, decide_by, nothing_asked_yet, with_reason};

/// 申请延期
pub(super) fn request(
    state: &State,
    length: Budget,
    reason: &str,
    complainant_told: bool,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let unit = handle::acting_unit(state, context)?;
    suspend::told_with_reason(reason, complainant_told)?;
    nothing_asked_yet(state)?;
    suspend::may_be_extended(state, length, context)?;
    let requested = Event::ExtensionRequested(ExtensionRequested {
        unit,
        by: context.actor.id.clone(),
        length,
        reason: redact::reason(reason),
        decide: decide_by(state, Some(Matter::Extension), context)?,
    });
    let outside = ask_outside(state, Matter::Extension, None, Some(length), reason, context)?;
    Ok(std::iter::once(requested).chain(outside).collect())
}

/// 同意延期: it was asked in time, so it may be granted later.
pub(super) fn approve(state: &State, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let Asked { what: Ask::Extension { length, reason }, .. } = asked(state, context)? else {
        return Err(Code::NothingAsked.into());
    };
    let (Some(clock), Some(start)) = (&state.resolve, state.start) else {
        return Err(Code::NotDispatched.into());
    };
    let resolve = clocks::recount(clock, start, Some(*length), None, context)?;
    Ok(vec![Event::ExtensionGranted(ExtensionGranted { reason: reason.clone(), resolve })])
}

/// 不同意延期
pub(super) fn refuse(state: &State, reason: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    asked(state, context)?;
    let reason = with_reason(reason)?;
    refused(state, &reason).map(|event| vec![event]).ok_or(Code::NothingAsked.into())
}

/// The extension that was asked for is refused, by whomever; none where none was asked for.
pub(in crate::case) fn refused(state: &State, reason: &str) -> Option<Event> {
    let extension = matches!(&state.hands.asked, Some(Asked { what: Ask::Extension { .. }, .. }));
    extension.then(|| Event::ExtensionRefused(RequestRefused { reason: redact::reason(reason) }))
}

#[cfg(test)]
mod specs {
    use crate::case::clocks::DeadlineName;
    use crate::case::event::OutsideDecision;
    use crate::case::spec::*;
    use crate::case::{Code, Command, Hand, Life};

    fn ask(by: &str, told: bool) -> Command {
        hand(Hand::RequestExtension { by: budget(by), reason: "等待配件".into(), complainant_told: told })
    }

    fn approve() -> Command {
        hand(Hand::ApproveExtension)
    }

    fn signed() -> Vec<Command> {
        vec![register(), Command::Sign]
    }

    #[test]
    fn an_extension_is_asked_by_the_unit_and_granted_by_another() {
        let before = state_of(&spec().given(&signed()).by_handler().when(contact()).events()).resolve;
        let events =
            spec().given(&signed()).by_handler().when(ask("2wd", true)).then_named(&["ExtensionRequested"]);
        let state = state_of(&events);
        assert_eq!((state.life, state.resolve), (Life::InProgress, before.clone()), "no clock moves yet");
        assert!(state.dues.iter().any(|(name, _)| *name == DeadlineName::Decide));
        let given = [&signed()[..], &[ask("2wd", true)]].concat();
        spec().given(&given).by_handler().when(approve()).then_rejected(Code::AskerCannotDecide);
        let events = spec().given(&given).when(approve()).then_named(&["ExtensionGranted"]);
        let state = state_of(&events);
        assert!(state.resolve.map(|clock| clock.due_at) > before.map(|clock| clock.due_at));
        assert!(state.hands.asked.is_none());
        let refuse = hand(Hand::RefuseExtension { reason: "可以按期办结".into() });
        spec().given(&given).when(refuse).then_named(&["ExtensionRefused"]);
    }

    #[test]
    fn it_is_asked_before_the_limit_once_within_the_cap_and_told() {
        spec().given(&signed()).by_handler().when(ask("2wd", false)).then_rejected(Code::ComplainantNotTold);
        spec().given(&signed()).by_handler().when(ask("50wd", true)).then_rejected(Code::ExtensionTooLong);
        spec().given(&[register()]).by_handler().when(ask("2wd", true)).then_rejected(Code::NotSigned);
        spec()
            .given(&signed())
            .after_deadlines_until("2027-01-15T10:00:00+08:00")
            .by_handler()
            .when(ask("1wd", true))
            .then_rejected(Code::ExtensionTooLate);
        let granted = [&signed()[..], &[ask("1wd", true), approve()]].concat();
        spec().given(&granted).by_handler().when(ask("1wd", true)).then_rejected(Code::ExtensionUsed);
        let asked = [&signed()[..], &[ask("1wd", true)]].concat();
        spec().given(&asked).by_handler().when(ask("1wd", true)).then_rejected(Code::RequestPending);
    }

    #[test]
    fn asked_in_time_it_may_be_granted_after_the_limit() {
        let asked = [&signed()[..], &[ask("2wd", true)]].concat();
        let due = state_of(&spec().given(&asked).by_handler().when(contact()).events()).resolve;
        let late = due.expect("a clock").due_at.to_string();
        spec().given(&asked).after_deadlines_until(&late).when(approve()).then_named(&["ExtensionGranted"]);
    }

    #[test]
    fn the_result_ends_what_was_asked() {
        let asked = [&signed()[..], &[ask("2wd", true)]].concat();
        let events = spec().given(&asked).by_handler().when(result()).then_named(&["ResultSubmitted"]);
        assert!(state_of(&events).hands.asked.is_none());
    }

    #[test]
    fn what_the_city_decides_waits_for_the_city_with_a_clock_of_its_own() {
        let signed = [city_case(), Command::Sign];
        let events = spec()
            .given(&signed)
            .by_handler()
            .when(ask("2wd", true))
            .then_named(&["ExtensionRequested", "OutsideAsked"]);
        let state = state_of(&events);
        assert_eq!(state.life, Life::AwaitingOutside);
        assert!(state.dues.iter().any(|(name, _)| *name == DeadlineName::Outside));
        let asked = [&signed[..], &[ask("2wd", true)]].concat();
        spec().given(&asked).when(approve()).then_rejected(Code::AwaitsOutside);
        let extend =
            Command::Extend { by: budget("2wd"), reason: "等配件".into(), complainant_told: true };
        spec().given(&signed).when(extend).then_rejected_about(Code::DecidedOutside, "city-12345");
        let decide = |decision, until: Option<&str>| Command::DecideOutside {
            decision,
            until: until.map(at),
            reason: String::new(),
        };
        let granted = decide(OutsideDecision::ExtensionGranted, Some("2027-01-08T17:30:00+08:00"));
        let events = spec().given(&asked).when(granted).then_named(&["DecidedOutside", "ExtensionGranted"]);
        assert_eq!(state_of(&events).life, Life::InProgress);
        let refused = decide(OutsideDecision::ExtensionRefused, None);
        let events = spec().given(&asked).when(refused).then_named(&["DecidedOutside", "ExtensionRefused"]);
        let state = state_of(&events);
        assert_eq!((state.life, state.hands.outside), (Life::InProgress, None));
        spec().given(&asked).by_handler().when(result()).then_named(&["ResultSubmitted"]);
        let climbs = spec().given(&asked).run_deadlines_until("2027-06-01T00:00:00+08:00");
        assert!(
            climbs.iter().any(|event| event.name() == "CaseEscalated"),
            "the complainant's clock runs on"
        );
    }
}
