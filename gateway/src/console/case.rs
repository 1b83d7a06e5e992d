//! `/cases/{no}`: one case with everything that is known of it, and what can be done with it now.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form as Body, extract::Query};
use domain::case::admissible::Kind;
use domain::ids::{CaseId, Rung};
use domain::intake::redact;
use domain::sealed::{Content, Reporter};
use domain::stream;
use engine::CaseHistory;
use projections::CaseRow;
use uuid::Uuid;

use super::alike::{self, Compared, Linked};
use super::clocks::{ClockView, clocks};
use super::evidence::Evidence;
use super::fields::{self, Input, UnitChoice};
use super::forms::{Desk, Form, Refused};
use super::lang::Lang;
use super::legs::{self, LegView};
use super::notify_words;
use super::page::{Page, show, times, views_failed};
use super::papers::{self, PaperView};
use super::parts;
use super::timeline::{Line, timeline};
use super::when::Times;
use super::{actions, failed, orders, rows, words};
use crate::auth::{Action, Reader};
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::Visit;
use crate::http::{App, order};

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    page: Page,
    no: String,
    title: String,
    life: &'static str,
    life_class: &'static str,
    flags: Vec<String>,
    sign: Option<Uuid>,
    forms: Vec<Form>,
    /// What is rarely the next step.
    beside: Vec<Form>,
    /// One of them came back.
    beside_open: bool,
    reveal: Option<Form>,
    units: Vec<UnitChoice>,
    erased: bool,
    address: String,
    /// Photographs and recordings, each in a line: its name and where it lies.
    attachments: Vec<String>,
    text: String,
    timeline: Vec<Line>,
    evidence: Evidence,
    legs: Vec<LegView>,
    compared: Option<Compared>,
    linked: Vec<Linked>,
    parts: Vec<LegView>,
    papers: Vec<PaperView>,
    ladder: Option<Ladder>,
    clocks: Vec<ClockView>,
    facts: Vec<(&'static str, String)>,
    reporter: Vec<(&'static str, String)>,
}

/// The five rungs, the present one marked.
struct Ladder {
    rungs: Vec<RungView>,
    start: u8,
    here: u8,
    label: String,
}

struct RungView {
    name: &'static str,
    x: u32,
    class: &'static str,
}

impl Ladder {
    fn of(row: &CaseRow, start: Option<Rung>, l: Lang) -> Option<Ladder> {
        let here = row.rung?;
        let start = start.unwrap_or(here).min(here);
        let rungs = Rung::ALL.into_iter().map(|rung| RungView {
            name: match rung {
                // The picture has no room for the long name.
                Rung::Station => l.t("工作站", "Station"),
                rung => words::rung(rung, l),
            },
            x: place(rung.level()),
            class: if rung == here {
                "here"
            } else if rung >= start && rung < here {
                "passed"
            } else {
                ""
            },
        });
        let label = format!("{}: {}", l.t("当前层级", "Rung now"), words::rung(here, l));
        Some(Ladder { rungs: rungs.collect(), start: start.level(), here: here.level(), label })
    }

    fn x(&self, level: &u8) -> u32 {
        place(*level)
    }
}

fn place(level: u8) -> u32 {
    32 + u32::from(level) * 64
}

/// A case that the reader may see: its row and its history.
pub struct Seen {
    /// Its row in the views.
    pub row: CaseRow,
    /// Its id.
    pub case: CaseId,
    /// Its state and events.
    pub history: CaseHistory,
}

/// Finds a case by its number, uuid or external id, in the reader's scope.
///
/// # Errors
/// `CASE_NOT_FOUND`, whether there is none or it is not theirs to see; `CASE_AMBIGUOUS` where an
/// external id names several: an order must never reach a case that was not meant.
pub async fn find(app: &App, reader: &Reader, key: &str) -> Result<Seen, Problem> {
    let seen = find_own(app, reader, key).await?;
    if reader.sees(&seen.row) { Ok(seen) } else { Err(Problem::no_case()) }
}

/// Finds a case as [`find`] does, also one that the reader no longer sees but once had a leg of: it may
/// still speak of its own leg.
///
/// # Errors
/// As [`find`].
pub async fn find_own(app: &App, reader: &Reader, key: &str) -> Result<Seen, Problem> {
    let mut found = app.views.find(key, &reader.scope()).await.map_err(views_failed)?;
    if found.is_empty() {
        found = app.views.find_called(key, &reader.scope()).await.map_err(views_failed)?;
    }
    let hidden = alike::conceal(app, reader, &mut found).await?;
    let row = match exact(&found, key.trim()) {
        Some(exact) => found.swap_remove(exact),
        None if found.len() > 1 => return Err(EdgeCode::CaseAmbiguous.into()),
        None => found.pop().ok_or_else(Problem::no_case)?,
    };
    let case = row.case_id;
    let history = app.engine.case(case).await.map_err(|error| Problem::away("the log failed", &error))?;
    let mut history = history.ok_or_else(Problem::no_case)?;
    alike::conceal_events(&mut history.events, &hidden);
    // The views may be a moment behind.
    if history.state.barred.bars(&reader.account.unit, &app.rules().org) {
        return Err(Problem::no_case());
    }
    Ok(Seen { row, case, history })
}

/// The row that is meant whatever else has this text as its external id.
fn exact(found: &[CaseRow], key: &str) -> Option<usize> {
    let id = Uuid::parse_str(key).ok();
    let by_id = || found.iter().position(|row| Some(row.case_id.0) == id);
    found.iter().position(|row| row.case_no.eq_ignore_ascii_case(key)).or_else(by_id)
}

/// The complaint's content; none where it was erased.
pub async fn content(app: &App, seen: &Seen) -> Option<Content> {
    let registered = seen.history.events.iter().find_map(|recorded| match &recorded.event {
        stream::Event::Case(domain::case::Event::CaseRegistered(e)) => Some(&e.sealed),
        _ => None,
    })?;
    app.engine.keyring().open_content(seen.case, registered).await.ok().flatten()
}

/// What was just done, for the page after a form.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Done {
    done: Option<String>,
}

/// `GET /cases/{no}`
pub async fn get(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Path(no): Path<String>,
    Query(done): Query<Done>,
) -> Response {
    let note = done
        .done
        .map(|word| match word.as_str() {
            "already" => {
                visit.lang.t("早已如此，没有重复记录。", "It was so already; nothing was noted twice.")
            }
            _ => visit.lang.t("已办理，并已记入经过。", "Done, and noted in the timeline."),
        })
        .map(ToOwned::to_owned);
    match find(&app, &reader, &no).await {
        Ok(seen) => page(&app, &visit, &reader, seen, None, None, Shown { note, reporter: false }).await,
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

/// What this page shows besides the case.
struct Shown {
    note: Option<String>,
    /// The reporter in the clear: only in the answer to the order that says what for.
    reporter: bool,
}

/// `POST /cases/{no}/do/{action}`
pub async fn act(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Path((no, action)): Path<(String, String)>,
    Body(input): Body<Input>,
) -> Response {
    let seen = match find_own(&app, &reader, &no).await {
        Ok(seen) => seen,
        Err(problem) => return failed(&app, &visit, Some(&reader), problem).await,
    };
    let id = input.get("_id").map_or_else(Uuid::now_v7, |key| order::command_id(&reader, key));
    let rules = app.rules();
    let zone = rules.calendar.zone();
    let given = match orders::read(&action, &input, &seen.history.state, zone) {
        Ok(order) => order::give(&app, &reader, &seen.row, order, id).await,
        Err(problem) => Err(problem),
    };
    match given {
        Err(problem) if !reader.sees(&seen.row) => failed(&app, &visit, Some(&reader), problem).await,
        Err(problem) => {
            // The state may have moved on since the form was made: show it as it is now.
            let seen = find(&app, &reader, &no).await.unwrap_or(seen);
            page(
                &app,
                &visit,
                &reader,
                seen,
                Some(problem),
                Some((&action, &input)),
                Shown { note: None, reporter: false },
            )
            .await
        }
        // Every look is an event of its own: an old form, sent again, shows nothing.
        Ok(accepted) if action == "reveal_reporter" && !accepted.repeated => {
            match find(&app, &reader, &no).await {
                Ok(seen) => {
                    page(&app, &visit, &reader, seen, None, None, Shown { note: None, reporter: true }).await
                }
                Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
            }
        }
        Ok(accepted) => {
            let already = accepted.receipt.is_none();
            if let Some(receipt) = accepted.receipt {
                super::caught_up(&app, receipt.last_position).await;
            }
            Redirect::to(&actions::back(&no, input.get("_back"), already)).into_response()
        }
    }
}

async fn page(
    app: &Arc<App>,
    visit: &Visit,
    reader: &Reader,
    seen: Seen,
    problem: Option<Problem>,
    refused: Refused<'_>,
    shown: Shown,
) -> Response {
    let frame = match Page::inside(app, visit, reader).await {
        Ok(page) => Page { note: shown.note, here: format!("/cases/{}", seen.row.case_no), ..page },
        Err(problem) => return problem.into_response(),
    };
    let (l, times) = (visit.lang, times(app, visit.lang));
    let content = content(app, &seen).await;
    let masked = content.clone().unwrap_or_default();
    let (status, state) = (problem.as_ref().map_or(StatusCode::OK, Problem::http), &seen.history.state);
    let desk = Desk { app, reader, row: &seen.row, state, l };
    let text =
        redact::text(if masked.text.is_empty() { &masked.title } else { &masked.text }, &masked.reporter);
    let linked = alike::linked(app, reader, &seen.row, l).await;
    let (linked, events) = match (linked, notify_words::with_notifications(app, reader, &seen).await) {
        (Ok(linked), Ok(events)) => (linked, events),
        (Err(problem), _) | (_, Err(problem)) => return problem.into_response(),
    };
    let reveal = desk.admits(Kind::RevealReporter) && !shown.reporter && content.is_some();
    let (beside, forms): (Vec<Form>, Vec<Form>) = desk.forms(refused).into_iter().partition(Form::is_beside);
    let template = CasePage {
        page: frame.with_problem(problem),
        no: seen.row.case_no.clone(),
        title: if seen.row.title.is_empty() {
            l.t("（内容已匿名化）", "(content erased)").to_owned()
        } else {
            seen.row.title.clone()
        },
        life: words::life(state.life, l),
        life_class: rows::life_class(state.life),
        flags: rows::flags(&seen.row, l),
        sign: desk.admits(Kind::Sign).then(Uuid::now_v7),
        forms,
        beside_open: beside.iter().any(|form| form.open),
        beside,
        reveal: desk.form(Kind::RevealReporter, refused).filter(|_| reveal),
        units: fields::units(app, l),
        erased: content.is_none(),
        address: redact::text(&masked.address, &masked.reporter),
        attachments: masked
            .attachments
            .iter()
            .map(|one| redact::text(format!("{} {}", one.name, one.uri).trim(), &masked.reporter))
            .collect(),
        compared: alike::compared(&desk, &times, (&seen, &text)).await,
        linked,
        text,
        timeline: timeline(app, &times, seen.case, &masked.reporter, &events).await,
        legs: legs::legs(app, reader, &times, &seen.row, refused),
        parts: parts::parts(app, reader, &times, &seen.row, refused),
        papers: papers::of_case(app, reader, &times, &seen.row),
        evidence: Evidence::of(&seen, app.evidence.is_some() && desk.admits(Kind::AttachEvidence), l),
        ladder: Ladder::of(&seen.row, state.start, l),
        clocks: clocks(app, &times, state),
        facts: facts(app, &times, &seen.row, &masked),
        reporter: if may_reveal(reader, &seen.row) {
            reporter(&masked.reporter, shown.reporter, l)
        } else {
            vec![(l.t("姓名", "Name"), l.t("保密", "confidential").to_owned())]
        },
    };
    show(status, &template)
}

fn facts(app: &App, times: &Times, row: &CaseRow, content: &Content) -> Vec<(&'static str, String)> {
    let l = times.l;
    let rules = app.rules();
    let unit =
        |code: &Option<domain::ids::UnitId>| code.as_ref().map(|code| words::unit(&rules.org, code, l));
    let barred: Vec<String> = row.barred.iter().map(|code| words::unit(&rules.org, code, l)).collect();
    let accused = redact::text(&content.accused.join("、"), &content.reporter);
    let limits = row.item.as_ref().and_then(|code| rules.policy.catalogue.item(code));
    let facts = [
        (l.t("主办单位", "Lead unit"), unit(&row.lead)),
        (l.t("现负责", "Answers now"), unit(&row.responsible).filter(|_| row.responsible != row.lead)),
        (l.t("事项", "Item"), Some(rows::item_name(app, row))),
        (l.t("类别", "Class"), limits.map(|item| class_name(app, &item.sla_class, l))),
        (l.t("地点", "Place"), unit(&row.place)),
        (l.t("诉求举报", "Accused"), Some(accused).filter(|accused| !accused.is_empty())),
        (l.t("回避单位", "Kept away"), Some(barred.join("、")).filter(|names| !names.is_empty())),
        (l.t("来源", "Source"), Some(words::source(&row.source, l))),
        (l.t("外部编号", "Outside id"), row.external_id.clone().filter(|_| row.source != words::CONSOLE)),
        (l.t("渠道", "Channel"), Some(words::channel(&row.channel, l))),
        (l.t("受理时间", "Received"), Some(times.full(row.received_at))),
        (l.t("来件时限", "Outside limit"), row.due_at.filter(|_| row.recorded).map(|at| times.full(at))),
        (l.t("办结时间", "Closed"), row.closed_at.map(|at| times.full(at))),
    ];
    facts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
        .collect()
}

fn class_name(app: &App, code: &str, l: Lang) -> String {
    match app.rules().policy.sla.class(code) {
        Some(class) => format!("{code} {}", l.t(&class.zh, &class.en)),
        None => code.to_owned(),
    }
}

/// Whether this reader could ask who complains. To others not even a surname is shown.
pub fn may_reveal(reader: &Reader, row: &CaseRow) -> bool {
    reader.may(Action::Case(Kind::RevealReporter), row)
}

fn reporter(reporter: &Reporter, clear: bool, l: Lang) -> Vec<(&'static str, String)> {
    let shown = |value: &str, mask: fn(&str) -> String| if clear { value.to_owned() } else { mask(value) };
    let fields = [
        (l.t("姓名", "Name"), shown(&reporter.name, redact::name)),
        (l.t("电话", "Phone"), shown(&reporter.phone, redact::phone)),
        (l.t("证件号", "Identity number"), if clear { reporter.id_number.clone() } else { String::new() }),
    ];
    let known: Vec<_> =
        fields.into_iter().filter(|(_, value)| !value.is_empty() && value != "****").collect();
    if known.is_empty() {
        vec![(l.t("姓名", "Name"), l.t("未留", "not given").to_owned())]
    } else {
        known
    }
}
