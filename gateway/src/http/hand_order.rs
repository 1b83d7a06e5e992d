//! What the handler and the dispatcher may ask of a case that is being worked on, as a form or a JSON
//! body says it.

use domain::calendar::Budget;
use domain::case::admissible::Kind;
use domain::case::event::ReturnReason;
use domain::case::{Command, Hand};
use domain::ids::{CaseId, Rung, UnitId};
use domain::intake::complaint::{ID_MAX, LINE_MAX, TEXT_MAX};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use super::App;
use super::order::sealed;
use super::problem::{EdgeCode, Problem};
use crate::auth::{Reader, Role};

/// One of those commands.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "command", deny_unknown_fields)]
pub enum HandOrder {
    /// 退单: in the window of the class.
    RequestReturn {
        /// `not_our_duty`, `outside_area`, `wrong_item`, `duplicate`, `information_missing`.
        #[schema(value_type = String, example = "not_our_duty")]
        reason: ReturnReason,
        /// In words.
        #[serde(default)]
        note: String,
        /// The unit whose duty it is.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        suggested: Option<UnitId>,
    },
    /// 同意退单
    ApproveReturn {
        /// In words.
        #[serde(default)]
        note: String,
    },
    /// 驳回退单
    RejectReturn {
        /// Why.
        reason: String,
    },
    /// 派单异议
    RaiseObjection {
        /// Why.
        reason: String,
        /// The unit whose duty it is.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        suggested: Option<UnitId>,
    },
    /// 异议裁定
    Adjudicate {
        /// The unit that shall lead; none: it stays.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        unit: Option<UnitId>,
        /// Why.
        reason: String,
    },
    /// 指定: no return any more.
    DesignateFinal {
        /// The unit; none: the one that leads.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        unit: Option<UnitId>,
        /// Why.
        reason: String,
    },
    /// 申请延期
    RequestExtension {
        /// `5wd`, `24h`.
        #[schema(value_type = String)]
        by: Budget,
        /// Why.
        reason: String,
        /// The complainant has been told.
        #[serde(default)]
        complainant_told: bool,
    },
    /// 同意延期
    ApproveExtension {},
    /// 不同意延期
    RefuseExtension {
        /// Why.
        reason: String,
    },
    /// 申请挂账
    ApplySuspension {
        /// Why.
        reason: String,
        /// When somebody must look again.
        #[schema(value_type = String, format = DateTime)]
        review_at: Timestamp,
        /// The complainant has been told.
        #[serde(default)]
        complainant_told: bool,
    },
    /// 同意挂账
    ApproveSuspension {},
    /// 不同意挂账
    RefuseSuspension {
        /// Why.
        reason: String,
    },
    /// 下沉
    Deescalate {
        /// A rung below the one that answers now, not below the item's lowest.
        #[schema(value_type = String, example = "community")]
        to: Rung,
        /// Why.
        reason: String,
        /// What is sent down with it: people, money, authority.
        resources: String,
    },
    /// 领办
    ClaimTask {},
    /// 转办
    DelegateTask {
        /// Account of another handler of the same unit.
        to: String,
    },
    /// 放回
    ReleaseClaim {},
    /// 更正答复, before the callback.
    AmendReply {
        /// The reply as it shall stand; sealed.
        reply: String,
        /// Why.
        reason: String,
    },
}

impl HandOrder {
    /// Its kind, for permission and admissibility.
    pub fn kind(&self) -> Kind {
        match self {
            Self::RequestReturn { .. } => Kind::RequestReturn,
            Self::ApproveReturn { .. } => Kind::ApproveReturn,
            Self::RejectReturn { .. } => Kind::RejectReturn,
            Self::RaiseObjection { .. } => Kind::RaiseObjection,
            Self::Adjudicate { .. } => Kind::Adjudicate,
            Self::DesignateFinal { .. } => Kind::DesignateFinal,
            Self::RequestExtension { .. } => Kind::RequestExtension,
            Self::ApproveExtension {} => Kind::ApproveExtension,
            Self::RefuseExtension { .. } => Kind::RefuseExtension,
            Self::ApplySuspension { .. } => Kind::ApplySuspension,
            Self::ApproveSuspension {} => Kind::ApproveSuspension,
            Self::RefuseSuspension { .. } => Kind::RefuseSuspension,
            Self::Deescalate { .. } => Kind::Deescalate,
            Self::ClaimTask {} => Kind::ClaimTask,
            Self::DelegateTask { .. } => Kind::DelegateTask,
            Self::ReleaseClaim {} => Kind::ReleaseClaim,
            Self::AmendReply { .. } => Kind::AmendReply,
        }
    }

    /// The texts that stay readable in the log for ever, with how long each may be.
    pub(super) fn texts(&self) -> Vec<(&'static str, &String, usize)> {
        match self {
            Self::RequestReturn { note, .. } | Self::ApproveReturn { note } => vec![("note", note, LINE_MAX)],
            Self::RejectReturn { reason }
            | Self::RaiseObjection { reason, .. }
            | Self::Adjudicate { reason, .. }
            | Self::DesignateFinal { reason, .. }
            | Self::RequestExtension { reason, .. }
            | Self::RefuseExtension { reason }
            | Self::ApplySuspension { reason, .. }
            | Self::RefuseSuspension { reason } => vec![("reason", reason, LINE_MAX)],
            Self::Deescalate { reason, resources, .. } => {
                vec![("reason", reason, LINE_MAX), ("resources", resources, LINE_MAX)]
            }
            Self::DelegateTask { to } => vec![("to", to, ID_MAX)],
            Self::AmendReply { reply, reason } => {
                vec![("reply", reply, TEXT_MAX), ("reason", reason, LINE_MAX)]
            }
            Self::ApproveExtension {} | Self::ApproveSuspension {} => Vec::new(),
            Self::ClaimTask {} | Self::ReleaseClaim {} => Vec::new(),
        }
    }

    /// The domain's command, its free text sealed with the case's key.
    pub(super) async fn command(self, app: &App, case: CaseId) -> Result<Command, Problem> {
        Ok(Command::Hand(match self {
            Self::RequestReturn { reason, note, suggested } => {
                Hand::RequestReturn { reason, note, suggested }
            }
            Self::ApproveReturn { note } => Hand::ApproveReturn { note },
            Self::RejectReturn { reason } => Hand::RejectReturn { reason },
            Self::RaiseObjection { reason, suggested } => Hand::RaiseObjection { reason, suggested },
            Self::Adjudicate { unit, reason } => Hand::Adjudicate { unit, reason },
            Self::DesignateFinal { unit, reason } => Hand::DesignateFinal { unit, reason },
            Self::RequestExtension { by, reason, complainant_told } => {
                Hand::RequestExtension { by, reason, complainant_told }
            }
            Self::ApproveExtension {} => Hand::ApproveExtension,
            Self::RefuseExtension { reason } => Hand::RefuseExtension { reason },
            Self::ApplySuspension { reason, review_at, complainant_told } => {
                Hand::ApplySuspension { reason, review_at, complainant_told }
            }
            Self::ApproveSuspension {} => Hand::ApproveSuspension,
            Self::RefuseSuspension { reason } => Hand::RefuseSuspension { reason },
            Self::Deescalate { to, reason, resources } => Hand::Deescalate { to, reason, resources },
            Self::ClaimTask {} => Hand::ClaimTask,
            Self::DelegateTask { to } => Hand::DelegateTask { to },
            Self::ReleaseClaim {} => Hand::ReleaseClaim,
            Self::AmendReply { reply, .. } if reply.trim().is_empty() => {
                return Err(Problem::from(EdgeCode::BadField).about("reply"));
            }
            Self::AmendReply { reply, reason } => {
                Hand::AmendReply { reply: sealed(app, case, &reply).await?, reason }
            }
        }))
    }

    /// The same, with the colleague as the log names people: a handler of the reader's own unit.
    pub(super) async fn named(self, app: &App, reader: &Reader) -> Result<Self, Problem> {
        let Self::DelegateTask { to } = self else { return Ok(self) };
        let found = app.accounts.find(to.trim()).await;
        let found = found.map_err(|error| Problem::away("the accounts failed", &error))?;
        let own = &reader.account.unit;
        let colleague = found.filter(|found| found.unit == *own && found.role == Role::Handler);
        let colleague = colleague.ok_or_else(|| {
            Problem::from(domain::case::Rejection::about(domain::case::Code::NotAColleague, to.trim()))
        })?;
        Ok(Self::DelegateTask { to: colleague.actor().id })
    }
}
