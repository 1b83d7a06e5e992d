//! What can happen to a case. These names and shapes are in the log for ever:
//! add fields with a default, never rename, never remove. `tests/golden/events.jsonl` holds one of each.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clocks::{Due, ResolveClock};
pub use super::event_outside::{
    CaseRated, CaseWithdrawn, DecidedOutside, OutsideDecision, OutsideDueSet, Satisfaction,
};
use crate::ids::{ItemCode, Rung, UnitId};
use crate::sealed::Sealed;

/// An event of the case stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// 登记
    CaseRegistered(CaseRegistered),
    /// 补充: the same complaint came again with other content.
    CaseSupplemented(CaseSupplemented),
    /// 定类: item and place are known.
    CaseClassified(CaseClassified),
    /// 转法定渠道: an item that must never be dispatched (DOMAIN §2.10, item 1202).
    CaseTransferredOut(CaseTransferredOut),
    /// 派单
    CaseDispatched(CaseDispatched),
    /// 签收
    CaseSigned(CaseSigned),
    /// 联系诉求人
    ComplainantContacted(ComplainantContacted),
    /// 延期
    ExtensionGranted(ExtensionGranted),
    /// 挂账
    CaseSuspended(CaseSuspended),
    /// 恢复
    CaseResumed(CaseResumed),
    /// 办结反馈
    ResultSubmitted(ResultSubmitted),
    /// 核查通过
    VerificationPassed(VerificationPassed),
    /// 核查不通过
    VerificationFailed(VerificationFailed),
    /// 回访
    CallbackCompleted(CallbackCompleted),
    /// 结案
    CaseClosed(CaseClosed),
    /// 重办
    CaseReopened(CaseReopened),
    /// 预警: 80 % of the running time is used.
    AmberReached(DeadlinePassed),
    /// 超时
    DeadlinePassed(DeadlinePassed),
    /// 升级
    CaseEscalated(CaseEscalated),
    /// 历史件: a case that ran elsewhere, with the times recorded there.
    CaseRecorded(CaseRecorded),
    /// 调阅诉求人: somebody read the reporter's data.
    ReporterRevealed(ReporterRevealed),
    /// 撤单: the system that sent it takes it back.
    CaseWithdrawn(CaseWithdrawn),
    /// 群众评价
    CaseRated(CaseRated),
    /// 市级时限: the order's own due time, set or moved outside.
    OutsideDueSet(OutsideDueSet),
    /// 市级裁定: what is decided outside was decided.
    DecidedOutside(DecidedOutside),
}

/// See [`Event::CaseRegistered`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseRegistered {
    /// The number that people see.
    pub case_no: String,
    /// The system it came from, e.g. `12345`.
    pub source: String,
    /// Its id there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// 来源渠道, e.g. `phone`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// When the first receiver took it in.
    pub received_at: Timestamp,
    /// Item as understood so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemCode>,
    /// The deepest unit whose area the place lies in, as understood so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<UnitId>,
    /// Latitude and longitude, WGS 84 degrees, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<(f64, f64)>,
    /// The reporter asked not to be named to the handler.
    #[serde(default, skip_serializing_if = "is_false")]
    pub confidential: bool,
    /// The reporter gave no name.
    #[serde(default, skip_serializing_if = "is_false")]
    pub anonymous: bool,
    /// A test order of the sending system: never counted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub test: bool,
    /// The order's own due time, set outside; caps ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside_due_at: Option<Timestamp>,
    /// Limit for putting it on a rung; none when that happens at once or never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispatch: Option<Due>,
    /// The sender's own count of its versions, where it keeps one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Title, text, address, reporter and unknown fields.
    pub sealed: Sealed,
}

/// See [`Event::CaseSupplemented`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseSupplemented {
    /// When the sender took it in.
    pub received_at: Timestamp,
    /// As in [`CaseRegistered`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// The new content.
    pub sealed: Sealed,
}

/// See [`Event::CaseClassified`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseClassified {
    /// Row of the catalogue.
    pub item: ItemCode,
    /// Its name at the time, so that history reads without the old catalogue.
    pub item_name: String,
    /// Deepest unit whose area the place lies in.
    pub place: UnitId,
    /// SLA class, e.g. `N2`.
    pub class: String,
    /// Version of the policy that was asked.
    pub policy_version: String,
}

/// See [`Event::CaseTransferredOut`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseTransferredOut {
    /// The item that must not be dispatched.
    pub item: ItemCode,
    /// Whom the complainant is told to turn to.
    pub route: String,
}

/// See [`Event::CaseDispatched`].
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
}

/// See [`Event::CaseSigned`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseSigned {
    /// The unit that signed.
    pub unit: UnitId,
    /// The person or machine that signed: may not judge the work.
    pub by: String,
}

/// See [`Event::ComplainantContacted`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ComplainantContacted {
    /// How: phone, visit, message.
    pub channel: String,
    /// What was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed>,
}

/// See [`Event::ExtensionGranted`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExtensionGranted {
    /// Reason for it.
    pub reason: String,
    /// The clock after it.
    pub resolve: ResolveClock,
}

/// See [`Event::CaseSuspended`].
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

/// See [`Event::CaseResumed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseResumed {
    /// The clock after the pause.
    pub resolve: ResolveClock,
    /// The district's limit to answer, where it has the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Due>,
}

/// See [`Event::ResultSubmitted`].
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

/// See [`Event::VerificationPassed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VerificationPassed {
    /// Limit for the callback; counted from the case's deadline (北京条例 §23) or from now, the later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback: Option<Due>,
}

/// See [`Event::VerificationFailed`].
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

/// See [`Event::CallbackCompleted`].
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

/// See [`Event::CaseClosed`].
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
}

/// See [`Event::CaseReopened`].
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

/// See [`Event::DeadlinePassed`] and [`Event::AmberReached`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeadlinePassed {
    /// Which limit.
    pub name: super::clocks::DeadlineName,
    /// When it was due; the event's own times say when it was noticed.
    pub due_at: Timestamp,
}

/// See [`Event::CaseEscalated`].
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

/// See [`Event::CaseRecorded`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseRecorded {
    /// The unit that handled it there, in that system's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// The item there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Due time there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Closing time there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
}

/// See [`Event::ReporterRevealed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReporterRevealed {
    /// What for (PIPL §5–6: a stated purpose).
    pub purpose: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}
