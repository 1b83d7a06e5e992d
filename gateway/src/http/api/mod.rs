//! `/api/v1`: the same questions and orders as the pages, for programs.

mod case;
mod complaints;
mod evidence;
mod lists;
mod openapi;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::problem::{EdgeCode, Problem};
use super::{App, order};
use crate::auth::Reader;

/// The addresses below `/api`.
pub fn router() -> Router<Arc<App>> {
    let v1 = Router::new()
        .route("/complaints", post(complaints::post))
        .route("/cases", get(lists::cases))
        .route("/cases/{key}", get(case::get))
        .route("/cases/{key}/commands", post(case::command))
        .route(
            "/cases/{key}/evidence",
            post(evidence::post).layer(DefaultBodyLimit::max(crate::http::evidence::BODY_MAX)),
        )
        .route("/cases/{key}/evidence/{id}", get(evidence::get))
        .route("/inbox", get(lists::inbox))
        .route("/overdue", get(lists::overdue))
        .route("/desk", get(lists::desk))
        .route("/board", get(lists::board));
    Router::new().nest("/v1", v1).route("/openapi.json", get(openapi::get))
}

/// Reads a JSON body and says where it is wrong, never what was in it.
fn json<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    let text = std::str::from_utf8(body).map_err(|_| EdgeCode::BadBody)?;
    serde_json::from_str(text).map_err(|error| Problem::from(EdgeCode::BadBody).about(why(&error)))
}

/// What is wrong with a body. serde's own words may quote a value: only names of fields are passed on.
fn why(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let named = ["missing field `", "unknown field `", "unknown variant `"].iter().find_map(|start| {
        let rest = words.strip_prefix(start)?;
        let name =
            rest.split('`').next().filter(|name| name.len() <= 40 && !name.chars().any(char::is_numeric))?;
        Some(format!("{start}{name}`"))
    });
    match (named, error.line()) {
        (Some(named), 0) => named,
        (Some(named), line) => format!("{named}, line {line}, column {}", error.column()),
        (None, 0) => "a field has a value of the wrong type or form".to_owned(),
        (None, line) => format!("line {line}, column {}", error.column()),
    }
}

/// The command id of the `Idempotency-Key` header; a new one without it.
fn idempotency_key(headers: &HeaderMap, reader: &Reader) -> Result<Uuid, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(Uuid::now_v7()) };
    let key = value.to_str().ok().map(str::trim).filter(|key| (1..=200).contains(&key.len()));
    let key = key.ok_or_else(|| Problem::from(EdgeCode::BadField).about("Idempotency-Key"))?;
    Ok(order::command_id(reader, key))
}
