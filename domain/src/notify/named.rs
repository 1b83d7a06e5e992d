//! Whom an event of a case names, and by when something is to be done. Exhaustive: a new event must say so.

use jiff::Timestamp;

use super::matter::Matter;
use crate::case::clocks::Due;
use crate::case::event::UrgeSent;
use crate::case::{Event, State};
use crate::ids::UnitId;

/// A unit that an event is about.
pub(super) struct Concern {
    pub unit: UnitId,
    pub matter: Matter,
    pub due_at: Option<Timestamp>,
}

/// What an event says of who is concerned.
#[derive(Default)]
pub(super) struct Named {
    pub concerns: Vec<Concern>,
    pub copied: Vec<UnitId>,
    pub sounder: Option<UnitId>,
    /// Kind of whistle, or name of a limit.
    pub detail: &'static str,
}

impl Named {
    fn unit(unit: &UnitId, due_at: Option<Timestamp>) -> Self {
        let concern = Concern { unit: unit.clone(), matter: Matter::Note, due_at };
        Self { concerns: vec![concern], ..Self::default() }
    }

    fn due(unit: &UnitId, due: Option<&Due>) -> Self {
        Self::unit(unit, due.map(|due| due.due_at))
    }

    /// Nobody in particular: whoever answers for the case, until its limit.
    fn case(state: &State) -> Self {
        let due_at = state.resolve.as_ref().map(|clock| clock.due_at);
        let answers = state.responsible.as_ref().or(state.lead.as_ref());
        answers.map_or_else(Self::default, |unit| Self::unit(unit, due_at))
    }

    fn limit(state: &State, detail: &'static str, due_at: Timestamp) -> Self {
        let mut named = Self { detail, ..Self::case(state) };
        named.concerns.iter_mut().for_each(|concern| concern.due_at = Some(due_at));
        named
    }

    fn leg(state: &State, number: u32, unit: &UnitId, due_at: Option<Timestamp>) -> Self {
        let leg = state.whistle.leg(number);
        let detail = leg.map_or("", |leg| leg.kind.as_str());
        Self { detail, sounder: leg.map(|leg| leg.sounder.clone()), ..Self::unit(unit, due_at) }
    }

    fn urged(e: &UrgeSent, state: &State) -> Self {
        let due_at = state.resolve.as_ref().map(|clock| clock.due_at);
        Self { copied: e.copied.clone(), ..Self::unit(&e.unit, due_at) }
    }
}

/// Reads it from the event, and from the case as it is after it.
#[allow(clippy::too_many_lines, reason = "one line for every event")]
pub(super) fn named(event: &Event, state: &State) -> Named {
    match event {
        Event::CaseDispatched(e) => {
            let due_at = e.sign.as_ref().map_or(e.resolve.due_at, |sign| sign.due_at);
            let concern = Concern { unit: e.unit.clone(), matter: Matter::Task, due_at: Some(due_at) };
            Named { concerns: vec![concern], ..Named::default() }
        }
        Event::CaseEscalated(e) => {
            let due_at = e.answer.as_ref().map(|answer| answer.due_at);
            Named::unit(&e.responsible, due_at.or(state.resolve.as_ref().map(|clock| clock.due_at)))
        }
        Event::AmberReached(e) => Named { detail: e.name.as_str(), ..Named::case(state) },
        Event::DeadlinePassed(e) => Named::limit(state, e.name.as_str(), e.due_at),
        Event::SupervisionLate(e) => Named::limit(state, e.name.as_str(), e.due_at),
        Event::WhistleSounded(_)
        | Event::WhistleProposed(_)
        | Event::WhistleLegLate(_)
        | Event::WhistleResponded(_)
        | Event::UnitArrived(_)
        | Event::WhistleDeclined(_)
        | Event::DeclineAdjudicated(_)
        | Event::WhistleLegFinished(_)
        | Event::WhistleRated(_)
        | Event::WhistleStoodDown(_) => whistle(event, state),
        Event::CoUnitAdded(e) | Event::TaskSubDispatched(e) => Named::due(&e.unit, e.clocks.finish.as_ref()),
        Event::PartLate(e) => Named::unit(&e.unit, Some(e.due_at)),
        Event::PartFinished(e) => Named::unit(&e.unit, None),
        Event::PartReleaseAsked(e) => Named::unit(&e.unit, None),
        Event::PartReleaseRefused(e) => Named::unit(&e.unit, None),
        Event::PartEnded(e) => Named::unit(&e.unit, None),
        Event::CaseUrged(_)
        | Event::UrgeWritten(_)
        | Event::SupervisionIssued(_)
        | Event::SupervisionReplied(_)
        | Event::SupervisionListed(_)
        | Event::InterviewProposed(_)
        | Event::UnitInterviewed(_)
        | Event::ReasonGiven(_)
        | Event::ReasonAccepted(_)
        | Event::ReasonRefused(_)
        | Event::NoticeDrafted(_)
        | Event::NoticeIssued(_)
        | Event::NoticeReplied(_)
        | Event::NoticeWithdrawn(_) => supervision(event, state),
        Event::ReturnRequested(e) => Named::due(&e.unit, e.decide.as_ref()),
        Event::DispatchObjected(e) => Named::due(&e.unit, e.decide.as_ref()),
        Event::ExtensionRequested(e) => Named::due(&e.unit, e.decide.as_ref()),
        Event::SuspensionApplied(e) => Named::due(&e.unit, e.decide.as_ref()),
        Event::ReturnApproved(e) => Named::unit(&e.unit, None),
        Event::ObjectionAdjudicated(e) => Named::unit(&e.unit, None),
        Event::FinalUnitDesignated(e) => Named::unit(&e.unit, None),
        Event::TaskDelegated(e) => Named::unit(&e.unit, None),
        Event::CaseDeescalated(e) => Named::unit(&e.responsible, None),
        Event::ResultSubmitted(e) => Named::due(&e.unit, e.verify.as_ref()),
        Event::CaseRegistered(_)
        | Event::CaseSupplemented(_)
        | Event::CaseClassified(_)
        | Event::CaseTransferredOut(_)
        | Event::CaseSigned(_)
        | Event::ComplainantContacted(_)
        | Event::ExtensionGranted(_)
        | Event::ExtensionRefused(_)
        | Event::CaseSuspended(_)
        | Event::SuspensionRefused(_)
        | Event::CaseResumed(_)
        | Event::VerificationPassed(_)
        | Event::VerificationFailed(_)
        | Event::CallbackCompleted(_)
        | Event::CallbackAttempted(_)
        | Event::CaseClosed(_)
        | Event::CaseReopened(_)
        | Event::CaseRecorded(_)
        | Event::ReporterRevealed(_)
        | Event::CaseWithdrawn(_)
        | Event::CaseRated(_)
        | Event::OutsideDueSet(_)
        | Event::DecidedOutside(_)
        | Event::EvidenceAttached(_)
        | Event::WhistleRefused(_)
        | Event::WhistleClocksMoved(_)
        | Event::UnitBarred(_)
        | Event::ReturnRejected(_)
        | Event::OutsideAsked(_)
        | Event::DeadlineRecalculated(_)
        | Event::TaskClaimed(_)
        | Event::ClaimReleased(_)
        | Event::ReplyAmended(_)
        | Event::WorkMoved(_)
        | Event::VoidRequested(_)
        | Event::VoidRefused(_)
        | Event::CaseVoided(_)
        | Event::ExclusionApplied(_)
        | Event::CaseExcluded(_)
        | Event::ExclusionRefused(_)
        | Event::ExclusionAppealed(_)
        | Event::CaseAnswered(_)
        | Event::CaseDeclined(_)
        | Event::CaseReferred(_)
        | Event::InfoAsked(_)
        | Event::InfoSupplied(_)
        | Event::ClosedOnSpot(_)
        | Event::RevealRequested(_)
        | Event::RevealDecided(_)
        | Event::CaseArchived(_)
        | Event::CaseLinked(_)
        | Event::CaseMerged(_)
        | Event::CaseUnmerged(_)
        | Event::PartSigned(_)
        | Event::PartClocksMoved(_)
        | Event::MainCaseEnded(_)
        | Event::MainCaseReopened(_)
        | Event::SupervisionChecked(_)
        | Event::SupervisionClosed(_)
        | Event::NoticeEdited(_)
        | Event::NoticeCorrected(_)
        | Event::SupervisionTimed(_)
        | Event::SupervisionClocksMoved(_) => Named::case(state),
    }
}

/// 吹哨: the called units, and who called them.
fn whistle(event: &Event, state: &State) -> Named {
    match event {
        Event::WhistleSounded(e) => {
            let concerns = e.legs.iter().map(|leg| Concern {
                unit: leg.unit.clone(),
                matter: Matter::Leg(leg.leg),
                due_at: leg.clocks.respond.as_ref().map(|due| due.due_at),
            });
            let (concerns, sounder) = (concerns.collect(), Some(e.sounder.clone()));
            Named { concerns, sounder, detail: e.kind.as_str(), ..Named::default() }
        }
        Event::WhistleProposed(e) => {
            Named { detail: e.kind.as_str(), ..Named::due(&e.approver, e.decide.as_ref()) }
        }
        Event::WhistleLegLate(e) => Named::leg(state, e.leg, &e.unit, Some(e.due_at)),
        Event::WhistleResponded(e) => {
            Named::leg(state, e.leg, &e.unit, e.arrive.as_ref().map(|due| due.due_at))
        }
        Event::UnitArrived(e) => Named::leg(state, e.leg, &e.unit, None),
        Event::WhistleDeclined(e) => Named::leg(state, e.leg, &e.unit, None),
        Event::DeclineAdjudicated(e) => Named::leg(state, e.leg, &e.unit, None),
        Event::WhistleLegFinished(e) => Named::leg(state, e.leg, &e.unit, None),
        Event::WhistleRated(e) => Named::unit(&e.of, None),
        Event::WhistleStoodDown(e) => {
            let left = e.legs.iter();
            let concerns =
                left.map(|leg| Concern { unit: leg.unit.clone(), matter: Matter::Note, due_at: None });
            let (concerns, sounder) = (concerns.collect(), Some(e.unit.clone()));
            Named { concerns, sounder, ..Named::default() }
        }
        _ => Named::case(state),
    }
}

/// 督查督办: the unit, and who gets a copy.
fn supervision(event: &Event, state: &State) -> Named {
    match event {
        Event::CaseUrged(e) | Event::UrgeWritten(e) => Named::urged(e, state),
        Event::SupervisionIssued(e) => {
            Named { copied: e.copied.clone(), ..Named::due(&e.unit, e.reply.as_ref()) }
        }
        Event::SupervisionReplied(e) => Named::unit(&e.unit, None),
        Event::SupervisionListed(e) => Named { copied: e.copied.clone(), ..Named::unit(&e.unit, None) },
        Event::InterviewProposed(e) => Named::unit(&e.unit, None),
        Event::UnitInterviewed(e) => Named::unit(&e.unit, None),
        Event::ReasonGiven(e) => Named::due(&e.unit, e.decide.as_ref()),
        Event::ReasonAccepted(e) | Event::ReasonRefused(e) => Named::unit(&e.unit, None),
        Event::NoticeDrafted(e) => Named::due(&e.unit, e.approve.as_ref()),
        Event::NoticeIssued(e) => {
            let copied = e.to.iter().filter(|unit| **unit != e.unit).cloned().collect();
            Named { copied, ..Named::due(&e.unit, e.reply.as_ref()) }
        }
        Event::NoticeReplied(e) => Named::unit(&e.unit, None),
        Event::NoticeWithdrawn(e) => {
            let copied = e.to.iter().filter(|unit| **unit != e.unit).cloned().collect();
            Named { copied, ..Named::unit(&e.unit, None) }
        }
        _ => Named::case(state),
    }
}
