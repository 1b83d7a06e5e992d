//! 加派协办与下派: who may be given a part, and every limit of it fixed at once.

use super::with_reason;
use crate::calendar::Budget;
use crate::case::clocks;
use crate::case::community;
use crate::case::event::{Event, PartClocks, PartGiven};
use crate::case::handle::acting_unit;
use crate::case::hands::free_for;
use crate::case::rejection::{Code, Rejection};
use crate::case::state::State;
use crate::context::Context;
use crate::ids::UnitId;
use crate::org::Unit;

/// 加派协办: beside the lead, which stays lead.
pub(super) fn add_co_units(
    state: &State,
    units: &[UnitId],
    task: &str,
    within: Option<&Budget>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let task = with_reason(task)?;
    let giver = context.actor.unit.clone();
    let item = state.item.as_ref().and_then(|code| context.rules.policy.catalogue.item(code));
    let mut named: Vec<&Unit> = Vec::with_capacity(units.len());
    for unit in units {
        let unit = may_have_a_part(state, unit, context)?;
        // 北京条例 §17: what is off the communities' list goes to none of them, by whatever door.
        let kept = state.barred.bars(&unit.code, &context.rules.org);
        if let Some(item) = item.filter(|_| !kept) {
            community::may_help(item, unit.rung, context.rules)?;
        }
        if !named.iter().any(|one| one.code == unit.code) {
            named.push(unit);
        }
    }
    if named.is_empty() {
        return Err(Code::UnknownUnit.into());
    }
    let numbers = state.parts.given + 1..;
    let given = numbers.zip(named).map(|(part, unit)| {
        let given = given(state, (part, unit), giver.clone(), &task, within, context)?;
        Ok(Event::CoUnitAdded(given))
    });
    given.collect()
}

/// 下派: to a unit below, never below the item's lowest rung (DOMAIN §2.7, guard as for a dispatch).
pub(super) fn sub_dispatch(
    state: &State,
    unit: &UnitId,
    task: &str,
    within: Option<&Budget>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let giver = acting_unit(state, context)?;
    free_for(state, &giver, context.actor)?;
    let task = with_reason(task)?;
    let unit = may_have_a_part(state, unit, context)?;
    if !context.rules.org.is_within(&unit.code, &giver) {
        return Err(Rejection::about(Code::NotUnderYou, &unit.code));
    }
    let policy = &context.rules.policy;
    let item = state.item.as_ref().and_then(|code| policy.catalogue.item(code));
    if item.and_then(|item| item.lowest_rung).is_some_and(|lowest| unit.rung < lowest) {
        return Err(Rejection::about(Code::BelowLowestRung, &unit.code));
    }
    if let Some(item) = item {
        community::may_help(item, unit.rung, context.rules)?;
    }
    let number = state.parts.given + 1;
    let given = given(state, (number, unit), Some(giver), &task, within, context)?;
    Ok(vec![Event::TaskSubDispatched(given)])
}

/// Everything that forbids a part to a unit, whichever kind it is. Whom a report accuses is kept away by
/// the guard of every command.
fn may_have_a_part<'r>(state: &State, unit: &UnitId, context: &Context<'r>) -> Result<&'r Unit, Rejection> {
    let org = &context.rules.org;
    let today = context.rules.calendar.date_of(context.now);
    // A unit that has ended is called no more: its successor is.
    let heir = org.heir(unit, state.place.as_ref(), today).or_else(|| org.unit(unit));
    let unit = heir
        .filter(|unit| unit.is_valid_on(today))
        .ok_or_else(|| Rejection::about(Code::UnknownUnit, unit))?;
    if state.lead.is_none() {
        return Err(Code::NotDispatched.into());
    }
    let answers = [&state.lead, &state.responsible];
    if answers.into_iter().flatten().any(|answers| *answers == unit.code) {
        return Err(Rejection::about(Code::LeadHasNoPart, &unit.code));
    }
    if state.parts.open().any(|part| part.unit == unit.code) {
        return Err(Rejection::about(Code::PartExists, &unit.code));
    }
    Ok(unit)
}

/// Counted from now: a part never inherits a clock that another one has used up. The resident's own clock
/// is not touched, and caps it.
fn given(
    state: &State,
    (part, unit): (u32, &Unit),
    giver: Option<UnitId>,
    task: &str,
    within: Option<&Budget>,
    context: &Context<'_>,
) -> Result<PartGiven, Rejection> {
    let rules = context.rules;
    let resolve = state.resolve.as_ref().ok_or(Code::NotDispatched)?;
    let limits = clocks::limits(state, context);
    let (budget, rule) = match within {
        Some(budget) => (*budget, "person".to_owned()),
        None => (resolve.budget, resolve.rule.clone()),
    };
    let due = |budget| clocks::due(rules, context.occurred_at, budget);
    let clocks = PartClocks {
        sign: due(limits.sign.as_ref())?,
        finish: due(Some(&budget))?,
        pauses: Vec::new(),
        rule,
        policy: rules.policy.version.clone(),
    };
    Ok(PartGiven {
        part,
        unit: unit.code.clone(),
        giver,
        task: task.to_owned(),
        clocks,
        at: context.occurred_at,
    })
}

#[cfg(test)]
mod specs {
    use super::super::PartPhase;
    use crate::case::event::{PartKind, PartStage};
    use crate::case::spec::*;
    use crate::case::{Code, Command, Hand, PartCommand};
    use crate::ids::UnitId;

    fn led_by_community() -> [Command; 1] {
        [community_case()]
    }

    fn by_community(command: Command) -> crate::case::spec::When {
        spec().given(&led_by_community()).by_unit(community().as_str()).when(command)
    }

    #[test]
    fn co_units_stand_beside_the_lead_each_on_a_clock_of_its_own() {
        let events = spec()
            .given(&[street_case()])
            .when(co(&["D-gongan", "D-chengguan", "D-gongan"]))
            .then_named(&["CoUnitAdded", "CoUnitAdded"]);
        let state = state_of(&events);
        assert_eq!(state.lead, Some(street()), "the lead stays lead");
        let lead = state.resolve.as_ref().map(|clock| clock.due_at);
        for part in state.parts.open() {
            assert_eq!((part.kind, part.phase), (PartKind::Co, PartPhase::Given));
            assert!(part.clocks.due_at(PartStage::Finish, lead) <= lead, "never after the lead's");
        }
        assert_eq!(state.parts.open().count(), 2);
    }

    #[test]
    fn a_part_that_is_given_later_gets_its_own_time_and_the_residents_limit_stands() {
        let before = state_of(&spec().when(street_case()).events());
        let later = "2026-11-24T10:00:00+08:00";
        let one = Command::Part(PartCommand::AddCoUnit {
            units: vec![UnitId::new("D-gongan")],
            task: "现场维持秩序".into(),
            within: Some(budget("4wh")),
        });
        let events = spec()
            .given(&[street_case()])
            .after_deadlines_until(later)
            .when(one)
            .then_named(&["CoUnitAdded"]);
        let state = state_of(&events);
        assert_eq!(state.resolve, before.resolve, "the resident's clock goes on");
        let part = state.parts.part_of(&UnitId::new("D-gongan")).expect("a part");
        let due = part.clocks.due_at(PartStage::Finish, None);
        assert_eq!(due, Some(at("2026-11-24T15:30:00+08:00")), "four working hours from now");
    }

    #[test]
    fn neither_the_lead_nor_a_unit_that_has_a_part_is_given_one() {
        let given = [street_case()];
        spec().given(&given).when(co(&[street().as_str()])).then_rejected(Code::LeadHasNoPart);
        spec().given(&given).when(co(&["nowhere"])).then_rejected(Code::UnknownUnit);
        spec().given(&given).when(co(&[])).then_rejected(Code::UnknownUnit);
        let twice = [street_case(), co(&["D-gongan"])];
        spec().given(&twice).when(co(&["D-gongan"])).then_rejected_about(Code::PartExists, "D-gongan");
        spec().given(&[]).when(street_case()).then_named(&[
            "CaseRegistered",
            "CaseClassified",
            "CaseDispatched",
        ]);
    }

    #[test]
    fn whom_a_report_accuses_and_what_is_under_it_has_no_part() {
        let mut fields = register_fields();
        fields.item = Some(crate::ids::ItemCode::new("0305"));
        fields.accused.units = vec![community()];
        let accusing = [Command::Register(Box::new(fields))];
        for unit in [community(), grid()] {
            spec().given(&accusing).when(co(&[unit.as_str()])).then_rejected(Code::UnitIsBarred);
        }
        let given = [street_case(), co(&["D-gongan"])];
        let bar = Command::BarUnit { unit: Some(UnitId::new("D-gongan")), reason: "被举报".into() };
        let state = state_of(&spec().given(&given).when(bar).then_named(&["UnitBarred"]));
        assert_eq!(state.parts.open().count(), 0, "what it had is taken back");
    }

    #[test]
    fn a_lead_hands_work_down_to_a_unit_under_it_and_stays_lead() {
        let events = by_community(sub(&grid())).then_named(&["TaskSubDispatched"]);
        let state = state_of(&events);
        assert_eq!((state.lead, state.responsible), (Some(community()), Some(community())));
        by_community(sub(&UnitId::new("D-gongan"))).then_rejected(Code::NotUnderYou);
        by_community(sub(&community())).then_rejected(Code::LeadHasNoPart);
        let other = spec().given(&led_by_community()).by_unit("D-gongan");
        other.when(sub(&grid())).then_rejected(Code::NotYourUnit);
    }

    #[test]
    fn nothing_is_handed_down_below_the_items_lowest_rung() {
        let street_work = spec().given(&[street_case()]).by_street();
        street_work.when(sub(&community())).then_rejected_about(Code::BelowLowestRung, community().as_str());
    }

    #[test]
    fn another_lead_has_others_do_nothing_that_the_one_before_handed_down() {
        let back = hand(Hand::RequestReturn {
            reason: crate::case::event::ReturnReason::NotOurDuty,
            note: String::new(),
            suggested: None,
        });
        let approve = hand(Hand::ApproveReturn { note: String::new() });
        let lead = community();
        let returned = || {
            spec()
                .given(&led_by_community())
                .given_by(lead.as_str(), &[sub(&grid())])
                .given(&[co(&["D-gongan"])])
                .given_by(lead.as_str(), std::slice::from_ref(&back))
                .given(std::slice::from_ref(&approve))
        };
        let state = state_of(&returned().by_unit("D-gongan").when(sign_part()).events());
        let open: Vec<_> = state.parts.open().map(|part| part.unit.as_str()).collect();
        assert_eq!(open, ["D-gongan"], "who helps goes on helping");
        let to_helper = Command::Dispatch { unit: Some(UnitId::new("D-gongan")) };
        let state = state_of(&returned().when(to_helper).events());
        assert_eq!(state.parts.open().count(), 0, "who leads has no part beside itself");
    }
}
