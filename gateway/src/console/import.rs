//! `/import`: a workbook of complaints, checked first and then taken in whole.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::fault::Fault;

use super::evidence::parts;
use super::lang::Lang;
use super::page::{Page, show};
use super::{caught_up, failed, words};
use crate::auth::Reader;
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::Visit;
use crate::http::workbook::{self, Told};

#[derive(Template)]
#[template(path = "import.html")]
struct Import {
    page: Page,
    told: Option<Told>,
    faults: Vec<Line>,
}

/// A mistake and its place.
struct Line {
    cell: String,
    code: String,
    text: String,
}

/// `GET /import`
pub async fn get(State(app): State<Arc<App>>, visit: Visit, reader: Reader) -> Response {
    page(&app, &visit, &reader, None).await
}

/// `POST /import`
pub async fn post(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match take(&app, &reader, &headers, body).await {
        Ok(told) => page(&app, &visit, &reader, Some(told)).await,
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn take(app: &Arc<App>, reader: &Reader, headers: &HeaderMap, body: Bytes) -> Result<Told, Problem> {
    let mut fields = parts(headers, body).await.ok_or(EdgeCode::BadBody)?;
    let content = fields.remove("file").unwrap_or_default().to_vec();
    let own = format!("{}:{}", words::CONSOLE, reader.account.name);
    let checked = workbook::check(app, reader, content, &own).await?;
    if fields.get("do").is_none_or(|what| what.as_ref() != b"import") {
        return Ok(checked.told);
    }
    let told = workbook::take(app, reader, checked).await?;
    if let Ok(head) = app.engine.store().head().await {
        caught_up(app, head.position).await;
    }
    Ok(told)
}

async fn page(app: &Arc<App>, visit: &Visit, reader: &Reader, told: Option<Told>) -> Response {
    let l = visit.lang;
    let line = |fault: &Fault| Line {
        cell: fault.cell.clone(),
        code: fault.code.clone(),
        text: if l == Lang::Zh { fault.zh.clone() } else { fault.en.clone() },
    };
    let faults: Vec<Line> = told.iter().flat_map(|told| &told.faults).map(line).collect();
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    match Page::inside(app, visit, reader).await {
        Ok(page) => show(status, &Import { page, told, faults }),
        Err(problem) => failed(app, visit, None, problem).await,
    }
}
