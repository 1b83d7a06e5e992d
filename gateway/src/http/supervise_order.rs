//! What may be asked about supervision, as a form or a JSON body says it.

use domain::calendar::Budget;
use domain::case::admissible::Kind;
use domain::case::event::SupervisionCheck;
use domain::case::{Command, Supervise};
use domain::ids::CaseId;
use domain::intake::complaint::{LINE_MAX, TEXT_MAX};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use super::App;
use super::order::sealed;
use super::problem::{EdgeCode, Problem};

/// One of those commands. Where `order` or `notice` is absent, the last one of the case is meant.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "command", deny_unknown_fields)]
pub enum SuperviseOrder {
    /// 催办
    Urge {
        /// What is said.
        #[serde(default)]
        reason: String,
    },
    /// 催办通知书, copied to the superior.
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
        /// Its own limit for the reply, e.g. `2wd`; none for the policy's.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        within: Option<Budget>,
    },
    /// 督办回复, by the unit.
    ReplySupervision {
        /// Its number within the case.
        #[serde(default)]
        order: Option<u32>,
        /// What was done; sealed.
        reply: String,
    },
    /// 查问题、查整改、查效果, by somebody who is not the handler.
    CheckSupervision {
        /// Its number within the case.
        #[serde(default)]
        order: Option<u32>,
        /// `problem`, `rectification`, `effect`.
        #[schema(value_type = String, example = "problem")]
        check: SupervisionCheck,
        /// It holds.
        passed: bool,
        /// What was found; needed where it fails.
        #[serde(default)]
        finding: String,
    },
    /// 销号, when all three have passed.
    CloseSupervision {
        /// Its number within the case.
        #[serde(default)]
        order: Option<u32>,
        /// 根源: what the matter came from.
        root_cause: String,
    },
    /// 说明理由, by the unit.
    GiveReason {
        /// Why it is late.
        reason: String,
    },
    /// 理由裁定, by a second person.
    JudgeReason {
        /// It holds: nothing is circulated.
        accepted: bool,
        /// Why; needed where it does not.
        #[serde(default)]
        reason: String,
    },
    /// 拟通报
    DraftNotice {
        /// What it says; empty: what the case knows.
        #[serde(default)]
        text: String,
    },
    /// 修改通报, before it is approved.
    EditNotice {
        /// Its number within the case.
        #[serde(default)]
        notice: Option<u32>,
        /// What it says now.
        text: String,
    },
    /// 批准通报, by somebody who neither drafted nor edited it: with that it is circulated.
    ApproveNotice {
        /// Its number within the case.
        #[serde(default)]
        notice: Option<u32>,
    },
    /// 通报回复, by the unit.
    ReplyNotice {
        /// Its number within the case.
        #[serde(default)]
        notice: Option<u32>,
        /// What it says; sealed.
        reply: String,
    },
    /// 更正通报: a new edition, to be approved like the first.
    CorrectNotice {
        /// Its number within the case.
        #[serde(default)]
        notice: Option<u32>,
        /// What it says now.
        text: String,
        /// What was wrong.
        reason: String,
    },
    /// 撤销通报
    WithdrawNotice {
        /// Its number within the case.
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
        /// Who was spoken to: the office, not a name.
        who: String,
        /// When; none: now.
        #[serde(default)]
        #[schema(value_type = Option<String>, format = DateTime)]
        held_at: Option<Timestamp>,
        /// What came of it.
        result: String,
    },
}

impl SuperviseOrder {
    /// Its kind, for permission and admissibility.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Urge { .. } => Kind::Urge,
            Self::SendWrittenUrge { .. } => Kind::SendWrittenUrge,
            Self::IssueSupervision { .. } => Kind::IssueSupervision,
            Self::ReplySupervision { .. } => Kind::ReplySupervision,
            Self::CheckSupervision { .. } => Kind::CheckSupervision,
            Self::CloseSupervision { .. } => Kind::CloseSupervision,
            Self::GiveReason { .. } => Kind::GiveReason,
            Self::JudgeReason { .. } => Kind::JudgeReason,
            Self::DraftNotice { .. } => Kind::DraftNotice,
            Self::EditNotice { .. } => Kind::EditNotice,
            Self::ApproveNotice { .. } => Kind::ApproveNotice,
            Self::ReplyNotice { .. } => Kind::ReplyNotice,
            Self::CorrectNotice { .. } => Kind::CorrectNotice,
            Self::WithdrawNotice { .. } => Kind::WithdrawNotice,
            Self::ListSupervision { .. } => Kind::ListSupervision,
            Self::RecordInterview { .. } => Kind::RecordInterview,
        }
    }

    /// Its texts, with how long each may be.
    pub(super) fn texts(&self) -> Vec<(&'static str, &String, usize)> {
        match self {
            Self::Urge { reason }
            | Self::SendWrittenUrge { reason }
            | Self::GiveReason { reason }
            | Self::JudgeReason { reason, .. }
            | Self::WithdrawNotice { reason, .. }
            | Self::ListSupervision { reason } => vec![("reason", reason, LINE_MAX)],
            Self::IssueSupervision { facts, asks, .. } => {
                vec![("facts", facts, TEXT_MAX), ("asks", asks, TEXT_MAX)]
            }
            Self::ReplySupervision { reply, .. } | Self::ReplyNotice { reply, .. } => {
                vec![("reply", reply, TEXT_MAX)]
            }
            Self::CheckSupervision { finding, .. } => vec![("finding", finding, LINE_MAX)],
            Self::CloseSupervision { root_cause, .. } => vec![("root_cause", root_cause, LINE_MAX)],
            Self::DraftNotice { text } | Self::EditNotice { text, .. } => vec![("text", text, TEXT_MAX)],
            Self::CorrectNotice { text, reason, .. } => {
                vec![("text", text, TEXT_MAX), ("reason", reason, LINE_MAX)]
            }
            Self::RecordInterview { who, result, .. } => {
                vec![("who", who, LINE_MAX), ("result", result, LINE_MAX)]
            }
            Self::ApproveNotice { .. } => Vec::new(),
        }
    }

    /// The domain's command, its free text sealed with the case's key.
    pub(super) async fn command(self, app: &App, case: CaseId) -> Result<Command, Problem> {
        Ok(Command::Supervise(match self {
            Self::Urge { reason } => Supervise::Urge { reason },
            Self::SendWrittenUrge { reason } => Supervise::SendWrittenUrge { reason },
            Self::IssueSupervision { facts, asks, within } => {
                Supervise::IssueSupervision { facts, asks, within }
            }
            Self::ReplySupervision { order, reply } => {
                Supervise::ReplySupervision { order, reply: sealed(app, case, said(&reply)?).await? }
            }
            Self::CheckSupervision { order, check, passed, finding } => {
                Supervise::CheckSupervision { order, check, passed, finding }
            }
            Self::CloseSupervision { order, root_cause } => Supervise::CloseSupervision { order, root_cause },
            Self::GiveReason { reason } => Supervise::GiveReason { reason },
            Self::JudgeReason { accepted, reason } => Supervise::JudgeReason { accepted, reason },
            Self::DraftNotice { text } => Supervise::DraftNotice { text },
            Self::EditNotice { notice, text } => Supervise::EditNotice { notice, text },
            Self::ApproveNotice { notice } => Supervise::ApproveNotice { notice },
            Self::ReplyNotice { notice, reply } => {
                Supervise::ReplyNotice { notice, reply: sealed(app, case, said(&reply)?).await? }
            }
            Self::CorrectNotice { notice, text, reason } => Supervise::CorrectNotice { notice, text, reason },
            Self::WithdrawNotice { notice, reason } => Supervise::WithdrawNotice { notice, reason },
            Self::ListSupervision { reason } => Supervise::ListSupervision { reason },
            Self::RecordInterview { who, held_at, result } => {
                Supervise::RecordInterview { who, held_at, result }
            }
        }))
    }
}

fn said(reply: &str) -> Result<&str, Problem> {
    if reply.trim().is_empty() { Err(Problem::from(EdgeCode::BadField).about("reply")) } else { Ok(reply) }
}
