//! The pages: Chinese first, complete English, whole without a script and fresher with one.

mod board;
pub mod case;
mod cases;
mod chart;
mod clocks;
mod dead;
mod desk;
mod errors;
pub mod evidence;
mod fields;
mod forms;
mod inbox;
pub mod lang;
mod new;
mod orders;
mod page;
mod rows;
mod sign_in;
mod timeline;
mod triage;
pub mod when;
pub mod whistle;
mod words;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

pub use clocks::{ClockView, clocks};
pub use page::{times, views_failed};
pub use timeline::name as event_name;

use crate::auth::Reader;
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::Visit;

/// The pages' addresses.
pub fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(home))
        .route("/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/sign-out", post(sign_in::out))
        .route("/inbox", get(inbox::get))
        .route("/cases", get(cases::get))
        .route("/cases/{no}", get(case::get))
        .route("/cases/{no}/do/{action}", post(case::act))
        .route(
            "/cases/{no}/evidence",
            post(evidence::post).layer(DefaultBodyLimit::max(crate::http::evidence::BODY_MAX)),
        )
        .route("/cases/{no}/evidence/{id}", get(evidence::get))
        .route("/desk", get(desk::get))
        .route("/board", get(board::get))
        .route("/triage", get(triage::get))
        .route("/dead", get(dead::get))
        .route("/dead/{sequence}", get(dead::letter))
        .route("/dead/{sequence}/{action}", post(dead::act))
        .route("/new", get(new::get).post(new::post))
        .route("/docs/errors/{code}", get(errors::get))
}

async fn home(reader: Reader) -> Redirect {
    Redirect::to(page::home(reader.account.role))
}

/// An error as a page, with the reader's frame around it where one is known.
pub async fn failed(app: &Arc<App>, visit: &Visit, reader: Option<&Reader>, problem: Problem) -> Response {
    let frame = match reader {
        Some(reader) => page::Page::inside(app, visit, reader).await.ok(),
        None => None,
    };
    errors::show(frame.unwrap_or_else(|| page::Page::outside(visit, app.demo)), problem)
}

/// A request that was turned away before its handler: a page for people, a problem for programs.
pub fn refused(visit: &Visit, parts: &Parts, problem: Problem) -> Response {
    if wants_page(parts.uri.path(), &parts.headers) {
        errors::show(page::Page::outside(visit, false), problem)
    } else {
        problem.into_response()
    }
}

/// No such page.
pub async fn not_found(State(app): State<Arc<App>>, visit: Visit, headers: HeaderMap) -> Response {
    let problem = Problem::from(EdgeCode::PageNotFound);
    if !wants_page(&visit.here, &headers) {
        return problem.into_response();
    }
    let reader = visit.reader(&app);
    failed(&app, &visit, reader.as_ref(), problem).await
}

fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    !path.starts_with("/api/") && (accepts.contains("text/html") || path.contains("/do/"))
}

/// A path of this site; `//elsewhere` and `/\elsewhere` are none.
fn is_local(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.contains(char::is_control)
}

/// How long a page waits for its own command to show.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Waits until the views have taken an event in, so that the next page shows what was just done.
/// The log has it in any case: after a while the page goes on without.
pub async fn caught_up(app: &App, position: u64) {
    let wait = async {
        let mut pause = Duration::from_millis(5);
        while app.views.checkpoint().await.is_ok_and(|checkpoint| checkpoint.position < position) {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(80));
        }
    };
    // Running out of patience is no failure.
    let _ = tokio::time::timeout(PATIENCE, wait).await;
}
