//! 修订: limits of called units counted again under revised rules. What a unit has done keeps its limit.

use uuid::Uuid;

use super::late::name;
use super::sound::Budgets;
use super::state::{Leg, Phase};
use crate::calendar::Budget;
use crate::case::clocks::{self, Due};
use crate::case::event::{Event, LegClocks, LegMoved, LegStage, WhistleClocksMoved};
use crate::case::rejection::Rejection;
use crate::case::revise::{Moved, differs};
use crate::case::state::State;
use crate::context::Context;
use crate::policy::Limits;

/// The limits of the open legs that are other ones now; with `limits`, under the budgets that the rules
/// give now. Nothing where nothing changes.
pub(in crate::case) fn revised(
    state: &State,
    revision: Uuid,
    limits: Option<&Limits>,
    context: &Context<'_>,
) -> Result<Option<Event>, Rejection> {
    let mut legs = Vec::new();
    for leg in state.whistle.open() {
        let clocks = recounted(state, leg, limits, context)?;
        if owed(leg).any(|stage| changes(leg, &clocks, stage)) {
            legs.push(LegMoved { leg: leg.leg, clocks });
        }
    }
    let moved = WhistleClocksMoved { revision: Some(revision), legs };
    Ok((!moved.legs.is_empty()).then_some(Event::WhistleClocksMoved(moved)))
}

/// Each limit that such an event moves.
pub(in crate::case) fn moved(state: &State, event: &Event) -> Vec<Moved> {
    let Event::WhistleClocksMoved(event) = event else { return Vec::new() };
    let mut moved = Vec::new();
    for new in &event.legs {
        let Some(leg) = state.whistle.leg(new.leg) else { continue };
        for stage in owed(leg).filter(|stage| changes(leg, &new.clocks, *stage)) {
            if let (Some(old), Some(new)) = (leg.due(stage), due(&new.clocks, stage)) {
                moved.push(Moved { name: name(stage), from: old.due_at, to: new.due_at });
            }
        }
    }
    moved
}

/// The limits for what the unit has not done yet; while its refusal is being decided, as before it.
fn owed(leg: &Leg) -> impl Iterator<Item = LegStage> {
    let phase = leg.declined.map_or(leg.phase, |(before, _)| before);
    let owed = phase.owes().filter(|_| leg.phase != Phase::Finished);
    [LegStage::Respond, LegStage::Arrive, LegStage::Finish]
        .into_iter()
        .filter(move |stage| owed.is_some_and(|owed| owed <= *stage))
}

fn recounted(
    state: &State,
    leg: &Leg,
    limits: Option<&Limits>,
    context: &Context<'_>,
) -> Result<LegClocks, Rejection> {
    let given = limits.and_then(|limits| Budgets::of(state, leg.kind, limits, context));
    let mut clocks = leg.clocks.clone();
    for stage in owed(leg) {
        let Some(old) = leg.due(stage) else { continue };
        let budget = given.as_ref().and_then(|given| wanted(given, stage)).unwrap_or(old.budget);
        let new = clocks::due_with(context.rules, old.from, Some(&budget), &clocks.pauses)?;
        match stage {
            LegStage::Respond => clocks.respond = new,
            LegStage::Arrive => clocks.arrive = new,
            LegStage::Finish => clocks.finish = new,
        }
    }
    if let Some(given) = given {
        clocks.finish_rule = given.finish_rule;
        clocks.policy.clone_from(&context.rules.policy.version);
    }
    Ok(clocks)
}

fn wanted(given: &Budgets, stage: LegStage) -> Option<Budget> {
    match stage {
        LegStage::Respond => given.respond,
        LegStage::Arrive => given.arrive,
        LegStage::Finish => given.finish,
    }
}

fn due(clocks: &LegClocks, stage: LegStage) -> Option<&Due> {
    match stage {
        LegStage::Respond => clocks.respond.as_ref(),
        LegStage::Arrive => clocks.arrive.as_ref(),
        LegStage::Finish => clocks.finish.as_ref(),
    }
}

fn changes(leg: &Leg, new: &LegClocks, stage: LegStage) -> bool {
    leg.due(stage).zip(due(new, stage)).is_some_and(|(old, new)| differs(old, new))
}

#[cfg(test)]
mod specs {
    use jiff::Timestamp;

    use super::*;
    use crate::calendar::Calendar;
    use crate::case::clocks::DeadlineName;
    use crate::case::event::WhistleKind;
    use crate::case::spec::*;
    use crate::case::{Case, Command, revise};
    use crate::context::{Actor, Rulebook};
    use crate::decider::Decider;
    use crate::policy::{Policy, PolicyFile, PolicyFiles};
    use crate::sample;

    /// The rules with a calendar in which the next Monday to Wednesday are off.
    fn holiday() -> Rulebook {
        let text = sample::CALENDAR
            .replace("\"cn-2026-11\"", "\"cn-2026-12\"")
            .replace("\"2026-10-07\"", "\"2026-10-07\", \"2026-11-23\", \"2026-11-24\", \"2026-11-25\"");
        Rulebook { calendar: Calendar::parse("cn.json", &text).expect("a calendar"), ..rules().clone() }
    }

    /// The rules with three working days to come in place of two.
    fn slower() -> Rulebook {
        let file = |name, text| PolicyFile { name, text };
        let sla = sample::SLA.replace("arrive = \"2wd\"", "arrive = \"3wd\"");
        assert_ne!(sla, sample::SLA);
        let files = PolicyFiles {
            catalogue: file("catalogue.csv", sample::CATALOGUE),
            sla: file("sla.toml", &sla),
            ladder: file("ladder.toml", sample::LADDER),
            ..PolicyFiles::default()
        };
        Rulebook { policy: Policy::parse(&files, None).expect("a policy"), ..rules().clone() }
    }

    fn called() -> [Command; 3] {
        [street_case(), Command::Sign, sound(WhistleKind::Key, &["D-gongan"])]
    }

    fn context<'a>(rules: &'a Rulebook, actor: &'a Actor) -> Context<'a> {
        let now = at("2026-11-20T12:00:00+08:00");
        Context { now, occurred_at: now, actor, rules }
    }

    fn revised(state: &State, rules: &Rulebook, budgets: bool) -> (State, Vec<&'static str>) {
        let actor = Actor::person("admin", "320506");
        let command = Command::Revise { revision: Uuid::from_u128(7), budgets };
        let events = Case::decide(state, &command, &context(rules, &actor)).expect("it counts");
        let mut after = state.clone();
        events.iter().for_each(|event| Case::evolve(&mut after, event));
        (after, events.iter().map(Event::name).collect())
    }

    fn dues(state: &State) -> [Option<Timestamp>; 3] {
        let clocks = &state.whistle.legs[0].clocks;
        [&clocks.respond, &clocks.arrive, &clocks.finish].map(|due| due.as_ref().map(|due| due.due_at))
    }

    #[test]
    fn a_holiday_moves_the_limits_of_a_called_unit_too_and_twice_is_once() {
        let before = spec().given(&called()).state();
        let (after, events) = revised(&before, &holiday(), true);
        assert_eq!(events, ["DeadlineRecalculated", "WhistleClocksMoved"]);
        // A working day from Friday ended on Monday; that is a holiday now, and so are the two after it.
        assert_eq!(dues(&before)[0], Some(at("2026-11-23T17:30:00+08:00")));
        assert_eq!(dues(&after)[0], Some(at("2026-11-26T17:30:00+08:00")));
        assert!(dues(&after)[1].is_none() && dues(&after)[2] > dues(&before)[2]);
        assert_eq!(revised(&after, &holiday(), true).1, Vec::<&str>::new());
    }

    #[test]
    fn what_the_unit_has_done_keeps_its_limit() {
        let before = spec().given(&called()).given_by("D-gongan", &[respond()]).state();
        let (after, _) = revised(&before, &holiday(), true);
        assert_eq!(dues(&after)[0], dues(&before)[0]);
        assert!(dues(&after)[1] > dues(&before)[1]);
    }

    #[test]
    fn a_revised_budget_counts_unless_budgets_shall_stay() {
        let before = spec().given(&called()).given_by("D-gongan", &[respond()]).state();
        let (after, _) = revised(&before, &slower(), true);
        assert_eq!(after.whistle.legs[0].clocks.arrive.as_ref().map(|due| due.budget), Some(budget("3wd")));
        assert_eq!(revised(&before, &slower(), false).1, Vec::<&str>::new());
    }

    #[test]
    fn who_was_told_to_be_silent_is_told_again_where_the_limit_moved_out() {
        let before = spec().given(&called()).after_deadlines_until("2026-11-23T18:00:00+08:00").state();
        assert!(before.whistle.legs[0].told.contains(&LegStage::Respond));
        let (after, _) = revised(&before, &holiday(), true);
        assert!(!after.whistle.legs[0].told.contains(&LegStage::Respond));
    }

    #[test]
    fn a_unit_that_has_left_or_finished_is_not_counted_again() {
        let done = [respond(), arrive(), finish()];
        let before = spec().given(&called()).given_by("D-gongan", &done).state();
        assert_eq!(revised(&before, &holiday(), true).1, ["DeadlineRecalculated"]);
    }

    #[test]
    fn a_preview_names_the_limits_of_called_units() {
        let before = spec().given(&called()).state();
        let (rules, actor) = (holiday(), Actor::person("admin", "320506"));
        let preview = revise::preview(&before, true, &context(&rules, &actor)).expect("it counts");
        let whistle = |moved: &&Moved| moved.name == DeadlineName::WhistleRespond;
        assert_eq!(preview.limits.iter().filter(whistle).count(), 1);
    }
}
