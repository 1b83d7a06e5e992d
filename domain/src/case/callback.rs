//! 回访、结案、重办: the complainant has the last word.

use super::clocks::{self, ResolveTerms};
use super::event::{CallbackCompleted, CaseClosed, CaseReopened, CloseMode, Event, Said, Satisfaction};
use super::hands;
use super::merge;
use super::rejection::{Code, Rejection};
use super::state::{Life, State};
use super::supervision;
use crate::context::Context;
use crate::intake::redact;
use crate::policy::Matter;

/// Contacted, solved, satisfied.
pub(super) type Answers = (bool, bool, Satisfaction);

/// 回访 by our own people, where it is theirs to do.
pub(super) fn by_person(
    state: &State,
    answers: Answers,
    said: &Said,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    hands::ours(state, Matter::Rating, context)?;
    record(state, answers, said, context)
}

/// 回访: a solved matter closes at once. An unsolved one, and one of which nobody had been in touch with the
/// complainant, waits for a second look.
pub(super) fn record(
    state: &State,
    (contacted, solved, satisfaction): Answers,
    said: &Said,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if state.is_handler(context.actor) {
        return Err(Code::HandlerCannotJudge.into());
    }
    let good = contacted && solved;
    let limit = Some(&context.rules.policy.sla.decide).filter(|_| !good);
    let recording = said.recording.trim().to_owned();
    let said = Said { why: said.why, remark: redact::reason(&said.remark), recording };
    let capped = !good && at_the_cap(state, context);
    let completed = CallbackCompleted {
        contacted,
        solved,
        satisfaction,
        said,
        capped,
        decide: clocks::due(context.rules, context.occurred_at, limit)?,
    };
    let mut events = vec![Event::CallbackCompleted(completed)];
    if good {
        // What was closed without a callback has been agreed to already.
        let solved = CloseMode::Solved;
        events.push(match state.life {
            Life::Closed => Event::CaseClosed(CaseClosed::of(solved)),
            _ => closed(state, solved, "", context)?,
        });
    } else if capped {
        events.extend(supervision::at_reopen_limit(state, context)?);
    }
    Ok(events)
}

/// It was reopened as often as it may be.
fn at_the_cap(state: &State, context: &Context<'_>) -> bool {
    state.merged.is_none() && state.reopened >= u32::from(context.rules.policy.sla.reopen_limit)
}

/// 结案 after a second look, with what the complainant was told: as explained, or as solved where the
/// complainant says so, and only the unit had not been in touch.
pub(super) fn close(
    state: &State,
    mode: CloseMode,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let fits = match mode {
        CloseMode::Explained => true,
        CloseMode::Solved => state.calls.solved,
        CloseMode::Withdrawn | CloseMode::Voided | CloseMode::NotSampled | CloseMode::InvalidCallback => {
            false
        }
    };
    if !fits {
        return Err(Code::NotClosable.into());
    }
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    if state.is_handler(context.actor) {
        return Err(Code::HandlerCannotJudge.into());
    }
    Ok(vec![closed(state, mode, reason, context)?])
}

/// The end; where it is the sending system's to agree, that is asked first.
pub(super) fn closed(
    state: &State,
    mode: CloseMode,
    reason: &str,
    context: &Context<'_>,
) -> Result<Event, Rejection> {
    let asked = hands::ask_outside(state, Matter::Closing, Some(mode), None, reason, context)?;
    Ok(asked.unwrap_or(Event::CaseClosed(CaseClosed { mode, reason: redact::reason(reason) })))
}

/// 重办: a new clock from now; the unit stays the same, the ladder starts at its rung again.
pub(super) fn reopen(state: &State, reason: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    if state.voided {
        return Err(Code::CaseIsVoided.into());
    }
    if state.is_handler(context.actor) {
        return Err(Code::HandlerCannotJudge.into());
    }
    if at_the_cap(state, context) {
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
    use crate::case::event::{CloseMode, Said, Satisfaction};
    use crate::case::spec::*;
    use crate::case::{Code, Command, Event, Life};

    fn close(mode: CloseMode, reason: &str) -> Command {
        Command::Close { mode, reason: reason.into() }
    }

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
            .when(close(CloseMode::Solved, "已说明"))
            .then_rejected(Code::NotClosable);
        spec()
            .given(&round)
            .by_supervisor()
            .when(close(CloseMode::Explained, "已依法说明"))
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

    #[test]
    fn an_end_that_is_explained_says_what_was_told() {
        let round = [judged(), vec![callback(false)]].concat();
        let silent = close(CloseMode::Explained, " ");
        spec().given(&round).by_supervisor().when(silent).then_rejected(Code::ReasonMissing);
    }

    #[test]
    fn solved_though_nobody_was_in_touch_is_looked_at_before_it_closes() {
        let answers = |contacted| Command::RecordCallback {
            contacted,
            solved: true,
            satisfaction: Satisfaction::Satisfied,
            said: Said::default(),
        };
        let waits = spec().given(&judged()).by_supervisor().when(answers(false));
        let events = waits.then_named(&["CallbackCompleted"]);
        let state = state_of(&events);
        assert_eq!(state.life, Life::CalledBack);
        assert!(state.next_deadline().is_some(), "the second look has a limit");
        let round = [judged(), vec![answers(false)]].concat();
        let solved = close(CloseMode::Solved, "已电话核实");
        spec().given(&round).by_supervisor().when(solved).then_named(&["CaseClosed"]);
    }

    #[test]
    fn at_the_cap_the_callback_says_so() {
        let mut round = judged();
        round.extend([callback(false), reopen(), result(), passed()]);
        let events = spec().given(&round).by_supervisor().when(callback(false)).events();
        assert!(matches!(&events[0], Event::CallbackCompleted(e) if e.capped && e.decide.is_some()));
        let first = spec().given(&judged()).by_supervisor().when(callback(false)).events();
        assert!(matches!(&first[0], Event::CallbackCompleted(e) if !e.capped));
    }
}
