//! What can happen to a case. These names and shapes are in the log for ever:
//! add fields with a default, never rename, never remove. `tests/golden/events.jsonl` holds one of each.

use serde::{Deserialize, Serialize};

mod asked;
mod barred;
mod callback;
mod edges;
mod evidence;
mod handling;
mod judged;
mod name;
mod notice;
mod opened;
mod outside;
mod part;
mod revised;
mod screened;
mod supervision;
mod two_persons;
mod whistle;
mod work;

pub use asked::{
    DispatchObjected, ExtensionRequested, FinalUnitDesignated, ObjectionAdjudicated, OutsideAsked,
    RequestRefused, ReturnApproved, ReturnReason, ReturnRejected, ReturnRequested, SuspensionApplied,
};
pub use barred::UnitBarred;
pub use callback::{CallbackAttempted, Dissatisfaction, Drawn, Said, Unreached};
pub use edges::{
    CaseArchived, CaseLinked, CaseMerged, CaseUnmerged, ClosedOnSpot, MainCaseEnded, MainCaseReopened,
    RevealDecided, RevealRequested,
};
pub use evidence::{EvidenceAttached, EvidenceFile, EvidenceKind};
pub use handling::{
    CaseDispatched, CaseEscalated, CaseResumed, CaseSigned, CaseSuspended, ComplainantContacted,
    DeadlinePassed, EscalationReason, ExtensionGranted, ResultSubmitted,
};
pub use judged::{
    CallbackCompleted, CaseClosed, CaseReopened, CloseMode, VerificationFailed, VerificationPassed,
};
pub use notice::{
    NoticeDrafted, NoticeFacts, NoticeIssued, NoticeReplied, NoticeRewritten, NoticeWithdrawn, ReasonGiven,
    ReasonJudged,
};
pub use opened::{
    CaseClassified, CaseRecorded, CaseRegistered, CaseSupplemented, CaseTransferredOut, ReporterRevealed,
};
pub use outside::{CaseRated, CaseWithdrawn, DecidedOutside, OutsideDecision, OutsideDueSet, Satisfaction};
pub use part::{
    PartClocks, PartClocksMoved, PartEnd, PartEnded, PartFinished, PartGiven, PartKind, PartLate, PartMoved,
    PartReleaseAsked, PartReleaseRefused, PartShift, PartSigned, PartStage,
};
pub use revised::{DeadlineRecalculated, Recounted, Shift, WorkMoved};
pub use screened::{CaseAnswered, CaseDeclined, CaseReferred, Ground, InfoAsked, InfoSupplied, Route};
pub use supervision::{
    InterviewProposed, NextStep, SupervisionCause, SupervisionCheck, SupervisionChecked,
    SupervisionClocksMoved, SupervisionClosed, SupervisionIssued, SupervisionLate, SupervisionListed,
    SupervisionMoved, SupervisionReplied, SupervisionStep, SupervisionTimed, UnitInterviewed, UrgeSent,
};
pub use two_persons::{
    CaseExcluded, CaseVoided, ExclusionAppealed, ExclusionApplied, ExclusionGround, ExclusionRefused,
    VoidRefused, VoidRequested,
};
pub use whistle::{
    DeclineAdjudicated, LegCalled, LegClocks, LegLeft, LegMoved, LegStage, UnitArrived, WhistleClocksMoved,
    WhistleDeclined, WhistleKind, WhistleLegFinished, WhistleLegLate, WhistleProposed, WhistleRated,
    WhistleRefused, WhistleResponded, WhistleSounded, WhistleStoodDown,
};
pub use work::{CaseDeescalated, ReplyAmended, TaskClaimed, TaskDelegated};

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
    /// 证据: a photograph or a file.
    EvidenceAttached(EvidenceAttached),
    /// 社区吹哨待批: a community's whistle waits for its street.
    WhistleProposed(WhistleProposed),
    /// 吹哨未获批准
    WhistleRefused(WhistleRefused),
    /// 吹哨
    WhistleSounded(WhistleSounded),
    /// 应哨
    WhistleResponded(WhistleResponded),
    /// 报到
    UnitArrived(UnitArrived),
    /// 不应哨
    WhistleDeclined(WhistleDeclined),
    /// 不应哨裁定
    DeclineAdjudicated(DeclineAdjudicated),
    /// 办结哨
    WhistleLegFinished(WhistleLegFinished),
    /// 解哨
    WhistleStoodDown(WhistleStoodDown),
    /// 评哨
    WhistleRated(WhistleRated),
    /// 逾期未应哨、未报到、未办结: a called unit is silent at its limit.
    WhistleLegLate(WhistleLegLate),
    /// 哨时限顺延: the limits of the legs after a pause, or under revised rules.
    WhistleClocksMoved(WhistleClocksMoved),
    /// 被举报单位回避: a unit that is accused is kept from the case.
    UnitBarred(UnitBarred),
    /// 退单
    ReturnRequested(ReturnRequested),
    /// 同意退单
    ReturnApproved(ReturnApproved),
    /// 驳回退单
    ReturnRejected(ReturnRejected),
    /// 派单异议
    DispatchObjected(DispatchObjected),
    /// 异议裁定
    ObjectionAdjudicated(ObjectionAdjudicated),
    /// 指定
    FinalUnitDesignated(FinalUnitDesignated),
    /// 申请延期
    ExtensionRequested(ExtensionRequested),
    /// 不同意延期
    ExtensionRefused(RequestRefused),
    /// 申请挂账
    SuspensionApplied(SuspensionApplied),
    /// 不同意挂账
    SuspensionRefused(RequestRefused),
    /// 报请裁定: what the sending system is to decide was put to it.
    OutsideAsked(OutsideAsked),
    /// 时限重算: revised rules were applied to the open case.
    DeadlineRecalculated(DeadlineRecalculated),
    /// 下沉
    CaseDeescalated(CaseDeescalated),
    /// 领办
    TaskClaimed(TaskClaimed),
    /// 转办
    TaskDelegated(TaskDelegated),
    /// 放回
    ClaimReleased(TaskClaimed),
    /// 更正答复
    ReplyAmended(ReplyAmended),
    /// 承接: a unit that ended handed the open case to its successor.
    WorkMoved(WorkMoved),
    /// 作废申请
    VoidRequested(VoidRequested),
    /// 不予作废
    VoidRefused(VoidRefused),
    /// 作废; the closing follows.
    CaseVoided(CaseVoided),
    /// 剔除申请
    ExclusionApplied(ExclusionApplied),
    /// 剔除
    CaseExcluded(CaseExcluded),
    /// 不予剔除
    ExclusionRefused(ExclusionRefused),
    /// 剔除申诉
    ExclusionAppealed(ExclusionAppealed),
    /// 即时答复
    CaseAnswered(CaseAnswered),
    /// 不予受理
    CaseDeclined(CaseDeclined),
    /// 转紧急热线、法定渠道
    CaseReferred(CaseReferred),
    /// 请诉求人补充
    InfoAsked(InfoAsked),
    /// 已补充
    InfoSupplied(InfoSupplied),
    /// 自处置
    ClosedOnSpot(ClosedOnSpot),
    /// 申请调阅
    RevealRequested(RevealRequested),
    /// 调阅审批
    RevealDecided(RevealDecided),
    /// 归档
    CaseArchived(CaseArchived),
    /// 关联
    CaseLinked(CaseLinked),
    /// 并单
    CaseMerged(CaseMerged),
    /// 撤销并单
    CaseUnmerged(CaseUnmerged),
    /// 协办: a unit beside the lead.
    CoUnitAdded(PartGiven),
    /// 下派: a unit below the lead.
    TaskSubDispatched(PartGiven),
    /// 分办签收
    PartSigned(PartSigned),
    /// 分办反馈
    PartFinished(PartFinished),
    /// 申请退出分办
    PartReleaseAsked(PartReleaseAsked),
    /// 不同意退出分办
    PartReleaseRefused(PartReleaseRefused),
    /// 分办结束: explained, taken back or released.
    PartEnded(PartEnded),
    /// 分办逾期: a unit is silent at a limit of its part.
    PartLate(PartLate),
    /// 分办时限顺延
    PartClocksMoved(PartClocksMoved),
    /// 主件办结: what this case was merged into was handled; its own complainant is told and asked.
    MainCaseEnded(MainCaseEnded),
    /// 主件重办: that is worked on again.
    MainCaseReopened(MainCaseReopened),
    /// 催办
    CaseUrged(UrgeSent),
    /// 催办通知书, copied to the superior.
    UrgeWritten(UrgeSent),
    /// 督办单
    SupervisionIssued(SupervisionIssued),
    /// 督办回复
    SupervisionReplied(SupervisionReplied),
    /// 督办核查: 查问题、查整改 or 查效果.
    SupervisionChecked(SupervisionChecked),
    /// 销号
    SupervisionClosed(SupervisionClosed),
    /// 说明理由
    ReasonGiven(ReasonGiven),
    /// 理由成立
    ReasonAccepted(ReasonJudged),
    /// 理由不成立
    ReasonRefused(ReasonJudged),
    /// 通报拟稿
    NoticeDrafted(NoticeDrafted),
    /// 通报修改
    NoticeEdited(NoticeRewritten),
    /// 通报: approved by a second person, and circulated.
    NoticeIssued(NoticeIssued),
    /// 通报回复
    NoticeReplied(NoticeReplied),
    /// 更正通报: a new edition is drafted.
    NoticeCorrected(NoticeRewritten),
    /// 撤销通报
    NoticeWithdrawn(NoticeWithdrawn),
    /// 挂牌督办
    SupervisionListed(SupervisionListed),
    /// 提请约谈
    InterviewProposed(InterviewProposed),
    /// 约谈
    UnitInterviewed(UnitInterviewed),
    /// 督办逾期: a reply, an approval or a judgement is late.
    SupervisionLate(SupervisionLate),
    /// 督办顺延: the step that comes next, after a deadline has moved.
    SupervisionTimed(SupervisionTimed),
    /// 回访未接通
    CallbackAttempted(CallbackAttempted),
    /// 督办时限顺延: the limits of what supervision waits for, after a pause or a revised calendar.
    SupervisionClocksMoved(SupervisionClocksMoved),
}
