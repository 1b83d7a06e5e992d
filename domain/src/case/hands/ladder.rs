//! 下沉: what was sent up comes down again, with what it takes to solve it there.

use crate::case::clocks::{self, Climb, ResolveClock};
use crate::case::community;
use crate::case::event::{CaseDeescalated, Event};
use crate::case::rejection::{Code, Rejection};
use crate::case::state::State;
use crate::context::Context;
use crate::ids::{Rung, UnitId};
use crate::intake::redact;

use super::with_reason;

/// 下沉: not below the item's lowest rung, and never empty-handed (北京条例 §17).
pub(super) fn deescalate(
    state: &State,
    to: Rung,
    reason: &str,
    resources: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let (Some(from), Some(lead), Some(clock)) = (state.rung, &state.lead, &state.resolve) else {
        return Err(Code::NotDispatched.into());
    };
    from_above(state, context)?;
    let reason = with_reason(reason)?;
    if to >= from {
        return Err(Rejection::about(Code::NotBelow, to));
    }
    if resources.trim().is_empty() {
        return Err(Code::ResourcesMissing.into());
    }
    let policy = &context.rules.policy;
    let item = state.item.as_ref().and_then(|code| policy.catalogue.item(code));
    if item.and_then(|item| item.lowest_rung).is_some_and(|lowest| to < lowest) {
        return Err(Rejection::about(Code::BelowLowestRung, to));
    }
    if let Some(item) = item {
        community::may_lead(item, to, context.rules)?;
    }
    let responsible = unit_at(state, lead, to, context)?;
    let climb = Some(Climb { from: context.occurred_at, start: to });
    let moved = ResolveClock { climb, ..clock.clone() };
    let resolve = clocks::recount(&moved, state.start.unwrap_or(to), None, None, context)?;
    Ok(vec![Event::CaseDeescalated(CaseDeescalated {
        from,
        to,
        responsible,
        reason,
        resources: redact::reason(resources),
        resolve,
    })])
}

/// Only who answers now, or somebody above, sends it down.
fn from_above(state: &State, context: &Context<'_>) -> Result<(), Rejection> {
    let (Some(unit), Some(responsible)) = (&context.actor.unit, &state.responsible) else { return Ok(()) };
    let org = &context.rules.org;
    let above = org.unit(unit).zip(org.unit(responsible));
    match above {
        Some((unit, responsible)) if responsible.path.starts_with(&unit.path) => Ok(()),
        _ => Err(Rejection::about(Code::NotYourUnit, unit)),
    }
}

/// The unit of that rung above the lead; where the lead stands higher, the one that holds the place.
fn unit_at(state: &State, lead: &UnitId, to: Rung, context: &Context<'_>) -> Result<UnitId, Rejection> {
    let org = &context.rules.org;
    let place = state.place.as_ref().and_then(|place| org.ancestor_at(place, to));
    let unit = org.ancestor_at(lead, to).or(place);
    unit.map(|unit| unit.code.clone()).ok_or_else(|| Rejection::about(Code::UnknownUnit, to))
}

#[cfg(test)]
mod specs {
    use crate::case::event::EscalationReason;
    use crate::case::spec::*;
    use crate::case::{Code, Command, Hand};
    use crate::ids::Rung;

    fn down(to: Rung, resources: &str) -> Command {
        let reason = "街道已协调，社区可办".to_owned();
        hand(Hand::Deescalate { to, reason, resources: resources.into() })
    }

    fn up(to: Rung, reason: EscalationReason) -> Command {
        Command::Escalate { to, reason }
    }

    #[test]
    fn what_comes_down_has_resources_with_it_and_climbs_anew_with_what_is_left() {
        let before = state_of(&spec().when(register()).events());
        let given = [register(), up(Rung::Community, EscalationReason::NoResource)];
        spec().given(&given).when(down(Rung::Grid, "")).then_rejected(Code::ResourcesMissing);
        spec().given(&given).when(down(Rung::Community, "经费")).then_rejected(Code::NotBelow);
        let later = "2026-11-23T10:00:00+08:00";
        let events =
            spec().given(&given).at(later).when(down(Rung::Grid, "经费")).then_named(&["CaseDeescalated"]);
        let after = state_of(&events);
        assert_eq!(
            (after.rung, after.responsible.clone(), after.lead.clone()),
            (Some(Rung::Grid), before.lead.clone(), before.lead)
        );
        let (old, new) = (before.resolve.expect("a clock"), after.resolve.expect("a clock"));
        assert_eq!((new.from, new.due_at), (old.from, old.due_at), "the complainant's clock stays");
        assert!(new.steps.iter().all(|step| step.at > at(later)));
        spec().given(&given).by_handler().when(down(Rung::Grid, "经费")).then_rejected(Code::NotYourUnit);
    }

    #[test]
    fn nothing_comes_down_below_the_items_lowest_rung() {
        let given = [street_case(), up(Rung::District, EscalationReason::NoAuthority)];
        spec()
            .given(&given)
            .when(down(Rung::Community, "人员"))
            .then_rejected_about(Code::BelowLowestRung, "community");
    }

    #[test]
    fn the_station_is_passed_over_only_for_a_reason_that_policy_knows() {
        let given = [register(), up(Rung::Community, EscalationReason::NoResource)];
        let events = spec()
            .given(&given)
            .when(up(Rung::Street, EscalationReason::NoAuthority))
            .then_named(&["CaseEscalated"]);
        assert!(
            matches!(&events[0], crate::case::Event::CaseEscalated(e) if e.rule == "skip station: no_authority")
        );
        spec()
            .given(&given)
            .when(up(Rung::Street, EscalationReason::RepeatedUnsolved))
            .then_rejected_about(Code::SkipsRung, "street");
        spec()
            .given(&given)
            .when(up(Rung::Grid, EscalationReason::NoAuthority))
            .then_rejected(Code::SkipsRung);
    }
}
