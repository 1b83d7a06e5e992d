//! What the system that sent a case does to it afterwards. In the log for ever, like all of this folder.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::case::clocks::ResolveClock;

/// The order was withdrawn; the case ends with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseWithdrawn {
    /// Why, as far as it was told.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What the resident said to the system that sent the case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseRated {
    /// The unit had been in touch.
    pub contacted: bool,
    /// The matter is solved.
    pub solved: bool,
    /// How satisfied.
    pub satisfaction: Satisfaction,
    /// When it was said there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rated_at: Option<Timestamp>,
}

/// The order's own due time; caps ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutsideDueSet {
    /// The due time.
    pub due_at: Timestamp,
    /// When it was set there, or came. An older one that comes later changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_at: Option<Timestamp>,
    /// The limit for the result within it; none before the case is dispatched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve: Option<ResolveClock>,
}

/// What was decided; what follows from it are events of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DecidedOutside {
    /// Which.
    pub decision: OutsideDecision,
    /// Until when, for an extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why, as far as it was told.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What the system that sent a case may decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum OutsideDecision {
    /// 同意延期
    ExtensionGranted,
    /// 不同意延期
    ExtensionRefused,
    /// 同意结案
    ClosingConfirmed,
    /// 不同意结案: back to work.
    ClosingRefused,
    /// 同意退单
    ReturnApproved,
    /// 不同意退单
    ReturnRefused,
}

impl OutsideDecision {
    /// All of them, with their words in messages.
    pub const ALL: [(&'static str, Self); 6] = [
        ("extension_granted", Self::ExtensionGranted),
        ("extension_refused", Self::ExtensionRefused),
        ("closing_confirmed", Self::ClosingConfirmed),
        ("closing_refused", Self::ClosingRefused),
        ("return_approved", Self::ReturnApproved),
        ("return_refused", Self::ReturnRefused),
    ];

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            Self::ExtensionGranted => "同意延期",
            Self::ExtensionRefused => "不同意延期",
            Self::ClosingConfirmed => "同意结案",
            Self::ClosingRefused => "不同意结案",
            Self::ReturnApproved => "同意退单",
            Self::ReturnRefused => "不同意退单",
        }
    }

    /// The word on an English page.
    pub fn en(self) -> &'static str {
        match self {
            Self::ExtensionGranted => "extension granted",
            Self::ExtensionRefused => "extension refused",
            Self::ClosingConfirmed => "closing confirmed",
            Self::ClosingRefused => "closing refused",
            Self::ReturnApproved => "return approved",
            Self::ReturnRefused => "return refused",
        }
    }
}

/// Answer to "are you satisfied?".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Satisfaction {
    /// 满意
    Satisfied,
    /// 基本满意
    FairlySatisfied,
    /// 不满意
    Dissatisfied,
    /// 不评价
    NoAnswer,
}

impl Satisfaction {
    /// All of them, with their words in messages.
    pub const ALL: [(&'static str, Self); 4] = [
        ("satisfied", Self::Satisfied),
        ("fairly_satisfied", Self::FairlySatisfied),
        ("dissatisfied", Self::Dissatisfied),
        ("no_answer", Self::NoAnswer),
    ];
}
