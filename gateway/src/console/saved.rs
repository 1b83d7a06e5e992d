//! Saved views of the list of cases: the filter stands in the address, so a view is a name for an address.

use std::sync::Arc;

use axum::Form as Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::failed;
use super::page::accounts_failed;
use crate::auth::Reader;
use crate::http::App;
use crate::http::filter::{CaseQuery, query};
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::Visit;

/// Longest name, in characters.
const NAME_MAX: usize = 40;

/// A saved view, on the page.
pub struct SavedLink {
    /// Its id, where it is the reader's own to forget.
    pub own: Option<String>,
    /// Its name.
    pub name: String,
    /// The list.
    pub href: String,
    /// The list is this one.
    pub here: bool,
    /// The unit has it.
    pub shared: bool,
}

/// The reader's views, on a page whose list has this filter.
///
/// # Errors
/// The accounts failed.
pub async fn links(app: &App, reader: &Reader, said: &str) -> Result<Vec<SavedLink>, Problem> {
    let views = app.accounts.saved_views(&reader.account).await.map_err(accounts_failed)?;
    let link = |view: crate::auth::SavedView| SavedLink {
        own: (view.account == reader.account.name).then_some(view.id),
        href: format!("/cases?{}", view.query),
        here: view.query == said,
        name: view.name,
        shared: view.shared,
    };
    Ok(views.into_iter().map(link).collect())
}

/// What the form says.
#[derive(Debug, Deserialize)]
pub struct Saving {
    name: String,
    query: String,
    #[serde(default)]
    shared: String,
}

/// `POST /views`
pub async fn save(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Body(saving): Body<Saving>,
) -> Response {
    match keep(&app, &reader, &saving).await {
        Ok(query) => back(&query),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

/// Keeps the filter as our own words say it; those.
async fn keep(app: &App, reader: &Reader, saving: &Saving) -> Result<String, Problem> {
    let name = saving.name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        return Err(Problem::from(EdgeCode::BadField).about("name"));
    }
    let query = query(&CaseQuery::read(&saving.query)?.filter(app.engine.now())?);
    let shared = saving.shared == "true";
    app.accounts.save_view(&reader.account, (name, &query), shared).await.map_err(accounts_failed)?;
    Ok(query)
}

/// `POST /views/{id}/forget`
pub async fn forget(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Path(id): Path<String>,
) -> Response {
    match app.accounts.forget_view(&reader.account, &id).await {
        Ok(()) => back(""),
        Err(error) => failed(&app, &visit, Some(&reader), accounts_failed(error)).await,
    }
}

/// To the list of this filter.
fn back(query: &str) -> Response {
    Redirect::to(&format!("/cases?{query}")).into_response()
}
