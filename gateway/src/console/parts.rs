//! 分办 on pages: each part with its limits, what became of it, and what its unit can do now; and in words.

use domain::case::admissible::Kind;
use domain::case::event::{PartEnd, PartGiven, PartKind, PartStage};
use domain::case::part::PartPhase;
use domain::case::{Event, Life};
use domain::ids::UnitId;
use projections::{CaseRow, PartRow};
use uuid::Uuid;

use super::actions::action;
use super::forms::{Form, Refused};
use super::lang::Lang;
use super::legs::{Button, LegView};
use super::part_forms::own_form;
use super::when::Times;
use super::words;
use crate::auth::{Action, Reader};
use crate::http::App;

/// In which way a unit has a part.
pub fn kind(kind: PartKind, l: Lang) -> &'static str {
    let en = match kind {
        PartKind::Co => "co-unit",
        PartKind::Sub => "handed down",
    };
    l.t(kind.zh(), en)
}

/// Where a part is.
pub fn phase(phase: PartPhase, l: Lang) -> &'static str {
    let en = match phase {
        PartPhase::Given => "to sign",
        PartPhase::Signed => "in progress",
        PartPhase::Asking => "asks to be released",
        PartPhase::Finished => "result given",
        PartPhase::Explained => "explained",
        PartPhase::TakenBack => "taken back",
        PartPhase::Released => "released",
        PartPhase::Lapsed => "over",
    };
    l.t(phase.zh(), en)
}

/// A limit of a part.
pub fn stage(stage: PartStage, l: Lang) -> &'static str {
    match stage {
        PartStage::Sign => l.t("签收", "sign"),
        PartStage::Finish => l.t("反馈", "result"),
    }
}

/// The parts of a case on its own page.
pub fn parts(app: &App, reader: &Reader, times: &Times, row: &CaseRow, refused: Refused<'_>) -> Vec<LegView> {
    let view = |part: &PartRow| {
        let title = words::unit(&app.rules().org, &part.unit, times.l);
        LegView { title, link: false, ..part_view(app, reader, times, row, part, refused) }
    };
    row.parts.iter().map(view).collect()
}

/// A part in a list, with its case.
pub fn part_view(
    app: &App,
    reader: &Reader,
    times: &Times,
    row: &CaseRow,
    part: &PartRow,
    refused: Refused<'_>,
) -> LegView {
    let l = times.l;
    let rules = app.rules();
    let owed = part.owes().filter(|_| row.life.is_open());
    let own = part.unit == reader.account.unit;
    let paused = row.life == Life::Suspended;
    let unit = |unit: &UnitId| words::unit(&rules.org, unit, l);
    let from = match part.kind {
        PartKind::Co => row.lead.as_ref().map(|lead| l.f("主办 {}", "lead {}", unit(lead))),
        PartKind::Sub => part.giver.as_ref().map(unit),
    };
    LegView {
        no: row.case_no.clone(),
        number: format!("part-{}", part.part),
        title: row.title.clone(),
        link: reader.sees(row),
        kind: kind(part.kind, l),
        calls: format!("{} → {}", from.unwrap_or_default(), unit(&part.unit)),
        reason: part.task.clone(),
        place: part.reason.clone(),
        phase: phase(part.phase, l),
        phase_class: match part.phase {
            PartPhase::Given | PartPhase::Asking => "warn",
            PartPhase::Signed => "go",
            PartPhase::Finished => "done",
            _ => "",
        },
        due: owed.map(|(_, due_at)| match paused {
            true => times.paused(due_at, l.t("已暂停", "paused")),
            false => times.countdown(due_at, None),
        }),
        clock: owed.map_or("", |(owed, _)| stage(owed, l)),
        left: part.left_at.or(part.finished_at).map(|at| times.short(at)).unwrap_or_default(),
        flags: part.late.iter().map(|one| l.f("逾期未{}", "late to {}", stage(*one, l))).collect(),
        steps: steps(part, times),
        buttons: if own { buttons(reader, row, part, l) } else { Vec::new() },
        forms: if own { own_forms(reader, row, part, refused, l) } else { Vec::new() },
    }
}

fn steps(part: &PartRow, times: &Times) -> Vec<String> {
    let l = times.l;
    let step = |which, due: Option<_>, done: Option<_>| {
        let due = due.map(|at| l.f("限 {}", "by {}", times.short(at)));
        let done = done.map(|at| l.f("已于 {}", "at {}", times.short(at)));
        let said: Vec<String> = [due, done].into_iter().flatten().collect();
        (!said.is_empty()).then(|| format!("{} {}", stage(which, l), said.join(" · ")))
    };
    let steps = [
        step(PartStage::Sign, part.sign_due_at, part.signed_at),
        step(PartStage::Finish, part.finish_due_at, part.finished_at),
    ];
    steps.into_iter().flatten().collect()
}

fn running(row: &CaseRow) -> bool {
    row.life.is_open() && row.life != Life::Suspended
}

/// 签收 by one click.
fn buttons(reader: &Reader, row: &CaseRow, part: &PartRow, l: Lang) -> Vec<Button> {
    let wanted =
        part.phase == PartPhase::Given && running(row) && reader.may(Action::Case(Kind::SignPart), row);
    let button = |action| Button { action, label: l.t("签收", "Sign"), primary: true, id: Uuid::now_v7() };
    action(Kind::SignPart).filter(|_| wanted).map(button).into_iter().collect()
}

/// What needs words of the unit: its result, and why it is not for it.
fn own_forms(reader: &Reader, row: &CaseRow, part: &PartRow, refused: Refused<'_>, l: Lang) -> Vec<Form> {
    let wanted = [
        (Kind::FinishPart, part.phase == PartPhase::Signed),
        (Kind::RequestRelease, matches!(part.phase, PartPhase::Given | PartPhase::Signed)),
    ];
    wanted
        .into_iter()
        .filter(|(kind, wanted)| *wanted && running(row) && reader.may(Action::Case(*kind), row))
        .filter_map(|(kind, _)| own_form(kind, row, refused, l))
        .collect()
}

/// Whether an event is one of parts: who has a part sees what concerns it.
pub fn concerns(event: &Event) -> bool {
    matches!(
        event,
        Event::CoUnitAdded(_)
            | Event::TaskSubDispatched(_)
            | Event::PartSigned(_)
            | Event::PartFinished(_)
            | Event::PartReleaseAsked(_)
            | Event::PartReleaseRefused(_)
            | Event::PartEnded(_)
            | Event::PartLate(_)
            | Event::PartClocksMoved(_)
    )
}

/// What an event of parts is called in English.
pub fn event_en(event: &Event) -> &'static str {
    match event {
        Event::CoUnitAdded(_) => "Co-unit added",
        Event::TaskSubDispatched(_) => "Handed down",
        Event::PartSigned(_) => "Part signed",
        Event::PartFinished(_) => "Part finished",
        Event::PartReleaseAsked(_) => "Release asked",
        Event::PartReleaseRefused(_) => "Release refused",
        Event::PartEnded(_) => "Part ended",
        Event::PartLate(_) => "Part late",
        _ => "Limits of parts moved",
    }
}

/// What an event of parts says.
pub fn sentence(app: &App, times: &Times, event: &Event) -> String {
    let l = times.l;
    let rules = app.rules();
    let unit = |code: &UnitId| words::unit(&rules.org, code, l);
    let said = |parts: &[String]| {
        parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" · ")
    };
    let given = |e: &PartGiven| said(&[unit(&e.unit), e.task.clone()]);
    match event {
        Event::CoUnitAdded(e) | Event::TaskSubDispatched(e) => given(e),
        Event::PartSigned(e) => unit(&e.unit),
        Event::PartFinished(e) => unit(&e.unit),
        Event::PartReleaseAsked(e) => said(&[unit(&e.unit), e.reason.clone()]),
        Event::PartReleaseRefused(e) => said(&[unit(&e.unit), e.reason.clone()]),
        Event::PartEnded(e) => {
            let end = match e.end {
                PartEnd::Explained => l.t("主办已说明", "explained by the lead"),
                PartEnd::TakenBack => l.t("收回", "taken back"),
                PartEnd::Released => l.t("同意退出", "released"),
            };
            said(&[unit(&e.unit), end.to_owned(), e.reason.clone()])
        }
        Event::PartLate(e) => {
            said(&[unit(&e.unit), l.f("逾期未{}", "late to {}", stage(e.stage, l)), times.full(e.due_at)])
        }
        Event::PartClocksMoved(_) => l.t("分办时限重算", "limits of parts counted again").to_owned(),
        _ => String::new(),
    }
}
