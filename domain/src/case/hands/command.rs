//! What the handler, its helpers and the dispatcher ask of a case that is being worked on.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::calendar::Budget;
use crate::case::admissible::Kind;
use crate::case::event::ReturnReason;
use crate::ids::{Rung, UnitId};
use crate::sealed::Sealed;

/// A command of those hands. In JSON it is a command like any other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum Hand {
    /// 退单
    RequestReturn {
        /// Why.
        reason: ReturnReason,
        /// In words.
        #[serde(default)]
        note: String,
        /// The unit whose duty it is, in the asking unit's view.
        #[serde(default)]
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
        /// The unit whose duty it is, in the asking unit's view.
        #[serde(default)]
        suggested: Option<UnitId>,
    },
    /// 异议裁定
    Adjudicate {
        /// The unit that shall lead; none: it stays where it is.
        #[serde(default)]
        unit: Option<UnitId>,
        /// Why.
        reason: String,
    },
    /// 指定: no return any more (潍坊 §22).
    DesignateFinal {
        /// The unit; none: the one that leads.
        #[serde(default)]
        unit: Option<UnitId>,
        /// Why.
        reason: String,
    },
    /// 申请延期
    RequestExtension {
        /// How much more.
        by: Budget,
        /// Why.
        reason: String,
        /// The complainant has been told (北京条例 §15).
        #[serde(default)]
        complainant_told: bool,
    },
    /// 同意延期
    ApproveExtension,
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
        review_at: Timestamp,
        /// The complainant has been told.
        #[serde(default)]
        complainant_told: bool,
    },
    /// 同意挂账
    ApproveSuspension,
    /// 不同意挂账
    RefuseSuspension {
        /// Why.
        reason: String,
    },
    /// 下沉
    Deescalate {
        /// To which rung.
        to: Rung,
        /// Why.
        reason: String,
        /// What is sent down with it.
        resources: String,
    },
    /// 领办
    ClaimTask,
    /// 转办
    DelegateTask {
        /// The colleague, as the log names people.
        to: String,
    },
    /// 放回
    ReleaseClaim,
    /// 更正答复
    AmendReply {
        /// The reply as it shall stand.
        reply: Sealed,
        /// Why.
        reason: String,
    },
}

impl Hand {
    /// The unit that has the case asks it; everything else is decided by somebody else.
    pub fn is_asked_by_the_unit(&self) -> bool {
        matches!(
            self,
            Hand::RequestReturn { .. }
                | Hand::RaiseObjection { .. }
                | Hand::RequestExtension { .. }
                | Hand::ApplySuspension { .. }
                | Hand::ClaimTask
                | Hand::DelegateTask { .. }
                | Hand::AmendReply { .. }
        )
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Hand::RequestReturn { .. } => Kind::RequestReturn,
            Hand::ApproveReturn { .. } => Kind::ApproveReturn,
            Hand::RejectReturn { .. } => Kind::RejectReturn,
            Hand::RaiseObjection { .. } => Kind::RaiseObjection,
            Hand::Adjudicate { .. } => Kind::Adjudicate,
            Hand::DesignateFinal { .. } => Kind::DesignateFinal,
            Hand::RequestExtension { .. } => Kind::RequestExtension,
            Hand::ApproveExtension => Kind::ApproveExtension,
            Hand::RefuseExtension { .. } => Kind::RefuseExtension,
            Hand::ApplySuspension { .. } => Kind::ApplySuspension,
            Hand::ApproveSuspension => Kind::ApproveSuspension,
            Hand::RefuseSuspension { .. } => Kind::RefuseSuspension,
            Hand::Deescalate { .. } => Kind::Deescalate,
            Hand::ClaimTask => Kind::ClaimTask,
            Hand::DelegateTask { .. } => Kind::DelegateTask,
            Hand::ReleaseClaim => Kind::ReleaseClaim,
            Hand::AmendReply { .. } => Kind::AmendReply,
        }
    }
}
