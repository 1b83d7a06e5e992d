//! 核查: somebody who did not do the work looks at the result.

use super::attempt;
use super::callback;
use super::clocks;
use super::escalate;
use super::event::{CaseClosed, CloseMode, Event, VerificationFailed, VerificationPassed};
use super::hands;
use super::rejection::{Code, Rejection};
use super::state::State;
use crate::calendar::Suspension;
use crate::context::Context;
use crate::intake::redact;
use crate::policy::Matter;

/// Passes on to the callback, or sends it back with the rest of its time.
pub(super) fn decide(
    state: &State,
    passed: bool,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if state.is_handler(context.actor) {
        return Err(Code::HandlerCannotJudge.into());
    }
    let clock = state.resolve.as_ref().ok_or(Code::NotDispatched)?;
    if passed {
        // 未诉先办: there is nobody to call back.
        if state.patrol {
            let closed = CaseClosed::of(CloseMode::Solved);
            let passed = VerificationPassed { callback: None, sample: None };
            return Ok(vec![Event::VerificationPassed(passed), Event::CaseClosed(closed)]);
        }
        // 北京条例 §23: the callback is timed from the limit, not from the unit's claim of completion.
        let from = clock.due_at.max(context.occurred_at);
        let asked = hands::ask_outside(state, Matter::Rating, None, None, "", context)?;
        // 抽样: only whom we would call ourselves is drawn.
        let sample = attempt::drawn(state, context).filter(|_| asked.is_none());
        let spared = sample.is_some_and(|drawn| !drawn.is_called());
        let limits = clocks::limits(state, context);
        let ours = limits.callback.as_ref().filter(|_| asked.is_none() && !spared);
        let callback = clocks::due(context.rules, from, ours)?;
        let passed = Event::VerificationPassed(VerificationPassed { callback, sample });
        let closed =
            spared.then(|| callback::closed(state, CloseMode::NotSampled, "", context)).transpose()?;
        return Ok(std::iter::once(passed).chain(asked).chain(closed).collect());
    }
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    let start = state.start.ok_or(Code::NotDispatched)?;
    // The time that the check took is not the handler's: it is left out of the clock.
    let pause = state
        .handled_at
        .filter(|from| *from < context.occurred_at)
        .map(|from| Suspension { from, to: Some(context.occurred_at) });
    let resolve = clocks::recount(clock, start, None, pause, context)?;
    let answer = escalate::answer_limit(state.rung, context)?;
    Ok(vec![Event::VerificationFailed(VerificationFailed {
        reason: redact::reason(reason),
        resolve,
        answer,
    })])
}

#[cfg(test)]
mod specs {
    use crate::case::spec::*;
    use crate::case::{Code, Command};

    fn failed() -> Command {
        Command::Verify { passed: false, reason: "仍有垃圾".into() }
    }

    #[test]
    fn a_good_result_goes_on_to_the_callback() {
        spec()
            .given(&[register(), Command::Sign, result()])
            .by_supervisor()
            .when(passed())
            .then_named(&["VerificationPassed"]);
    }

    #[test]
    fn a_bad_result_goes_back_with_the_rest_of_its_time() {
        let events = spec()
            .given(&[register(), Command::Sign, result()])
            .at("2026-11-23T15:00:00+08:00")
            .by_supervisor()
            .when(failed())
            .then_named(&["VerificationFailed"]);
        assert!(state_of(&events).life.is_running());
    }

    #[test]
    fn a_failure_needs_a_reason() {
        spec()
            .given(&[register(), Command::Sign, result()])
            .by_supervisor()
            .when(Command::Verify { passed: false, reason: String::new() })
            .then_rejected(Code::ReasonMissing);
    }

    #[test]
    fn the_handler_never_judges_its_own_work() {
        spec()
            .given(&[register(), Command::Sign, result()])
            .by_handler()
            .when(passed())
            .then_rejected(Code::HandlerCannotJudge);
    }
}
