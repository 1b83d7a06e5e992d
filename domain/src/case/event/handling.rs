//! From the dispatch to the result, and the climb in between.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::clocks::{DeadlineName, Due, ResolveClock};
use crate::ids::{Rung, UnitId};
use crate::sealed::Sealed;

/// See [`super::Event::CaseDispatched`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseDispatched {
    /// Lead unit (主办); stays lead until an adjudication moves it (北京条例 §14).
    pub unit: UnitId,
    /// Its rung.
    pub rung: Rung,
    /// Why this unit: the rule that chose it.
    pub basis: String,
    /// Limit for signing (签收).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<Due>,
    /// Limit for the first contact (首联).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Due>,
    /// Limit for the result, with the ladder's steps.
    pub resolve: ResolveClock,
    /// Until when the unit may send it back; none: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_by: Option<Due>,
}

/// See [`super::Event::CaseSigned`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseSigned {
    /// The unit that signed.
    pub unit: UnitId,
    /// The person or machine that signed: may not judge the work.
    pub by: String,
}

/// See [`super::Event::ComplainantContacted`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ComplainantContacted {
    /// How: phone, visit, message.
    pub channel: String,
    /// What was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed>,
}

/// See [`super::Event::ExtensionGranted`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExtensionGranted {
    /// Reason for it.
    pub reason: String,
    /// The clock after it.
    pub resolve: ResolveClock,
}

/// See [`super::Event::CaseSuspended`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseSuspended {
    /// Reason code.
    pub reason: String,
    /// Since when the clock stands.
    pub from: Timestamp,
    /// When somebody must look again.
    pub review_at: Timestamp,
}

/// See [`super::Event::CaseResumed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseResumed {
    /// The clock after the pause.
    pub resolve: ResolveClock,
    /// The district's limit to answer, where it has the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Due>,
}

/// See [`super::Event::ResultSubmitted`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResultSubmitted {
    /// The unit that did the work.
    pub unit: UnitId,
    /// The person or machine that reported it: may not judge it.
    pub by: String,
    /// When the work was done: the check's time is not the handler's.
    pub at: Timestamp,
    /// Solved, in the unit's own judgement.
    pub solved: bool,
    /// The reply to the complainant.
    pub reply: Sealed,
    /// Limit for the check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Due>,
}

/// See [`super::Event::DeadlinePassed`] and [`super::Event::AmberReached`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeadlinePassed {
    /// Which limit.
    pub name: DeadlineName,
    /// When it was due; the event's own times say when it was noticed.
    pub due_at: Timestamp,
}

/// See [`super::Event::CaseEscalated`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseEscalated {
    /// The rung that failed.
    pub from: Rung,
    /// The rung that answers from now on.
    pub to: Rung,
    /// The superior unit made responsible; the lead stays lead.
    pub responsible: UnitId,
    /// Why.
    pub reason: EscalationReason,
    /// The instant that the ladder named, for a step by time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// The rule that let a person pass a rung over.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// The district's own limit to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Due>,
}

/// Why a case goes up (DOMAIN §2.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EscalationReason {
    /// 超时
    Timeout,
    /// 无权限
    NoAuthority,
    /// 无资源
    NoResource,
    /// 跨辖区
    CrossJurisdiction,
    /// 职责争议
    DisputedDuty,
    /// 重复未解
    RepeatedUnsolved,
}

impl EscalationReason {
    /// Those that a person may give, with their words in files and messages.
    pub const GIVEN: [(&'static str, Self); 5] = [
        ("no_authority", Self::NoAuthority),
        ("no_resource", Self::NoResource),
        ("cross_jurisdiction", Self::CrossJurisdiction),
        ("disputed_duty", Self::DisputedDuty),
        ("repeated_unsolved", Self::RepeatedUnsolved),
    ];

    /// The word in files and messages.
    pub fn as_str(self) -> &'static str {
        Self::GIVEN.iter().find(|(_, reason)| *reason == self).map_or("timeout", |(word, _)| word)
    }
}
