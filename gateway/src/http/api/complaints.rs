//! `POST /api/v1/complaints`: one complaint or up to a thousand, each answered for itself.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::fault::Fault;
use domain::intake::Complaint;
use engine::SubmitError;
use engine::intake::{Arrival, Outcome};
use projections::Scope;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::json;
use crate::auth::Reader;
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem, ProblemBody};

/// Most complaints of one request.
const MOST: usize = 1_000;

/// What became of a complaint.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Answer {
    /// A case was opened.
    Accepted {
        /// Its number.
        case_no: String,
    },
    /// The same complaint, unchanged.
    Duplicate {
        /// The case that it opened the first time.
        case_no: String,
    },
    /// The same complaint with other content.
    Supplement {
        /// The case that it was added to.
        case_no: String,
    },
    /// It could not be taken; send it again once it is right.
    Refused {
        /// Code of the first reason.
        code: String,
        /// Everything that is wrong with it.
        #[schema(value_type = Vec<Object>)]
        faults: Vec<Fault>,
    },
    /// The store failed: whether it was taken is unknown. Sending it again is always safe.
    Unknown {
        /// Code.
        code: &'static str,
    },
}

/// Takes complaints in.
#[utoipa::path(
    post, path = "/api/v1/complaints", tag = "intake",
    request_body(content = Object, description = "One complaint, or an array of at most 1000. `received_at` and one of `title`, `text` are required.", content_type = "application/json",
        example = json!({"external_id": "SZ-1", "source": "12345", "received_at": "2026-11-20T09:00:00+08:00", "title": "路灯不亮", "address": "龙桥社区", "reporter": {"name": "张三", "phone": "13800000000"}})),
    responses(
        (status = 200, description = "An answer for each complaint, in order", body = Vec<Answer>),
        (status = 400, description = "Not JSON", body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 413, description = "Too large or too many", body = ProblemBody),
        (status = 422, description = "A single complaint was refused", body = Answer),
    )
)]
pub async fn post(State(app): State<Arc<App>>, reader: Reader, body: Bytes) -> Result<Response, Problem> {
    // A complaint names its source itself: who sees a part only could add to another area's case, and
    // would be told its number.
    if !matches!(reader.scope(), Scope::All) {
        return Err(EdgeCode::NotAllowed.into());
    }
    match json::<Value>(&body)? {
        Value::Array(values) if values.len() > MOST => Err(EdgeCode::TooMany.into()),
        Value::Array(values) => Ok(Json(receive(&app, &reader, values).await?).into_response()),
        one => {
            let answer = receive(&app, &reader, vec![one]).await?.pop().ok_or(EdgeCode::Unavailable)?;
            let status = match answer {
                Answer::Refused { .. } => StatusCode::UNPROCESSABLE_ENTITY,
                Answer::Unknown { .. } => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::OK,
            };
            Ok((status, Json(answer)).into_response())
        }
    }
}

async fn receive(app: &Arc<App>, reader: &Reader, values: Vec<Value>) -> Result<Vec<Answer>, Problem> {
    let now = app.engine.now();
    let mut arrivals = Vec::new();
    let mut answers: Vec<Option<Answer>> = Vec::with_capacity(values.len());
    for value in values {
        // The account is the source of what names none.
        answers.push(match Complaint::from_json(value, &reader.account.name, now) {
            Ok(complaint) => {
                arrivals.push(Arrival::live(complaint, reader.account.actor()));
                None
            }
            Err(faults) => Some(refused(faults)),
        });
    }
    let intake = app.intake.clone();
    // Owned by the runtime: a client that hangs up must not leave it half done.
    let outcomes = tokio::spawn(async move { intake.receive_many(arrivals).await })
        .await
        .map_err(|error| Problem::inside("the intake failed", &error))?;
    let mut outcomes = outcomes.into_iter();
    let mut next = || answer(outcomes.next().unwrap_or(Err(SubmitError::Unavailable)));
    Ok(answers.into_iter().map(|answer| answer.unwrap_or_else(&mut next)).collect())
}

fn refused(faults: Vec<Fault>) -> Answer {
    Answer::Refused { code: faults.first().map(|fault| fault.code.clone()).unwrap_or_default(), faults }
}

fn answer(outcome: Result<Outcome, SubmitError>) -> Answer {
    match outcome {
        Ok(Outcome::Opened { case_no, .. }) => Answer::Accepted { case_no },
        Ok(Outcome::Duplicate { case_no, .. }) => Answer::Duplicate { case_no },
        Ok(Outcome::Supplement { case_no, .. }) => Answer::Supplement { case_no },
        Err(SubmitError::Rejected(rejection)) => {
            let code = rejection.code;
            refused(vec![Fault::new(code.as_str(), code.zh(), code.en()).in_field(&rejection.about)])
        }
        Err(error) => Answer::Unknown { code: Problem::from(error).code() },
    }
}
