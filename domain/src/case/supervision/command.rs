//! What can be asked about supervision.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::calendar::Budget;
use crate::case::admissible::Kind;
use crate::case::event::SupervisionCheck;
use crate::sealed::Sealed;

/// A command about supervision. In JSON it is a command like any other. Where an order or a notice is not
/// named by its number within the case, the last is meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum Supervise {
    /// 催办
    Urge {
        /// What is said.
        #[serde(default)]
        reason: String,
    },
    /// 催办通知书
    SendWrittenUrge {
        /// What is said.
        #[serde(default)]
        reason: String,
    },
    /// 督办单
    IssueSupervision {
        /// What is so; empty: what the case knows.
        #[serde(default)]
        facts: String,
        /// What is asked; empty: rectify and reply.
        #[serde(default)]
        asks: String,
        /// Its own limit for the reply; none: the policy's.
        #[serde(default)]
        within: Option<Budget>,
    },
    /// 督办回复, by the unit.
    ReplySupervision {
        /// Which.
        #[serde(default)]
        order: Option<u32>,
        /// What was done.
        reply: Sealed,
    },
    /// 查问题、查整改、查效果, by somebody who is not the handler.
    CheckSupervision {
        /// Which.
        #[serde(default)]
        order: Option<u32>,
        /// Which of the three.
        check: SupervisionCheck,
        /// It holds.
        passed: bool,
        /// What was found; needed where it fails.
        #[serde(default)]
        finding: String,
    },
    /// 销号
    CloseSupervision {
        /// Which.
        #[serde(default)]
        order: Option<u32>,
        /// 根源
        root_cause: String,
    },
    /// 说明理由, by the unit.
    GiveReason {
        /// Why it is late.
        reason: String,
    },
    /// 理由裁定, by a second person.
    JudgeReason {
        /// It holds.
        accepted: bool,
        /// Why; needed where it does not.
        #[serde(default)]
        reason: String,
    },
    /// 拟通报, by a person.
    DraftNotice {
        /// What it says; empty: what the case knows.
        #[serde(default)]
        text: String,
    },
    /// 修改通报
    EditNotice {
        /// Which.
        #[serde(default)]
        notice: Option<u32>,
        /// What it says now.
        text: String,
    },
    /// 批准通报, by somebody who neither drafted nor edited it.
    ApproveNotice {
        /// Which.
        #[serde(default)]
        notice: Option<u32>,
    },
    /// 通报回复, by the unit.
    ReplyNotice {
        /// Which.
        #[serde(default)]
        notice: Option<u32>,
        /// What it says.
        reply: Sealed,
    },
    /// 更正通报: a new edition, to be approved like the first.
    CorrectNotice {
        /// Which.
        #[serde(default)]
        notice: Option<u32>,
        /// What it says now.
        text: String,
        /// What was wrong.
        reason: String,
    },
    /// 撤销通报
    WithdrawNotice {
        /// Which.
        #[serde(default)]
        notice: Option<u32>,
        /// Why.
        reason: String,
    },
    /// 挂牌督办
    ListSupervision {
        /// Why.
        reason: String,
    },
    /// 约谈 that was held.
    RecordInterview {
        /// Who was spoken to: the office.
        who: String,
        /// When; none: now.
        #[serde(default)]
        held_at: Option<Timestamp>,
        /// What came of it.
        result: String,
    },
}

impl Supervise {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Supervise::Urge { .. } => Kind::Urge,
            Supervise::SendWrittenUrge { .. } => Kind::SendWrittenUrge,
            Supervise::IssueSupervision { .. } => Kind::IssueSupervision,
            Supervise::ReplySupervision { .. } => Kind::ReplySupervision,
            Supervise::CheckSupervision { .. } => Kind::CheckSupervision,
            Supervise::CloseSupervision { .. } => Kind::CloseSupervision,
            Supervise::GiveReason { .. } => Kind::GiveReason,
            Supervise::JudgeReason { .. } => Kind::JudgeReason,
            Supervise::DraftNotice { .. } => Kind::DraftNotice,
            Supervise::EditNotice { .. } => Kind::EditNotice,
            Supervise::ApproveNotice { .. } => Kind::ApproveNotice,
            Supervise::ReplyNotice { .. } => Kind::ReplyNotice,
            Supervise::CorrectNotice { .. } => Kind::CorrectNotice,
            Supervise::WithdrawNotice { .. } => Kind::WithdrawNotice,
            Supervise::ListSupervision { .. } => Kind::ListSupervision,
            Supervise::RecordInterview { .. } => Kind::RecordInterview,
        }
    }
}
