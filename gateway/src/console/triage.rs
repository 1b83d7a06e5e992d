//! `/triage`: cases that wait for an item, a place or a unit, with the form beside each.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::case::admissible::Kind;
use domain::case::{Life, State as CaseState};
use projections::{CaseFilter, CaseRow};

use super::failed;
use super::fields::{self, UnitChoice};
use super::forms::{Desk, Form};
use super::inbox::Turn;
use super::page::{Page, show, times, views_failed};
use super::rows::{self, RowView};
use crate::auth::Reader;
use crate::http::App;
use crate::http::filter::query;
use crate::http::problem::Problem;
use crate::http::visit::{Visit, url_encode};

/// Rows of a page; each has a form.
const PER_PAGE: u32 = 20;

#[derive(Template)]
#[template(path = "triage.html")]
struct Triage {
    page: Page,
    total: u64,
    rows: Vec<RowView>,
    units: Vec<UnitChoice>,
    next: String,
    download: String,
}

/// `GET /triage`
pub async fn get(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Query(turn): Query<Turn>,
) -> Response {
    match triage(&app, &visit, &reader, &turn).await {
        Ok(triage) => show(StatusCode::OK, &triage),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn triage(app: &Arc<App>, visit: &Visit, reader: &Reader, turn: &Turn) -> Result<Triage, Problem> {
    let (filter, scope) = (CaseFilter::triage(), reader.scope());
    let found =
        app.views.list(&filter, &scope, turn.cursor.as_deref(), PER_PAGE).await.map_err(views_failed)?;
    let times = times(app, visit.lang);
    let rows = found
        .rows
        .iter()
        .map(|row| RowView { form: form(app, reader, row, visit), ..rows::view(app, reader, &times, row) });
    Ok(Triage {
        page: Page::inside(app, visit, reader).await?,
        download: format!("/cases.xlsx?{}", query(&filter)),
        total: app.views.count(&filter, &scope).await.map_err(views_failed)?,
        rows: rows.collect(),
        units: fields::units(app, visit.lang),
        next: found
            .next_cursor
            .map(|cursor| format!("/triage?cursor={}", url_encode(&cursor)))
            .unwrap_or_default(),
    })
}

/// The one form that takes the case out of triage, closed until it is asked for.
fn form(app: &App, reader: &Reader, row: &CaseRow, visit: &Visit) -> Option<Form> {
    let kind = if row.life == Life::PendingDispatch { Kind::Dispatch } else { Kind::Classify };
    let state = CaseState { life: row.life, ..CaseState::default() };
    let desk = Desk { app, reader, row, state: &state, l: visit.lang };
    let form = desk.admits(kind).then(|| desk.form(kind, None)).flatten()?;
    // Many of the same form stand on this page.
    let prefix = format!("{}-{}", form.action, row.case_no);
    let fields = form.fields.into_iter().map(|field| field.within(&prefix)).collect();
    Some(Form { open: false, fields, ..form })
}
