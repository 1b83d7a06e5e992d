//! What happens before a dispatch and at the edges of a life, on the case's page: sentences and forms.

use domain::case::Event;
use domain::case::admissible::Kind;
use domain::case::event::{Ground, Route};
use domain::ids::Rung;

use super::fields::{Choice, Field, Input, option};
use super::forms::Desk;
use super::lang::Lang;
use super::orders::{word, yes};
use super::when::Times;
use super::words;
use crate::http::App;
use crate::http::edge_order::EdgeOrder;
use crate::http::order::Order;
use crate::http::problem::Problem;

/// Kinds with forms, in the order in which people use them.
pub const ORDER: [Kind; 12] = [
    Kind::AnswerDirectly,
    Kind::Decline,
    Kind::TransferOut,
    Kind::AskComplainant,
    Kind::SupplyInfo,
    Kind::CloseOnSpot,
    Kind::LinkDuplicate,
    Kind::MergeInto,
    Kind::Unmerge,
    Kind::RequestReveal,
    Kind::DecideReveal,
    Kind::Archive,
];

/// What an event of these is called in English.
pub fn name(event: &Event) -> &'static str {
    match event {
        Event::CaseAnswered(_) => "Answered",
        Event::CaseDeclined(_) => "Declined",
        Event::CaseReferred(_) => "Referred",
        Event::InfoAsked(_) => "Complainant asked",
        Event::InfoSupplied(_) => "Information supplied",
        Event::ClosedOnSpot(_) => "Settled on the spot",
        Event::RevealRequested(_) => "Revealing asked for",
        Event::RevealDecided(_) => "Revealing decided",
        Event::CaseArchived(_) => "Archived",
        Event::CaseLinked(_) => "Linked",
        Event::CaseMerged(_) => "Merged",
        Event::CaseUnmerged(_) => "Taken apart again",
        Event::MainCaseEnded(_) => "Main case handled",
        Event::MainCaseReopened(_) => "Main case worked on again",
        _ => "",
    }
}

/// An event of these in a sentence.
pub fn sentence(app: &App, times: &Times, event: &Event) -> String {
    let l = times.l;
    match event {
        Event::CaseDeclined(e) => ground(e.ground, l).to_owned(),
        Event::CaseReferred(e) => route(e.route, l).to_owned(),
        Event::ClosedOnSpot(e) => {
            let unit = words::unit(&app.rules().org, &e.unit, l);
            if e.sample { format!("{unit} · {}", l.t("抽查", "drawn for a check")) } else { unit }
        }
        Event::RevealRequested(e) => e.purpose.clone(),
        Event::RevealDecided(e) => {
            let yes = if e.granted { l.t("同意", "granted") } else { l.t("不同意", "refused") };
            [yes, &e.reason].into_iter().filter(|said| !said.is_empty()).collect::<Vec<_>>().join(" · ")
        }
        Event::CaseArchived(e) => e.number.clone(),
        Event::CaseLinked(e) => e.other_no.clone(),
        Event::CaseMerged(e) => format!("→ {}", e.into_no),
        Event::CaseUnmerged(e) => e.reason.clone(),
        Event::MainCaseEnded(_) => {
            l.t("告知诉求人结果，另行回访", "its own complainant is told, and called back").to_owned()
        }
        Event::MainCaseReopened(_) => l.t("继续随主件办理", "goes on with its main case").to_owned(),
        _ => String::new(),
    }
}

fn ground(ground: Ground, l: Lang) -> &'static str {
    Ground::ALL.iter().find(|(one, ..)| *one == ground).map_or("", |(_, _, zh, en)| l.t(zh, en))
}

fn route(route: Route, l: Lang) -> &'static str {
    Route::ALL.iter().find(|(one, ..)| *one == route).map_or("", |(_, _, zh, en)| l.t(zh, en))
}

fn choices<T>(all: &[(T, &'static str, &'static str, &'static str)], l: Lang) -> Vec<Choice> {
    let named = all.iter().map(|(_, word, zh, en)| option(*word, l.t(zh, en)));
    std::iter::once(option("", l.t("请选择", "Choose"))).chain(named).collect()
}

/// What is decided waits for somebody else's request, and what is asked for does not wait already.
pub fn wanted(kind: Kind, desk: &Desk<'_>) -> bool {
    let (state, me) = (desk.state, desk.reader.account.actor().id);
    let reveal = &state.reveal;
    match kind {
        Kind::RevealReporter => !reveal.confidential || reveal.granted_to.as_ref() == Some(&me),
        Kind::RequestReveal => {
            reveal.confidential && reveal.asked_by.is_none() && reveal.granted_to.is_none()
        }
        Kind::Unmerge => state.merged.is_some(),
        Kind::DecideReveal => reveal.asked_by.as_ref().is_some_and(|by| *by != me),
        Kind::CloseOnSpot => state.start == Some(Rung::Grid) && state.rung == Some(Rung::Grid),
        _ => true,
    }
}

/// What these forms ask.
pub fn fields(kind: Kind, l: Lang) -> Vec<Field> {
    let reason = || Field::area("reason", l.t("理由", "Reason"));
    let sealed = |name, label| Field::area(name, label).required().hint(l.t("加密保存", "Stored encrypted"));
    let told = || sealed("reply", l.t("告知诉求人的内容", "What the complainant was told"));
    let other = |name| Field::line(name, l.t("另一件的编号", "Number of the other case")).required();
    let decision = |name| {
        let answers = vec![option("true", l.t("同意", "Yes")), option("false", l.t("不同意", "No"))];
        Field::choice(name, l.t("决定", "Decision"), answers).required()
    };
    match kind {
        Kind::AnswerDirectly => vec![told()],
        Kind::Decline => {
            vec![Field::select("ground", l.t("情形", "Why"), choices(&Ground::ALL, l)).required(), told()]
        }
        Kind::TransferOut => {
            vec![Field::select("route", l.t("转往", "Where to"), choices(&Route::ALL, l)).required(), told()]
        }
        Kind::AskComplainant => vec![sealed("question", l.t("需要补充什么", "What is asked"))],
        Kind::SupplyInfo => vec![sealed("info", l.t("诉求人补充的内容", "What was answered"))],
        Kind::CloseOnSpot => vec![sealed("reply", l.t("处置情况", "What was done"))],
        Kind::LinkDuplicate => vec![other("other")],
        Kind::MergeInto => vec![other("into")],
        Kind::RequestReveal => vec![Field::line("purpose", l.t("用途", "Purpose")).required()],
        Kind::Unmerge => vec![reason().required()],
        Kind::DecideReveal => vec![decision("granted"), reason()],
        Kind::Archive => vec![Field::line("number", l.t("归档号", "Archive number")).required()],
        _ => vec![],
    }
}

/// What each of these forms is called, what it says beneath, and what its button says.
pub fn labels(kind: Kind, l: Lang) -> Option<(&'static str, &'static str, &'static str)> {
    let (_, zh, en, hint_zh, hint_en) = LABELS.iter().find(|(of, ..)| *of == kind)?;
    Some((l.t(zh, en), l.t(hint_zh, hint_en), l.t(zh, en)))
}

type Label = (Kind, &'static str, &'static str, &'static str, &'static str);

const LABELS: &[Label] = &[
    (
        Kind::AnswerDirectly,
        "即时答复",
        "Answer at once",
        "咨询类当场答复，不计派单。",
        "An enquiry answered now; no dispatch.",
    ),
    (
        Kind::Decline,
        "不予受理",
        "Decline",
        "按条例第十一条说明理由并告知诉求人。",
        "Under §11, explained to the complainant.",
    ),
    (
        Kind::TransferOut,
        "转紧急热线、法定渠道",
        "Refer",
        "110、119、120、122 即时转；其余告知法定渠道。",
        "Emergency lines at once; else the lawful route is told.",
    ),
    (
        Kind::AskComplainant,
        "请诉求人补充",
        "Ask the complainant",
        "派单时限暂停，补充时限另计。",
        "The limit for dispatch stands; another one runs.",
    ),
    (Kind::SupplyInfo, "记录补充", "Record the answer", "回到分类台。", "Back to triage."),
    (
        Kind::CloseOnSpot,
        "自处置",
        "Settle on the spot",
        "须先上传处置前、处置后照片；抽样核查。",
        "Needs photographs of before and after; some are checked.",
    ),
    (Kind::LinkDuplicate, "关联", "Link", "两件互相可查，各自办理。", "Both are worked on."),
    (
        Kind::MergeInto,
        "并单",
        "Merge",
        "并入受理更早的一件；本件不再催办。",
        "Into an earlier case; this one is no longer due.",
    ),
    (
        Kind::Unmerge,
        "撤销并单",
        "Take apart",
        "时限、诉求人、回访恢复，并单期间不计时。",
        "Clocks, complainant and callback are put back; the time between does not count.",
    ),
    (
        Kind::RequestReveal,
        "申请调阅诉求人",
        "Ask to reveal",
        "诉求人要求保密，须另一人批准。",
        "The reporter wants to stay unknown: another person approves.",
    ),
    (Kind::DecideReveal, "批准调阅", "Approve revealing", "不能批准自己的申请。", "Never one's own request."),
    (Kind::Archive, "归档", "Archive", "归档后只供查阅。", "Afterwards it can only be read."),
];

/// The form of this action, read as an order; none where it is none of these.
pub fn read(action: &str, input: &Input) -> Option<Result<Order, Problem>> {
    let text = |name: &str| input.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let edge = match action {
        "answer_directly" => Ok(EdgeOrder::AnswerDirectly { reply: text("reply") }),
        "decline" => word("ground", input).map(|ground| EdgeOrder::Decline { ground, reply: text("reply") }),
        "transfer_out" => {
            word("route", input).map(|route| EdgeOrder::TransferOut { route, reply: text("reply") })
        }
        "ask_complainant" => Ok(EdgeOrder::AskComplainant { question: text("question") }),
        "supply_info" => Ok(EdgeOrder::SupplyInfo { info: text("info") }),
        "close_on_spot" => Ok(EdgeOrder::CloseOnSpot { reply: text("reply") }),
        "request_reveal" => Ok(EdgeOrder::RequestReveal { purpose: text("purpose") }),
        "decide_reveal" => {
            yes("granted", input).map(|granted| EdgeOrder::DecideReveal { granted, reason: text("reason") })
        }
        "archive" => Ok(EdgeOrder::Archive { number: text("number") }),
        "link_duplicate" => Ok(EdgeOrder::LinkDuplicate { other: text("other") }),
        "merge_into" => Ok(EdgeOrder::MergeInto { into: text("into") }),
        "unmerge" => Ok(EdgeOrder::Unmerge { reason: text("reason") }),
        _ => return None,
    };
    Some(edge.map(Order::Edge))
}
