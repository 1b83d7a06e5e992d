//! Suggested duplicates of a case, and the themes of a month.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use jiff::Timestamp;
use projections::{Likeness, Theme};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Reader;
use crate::console::{alike, case, themes};
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem, ProblemBody};

/// A case that may be the same complaint.
#[derive(Serialize, ToSchema)]
pub struct AlikeCase {
    /// Number.
    case_no: String,
    /// Redacted title.
    title: String,
    /// State of life.
    life: &'static str,
    /// When it was received.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// `place`, `item`: the same; `days` between the two; `text`: words in common, in percent.
    #[schema(value_type = Object)]
    likeness: Likeness,
}

/// Cases that may be the same complaint as this one, the most alike first; none for a case that is over.
#[utoipa::path(get, path = "/api/v1/cases/{key}/alike", tag = "cases",
    params(("key" = String, Path, description = "Number, external id or uuid")),
    responses((status = 200, body = Vec<AlikeCase>), (status = 401, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    reader: Reader,
    Path(key): Path<String>,
) -> Result<Json<Vec<AlikeCase>>, Problem> {
    let seen = case::find(&app, &reader, &key).await?;
    let found = alike::found(&app, &reader, &seen.row).await?;
    let told = found.into_iter().map(|one| AlikeCase {
        life: one.row.life.as_str(),
        received_at: one.row.received_at,
        case_no: one.row.case_no,
        title: one.row.title,
        likeness: one.likeness,
    });
    Ok(Json(told.collect()))
}

/// Which month.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ThemesAsked {
    /// `2026-11`, of the arrival; the present one where it is left out.
    pub month: String,
}

/// 每月一题: what a month proposes.
#[derive(Serialize, ToSchema)]
pub struct ThemeList {
    /// The month.
    month: String,
    /// So many cases make a theme.
    least: u8,
    /// The most cases first: `place`, `item`, `cases`, `open`.
    #[schema(value_type = Vec<Object>)]
    themes: Vec<Theme>,
}

/// What one community complains of again and again in a month.
#[utoipa::path(get, path = "/api/v1/themes", tag = "cases", params(ThemesAsked),
    responses((status = 200, body = ThemeList), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody)))]
pub async fn themes(
    State(app): State<Arc<App>>,
    reader: Reader,
    asked: Result<Query<ThemesAsked>, QueryRejection>,
) -> Result<Json<ThemeList>, Problem> {
    let Query(asked) = asked.map_err(|_| EdgeCode::BadQuery)?;
    let (month, least, themes) = themes::themes(&app, &reader, &asked.month).await?;
    Ok(Json(ThemeList { month, least, themes }))
}
