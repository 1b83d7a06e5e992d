//! The legs of whistles: those of the reader's own unit, and those that are silent.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use projections::{CalledLeg, LegRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::{Action, Reader};
use crate::console::views_failed;
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem, ProblemBody};

/// Legs where nothing else is asked for.
const PER_PAGE: u32 = 100;

/// Which legs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct LegsAsked {
    /// `open` (the default) or `past`: of the account's own unit. `silent`: of its area, for the desk.
    pub state: String,
    /// At most 500.
    pub limit: Option<u32>,
}

/// Some legs.
#[derive(Serialize, ToSchema)]
pub struct LegList {
    /// What is due first comes first; of past ones the latest.
    pub legs: Vec<LegOfCase>,
    /// How many there are in all; of past ones, how many are listed.
    pub total: u64,
}

/// A leg with its case, as far as a called unit needs to know it.
#[derive(Serialize, ToSchema)]
pub struct LegOfCase {
    /// Number of the case.
    pub case_no: String,
    /// Its redacted title; none once the leg is over and the case is not the reader's to see.
    pub title: Option<String>,
    /// The leg.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub leg: LegRow,
}

/// Legs of the reader's own unit, or the silent ones of its area.
#[utoipa::path(get, path = "/api/v1/legs", tag = "cases", params(LegsAsked),
    responses((status = 200, body = LegList), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    reader: Reader,
    query: Result<Query<LegsAsked>, QueryRejection>,
) -> Result<Json<LegList>, Problem> {
    let Query(asked) = query.map_err(|_| EdgeCode::BadQuery)?;
    let (views, unit, limit) = (&app.views, &reader.account.unit, asked.limit.unwrap_or(PER_PAGE));
    let (found, total) = match asked.state.as_str() {
        "" | "open" => (
            views.legs_of(unit, limit).await.map_err(views_failed)?,
            views.legs_count(unit).await.map_err(views_failed)?,
        ),
        "past" => {
            let found = views.past_legs_of(unit, limit).await.map_err(views_failed)?;
            let total = found.len() as u64;
            (found, total)
        }
        "silent" => {
            if !reader.may_ever(Action::Desk) {
                return Err(EdgeCode::NotAllowed.into());
            }
            let (now, scope) = (app.engine.now(), reader.scope());
            (
                views.silent_legs(now, &scope, limit).await.map_err(views_failed)?,
                views.silent_legs_count(now, &scope).await.map_err(views_failed)?,
            )
        }
        _ => return Err(Problem::from(EdgeCode::BadQuery).about("state")),
    };
    let told = |found: CalledLeg| LegOfCase {
        title: reader.sees(&found.case).then(|| found.case.title.clone()),
        case_no: found.case.case_no,
        leg: found.leg,
    };
    Ok(Json(LegList { legs: found.into_iter().map(told).collect(), total }))
}
