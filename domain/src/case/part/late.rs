//! A unit that is silent at a limit of its part, told once; and the pauses of a part.

use jiff::Timestamp;

use super::state::Part;
use crate::calendar::Suspension;
use crate::case::clocks::{self, Deadline, DeadlineName, Due};
use crate::case::event::{Event, PartClocks, PartClocksMoved, PartLate, PartMoved, PartStage};
use crate::case::rejection::Rejection;
use crate::case::state::{Life, State};
use crate::context::Context;

/// The limits of parts that a case waits for. One that is paused nags nobody.
pub(in crate::case) fn waits_for(state: &State) -> impl Iterator<Item = Deadline> {
    let runs = state.life.is_open() && state.life != Life::Suspended;
    let lead = state.resolve.as_ref().map(|clock| clock.due_at);
    let parts = state.parts.parts.iter().filter(move |_| runs);
    parts
        .flat_map(move |part| part.running(lead))
        .map(|(stage, due_at)| Deadline { name: name(stage), due_at })
}

fn name(stage: PartStage) -> DeadlineName {
    match stage {
        PartStage::Sign => DeadlineName::PartSign,
        PartStage::Finish => DeadlineName::PartFinish,
    }
}

/// Every part that is silent at this limit: those given together share it.
pub(in crate::case) fn late(state: &State, deadline: &Deadline) -> Vec<Event> {
    let lead = state.resolve.as_ref().map(|clock| clock.due_at);
    let late = |part: &Part| {
        let mut running = part.running(lead);
        let (stage, due_at) =
            running.find(|(stage, at)| name(*stage) == deadline.name && *at == deadline.due_at)?;
        Some(Event::PartLate(PartLate { part: part.part, unit: part.unit.clone(), stage, due_at }))
    };
    state.parts.parts.iter().filter_map(late).collect()
}

/// After a pause of the case (挂账) the open parts go on without it; nothing where there are none.
pub(in crate::case) fn paused(
    state: &State,
    pause: Option<Suspension>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if pause.is_none() {
        return Ok(Vec::new());
    }
    moved(state, pause, context)
}

/// The limits of the open parts under revised rules; only those that are other ones.
pub(in crate::case) fn revised(state: &State, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    moved(state, None, context)
}

fn moved(state: &State, pause: Option<Suspension>, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let mut parts = Vec::new();
    for part in state.parts.open() {
        let clocks = recount(&part.clocks, pause, context)?;
        let same = |stage| clocks.due_at(stage, None) == part.clocks.due_at(stage, None);
        if pause.is_some() || !(same(PartStage::Sign) && same(PartStage::Finish)) {
            parts.push(PartMoved { part: part.part, clocks });
        }
    }
    Ok(if parts.is_empty() { Vec::new() } else { vec![Event::PartClocksMoved(PartClocksMoved { parts })] })
}

/// What an event moves, for a preview.
pub(in crate::case) fn moved_limits(
    state: &State,
    event: &Event,
) -> Vec<(DeadlineName, Timestamp, Timestamp)> {
    let Event::PartClocksMoved(event) = event else { return Vec::new() };
    let old = |number| state.parts.parts.iter().find(|part| part.part == number);
    let limits = event.parts.iter().filter_map(|moved| Some((old(moved.part)?, &moved.clocks)));
    let stages = |(part, new): (&Part, &PartClocks)| {
        let due = |stage| Some((name(stage), part.clocks.due_at(stage, None)?, new.due_at(stage, None)?));
        part.phase.owes().iter().filter_map(|stage| due(*stage)).filter(|(_, from, to)| from != to).collect()
    };
    limits.flat_map(|one| -> Vec<_> { stages(one) }).collect()
}

/// The same limits with one more pause, counted again.
pub(super) fn recount(
    clocks: &PartClocks,
    pause: Option<Suspension>,
    context: &Context<'_>,
) -> Result<PartClocks, Rejection> {
    let mut pauses = clocks.pauses.clone();
    pauses.extend(pause);
    let again = |due: &Option<Due>| match due {
        Some(due) => clocks::due_with(context.rules, due.from, Some(&due.budget), &pauses),
        None => Ok(None),
    };
    let (sign, finish) = (again(&clocks.sign)?, again(&clocks.finish)?);
    Ok(PartClocks { sign, finish, pauses, ..clocks.clone() })
}

#[cfg(test)]
mod specs {
    use crate::case::event::PartStage;
    use crate::case::spec::*;
    use crate::case::{Command, Event, PartCommand};
    use crate::ids::UnitId;

    fn quick() -> Command {
        let units = vec![UnitId::new("D-gongan"), UnitId::new("D-chengguan")];
        let within = Some(budget("1wd"));
        Command::Part(PartCommand::AddCoUnit { units, task: "现场勘查".into(), within })
    }

    fn late(events: &[Event]) -> Vec<(String, PartStage)> {
        let late = events.iter().filter_map(|event| match event {
            Event::PartLate(e) => Some((e.unit.to_string(), e.stage)),
            _ => None,
        });
        late.collect()
    }

    #[test]
    fn a_silent_unit_is_told_of_once_at_each_limit() {
        let events = spec().given(&[street_case(), quick()]).run_deadlines_until("2027-03-01T10:00:00+08:00");
        let both = |stage| ["D-gongan", "D-chengguan"].map(|unit| (unit.to_owned(), stage));
        assert_eq!(late(&events), [both(PartStage::Sign), both(PartStage::Finish)].concat());
    }

    #[test]
    fn a_part_never_ends_after_the_leads_own_limit() {
        let long = Command::Part(PartCommand::AddCoUnit {
            units: vec![UnitId::new("D-gongan")],
            task: "现场勘查".into(),
            within: Some(budget("60wd")),
        });
        let before = state_of(&spec().given(&[street_case()]).when(long.clone()).events());
        let limit = before.resolve.map(|clock| clock.due_at);
        let events = spec().given(&[street_case(), long]).run_deadlines_until("2027-03-01T10:00:00+08:00");
        let finish = events.iter().find_map(|event| match event {
            Event::PartLate(e) if e.stage == PartStage::Finish => Some(e.due_at),
            _ => None,
        });
        assert_eq!(finish, limit);
    }

    #[test]
    fn what_could_not_be_kept_from_the_start_is_not_told_as_late() {
        let events = spec()
            .given(&[street_case()])
            .after_deadlines_until("2027-02-01T10:00:00+08:00")
            .given(&[quick()])
            .run_deadlines_until("2027-04-01T10:00:00+08:00");
        assert_eq!(late(&events), []);
    }

    #[test]
    fn a_paused_case_nags_nobody_and_the_pause_is_left_out() {
        let pause = Command::Suspend {
            reason: "等产权确认".into(),
            review_at: at("2026-12-10T17:30:00+08:00"),
            complainant_told: true,
        };
        let paused = || spec().given(&[street_case(), quick(), pause.clone()]);
        assert_eq!(late(&paused().run_deadlines_until("2026-12-09T10:00:00+08:00")), []);
        let events = paused()
            .at("2026-11-27T10:00:00+08:00")
            .when(Command::Resume)
            .then_named(&["CaseResumed", "PartClocksMoved"]);
        let state = state_of(&events);
        let due = state.parts.parts[0].clocks.due_at(PartStage::Finish, None);
        assert_eq!(due, Some(at("2026-11-27T17:30:00+08:00")));
    }
}
