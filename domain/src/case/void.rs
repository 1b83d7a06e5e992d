//! 作废: one person asks, another decides; until then everything goes on. A voided case is closed, and
//! stays so.

use super::event::{CaseClosed, CaseVoided, CloseMode, Event, VoidRefused, VoidRequested};
use super::rejection::{Code, Rejection};
use super::state::State;
use crate::context::Context;
use crate::intake::redact;

/// Asks for it.
pub(super) fn request(state: &State, reason: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    if state.void_asked.is_some() {
        return Err(Code::DecisionPending.into());
    }
    let (reason, by) = (redact::reason(reason), context.actor.id.clone());
    Ok(vec![Event::VoidRequested(VoidRequested { reason, by })])
}

/// Decides it.
pub(super) fn decide(
    state: &State,
    granted: bool,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let Some(asked) = &state.void_asked else { return Err(Code::NothingAsked.into()) };
    if asked.by == context.actor.id {
        return Err(Code::SecondPersonNeeded.into());
    }
    if granted {
        let voided = CaseVoided { reason: asked.reason.clone() };
        return Ok(vec![Event::CaseVoided(voided), Event::CaseClosed(CaseClosed::of(CloseMode::Voided))]);
    }
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    Ok(vec![Event::VoidRefused(VoidRefused { reason: redact::reason(reason) })])
}

#[cfg(test)]
mod specs {
    use crate::case::spec::*;
    use crate::case::{Code, Command};
    use crate::context::Actor;

    fn ask() -> Command {
        Command::RequestVoid { reason: "同一来电重复录入".into() }
    }

    fn decide(granted: bool) -> Command {
        Command::DecideVoid { granted, reason: "应继续办理".into() }
    }

    fn another() -> Actor {
        Actor { id: "user:zhihuizhang".into(), unit: None }
    }

    #[test]
    fn two_persons_void_a_case_and_nothing_waits_any_more() {
        let events = spec()
            .given(&[register(), ask()])
            .by(another())
            .when(decide(true))
            .then_named(&["CaseVoided", "CaseClosed"]);
        assert_eq!(state_of(&events).next_deadline(), None);
    }

    #[test]
    fn nobody_voids_a_case_alone() {
        spec()
            .given(&[register(), ask()])
            .by_supervisor()
            .when(decide(true))
            .then_rejected(Code::SecondPersonNeeded);
        spec().given(&[register()]).by(another()).when(decide(true)).then_rejected(Code::NothingAsked);
    }

    #[test]
    fn while_it_is_asked_the_clocks_go_on_and_a_refusal_leaves_all_as_it_was() {
        let asked = spec().given(&[register()]).when(ask()).then_named(&["VoidRequested"]);
        assert!(state_of(&asked).next_deadline().is_some());
        let refused =
            spec().given(&[register(), ask()]).by(another()).when(decide(false)).then_named(&["VoidRefused"]);
        assert!(state_of(&refused).void_asked.is_none());
    }

    #[test]
    fn a_voided_case_is_never_reopened() {
        spec()
            .given(&[register(), ask()])
            .and_by(another(), decide(true))
            .when(reopen())
            .then_rejected(Code::CaseIsVoided);
    }

    #[test]
    fn it_is_asked_once_and_with_a_reason() {
        spec().given(&[register(), ask()]).when(ask()).then_rejected(Code::DecisionPending);
        spec()
            .given(&[register()])
            .when(Command::RequestVoid { reason: " ".into() })
            .then_rejected(Code::ReasonMissing);
    }
}
