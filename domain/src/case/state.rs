//! What is known of a case: the fold of its events.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attempt::Calls;
use super::barred::Barred;
use super::clocks::{Deadline, DeadlineName, Due, ResolveClock};
use super::event::{CloseMode, EvidenceFile, VoidRequested};
use super::exclusion::Exclusion;
use super::hands::Hands;
use super::merge::Merged;
use super::part::{self, Parts};
use super::reveal::Reveal;
use super::supervision::{self, Supervision};
use super::whistle::{self, Whistle};
use crate::ids::{ItemCode, Rung, UnitId};

/// Where a case is in its life (DOMAIN §2.7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Life {
    /// Not registered.
    #[default]
    #[schemars(skip)]
    Absent,
    /// 待受理: item or place unknown, in triage.
    Registered,
    /// 待派单: classified, not on a rung yet.
    PendingDispatch,
    /// 待签收
    Dispatched,
    /// 处置中
    InProgress,
    /// 挂账
    Suspended,
    /// 待核查
    Handled,
    /// 待回访
    PendingCallback,
    /// 已回访: not solved; reopen or close as explained.
    CalledBack,
    /// 已结案
    Closed,
    /// 已转法定渠道
    TransferredOut,
    /// 历史件, not closed there.
    RecordedOpen,
    /// 历史件, closed there.
    RecordedClosed,
    /// 退单待审: sent back, not decided yet.
    ReturnPending,
    /// 待市级裁定: the sending system is to decide.
    AwaitingOutside,
    /// 待补充: the complainant was asked something.
    NeedsInfo,
    /// 已即时答复: answered at once, not dispatched.
    Answered,
    /// 不予受理: explained, not dispatched.
    Declined,
    /// 已并单: another case goes on for it.
    Merged,
    /// 已归档: closed, and only to be read.
    Archived,
}

impl Life {
    /// Every state of a case that exists, and its absence.
    pub const ALL: [Life; 20] = [
        Life::Absent,
        Life::Registered,
        Life::PendingDispatch,
        Life::Dispatched,
        Life::InProgress,
        Life::Suspended,
        Life::Handled,
        Life::PendingCallback,
        Life::CalledBack,
        Life::Closed,
        Life::TransferredOut,
        Life::RecordedOpen,
        Life::RecordedClosed,
        Life::ReturnPending,
        Life::AwaitingOutside,
        Life::NeedsInfo,
        Life::Answered,
        Life::Declined,
        Life::Merged,
        Life::Archived,
    ];

    /// The word in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Life::Absent => "absent",
            Life::Registered => "registered",
            Life::PendingDispatch => "pending_dispatch",
            Life::Dispatched => "dispatched",
            Life::InProgress => "in_progress",
            Life::Suspended => "suspended",
            Life::Handled => "handled",
            Life::PendingCallback => "pending_callback",
            Life::CalledBack => "called_back",
            Life::Closed => "closed",
            Life::TransferredOut => "transferred_out",
            Life::RecordedOpen => "recorded_open",
            Life::RecordedClosed => "recorded_closed",
            Life::ReturnPending => "return_pending",
            Life::AwaitingOutside => "awaiting_outside",
            Life::NeedsInfo => "needs_info",
            Life::Answered => "answered",
            Life::Declined => "declined",
            Life::Merged => "merged",
            Life::Archived => "archived",
        }
    }

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            Life::Absent => "无",
            Life::Registered => "待受理",
            Life::PendingDispatch => "待派单",
            Life::Dispatched => "待签收",
            Life::InProgress => "处置中",
            Life::Suspended => "挂账",
            Life::Handled => "待核查",
            Life::PendingCallback => "待回访",
            Life::CalledBack => "回访未解决",
            Life::Closed => "已结案",
            Life::TransferredOut => "已转法定渠道",
            Life::RecordedOpen => "历史件·未结",
            Life::RecordedClosed => "历史件·已结",
            Life::ReturnPending => "退单待审",
            Life::AwaitingOutside => "待来源裁定",
            Life::NeedsInfo => "待补充",
            Life::Answered => "已即时答复",
            Life::Declined => "不予受理",
            Life::Merged => "已并单",
            Life::Archived => "已归档",
        }
    }

    /// Reads the word of [`Life::as_str`].
    pub fn parse(word: &str) -> Option<Life> {
        Life::ALL.into_iter().find(|life| life.as_str() == word)
    }

    /// Somebody still has to do something here.
    pub fn is_open(self) -> bool {
        !matches!(
            self,
            Life::Absent
                | Life::Closed
                | Life::TransferredOut
                | Life::RecordedOpen
                | Life::RecordedClosed
                | Life::Answered
                | Life::Declined
                | Life::Merged
                | Life::Archived
        )
    }

    /// The handler has the case: the resolve clock runs and the ladder is climbed.
    pub fn is_running(self) -> bool {
        matches!(self, Life::Dispatched | Life::InProgress | Life::ReturnPending)
    }
}

/// State of one case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Where in its life.
    pub life: Life,
    /// The number that people see.
    pub case_no: String,
    /// The system that sent it.
    pub source: String,
    /// When clocks started.
    pub clocks_from: Option<Timestamp>,
    /// Item as understood.
    pub item: Option<ItemCode>,
    /// Place as understood.
    pub place: Option<UnitId>,
    /// Due time set outside.
    pub outside_due_at: Option<Timestamp>,
    /// When it was last set there.
    pub outside_due_set_at: Option<Timestamp>,
    /// The newest of the sender's own versions.
    pub revision: Option<u64>,
    /// Lead unit (主办).
    pub lead: Option<UnitId>,
    /// Rung of the lead unit, where the ladder starts.
    pub start: Option<Rung>,
    /// Rung that answers now.
    pub rung: Option<Rung>,
    /// Unit that answers now: the lead, or the superior after an escalation.
    pub responsible: Option<UnitId>,
    /// People who worked on it: they may not judge it.
    pub handlers: BTreeSet<String>,
    /// Units that gave a result or settled it on the spot: nobody of theirs may judge it either.
    #[serde(default)]
    pub handled_by: BTreeSet<UnitId>,
    /// Clock for the result.
    pub resolve: Option<ResolveClock>,
    /// Amber has been told.
    pub amber_told: bool,
    /// Red has been told.
    pub red_told: bool,
    /// The limits that run beside it and have not passed: at most one of each.
    pub dues: Vec<(DeadlineName, Due)>,
    /// Those of them that have passed and been told, while what they limit has not been done.
    pub passed: Vec<(DeadlineName, Due)>,
    /// Since when it is suspended, and when somebody must look again (none once that was told).
    pub suspended: Option<(Timestamp, Option<Timestamp>)>,
    /// When the result came, while it is being judged.
    pub handled_at: Option<Timestamp>,
    /// How often it was reopened.
    pub reopened: u32,
    /// Who asked that it be void, until that is decided.
    pub void_asked: Option<VoidRequested>,
    /// It is void.
    pub voided: bool,
    /// Whether it counts in the figures.
    pub exclusion: Exclusion,
    /// Photographs and files.
    pub evidence: Vec<EvidenceFile>,
    /// 吹哨
    #[serde(default)]
    pub whistle: Whistle,
    /// 分办: co-units, and units that the work was handed down to.
    #[serde(default)]
    pub parts: Parts,
    /// Units that are accused: the case does not exist for them.
    #[serde(default)]
    pub barred: Barred,
    /// Who has it in hand, and what they ask for.
    pub hands: Hands,
    /// When the first receiver took it in.
    #[serde(default)]
    pub received_at: Option<Timestamp>,
    /// 未诉先办: found by a grid, nobody complained.
    #[serde(default)]
    pub patrol: bool,
    /// Reading who complained.
    #[serde(default)]
    pub reveal: Reveal,
    /// What it was before it was merged.
    #[serde(default)]
    pub merged: Option<Merged>,
    /// How it ended, while it is closed.
    #[serde(default)]
    pub closed_as: Option<CloseMode>,
    /// 督查督办
    #[serde(default)]
    pub supervision: Supervision,
    /// The callback of this round.
    #[serde(default)]
    pub calls: Calls,
}

impl State {
    /// The deadline that comes next: the one row that the engine keeps for this stream.
    ///
    /// At the same instant the order is that of [`DeadlineName`]: amber, red, then the climb.
    pub fn next_deadline(&self) -> Option<Deadline> {
        let mut candidates: Vec<Deadline> =
            self.dues.iter().map(|(name, due)| Deadline { name: *name, due_at: due.due_at }).collect();
        if let Some((_, Some(review_at))) = self.suspended {
            candidates.push(Deadline { name: DeadlineName::Review, due_at: review_at });
        }
        if let (true, Some(clock)) = (self.runs(), &self.resolve) {
            if !self.amber_told {
                candidates.push(Deadline { name: DeadlineName::Amber, due_at: clock.amber_at });
            }
            if !self.red_told {
                candidates.push(Deadline { name: DeadlineName::Resolve, due_at: clock.due_at });
            }
            // Nobody climbs while nobody has it.
            if let Some(step) = self.next_step().filter(|_| self.life != Life::PendingDispatch) {
                candidates.push(Deadline { name: DeadlineName::Escalate, due_at: step.at });
            }
        }
        candidates.extend(self.of_others());
        candidates.into_iter().min_by_key(|deadline| (deadline.due_at, deadline.name))
    }

    /// The limits beside the case's own which have not passed: of units that are called, that have a part,
    /// and of supervision.
    pub fn of_others(&self) -> impl Iterator<Item = Deadline> {
        whistle::waits_for(self).chain(part::waits_for(self)).chain(supervision::waits_for(self))
    }

    /// Time works against the result: the handler has it, or it was sent back and waits for another
    /// unit, or for more time. A return does not stop the complainant's clock.
    pub fn runs(&self) -> bool {
        self.life.is_running() || self.life == Life::PendingDispatch || self.works_on_outside()
    }

    /// The case waits for the sending system, before its result.
    pub fn works_on_outside(&self) -> bool {
        self.life == Life::AwaitingOutside && self.handled_at.is_none()
    }

    /// The next step of the ladder above the rung that answers now.
    pub fn next_step(&self) -> Option<&super::clocks::Step> {
        let rung = self.rung?;
        self.resolve.as_ref()?.steps.iter().find(|step| step.to > rung)
    }

    /// Every unit in whose hands the case is now.
    pub fn holders(&self) -> Vec<&UnitId> {
        let called = self.whistle.open().map(|leg| &leg.unit);
        let parts = self.parts.open().map(|part| &part.unit);
        self.lead.iter().chain(&self.responsible).chain(called).chain(parts).collect()
    }

    /// Everybody and every unit that has worked on the case.
    pub fn who_worked(&self) -> (BTreeSet<String>, BTreeSet<UnitId>) {
        let people = self.handlers.iter().chain(self.whistle.people()).chain(self.parts.people());
        let units = self.lead.iter().chain(&self.handled_by);
        let units = units.chain(self.whistle.units()).chain(self.parts.units());
        (people.cloned().collect(), units.cloned().collect())
    }

    /// This person or unit has worked on the case.
    pub fn is_handler(&self, actor: &crate::context::Actor) -> bool {
        self.handlers.contains(&actor.id)
            || (actor.unit.is_some() && actor.unit == self.lead)
            || actor.unit.as_ref().is_some_and(|unit| self.handled_by.contains(unit))
            || self.whistle.worked(actor)
            || self.parts.worked(actor)
            || self.supervision.worked(actor)
    }
}
