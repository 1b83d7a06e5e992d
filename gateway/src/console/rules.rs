//! `/rules`: the edition in force, the files on disk, and a revision of open cases with its preview.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::fault::Fault;
use domain::ids::UnitId;
use serde::Deserialize;
use uuid::Uuid;

use super::failed;
use super::fields::Input;
use super::page::{Page, show, times};
use super::words;
use crate::auth::Reader;
use crate::http::App;
use crate::http::api::rules::{self as api, Asked, Confirmed, InForce};
use crate::http::order;
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::Visit;
use crate::reload;
use crate::revision::{Moves, Preview};

/// Units that a preview lists.
const UNITS: usize = 12;

#[derive(Template)]
#[template(path = "rules.html")]
struct Rules {
    page: Page,
    known: InForce,
    /// The files on disk are this edition; none where they are wrong.
    on_disk: Option<String>,
    faults: Vec<Fault>,
    preview: Option<Shown>,
    /// A key of its own for the form: sending it twice is sending it once.
    key: Uuid,
}

/// A preview, in words.
struct Shown {
    counts: Preview,
    of_files: bool,
    limits: Vec<(String, Moves)>,
    rungs: Vec<(String, Moves)>,
    units: Vec<(String, Moves)>,
    examples: Vec<(String, String, String, String)>,
}

/// What to preview, if anything.
#[derive(Deserialize)]
pub struct Turn {
    #[serde(default)]
    preview: String,
    #[serde(default)]
    budgets: String,
}

/// `GET /rules`
pub async fn get(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Query(turn): Query<Turn>,
) -> Response {
    match rules(&app, &visit, &reader, &turn).await {
        Ok(rules) => show(StatusCode::OK, &rules),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn rules(app: &Arc<App>, visit: &Visit, reader: &Reader, turn: &Turn) -> Result<Rules, Problem> {
    api::administers(reader)?;
    let known = api::in_force(app).await?;
    let (on_disk, faults) = match reload::read(app.rules_folder.as_deref(), &app.rules()) {
        Ok(rules) => (Some(rules.edition.clone()), Vec::new()),
        Err(faults) => (None, faults),
    };
    let asked = Asked { files: turn.preview == "files", budgets: turn.budgets != "false" };
    let preview = match turn.preview.is_empty() || (asked.files && on_disk.is_none()) {
        true => None,
        false => Some(shown(app, visit, api::tried(app, &asked).await?, asked.files)),
    };
    let mut page = Page::inside(app, visit, reader).await?;
    page.live = false;
    Ok(Rules { page, known, on_disk, faults, preview, key: Uuid::now_v7() })
}

fn shown(app: &App, visit: &Visit, counts: Preview, of_files: bool) -> Shown {
    let (l, times, rules) = (visit.lang, times(app, visit.lang), app.rules());
    let limit = |name| words::deadline(name, l).to_owned();
    let named = |code: &str| match code {
        "" => l.t("未派单", "not dispatched").to_owned(),
        code => words::unit(&rules.org, &UnitId::new(code), l),
    };
    let rung = |word: &str| match domain::ids::Rung::parse(word) {
        Some(rung) => words::rung(rung, l).to_owned(),
        None => l.t("未派单", "not dispatched").to_owned(),
    };
    let mut units: Vec<_> = counts.by_unit.iter().map(|(code, moves)| (named(code), *moves)).collect();
    units.sort_by_key(|(_, moves)| std::cmp::Reverse(moves.all()));
    units.truncate(UNITS);
    let examples = counts.examples.iter().map(|moved| {
        (moved.case_no.clone(), limit(moved.limit), times.full(moved.from), times.full(moved.to))
    });
    Shown {
        limits: counts.by_limit.iter().map(|(word, moves)| (limit(*word), *moves)).collect(),
        rungs: counts.by_rung.iter().map(|(word, moves)| (rung(word), *moves)).collect(),
        units,
        examples: examples.collect(),
        counts,
        of_files,
    }
}

/// `POST /rules/{action}`: `reload` or `revise`.
pub async fn act(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Path(action): Path<String>,
    Form(input): Form<Input>,
) -> Response {
    match acted(&app, &reader, &action, &input).await {
        Ok(()) => Redirect::to("/rules").into_response(),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn acted(app: &App, reader: &Reader, action: &str, input: &Input) -> Result<(), Problem> {
    api::administers(reader)?;
    match action {
        "reload" => api::taken(app, reader).await,
        "revise" => {
            let text = |name| input.get(name).map_or("", String::as_str);
            let confirmed = Confirmed {
                edition: text("edition").to_owned(),
                budgets: text("budgets") != "false",
                cases: text("cases").parse().unwrap_or_default(),
            };
            api::confirmed(app, reader, confirmed, order::command_id(reader, text("_id"))).await
        }
        _ => Err(EdgeCode::PageNotFound.into()),
    }
}
