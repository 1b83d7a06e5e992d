//! 分办: units that have a part of the case beside its lead, and where each part stands.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Shift;
use crate::calendar::Suspension;
use crate::case::clocks::Due;
use crate::ids::UnitId;
use crate::sealed::Sealed;

/// In which way a unit has a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PartKind {
    /// 协办: a co-unit, beside the lead.
    Co,
    /// 下派: a unit below the lead, by which the lead has it done.
    Sub,
}

impl PartKind {
    /// Both.
    pub const ALL: [PartKind; 2] = [Self::Co, Self::Sub];

    /// The word in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Co => "co",
            Self::Sub => "sub",
        }
    }

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Co => "协办",
            Self::Sub => "下派",
        }
    }
}

/// Which limit of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PartStage {
    /// 签收
    Sign,
    /// 反馈
    Finish,
}

/// The limits of a part as its own budgets give them; the lead's limit for the result caps both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartClocks {
    /// 签收
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<Due>,
    /// 反馈
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish: Option<Due>,
    /// Time that is not the unit's: 挂账, and the wait for a decision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Suspension>,
    /// What gave the budget of the end: `person`, `item 0305`, `class N2`.
    pub rule: String,
    /// Version of the policy.
    pub policy: String,
}

/// See [`super::Event::CoUnitAdded`] and [`super::Event::TaskSubDispatched`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartGiven {
    /// Number of the part within the case, from 1.
    pub part: u32,
    /// The unit.
    pub unit: UnitId,
    /// The unit that gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub giver: Option<UnitId>,
    /// What it shall do.
    pub task: String,
    /// Its limits.
    pub clocks: PartClocks,
    /// When.
    pub at: Timestamp,
}

/// See [`super::Event::PartSigned`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartSigned {
    /// The part.
    pub part: u32,
    /// Its unit.
    pub unit: UnitId,
    /// Who.
    pub by: String,
}

/// See [`super::Event::PartFinished`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartFinished {
    /// The part.
    pub part: u32,
    /// Its unit.
    pub unit: UnitId,
    /// Who.
    pub by: String,
    /// What was done.
    pub reply: Sealed,
}

/// See [`super::Event::PartReleaseAsked`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartReleaseAsked {
    /// The part.
    pub part: u32,
    /// Its unit.
    pub unit: UnitId,
    /// Who.
    pub by: String,
    /// Why it is not for this unit.
    pub reason: String,
    /// Since when it waits for the decision.
    pub at: Timestamp,
    /// Until when that should be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide: Option<Due>,
}

/// See [`super::Event::PartReleaseRefused`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartReleaseRefused {
    /// The part.
    pub part: u32,
    /// Its unit.
    pub unit: UnitId,
    /// Why.
    pub reason: String,
    /// The limits without the time of waiting.
    pub clocks: PartClocks,
}

/// How a part ended without its unit's feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PartEnd {
    /// 说明: the lead explained why its result goes without it.
    Explained,
    /// 收回: whoever gave it took it back.
    TakenBack,
    /// 退出: the unit asked, and it was granted.
    Released,
}

/// See [`super::Event::PartEnded`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartEnded {
    /// The part.
    pub part: u32,
    /// Its unit.
    pub unit: UnitId,
    /// How.
    pub end: PartEnd,
    /// Why.
    pub reason: String,
}

/// See [`super::Event::PartLate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartLate {
    /// The part.
    pub part: u32,
    /// Its unit.
    pub unit: UnitId,
    /// At which limit.
    pub stage: PartStage,
    /// When it was due.
    pub due_at: Timestamp,
}

/// See [`super::Event::PartClocksMoved`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartClocksMoved {
    /// The parts whose limits are other ones from now on.
    pub parts: Vec<PartMoved>,
}

/// The limits of a part, counted again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartMoved {
    /// The part.
    pub part: u32,
    /// Its limits.
    pub clocks: PartClocks,
}

/// A part that goes to the successor of a unit that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartShift {
    /// The part.
    pub part: u32,
    /// From whom to whom.
    pub shift: Shift,
}
