//! The forms of supervision: what the team does about a late case, and what the unit answers.

use domain::case::admissible::Kind;
use domain::case::event::SupervisionCheck;
use domain::case::supervision::{Notice, Order, OrderPhase};

use super::fields::{Field, Input, option, yes_no};
use super::forms::{Both, Desk};
use super::orders::{word, yes};
use super::supervision_words;
use crate::http::problem::Problem;
use crate::http::supervise_order::SuperviseOrder;

/// In the order in which people do them.
pub const ORDER: [Kind; 16] = [
    Kind::ReplySupervision,
    Kind::ReplyNotice,
    Kind::JudgeReason,
    Kind::CheckSupervision,
    Kind::CloseSupervision,
    Kind::ApproveNotice,
    Kind::EditNotice,
    Kind::GiveReason,
    Kind::Urge,
    Kind::SendWrittenUrge,
    Kind::IssueSupervision,
    Kind::DraftNotice,
    Kind::CorrectNotice,
    Kind::WithdrawNotice,
    Kind::ListSupervision,
    Kind::RecordInterview,
];

/// Beyond the state of life: whether there is something to say it about.
pub fn wanted(kind: Kind, desk: &Desk<'_>) -> bool {
    let region = &desk.state.supervision;
    let order = region.order(None).filter(|order| order.phase.is_open());
    let notice = region.notice(None).filter(|notice| !notice.withdrawn);
    let draft = notice.and_then(|notice| notice.draft.as_ref());
    let out = notice.is_some_and(|notice| notice.edition > 0);
    let actor = desk.reader.account.actor();
    let judges = !desk.state.is_handler(&actor);
    match kind {
        Kind::ReplySupervision => order.is_some_and(|order| order.phase == OrderPhase::Issued),
        Kind::CheckSupervision => judges && order.is_some_and(|order| order.phase == OrderPhase::Replied),
        Kind::CloseSupervision => judges && order.is_some_and(Order::holds),
        Kind::IssueSupervision => order.is_none(),
        Kind::JudgeReason => judges && region.reason.is_some(),
        Kind::GiveReason => desk.state.red_told && region.reason.is_none() && !region.accepted,
        Kind::DraftNotice => desk.state.red_told || region.failed_check,
        Kind::EditNotice => judges && draft.is_some(),
        Kind::ApproveNotice => judges && draft.is_some_and(|draft| !draft.hands.contains(&actor.id)),
        Kind::ReplyNotice => out && notice.is_some_and(|notice| !notice.replied),
        Kind::CorrectNotice => judges && out && draft.is_none(),
        Kind::WithdrawNotice => judges && notice.is_some(),
        Kind::ListSupervision => region.listed.is_none() && desk.state.red_told,
        Kind::RecordInterview => region.listed.is_some() || region.interview_due,
        _ => true,
    }
}

/// What waits for an answer is shown open.
pub fn is_next_step(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::ReplySupervision
            | Kind::ReplyNotice
            | Kind::JudgeReason
            | Kind::CheckSupervision
            | Kind::ApproveNotice
    )
}

/// What the forms ask for.
pub fn fields(desk: &Desk<'_>, kind: Kind) -> Vec<Field> {
    let l = desk.l;
    let region = &desk.state.supervision;
    let reason = || Field::area("reason", l.t("理由", "Reason"));
    let words = |notice: Option<&Notice>| {
        let draft = notice.and_then(|notice| notice.draft.as_ref());
        draft.map(|draft| draft.text.clone()).unwrap_or_default()
    };
    let text = || Field::area("text", l.t("通报内容", "What the notice says"));
    match kind {
        Kind::Urge | Kind::SendWrittenUrge => vec![Field::area("reason", l.t("催办内容", "What is said"))],
        Kind::IssueSupervision => vec![
            Field::area("facts", l.t("事实", "Facts"))
                .hint(l.t("留空：按工单自动写明", "Empty: as the case knows")),
            Field::area("asks", l.t("要求", "What is asked")),
            Field::line("within", l.t("回复时限", "Limit for the reply"))
                .hint(l.t("如 2wd；留空按规则", "e.g. 2wd; empty: the policy's")),
        ],
        Kind::ReplySupervision | Kind::ReplyNotice => vec![
            Field::area("reply", l.t("整改情况", "What was done"))
                .required()
                .hint(l.t("加密保存", "Stored encrypted")),
        ],
        Kind::CheckSupervision => {
            let checks =
                SupervisionCheck::ALL.map(|check| option(check.as_str(), supervision_words::check(check, l)));
            vec![
                Field::choice("check", l.t("查什么", "Which check"), checks.into()).required(),
                Field::choice("passed", l.t("通过", "It holds"), yes_no(l)).required(),
                Field::area("finding", l.t("查得（不通过必填）", "What was found (needed if it fails)")),
            ]
        }
        Kind::CloseSupervision => {
            vec![Field::area("root_cause", l.t("问题根源", "Root cause")).required()]
        }
        Kind::JudgeReason => vec![
            Field::choice("accepted", l.t("理由成立", "The reason holds"), yes_no(l)).required(),
            reason(),
        ],
        Kind::GiveReason | Kind::WithdrawNotice | Kind::ListSupervision => vec![reason().required()],
        Kind::DraftNotice => vec![text().hint(l.t("留空：按工单自动写明", "Empty: as the case knows"))],
        Kind::EditNotice => vec![text().required().value(words(region.notice(None)))],
        Kind::CorrectNotice => vec![text().required(), reason().required()],
        Kind::RecordInterview => vec![
            Field::line("who", l.t("约谈对象（职务）", "Who was spoken to (the office)")).required(),
            Field::area("result", l.t("结果", "What came of it")).required(),
        ],
        _ => vec![],
    }
}

/// The command's name in addresses; the same word as in the API.
pub fn name(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Urge => "urge",
        Kind::SendWrittenUrge => "send_written_urge",
        Kind::IssueSupervision => "issue_supervision",
        Kind::ReplySupervision => "reply_supervision",
        Kind::CheckSupervision => "check_supervision",
        Kind::CloseSupervision => "close_supervision",
        Kind::GiveReason => "give_reason",
        Kind::JudgeReason => "judge_reason",
        Kind::DraftNotice => "draft_notice",
        Kind::EditNotice => "edit_notice",
        Kind::ApproveNotice => "approve_notice",
        Kind::ReplyNotice => "reply_notice",
        Kind::CorrectNotice => "correct_notice",
        Kind::WithdrawNotice => "withdraw_notice",
        Kind::ListSupervision => "list_supervision",
        Kind::RecordInterview => "record_interview",
        _ => return None,
    })
}

/// Reads the form of this action; none where it is another's.
pub fn read(action: &str, input: &Input) -> Option<Result<SuperviseOrder, Problem>> {
    let text = |name: &str| input.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let within = || if text("within").is_empty() { Ok(None) } else { word("within", input).map(Some) };
    // The inbox names the one that is meant.
    let number = input.get("number").and_then(|number| number.parse().ok());
    let (reason, reply) = (text("reason"), text("reply"));
    Some(match action {
        "urge" => Ok(SuperviseOrder::Urge { reason }),
        "send_written_urge" => Ok(SuperviseOrder::SendWrittenUrge { reason }),
        "issue_supervision" => within().map(|within| SuperviseOrder::IssueSupervision {
            facts: text("facts"),
            asks: text("asks"),
            within,
        }),
        "reply_supervision" => Ok(SuperviseOrder::ReplySupervision { order: number, reply }),
        "check_supervision" => word("check", input).and_then(|check| {
            let passed = yes("passed", input)?;
            Ok(SuperviseOrder::CheckSupervision { order: None, check, passed, finding: text("finding") })
        }),
        "close_supervision" => {
            Ok(SuperviseOrder::CloseSupervision { order: None, root_cause: text("root_cause") })
        }
        "give_reason" => Ok(SuperviseOrder::GiveReason { reason }),
        "judge_reason" => {
            yes("accepted", input).map(|accepted| SuperviseOrder::JudgeReason { accepted, reason })
        }
        "draft_notice" => Ok(SuperviseOrder::DraftNotice { text: text("text") }),
        "edit_notice" => Ok(SuperviseOrder::EditNotice { notice: None, text: text("text") }),
        "approve_notice" => Ok(SuperviseOrder::ApproveNotice { notice: None }),
        "reply_notice" => Ok(SuperviseOrder::ReplyNotice { notice: number, reply }),
        "correct_notice" => Ok(SuperviseOrder::CorrectNotice { notice: None, text: text("text"), reason }),
        "withdraw_notice" => Ok(SuperviseOrder::WithdrawNotice { notice: None, reason }),
        "list_supervision" => Ok(SuperviseOrder::ListSupervision { reason }),
        "record_interview" => {
            let (who, result) = (text("who"), text("result"));
            Ok(SuperviseOrder::RecordInterview { who, held_at: None, result })
        }
        _ => return None,
    })
}

/// What each form is called, what it says beneath, and what its button says.
#[rustfmt::skip]
pub const LABELS: &[(Kind, Both, Both, Both)] = &[
    (Kind::Urge, ("催办", "Urge"), ("同一时限内催办一次，到点不再自动催办。", "Once for a limit; the clock does not do it again."), ("催办", "Urge")),
    (Kind::SendWrittenUrge, ("催办通知书", "Urge in writing"), ("抄送上级单位。", "Its superior gets a copy."), ("发出", "Send")),
    (Kind::IssueSupervision, ("下发督办单", "Issue a supervision order"), ("单位须在时限内回复，三项核查通过后销号。", "The unit replies in time; three checks close it."), ("下发", "Issue")),
    (Kind::ReplySupervision, ("督办回复", "Reply to the order"), ("证据在下方上传。", "Evidence is uploaded below."), ("提交回复", "Submit")),
    (Kind::CheckSupervision, ("督办核查", "Check the order"), ("查问题、查整改、查效果；不通过的退回单位。", "The problem, the rectification, the effect; what fails goes back."), ("提交核查", "Submit the check")),
    (Kind::CloseSupervision, ("销号", "Close the order"), ("三项都已通过。", "All three have passed."), ("销号", "Close")),
    (Kind::GiveReason, ("说明理由", "Give a reason"), ("由督查人员裁定；成立则不通报。", "Somebody else judges it; accepted, nothing is circulated."), ("提交", "Submit")),
    (Kind::JudgeReason, ("理由裁定", "Judge the reason"), ("不成立须写理由；等着的通报随即拟稿。", "A refusal needs a reason; a notice that waited is drafted at once."), ("裁定", "Judge")),
    (Kind::DraftNotice, ("拟通报", "Draft a notice"), ("须由第二人批准才发出。", "A second person approves it before it goes out."), ("拟稿", "Draft")),
    (Kind::EditNotice, ("修改通报稿", "Edit the notice"), ("修改的人不能批准。", "Who edits does not approve."), ("保存", "Save")),
    (Kind::ApproveNotice, ("批准通报", "Approve the notice"), ("批准后发给该单位及其上级。", "With that it goes to the unit and its superior."), ("批准并发出", "Approve and circulate")),
    (Kind::ReplyNotice, ("通报回复", "Reply to the notice"), ("", ""), ("提交回复", "Submit")),
    (Kind::CorrectNotice, ("更正通报", "Correct the notice"), ("另出一版，由第二人批准；原版保留。", "A new edition that a second person approves; the old one stays."), ("提交更正", "Submit")),
    (Kind::WithdrawNotice, ("撤销通报", "Withdraw the notice"), ("", ""), ("撤销", "Withdraw")),
    (Kind::ListSupervision, ("挂牌督办", "List for supervision"), ("", ""), ("挂牌", "List")),
    (Kind::RecordInterview, ("记录约谈", "Record an interview"), ("写职务，不写姓名。", "The office, not a name."), ("记录", "Record")),
];
