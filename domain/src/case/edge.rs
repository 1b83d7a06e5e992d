//! What can be asked of a case before a dispatch and at the edges of its life.

use serde::{Deserialize, Serialize};

use super::admissible::Kind;
use super::event::{Event, Ground, Route};
use super::follow::{self, Main};
use super::merge::{self, Other};
use super::rejection::Rejection;
use super::state::State;
use super::{archive, reveal, screen, spot};
use crate::context::Context;
use crate::sealed::Sealed;

/// A command of these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum Edge {
    /// 即时答复
    AnswerDirectly {
        /// What the complainant was told.
        reply: Sealed,
    },
    /// 不予受理
    Decline {
        /// Why.
        ground: Ground,
        /// What the complainant was told.
        reply: Sealed,
    },
    /// 转紧急热线、法定渠道
    TransferOut {
        /// Where to.
        route: Route,
        /// What the complainant was told.
        reply: Sealed,
    },
    /// 请诉求人补充
    AskComplainant {
        /// What is asked.
        question: Sealed,
    },
    /// 已补充
    SupplyInfo {
        /// What was answered.
        info: Sealed,
    },
    /// 自处置, by the grid that has it.
    CloseOnSpot {
        /// What was done.
        reply: Sealed,
    },
    /// 申请调阅诉求人
    RequestReveal {
        /// What for.
        purpose: String,
    },
    /// 批准调阅, by another person.
    DecideReveal {
        /// Yes or no.
        granted: bool,
        /// Why; needed for no.
        reason: String,
    },
    /// 归档
    Archive {
        /// 归档号
        number: String,
    },
    /// 关联
    LinkDuplicate {
        /// The other case.
        other: Box<Other>,
    },
    /// 并单
    MergeInto {
        /// The case that goes on for both.
        into: Box<Other>,
    },
    /// 撤销并单
    Unmerge {
        /// Why.
        reason: String,
    },
    /// 随主件: sent by the follower of merged cases.
    FollowMain {
        /// What has become of the main case.
        main: Box<Main>,
    },
}

impl Edge {
    /// The kind of this command.
    pub fn kind(&self) -> Kind {
        match self {
            Self::AnswerDirectly { .. } => Kind::AnswerDirectly,
            Self::Decline { .. } => Kind::Decline,
            Self::TransferOut { .. } => Kind::TransferOut,
            Self::AskComplainant { .. } => Kind::AskComplainant,
            Self::SupplyInfo { .. } => Kind::SupplyInfo,
            Self::CloseOnSpot { .. } => Kind::CloseOnSpot,
            Self::RequestReveal { .. } => Kind::RequestReveal,
            Self::DecideReveal { .. } => Kind::DecideReveal,
            Self::Archive { .. } => Kind::Archive,
            Self::LinkDuplicate { .. } => Kind::LinkDuplicate,
            Self::MergeInto { .. } => Kind::MergeInto,
            Self::Unmerge { .. } => Kind::Unmerge,
            Self::FollowMain { .. } => Kind::FollowMain,
        }
    }
}

/// What happens before a dispatch, and at the end.
pub(super) fn decide(state: &State, edge: &Edge, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    match edge {
        Edge::AnswerDirectly { reply } => Ok(screen::answer(reply)),
        Edge::Decline { ground, reply } => Ok(screen::decline(*ground, reply)),
        Edge::TransferOut { route, reply } => Ok(screen::refer(*route, reply)),
        Edge::AskComplainant { question } => screen::ask(question, context),
        Edge::SupplyInfo { info } => screen::supplied(state, Some(info), context),
        Edge::CloseOnSpot { reply } => spot::close(state, reply, context),
        Edge::RequestReveal { purpose } => reveal::request(state, purpose, context),
        Edge::DecideReveal { granted, reason } => reveal::decide(state, *granted, reason, context),
        Edge::Archive { number } => archive::decide(state, number),
        Edge::LinkDuplicate { other } => merge::link(state, other, context),
        Edge::MergeInto { into } => merge::merge(state, into, context),
        Edge::Unmerge { reason } => merge::unmerge(state, reason, context),
        Edge::FollowMain { main } => follow::decide(state, main, context),
    }
}
