//! 催办、督办、通报、挂牌督办、约谈: what is done about a case that is late or whose work did not hold.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::calendar::Suspension;
use crate::case::clocks::{DeadlineName, Due};
use crate::ids::UnitId;
use crate::sealed::Sealed;

/// A step of the supervision ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum SupervisionStep {
    /// 催办
    Urge,
    /// 催办通知书
    WrittenUrge,
    /// 督办单
    Order,
    /// 通报
    Notice,
    /// 挂牌督办
    Listing,
    /// 约谈
    Interview,
}

impl SupervisionStep {
    /// Every step, as the ladder goes up.
    pub const ALL: [SupervisionStep; 6] =
        [Self::Urge, Self::WrittenUrge, Self::Order, Self::Notice, Self::Listing, Self::Interview];

    /// The word in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Urge => "urge",
            Self::WrittenUrge => "written_urge",
            Self::Order => "order",
            Self::Notice => "notice",
            Self::Listing => "listing",
            Self::Interview => "interview",
        }
    }

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Urge => "催办",
            Self::WrittenUrge => "催办通知书",
            Self::Order => "督办单",
            Self::Notice => "通报",
            Self::Listing => "挂牌督办",
            Self::Interview => "约谈",
        }
    }

    /// The word on an English page.
    pub fn en(self) -> &'static str {
        match self {
            Self::Urge => "urge",
            Self::WrittenUrge => "written urge",
            Self::Order => "supervision order",
            Self::Notice => "circulated notice",
            Self::Listing => "listed supervision",
            Self::Interview => "interview",
        }
    }
}

/// The step that the clock takes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextStep {
    /// Which.
    pub step: SupervisionStep,
    /// When.
    pub due_at: Timestamp,
}

/// Why an order was issued or a notice drafted: none without one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum SupervisionCause {
    /// 逾期未办结
    Overdue,
    /// 核查不通过
    FailedCheck,
    /// 重办已到上限
    ReopenLimit,
    /// 督查员认为必要: an order, never a notice.
    Person,
}

impl SupervisionCause {
    /// The word in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::FailedCheck => "failed_check",
            Self::ReopenLimit => "reopen_limit",
            Self::Person => "person",
        }
    }

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Overdue => "逾期未办结",
            Self::FailedCheck => "核查不通过",
            Self::ReopenLimit => "重办已到上限，问题仍未解决",
            Self::Person => "督查认为必要",
        }
    }

    /// The word on an English page.
    pub fn en(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::FailedCheck => "failed check",
            Self::ReopenLimit => "reopened as often as allowed, and not solved",
            Self::Person => "the supervisors' own judgement",
        }
    }
}

/// See [`super::Event::CaseUrged`] and [`super::Event::UrgeWritten`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UrgeSent {
    /// To whom.
    pub unit: UnitId,
    /// Who gets a copy: the superior.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copied: Vec<UnitId>,
    /// When the clock had it due; none where a person took the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// When it was done.
    pub at: Timestamp,
    /// What a person wrote.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The step after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStep>,
}

/// See [`super::Event::SupervisionIssued`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SupervisionIssued {
    /// Number within the case, from 1.
    pub order: u32,
    /// The number on the paper.
    pub number: String,
    /// To whom.
    pub unit: UnitId,
    /// Who gets a copy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copied: Vec<UnitId>,
    /// Why.
    pub cause: SupervisionCause,
    /// What is so, in words without personal data.
    pub facts: String,
    /// What is asked.
    pub asks: String,
    /// Until when the unit replies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Due>,
    /// How often the same matter came again before, as far as the case knows.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub repeats: u32,
    /// When it was issued.
    pub at: Timestamp,
    /// When the clock had it due; none where a person took the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// The step after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStep>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// See [`super::Event::SupervisionReplied`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SupervisionReplied {
    /// The order.
    pub order: u32,
    /// Who replied.
    pub unit: UnitId,
    /// The person.
    pub by: String,
    /// What was done.
    pub reply: Sealed,
}

/// One of the three checks (督查队「查问题、查整改、查效果」).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum SupervisionCheck {
    /// 查问题
    Problem,
    /// 查整改
    Rectification,
    /// 查效果
    Effect,
}

impl SupervisionCheck {
    /// All three.
    pub const ALL: [SupervisionCheck; 3] = [Self::Problem, Self::Rectification, Self::Effect];

    /// The word in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Problem => "problem",
            Self::Rectification => "rectification",
            Self::Effect => "effect",
        }
    }

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Problem => "查问题",
            Self::Rectification => "查整改",
            Self::Effect => "查效果",
        }
    }

    /// The word on an English page.
    pub fn en(self) -> &'static str {
        match self {
            Self::Problem => "the problem",
            Self::Rectification => "the rectification",
            Self::Effect => "the effect",
        }
    }
}

/// See [`super::Event::SupervisionChecked`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SupervisionChecked {
    /// The order.
    pub order: u32,
    /// Which of the three.
    pub check: SupervisionCheck,
    /// It holds.
    pub passed: bool,
    /// What was found.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub finding: String,
    /// Who checked.
    pub by: String,
    /// Until when the unit replies again, where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Due>,
}

/// See [`super::Event::SupervisionClosed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SupervisionClosed {
    /// The order.
    pub order: u32,
    /// 根源: what the matter came from.
    pub root_cause: String,
    /// Who closed it.
    pub by: String,
}

/// See [`super::Event::SupervisionListed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SupervisionListed {
    /// The unit.
    pub unit: UnitId,
    /// Who gets a copy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copied: Vec<UnitId>,
    /// Failures so far.
    #[serde(default)]
    pub failures: u32,
    /// What a person wrote.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
    /// The step after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStep>,
}

/// See [`super::Event::InterviewProposed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InterviewProposed {
    /// Whose leader.
    pub unit: UnitId,
    /// When the clock had it due.
    pub due_at: Timestamp,
    /// The step after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStep>,
}

/// See [`super::Event::UnitInterviewed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnitInterviewed {
    /// Whose leader.
    pub unit: UnitId,
    /// Who was spoken to: the office, not a name.
    pub who: String,
    /// When.
    pub held_at: Timestamp,
    /// What came of it.
    pub result: String,
    /// Who recorded it.
    pub by: String,
    /// The step after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStep>,
}

/// See [`super::Event::SupervisionLate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SupervisionLate {
    /// Which limit.
    pub name: DeadlineName,
    /// Of which order or notice; 0 for a reason.
    #[serde(default)]
    pub number: u32,
    /// When it was due.
    pub due_at: Timestamp,
}

/// A limit of supervision that is another one now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SupervisionMoved {
    /// Which limit.
    pub name: DeadlineName,
    /// Of which order or notice; 0 for a reason.
    #[serde(default)]
    pub number: u32,
    /// The limit as it is now.
    pub due: Due,
    /// Pauses that are left out of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Suspension>,
}

/// See [`super::Event::SupervisionClocksMoved`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SupervisionClocksMoved {
    /// Those that moved.
    pub limits: Vec<SupervisionMoved>,
}

/// See [`super::Event::SupervisionTimed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SupervisionTimed {
    /// The step that comes next; none: none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStep>,
}
