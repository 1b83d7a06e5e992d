//! What supervision has put out: orders, notices, listings, interviews and urges.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use domain::case::event::SupervisionStep;
use domain::ids::UnitId;
use projections::{CasePaper, Paper, PaperState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Reader;
use crate::console::views_failed;
use crate::http::App;
use crate::http::paper_query::PaperQuery;
use crate::http::problem::{EdgeCode, Problem, ProblemBody};

/// Where nothing else is asked for.
const PER_PAGE: u32 = 100;

/// Some papers.
#[derive(Serialize, ToSchema)]
pub struct PaperList {
    /// The papers: where something is to be done, what is due first comes first; else the latest first.
    pub papers: Vec<PaperOfCase>,
    /// How many there are in all; counting ends at 10,000.
    pub total: u64,
    /// What waits, by state: how many, and how many of them are past their limit.
    pub waiting: Vec<PaperCount>,
    /// With `by=unit`: how many of each kind for each unit, instead of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_unit: Option<Vec<UnitPapers>>,
    /// Give it back as `cursor` for what follows; none at the end.
    pub next_cursor: Option<String>,
}

/// A paper with its case.
#[derive(Serialize, ToSchema)]
pub struct PaperOfCase {
    /// Number of the case.
    pub case_no: String,
    /// Its redacted title; empty where another unit has the case now.
    pub title: String,
    /// Kind, number, unit, since when, state and limit.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub paper: Paper,
}

/// How many papers stand in a state.
#[derive(Serialize, ToSchema)]
pub struct PaperCount {
    /// The state.
    #[schema(value_type = String)]
    pub state: PaperState,
    /// How many.
    pub count: u64,
    /// How many of them are late.
    pub late: u64,
}

/// How many papers of each kind a unit got.
#[derive(Serialize, ToSchema)]
pub struct UnitPapers {
    /// The unit.
    #[schema(value_type = String)]
    pub unit: UnitId,
    /// Kind and number.
    #[schema(value_type = Object)]
    pub counts: BTreeMap<SupervisionStep, u64>,
}

impl PaperOfCase {
    /// As the reader may see it.
    pub fn of(reader: &Reader, one: CasePaper) -> Self {
        let title = if reader.sees(&one.case) { one.case.title } else { String::new() };
        Self { case_no: one.case.case_no, title, paper: one.paper }
    }
}

/// Orders, notices, listings, interviews and urges of the account's area.
#[utoipa::path(get, path = "/api/v1/supervision", tag = "cases", params(PaperQuery),
    responses((status = 200, body = PaperList), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    reader: Reader,
    query: Result<Query<PaperQuery>, QueryRejection>,
) -> Result<Json<PaperList>, Problem> {
    let Query(asked) = query.map_err(|_| EdgeCode::BadQuery)?;
    let (scope, now) = (reader.scope(), app.engine.now());
    let filter = asked.filter(&app, now)?;
    let total = app.views.papers_count(&filter, &scope).await.map_err(views_failed)?;
    let waiting = app.views.open_papers_count(now, &scope).await.map_err(views_failed)?;
    let waiting = waiting.into_iter().map(|(state, count, late)| PaperCount { state, count, late }).collect();
    if asked.is_by_unit() {
        let units = app.views.papers_by_unit(&filter, &scope).await.map_err(views_failed)?;
        let units = units.into_iter().map(|(unit, counts)| UnitPapers { unit, counts }).collect();
        return Ok(Json(PaperList {
            papers: Vec::new(),
            total,
            waiting,
            by_unit: Some(units),
            next_cursor: None,
        }));
    }
    let limit = asked.limit.unwrap_or(PER_PAGE);
    let found = app.views.papers(&filter, &scope, asked.cursor(), limit).await.map_err(views_failed)?;
    Ok(Json(PaperList {
        papers: found.papers.into_iter().map(|one| PaperOfCase::of(&reader, one)).collect(),
        total,
        waiting,
        by_unit: None,
        next_cursor: found.next_cursor,
    }))
}
