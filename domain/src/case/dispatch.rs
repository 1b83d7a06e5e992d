//! 定类与派单: item and place choose the lowest rung that can solve it (小事不出网格、大事不出社区).

use jiff::Timestamp;

use super::barred::{self, Barred};
use super::clocks::{self, Climb, ResolveClock, ResolveTerms};
use super::community;
use super::event::{CaseClassified, CaseDispatched, CaseTransferredOut, Event};
use super::rejection::{Code, Rejection};
use super::state::State;
use crate::context::{Context, Rulebook};
use crate::ids::{ItemCode, Rung, UnitId};
use crate::org::Unit;
use crate::policy::Item;

/// What is to be put on a rung.
pub(super) struct Order<'a> {
    pub item: &'a Item,
    pub place: &'a UnitId,
    pub from: Timestamp,
    pub outside_due_at: Option<Timestamp>,
    pub barred: &'a Barred,
    /// The case before, where it was dispatched already.
    pub before: Option<&'a State>,
    /// Nobody complained: nobody is contacted.
    pub patrol: bool,
}

/// A person names item and place; policy dispatches at once where it finds the unit.
pub(super) fn classify(
    state: &State,
    item: &ItemCode,
    place: &UnitId,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let item = find_item(item, context.rules)?;
    find_unit(place, context.rules)?;
    let mut events = vec![classified(item, place, context.rules)];
    if item.lowest_rung.is_none() {
        events.push(transferred_out(item));
    } else if !state.barred.unclear {
        match dispatched(&order(state, item, place, context), None, context) {
            // Where policy finds the unit that sent it back, a person names another.
            Err(Rejection { code: Code::ReturnedUnit, .. }) => {}
            dispatched => events.push(dispatched?),
        }
    }
    Ok(events)
}

/// A person dispatches, to a unit of choice or where policy says.
pub(super) fn dispatch(
    state: &State,
    unit: Option<&UnitId>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let (Some(item), Some(place)) = (&state.item, &state.place) else {
        return Err(Code::NotClassified.into());
    };
    if state.barred.unclear {
        return Err(Code::AccusedUnclear.into());
    }
    let item = find_item(item, context.rules)?;
    Ok(vec![dispatched(&order(state, item, place, context), unit, context)?])
}

/// To another unit, by whoever settles whose duty it is; also to one that had sent it back.
pub(super) fn again(state: &State, unit: &UnitId, context: &Context<'_>) -> Result<Event, Rejection> {
    let (Some(item), Some(place)) = (&state.item, &state.place) else {
        return Err(Code::NotClassified.into());
    };
    let item = find_item(item, context.rules)?;
    put_on_rung(&order(state, item, place, context), Some(unit), context)
}

fn order<'a>(state: &'a State, item: &'a Item, place: &'a UnitId, context: &Context<'_>) -> Order<'a> {
    Order {
        item,
        place,
        from: state.clocks_from.unwrap_or(context.occurred_at).max(context.occurred_at),
        outside_due_at: state.outside_due_at,
        barred: &state.barred,
        before: state.resolve.is_some().then_some(state),
        patrol: state.patrol,
    }
}

pub(super) fn classified(item: &Item, place: &UnitId, rules: &Rulebook) -> Event {
    Event::CaseClassified(CaseClassified {
        item: item.code.clone(),
        item_name: item.name.clone(),
        place: place.clone(),
        class: item.sla_class.clone(),
        policy_version: rules.policy.version.clone(),
    })
}

pub(super) fn transferred_out(item: &Item) -> Event {
    Event::CaseTransferredOut(CaseTransferredOut { item: item.code.clone(), route: item.lead.clone() })
}

/// Puts the case on a rung, but not where it came back from.
pub(super) fn dispatched(
    order: &Order<'_>,
    chosen: Option<&UnitId>,
    context: &Context<'_>,
) -> Result<Event, Rejection> {
    let event = put_on_rung(order, chosen, context)?;
    match (&event, order.before) {
        (Event::CaseDispatched(e), Some(before)) if before.hands.returned.contains(&e.unit) => {
            Err(Rejection::about(Code::ReturnedUnit, &e.unit))
        }
        _ => Ok(event),
    }
}

/// Puts the case on a rung and fixes every limit, with the rule behind it (北京条例 §13).
fn put_on_rung(
    order: &Order<'_>,
    chosen: Option<&UnitId>,
    context: &Context<'_>,
) -> Result<Event, Rejection> {
    let rules = context.rules;
    let lowest = order.item.lowest_rung.ok_or(Code::RoutedItem)?;
    let (unit, basis) = match chosen {
        Some(code) => (find_unit(code, rules)?, "person".to_owned()),
        None => lowest_able(order, rules.policy.lowest_rung(order.item).unwrap_or(lowest), rules)?,
    };
    // A unit that has ended is called no more: its successor is.
    let today = rules.calendar.date_of(context.now);
    let unit = rules.org.heir(&unit.code, Some(order.place), today).unwrap_or(unit);
    if unit.rung < lowest {
        return Err(Rejection::about(Code::BelowLowestRung, &unit.code));
    }
    community::may_lead(order.item, unit.rung, rules)?;
    let limits = rules.policy.limits(Some(order.item));
    let budget = limits.resolve.ok_or(Code::ClockUncountable)?;
    let terms = ResolveTerms {
        from: order.from,
        budget: &budget,
        extensions: Vec::new(),
        suspensions: Vec::new(),
        outside_due_at: order.outside_due_at,
        start: unit.rung,
        climb: None,
        rule: if order.item.resolve.is_some() {
            format!("item {}", order.item.code)
        } else {
            format!("class {}", order.item.sla_class)
        },
    };
    let before = order.before.and_then(|before| before.resolve.as_ref());
    let terms = match before {
        None => terms,
        Some(clock) => gone_on(terms, clock),
    };
    Ok(Event::CaseDispatched(CaseDispatched {
        unit: unit.code.clone(),
        rung: unit.rung,
        basis,
        sign: clocks::due(rules, order.from, limits.sign.as_ref())?,
        return_by: clocks::due(rules, order.from, limits.return_within.as_ref())?,
        contact: clocks::due(rules, order.from, limits.contact.as_ref().filter(|_| !order.patrol))?,
        resolve: clocks::resolve(terms, context)?,
    }))
}

/// To another unit: the complainant's clock goes on, with what was granted and what did not count; only
/// the ladder is climbed anew, with what is left.
fn gone_on<'a>(terms: ResolveTerms<'a>, clock: &'a ResolveClock) -> ResolveTerms<'a> {
    ResolveTerms {
        climb: Some(Climb { from: terms.from, start: terms.start }),
        from: clock.from,
        // Another item has another limit; the same one keeps what it was given.
        budget: if terms.rule == clock.rule { &clock.budget } else { terms.budget },
        extensions: clock.extensions.clone(),
        suspensions: clock.suspensions.clone(),
        ..terms
    }
}

/// The unit on the item's lowest rung whose area holds the place; a place known only roughly
/// (say, to the community) goes to that unit, which is higher and therefore able too.
fn lowest_able<'r>(
    order: &Order<'_>,
    lowest: Rung,
    rules: &'r Rulebook,
) -> Result<(&'r Unit, String), Rejection> {
    if lowest == Rung::District
        && let Some(department) =
            rules.org.lead_for(&order.item.lead, order.place).filter(|unit| unit.rung == Rung::District)
    {
        let department = barred::not_barred(department, order.barred, &rules.org)?;
        return Ok((department, format!("item {} → {}", order.item.code, order.item.lead)));
    }
    let place = find_unit(order.place, rules)?;
    let rung = lowest.max(place.rung);
    let unit = rules
        .org
        .ancestor_at(order.place, rung)
        .ok_or_else(|| Rejection::about(Code::UnknownUnit, order.place))?;
    let unit = barred::not_barred(unit, order.barred, &rules.org)?;
    Ok((unit, format!("item {} → {}", order.item.code, unit.rung)))
}

fn find_item<'r>(code: &ItemCode, rules: &'r Rulebook) -> Result<&'r Item, Rejection> {
    rules.policy.catalogue.item(code).ok_or_else(|| Rejection::about(Code::UnknownItem, code))
}

fn find_unit<'r>(code: &UnitId, rules: &'r Rulebook) -> Result<&'r Unit, Rejection> {
    rules.org.unit(code).ok_or_else(|| Rejection::about(Code::UnknownUnit, code))
}

#[cfg(test)]
mod specs {
    use crate::case::spec::*;
    use crate::case::{Code, Command, Event};
    use crate::ids::{ItemCode, Rung, UnitId};

    fn in_triage() -> Command {
        let mut command = register_fields();
        command.place = None;
        command.item = None;
        Command::Register(Box::new(command))
    }

    fn classify(item: &str, place: &UnitId) -> Command {
        Command::Classify { item: ItemCode::new(item), place: place.clone() }
    }

    #[test]
    fn classifying_in_triage_puts_the_case_on_the_lowest_able_rung() {
        let events = spec()
            .given(&[in_triage()])
            .when(classify("0101", &grid()))
            .then_named(&["CaseClassified", "CaseDispatched"]);
        assert!(matches!(&events[1], Event::CaseDispatched(d) if d.unit == grid() && d.rung == Rung::Grid));
    }

    #[test]
    fn work_that_only_a_street_can_do_goes_past_the_grid() {
        let events = spec()
            .given(&[in_triage()])
            .when(classify("0305", &grid()))
            .then_named(&["CaseClassified", "CaseDispatched"]);
        assert!(matches!(&events[1], Event::CaseDispatched(d) if d.rung == Rung::Street));
    }

    #[test]
    fn departmental_work_goes_to_the_department_of_the_district() {
        let events = spec()
            .given(&[in_triage()])
            .when(classify("0203", &grid()))
            .then_named(&["CaseClassified", "CaseDispatched"]);
        assert!(
            matches!(&events[1], Event::CaseDispatched(d) if d.rung == Rung::District && d.resolve.steps.is_empty())
        );
    }

    #[test]
    fn nothing_goes_below_its_lowest_rung() {
        let mut desk = register_fields();
        desk.item = Some(ItemCode::new("0305"));
        desk.dispatch_at_once = false;
        spec()
            .given(&[Command::Register(Box::new(desk))])
            .when(Command::Dispatch { unit: Some(grid()) })
            .then_rejected(Code::BelowLowestRung);
    }

    #[test]
    fn an_unclassified_case_is_not_dispatched() {
        spec()
            .given(&[in_triage()])
            .when(Command::Dispatch { unit: None })
            .then_rejected(Code::NotClassified);
    }

    #[test]
    fn the_first_unit_stays_responsible() {
        spec()
            .given(&[register()])
            .when(Command::Dispatch { unit: Some(community()) })
            .then_rejected(Code::AlreadyDispatched);
    }
}
