//! 不应哨: with a reason, and then somebody who is neither side decides.

use super::late::recount;
use super::leg::{over, own};
use super::state::Phase;
use crate::calendar::Suspension;
use crate::case::clocks;
use crate::case::event::{DeclineAdjudicated, Event, WhistleDeclined};
use crate::case::rejection::{Code, Rejection};
use crate::case::state::State;
use crate::context::Context;
use crate::ids::UnitId;
use crate::intake::redact;

/// 不应哨: possible once, until the unit has come; its clocks stand while it is decided.
pub(in crate::case) fn decline(
    state: &State,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let leg = own(state, context)?;
    match leg.phase {
        Phase::Called | Phase::Responded if leg.bound => {
            Err(Rejection::about(Code::AlreadyAdjudicated, &leg.unit))
        }
        Phase::Called | Phase::Responded if reason.trim().is_empty() => Err(Code::ReasonMissing.into()),
        Phase::Called | Phase::Responded => Ok(vec![Event::WhistleDeclined(WhistleDeclined {
            leg: leg.leg,
            unit: leg.unit.clone(),
            reason: redact::reason(reason),
            at: context.occurred_at,
            decide: clocks::due(context.rules, context.occurred_at, Some(&context.rules.policy.sla.decide))?,
        })]),
        Phase::Declined => Ok(Vec::new()),
        Phase::Arrived | Phase::Finished => Err(Rejection::about(Code::AlreadyArrived, &leg.unit)),
        Phase::Done | Phase::Released | Phase::Excused => Err(over(leg)),
    }
}

/// 裁定: upheld, the leg ends; refused, it goes on, without the time of waiting.
pub(in crate::case) fn adjudicate(
    state: &State,
    unit: &UnitId,
    upheld: bool,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let leg = state.whistle.leg_of(unit).ok_or_else(|| Rejection::about(Code::NotCalled, unit))?;
    let Some((_, since)) = leg.declined else {
        return Err(Rejection::about(Code::NothingDeclined, unit));
    };
    let org = &context.rules.org;
    let is_party = |actor: &UnitId| org.is_within(actor, unit) || actor == unit || *actor == leg.sounder;
    if let Some(party) = context.actor.unit.as_ref().filter(|actor| is_party(actor)) {
        return Err(Rejection::about(Code::AdjudicatorIsParty, party));
    }
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    let waited =
        (since < context.occurred_at).then_some(Suspension { from: since, to: Some(context.occurred_at) });
    let clocks = if upheld { None } else { Some(recount(&leg.clocks, waited, context)?) };
    Ok(vec![Event::DeclineAdjudicated(DeclineAdjudicated {
        leg: leg.leg,
        unit: leg.unit.clone(),
        upheld,
        reason: redact::reason(reason),
        clocks,
    })])
}

#[cfg(test)]
mod specs {
    use super::super::{Leg, Phase};
    use crate::case::event::WhistleKind;
    use crate::case::spec::*;
    use crate::case::{Code, Command, Event};
    use crate::ids::UnitId;

    fn called() -> [Command; 3] {
        [street_case(), Command::Sign, sound(WhistleKind::Enforcement, &["D-gongan"])]
    }

    fn declined() -> Given {
        spec().given(&called()).given_by("D-gongan", &[decline()])
    }

    fn leg(events: &[Event]) -> Leg {
        state_of(events).whistle.leg_of(&UnitId::new("D-gongan")).expect("a leg").clone()
    }

    #[test]
    fn a_unit_declines_with_a_reason_before_it_has_come() {
        let silent = Command::DeclineWhistle { reason: String::new() };
        spec().given(&called()).by_unit("D-gongan").when(silent).then_rejected(Code::ReasonMissing);
        let events =
            spec().given(&called()).by_unit("D-gongan").when(decline()).then_named(&["WhistleDeclined"]);
        assert_eq!(leg(&events).running().count(), 0, "its clocks stand");
        let Some(Event::WhistleDeclined(waits)) = events.last() else { panic!("{events:?}") };
        assert!(
            waits.decide.as_ref().is_some_and(|due| due.due_at > waits.at),
            "whoever decides has a limit"
        );
        spec()
            .given(&called())
            .given_by("D-gongan", &[arrive()])
            .by_unit("D-gongan")
            .when(decline())
            .then_rejected(Code::AlreadyArrived);
        declined().by_unit("D-gongan").when(decline()).then_named(&[]);
    }

    #[test]
    fn what_is_declined_waits_for_the_adjudication() {
        for command in [respond(), arrive(), finish()] {
            declined().by_unit("D-gongan").when(command).then_rejected(Code::LegIsDeclined);
        }
        declined().by_street().when(stand_down("不等了")).then_rejected(Code::LegIsDeclined);
        declined().by_street().when(result()).then_rejected(Code::LegsOpen);
    }

    #[test]
    fn neither_side_decides_its_own_dispute() {
        declined().by_unit("D-gongan").when(adjudicate(true)).then_rejected(Code::AdjudicatorIsParty);
        declined().by_street().when(adjudicate(false)).then_rejected(Code::AdjudicatorIsParty);
    }

    #[test]
    fn upheld_the_leg_ends_and_the_case_goes_on() {
        let events = declined().by_unit("320506").when(adjudicate(true)).then_named(&["DeclineAdjudicated"]);
        assert_eq!(leg(&events).phase, Phase::Excused);
        declined()
            .given_by("320506", &[adjudicate(true)])
            .by_street()
            .when(result())
            .then_named(&["ResultSubmitted"]);
        declined()
            .given_by("320506", &[adjudicate(true)])
            .by_unit("320506")
            .when(adjudicate(true))
            .then_rejected(Code::NothingDeclined);
    }

    #[test]
    fn refused_the_leg_goes_on_without_the_time_of_waiting() {
        // Called on Friday at 10:00 with two hours to respond; declined at once, decided on Monday at 9:00.
        let events = declined()
            .at("2026-11-23T09:00:00+08:00")
            .by_unit("320506")
            .when(adjudicate(false))
            .then_named(&["DeclineAdjudicated"]);
        let leg = leg(&events);
        assert_eq!(leg.phase, Phase::Called);
        assert_eq!(leg.clocks.respond.map(|due| due.due_at), Some(at("2026-11-23T11:00:00+08:00")));
        // What was decided is decided: whoever declines on and on would never be late.
        declined()
            .given_by("320506", &[adjudicate(false)])
            .by_unit("D-gongan")
            .when(decline())
            .then_rejected(Code::AlreadyAdjudicated);
        // The time for reporting in begins with the response.
        assert_eq!((leg.clocks.arrive, leg.clocks.arrive_within), (None, Some(budget("4wh"))));
    }
}
