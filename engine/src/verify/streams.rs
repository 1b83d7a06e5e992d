//! Stream by stream: the fold gives the pending deadline, the key opens every sealed field.

use std::collections::HashMap;

use domain::case::clocks::Deadline;
use domain::case::{Case, Event as CaseEvent, State};
use domain::decider::Decider;
use domain::ids::CaseId;
use domain::notify;
use domain::recorded::Recorded;
use domain::sealed::{Content, Sealed};
use domain::stream::{Event, StreamId, StreamKind};
use jiff::Timestamp;
use uuid::Uuid;

use super::held::Held;
use super::{Check, Report, Step, deadlines};
use crate::keyring::{DataKey, Keyring, open_with};
use crate::log::{PendingDeadline, Store};

/// Streams loaded at once.
const PAGE: usize = 256;

/// Checks every stream against the deadline table and its key. Those that the rows have told of are not read
/// again.
pub(super) async fn check(
    store: &dyn Store,
    keyring: &Keyring,
    (streams, mut held): (Vec<StreamId>, Held),
    mut pending: HashMap<StreamId, PendingDeadline>,
    report: &mut Report,
    progress: &(dyn Fn(Step) + Send + Sync),
) {
    let (all, mut done) = (streams.len() as u64, 0);
    let mut suspects = Vec::new();
    let mut left = Vec::new();
    for stream in streams.into_iter().filter(|stream| has_deadlines(stream.kind)) {
        let Some(fold) = held.remove(&stream) else {
            left.push(stream);
            continue;
        };
        let mut doubt = Report::default();
        check_deadline(
            stream,
            (fold.state.next_deadline(), fold.sequence),
            pending.remove(&stream).as_ref(),
            &mut doubt,
        );
        if !doubt.is_sound() {
            suspects.push(stream);
        }
        report.seals += fold.seals;
        done += 1;
    }
    let mut pages = left.chunks(PAGE);
    let mut next = Loaded::of(store, keyring, pages.next()).await;
    while let Some(page) = next {
        let look = async {
            for stream in page.streams {
                let deadline = pending.remove(stream);
                let Some(history) = page.histories.get(stream) else { continue };
                let mut doubt = Report::default();
                check_deadline(*stream, stands(history), deadline.as_ref(), &mut doubt);
                if !doubt.is_sound() {
                    suspects.push(*stream);
                }
                if let Some(key) = page.keys.get(&stream.id) {
                    check_seals(history, key, report);
                }
            }
            report.take(page.found);
            done += page.streams.len() as u64;
        };
        // The next are read while these are looked at.
        (next, ()) = tokio::join!(Loaded::of(store, keyring, pages.next()), look);
        progress(Step::Streams(done, all));
    }
    suspects.extend(pending.into_keys());
    look_again(store, suspects, report).await;
}

/// Streams with what they hold.
struct Loaded<'a> {
    streams: &'a [StreamId],
    histories: HashMap<StreamId, Vec<Recorded>>,
    keys: HashMap<Uuid, DataKey>,
    found: Report,
}

impl<'a> Loaded<'a> {
    async fn of(store: &dyn Store, keyring: &Keyring, streams: Option<&'a [StreamId]>) -> Option<Self> {
        let streams = streams?;
        let mut found = Report::default();
        let histories = load(store, streams, &mut found).await;
        let keys = keys(store, keyring, streams, &mut found).await;
        Some(Self { streams, histories, keys, found })
    }
}

/// Deadlines that did not fit: the log may have moved on between reading the table and the stream, so
/// both are read once more, and what still does not fit is wrong.
async fn look_again(store: &dyn Store, suspects: Vec<StreamId>, report: &mut Report) {
    if suspects.is_empty() {
        return;
    }
    let mut ignored = Report::default();
    let pending = deadlines::pending(store, &mut ignored).await;
    for page in suspects.chunks(PAGE) {
        let histories = load(store, page, &mut ignored).await;
        for stream in page {
            match (histories.get(stream), pending.get(stream)) {
                (Some(history), found) => check_deadline(*stream, stands(history), found, report),
                (None, Some(_)) => report.find(
                    Check::Deadlines,
                    stream,
                    "a deadline waits for a stream that the log does not have",
                ),
                (None, None) => {}
            }
        }
    }
}

/// The streams' events. A page with an event that cannot be understood is loaded stream by
/// stream: the row itself was named before.
async fn load(store: &dyn Store, page: &[StreamId], report: &mut Report) -> HashMap<StreamId, Vec<Recorded>> {
    let mut events = Vec::new();
    match store.load(page).await {
        Ok(loaded) => events = loaded,
        Err(_) => {
            for stream in page {
                match store.load(std::slice::from_ref(stream)).await {
                    Ok(loaded) => events.extend(loaded),
                    Err(error) => report.find(Check::Events, stream, error),
                }
            }
        }
    }
    let mut histories: HashMap<StreamId, Vec<Recorded>> = HashMap::with_capacity(page.len());
    for recorded in events {
        histories.entry(recorded.stream).or_default().push(recorded);
    }
    histories
}

/// The keys of these cases; each that is missing, or does not open, is found.
pub(super) async fn keys(
    store: &dyn Store,
    keyring: &Keyring,
    page: &[StreamId],
    report: &mut Report,
) -> HashMap<Uuid, DataKey> {
    let page: Vec<StreamId> = page.iter().filter(|stream| stream.kind == StreamKind::Case).copied().collect();
    let ids: Vec<Uuid> = page.iter().map(|stream| stream.id).collect();
    let wrapped: HashMap<Uuid, Vec<u8>> = match store.keys(&ids).await {
        Ok(wrapped) => wrapped.into_iter().collect(),
        Err(error) => {
            report.find(Check::Keys, "keys", error);
            return HashMap::new();
        }
    };
    let mut keys = HashMap::with_capacity(ids.len());
    for stream in &page {
        let Some(bytes) = wrapped.get(&stream.id) else {
            report.find(Check::Keys, stream, "the case has no key: nothing of its content can be read");
            continue;
        };
        match keyring.unwrap(CaseId(stream.id), bytes) {
            Ok(key) => drop(keys.insert(stream.id, key)),
            Err(error) => report.find(Check::Keys, stream, error),
        }
    }
    keys
}

fn check_deadline(
    stream: StreamId,
    (wanted, sequence): (Option<Deadline>, u64),
    found: Option<&PendingDeadline>,
    report: &mut Report,
) {
    let micros = |time: Timestamp| time.as_microsecond();
    match (wanted, found) {
        (None, None) => {}
        (Some(wanted), None) => report.find(
            Check::Deadlines,
            stream,
            format!("{} is due at {}, but no deadline waits for it", wanted.name.as_str(), wanted.due_at),
        ),
        (None, Some(found)) => report.find(
            Check::Deadlines,
            stream,
            format!(
                "no clock runs, but {} waits for {}",
                found.deadline.name.as_str(),
                found.deadline.due_at
            ),
        ),
        (Some(wanted), Some(found)) => {
            let same =
                wanted.name == found.deadline.name && micros(wanted.due_at) == micros(found.deadline.due_at);
            if !same {
                report.find(
                    Check::Deadlines,
                    stream,
                    format!(
                        "{} is due at {}, but {} waits for {}",
                        wanted.name.as_str(),
                        wanted.due_at,
                        found.deadline.name.as_str(),
                        found.deadline.due_at
                    ),
                );
            } else if found.generation != sequence {
                report.find(
                    Check::Deadlines,
                    stream,
                    format!(
                        "its deadline was armed by event {}, the stream ends at {sequence}",
                        found.generation
                    ),
                );
            }
        }
    }
}

/// Streams that may wait for a deadline.
fn has_deadlines(kind: StreamKind) -> bool {
    match kind {
        StreamKind::Case | StreamKind::Notification => true,
        StreamKind::Intake | StreamKind::Rules => false,
    }
}

/// The deadline that runs after these events, and the sequence of the last.
fn stands(history: &[Recorded]) -> (Option<Deadline>, u64) {
    let (mut state, mut notification) = (State::default(), notify::State::default());
    for recorded in history {
        match &recorded.event {
            Event::Case(event) => Case::evolve(&mut state, event),
            Event::Notification(event) => notification.evolve(event),
            Event::Intake(_) | Event::Rules(_) => {}
        }
    }
    let wanted = state.next_deadline().or_else(|| notification.next_deadline());
    (wanted, history.last().map_or(0, |last| last.sequence))
}

fn check_seals(history: &[Recorded], key: &DataKey, report: &mut Report) {
    for recorded in history {
        if let Event::Case(event) = &recorded.event {
            report.seals += check_seal(recorded, event, key, report);
        }
    }
}

/// How many of the event's sealed fields open; one that does not is found.
pub(super) fn check_seal(recorded: &Recorded, event: &CaseEvent, key: &DataKey, report: &mut Report) -> u64 {
    match open(event, key, CaseId(recorded.stream.id)) {
        None => 0,
        Some(true) => 1,
        Some(false) => {
            report.find(
                Check::Seals,
                format!("position {} {} #{}", recorded.position, recorded.stream, recorded.sequence),
                "a sealed field does not open with the case's key",
            );
            0
        }
    }
}

/// Whether the event's sealed field opens; none where it has none. Exhaustive: a new event must
/// say what is sealed in it.
#[allow(clippy::too_many_lines, reason = "one line for every event")]
fn open(event: &CaseEvent, key: &DataKey, case: CaseId) -> Option<bool> {
    let content = |sealed: &Sealed| open_with::<Content>(key, case, sealed).is_ok();
    let text = |sealed: &Sealed| open_with::<String>(key, case, sealed).is_ok();
    match event {
        CaseEvent::CaseRegistered(e) => Some(content(&e.sealed)),
        CaseEvent::CaseSupplemented(e) => Some(content(&e.sealed)),
        CaseEvent::ComplainantContacted(e) => e.note.as_ref().map(text),
        CaseEvent::ResultSubmitted(e) => Some(text(&e.reply)),
        CaseEvent::ReplyAmended(e) => Some(text(&e.reply)),
        CaseEvent::CaseAnswered(e) => Some(text(&e.reply)),
        CaseEvent::CaseDeclined(e) => Some(text(&e.reply)),
        CaseEvent::CaseReferred(e) => Some(text(&e.reply)),
        CaseEvent::InfoAsked(e) => Some(text(&e.reply)),
        CaseEvent::InfoSupplied(e) => e.reply.as_ref().map(text),
        CaseEvent::ClosedOnSpot(e) => Some(text(&e.reply)),
        CaseEvent::WhistleLegFinished(e) => Some(text(&e.reply)),
        CaseEvent::PartFinished(e) => Some(text(&e.reply)),
        CaseEvent::SupervisionReplied(e) => Some(text(&e.reply)),
        CaseEvent::NoticeReplied(e) => Some(text(&e.reply)),
        CaseEvent::CaseClassified(_)
        | CaseEvent::CaseTransferredOut(_)
        | CaseEvent::CaseDispatched(_)
        | CaseEvent::CaseSigned(_)
        | CaseEvent::ExtensionGranted(_)
        | CaseEvent::CaseSuspended(_)
        | CaseEvent::CaseResumed(_)
        | CaseEvent::VerificationPassed(_)
        | CaseEvent::VerificationFailed(_)
        | CaseEvent::CallbackCompleted(_)
        | CaseEvent::CallbackAttempted(_)
        | CaseEvent::CaseClosed(_)
        | CaseEvent::CaseReopened(_)
        | CaseEvent::AmberReached(_)
        | CaseEvent::DeadlinePassed(_)
        | CaseEvent::CaseEscalated(_)
        | CaseEvent::CaseRecorded(_)
        | CaseEvent::ReporterRevealed(_)
        | CaseEvent::CaseWithdrawn(_)
        | CaseEvent::CaseRated(_)
        | CaseEvent::OutsideDueSet(_)
        | CaseEvent::DecidedOutside(_)
        | CaseEvent::EvidenceAttached(_)
        | CaseEvent::VoidRequested(_)
        | CaseEvent::VoidRefused(_)
        | CaseEvent::CaseVoided(_)
        | CaseEvent::ExclusionApplied(_)
        | CaseEvent::CaseExcluded(_)
        | CaseEvent::ExclusionRefused(_)
        | CaseEvent::ExclusionAppealed(_)
        | CaseEvent::WhistleProposed(_)
        | CaseEvent::WhistleRefused(_)
        | CaseEvent::WhistleSounded(_)
        | CaseEvent::WhistleResponded(_)
        | CaseEvent::UnitArrived(_)
        | CaseEvent::WhistleDeclined(_)
        | CaseEvent::DeclineAdjudicated(_)
        | CaseEvent::WhistleStoodDown(_)
        | CaseEvent::WhistleRated(_)
        | CaseEvent::WhistleLegLate(_)
        | CaseEvent::WhistleClocksMoved(_)
        | CaseEvent::UnitBarred(_)
        | CaseEvent::ReturnRequested(_)
        | CaseEvent::ReturnApproved(_)
        | CaseEvent::ReturnRejected(_)
        | CaseEvent::DispatchObjected(_)
        | CaseEvent::ObjectionAdjudicated(_)
        | CaseEvent::FinalUnitDesignated(_)
        | CaseEvent::ExtensionRequested(_)
        | CaseEvent::ExtensionRefused(_)
        | CaseEvent::SuspensionApplied(_)
        | CaseEvent::SuspensionRefused(_)
        | CaseEvent::OutsideAsked(_)
        | CaseEvent::DeadlineRecalculated(_)
        | CaseEvent::CaseDeescalated(_)
        | CaseEvent::TaskClaimed(_)
        | CaseEvent::TaskDelegated(_)
        | CaseEvent::ClaimReleased(_)
        | CaseEvent::CaseArchived(_)
        | CaseEvent::CaseLinked(_)
        | CaseEvent::CaseMerged(_)
        | CaseEvent::CaseUnmerged(_)
        | CaseEvent::MainCaseEnded(_)
        | CaseEvent::MainCaseReopened(_)
        | CaseEvent::RevealRequested(_)
        | CaseEvent::RevealDecided(_) => None,
        CaseEvent::CoUnitAdded(_)
        | CaseEvent::TaskSubDispatched(_)
        | CaseEvent::PartSigned(_)
        | CaseEvent::PartReleaseAsked(_)
        | CaseEvent::PartReleaseRefused(_)
        | CaseEvent::PartEnded(_)
        | CaseEvent::PartLate(_)
        | CaseEvent::PartClocksMoved(_)
        | CaseEvent::WorkMoved(_) => None,
        CaseEvent::CaseUrged(_)
        | CaseEvent::UrgeWritten(_)
        | CaseEvent::SupervisionIssued(_)
        | CaseEvent::SupervisionChecked(_)
        | CaseEvent::SupervisionClosed(_)
        | CaseEvent::ReasonGiven(_)
        | CaseEvent::ReasonAccepted(_)
        | CaseEvent::ReasonRefused(_)
        | CaseEvent::NoticeDrafted(_)
        | CaseEvent::NoticeEdited(_)
        | CaseEvent::NoticeIssued(_)
        | CaseEvent::NoticeCorrected(_)
        | CaseEvent::NoticeWithdrawn(_)
        | CaseEvent::SupervisionListed(_)
        | CaseEvent::InterviewProposed(_)
        | CaseEvent::UnitInterviewed(_)
        | CaseEvent::SupervisionLate(_)
        | CaseEvent::SupervisionTimed(_)
        | CaseEvent::SupervisionClocksMoved(_) => None,
    }
}
