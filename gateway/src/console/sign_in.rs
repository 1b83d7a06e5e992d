//! `/sign-in` and `/sign-out`.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::page::{Page, show};
use super::{errors, failed, is_local, words};
use crate::auth::{Account, DEMO_PASSWORD, Token};
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::{Visit, set_cookie, visit_cookie};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    page: Page,
    next: String,
    name: String,
    demo: Vec<DemoAccount>,
    password: &'static str,
}

struct DemoAccount {
    name: String,
    role: &'static str,
    unit: String,
}

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Next {
    next: String,
}

/// What was typed.
#[derive(Deserialize)]
pub struct Typed {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// `GET /sign-in`
pub async fn get(State(app): State<Arc<App>>, visit: Visit, Query(next): Query<Next>) -> Response {
    if visit.account.is_some() {
        return Redirect::to("/").into_response();
    }
    page(&app, &visit, next.next, String::new(), None).await
}

/// `POST /sign-in`
pub async fn post(State(app): State<Arc<App>>, visit: Visit, Form(typed): Form<Typed>) -> Response {
    let now = app.engine.now();
    if let Err(wait) = app.throttle.check(&typed.name, &visit.address, now) {
        let minutes = (wait.retry_after + 59) / 60;
        let about = visit.lang.f("（{} 分钟后再试）", "({} min)", minutes);
        let problem = Problem::from(EdgeCode::TooManyTries).about(about).retry_after(wait.retry_after);
        let mut response = page(&app, &visit, typed.next, typed.name, Some(problem)).await;
        errors::retry_after(&mut response, wait.retry_after);
        return response;
    }
    let account = match app.accounts.verify(&typed.name, &typed.password).await {
        Ok(account) => account,
        Err(error) => {
            return failed(&app, &visit, None, Problem::away("the accounts failed", &error)).await;
        }
    };
    let Some(account) = account else {
        app.throttle.failed(&typed.name, &visit.address, now);
        tracing::warn!(address = visit.address, "a sign-in failed");
        return page(&app, &visit, typed.next, typed.name, Some(EdgeCode::SignInFailed.into())).await;
    };
    app.throttle.succeeded(&typed.name);
    enter(&app, &visit, &account, &typed.next).await
}

/// A fresh token for the session: one that was known before the sign-in must not become it.
async fn enter(app: &Arc<App>, visit: &Visit, account: &Account, next: &str) -> Response {
    match app.accounts.start_session(account, app.engine.now()).await {
        Ok(token) => {
            let mut response = Redirect::to(if is_local(next) { next } else { "/" }).into_response();
            set_cookie(&mut response, visit_cookie(app, &token));
            response
        }
        Err(error) => failed(app, visit, None, Problem::away("the accounts failed", &error)).await,
    }
}

/// `POST /sign-out`
pub async fn out(State(app): State<Arc<App>>, visit: Visit) -> Response {
    if let Err(error) = app.accounts.end_session(&visit.token).await {
        return failed(&app, &visit, None, Problem::away("the accounts failed", &error)).await;
    }
    let mut response = Redirect::to("/sign-in").into_response();
    set_cookie(&mut response, visit_cookie(&app, &Token::random()));
    response
}

async fn page(
    app: &Arc<App>,
    visit: &Visit,
    next: String,
    name: String,
    problem: Option<Problem>,
) -> Response {
    let l = visit.lang;
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::http);
    let demo = if app.demo { app.accounts.list().await.unwrap_or_default() } else { Vec::new() };
    let demo = demo.into_iter().map(|account| DemoAccount {
        name: account.name,
        role: l.t(account.role.zh(), account.role.en()),
        unit: words::unit(&app.rules().org, &account.unit, l),
    });
    let frame = Page { here: "/sign-in".to_owned(), ..Page::outside(visit, app.demo) };
    let page = frame.with_problem(problem);
    show(status, &SignIn { page, next, name, demo: demo.collect(), password: DEMO_PASSWORD })
}
