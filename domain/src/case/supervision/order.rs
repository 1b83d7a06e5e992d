//! 督办单: issued, replied to with evidence, checked three times by somebody who did not do the work, and
//! closed when all three have passed (督查队「查问题、查整改、查效果」，从头到尾跟踪，查找根源).

use jiff::Timestamp;

use super::state::{Order, OrderPhase};
use super::{ladder, lead, not_a_handler, of_the_unit, superior, with_reason, wording};
use crate::calendar::Budget;
use crate::case::clocks;
use crate::case::event::{
    Event, SupervisionCause, SupervisionCheck, SupervisionChecked, SupervisionClosed, SupervisionIssued,
    SupervisionReplied, SupervisionStep,
};
use crate::case::rejection::{Code, Rejection};
use crate::case::state::{Life, State};
use crate::context::Context;
use crate::intake::redact;
use crate::number;
use crate::sealed::Sealed;

/// 督办 by a person, also of a case that is not late.
pub(super) fn issue(
    state: &State,
    facts: &str,
    asks: &str,
    within: Option<&Budget>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if let Some(open) = state.supervision.open_order() {
        return Err(Rejection::about(Code::OrderOpen, &open.number));
    }
    // One for a limit, but a matter that comes back after its case has ended is another.
    if state.runs() {
        ladder::not_taken(state, SupervisionStep::Order)?;
    }
    let cause = if state.reopened >= u32::from(context.rules.policy.sla.reopen_limit)
        && matches!(state.life, Life::CalledBack | Life::Closed)
    {
        SupervisionCause::ReopenLimit
    } else if state.red_told && state.runs() {
        SupervisionCause::Overdue
    } else {
        SupervisionCause::Person
    };
    let mut issued = issued(state, cause, within, None, context)?;
    if !facts.trim().is_empty() {
        issued.facts = redact::reason(facts);
    }
    if !asks.trim().is_empty() {
        issued.asks = redact::reason(asks);
    }
    Ok(vec![Event::SupervisionIssued(issued)])
}

/// 督办 by the clock.
pub(super) fn by_clock(state: &State, due_at: Timestamp, context: &Context<'_>) -> Result<Event, Rejection> {
    issued(state, SupervisionCause::Overdue, None, Some(due_at), context).map(Event::SupervisionIssued)
}

/// 重办已到上限 and still not solved: supervision has it from now on.
pub(in crate::case) fn at_reopen_limit(
    state: &State,
    context: &Context<'_>,
) -> Result<Option<Event>, Rejection> {
    let limit = u32::from(context.rules.policy.sla.reopen_limit);
    if state.reopened < limit || state.lead.is_none() || state.supervision.open_order().is_some() {
        return Ok(None);
    }
    issued(state, SupervisionCause::ReopenLimit, None, None, context).map(Event::SupervisionIssued).map(Some)
}

fn issued(
    state: &State,
    cause: SupervisionCause,
    within: Option<&Budget>,
    due_at: Option<Timestamp>,
    context: &Context<'_>,
) -> Result<SupervisionIssued, Rejection> {
    let unit = lead(state)?;
    let order = u32::try_from(state.supervision.orders.len()).unwrap_or(u32::MAX).saturating_add(1);
    let within = within.or(context.rules.policy.supervision.order.reply.as_ref());
    // From when it is sent: one that was missed while the service stood still gives its whole time.
    let reply = clocks::due(context.rules, context.now, within)?;
    let today = context.rules.calendar.date_of(context.now);
    Ok(SupervisionIssued {
        order,
        number: number::paper_number("DB", &state.case_no, order, today),
        copied: superior(state, &unit, context),
        cause,
        facts: wording::facts(state, &unit, cause, context),
        asks: wording::asks(reply.as_ref().map(|due| due.due_at), context),
        repeats: state.reopened,
        reply,
        unit,
        at: context.occurred_at,
        due_at,
        next: None,
    })
}

/// The order that is meant, where it is not settled.
fn open(state: &State, number: Option<u32>) -> Result<&Order, Rejection> {
    let order = state.supervision.order(number).ok_or(Code::NoOrder)?;
    if order.phase.is_open() { Ok(order) } else { Err(Rejection::about(Code::OrderIsSettled, &order.number)) }
}

/// 督办回复: again, as long as it is not checked.
pub(super) fn reply(
    state: &State,
    number: Option<u32>,
    reply: &Sealed,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let order = open(state, number)?;
    of_the_unit(&order.unit, context)?;
    Ok(vec![Event::SupervisionReplied(SupervisionReplied {
        order: order.order,
        unit: order.unit.clone(),
        by: context.actor.id.clone(),
        reply: reply.clone(),
    })])
}

/// One of the three; what fails goes back to the unit, with a limit of its own.
pub(super) fn check(
    state: &State,
    number: Option<u32>,
    (check, passed): (SupervisionCheck, bool),
    finding: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let order = open(state, number)?;
    not_a_handler(state, context)?;
    if order.phase != OrderPhase::Replied {
        return Err(Rejection::about(Code::NotReplied, &order.number));
    }
    let finding = if passed { redact::reason(finding) } else { with_reason(finding)? };
    let within = context.rules.policy.supervision.order.reply.as_ref();
    let reply = if passed { None } else { clocks::due(context.rules, context.now, within)? };
    let by = context.actor.id.clone();
    Ok(vec![Event::SupervisionChecked(SupervisionChecked {
        order: order.order,
        check,
        passed,
        finding,
        by,
        reply,
    })])
}

/// 销号
pub(super) fn close(
    state: &State,
    number: Option<u32>,
    root_cause: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let order = open(state, number)?;
    not_a_handler(state, context)?;
    if !order.holds() {
        let missing = SupervisionCheck::ALL.into_iter().find(|check| order.checks.get(check) != Some(&true));
        return Err(Rejection::about(Code::ChecksOpen, missing.map_or("", SupervisionCheck::zh)));
    }
    Ok(vec![Event::SupervisionClosed(SupervisionClosed {
        order: order.order,
        root_cause: with_reason(root_cause)?,
        by: context.actor.id.clone(),
    })])
}
