//! The messages themselves: what other systems read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::clocks::Due;
use crate::fault::Fault;
use crate::ids::{CaseId, ItemCode, Rung, UnitId};
pub use crate::intake::event::AnswerOutcome;
pub use crate::intake::reconciled::DayReconciled;

/// A message for the bus; the transport adds its envelope and subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Message {
    /// 回执 to the sending system.
    Receipt(Receipt),
    /// 派单 to a unit.
    Dispatch(Dispatch),
    /// 状态 to the sending system.
    Status(Status),
    /// 撤回 to a unit: the task is no more.
    Recall(Recall),
    /// 回应回执 to a unit.
    Answer(Answer),
    /// 对账 to the sending system.
    Reconciliation(DayReconciled),
}

/// What became of a message of the sending system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The sending system.
    pub source: String,
    /// Its id for the complaint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// What kind of message is answered, where the outcome does not say it: `complaint`,
    /// `withdrawal`, `rating`, `due` or `decision`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The case's number, unless refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_no: Option<String>,
    /// Everything that is wrong, where refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// A test order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// See [`Receipt::outcome`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A case was opened.
    Accepted,
    /// The same complaint, unchanged.
    Duplicate,
    /// The same complaint with other content.
    Supplement,
    /// An older version than the case has: not taken over.
    Stale,
    /// The case is withdrawn.
    Withdrawn,
    /// The resident's rating is noted.
    Rated,
    /// The order's due time is set.
    DueSet,
    /// The decision is carried out.
    Decided,
    /// It could not be understood, or the rules say no.
    Refused,
}

impl Outcome {
    /// The word in messages and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Supplement => "supplement",
            Self::Stale => "stale",
            Self::Withdrawn => "withdrawn",
            Self::Rated => "rated",
            Self::DueSet => "due_set",
            Self::Decided => "decided",
            Self::Refused => "refused",
        }
    }
}

/// A task for a unit, with all its limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dispatch {
    /// The unit that is called.
    pub unit: UnitId,
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub case_no: String,
    /// Its item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemCode>,
    /// The rung that answers.
    pub rung: Rung,
    /// `lead`, or `superior` after an escalation.
    pub role: String,
    /// Limit for signing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<Due>,
    /// Limit for the first contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Due>,
    /// Limit for the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve_by: Option<Timestamp>,
    /// A test order of the sending system: nobody need set out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// A step in the life of a case, for the system that sent it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The sending system.
    pub source: String,
    /// Its id for the complaint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The case's number.
    pub case_no: String,
    /// The event's name.
    pub event: String,
    /// When it happened.
    pub at: Timestamp,
    /// A test order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// A task that a unit had is no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recall {
    /// The unit that had it.
    pub unit: UnitId,
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub case_no: String,
    /// Why: `withdrawn`.
    pub reason: String,
    /// A test order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// What became of a unit's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The unit that answered.
    pub unit: UnitId,
    /// The case, as far as it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_no: Option<String>,
    /// `accepted`, `duplicate` or `refused`.
    pub outcome: AnswerOutcome,
    /// Everything that is wrong, where refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// A test order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}
