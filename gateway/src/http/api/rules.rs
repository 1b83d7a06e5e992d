//! The rules: which edition is in force, what it would do to open cases, and the order to do it.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use domain::rules::{self, RevisionFinished, RevisionOrdered, RulesAdopted};
use projections::Scope;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{idempotency_key, json};
use crate::auth::{Action, Reader};
use crate::console::views_failed;
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem, ProblemBody};
use crate::reload::{self, ReloadError};
use crate::reviser;
use crate::revision::{self, Preview};

/// The rules as this node has them, and as the log has noted them.
#[derive(Serialize, ToSchema)]
pub struct InForce {
    /// The edition by which this node decides.
    #[schema(value_type = Object)]
    pub here: RulesAdopted,
    /// The edition that a node last took into force; another one than here, where a node has not loaded it yet.
    #[schema(value_type = Option<Object>)]
    pub noted: Option<RulesAdopted>,
    /// The revision under way.
    #[schema(value_type = Option<Object>)]
    pub under_way: Option<RevisionOrdered>,
    /// The last that was finished.
    #[schema(value_type = Option<Object>)]
    pub finished: Option<RevisionFinished>,
}

/// What is to be previewed.
#[derive(Debug, Deserialize, IntoParams)]
pub struct Asked {
    /// The files as they are on disk now, before they are taken into force.
    #[serde(default)]
    pub files: bool,
    /// `false`: only calendar and ladder are new, every case keeps the budget it was given.
    #[serde(default = "yes")]
    pub budgets: bool,
}

fn yes() -> bool {
    true
}

/// A revision to be carried out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmed {
    /// The edition that was previewed.
    pub edition: String,
    /// As in the preview.
    #[serde(default = "yes")]
    pub budgets: bool,
    /// How many cases the preview said would change.
    #[serde(default)]
    pub cases: u64,
}

/// Rules are the whole jurisdiction's: nobody but its administrators.
///
/// # Errors
/// Not allowed.
pub fn administers(reader: &Reader) -> Result<(), Problem> {
    match reader.may_ever(Action::Rules) && reader.scope() == Scope::All {
        true => Ok(()),
        false => Err(EdgeCode::NotAllowed.into()),
    }
}

/// What is known of the rules.
///
/// # Errors
/// The log failed.
pub async fn in_force(app: &App) -> Result<InForce, Problem> {
    let rules::State { adopted, ordered, finished } =
        app.engine.rules_state().await.map_err(|error| Problem::away("the rules' stream", &error))?;
    Ok(InForce { here: RulesAdopted::of(&app.rules()), noted: adopted, under_way: ordered, finished })
}

/// Tries the rules in force, or the files, on every open case.
///
/// # Errors
/// Files with faults, each with its line; or the views failed.
pub async fn tried(app: &App, asked: &Asked) -> Result<Preview, Problem> {
    let rules = match asked.files {
        true => reload::read(app.rules_folder.as_deref(), &app.rules()).map_err(faulty)?,
        false => app.rules(),
    };
    let tried = revision::preview(&app.views, &rules, app.engine.now(), asked.budgets, revision::NAMED);
    tried.await.map_err(views_failed)
}

/// Takes the files into force.
///
/// # Errors
/// Files with faults: then the rules in force stay.
pub async fn taken(app: &App, reader: &Reader) -> Result<(), Problem> {
    let actor = reader.account.actor();
    match reload::reload(&app.engine, app.rules_folder.as_deref(), actor).await {
        Ok(_) => Ok(()),
        Err(ReloadError::Faults(faults)) => Err(faulty(faults)),
        Err(ReloadError::Log(error)) => Err(error.into()),
    }
}

/// Has a revision carried out.
///
/// # Errors
/// One is under way, or the rules are not those of the preview.
pub async fn confirmed(app: &App, reader: &Reader, it: Confirmed, id: Uuid) -> Result<(), Problem> {
    let Confirmed { edition, budgets, cases } = it;
    let order = RevisionOrdered { revision: id, edition, budgets, cases };
    Ok(reviser::order(&app.engine, order, reader.account.actor()).await?)
}

fn faulty(faults: Vec<domain::fault::Fault>) -> Problem {
    Problem::from(EdgeCode::RulesFaulty).with_faults(faults)
}

/// The rules in force.
#[utoipa::path(get, path = "/api/v1/rules", tag = "rules",
    responses((status = 200, body = InForce), (status = 403, body = ProblemBody)))]
pub async fn get(State(app): State<Arc<App>>, reader: Reader) -> Result<Json<InForce>, Problem> {
    administers(&reader)?;
    Ok(Json(in_force(&app).await?))
}

/// Reads the files again, checks them, and decides by them from now on. Open cases stay as they are.
#[utoipa::path(post, path = "/api/v1/rules/reload", tag = "rules",
    responses((status = 200, body = InForce), (status = 422, body = ProblemBody)))]
pub async fn reload(State(app): State<Arc<App>>, reader: Reader) -> Result<Json<InForce>, Problem> {
    administers(&reader)?;
    taken(&app, &reader).await?;
    Ok(Json(in_force(&app).await?))
}

/// What the rules would do to the open cases, counted. Nothing is changed.
#[utoipa::path(get, path = "/api/v1/rules/preview", tag = "rules", params(Asked),
    responses((status = 200, body = Preview), (status = 422, body = ProblemBody)))]
pub async fn preview(
    State(app): State<Arc<App>>,
    reader: Reader,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Preview>, Problem> {
    administers(&reader)?;
    let Query(asked) = asked.map_err(|_| EdgeCode::BadQuery)?;
    Ok(Json(tried(&app, &asked).await?))
}

/// Confirms what was previewed: the limits of open cases are counted again, beside everything else.
#[utoipa::path(post, path = "/api/v1/rules/revisions", tag = "rules", request_body = Confirmed,
    responses((status = 200, body = InForce), (status = 409, body = ProblemBody)))]
pub async fn revise(
    State(app): State<Arc<App>>,
    reader: Reader,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<InForce>, Problem> {
    administers(&reader)?;
    let id = idempotency_key(&headers, &reader)?;
    confirmed(&app, &reader, json(&body)?, id).await?;
    Ok(Json(in_force(&app).await?))
}
