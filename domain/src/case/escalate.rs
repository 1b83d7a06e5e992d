//! 升级: a rung that cannot solve it calls the next one up; the first unit stays lead (首接负责).

use jiff::Timestamp;

use super::clocks::{self, Due};
use super::event::{CaseEscalated, EscalationReason, Event};
use super::rejection::{Code, Rejection};
use super::state::State;
use crate::context::Context;
use crate::ids::Rung;

/// A person sends it up, one rung at a time; a rung is passed over only where policy lets it, for this reason.
pub(super) fn by_person(
    state: &State,
    to: Rung,
    reason: EscalationReason,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let from = state.rung.ok_or(Code::NotDispatched)?;
    let next = from.up().ok_or(Code::NoUnitAbove)?;
    if to < next {
        return Err(Rejection::about(Code::SkipsRung, to));
    }
    let over = Rung::ALL.into_iter().filter(|rung| (next..to).contains(rung));
    let allowed = &context.rules.policy.ladder.skip;
    let mut rules = Vec::new();
    for rung in over {
        if !allowed.iter().any(|(skipped, reasons)| *skipped == rung && reasons.contains(&reason)) {
            return Err(Rejection::about(Code::SkipsRung, to));
        }
        rules.push(format!("skip {rung}: {}", reason.as_str()));
    }
    Ok(vec![match escalated(state, from, to, reason, None, context)? {
        Event::CaseEscalated(e) => Event::CaseEscalated(CaseEscalated { rule: rules.join(", "), ..e }),
        other => other,
    }])
}

/// The event of a step, by time or by a person. The district gets a limit to answer.
pub(super) fn escalated(
    state: &State,
    from: Rung,
    to: Rung,
    reason: EscalationReason,
    due_at: Option<Timestamp>,
    context: &Context<'_>,
) -> Result<Event, Rejection> {
    let rules = context.rules;
    let lead = state.lead.as_ref().ok_or(Code::NotDispatched)?;
    let responsible =
        rules.org.ancestor_at(lead, to).ok_or_else(|| Rejection::about(Code::NoUnitAbove, to))?;
    let today = rules.calendar.date_of(context.now);
    let responsible = rules.org.heir(&responsible.code, state.place.as_ref(), today).unwrap_or(responsible);
    let answer = answer_limit(Some(to), context)?;
    Ok(Event::CaseEscalated(CaseEscalated {
        from,
        to,
        responsible: responsible.code.clone(),
        reason,
        due_at,
        rule: String::new(),
        answer,
    }))
}

/// The district's own limit to answer, counted from when the case is really there: after
/// downtime it still gets its time. None on lower rungs.
pub(super) fn answer_limit(rung: Option<Rung>, context: &Context<'_>) -> Result<Option<Due>, Rejection> {
    if rung != Some(Rung::District) {
        return Ok(None);
    }
    let budget = &context.rules.policy.ladder.district_answer;
    clocks::due(context.rules, context.now, Some(budget))
}

#[cfg(test)]
mod specs {
    use crate::case::event::EscalationReason;
    use crate::case::spec::*;
    use crate::case::{Code, Command};
    use crate::ids::Rung;

    fn up(to: Rung) -> Command {
        Command::Escalate { to, reason: EscalationReason::NoAuthority }
    }

    #[test]
    fn a_person_sends_it_one_rung_up_and_the_lead_stays() {
        let before = state_of(&spec().when(register()).events());
        let events = spec().given(&[register()]).when(up(Rung::Community)).then_named(&["CaseEscalated"]);
        let after = state_of(&events);
        assert_eq!(after.lead, before.lead);
        assert_eq!((after.rung, after.responsible), (Some(Rung::Community), Some(community())));
    }

    #[test]
    fn no_rung_is_skipped() {
        spec().given(&[register()]).when(up(Rung::Street)).then_rejected(Code::SkipsRung);
    }
}
