//! What every page has around it: who reads, in which language, where they can go.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::lang::Lang;
use super::when::Times;
use super::words;
use domain::case::admissible::Kind;

use crate::auth::{Action, Reader, Role};
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::Visit;
use crate::http::{App, assets};

/// The frame of a page.
pub struct Page {
    /// Language.
    pub l: Lang,
    /// Who reads; none before the sign-in.
    pub me: Option<Me>,
    /// What forms carry.
    pub csrf: String,
    /// Path and query of this page.
    pub here: String,
    /// Where else to go.
    pub nav: Vec<Entry>,
    /// Keeps itself fresh.
    pub live: bool,
    /// Made-up people.
    pub demo: bool,
    /// How far the views are being made anew, in percent.
    pub rebuilding: Option<u8>,
    /// The engine's time in seconds, for the script.
    pub now: i64,
    /// Edition of the assets.
    pub build: &'static str,
    /// What went wrong with what was just sent.
    pub problem: Option<Problem>,
    /// What was just done.
    pub note: Option<String>,
    /// On a case's page: how many of its events the forms were made on.
    pub seen: Option<usize>,
}

/// The reader, as the page shows it.
pub struct Me {
    /// Name to sign in with.
    pub name: String,
    /// Name.
    pub display: String,
    /// Role.
    pub role: &'static str,
    /// Unit.
    pub unit: String,
}

/// A place to go.
pub struct Entry {
    /// Address.
    pub href: &'static str,
    /// Name.
    pub label: &'static str,
    /// Drawing in the sprite.
    pub icon: &'static str,
    /// This is where we are.
    pub here: bool,
    /// What waits there.
    pub count: u64,
    /// With `g` before it, the keys that lead there.
    pub key: char,
}

impl Page {
    /// The text in the page's language.
    pub fn t<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        self.l.t(zh, en)
    }

    /// This page in the other language.
    pub fn other_lang(&self) -> String {
        let joint = if self.here.contains('?') { '&' } else { '?' };
        format!("{}{joint}lang={}", self.here, self.l.other().as_str())
    }

    /// The frame for somebody who has not signed in.
    pub fn outside(visit: &Visit, demo: bool) -> Page {
        Page {
            l: visit.lang,
            me: None,
            csrf: visit.csrf(),
            here: visit.here.clone(),
            nav: Vec::new(),
            live: false,
            demo,
            rebuilding: None,
            now: 0,
            build: assets::build(),
            problem: None,
            note: None,
            seen: None,
        }
    }

    /// The frame for a reader.
    ///
    /// # Errors
    /// The views failed.
    pub async fn inside(app: &Arc<App>, visit: &Visit, reader: &Reader) -> Result<Page, Problem> {
        let l = visit.lang;
        let now = app.engine.now();
        let account = &reader.account;
        let me = Me {
            name: account.name.clone(),
            display: account.display.clone(),
            role: l.t(account.role.zh(), account.role.en()),
            unit: words::unit(&app.rules().org, &account.unit, l),
        };
        let inbox = app.views.open_at(&account.unit, &reader.scope()).await.map_err(views_failed)?;
        let triage = match reader.may_ever(Action::Triage) {
            true => app
                .views
                .count(&projections::CaseFilter::triage(), &reader.scope())
                .await
                .map_err(views_failed)?,
            false => 0,
        };
        let nav = nav(reader, l, &visit.here, inbox, triage, app.status.bus().is_some());
        let unread = app.views.notifications_unread(&reader.who()).await.map_err(views_failed)?;
        let mut nav = nav;
        let at = nav.iter().position(|entry| entry.href == "/cases").unwrap_or(nav.len());
        nav.insert(at, told(l, &visit.here, unread));
        let rebuilding = app.views.rebuilding();
        let outside = Page::outside(visit, app.demo);
        Ok(Page { me: Some(me), nav, live: true, rebuilding, now: now.as_second(), ..outside })
    }

    /// The same, with what went wrong.
    #[must_use]
    pub fn with_problem(mut self, problem: Option<Problem>) -> Page {
        self.problem = problem;
        self
    }
}

fn nav(reader: &Reader, l: Lang, here: &str, inbox: u64, triage: u64, has_bus: bool) -> Vec<Entry> {
    let path = here.split('?').next().unwrap_or(here);
    let entry = |href: &'static str, key, label, icon, count| {
        let is_here = path == href || (path.starts_with(href) && path[href.len()..].starts_with('/'));
        Entry { href, label, icon, here: is_here, count, key }
    };
    let mut entries = Vec::new();
    if reader.may_ever(Action::Desk) {
        entries.push(entry("/desk", 'd', l.t("督查台", "Desk"), "desk", 0));
        entries.push(entry("/waiting", 'w', l.t("待裁定", "Decide"), "waiting", 0));
        entries.push(entry("/supervision", 'u', l.t("督查督办", "Supervision"), "whistle", 0));
    }
    if reader.may_ever(Action::Case(Kind::RecordCallback)) {
        entries.push(entry("/callbacks", 'b', l.t("回访", "Callbacks"), "call", 0));
    }
    if reader.may_ever(Action::Triage) {
        entries.push(entry("/triage", 't', l.t("待受理", "Triage"), "triage", triage));
    }
    if reader.account.role != Role::Admin {
        entries.push(entry("/inbox", 'i', l.t("收件箱", "Inbox"), "inbox", inbox));
    }
    entries.push(entry("/cases", 'c', l.t("工单", "Cases"), "cases", 0));
    entries.push(entry("/board", 'k', l.t("看板", "Board"), "board", 0));
    if reader.may_ever(Action::Register) {
        entries.push(entry("/new", 'n', l.t("登记", "Register"), "new", 0));
    }
    if reader.may_ever(Action::Rules) {
        entries.push(entry("/rules", 'r', l.t("规则", "Rules"), "board", 0));
    }
    if has_bus && reader.may_ever(Action::DeadLetters) {
        entries.push(entry("/dead", 'x', l.t("死信", "Dead letters"), "dead", 0));
    }
    entries
}

fn told(l: Lang, here: &str, unread: u64) -> Entry {
    let here = here.starts_with("/notifications");
    Entry {
        href: "/notifications",
        label: l.t("通知", "Notifications"),
        icon: "bell",
        here,
        count: unread,
        key: 'm',
    }
}

/// Where a role starts its day.
pub fn home(role: Role) -> &'static str {
    match role {
        Role::Handler => "/inbox",
        Role::Dispatcher => "/triage",
        Role::Supervisor | Role::Admin => "/desk",
    }
}

/// How times are told on this page.
pub fn times(app: &App, l: Lang) -> Times {
    Times { now: app.engine.now(), zone: app.rules().calendar.zone().clone(), l }
}

/// The views could not be asked.
pub fn views_failed(error: projections::ViewsError) -> Problem {
    match error {
        projections::ViewsError::Cursor => Problem::from(EdgeCode::BadQuery).about("cursor"),
        error => Problem::inside("the views failed", &error),
    }
}

/// The accounts could not be asked.
pub fn accounts_failed(error: crate::auth::AccountError) -> Problem {
    Problem::away("the accounts failed", &error)
}

/// Renders a page.
pub fn show(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => Problem::inside("a page could not be made", &error).into_response(),
    }
}
