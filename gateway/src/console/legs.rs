//! The legs of whistles on pages: each with its limits, what became of them, and what its unit can do now.

use domain::case::Life;
use domain::case::admissible::Kind;
use domain::case::event::LegStage;
use domain::case::whistle::Phase;
use projections::{CaseRow, LegRow};
use uuid::Uuid;

use super::actions::action;
use super::forms::{Form, Refused};
use super::lang::Lang;
use super::when::{Countdown, Times};
use super::whistle::{kind, phase, stage};
use super::whistle_forms::own_form;
use super::words;
use crate::auth::{Action, Reader};
use crate::http::App;

/// A leg on a page.
pub struct LegView {
    /// Number of the case.
    pub no: String,
    /// The leg, or the part, among those of the case.
    pub number: String,
    /// The case by its title, or the called unit where the page is the case's own.
    pub title: String,
    /// The reader may open the case.
    pub link: bool,
    /// Kind of whistle.
    pub kind: &'static str,
    /// Who calls whom.
    pub calls: String,
    /// What for.
    pub reason: String,
    /// Where.
    pub place: String,
    /// Where it is.
    pub phase: &'static str,
    /// Its colour.
    pub phase_class: &'static str,
    /// What is due next.
    pub due: Option<Countdown>,
    /// Which limit that is.
    pub clock: &'static str,
    /// When it was over, where nothing is due.
    pub left: String,
    /// What is unusual.
    pub flags: Vec<String>,
    /// Its limits with what became of each.
    pub steps: Vec<String>,
    /// One click each.
    pub buttons: Vec<Button>,
    /// What needs words.
    pub forms: Vec<Form>,
}

/// A command of one click.
pub struct Button {
    /// Last part of its address.
    pub action: &'static str,
    /// What it says.
    pub label: &'static str,
    /// The next step.
    pub primary: bool,
    /// Pressing twice is doing it once.
    pub id: Uuid,
}

impl LegView {
    /// Colour of the row's edge.
    pub fn tone(&self) -> &'static str {
        self.due.as_ref().filter(|due| due.red > 0).map_or("", |due| due.tone.class())
    }
}

/// The legs of a case on its own page.
pub fn legs(app: &App, reader: &Reader, times: &Times, row: &CaseRow, refused: Refused<'_>) -> Vec<LegView> {
    let view = |leg: &LegRow| {
        let title = words::unit(&app.rules().org, &leg.unit, times.l);
        LegView { title, link: false, ..leg_view(app, reader, times, row, leg, refused) }
    };
    row.legs.iter().map(view).collect()
}

/// A leg in a list, with its case.
pub fn leg_view(
    app: &App,
    reader: &Reader,
    times: &Times,
    row: &CaseRow,
    leg: &LegRow,
    refused: Refused<'_>,
) -> LegView {
    let l = times.l;
    let rules = app.rules();
    let owed = leg.owes().filter(|_| row.life.is_open());
    let own = leg.unit == reader.account.unit;
    let paused = row.life == Life::Suspended;
    LegView {
        no: row.case_no.clone(),
        number: leg.leg.to_string(),
        title: row.title.clone(),
        link: reader.sees(row),
        kind: kind(leg.kind, l),
        calls: format!(
            "{} → {}",
            words::unit(&rules.org, &leg.sounder, l),
            words::unit(&rules.org, &leg.unit, l)
        ),
        reason: leg.reason.clone(),
        place: leg.place.clone(),
        phase: phase(leg.phase, l),
        phase_class: match leg.phase {
            Phase::Called | Phase::Declined => "warn",
            Phase::Responded | Phase::Arrived => "go",
            Phase::Done => "done",
            _ => "",
        },
        due: owed.map(|(_, due_at)| match paused {
            true => times.paused(due_at, l.t("已暂停", "paused")),
            false => times.countdown(due_at, None),
        }),
        clock: owed.map_or("", |(owed, _)| stage(owed, l)),
        left: leg.left_at.or(leg.finished_at).map(|at| times.short(at)).unwrap_or_default(),
        flags: flags(leg, l),
        steps: steps(leg, times),
        buttons: if own { buttons(reader, row, leg, l) } else { Vec::new() },
        forms: if own { own_forms(reader, times, row, leg, refused) } else { Vec::new() },
    }
}

fn flags(leg: &LegRow, l: Lang) -> Vec<String> {
    let late = leg.late.iter().map(|one| l.f("逾期未{}", "late to {}", stage(*one, l)));
    let paired = leg.paired.then(|| l.t("部门哨", "paired unit").to_owned());
    late.chain(paired).collect()
}

fn steps(leg: &LegRow, times: &Times) -> Vec<String> {
    let l = times.l;
    let step = |which, due: Option<_>, done: Option<_>| {
        let due = due.map(|at| l.f("限 {}", "by {}", times.short(at)));
        let done = done.map(|at| l.f("已于 {}", "at {}", times.short(at)));
        let said: Vec<String> = [due, done].into_iter().flatten().collect();
        (!said.is_empty()).then(|| format!("{} {}", stage(which, l), said.join(" · ")))
    };
    let scores = |score: Option<u8>, zh, en| score.map(|score| l.f(zh, en, score));
    [
        step(LegStage::Respond, leg.respond_due_at, leg.responded_at),
        leg.arrive_within.map(|budget| {
            l.f("应哨后 {} 内报到", "to report in within {} of the response", l.t(&budget.zh(), &budget.en()))
        }),
        step(LegStage::Arrive, leg.arrive_due_at, leg.arrived_at),
        step(LegStage::Finish, leg.finish_due_at, leg.finished_at),
        leg.rate_due_at.map(|at| l.f("评哨限 {}", "to rate by {}", times.short(at))),
        scores(leg.unit_score, "吹哨方评 {} 分", "the sounder gave {} of 5"),
        scores(leg.sounder_score, "应哨方评 {} 分", "the unit gave {} of 5"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// 应哨、报到 by one click.
fn buttons(reader: &Reader, row: &CaseRow, leg: &LegRow, l: Lang) -> Vec<Button> {
    let wanted: &[(Kind, &'static str, bool)] = match leg.phase {
        Phase::Called => &[
            (Kind::RespondWhistle, l.t("应哨", "Respond"), true),
            (Kind::ArriveOnSite, l.t("报到", "Report in"), false),
        ],
        Phase::Responded => &[(Kind::ArriveOnSite, l.t("报到", "Report in"), true)],
        _ => &[],
    };
    let open = row.life.is_open() && row.life != Life::Suspended;
    let allowed = wanted.iter().filter(|(kind, ..)| open && reader.may(Action::Case(*kind), row));
    allowed
        .filter_map(|(kind, label, primary)| {
            Some(Button { action: action(*kind)?, label, primary: *primary, id: Uuid::now_v7() })
        })
        .collect()
}

/// What needs words of the called unit: feedback, declining, rating the sounder.
fn own_forms(reader: &Reader, times: &Times, row: &CaseRow, leg: &LegRow, refused: Refused<'_>) -> Vec<Form> {
    let l = times.l;
    let running = row.life.is_open() && row.life != Life::Suspended;
    let rates = leg.sounder_score.is_none() && leg.rate_due_at.is_some_and(|at| times.now <= at);
    let wanted = [
        (Kind::FinishLeg, running && leg.phase == Phase::Arrived),
        (Kind::DeclineWhistle, running && matches!(leg.phase, Phase::Called | Phase::Responded)),
        (Kind::RateWhistle, rates),
    ];
    wanted
        .into_iter()
        .filter(|(kind, wanted)| *wanted && reader.may(Action::Case(*kind), row))
        .filter_map(|(kind, _)| own_form(kind, row, refused, l))
        .collect()
}
