//! 说明理由: why it is late, in the unit's own words, judged by somebody else. Accepted, nothing is
//! circulated about this lateness, and what was is taken back (seed F2: 若无理由未整改到位，进行通报).

use super::{ladder, not_a_handler, notice, with_reason};
use crate::case::clocks;
use crate::case::event::{Event, ReasonGiven, ReasonJudged, SupervisionStep};
use crate::case::handle::acting_unit;
use crate::case::rejection::{Code, Rejection};
use crate::case::state::State;
use crate::context::Context;
use crate::intake::redact;

/// 说明理由: one at a time.
pub(super) fn give(state: &State, reason: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let unit = acting_unit(state, context)?;
    if state.supervision.accepted {
        return Err(Code::ReasonAccepted.into());
    }
    if state.supervision.reason.is_some() {
        return Err(Code::ReasonPending.into());
    }
    let within = context.rules.policy.supervision.decide.as_ref();
    Ok(vec![Event::ReasonGiven(ReasonGiven {
        unit,
        by: context.actor.id.clone(),
        reason: with_reason(reason)?,
        decide: clocks::due(context.rules, context.occurred_at, within)?,
    })])
}

/// By a second person, not of the unit. A notice that waited for this comes at once where it is refused.
pub(super) fn judge(
    state: &State,
    accepted: bool,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let given = state.supervision.reason.as_ref().ok_or(Code::NothingAsked)?;
    let actor = context.actor;
    if actor.id == given.by || actor.unit.as_ref() == Some(&given.unit) {
        return Err(Code::AskerCannotDecide.into());
    }
    not_a_handler(state, context)?;
    let reason = if accepted { redact::reason(reason) } else { with_reason(reason)? };
    let judged = ReasonJudged { unit: given.unit.clone(), reason, by: actor.id.clone(), next: None };
    if accepted {
        let back = notice::taken_back(state, "说明的理由成立");
        return Ok(std::iter::once(Event::ReasonAccepted(judged)).chain(back).collect());
    }
    let waited = state.supervision.next.filter(|next| {
        next.step == SupervisionStep::Notice && next.due_at <= context.now && ladder::climbs(state)
    });
    let notice = match waited {
        Some(next) => Some(notice::by_clock(state, next.due_at, context)?),
        None => None,
    };
    Ok(std::iter::once(Event::ReasonRefused(judged)).chain(notice).collect())
}
