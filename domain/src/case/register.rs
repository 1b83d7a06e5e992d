//! 登记: a complaint becomes a case, and where policy knows the way it is on its rung at once.

use jiff::Timestamp;

use super::barred::{self, Accused, Barred};
use super::clocks;
use super::command::Register;
use super::dispatch;
use super::event::{CaseRecorded, CaseRegistered, CaseSupplemented, Event, ReporterRevealed};
use super::rejection::{Code, Rejection};
use super::state::{Life, State};
use crate::context::Context;
use crate::intake::redact;
use crate::sealed::Sealed;

/// Opens the case; at most three events.
pub(super) fn decide(command: &Register, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    if let Some(outcome) = &command.recorded {
        return Ok(vec![
            registered(command, None),
            Event::CaseRecorded(CaseRecorded {
                unit: outcome.unit.clone(),
                item: outcome.item.clone(),
                due_at: outcome.due_at,
                closed_at: outcome.closed_at,
            }),
        ]);
    }
    let rules = context.rules;
    for unit in &command.accused.units {
        barred::may_be_barred(unit, &rules.org)?;
    }
    let item = match &command.item {
        Some(code) => {
            Some(rules.policy.catalogue.item(code).ok_or_else(|| Rejection::about(Code::UnknownItem, code))?)
        }
        None => None,
    };
    if let Some(place) = &command.place
        && rules.org.unit(place).is_none()
    {
        return Err(Rejection::about(Code::UnknownUnit, place));
    }
    let limit = rules.policy.limits(item).dispatch;
    let waiting = clocks::due(rules, command.clocks_from, limit.as_ref())?;
    let (Some(item), Some(place)) = (item, &command.place) else {
        return Ok(vec![registered(command, waiting)]);
    };
    let routed = item.lowest_rung.is_none();
    // Whoever is meant by the accused must be known before anybody is told of the case.
    let dispatch_at_once = command.dispatch_at_once && !command.accused.unclear;
    let at_once = dispatch_at_once || routed;
    let mut events = vec![
        registered(command, if at_once { None } else { waiting }),
        dispatch::classified(item, place, rules),
    ];
    if routed {
        events.push(dispatch::transferred_out(item));
    } else if dispatch_at_once {
        let barred = Barred { units: command.accused.units.iter().cloned().collect(), unclear: false };
        let order = dispatch::Order {
            item,
            place,
            from: command.clocks_from,
            outside_due_at: command.outside_due_at,
            barred: &barred,
            before: None,
            patrol: command.channel == super::spot::PATROL,
        };
        events.push(dispatch::dispatched(&order, None, context)?);
    }
    Ok(events)
}

fn registered(command: &Register, dispatch: Option<clocks::Due>) -> Event {
    Event::CaseRegistered(CaseRegistered {
        case_no: command.case_no.clone(),
        source: command.source.clone(),
        external_id: command.external_id.clone(),
        channel: command.channel.clone(),
        received_at: command.received_at,
        item: command.item.clone(),
        place: command.place.clone(),
        point: command.point,
        confidential: command.confidential,
        anonymous: command.anonymous,
        test: command.test,
        outside_due_at: command.outside_due_at,
        dispatch,
        revision: command.revision,
        sealed: command.sealed.clone(),
        accused: command.accused.clone(),
    })
}

/// 补充: new content for a case that exists.
///
/// A version that the sender itself has replaced by a newer one changes nothing: it comes late.
pub(super) fn supplement(
    state: &State,
    (received_at, revision): (Timestamp, Option<u64>),
    sealed: &Sealed,
    accused: &Accused,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if revision.is_some() && revision < state.revision {
        return Ok(Vec::new());
    }
    let mut events = vec![Event::CaseSupplemented(CaseSupplemented {
        received_at,
        revision,
        sealed: sealed.clone(),
        accused: Accused { units: Vec::new(), unclear: accused.unclear },
    })];
    events.splice(0..0, barred::named_later(state, accused, context)?);
    if state.life == Life::NeedsInfo {
        events.extend(super::screen::supplied(state, None, context)?);
    }
    Ok(events)
}

/// 调阅诉求人: the reading itself is an event, with its purpose.
pub(super) fn reveal(purpose: &str) -> Result<Vec<Event>, Rejection> {
    if purpose.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    Ok(vec![Event::ReporterRevealed(ReporterRevealed { purpose: redact::reason(purpose) })])
}

#[cfg(test)]
mod specs {
    use crate::case::spec::*;
    use crate::case::{Code, Command};

    #[test]
    fn a_complaint_with_item_and_place_is_on_its_lowest_rung_at_once() {
        spec().when(register()).then_named(&["CaseRegistered", "CaseClassified", "CaseDispatched"]);
    }

    #[test]
    fn a_complaint_without_a_place_waits_in_triage_with_a_dispatch_limit() {
        let mut command = register_fields();
        command.place = None;
        let events = spec().when(Command::Register(Box::new(command))).then_named(&["CaseRegistered"]);
        let state = state_of(&events);
        assert_eq!(state.next_deadline().map(|next| next.name.as_str()), Some("dispatch"));
    }

    #[test]
    fn a_report_about_conduct_is_routed_and_never_dispatched() {
        let mut command = register_fields();
        command.item = Some(crate::ids::ItemCode::new("1202"));
        let events = spec().when(Command::Register(Box::new(command))).then_named(&[
            "CaseRegistered",
            "CaseClassified",
            "CaseTransferredOut",
        ]);
        assert_eq!(state_of(&events).next_deadline(), None);
    }

    #[test]
    fn a_case_is_registered_once() {
        spec().given(&[register()]).when(register()).then_rejected(Code::CaseExists);
    }

    #[test]
    fn an_unknown_unit_is_refused_by_name() {
        let mut command = register_fields();
        command.place = Some(crate::ids::UnitId::new("nowhere"));
        spec().when(Command::Register(Box::new(command))).then_rejected(Code::UnknownUnit);
    }

    #[test]
    fn history_keeps_its_times_and_no_clock_runs() {
        let events = spec().when(recorded()).then_named(&["CaseRegistered", "CaseRecorded"]);
        assert_eq!(state_of(&events).next_deadline(), None);
    }

    #[test]
    fn reading_the_reporter_needs_a_purpose() {
        spec()
            .given(&[register()])
            .when(Command::RevealReporter { purpose: " ".into() })
            .then_rejected(Code::ReasonMissing);
    }
}
