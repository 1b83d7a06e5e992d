//! `/cases/{no}/papers/…` and `/cases/{no}/sheet`: official pages, to read, to print and as PDF.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::page::{Page, show, times};
use super::{case, failed};
use crate::auth::{Action, Reader};
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::{Visit, url_encode};
use crate::official::pdf::{self, PdfError};
use crate::official::{self, Official, What};

#[derive(Template)]
#[template(path = "official.html")]
struct OfficialPage {
    page: Page,
    no: String,
    paper: Official,
    pdf: String,
}

/// `GET /cases/{no}/papers/{kind}/{number}`
pub async fn paper(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Path((no, kind, number)): Path<(String, String, String)>,
) -> Response {
    let pdf = format!("/cases/{no}/papers/{kind}/{number}/pdf");
    let made = made(&app, &visit, &reader, &no, named(&kind, &number)).await;
    answer(&app, &visit, &reader, no, pdf, made).await
}

/// `GET /cases/{no}/papers/{kind}/{number}/pdf`
pub async fn paper_pdf(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Path((no, kind, number)): Path<(String, String, String)>,
) -> Response {
    let made = made(&app, &visit, &reader, &no, named(&kind, &number)).await;
    file(&app, &visit, &reader, made).await
}

/// `GET /cases/{no}/sheet`: the case itself, 工单.
pub async fn sheet(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Path(no): Path<String>,
) -> Response {
    let pdf = format!("/cases/{no}/sheet/pdf");
    let made = made(&app, &visit, &reader, &no, Some(What::Case)).await;
    answer(&app, &visit, &reader, no, pdf, made).await
}

/// `GET /cases/{no}/sheet/pdf`
pub async fn sheet_pdf(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Path(no): Path<String>,
) -> Response {
    let made = made(&app, &visit, &reader, &no, Some(What::Case)).await;
    file(&app, &visit, &reader, made).await
}

fn named(kind: &str, number: &str) -> Option<What> {
    official::what(kind, number.parse().ok()?)
}

async fn made(
    app: &App,
    visit: &Visit,
    reader: &Reader,
    no: &str,
    what: Option<What>,
) -> Result<Official, Problem> {
    let seen = case::find(app, reader, no).await?;
    // A unit reads what was circulated, and no draft.
    let drafts = reader.may_ever(Action::Desk);
    let times = times(app, visit.lang);
    let page = what.and_then(|what| official::of(app, &times, &seen, what, drafts, &reader.account.display));
    page.ok_or_else(|| EdgeCode::PageNotFound.into())
}

async fn answer(
    app: &Arc<App>,
    visit: &Visit,
    reader: &Reader,
    no: String,
    pdf: String,
    made: Result<Official, Problem>,
) -> Response {
    let paper = match made {
        Ok(paper) => paper,
        Err(problem) => return failed(app, visit, Some(reader), problem).await,
    };
    match Page::inside(app, visit, reader).await {
        Ok(page) => show(StatusCode::OK, &OfficialPage { page, no, paper, pdf }),
        Err(problem) => failed(app, visit, Some(reader), problem).await,
    }
}

async fn file(app: &Arc<App>, visit: &Visit, reader: &Reader, made: Result<Official, Problem>) -> Response {
    let made = match made {
        Ok(page) => {
            let name = match page.number.as_str() {
                "" => page.title.0.clone(),
                number => format!("{}-{number}", page.title.0),
            };
            packed(page).await.map(|bytes| (name, bytes))
        }
        Err(problem) => Err(problem),
    };
    match made {
        Ok((name, bytes)) => {
            let name = url_encode(&format!("{name}.pdf"));
            let headers = [
                (CONTENT_TYPE, "application/pdf".to_owned()),
                (CONTENT_DISPOSITION, format!("inline; filename=\"paper.pdf\"; filename*=UTF-8''{name}")),
                (CACHE_CONTROL, "no-store".to_owned()),
            ];
            (headers, bytes).into_response()
        }
        Err(problem) if visit.bearer => problem.into_response(),
        Err(problem) => failed(app, visit, Some(reader), problem).await,
    }
}

/// On a thread where laying it out keeps nobody else waiting.
async fn packed(page: Official) -> Result<Vec<u8>, Problem> {
    let made = tokio::task::spawn_blocking(move || pdf::make(&page)).await;
    match made.map_err(|error| Problem::inside("a PDF could not be made", &error))? {
        Ok(bytes) => Ok(bytes),
        Err(PdfError::NoFont) => Err(EdgeCode::FontMissing.into()),
        Err(error) => Err(Problem::inside("a PDF could not be made", &error)),
    }
}
