//! `/healthz` and `/metrics`: how the program is, for those who look after it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus::{Encoder, TextEncoder};
use serde::Serialize;

use super::App;
use super::problem::{EdgeCode, Problem};
use super::visit::Visit;
use crate::auth::Action;

#[derive(Serialize)]
struct Health {
    ok: bool,
    log: bool,
    views: bool,
    /// Positions of the log that the views have not taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    lag: Option<u64>,
}

/// `GET /healthz`: 200 where log and views answer, else 503. Says nothing that a stranger could use.
pub async fn healthz(State(app): State<Arc<App>>) -> Response {
    let head = app.engine.store().head().await.ok().map(|head| head.position);
    let views = app.views.checkpoint().await.ok().map(|checkpoint| checkpoint.position);
    let lag = head.zip(views).map(|(head, views)| head.saturating_sub(views));
    let ok = lag.is_some();
    let health = Health { ok, log: head.is_some(), views: views.is_some(), lag };
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(health)).into_response()
}

/// `GET /metrics`: to this machine itself, or to an administrator.
pub async fn metrics(State(app): State<Arc<App>>, visit: Visit) -> Result<Response, Problem> {
    let admin = visit.reader(&app).is_some_and(|reader| reader.may_ever(Action::Metrics));
    if !visit.local && !admin {
        return Err(if visit.account.is_some() { EdgeCode::NotAllowed } else { EdgeCode::NotSignedIn }.into());
    }
    let mut text = Vec::new();
    TextEncoder::new()
        .encode(&app.metrics.gather(), &mut text)
        .map_err(|error| Problem::inside("figures could not be written", &error))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
