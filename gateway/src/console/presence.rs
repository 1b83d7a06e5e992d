//! Two people on one case know of each other: the page says who else has it open, and who is writing.

use std::sync::Arc;

use axum::Form as Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::case::find;
use super::lang::Lang;
use super::page::accounts_failed;
use crate::auth::Reader;
use crate::http::App;
use crate::http::problem::Problem;
use crate::http::visit::Visit;

/// What the page says about itself.
#[derive(Debug, Deserialize)]
pub struct Looking {
    #[serde(default)]
    typing: String,
    #[serde(default)]
    left: String,
}

/// `POST /cases/{no}/here`: the reader has it open; answered with who else has, in words.
pub async fn post(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Path(no): Path<String>,
    Body(looking): Body<Looking>,
) -> Response {
    match told(&app, &reader, &no, &looking, visit.lang).await {
        Ok(words) => words.into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn told(app: &App, reader: &Reader, no: &str, looking: &Looking, l: Lang) -> Result<String, Problem> {
    let case_no = find(app, reader, no).await?.row.case_no;
    let own = &reader.account.name;
    if looking.left == "yes" {
        app.accounts.look_away(&case_no, own).await.map_err(accounts_failed)?;
        return Ok(String::new());
    }
    let typing = looking.typing == "yes";
    app.accounts.look(&case_no, own, typing, app.engine.now()).await.map_err(accounts_failed)?;
    others(app, reader, &case_no, l).await
}

/// Who else has the case open, in words; empty where nobody.
///
/// # Errors
/// The accounts failed.
pub async fn others(app: &App, reader: &Reader, case_no: &str, l: Lang) -> Result<String, Problem> {
    let own = &reader.account.name;
    let others = app.accounts.others(case_no, own, app.engine.now()).await.map_err(accounts_failed)?;
    if others.is_empty() {
        return Ok(String::new());
    }
    let named = others.iter().map(|other| match other.typing {
        true => l.f("{}（正在填写）", "{} (writing)", &other.display),
        false => other.display.clone(),
    });
    let named: Vec<String> = named.collect();
    Ok(l.f("此刻也打开着这件工单：{}", "Has this case open too: {}", named.join(l.t("、", ", "))))
}

/// Notes the look without holding the page up.
pub fn look(app: &Arc<App>, reader: &Reader, case_no: &str) {
    let (app, own, case_no) = (app.clone(), reader.account.name.clone(), case_no.to_owned());
    tokio::spawn(async move {
        let now = app.engine.now();
        if let Err(error) = app.accounts.look(&case_no, &own, false, now).await {
            tracing::warn!(%error, "a look was not noted");
        }
    });
}
