//! What of a case waits for somebody's decision: asked by whom, why, and until when.

use domain::case::clocks::Due;
use domain::case::part::PartPhase;
use domain::case::supervision::OrderPhase;
use domain::case::whistle::Phase;
use domain::case::{Event, Life};
use domain::ids::UnitId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::case_row::CaseRow;
use super::fold::Told;
use super::hands::AskedFor;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitFor {
    /// 退单
    Return,
    /// 派单异议
    Objection,
    /// 延期
    Extension,
    /// 挂账
    Suspension,
    /// 社区吹哨待批
    Whistle,
    /// 不应哨
    Decline,
    /// 退出分办
    Release,
    /// 作废
    Void,
    /// 剔除、申诉
    Exclusion,
    /// 调阅诉求人
    Reveal,
    /// 待来源裁定: the sending system's to decide.
    Outside,
    /// 回访后待定: not solved, or nobody had been in touch; reopen it, or explain.
    Unsolved,
    /// 重办已满: likewise, and it cannot be reopened once more; supervision sees to it.
    Capped,
    /// 说明理由
    Reason,
    /// 通报待批
    Notice,
    /// 督办待核查
    Order,
    /// 待约谈
    Interview,
}

impl WaitFor {
    /// Everything that is asked for.
    pub const ALL: [WaitFor; 17] = [
        Self::Return,
        Self::Objection,
        Self::Extension,
        Self::Suspension,
        Self::Whistle,
        Self::Decline,
        Self::Release,
        Self::Void,
        Self::Exclusion,
        Self::Reveal,
        Self::Outside,
        Self::Unsolved,
        Self::Capped,
        Self::Reason,
        Self::Notice,
        Self::Order,
        Self::Interview,
    ];

    /// The word in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Objection => "objection",
            Self::Extension => "extension",
            Self::Suspension => "suspension",
            Self::Whistle => "whistle",
            Self::Decline => "decline",
            Self::Release => "release",
            Self::Void => "void",
            Self::Exclusion => "exclusion",
            Self::Reveal => "reveal",
            Self::Outside => "outside",
            Self::Unsolved => "unsolved",
            Self::Capped => "capped",
            Self::Reason => "reason",
            Self::Notice => "notice",
            Self::Order => "order",
            Self::Interview => "interview",
        }
    }

    /// Reads the word of [`WaitFor::as_str`].
    pub fn parse(word: &str) -> Option<WaitFor> {
        Self::ALL.into_iter().find(|what| what.as_str() == word)
    }
}

/// One thing that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// For what.
    pub what: WaitFor,
    /// Which leg or part it is about; 0 for the case itself.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub number: u32,
    /// Who asked, as the log names people.
    pub by: String,
    /// For which unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// Why; redacted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when it should be decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Takes an event in: what is asked by it begins to wait, and what is decided waits no more.
pub(super) fn note(row: &mut CaseRow, event: &Event, told: &Told<'_>) {
    if let Some((what, number, reason, due_at)) = asked(event) {
        let meta = &told.recorded.meta;
        // Said again, it waits once.
        row.waits.retain(|wait| (wait.what, wait.number) != (what, number));
        row.waits.push(Wait {
            what,
            number,
            by: meta.actor.id.clone(),
            unit: meta.actor.unit.clone().or_else(|| row.responsible.clone()),
            reason: reason.to_owned(),
            since: meta.occurred_at,
            due_at,
        });
    }
    let mut waits = std::mem::take(&mut row.waits);
    waits.retain(|wait| is_asked(row, wait));
    for wait in &mut waits {
        if hand(wait.what).is_some() || wait.what == WaitFor::Outside {
            wait.due_at = row.hands.decide_due_at;
        }
        if let WaitFor::Reason | WaitFor::Notice = wait.what {
            wait.due_at = judged_by(row, wait).or(wait.due_at);
        }
    }
    row.waits = waits;
}

/// What an event asks for.
fn asked(event: &Event) -> Option<(WaitFor, u32, &str, Option<Timestamp>)> {
    Some(match event {
        Event::ReturnRequested(e) => {
            let said = if e.note.is_empty() { e.reason.zh() } else { e.note.as_str() };
            (WaitFor::Return, 0, said, None)
        }
        Event::DispatchObjected(e) => (WaitFor::Objection, 0, &e.reason, None),
        Event::ExtensionRequested(e) => (WaitFor::Extension, 0, &e.reason, None),
        Event::SuspensionApplied(e) => (WaitFor::Suspension, 0, &e.reason, None),
        Event::WhistleProposed(e) => {
            (WaitFor::Whistle, e.whistle, &e.reason, e.decide.as_ref().map(|due| due.due_at))
        }
        Event::WhistleDeclined(e) => (WaitFor::Decline, e.leg, &e.reason, due(e.decide.as_ref())),
        Event::PartReleaseAsked(e) => (WaitFor::Release, e.part, &e.reason, due(e.decide.as_ref())),
        Event::VoidRequested(e) => (WaitFor::Void, 0, &e.reason, None),
        Event::ExclusionApplied(e) => (WaitFor::Exclusion, 0, &e.reason, None),
        Event::ExclusionAppealed(e) => (WaitFor::Exclusion, 0, &e.reason, None),
        Event::RevealRequested(e) => (WaitFor::Reveal, 0, &e.purpose, None),
        Event::OutsideAsked(e) => (WaitFor::Outside, 0, &e.reason, None),
        Event::CallbackCompleted(e) => {
            let what = if e.capped { WaitFor::Capped } else { WaitFor::Unsolved };
            let why = e.said.why.map_or("", |why| why.zh());
            let said = if e.said.remark.is_empty() { why } else { e.said.remark.as_str() };
            (what, 0, said, e.decide.as_ref().map(|due| due.due_at))
        }
        Event::ReasonGiven(e) => (WaitFor::Reason, 0, &e.reason, due(e.decide.as_ref())),
        Event::NoticeDrafted(e) => (WaitFor::Notice, e.notice, &e.number, due(e.approve.as_ref())),
        Event::NoticeCorrected(e) => (WaitFor::Notice, e.notice, &e.reason, due(e.approve.as_ref())),
        Event::SupervisionReplied(e) => (WaitFor::Order, e.order, "", None),
        Event::InterviewProposed(_) => (WaitFor::Interview, 0, "", None),
        _ => return None,
    })
}

fn due(due: Option<&Due>) -> Option<Timestamp> {
    due.map(|due| due.due_at)
}

/// What supervision waits for still; taken from the case's own fold.
fn is_supervised(row: &CaseRow, wait: &Wait) -> bool {
    let Some(region) = row.state.as_ref().map(|state| &state.supervision) else { return false };
    match wait.what {
        WaitFor::Reason => region.reason.is_some(),
        WaitFor::Notice => region.notice(Some(wait.number)).is_some_and(|notice| notice.draft.is_some()),
        WaitFor::Order => {
            region.order(Some(wait.number)).is_some_and(|order| order.phase == OrderPhase::Replied)
        }
        _ => region.interview_due,
    }
}

/// Until when a reason is judged, or a notice approved: a pause of the case moves that.
fn judged_by(row: &CaseRow, wait: &Wait) -> Option<Timestamp> {
    let region = &row.state.as_ref()?.supervision;
    let limit = match wait.what {
        WaitFor::Reason => region.reason.as_ref()?.decide.as_ref(),
        _ => region.notice(Some(wait.number))?.draft.as_ref()?.approve.as_ref(),
    };
    limit.map(|limit| limit.due.due_at)
}

/// The request of the unit's hands that this is.
fn hand(what: WaitFor) -> Option<AskedFor> {
    match what {
        WaitFor::Return => Some(AskedFor::Return),
        WaitFor::Objection => Some(AskedFor::Objection),
        WaitFor::Extension => Some(AskedFor::Extension),
        WaitFor::Suspension => Some(AskedFor::Suspension),
        _ => None,
    }
}

/// Whether this is asked still.
fn is_asked(row: &CaseRow, wait: &Wait) -> bool {
    match wait.what {
        WaitFor::Whistle => row.whistle_waits_for.is_some(),
        WaitFor::Decline => row.legs.iter().any(|leg| leg.leg == wait.number && leg.phase == Phase::Declined),
        WaitFor::Release => {
            row.parts.iter().any(|part| part.part == wait.number && part.phase == PartPhase::Asking)
        }
        WaitFor::Void => row.void_asked,
        WaitFor::Exclusion => row.exclusion_asked,
        WaitFor::Reveal => row.reveal_asked,
        WaitFor::Outside => row.hands.outside.is_some(),
        WaitFor::Unsolved | WaitFor::Capped => row.life == Life::CalledBack,
        WaitFor::Reason | WaitFor::Notice | WaitFor::Order | WaitFor::Interview => is_supervised(row, wait),
        what => row.hands.outside.is_none() && row.hands.asked == hand(what),
    }
}

impl CaseRow {
    /// What waits now: what is over waits for nothing but the figures and a look at the reporter.
    pub fn waiting(&self) -> impl Iterator<Item = &Wait> {
        let over = !self.life.is_open();
        self.waits.iter().filter(move |wait| {
            !over || matches!(wait.what, WaitFor::Exclusion | WaitFor::Reveal | WaitFor::Order)
        })
    }
}
