//! The forms of a whistle: on the case's page, and beside a unit's own leg.

use domain::case::admissible::Kind;
use domain::case::event::WhistleKind;
use domain::case::whistle::{Leg, Phase};
use domain::org::UnitKind;
use projections::CaseRow;
use uuid::Uuid;

use super::actions::action;
use super::fields::{self, Field, Input, option};
use super::forms::{Both, Desk, Form, Refused};
use super::lang::Lang;
use super::{whistle, words};

/// Beyond the state of life: whether this is for the reader's side, and now.
pub fn fits(desk: &Desk<'_>, kind: Kind) -> bool {
    let own = &desk.reader.account.unit;
    let whistle = &desk.state.whistle;
    let answers = desk.state.lead.as_ref() == Some(own) || desk.state.responsible.as_ref() == Some(own);
    match kind {
        Kind::SoundWhistle => {
            let kind = desk.app.rules().org.unit(own).map(|unit| unit.kind);
            let may = matches!(kind, Some(UnitKind::Community | UnitKind::Station | UnitKind::Street));
            may && whistle.proposed.is_none()
        }
        Kind::ApproveWhistle => whistle.proposed.as_ref().is_some_and(|waiting| waiting.approver == *own),
        Kind::AdjudicateDecline => disputed(desk).next().is_some(),
        Kind::StandDown => {
            let mut open = whistle.open().filter(|leg| answers || leg.sounder == *own).peekable();
            open.peek().is_some() && open.all(|leg| leg.phase != Phase::Declined)
        }
        Kind::RateWhistle => to_rate(desk).next().is_some(),
        _ => true,
    }
}

/// Declined legs of which the reader is on neither side.
fn disputed<'a>(desk: &'a Desk<'_>) -> impl Iterator<Item = &'a Leg> {
    let own = &desk.reader.account.unit;
    desk.state
        .whistle
        .open()
        .filter(move |leg| leg.phase == Phase::Declined && leg.unit != *own && leg.sounder != *own)
}

/// Legs that the reader's unit has sounded and may rate.
fn to_rate<'a>(desk: &'a Desk<'_>) -> impl Iterator<Item = &'a Leg> {
    let own = &desk.reader.account.unit;
    let now = desk.app.engine.now();
    desk.state.whistle.legs.iter().filter(move |leg| {
        leg.sounder == *own
            && !leg.rated_by_sounder
            && leg.rate.as_ref().is_some_and(|rate| now <= rate.due_at)
    })
}

/// What the forms of the case's page ask for.
pub fn fields(desk: &Desk<'_>, kind: Kind) -> Vec<Field> {
    let l = desk.l;
    let rules = desk.app.rules();
    let units = |legs: Vec<&Leg>| {
        let named =
            legs.into_iter().map(|leg| option(leg.unit.as_str(), words::unit(&rules.org, &leg.unit, l)));
        Field::select("unit", l.t("单位", "Unit"), named.collect()).required()
    };
    match kind {
        Kind::SoundWhistle => vec![
            Field::choice(
                "kind",
                l.t("哪一类哨", "Kind"),
                WhistleKind::ALL.map(|one| option(one.as_str(), whistle::kind(one, l))).into(),
            )
            .required()
            .value("routine"),
            Field::unit("units", l.t("呼叫单位代码", "Codes of the units"))
                .required()
                .hint(l.t("多个单位用逗号分隔", "Separate several by commas")),
            reason(l).required(),
            Field::line("place", l.t("到哪里报到", "Where to report in"))
                .hint(l.t("留空即工单地点", "Empty for the place of the case")),
        ],
        Kind::ApproveWhistle => vec![
            Field::choice(
                "approved",
                l.t("结论", "Decision"),
                vec![option("true", l.t("批准吹哨", "Approve")), option("false", l.t("驳回", "Refuse"))],
            )
            .required(),
            Field::area("reason", l.t("理由（驳回必填）", "Reason (needed to refuse)")),
        ],
        Kind::AdjudicateDecline => vec![
            units(disputed(desk).collect()),
            Field::choice("upheld", l.t("不应哨是否成立", "Is the unit right?"), fields::yes_no(l))
                .required(),
            reason(l).required(),
        ],
        Kind::StandDown => vec![Field::area(
            "reason",
            l.t("理由（有单位未办结时必填）", "Reason (needed where a unit has not finished)"),
        )],
        Kind::RateWhistle => vec![units(to_rate(desk).collect()), score(l), reason(l)],
        _ => vec![],
    }
}

/// What each form is called, what it says beneath, and what its button says.
pub const LABELS: &[(Kind, Both, Both, Both)] = &[
    (
        Kind::SoundWhistle,
        ("吹哨", "Sound the whistle"),
        (
            "呼叫单位须在时限内应哨、报到、办结；由吹哨单位解哨后才能提交办理结果。",
            "Each unit responds, reports in and finishes within its limits; the result waits for the stand-down.",
        ),
        ("吹哨", "Sound"),
    ),
    (
        Kind::ApproveWhistle,
        ("批准社区吹哨", "Approve the community's whistle"),
        ("批准后时限开始计算。", "The limits run from the approval."),
        ("提交", "Submit"),
    ),
    (
        Kind::AdjudicateDecline,
        ("裁定不应哨", "Adjudicate a decline"),
        (
            "成立则该单位退出；不成立则继续，等待的时间不计入时限。",
            "Upheld, the unit leaves; refused, it goes on, without the time of waiting.",
        ),
        ("裁定", "Decide"),
    ),
    (
        Kind::StandDown,
        ("解哨", "Stand down"),
        ("事不完、人不撤：确认办完后解哨。", "Nobody leaves before it is done: confirm that it is."),
        ("确认解哨", "Stand down"),
    ),
    (
        Kind::RateWhistle,
        ("评哨", "Rate the whistle"),
        ("双方互评，各评一次。", "Each side rates the other, once."),
        ("评哨", "Rate"),
    ),
    (
        Kind::FinishLeg,
        ("反馈办结", "Finish"),
        ("办结后等吹哨单位解哨。", "Then the sounder stands you down."),
        ("办结哨", "Finish the leg"),
    ),
    (
        Kind::DeclineWhistle,
        ("不应哨", "Decline"),
        (
            "写明理由，由上级裁定；裁定期间不计时。",
            "With the reason; a superior decides, and the clocks stand.",
        ),
        ("提交裁定", "Submit"),
    ),
];

/// A form beside a unit's own leg.
pub fn own_form(kind: Kind, row: &CaseRow, refused: Refused<'_>, l: Lang) -> Option<Form> {
    let action = action(kind)?;
    let input: Option<&Input> = refused.filter(|(back, _)| *back == action).map(|(_, input)| input);
    let (_, title, hint, submit) = LABELS.iter().find(|(of, ..)| *of == kind)?;
    let fields = own_fields(kind, l).into_iter().map(|field| field.within(action).kept(input)).collect();
    Some(Form {
        no: row.case_no.clone(),
        action,
        title: l.t(title.0, title.1),
        hint: l.t(hint.0, hint.1),
        fields,
        submit: l.t(submit.0, submit.1),
        open: input.is_some() || kind == Kind::FinishLeg,
        id: Uuid::now_v7(),
    })
}

fn own_fields(kind: Kind, l: Lang) -> Vec<Field> {
    match kind {
        Kind::FinishLeg => vec![
            Field::area("feedback", l.t("处置情况反馈", "What was done"))
                .required()
                .hint(l.t("加密保存", "Stored encrypted")),
        ],
        Kind::DeclineWhistle => vec![reason(l).required()],
        Kind::RateWhistle => vec![score(l), reason(l)],
        _ => vec![],
    }
}

fn reason(l: Lang) -> Field {
    Field::area("reason", l.t("理由", "Reason"))
}

fn score(l: Lang) -> Field {
    let scores = (1..=5).rev().map(|score: u8| option(score.to_string(), score.to_string())).collect();
    Field::choice("score", l.t("评分（5 最好）", "Score (5 is best)"), scores).required()
}
