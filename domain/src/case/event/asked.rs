//! What a unit asks for and somebody else decides: return, objection, extension, suspension.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CloseMode;
use crate::calendar::Budget;
use crate::case::clocks::Due;
use crate::ids::UnitId;
use crate::policy::Matter;

/// See [`super::Event::ReturnRequested`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReturnRequested {
    /// The unit that sends it back.
    pub unit: UnitId,
    /// Who asked: does not decide it.
    pub by: String,
    /// Why.
    pub reason: ReturnReason,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The unit whose duty it is, in the asking unit's view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested: Option<UnitId>,
    /// Limit for the decision, where it is ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide: Option<Due>,
}

/// Why a unit sends a case back (DOMAIN §2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ReturnReason {
    /// 非本单位职责
    NotOurDuty,
    /// 不在辖区
    OutsideArea,
    /// 事项有误
    WrongItem,
    /// 重复诉求
    Duplicate,
    /// 要素不全
    InformationMissing,
}

impl ReturnReason {
    /// All of them, with their words in messages.
    pub const ALL: [(&'static str, Self); 5] = [
        ("not_our_duty", Self::NotOurDuty),
        ("outside_area", Self::OutsideArea),
        ("wrong_item", Self::WrongItem),
        ("duplicate", Self::Duplicate),
        ("information_missing", Self::InformationMissing),
    ];

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            Self::NotOurDuty => "非本单位职责",
            Self::OutsideArea => "不在辖区",
            Self::WrongItem => "事项有误",
            Self::Duplicate => "重复诉求",
            Self::InformationMissing => "要素不全",
        }
    }

    /// The word on an English page.
    pub fn en(self) -> &'static str {
        match self {
            Self::NotOurDuty => "not our duty",
            Self::OutsideArea => "outside our area",
            Self::WrongItem => "wrong item",
            Self::Duplicate => "the same matter again",
            Self::InformationMissing => "information is missing",
        }
    }
}

/// See [`super::Event::ReturnApproved`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReturnApproved {
    /// The unit that sent it back; stays lead until the next dispatch.
    pub unit: UnitId,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Limit for the next dispatch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispatch: Option<Due>,
}

/// See [`super::Event::ReturnRejected`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReturnRejected {
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// A new limit for signing, where the unit had not signed yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<Due>,
    /// A new limit for the first contact, where there was none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Due>,
    /// Until when the unit may object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_by: Option<Due>,
}

/// See [`super::Event::DispatchObjected`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DispatchObjected {
    /// The unit that objects.
    pub unit: UnitId,
    /// Who: does not decide it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The unit whose duty it is, in its view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested: Option<UnitId>,
    /// Limit for the adjudication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide: Option<Due>,
}

/// See [`super::Event::ObjectionAdjudicated`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ObjectionAdjudicated {
    /// The unit that shall lead.
    pub unit: UnitId,
    /// It is another one than before: its dispatch follows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moved: bool,
    /// Why.
    pub reason: String,
}

/// See [`super::Event::FinalUnitDesignated`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FinalUnitDesignated {
    /// The unit: it can neither return nor object any more.
    pub unit: UnitId,
    /// Why.
    pub reason: String,
}

/// See [`super::Event::ExtensionRequested`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExtensionRequested {
    /// The unit that asks.
    pub unit: UnitId,
    /// Who asked: does not decide it. The complainant had been told (北京条例 §15).
    pub by: String,
    /// How much more.
    pub length: Budget,
    /// Why.
    pub reason: String,
    /// Limit for the decision, where it is ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide: Option<Due>,
}

/// See [`super::Event::ExtensionRefused`] and [`super::Event::SuspensionRefused`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestRefused {
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// See [`super::Event::SuspensionApplied`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SuspensionApplied {
    /// The unit that asks.
    pub unit: UnitId,
    /// Who asked: does not decide it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When somebody must look again.
    pub review_at: Timestamp,
    /// Limit for the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide: Option<Due>,
}

/// See [`super::Event::OutsideAsked`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutsideAsked {
    /// What the sending system is to decide.
    pub matter: Matter,
    /// How the case is to end, where closing is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<CloseMode>,
    /// How much more time is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<Budget>,
    /// Why, for the system that decides.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Until when it should answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Due>,
}
