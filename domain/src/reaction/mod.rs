//! What an event calls for outside: messages to other systems. Pure; the dispatcher performs it.

mod message;

pub use message::{
    Answer, AnswerOutcome, DayReconciled, Dispatch, Message, Outcome, Recall, Receipt, Status,
};

use crate::case::clocks::{Due, ResolveClock};
use crate::case::{self, event};
use crate::ids::{CaseId, ItemCode, Rung, UnitId};
use crate::intake;
use crate::recorded::Recorded;
use crate::stream::Event;

/// What the reactions need to know of the case besides the event: from its events up to it.
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
    /// The lead unit, and the superior that answers after an escalation.
    pub lead: Option<Task>,
    /// See [`Origin::lead`].
    pub superior: Option<Task>,
}

/// Who has the case, and on which rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The unit.
    pub unit: UnitId,
    /// Its rung.
    pub rung: Rung,
}

/// The messages that an event calls for. `origin` is the case's, folded from its stream up to here.
///
/// Exhaustive over events: a new one must say what leaves. Their order numbers them for ever: a new
/// message of an old event comes last.
pub fn react(recorded: &Recorded, origin: &Origin) -> Vec<Message> {
    match &recorded.event {
        Event::Intake(event) => intake_message(event).into_iter().collect(),
        Event::Case(event) => About { recorded, event, origin }.messages(),
    }
}

fn intake_message(event: &intake::Event) -> Option<Message> {
    let about = |kind: &str| Some(kind.to_owned()).filter(|kind| !kind.is_empty());
    let message = match event {
        intake::Event::ComplaintRepeated(e) => Message::Receipt(Receipt {
            source: e.source.clone(),
            external_id: e.external_id.clone(),
            outcome: if e.stale { Outcome::Stale } else { Outcome::Duplicate },
            about: about(&e.about),
            case_no: Some(e.case_no.clone()),
            faults: Vec::new(),
            test: e.test,
        }),
        intake::Event::ComplaintRefused(e) => Message::Receipt(Receipt {
            source: e.source.clone(),
            external_id: e.external_id.clone(),
            outcome: Outcome::Refused,
            about: about(&e.about),
            case_no: None,
            faults: e.faults.clone(),
            test: false,
        }),
        intake::Event::ResponseNoted(e) => Message::Answer(Answer {
            unit: e.unit.clone(),
            case: e.case,
            case_no: e.case_no.clone(),
            outcome: e.outcome,
            faults: e.faults.clone(),
            test: false,
        }),
        intake::Event::DayReconciled(e) => Message::Reconciliation(e.clone()),
        // For ourselves: what is told stands in the lists.
        intake::Event::DayClosed(_) => return None,
    };
    Some(message)
}

/// An event of a case, and whose it is.
struct About<'a> {
    recorded: &'a Recorded,
    event: &'a case::Event,
    origin: &'a Origin,
}

impl About<'_> {
    fn messages(&self) -> Vec<Message> {
        match self.event {
            case::Event::CaseRegistered(_) => vec![self.receipt(Outcome::Accepted)],
            case::Event::CaseSupplemented(_) => vec![self.receipt(Outcome::Supplement)],
            case::Event::CaseRated(_) => vec![self.receipt(Outcome::Rated)],
            case::Event::DecidedOutside(_) => vec![self.receipt(Outcome::Decided)],
            case::Event::CaseWithdrawn(_) => self.withdrawn(),
            case::Event::OutsideDueSet(e) => {
                let clock = e.resolve.as_ref();
                [vec![self.receipt(Outcome::DueSet)], clock.map_or_else(Vec::new, |clock| self.moved(clock))]
                    .concat()
            }
            case::Event::CaseDispatched(e) => {
                let task = Task { unit: e.unit.clone(), rung: e.rung };
                let limits = (e.sign.as_ref(), e.contact.as_ref());
                vec![self.task(&task, "lead", limits, Some(e.resolve.due_at)), self.status()]
            }
            case::Event::CaseEscalated(e) => {
                let task = Task { unit: e.responsible.clone(), rung: e.to };
                let answer = e.answer.as_ref().map(|answer| answer.due_at);
                vec![self.task(&task, "superior", (None, None), answer)]
            }
            case::Event::CaseSigned(_)
            | case::Event::ComplainantContacted(_)
            | case::Event::ResultSubmitted(_) => [vec![self.status()], self.answer()].concat(),
            case::Event::ExtensionGranted(event::ExtensionGranted { resolve, .. })
            | case::Event::CaseResumed(event::CaseResumed { resolve, .. })
            | case::Event::CaseReopened(event::CaseReopened { resolve, .. }) => {
                [vec![self.status()], self.moved(resolve)].concat()
            }
            // The unit has it again; the sending system was never told that it was being checked.
            case::Event::VerificationFailed(e) => self.moved(&e.resolve),
            case::Event::CaseTransferredOut(_)
            | case::Event::CaseSuspended(_)
            | case::Event::CaseClosed(_) => vec![self.status()],
            // Inner matters: the sending system has no use for them.
            case::Event::CaseClassified(_)
            | case::Event::VerificationPassed(_)
            | case::Event::CallbackCompleted(_)
            | case::Event::AmberReached(_)
            | case::Event::DeadlinePassed(_)
            | case::Event::CaseRecorded(_)
            | case::Event::ReporterRevealed(_)
            | case::Event::EvidenceAttached(_) => Vec::new(),
        }
    }

    fn case(&self) -> CaseId {
        CaseId(self.recorded.stream.id)
    }

    fn receipt(&self, outcome: Outcome) -> Message {
        Message::Receipt(Receipt {
            source: self.origin.source.clone(),
            external_id: self.origin.external_id.clone(),
            outcome,
            about: None,
            case_no: Some(self.origin.case_no.clone()),
            faults: Vec::new(),
            test: self.origin.test,
        })
    }

    fn status(&self) -> Message {
        Message::Status(Status {
            source: self.origin.source.clone(),
            external_id: self.origin.external_id.clone(),
            case_no: self.origin.case_no.clone(),
            event: self.event.name().to_owned(),
            at: self.recorded.meta.occurred_at,
            test: self.origin.test,
        })
    }

    fn task(
        &self,
        task: &Task,
        role: &str,
        (sign, contact): (Option<&Due>, Option<&Due>),
        resolve_by: Option<jiff::Timestamp>,
    ) -> Message {
        Message::Dispatch(Dispatch {
            unit: task.unit.clone(),
            case: self.case(),
            case_no: self.origin.case_no.clone(),
            item: self.origin.item.clone(),
            rung: task.rung,
            role: role.to_owned(),
            sign: sign.cloned(),
            contact: contact.cloned(),
            resolve_by,
            test: self.origin.test,
        })
    }

    /// The lead has a limit other than it was told.
    fn moved(&self, clock: &ResolveClock) -> Vec<Message> {
        let lead = self.origin.lead.iter();
        lead.map(|lead| self.task(lead, "lead", (None, None), Some(clock.due_at))).collect()
    }

    fn withdrawn(&self) -> Vec<Message> {
        let recall = |task: &Task| {
            Message::Recall(Recall {
                unit: task.unit.clone(),
                case: self.case(),
                case_no: self.origin.case_no.clone(),
                reason: "withdrawn".to_owned(),
                test: self.origin.test,
            })
        };
        let units = self.origin.lead.iter().chain(&self.origin.superior).map(recall);
        std::iter::once(self.receipt(Outcome::Withdrawn)).chain(units).collect()
    }

    /// Who answered over the bus is told that it counts.
    fn answer(&self) -> Vec<Message> {
        let actor = &self.recorded.meta.actor;
        let unit = actor.unit.iter().filter(|_| actor.id.starts_with("bus:"));
        unit.map(|unit| {
            Message::Answer(Answer {
                unit: unit.clone(),
                case: Some(self.case()),
                case_no: Some(self.origin.case_no.clone()),
                outcome: AnswerOutcome::Accepted,
                faults: Vec::new(),
                test: self.origin.test,
            })
        })
        .collect()
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
            case::Event::CaseDispatched(e) => {
                self.lead = Some(Task { unit: e.unit.clone(), rung: e.rung });
            }
            case::Event::CaseEscalated(e) => {
                self.superior = Some(Task { unit: e.responsible.clone(), rung: e.to });
            }
            case::Event::CaseReopened(_) => self.superior = None,
            _ => {}
        }
    }
}
