//! Photographs and files of a case, for programs.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::case::event::EvidenceKind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::idempotency_key;
use crate::auth::Reader;
use crate::console::case;
use crate::http::problem::{EdgeCode, Problem, ProblemBody};
use crate::http::{App, evidence};

/// What a file shows.
#[derive(Deserialize, IntoParams)]
pub struct What {
    /// `before`, `after`, `near`, `far`, `reference`, `document`.
    kind: String,
}

/// What a file led to.
#[derive(Serialize, ToSchema)]
pub struct Attached {
    /// The case's number.
    case_no: String,
    /// It had been attached before.
    repeated: bool,
    /// Position in the log; none where there was nothing to do.
    position: Option<u64>,
}

/// Attaches a photograph or a file: the body is the file itself, 15 MiB at most.
#[utoipa::path(post, path = "/api/v1/cases/{key}/evidence", tag = "cases",
    params(("key" = String, Path, description = "Number, external id or uuid"), What,
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same file is done once")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Attached), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, description = "Not now", body = ProblemBody),
        (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn post(
    State(app): State<Arc<App>>,
    reader: Reader,
    Path(key): Path<String>,
    Query(what): Query<What>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Attached>, Problem> {
    let seen = case::find(&app, &reader, &key).await?;
    let kind =
        EvidenceKind::parse(&what.kind).ok_or_else(|| Problem::from(EdgeCode::BadField).about("kind"))?;
    let id = idempotency_key(&headers, &reader)?;
    let accepted = evidence::attach(&app, &reader, &seen, kind, body.to_vec(), id).await?;
    let position = accepted.receipt.map(|receipt| receipt.last_position);
    Ok(Json(Attached { case_no: seen.row.case_no, repeated: accepted.repeated, position }))
}

/// A photograph or a file, by the id that the timeline names.
#[utoipa::path(get, path = "/api/v1/cases/{key}/evidence/{id}", tag = "cases",
    params(("key" = String, Path, description = "Number, external id or uuid"),
        ("id" = String, Path, description = "`file.id` of `EvidenceAttached`")),
    responses((status = 200, description = "The file", content_type = "image/jpeg"), (status = 401, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    reader: Reader,
    Path((key, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let seen = case::find(&app, &reader, &key).await?;
    evidence::fetch(&app, &seen, &id).await
}
