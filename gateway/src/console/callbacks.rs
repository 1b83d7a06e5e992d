//! `/callbacks`: who is to be called back, in order of the limit, with what was tried, what to say, and the
//! forms. A telephone number is not on it: that is revealed case by case, and noted.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::case::admissible::Kind;
use projections::{CaseRow, ToCall};
use uuid::Uuid;

use super::callback_forms::{drawn_words, outcome};
use super::failed;
use super::forms::{Desk, Form};
use super::page::{Page, show, times, views_failed};
use super::rating;
use super::rows::{self, RowView};
use super::when::Times;
use crate::auth::Reader;
use crate::http::App;
use crate::http::problem::Problem;
use crate::http::visit::Visit;

/// Rows of the page; each has forms.
const SHOWN: u32 = 50;

#[derive(Template)]
#[template(path = "callbacks.html")]
struct CallbacksPage {
    page: Page,
    total: u64,
    late: u64,
    today: u64,
    rows: Vec<CallView>,
}

/// A complainant who is to be called.
struct CallView {
    row: RowView,
    /// Attempts so far, the last first.
    attempts: Vec<String>,
    /// How many count, of how many.
    counted: String,
    /// From when another one counts; empty where any does.
    next: String,
    /// It counts now.
    ready: bool,
    /// How it was drawn.
    drawn: String,
    /// Id of the command that shows the number, where the reader may ask for it.
    reveal: Option<Uuid>,
    /// Where the complainant answers alone: to be sent to them.
    link: String,
    /// The answers, and the attempt.
    forms: Vec<Form>,
}

/// `GET /callbacks`
pub async fn get(State(app): State<Arc<App>>, visit: Visit, reader: Reader) -> Response {
    match callbacks(&app, &visit, &reader).await {
        Ok(page) => show(StatusCode::OK, &page),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

/// How much there is to call in the reader's area.
///
/// # Errors
/// The views failed.
pub async fn to_call(app: &App, reader: &Reader) -> Result<ToCall, Problem> {
    let now = app.engine.now();
    let zone = app.rules().calendar.zone().clone();
    let tonight = now.to_zoned(zone).end_of_day().map_or(now, |end| end.timestamp());
    app.views.callbacks_count(now, tonight, &reader.scope()).await.map_err(views_failed)
}

async fn callbacks(app: &Arc<App>, visit: &Visit, reader: &Reader) -> Result<CallbacksPage, Problem> {
    let times = times(app, visit.lang);
    let found = app.views.callbacks(&reader.scope(), SHOWN).await.map_err(views_failed)?;
    let mut rows = Vec::with_capacity(found.len());
    for row in found.iter().filter(|row| reader.sees(row)) {
        rows.extend(view(app, reader, &times, row).await?);
    }
    let ToCall { total, late, today } = to_call(app, reader).await?;
    Ok(CallbacksPage { page: Page::inside(app, visit, reader).await?, total, late, today, rows })
}

async fn view(app: &App, reader: &Reader, times: &Times, row: &CaseRow) -> Result<Option<CallView>, Problem> {
    let history = app.engine.case(row.case_id).await;
    let history = history.map_err(|error| Problem::inside("a case could not be read", &error))?;
    let Some(history) = history else { return Ok(None) };
    let l = times.l;
    let desk = Desk { app, reader, row, state: &history.state, l };
    let forms = [Kind::RecordCallback, Kind::AttemptCallback].into_iter().filter(|kind| desk.admits(*kind));
    let forms = forms.filter_map(|kind| desk.form(kind, None)).map(|form| {
        // Many of the same form stand on this page.
        let prefix = format!("{}-{}", form.action, row.case_no);
        let fields = form.fields.into_iter().map(|field| field.within(&prefix)).collect();
        Form { open: false, fields, ..form }
    });
    let attempts = row.calls.attempts.iter().rev().map(|attempt| {
        let counts = if attempt.counted { "" } else { l.t("（不计）", " (not counted)") };
        format!("{} {}{counts}", times.short(attempt.at), outcome(attempt.outcome, l))
    });
    let needed = app.rules().policy.sla.callback.attempts;
    Ok(Some(CallView {
        attempts: attempts.collect(),
        counted: format!("{}/{needed}", row.calls.counted()),
        next: row.calls.next_from.map(|at| times.short(at)).unwrap_or_default(),
        ready: row.calls.next_from.is_none_or(|at| at <= times.now),
        drawn: row.calls.drawn.map(|drawn| drawn_words(drawn, l)).unwrap_or_default(),
        reveal: desk.admits(Kind::RevealReporter).then(Uuid::now_v7),
        link: rating::link(app, row.case_id, history.state.reopened),
        forms: forms.collect(),
        row: rows::view(app, reader, times, row),
    }))
}
