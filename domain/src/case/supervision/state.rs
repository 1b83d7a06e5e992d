//! What is known of the supervision of a case.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::calendar::Suspension;
use crate::case::clocks::Due;
use crate::case::event::{NextStep, SupervisionCause, SupervisionCheck, SupervisionStep};
use crate::context::Actor;
use crate::ids::UnitId;

/// The region of supervision.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Supervision {
    /// The step that the clock takes next.
    pub next: Option<NextStep>,
    /// Steps taken for the present limit, and when: none is taken twice for the same lateness.
    pub taken: BTreeMap<SupervisionStep, Timestamp>,
    /// 催办数, over the whole life.
    pub urges: u32,
    /// How often it came to nothing: a notice, a failed check, a notice without a reply.
    pub failures: u32,
    /// A check of a result has failed: there is something to circulate.
    pub failed_check: bool,
    /// 挂牌督办: since when.
    pub listed: Option<Timestamp>,
    /// An interview was proposed and not held yet.
    pub interview_due: bool,
    /// Interviews held.
    pub interviews: u32,
    /// Every order, in order of number.
    pub orders: Vec<Order>,
    /// Every notice, in order of number.
    pub notices: Vec<Notice>,
    /// A reason that waits to be judged.
    pub reason: Option<Reason>,
    /// A reason was accepted for the present limit: no notice.
    pub accepted: bool,
    /// People who replied for a unit: they may not judge.
    pub hands: BTreeSet<String>,
}

/// A limit, and whether it was told that it passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// When, and what it was counted from.
    pub due: Due,
    /// Pauses of the case that are left out of it.
    pub pauses: Vec<Suspension>,
    /// It passed, and that was told.
    pub told: bool,
}

impl Limit {
    pub(super) fn of(due: Option<&Due>) -> Option<Self> {
        due.map(|due| Self { due: due.clone(), pauses: Vec::new(), told: false })
    }
}

/// Where an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderPhase {
    /// 待回复
    Issued,
    /// 待核查
    Replied,
    /// 已销号
    Closed,
    /// 已终止: the case ended, or went to another unit.
    Lapsed,
}

impl OrderPhase {
    /// Every phase.
    pub const ALL: [OrderPhase; 4] = [Self::Issued, Self::Replied, Self::Closed, Self::Lapsed];

    /// The word in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Replied => "replied",
            Self::Closed => "closed",
            Self::Lapsed => "lapsed",
        }
    }

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Issued => "待回复",
            Self::Replied => "待核查",
            Self::Closed => "已销号",
            Self::Lapsed => "已终止",
        }
    }

    /// Somebody still owes something.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Issued | Self::Replied)
    }
}

/// 督办单
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Number within the case.
    pub order: u32,
    /// The number on the paper.
    pub number: String,
    /// To whom.
    pub unit: UnitId,
    /// Why.
    pub cause: SupervisionCause,
    /// Where it is.
    pub phase: OrderPhase,
    /// Until when the unit replies.
    pub reply: Option<Limit>,
    /// The last result of each check.
    pub checks: BTreeMap<SupervisionCheck, bool>,
    /// 根源, once it is closed.
    pub root_cause: String,
}

impl Order {
    /// All three checks have passed.
    pub fn holds(&self) -> bool {
        SupervisionCheck::ALL.iter().all(|check| self.checks.get(check) == Some(&true))
    }
}

/// An edition of a notice that waits for approval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoticeDraft {
    /// Which edition.
    pub edition: u32,
    /// What it says.
    pub text: String,
    /// Who drafted and edited it: they may not approve.
    pub hands: BTreeSet<String>,
    /// Until when it is approved.
    pub approve: Option<Limit>,
}

/// 通报
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// Number within the case.
    pub notice: u32,
    /// The number on the paper.
    pub number: String,
    /// About whom.
    pub unit: UnitId,
    /// Why.
    pub cause: SupervisionCause,
    /// The edition that waits for approval.
    pub draft: Option<NoticeDraft>,
    /// The edition that was circulated; 0: none yet.
    pub edition: u32,
    /// To whom.
    pub to: Vec<UnitId>,
    /// Until when the unit replies.
    pub reply: Option<Limit>,
    /// It has replied.
    pub replied: bool,
    /// It was taken back.
    pub withdrawn: bool,
}

/// 说明理由, not judged yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Whose.
    pub unit: UnitId,
    /// Who gave it: may not judge it.
    pub by: String,
    /// Limit for the judgement.
    pub decide: Option<Limit>,
}

impl Supervision {
    /// The order that is meant: by its number, else the last.
    pub fn order(&self, number: Option<u32>) -> Option<&Order> {
        self.orders.iter().rev().find(|order| number.is_none_or(|number| order.order == number))
    }

    /// The notice that is meant: by its number, else the last.
    pub fn notice(&self, number: Option<u32>) -> Option<&Notice> {
        self.notices.iter().rev().find(|notice| number.is_none_or(|number| notice.notice == number))
    }

    /// The order that is not settled yet.
    pub fn open_order(&self) -> Option<&Order> {
        self.orders.iter().find(|order| order.phase.is_open())
    }

    /// This person has replied for a unit.
    pub fn worked(&self, actor: &Actor) -> bool {
        self.hands.contains(&actor.id)
    }

    /// Another limit: what was done for the one before is not done for this one.
    pub(in crate::case) fn renew(&mut self) {
        self.taken.clear();
        self.next = None;
        self.reason = None;
        self.accepted = false;
    }

    /// Another unit has the case: what the one before owed is over, and by the dispatch the new one knows
    /// that it is late.
    pub(in crate::case) fn another_lead(&mut self, late: Option<Timestamp>) {
        self.renew();
        self.orders.iter_mut().filter(|order| order.phase.is_open()).for_each(|order| {
            order.phase = OrderPhase::Lapsed;
        });
        self.notices.iter_mut().for_each(|notice| {
            notice.draft = None;
            notice.withdrawn |= notice.edition == 0;
        });
        self.taken.extend(late.map(|at| (SupervisionStep::Urge, at)));
    }

    /// A unit that ended handed its work to its successor.
    pub(in crate::case) fn moved(&mut self, from: &UnitId, to: &UnitId) {
        let orders =
            self.orders.iter_mut().filter(|order| order.phase.is_open()).map(|order| &mut order.unit);
        let notices = self.notices.iter_mut().map(|notice| &mut notice.unit);
        orders.chain(notices).filter(|unit| *unit == from).for_each(|unit| unit.clone_from(to));
    }
}
