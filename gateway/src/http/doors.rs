//! Every address with its rule: who may come in at all. An address without a rule does not compile, and
//! `gateway/tests/web_routes.rs` tries each with every role, in scope, out of scope and signed out.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

use super::App;
use super::problem::EdgeCode;
use super::visit::Visit;
use crate::auth::Action;
use crate::console;

/// Who may come in. What a reader may see and do behind the door is asked there: `auth::scope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Everybody: nothing of a case is behind it.
    Open,
    /// Who signed in.
    SignedIn,
    /// Who has a role for this.
    May(Action),
    /// A program of this very machine, or who has a role for this.
    HereOr(Action),
}

/// One address.
#[derive(Debug, Clone)]
pub struct Door {
    /// Method.
    pub method: Method,
    /// Path, with its `{places}`.
    pub path: String,
    /// Who may come in.
    pub rule: Rule,
}

/// Addresses that belong together.
pub struct Doors {
    app: Arc<App>,
    router: Router<Arc<App>>,
    table: Vec<Door>,
}

impl Doors {
    /// None yet.
    pub fn new(app: &Arc<App>) -> Self {
        Self { app: app.clone(), router: Router::new(), table: Vec::new() }
    }

    /// An address to read.
    #[must_use]
    pub fn get<H, T>(self, path: &str, rule: Rule, handler: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        self.door(Method::GET, path, rule, get(handler))
    }

    /// An address to send to.
    #[must_use]
    pub fn post<H, T>(self, path: &str, rule: Rule, handler: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        self.door(Method::POST, path, rule, post(handler))
    }

    /// An address that takes bodies of so many bytes, and not only of as many as all others.
    #[must_use]
    pub fn post_large<H, T>(self, path: &str, rule: Rule, most: usize, handler: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        self.door(Method::POST, path, rule, post(handler).layer(DefaultBodyLimit::max(most)))
    }

    /// All of these below a common path; at the root with an empty one.
    #[must_use]
    pub fn below(mut self, path: &str, doors: Doors) -> Self {
        let full = |door: Door| Door { path: format!("{path}{}", door.path), ..door };
        self.table.extend(doors.table.into_iter().map(full));
        self.router = if path.is_empty() {
            self.router.merge(doors.router)
        } else {
            self.router.nest(path, doors.router)
        };
        self
    }

    /// What the addresses are, and what answers there.
    pub fn open(self) -> (Vec<Door>, Router<Arc<App>>) {
        (self.table, self.router)
    }

    fn door(mut self, method: Method, path: &str, rule: Rule, answer: MethodRouter<Arc<App>>) -> Self {
        let guarded = answer.route_layer(from_fn_with_state((self.app.clone(), rule), check));
        self.router = self.router.route(path, guarded);
        self.table.push(Door { method, path: path.to_owned(), rule });
        self
    }
}

async fn check(
    State((app, rule)): State<(Arc<App>, Rule)>,
    visit: Visit,
    request: Request,
    next: Next,
) -> Response {
    let action = match rule {
        Rule::Open => return next.run(request).await,
        Rule::HereOr(_) if visit.local => return next.run(request).await,
        Rule::SignedIn => None,
        Rule::May(action) | Rule::HereOr(action) => Some(action),
    };
    let Some(reader) = visit.reader(&app) else { return visit.must_sign_in() };
    if action.is_some_and(|action| !reader.may_ever(action)) {
        return console::turned_away(&app, &visit, request.headers(), &reader, EdgeCode::NotAllowed).await;
    }
    next.run(request).await
}
