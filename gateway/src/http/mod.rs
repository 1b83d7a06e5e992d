//! The edge for browsers and programs: one router, one order of layers, one way to say no.

pub mod api;
pub mod assets;
pub mod doors;
pub mod edge_order;
pub mod evidence;
pub mod filter;
pub mod hand_order;
mod health;
mod live;
pub mod order;
pub mod paper_query;
pub mod part_order;
pub mod problem;
mod security;
pub mod supervise_order;
pub mod visit;
pub mod workbook;

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::context::Rulebook;
use engine::Engine;
use engine::evidence::EvidenceStore;
use engine::intake::Intake;
use projections::Views;
use tower_http::catch_panic::CatchPanicLayer;

use crate::auth::{Accounts, Action, Throttle};
use crate::config::Proxies;
use crate::console;
use crate::status::Status;
use doors::{Doors, Rule};
use problem::{EdgeCode, Problem};
use visit::Visit;

/// Most bytes of a body.
pub const MAX_BODY: usize = 2 * 1024 * 1024;
/// Longest time for an answer; the live feed has none.
const PATIENCE: Duration = Duration::from_secs(30);

/// What every handler works with.
pub struct App {
    /// The door to the log.
    pub engine: Engine,
    /// Complaints come in here.
    pub intake: Intake,
    /// What people see.
    pub views: Views,
    /// Photographs and files; none where several gateways have no place in common.
    pub evidence: Option<EvidenceStore>,
    /// Who may come in.
    pub accounts: Accounts,
    /// Where the rules are read again from; none for the sample.
    pub rules_folder: Option<PathBuf>,
    /// Slows down guessing.
    pub throttle: Throttle,
    /// Figures of the program.
    pub metrics: prometheus::Registry,
    /// How this node is.
    pub status: Status,
    /// Cookies only over TLS.
    pub secure_cookies: bool,
    /// Whose word about a client's address is taken.
    pub trusted_proxies: Proxies,
    /// Made-up people: their names and password stand on the sign-in page.
    pub demo: bool,
}

impl App {
    /// The rules in force now. A handler that asks twice may be told of two editions.
    pub fn rules(&self) -> Arc<Rulebook> {
        self.engine.rules()
    }
}

/// Every address that answers within a time, with its rule.
pub fn doors(app: &Arc<App>) -> Doors {
    Doors::new(app)
        .below("", console::doors(app))
        .below("/api", api::doors(app))
        .get("/assets/{file}", Rule::Open, assets::get)
        .get("/metrics", Rule::HereOr(Action::Metrics), health::metrics)
}

/// The address that goes on answering.
fn live(app: &Arc<App>) -> Doors {
    Doors::new(app).get("/live", Rule::SignedIn, live::live)
}

/// Every address of the program.
pub fn router(app: Arc<App>) -> Router {
    let bounded = doors(&app)
        .open()
        .1
        .fallback(console::not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn(patience));
    Router::new()
        .merge(bounded)
        .merge(live(&app).open().1)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(in_our_words))
        .layer(from_fn(visit::guard))
        .layer(from_fn_with_state(app.clone(), visit::identify))
        // Asked by machines every few seconds, without a visit or a cookie.
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(security::headers))
        .layer(tower_http::trace::TraceLayer::new_for_http())
        .with_state(app)
}

async fn wrong_method() -> Problem {
    EdgeCode::MethodNotAllowed.into()
}

/// An answer that takes too long is given up; what it wrote, if anything, stays written.
async fn patience(request: Request, next: Next) -> Response {
    match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::from(EdgeCode::TimedOut).into_response(),
    }
}

/// What the framework turns away by itself, with a line of English, is said as everything else is.
async fn in_our_words(visit: Visit, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_bare = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !(response.status().is_client_error() && is_bare) {
        return response;
    }
    let code = match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => EdgeCode::TooLarge,
        StatusCode::NOT_FOUND => EdgeCode::PageNotFound,
        StatusCode::METHOD_NOT_ALLOWED => EdgeCode::MethodNotAllowed,
        _ => EdgeCode::BadBody,
    };
    console::refused(&visit, &asked, code.into())
}

/// A fault of ours must not take the connection with it, nor tell what it was.
#[expect(clippy::needless_pass_by_value, reason = "the layer calls it so")]
fn panicked(what: Box<dyn Any + Send + 'static>) -> Response {
    let told = what.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let told = told.or_else(|| what.downcast_ref::<String>().cloned()).unwrap_or_default();
    Problem::inside("a handler panicked", &told).into_response()
}
