//! What supervision has put out about a case: orders, notices, listings, interviews and urges, each with
//! the unit it is about, where it stands and what it waits for next.

use domain::case::Event;
use domain::case::event::SupervisionStep;
use domain::case::supervision::{Notice, Order, OrderPhase, Supervision};
use domain::ids::UnitId;
use domain::org::Org;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::case_row::CaseRow;
use super::fold::Told;

/// Where a paper stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperState {
    /// 已发出: nothing is waited for.
    #[default]
    Sent,
    /// 待回复, by the unit.
    ToReply,
    /// 待核查, one of the three checks is open.
    ToCheck,
    /// 待销号: all three hold.
    ToClose,
    /// 待批准, by a second person.
    ToApprove,
    /// 待约谈
    ToInterview,
    /// 已回复
    Replied,
    /// 已办结: closed, or held.
    Done,
    /// 已终止: the case ended, or went to another unit.
    Lapsed,
    /// 已撤销
    Withdrawn,
}

impl PaperState {
    /// Every state.
    pub const ALL: [PaperState; 10] = [
        Self::ToReply,
        Self::ToApprove,
        Self::ToCheck,
        Self::ToClose,
        Self::ToInterview,
        Self::Sent,
        Self::Replied,
        Self::Done,
        Self::Lapsed,
        Self::Withdrawn,
    ];

    /// The word in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::ToReply => "to_reply",
            Self::ToCheck => "to_check",
            Self::ToClose => "to_close",
            Self::ToApprove => "to_approve",
            Self::ToInterview => "to_interview",
            Self::Replied => "replied",
            Self::Done => "done",
            Self::Lapsed => "lapsed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads the word of [`PaperState::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Somebody still has something to do.
    pub fn is_open(self) -> bool {
        matches!(self, Self::ToReply | Self::ToCheck | Self::ToClose | Self::ToApprove | Self::ToInterview)
    }

    /// The unit itself has: it stands in its inbox.
    pub fn is_units(self) -> bool {
        self == Self::ToReply
    }
}

/// One paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Which step of the ladder it is.
    pub kind: SupervisionStep,
    /// Number within the case, of its kind.
    pub number: u32,
    /// The number on it; none of an urge, a listing or an interview.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub paper_no: String,
    /// About whom.
    pub unit: UnitId,
    /// Path of that unit; empty where it is kept from the case.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Since when.
    pub since: Timestamp,
    /// By the clock, and not by a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_clock: bool,
    /// Where it stands.
    pub state: PaperState,
    /// Until when somebody has to do what comes next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
}

/// Takes an event in; the case's own fold has taken it already.
pub(super) fn note(row: &mut CaseRow, event: &Event, told: &Told<'_>) {
    if let Some(new) = new(row, event) {
        row.papers.push(new);
    }
    let Some(state) = row.state.as_ref().filter(|_| !row.papers.is_empty()) else { return };
    let over = !state.life.is_open();
    let mut papers = std::mem::take(&mut row.papers);
    for paper in &mut papers {
        stand(paper, &state.supervision, over);
        paper.path =
            if barred(row, &paper.unit, told.org) { String::new() } else { told.org.path(&paper.unit) };
    }
    row.papers = papers;
}

fn barred(row: &CaseRow, unit: &UnitId, org: &Org) -> bool {
    row.state.as_ref().is_some_and(|state| state.barred.bars(unit, org))
}

/// The paper that an event is.
fn new(row: &CaseRow, event: &Event) -> Option<Paper> {
    let of_kind = |kind: SupervisionStep| {
        let count = row.papers.iter().filter(|paper| paper.kind == kind).count();
        u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1)
    };
    let paper = |kind, number, paper_no: &str, unit: &UnitId, since, by_clock| Paper {
        kind,
        number,
        paper_no: paper_no.to_owned(),
        unit: unit.clone(),
        path: String::new(),
        since,
        by_clock,
        state: PaperState::Sent,
        due_at: None,
    };
    Some(match event {
        Event::CaseUrged(e) => {
            let kind = SupervisionStep::Urge;
            paper(kind, of_kind(kind), "", &e.unit, e.at, e.due_at.is_some())
        }
        Event::UrgeWritten(e) => {
            let kind = SupervisionStep::WrittenUrge;
            paper(kind, of_kind(kind), "", &e.unit, e.at, e.due_at.is_some())
        }
        Event::SupervisionIssued(e) => {
            paper(SupervisionStep::Order, e.order, &e.number, &e.unit, e.at, e.due_at.is_some())
        }
        Event::NoticeDrafted(e) => {
            paper(SupervisionStep::Notice, e.notice, &e.number, &e.unit, e.at, e.due_at.is_some())
        }
        Event::SupervisionListed(e) => {
            let kind = SupervisionStep::Listing;
            paper(kind, of_kind(kind), "", &e.unit, e.at, e.reason.is_empty())
        }
        Event::InterviewProposed(e) => {
            let kind = SupervisionStep::Interview;
            paper(kind, of_kind(kind), "", &e.unit, e.due_at, true)
        }
        // One that was proposed is the same paper.
        Event::UnitInterviewed(e) => {
            let kind = SupervisionStep::Interview;
            let proposed =
                row.papers.iter().any(|paper| (paper.kind, paper.state) == (kind, PaperState::ToInterview));
            if proposed {
                return None;
            }
            let mut held = paper(kind, of_kind(kind), "", &e.unit, e.held_at, false);
            held.state = PaperState::Done;
            held
        }
        _ => return None,
    })
}

/// Where it stands now, by the case's own fold.
fn stand(paper: &mut Paper, region: &Supervision, over: bool) {
    let (state, due_at) = match paper.kind {
        SupervisionStep::Order => match region.order(Some(paper.number)) {
            Some(order) => {
                paper.unit.clone_from(&order.unit);
                order_stands(order, over)
            }
            None => (PaperState::Lapsed, None),
        },
        SupervisionStep::Notice => match region.notice(Some(paper.number)) {
            Some(notice) => {
                paper.unit.clone_from(&notice.unit);
                notice_stands(notice, over)
            }
            None => (PaperState::Lapsed, None),
        },
        SupervisionStep::Listing if over || region.interviews > 0 => (PaperState::Done, None),
        SupervisionStep::Listing => {
            let next = region.next.filter(|next| next.step == SupervisionStep::Interview);
            (PaperState::ToInterview, next.map(|next| next.due_at))
        }
        SupervisionStep::Interview if paper.state == PaperState::Done || region.interviews > 0 => {
            (PaperState::Done, None)
        }
        SupervisionStep::Interview if over => (PaperState::Lapsed, None),
        SupervisionStep::Interview => (PaperState::ToInterview, None),
        SupervisionStep::Urge | SupervisionStep::WrittenUrge => (PaperState::Sent, None),
    };
    (paper.state, paper.due_at) = (state, due_at);
}

fn order_stands(order: &Order, over: bool) -> (PaperState, Option<Timestamp>) {
    let due_at = order.reply.as_ref().map(|limit| limit.due.due_at).filter(|_| !over);
    match order.phase {
        OrderPhase::Issued => (PaperState::ToReply, due_at),
        OrderPhase::Replied if order.holds() => (PaperState::ToClose, None),
        OrderPhase::Replied => (PaperState::ToCheck, None),
        OrderPhase::Closed => (PaperState::Done, None),
        OrderPhase::Lapsed => (PaperState::Lapsed, None),
    }
}

fn notice_stands(notice: &Notice, over: bool) -> (PaperState, Option<Timestamp>) {
    if notice.withdrawn {
        return (PaperState::Withdrawn, None);
    }
    if let Some(draft) = &notice.draft {
        let due_at = draft.approve.as_ref().map(|limit| limit.due.due_at).filter(|_| !over);
        return (PaperState::ToApprove, due_at);
    }
    match (notice.edition, notice.replied) {
        (0, _) => (PaperState::Lapsed, None),
        (_, true) => (PaperState::Replied, None),
        (_, false) => {
            let due_at = notice.reply.as_ref().map(|limit| limit.due.due_at).filter(|_| !over);
            (PaperState::ToReply, due_at)
        }
    }
}
