//! 签收、联系、办结反馈: what the handling unit does.

use super::clocks;
use super::event::{CaseSigned, ComplainantContacted, Event, ResultSubmitted};
use super::hands;
use super::part;
use super::rejection::{Code, Rejection};
use super::state::{Life, State};
use crate::context::Context;
use crate::ids::UnitId;
use crate::intake::redact;
use crate::sealed::Sealed;

/// 签收: allowed after its limit too; the lateness stays on record.
pub(super) fn sign(state: &State, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let unit = working_unit(state, context)?;
    Ok(vec![Event::CaseSigned(CaseSigned { unit, by: context.actor.id.clone() })])
}

/// 联系诉求人 (北京条例 §15).
pub(super) fn contact(
    state: &State,
    channel: &str,
    note: Option<&Sealed>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    working_unit(state, context)?;
    signed(state)?;
    // 未诉先办: nobody complained.
    if state.patrol {
        return Err(Code::NoComplainant.into());
    }
    Ok(vec![Event::ComplainantContacted(ComplainantContacted {
        channel: redact::reason(channel),
        note: note.cloned(),
    })])
}

/// 办结反馈: stops the clock and starts the one of the check.
pub(super) fn submit_result(
    state: &State,
    solved: bool,
    reply: &Sealed,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let unit = working_unit(state, context)?;
    // 事不完、人不撤: whoever was called is still there.
    if let Some(leg) = state.whistle.open().next() {
        return Err(Rejection::about(Code::LegsOpen, &leg.unit));
    }
    // Each gives its result to the lead first, or the lead says why it goes without (北京条例 §14).
    part::none_open(state)?;
    signed(state)?;
    // More time may be asked for; a case that was sent back, or is judged, is not in the unit's hands.
    if state.life == Life::AwaitingOutside && !hands::asks_for_time(state) {
        return Err(Code::AwaitsOutside.into());
    }
    let limits = clocks::limits(state, context);
    let verify = clocks::due(context.rules, context.occurred_at, limits.verify.as_ref())?;
    Ok(vec![Event::ResultSubmitted(ResultSubmitted {
        unit,
        by: context.actor.id.clone(),
        at: context.occurred_at,
        solved,
        reply: reply.clone(),
        verify,
    })])
}

/// The same, where no colleague has claimed the task.
fn working_unit(state: &State, context: &Context<'_>) -> Result<UnitId, Rejection> {
    let unit = acting_unit(state, context)?;
    hands::free_for(state, &unit, context.actor)?;
    Ok(unit)
}

fn signed(state: &State) -> Result<(), Rejection> {
    if state.hands.signed { Ok(()) } else { Err(Code::NotSigned.into()) }
}

/// The unit in whose name the actor works: the lead, or a superior that was made responsible.
/// A machine (the bus, an import) speaks for the lead.
pub(super) fn acting_unit(state: &State, context: &Context<'_>) -> Result<UnitId, Rejection> {
    let lead = state.lead.clone().ok_or(Code::NotDispatched)?;
    match &context.actor.unit {
        None => Ok(lead),
        Some(unit) if *unit == lead || Some(unit) == state.responsible.as_ref() => Ok(unit.clone()),
        Some(unit) => Err(Rejection::about(Code::NotYourUnit, unit)),
    }
}

#[cfg(test)]
mod specs {
    use crate::case::spec::*;
    use crate::case::{Code, Command};

    #[test]
    fn the_unit_signs_contacts_and_reports() {
        spec().given(&[register()]).by_handler().when(Command::Sign).then_named(&["CaseSigned"]);
        spec()
            .given(&[register(), Command::Sign])
            .by_handler()
            .when(contact())
            .then_named(&["ComplainantContacted"]);
        spec()
            .given(&[register(), Command::Sign])
            .by_handler()
            .when(result())
            .then_named(&["ResultSubmitted"]);
    }

    #[test]
    fn work_before_signing_is_refused() {
        spec().given(&[register()]).by_handler().when(result()).then_rejected(Code::NotSigned);
    }

    #[test]
    fn another_unit_cannot_sign() {
        spec().given(&[register()]).by_other_unit().when(Command::Sign).then_rejected(Code::NotYourUnit);
    }

    #[test]
    fn a_late_signature_counts_and_the_lateness_stays() {
        let events = spec()
            .given(&[register()])
            .after_deadlines_until("2026-11-24T12:00:00+08:00")
            .by_handler()
            .when(Command::Sign)
            .then_named(&["CaseSigned"]);
        assert_eq!(events.len(), 1);
    }
}
