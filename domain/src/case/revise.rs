//! 修订: limits of an open case counted again under revised rules. What happened stays; a limit that
//! has been told is told again only where it has moved out.

use jiff::Timestamp;
use uuid::Uuid;

use super::clocks::{self, DeadlineName, Due, ResolveClock, ResolveTerms};
use super::event::{DeadlineRecalculated, Event, Recounted, Shift};
use super::move_work;
use super::part;
use super::rejection::Rejection;
use super::state::State;
use super::supervision;
use super::whistle;
use crate::calendar::Budget;
use crate::context::Context;
use crate::policy::Limits;

/// A limit that a revision would move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Which.
    pub name: DeadlineName,
    /// When it is due now.
    pub from: Timestamp,
    /// When it would be due.
    pub to: Timestamp,
}

/// What a revision would do to a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// Limits that would move.
    pub limits: Vec<Moved>,
    /// Units that have ended, each with its successor.
    pub work: Vec<Shift>,
}

impl Preview {
    /// Nothing would change.
    pub fn is_empty(&self) -> bool {
        self.limits.is_empty() && self.work.is_empty()
    }
}

/// What a revision would do to a case; the same decision that carries it out.
///
/// # Errors
/// A clock that the calendar cannot count.
pub fn preview(state: &State, budgets: bool, context: &Context<'_>) -> Result<Preview, Rejection> {
    let work = move_work::moved(state, Uuid::nil(), context).filter(|_| state.life.is_open());
    let work =
        work.into_iter().flat_map(|work| [work.place, work.lead, work.responsible]).flatten().collect();
    Ok(Preview { limits: limits_moved(state, budgets, context)?, work })
}

fn limits_moved(state: &State, budgets: bool, context: &Context<'_>) -> Result<Vec<Moved>, Rejection> {
    let limits = limits(state, budgets, context);
    let own = recalculated(state, Uuid::nil(), limits.as_ref(), context)?;
    let called = called(state, Uuid::nil(), limits.as_ref(), context)?;
    let own = own.iter().flat_map(|event| own_moved(state, event));
    let called = called.iter().flat_map(|event| whistle::moved(state, event));
    let parts = parts_moved(state, context)?.into_iter().flat_map(|event| part::moved_limits(state, &event));
    let parts = parts.map(|(name, from, to)| Moved { name, from, to });
    let ladder = supervision::revised(state, context).filter(|_| state.life.is_open());
    let ladder = ladder.map(|(from, to)| Moved { name: DeadlineName::Supervise, from, to });
    let owed = supervision::recounted(state, context)?;
    let owed = owed.into_iter().flat_map(|event| supervision::moved_limits(state, &event));
    let owed = owed.map(|(name, from, to)| Moved { name, from, to });
    Ok(own.chain(called).chain(parts).chain(ladder).chain(owed).collect())
}

fn own_moved(state: &State, event: &DeadlineRecalculated) -> Vec<Moved> {
    let resolve = event.resolve.as_ref().zip(state.resolve.as_ref()).map(|(new, old)| Moved {
        name: DeadlineName::Resolve,
        from: old.due_at,
        to: new.due_at,
    });
    let dues = event.dues.iter().filter_map(|new| {
        let (_, old) = owed(state).find(|(name, _)| *name == new.name)?;
        Some(Moved { name: new.name, from: old.due_at, to: new.due.due_at })
    });
    resolve.into_iter().chain(dues).collect()
}

/// Counts every limit that is still owed from its stored terms; with `budgets`, under the budgets that
/// the rules give now. Nothing where nothing changes: giving it twice is giving it once.
pub(super) fn revise(
    state: &State,
    revision: Uuid,
    budgets: bool,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let work = move_work::moved(state, revision, context).filter(|_| state.life.is_open());
    let limits = limits(state, budgets, context);
    let own = recalculated(state, revision, limits.as_ref(), context)?.map(Event::DeadlineRecalculated);
    let called = called(state, revision, limits.as_ref(), context)?;
    let owed = supervision::recounted(state, context)?;
    let parts = parts_moved(state, context)?.into_iter().chain(owed);
    Ok(work.map(Event::WorkMoved).into_iter().chain(own).chain(called).chain(parts).collect())
}

/// The limits of the units that are called, of a case that is still open.
fn called(
    state: &State,
    revision: Uuid,
    limits: Option<&Limits>,
    context: &Context<'_>,
) -> Result<Option<Event>, Rejection> {
    if state.life.is_open() { whistle::revised(state, revision, limits, context) } else { Ok(None) }
}

fn recalculated(
    state: &State,
    revision: Uuid,
    limits: Option<&Limits>,
    context: &Context<'_>,
) -> Result<Option<DeadlineRecalculated>, Rejection> {
    if !state.life.is_open() {
        return Ok(None);
    }
    let mut dues = Vec::new();
    for (name, due) in owed(state) {
        let budget = limits.and_then(|limits| given(limits, *name, context)).unwrap_or(due.budget);
        let counted = clocks::due(context.rules, due.from, Some(&budget))?;
        dues.extend(counted.filter(|new| differs(due, new)).map(|due| Recounted { name: *name, due }));
    }
    // The result ends what the limit is for, until it turns out not to hold.
    let running = state.handled_at.is_none();
    let resolve = match (&state.resolve, state.start) {
        (Some(clock), Some(start)) if running => {
            let (budget, rule) = match limits.and_then(|limits| own(state, clock, limits)) {
                Some((budget, rule)) => (budget, rule),
                None => (clock.budget, clock.rule.clone()),
            };
            Some(clocks::resolve(
                ResolveTerms {
                    from: clock.from,
                    budget: &budget,
                    extensions: clock.extensions.clone(),
                    suspensions: clock.suspensions.clone(),
                    outside_due_at: clock.outside_due_at,
                    start,
                    climb: clock.climb,
                    rule,
                },
                context,
            )?)
        }
        _ => None,
    };
    let moved = resolve.as_ref().zip(state.resolve.as_ref()).is_some_and(|(new, old)| !same(old, new));
    Ok((moved || !dues.is_empty()).then(|| DeadlineRecalculated {
        revision,
        policy: context.rules.policy.version.clone(),
        calendar: context.rules.calendar.revision().to_owned(),
        resolve,
        dues,
    }))
}

/// The parts of an open case, under the calendar as it is now.
fn parts_moved(state: &State, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    if state.life.is_open() { part::revised(state, context) } else { Ok(Vec::new()) }
}

/// Limits beside the clock for the result of which what they limit has not been done, passed or not.
fn owed(state: &State) -> impl Iterator<Item = &(DeadlineName, Due)> {
    state.dues.iter().chain(&state.passed)
}

/// The limits that the rules give the case's item now; none where budgets shall stay, or the catalogue
/// has the item no more.
fn limits(state: &State, budgets: bool, context: &Context<'_>) -> Option<Limits> {
    let policy = &context.rules.policy;
    match (budgets, &state.item) {
        (false, _) => None,
        (true, None) => Some(policy.limits(None)),
        (true, Some(item)) => policy.catalogue.item(item).map(|item| policy.limits(Some(item))),
    }
}

fn given(limits: &Limits, name: DeadlineName, context: &Context<'_>) -> Option<Budget> {
    match name {
        DeadlineName::Dispatch => limits.dispatch,
        DeadlineName::Sign => limits.sign,
        DeadlineName::Contact => limits.contact,
        DeadlineName::Verify => limits.verify,
        DeadlineName::Callback => limits.callback,
        DeadlineName::Answer => Some(context.rules.policy.ladder.district_answer),
        _ => None,
    }
}

/// The budget that item or class gives, where that is what gave the clock its own.
fn own(state: &State, clock: &ResolveClock, limits: &Limits) -> Option<(Budget, String)> {
    let item = state.item.as_ref()?;
    let by_rule = clock.rule.starts_with("item ") || clock.rule.starts_with("class ");
    let rule =
        if limits.resolve_from_item { format!("item {item}") } else { format!("class {}", limits.class) };
    limits.resolve.filter(|_| by_rule).map(|budget| (budget, rule))
}

/// The names of the editions alone are no difference: nobody has to be told of them.
pub(super) fn differs(old: &Due, new: &Due) -> bool {
    (old.due_at, old.budget, old.provisional) != (new.due_at, new.budget, new.provisional)
}

fn same(old: &ResolveClock, new: &ResolveClock) -> bool {
    (old.due_at, old.amber_at, &old.steps, old.budget, old.provisional)
        == (new.due_at, new.amber_at, &new.steps, new.budget, new.provisional)
}

#[cfg(test)]
mod specs {
    use super::*;
    use crate::calendar::Calendar;
    use crate::case::spec::*;
    use crate::case::{Case, Command, Life};
    use crate::context::{Actor, Rulebook};
    use crate::decider::Decider;
    use crate::policy::{Policy, PolicyFile, PolicyFiles};
    use crate::sample;

    fn at_noon() -> Timestamp {
        at("2026-11-20T12:00:00+08:00")
    }

    /// The rules with a calendar in which the next Monday to Wednesday are off.
    fn holiday() -> Rulebook {
        let text = sample::CALENDAR
            .replace("\"cn-2026-11\"", "\"cn-2026-12\"")
            .replace("\"2026-10-07\"", "\"2026-10-07\", \"2026-11-23\", \"2026-11-24\", \"2026-11-25\"");
        Rulebook { calendar: Calendar::parse("cn.json", &text).expect("a calendar"), ..rules().clone() }
    }

    /// The rules with another limit for the case's item.
    fn shorter() -> Rulebook {
        let file = |name, text| PolicyFile { name, text };
        let sla = sample::SLA.replace("wuzhong-sample-1", "wuzhong-sample-2");
        let catalogue = sample::CATALOGUE.replace("生态环境、市监,,5wd,N3", "生态环境、市监,,2wd,N3");
        let files = PolicyFiles {
            catalogue: file("catalogue.csv", &catalogue),
            sla: file("sla.toml", &sla),
            ladder: file("ladder.toml", sample::LADDER),
            ..PolicyFiles::default()
        };
        Rulebook { policy: Policy::parse(&files, None).expect("a policy"), ..rules().clone() }
    }

    fn decide(state: &State, rules: &Rulebook, budgets: bool) -> Vec<Event> {
        let actor = Actor::person("admin", "320506");
        let context = Context { now: at_noon(), occurred_at: at_noon(), actor: &actor, rules };
        let command = Command::Revise { revision: Uuid::from_u128(7), budgets };
        Case::decide(state, &command, &context).expect("it counts")
    }

    fn after(state: &State, events: &[Event]) -> State {
        let mut state = state.clone();
        events.iter().for_each(|event| Case::evolve(&mut state, event));
        state
    }

    fn open() -> State {
        state_of(&spec().when(street_case()).events())
    }

    #[test]
    fn a_holiday_that_is_published_later_moves_the_limits_of_an_open_case_out() {
        let before = open();
        let events = decide(&before, &holiday(), true);
        let state = after(&before, &events);
        let (old, new) = (before.resolve.expect("a clock"), state.resolve.clone().expect("a clock"));
        assert!(new.due_at > old.due_at && new.amber_at > old.amber_at && new.steps != old.steps);
        assert_eq!((new.from, new.budget, &new.rule), (old.from, old.budget, &old.rule));
        assert_eq!(new.calendar, "cn-2026-12");
        let contact = |state: &State| state.dues.iter().find(|due| due.0 == DeadlineName::Contact).cloned();
        assert!(contact(&state).expect("owed").1.due_at > at("2026-11-26T00:00:00+08:00"));
        assert_eq!(decide(&state, &holiday(), true), [], "giving it twice is giving it once");
    }

    #[test]
    fn a_revised_budget_moves_the_limit_unless_budgets_shall_stay() {
        let before = open();
        assert_eq!(decide(&before, &shorter(), false), []);
        let state = after(&before, &decide(&before, &shorter(), true));
        let clock = state.resolve.expect("a clock");
        assert_eq!((clock.budget, clock.policy.as_str()), (budget("2wd"), "wuzhong-sample-2"));
        assert!(clock.due_at < before.resolve.expect("a clock").due_at);
    }

    #[test]
    fn what_was_told_is_told_again_only_where_it_moved_out() {
        let late = "2026-12-07T10:00:00+08:00";
        let events = spec().given(&[street_case()]).run_deadlines_until(late);
        let before = state_of(&spec().when(street_case()).events());
        let before = after(&before, &events);
        assert!(before.red_told && before.next_deadline().is_some_and(|next| next.due_at > at(late)));
        assert_eq!(decide(&before, rules(), true), [], "the same rules move nothing");
        let earlier = after(&before, &decide(&before, &shorter(), true));
        assert!(earlier.red_told && earlier.passed.len() == before.passed.len());
        let later = after(&before, &decide(&before, &holiday(), true));
        assert!(!later.red_told, "the limit for the result moved out");
        assert!(
            later.dues.iter().any(|due| due.0 == DeadlineName::Contact),
            "and so did the one for the contact"
        );
        assert_eq!(later.rung, before.rung, "no step of the ladder is climbed twice");
    }

    #[test]
    fn what_is_over_is_never_counted_again() {
        let handled = spec().given(&[register(), Command::Sign]).by_handler().when(result());
        let before = state_of(&handled.events());
        assert_eq!(before.life, Life::Handled);
        let events = decide(&before, &holiday(), true);
        let only_the_check = |event: &Event| matches!(event, Event::DeadlineRecalculated(e) if e.resolve.is_none() && e.dues.len() == 1);
        assert!(events.iter().all(only_the_check), "{events:?}");
        let closed = spec().given(&[register(), Command::Sign, result(), passed()]);
        let closed = state_of(&closed.when(callback(true)).events());
        assert_eq!(closed.life, Life::Closed);
        assert_eq!(decide(&closed, &holiday(), true), []);
    }

    #[test]
    fn a_preview_tells_what_the_decision_does() {
        let before = open();
        let actor = Actor::person("admin", "320506");
        let rules = holiday();
        let context = Context { now: at_noon(), occurred_at: at_noon(), actor: &actor, rules: &rules };
        let moved = preview(&before, true, &context).expect("it counts").limits;
        let state = after(&before, &decide(&before, &rules, true));
        assert_eq!(moved.first().map(|moved| moved.to), state.resolve.map(|clock| clock.due_at));
        assert!(moved.len() > 1 && moved.iter().all(|moved| moved.to > moved.from));
    }

    #[test]
    fn a_merged_units_open_work_goes_to_its_successor_and_what_is_over_stays() {
        let lead = state_of(&spec().when(street_case()).events()).lead.expect("a street");
        let header: Vec<&str> = sample::UNITS.lines().next().expect("a header").trim().split(',').collect();
        let row = |values: &[(&str, &str)]| {
            let value =
                |column: &&str| values.iter().find(|(name, _)| name == column).map_or("", |(_, value)| value);
            header.iter().map(value).collect::<Vec<_>>().join(",")
        };
        let street = row(&[
            ("code", lead.as_str()),
            ("name", "旧街道"),
            ("kind", "street"),
            ("parent", "320506"),
            ("valid_to", "2026-11-19"),
        ]);
        let new = row(&[
            ("code", "NEW"),
            ("name", "新街道"),
            ("kind", "street"),
            ("parent", "320506"),
            ("valid_from", "2026-11-20"),
        ]);
        let old = format!("{lead},");
        let mut units: Vec<&str> = sample::UNITS.lines().filter(|line| !line.starts_with(&old)).collect();
        units.extend([street.as_str(), new.as_str()]);
        let org = crate::org::Org::parse("units.csv", &units.join("\n")).expect("a tree");
        let rows = format!("from,to,on\n{lead},NEW,2026-11-20\n");
        let org = org.succeeded("succession.csv", &rows).expect("sound");
        let merged = Rulebook { org, ..rules().clone() };
        let before = state_of(&spec().when(street_case()).events());
        let events = decide(&before, &merged, true);
        assert_eq!(events.iter().map(Event::name).collect::<Vec<_>>(), ["WorkMoved"]);
        let state = after(&before, &events);
        let new = Some(crate::ids::UnitId::new("NEW"));
        assert_eq!((&state.lead, &state.responsible), (&new, &new));
        assert_eq!(state.resolve, before.resolve, "the resident's clock goes on");
        assert_eq!(decide(&state, &merged, true), []);
        let closed = spec().given(&[street_case()]).when(Command::Withdraw { reason: "x".into() }).events();
        assert_eq!(decide(&state_of(&closed), &merged, true), []);
    }
}
