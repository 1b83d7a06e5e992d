//! Who is to be called back.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use jiff::Timestamp;
use projections::{CallsRow, CaseRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Reader;
use crate::console::{callbacks, rating, views_failed};
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem, ProblemBody};

/// Where nothing else is asked for.
const PER_PAGE: u32 = 100;

/// How many.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct CallsAsked {
    /// At most 2000.
    pub limit: Option<u32>,
}

/// Complainants who are to be called back.
#[derive(Serialize, ToSchema)]
pub struct CallList {
    /// What is due first comes first.
    pub callbacks: Vec<ToCallBack>,
    /// How many there are.
    pub total: u64,
    /// Of these, past their limit.
    pub late: u64,
    /// Of these, due by the end of the day, or late.
    pub today: u64,
    /// After so many attempts that count a callback is invalid.
    pub attempts: u8,
}

/// One of them. The reporter's data is asked for case by case: `reveal_reporter`.
#[derive(Serialize, ToSchema)]
pub struct ToCallBack {
    /// Number of the case.
    pub case_no: String,
    /// Its redacted title.
    pub title: String,
    /// Limit for the callback.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Timestamp>,
    /// Where the complainant answers alone, below this service's address: to be sent to them. It counts
    /// like the callback, once.
    pub rating_link: String,
    /// Attempts so far that count.
    pub counted: usize,
    /// Attempts, from when another one counts, and how the case was drawn.
    #[schema(value_type = Object)]
    pub calls: CallsRow,
}

impl ToCallBack {
    fn of(app: &App, row: CaseRow) -> Self {
        let rating_link = rating::link(app, row.case_id, row.reopened);
        let (due_at, counted) = (row.callback_due_at, row.calls.counted());
        Self { case_no: row.case_no, title: row.title, due_at, rating_link, counted, calls: row.calls }
    }
}

/// Complainants who are to be called back, in the account's area.
#[utoipa::path(get, path = "/api/v1/callbacks", tag = "cases", params(CallsAsked),
    responses((status = 200, body = CallList), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    reader: Reader,
    query: Result<Query<CallsAsked>, QueryRejection>,
) -> Result<Json<CallList>, Problem> {
    let Query(asked) = query.map_err(|_| EdgeCode::BadQuery)?;
    let limit = asked.limit.unwrap_or(PER_PAGE);
    let found = app.views.callbacks(&reader.scope(), limit).await.map_err(views_failed)?;
    let counts = callbacks::to_call(&app, &reader).await?;
    Ok(Json(CallList {
        callbacks: found
            .into_iter()
            .filter(|row| reader.sees(row))
            .map(|row| ToCallBack::of(&app, row))
            .collect(),
        total: counts.total,
        late: counts.late,
        today: counts.today,
        attempts: app.rules().policy.sla.callback.attempts,
    }))
}
