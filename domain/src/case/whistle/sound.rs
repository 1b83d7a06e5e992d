//! 吹哨: who may call whom, by whose leave, and every limit of every leg fixed at once.

use super::state::{Leg, Proposal};
use crate::calendar::Budget;
use crate::case::clocks;
use crate::case::event::{
    Event, LegCalled, LegClocks, WhistleKind, WhistleProposed, WhistleRefused, WhistleSounded,
};
use crate::case::handle::acting_unit;
use crate::case::rejection::{Code, Rejection};
use crate::case::state::State;
use crate::context::{Context, Rulebook};
use crate::ids::{Rung, UnitId};
use crate::intake::redact;
use crate::org::UnitKind;
use crate::policy::Limits;

/// 吹哨: sounds at once, or waits for the street where policy wants that.
pub(in crate::case) fn sound(
    state: &State,
    kind: WhistleKind,
    units: &[UnitId],
    reason: &str,
    place: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let sounder = sounder(state, context)?;
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    if let Some(waiting) = &state.whistle.proposed {
        return Err(Rejection::about(Code::WhistleWaits, &waiting.approver));
    }
    let mut called: Vec<UnitId> = Vec::with_capacity(units.len());
    for unit in units.iter().filter(|unit| !called.contains(unit)).cloned().collect::<Vec<_>>() {
        if !called.contains(&unit) {
            may_be_called(state, &sounder, &unit, context)?;
            called.push(unit);
        }
    }
    if called.is_empty() {
        return Err(Code::NobodyCalled.into());
    }
    let wanted = Proposal {
        whistle: state.whistle.sounded + 1,
        kind,
        sounder,
        by: context.actor.id.clone(),
        units: called,
        reason: redact::reason(reason),
        place: redact::reason(place),
        approver: UnitId::new(""),
        decide: None,
    };
    match approver(&wanted, context) {
        Some(approver) => {
            let limit = context.rules.policy.sla.decide;
            let decide = clocks::due(context.rules, context.occurred_at, Some(&limit))?;
            Ok(vec![proposed(Proposal { approver, decide, ..wanted })])
        }
        None => Ok(vec![sounded(state, &wanted, None, context)?]),
    }
}

/// 街道批准或驳回 a community's whistle; its clocks begin with the approval.
pub(in crate::case) fn approve(
    state: &State,
    approved: bool,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let waiting = state.whistle.proposed.as_ref().ok_or(Code::NoWhistleWaits)?;
    if let Some(unit) = context.actor.unit.as_ref().filter(|unit| **unit != waiting.approver) {
        return Err(Rejection::about(Code::NotTheApprover, unit));
    }
    if !approved {
        if reason.trim().is_empty() {
            return Err(Code::ReasonMissing.into());
        }
        return Ok(vec![Event::WhistleRefused(WhistleRefused {
            whistle: waiting.whistle,
            unit: waiting.approver.clone(),
            reason: redact::reason(reason),
        })]);
    }
    for unit in &waiting.units {
        may_be_called(state, &waiting.sounder, unit, context)?;
    }
    Ok(vec![sounded(state, waiting, Some(waiting.approver.clone()), context)?])
}

/// The unit that has the case, and that may sound: community, station or street.
fn sounder(state: &State, context: &Context<'_>) -> Result<UnitId, Rejection> {
    let unit = match &context.actor.unit {
        // A machine speaks for whoever answers now.
        None => state.responsible.clone().ok_or(Code::NotDispatched)?,
        Some(_) => acting_unit(state, context)?,
    };
    let kind = context.rules.org.unit(&unit).map(|unit| unit.kind);
    match kind {
        Some(UnitKind::Community | UnitKind::Station | UnitKind::Street) => Ok(unit),
        _ => Err(Rejection::about(Code::MayNotSound, unit)),
    }
}

/// Whether this unit may be called at all: everything that forbids it stands here.
fn may_be_called(
    state: &State,
    sounder: &UnitId,
    unit: &UnitId,
    context: &Context<'_>,
) -> Result<(), Rejection> {
    let org = &context.rules.org;
    let today = context.occurred_at.to_zoned(context.rules.calendar.zone().clone()).date();
    let known = org.unit(unit).filter(|unit| unit.is_valid_on(today));
    if known.is_none() {
        return Err(Rejection::about(Code::UnknownUnit, unit));
    }
    // A superior is asked by escalation, never by whistle.
    if org.is_within(sounder, unit) {
        return Err(Rejection::about(Code::CallsSuperior, unit));
    }
    if state.whistle.open().any(|leg: &Leg| leg.unit == *unit) {
        return Err(Rejection::about(Code::AlreadyCalled, unit));
    }
    Ok(())
}

/// Who must approve first; none where policy or a pairing (部门哨) makes that needless.
fn approver(wanted: &Proposal, context: &Context<'_>) -> Option<UnitId> {
    let rules = context.rules;
    let rung = rules.org.unit(&wanted.sounder)?.rung;
    let class = rules.policy.sla.whistle(wanted.kind.as_str())?;
    if !class.approval.contains(&rung) || wanted.units.iter().all(|unit| paired(wanted, unit, context)) {
        return None;
    }
    rules.org.ancestor_at(&wanted.sounder, Rung::Street).map(|street| street.code.clone())
}

fn paired(wanted: &Proposal, unit: &UnitId, context: &Context<'_>) -> bool {
    let today = context.occurred_at.to_zoned(context.rules.calendar.zone().clone()).date();
    context.rules.org.is_paired(&wanted.sounder, unit, today)
}

fn proposed(wanted: Proposal) -> Event {
    Event::WhistleProposed(WhistleProposed {
        whistle: wanted.whistle,
        kind: wanted.kind,
        sounder: wanted.sounder,
        by: wanted.by,
        units: wanted.units,
        reason: wanted.reason,
        place: wanted.place,
        approver: wanted.approver,
        decide: wanted.decide,
    })
}

fn sounded(
    state: &State,
    wanted: &Proposal,
    approved_by: Option<UnitId>,
    context: &Context<'_>,
) -> Result<Event, Rejection> {
    let clocks = leg_clocks(state, wanted.kind, context)?;
    let first = state.whistle.called + 1;
    let legs = (first..).zip(&wanted.units).map(|(leg, unit)| LegCalled {
        leg,
        unit: unit.clone(),
        paired: paired(wanted, unit, context),
        clocks: clocks.clone(),
    });
    Ok(Event::WhistleSounded(WhistleSounded {
        whistle: wanted.whistle,
        kind: wanted.kind,
        sounder: wanted.sounder.clone(),
        by: wanted.by.clone(),
        legs: legs.collect(),
        reason: wanted.reason.clone(),
        place: wanted.place.clone(),
        approved_by,
    }))
}

/// Counted from now, whatever the case itself has used up: a second group gets its own time.
fn leg_clocks(state: &State, kind: WhistleKind, context: &Context<'_>) -> Result<LegClocks, Rejection> {
    let rules: &Rulebook = context.rules;
    let budgets = Budgets::of(state, kind, &clocks::limits(state, context), context)
        .ok_or_else(|| Rejection::about(Code::WhistleKindUnknown, kind.as_str()))?;
    let due = |budget: Option<_>| clocks::due(rules, context.occurred_at, budget.as_ref());
    Ok(LegClocks {
        respond: due(budgets.respond)?,
        arrive: due(budgets.arrive.filter(|_| budgets.arrive_from_whistle))?,
        arrive_within: budgets.arrive.filter(|_| !budgets.arrive_from_whistle),
        finish: due(budgets.finish)?,
        pauses: Vec::new(),
        rule: format!("whistle {}", kind.as_str()),
        finish_rule: budgets.finish_rule,
        policy: rules.policy.version.clone(),
    })
}

/// What the rules give a called unit.
pub(super) struct Budgets {
    pub respond: Option<Budget>,
    pub arrive: Option<Budget>,
    pub arrive_from_whistle: bool,
    pub finish: Option<Budget>,
    pub finish_rule: String,
}

impl Budgets {
    /// By the kind's class; the end is the case's own limit where the class gives none. Nothing where the
    /// rules do not have the kind.
    pub fn of(state: &State, kind: WhistleKind, limits: &Limits, context: &Context<'_>) -> Option<Self> {
        let class = context.rules.policy.sla.whistle(kind.as_str())?;
        let (finish, finish_rule) = match (class.resolve, &state.item) {
            (Some(own), _) => (Some(own), format!("whistle {}", kind.as_str())),
            (None, Some(item)) if limits.resolve_from_item => (limits.resolve, format!("item {item}")),
            (None, _) => (limits.resolve, format!("class {}", limits.class)),
        };
        let arrive_from_whistle = class.arrive_from_whistle;
        Some(Self { respond: class.respond, arrive: class.arrive, arrive_from_whistle, finish, finish_rule })
    }
}

#[cfg(test)]
mod specs {
    use crate::case::event::WhistleKind;
    use crate::case::spec::*;
    use crate::case::{Code, Command, Event};
    use crate::ids::UnitId;

    fn legs(events: &[Event]) -> Vec<(u32, String, Vec<Option<String>>)> {
        let zone = rules().calendar.zone();
        let local = |due: &Option<crate::case::clocks::Due>| {
            due.as_ref().map(|due| due.due_at.to_zoned(zone.clone()).strftime("%m-%d %H:%M").to_string())
        };
        events
            .iter()
            .filter_map(|event| match event {
                Event::WhistleSounded(e) => Some(&e.legs),
                _ => None,
            })
            .flatten()
            .map(|leg| {
                let clocks = &leg.clocks;
                let dues = vec![local(&clocks.respond), local(&clocks.arrive), local(&clocks.finish)];
                (leg.leg, leg.unit.to_string(), dues)
            })
            .collect()
    }

    #[test]
    fn the_street_calls_two_departments_and_each_has_its_limits() {
        let call = sound(WhistleKind::Emergency, &["D-chengguan", "D-gongan"]);
        let events = spec().given(&[street_case()]).by_street().when(call).then_named(&["WhistleSounded"]);
        let [first, second] = &legs(&events)[..] else { panic!("two legs") };
        let called = (first.0, first.1.as_str(), second.0, second.1.as_str());
        assert_eq!(called, (1, "D-chengguan", 2, "D-gongan"));
        assert_eq!(first.2[..2], [Some("11-20 10:15".to_owned()), None]);
        assert!(first.2[2].is_some());
        assert_eq!(first.2, second.2);
    }

    #[test]
    fn each_kind_counts_by_its_own_row_of_the_policy() {
        let limits = |kind| {
            let events = spec().given(&[street_case()]).by_street().when(sound(kind, &["D-gongan"])).events();
            let Event::WhistleSounded(e) = &events[0] else { panic!("sounded") };
            let clocks = e.legs[0].clocks.clone();
            let budget = |due: Option<crate::case::clocks::Due>| due.map(|due| due.budget.to_string());
            let arrive = clocks.arrive_within.map(|budget| budget.to_string());
            (budget(clocks.respond), arrive, clocks.rule, clocks.finish_rule)
        };
        let some = |text: &str| Some(text.to_owned());
        let (respond, arrive, rule, _) = limits(WhistleKind::Enforcement);
        assert_eq!((respond, arrive, rule.as_str()), (some("2h"), some("4wh"), "whistle enforcement"));
        let (respond, arrive, _, finish_rule) = limits(WhistleKind::Key);
        assert_eq!((respond, arrive, finish_rule.as_str()), (some("1wd"), some("2wd"), "whistle key"));
        let (respond, arrive, ..) = limits(WhistleKind::Routine);
        assert_eq!((respond, arrive), (some("1wd"), some("2wd")));
    }

    #[test]
    fn only_community_station_or_street_sounds_and_only_who_has_the_case() {
        let call = || sound(WhistleKind::Routine, &["D-gongan"]);
        spec().given(&[register()]).by_handler().when(call()).then_rejected(Code::MayNotSound);
        spec().given(&[street_case()]).by_other_unit().when(call()).then_rejected(Code::NotYourUnit);
    }

    #[test]
    fn a_whistle_needs_a_reason_and_somebody_to_call() {
        let given = [street_case()];
        let nobody = sound(WhistleKind::Routine, &[]);
        spec().given(&given).by_street().when(nobody).then_rejected(Code::NobodyCalled);
        let Command::SoundWhistle { kind, units, place, .. } = sound(WhistleKind::Routine, &["D-gongan"])
        else {
            panic!("a whistle")
        };
        let silent = Command::SoundWhistle { kind, units, place, reason: " ".into() };
        spec().given(&given).by_street().when(silent).then_rejected(Code::ReasonMissing);
    }

    #[test]
    fn nobody_calls_a_superior_a_stranger_or_a_unit_that_is_called_already() {
        let call = |unit: &str| sound(WhistleKind::Routine, &[unit]);
        let given = [street_case(), call("D-gongan")];
        spec().given(&given).by_street().when(call("320506")).then_rejected(Code::CallsSuperior);
        spec().given(&given).by_street().when(call(street().as_str())).then_rejected(Code::CallsSuperior);
        spec().given(&given).by_street().when(call("D-none")).then_rejected(Code::UnknownUnit);
        spec().given(&given).by_street().when(call("D-gongan")).then_rejected(Code::AlreadyCalled);
    }

    #[test]
    fn a_community_asks_its_street_first_where_policy_says_so() {
        let call = sound(WhistleKind::Enforcement, &["D-gongan"]);
        let waiting = [community_case(), call.clone()];
        let events = spec()
            .given(&[community_case()])
            .by_unit(community().as_str())
            .when(call)
            .then_named(&["WhistleProposed"]);
        assert!(state_of(&events).whistle.legs.is_empty(), "nobody is called yet");
        spec()
            .given(&waiting)
            .by_unit(community().as_str())
            .when(approve(true))
            .then_rejected(Code::NotTheApprover);
        let events = spec()
            .given(&waiting)
            .at("2026-11-23T09:00:00+08:00")
            .by_street()
            .when(approve(true))
            .then_named(&["WhistleSounded"]);
        assert_eq!(legs(&events)[0].2[0].as_deref(), Some("11-23 11:00"), "counted from the approval");
        let Event::WhistleSounded(sounded) = &events[0] else { panic!("sounded") };
        assert_eq!((&sounded.sounder, sounded.approved_by.as_ref()), (&community(), Some(&street())));
    }

    #[test]
    fn a_street_that_refuses_says_why_and_the_community_may_ask_again() {
        let call = || sound(WhistleKind::Enforcement, &["D-gongan"]);
        let waiting = [community_case(), call()];
        spec().given(&waiting).by_unit(community().as_str()).when(call()).then_rejected(Code::WhistleWaits);
        let silent = Command::ApproveWhistle { approved: false, reason: String::new() };
        spec().given(&waiting).by_street().when(silent).then_rejected(Code::ReasonMissing);
        spec().given(&waiting).by_street().when(approve(false)).then_named(&["WhistleRefused"]);
        let refused = [community_case(), call(), approve(false)];
        spec().given(&refused).by_street().when(approve(true)).then_rejected(Code::NoWhistleWaits);
        spec().given(&refused).by_unit(community().as_str()).when(call()).then_named(&["WhistleProposed"]);
    }

    #[test]
    fn an_emergency_waits_for_nobody() {
        let call = sound(WhistleKind::Emergency, &["D-gongan"]);
        spec()
            .given(&[community_case()])
            .by_unit(community().as_str())
            .when(call)
            .then_named(&["WhistleSounded"]);
    }

    #[test]
    fn a_community_calls_its_paired_unit_by_itself() {
        let call = |unit: &str| sound(WhistleKind::Key, &[unit]);
        let events = spec()
            .given(&[community_case()])
            .by_unit(community().as_str())
            .when(call("P-huiyizhongxin"))
            .then_named(&["WhistleSounded"]);
        let Event::WhistleSounded(sounded) = &events[0] else { panic!("sounded") };
        assert!(sounded.legs[0].paired);
        // Before the pairing began it was a unit like any other.
        spec()
            .at("2025-06-02T10:00:00+08:00")
            .given(&[community_case_on("2025-06-02T10:00:00+08:00")])
            .by_unit(community().as_str())
            .when(call("P-huiyizhongxin"))
            .then_named(&["WhistleProposed"]);
    }

    #[test]
    fn a_second_group_gets_its_own_time() {
        let early = [street_case(), sound(WhistleKind::Routine, &["D-gongan"])];
        let first = state_of(&spec().given(&early[..1]).by_street().when(early[1].clone()).events());
        let events = spec()
            .given(&early)
            .after_deadlines_until("2027-03-01T10:00:00+08:00")
            .by_street()
            .when(sound(WhistleKind::Routine, &["D-chengguan"]))
            .then_named(&["WhistleSounded"]);
        let state = state_of(&events);
        let second = state.whistle.leg_of(&UnitId::new("D-chengguan")).cloned();
        let second = second.and_then(|leg| leg.clocks.finish).map(|due| due.due_at);
        let old = first.whistle.legs[0].clocks.finish.as_ref().map(|due| due.due_at);
        assert!(second > Some(at("2027-03-01T10:00:00+08:00")) && second > old);
    }
}
