//! 撤单、评价、市级时限、市级裁定: what the system that sent a case does to it afterwards.
//!
//! The intake names the case by that system's own id, so nobody reaches a case that another one sent.

use jiff::Timestamp;

use super::callback;
use super::clocks::{self, ResolveClock};
use super::event::{
    CaseClosed, CaseRated, CaseWithdrawn, CloseMode, DecidedOutside, Event, ExtensionGranted,
    OutsideDecision, OutsideDueSet, Said, Satisfaction,
};
use super::hands;
use super::rejection::{Code, Rejection};
use super::state::{Life, State};
use super::verify;
use crate::calendar::Budget;
use crate::context::Context;
use crate::intake::redact;
use crate::policy::Matter;

/// 撤单: the case ends, wherever it stands.
pub(super) fn withdraw(reason: &str) -> Vec<Event> {
    vec![
        Event::CaseWithdrawn(CaseWithdrawn { reason: redact::reason(reason) }),
        Event::CaseClosed(CaseClosed::of(CloseMode::Withdrawn)),
    ]
}

/// 群众评价: the resident has been asked there, or says it unasked. Where our own callback is due, this is it;
/// likewise where none was made, because the case was not drawn or nobody was reached.
pub(super) fn rate(
    state: &State,
    (contacted, solved, satisfaction): (bool, bool, Satisfaction),
    rated_at: Option<Timestamp>,
    said: &Said,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let mut events = vec![Event::CaseRated(CaseRated { contacted, solved, satisfaction, rated_at })];
    let missed = matches!(state.closed_as, Some(CloseMode::NotSampled | CloseMode::InvalidCallback));
    if state.life == Life::PendingCallback || awaits(state, Matter::Rating) || missed {
        let answers = (contacted, solved, satisfaction);
        events.extend(callback::record(state, answers, said, context)?);
    }
    Ok(events)
}

/// 市级时限: caps ours, so a clock that runs already is counted again. One that was set before the one
/// we know, and comes after it, changes nothing.
pub(super) fn set_due(
    state: &State,
    due_at: Timestamp,
    set_at: Option<Timestamp>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let set_at = set_at.unwrap_or(context.occurred_at);
    if state.outside_due_set_at.is_some_and(|known| set_at < known) {
        return Ok(Vec::new());
    }
    let resolve = match (&state.resolve, state.start) {
        (Some(clock), Some(start)) => {
            let moved = ResolveClock { outside_due_at: Some(due_at), ..clock.clone() };
            Some(clocks::recount(&moved, start, None, None, context)?)
        }
        _ => None,
    };
    Ok(vec![Event::OutsideDueSet(OutsideDueSet { due_at, set_at: Some(set_at), resolve })])
}

/// 市级裁定, and what follows from it here.
pub(super) fn decide(
    state: &State,
    decision: OutsideDecision,
    until: Option<Timestamp>,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let follows = match decision {
        OutsideDecision::ExtensionGranted => extended(state, until, reason, context)?,
        OutsideDecision::ExtensionRefused => {
            running(state)?;
            hands::extension_refused(state, reason).into_iter().collect()
        }
        OutsideDecision::ReturnApproved => vec![hands::return_approved(state, reason, context)?],
        OutsideDecision::ReturnRefused => vec![hands::return_rejected(state, reason, context)?],
        OutsideDecision::ClosingConfirmed => confirmed(state)?,
        OutsideDecision::ClosingRefused => sent_back(state, reason, context)?,
    };
    let decided = DecidedOutside { decision, until, reason: redact::reason(reason) };
    Ok([vec![Event::DecidedOutside(decided)], follows].concat())
}

/// The case waits for the sending system to decide this.
fn awaits(state: &State, matter: Matter) -> bool {
    matches!(state.hands.outside, Some((asked, _)) if asked == matter)
}

/// An extension concerns a case that is being worked on.
fn running(state: &State) -> Result<(), Rejection> {
    match state.life {
        Life::Dispatched | Life::InProgress => Ok(()),
        Life::ReturnPending => Err(Code::ReturnIsPending.into()),
        Life::AwaitingOutside if awaits(state, Matter::Extension) => Ok(()),
        Life::AwaitingOutside => Err(Code::AwaitsOutside.into()),
        Life::Closed => Err(Code::CaseIsClosed.into()),
        _ => Err(Code::AlreadyHandled.into()),
    }
}

/// The limit moves to the instant that was granted, by as many units of our own clock as reach it: so
/// amber and the ladder are counted as ever, and the page can explain them.
fn extended(
    state: &State,
    until: Option<Timestamp>,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    running(state)?;
    let (Some(clock), Some(start)) = (&state.resolve, state.start) else {
        return Err(Code::NotDispatched.into());
    };
    let until = until.filter(|until| *until > clock.due_at).ok_or(Code::NotAnExtension)?;
    let granted = ResolveClock { outside_due_at: Some(until), ..clock.clone() };
    let by = reaching(clock, until, context)?;
    let resolve = clocks::recount(&granted, start, by, None, context)?;
    Ok(vec![Event::ExtensionGranted(ExtensionGranted { reason: redact::reason(reason), resolve })])
}

/// The least extension in the clock's own unit with which it reaches this instant; none where it does
/// already.
fn reaching(
    clock: &ResolveClock,
    until: Timestamp,
    context: &Context<'_>,
) -> Result<Option<Budget>, Rejection> {
    let budget = |amount| Budget::of(clock.budget.unit(), amount);
    let reaches = |amount| {
        let mut longer = clock.clone();
        longer.extensions.extend((amount > 0).then(|| budget(amount)));
        clocks::explain(context.rules, &longer).map(|counted| counted.due_at >= until)
    };
    if reaches(0)? {
        return Ok(None);
    }
    let (mut short, mut enough) = (0_u32, 1_u32);
    while !reaches(enough)? {
        short = enough;
        enough = enough.checked_mul(2).ok_or(Code::ClockUncountable)?;
    }
    while enough - short > 1 {
        let middle = short + (enough - short) / 2;
        if reaches(middle)? { enough = middle } else { short = middle }
    }
    Ok(Some(budget(enough)))
}

fn confirmed(state: &State) -> Result<Vec<Event>, Rejection> {
    let closed = |mode| Ok(vec![Event::CaseClosed(CaseClosed::of(mode))]);
    match state.life {
        Life::PendingCallback => closed(CloseMode::Solved),
        Life::AwaitingOutside if state.handled_at.is_some() => {
            let mode = state.hands.outside.and_then(|(_, mode)| mode);
            closed(mode.unwrap_or(CloseMode::Solved))
        }
        Life::CalledBack => closed(CloseMode::Explained),
        Life::Closed => Ok(Vec::new()),
        Life::Handled => Err(Code::NotVerified.into()),
        _ => Err(Code::NoResultYet.into()),
    }
}

/// Back to work. How often we would reopen it ourselves is no limit to the city.
fn sent_back(state: &State, reason: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    match state.life {
        Life::Handled => verify::decide(state, false, reason, context),
        Life::PendingCallback | Life::CalledBack | Life::Closed => {
            callback::once_more(state, reason, context)
        }
        Life::AwaitingOutside if state.handled_at.is_some() => callback::once_more(state, reason, context),
        _ => Err(Code::NoResultYet.into()),
    }
}

#[cfg(test)]
mod specs {
    use crate::case::event::{CloseMode, OutsideDecision, Satisfaction};
    use crate::case::spec::*;
    use crate::case::{Code, Command, Event, Life};

    const TOMORROW: &str = "2026-11-21T10:00:00+08:00";

    fn withdraw() -> Command {
        Command::Withdraw { reason: "来电人要求撤销".into() }
    }

    fn due(at_time: &str) -> Command {
        Command::SetOutsideDue { due_at: at(at_time), set_at: None }
    }

    fn due_set(at_time: &str, set_at: &str) -> Command {
        Command::SetOutsideDue { due_at: at(at_time), set_at: Some(at(set_at)) }
    }

    fn rate(solved: bool) -> Command {
        let satisfaction = Satisfaction::FairlySatisfied;
        Command::Rate { contacted: true, solved, satisfaction, rated_at: None, said: Default::default() }
    }

    fn decide(decision: OutsideDecision, until: Option<&str>) -> Command {
        Command::DecideOutside { decision, until: until.map(at), reason: "市中心意见".into() }
    }

    fn checked() -> Vec<Command> {
        vec![register(), Command::Sign, result(), passed()]
    }

    #[test]
    fn a_withdrawn_case_is_closed_wherever_it_stands_and_waits_for_nothing() {
        let suspend = Command::Suspend {
            reason: "等待配件".into(),
            review_at: at("2027-03-01T09:00:00+08:00"),
            complainant_told: true,
        };
        let mut triage = register_fields();
        triage.place = None;
        for given in [
            vec![Command::Register(Box::new(triage))],
            vec![register()],
            vec![register(), suspend],
            vec![register(), Command::Sign, result()],
            checked(),
        ] {
            let events = spec().given(&given).when(withdraw()).then_named(&["CaseWithdrawn", "CaseClosed"]);
            assert!(matches!(&events[1], Event::CaseClosed(e) if e.mode == CloseMode::Withdrawn));
            let state = state_of(&events);
            assert_eq!((state.life, state.next_deadline()), (Life::Closed, None));
        }
        spec().given(&[register(), withdraw()]).when(withdraw()).then_rejected(Code::CaseIsClosed);
        spec().given(&[recorded()]).when(withdraw()).then_rejected(Code::CaseIsRecorded);
    }

    #[test]
    fn an_earlier_outside_due_time_pulls_the_limit_the_ladder_and_the_next_deadline_in() {
        let before = state_of(&spec().when(street_case()).events());
        let events = spec().given(&[street_case()]).when(due(TOMORROW)).then_named(&["OutsideDueSet"]);
        let after = state_of(&events);
        let clock = after.resolve.clone().expect("a clock");
        assert!(before.resolve.expect("a clock").due_at > clock.due_at);
        assert_eq!(clock.due_at, at(TOMORROW));
        assert!(clock.amber_at <= clock.due_at && clock.steps.iter().all(|step| step.at <= clock.due_at));
        assert!(after.next_deadline().expect("a deadline").due_at <= at(TOMORROW));
    }

    #[test]
    fn a_later_outside_due_time_never_moves_the_limit_past_our_own() {
        let before = state_of(&spec().when(register()).events());
        let given = [register(), due("2026-11-20T11:00:00+08:00")];
        let events = spec().given(&given).when(due("2027-06-01T10:00:00+08:00")).events();
        assert_eq!(state_of(&events).resolve.map(|c| c.due_at), before.resolve.map(|c| c.due_at));
    }

    #[test]
    fn an_older_outside_due_time_that_comes_later_changes_nothing() {
        let newer = due_set(TOMORROW, "2026-11-20T10:30:00+08:00");
        let older = due_set("2026-11-20T18:00:00+08:00", "2026-11-20T10:29:00+08:00");
        spec().given(&[street_case(), newer.clone()]).when(older.clone()).then_named(&[]);
        spec().given(&[street_case(), older]).when(newer).then_named(&["OutsideDueSet"]);
    }

    #[test]
    fn an_outside_due_time_that_came_before_the_dispatch_caps_it() {
        let mut desk = register_fields();
        desk.dispatch_at_once = false;
        let given = [Command::Register(Box::new(desk)), due("2026-11-20T11:00:00+08:00")];
        let events = spec().given(&given).when(Command::Dispatch { unit: None }).events();
        assert_eq!(
            state_of(&events).resolve.map(|clock| clock.due_at),
            Some(at("2026-11-20T11:00:00+08:00"))
        );
        spec().given(&[register(), withdraw()]).when(due(TOMORROW)).then_rejected(Code::CaseIsClosed);
    }

    #[test]
    fn a_rating_is_the_callback_where_one_is_due_and_a_note_where_none_is() {
        spec().given(&checked()).when(rate(true)).then_named(&[
            "CaseRated",
            "CallbackCompleted",
            "CaseClosed",
        ]);
        let events =
            spec().given(&checked()).when(rate(false)).then_named(&["CaseRated", "CallbackCompleted"]);
        assert_eq!(state_of(&events).life, Life::CalledBack);
        let handled = [register(), Command::Sign, result()];
        spec().given(&handled).when(rate(true)).then_named(&["CaseRated"]);
        spec()
            .given(&[&checked()[..], &[callback(true)]].concat())
            .when(rate(false))
            .then_named(&["CaseRated"]);
        spec().given(&[register()]).when(rate(true)).then_rejected(Code::NoResultYet);
    }

    #[test]
    fn a_granted_extension_moves_the_limit_to_the_instant_that_was_granted() {
        let until = "2026-12-30T15:00:00+08:00";
        let granted = decide(OutsideDecision::ExtensionGranted, Some(until));
        let events = spec()
            .given(&[street_case()])
            .when(granted.clone())
            .then_named(&["DecidedOutside", "ExtensionGranted"]);
        let state = state_of(&events);
        let clock = state.resolve.expect("a clock");
        assert_eq!((clock.due_at, state.outside_due_at), (at(until), Some(at(until))));
        assert_eq!(clock.extensions.len(), 1);
        assert!(clock.amber_at < clock.due_at);
        spec().given(&[street_case(), granted.clone()]).when(granted).then_rejected(Code::NotAnExtension);
    }

    #[test]
    fn a_refused_extension_changes_no_clock() {
        let refused = decide(OutsideDecision::ExtensionRefused, None);
        let before = state_of(&spec().when(register()).events()).resolve;
        let events = spec().given(&[register()]).when(refused.clone()).then_named(&["DecidedOutside"]);
        assert_eq!(state_of(&events).resolve, before);
        spec()
            .given(&[register(), Command::Sign, result()])
            .when(refused)
            .then_rejected(Code::AlreadyHandled);
    }

    #[test]
    fn a_confirmed_closing_closes_and_a_refused_one_sends_the_case_back() {
        let confirmed = decide(OutsideDecision::ClosingConfirmed, None);
        let refused = decide(OutsideDecision::ClosingRefused, None);
        let handled = [register(), Command::Sign, result()];
        spec().given(&checked()).when(confirmed.clone()).then_named(&["DecidedOutside", "CaseClosed"]);
        spec().given(&handled).when(confirmed.clone()).then_rejected(Code::NotVerified);
        spec().given(&[register()]).when(confirmed.clone()).then_rejected(Code::NoResultYet);
        let closed = [&checked()[..], &[callback(true)]].concat();
        spec().given(&closed).when(confirmed).then_named(&["DecidedOutside"]);
        spec().given(&handled).when(refused.clone()).then_named(&["DecidedOutside", "VerificationFailed"]);
        let events =
            spec().given(&closed).when(refused.clone()).then_named(&["DecidedOutside", "CaseReopened"]);
        assert_eq!(state_of(&events).life, Life::InProgress);
        // Ours is one reopening; the city may send it back as often as it will.
        let again = [&closed[..], &[refused.clone(), result(), passed(), callback(true)]].concat();
        spec().given(&again).when(refused).then_named(&["DecidedOutside", "CaseReopened"]);
    }
}
