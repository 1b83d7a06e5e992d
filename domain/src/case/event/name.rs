//! What the events of a case are called: in the log and on a Chinese page. One line an event.

use super::Event;

macro_rules! names {
    ($($variant:ident $zh:literal;)+) => {
        impl Event {
            /// Every event: its name in the log, and what a Chinese page calls it.
            pub const NAMES: &'static [(&'static str, &'static str)] = &[$((stringify!($variant), $zh),)+];

            /// The variant's name: `event_type` in the log.
            pub fn name(&self) -> &'static str {
                match self { $(Event::$variant(_) => stringify!($variant),)+ }
            }

            /// What a Chinese page calls it.
            pub fn zh(&self) -> &'static str {
                match self { $(Event::$variant(_) => $zh,)+ }
            }
        }
    };
}

names! {
    CaseRegistered "登记";
    CaseSupplemented "补充";
    CaseClassified "定类";
    CaseTransferredOut "转法定渠道";
    CaseDispatched "派单";
    CaseSigned "签收";
    ComplainantContacted "联系诉求人";
    ExtensionGranted "延期";
    CaseSuspended "挂账";
    CaseResumed "恢复";
    ResultSubmitted "办结反馈";
    VerificationPassed "核查通过";
    VerificationFailed "核查不通过";
    CallbackCompleted "回访";
    CaseClosed "结案";
    CaseReopened "重办";
    AmberReached "预警";
    DeadlinePassed "超时";
    CaseEscalated "升级";
    CaseRecorded "历史件";
    ReporterRevealed "调阅诉求人";
    CaseWithdrawn "撤单";
    CaseRated "群众评价";
    OutsideDueSet "市级时限";
    DecidedOutside "市级裁定";
    EvidenceAttached "证据";
    VoidRequested "作废申请";
    VoidRefused "不予作废";
    CaseVoided "作废";
    ExclusionApplied "剔除申请";
    CaseExcluded "剔除";
    ExclusionRefused "不予剔除";
    ExclusionAppealed "剔除申诉";
    WhistleProposed "吹哨待批";
    WhistleRefused "吹哨未获批准";
    WhistleSounded "吹哨";
    WhistleResponded "应哨";
    UnitArrived "报到";
    WhistleDeclined "不应哨";
    DeclineAdjudicated "不应哨裁定";
    WhistleLegFinished "办结哨";
    WhistleStoodDown "解哨";
    WhistleRated "评哨";
    WhistleLegLate "哨逾期";
    WhistleClocksMoved "哨时限顺延";
    UnitBarred "回避";
    ReturnRequested "申请退单";
    ReturnApproved "同意退单";
    ReturnRejected "驳回退单";
    DispatchObjected "派单异议";
    ObjectionAdjudicated "异议裁定";
    FinalUnitDesignated "指定承办";
    ExtensionRequested "申请延期";
    ExtensionRefused "不同意延期";
    SuspensionApplied "申请挂账";
    SuspensionRefused "不同意挂账";
    OutsideAsked "报请来源裁定";
    DeadlineRecalculated "时限重算";
    CaseDeescalated "下沉";
    TaskClaimed "领办";
    TaskDelegated "转办";
    ClaimReleased "放回";
    ReplyAmended "更正答复";
    WorkMoved "承接";
    CaseAnswered "即时答复";
    CaseDeclined "不予受理";
    CaseReferred "转紧急热线、法定渠道";
    InfoAsked "请诉求人补充";
    InfoSupplied "已补充";
    ClosedOnSpot "自处置";
    RevealRequested "申请调阅";
    RevealDecided "调阅审批";
    CaseArchived "归档";
    CaseLinked "关联";
    CaseMerged "并单";
    CaseUnmerged "撤销并单";
    CoUnitAdded "加派协办";
    TaskSubDispatched "下派";
    PartSigned "分办签收";
    PartFinished "分办反馈";
    PartReleaseAsked "申请退出分办";
    PartReleaseRefused "不同意退出分办";
    PartEnded "分办结束";
    PartLate "分办逾期";
    PartClocksMoved "分办时限顺延";
    MainCaseEnded "主件办结";
    MainCaseReopened "主件重办";
    CaseUrged "催办";
    UrgeWritten "催办通知书";
    SupervisionIssued "督办单";
    SupervisionReplied "督办回复";
    SupervisionChecked "督办核查";
    SupervisionClosed "销号";
    ReasonGiven "说明理由";
    ReasonAccepted "理由成立";
    ReasonRefused "理由不成立";
    NoticeDrafted "通报拟稿";
    NoticeEdited "通报修改";
    NoticeIssued "通报";
    NoticeReplied "通报回复";
    NoticeCorrected "更正通报";
    NoticeWithdrawn "撤销通报";
    SupervisionListed "挂牌督办";
    InterviewProposed "提请约谈";
    UnitInterviewed "约谈";
    SupervisionLate "督办逾期";
    SupervisionTimed "督办顺延";
    CallbackAttempted "回访未接通";
    SupervisionClocksMoved "督办时限顺延";
}
