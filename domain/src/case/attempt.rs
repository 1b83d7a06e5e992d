//! 回访未接通: an attempt that reached nobody. After so many at different hours the callback is invalid
//! (DOMAIN §2.8: ≥3 tries at different hours), and nobody can say so before.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::admissible::Kind;
use super::callback;
use super::clocks;
use super::event::{CallbackAttempted, CloseMode, Drawn, Event, Unreached};
use super::hands;
use super::rejection::{Code, Rejection};
use super::state::State;
use crate::context::Context;
use crate::policy::Matter;

/// A command about a callback.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum Call {
    /// 回访未接通
    AttemptCallback {
        /// Why it came to nothing.
        outcome: Unreached,
        /// 录音号
        #[serde(default, skip_serializing_if = "String::is_empty")]
        recording: String,
    },
}

impl Call {
    /// The kind of this command.
    pub fn kind(&self) -> Kind {
        match self {
            Self::AttemptCallback { .. } => Kind::AttemptCallback,
        }
    }
}

/// What answers it.
pub(super) fn decide(state: &State, call: &Call, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    match call {
        Call::AttemptCallback { outcome, recording } => record(state, *outcome, recording, context),
    }
}

/// What is known of the callback of this round.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Calls {
    /// When those attempts were that count.
    #[serde(default)]
    pub counted: Vec<Timestamp>,
    /// The unit itself says that it could not solve it.
    #[serde(default)]
    pub unsolved: bool,
    /// The complainant says that it is solved.
    #[serde(default)]
    pub solved: bool,
}

/// Hours looked through for the next one that would count.
const HOURS: usize = 24 * 30;

/// Notes the attempt; the last one that counts ends the callback as invalid.
fn record(
    state: &State,
    outcome: Unreached,
    recording: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    hands::ours(state, Matter::Rating, context)?;
    if state.is_handler(context.actor) {
        return Err(Code::HandlerCannotJudge.into());
    }
    let (at, counted) = (context.occurred_at, &state.calls.counted);
    let counts = would_count(counted, at, context)?;
    let mut all = counted.clone();
    all.extend(counts.then_some(at));
    let over = all.len() >= usize::from(context.rules.policy.sla.callback.attempts.max(1));
    let attempted = CallbackAttempted {
        at,
        by: context.actor.id.clone(),
        outcome,
        counted: counts,
        recording: recording.trim().to_owned(),
        next_from: if over { None } else { next(&all, context)? },
    };
    let closed =
        over.then(|| callback::closed(state, CloseMode::InvalidCallback, "", context)).transpose()?;
    Ok(std::iter::once(Event::CallbackAttempted(attempted)).chain(closed).collect())
}

/// At another hour of the day than those before, and long enough after each.
fn would_count(counted: &[Timestamp], at: Timestamp, context: &Context<'_>) -> Result<bool, Rejection> {
    for before in counted {
        let interval = context.rules.policy.sla.callback.interval;
        let free = clocks::due(context.rules, *before, Some(&interval))?;
        let soon = free.is_some_and(|free| at < free.due_at);
        if soon || hour(*before, context) == hour(at, context) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn hour(at: Timestamp, context: &Context<'_>) -> i8 {
    at.to_zoned(context.rules.calendar.zone().clone()).hour()
}

/// The first instant in opening hours at which another attempt counts.
fn next(counted: &[Timestamp], context: &Context<'_>) -> Result<Option<Timestamp>, Rejection> {
    let Some(last) = counted.last() else { return Ok(None) };
    let interval = context.rules.policy.sla.callback.interval;
    let free = clocks::due(context.rules, *last, Some(&interval))?;
    let calendar = &context.rules.calendar;
    let mut at = calendar.opening_at(free.map_or(*last, |free| free.due_at));
    for _ in 0..HOURS {
        if would_count(counted, at, context)? {
            return Ok(Some(at));
        }
        let left = 60 - i64::from(at.to_zoned(calendar.zone().clone()).minute());
        at = calendar.opening_at(at + jiff::SignedDuration::from_mins(left));
    }
    Ok(None)
}

/// 抽样: whether this case is drawn to be called back; none where every one of its class is. Whoever was
/// told that it is not solved, or had it reopened, is always called.
pub(super) fn drawn(state: &State, context: &Context<'_>) -> Option<Drawn> {
    let limits = clocks::limits(state, context);
    let sampled = limits.callback.is_some() && limits.callback_percent < 100;
    let always = state.calls.unsolved || state.reopened > 0;
    (sampled && !always).then(|| Drawn::of(&state.case_no, limits.callback_percent))
}

/// Takes what concerns the callback into the state.
pub(super) fn evolve(calls: &mut Calls, event: &Event) {
    match event {
        Event::ResultSubmitted(e) => calls.unsolved = !e.solved,
        Event::VerificationPassed(_) => calls.counted.clear(),
        Event::CallbackAttempted(e) if e.counted => calls.counted.push(e.at),
        Event::CallbackCompleted(e) => calls.solved = e.solved,
        _ => {}
    }
}

#[cfg(test)]
mod specs {
    use super::*;
    use crate::case::spec::*;
    use crate::case::{Command, Life};

    fn attempt() -> Command {
        Command::Call(Call::AttemptCallback { outcome: Unreached::NoAnswer, recording: "L-1".into() })
    }

    fn is_attempt(event: &Event) -> bool {
        matches!(event, Event::CallbackAttempted(_))
    }

    fn counted(event: &Event) -> bool {
        matches!(event, Event::CallbackAttempted(e) if e.counted)
    }

    fn to_call() -> Vec<Command> {
        vec![register(), Command::Sign, result(), passed()]
    }

    /// Tries at these times of one day; which counted, and the state after.
    fn tries(times: &[&str]) -> (Vec<bool>, State) {
        let (last, before) = times.split_last().expect("a try");
        let given = before
            .iter()
            .fold(spec().given(&to_call()), |given, time| given.at(time).and_by(supervisor(), attempt()));
        let events = given.at(last).by_supervisor().when(attempt()).events();
        let state = state_of(&events);
        (history().iter().chain(&events).filter(|event| is_attempt(event)).map(counted).collect(), state)
    }

    #[test]
    fn three_attempts_at_different_hours_make_the_callback_invalid() {
        let day = ["2026-11-23T09:10:00+08:00", "2026-11-23T11:00:00+08:00", "2026-11-24T15:00:00+08:00"];
        let (told, state) = tries(&day);
        assert_eq!(told, [true, true, true]);
        assert_eq!((state.life, state.closed_as), (Life::Closed, Some(CloseMode::InvalidCallback)));
    }

    #[test]
    fn the_same_hour_and_the_next_minutes_do_not_count() {
        let day = [
            "2026-11-23T09:50:00+08:00",
            "2026-11-23T09:55:00+08:00",
            "2026-11-23T10:05:00+08:00",
            "2026-11-24T09:20:00+08:00",
        ];
        let (told, state) = tries(&day);
        assert_eq!(told, [true, false, false, false]);
        assert_eq!(state.life, Life::PendingCallback);
    }

    #[test]
    fn the_next_try_is_in_opening_hours_and_at_another_hour() {
        let events = spec()
            .given(&to_call())
            .at("2026-11-27T17:10:00+08:00")
            .by_supervisor()
            .when(attempt())
            .then_named(&["CallbackAttempted"]);
        let Event::CallbackAttempted(e) = &events[0] else { panic!("an attempt") };
        // A Friday; 17:00 is used, so Monday morning.
        assert_eq!(e.next_from, Some(at("2026-11-30T09:00:00+08:00")));
    }

    #[test]
    fn the_handler_does_not_try_and_nobody_tries_before_the_check() {
        spec().given(&to_call()).by_handler().when(attempt()).then_rejected(Code::HandlerCannotJudge);
        let handled = [register(), Command::Sign, result()];
        spec().given(&handled).by_supervisor().when(attempt()).then_rejected(Code::NotVerified);
    }

    #[test]
    fn a_draw_follows_from_the_number_and_the_share_alone() {
        let share = |percent| {
            let all = (0..10_000).map(|n| Drawn::of(&format!("20261120-{n:08}"), percent));
            all.filter(|drawn| drawn.is_called()).count()
        };
        assert_eq!((share(0), share(100)), (0, 10_000));
        assert!((800..1_200).contains(&share(10)), "{}", share(10));
        assert_eq!(Drawn::of("20261120-A", 10), Drawn::of("20261120-A", 10));
    }
}
