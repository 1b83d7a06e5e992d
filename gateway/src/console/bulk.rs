//! `/bulk`: one command for many cases. First it is shown what would be done and to how many, then it is held
//! for a moment in which it can be taken back, then every case has its outcome.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::Form as Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::case::Code;
use domain::case::admissible::{self, Kind};
use projections::{CaseRow, WaitFor};
use uuid::Uuid;

use super::actions::action;
use super::case::find;
use super::fields::{self, Field, Input, UnitChoice};
use super::forms::Desk;
use super::lang::Lang;
use super::page::{Page, accounts_failed, show, times, views_failed};
use super::rows::{self, RowView};
use super::{failed, orders};
use crate::auth::{Action, Batch, BatchState, HELD, Reader};
use crate::http::App;
use crate::http::filter::CaseQuery;
use crate::http::order;
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::Visit;

/// Most cases of one batch.
const MOST: usize = 1000;
/// Rows shown before it is done.
const SHOWN: usize = 50;

/// Commands that can be given to many cases with the same words.
const KINDS: [(Kind, &str, &str); 9] = [
    (Kind::Urge, "催办", "Urge"),
    (Kind::SendWrittenUrge, "发催办通知书", "Urge in writing"),
    (Kind::Sign, "签收", "Sign"),
    (Kind::ClaimTask, "领办", "Claim"),
    (Kind::Dispatch, "派单", "Dispatch"),
    (Kind::ApproveExtension, "批准延期", "Approve extensions"),
    (Kind::RefuseExtension, "不批准延期", "Refuse extensions"),
    (Kind::Verify, "核查", "Check"),
    (Kind::Archive, "归档", "Archive"),
];

/// A command that the reader may give to many cases.
pub struct BulkChoice {
    /// Its name in addresses.
    pub action: &'static str,
    /// What it does.
    pub label: &'static str,
}

/// What this reader may do with many cases.
pub fn choices(reader: &Reader, l: Lang) -> Vec<BulkChoice> {
    let may = KINDS.into_iter().filter(|(kind, ..)| reader.may_ever(Action::Case(*kind)));
    may.filter_map(|(kind, zh, en)| Some(BulkChoice { action: action(kind)?, label: l.t(zh, en) })).collect()
}

fn named(word: &str) -> Option<(Kind, &'static str, &'static str)> {
    KINDS.into_iter().find(|(kind, ..)| action(*kind) == Some(word))
}

#[derive(Template)]
#[template(path = "bulk.html")]
struct Preview {
    page: Page,
    action: &'static str,
    label: &'static str,
    hint: &'static str,
    id: String,
    found: usize,
    /// There are more than one batch takes.
    more: bool,
    held: i64,
    picked: Vec<String>,
    rows: Vec<RowView>,
    left: Vec<Left>,
    left_count: usize,
    fields: Vec<Field>,
    units: Vec<UnitChoice>,
}

/// A case that the command is not for.
struct Left {
    no: String,
    title: String,
    why: &'static str,
}

/// What the form says: the same names may come many times.
struct Asked {
    pairs: Vec<(String, String)>,
}

impl Asked {
    fn one(&self, name: &str) -> &str {
        self.pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    fn picked(&self) -> Vec<String> {
        self.pairs.iter().filter(|(key, _)| key == "case").map(|(_, value)| value.clone()).collect()
    }

    /// What the command's own form says.
    fn fields(&self) -> Vec<(String, String)> {
        const OURS: [&str; 7] = ["case", "action", "query", "waiting", "which", "go", "_csrf"];
        let own = |(key, _): &&(String, String)| !OURS.contains(&key.as_str()) && key != "_id";
        self.pairs.iter().filter(own).cloned().collect()
    }
}

/// `POST /bulk`: what would be done; and with `go`, that it be done.
pub async fn post(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Body(pairs): Body<Vec<(String, String)>>,
) -> Response {
    let asked = Asked { pairs };
    let refused = match asked.one("go") {
        "" => None,
        _ => match keep(&app, &reader, &asked).await {
            Ok(id) => return Redirect::to(&format!("/bulk/{id}")).into_response(),
            Err(problem) => Some(problem),
        },
    };
    let status = refused.as_ref().map_or(StatusCode::OK, Problem::http);
    match preview(&app, &visit, &reader, &asked, refused).await {
        Ok(page) => show(status, &page),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

/// The cases that are meant, no more than one batch takes, and whether there are more.
async fn meant(app: &App, reader: &Reader, asked: &Asked) -> Result<(Vec<CaseRow>, bool), Problem> {
    let scope = reader.scope();
    if asked.one("which") != "all" {
        let mut picked = asked.picked();
        let more = picked.len() > MOST;
        picked.truncate(MOST);
        return Ok((app.views.numbered(&picked, &scope).await.map_err(views_failed)?, more));
    }
    if !asked.one("waiting").is_empty() {
        let what = WaitFor::parse(asked.one("waiting")).ok_or_else(|| bad("waiting"))?;
        let most = u32::try_from(MOST).unwrap_or(u32::MAX);
        let waits = app.views.waits(Some(what), &scope, most).await.map_err(views_failed)?;
        let more = waits.len() >= MOST;
        return Ok((waits.into_iter().map(|one| one.case).collect(), more));
    }
    let filter = CaseQuery::read(asked.one("query"))?.filter(app.engine.now())?;
    let (mut rows, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = app.views.list(&filter, &scope, cursor.as_deref(), 500).await.map_err(views_failed)?;
        rows.extend(page.rows);
        cursor = page.next_cursor;
        if cursor.is_none() || rows.len() >= MOST {
            rows.truncate(MOST);
            return Ok((rows, cursor.is_some()));
        }
    }
}

fn bad(field: &str) -> Problem {
    Problem::from(EdgeCode::BadField).about(field)
}

/// Why this command is not for this case; none where it is. What the rules ask beyond the state of life they
/// say themselves, case by case, when it is carried out.
fn not_for(kind: Kind, reader: &Reader, row: &CaseRow, l: Lang) -> Option<&'static str> {
    if let Some(code) = admissible::answer(kind, row.life) {
        return Some(l.t(code.zh(), code.en()));
    }
    let allowed = reader.may(Action::Case(kind), row);
    (!allowed).then(|| l.t(EdgeCode::NotAllowed.zh(), EdgeCode::NotAllowed.en()))
}

async fn preview(
    app: &Arc<App>,
    visit: &Visit,
    reader: &Reader,
    asked: &Asked,
    problem: Option<Problem>,
) -> Result<Preview, Problem> {
    let l = visit.lang;
    let (kind, zh, en) = named(asked.one("action")).ok_or_else(|| bad("action"))?;
    if !reader.may_ever(Action::Case(kind)) {
        return Err(EdgeCode::NotAllowed.into());
    }
    let (found, more) = meant(app, reader, asked).await?;
    let count = found.len();
    let (mut fit, mut left) = (Vec::new(), Vec::new());
    for row in found {
        match not_for(kind, reader, &row, l) {
            None => fit.push(row),
            Some(why) => left.push(Left { no: row.case_no, title: row.title, why }),
        }
    }
    let (fields, hint) = match fit.first() {
        Some(row) => form(app, reader, kind, &row.case_no, asked, l).await?,
        None => (Vec::new(), ""),
    };
    let frame = Page::inside(app, visit, reader).await?.with_problem(problem);
    let left_count = left.len();
    left.truncate(SHOWN);
    Ok(Preview {
        page: Page { live: false, here: "/bulk".to_owned(), ..frame },
        action: action(kind).unwrap_or_default(),
        label: l.t(zh, en),
        hint,
        id: Uuid::now_v7().to_string(),
        found: count,
        more,
        held: HELD.as_secs(),
        picked: fit.iter().map(|row| row.case_no.clone()).collect(),
        rows: rows::rows(app, reader, &times(app, l), &fit[..fit.len().min(SHOWN)]),
        left,
        left_count,
        units: if fields.iter().any(|field| field.list == "units") {
            fields::units(app, l)
        } else {
            Vec::new()
        },
        fields,
    })
}

/// The command's own form, with what was typed.
async fn form(
    app: &App,
    reader: &Reader,
    kind: Kind,
    no: &str,
    asked: &Asked,
    l: Lang,
) -> Result<(Vec<Field>, &'static str), Problem> {
    let seen = find(app, reader, no).await?;
    let desk = Desk { app, reader, row: &seen.row, state: &seen.history.state, l };
    let typed: Input = asked.fields().into_iter().collect();
    let form = desk.form(kind, action(kind).map(|action| (action, &typed)));
    Ok(form.map_or((Vec::new(), ""), |form| (form.fields, form.hint)))
}

/// Keeps the batch, once its words can be read as an order.
async fn keep(app: &Arc<App>, reader: &Reader, asked: &Asked) -> Result<Uuid, Problem> {
    let (kind, ..) = named(asked.one("action")).ok_or_else(|| bad("action"))?;
    if !reader.may_ever(Action::Case(kind)) {
        return Err(EdgeCode::NotAllowed.into());
    }
    let picked = asked.picked();
    let first = picked.first().ok_or_else(|| bad("case"))?;
    if picked.len() > MOST {
        return Err(EdgeCode::TooMany.into());
    }
    let seen = find(app, reader, first).await?;
    // Numbers in free text are masked before it is kept; who reads it later, reads it so.
    let masked =
        |(key, value): (String, String)| (key, domain::intake::redact::text(&value, &Default::default()));
    let fields: Vec<(String, String)> = asked.fields().into_iter().map(masked).collect();
    let input: HashMap<String, String> = fields.iter().cloned().collect();
    let rules = app.rules();
    orders::read(asked.one("action"), &input, &seen.history.state, rules.calendar.zone())?.check()?;
    // Pressed twice, it is one batch.
    let id = order::command_id(reader, &format!("batch {}", asked.one("_id")));
    if app.accounts.batch(&reader.account.name, id).await.map_err(accounts_failed)?.is_some() {
        return Ok(id);
    }
    let now = app.engine.now();
    let batch = Batch {
        id,
        account: reader.account.name.clone(),
        action: asked.one("action").to_owned(),
        fields,
        from_at: now + HELD,
        state: BatchState::Held,
        cases: picked.len() as u64,
    };
    app.accounts.keep_batch(&batch, &picked, now).await.map_err(accounts_failed)?;
    Ok(id)
}

#[derive(Template)]
#[template(path = "batch.html")]
struct BatchPage {
    page: Page,
    id: String,
    label: &'static str,
    state: BatchState,
    /// Seconds until it is carried out.
    left: i64,
    total: usize,
    done: usize,
    already: usize,
    refused: usize,
    cases: Vec<Outcome>,
}

/// What became of a case, in words.
struct Outcome {
    no: String,
    tone: &'static str,
    what: String,
    code: String,
}

/// `GET /bulk/{id}`
pub async fn get(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Path(id): Path<String>,
) -> Response {
    match batch(&app, &visit, &reader, &id).await {
        Ok(page) => show(StatusCode::OK, &page),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn batch(app: &Arc<App>, visit: &Visit, reader: &Reader, id: &str) -> Result<BatchPage, Problem> {
    let l = visit.lang;
    let id = Uuid::parse_str(id).map_err(|_| EdgeCode::PageNotFound)?;
    let found = app.accounts.batch(&reader.account.name, id).await.map_err(accounts_failed)?;
    let batch = found.ok_or(EdgeCode::PageNotFound)?;
    let cases = app.accounts.batch_cases(id, false).await.map_err(accounts_failed)?;
    let count = |outcome: &str| cases.iter().filter(|case| case.outcome == outcome).count();
    let (done, already, open) = (count("done"), count("already"), count(""));
    let page = Page::inside(app, visit, reader).await?;
    Ok(BatchPage {
        page: Page { live: false, ..page },
        id: id.to_string(),
        label: named(&batch.action).map_or("", |(_, zh, en)| l.t(zh, en)),
        state: batch.state,
        left: (batch.from_at.as_second() - app.engine.now().as_second()).max(0),
        total: cases.len(),
        done,
        already,
        refused: cases.len() - done - already - open,
        cases: cases.into_iter().map(|case| said(case, l)).collect(),
    })
}

fn said(case: crate::auth::BatchCase, l: Lang) -> Outcome {
    let rule =
        Code::ALL.iter().find(|code| code.as_str() == case.outcome).map(|code| l.t(code.zh(), code.en()));
    let edge = || {
        EdgeCode::ALL.iter().find(|code| code.as_str() == case.outcome).map(|code| l.t(code.zh(), code.en()))
    };
    let (tone, what) = match case.outcome.as_str() {
        "" => ("", l.t("未轮到", "not yet")),
        "done" => ("done", l.t("已办", "done")),
        "already" => ("", l.t("早已如此", "it was so already")),
        _ => ("warn", rule.or_else(edge).unwrap_or_default()),
    };
    let about = if case.about.is_empty() { String::new() } else { format!(" {}", case.about) };
    let code = if tone == "warn" { case.outcome } else { String::new() };
    Outcome { no: case.case_no, tone, what: format!("{what}{about}"), code }
}

/// `POST /bulk/{id}/undo`
pub async fn undo(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Path(id): Path<String>,
) -> Response {
    let Ok(parsed) = Uuid::parse_str(&id) else {
        return failed(&app, &visit, Some(&reader), EdgeCode::PageNotFound.into()).await;
    };
    match app.accounts.take_batch_back(&reader.account.name, parsed).await {
        Ok(_) => Redirect::to(&format!("/bulk/{parsed}")).into_response(),
        Err(error) => failed(&app, &visit, Some(&reader), accounts_failed(error)).await,
    }
}
