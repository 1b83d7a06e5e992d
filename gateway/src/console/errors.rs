//! Errors as pages, and the page that explains a code.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::case::Code;

use super::page::{self, Page};
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::Visit;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    heading: String,
    zh: &'static str,
    en: &'static str,
    code: &'static str,
    more: &'static str,
}

/// A problem as a page.
pub fn show(page: Page, problem: Problem) -> Response {
    let status = problem.http();
    let retry = problem.retry_header();
    let heading = match status {
        StatusCode::NOT_FOUND => page.t("没有找到", "Not found"),
        StatusCode::FORBIDDEN => page.t("不能这样做", "Not allowed"),
        _ => page.t("出了问题", "Something is wrong"),
    };
    let heading = heading.to_owned();
    let (zh, en, code) = (problem.zh(), problem.en(), problem.code());
    let mut response = page::show(status, &ErrorPage { page, heading, zh, en, code, more: "" });
    if let Some(seconds) = retry {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// `GET /docs/errors/{code}`
pub async fn get(State(app): State<Arc<App>>, visit: Visit, Path(code): Path<String>) -> Response {
    let frame = match visit.reader(&app) {
        Some(reader) => {
            Page::inside(&app, &visit, &reader).await.unwrap_or_else(|_| Page::outside(&visit, app.demo))
        }
        None => Page::outside(&visit, app.demo),
    };
    let rule = Code::ALL.iter().find(|known| known.as_str() == code);
    let edge = EdgeCode::ALL.iter().find(|known| known.as_str() == code);
    let (code, zh, en, more) = match (rule, edge) {
        (Some(rule), _) => {
            let more = (
                "这是办理规则给出的答复：工单没有任何改变。",
                "The rules gave this answer: nothing was changed.",
            );
            (rule.as_str(), rule.zh(), rule.en(), more)
        }
        (None, Some(edge)) => {
            let more = (
                "这是系统入口给出的答复：请求没有进入办理。",
                "The edge gave this answer: the request went no further.",
            );
            (edge.as_str(), edge.zh(), edge.en(), more)
        }
        (None, None) => return show(frame, EdgeCode::PageNotFound.into()),
    };
    let heading = frame.t("错误代码说明", "What this code means").to_owned();
    let more = frame.l.t(more.0, more.1);
    page::show(StatusCode::OK, &ErrorPage { page: frame, heading, zh, en, code, more })
}

/// For the header of a sign-in that must wait.
pub fn retry_after(response: &mut Response, seconds: i64) {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
}
