//! What waits to be decided.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use projections::{Wait, WaitFor};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Reader;
use crate::console::views_failed;
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem, ProblemBody};

/// Where nothing else is asked for.
const PER_PAGE: u32 = 100;

/// Which.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct WaitsAsked {
    /// `return`, `objection`, `extension`, `suspension`, `whistle`, `decline`, `release`, `void`,
    /// `exclusion`, `reveal`, `outside`, `unsolved`, `capped`; none for all.
    pub kind: String,
    /// At most 500.
    pub limit: Option<u32>,
}

/// What waits.
#[derive(Serialize, ToSchema)]
pub struct WaitList {
    /// What is due first comes first; what has no limit after that, the oldest first.
    pub waiting: Vec<WaitOfCase>,
    /// How much waits, by kind.
    pub counts: Vec<WaitCount>,
}

/// How much of one kind waits.
#[derive(Serialize, ToSchema)]
pub struct WaitCount {
    /// The kind.
    #[schema(value_type = String)]
    pub kind: WaitFor,
    /// How many.
    pub count: u64,
    /// How many of them are past their limit.
    pub late: u64,
}

/// Something that waits, with its case.
#[derive(Serialize, ToSchema)]
pub struct WaitOfCase {
    /// Number of the case.
    pub case_no: String,
    /// Its redacted title.
    pub title: String,
    /// What is asked, by whom, why, since and until when.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub wait: Wait,
}

/// What waits for somebody's decision, in the account's area.
#[utoipa::path(get, path = "/api/v1/waiting", tag = "cases", params(WaitsAsked),
    responses((status = 200, body = WaitList), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    reader: Reader,
    query: Result<Query<WaitsAsked>, QueryRejection>,
) -> Result<Json<WaitList>, Problem> {
    let Query(asked) = query.map_err(|_| EdgeCode::BadQuery)?;
    let kind = match asked.kind.as_str() {
        "" => None,
        word => Some(WaitFor::parse(word).ok_or_else(|| Problem::from(EdgeCode::BadQuery).about("kind"))?),
    };
    let (scope, limit) = (reader.scope(), asked.limit.unwrap_or(PER_PAGE));
    let found = app.views.waits(kind, &scope, limit).await.map_err(views_failed)?;
    let counts = app.views.waits_count(app.engine.now(), &scope).await.map_err(views_failed)?;
    Ok(Json(WaitList {
        waiting: found
            .into_iter()
            .map(|one| WaitOfCase { case_no: one.case.case_no, title: one.case.title, wait: one.wait })
            .collect(),
        counts: counts.into_iter().map(|(kind, count, late)| WaitCount { kind, count, late }).collect(),
    }))
}
