//! What an event calls for outside: messages to other systems. Pure; the dispatcher performs it.

mod edges;
mod hands;
mod leg;
mod message;
mod origin;
mod part;
mod revised;

pub use leg::{Called, LegTask};
pub use message::{
    Answer, AnswerOutcome, Asks, DayReconciled, Dispatch, Message, Outcome, Recall, Receipt, Status,
};
pub use part::OpenPart;

pub use origin::{Origin, Task};

use crate::case;
use crate::case::clocks::Due;
use crate::ids::{CaseId, UnitId};
use crate::intake;
use crate::recorded::Recorded;
use crate::stream::Event;

/// The messages that an event calls for. `origin` is the case's, folded from its stream up to here.
///
/// Exhaustive over events: a new one must say what leaves. Their order numbers them for ever: a new
/// message of an old event comes last.
pub fn react(recorded: &Recorded, origin: &Origin) -> Vec<Message> {
    match &recorded.event {
        Event::Intake(event) => intake_message(event).into_iter().collect(),
        // Ours alone: who sends and who answers sees what becomes of its cases.
        Event::Rules(_) | Event::Notification(_) => Vec::new(),
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

/// The limits that an event starts, besides the one for the result.
#[derive(Default, Clone, Copy)]
struct Limits<'a> {
    sign: Option<&'a Due>,
    contact: Option<&'a Due>,
    answer: Option<&'a Due>,
}

impl<'a> Limits<'a> {
    fn answer(answer: Option<&'a Due>) -> Self {
        Self { answer, ..Self::default() }
    }
}

/// An event of a case, and whose it is.
struct About<'a> {
    recorded: &'a Recorded,
    event: &'a case::Event,
    origin: &'a Origin,
}

impl About<'_> {
    #[allow(clippy::too_many_lines, reason = "one line for every event")]
    fn messages(&self) -> Vec<Message> {
        match self.event {
            case::Event::CaseRegistered(_) => vec![self.receipt(Outcome::Accepted)],
            case::Event::CaseSupplemented(_) => vec![self.receipt(Outcome::Supplement)],
            case::Event::CaseRated(_) => vec![self.receipt(Outcome::Rated)],
            case::Event::DecidedOutside(_) => vec![self.receipt(Outcome::Decided)],
            case::Event::CaseWithdrawn(_) => self.withdrawn(),
            case::Event::CaseVoided(_) => self.voided(),
            case::Event::UnitBarred(e) => self.recalled(&e.recalled, "reassigned"),
            case::Event::OutsideDueSet(e) => self.due_set(e.resolve.is_some()),
            case::Event::CaseDispatched(e) => self.dispatched(e),
            case::Event::CaseEscalated(e) => self.escalated(e),
            case::Event::CaseSigned(_)
            | case::Event::ComplainantContacted(_)
            | case::Event::ResultSubmitted(_) => [vec![self.status()], self.answer()].concat(),
            case::Event::ExtensionGranted(_) | case::Event::CaseReopened(_) => {
                [vec![self.status()], self.moved(None)].concat()
            }
            case::Event::CaseResumed(e) => [vec![self.status()], self.moved(e.answer.as_ref())].concat(),
            case::Event::DeadlineRecalculated(_) | case::Event::WorkMoved(_) => self.revised(),
            // The unit has it again; the sending system was never told that it was being checked.
            case::Event::VerificationFailed(e) => self.moved(e.answer.as_ref()),
            case::Event::CaseTransferredOut(_)
            | case::Event::CaseSuspended(_)
            | case::Event::CaseClosed(_) => vec![self.status()],
            case::Event::WhistleSounded(_)
            | case::Event::WhistleResponded(_)
            | case::Event::UnitArrived(_)
            | case::Event::WhistleDeclined(_)
            | case::Event::DeclineAdjudicated(_)
            | case::Event::WhistleLegFinished(_)
            | case::Event::WhistleStoodDown(_)
            | case::Event::WhistleLegLate(_)
            | case::Event::WhistleClocksMoved(_) => self.whistle(),
            // Inner matters: the sending system has no use for them.
            case::Event::CaseClassified(_)
            | case::Event::VerificationPassed(_)
            | case::Event::CallbackCompleted(_)
            | case::Event::CallbackAttempted(_)
            | case::Event::AmberReached(_)
            | case::Event::DeadlinePassed(_)
            | case::Event::CaseRecorded(_)
            | case::Event::ReporterRevealed(_)
            | case::Event::RevealRequested(_)
            | case::Event::RevealDecided(_)
            | case::Event::EvidenceAttached(_)
            | case::Event::VoidRequested(_)
            | case::Event::VoidRefused(_)
            | case::Event::ExclusionApplied(_)
            | case::Event::CaseExcluded(_)
            | case::Event::ExclusionRefused(_)
            | case::Event::ExclusionAppealed(_)
            | case::Event::WhistleProposed(_)
            | case::Event::WhistleRefused(_)
            | case::Event::WhistleRated(_) => Vec::new(),
            case::Event::ReturnRequested(_)
            | case::Event::ReturnApproved(_)
            | case::Event::ReturnRejected(_)
            | case::Event::DispatchObjected(_)
            | case::Event::ObjectionAdjudicated(_)
            | case::Event::FinalUnitDesignated(_)
            | case::Event::ExtensionRequested(_)
            | case::Event::ExtensionRefused(_)
            | case::Event::SuspensionApplied(_)
            | case::Event::SuspensionRefused(_)
            | case::Event::OutsideAsked(_)
            | case::Event::CaseDeescalated(_)
            | case::Event::TaskClaimed(_)
            | case::Event::TaskDelegated(_)
            | case::Event::ClaimReleased(_)
            | case::Event::ReplyAmended(_) => self.hands(),
            case::Event::CaseAnswered(_)
            | case::Event::CaseDeclined(_)
            | case::Event::CaseReferred(_)
            | case::Event::InfoAsked(_)
            | case::Event::InfoSupplied(_)
            | case::Event::ClosedOnSpot(_)
            | case::Event::CaseArchived(_)
            | case::Event::CaseLinked(_)
            | case::Event::CaseMerged(_)
            | case::Event::CaseUnmerged(_)
            | case::Event::MainCaseEnded(_)
            | case::Event::MainCaseReopened(_) => self.edges(),
            case::Event::CoUnitAdded(_)
            | case::Event::TaskSubDispatched(_)
            | case::Event::PartSigned(_)
            | case::Event::PartFinished(_)
            | case::Event::PartReleaseAsked(_)
            | case::Event::PartReleaseRefused(_)
            | case::Event::PartEnded(_)
            | case::Event::PartLate(_)
            | case::Event::PartClocksMoved(_) => self.parts(),
            case::Event::CaseUrged(_)
            | case::Event::UrgeWritten(_)
            | case::Event::SupervisionIssued(_)
            | case::Event::SupervisionReplied(_)
            | case::Event::SupervisionChecked(_)
            | case::Event::SupervisionClosed(_)
            | case::Event::ReasonGiven(_)
            | case::Event::ReasonAccepted(_)
            | case::Event::ReasonRefused(_)
            | case::Event::NoticeDrafted(_)
            | case::Event::NoticeEdited(_)
            | case::Event::NoticeIssued(_)
            | case::Event::NoticeReplied(_)
            | case::Event::NoticeCorrected(_)
            | case::Event::NoticeWithdrawn(_)
            | case::Event::SupervisionListed(_)
            | case::Event::InterviewProposed(_)
            | case::Event::UnitInterviewed(_)
            | case::Event::SupervisionLate(_)
            | case::Event::SupervisionTimed(_)
            | case::Event::SupervisionClocksMoved(_) => Vec::new(),
        }
    }

    fn dispatched(&self, e: &case::event::CaseDispatched) -> Vec<Message> {
        let task = Task { unit: e.unit.clone(), rung: e.rung };
        let limits = Limits { sign: e.sign.as_ref(), contact: e.contact.as_ref(), answer: None };
        let told = vec![self.task(&task, "lead", limits), self.status()];
        [told, self.recalled(&self.origin.gone, "reassigned")].concat()
    }

    fn escalated(&self, e: &case::event::CaseEscalated) -> Vec<Message> {
        let task = Task { unit: e.responsible.clone(), rung: e.to };
        vec![self.task(&task, "superior", Limits::answer(e.answer.as_ref()))]
    }

    fn due_set(&self, moved: bool) -> Vec<Message> {
        let told = if moved { self.moved(None) } else { Vec::new() };
        std::iter::once(self.receipt(Outcome::DueSet)).chain(told).collect()
    }

    fn voided(&self) -> Vec<Message> {
        std::iter::once(self.status()).chain(self.taken_back("voided")).collect()
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
        Message::Status(self.step())
    }

    fn step(&self) -> Status {
        Status {
            source: self.origin.source.clone(),
            external_id: self.origin.external_id.clone(),
            case_no: self.origin.case_no.clone(),
            event: self.event.name().to_owned(),
            at: self.recorded.meta.occurred_at,
            asks: None,
            theirs: None,
            test: self.origin.test,
        }
    }

    fn task(&self, task: &Task, role: &str, limits: Limits<'_>) -> Message {
        Message::Dispatch(Box::new(Dispatch {
            unit: task.unit.clone(),
            case: self.case(),
            case_no: self.origin.case_no.clone(),
            item: self.origin.item.clone(),
            rung: task.rung,
            role: role.to_owned(),
            part: None,
            lead: None,
            task: String::new(),
            sign: limits.sign.cloned(),
            contact: limits.contact.cloned(),
            resolve_by: self.origin.resolve_by,
            district_answer: limits.answer.cloned(),
            test: self.origin.test,
        }))
    }

    /// The limit is another than the lead was told, and the superior where one answers.
    fn moved(&self, answer: Option<&Due>) -> Vec<Message> {
        let lead = self.origin.lead.iter().map(|lead| self.task(lead, "lead", Limits::default()));
        let superior = self.origin.superior.iter();
        let superior = superior.map(|unit| self.task(unit, "superior", Limits::answer(answer)));
        lead.chain(superior).chain(self.capped()).collect()
    }

    fn withdrawn(&self) -> Vec<Message> {
        std::iter::once(self.receipt(Outcome::Withdrawn)).chain(self.taken_back("withdrawn")).collect()
    }

    /// Whoever works on it, or was called to it, need not any more.
    fn taken_back(&self, reason: &str) -> Vec<Message> {
        let had = self.origin.lead.iter().chain(&self.origin.superior).map(|task| &task.unit);
        let called = self.origin.called.iter().map(|leg| &leg.unit);
        let parts = self.origin.parts.iter().map(OpenPart::unit);
        self.recalled(had.chain(called).chain(parts), reason)
    }

    /// Not told why: who is accused must not learn it from this.
    fn recalled<'u>(&self, units: impl IntoIterator<Item = &'u UnitId>, reason: &str) -> Vec<Message> {
        units.into_iter().map(|unit| self.recall(unit, reason)).collect()
    }

    fn recall(&self, unit: &UnitId, reason: &str) -> Message {
        Message::Recall(Recall {
            unit: unit.clone(),
            case: self.case(),
            case_no: self.origin.case_no.clone(),
            reason: reason.to_owned(),
            test: self.origin.test,
        })
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
