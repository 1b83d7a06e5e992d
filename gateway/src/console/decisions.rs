//! The forms of what one person asks and another decides: 作废, 剔除.

use domain::case::Event;
use domain::case::admissible::Kind;
use domain::case::event::ExclusionGround;
use domain::case::exclusion::Exclusion;

use super::fields::{Field, Input, option};
use super::forms::Both;
use super::forms::Desk;
use super::lang::Lang;
use super::orders::{word, yes};
use crate::http::order::Order;
use crate::http::problem::Problem;

/// In the order in which people do them.
pub const ORDER: [Kind; 5] =
    [Kind::DecideVoid, Kind::DecideExclusion, Kind::AppealExclusion, Kind::ApplyExclusion, Kind::RequestVoid];

/// What each form is called, what it says beneath, and what its button says.
pub const LABELS: &[(Kind, Both, Both, Both)] = &[
    (
        Kind::DecideVoid,
        ("作废裁定", "Decide on voiding"),
        (
            "由申请人以外的人裁定。作废即结案，不能重办。",
            "Somebody else than who asked. A voided case is closed and cannot be reopened.",
        ),
        ("裁定", "Decide"),
    ),
    (
        Kind::DecideExclusion,
        ("剔除裁定", "Decide on the exclusion"),
        (
            "由申请人、承办单位以外的人裁定；只影响统计。",
            "Somebody who has had no part in it and is not of the handling unit. It concerns figures only.",
        ),
        ("裁定", "Decide"),
    ),
    (
        Kind::AppealExclusion,
        ("剔除申诉", "Appeal"),
        ("限一次，由第三人裁定。", "Once; a third person decides."),
        ("申诉", "Appeal"),
    ),
    (
        Kind::ApplyExclusion,
        ("申请剔除", "Ask for exclusion"),
        (
            "须先添加证据。剔除后不计入按期率等统计，工单照常办理。",
            "Add evidence first. An excluded case is left out of the rates; the work goes on.",
        ),
        ("申请", "Ask"),
    ),
    (
        Kind::RequestVoid,
        ("申请作废", "Ask for voiding"),
        (
            "用于误录的工单；须另一人裁定。",
            "For cases that were registered by mistake; another person decides.",
        ),
        ("申请", "Ask"),
    ),
];

/// The form's fields; none for what has its fields elsewhere.
pub fn fields(kind: Kind, l: Lang) -> Option<Vec<Field>> {
    let reason = || Field::area("reason", l.t("理由", "Reason")).required();
    let decision = |yes: Both, no: Both| {
        let options = vec![option("true", l.t(yes.0, yes.1)), option("false", l.t(no.0, no.1))];
        vec![
            Field::choice("granted", l.t("裁定", "Decision"), options).required(),
            Field::area("reason", l.t("理由（不同意必填）", "Reason (needed for a refusal)")),
        ]
    };
    let grounds =
        || ExclusionGround::ALL.into_iter().map(|(word, _, zh, en)| option(word, l.t(zh, en))).collect();
    Some(match kind {
        Kind::RequestVoid | Kind::AppealExclusion => vec![reason()],
        Kind::DecideVoid => decision(("作废", "Void"), ("不予作废", "Not void")),
        Kind::DecideExclusion => decision(("剔除", "Exclude"), ("不予剔除", "Do not exclude")),
        Kind::ApplyExclusion => {
            vec![Field::select("ground", l.t("事由", "Ground"), grounds()).required(), reason()]
        }
        _ => return None,
    })
}

/// Whether there is something to decide, and this person may.
pub fn waits_for(desk: &Desk<'_>, kind: Kind) -> bool {
    let (state, me) = (desk.state, desk.reader.account.actor().id);
    match kind {
        Kind::RequestVoid => state.void_asked.is_none(),
        Kind::DecideVoid => state.void_asked.as_ref().is_some_and(|asked| asked.by != me),
        Kind::ApplyExclusion => state.exclusion == Exclusion::None,
        Kind::DecideExclusion => {
            matches!(&state.exclusion, Exclusion::Asked { by, .. } if by.iter().all(|one| *one != me))
        }
        Kind::AppealExclusion => matches!(&state.exclusion, Exclusion::Refused { appeal: Some(_), .. }),
        _ => true,
    }
}

/// What the timeline says of it.
pub fn sentence(event: &Event, l: Lang) -> String {
    let on = |ground: ExclusionGround, reason: &str| match reason {
        "" => l.t(ground.zh(), ground.en()).to_owned(),
        reason => format!("{} · {reason}", l.t(ground.zh(), ground.en())),
    };
    match event {
        Event::VoidRequested(e) => e.reason.clone(),
        Event::VoidRefused(e) => e.reason.clone(),
        Event::CaseVoided(e) => e.reason.clone(),
        Event::ExclusionApplied(e) => on(e.ground, &e.reason),
        Event::CaseExcluded(e) => on(e.ground, &e.reason),
        Event::ExclusionRefused(e) => e.reason.clone(),
        Event::ExclusionAppealed(e) => e.reason.clone(),
        _ => String::new(),
    }
}

/// The form of this action, read as an order; none where it is none of these.
pub fn read(action: &str, input: &Input) -> Option<Result<Order, Problem>> {
    let reason = input.get("reason").map(|text| text.trim().to_owned()).unwrap_or_default();
    Some(match action {
        "request_void" => Ok(Order::RequestVoid { reason }),
        "decide_void" => yes("granted", input).map(|granted| Order::DecideVoid { granted, reason }),
        "apply_exclusion" => word("ground", input).map(|ground| Order::ApplyExclusion { ground, reason }),
        "decide_exclusion" => yes("granted", input).map(|granted| Order::DecideExclusion { granted, reason }),
        "appeal_exclusion" => Ok(Order::AppealExclusion { reason }),
        _ => return None,
    })
}
