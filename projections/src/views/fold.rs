//! The fold of a case into its row.

use domain::case::clocks::{Due, ResolveClock};
use domain::case::{Case, Event, Life, event};
use domain::decider::Decider;
use domain::ids::{CaseId, ItemCode, UnitId};
use domain::intake::redact;
use domain::org::Org;
use domain::recorded::Recorded;
use domain::sealed::Content;
use jiff::Timestamp;

use super::case_row::CaseRow;
pub use super::unfit::FoldError;
use super::{barred, callback, due, edges, figures, hands, legs, locality, papers, parts, revised, waits};

/// What the fold is told besides the row and the event.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The event with its place and times.
    pub recorded: &'a Recorded,
    /// Its content, opened.
    pub content: Option<&'a Content>,
    /// The tree of units.
    pub org: &'a Org,
}

/// Takes an event of the case into its row. An event that does not fit leaves the row as it was.
///
/// # Errors
/// [`FoldError`]: the stream must be parked.
pub fn case(row: &mut Option<CaseRow>, event: &Event, told: &Told<'_>) -> Result<(), FoldError> {
    let found = told.recorded.sequence;
    let expected = row.as_ref().map_or(0, |row| row.sequence) + 1;
    if found != expected {
        return Err(FoldError::OutOfOrder { expected, found });
    }
    let row = match (row, event) {
        (Some(_), Event::CaseRegistered(_)) => return Err(FoldError::RegisteredTwice),
        (Some(row), _) => row,
        (none, Event::CaseRegistered(e)) => none.insert(registered(e, told)),
        (None, _) => return Err(FoldError::NotRegistered),
    };
    figures::note(row, event, told);
    apply(row, event, told);
    callback::apply(row, event);
    barred::cut(row, told.org);
    locality::note(row, told.org);
    stand(row, event);
    parts::settle(row, told);
    waits::note(row, event, told);
    papers::note(row, event, told);
    row.sequence = found;
    settle(row, told.recorded.position);
    Ok(())
}

/// The case's own fold goes along; history has none, for nothing is decided on it.
fn stand(row: &mut CaseRow, event: &Event) {
    if let Event::CaseRegistered(_) = event {
        row.state = Some(Box::default());
    }
    match &mut row.state {
        _ if row.recorded => row.state = None,
        Some(state) => Case::evolve(state, event),
        None => {}
    }
}

/// 重复: the same complaint came again. Belongs to the message's stream, not to the case's.
pub fn repeated(row: &mut CaseRow, recorded: &Recorded) {
    row.repeats += 1;
    figures::touch(row, recorded);
    settle(row, recorded.position);
}

fn settle(row: &mut CaseRow, position: u64) {
    let next = due::next(row);
    row.next_due_at = next.as_ref().map(|next| next.due_at);
    row.next_due_name = next.map(|next| next.name);
    row.position = position;
}

/// Exhaustive on purpose: a new event must say what it does to the row.
#[allow(clippy::too_many_lines, reason = "one line for every event")]
fn apply(row: &mut CaseRow, event: &Event, told: &Told<'_>) {
    let occurred_at = told.recorded.meta.occurred_at;
    match event {
        Event::CaseSupplemented(e) => supplemented(row, e, told.content),
        Event::UnitBarred(e) => barred::barred(row, e, told.org),
        Event::CaseClassified(e) => classified(row, e, told.org),
        Event::CaseTransferredOut(e) => transferred_out(row, e),
        Event::CaseDispatched(e) => dispatched(row, e, occurred_at, told.org),
        Event::CaseSigned(_) => {
            row.life = Life::InProgress;
            row.signed_at = Some(occurred_at);
        }
        Event::ComplainantContacted(_) => row.contacted_at = Some(occurred_at),
        Event::ExtensionGranted(e) => extended(row, e),
        Event::CaseSuspended(e) => suspended(row, e),
        Event::CaseResumed(e) => resumed(row, e),
        Event::ResultSubmitted(e) => handled(row, e),
        Event::VerificationPassed(e) => passed(row, e),
        Event::VerificationFailed(e) => check_failed(row, e),
        Event::CallbackCompleted(_) | Event::CallbackAttempted(_) => {}
        Event::CaseClosed(e) => over(row, e, occurred_at),
        Event::CaseReopened(e) => reopened(row, e),
        Event::CaseEscalated(e) => escalated(row, e),
        Event::CaseRecorded(e) => recorded(row, e, told.org),
        // The row keeps the limits themselves: whoever looks compares them with the time of day.
        Event::AmberReached(_) | Event::DeadlinePassed(_) => {}
        Event::OutsideDueSet(e) => match &e.resolve {
            Some(resolve) => clock(row, resolve),
            None => row.due_at = Some(e.due_at),
        },
        Event::DeadlineRecalculated(_) | Event::WorkMoved(_) => revised::revised(row, event, told.org),
        // What follows from these are events of their own.
        Event::CaseWithdrawn(_) | Event::CaseRated(_) | Event::DecidedOutside(_) => {}
        Event::CaseRegistered(_) | Event::ReporterRevealed(_) | Event::EvidenceAttached(_) => {}
        Event::VoidRequested(_) => row.void_asked = true,
        Event::VoidRefused(_) | Event::CaseVoided(_) => row.void_asked = false,
        Event::ExclusionApplied(_) | Event::ExclusionAppealed(_) => row.exclusion_asked = true,
        Event::ExclusionRefused(_) => row.exclusion_asked = false,
        Event::CaseExcluded(_) => excluded(row),
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
        | Event::WhistleClocksMoved(_) => legs::apply(row, event, told),
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
        | Event::ReplyAmended(_) => hands::apply(row, event),
        Event::CaseAnswered(_)
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
        | Event::MainCaseEnded(_)
        | Event::MainCaseReopened(_) => edges::apply(row, event),
        Event::CoUnitAdded(_)
        | Event::TaskSubDispatched(_)
        | Event::PartSigned(_)
        | Event::PartFinished(_)
        | Event::PartReleaseAsked(_)
        | Event::PartReleaseRefused(_)
        | Event::PartEnded(_)
        | Event::PartLate(_)
        | Event::PartClocksMoved(_) => parts::apply(row, event, told),
        // Kept by the case's own fold, from which the papers are taken.
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
        | Event::SupervisionClocksMoved(_) => {}
    }
}

fn transferred_out(row: &mut CaseRow, e: &event::CaseTransferredOut) {
    row.life = Life::TransferredOut;
    row.item = Some(e.item.clone());
}

fn passed(row: &mut CaseRow, e: &event::VerificationPassed) {
    row.life = Life::PendingCallback;
    row.verify_due_at = None;
    row.callback_due_at = at(e.callback.as_ref());
}

fn excluded(row: &mut CaseRow) {
    row.exclusion_asked = false;
    row.excluded = true;
    row.on_time = None;
}

fn registered(e: &event::CaseRegistered, told: &Told<'_>) -> CaseRow {
    CaseRow {
        case_id: CaseId(told.recorded.stream.id),
        case_no: e.case_no.clone(),
        source: e.source.clone(),
        external_id: e.external_id.clone(),
        channel: e.channel.clone(),
        title: told.content.map(redact::title).unwrap_or_default(),
        life: Life::Registered,
        item: e.item.clone(),
        place: e.place.clone(),
        scope_path: e.place.as_ref().map(|place| told.org.path(place)).unwrap_or_default(),
        received_at: e.received_at,
        opened_at: told.recorded.meta.recorded_at,
        dispatch_due_at: at(e.dispatch.as_ref()),
        // The order's own limit holds until ours is counted within it.
        due_at: e.outside_due_at,
        confidential: e.confidential,
        test: e.test,
        barred: e.accused.units.clone(),
        accused_unclear: e.accused.unclear,
        opened: told.recorded.position,
        ..CaseRow::default()
    }
}

fn extended(row: &mut CaseRow, e: &event::ExtensionGranted) {
    row.extensions += 1;
    clock(row, &e.resolve);
    hands::extended(row);
}

/// The callback after the result is not the handler's time.
fn over(row: &mut CaseRow, e: &event::CaseClosed, occurred_at: Timestamp) {
    row.life = Life::Closed;
    row.closed_as = Some(e.mode);
    hands::settle(row);
    closed(row, Some(row.handled_at.unwrap_or(occurred_at)));
}

fn escalated(row: &mut CaseRow, e: &event::CaseEscalated) {
    row.rung = Some(e.to);
    row.responsible = Some(e.responsible.clone());
    row.escalations += 1;
    row.answer_due_at = at(e.answer.as_ref());
}

/// The first title stays: people know the case by it.
fn supplemented(row: &mut CaseRow, e: &event::CaseSupplemented, content: Option<&Content>) {
    barred::accuse(row, &e.accused);
    if let (true, Some(content)) = (row.title.is_empty(), content) {
        row.title = redact::title(content);
    }
}

fn classified(row: &mut CaseRow, e: &event::CaseClassified, org: &Org) {
    row.life = Life::PendingDispatch;
    row.item = Some(e.item.clone());
    row.item_name.clone_from(&e.item_name);
    row.class.clone_from(&e.class);
    row.place = Some(e.place.clone());
    row.scope_path = org.path(&e.place);
}

fn dispatched(row: &mut CaseRow, e: &event::CaseDispatched, occurred_at: Timestamp, org: &Org) {
    row.life = Life::Dispatched;
    row.rung = Some(e.rung);
    row.lead_rung = Some(e.rung);
    lead(row, &e.unit, org);
    row.dispatched_at = Some(occurred_at);
    row.signed_at = None;
    row.hands.claims.clear();
    row.contacted_at = None;
    row.answer_due_at = None;
    row.sign_due_at = at(e.sign.as_ref());
    row.contact_due_at = at(e.contact.as_ref());
    clock(row, &e.resolve);
}

/// Whoever pauses has told the complainant: limits that were still open lapse.
fn suspended(row: &mut CaseRow, e: &event::CaseSuspended) {
    row.life = Life::Suspended;
    hands::settle(row);
    row.review_at = Some(e.review_at);
    row.answer_due_at = None;
    row.sign_due_at = row.sign_due_at.filter(|_| row.signed_at.is_some());
    row.contact_due_at = row.contact_due_at.filter(|_| row.contacted_at.is_some());
}

fn resumed(row: &mut CaseRow, e: &event::CaseResumed) {
    row.life = if row.signed_at.is_some() { Life::InProgress } else { Life::Dispatched };
    row.review_at = None;
    row.answer_due_at = at(e.answer.as_ref());
    clock(row, &e.resolve);
}

/// What was owed besides the result lapses with it.
fn handled(row: &mut CaseRow, e: &event::ResultSubmitted) {
    hands::settle(row);
    row.life = Life::Handled;
    row.handled_at = Some(e.at);
    row.answer_due_at = None;
    row.contact_due_at = row.contact_due_at.filter(|_| row.contacted_at.is_some());
    row.verify_due_at = at(e.verify.as_ref());
}

fn check_failed(row: &mut CaseRow, e: &event::VerificationFailed) {
    row.life = Life::InProgress;
    row.failed_checks += 1;
    row.handled_at = None;
    row.verify_due_at = None;
    row.answer_due_at = at(e.answer.as_ref());
    clock(row, &e.resolve);
}

/// A new round at the lead's own rung, with a clock of its own.
fn reopened(row: &mut CaseRow, e: &event::CaseReopened) {
    row.life = Life::InProgress;
    row.reopened += 1;
    hands::settle(row);
    row.rung = row.lead_rung;
    row.responsible.clone_from(&row.lead);
    row.handled_at = None;
    row.contacted_at = None;
    row.contact_due_at = at(e.contact.as_ref());
    row.answer_due_at = None;
    row.closed_as = None;
    clock(row, &e.resolve);
    closed(row, None);
}

fn recorded(row: &mut CaseRow, e: &event::CaseRecorded, org: &Org) {
    row.recorded = true;
    row.dispatch_due_at = None;
    row.due_at = e.due_at;
    if let Some(item) = &e.item {
        row.item = Some(ItemCode::new(item.as_str()));
    }
    if let Some(unit) = &e.unit {
        row.rung = org.unit(unit).map(|unit| unit.rung);
        row.lead_rung = row.rung;
        lead(row, unit, org);
    }
    row.life = if e.closed_at.is_some() { Life::RecordedClosed } else { Life::RecordedOpen };
    closed(row, e.closed_at);
}

pub(super) fn closed(row: &mut CaseRow, closed_at: Option<Timestamp>) {
    row.closed_at = closed_at;
    // The clock of a merged case stands: its own limit says nothing of what was done elsewhere.
    let judged = closed_at.zip(row.due_at).filter(|_| !row.excluded && row.merged_into.is_none());
    row.on_time = judged.map(|(closed_at, due_at)| closed_at <= due_at);
}

/// A unit that the tree does not know stands beside it, where no unit's own scope reaches.
pub(super) fn lead(row: &mut CaseRow, unit: &UnitId, org: &Org) {
    row.lead = Some(unit.clone());
    row.responsible = Some(unit.clone());
    row.lead_path = org.unit(unit).map_or_else(|| format!("/recorded/{unit}/"), |unit| unit.path.clone());
    row.scope_path.clone_from(&row.lead_path);
}

pub(super) fn clock(row: &mut CaseRow, clock: &ResolveClock) {
    row.due_at = Some(clock.due_at);
    row.amber_at = Some(clock.amber_at);
    row.provisional = clock.provisional;
}

fn at(due: Option<&Due>) -> Option<Timestamp> {
    due.map(|due| due.due_at)
}
