//! 退单: a unit sends the case back, in the window of its class; somebody else decides.
//!
//! The resident's clock runs on all the while, and the next unit goes on with what is left of it.

use crate::case::clocks;
use crate::case::event::{Event, ReturnApproved, ReturnReason, ReturnRejected, ReturnRequested};
use crate::case::rejection::{Code, Rejection};
use crate::case::state::State;
use crate::context::Context;
use crate::ids::UnitId;
use crate::intake::redact;
use crate::policy::Matter;

use super::region::Ask;
use super::{acting_lead, ask_outside, asked, decide_by, nothing_asked_yet, with_reason};

/// 退单
pub(super) fn request(
    state: &State,
    reason: ReturnReason,
    note: &str,
    suggested: Option<&UnitId>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let unit = acting_lead(state, context)?;
    nothing_asked_yet(state)?;
    not_settled(state, &unit)?;
    known(suggested, context)?;
    let sla = &context.rules.policy.sla;
    let window = state.hands.return_by.as_ref().ok_or(Code::ReturnNotAllowed)?;
    if context.occurred_at > window.due_at {
        return Err(Rejection::about(Code::ReturnTooLate, window.budget));
    }
    if state.hands.returns >= u32::from(sla.return_limit) {
        return Err(Rejection::about(Code::ReturnLimit, sla.return_limit));
    }
    let said =
        if note.trim().is_empty() { reason.zh().to_owned() } else { format!("{}：{note}", reason.zh()) };
    let requested = Event::ReturnRequested(ReturnRequested {
        unit,
        by: context.actor.id.clone(),
        reason,
        note: redact::reason(note),
        suggested: suggested.cloned(),
        decide: decide_by(state, Some(Matter::Return), context)?,
    });
    let outside = ask_outside(state, Matter::Return, None, None, &said, context)?;
    Ok(std::iter::once(requested).chain(outside).collect())
}

/// What was designated or adjudicated is not asked again (潍坊 §22).
pub(super) fn not_settled(state: &State, unit: &UnitId) -> Result<(), Rejection> {
    if state.hands.is_final(unit) {
        return Err(Rejection::about(Code::FinallyDesignated, unit));
    }
    if state.hands.adjudicated {
        return Err(Rejection::about(Code::AlreadyAdjudicated, unit));
    }
    Ok(())
}

pub(super) fn known(unit: Option<&UnitId>, context: &Context<'_>) -> Result<(), Rejection> {
    match unit {
        Some(unit) if context.rules.org.unit(unit).is_none() => {
            Err(Rejection::about(Code::UnknownUnit, unit))
        }
        _ => Ok(()),
    }
}

/// 同意退单
pub(super) fn approve(state: &State, note: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    asked(state, context)?;
    Ok(vec![approved(state, note, context)?])
}

/// 驳回退单
pub(super) fn reject(state: &State, reason: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    asked(state, context)?;
    with_reason(reason)?;
    Ok(vec![rejected(state, reason, context)?])
}

/// The return that was asked for is granted, by whomever: the case waits for its next dispatch.
pub(in crate::case) fn approved(
    state: &State,
    note: &str,
    context: &Context<'_>,
) -> Result<Event, Rejection> {
    let (unit, _) = the_return(state)?;
    let limits = clocks::limits(state, context);
    Ok(Event::ReturnApproved(ReturnApproved {
        unit: unit.clone(),
        note: redact::reason(note),
        dispatch: clocks::due(context.rules, context.occurred_at, limits.dispatch.as_ref())?,
    }))
}

/// It is refused, by whomever: the unit goes on, with new limits for what it had not done yet.
pub(in crate::case) fn rejected(
    state: &State,
    reason: &str,
    context: &Context<'_>,
) -> Result<Event, Rejection> {
    let (_, (sign, contact)) = the_return(state)?;
    let limits = clocks::limits(state, context);
    let due = |budget| clocks::due(context.rules, context.occurred_at, budget);
    Ok(Event::ReturnRejected(ReturnRejected {
        reason: redact::reason(reason),
        sign: due(limits.sign.as_ref().filter(|_| sign))?,
        contact: due(limits.contact.as_ref().filter(|_| contact))?,
        object_by: due(limits.return_within.as_ref())?,
    }))
}

fn the_return(state: &State) -> Result<(&UnitId, (bool, bool)), Rejection> {
    match &state.hands.asked {
        Some(super::Asked { what: Ask::Return { sign, contact }, unit, .. }) => Ok((unit, (*sign, *contact))),
        _ => Err(Code::NothingAsked.into()),
    }
}

#[cfg(test)]
mod specs {
    use crate::case::clocks::DeadlineName;
    use crate::case::event::ReturnReason;
    use crate::case::spec::*;
    use crate::case::{Code, Command, Event, Hand, Life};
    use crate::ids::Rung;

    fn sent_back() -> Command {
        let note = "该地块属隔壁网格".to_owned();
        hand(Hand::RequestReturn { reason: ReturnReason::OutsideArea, note, suggested: Some(other_grid()) })
    }

    fn approve() -> Command {
        hand(Hand::ApproveReturn { note: String::new() })
    }

    fn reject() -> Command {
        hand(Hand::RejectReturn { reason: "地址在本网格".into() })
    }

    fn to_neighbour() -> Command {
        Command::Dispatch { unit: Some(other_grid()) }
    }

    #[test]
    fn a_unit_sends_a_case_back_and_the_dispatcher_gives_it_to_another_unit() {
        let events =
            spec().given(&[register()]).by_handler().when(sent_back()).then_named(&["ReturnRequested"]);
        assert_eq!(state_of(&events).life, Life::ReturnPending);
        let events = spec().given(&[register(), sent_back()]).when(approve()).then_named(&["ReturnApproved"]);
        let state = state_of(&events);
        assert_eq!((state.life, state.lead), (Life::PendingDispatch, Some(grid())), "lead until it moves");
        let events = spec()
            .given(&[register(), sent_back(), approve()])
            .when(to_neighbour())
            .then_named(&["CaseDispatched"]);
        let state = state_of(&events);
        assert_eq!((state.life, state.lead), (Life::Dispatched, Some(other_grid())));
    }

    #[test]
    fn reassignment_never_resets_the_complainants_clock_and_the_new_unit_has_limits_of_its_own() {
        let before = state_of(&spec().when(register()).events());
        let monday = "2026-11-23T10:00:00+08:00";
        let events = spec()
            .given(&[register(), sent_back(), approve()])
            .after_deadlines_until(monday)
            .when(to_neighbour())
            .events();
        let after = state_of(&events);
        let (old, new) = (before.resolve.expect("a clock"), after.resolve.clone().expect("a clock"));
        assert_eq!((new.from, new.due_at, new.amber_at), (old.from, old.due_at, old.amber_at));
        let limit = |name| after.dues.iter().find(|(armed, _)| *armed == name).map(|(_, due)| due.from);
        assert_eq!(limit(DeadlineName::Sign), Some(at(monday)));
        assert_eq!(limit(DeadlineName::Contact), Some(at(monday)));
        assert!(new.steps.iter().all(|step| step.at > at(monday)), "the ladder is climbed with what is left");
        assert!(new.steps.windows(2).all(|pair| pair[0].at <= pair[1].at));
    }

    #[test]
    fn a_clock_that_has_run_out_stays_run_out_and_goes_to_the_district_at_once() {
        let late = "2027-01-20T10:00:00+08:00";
        let designate = hand(Hand::DesignateFinal { unit: Some(other_grid()), reason: "属地".into() });
        let events = spec().given(&[register()]).after_deadlines_until(late).when(designate).events();
        let state = state_of(&events);
        assert!(state.red_told && state.amber_told, "told once, not again");
        assert_eq!(state.resolve.map(|clock| clock.steps.len()), Some(1));
        assert_eq!(state.rung, Some(Rung::Grid));
    }

    #[test]
    fn the_window_of_the_class_is_the_window_for_returns() {
        let tuesday = "2026-11-24T10:00:00+08:00";
        spec()
            .given(&[register()])
            .after_deadlines_until(tuesday)
            .by_handler()
            .when(sent_back())
            .then_rejected_about(Code::ReturnTooLate, "1wd");
        let mut gas = register_fields();
        gas.item = Some(crate::ids::ItemCode::new("0702"));
        let urgent = rules().policy.catalogue.items().iter().find(|item| item.sla_class == "U1");
        if let Some(urgent) = urgent {
            gas.item = Some(urgent.code.clone());
            let register = Command::Register(Box::new(gas));
            let lead = state_of(&spec().when(register.clone()).events()).lead;
            let unit = crate::context::Actor { id: "user:zhiban".into(), unit: lead };
            spec().given(&[register]).by(unit).when(sent_back()).then_rejected(Code::ReturnNotAllowed);
        }
    }

    #[test]
    fn whoever_asked_does_not_decide_and_another_unit_does_not_ask() {
        spec().given(&[register()]).by_other_unit().when(sent_back()).then_rejected(Code::NotYourUnit);
        let given = [register(), sent_back()];
        spec().given(&given).by_handler().when(approve()).then_rejected(Code::AskerCannotDecide);
        let colleague = crate::context::Actor { id: "user:tongshi".into(), unit: Some(grid()) };
        spec().given(&given).by(colleague).when(reject()).then_rejected(Code::AskerCannotDecide);
        spec().given(&[register()]).when(approve()).then_rejected(Code::NothingAsked);
        spec().given(&given).by_handler().when(Command::Sign).then_rejected(Code::ReturnIsPending);
    }

    #[test]
    fn a_refused_return_goes_on_with_new_limits_for_what_was_not_done() {
        let events = spec()
            .given(&[register(), sent_back()])
            .after_deadlines_until("2026-11-20T15:00:00+08:00")
            .when(reject())
            .then_named(&["ReturnRejected"]);
        let state = state_of(&events);
        assert_eq!(state.life, Life::Dispatched);
        let sign = state.dues.iter().find(|(name, _)| *name == DeadlineName::Sign).map(|(_, due)| due.from);
        assert_eq!(sign, Some(at("2026-11-20T15:00:00+08:00")));
        let events = spec().given(&[register(), Command::Sign, sent_back()]).when(reject()).events();
        let state = state_of(&events);
        assert_eq!(state.life, Life::InProgress);
        assert!(!state.dues.iter().any(|(name, _)| *name == DeadlineName::Sign));
    }

    #[test]
    fn it_is_sent_back_as_often_as_policy_says_and_not_to_where_it_came_from() {
        let twice = [register(), sent_back(), reject(), sent_back(), reject()];
        spec().given(&twice).by_handler().when(sent_back()).then_rejected_about(Code::ReturnLimit, "2");
        let back = [register(), sent_back(), approve()];
        spec()
            .given(&back)
            .when(Command::Dispatch { unit: Some(grid()) })
            .then_rejected_about(Code::ReturnedUnit, grid().as_str());
        spec().given(&back).when(Command::Dispatch { unit: None }).then_rejected(Code::ReturnedUnit);
        // A wrong item is named anew; where policy finds the same unit again, a person chooses.
        let again = Command::Classify { item: register_fields().item.expect("an item"), place: grid() };
        spec().given(&back).when(again).then_named(&["CaseClassified"]);
    }

    #[test]
    fn a_case_that_was_sent_back_still_turns_amber_and_red() {
        let events = spec()
            .given(&[register(), sent_back(), approve()])
            .run_deadlines_until("2027-06-01T00:00:00+08:00");
        let names: Vec<_> = events.iter().map(Event::name).collect();
        assert_eq!(names.iter().filter(|name| **name == "AmberReached").count(), 1);
        assert!(!names.contains(&"CaseEscalated"), "nobody climbs while nobody has it");
    }
}
