//! A unit that is silent at its limit: told once, to the unit above it. And the pauses of a leg.

use super::state::Leg;
use crate::calendar::Suspension;
use crate::case::clocks::{self, Deadline, DeadlineName, Due};
use crate::case::event::{Event, LegClocks, LegMoved, LegStage, WhistleClocksMoved, WhistleLegLate};
use crate::case::rejection::Rejection;
use crate::case::state::{Life, State};
use crate::context::{Context, Rulebook};

/// The limits of legs that a case waits for. One that is over, merged or paused nags nobody.
pub(in crate::case) fn waits_for(state: &State) -> impl Iterator<Item = Deadline> {
    let runs = state.life.is_open() && state.life != Life::Suspended;
    let legs = state.whistle.legs.iter().filter(move |_| runs);
    let legs =
        legs.flat_map(Leg::running).map(|(stage, due)| Deadline { name: name(stage), due_at: due.due_at });
    let proposed = state.whistle.proposed.iter().filter(move |_| runs);
    let approval = proposed.filter_map(|waiting| waiting.decide.as_ref());
    legs.chain(approval.map(|due| Deadline { name: DeadlineName::WhistleApprove, due_at: due.due_at }))
}

pub(super) fn name(stage: LegStage) -> DeadlineName {
    match stage {
        LegStage::Respond => DeadlineName::WhistleRespond,
        LegStage::Arrive => DeadlineName::WhistleArrive,
        LegStage::Finish => DeadlineName::WhistleFinish,
    }
}

/// Every leg that is silent at this limit: those called together share it.
pub(in crate::case) fn late(state: &State, deadline: &Deadline, context: &Context<'_>) -> Vec<Event> {
    let silent = |leg: &Leg| {
        leg.running()
            .find(|(stage, due)| name(*stage) == deadline.name && due.due_at == deadline.due_at)
            .map(|(stage, _)| stage)
    };
    let late = |leg: &Leg| {
        Some(Event::WhistleLegLate(WhistleLegLate {
            leg: leg.leg,
            unit: leg.unit.clone(),
            stage: silent(leg)?,
            due_at: deadline.due_at,
            superior: context.rules.org.unit(&leg.unit).and_then(|unit| unit.parent.clone()),
        }))
    };
    state.whistle.legs.iter().filter_map(late).collect()
}

/// After a pause of the case (挂账) the open legs go on without it; nothing where there are none.
pub(in crate::case) fn paused(
    state: &State,
    pause: Option<Suspension>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let mut legs = Vec::new();
    for leg in state.whistle.open() {
        legs.push(LegMoved { leg: leg.leg, clocks: recount(&leg.clocks, pause, context)? });
    }
    if legs.is_empty() || pause.is_none() {
        return Ok(Vec::new());
    }
    Ok(vec![Event::WhistleClocksMoved(WhistleClocksMoved { revision: None, legs })])
}

/// The same limits with one more pause, counted again.
pub(super) fn recount(
    clocks: &LegClocks,
    pause: Option<Suspension>,
    context: &Context<'_>,
) -> Result<LegClocks, Rejection> {
    let mut pauses = clocks.pauses.clone();
    pauses.extend(pause);
    let again = |due: &Option<Due>| moved(context.rules, due.as_ref(), &pauses);
    let (respond, arrive, finish) = (again(&clocks.respond)?, again(&clocks.arrive)?, again(&clocks.finish)?);
    Ok(LegClocks { respond, arrive, finish, pauses, ..clocks.clone() })
}

fn moved(rules: &Rulebook, due: Option<&Due>, pauses: &[Suspension]) -> Result<Option<Due>, Rejection> {
    let Some(due) = due else { return Ok(None) };
    clocks::due_with(rules, due.from, Some(&due.budget), pauses)
}

#[cfg(test)]
mod specs {
    use crate::case::event::{LegStage, WhistleKind};
    use crate::case::spec::*;
    use crate::case::{Command, Event};
    use crate::ids::UnitId;

    fn called() -> [Command; 3] {
        [street_case(), Command::Sign, sound(WhistleKind::Emergency, &["D-gongan", "D-chengguan"])]
    }

    fn late(events: &[Event]) -> Vec<(String, LegStage, Option<String>)> {
        let late = events.iter().filter_map(|event| match event {
            Event::WhistleLegLate(e) => {
                Some((e.unit.to_string(), e.stage, e.superior.as_ref().map(UnitId::to_string)))
            }
            _ => None,
        });
        late.collect()
    }

    #[test]
    fn a_silent_unit_is_told_of_once_at_each_limit_and_so_is_the_unit_above_it() {
        let events = spec().given(&called()).run_deadlines_until("2027-03-01T10:00:00+08:00");
        let district = Some("320506".to_owned());
        let mut expected = Vec::new();
        // Nobody has responded, so the time for reporting in has not begun.
        for stage in [LegStage::Respond, LegStage::Finish] {
            for unit in ["D-gongan", "D-chengguan"] {
                expected.push((unit.to_owned(), stage, district.clone()));
            }
        }
        assert_eq!(late(&events), expected);
    }

    #[test]
    fn who_responds_and_comes_in_time_is_not_told_of() {
        let events = spec()
            .given(&called())
            .given_by("D-gongan", &[respond(), arrive()])
            .run_deadlines_until("2026-11-20T11:00:00+08:00");
        let named: Vec<_> = late(&events).into_iter().map(|(unit, ..)| unit).collect();
        assert_eq!(named, ["D-chengguan"]);
    }

    #[test]
    fn who_responds_and_does_not_come_is_told_of_once_more() {
        let events = spec()
            .given(&called())
            .given_by("D-gongan", &[respond()])
            .run_deadlines_until("2026-11-20T11:00:00+08:00");
        let gongan = late(&events).into_iter().filter(|(unit, ..)| unit == "D-gongan");
        assert_eq!(gongan.map(|(_, stage, _)| stage).collect::<Vec<_>>(), [LegStage::Arrive]);
    }

    #[test]
    fn a_late_response_counts_and_the_lateness_stays() {
        spec()
            .given(&called())
            .after_deadlines_until("2026-11-20T12:00:00+08:00")
            .by_unit("D-gongan")
            .when(respond())
            .then_named(&["WhistleResponded"]);
    }

    #[test]
    fn a_paused_case_nags_nobody_and_the_pause_is_left_out() {
        let pause = Command::Suspend {
            reason: "等产权确认".into(),
            review_at: at("2026-12-01T17:30:00+08:00"),
            complainant_told: true,
        };
        let paused = spec().given(&called()).given(std::slice::from_ref(&pause));
        assert_eq!(late(&paused.run_deadlines_until("2026-11-30T10:00:00+08:00")), []);
        let events = spec()
            .given(&called())
            .given(&[pause])
            .at("2026-11-21T10:00:00+08:00")
            .when(Command::Resume)
            .then_named(&["CaseResumed", "WhistleClocksMoved"]);
        let state = state_of(&events);
        let respond = state.whistle.legs[0].clocks.respond.as_ref().map(|due| due.due_at);
        assert_eq!(respond, Some(at("2026-11-21T10:15:00+08:00")), "a day later, to the minute");
    }

    #[test]
    fn a_case_that_is_withdrawn_nags_nobody() {
        let events = spec()
            .given(&called())
            .given(&[Command::Withdraw { reason: "来电人撤销".into() }])
            .run_deadlines_until("2027-03-01T10:00:00+08:00");
        assert_eq!(late(&events), []);
    }
}
