//! 回访、结案、重办: the complainant has the last word.

use super::clocks::{self, ResolveTerms};
use super::event::{CallbackCompleted, CaseClosed, CaseReopened, CloseMode, Event, Satisfaction};
use super::hands;
use super::merge;
use super::rejection::{Code, Rejection};
use super::state::State;
use super::supervision;
use crate::context::Context;
use crate::intake::redact;
use crate::policy::Matter;

/// 回访 by our own people, where it is theirs to do.
pub(super) fn by_person(
    state: &State,
    contacted: bool,
    solved: bool,
    satisfaction: Satisfaction,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    hands::ours(state, Matter::Rating, context)?;
    record(state, contacted, solved, satisfaction, context)
}

/// 回访: a solved matter closes at once; an unsolved one waits for a person's choice.
pub(super) fn record(
    state: &State,
    contacted: bool,
    solved: bool,
    satisfaction: Satisfaction,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if state.is_handler(context.actor) {
        return Err(Code::HandlerCannotJudge.into());
    }
    let mut events = vec![Event::CallbackCompleted(CallbackCompleted { contacted, solved, satisfaction })];
    if solved {
        events.push(closed(state, CloseMode::Solved, context)?);
    } else {
        events.extend(supervision::at_reopen_limit(state, context)?);
    }
    Ok(events)
}

/// 结案 after a callback that said "not solved": only as explained.
pub(super) fn close(state: &State, mode: CloseMode, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    match mode {
        CloseMode::Explained => Ok(vec![closed(state, mode, context)?]),
        CloseMode::Solved | CloseMode::Withdrawn | CloseMode::Voided => Err(Code::NotClosable.into()),
    }
}

/// The end; where it is the sending system's to agree, that is asked first.
fn closed(state: &State, mode: CloseMode, context: &Context<'_>) -> Result<Event, Rejection> {
    let asked = hands::ask_outside(state, Matter::Closing, Some(mode), None, "", context)?;
    Ok(asked.unwrap_or(Event::CaseClosed(CaseClosed { mode })))
}

/// 重办: a new clock from now; the unit stays the same, the ladder starts at its rung again.
pub(super) fn reopen(state: &State, reason: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    if state.voided {
        return Err(Code::CaseIsVoided.into());
    }
    if state.reopened >= u32::from(context.rules.policy.sla.reopen_limit) {
        return Err(Code::ReopenLimit.into());
    }
    once_more(state, reason, context)
}

/// A new round, whoever wants it.
pub(super) fn once_more(state: &State, reason: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    // Its main case was handled, and that did not help here: it goes on by itself, as it was.
    if state.merged.is_some() {
        return merge::unmerge(state, reason, context);
    }
    let (Some(old), Some(start)) = (&state.resolve, state.start) else {
        return Err(Code::NotDispatched.into());
    };
    let limits = clocks::limits(state, context);
    let terms = ResolveTerms {
        from: context.occurred_at,
        budget: &old.budget,
        extensions: Vec::new(),
        suspensions: Vec::new(),
        // The outside order's limit belonged to the first round.
        outside_due_at: None,
        start,
        climb: None,
        rule: old.rule.clone(),
    };
    Ok(vec![Event::CaseReopened(CaseReopened {
        reason: redact::reason(reason),
        resolve: clocks::resolve(terms, context)?,
        contact: clocks::due(context.rules, context.occurred_at, limits.contact.as_ref())?,
    })])
}

#[cfg(test)]
mod specs {
    use crate::case::event::CloseMode;
    use crate::case::spec::*;
    use crate::case::{Code, Command, Life};

    fn judged() -> Vec<Command> {
        vec![register(), Command::Sign, result(), passed()]
    }

    #[test]
    fn a_solved_matter_closes_with_its_callback() {
        spec()
            .given(&judged())
            .by_supervisor()
            .when(callback(true))
            .then_named(&["CallbackCompleted", "CaseClosed"]);
    }

    #[test]
    fn an_unsolved_matter_waits_for_a_choice_and_can_be_reopened_with_a_new_clock() {
        let mut round = judged();
        round.push(callback(false));
        let events = spec()
            .given(&round)
            .at("2026-12-01T10:00:00+08:00")
            .by_supervisor()
            .when(reopen())
            .then_named(&["CaseReopened"]);
        let state = state_of(&events);
        assert_eq!(state.life, Life::InProgress);
        assert!(state.resolve.is_some_and(|clock| clock.from == at("2026-12-01T10:00:00+08:00")));
    }

    #[test]
    fn an_unsolved_matter_is_not_closed_as_solved() {
        let mut round = judged();
        round.push(callback(false));
        spec()
            .given(&round)
            .by_supervisor()
            .when(Command::Close { mode: CloseMode::Solved })
            .then_rejected(Code::NotClosable);
        spec()
            .given(&round)
            .by_supervisor()
            .when(Command::Close { mode: CloseMode::Explained })
            .then_named(&["CaseClosed"]);
    }

    #[test]
    fn a_case_is_reopened_once() {
        let mut round = judged();
        round.extend([callback(true), reopen(), result(), passed(), callback(false)]);
        spec().given(&round).by_supervisor().when(reopen()).then_rejected(Code::ReopenLimit);
    }

    #[test]
    fn the_handler_does_not_call_back() {
        spec().given(&judged()).by_handler().when(callback(true)).then_rejected(Code::HandlerCannotJudge);
    }
}
