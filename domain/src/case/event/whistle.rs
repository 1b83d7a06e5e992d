//! 吹哨报到: from the whistle to its end, one leg for each unit that is called.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::calendar::{Budget, Suspension};
use crate::case::clocks::Due;
use crate::ids::UnitId;
use crate::sealed::Sealed;

/// What a whistle is sounded for (DOMAIN §2.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum WhistleKind {
    /// 日常哨
    Routine,
    /// 重点疑难哨
    Key,
    /// 综合执法哨
    Enforcement,
    /// 应急哨
    Emergency,
}

impl WhistleKind {
    /// Every kind.
    pub const ALL: [WhistleKind; 4] = [Self::Routine, Self::Key, Self::Enforcement, Self::Emergency];

    /// The word in files and interfaces; the table of `sla.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Routine => "routine",
            Self::Key => "key",
            Self::Enforcement => "enforcement",
            Self::Emergency => "emergency",
        }
    }

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Routine => "日常哨",
            Self::Key => "重点疑难哨",
            Self::Enforcement => "综合执法哨",
            Self::Emergency => "应急哨",
        }
    }
}

/// Which limit of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum LegStage {
    /// 应哨
    Respond,
    /// 报到
    Arrive,
    /// 办结哨
    Finish,
}

/// The limits of a leg, with what they were counted by. 应哨 and 办结哨 are counted from the whistle, 报到 from the
/// response (DOMAIN §2.7), or from the whistle where the policy says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LegClocks {
    /// 应哨
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub respond: Option<Due>,
    /// 报到
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrive: Option<Due>,
    /// 报到: how much time there will be from the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrive_within: Option<Budget>,
    /// 办结哨
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish: Option<Due>,
    /// Time that is not the unit's: 挂账, and the wait for an adjudication.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Suspension>,
    /// What gave the budgets of response and arrival: `whistle emergency`.
    pub rule: String,
    /// What gave that of the end: `whistle key`, `item 0305`, `class N2`.
    pub finish_rule: String,
    /// Version of the policy.
    pub policy: String,
}

impl LegClocks {
    /// The response starts the clock for reporting in.
    pub(crate) fn responded(&mut self, arrive: Option<&Due>) {
        if let Some(arrive) = arrive {
            self.arrive = Some(arrive.clone());
            self.arrive_within = None;
        }
    }
}

/// A unit that is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LegCalled {
    /// Number of the leg within the case, from 1.
    pub leg: u32,
    /// The unit.
    pub unit: UnitId,
    /// 部门哨: the unit is paired with the community that sounds (共建单位).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paired: bool,
    /// Its limits.
    pub clocks: LegClocks,
}

/// See [`super::Event::WhistleProposed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WhistleProposed {
    /// Number of the whistle within the case, from 1.
    pub whistle: u32,
    /// Its kind.
    pub kind: WhistleKind,
    /// The unit that wants to sound it.
    pub sounder: UnitId,
    /// Who.
    pub by: String,
    /// The units that are to be called.
    pub units: Vec<UnitId>,
    /// What for.
    pub reason: String,
    /// Where to report in; empty for the place of the case.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// The street that must approve.
    pub approver: UnitId,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide: Option<Due>,
}

/// See [`super::Event::WhistleRefused`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WhistleRefused {
    /// Number of the whistle.
    pub whistle: u32,
    /// The unit that refused.
    pub unit: UnitId,
    /// Why.
    pub reason: String,
}

/// See [`super::Event::WhistleSounded`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WhistleSounded {
    /// Number of the whistle within the case, from 1.
    pub whistle: u32,
    /// Its kind.
    pub kind: WhistleKind,
    /// The unit that sounds it.
    pub sounder: UnitId,
    /// Who.
    pub by: String,
    /// The units that are called.
    pub legs: Vec<LegCalled>,
    /// What for.
    pub reason: String,
    /// Where to report in; empty for the place of the case.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// The street that approved a community's whistle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<UnitId>,
}

/// See [`super::Event::WhistleResponded`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WhistleResponded {
    /// The leg.
    pub leg: u32,
    /// Its unit.
    pub unit: UnitId,
    /// Who.
    pub by: String,
    /// 报到: its limit, where that begins now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrive: Option<Due>,
}

/// See [`super::Event::UnitArrived`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnitArrived {
    /// The leg.
    pub leg: u32,
    /// Its unit.
    pub unit: UnitId,
    /// Who.
    pub by: String,
    /// Where.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// When.
    pub at: Timestamp,
}

/// See [`super::Event::WhistleDeclined`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WhistleDeclined {
    /// The leg.
    pub leg: u32,
    /// Its unit.
    pub unit: UnitId,
    /// Why it is not for this unit.
    pub reason: String,
    /// Since when it waits for the adjudication.
    pub at: Timestamp,
    /// Until when it should be adjudicated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide: Option<Due>,
}

/// See [`super::Event::DeclineAdjudicated`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeclineAdjudicated {
    /// The leg.
    pub leg: u32,
    /// Its unit.
    pub unit: UnitId,
    /// The unit is right, and its leg ends.
    pub upheld: bool,
    /// Why.
    pub reason: String,
    /// The limits without the time of waiting, where the leg goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clocks: Option<LegClocks>,
}

/// See [`super::Event::WhistleLegFinished`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WhistleLegFinished {
    /// The leg.
    pub leg: u32,
    /// Its unit.
    pub unit: UnitId,
    /// Who.
    pub by: String,
    /// What was done.
    pub reply: Sealed,
}

/// See [`super::Event::WhistleStoodDown`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WhistleStoodDown {
    /// Number of the whistle.
    pub whistle: u32,
    /// The unit that confirmed.
    pub unit: UnitId,
    /// Why, where a unit had not finished.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The units that leave now.
    pub legs: Vec<LegLeft>,
    /// 评哨: limit for the ratings of both sides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Due>,
}

/// A unit that leaves with the stand-down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LegLeft {
    /// The leg.
    pub leg: u32,
    /// Its unit.
    pub unit: UnitId,
    /// It had finished; otherwise it was let go.
    pub done: bool,
}

/// See [`super::Event::WhistleRated`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WhistleRated {
    /// The leg.
    pub leg: u32,
    /// The side that rates.
    pub by: UnitId,
    /// The side that is rated.
    pub of: UnitId,
    /// The sounder rates the unit; otherwise the unit rates the sounder.
    pub by_sounder: bool,
    /// From 1 to 5.
    pub score: u8,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// See [`super::Event::WhistleLegLate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WhistleLegLate {
    /// The leg.
    pub leg: u32,
    /// The unit that is silent.
    pub unit: UnitId,
    /// At which limit.
    pub stage: LegStage,
    /// When it was due.
    pub due_at: Timestamp,
    /// The unit above, which is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superior: Option<UnitId>,
}

/// See [`super::Event::WhistleClocksMoved`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WhistleClocksMoved {
    /// The revision of the rules that moved them; none where it was a pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Uuid>,
    /// The legs that are open, with their limits from now on.
    pub legs: Vec<LegMoved>,
}

/// The limits of a leg after a pause, or under revised rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LegMoved {
    /// The leg.
    pub leg: u32,
    /// Its limits.
    pub clocks: LegClocks,
}
