//! What an account has been told; messages that could not be delivered, for administrators.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use domain::notify::{Command, Progress, message};
use engine::Request;
use jiff::Timestamp;
use projections::{Notification, Outgoing};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::auth::Reader;
use crate::console::{caught_up, views_failed};
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem, ProblemBody};

/// Where nothing else is asked for.
const PER_PAGE: u32 = 100;
/// Most of one "all".
const ALL: u32 = 1_000;

/// Which.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct NotificationsAsked {
    /// Only what nobody has read.
    pub unread: bool,
    /// Told before this; the last one's `told_at` gives the next page.
    #[param(value_type = Option<String>)]
    pub before: Option<Timestamp>,
    /// At most 1000.
    pub limit: Option<u32>,
}

/// What an account has been told.
#[derive(Serialize, ToSchema)]
pub struct NotificationList {
    /// The latest first.
    pub notifications: Vec<NotificationItem>,
    /// How many nobody has read.
    pub unread: u64,
}

/// One notification, as it stands before this account.
#[derive(Serialize, ToSchema)]
pub struct NotificationItem {
    /// Its id.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Number of the case.
    pub case_no: String,
    /// The event of the case that it tells of.
    pub event: String,
    /// `emergency`, `normal`, `low`.
    pub urgency: &'static str,
    /// Subject, Chinese.
    pub title_zh: String,
    /// Subject, English.
    pub title_en: String,
    /// Text, Chinese.
    pub zh: String,
    /// Text, English.
    pub en: String,
    /// The limit.
    #[schema(value_type = Option<String>)]
    pub due_at: Option<Timestamp>,
    /// When this account was told.
    #[schema(value_type = String)]
    pub told_at: Timestamp,
    /// As what: `unit`, `supervisors`, `dispatchers`, `duty`, `deputy`, `superior`.
    pub post: &'static str,
    /// Who read it.
    pub read_by: Option<String>,
    /// Where the case is.
    pub link: String,
}

/// A message that is not tried any more.
#[derive(Serialize, ToSchema)]
pub struct ParkedItem {
    /// The notification.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Number of the message within it.
    pub delivery: u32,
    /// Number of the case.
    pub case_no: String,
    /// By which channel.
    pub channel: String,
    /// Tries.
    pub attempts: u32,
    /// What went wrong last.
    pub reason: String,
    /// The unit that is told.
    pub unit: String,
    /// As what.
    pub post: &'static str,
}

/// How many were changed.
#[derive(Serialize, ToSchema)]
pub struct Changed {
    /// So many.
    pub changed: usize,
}

/// What this account has been told, the latest first.
#[utoipa::path(get, path = "/api/v1/notifications", tag = "notifications", params(NotificationsAsked),
    responses((status = 200, body = NotificationList), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    reader: Reader,
    query: Result<Query<NotificationsAsked>, QueryRejection>,
) -> Result<Json<NotificationList>, Problem> {
    let Query(asked) = query.map_err(|_| EdgeCode::BadQuery)?;
    let (who, limit) = (reader.who(), asked.limit.unwrap_or(PER_PAGE));
    let found =
        app.views.notifications(&who, asked.unread, asked.before, limit).await.map_err(views_failed)?;
    let unread = app.views.notifications_unread(&who).await.map_err(views_failed)?;
    let notifications = found.iter().filter_map(|one| item(&app, &reader, one)).collect();
    Ok(Json(NotificationList { notifications, unread }))
}

/// A notification as it stands before this reader; none where it is not theirs.
pub fn item(app: &App, reader: &Reader, one: &Notification) -> Option<NotificationItem> {
    let (who, state, rules) = (reader.who(), &one.state, app.rules());
    let mine = state.told.iter().rev().find(|recipient| recipient.is_for(&who))?;
    let link = format!("/cases/{}", state.about.case_no);
    let said = |english| message(&state.template, (&state.event, &state.about), &rules, "", english);
    let (zh, en) = (said(false), said(true));
    Some(NotificationItem {
        id: one.id,
        case_no: state.about.case_no.clone(),
        event: state.event.clone(),
        urgency: state.urgency.as_str(),
        title_zh: zh.title,
        title_en: en.title,
        zh: zh.body.trim().to_owned(),
        en: en.body.trim().to_owned(),
        due_at: state.about.due_at,
        told_at: mine.told.at,
        post: mine.told.post.as_str(),
        read_by: mine.read_by.clone(),
        link,
    })
}

/// Marks one as read.
#[utoipa::path(post, path = "/api/v1/notifications/{id}/read", tag = "notifications", params(("id" = String, Path)),
    responses((status = 200, body = Changed), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub async fn read(
    State(app): State<Arc<App>>,
    reader: Reader,
    Path(id): Path<String>,
) -> Result<Json<Changed>, Problem> {
    let one = theirs(&app, &reader, &id).await?;
    Ok(Json(Changed { changed: mark_read(&app, &reader, &[one]).await? }))
}

/// Marks everything as read that this account has been told, at most 1000 at once.
#[utoipa::path(post, path = "/api/v1/notifications/read", tag = "notifications",
    responses((status = 200, body = Changed), (status = 401, body = ProblemBody)))]
pub async fn read_all(State(app): State<Arc<App>>, reader: Reader) -> Result<Json<Changed>, Problem> {
    let all = app.views.notifications(&reader.who(), true, None, ALL).await.map_err(views_failed)?;
    Ok(Json(Changed { changed: mark_read(&app, &reader, &all).await? }))
}

/// A notification of this reader's own.
///
/// # Errors
/// `NOTIFICATION_NOT_FOUND`, whether there is none or it is not theirs.
pub async fn theirs(app: &App, reader: &Reader, id: &str) -> Result<Notification, Problem> {
    let id = Uuid::parse_str(id).map_err(|_| EdgeCode::NotificationNotFound)?;
    let found = app.views.notification(id).await.map_err(views_failed)?;
    let who = reader.who();
    let theirs = found.filter(|one| one.state.told.iter().any(|recipient| recipient.is_for(&who)));
    theirs.ok_or_else(|| EdgeCode::NotificationNotFound.into())
}

/// Marks these as read; how many were not.
///
/// # Errors
/// Log or views failed.
pub async fn mark_read(app: &App, reader: &Reader, read: &[Notification]) -> Result<usize, Problem> {
    let who = reader.who();
    let what = format!("read {} {}", who.unit, who.account);
    let request = |one: &Notification| {
        let what = format!("{what} {}", one.state.told.len());
        Request::notification(one.id, Command::Read { who: who.clone() }, &what, reader.account.actor())
    };
    give(app, read.iter().map(request).collect()).await
}

/// Messages that are not tried any more, the latest first.
#[utoipa::path(get, path = "/api/v1/notifications/parked", tag = "notifications",
    responses((status = 200, body = [ParkedItem]), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub async fn parked(State(app): State<Arc<App>>) -> Result<Json<Vec<ParkedItem>>, Problem> {
    let parked = app.views.deliveries_parked(ALL).await.map_err(views_failed)?;
    Ok(Json(parked.iter().filter_map(parked_item).collect()))
}

/// A parked message.
pub fn parked_item(one: &Outgoing) -> Option<ParkedItem> {
    let (delivery, state) = (one.delivery()?, &one.notification.state);
    let to = &state.told.get(usize::try_from(delivery.to).ok()?)?.told;
    Some(ParkedItem {
        id: one.notification.id,
        delivery: delivery.number,
        case_no: state.about.case_no.clone(),
        channel: delivery.channel.clone(),
        attempts: delivery.attempt,
        reason: delivery.reason.clone(),
        unit: to.unit.to_string(),
        post: to.post.as_str(),
    })
}

/// Sends what was parked of one notification again.
#[utoipa::path(post, path = "/api/v1/notifications/parked/{id}", tag = "notifications", params(("id" = String, Path)),
    responses((status = 200, body = Changed), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub async fn replay(
    State(app): State<Arc<App>>,
    reader: Reader,
    Path(id): Path<String>,
) -> Result<Json<Changed>, Problem> {
    let id = Uuid::parse_str(&id).map_err(|_| EdgeCode::NotificationNotFound)?;
    let found = app.views.notification(id).await.map_err(views_failed)?;
    let found = found.ok_or(EdgeCode::NotificationNotFound)?;
    Ok(Json(Changed { changed: send_again(&app, &reader, &[found]).await? }))
}

/// Sends everything again that was parked, at most 1000 messages at once.
#[utoipa::path(post, path = "/api/v1/notifications/parked", tag = "notifications",
    responses((status = 200, body = Changed), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub async fn replay_all(State(app): State<Arc<App>>, reader: Reader) -> Result<Json<Changed>, Problem> {
    let parked = app.views.deliveries_parked(ALL).await.map_err(views_failed)?;
    let mut all: Vec<Notification> = parked.into_iter().map(|one| one.notification).collect();
    all.dedup_by_key(|one| one.id);
    Ok(Json(Changed { changed: send_again(&app, &reader, &all).await? }))
}

async fn send_again(app: &App, reader: &Reader, parked: &[Notification]) -> Result<usize, Problem> {
    let request = |one: &Notification| {
        let parked = one.state.deliveries.iter().filter(|out| out.progress == Progress::Parked);
        let deliveries: Vec<u32> = parked.map(|out| out.number).collect();
        // Parked once more, it may be sent once more.
        let what = format!("replay {deliveries:?} {}", Uuid::now_v7());
        Request::notification(one.id, Command::Replay { deliveries }, &what, reader.account.actor())
    };
    give(app, parked.iter().map(request).collect()).await
}

/// Gives the commands, and waits until the views have them; how many changed anything.
async fn give(app: &App, requests: Vec<Request>) -> Result<usize, Problem> {
    let (mut changed, mut last) = (0, 0);
    for outcome in app.engine.submit_many(requests).await {
        let accepted = outcome?;
        if let Some(receipt) = accepted.receipt.filter(|_| !accepted.repeated) {
            changed += 1;
            last = last.max(receipt.last_position);
        }
    }
    if last > 0 {
        caught_up(app, last).await;
    }
    Ok(changed)
}
