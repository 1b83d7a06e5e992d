//! 定类与派单: item and place choose the lowest rung that can solve it (小事不出网格、大事不出社区).

use jiff::Timestamp;

use super::barred::{self, Barred};
use super::clocks::{self, ResolveClock, ResolveTerms};
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
    /// The clock that ran before the case was taken back from an accused unit.
    pub before: Option<&'a ResolveClock>,
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
        events.push(dispatched(&order(state, item, place, context), None, context)?);
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

fn order<'a>(state: &'a State, item: &'a Item, place: &'a UnitId, context: &Context<'_>) -> Order<'a> {
    Order {
        item,
        place,
        from: state.clocks_from.unwrap_or(context.occurred_at).max(context.occurred_at),
        outside_due_at: state.outside_due_at,
        barred: &state.barred,
        before: state.resolve.as_ref(),
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

/// Puts the case on a rung and fixes every limit, with the rule behind it (北京条例 §13).
pub(super) fn dispatched(
    order: &Order<'_>,
    chosen: Option<&UnitId>,
    context: &Context<'_>,
) -> Result<Event, Rejection> {
    let rules = context.rules;
    let lowest = order.item.lowest_rung.ok_or(Code::RoutedItem)?;
    let (unit, basis) = match chosen {
        Some(code) => (find_unit(code, rules)?, "person".to_owned()),
        None => lowest_able(order, lowest, rules)?,
    };
    if unit.rung < lowest {
        return Err(Rejection::about(Code::BelowLowestRung, &unit.code));
    }
    let limits = rules.policy.limits(Some(order.item));
    let budget = limits.resolve.ok_or(Code::ClockUncountable)?;
    let terms = ResolveTerms {
        // A resident's limit does not begin anew because the first unit had to be kept away.
        from: order.before.map_or(order.from, |clock| clock.from),
        budget: &budget,
        extensions: order.before.map_or_else(Vec::new, |clock| clock.extensions.clone()),
        suspensions: order.before.map_or_else(Vec::new, |clock| clock.suspensions.clone()),
        outside_due_at: order.outside_due_at,
        start: unit.rung,
        rule: if order.item.resolve.is_some() {
            format!("item {}", order.item.code)
        } else {
            format!("class {}", order.item.sla_class)
        },
    };
    Ok(Event::CaseDispatched(CaseDispatched {
        unit: unit.code.clone(),
        rung: unit.rung,
        basis,
        sign: clocks::due(rules, order.from, limits.sign.as_ref())?,
        contact: clocks::due(rules, order.from, limits.contact.as_ref())?,
        resolve: clocks::resolve(terms, context)?,
    }))
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
