//! `/api/v1/metrics`: the figures of the assessment, for programs.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::QueryRejection;
use projections::metrics::{ALL, Tally, Weights};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::auth::Reader;
use crate::console::lang::Lang;
use crate::figures::{self, Asked, scores, shown};
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem, ProblemBody};

/// The figures, line by line.
#[derive(Serialize, ToSchema)]
pub struct Metrics {
    /// Version of the scheme whose weights they were made with.
    pub scheme: String,
    /// What the lines stand for.
    pub by: &'static str,
    /// One for each unit, rung, item, community or month.
    #[schema(value_type = Vec<Object>)]
    pub lines: Vec<Value>,
    /// All of them.
    #[schema(value_type = Object)]
    pub total: Value,
}

/// The figures of the assessment over any unit, rung, item, place and days, as of any day.
#[utoipa::path(get, path = "/api/v1/metrics", tag = "numbers", params(Asked),
    responses((status = 200, body = Metrics), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    reader: Reader,
    asked: Result<axum::extract::Query<Asked>, QueryRejection>,
) -> Result<Json<Metrics>, Problem> {
    let axum::extract::Query(asked) = asked.map_err(|_| EdgeCode::BadQuery)?;
    let answer = figures::ask(&app.views, &app.rules(), &reader.scope(), &asked, Lang::Zh).await?;
    let line = |key: &str, name: &str, tally: &Tally| json!({ "key": key, "name": name, "counts": counts(tally), "figures": all(tally, &answer.weights) });
    Ok(Json(Metrics {
        scheme: answer.version.clone(),
        by: answer.by.0,
        lines: answer.lines.iter().map(|one| line(&one.key, &one.name, &one.tally)).collect(),
        total: line("", "合计", &answer.total),
    }))
}

/// The scores of a month, with everything that made them.
#[utoipa::path(get, path = "/api/v1/scores", tag = "numbers", params(Asked),
    responses((status = 200, body = Object), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody)))]
pub async fn month(
    State(app): State<Arc<App>>,
    reader: Reader,
    asked: Result<axum::extract::Query<Asked>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let axum::extract::Query(asked) = asked.map_err(|_| EdgeCode::BadQuery)?;
    let rules = app.rules();
    let query = asked.query(&rules, &reader.scope())?;
    let day = query.to.or(query.as_of).unwrap_or_else(|| projections::day_at(app.engine.now()));
    let scored = scores::month(&app.views, &rules, &query.scope, day, query.as_of).await?;
    let assessment = &rules.policy.assessment;
    Ok(Json(json!({
        "scheme": assessment.version,
        "month": day.strftime("%Y-%m").to_string(),
        "ranking": assessment.ranking,
        "units": scored,
    })))
}

fn counts(tally: &Tally) -> Value {
    Value::Object(
        Tally::NAMES.iter().zip(tally.values()).map(|(name, value)| ((*name).into(), value.into())).collect(),
    )
}

fn all(tally: &Tally, weights: &Weights) -> Value {
    let figure = |metric: &projections::metrics::Metric| {
        (metric.key.to_owned(), shown::json(metric, &metric.of(tally, weights)))
    };
    Value::Object(ALL.iter().map(figure).collect::<Map<_, _>>())
}
