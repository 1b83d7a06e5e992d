//! Lists and numbers: the same filters, scopes and counts as the pages.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use projections::{BoardBy, BoardQuery, BoardRow, CaseFilter, CaseRow, DeskCounts};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::supervision::PaperOfCase;
use crate::auth::Reader;
use crate::console::{alike, views_failed};
use crate::http::App;
use crate::http::filter::{CaseQuery, month};
use crate::http::problem::{EdgeCode, Problem, ProblemBody};

/// Rows where nothing else is asked for.
const PER_PAGE: u32 = 100;

/// Some cases, and where to go on.
#[derive(Serialize, ToSchema)]
pub struct CaseList {
    /// The cases. Titles are redacted.
    #[schema(value_type = Vec<Object>)]
    pub cases: Vec<CaseRow>,
    /// How many there are in all.
    pub total: u64,
    /// Give it back as `cursor` for what follows; none at the end.
    pub next_cursor: Option<String>,
}

type Asked<T> = Result<Query<T>, QueryRejection>;

fn asked<T>(query: Asked<T>) -> Result<T, Problem> {
    query.map(|Query(query)| query).map_err(|_| EdgeCode::BadQuery.into())
}

/// Cases of a filter, the latest arrival first; or, with `q`, what a search finds, the latest first.
#[utoipa::path(get, path = "/api/v1/cases", tag = "cases", params(CaseQuery),
    responses((status = 200, body = CaseList), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody)))]
pub async fn cases(
    State(app): State<Arc<App>>,
    reader: Reader,
    query: Asked<CaseQuery>,
) -> Result<Json<CaseList>, Problem> {
    let query = asked(query)?;
    if !query.q.trim().is_empty() {
        let limit = query.limit.unwrap_or(PER_PAGE);
        let mut cases = app.views.search(&query.q, &reader.scope(), limit).await.map_err(views_failed)?;
        alike::conceal(&app, &reader, &mut cases).await?;
        return Ok(Json(CaseList { total: cases.len() as u64, cases, next_cursor: None }));
    }
    let filter = query.filter(app.engine.now())?;
    list(&app, &reader, &filter, &query).await
}

/// Cases whose result is owed and late.
#[utoipa::path(get, path = "/api/v1/overdue", tag = "cases", params(CaseQuery),
    responses((status = 200, body = CaseList), (status = 401, body = ProblemBody)))]
pub async fn overdue(
    State(app): State<Arc<App>>,
    reader: Reader,
    query: Asked<CaseQuery>,
) -> Result<Json<CaseList>, Problem> {
    let query = asked(query)?;
    let now = app.engine.now();
    let filter = CaseFilter { overdue_at: Some(now), ..query.filter(now)? };
    list(&app, &reader, &filter, &query).await
}

async fn list(
    app: &App,
    reader: &Reader,
    filter: &CaseFilter,
    query: &CaseQuery,
) -> Result<Json<CaseList>, Problem> {
    let (scope, limit) = (reader.scope(), query.limit.unwrap_or(PER_PAGE));
    let mut page = app.views.list(filter, &scope, query.cursor(), limit).await.map_err(views_failed)?;
    alike::conceal(app, reader, &mut page.rows).await?;
    let total = app.views.count(filter, &scope).await.map_err(views_failed)?;
    Ok(Json(CaseList { cases: page.rows, total, next_cursor: page.next_cursor }))
}

/// What waits for a unit.
#[derive(Serialize, ToSchema)]
pub struct Inbox {
    /// Its open cases.
    #[serde(flatten)]
    pub cases: CaseList,
    /// 督办单、通报 that it has to reply to, what is due first comes first; the first hundred.
    pub papers: Vec<PaperOfCase>,
}

/// Where an inbox goes on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Turn {
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Rows of a page, at most 500.
    pub limit: Option<u32>,
}

/// Open cases of the reader's own unit, what is due first on top.
#[utoipa::path(get, path = "/api/v1/inbox", tag = "cases", params(Turn),
    responses((status = 200, body = Inbox), (status = 401, body = ProblemBody)))]
pub async fn inbox(
    State(app): State<Arc<App>>,
    reader: Reader,
    turn: Asked<Turn>,
) -> Result<Json<Inbox>, Problem> {
    let turn = asked(turn)?;
    let (unit, scope, limit) = (&reader.account.unit, reader.scope(), turn.limit.unwrap_or(PER_PAGE));
    let mut page =
        app.views.inbox(unit, &scope, turn.cursor.as_deref(), limit).await.map_err(views_failed)?;
    alike::conceal(&app, &reader, &mut page.rows).await?;
    let total = app.views.inbox_count(unit, &scope).await.map_err(views_failed)?;
    let papers = app.views.papers_of(unit, PER_PAGE).await.map_err(views_failed)?;
    let papers = papers.into_iter().map(|one| PaperOfCase::of(&reader, one)).collect();
    let cases = CaseList { cases: page.rows, total, next_cursor: page.next_cursor };
    Ok(Json(Inbox { cases, papers }))
}

/// What needs a person now, in numbers.
#[utoipa::path(get, path = "/api/v1/desk", tag = "numbers",
    responses((status = 200, body = Object), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub async fn desk(State(app): State<Arc<App>>, reader: Reader) -> Result<Json<DeskCounts>, Problem> {
    Ok(Json(app.views.desk(app.engine.now(), &reader.scope()).await.map_err(views_failed)?))
}

/// Which part of the board.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct BoardAsked {
    /// `unit` (the default), `rung`, `item` or `month`.
    pub by: String,
    /// From this month on, `2026-11`.
    pub from: String,
    /// Up to and with this month.
    pub to: String,
}

/// The board's rows, and the totals over all of them.
#[derive(Serialize, ToSchema)]
pub struct Board {
    /// A row per unit, rung, item or month.
    #[schema(value_type = Vec<Object>)]
    pub rows: Vec<BoardRow>,
    /// All of them.
    #[schema(value_type = Object)]
    pub total: BoardRow,
}

/// Limits kept and missed.
#[utoipa::path(get, path = "/api/v1/board", tag = "numbers", params(BoardAsked),
    responses((status = 200, body = Board), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody)))]
pub async fn board(
    State(app): State<Arc<App>>,
    reader: Reader,
    query: Asked<BoardAsked>,
) -> Result<Json<Board>, Problem> {
    let query = asked(query)?;
    let by = match query.by.as_str() {
        "" | "unit" => BoardBy::Unit,
        "rung" => BoardBy::Rung,
        "item" => BoardBy::Item,
        "month" => BoardBy::Month,
        _ => return Err(Problem::from(EdgeCode::BadQuery).about("by")),
    };
    let query = BoardQuery {
        by,
        from_month: month("from", &query.from)?,
        to_month: month("to", &query.to)?,
        scope: reader.scope(),
        now: Some(app.engine.now()),
        ..BoardQuery::default()
    };
    let (rows, total) = app.views.board(&query).await.map_err(views_failed)?;
    Ok(Json(Board { rows, total }))
}
