//! The parts of cases: those of the reader's own unit, and those that are late.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use projections::{GivenPart, PartRow};
use serde::Serialize;
use utoipa::ToSchema;

use super::legs::LegsAsked;
use crate::auth::{Action, Reader};
use crate::console::views_failed;
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem, ProblemBody};

/// Parts where nothing else is asked for.
const PER_PAGE: u32 = 100;

/// Some parts.
#[derive(Serialize, ToSchema)]
pub struct PartList {
    /// What is due first comes first; of past ones the latest.
    pub parts: Vec<PartOfCase>,
    /// How many there are in all; of past ones, how many are listed.
    pub total: u64,
}

/// A part with its case, as far as its unit needs to know it.
#[derive(Serialize, ToSchema)]
pub struct PartOfCase {
    /// Number of the case.
    pub case_no: String,
    /// Its redacted title; none once the part is over and the case is not the reader's to see.
    pub title: Option<String>,
    /// The part.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub part: PartRow,
}

/// Parts of the reader's own unit (协办、下派), or the late ones of its area.
#[utoipa::path(get, path = "/api/v1/parts", tag = "cases", params(LegsAsked),
    responses((status = 200, body = PartList), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    reader: Reader,
    query: Result<Query<LegsAsked>, QueryRejection>,
) -> Result<Json<PartList>, Problem> {
    let Query(asked) = query.map_err(|_| EdgeCode::BadQuery)?;
    let (views, unit, limit) = (&app.views, &reader.account.unit, asked.limit.unwrap_or(PER_PAGE));
    let (found, total) = match asked.state.as_str() {
        "" | "open" => (
            views.parts_of(unit, limit).await.map_err(views_failed)?,
            views.parts_count(unit).await.map_err(views_failed)?,
        ),
        "past" => {
            let found = views.past_parts_of(unit, limit).await.map_err(views_failed)?;
            let total = found.len() as u64;
            (found, total)
        }
        "silent" => {
            if !reader.may_ever(Action::Desk) {
                return Err(EdgeCode::NotAllowed.into());
            }
            let (now, scope) = (app.engine.now(), reader.scope());
            (
                views.late_parts(now, &scope, limit).await.map_err(views_failed)?,
                views.late_parts_count(now, &scope).await.map_err(views_failed)?,
            )
        }
        _ => return Err(Problem::from(EdgeCode::BadQuery).about("state")),
    };
    let told = |found: GivenPart| PartOfCase {
        title: reader.sees(&found.case).then(|| found.case.title.clone()),
        case_no: found.case.case_no,
        part: found.part,
    };
    Ok(Json(PartList { parts: found.into_iter().map(told).collect(), total }))
}
