//! Orders about what happens before a dispatch and at the edges of a life, as commands of the domain.

use domain::case::admissible::Kind;
use domain::case::event::{Ground, Route};
use domain::case::{Command, Edge, Other};
use domain::ids::CaseId;
use domain::intake::complaint::{ID_MAX, LINE_MAX, TEXT_MAX};
use serde::Deserialize;
use utoipa::ToSchema;

use super::App;
use super::order::sealed;
use super::problem::{EdgeCode, Problem};
use crate::auth::Reader;
use crate::console::case;

/// One of those orders.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "command", deny_unknown_fields)]
pub enum EdgeOrder {
    /// 即时答复
    AnswerDirectly {
        /// What the complainant was told; sealed.
        reply: String,
    },
    /// 不予受理: `same_matter`, `secret`, `beyond_duty`, `unlawful`
    Decline {
        /// Why.
        #[schema(value_type = String, example = "same_matter")]
        ground: Ground,
        /// What the complainant was told; sealed.
        reply: String,
    },
    /// 转紧急热线、法定渠道: `police`, `fire`, `ambulance`, `traffic`, `litigation`, `arbitration`,
    /// `discipline`, `review`, `disclosure`, `petition`
    TransferOut {
        /// Where to.
        #[schema(value_type = String, example = "petition")]
        route: Route,
        /// What the complainant was told; sealed.
        reply: String,
    },
    /// 请诉求人补充
    AskComplainant {
        /// What is asked; sealed.
        question: String,
    },
    /// 已补充
    SupplyInfo {
        /// What was answered; sealed.
        info: String,
    },
    /// 自处置, with photographs of before and after attached
    CloseOnSpot {
        /// What was done; sealed.
        reply: String,
    },
    /// 申请调阅诉求人
    RequestReveal {
        /// What for.
        purpose: String,
    },
    /// 批准调阅, by another person
    DecideReveal {
        /// Yes or no.
        granted: bool,
        /// Why; needed for no.
        #[serde(default)]
        reason: String,
    },
    /// 归档
    Archive {
        /// 归档号
        number: String,
    },
    /// 关联
    LinkDuplicate {
        /// Number, external id or uuid of the other case.
        other: String,
    },
    /// 并单
    MergeInto {
        /// Number, external id or uuid of the earlier case that goes on for both.
        into: String,
    },
    /// 撤销并单
    Unmerge {
        /// Why.
        reason: String,
    },
}

impl EdgeOrder {
    /// Its kind, for permission and admissibility.
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
        }
    }

    /// Its texts, each with the field's name and its greatest length.
    pub(super) fn text(&self) -> Option<(&'static str, &String, usize)> {
        Some(match self {
            Self::AnswerDirectly { reply }
            | Self::Decline { reply, .. }
            | Self::TransferOut { reply, .. }
            | Self::CloseOnSpot { reply } => ("reply", reply, TEXT_MAX),
            Self::AskComplainant { question } => ("question", question, TEXT_MAX),
            Self::SupplyInfo { info } => ("info", info, TEXT_MAX),
            Self::Archive { number } => ("number", number, ID_MAX),
            Self::RequestReveal { purpose } => ("purpose", purpose, ID_MAX),
            Self::DecideReveal { reason, .. } | Self::Unmerge { reason } => ("reason", reason, LINE_MAX),
            Self::LinkDuplicate { .. } | Self::MergeInto { .. } => return None,
        })
    }
}

/// The domain's command, its free text sealed with the case's key. Another case is named by what the
/// reader may see of it.
///
/// # Errors
/// A text is missing, or there is no such other case.
pub async fn command(order: EdgeOrder, app: &App, reader: &Reader, case: CaseId) -> Result<Command, Problem> {
    let seal = async |field: &str, text: String| {
        if text.trim().is_empty() {
            return Err(Problem::from(EdgeCode::BadField).about(field));
        }
        sealed(app, case, &text).await
    };
    let edge = match order {
        EdgeOrder::AnswerDirectly { reply } => Edge::AnswerDirectly { reply: seal("reply", reply).await? },
        EdgeOrder::Decline { ground, reply } => Edge::Decline { ground, reply: seal("reply", reply).await? },
        EdgeOrder::TransferOut { route, reply } => {
            Edge::TransferOut { route, reply: seal("reply", reply).await? }
        }
        EdgeOrder::AskComplainant { question } => {
            Edge::AskComplainant { question: seal("question", question).await? }
        }
        EdgeOrder::SupplyInfo { info } => Edge::SupplyInfo { info: seal("info", info).await? },
        EdgeOrder::CloseOnSpot { reply } => Edge::CloseOnSpot { reply: seal("reply", reply).await? },
        EdgeOrder::RequestReveal { purpose } => Edge::RequestReveal { purpose },
        EdgeOrder::DecideReveal { granted, reason } => Edge::DecideReveal { granted, reason },
        EdgeOrder::Archive { number } => Edge::Archive { number },
        EdgeOrder::LinkDuplicate { other } => {
            Edge::LinkDuplicate { other: named(app, reader, &other).await? }
        }
        EdgeOrder::MergeInto { into } => Edge::MergeInto { into: named(app, reader, &into).await? },
        EdgeOrder::Unmerge { reason } => Edge::Unmerge { reason },
    };
    Ok(Command::Edge(edge))
}

async fn named(app: &App, reader: &Reader, key: &str) -> Result<Box<Other>, Problem> {
    let seen = case::find(app, reader, key).await?;
    Other::of(seen.case, &seen.history.state).map(Box::new).ok_or_else(Problem::no_case)
}
