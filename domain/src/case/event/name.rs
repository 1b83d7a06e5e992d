//! What the events of a case are called: in the log and on a Chinese page.

use super::Event;

impl Event {
    /// The variant's name: `event_type` in the log.
    pub fn name(&self) -> &'static str {
        match self {
            Event::CaseRegistered(_) => "CaseRegistered",
            Event::CaseSupplemented(_) => "CaseSupplemented",
            Event::CaseClassified(_) => "CaseClassified",
            Event::CaseTransferredOut(_) => "CaseTransferredOut",
            Event::CaseDispatched(_) => "CaseDispatched",
            Event::CaseSigned(_) => "CaseSigned",
            Event::ComplainantContacted(_) => "ComplainantContacted",
            Event::ExtensionGranted(_) => "ExtensionGranted",
            Event::CaseSuspended(_) => "CaseSuspended",
            Event::CaseResumed(_) => "CaseResumed",
            Event::ResultSubmitted(_) => "ResultSubmitted",
            Event::VerificationPassed(_) => "VerificationPassed",
            Event::VerificationFailed(_) => "VerificationFailed",
            Event::CallbackCompleted(_) => "CallbackCompleted",
            Event::CaseClosed(_) => "CaseClosed",
            Event::CaseReopened(_) => "CaseReopened",
            Event::AmberReached(_) => "AmberReached",
            Event::DeadlinePassed(_) => "DeadlinePassed",
            Event::CaseEscalated(_) => "CaseEscalated",
            Event::CaseRecorded(_) => "CaseRecorded",
            Event::ReporterRevealed(_) => "ReporterRevealed",
            Event::CaseWithdrawn(_) => "CaseWithdrawn",
            Event::CaseRated(_) => "CaseRated",
            Event::OutsideDueSet(_) => "OutsideDueSet",
            Event::DecidedOutside(_) => "DecidedOutside",
        }
    }

    /// What a Chinese page calls it.
    pub fn zh(&self) -> &'static str {
        match self {
            Event::CaseRegistered(_) => "登记",
            Event::CaseSupplemented(_) => "补充",
            Event::CaseClassified(_) => "定类",
            Event::CaseTransferredOut(_) => "转法定渠道",
            Event::CaseDispatched(_) => "派单",
            Event::CaseSigned(_) => "签收",
            Event::ComplainantContacted(_) => "联系诉求人",
            Event::ExtensionGranted(_) => "延期",
            Event::CaseSuspended(_) => "挂账",
            Event::CaseResumed(_) => "恢复",
            Event::ResultSubmitted(_) => "办结反馈",
            Event::VerificationPassed(_) => "核查通过",
            Event::VerificationFailed(_) => "核查不通过",
            Event::CallbackCompleted(_) => "回访",
            Event::CaseClosed(_) => "结案",
            Event::CaseReopened(_) => "重办",
            Event::AmberReached(_) => "预警",
            Event::DeadlinePassed(_) => "超时",
            Event::CaseEscalated(_) => "升级",
            Event::CaseRecorded(_) => "历史件",
            Event::ReporterRevealed(_) => "调阅诉求人",
            Event::CaseWithdrawn(_) => "撤单",
            Event::CaseRated(_) => "群众评价",
            Event::OutsideDueSet(_) => "市级时限",
            Event::DecidedOutside(_) => "市级裁定",
        }
    }
}
