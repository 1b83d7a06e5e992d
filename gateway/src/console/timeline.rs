//! What happened to a case, for people: each event in a sentence, with who, when, and what was said.

use domain::case::Event;
use domain::case::event::{CaseEscalated, CaseRegistered, DeadlinePassed, Satisfaction, UnitBarred};
use domain::ids::CaseId;
use domain::recorded::Recorded;
use domain::sealed::Reporter;
use domain::stream;
use projections::Notification;

use super::lang::Lang;
use super::said::{is_inner, said};
use super::when::Times;
use super::{
    callback_forms, decisions, edges, hand_words, notify_words, parts, revised, supervision_words, whistle,
    words,
};
use crate::http::App;

/// An entry of the timeline.
pub struct Line {
    /// What it is called.
    pub name: &'static str,
    /// What it says.
    pub what: String,
    /// Colour of its dot.
    pub tone: &'static str,
    /// When it happened.
    pub at: String,
    /// For `<time datetime>`.
    pub iso: String,
    /// When it was written, where that is more than a minute later.
    pub recorded: String,
    /// Who did it.
    pub by: String,
    /// What was said, redacted.
    pub text: String,
    /// The complainant is never shown it.
    pub inner: bool,
    /// It came while the reader was writing.
    pub fresh: bool,
}

/// Longest delay between a fact and its record that is not worth showing.
const AT_ONCE: i64 = 60;

/// The timeline, latest first; what came after `since` is marked. Names and numbers of the reporter are
/// masked in every text.
pub async fn timeline(
    app: &App,
    times: &Times,
    (case, reporter): (CaseId, &Reporter),
    (events, told): &(Vec<Recorded>, Vec<Notification>),
    since: Option<u64>,
) -> Vec<Line> {
    let mut lines = Vec::with_capacity(events.len());
    for recorded in events.iter().rev() {
        let event = match &recorded.event {
            stream::Event::Case(event) => event,
            stream::Event::Notification(event) => {
                lines.extend(notify_words::line(app, times, told, recorded, event));
                continue;
            }
            _ => continue,
        };
        let meta = &recorded.meta;
        let late = meta.recorded_at.as_second() - meta.occurred_at.as_second() > AT_ONCE;
        lines.push(Line {
            name: name(event, times.l),
            what: sentence(app, times, event),
            tone: tone(event),
            at: times.full(meta.occurred_at),
            iso: meta.occurred_at.to_string(),
            recorded: if late { times.full(meta.recorded_at) } else { String::new() },
            by: notify_words::by(app, times.l, recorded),
            text: said(app, case, event, reporter).await,
            inner: is_inner(event),
            fresh: since.is_some_and(|since| recorded.sequence > since),
        });
    }
    lines
}

/// What an event is called.
#[allow(clippy::too_many_lines, reason = "one line for every event")]
pub fn name(event: &Event, l: Lang) -> &'static str {
    let en = match event {
        Event::CaseRegistered(_) => "Registered",
        Event::CaseSupplemented(_) => "Supplemented",
        Event::CaseClassified(_) => "Classified",
        Event::CaseTransferredOut(_) => "Referred to the lawful route",
        Event::CaseDispatched(_) => "Dispatched",
        Event::CaseSigned(_) => "Signed",
        Event::ComplainantContacted(_) => "Complainant contacted",
        Event::ExtensionGranted(_) => "Extended",
        Event::CaseSuspended(_) => "Suspended",
        Event::CaseResumed(_) => "Resumed",
        Event::ResultSubmitted(_) => "Result submitted",
        Event::VerificationPassed(_) => "Check passed",
        Event::VerificationFailed(_) => "Check failed",
        Event::CallbackCompleted(_) => "Called back",
        Event::CallbackAttempted(_) => "Nobody reached",
        Event::CaseClosed(_) => "Closed",
        Event::CaseReopened(_) => "Reopened",
        Event::AmberReached(_) => "Amber",
        Event::DeadlinePassed(_) => "Limit passed",
        Event::CaseEscalated(_) => "Escalated",
        Event::CaseRecorded(_) => "History",
        Event::ReporterRevealed(_) => "Complainant revealed",
        Event::CaseWithdrawn(_) => "Withdrawn",
        Event::CaseRated(_) => "Rated by the resident",
        Event::OutsideDueSet(_) => "Due time set outside",
        Event::DecidedOutside(_) => "Decided outside",
        Event::EvidenceAttached(_) => "Evidence",
        Event::VoidRequested(_) => "Voiding asked",
        Event::VoidRefused(_) => "Voiding refused",
        Event::CaseVoided(_) => "Voided",
        Event::ExclusionApplied(_) => "Exclusion asked",
        Event::CaseExcluded(_) => "Excluded from the figures",
        Event::ExclusionRefused(_) => "Exclusion refused",
        Event::ExclusionAppealed(_) => "Exclusion appealed",
        Event::WhistleProposed(_) => "Whistle to be approved",
        Event::WhistleRefused(_) => "Whistle not approved",
        Event::WhistleSounded(_) => "Whistle sounded",
        Event::WhistleResponded(_) => "Whistle responded",
        Event::UnitArrived(_) => "Reported in",
        Event::WhistleDeclined(_) => "Whistle declined",
        Event::DeclineAdjudicated(_) => "Decline adjudicated",
        Event::WhistleLegFinished(_) => "Leg finished",
        Event::WhistleStoodDown(_) => "Stood down",
        Event::WhistleRated(_) => "Whistle rated",
        Event::WhistleLegLate(_) => "Called unit silent",
        Event::WhistleClocksMoved(_) => "Whistle limits moved",
        Event::UnitBarred(_) => "Kept away",
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
        | Event::ReplyAmended(_) => hand_words::name(event),
        Event::CoUnitAdded(_)
        | Event::TaskSubDispatched(_)
        | Event::PartSigned(_)
        | Event::PartFinished(_)
        | Event::PartReleaseAsked(_)
        | Event::PartReleaseRefused(_)
        | Event::PartEnded(_)
        | Event::PartLate(_)
        | Event::PartClocksMoved(_) => parts::event_en(event),
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
        | Event::SupervisionClocksMoved(_) => supervision_words::event_en(event),
        Event::DeadlineRecalculated(_) => "Limits counted again",
        Event::WorkMoved(_) => "Taken over by the successor",
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
        | Event::MainCaseReopened(_)
        | Event::RevealRequested(_)
        | Event::RevealDecided(_) => edges::name(event),
    };
    l.t(event.zh(), en)
}

fn tone(event: &Event) -> &'static str {
    match event {
        Event::DeadlinePassed(_) | Event::VerificationFailed(_) | Event::WhistleLegLate(_) => "late",
        Event::PartLate(_) | Event::SupervisionLate(_) | Event::SupervisionListed(_) => "late",
        Event::NoticeIssued(_) | Event::SupervisionIssued(_) => "late",
        Event::CaseUrged(_) | Event::UrgeWritten(_) | Event::AmberReached(_) => "soon",
        Event::SupervisionClosed(_) | Event::VerificationPassed(_) | Event::CaseClosed(_) => "good",
        Event::CaseEscalated(_) | Event::CaseDispatched(_) | Event::WhistleSounded(_) => "up",
        _ => "",
    }
}

#[allow(clippy::too_many_lines, reason = "one line for every event")]
fn sentence(app: &App, times: &Times, event: &Event) -> String {
    let l = times.l;
    let unit = |code| words::unit(&app.rules().org, code, l);
    match event {
        Event::CaseRegistered(e) => registered(e, l),
        Event::CaseClassified(e) => format!("{} · {} · {}", e.item_name, e.class, unit(&e.place)),
        Event::CaseTransferredOut(e) => e.route.clone(),
        Event::CaseDispatched(e) => format!("{} · {}", unit(&e.unit), words::rung(e.rung, l)),
        Event::CaseSigned(e) => unit(&e.unit),
        Event::ComplainantContacted(e) => words::channel(&e.channel, l),
        Event::ResultSubmitted(e) => format!("{} · {}", unit(&e.unit), solved(e.solved, l)),
        Event::ExtensionGranted(e) => hand_words::extended(times, e),
        Event::CaseSuspended(e) => hand_words::suspended(times, e),
        Event::VerificationFailed(e) => e.reason.clone(),
        Event::CallbackCompleted(_)
        | Event::CallbackAttempted(_)
        | Event::VerificationPassed(_)
        | Event::CaseClosed(_) => callback_forms::sentence(times, event),
        Event::CaseRated(e) => answers((e.contacted, e.solved, e.satisfaction), l),
        Event::CaseWithdrawn(e) => e.reason.clone(),
        Event::OutsideDueSet(e) => times.full(e.due_at),
        Event::DecidedOutside(e) => hand_words::decided(times, e),
        Event::DeadlineRecalculated(e) => revised::recalculated(e, times),
        Event::WorkMoved(e) => revised::work_moved(app, e, l),
        Event::CaseReopened(e) => e.reason.clone(),
        Event::AmberReached(e) => near(times, e),
        Event::DeadlinePassed(e) => format!("{} · {}", words::deadline(e.name, l), times.full(e.due_at)),
        Event::CaseEscalated(e) => escalated(app, e, l),
        Event::CaseRecorded(e) => e.unit.as_ref().map(unit).unwrap_or_default(),
        Event::ReporterRevealed(e) => e.purpose.clone(),
        Event::VoidRequested(_)
        | Event::VoidRefused(_)
        | Event::CaseVoided(_)
        | Event::ExclusionApplied(_)
        | Event::CaseExcluded(_)
        | Event::ExclusionRefused(_)
        | Event::ExclusionAppealed(_) => decisions::sentence(event, l),
        Event::EvidenceAttached(e) => l.t(e.file.kind.zh(), e.file.kind.en()).to_owned(),
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
        | Event::WhistleClocksMoved(_) => whistle::sentence(app, times, event),
        Event::UnitBarred(e) => barred(e, e.unit.as_ref().map(unit)),
        Event::CaseSupplemented(_) | Event::CaseResumed(_) => String::new(),
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
        | Event::ReplyAmended(_) => hand_words::sentence(app, times, event),
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
        | Event::MainCaseReopened(_)
        | Event::RevealRequested(_)
        | Event::RevealDecided(_) => edges::sentence(app, times, event),
        Event::CoUnitAdded(_)
        | Event::TaskSubDispatched(_)
        | Event::PartSigned(_)
        | Event::PartFinished(_)
        | Event::PartReleaseAsked(_)
        | Event::PartReleaseRefused(_)
        | Event::PartEnded(_)
        | Event::PartLate(_)
        | Event::PartClocksMoved(_) => parts::sentence(app, times, event),
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
        | Event::SupervisionClocksMoved(_) => supervision_words::sentence(app, times, event),
    }
}

fn registered(e: &CaseRegistered, l: Lang) -> String {
    match &e.external_id {
        Some(id) if e.source != words::CONSOLE => format!("{} {id}", e.source),
        _ => words::source(&e.source, l),
    }
}

fn near(times: &Times, e: &DeadlinePassed) -> String {
    times.l.f("办结时限将到：{}", "the limit for the result is near: {}", times.full(e.due_at))
}

fn barred(e: &UnitBarred, unit: Option<String>) -> String {
    unit.map_or_else(|| e.reason.clone(), |unit| format!("{unit} · {}", e.reason))
}

fn solved(solved: bool, l: Lang) -> &'static str {
    if solved { l.t("已解决", "solved") } else { l.t("未解决", "not solved") }
}

pub(super) fn answers((contacted, solved, satisfaction): (bool, bool, Satisfaction), l: Lang) -> String {
    let contacted = if contacted {
        l.t("联系过", "was contacted")
    } else {
        l.t("没有联系过", "was not contacted")
    };
    format!("{contacted} · {} · {}", self::solved(solved, l), words::satisfaction(satisfaction, l))
}

fn escalated(app: &App, e: &CaseEscalated, l: Lang) -> String {
    format!(
        "{} → {} · {} · {}",
        words::rung(e.from, l),
        words::rung(e.to, l),
        words::unit(&app.rules().org, &e.responsible, l),
        words::escalation(e.reason, l)
    )
}
