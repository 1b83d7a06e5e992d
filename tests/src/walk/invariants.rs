//! DOMAIN §5, as far as the product has what they speak of, and what follows from them.

use domain::case::event::Event;
use domain::case::{Command, Life, State};
use domain::context::{Actor, Rulebook};
use jiff::Timestamp;

/// One step of the walk.
pub(super) struct Step<'a> {
    pub before: &'a State,
    pub after: &'a State,
    pub actor: &'a Actor,
    pub command: &'a Command,
    pub events: &'a [Event],
}

/// What the step has broken.
pub(super) fn broken(step: &Step<'_>, now: Timestamp, rules: &Rulebook) -> Vec<&'static str> {
    let checks: [(&str, bool); 11] = [
        ("one lead from dispatch to close, moved by nobody", one_lead(step)),
        ("no dispatch below the item's lowest rung", on_its_rung(step.after, rules)),
        ("a running clock has a deadline", clock_has_deadline(step.after)),
        ("a pause has a reason and a review date", pause_is_reasoned(step)),
        ("an extension comes before the limit, told to the complainant", extension_is_lawful(step, now)),
        ("verification and callback are never done by the handler", judged_by_another(step)),
        ("a barred unit has nothing of the case", barred_has_nothing(step.after, rules)),
        ("a barred unit does nothing with the case", barred_does_nothing(step, rules)),
        ("what has ended waits for nothing", end_is_silent(step.after)),
        ("amber, steps and limit are in their order", clock_is_ordered(step.after)),
        ("an accepted command is one that the table allows", is_admissible(step)),
    ];
    checks.into_iter().filter(|(_, holds)| !holds).map(|(what, _)| what).collect()
}

fn one_lead(step: &Step<'_>) -> bool {
    let handled = matches!(
        step.after.life,
        Life::Dispatched | Life::InProgress | Life::Suspended | Life::Handled | Life::PendingCallback
    );
    let kept = step.before.lead.is_none() || step.before.lead == step.after.lead;
    let moved = step.events.iter().any(moves_the_lead);
    (!handled || step.after.lead.is_some()) && (kept || moved)
}

/// An adjudication may move it (北京条例 §14), and the dispatch that follows.
fn moves_the_lead(event: &Event) -> bool {
    let name = event.name();
    ["Dispatched", "Adjudicated", "Designated", "Approved", "Barred"].iter().any(|word| name.ends_with(word))
        || name == "UnitBarred"
}

fn on_its_rung(state: &State, rules: &Rulebook) -> bool {
    let item = state.item.as_ref().and_then(|code| rules.policy.catalogue.item(code));
    match (item.and_then(|item| item.lowest_rung), state.start) {
        (Some(lowest), Some(start)) => start >= lowest,
        _ => true,
    }
}

fn clock_has_deadline(state: &State) -> bool {
    !state.life.is_running() || state.red_told || state.next_deadline().is_some()
}

fn pause_is_reasoned(step: &Step<'_>) -> bool {
    let stands = (step.after.life == Life::Suspended) == step.after.suspended.is_some();
    let reasoned = step.events.iter().all(|event| match event {
        Event::CaseSuspended(e) => !e.reason.trim().is_empty() && e.review_at > e.from,
        _ => true,
    });
    stands && reasoned
}

fn extension_is_lawful(step: &Step<'_>, now: Timestamp) -> bool {
    match step.command {
        Command::Extend { complainant_told, .. } => {
            *complainant_told && step.before.resolve.as_ref().is_some_and(|clock| now < clock.due_at)
        }
        _ => true,
    }
}

fn judged_by_another(step: &Step<'_>) -> bool {
    let judges = matches!(step.command, Command::Verify { .. } | Command::RecordCallback { .. });
    !judges || !step.before.is_handler(step.actor)
}

fn barred_has_nothing(state: &State, rules: &Rulebook) -> bool {
    !state.life.is_open()
        || state.holders().iter().all(|holder| {
            let org = &rules.org;
            state.barred.units.iter().all(|barred| !org.is_within(holder, barred) && *holder != barred)
        })
}

fn barred_does_nothing(step: &Step<'_>, rules: &Rulebook) -> bool {
    let within = |unit: &domain::ids::UnitId| {
        step.before.barred.units.iter().any(|barred| unit == barred || rules.org.is_within(unit, barred))
    };
    step.events.is_empty() || !step.actor.unit.as_ref().is_some_and(within)
}

fn end_is_silent(state: &State) -> bool {
    state.life.is_open() || state.life == Life::Absent || state.next_deadline().is_none()
}

fn clock_is_ordered(state: &State) -> bool {
    state.resolve.as_ref().is_none_or(|clock| {
        clock.amber_at <= clock.due_at
            && clock.steps.is_sorted_by_key(|step| (step.to, step.at))
            && clock.steps.iter().all(|step| step.at <= clock.due_at)
    })
}

fn is_admissible(step: &Step<'_>) -> bool {
    use domain::case::admissible::{Kind, answer};
    answer(Kind::of(step.command), step.before.life).is_none()
}
