//! The public feed: what happened, for other systems, without anything about a person.

use domain::case;
use domain::ids::{CaseId, ItemCode, UnitId};
use domain::intake;
use domain::reaction::Origin;
use domain::recorded::Recorded;
use domain::stream::Event;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A public event. Only what is named here leaves; a new field of the log does not leak by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicEvent {
    /// `case` or `intake`.
    pub stream: String,
    /// The event's name.
    pub event: String,
    /// The case, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_no: Option<String>,
    /// The system it came from.
    pub source: String,
    /// Its item, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemCode>,
    /// The unit that has it from now on, or that acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// A test order: never counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// Position in the log.
    pub position: u64,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it was written.
    pub recorded_at: Timestamp,
}

impl PublicEvent {
    /// The public side of an event.
    pub fn of(recorded: &Recorded, origin: &Origin) -> Self {
        let (case, case_no, source) = match &recorded.event {
            Event::Case(_) => {
                (Some(CaseId(recorded.stream.id)), Some(origin.case_no.clone()), origin.source.clone())
            }
            Event::Intake(intake::Event::ComplaintRepeated(e)) => {
                (Some(e.case), Some(e.case_no.clone()), e.source.clone())
            }
            Event::Intake(intake::Event::ComplaintRefused(e)) => (None, None, e.source.clone()),
            Event::Intake(intake::Event::ResponseNoted(e)) => (e.case, e.case_no.clone(), String::new()),
            Event::Intake(intake::Event::DayReconciled(e)) => (None, None, e.source.clone()),
            Event::Intake(intake::Event::DayClosed(_)) => (None, None, String::new()),
        };
        Self {
            stream: recorded.stream.kind.as_str().to_owned(),
            event: recorded.event.event_type().to_owned(),
            case,
            case_no,
            source,
            item: origin.item.clone(),
            unit: unit(&recorded.event),
            test: origin.test,
            position: recorded.position,
            occurred_at: recorded.meta.occurred_at,
            recorded_at: recorded.meta.recorded_at,
        }
    }
}

fn unit(event: &Event) -> Option<UnitId> {
    match event {
        Event::Case(case::Event::CaseDispatched(e)) => Some(e.unit.clone()),
        Event::Case(case::Event::CaseSigned(e)) => Some(e.unit.clone()),
        Event::Case(case::Event::ResultSubmitted(e)) => Some(e.unit.clone()),
        Event::Case(case::Event::CaseEscalated(e)) => Some(e.responsible.clone()),
        Event::Intake(intake::Event::ResponseNoted(e)) => Some(e.unit.clone()),
        _ => None,
    }
}
