//! The forms of what is asked of a case that is being worked on, and of what decides it.

use domain::case::admissible::Kind;
use domain::case::event::ReturnReason;
use domain::case::{Ask, State};
use domain::ids::Rung;
use jiff::tz::TimeZone;

use super::fields::{self, Field, Input, option};
use super::forms::{Both, Desk, escalations};
use super::hand_words;
use super::lang::Lang;
use super::orders::{close_of_day, unit, word};
use crate::http::hand_order::HandOrder;
use crate::http::problem::{EdgeCode, Problem};

/// What the rules ask of the case and the person, beyond the state of life.
pub(super) fn wanted(kind: Kind, desk: &Desk<'_>) -> bool {
    let (hands, actor) = (&desk.state.hands, desk.reader.account.actor());
    let asked = hands.asked.as_ref();
    let decides = asked.is_some_and(|asked| asked.by != actor.id && actor.unit.as_ref() != Some(&asked.unit));
    let what = asked.map(|asked| &asked.what);
    let lead = desk.state.lead.as_ref();
    match kind {
        Kind::ApproveReturn | Kind::RejectReturn => decides,
        Kind::Adjudicate => decides && matches!(what, Some(Ask::Objection)),
        Kind::ApproveExtension | Kind::RefuseExtension => {
            decides && matches!(what, Some(Ask::Extension { .. }))
        }
        Kind::ApproveSuspension | Kind::RefuseSuspension => {
            decides && matches!(what, Some(Ask::Suspension { .. }))
        }
        Kind::RequestReturn | Kind::RaiseObjection => {
            asked.is_none() && !hands.adjudicated && !lead.is_some_and(|lead| hands.is_final(lead))
        }
        Kind::RequestExtension | Kind::ApplySuspension => asked.is_none(),
        Kind::Deescalate => desk.state.rung > Some(Rung::Grid) && desk.state.responsible != desk.state.lead,
        Kind::ClaimTask => !actor.unit.as_ref().is_some_and(|unit| hands.claims.contains_key(unit)),
        Kind::DelegateTask => {
            let holder = actor.unit.as_ref().and_then(|unit| hands.claims.get(unit));
            holder.is_none_or(|holder| *holder == actor.id)
        }
        Kind::ReleaseClaim => match actor.unit.as_ref().and_then(|unit| hands.claims.get(unit)) {
            Some(holder) => *holder == actor.id,
            None => !hands.claims.is_empty(),
        },
        Kind::DesignateFinal => lead.is_some() && actor.unit.as_ref() != lead,
        _ => true,
    }
}

/// What waits for a decision is shown open.
pub(super) fn is_next_step(kind: Kind) -> bool {
    matches!(kind, Kind::ApproveReturn | Kind::Adjudicate | Kind::ApproveExtension | Kind::ApproveSuspension)
}

/// What to fill in.
pub(super) fn fields(kind: Kind, l: Lang) -> Vec<Field> {
    let reason = || Field::area("reason", l.t("理由", "Reason")).required();
    let suggested = || Field::unit("suggested", l.t("建议承办单位代码", "Unit whose duty it is"));
    match kind {
        Kind::RequestReturn => {
            let reasons =
                ReturnReason::ALL.map(|(code, reason)| option(code, hand_words::return_reason(reason, l)));
            vec![
                Field::select("reason", l.t("原因", "Why"), reasons.into()).required(),
                Field::area("note", l.t("说明", "In words")),
                suggested(),
            ]
        }
        Kind::ApproveReturn => vec![Field::area("note", l.t("说明", "In words"))],
        Kind::RaiseObjection => vec![reason(), suggested()],
        Kind::Adjudicate => vec![
            Field::unit("unit", l.t("改由（单位代码）", "Moves to (code of the unit)"))
                .hint(l.t("留空则维持原承办单位", "Empty: the unit keeps it")),
            reason(),
        ],
        Kind::DesignateFinal => vec![
            Field::unit("unit", l.t("承办单位代码", "Code of the unit"))
                .hint(l.t("留空则为现主办单位", "Empty: the present lead")),
            reason(),
        ],
        _ => work_fields(kind, l),
    }
}

/// What to fill in for more time, another rung, another person.
fn work_fields(kind: Kind, l: Lang) -> Vec<Field> {
    let reason = || Field::area("reason", l.t("理由", "Reason")).required();
    let told =
        || Field::tick("complainant_told", l.t("已告知诉求人", "The complainant has been told")).required();
    match kind {
        Kind::RequestExtension => vec![
            Field::line("by", l.t("延长多久", "How much")).required().hint(l.t(
                "如 5wd（工作日）、24h（小时）、7nd（自然日）",
                "e.g. 5wd (working days), 24h (hours), 7nd (natural days)",
            )),
            reason(),
            told(),
        ],
        Kind::ApplySuspension => {
            vec![Field::typed("review_at", l.t("复核日期", "Review on"), "date").required(), reason(), told()]
        }
        Kind::Deescalate => {
            vec![
                Field::select("to", l.t("下沉到", "Down to"), fields::rungs(l, l.t("请选择", "Choose")))
                    .required(),
                reason(),
                Field::line(
                    "resources",
                    l.t("随之下沉的人员、经费或权限", "People, money or authority sent with it"),
                )
                .required(),
            ]
        }
        Kind::Escalate => vec![
            Field::select("reason", l.t("原因", "Why"), escalations(l)).required(),
            Field::select(
                "to",
                l.t("到哪一级", "To which rung"),
                fields::rungs(l, l.t("上一级", "The next one")),
            ),
        ],
        Kind::DelegateTask => {
            vec![Field::line("to", l.t("同事的账号", "Account of the colleague")).required()]
        }
        Kind::AmendReply => vec![
            Field::area("reply", l.t("更正后的答复", "The reply as it shall stand"))
                .required()
                .hint(l.t("加密保存", "Stored encrypted")),
            reason(),
        ],
        Kind::RejectReturn | Kind::RefuseExtension | Kind::RefuseSuspension => vec![reason()],
        _ => vec![],
    }
}

/// The command's name in addresses; the same word as in the API.
pub(super) fn action(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::RequestReturn => "request_return",
        Kind::ApproveReturn => "approve_return",
        Kind::RejectReturn => "reject_return",
        Kind::RaiseObjection => "raise_objection",
        Kind::Adjudicate => "adjudicate",
        Kind::DesignateFinal => "designate_final",
        Kind::RequestExtension => "request_extension",
        Kind::ApproveExtension => "approve_extension",
        Kind::RefuseExtension => "refuse_extension",
        Kind::ApplySuspension => "apply_suspension",
        Kind::ApproveSuspension => "approve_suspension",
        Kind::RefuseSuspension => "refuse_suspension",
        Kind::Deescalate => "deescalate",
        Kind::ClaimTask => "claim_task",
        Kind::DelegateTask => "delegate_task",
        Kind::ReleaseClaim => "release_claim",
        Kind::AmendReply => "amend_reply",
        _ => return None,
    })
}

/// Reads the form of this action.
pub(super) fn read(action: &str, input: &Input, _: &State, zone: &TimeZone) -> Result<HandOrder, Problem> {
    let text = |name: &str| input.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let told = text("complainant_told") == "true";
    let reason = text("reason");
    Ok(match action {
        "request_return" => HandOrder::RequestReturn {
            reason: word("reason", input)?,
            note: text("note"),
            suggested: unit(&text("suggested")),
        },
        "approve_return" => HandOrder::ApproveReturn { note: text("note") },
        "reject_return" => HandOrder::RejectReturn { reason },
        "raise_objection" => HandOrder::RaiseObjection { reason, suggested: unit(&text("suggested")) },
        "adjudicate" => HandOrder::Adjudicate { unit: unit(&text("unit")), reason },
        "designate_final" => HandOrder::DesignateFinal { unit: unit(&text("unit")), reason },
        "request_extension" => {
            HandOrder::RequestExtension { by: word("by", input)?, reason, complainant_told: told }
        }
        "approve_extension" => HandOrder::ApproveExtension {},
        "refuse_extension" => HandOrder::RefuseExtension { reason },
        "apply_suspension" => HandOrder::ApplySuspension {
            review_at: close_of_day(&text("review_at"), zone)?,
            reason,
            complainant_told: told,
        },
        "approve_suspension" => HandOrder::ApproveSuspension {},
        "refuse_suspension" => HandOrder::RefuseSuspension { reason },
        "deescalate" => {
            HandOrder::Deescalate { to: word("to", input)?, reason, resources: text("resources") }
        }
        "claim_task" => HandOrder::ClaimTask {},
        "delegate_task" => HandOrder::DelegateTask { to: text("to") },
        "release_claim" => HandOrder::ReleaseClaim {},
        "amend_reply" => HandOrder::AmendReply { reply: text("reply"), reason },
        _ => return Err(EdgeCode::PageNotFound.into()),
    })
}

/// What each form is called, what it says beneath, and what its button says.
pub(super) const LABELS: &[(Kind, Both, Both, Both)] = &[
    (
        Kind::RequestReturn,
        ("退单", "Send it back"),
        (
            "须在退单期限内，由派遣员审核；诉求人的时限照常计算。",
            "Within the window, for the dispatcher to decide; the complainant's clock runs on.",
        ),
        ("申请退单", "Ask to return it"),
    ),
    (
        Kind::ApproveReturn,
        ("同意退单", "Approve the return"),
        ("工单回到待派单，另派其他单位。", "The case waits to be dispatched to another unit."),
        ("同意", "Approve"),
    ),
    (
        Kind::RejectReturn,
        ("驳回退单", "Refuse the return"),
        ("由原单位继续办理。", "The unit goes on."),
        ("驳回", "Refuse"),
    ),
    (
        Kind::RaiseObjection,
        ("派单异议", "Object to the dispatch"),
        ("裁定前照常办理。", "The work goes on until it is adjudicated."),
        ("提出异议", "Object"),
    ),
    (
        Kind::Adjudicate,
        ("异议裁定", "Adjudicate the objection"),
        ("只有裁定才能改变主办单位（首接负责）。", "Only an adjudication moves the lead."),
        ("裁定", "Adjudicate"),
    ),
    (
        Kind::DesignateFinal,
        ("指定承办", "Designate finally"),
        ("指定后不得再退单或提异议。", "No return and no objection after this."),
        ("指定", "Designate"),
    ),
    (
        Kind::RequestExtension,
        ("申请延期", "Ask for an extension"),
        (
            "须在到期前，一件一次，并已告知诉求人；由他人审批。",
            "Before the limit, once, with the complainant told; somebody else decides.",
        ),
        ("申请延期", "Ask"),
    ),
    (Kind::ApproveExtension, ("同意延期", "Approve the extension"), ("", ""), ("同意", "Approve")),
    (Kind::RefuseExtension, ("不同意延期", "Refuse the extension"), ("", ""), ("不同意", "Refuse")),
    (
        Kind::ApplySuspension,
        ("申请挂账", "Apply for a suspension"),
        ("由他人审批；批准前时钟照走。", "Somebody else decides; the clock runs until then."),
        ("申请挂账", "Apply"),
    ),
    (
        Kind::ApproveSuspension,
        ("同意挂账", "Approve the suspension"),
        (
            "时钟从现在起暂停，到复核日系统提醒。",
            "The clock stands still from now on; the review date reminds.",
        ),
        ("同意", "Approve"),
    ),
    (Kind::RefuseSuspension, ("不同意挂账", "Refuse the suspension"), ("", ""), ("不同意", "Refuse")),
    (
        Kind::Deescalate,
        ("下沉", "Send it down"),
        (
            "只下沉到能办理的层级，并带着资源；首接单位仍为主办。",
            "Only to a rung that can solve it, with what it takes; the first unit stays lead.",
        ),
        ("下沉", "Send down"),
    ),
    (
        Kind::ClaimTask,
        ("领办", "Claim it"),
        (
            "领办后，同事不能再办理，直到转办或放回。",
            "Colleagues leave it to you until you hand it over or put it back.",
        ),
        ("由我领办", "I take it"),
    ),
    (Kind::DelegateTask, ("转办", "Hand to a colleague"), ("", ""), ("转办", "Hand over")),
    (Kind::ReleaseClaim, ("放回", "Put it back"), ("", ""), ("放回", "Put back")),
    (
        Kind::AmendReply,
        ("更正答复", "Put the reply right"),
        ("须在回访前。", "Before the callback."),
        ("更正", "Put right"),
    ),
];
