//! The forms of parts: 加派协办、下派 on the case's page, and what a unit says beside its own part.

use domain::case::admissible::Kind;
use domain::case::event::PartKind;
use domain::case::part::{Part, PartPhase};
use projections::CaseRow;
use uuid::Uuid;

use super::actions::action;
use super::fields::{self, Field, Input, option};
use super::forms::{Both, Desk, Form, Refused};
use super::lang::Lang;
use super::orders::{unit, units_of, word, yes};
use super::words;
use crate::auth::Role;
use crate::http::part_order::PartOrder;
use crate::http::problem::{EdgeCode, Problem};

/// In the order in which people do them.
pub const ORDER: [Kind; 5] =
    [Kind::DecideRelease, Kind::ExplainPart, Kind::TakeBackPart, Kind::SubDispatch, Kind::AddCoUnit];

/// Beyond the state of life: whether this is for the reader's side, and now.
pub fn wanted(kind: Kind, desk: &Desk<'_>) -> bool {
    match kind {
        // Of a unit that has a part these words are about its part, which has buttons of its own.
        Kind::Sign | Kind::SubmitResult | Kind::RequestReturn => answers(desk),
        Kind::DecideRelease | Kind::ExplainPart | Kind::TakeBackPart => {
            concerned(kind, desk).next().is_some()
        }
        Kind::SubDispatch => !desk.app.rules().org.children(&desk.reader.account.unit).is_empty(),
        _ => true,
    }
}

/// The reader's unit answers for the case.
fn answers(desk: &Desk<'_>) -> bool {
    let own = Some(&desk.reader.account.unit);
    desk.state.lead.as_ref() == own || desk.state.responsible.as_ref() == own
}

/// The open parts that the reader may decide in this way.
fn concerned<'a>(kind: Kind, desk: &'a Desk<'_>) -> impl Iterator<Item = &'a Part> {
    let (answers, own) = (answers(desk), &desk.reader.account.unit);
    let dispatches = desk.reader.account.role != Role::Handler;
    desk.state.parts.open().filter(move |part| {
        let gave = match part.kind {
            PartKind::Sub => answers,
            PartKind::Co => dispatches && part.unit != *own,
        };
        match kind {
            Kind::ExplainPart => answers,
            Kind::DecideRelease => gave && part.phase == PartPhase::Asking,
            _ => gave,
        }
    })
}

/// What waits for a decision is shown open.
pub fn is_next_step(kind: Kind) -> bool {
    kind == Kind::DecideRelease
}

/// What the forms of the case's page ask for.
pub fn fields(desk: &Desk<'_>, kind: Kind) -> Vec<Field> {
    let l = desk.l;
    let rules = desk.app.rules();
    let units = || {
        let parts = concerned(kind, desk);
        let named = parts.map(|part| option(part.unit.as_str(), words::unit(&rules.org, &part.unit, l)));
        Field::select("unit", l.t("单位", "Unit"), named.collect()).required()
    };
    let task = || Field::area("task", l.t("要做什么", "What to do")).required();
    let within = || {
        Field::line("within", l.t("时限", "Limit")).hint(l.t(
            "如 2wd、24h；留空同工单时限，都不晚于主办时限",
            "e.g. 2wd, 24h; empty: as the case; never after the lead's limit",
        ))
    };
    match kind {
        Kind::AddCoUnit => vec![
            Field::unit("units", l.t("协办单位代码", "Codes of the co-units"))
                .required()
                .hint(l.t("多个单位用逗号分隔", "Separate several by commas")),
            task(),
            within(),
        ],
        Kind::SubDispatch => {
            vec![Field::unit("unit", l.t("下属单位代码", "Code of the unit")).required(), task(), within()]
        }
        Kind::DecideRelease => vec![
            units(),
            Field::choice("granted", l.t("结论", "Decision"), fields::yes_no(l)).required(),
            reason(l),
        ],
        Kind::ExplainPart | Kind::TakeBackPart => vec![units(), reason(l)],
        _ => vec![],
    }
}

fn reason(l: Lang) -> Field {
    Field::area("reason", l.t("理由", "Reason")).required()
}

/// The command's name in addresses; the same word as in the API.
pub fn name(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::AddCoUnit => "add_co_unit",
        Kind::SubDispatch => "sub_dispatch",
        Kind::SignPart => "sign_part",
        Kind::FinishPart => "finish_part",
        Kind::RequestRelease => "request_release",
        Kind::DecideRelease => "decide_release",
        Kind::ExplainPart => "explain_part",
        Kind::TakeBackPart => "take_back_part",
        _ => return None,
    })
}

/// Reads the form of this action; none where it is another's.
pub fn read(action: &str, input: &Input) -> Option<Result<PartOrder, Problem>> {
    let text = |name: &str| input.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let within = || if text("within").is_empty() { Ok(None) } else { word("within", input).map(Some) };
    let one = || unit(&text("unit")).ok_or_else(|| Problem::from(EdgeCode::BadField).about("unit"));
    let (task, reason) = (text("task"), text("reason"));
    Some(match action {
        "add_co_unit" => {
            within().map(|within| PartOrder::AddCoUnit { units: units_of(&text("units")), task, within })
        }
        "sub_dispatch" => one().and_then(|unit| Ok(PartOrder::SubDispatch { unit, task, within: within()? })),
        "sign_part" => Ok(PartOrder::SignPart {}),
        "finish_part" => Ok(PartOrder::FinishPart { feedback: text("feedback") }),
        "request_release" => Ok(PartOrder::RequestRelease { reason }),
        "decide_release" => one()
            .and_then(|unit| Ok(PartOrder::DecideRelease { unit, granted: yes("granted", input)?, reason })),
        "explain_part" => one().map(|unit| PartOrder::ExplainPart { unit, reason }),
        "take_back_part" => one().map(|unit| PartOrder::TakeBackPart { unit, reason }),
        _ => return None,
    })
}

/// What each form is called, what it says beneath, and what its button says.
pub const LABELS: &[(Kind, Both, Both, Both)] = &[
    (
        Kind::AddCoUnit,
        ("加派协办", "Add co-units"),
        (
            "主办单位不变；协办单位把结果反馈给主办，主办等齐或说明后才能办结。",
            "The lead stays lead; co-units give their results to it, and its own waits for them.",
        ),
        ("加派", "Add"),
    ),
    (
        Kind::SubDispatch,
        ("下派", "Hand down"),
        (
            "交下属单位去办；本单位仍是主办，诉求人的时限不变。",
            "A unit below does it; yours stays lead, and the complainant's clock runs on.",
        ),
        ("下派", "Hand down"),
    ),
    (
        Kind::DecideRelease,
        ("退出裁定", "Decide on the release"),
        (
            "同意则该单位退出；不同意则继续，等待的时间不计入时限。",
            "Granted, the unit leaves; refused, it goes on, without the time of waiting.",
        ),
        ("裁定", "Decide"),
    ),
    (
        Kind::ExplainPart,
        ("说明（缺协办结果）", "Explain a missing part"),
        ("写明为什么没有该单位的结果也能办结。", "Say why the result goes without this unit."),
        ("说明", "Explain"),
    ),
    (
        Kind::TakeBackPart,
        ("收回分办", "Take a part back"),
        ("该单位不再承担这一部分。", "The unit has this part no more."),
        ("收回", "Take back"),
    ),
    (
        Kind::FinishPart,
        ("反馈", "Give the result"),
        ("反馈给主办单位，由主办答复诉求人。", "To the lead, which answers the complainant."),
        ("提交反馈", "Submit"),
    ),
    (
        Kind::RequestRelease,
        ("申请退出", "Ask to be released"),
        ("写明理由；裁定期间不计时。", "With the reason; the clocks stand until it is decided."),
        ("申请退出", "Ask"),
    ),
];

/// A form beside a unit's own part.
pub fn own_form(kind: Kind, row: &CaseRow, refused: Refused<'_>, l: Lang) -> Option<Form> {
    let action = action(kind)?;
    let input: Option<&Input> = refused.filter(|(back, _)| *back == action).map(|(_, input)| input);
    let (_, title, hint, submit) = LABELS.iter().find(|(of, ..)| *of == kind)?;
    let fields = match kind {
        Kind::FinishPart => vec![
            Field::area("feedback", l.t("办理情况反馈", "What was done"))
                .required()
                .hint(l.t("加密保存", "Stored encrypted")),
        ],
        _ => vec![reason(l)],
    };
    Some(Form {
        no: row.case_no.clone(),
        action,
        title: l.t(title.0, title.1),
        hint: l.t(hint.0, hint.1),
        fields: fields.into_iter().map(|field| field.within(action).kept(input)).collect(),
        submit: l.t(submit.0, submit.1),
        open: input.is_some() || kind == Kind::FinishPart,
        id: Uuid::now_v7(),
    })
}
