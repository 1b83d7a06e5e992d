//! `/api/v1`: the same questions and orders as the pages, for programs.

mod alike;
mod callbacks;
mod case;
mod complaints;
mod evidence;
mod legs;
mod lists;
mod metrics;
pub mod notifications;
mod openapi;
mod parts;
pub mod rules;
mod supervision;
mod waiting;
mod workbook;

use std::sync::Arc;

use axum::http::HeaderMap;
use domain::case::admissible::Kind;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::doors::{Doors, Rule};
use super::problem::{EdgeCode, Problem};
use super::{App, order};
use crate::auth::{Action, Reader};

/// The addresses below `/api`.
pub fn doors(app: &Arc<App>) -> Doors {
    use Rule::{May, Open, SignedIn};
    let attach = May(Action::Case(Kind::AttachEvidence));
    let v1 = Doors::new(app)
        .post("/complaints", May(Action::Intake), complaints::post)
        .post_large("/complaints/workbook", May(Action::Intake), super::evidence::BODY_MAX, workbook::post)
        .get("/cases", SignedIn, lists::cases)
        .get("/cases/{key}", SignedIn, case::get)
        .post("/cases/{key}/commands", SignedIn, case::command)
        .post_large("/cases/{key}/evidence", attach, super::evidence::BODY_MAX, evidence::post)
        .get("/cases/{key}/evidence/{id}", SignedIn, evidence::get)
        .get("/cases/{key}/alike", SignedIn, alike::get)
        .get("/themes", SignedIn, alike::themes)
        .get("/inbox", SignedIn, lists::inbox)
        .get("/legs", SignedIn, legs::get)
        .get("/parts", SignedIn, parts::get)
        .get("/overdue", SignedIn, lists::overdue)
        .get("/desk", May(Action::Desk), lists::desk)
        .get("/waiting", May(Action::Desk), waiting::get)
        .get("/supervision", May(Action::Desk), supervision::get)
        .get("/callbacks", May(Action::Case(Kind::RecordCallback)), callbacks::get)
        .get("/notifications", SignedIn, notifications::get)
        .post("/notifications/read", SignedIn, notifications::read_all)
        .post("/notifications/{id}/read", SignedIn, notifications::read)
        .get("/notifications/parked", May(Action::Notifications), notifications::parked)
        .post("/notifications/parked", May(Action::Notifications), notifications::replay_all)
        .post("/notifications/parked/{id}", May(Action::Notifications), notifications::replay)
        .get("/board", SignedIn, lists::board)
        .get("/metrics", SignedIn, metrics::get)
        .get("/scores", SignedIn, metrics::month)
        .get("/rules", May(Action::Rules), rules::get)
        .post("/rules/reload", May(Action::Rules), rules::reload)
        .get("/rules/preview", May(Action::Rules), rules::preview)
        .post("/rules/revisions", May(Action::Rules), rules::revise);
    Doors::new(app).below("/v1", v1).get("/openapi.json", Open, openapi::get)
}

/// Reads a JSON body and says where it is wrong, never what was in it.
pub(super) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(body).map_err(|_| EdgeCode::BadBody)?;
    serde_json::from_str(text).map_err(|error| Problem::from(EdgeCode::BadBody).about(why(&error)))
}

/// What is wrong with a body. serde's own words may quote a value: only names of fields are passed on.
pub(super) fn why(error: &serde_json::Error) -> String {
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
