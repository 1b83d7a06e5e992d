//! 派单异议、裁定、指定: whose duty it is, decided by somebody else, and once for all where it must be.

use crate::case::dispatch;
use crate::case::event::{DispatchObjected, Event, FinalUnitDesignated, ObjectionAdjudicated};
use crate::case::rejection::{Code, Rejection};
use crate::case::state::{Life, State};
use crate::context::Context;
use crate::ids::UnitId;

use super::region::Ask;
use super::returns::{self, known, not_settled};
use super::{Asked, acting_lead, asked, decide_by, nothing_asked_yet, with_reason};

/// 派单异议: in the window for returns, or in one as long after a return was refused.
pub(super) fn raise(
    state: &State,
    reason: &str,
    suggested: Option<&UnitId>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let unit = acting_lead(state, context)?;
    let reason = with_reason(reason)?;
    nothing_asked_yet(state)?;
    not_settled(state, &unit)?;
    known(suggested, context)?;
    let window = state.hands.object_by.as_ref().ok_or(Code::ReturnNotAllowed)?;
    if context.occurred_at > window.due_at {
        return Err(Rejection::about(Code::ReturnTooLate, window.budget));
    }
    Ok(vec![Event::DispatchObjected(DispatchObjected {
        unit,
        by: context.actor.id.clone(),
        reason,
        suggested: suggested.cloned(),
        decide: decide_by(state, None, context)?,
    })])
}

/// 裁定: the case stays where it is, or moves; only so does the lead change (首接负责，北京条例 §14).
pub(super) fn adjudicate(
    state: &State,
    unit: Option<&UnitId>,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let asked = asked(state, context)?;
    if asked.what != Ask::Objection {
        return Err(Code::NothingAsked.into());
    }
    let reason = with_reason(reason)?;
    let lead = state.lead.as_ref().ok_or(Code::NotDispatched)?;
    let moved = unit.filter(|unit| *unit != lead);
    let to = moved.unwrap_or(lead).clone();
    let adjudicated =
        Event::ObjectionAdjudicated(ObjectionAdjudicated { unit: to, moved: moved.is_some(), reason });
    let dispatched = moved.map(|unit| dispatch::again(state, unit, context)).transpose()?;
    Ok(std::iter::once(adjudicated).chain(dispatched).collect())
}

/// 指定: settles what was asked of the dispatch, for good.
pub(super) fn designate(
    state: &State,
    unit: Option<&UnitId>,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let reason = with_reason(reason)?;
    let lead = state.lead.as_ref().ok_or(Code::NotDispatched)?;
    let back = state.life == Life::PendingDispatch;
    let to = unit.unwrap_or(lead);
    let moves = to != lead || back;
    let mut events = Vec::new();
    match &state.hands.asked {
        Some(Asked { what: Ask::Return { .. }, .. }) => {
            asked(state, context)?;
            events.push(if moves {
                returns::approved(state, "", context)?
            } else {
                returns::rejected(state, &reason, context)?
            });
        }
        Some(Asked { what: Ask::Objection, .. }) => {
            asked(state, context)?;
        }
        Some(_) => return Err(Code::RequestPending.into()),
        None if context.actor.unit.as_ref() == Some(lead) => return Err(Code::AskerCannotDecide.into()),
        None => {}
    }
    events.push(Event::FinalUnitDesignated(FinalUnitDesignated { unit: to.clone(), reason }));
    if moves {
        events.push(dispatch::again(state, to, context)?);
    }
    Ok(events)
}

#[cfg(test)]
mod specs {
    use crate::case::event::ReturnReason;
    use crate::case::spec::*;
    use crate::case::{Code, Command, Hand, Life};

    fn sent_back() -> Command {
        hand(Hand::RequestReturn { reason: ReturnReason::NotOurDuty, note: String::new(), suggested: None })
    }

    fn object() -> Command {
        hand(Hand::RaiseObjection { reason: "不属本网格职责".into(), suggested: Some(other_grid()) })
    }

    fn adjudicate(moves: bool) -> Command {
        hand(Hand::Adjudicate { unit: moves.then(other_grid), reason: "按权责清单".into() })
    }

    fn designate(to: Option<crate::ids::UnitId>) -> Command {
        hand(Hand::DesignateFinal { unit: to, reason: "职责交叉，指定承办".into() })
    }

    #[test]
    fn only_an_adjudication_moves_the_lead_and_the_work_goes_on_until_then() {
        let events =
            spec().given(&[register()]).by_handler().when(object()).then_named(&["DispatchObjected"]);
        assert_eq!((state_of(&events).life, state_of(&events).lead), (Life::Dispatched, Some(grid())));
        let events = spec()
            .given(&[register(), object()])
            .when(adjudicate(true))
            .then_named(&["ObjectionAdjudicated", "CaseDispatched"]);
        assert_eq!(state_of(&events).lead, Some(other_grid()));
        let events = spec()
            .given(&[register(), object()])
            .when(adjudicate(false))
            .then_named(&["ObjectionAdjudicated"]);
        assert_eq!(state_of(&events).lead, Some(grid()));
    }

    #[test]
    fn what_was_adjudicated_is_not_asked_again_by_the_same_unit() {
        let given = [register(), object(), adjudicate(false)];
        spec().given(&given).by_handler().when(object()).then_rejected(Code::AlreadyAdjudicated);
        spec().given(&given).by_handler().when(sent_back()).then_rejected(Code::AlreadyAdjudicated);
        let moved = [register(), object(), adjudicate(true)];
        spec().given(&moved).by(neighbour()).when(sent_back()).then_named(&["ReturnRequested"]);
    }

    #[test]
    fn nobody_adjudicates_for_the_own_unit() {
        let given = [register(), object()];
        spec().given(&given).by_handler().when(adjudicate(true)).then_rejected(Code::AskerCannotDecide);
        spec().given(&[register()]).when(adjudicate(true)).then_rejected(Code::NothingAsked);
        spec().given(&[register()]).by_handler().when(designate(None)).then_rejected(Code::AskerCannotDecide);
    }

    #[test]
    fn after_a_final_designation_there_is_no_return_and_no_objection() {
        let designated = [register(), designate(None)];
        spec()
            .given(&designated)
            .by_handler()
            .when(sent_back())
            .then_rejected_about(Code::FinallyDesignated, grid().as_str());
        spec().given(&designated).by_handler().when(object()).then_rejected(Code::FinallyDesignated);
        let moved = [register(), designate(Some(other_grid()))];
        spec().given(&moved).by(neighbour()).when(sent_back()).then_rejected(Code::FinallyDesignated);
    }

    #[test]
    fn a_final_designation_settles_what_was_asked_and_may_name_who_sent_it_back() {
        let back = [register(), sent_back()];
        spec().given(&back).when(designate(None)).then_named(&["ReturnRejected", "FinalUnitDesignated"]);
        spec().given(&back).when(designate(Some(other_grid()))).then_named(&[
            "ReturnApproved",
            "FinalUnitDesignated",
            "CaseDispatched",
        ]);
        let approved = [register(), sent_back(), hand(Hand::ApproveReturn { note: String::new() })];
        let events = spec()
            .given(&approved)
            .when(designate(Some(grid())))
            .then_named(&["FinalUnitDesignated", "CaseDispatched"]);
        assert_eq!((state_of(&events).life, state_of(&events).lead), (Life::Dispatched, Some(grid())));
        let events = spec().given(&[register(), object()]).when(designate(None)).events();
        assert!(state_of(&events).hands.asked.is_none());
    }

    #[test]
    fn a_final_designation_stays_above_the_items_lowest_rung() {
        spec()
            .given(&[street_case()])
            .when(designate(Some(grid())))
            .then_rejected_about(Code::BelowLowestRung, grid().as_str());
    }
}
