//! The fold of a case.

use jiff::Timestamp;

use super::attempt;
use super::clocks::{DeadlineName, Due, ResolveClock};
use super::event::{
    CaseClassified, CaseDispatched, CaseEscalated, CaseRegistered, CaseResumed, CloseMode,
    DeadlineRecalculated, Event, ExtensionGranted, OutsideDueSet, Recounted, Shift,
};
use super::exclusion;
use super::hands;
use super::part;
use super::state::{Life, State};
use super::supervision;
use super::whistle;
use super::{edges, reveal, spot};

/// Takes one event into the state.
#[allow(clippy::too_many_lines, reason = "one line for every event")]
pub(super) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::CaseRegistered(e) => registered(state, e),
        Event::CaseClassified(e) => classified(state, e),
        Event::CaseTransferredOut(_) => end(state, Life::TransferredOut),
        Event::CaseDispatched(e) => dispatched(state, e),
        Event::CaseSigned(e) => signed(state, &e.by),
        Event::ComplainantContacted(_) => disarm(state, DeadlineName::Contact),
        Event::ExtensionGranted(e) => extended(state, e),
        Event::OutsideDueSet(e) => set_outside(state, e),
        Event::CaseResumed(e) => resumed(state, e),
        Event::CaseRecorded(e) if e.closed_at.is_some() => end(state, Life::RecordedClosed),
        Event::CaseRecorded(_) => end(state, Life::RecordedOpen),
        // Told once: the limit that passed is not waited for again.
        Event::AmberReached(_) => state.amber_told = true,
        Event::DeadlinePassed(e) => deadline_passed(state, e.name),
        Event::CaseEscalated(e) => escalated(state, e),
        Event::UnitBarred(e) => edges::barred(state, e),
        Event::DeadlineRecalculated(_) | Event::WorkMoved(_) => revised(state, event),
        Event::RevealRequested(_) | Event::RevealDecided(_) | Event::ReporterRevealed(_) => {
            reveal::evolve(&mut state.reveal, event);
        }
        // What follows from these are events of their own.
        Event::CaseWithdrawn(_) | Event::CaseRated(_) | Event::DecidedOutside(_) => {}
        Event::CaseSuspended(_)
        | Event::ResultSubmitted(_)
        | Event::VerificationPassed(_)
        | Event::VerificationFailed(_)
        | Event::CallbackCompleted(_)
        | Event::CallbackAttempted(_)
        | Event::CaseClosed(_)
        | Event::CaseReopened(_) => judged(state, event),
        Event::CaseSupplemented(_)
        | Event::EvidenceAttached(_)
        | Event::VoidRequested(_)
        | Event::VoidRefused(_)
        | Event::CaseVoided(_) => added(state, event),
        Event::ExclusionApplied(_)
        | Event::CaseExcluded(_)
        | Event::ExclusionRefused(_)
        | Event::ExclusionAppealed(_) => exclusion::evolve(&mut state.exclusion, event),
        Event::WhistleProposed(_)
        | Event::WhistleRefused(_)
        | Event::WhistleSounded(_)
        | Event::WhistleResponded(_)
        | Event::UnitArrived(_)
        | Event::WhistleDeclined(_)
        | Event::DeclineAdjudicated(_)
        | Event::WhistleLegFinished(_)
        | Event::WhistleStoodDown(_)
        | Event::WhistleRated(_)
        | Event::WhistleLegLate(_)
        | Event::WhistleClocksMoved(_) => whistle::evolve(&mut state.whistle, event),
        Event::ReturnRequested(_)
        | Event::ReturnApproved(_)
        | Event::ReturnRejected(_)
        | Event::DispatchObjected(_)
        | Event::ObjectionAdjudicated(_)
        | Event::FinalUnitDesignated(_)
        | Event::ExtensionRequested(_)
        | Event::ExtensionRefused(_)
        | Event::SuspensionApplied(_)
        | Event::SuspensionRefused(_)
        | Event::OutsideAsked(_)
        | Event::CaseDeescalated(_)
        | Event::TaskClaimed(_)
        | Event::TaskDelegated(_)
        | Event::ClaimReleased(_)
        | Event::ReplyAmended(_) => hands::evolve(state, event),
        Event::CaseAnswered(_)
        | Event::CaseDeclined(_)
        | Event::CaseReferred(_)
        | Event::InfoAsked(_)
        | Event::InfoSupplied(_)
        | Event::ClosedOnSpot(_)
        | Event::CaseArchived(_)
        | Event::CaseLinked(_)
        | Event::CaseMerged(_)
        | Event::CaseUnmerged(_)
        | Event::MainCaseEnded(_)
        | Event::MainCaseReopened(_) => edges::evolve(state, event),
        Event::CoUnitAdded(_)
        | Event::TaskSubDispatched(_)
        | Event::PartSigned(_)
        | Event::PartFinished(_)
        | Event::PartReleaseAsked(_)
        | Event::PartReleaseRefused(_)
        | Event::PartEnded(_)
        | Event::PartLate(_)
        | Event::PartClocksMoved(_) => part::evolve(state, event),
        Event::CaseUrged(_)
        | Event::UrgeWritten(_)
        | Event::SupervisionIssued(_)
        | Event::SupervisionReplied(_)
        | Event::SupervisionChecked(_)
        | Event::SupervisionClosed(_)
        | Event::ReasonGiven(_)
        | Event::ReasonAccepted(_)
        | Event::ReasonRefused(_)
        | Event::NoticeDrafted(_)
        | Event::NoticeEdited(_)
        | Event::NoticeIssued(_)
        | Event::NoticeReplied(_)
        | Event::NoticeCorrected(_)
        | Event::NoticeWithdrawn(_)
        | Event::SupervisionListed(_)
        | Event::InterviewProposed(_)
        | Event::UnitInterviewed(_)
        | Event::SupervisionLate(_)
        | Event::SupervisionTimed(_)
        | Event::SupervisionClocksMoved(_) => supervision::evolve(&mut state.supervision, event),
    }
}

fn extended(state: &mut State, e: &ExtensionGranted) {
    due_outside(state, e.resolve.outside_due_at, Some(&e.resolve));
    hands::extended(state);
}

fn classified(state: &mut State, e: &CaseClassified) {
    state.life = Life::PendingDispatch;
    state.item = Some(e.item.clone());
    state.place = Some(e.place.clone());
}

fn escalated(state: &mut State, e: &CaseEscalated) {
    state.rung = Some(e.to);
    state.responsible = Some(e.responsible.clone());
    arm(state, DeadlineName::Answer, e.answer.as_ref());
}

/// What is added to a case, wherever it is in its life.
fn added(state: &mut State, event: &Event) {
    match event {
        Event::CaseSupplemented(e) => {
            state.revision = state.revision.max(e.revision);
            state.barred.accuse(&e.accused);
        }
        Event::EvidenceAttached(e) => state.evidence.push(e.file.clone()),
        Event::VoidRequested(e) => state.void_asked = Some(e.clone()),
        Event::VoidRefused(_) => state.void_asked = None,
        Event::CaseVoided(_) => {
            state.void_asked = None;
            state.voided = true;
        }
        _ => {}
    }
}

fn registered(state: &mut State, e: &CaseRegistered) {
    state.life = Life::Registered;
    state.case_no.clone_from(&e.case_no);
    state.source.clone_from(&e.source);
    state.item.clone_from(&e.item);
    state.place.clone_from(&e.place);
    state.outside_due_at = e.outside_due_at;
    state.revision = e.revision;
    state.received_at = Some(e.received_at);
    state.patrol = e.channel == spot::PATROL;
    state.reveal.confidential = e.confidential;
    state.barred.accuse(&e.accused);
    state.clocks_from = e.dispatch.as_ref().map(|due| due.from);
    arm(state, DeadlineName::Dispatch, e.dispatch.as_ref());
}

fn signed(state: &mut State, by: &str) {
    state.life = Life::InProgress;
    state.handlers.insert(by.to_owned());
    state.hands.signed = true;
    disarm(state, DeadlineName::Sign);
}

fn resumed(state: &mut State, e: &CaseResumed) {
    state.life = if state.hands.signed { Life::InProgress } else { Life::Dispatched };
    state.suspended = None;
    arm(state, DeadlineName::Answer, e.answer.as_ref());
    moved_clock(state, &e.resolve);
}

fn dispatched(state: &mut State, e: &CaseDispatched) {
    state.life = Life::Dispatched;
    if state.lead.as_ref().is_some_and(|lead| *lead != e.unit) {
        let again = e.resolve.climb.map(|climb| climb.from);
        state.supervision.another_lead(again.filter(|_| state.red_told));
    }
    state.lead = Some(e.unit.clone());
    state.responsible = Some(e.unit.clone());
    state.start = Some(e.rung);
    state.rung = Some(e.rung);
    state.hands.dispatched(e.return_by.as_ref());
    state.parts.another_lead(Some(&e.unit));
    disarm(state, DeadlineName::Dispatch);
    disarm(state, DeadlineName::Answer);
    arm(state, DeadlineName::Sign, e.sign.as_ref());
    arm(state, DeadlineName::Contact, e.contact.as_ref());
    // To another unit: the complainant's clock goes on, and what it told is not told again.
    moved_clock(state, &e.resolve);
}

/// From the result on, and the pause.
fn judged(state: &mut State, event: &Event) {
    attempt::evolve(&mut state.calls, event);
    match event {
        // Whoever pauses has told the complainant: only the review is waited for.
        Event::CaseSuspended(e) => {
            state.life = Life::Suspended;
            state.suspended = Some((e.from, Some(e.review_at)));
            lapse(state);
            hands::settle(state);
        }
        Event::ResultSubmitted(e) => {
            hands::settle(state);
            state.life = Life::Handled;
            state.handled_at = Some(e.at);
            state.handlers.insert(e.by.clone());
            state.handled_by.insert(e.unit.clone());
            disarm(state, DeadlineName::Contact);
            disarm(state, DeadlineName::Answer);
            arm(state, DeadlineName::Verify, e.verify.as_ref());
        }
        Event::VerificationPassed(e) => {
            state.life = Life::PendingCallback;
            disarm(state, DeadlineName::Verify);
            arm(state, DeadlineName::Callback, e.callback.as_ref());
        }
        Event::VerificationFailed(e) => {
            state.life = Life::InProgress;
            state.handled_at = None;
            disarm(state, DeadlineName::Verify);
            arm(state, DeadlineName::Answer, e.answer.as_ref());
            moved_clock(state, &e.resolve);
        }
        Event::CallbackCompleted(e) => {
            hands::settle(state);
            state.life = Life::CalledBack;
            state.closed_as = None;
            disarm(state, DeadlineName::Callback);
            arm(state, DeadlineName::Decide, e.decide.as_ref());
        }
        Event::CaseReopened(e) => {
            state.life = Life::InProgress;
            state.reopened += 1;
            state.closed_as = None;
            hands::settle(state);
            state.handled_at = None;
            state.rung = state.start;
            state.responsible.clone_from(&state.lead);
            lapse(state);
            arm(state, DeadlineName::Contact, e.contact.as_ref());
            new_clock(state, &e.resolve);
        }
        Event::CaseClosed(e) => over(state, e.mode),
        _ => {}
    }
    supervision::evolve(&mut state.supervision, event);
}

/// What was taken back, or is void, is not a part of any other case any more.
fn over(state: &mut State, mode: CloseMode) {
    end(state, Life::Closed);
    state.closed_as = Some(mode);
    if matches!(mode, CloseMode::Withdrawn | CloseMode::Voided) {
        state.merged = None;
    }
}

fn deadline_passed(state: &mut State, name: DeadlineName) {
    match name {
        DeadlineName::Resolve => state.red_told = true,
        DeadlineName::Escalate => {
            state.rung = state.next_step().map(|step| step.to).or(state.rung);
        }
        DeadlineName::WhistleApprove => {
            state.whistle.proposed.iter_mut().for_each(|waiting| waiting.decide = None);
        }
        DeadlineName::Review => {
            state.suspended = state.suspended.map(|(since, _)| (since, None));
        }
        _ => {
            let told = state.dues.extract_if(.., |(armed, _)| *armed == name);
            state.passed.extend(told);
        }
    }
}

/// What a revision of the rules does.
fn revised(state: &mut State, event: &Event) {
    match event {
        Event::DeadlineRecalculated(e) => recalculated(state, e),
        Event::WorkMoved(e) => {
            let to = |shift: &Option<Shift>| shift.as_ref().map(|shift| shift.to.clone());
            state.place = to(&e.place).or_else(|| state.place.take());
            state.lead = to(&e.lead).or_else(|| state.lead.take());
            state.responsible = to(&e.responsible).or_else(|| state.responsible.take());
            e.lead.iter().for_each(|shift| state.supervision.moved(&shift.from, &shift.to));
            state.parts.moved(&e.parts);
        }
        _ => {}
    }
}

/// A limit that moved out is waited for again, also where it was told.
fn recalculated(state: &mut State, event: &DeadlineRecalculated) {
    for Recounted { name, due } in &event.dues {
        let told = state.passed.iter().find(|(passed, _)| passed == name);
        if told.is_some_and(|(_, old)| due.due_at <= old.due_at) {
            state.passed.retain(|(passed, _)| passed != name);
            state.passed.push((*name, due.clone()));
        } else {
            arm(state, *name, Some(due));
        }
    }
    event.resolve.iter().for_each(|clock| moved_clock(state, clock));
}

fn new_clock(state: &mut State, clock: &ResolveClock) {
    state.supervision.renew();
    state.resolve = Some(clock.clone());
    state.amber_told = false;
    state.red_told = false;
}

fn set_outside(state: &mut State, set: &OutsideDueSet) {
    state.outside_due_set_at = set.set_at;
    due_outside(state, Some(set.due_at), set.resolve.as_ref());
}

fn due_outside(state: &mut State, due_at: Option<Timestamp>, clock: Option<&ResolveClock>) {
    state.outside_due_at = due_at.or(state.outside_due_at);
    clock.into_iter().for_each(|clock| moved_clock(state, clock));
}

/// A limit that moved out is told again when it passes again (DOMAIN §2.8).
pub(super) fn moved_clock(state: &mut State, clock: &ResolveClock) {
    if let Some(old) = &state.resolve {
        state.amber_told &= clock.amber_at <= old.amber_at;
        state.red_told &= clock.due_at <= old.due_at;
        if clock.due_at > old.due_at {
            state.supervision.renew();
        }
    }
    state.resolve = Some(clock.clone());
}

pub(super) fn end(state: &mut State, life: Life) {
    hands::settle(state);
    state.parts.end();
    state.life = life;
    lapse(state);
    state.suspended = None;
}

pub(super) fn arm(state: &mut State, name: DeadlineName, due: Option<&Due>) {
    disarm(state, name);
    if let Some(due) = due {
        state.dues.push((name, due.clone()));
    }
}

pub(super) fn disarm(state: &mut State, name: DeadlineName) {
    state.dues.retain(|(armed, _)| *armed != name);
    state.passed.retain(|(passed, _)| *passed != name);
}

/// What was owed besides the result is owed no more.
fn lapse(state: &mut State) {
    state.dues.clear();
    state.passed.clear();
}
