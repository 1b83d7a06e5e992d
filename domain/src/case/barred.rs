//! 被举报单位回避: a unit that a report accuses, and everything under it, never has the case and never
//! sees it (济南条例 §16, 32; 信访工作条例 §30; 潍坊条例 §11).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::clocks;
use super::event::{Event, UnitBarred};
use super::rejection::{Code, Rejection};
use super::state::{Life, State};
use crate::context::{Actor, Context};
use crate::decider::Decider;
use crate::ids::UnitId;
use crate::intake::redact;
use crate::org::Org;

/// Whom a report accuses, as far as it could be told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accused {
    /// Units of the tree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<UnitId>,
    /// Somebody is named who could not be found in it: a person must look before the case goes anywhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unclear: bool,
}

/// Who is kept from the case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Barred {
    /// These units, and everything under them.
    pub units: BTreeSet<UnitId>,
    /// Somebody is named, and nobody has said yet who that is.
    pub unclear: bool,
}

impl Barred {
    /// Whether this unit is kept from the case.
    pub fn bars(&self, unit: &UnitId, org: &Org) -> bool {
        self.units.iter().any(|barred| barred == unit || org.is_within(unit, barred))
    }

    /// Whether this actor is: then the case does not exist for it.
    pub(super) fn bars_actor(&self, actor: &Actor, org: &Org) -> bool {
        actor.unit.as_ref().is_some_and(|unit| self.bars(unit, org))
    }

    pub(super) fn accuse(&mut self, accused: &Accused) {
        self.units.extend(accused.units.iter().cloned());
        self.unclear |= accused.unclear;
    }
}

/// 回避: a person names a unit that is accused; none says that whoever was named is no unit of ours. What
/// the unit has of the case is taken back.
pub(super) fn bar(
    state: &State,
    unit: Option<&UnitId>,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    let Some(unit) = unit else {
        let cleared =
            UnitBarred { unit: None, reason: redact::reason(reason), recalled: Vec::new(), dispatch: None };
        return Ok(if state.barred.unclear { vec![Event::UnitBarred(cleared)] } else { Vec::new() });
    };
    if state.barred.units.contains(unit) && !state.barred.unclear {
        return Ok(Vec::new());
    }
    Ok(vec![barred(state, unit, reason, context)?])
}

/// Those whom a supplement accuses, and whom the case did not know.
pub(super) fn named_later(
    state: &State,
    accused: &Accused,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let new = accused.units.iter().filter(|unit| !state.barred.units.contains(*unit));
    new.map(|unit| barred(state, unit, "补充诉求指名", context)).collect()
}

fn barred(state: &State, unit: &UnitId, reason: &str, context: &Context<'_>) -> Result<Event, Rejection> {
    let rules = context.rules;
    may_be_barred(unit, &rules.org)?;
    let named = Barred { units: BTreeSet::from([unit.clone()]), unclear: false };
    let bars = |held: &UnitId| named.bars(held, &rules.org);
    // Whoever else has it answers to the lead: without one the case begins anew.
    let alive = state.life.is_open() || state.life == Life::Merged;
    let loses = alive && state.lead.iter().chain(&state.responsible).any(bars);
    let mut recalled: Vec<UnitId> = Vec::new();
    for held in state.holders().into_iter().filter(|held| alive && (loses || bars(held))) {
        if !recalled.contains(held) {
            recalled.push(held.clone());
        }
    }
    let limit = clocks::limits(state, context).dispatch;
    let dispatch = if loses { clocks::due(rules, context.occurred_at, limit.as_ref())? } else { None };
    Ok(Event::UnitBarred(UnitBarred {
        unit: Some(unit.clone()),
        reason: redact::reason(reason),
        recalled,
        dispatch,
    }))
}

/// The root of the tree cannot be kept from a case: nobody would be left to handle it.
pub(super) fn may_be_barred(unit: &UnitId, org: &Org) -> Result<(), Rejection> {
    match org.unit(unit) {
        None => Err(Rejection::about(Code::UnknownUnit, unit)),
        Some(known) if known.parent.is_none() => Err(Rejection::about(Code::AccusedAboveAll, unit)),
        Some(_) => Ok(()),
    }
}

/// Whatever a command would do: no event puts the case into the hands of a barred unit.
pub(super) fn guard(state: &State, events: &[Event], org: &Org) -> Result<(), Rejection> {
    let accuses = |event: &Event| match event {
        Event::CaseRegistered(e) => !e.accused.units.is_empty(),
        Event::UnitBarred(e) => e.unit.is_some(),
        _ => false,
    };
    if state.barred.units.is_empty() && !events.iter().any(accuses) {
        return Ok(());
    }
    let mut after = state.clone();
    for event in events {
        super::Case::evolve(&mut after, event);
    }
    let barred =
        after.holders().into_iter().find(|unit| after.life.is_open() && after.barred.bars(unit, org));
    barred.map_or(Ok(()), |unit| Err(Rejection::about(Code::UnitIsBarred, unit)))
}

/// The unit, or the nearest above it that is not barred.
pub(super) fn not_barred<'r>(
    unit: &'r crate::org::Unit,
    barred: &Barred,
    org: &'r Org,
) -> Result<&'r crate::org::Unit, Rejection> {
    let mut unit = unit;
    while barred.bars(&unit.code, org) {
        let above = unit.parent.as_ref().and_then(|parent| org.unit(parent));
        unit = above.ok_or_else(|| Rejection::about(Code::UnitIsBarred, &unit.code))?;
    }
    Ok(unit)
}

#[cfg(test)]
mod specs {
    use super::*;
    use crate::case::spec::*;
    use crate::case::{Command, Life};
    use crate::context::Actor;
    use crate::ids::Rung;

    fn accusing(units: &[UnitId]) -> Command {
        let mut fields = register_fields();
        fields.accused.units = units.to_vec();
        Command::Register(Box::new(fields))
    }

    fn bar(unit: &UnitId) -> Command {
        Command::BarUnit { unit: Some(unit.clone()), reason: "诉求举报该单位".into() }
    }

    #[test]
    fn a_report_against_a_grid_goes_to_the_community_above_it() {
        let events = spec().when(accusing(&[grid()])).events();
        let state = state_of(&events);
        assert_eq!((state.lead, state.rung), (Some(community()), Some(Rung::Community)));
    }

    #[test]
    fn what_is_under_an_accused_unit_does_not_get_the_case_either() {
        let events = spec().when(accusing(&[community()])).events();
        let station = rules().org.ancestor_at(&grid(), Rung::Station).map(|unit| unit.code.clone());
        assert_eq!(state_of(&events).lead, station);
    }

    #[test]
    fn nobody_can_dispatch_a_report_to_whom_it_accuses() {
        let mut fields = register_fields();
        fields.accused.units = vec![community()];
        fields.dispatch_at_once = false;
        let waiting = Command::Register(Box::new(fields));
        for unit in [grid(), community()] {
            spec()
                .given(std::slice::from_ref(&waiting))
                .when(Command::Dispatch { unit: Some(unit) })
                .then_rejected(Code::UnitIsBarred);
        }
    }

    #[test]
    fn for_an_accused_unit_and_what_is_under_it_the_case_does_not_exist() {
        let given = [accusing(&[community()])];
        for unit in [community(), grid()] {
            let actor = Actor { id: "user:x".into(), unit: Some(unit) };
            for command in [Command::Sign, contact(), result(), bar(&grid())] {
                spec().given(&given).by(actor.clone()).when(command).then_rejected(Code::CaseNotFound);
            }
        }
    }

    #[test]
    fn whoever_is_accused_afterwards_loses_the_case_and_the_residents_limit_stands() {
        let before = state_of(&spec().when(register()).events());
        let events = spec()
            .given(&[register(), Command::Sign, bar(&grid())])
            .at("2026-11-23T10:00:00+08:00")
            .when(Command::Dispatch { unit: None })
            .then_named(&["CaseDispatched"]);
        let after = state_of(&events);
        assert_eq!((after.life, after.lead.clone()), (Life::Dispatched, Some(community())));
        assert_eq!(after.resolve.map(|clock| clock.due_at), before.resolve.map(|clock| clock.due_at));
        assert!(after.dues.iter().all(|(_, due)| due.from == at("2026-11-23T10:00:00+08:00")));
    }

    #[test]
    fn a_case_taken_back_waits_for_a_dispatch_and_nothing_else() {
        let events = spec().given(&[register()]).when(bar(&grid())).then_named(&["UnitBarred"]);
        let state = state_of(&events);
        assert_eq!(state.life, Life::PendingDispatch);
        assert_eq!(state.next_deadline().map(|next| next.name.as_str()), Some("dispatch"));
    }

    #[test]
    fn until_the_accused_is_identified_nothing_is_dispatched() {
        let mut fields = register_fields();
        fields.accused.unclear = true;
        let unclear = Command::Register(Box::new(fields));
        spec().when(unclear.clone()).then_named(&["CaseRegistered", "CaseClassified"]);
        spec()
            .given(std::slice::from_ref(&unclear))
            .when(Command::Dispatch { unit: None })
            .then_rejected(Code::AccusedUnclear);
        let nobody = Command::BarUnit { unit: None, reason: "指的是外区单位".into() };
        spec()
            .given(&[unclear, nobody])
            .when(Command::Dispatch { unit: None })
            .then_named(&["CaseDispatched"]);
    }

    #[test]
    fn a_supplement_that_accuses_the_handler_takes_the_case_back() {
        let supplement = Command::Supplement {
            received_at: at(FRIDAY),
            revision: None,
            sealed: crate::sealed::Sealed("x".into()),
            accused: Accused { units: vec![grid()], unclear: false },
        };
        let events =
            spec().given(&[register()]).when(supplement).then_named(&["UnitBarred", "CaseSupplemented"]);
        assert_eq!(state_of(&events).lead, None);
    }

    #[test]
    fn keeping_away_needs_a_reason_a_known_unit_and_somebody_who_is_left() {
        let district = rules().org.ancestor_at(&grid(), Rung::District).map(|unit| unit.code.clone());
        let given = [register()];
        let no_reason = Command::BarUnit { unit: Some(grid()), reason: " ".into() };
        spec().given(&given).when(no_reason).then_rejected(Code::ReasonMissing);
        spec().given(&given).when(bar(&UnitId::new("nowhere"))).then_rejected(Code::UnknownUnit);
        spec().given(&given).when(bar(&district.unwrap())).then_rejected(Code::AccusedAboveAll);
    }

    #[test]
    fn a_closed_case_is_not_given_back_to_whom_it_accuses() {
        let mut given = vec![register(), Command::Sign, result(), passed(), callback(false)];
        given
            .push(Command::Close {
                mode: crate::case::event::CloseMode::Explained, reason: "已说明".into()
            });
        given.push(bar(&grid()));
        spec().given(&given).when(reopen()).then_rejected(Code::UnitIsBarred);
    }
}
