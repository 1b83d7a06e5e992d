//! One case with its timeline and clocks, and the orders that can be given to it.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use domain::case::admissible::Kind;
use domain::case::clocks::{Due, ResolveClock};
use domain::intake::redact;
use domain::policy::Theirs;
use domain::stream;
use jiff::Timestamp;
use projections::CaseRow;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::idempotency_key;
use crate::auth::Reader;
use crate::console::case::{self, Seen};
use crate::console::whistle;
use crate::http::App;
use crate::http::order::{self, Order};
use crate::http::problem::{Problem, ProblemBody};

/// A case.
#[derive(Serialize, ToSchema)]
pub struct CaseDetail {
    /// Its row, as in lists.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    row: CaseRow,
    /// The complaint, names and numbers masked; none where it was erased.
    content: Option<ContentDetail>,
    /// Where the case is in the words of the system that sent it, where the rules have a table of them.
    #[schema(value_type = Option<Object>)]
    outside_status: Option<Theirs>,
    /// Every limit that runs, with what it was counted from.
    clocks: Clocks,
    /// What happened, oldest first.
    timeline: Vec<Happened>,
}

/// The complaint, redacted.
#[derive(Serialize, ToSchema)]
pub struct ContentDetail {
    /// Title.
    title: String,
    /// Text.
    text: String,
    /// Where, in words.
    address: String,
    /// `张*`; none where the account could not reveal it.
    reporter_name: Option<String>,
    /// `138****1234`; none where the account could not reveal it.
    reporter_phone: Option<String>,
}

/// The limits.
#[derive(Serialize, ToSchema)]
pub struct Clocks {
    /// For the result, with the steps of the ladder.
    #[schema(value_type = Object)]
    resolve: Option<ResolveClock>,
    /// Those beside it, by name.
    #[schema(value_type = Object)]
    beside: std::collections::BTreeMap<&'static str, Due>,
    /// What falls due next, `resolve`, `sign`, …
    next: Option<&'static str>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_due_at: Option<Timestamp>,
}

/// An event.
#[derive(Serialize, ToSchema)]
pub struct Happened {
    /// Place in the case's stream, from 1.
    sequence: u64,
    /// `CaseDispatched`, …
    event: &'static str,
    /// What the event says; sealed parts are left out.
    #[schema(value_type = Object)]
    data: Value,
    /// Who.
    actor: String,
    /// For which unit.
    unit: Option<String>,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Timestamp,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
}

/// A case by its number, external id or uuid.
#[utoipa::path(get, path = "/api/v1/cases/{key}", tag = "cases",
    params(("key" = String, Path, description = "Number, external id or uuid")),
    responses((status = 200, body = CaseDetail), (status = 401, body = ProblemBody),
        (status = 404, description = "None, or not yours to see", body = ProblemBody),
        (status = 409, description = "An external id that several cases have", body = ProblemBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    reader: Reader,
    Path(key): Path<String>,
) -> Result<Json<CaseDetail>, Problem> {
    Ok(Json(detail(&app, &reader, case::find(&app, &reader, &key).await?).await))
}

async fn detail(app: &App, reader: &Reader, seen: Seen) -> CaseDetail {
    let named = case::may_reveal(reader, &seen.row);
    let content = case::content(app, &seen).await.map(|content| ContentDetail {
        title: redact::title(&content),
        text: redact::text(&content.text, &content.reporter),
        address: redact::text(&content.address, &content.reporter),
        reporter_name: named.then(|| redact::name(&content.reporter.name)),
        reporter_phone: named.then(|| match content.reporter.phone.as_str() {
            "" => String::new(),
            phone => redact::phone(phone),
        }),
    });
    let state = &seen.history.state;
    let next = state.next_deadline();
    let clocks = Clocks {
        resolve: state.resolve.clone(),
        beside: state.dues.iter().map(|(name, due)| (name.as_str(), due.clone())).collect(),
        next: next.as_ref().map(|next| next.name.as_str()),
        next_due_at: next.map(|next| next.due_at),
    };
    let shown = whistle::shown(reader, &seen);
    let timeline = shown.iter().filter_map(|recorded| {
        let stream::Event::Case(event) = &recorded.event else { return None };
        Some(Happened {
            sequence: recorded.sequence,
            event: event.name(),
            data: data(event),
            actor: recorded.meta.actor.id.clone(),
            unit: recorded.meta.actor.unit.as_ref().map(ToString::to_string),
            occurred_at: recorded.meta.occurred_at,
            recorded_at: recorded.meta.recorded_at,
        })
    });
    let rules = app.rules();
    let outside_status = rules.policy.vocabulary(&state.source).and_then(|words| words.status(state));
    CaseDetail { content, outside_status, clocks, timeline: timeline.collect(), row: seen.row }
}

/// The event's fields without ciphertext: it tells a reader nothing and must not travel.
fn data(event: &domain::case::Event) -> Value {
    let tagged = serde_json::to_value(event).unwrap_or_default();
    let Some(Value::Object(mut fields)) = tagged.get(event.name()).cloned() else { return Value::Null };
    for sealed in ["sealed", "note", "reply"] {
        fields.remove(sealed);
    }
    Value::Object(fields)
}

/// What a command led to.
#[derive(Serialize, ToSchema)]
pub struct CommandAnswer {
    /// The case's number.
    case_no: String,
    /// It had been accepted before, under the same `Idempotency-Key`.
    repeated: bool,
    /// It was so already: nothing happened, and nothing was noted twice.
    already: bool,
    /// Position in the log of its last event; none where there was nothing to do.
    position: Option<u64>,
    /// The reporter, in answer to `reveal_reporter` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    reporter: Option<ReporterDetail>,
}

/// Who complains, in the clear.
#[derive(Serialize, ToSchema)]
pub struct ReporterDetail {
    /// Name.
    name: String,
    /// Telephone.
    phone: String,
    /// Identity document.
    id_number: String,
}

/// Gives a command to a case.
#[utoipa::path(post, path = "/api/v1/cases/{key}/commands", tag = "cases", request_body = Order,
    params(("key" = String, Path, description = "Number, external id or uuid"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same command is done once")),
    responses((status = 200, body = CommandAnswer), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, description = "Not now", body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn command(
    State(app): State<Arc<App>>,
    reader: Reader,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<CommandAnswer>, Problem> {
    let seen = case::find_own(&app, &reader, &key).await?;
    let order = Order::read(&body)?;
    let reveal = order.kind() == Kind::RevealReporter && case::may_reveal(&reader, &seen.row);
    let id = idempotency_key(&headers, &reader)?;
    let accepted = order::give(&app, &reader, &seen.row, order, id).await?;
    // Every look is an event of its own: an old command, sent again, shows nothing.
    let content = if reveal && !accepted.repeated { case::content(&app, &seen).await } else { None };
    Ok(Json(CommandAnswer {
        case_no: seen.row.case_no,
        repeated: accepted.repeated,
        already: accepted.receipt.is_none(),
        position: accepted.receipt.map(|receipt| receipt.last_position),
        reporter: content.map(|content| content.reporter).map(|reporter| ReporterDetail {
            name: reporter.name,
            phone: reporter.phone,
            id_number: reporter.id_number,
        }),
    }))
}
