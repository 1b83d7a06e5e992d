//! `/inbox`: what waits for the reader's own unit, what is due first on top.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::case::Life;
use projections::{CalledLeg, CaseRow, GivenPart};

use super::legs::{self, LegView};
use super::page::{Page, show, times, views_failed};
use super::papers::{self, PaperView};
use super::parts;
use super::rows::{self, RowView};
use super::{failed, words};
use crate::auth::Reader;
use crate::http::App;
use crate::http::problem::Problem;
use crate::http::visit::{Visit, url_encode};

/// Rows of a page.
const PER_PAGE: u32 = 100;
/// Legs shown that are over.
const PAST: u32 = 10;

#[derive(Template)]
#[template(path = "inbox.html")]
struct Inbox {
    page: Page,
    unit: String,
    total: u64,
    legs: Vec<LegView>,
    past: Vec<LegView>,
    papers: Vec<PaperView>,
    parts: Vec<LegView>,
    past_parts: Vec<LegView>,
    groups: Vec<Group>,
    next: String,
}

struct Group {
    title: &'static str,
    rows: Vec<RowView>,
}

/// Where the page begins.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Turn {
    pub(super) cursor: Option<String>,
}

/// `GET /inbox`
pub async fn get(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Query(turn): Query<Turn>,
) -> Response {
    match inbox(&app, &visit, &reader, turn.cursor.as_deref()).await {
        Ok(inbox) => show(StatusCode::OK, &inbox),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn inbox(
    app: &Arc<App>,
    visit: &Visit,
    reader: &Reader,
    cursor: Option<&str>,
) -> Result<Inbox, Problem> {
    let (l, unit, scope) = (visit.lang, &reader.account.unit, reader.scope());
    let found = app.views.inbox(unit, &scope, cursor, PER_PAGE).await.map_err(views_failed)?;
    let total = app.views.inbox_count(unit, &scope).await.map_err(views_failed)?;
    let total = total + app.views.parts_count(unit).await.map_err(views_failed)?;
    let total = total + app.views.legs_count(unit).await.map_err(views_failed)?;
    let total = total + app.views.papers_of_count(unit).await.map_err(views_failed)?;
    let times = times(app, l);
    let papers = app.views.papers_of(unit, PER_PAGE).await.map_err(views_failed)?;
    let papers = papers.iter().map(|one| papers::view(app, reader, &times, one)).collect();
    let seen = |called: &CalledLeg| {
        let view = legs::leg_view(app, reader, &times, &called.case, &called.leg, None);
        // Of a case that it no longer sees, a unit keeps its own leg only.
        let title = if view.link { view.title } else { l.t("（已解哨）", "(stood down)").to_owned() };
        LegView { title, ..view }
    };
    let open = app.views.legs_of(unit, PER_PAGE).await.map_err(views_failed)?;
    let past = app.views.past_legs_of(unit, PAST).await.map_err(views_failed)?;
    let (legs, past) = (open.iter().map(seen).collect(), past.iter().map(seen).collect());
    let part = |given: &GivenPart| {
        let view = parts::part_view(app, reader, &times, &given.case, &given.part, None);
        let title = if view.link { view.title } else { l.t("（已结束）", "(over)").to_owned() };
        LegView { title, ..view }
    };
    let open_parts = app.views.parts_of(unit, PER_PAGE).await.map_err(views_failed)?;
    let past_parts = app.views.past_parts_of(unit, PAST).await.map_err(views_failed)?;
    let (to_do, waiting): (Vec<CaseRow>, Vec<CaseRow>) =
        found.rows.into_iter().partition(|row| matches!(row.life, Life::Dispatched | Life::InProgress));
    let mut groups = Vec::new();
    for (title, rows) in [
        (l.t("等本单位办理", "For this unit to do"), to_do),
        (l.t("等复核、核查或回访", "Waiting for a review, a check or a callback"), waiting),
    ] {
        if !rows.is_empty() {
            groups.push(Group { title, rows: rows::rows(app, reader, &times, &rows) });
        }
    }
    Ok(Inbox {
        page: Page::inside(app, visit, reader).await?,
        unit: words::unit(&app.rules().org, unit, l),
        total,
        legs,
        past,
        papers,
        parts: open_parts.iter().map(part).collect(),
        past_parts: past_parts.iter().map(part).collect(),
        groups,
        next: found
            .next_cursor
            .map(|cursor| format!("/inbox?cursor={}", url_encode(&cursor)))
            .unwrap_or_default(),
    })
}
