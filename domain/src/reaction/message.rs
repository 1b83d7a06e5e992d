//! The messages themselves: what other systems read.

use super::leg::LegTask;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::calendar::Budget;
use crate::case::clocks::Due;
use crate::fault::Fault;
use crate::ids::{CaseId, ItemCode, Rung, UnitId};
pub use crate::intake::event::AnswerOutcome;
pub use crate::intake::reconciled::DayReconciled;
use crate::policy::{Matter, Theirs};

/// A message for the bus; the transport adds its envelope and subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Message {
    /// 回执 to the sending system.
    Receipt(Receipt),
    /// 派单 to a unit.
    Dispatch(Box<Dispatch>),
    /// 哨 to a called unit.
    Leg(Box<LegTask>),
    /// 状态 to the sending system.
    Status(Status),
    /// 撤回 to a unit: the task is no more.
    Recall(Recall),
    /// 回应回执 to a unit.
    Answer(Answer),
    /// 对账 to the sending system.
    Reconciliation(DayReconciled),
}

/// 回执 · what became of a message of the sending system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Receipt {
    /// 来源系统 · the sending system.
    pub source: String,
    /// 来源系统的工单号 · its id for the complaint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// 结果 · what became of it.
    pub outcome: Outcome,
    /// 重复、被拒的是哪种消息 · what kind of message is answered, where the outcome does not say it:
    /// `complaint`, `withdrawal`, `rating`, `due` or `decision`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["complaint", "withdrawal", "rating", "due", "decision"]))]
    pub about: Option<String>,
    /// 案件编号 · the case's number, unless refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_no: Option<String>,
    /// 全部错误 · everything that is wrong, where refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// 测试单 · a test order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// See [`Receipt::outcome`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Outcome {
    /// 立案 · a case was opened.
    Accepted,
    /// 重复 · the same complaint, unchanged.
    Duplicate,
    /// 补充 · the same complaint with other content.
    Supplement,
    /// 旧版本 · an older version than the case has: not taken over.
    Stale,
    /// 已撤单 · the case is withdrawn.
    Withdrawn,
    /// 已记评价 · the resident's rating is noted.
    Rated,
    /// 已定时限 · the order's due time is set.
    DueSet,
    /// 已执行裁定 · the decision is carried out.
    Decided,
    /// 退回 · it could not be understood, or the rules say no.
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

/// 派单 · a task for a unit, with all its limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Dispatch {
    /// 承办单位 · the unit that is called.
    pub unit: UnitId,
    /// 案件 UUID，回应时带回 · the case: give it back in every response.
    pub case: CaseId,
    /// 案件编号 · its number.
    pub case_no: String,
    /// 事项代码 · its item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemCode>,
    /// 层级 · the rung that answers.
    pub rung: Rung,
    /// 主办，升级后的上级，协办，或承接下派的单位 · `lead`, `superior` after an escalation, `co` for a co-unit,
    /// or `sub` where the lead has handed the work down.
    #[schemars(extend("enum" = ["lead", "superior", "co", "sub"]))]
    pub role: String,
    /// 分办序号 · number of the part within the case, for `co` and `sub`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u32>,
    /// 主办单位，分办结果反馈给它 · the lead, to which the result of a part goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<UnitId>,
    /// 分办要求，已隐去号码 · what the part is, numbers masked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub task: String,
    /// 签收时限 · limit for signing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<Due>,
    /// 首次联系时限 · limit for the first contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Due>,
    /// 办结时限，含来源系统的限定，可能已过 · the case's limit for the result, on whichever rung it is, never
    /// beyond the sending system's own; it may have passed. Of a part its own limit, never after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve_by: Option<Timestamp>,
    /// 区级答复时限，不改变办结时限 · the district's own limit to answer, from when the case came to it; it
    /// moves no `resolve_by`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district_answer: Option<Due>,
    /// 测试单，不必出动 · a test order of the sending system: nobody need set out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// 状态 · a step in the life of a case, for the system that sent it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Status {
    /// 来源系统 · the sending system.
    pub source: String,
    /// 来源系统的工单号 · its id for the complaint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// 案件编号 · the case's number.
    pub case_no: String,
    /// 事件 · the event's name.
    pub event: String,
    /// 发生时间 · when it happened.
    pub at: Timestamp,
    /// 请来源系统裁定的事项 · what the sending system is asked to decide, with `OutsideAsked`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<Asks>,
    /// 对方状态 · where the case is now in the sending system's own words, where it has a table of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theirs: Option<Theirs>,
    /// 测试单 · a test order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// 请求裁定 · what the sending system is asked to decide: it answers by a decision or a rating.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Asks {
    /// 事项 · `return`, `extension`, `closing` or `rating`.
    pub matter: Matter,
    /// 延长多久 · how much more time, for an extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub length: Option<Budget>,
    /// 理由 · why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// 答复时限 · until when an answer is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_by: Option<Timestamp>,
}

/// 撤回 · a task that a unit had is no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Recall {
    /// 单位 · the unit that had it.
    pub unit: UnitId,
    /// 案件 UUID · the case.
    pub case: CaseId,
    /// 案件编号 · its number.
    pub case_no: String,
    /// 撤单、退单获准、改派、解哨、不应哨成立、作废、并单、单位承接 · why: `withdrawn`, `returned`, `reassigned`,
    /// `stood_down` from a whistle, `excused` from it, `voided`, `merged` into another case, or `moved` to
    /// the successor of a unit that ended.
    #[schemars(extend(
        "enum" = ["withdrawn", "returned", "reassigned", "stood_down", "excused", "voided", "merged", "moved"]
    ))]
    pub reason: String,
    /// 测试单 · a test order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// 回应回执 · what became of a unit's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Answer {
    /// 单位 · the unit that answered.
    pub unit: UnitId,
    /// 案件 UUID · the case, as far as it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// 案件编号 · its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_no: Option<String>,
    /// 结果 · `accepted`, `duplicate` or `refused`.
    pub outcome: AnswerOutcome,
    /// 全部错误 · everything that is wrong, where refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// 测试单 · a test order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}
