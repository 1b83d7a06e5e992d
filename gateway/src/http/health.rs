//! `/healthz`, `/readyz` and `/metrics`: how the program is, for those who look after it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus::{Encoder, TextEncoder};
use serde::Serialize;

use super::App;
use super::problem::Problem;

#[derive(Serialize)]
struct Live {
    ok: bool,
}

/// `GET /healthz`: the process answers. Says nothing of the database: to start this process again
/// would not mend that.
pub async fn healthz() -> Response {
    Json(Live { ok: true }).into_response()
}

/// `GET /readyz`: 200 where this node should be sent visitors, else 503. Says nothing that a stranger
/// could use.
pub async fn readyz(State(app): State<Arc<App>>) -> Response {
    let readiness = app.status.readiness(&app).await;
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}

/// `GET /metrics`: to this machine itself, or to an administrator.
pub async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    app.status.measure(&app).await;
    let mut text = Vec::new();
    TextEncoder::new()
        .encode(&app.metrics.gather(), &mut text)
        .map_err(|error| Problem::inside("figures could not be written", &error))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
