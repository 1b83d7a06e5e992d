//! 退单、异议、延期、挂账: what a unit may ask for, and who decides it. One file a rule.

mod amend;
mod claim;
mod command;
mod extension;
mod ladder;
mod objection;
mod region;
mod returns;
mod suspension;

pub(super) use claim::free_for;
pub use command::Hand;
pub use region::{Ask, Asked, Hands};
pub(super) use region::{evolve, extended, settle};

use super::clocks::{self, Due};
use super::event::{CloseMode, Event, OutsideAsked};
use super::handle;
use super::rejection::{Code, Rejection};
use super::state::State;
use crate::calendar::Budget;
use crate::context::Context;
use crate::ids::UnitId;
use crate::policy::Matter;

/// Judges a command of those hands.
pub(super) fn decide(state: &State, command: &Hand, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    match command {
        Hand::RequestReturn { reason, note, suggested } => {
            returns::request(state, *reason, note, suggested.as_ref(), context)
        }
        Hand::ApproveReturn { note } => returns::approve(state, note, context),
        Hand::RejectReturn { reason } => returns::reject(state, reason, context),
        Hand::RaiseObjection { reason, suggested } => {
            objection::raise(state, reason, suggested.as_ref(), context)
        }
        Hand::Adjudicate { unit, reason } => objection::adjudicate(state, unit.as_ref(), reason, context),
        Hand::DesignateFinal { unit, reason } => objection::designate(state, unit.as_ref(), reason, context),
        Hand::RequestExtension { by, reason, complainant_told } => {
            extension::request(state, *by, reason, *complainant_told, context)
        }
        Hand::ApproveExtension => extension::approve(state, context),
        Hand::RefuseExtension { reason } => extension::refuse(state, reason, context),
        Hand::ApplySuspension { reason, review_at, complainant_told } => {
            suspension::apply(state, reason, *review_at, *complainant_told, context)
        }
        Hand::ApproveSuspension => suspension::approve(state, context),
        Hand::RefuseSuspension { reason } => suspension::refuse(state, reason, context),
        Hand::Deescalate { to, reason, resources } => {
            ladder::deescalate(state, *to, reason, resources, context)
        }
        Hand::ClaimTask => claim::claim(state, context),
        Hand::DelegateTask { to } => claim::delegate(state, to, context),
        Hand::ReleaseClaim => claim::release(state, context),
        Hand::AmendReply { reply, reason } => amend::amend(state, reply, reason, context),
    }
}

/// What the sending system itself decided, carried out here.
pub(super) use extension::refused as extension_refused;
pub(super) use returns::{approved as return_approved, rejected as return_rejected};

/// The unit in whose name the lead acts: nobody else returns or objects.
fn acting_lead(state: &State, context: &Context<'_>) -> Result<UnitId, Rejection> {
    let unit = handle::acting_unit(state, context)?;
    if state.lead.as_ref() == Some(&unit) { Ok(unit) } else { Err(Rejection::about(Code::NotYourUnit, unit)) }
}

/// One request at a time.
fn nothing_asked_yet(state: &State) -> Result<(), Rejection> {
    if state.hands.asked.is_some() { Err(Code::RequestPending.into()) } else { Ok(()) }
}

/// What was asked, where this actor may decide it: neither who asked, nor anybody of that unit.
fn asked<'s>(state: &'s State, context: &Context<'_>) -> Result<&'s Asked, Rejection> {
    let asked = state.hands.asked.as_ref().ok_or(Code::NothingAsked)?;
    let actor = context.actor;
    if actor.id == asked.by || actor.unit.as_ref() == Some(&asked.unit) {
        return Err(Code::AskerCannotDecide.into());
    }
    Ok(asked)
}

fn with_reason(reason: &str) -> Result<String, Rejection> {
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    Ok(crate::intake::redact::reason(reason))
}

/// Limit for a decision of our own; none where the sending system decides.
fn decide_by(state: &State, matter: Option<Matter>, context: &Context<'_>) -> Result<Option<Due>, Rejection> {
    if matter.is_some_and(|matter| decided_outside(state, matter, context)) {
        return Ok(None);
    }
    clocks::due(context.rules, context.occurred_at, Some(&context.rules.policy.sla.decide))
}

/// Whether this is for the sending system to decide.
pub(super) fn decided_outside(state: &State, matter: Matter, context: &Context<'_>) -> bool {
    context.rules.policy.sla.source(&state.source).is_some_and(|source| source.decides.contains(&matter))
}

/// The unit asked for more time.
pub(super) fn asks_for_time(state: &State) -> bool {
    matches!(&state.hands.asked, Some(Asked { what: Ask::Extension { .. }, .. }))
}

/// What is not ours to decide is refused to people here.
pub(super) fn ours(state: &State, matter: Matter, context: &Context<'_>) -> Result<(), Rejection> {
    if decided_outside(state, matter, context) {
        return Err(Rejection::about(Code::DecidedOutside, &state.source));
    }
    Ok(())
}

/// The case waits for the sending system, with a clock of its own; none where the decision is ours.
pub(super) fn ask_outside(
    state: &State,
    matter: Matter,
    mode: Option<CloseMode>,
    length: Option<Budget>,
    reason: &str,
    context: &Context<'_>,
) -> Result<Option<Event>, Rejection> {
    let sla = &context.rules.policy.sla;
    let Some(source) = sla.source(&state.source).filter(|source| source.decides.contains(&matter)) else {
        return Ok(None);
    };
    let answer = clocks::due(context.rules, context.occurred_at, source.answer.as_ref())?;
    Ok(Some(Event::OutsideAsked(OutsideAsked {
        matter,
        mode,
        length,
        reason: crate::intake::redact::reason(reason),
        answer,
    })))
}

#[cfg(test)]
mod specs {
    use crate::case::event::{CloseMode, OutsideDecision, ReturnReason, Satisfaction};
    use crate::case::spec::*;
    use crate::case::{Code, Command, Event, Hand, Life};

    fn rate(solved: bool) -> Command {
        let satisfaction = Satisfaction::FairlySatisfied;
        Command::Rate { contacted: true, solved, satisfaction, rated_at: None, said: Default::default() }
    }

    fn decide(decision: OutsideDecision, until: Option<&str>) -> Command {
        Command::DecideOutside { decision, until: until.map(at), reason: "市中心意见".into() }
    }

    #[test]
    fn the_city_decides_a_return_that_was_put_to_it() {
        let back = hand(Hand::RequestReturn {
            reason: ReturnReason::NotOurDuty,
            note: String::new(),
            suggested: None,
        });
        let events = spec()
            .given(&[city_case()])
            .by_handler()
            .when(back.clone())
            .then_named(&["ReturnRequested", "OutsideAsked"]);
        assert_eq!(state_of(&events).life, Life::AwaitingOutside);
        let given = [city_case(), back.clone()];
        let ours = hand(Hand::ApproveReturn { note: String::new() });
        spec().given(&given).when(ours).then_rejected(Code::AwaitsOutside);
        let approved = decide(OutsideDecision::ReturnApproved, None);
        let events =
            spec().given(&given).when(approved.clone()).then_named(&["DecidedOutside", "ReturnApproved"]);
        assert_eq!(state_of(&events).life, Life::PendingDispatch);
        let refused = decide(OutsideDecision::ReturnRefused, None);
        let events = spec().given(&given).when(refused).then_named(&["DecidedOutside", "ReturnRejected"]);
        assert_eq!(state_of(&events).life, Life::Dispatched);
        spec().given(&[city_case()]).when(approved).then_rejected(Code::NothingAsked);
    }

    #[test]
    fn where_the_city_asks_the_resident_and_closes_we_wait_for_both() {
        let worked = [city_case(), Command::Sign, result()];
        let events = spec().given(&worked).when(passed()).then_named(&["VerificationPassed", "OutsideAsked"]);
        assert_eq!(state_of(&events).life, Life::AwaitingOutside);
        let checked = [&worked[..], &[passed()]].concat();
        spec().given(&checked).when(callback(true)).then_rejected(Code::AwaitsOutside);
        let events = spec().given(&checked).when(rate(true)).then_named(&[
            "CaseRated",
            "CallbackCompleted",
            "OutsideAsked",
        ]);
        assert_eq!(state_of(&events).life, Life::AwaitingOutside, "solved, and theirs to close");
        let rated = [&checked[..], &[rate(true)]].concat();
        let confirmed = decide(OutsideDecision::ClosingConfirmed, None);
        let events =
            spec().given(&rated).when(confirmed.clone()).then_named(&["DecidedOutside", "CaseClosed"]);
        assert!(matches!(&events[1], Event::CaseClosed(e) if e.mode == CloseMode::Solved));
        let refused = decide(OutsideDecision::ClosingRefused, None);
        spec().given(&rated).when(refused).then_named(&["DecidedOutside", "CaseReopened"]);
        let unsolved = [
            &checked[..],
            &[rate(false), Command::Close { mode: CloseMode::Explained, reason: "已说明".into() }],
        ]
        .concat();
        let events = spec().given(&unsolved).when(confirmed).then_named(&["DecidedOutside", "CaseClosed"]);
        assert!(matches!(&events[1], Event::CaseClosed(e) if e.mode == CloseMode::Explained));
    }
}
