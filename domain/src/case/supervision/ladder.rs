//! The ladder itself: which step comes next and when, and its two lowest steps.
//!
//! The instants are counted where something has changed, and stored in the event that changed it: the fold
//! has no calendar. Nothing is counted while the case is not late.

use jiff::Timestamp;

use super::{lead, listing, notice, order, superior};
use crate::case::clocks::{self, Deadline, DeadlineName, ResolveClock};
use crate::case::event::{Event, NextStep, SupervisionStep, SupervisionTimed, UrgeSent};
use crate::case::rejection::{Code, Rejection};
use crate::case::state::{Life, State};
use crate::case::{Case, Command};
use crate::context::Context;
use crate::decider::Decider;
use crate::intake::redact;

/// The steps that are counted from the missed limit.
const COUNTED: [SupervisionStep; 4] =
    [SupervisionStep::Urge, SupervisionStep::WrittenUrge, SupervisionStep::Order, SupervisionStep::Notice];

/// Time works towards the next step: somebody has the case, and has not handed in a result that may hold.
pub(super) fn climbs(state: &State) -> bool {
    let worked_on = state.runs() && state.life != Life::PendingDispatch;
    let handed_over = state.life == Life::CalledBack && state.supervision.open_order().is_some();
    state.lead.is_some() && (worked_on || handed_over)
}

/// What follows for the ladder from what was just decided: the step at the red instant itself, a listing at
/// the failure that fills the number, and the instant of the next step wherever that has moved.
pub(in crate::case) fn follow(
    state: &State,
    command: &Command,
    mut events: Vec<Event>,
    context: &Context<'_>,
) -> Vec<Event> {
    let turns_red = events.iter().any(turns_red);
    if events.is_empty() || !(state.red_told || turns_red || begun(state) || events.iter().any(is_ours)) {
        return events;
    }
    let mut after = state.clone();
    let mut seen = 0;
    let catch_up = |after: &mut State, seen: &mut usize, events: &[Event]| {
        events.iter().skip(*seen).for_each(|event| Case::evolve(after, event));
        *seen = events.len();
    };
    catch_up(&mut after, &mut seen, &events);
    events.extend(listing::at_enough_failures(state, &after, context));
    catch_up(&mut after, &mut seen, &events);
    // What is due at the red instant itself is part of it.
    while let Some(next) = at_once(state, &after, context) {
        let taken = take(&after, next, context);
        if taken.is_empty() {
            break;
        }
        events.extend(taken);
        catch_up(&mut after, &mut seen, &events);
    }
    let asked = matches!(command, Command::Revise { .. });
    if asked || moved(state, &after) || events.iter().any(is_ours) {
        let next = next(&after, context);
        if next != after.supervision.next {
            note(&mut events, next);
        }
    }
    events
}

/// What the command `Revise` would move, for a preview.
pub(in crate::case) fn revised(state: &State, context: &Context<'_>) -> Option<(Timestamp, Timestamp)> {
    let before = state.supervision.next.filter(|_| state.red_told)?;
    let after = next(state, context)?;
    (after != before).then_some((before.due_at, after.due_at))
}

fn begun(state: &State) -> bool {
    !(state.supervision.orders.is_empty() && state.supervision.notices.is_empty())
}

fn turns_red(event: &Event) -> bool {
    matches!(event, Event::DeadlinePassed(e) if e.name == DeadlineName::Resolve)
}

/// The events of the ladder, each with a place for the step that comes next.
fn is_ours(event: &Event) -> bool {
    slot(&mut event.clone()).is_some()
}

fn slot(event: &mut Event) -> Option<&mut Option<NextStep>> {
    match event {
        Event::CaseUrged(e) | Event::UrgeWritten(e) => Some(&mut e.next),
        Event::SupervisionIssued(e) => Some(&mut e.next),
        Event::NoticeDrafted(e) => Some(&mut e.next),
        Event::ReasonAccepted(e) | Event::ReasonRefused(e) => Some(&mut e.next),
        Event::SupervisionListed(e) => Some(&mut e.next),
        Event::InterviewProposed(e) => Some(&mut e.next),
        Event::UnitInterviewed(e) => Some(&mut e.next),
        _ => None,
    }
}

/// In the last event that has a place for it, else in one of its own.
fn note(events: &mut Vec<Event>, next: Option<NextStep>) {
    match events.iter_mut().rev().find_map(slot) {
        Some(place) => *place = next,
        None => events.push(Event::SupervisionTimed(SupervisionTimed { next })),
    }
}

/// Red was told, or the clock behind it counts otherwise now.
fn moved(before: &State, after: &State) -> bool {
    let clock = |state: &State| {
        state
            .resolve
            .as_ref()
            .map(|clock| (base(clock), clock.suspensions.clone()))
            .filter(|_| state.red_told)
    };
    let (old, new) = (clock(before), clock(after));
    new.is_some() && old != new
}

fn at_once(before: &State, after: &State, context: &Context<'_>) -> Option<NextStep> {
    let red = after.resolve.as_ref().filter(|_| !before.red_told && after.red_told)?;
    next(after, context).filter(|next| climbs(after) && next.due_at <= base(red))
}

/// From where the steps are counted: the missed limit, or when another unit got the case after it.
fn base(clock: &ResolveClock) -> Timestamp {
    clock.climb.map_or(clock.due_at, |climb| clock.due_at.max(climb.from))
}

/// The step that the clock takes next, of those that are left.
fn next(state: &State, context: &Context<'_>) -> Option<NextStep> {
    let policy = &context.rules.policy.supervision;
    let region = &state.supervision;
    let from_red = state.resolve.as_ref().filter(|_| state.red_told).into_iter().flat_map(|clock| {
        let left = COUNTED.into_iter().filter(|step| !region.taken.contains_key(step));
        let left = left.filter(|step| match step {
            SupervisionStep::Order => region.open_order().is_none(),
            SupervisionStep::Notice => !region.accepted && !notice::waits_for_approval(region),
            _ => true,
        });
        left.map(move |step| (step, base(clock)))
    });
    let interview = region.listed.filter(|_| !region.interview_due && region.interviews == 0);
    let interview = interview.map(|at| (SupervisionStep::Interview, at));
    let pauses = state.resolve.as_ref().map(|clock| clock.suspensions.as_slice()).unwrap_or_default();
    let due = |(step, from): (SupervisionStep, Timestamp)| {
        let terms = policy.step(step);
        let due_at = match &terms.after {
            None => from,
            // What cannot be counted is not waited for.
            Some(after) => clocks::due_with(context.rules, from, Some(after), pauses).ok()??.due_at,
        };
        terms.timer.then_some(NextStep { step, due_at })
    };
    from_red.chain(interview).filter_map(due).min_by_key(|next| (next.due_at, next.step))
}

/// The clock takes a step.
pub(in crate::case) fn pass(state: &State, deadline: &Deadline, context: &Context<'_>) -> Vec<Event> {
    let next = state.supervision.next.filter(|next| next.due_at == deadline.due_at);
    next.map(|next| take(state, next, context)).unwrap_or_default()
}

fn take(state: &State, next: NextStep, context: &Context<'_>) -> Vec<Event> {
    let due_at = Some(next.due_at);
    let events = match next.step {
        SupervisionStep::Urge => sent(state, "", due_at, context).map(Event::CaseUrged),
        SupervisionStep::WrittenUrge => sent(state, "", due_at, context).map(Event::UrgeWritten),
        SupervisionStep::Order => order::by_clock(state, next.due_at, context),
        SupervisionStep::Notice => notice::by_clock(state, next.due_at, context),
        SupervisionStep::Interview | SupervisionStep::Listing => listing::propose(state, next.due_at),
    };
    // What cannot be done is not waited for.
    vec![events.unwrap_or(Event::SupervisionTimed(SupervisionTimed { next: None }))]
}

/// 催办 by a person: once for a limit; the clock does not do it again.
pub(super) fn urge(state: &State, reason: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    not_taken(state, SupervisionStep::Urge)?;
    Ok(vec![Event::CaseUrged(sent(state, reason, None, context)?)])
}

/// 催办通知书 by a person.
pub(super) fn write(state: &State, reason: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    not_taken(state, SupervisionStep::WrittenUrge)?;
    Ok(vec![Event::UrgeWritten(sent(state, reason, None, context)?)])
}

/// Each step is taken once for a limit.
pub(super) fn not_taken(state: &State, step: SupervisionStep) -> Result<(), Rejection> {
    match state.supervision.taken.get(&step) {
        Some(_) => Err(Rejection::about(Code::StepTaken, step.zh())),
        None => Ok(()),
    }
}

fn sent(
    state: &State,
    reason: &str,
    due_at: Option<Timestamp>,
    context: &Context<'_>,
) -> Result<UrgeSent, Rejection> {
    let unit = lead(state)?;
    let copied = superior(state, &unit, context);
    Ok(UrgeSent { unit, copied, due_at, at: context.occurred_at, reason: redact::reason(reason), next: None })
}

#[cfg(test)]
mod specs {
    use crate::case::event::SupervisionStep;
    use crate::case::spec::*;
    use crate::case::{Code, Command, Event, Supervise};

    /// Each step with the instant at which the clock had it due.
    fn steps(events: &[Event]) -> Vec<(SupervisionStep, String)> {
        let due = |at: &Option<jiff::Timestamp>| {
            at.map(|at| at.to_zoned(rules().calendar.zone().clone()).strftime("%m-%d %H:%M").to_string())
        };
        let step = |event: &Event| match event {
            Event::CaseUrged(e) => Some((SupervisionStep::Urge, due(&e.due_at)?)),
            Event::UrgeWritten(e) => Some((SupervisionStep::WrittenUrge, due(&e.due_at)?)),
            Event::SupervisionIssued(e) => Some((SupervisionStep::Order, due(&e.due_at)?)),
            Event::NoticeDrafted(e) => Some((SupervisionStep::Notice, due(&e.due_at)?)),
            _ => None,
        };
        events.iter().filter_map(step).collect()
    }

    fn whole() -> Vec<(SupervisionStep, String)> {
        [
            (SupervisionStep::Urge, "11-27 17:30"),
            (SupervisionStep::WrittenUrge, "11-30 17:30"),
            (SupervisionStep::Order, "12-02 17:30"),
            (SupervisionStep::Notice, "12-04 17:30"),
        ]
        .map(|(step, at)| (step, at.to_owned()))
        .into()
    }

    fn late() -> Given {
        spec().given(&[street_case(), Command::Sign])
    }

    pub(super) fn supervise(command: Supervise) -> Command {
        Command::Supervise(command)
    }

    fn urge() -> Command {
        supervise(Supervise::Urge { reason: String::new() })
    }

    #[test]
    fn a_case_left_alone_is_urged_urged_in_writing_ordered_and_put_down_for_a_notice_once_each() {
        assert_eq!(steps(&late().run_deadlines_until("2027-06-01T10:00:00+08:00")), whole());
    }

    #[test]
    fn what_was_missed_while_the_service_stood_comes_once_each_in_order() {
        let events = late().after_deadlines_until("2026-12-01T09:00:00+08:00");
        let events = events.run_deadlines_until("2027-06-01T10:00:00+08:00");
        assert_eq!(steps(&events), whole()[2..], "no step is taken twice");
    }

    #[test]
    fn the_urge_goes_to_the_unit_and_in_writing_a_copy_to_its_superior() {
        let events = late().run_deadlines_until("2026-12-01T10:00:00+08:00");
        let written = events.iter().find_map(|event| match event {
            Event::UrgeWritten(e) => Some((e.unit.clone(), e.copied.clone())),
            _ => None,
        });
        let above = rules().org.unit(&street()).and_then(|unit| unit.parent.clone());
        assert_eq!(written, Some((street(), above.into_iter().collect())));
    }

    #[test]
    fn a_person_who_is_quicker_makes_the_clock_skip_that_step_and_no_other() {
        let early = late().given(&[urge()]).run_deadlines_until("2027-06-01T10:00:00+08:00");
        assert_eq!(steps(&early), whole()[1..]);
        late().given(&[urge()]).when(urge()).then_rejected(Code::StepTaken);
        let order = supervise(Supervise::IssueSupervision {
            facts: String::new(),
            asks: String::new(),
            within: None,
        });
        let red = || late().after_deadlines_until("2026-11-27T18:00:00+08:00");
        let ordered = red().given(&[order]).run_deadlines_until("2027-06-01T10:00:00+08:00");
        assert_eq!(steps(&ordered), [whole()[1].clone(), whole()[3].clone()]);
    }

    #[test]
    fn a_result_that_is_handed_in_ends_it_and_one_that_does_not_hold_goes_on_without_the_time_of_the_check() {
        let red = || late().after_deadlines_until("2026-11-30T10:00:00+08:00").given(&[result()]);
        assert_eq!(steps(&red().run_deadlines_until("2027-06-01T10:00:00+08:00")), []);
        let failed = Command::Verify { passed: false, reason: "仍有垃圾".into() };
        let again = red().after_deadlines_until("2026-12-02T10:00:00+08:00").given(&[failed]);
        let on: Vec<_> = steps(&again.run_deadlines_until("2027-06-01T10:00:00+08:00"));
        let on: Vec<&str> = on.iter().map(|(_, at)| at.as_str()).collect();
        assert_eq!(on, ["12-02 17:30", "12-04 17:30", "12-08 17:30"], "the time of the check does not count");
    }

    #[test]
    fn a_pause_after_the_limit_moves_the_steps_that_are_left() {
        let pause = Command::Suspend {
            reason: "等产权确认".into(),
            review_at: at("2027-03-01T09:00:00+08:00"),
            complainant_told: true,
        };
        let paused =
            || late().after_deadlines_until("2026-12-01T10:00:00+08:00").given(std::slice::from_ref(&pause));
        assert_eq!(steps(&paused().run_deadlines_until("2027-02-01T10:00:00+08:00")), []);
        let resumed = paused().after_deadlines_until("2026-12-03T10:00:00+08:00").given(&[Command::Resume]);
        let on = steps(&resumed.run_deadlines_until("2027-06-01T10:00:00+08:00"));
        assert_eq!(on[0], (SupervisionStep::Order, "12-04 17:30".to_owned()), "two days later");
        assert_eq!(on.len(), 2, "what was done before the pause is not done again");
    }

    #[test]
    fn a_new_round_has_a_ladder_of_its_own() {
        let round = || {
            late()
                .after_deadlines_until("2026-12-03T10:00:00+08:00")
                .given(&[result(), passed(), callback(true)])
                .after_deadlines_until("2026-12-07T10:00:00+08:00")
                .given(&[reopen()])
        };
        let again = steps(&round().run_deadlines_until("2027-06-01T10:00:00+08:00"));
        let again: Vec<SupervisionStep> = again.into_iter().map(|(step, _)| step).collect();
        // The order of the first round is open still: it is not issued a second time.
        let expected = [SupervisionStep::Urge, SupervisionStep::WrittenUrge, SupervisionStep::Notice];
        assert_eq!(again, expected);
    }
}
