//! What an event calls for outside: messages to other systems. Pure; the dispatcher performs it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::clocks::Due;
use crate::case::{self};
use crate::fault::Fault;
use crate::ids::{CaseId, ItemCode, Rung, UnitId};
use crate::intake;
use crate::recorded::Recorded;
use crate::stream::Event;

/// A message for the bus; the transport adds its envelope and subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Message {
    /// 回执 to the sending system.
    Receipt(Receipt),
    /// 派单 to a unit.
    Dispatch(Dispatch),
    /// 状态 to the sending system.
    Status(Status),
}

/// What became of a complaint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The sending system.
    pub source: String,
    /// Its id for the complaint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// `accepted`, `duplicate`, `supplement` or `refused`.
    pub outcome: Outcome,
    /// The case's number, unless refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_no: Option<String>,
    /// Everything that is wrong, where refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

/// See [`Receipt::outcome`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A case was opened.
    Accepted,
    /// The same complaint, unchanged.
    Duplicate,
    /// The same complaint with other content.
    Supplement,
    /// It could not be understood.
    Refused,
}

/// A task for a unit, with all its limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dispatch {
    /// The unit that is called.
    pub unit: UnitId,
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub case_no: String,
    /// Its item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemCode>,
    /// The rung that answers.
    pub rung: Rung,
    /// `lead`, or `superior` after an escalation.
    pub role: String,
    /// Limit for signing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<Due>,
    /// Limit for the first contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Due>,
    /// Limit for the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve_by: Option<Timestamp>,
    /// A test order of the sending system: nobody need set out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// A step in the life of a case, for the system that sent it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The sending system.
    pub source: String,
    /// Its id for the complaint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The case's number.
    pub case_no: String,
    /// The event's name.
    pub event: String,
    /// When it happened.
    pub at: Timestamp,
}

/// What the reactions need to know of the case besides the event: from its registration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The case's number.
    pub case_no: String,
    /// The sending system.
    pub source: String,
    /// Its id there.
    pub external_id: Option<String>,
    /// The case's item.
    pub item: Option<ItemCode>,
    /// A test order.
    pub test: bool,
}

/// The messages that an event calls for. `origin` is the case's, folded from its stream up to here.
///
/// Exhaustive over events: a new one must say what leaves.
pub fn react(recorded: &Recorded, origin: &Origin) -> Vec<Message> {
    match &recorded.event {
        Event::Intake(event) => vec![Message::Receipt(intake_receipt(event))],
        Event::Case(event) => case_messages(recorded, event, origin),
    }
}

fn intake_receipt(event: &intake::Event) -> Receipt {
    match event {
        intake::Event::ComplaintRepeated(e) => Receipt {
            source: e.source.clone(),
            external_id: e.external_id.clone(),
            outcome: Outcome::Duplicate,
            case_no: Some(e.case_no.clone()),
            faults: Vec::new(),
        },
        intake::Event::ComplaintRefused(e) => Receipt {
            source: e.source.clone(),
            external_id: e.external_id.clone(),
            outcome: Outcome::Refused,
            case_no: None,
            faults: e.faults.clone(),
        },
    }
}

fn case_messages(recorded: &Recorded, event: &case::Event, origin: &Origin) -> Vec<Message> {
    let receipt = |outcome| {
        Message::Receipt(Receipt {
            source: origin.source.clone(),
            external_id: origin.external_id.clone(),
            outcome,
            case_no: Some(origin.case_no.clone()),
            faults: Vec::new(),
        })
    };
    let status = || {
        Message::Status(Status {
            source: origin.source.clone(),
            external_id: origin.external_id.clone(),
            case_no: origin.case_no.clone(),
            event: event.name().to_owned(),
            at: recorded.meta.occurred_at,
        })
    };
    let case = CaseId(recorded.stream.id);
    match event {
        case::Event::CaseRegistered(_) => vec![receipt(Outcome::Accepted)],
        case::Event::CaseSupplemented(_) => vec![receipt(Outcome::Supplement)],
        case::Event::CaseDispatched(e) => vec![
            Message::Dispatch(Dispatch {
                unit: e.unit.clone(),
                case,
                case_no: origin.case_no.clone(),
                item: origin.item.clone(),
                rung: e.rung,
                role: "lead".to_owned(),
                sign: e.sign.clone(),
                contact: e.contact.clone(),
                resolve_by: Some(e.resolve.due_at),
                test: origin.test,
            }),
            status(),
        ],
        case::Event::CaseEscalated(e) => vec![Message::Dispatch(Dispatch {
            unit: e.responsible.clone(),
            case,
            case_no: origin.case_no.clone(),
            item: origin.item.clone(),
            rung: e.to,
            role: "superior".to_owned(),
            sign: None,
            contact: None,
            resolve_by: e.answer.as_ref().map(|answer| answer.due_at),
            test: origin.test,
        })],
        case::Event::CaseTransferredOut(_)
        | case::Event::CaseSigned(_)
        | case::Event::ComplainantContacted(_)
        | case::Event::ExtensionGranted(_)
        | case::Event::CaseSuspended(_)
        | case::Event::CaseResumed(_)
        | case::Event::ResultSubmitted(_)
        | case::Event::CaseClosed(_)
        | case::Event::CaseReopened(_) => vec![status()],
        // Inner matters: the sending system has no use for them.
        case::Event::CaseClassified(_)
        | case::Event::VerificationPassed(_)
        | case::Event::VerificationFailed(_)
        | case::Event::CallbackCompleted(_)
        | case::Event::AmberReached(_)
        | case::Event::DeadlinePassed(_)
        | case::Event::CaseRecorded(_)
        | case::Event::ReporterRevealed(_) => Vec::new(),
    }
}

impl Origin {
    /// Takes one event of the case in.
    pub fn evolve(&mut self, event: &case::Event) {
        match event {
            case::Event::CaseRegistered(e) => {
                self.case_no.clone_from(&e.case_no);
                self.source.clone_from(&e.source);
                self.external_id.clone_from(&e.external_id);
                self.item.clone_from(&e.item);
                self.test = e.test;
            }
            case::Event::CaseClassified(e) => self.item = Some(e.item.clone()),
            _ => {}
        }
    }
}
