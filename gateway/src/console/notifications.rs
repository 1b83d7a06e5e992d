//! `/notifications`: what the reader has been told; and, for administrators, messages that were given up.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use projections::Outgoing;
use serde::Deserialize;

use super::fields::Input;
use super::page::{Page, show, times, views_failed};
use super::when::Times;
use super::{failed, notify_words};
use crate::auth::{Action, Reader};
use crate::http::App;
use crate::http::api::notifications as api;
use crate::http::problem::Problem;
use crate::http::visit::Visit;

/// Notifications of a page.
const SHOWN: u32 = 100;

#[derive(Template)]
#[template(path = "notifications.html")]
struct NotificationsPage {
    page: Page,
    unread: u64,
    only_unread: bool,
    rows: Vec<Row>,
    /// Where the next page begins.
    next: Option<String>,
    /// Messages given up; for administrators only.
    parked: Option<u64>,
}

struct Row {
    id: String,
    no: String,
    title: String,
    body: String,
    who: String,
    at: String,
    iso: String,
    emergency: bool,
    unread: bool,
    read_by: String,
}

#[derive(Template)]
#[template(path = "notifications_parked.html")]
struct ParkedPage {
    page: Page,
    waiting: u64,
    total: u64,
    rows: Vec<ParkedRow>,
}

struct ParkedRow {
    id: String,
    no: String,
    title: String,
    who: String,
    channel: String,
    attempts: u32,
    reason: String,
}

/// Which.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    unread: String,
    before: Option<Timestamp>,
}

/// `GET /notifications`
pub async fn get(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> Response {
    match list(&app, &visit, &reader, &asked).await {
        Ok(page) => show(StatusCode::OK, &page),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn list(
    app: &Arc<App>,
    visit: &Visit,
    reader: &Reader,
    asked: &Asked,
) -> Result<NotificationsPage, Problem> {
    let (l, times, who) = (visit.lang, times(app, visit.lang), reader.who());
    let only_unread = !asked.unread.is_empty();
    let found =
        app.views.notifications(&who, only_unread, asked.before, SHOWN).await.map_err(views_failed)?;
    let row = |one: &projections::Notification| {
        let item = api::item(app, reader, one)?;
        let mine = one.state.told.iter().rev().find(|recipient| recipient.is_for(&who))?;
        Some(Row {
            id: item.id.to_string(),
            no: item.case_no,
            title: l.t(&item.title_zh, &item.title_en).to_owned(),
            body: l.t(&item.zh, &item.en).to_owned(),
            who: notify_words::who(app, &mine.told, l),
            at: times.full(item.told_at),
            iso: item.told_at.to_string(),
            emergency: item.urgency == "emergency",
            unread: item.read_by.is_none(),
            read_by: item.read_by.map(|by| super::words::actor(&by, l)).unwrap_or_default(),
        })
    };
    let last = found.last().and_then(|one| api::item(app, reader, one)).map(|item| item.told_at.to_string());
    let parked = match reader.may_ever(Action::Notifications) {
        true => Some(app.views.deliveries_count().await.map_err(views_failed)?.1),
        false => None,
    };
    Ok(NotificationsPage {
        page: Page::inside(app, visit, reader).await?,
        unread: app.views.notifications_unread(&who).await.map_err(views_failed)?,
        only_unread,
        next: last.filter(|_| found.len() >= SHOWN as usize),
        rows: found.iter().filter_map(row).collect(),
        parked,
    })
}

/// `POST /notifications/{id}/read`: marks it, and goes on to its case where that is asked for.
pub async fn read(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Path(id): Path<String>,
    Form(input): Form<Input>,
) -> Response {
    let read = async {
        let one = api::theirs(&app, &reader, &id).await?;
        let case = format!("/cases/{}", one.state.about.case_no);
        api::mark_read(&app, &reader, &[one]).await?;
        Ok(if input.contains_key("open") { case } else { "/notifications".to_owned() })
    };
    match read.await {
        Ok(next) => Redirect::to(&next).into_response(),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

/// `POST /notifications/read`
pub async fn read_all(State(app): State<Arc<App>>, visit: Visit, reader: Reader) -> Response {
    match api::read_all(State(app.clone()), reader.clone()).await {
        Ok(_) => Redirect::to("/notifications").into_response(),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

/// `GET /notifications/parked`
pub async fn parked(State(app): State<Arc<App>>, visit: Visit, reader: Reader) -> Response {
    match given_up(&app, &visit, &reader).await {
        Ok(page) => show(StatusCode::OK, &page),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn given_up(app: &Arc<App>, visit: &Visit, reader: &Reader) -> Result<ParkedPage, Problem> {
    let times = times(app, visit.lang);
    let found = app.views.deliveries_parked(SHOWN).await.map_err(views_failed)?;
    let (waiting, total) = app.views.deliveries_count().await.map_err(views_failed)?;
    Ok(ParkedPage {
        page: Page::inside(app, visit, reader).await?,
        waiting,
        total,
        rows: found.iter().filter_map(|one| parked_row(app, one, &times)).collect(),
    })
}

fn parked_row(app: &App, one: &Outgoing, times: &Times) -> Option<ParkedRow> {
    let item = api::parked_item(one)?;
    let state = &one.notification.state;
    let to = state.told.get(usize::try_from(one.delivery()?.to).ok()?)?;
    let english = times.l == super::lang::Lang::En;
    let said =
        domain::notify::message(&state.template, (&state.event, &state.about), &app.rules(), "", english);
    Some(ParkedRow {
        id: item.id.to_string(),
        no: item.case_no,
        title: said.title,
        who: notify_words::who(app, &to.told, times.l),
        channel: item.channel,
        attempts: item.attempts,
        reason: item.reason,
    })
}

/// `POST /notifications/parked`: all of them once more.
pub async fn replay_all(State(app): State<Arc<App>>, visit: Visit, reader: Reader) -> Response {
    again(&app, &visit, &reader, api::replay_all(State(app.clone()), reader.clone()).await).await
}

/// `POST /notifications/parked/{id}`: those of one notification.
pub async fn replay(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Path(id): Path<String>,
) -> Response {
    again(&app, &visit, &reader, api::replay(State(app.clone()), reader.clone(), Path(id)).await).await
}

async fn again<T>(app: &Arc<App>, visit: &Visit, reader: &Reader, done: Result<T, Problem>) -> Response {
    match done {
        Ok(_) => Redirect::to("/notifications/parked").into_response(),
        Err(problem) => failed(app, visit, Some(reader), problem).await,
    }
}
