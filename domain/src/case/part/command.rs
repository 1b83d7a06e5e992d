//! What can be asked about the parts of a case.

use serde::{Deserialize, Serialize};

use crate::calendar::Budget;
use crate::case::Command;
use crate::case::admissible::Kind;
use crate::case::state::State;
use crate::context::Actor;
use crate::ids::UnitId;
use crate::sealed::Sealed;

/// A command about parts. In JSON it is a command like any other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum PartCommand {
    /// 加派协办, by the dispatcher.
    AddCoUnit {
        /// The co-units.
        units: Vec<UnitId>,
        /// What they shall do.
        task: String,
        /// Their own limit; none for the one of the case.
        #[serde(default)]
        within: Option<Budget>,
    },
    /// 下派, by the lead, to a unit below it.
    SubDispatch {
        /// The unit.
        unit: UnitId,
        /// What it shall do.
        task: String,
        /// Its own limit; none for the one of the case.
        #[serde(default)]
        within: Option<Budget>,
    },
    /// 分办签收
    SignPart,
    /// 分办反馈 to the lead.
    FinishPart {
        /// What was done.
        feedback: Sealed,
    },
    /// 申请退出
    RequestRelease {
        /// Why it is not for this unit.
        reason: String,
    },
    /// 退出裁定: of a co-unit by the dispatcher, of a unit below the lead by the lead.
    DecideRelease {
        /// The unit that asked.
        unit: UnitId,
        /// It may go.
        granted: bool,
        /// Why.
        reason: String,
    },
    /// 说明, by the lead: why its result goes without this unit.
    ExplainPart {
        /// The unit.
        unit: UnitId,
        /// Why.
        reason: String,
    },
    /// 收回, by whoever gave it.
    TakeBackPart {
        /// The unit.
        unit: UnitId,
        /// Why.
        reason: String,
    },
}

impl PartCommand {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            PartCommand::AddCoUnit { .. } => Kind::AddCoUnit,
            PartCommand::SubDispatch { .. } => Kind::SubDispatch,
            PartCommand::SignPart => Kind::SignPart,
            PartCommand::FinishPart { .. } => Kind::FinishPart,
            PartCommand::RequestRelease { .. } => Kind::RequestRelease,
            PartCommand::DecideRelease { .. } => Kind::DecideRelease,
            PartCommand::ExplainPart { .. } => Kind::ExplainPart,
            PartCommand::TakeBackPart { .. } => Kind::TakeBackPart,
        }
    }
}

/// 签收、办结反馈、退单, said by a unit that has a part and is not the one that answers for the case, are
/// about its part: who works there need not know in which way the case came to it.
pub(in crate::case) fn meant(state: &State, command: &Command, actor: &Actor) -> Option<PartCommand> {
    let unit = actor.unit.as_ref()?;
    if state.lead.as_ref() == Some(unit) || state.responsible.as_ref() == Some(unit) {
        return None;
    }
    state.parts.open().find(|part| part.unit == *unit)?;
    match command {
        Command::Sign => Some(PartCommand::SignPart),
        Command::SubmitResult { reply, .. } => Some(PartCommand::FinishPart { feedback: reply.clone() }),
        Command::Hand(super::super::Hand::RequestReturn { reason, note, .. }) => {
            let reason = if note.trim().is_empty() { reason.zh().to_owned() } else { note.clone() };
            Some(PartCommand::RequestRelease { reason })
        }
        _ => None,
    }
}
