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
    CaseIsVoided "CASE_IS_VOIDED" "工单已作废，不再办理，也不能重办。" "The case is void: nothing more is done about it, and it cannot be reopened.";
    DecisionPending "DECISION_PENDING" "申请已提交，等待裁定。" "It was asked already and waits for a decision.";
    SecondPersonNeeded "SECOND_PERSON_NEEDED" "须由另一个人裁定。" "Another person must decide.";
    EvidenceMissing "EVIDENCE_MISSING" "请先添加证据。" "Add evidence first.";
    AlreadyExcluded "ALREADY_EXCLUDED" "这件工单已剔除。" "The case is left out of the figures already.";
    ExclusionRefused "EXCLUSION_REFUSED" "剔除申请未获同意；如有异议，请申诉。" "The exclusion was refused; appeal if you disagree.";
    NothingRefused "NOTHING_REFUSED" "没有可申诉的裁定。" "There is no refusal to appeal against.";
    AppealTooLate "APPEAL_TOO_LATE" "申诉期限已过。" "The limit for an appeal has passed.";
    ExclusionFinal "EXCLUSION_FINAL" "申诉已裁定，为最终结果。" "The appeal was decided; that is final.";
    TooMuchEvidence "TOO_MUCH_EVIDENCE" "这件工单的证据已到上限。" "The case holds as much evidence as it takes.";
    MayNotSound "MAY_NOT_SOUND" "只有持单的社区、联动工作站或街道可以吹哨。" "Only a community, a station or a street that has the case may sound the whistle.";
    NobodyCalled "NOBODY_CALLED" "请至少选择一个要吹哨的单位。" "Name at least one unit to call.";
    CallsSuperior "CALLS_SUPERIOR" "不能对自己或上级吹哨；需要上级办理请上报升级。" "A unit calls neither itself nor its superior; escalate the case instead.";
    AlreadyCalled "ALREADY_CALLED" "该单位已被吹哨，尚未解哨。" "This unit is called already and has not been stood down.";
    WhistleKindUnknown "WHISTLE_KIND_UNKNOWN" "时限文件中没有这一类哨。" "The policy has no such kind of whistle.";
    WhistleWaits "WHISTLE_WAITS" "已有一声哨在等街道批准。" "A whistle waits for the street's approval already.";
    NoWhistleWaits "NO_WHISTLE_WAITS" "没有等待批准的哨。" "No whistle waits for approval.";
    NotTheApprover "NOT_THE_APPROVER" "社区吹哨由所属街道批准。" "A community's whistle is approved by its own street.";
    NotCalled "NOT_CALLED" "本单位没有被这件工单吹哨。" "Your unit was not called for this case.";
    LegIsOver "LEG_IS_OVER" "这声哨对本单位已经结束。" "This whistle is over for your unit.";
    LegIsDeclined "LEG_IS_DECLINED" "已申明不应哨，请等裁定。" "The whistle was declined; the adjudication comes first.";
    NotArrived "NOT_ARRIVED" "请先到场报到，再办结哨。" "Report in on site first, then finish the leg.";
    AlreadyArrived "ALREADY_ARRIVED" "本单位已经报到，不能再不应哨。" "Your unit has reported in already and can no longer decline.";
    NothingDeclined "NOTHING_DECLINED" "该单位没有待裁定的不应哨。" "This unit has declined nothing that waits for an adjudication.";
    AdjudicatorIsParty "ADJUDICATOR_IS_PARTY" "吹哨单位和被吹哨单位不能裁定自己的不应哨。" "Neither the sounder nor the called unit adjudicates its own dispute.";
    NoWhistleSounds "NO_WHISTLE_SOUNDS" "没有正在进行的哨。" "No whistle is sounding.";
    NotTheSounder "NOT_THE_SOUNDER" "只有吹哨单位或现负责单位可以解哨。" "Only the sounder, or the unit that answers now, stands a whistle down.";
    LegsUnfinished "LEGS_UNFINISHED" "事不完、人不撤：还有单位没有办结；确需解哨请写明理由。" "Nobody leaves before it is done: a unit has not finished; to stand down all the same, give the reason.";
    LegsOpen "LEGS_OPEN" "还有单位没有解哨，不能提交办理结果或并单。" "A called unit has not been stood down; the result, or the merging, waits for it.";
    LegNotOver "LEG_NOT_OVER" "解哨后才能评哨。" "A whistle is rated after it was stood down.";
    AlreadyRated "ALREADY_RATED" "这一方已经评过哨。" "This side has rated already.";
    RatingTooLate "RATING_TOO_LATE" "评哨时限已过。" "The limit for rating has passed.";
    ScoreOutOfRange "SCORE_OUT_OF_RANGE" "评分为 1 至 5。" "A score is from 1 to 5.";
    NotAParty "NOT_A_PARTY" "只有吹哨单位和被吹哨单位可以评哨。" "Only the sounder and the called unit rate a whistle.";
    CaseIsScreened "CASE_IS_SCREENED" "这件诉求已答复、不予受理或已转办，不再派单。" "The complaint was answered, declined or referred: it is not dispatched.";
    CaseIsArchived "CASE_IS_ARCHIVED" "工单已归档，只供查阅。" "The case is archived: it can only be read.";
    CaseIsMerged "CASE_IS_MERGED" "工单已并入另一件，请在主件上办理，或先撤销并单。" "The case is merged into another one: work on that, or take them apart first.";
    CaseIsNotMerged "CASE_IS_NOT_MERGED" "工单没有并单。" "The case is not merged.";
    NotClosed "NOT_CLOSED" "结案后才能归档。" "A case is archived after it is closed.";
    WaitsForInfo "WAITS_FOR_INFO" "正等诉求人补充；补充后回到分类台。" "The complainant was asked; the case waits for the answer.";
    NotOfAGrid "NOT_OF_A_GRID" "只有网格层级的事项可以自处置。" "Only what a grid may handle, and has, is settled on the spot.";
    NoComplainant "NO_COMPLAINANT" "巡查发现的问题没有诉求人，无须首联。" "What a grid found by itself has no complainant to contact.";
    PhotosMissing "PHOTOS_MISSING" "自处置须有处置前、处置后照片。" "Settling on the spot needs a photograph of before and one of after.";
    RevealNotGranted "REVEAL_NOT_GRANTED" "诉求人要求保密，调阅须先申请并由另一人批准。" "The reporter wants to stay unknown: reading needs a request that another person approves.";
    MergeTargetClosed "MERGE_TARGET_CLOSED" "不能并入已办结的工单。" "A case is not merged into one that is over.";
    NotTheSameMatter "NOT_THE_SAME_MATTER" "并单限于规定天数内、同一社区、同一事项的诉求；其他的可以关联。" "Only complaints of one item, in one community, within the policy's days are merged; link the others.";
    MergeIntoOlder "MERGE_INTO_OLDER" "只能并入受理更早的工单。" "A case is merged into an earlier one only.";
    AccusedDiffer "ACCUSED_DIFFER" "举报单位的诉求，只能与举报同一单位的诉求关联、并单。" "A report against a unit is linked or merged only with one against the same units.";
    MergeIntoItself "MERGE_INTO_ITSELF" "不能与自己关联或并单。" "A case is not linked with or merged into itself.";
    UnitIsBarred "UNIT_IS_BARRED" "该单位或其上级被举报，须回避，不能接触这件工单。" "The report accuses this unit or one above it: it must not have the case.";
    AccusedUnclear "ACCUSED_UNCLEAR" "诉求指名举报的对象还没有核定，先核定应回避的单位再派单。" "The complaint accuses somebody who is not identified yet; say which unit must be kept away, then dispatch.";
    AccusedAboveAll "ACCUSED_ABOVE_ALL" "被举报的是本辖区本身，本系统内无人可回避办理，请向上一级反映。" "The jurisdiction itself is accused: nobody here could handle it; turn to the level above.";
    ReturnNotAllowed "RETURN_NOT_ALLOWED" "这类事项不设退单，也不设派单异议，须先行处置。" "This class of matter is neither returned nor objected to: act first.";
    ReturnTooLate "RETURN_TOO_LATE" "退单或异议的期限已过。" "The window for a return or an objection has passed.";
    ReturnLimit "RETURN_LIMIT" "退单次数已到上限，请提出派单异议或报请指定。" "The case was sent back as often as policy allows; object, or ask for a final designation.";
    FinallyDesignated "FINALLY_DESIGNATED" "已经指定承办单位，不得再退单或提异议。" "The unit was designated finally: no return and no objection any more.";
    AlreadyAdjudicated "ALREADY_ADJUDICATED" "争议已经裁定，须先办理。" "The dispute was adjudicated; the unit does what was decided.";
    ReturnIsPending "RETURN_IS_PENDING" "退单正在审核，请先决定同意或驳回。" "A return is waiting for a decision; approve or reject it first.";
    RequestPending "REQUEST_PENDING" "已有一项申请待审批，请先决定。" "Another request is waiting for a decision.";
    NothingAsked "NOTHING_ASKED" "没有这样的申请待审批。" "No such request is waiting for a decision.";
    AskerCannotDecide "ASKER_CANNOT_DECIDE" "申请人和申请单位不能审批自己的申请。" "Nobody decides a request of their own, or of their own unit.";
    AwaitsOutside "AWAITS_OUTSIDE" "正在等待来源系统裁定。" "The case waits for a decision of the system that sent it.";
    DecidedOutside "DECIDED_OUTSIDE" "这一步由来源系统决定，这里不能代办。" "This is for the system that sent the case to decide, not for us.";
    ReturnedUnit "RETURNED_UNIT" "该单位的退单已获同意，请派给其他单位，或报请指定。" "This unit's return was approved: dispatch to another one, or designate it finally.";
    RevisionRunning "REVISION_RUNNING" "上一次修订还在重算，请等它完成。" "An earlier revision is still being applied; wait until it is finished.";
    EditionChanged "EDITION_CHANGED" "预览之后规则又变了，请重新预览。" "The rules have changed since the preview; preview again.";
    NotBelow "NOT_BELOW" "只能下沉到比现在低的层级。" "A case comes down only to a rung below the one that answers now.";
    ResourcesMissing "RESOURCES_MISSING" "下沉须写明随之下沉的人员、经费或权限。" "Name what is sent down with it: people, money, authority.";
    ClaimedByOther "CLAIMED_BY_OTHER" "同事已经领办这件工单，请由其办理、转办或放回。" "A colleague has claimed this task; that person works on it, hands it over or puts it back.";
    NotAColleague "NOT_A_COLLEAGUE" "只能转给本单位的其他承办人。" "Hand it to another handler of your own unit.";
    NotClaimed "NOT_CLAIMED" "这件工单没有人领办。" "Nobody has claimed this task.";
    TooLateToAmend "TOO_LATE_TO_AMEND" "已经回访，答复不能再更正。" "The complainant was called back; the reply can no longer be put right.";
    NoPart "NO_PART" "本单位没有这件工单的分办任务。" "Your unit has no part in this case.";
    PartIsOver "PART_IS_OVER" "这项分办对该单位已经结束。" "This part is over for the unit.";
    PartExists "PART_EXISTS" "该单位已有分办任务，尚未结束。" "The unit has a part already that is not over.";
    PartsOpen "PARTS_OPEN" "还有协办或下派单位没有反馈，也没有说明，不能提交办理结果或并单。" "A co-unit, or a unit that the work was handed down to, has neither given its result nor been explained; the lead's result, or the merging, waits.";
    LeadHasNoPart "LEAD_HAS_NO_PART" "主办或现负责单位不能再作协办或下派对象（首接负责）。" "The unit that answers for the case takes no part beside itself.";
    NotUnderYou "NOT_UNDER_YOU" "只能下派给本单位下属的单位；需要别的单位请吹哨或报请加派协办。" "Work is handed down only to a unit under your own; others are whistled for, or named as co-units.";
    OffCommunityList "OFF_COMMUNITY_LIST" "该事项不在社区职责清单内，不得派给社区及其网格。" "The item is not on the community's list: it is not handed to a community or its grids.";
    CommunityAssistsOnly "COMMUNITY_ASSISTS_ONLY" "该事项社区只协助，不得作为主办。" "The community only assists with this item; it is not made the lead.";
    StepTaken "STEP_TAKEN" "这一步在本次时限内已经走过，不重复。" "This step was taken already for the present limit.";
    NoOrder "NO_ORDER" "这件工单没有督办单。" "The case has no supervision order.";
    OrderOpen "ORDER_OPEN" "已有一份督办单没有销号，请先回复、核查、销号。" "An order is open already: it is to be replied to, checked and closed first.";
    OrderIsSettled "ORDER_IS_SETTLED" "这份督办单已经销号或终止。" "This order is closed, or has ended.";
    NotReplied "NOT_REPLIED" "单位还没有回复督办单，不能核查。" "The unit has not replied to the order yet; there is nothing to check.";
    ChecksOpen "CHECKS_OPEN" "查问题、查整改、查效果三项都通过后才能销号。" "An order is closed once all three checks have passed: the problem, the rectification, the effect.";
    ReasonPending "REASON_PENDING" "单位说明的理由正待裁定，请先裁定。" "A reason that the unit has given waits to be judged; judge it first.";
    ReasonAccepted "REASON_ACCEPTED" "单位说明的理由已经采纳，本次逾期不通报。" "The unit's reason was accepted: this lateness is not circulated.";
    NoNotice "NO_NOTICE" "这件工单没有通报。" "The case has no notice.";
    NoticeOpen "NOTICE_OPEN" "已有一份通报稿待审批。" "A draft of a notice waits for approval already.";
    NoticeIsOut "NOTICE_IS_OUT" "通报已经发出；有误请更正。" "The notice has been circulated; correct it where it is wrong.";
    NoticeNotOut "NOTICE_NOT_OUT" "通报还没有批准发出。" "The notice has not been approved and circulated yet.";
    NoticeIsWithdrawn "NOTICE_IS_WITHDRAWN" "通报已经撤销。" "The notice was withdrawn.";
    NoticeNeedsCause "NOTICE_NEEDS_CAUSE" "没有逾期未办结，也没有核查不通过，不能通报。" "Nothing is overdue and no check has failed: there is nothing to circulate.";
    NotHeldYet "NOT_HELD_YET" "约谈时间在将来，约谈之后再记录。" "The interview lies in the future; record it once it was held.";
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
