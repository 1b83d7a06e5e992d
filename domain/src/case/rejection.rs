//! Why a command is refused: one code per cause that a user can see, each with its page in `docs/errors/`.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($variant:ident $code:literal $zh:literal $en:literal;)+) => {
        /// The reasons for a refusal.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Code {
            $(#[doc = $en] #[serde(rename = $code)] $variant,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];

            /// The stable name, also the name of its page.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $code,)+ }
            }
            /// The sentence a clerk reads, Chinese.
            pub fn zh(self) -> &'static str {
                match self { $(Code::$variant => $zh,)+ }
            }
            /// The sentence a clerk reads, English.
            pub fn en(self) -> &'static str {
                match self { $(Code::$variant => $en,)+ }
            }
        }
    };
}

codes! {
    CaseNotFound "CASE_NOT_FOUND" "没有这件工单，或者您无权查看。" "There is no such case, or it is not yours to see.";
    CaseExists "CASE_EXISTS" "这件工单已经登记过。" "This case is registered already.";
    CaseIsClosed "CASE_IS_CLOSED" "工单已结案；如问题仍在，请重办。" "The case is closed; reopen it if the matter persists.";
    CaseIsRecorded "CASE_IS_RECORDED" "这是历史件，只供查阅统计，不能再办理。" "This case was imported as recorded: it can be read and counted, not worked on.";
    CaseIsSuspended "CASE_IS_SUSPENDED" "工单已挂账，请先恢复。" "The case is suspended; resume it first.";
    CaseIsNotSuspended "CASE_IS_NOT_SUSPENDED" "工单没有挂账，无需恢复。" "The case is not suspended.";
    NotClassified "NOT_CLASSIFIED" "请先确定事项和地点，再派单。" "Name the item and the place first, then dispatch.";
    AlreadyDispatched "ALREADY_DISPATCHED" "工单已派出；首接负责，不能改派。" "The case is dispatched already; the first unit stays responsible.";
    NotDispatched "NOT_DISPATCHED" "工单还没有派出。" "The case is not dispatched yet.";
    NotSigned "NOT_SIGNED" "请先签收，再办理。" "Sign for the case first.";
    AlreadySigned "ALREADY_SIGNED" "工单已经签收。" "The case is signed for already.";
    AlreadyHandled "ALREADY_HANDLED" "办理结果已提交，正在核查或回访。" "The result is submitted; it is being checked or called back.";
    NoResultYet "NO_RESULT_YET" "还没有提交办理结果。" "No result has been submitted yet.";
    NotVerified "NOT_VERIFIED" "请先核查通过，再回访。" "The result must pass the check before the callback.";
    NotCalledBack "NOT_CALLED_BACK" "请先回访，再结案或重办。" "Call the complainant back first.";
    NotClosable "NOT_CLOSABLE" "回访显示问题未解决，请选择重办或解释结案。" "The callback says that it is not solved: reopen the case, or close it as explained.";
    ReopenLimit "REOPEN_LIMIT" "重办次数已到上限，请转督办。" "The case was reopened as often as policy allows; supervise it instead.";
    HandlerCannotJudge "HANDLER_CANNOT_JUDGE" "承办单位和承办人不能核查、回访自己办理的工单。" "Verification and callback are never done by the handler.";
    NotYourUnit "NOT_YOUR_UNIT" "工单不由您的单位承办。" "The case is not in your unit's hands.";
    UnknownUnit "UNKNOWN_UNIT" "没有这个单位代码。" "There is no unit with this code.";
    UnknownItem "UNKNOWN_ITEM" "事项目录中没有这个事项。" "The catalogue has no such item.";
    BelowLowestRung "BELOW_LOWEST_RUNG" "不能派到低于该事项最低层级的单位。" "The unit is below the lowest rung that can solve this item.";
    RoutedItem "ROUTED_ITEM" "该事项不派单，请告知法定渠道。" "This item is never dispatched; tell the complainant the lawful route.";
    NoUnitAbove "NO_UNIT_ABOVE" "已在最高一级，无法再升级。" "The case is on the highest rung already.";
    SkipsRung "SKIPS_RUNG" "升级须逐级进行。" "Escalation goes one rung at a time.";
    ExtensionTooLate "EXTENSION_TOO_LATE" "时限已过，不能再延期。" "The limit has passed; an extension must be asked before.";
    ExtensionUsed "EXTENSION_USED" "这件工单已延期一次，不能再延。" "The case was extended once already.";
    ExtensionTooLong "EXTENSION_TOO_LONG" "超过该类事项的延期上限，或该类不得延期。" "This is more than the class allows, or the class allows none.";
    NotAnExtension "NOT_AN_EXTENSION" "延期须晚于现在的时限。" "An extension must end after the limit that holds now.";
    ComplainantNotTold "COMPLAINANT_NOT_TOLD" "延期、挂账须先告知诉求人。" "Tell the complainant first.";
    ReviewInPast "REVIEW_IN_PAST" "复核日期须在今后。" "The review date must lie ahead.";
    ReasonMissing "REASON_MISSING" "请写明理由。" "Give a reason.";
    ClockUncountable "CLOCK_UNCOUNTABLE" "日历无法计算这个时限，请检查时间和日历文件。" "The calendar cannot count this limit; check the time and the calendar file.";
    TooMuchEvidence "TOO_MUCH_EVIDENCE" "这件工单的证据已到上限。" "The case holds as much evidence as it takes.";
    IdReused "ID_REUSED" "同一命令编号带来了不同内容，已拒绝。" "The same command id came with other content.";
}

/// A refusal: one code, and what it was about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {} / {}", code.as_str(), code.zh(), code.en())]
pub struct Rejection {
    /// Why.
    pub code: Code,
    /// The thing it was about (a unit code, a rung); never personal data.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
}

impl Rejection {
    /// A refusal with nothing more to say.
    pub fn new(code: Code) -> Self {
        Self { code, about: String::new() }
    }

    /// A refusal about something.
    pub fn about(code: Code, about: impl std::fmt::Display) -> Self {
        Self { code, about: about.to_string() }
    }
}

impl From<Code> for Rejection {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}
