//! What may be asked about the parts of a case, as a form or a JSON body says it.

use domain::calendar::Budget;
use domain::case::admissible::Kind;
use domain::case::{Command, PartCommand};
use domain::ids::{CaseId, UnitId};
use domain::intake::complaint::{LINE_MAX, TEXT_MAX};
use serde::Deserialize;
use utoipa::ToSchema;

use super::App;
use super::order::sealed;
use super::problem::{EdgeCode, Problem};

/// One of those commands.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "command", deny_unknown_fields)]
pub enum PartOrder {
    /// 加派协办: units that help beside the lead, which stays lead.
    AddCoUnit {
        /// Codes of the units.
        #[schema(value_type = Vec<String>)]
        units: Vec<UnitId>,
        /// What they shall do.
        task: String,
        /// Their own limit, e.g. `2wd`; none for the one of the case. The lead's caps it.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        within: Option<Budget>,
    },
    /// 下派, by the lead, to a unit below it.
    SubDispatch {
        /// Code of the unit.
        #[schema(value_type = String)]
        unit: UnitId,
        /// What it shall do.
        task: String,
        /// Its own limit, e.g. `2wd`; none for the one of the case. The lead's caps it.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        within: Option<Budget>,
    },
    /// 分办签收; `sign` of a unit that has a part means the same.
    SignPart {},
    /// 分办反馈 to the lead; `submit_result` of a unit that has a part means the same.
    FinishPart {
        /// What was done; sealed.
        feedback: String,
    },
    /// 申请退出; `request_return` of a unit that has a part means the same.
    RequestRelease {
        /// Why it is not for this unit.
        reason: String,
    },
    /// 退出裁定: of a co-unit by the dispatcher, of a unit below the lead by the lead.
    DecideRelease {
        /// The unit that asked.
        #[schema(value_type = String)]
        unit: UnitId,
        /// It may go.
        granted: bool,
        /// Why.
        reason: String,
    },
    /// 说明, by the lead: why its result goes without this unit.
    ExplainPart {
        /// The unit.
        #[schema(value_type = String)]
        unit: UnitId,
        /// Why.
        reason: String,
    },
    /// 收回, by whoever gave it.
    TakeBackPart {
        /// The unit.
        #[schema(value_type = String)]
        unit: UnitId,
        /// Why.
        reason: String,
    },
}

impl PartOrder {
    /// Its kind, for permission and admissibility.
    pub fn kind(&self) -> Kind {
        match self {
            Self::AddCoUnit { .. } => Kind::AddCoUnit,
            Self::SubDispatch { .. } => Kind::SubDispatch,
            Self::SignPart {} => Kind::SignPart,
            Self::FinishPart { .. } => Kind::FinishPart,
            Self::RequestRelease { .. } => Kind::RequestRelease,
            Self::DecideRelease { .. } => Kind::DecideRelease,
            Self::ExplainPart { .. } => Kind::ExplainPart,
            Self::TakeBackPart { .. } => Kind::TakeBackPart,
        }
    }

    /// Its texts, with how long each may be.
    pub(super) fn texts(&self) -> Vec<(&'static str, &String, usize)> {
        match self {
            Self::AddCoUnit { task, .. } | Self::SubDispatch { task, .. } => vec![("task", task, LINE_MAX)],
            Self::FinishPart { feedback } => vec![("feedback", feedback, TEXT_MAX)],
            Self::RequestRelease { reason }
            | Self::DecideRelease { reason, .. }
            | Self::ExplainPart { reason, .. }
            | Self::TakeBackPart { reason, .. } => vec![("reason", reason, LINE_MAX)],
            Self::SignPart {} => Vec::new(),
        }
    }

    /// The domain's command, its free text sealed with the case's key.
    pub(super) async fn command(self, app: &App, case: CaseId) -> Result<Command, Problem> {
        Ok(Command::Part(match self {
            Self::AddCoUnit { units, task, within } => PartCommand::AddCoUnit { units, task, within },
            Self::SubDispatch { unit, task, within } => PartCommand::SubDispatch { unit, task, within },
            Self::SignPart {} => PartCommand::SignPart,
            Self::FinishPart { feedback } if feedback.trim().is_empty() => {
                return Err(Problem::from(EdgeCode::BadField).about("feedback"));
            }
            Self::FinishPart { feedback } => {
                PartCommand::FinishPart { feedback: sealed(app, case, &feedback).await? }
            }
            Self::RequestRelease { reason } => PartCommand::RequestRelease { reason },
            Self::DecideRelease { unit, granted, reason } => {
                PartCommand::DecideRelease { unit, granted, reason }
            }
            Self::ExplainPart { unit, reason } => PartCommand::ExplainPart { unit, reason },
            Self::TakeBackPart { unit, reason } => PartCommand::TakeBackPart { unit, reason },
        }))
    }
}
