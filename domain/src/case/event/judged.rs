//! From the result on.

use serde::{Deserialize, Serialize};

use super::Satisfaction;
use crate::case::clocks::{Due, ResolveClock};

/// See [`super::Event::VerificationPassed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VerificationPassed {
    /// Limit for the callback; counted from the case's deadline (北京条例 §23) or from now, the later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback: Option<Due>,
}

/// See [`super::Event::VerificationFailed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VerificationFailed {
    /// What was found.
    pub reason: String,
    /// The clock, with the time of the check left out.
    pub resolve: ResolveClock,
    /// The district's limit to answer, where it has the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Due>,
}

/// See [`super::Event::CallbackCompleted`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallbackCompleted {
    /// The unit had been in touch.
    pub contacted: bool,
    /// The matter is solved.
    pub solved: bool,
    /// 满意 · 基本满意 · 不满意 · 不评价.
    pub satisfaction: Satisfaction,
}

/// See [`super::Event::CaseClosed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseClosed {
    /// How it ended.
    pub mode: CloseMode,
}

/// How a case ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseMode {
    /// Solved, and the complainant says so.
    Solved,
    /// Not solved, and explained.
    Explained,
    /// Taken back by the system that sent it.
    Withdrawn,
    /// 作废, by two persons.
    Voided,
}

/// See [`super::Event::CaseReopened`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseReopened {
    /// Why.
    pub reason: String,
    /// A new clock: a reopened case does not inherit a used-up one.
    pub resolve: ResolveClock,
    /// Limit for a new first contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Due>,
}
