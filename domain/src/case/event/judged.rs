//! From the result on.

use serde::{Deserialize, Serialize};

use super::{Drawn, Said, Satisfaction};
use crate::case::clocks::{Due, ResolveClock};

/// See [`super::Event::VerificationPassed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VerificationPassed {
    /// Limit for the callback; counted from the case's deadline (北京条例 §23) or from now, the later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback: Option<Due>,
    /// 抽样: how it was drawn, where not every case of its class is called back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Drawn>,
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
    /// What else was said.
    #[serde(default, skip_serializing_if = "Said::is_nothing")]
    pub said: Said,
    /// It cannot be reopened once more: supervision sees to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub capped: bool,
    /// Limit for deciding what follows, where it does not close by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide: Option<Due>,
}

/// See [`super::Event::CaseClosed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseClosed {
    /// How it ended.
    pub mode: CloseMode,
    /// What the complainant was told; redacted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl CaseClosed {
    /// An end that explains itself.
    pub fn of(mode: CloseMode) -> Self {
        Self { mode, reason: String::new() }
    }
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
    /// 抽样未中: the check passed, and the case was not drawn to be called back.
    NotSampled,
    /// 无效回访: nobody was reached, at different hours.
    InvalidCallback,
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
