//! `/cases/{no}`: one case with everything that is known of it, and what can be done with it now.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form as Body, extract::Query};
use domain::case::admissible::Kind;
use domain::ids::CaseId;
use domain::intake::redact;
use domain::sealed::Content;
use domain::stream;
use engine::CaseHistory;
use jiff::Timestamp;
use projections::CaseRow;
use uuid::Uuid;

use super::alike::{self, Compared, Linked};
use super::clocks::{ClockView, clocks};
use super::evidence::Evidence;
use super::facts::{self, Ladder};
use super::fields::{self, Input, UnitChoice};
use super::forms::{Desk, Form, Refused};
use super::lanes::Lanes;
use super::legs::{self, LegView};
use super::notify_words;
use super::page::{Page, show, times, views_failed};
use super::papers::{self, PaperView};
use super::parts;
use super::timeline::{Line, timeline};
use super::{actions, collision, failed, lanes, orders, presence, rows, stood, words};
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
    lanes: Option<Lanes>,
    /// Who has it open too.
    here: String,
    /// The time of which it is shown, and the same for the field.
    stood: Option<String>,
    at: String,
    /// What was typed into a form that there is no more.
    lost: Vec<(String, String)>,
    printed: String,
    facts: Vec<(&'static str, String)>,
    reporter: Vec<(&'static str, String)>,
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
    /// 时间回看: as it stood then.
    at: Option<String>,
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
    let at = done.at.filter(|at| !at.is_empty()).map(|at| stood::time(&at, app.rules().calendar.zone()));
    let found = match at.transpose() {
        Ok(at) => find(&app, &reader, &no).await.map(|seen| (seen, at)),
        Err(problem) => Err(problem),
    };
    match found {
        Ok((seen, at)) => {
            presence::look(&app, &reader, &seen.row.case_no);
            page(&app, &visit, &reader, seen, None, None, Shown { note, at, ..Shown::default() }).await
        }
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

/// What this page shows besides the case.
#[derive(Default)]
struct Shown {
    note: Option<String>,
    /// The reporter in the clear: only in the answer to the order that says what for.
    reporter: bool,
    /// As it stood then; nothing can be done in the past.
    at: Option<Timestamp>,
    /// What came after the form was made, which is marked.
    since: Option<u64>,
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
    let since = collision::moved_since(&reader, &seen, &input);
    let given = match orders::read(&action, &input, &seen.history.state, zone) {
        _ if since.is_some() => Err(EdgeCode::CaseMoved.into()),
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
                Shown { since, ..Shown::default() },
            )
            .await
        }
        // Every look is an event of its own: an old form, sent again, shows nothing.
        Ok(accepted) if action == "reveal_reporter" && !accepted.repeated => {
            match find(&app, &reader, &no).await {
                Ok(seen) => {
                    page(
                        &app,
                        &visit,
                        &reader,
                        seen,
                        None,
                        None,
                        Shown { reporter: true, ..Shown::default() },
                    )
                    .await
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
    match made(app, visit, reader, seen, problem, refused, shown).await {
        Ok((status, template)) => show(status, &template),
        Err(problem) => failed(app, visit, Some(reader), problem).await,
    }
}

async fn made(
    app: &Arc<App>,
    visit: &Visit,
    reader: &Reader,
    seen: Seen,
    problem: Option<Problem>,
    refused: Refused<'_>,
    shown: Shown,
) -> Result<(StatusCode, CasePage), Problem> {
    let frame = Page::inside(app, visit, reader).await?;
    let (l, here) = (visit.lang, format!("/cases/{}", seen.row.case_no));
    let frame = Page { note: shown.note, here, seen: Some(seen.history.events.len()), ..frame };
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::http);
    let mut times = times(app, l);
    let printed = times.full(times.now);
    let content = content(app, &seen).await;
    let seen = stood::at(app, seen, shown.at, content.as_ref())?;
    times.now = shown.at.unwrap_or(times.now);
    let (past, masked) = (shown.at.is_some(), content.clone().unwrap_or_default());
    let state = &seen.history.state;
    let desk = Desk { app, reader, row: &seen.row, state, l };
    let text = facts::text(&masked);
    let attaches = app.evidence.is_some() && desk.admits(Kind::AttachEvidence) && !past;
    let linked = alike::linked(app, reader, &seen.row, l).await?;
    let reveal = desk.admits(Kind::RevealReporter) && !shown.reporter && content.is_some() && !past;
    let forms = if past { Vec::new() } else { desk.forms(refused) };
    let legs = legs::legs(app, reader, &times, &seen.row, refused);
    let parts = parts::parts(app, reader, &times, &seen.row, refused);
    let lost = collision::lost((&forms, &[&legs, &parts]), refused, problem.is_some());
    let (beside, forms): (Vec<Form>, Vec<Form>) = forms.into_iter().partition(Form::is_beside);
    let mut events = notify_words::with_notifications(app, reader, &seen).await?;
    events.0.retain(|recorded| !past || recorded.meta.recorded_at <= times.now);
    let timeline = timeline(app, &times, (seen.case, &masked.reporter), &events, shown.since).await;
    let template = CasePage {
        page: frame.with_problem(problem),
        no: seen.row.case_no.clone(),
        title: rows::title(&seen.row, l),
        life: words::life(state.life, l),
        life_class: rows::life_class(state.life),
        flags: rows::flags(&seen.row, l),
        sign: (desk.admits(Kind::Sign) && !past).then(Uuid::now_v7),
        forms,
        beside_open: beside.iter().any(|form| form.open),
        beside,
        reveal: desk.form(Kind::RevealReporter, refused).filter(|_| reveal),
        units: fields::units(app, l),
        erased: content.is_none(),
        address: redact::text(&masked.address, &masked.reporter),
        attachments: facts::attachments(&masked),
        compared: if past { None } else { alike::compared(&desk, &times, (&seen, &text)).await },
        linked,
        text,
        timeline,
        lanes: lanes::lanes(app, &times, &seen.row),
        here: presence::others(app, reader, &seen.row.case_no, l).await?,
        stood: shown.at.map(|at| times.full(at)),
        at: times.field(times.now),
        lost,
        printed,
        legs: stood::read_only(legs, past),
        parts: stood::read_only(parts, past),
        papers: papers::of_case(app, reader, &times, &seen.row),
        evidence: Evidence::of(&seen, attaches, l),
        ladder: Ladder::of(&seen.row, state.start, l),
        clocks: clocks(app, &times, state),
        facts: facts::facts(app, &times, &seen.row, &masked),
        reporter: facts::reporter_for(may_reveal(reader, &seen.row), &masked.reporter, shown.reporter, l),
    };
    Ok((status, template))
}

/// Whether this reader could ask who complains. To others not even a surname is shown.
pub fn may_reveal(reader: &Reader, row: &CaseRow) -> bool {
    reader.may(Action::Case(Kind::RevealReporter), row)
}
