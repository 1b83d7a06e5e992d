//! The pages: Chinese first, complete English, whole without a script and fresher with one.

mod actions;
pub(crate) mod alike;
mod board;
mod bulk;
mod callback_forms;
pub(crate) mod callbacks;
pub mod case;
mod cases;
mod chart;
mod clocks;
mod collision;
mod dead;
mod decisions;
mod desk;
mod downloads;
mod edges;
mod errors;
pub mod evidence;
mod facts;
mod fields;
mod figures;
mod form_labels;
mod forms;
mod hand_forms;
pub(crate) mod hand_words;
mod import;
mod inbox;
mod keys;
mod lanes;
pub mod lang;
mod legs;
mod new;
pub(crate) mod notifications;
mod notify_words;
pub(crate) mod official;
pub(crate) mod orders;
mod page;
mod papers;
mod part_forms;
mod parts;
mod presence;
pub mod rating;
mod report;
mod revised;
mod rows;
mod rules;
mod said;
mod saved;
mod screen;
mod sheet;
mod sign_in;
mod stood;
mod supervise_forms;
pub(crate) mod supervision_words;
pub(crate) mod themes;
mod timeline;
mod triage;
mod waiting;
pub mod when;
pub mod whistle;
mod whistle_forms;
mod words;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::case::admissible::Kind;

pub use clocks::{ClockView, clocks};
pub use page::{times, views_failed};
pub use timeline::name as event_name;
pub use words::{rung as rung_name, unit as unit_name};

use crate::auth::{Action, Reader};
use crate::http::App;
use crate::http::doors::{Doors, Rule};
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::Visit;

/// The pages' addresses.
pub fn doors(app: &Arc<App>) -> Doors {
    use Rule::{May, Open, SignedIn};
    let attach = May(Action::Case(Kind::AttachEvidence));
    Doors::new(app)
        .get("/", SignedIn, home)
        .get("/sign-in", Open, sign_in::get)
        .post("/sign-in", Open, sign_in::post)
        .post("/sign-out", Open, sign_in::out)
        .get("/inbox", SignedIn, inbox::get)
        .get("/cases", SignedIn, cases::get)
        .get("/cases.xlsx", SignedIn, downloads::cases)
        .get("/inbox.xlsx", SignedIn, downloads::inbox)
        .get("/legs.xlsx", May(Action::Desk), downloads::legs)
        .get("/board.xlsx", SignedIn, downloads::board)
        .get("/board.csv", SignedIn, downloads::figures)
        .get("/cases/{no}", SignedIn, case::get)
        .post("/cases/{no}/do/{action}", SignedIn, case::act)
        .post("/cases/{no}/here", SignedIn, presence::post)
        .post_large("/cases/{no}/evidence", attach, crate::http::evidence::BODY_MAX, evidence::post)
        .get("/cases/{no}/evidence/{id}", SignedIn, evidence::get)
        .get("/cases/{no}/sheet", SignedIn, official::sheet)
        .get("/cases/{no}/sheet/pdf", SignedIn, official::sheet_pdf)
        .get("/cases/{no}/papers/{kind}/{number}", SignedIn, official::paper)
        .get("/cases/{no}/papers/{kind}/{number}/pdf", SignedIn, official::paper_pdf)
        .get("/desk", May(Action::Desk), desk::get)
        .get("/waiting", May(Action::Desk), waiting::get)
        .get("/supervision", May(Action::Desk), papers::get)
        .get("/supervision.xlsx", May(Action::Desk), downloads::supervision)
        .get("/callbacks", May(Action::Case(Kind::RecordCallback)), callbacks::get)
        .get("/callbacks.xlsx", May(Action::Case(Kind::RecordCallback)), downloads::callbacks)
        .get("/board", SignedIn, board::get)
        .get("/themes", SignedIn, themes::get)
        .get("/report", SignedIn, report::get)
        .get("/report.xlsx", SignedIn, report::file)
        .get("/triage", May(Action::Triage), triage::get)
        .get("/notifications", SignedIn, notifications::get)
        .post("/notifications/read", SignedIn, notifications::read_all)
        .post("/notifications/{id}/read", SignedIn, notifications::read)
        .get("/notifications/parked", May(Action::Notifications), notifications::parked)
        .post("/notifications/parked", May(Action::Notifications), notifications::replay_all)
        .post("/notifications/parked/{id}", May(Action::Notifications), notifications::replay)
        .get("/dead", May(Action::DeadLetters), dead::get)
        .get("/dead/{sequence}", May(Action::OpenDeadLetter), dead::letter)
        .post("/dead/{sequence}/{action}", May(Action::OpenDeadLetter), dead::act)
        .get("/rules", May(Action::Rules), rules::get)
        .post("/rules/{action}", May(Action::Rules), rules::act)
        .get("/new", May(Action::Register), new::get)
        .post("/new", May(Action::Register), new::post)
        .get("/import", May(Action::Register), import::get)
        .post_large("/import", May(Action::Register), crate::http::evidence::BODY_MAX, import::post)
        .get("/keys", SignedIn, keys::get)
        .get("/screen", May(Action::Desk), screen::get)
        .post("/views", SignedIn, saved::save)
        .post("/views/{id}/forget", SignedIn, saved::forget)
        .post("/bulk", SignedIn, bulk::post)
        .get("/bulk/{id}", SignedIn, bulk::get)
        .post("/bulk/{id}/undo", SignedIn, bulk::undo)
        .get("/r/{token}", Open, rating::get)
        .post("/r/{token}", Open, rating::post)
        .get("/docs/errors/{code}", Open, errors::get)
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

/// Somebody who may not come in here: a page within their frame, a problem for programs.
pub async fn turned_away(
    app: &Arc<App>,
    visit: &Visit,
    headers: &HeaderMap,
    reader: &Reader,
    code: EdgeCode,
) -> Response {
    if wants_page(&visit.here, headers) {
        failed(app, visit, Some(reader), code.into()).await
    } else {
        Problem::from(code).into_response()
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
