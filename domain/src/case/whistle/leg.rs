//! 应哨、报到、办结哨、解哨: 事不完、人不撤 — nobody leaves before the sounder confirms.

use super::state::{Leg, Phase};
use crate::case::clocks;
use crate::case::event::{
    Event, LegLeft, UnitArrived, WhistleLegFinished, WhistleResponded, WhistleStoodDown,
};
use crate::case::rejection::{Code, Rejection};
use crate::case::state::State;
use crate::context::Context;
use crate::ids::UnitId;
use crate::intake::redact;
use crate::sealed::Sealed;

/// 应哨. Said again, by whatever way, it is the same response: nothing happens.
pub(in crate::case) fn respond(state: &State, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let leg = own(state, context)?;
    match leg.phase {
        Phase::Called => Ok(vec![responded(leg, context)?]),
        Phase::Responded | Phase::Arrived | Phase::Finished => Ok(Vec::new()),
        Phase::Declined => Err(Rejection::about(Code::LegIsDeclined, &leg.unit)),
        Phase::Done | Phase::Released | Phase::Excused => Err(over(leg)),
    }
}

/// 报到. Who comes without a word has responded by coming.
pub(in crate::case) fn arrive(
    state: &State,
    place: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let leg = own(state, context)?;
    let arrived = || {
        Event::UnitArrived(UnitArrived {
            leg: leg.leg,
            unit: leg.unit.clone(),
            by: context.actor.id.clone(),
            place: redact::reason(place),
            at: context.occurred_at,
        })
    };
    match leg.phase {
        Phase::Called | Phase::Responded => Ok(vec![arrived()]),
        Phase::Arrived | Phase::Finished => Ok(Vec::new()),
        Phase::Declined => Err(Rejection::about(Code::LegIsDeclined, &leg.unit)),
        Phase::Done | Phase::Released | Phase::Excused => Err(over(leg)),
    }
}

/// 办结哨: its own part is done; the unit stays until the sounder confirms.
pub(in crate::case) fn finish(
    state: &State,
    reply: &Sealed,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let leg = own(state, context)?;
    match leg.phase {
        Phase::Arrived => Ok(vec![Event::WhistleLegFinished(WhistleLegFinished {
            leg: leg.leg,
            unit: leg.unit.clone(),
            by: context.actor.id.clone(),
            reply: reply.clone(),
        })]),
        Phase::Finished => Ok(Vec::new()),
        Phase::Called | Phase::Responded => Err(Rejection::about(Code::NotArrived, &leg.unit)),
        Phase::Declined => Err(Rejection::about(Code::LegIsDeclined, &leg.unit)),
        Phase::Done | Phase::Released | Phase::Excused => Err(over(leg)),
    }
}

/// 解哨 by the sounder, or by the unit that answers for the case now. Who has not finished is let go
/// only with a reason. Without a number every whistle that this unit may end.
pub(in crate::case) fn stand_down(
    state: &State,
    whistle: Option<u32>,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let open: Vec<&Leg> =
        state.whistle.open().filter(|leg| whistle.is_none_or(|number| number == leg.whistle)).collect();
    if open.is_empty() {
        return Err(Code::NoWhistleSounds.into());
    }
    let own: Vec<&Leg> = open.into_iter().filter(|leg| ends(state, leg, context)).collect();
    if own.is_empty() {
        return Err(Rejection::about(Code::NotTheSounder, told(context)));
    }
    if let Some(waiting) = own.iter().find(|leg| leg.phase == Phase::Declined) {
        return Err(Rejection::about(Code::LegIsDeclined, &waiting.unit));
    }
    let unfinished = own.iter().find(|leg| leg.phase != Phase::Finished);
    if let Some(leg) = unfinished.filter(|_| reason.trim().is_empty()) {
        return Err(Rejection::about(Code::LegsUnfinished, &leg.unit));
    }
    let mut numbers: Vec<u32> = own.iter().map(|leg| leg.whistle).collect();
    numbers.dedup();
    numbers.into_iter().map(|number| stood_down(number, &own, reason, context)).collect()
}

fn stood_down(whistle: u32, own: &[&Leg], reason: &str, context: &Context<'_>) -> Result<Event, Rejection> {
    let legs: Vec<&&Leg> = own.iter().filter(|leg| leg.whistle == whistle).collect();
    let first = legs.first().ok_or(Code::NoWhistleSounds)?;
    let class = context.rules.policy.sla.whistle(first.kind.as_str());
    let rate = class.and_then(|class| class.rate);
    let left =
        |leg: &&&Leg| LegLeft { leg: leg.leg, unit: leg.unit.clone(), done: leg.phase == Phase::Finished };
    Ok(Event::WhistleStoodDown(WhistleStoodDown {
        whistle,
        unit: context.actor.unit.clone().unwrap_or_else(|| first.sounder.clone()),
        reason: redact::reason(reason),
        legs: legs.iter().map(left).collect(),
        rate: clocks::due(context.rules, context.occurred_at, rate.as_ref())?,
    }))
}

/// Whether the actor may end this leg's whistle. A machine speaks for the sounder.
fn ends(state: &State, leg: &Leg, context: &Context<'_>) -> bool {
    context.actor.unit.as_ref().is_none_or(|unit| {
        *unit == leg.sounder || Some(unit) == state.responsible.as_ref() || Some(unit) == state.lead.as_ref()
    })
}

/// The leg of the unit that acts.
pub(super) fn own<'a>(state: &'a State, context: &Context<'_>) -> Result<&'a Leg, Rejection> {
    let unit = context.actor.unit.as_ref();
    let leg = unit.and_then(|unit| state.whistle.leg_of(unit));
    leg.ok_or_else(|| Rejection::about(Code::NotCalled, told(context)))
}

pub(super) fn over(leg: &Leg) -> Rejection {
    Rejection::about(Code::LegIsOver, &leg.unit)
}

/// Who acts, in a refusal.
pub(super) fn told(context: &Context<'_>) -> String {
    context.actor.unit.as_ref().map(UnitId::to_string).unwrap_or_default()
}

/// The response starts the clock for reporting in (DOMAIN §2.7), unless the whistle did.
fn responded(leg: &Leg, context: &Context<'_>) -> Result<Event, Rejection> {
    let within = leg.clocks.arrive_within.as_ref();
    Ok(Event::WhistleResponded(WhistleResponded {
        leg: leg.leg,
        unit: leg.unit.clone(),
        by: context.actor.id.clone(),
        arrive: clocks::due(context.rules, context.occurred_at, within)?,
    }))
}

#[cfg(test)]
mod specs {
    use super::super::Phase;
    use crate::case::event::WhistleKind;
    use crate::case::spec::*;
    use crate::case::{Code, Command, State};
    use crate::ids::UnitId;

    fn called() -> Vec<Command> {
        vec![street_case(), Command::Sign, sound(WhistleKind::Enforcement, &["D-gongan", "D-chengguan"])]
    }

    fn with(mut commands: Vec<Command>, more: &[Command]) -> Vec<Command> {
        commands.extend_from_slice(more);
        commands
    }

    fn phase(state: &State, unit: &str) -> Option<Phase> {
        state.whistle.leg_of(&UnitId::new(unit)).map(|leg| leg.phase)
    }

    #[test]
    fn a_called_unit_responds_arrives_and_finishes_each_leg_on_its_own() {
        spec().given(&called()).by_unit("D-gongan").when(respond()).then_named(&["WhistleResponded"]);
        spec()
            .given(&called())
            .given_by("D-gongan", &[respond()])
            .by_unit("D-gongan")
            .when(arrive())
            .then_named(&["UnitArrived"]);
        let events = spec()
            .given(&called())
            .given_by("D-gongan", &[respond(), arrive()])
            .by_unit("D-gongan")
            .when(finish())
            .then_named(&["WhistleLegFinished"]);
        let state = state_of(&events);
        assert_eq!(phase(&state, "D-gongan"), Some(Phase::Finished));
        assert_eq!(phase(&state, "D-chengguan"), Some(Phase::Called));
    }

    #[test]
    fn who_comes_without_a_word_has_responded_by_coming() {
        spec().given(&called()).by_unit("D-gongan").when(arrive()).then_named(&["UnitArrived"]);
    }

    #[test]
    fn the_limit_for_reporting_in_is_counted_from_the_response() {
        let events = spec()
            .given(&called())
            .at("2026-11-20T11:00:00+08:00")
            .by_unit("D-gongan")
            .when(respond())
            .events();
        let state = state_of(&events);
        let due = |unit: &str| {
            let leg = state.whistle.leg_of(&UnitId::new(unit));
            leg.and_then(|leg| leg.clocks.arrive.as_ref()).map(|due| due.due_at)
        };
        // Four working hours: one before lunch, three after it.
        assert_eq!(due("D-gongan"), Some(at("2026-11-20T16:30:00+08:00")));
        assert_eq!(due("D-chengguan"), None);
    }

    #[test]
    fn said_twice_it_is_one_response_one_arrival_and_one_end() {
        let once = |more: &[Command]| spec().given(&called()).given_by("D-gongan", more).by_unit("D-gongan");
        once(&[respond()]).when(respond()).then_named(&[]);
        once(&[arrive()]).when(arrive()).then_named(&[]);
        once(&[arrive()]).when(respond()).then_named(&[]);
        once(&[arrive(), finish()]).when(finish()).then_named(&[]);
    }

    #[test]
    fn nobody_finishes_without_having_come() {
        spec().given(&called()).by_unit("D-gongan").when(finish()).then_rejected(Code::NotArrived);
    }

    #[test]
    fn who_was_not_called_has_no_leg() {
        for command in [respond(), arrive(), finish(), decline()] {
            spec().given(&called()).by_unit("D-shuiwu").when(command).then_rejected(Code::NotCalled);
        }
    }

    #[test]
    fn nobody_leaves_before_the_sounder_confirms() {
        let both = || {
            spec()
                .given(&called())
                .given_by("D-gongan", &[arrive(), finish()])
                .given_by("D-chengguan", &[arrive(), finish()])
        };
        both().by_unit("D-gongan").when(stand_down("")).then_rejected(Code::NotTheSounder);
        // Both have finished, and the case still waits for the sounder's word.
        both().by_street().when(result()).then_rejected(Code::LegsOpen);
        let events = both().by_street().when(stand_down("")).then_named(&["WhistleStoodDown"]);
        let state = state_of(&events);
        assert_eq!(phase(&state, "D-gongan"), Some(Phase::Done));
        both()
            .given_by(street().as_str(), &[stand_down("")])
            .by_street()
            .when(result())
            .then_named(&["ResultSubmitted"]);
    }

    #[test]
    fn who_has_not_finished_is_let_go_only_with_a_reason() {
        let one = || spec().given(&called()).given_by("D-gongan", &[arrive(), finish()]);
        one().by_street().when(stand_down("")).then_rejected(Code::LegsUnfinished);
        let events =
            one().by_street().when(stand_down("现场已由公安处置完毕")).then_named(&["WhistleStoodDown"]);
        let state = state_of(&events);
        assert_eq!(phase(&state, "D-gongan"), Some(Phase::Done));
        assert_eq!(phase(&state, "D-chengguan"), Some(Phase::Released));
        assert!(state.whistle.open().next().is_none());
    }

    #[test]
    fn what_is_over_stays_over() {
        let over = || spec().given(&called()).given_by(street().as_str(), &[stand_down("误报")]);
        for command in [respond(), arrive(), finish(), decline()] {
            over().by_unit("D-gongan").when(command).then_rejected(Code::LegIsOver);
        }
        over().by_street().when(stand_down("")).then_rejected(Code::NoWhistleSounds);
        let again = with(vec![], &[sound(WhistleKind::Routine, &["D-gongan"])]);
        over().by_street().when(again[0].clone()).then_named(&["WhistleSounded"]);
    }

    #[test]
    fn who_worked_on_a_leg_does_not_judge_the_case() {
        let done = [respond(), arrive(), finish()];
        spec()
            .given(&called())
            .given_by("D-gongan", &done)
            .given_by("D-chengguan", &done)
            .given_by(street().as_str(), &[stand_down(""), result()])
            .by_unit("D-gongan")
            .when(passed())
            .then_rejected(Code::HandlerCannotJudge);
    }
}
