//! A workbook of complaints, for programs.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use projections::Scope;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::Reader;
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem, ProblemBody};
use crate::http::workbook::{self, Told};

/// How a workbook is taken.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct How {
    /// `yes`: only checked, nothing is imported.
    check: String,
    /// The sending system, where a row names none; else the account's name.
    source: String,
}

/// Takes in an Excel workbook of complaints: whole, or with one mistake not at all.
#[utoipa::path(post, path = "/api/v1/complaints/workbook", tag = "intake", params(How),
    request_body(content = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    responses((status = 200, body = Told), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 413, body = ProblemBody), (status = 422, description = "Every mistake, each with its cell", body = ProblemBody)))]
pub async fn post(
    State(app): State<Arc<App>>,
    reader: Reader,
    Query(how): Query<How>,
    body: Bytes,
) -> Result<Json<Told>, Problem> {
    if !matches!(reader.scope(), Scope::All) {
        return Err(EdgeCode::NotAllowed.into());
    }
    let own = if how.source.is_empty() { reader.account.name.clone() } else { how.source };
    let checked = workbook::check(&app, &reader, body.to_vec(), &own).await?;
    let told = if how.check == "yes" { checked.told } else { workbook::take(&app, &reader, checked).await? };
    workbook::answered(told).map(Json)
}
