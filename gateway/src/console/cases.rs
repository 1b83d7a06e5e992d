//! `/cases`: the cases of a filter that stands in the address, so that every number can link here.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::case::Life;
use projections::{CaseFilter, CaseRow};

use super::bulk::{self, BulkChoice};
use super::failed;
use super::fields::{self, Field, FieldKind, UnitChoice, option};
use super::lang::Lang;
use super::page::{Page, show, times, views_failed};
use super::rows::{self, RowView};
use super::saved::{self, SavedLink};
use super::words;
use crate::auth::Reader;
use crate::http::App;
use crate::http::filter::{CaseQuery, query};
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::{Visit, url_encode};

/// Rows of a page.
const PER_PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "cases.html")]
struct Cases {
    page: Page,
    total: u64,
    rows: Vec<RowView>,
    filters: Vec<Field>,
    kept: Vec<(&'static str, String)>,
    described: Vec<String>,
    filtered: bool,
    units: Vec<UnitChoice>,
    first: String,
    next: String,
    download: String,
    /// Found by words: there is no filter that all of them match.
    searched: bool,
    /// The filter, as the address says it.
    said: String,
    saved: Vec<SavedLink>,
    bulk: Vec<BulkChoice>,
}

/// `GET /cases`
pub async fn get(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    asked: Result<Query<CaseQuery>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Ok(Query(asked)) = asked else {
        return failed(&app, &visit, Some(&reader), EdgeCode::BadQuery.into()).await;
    };
    match cases(&app, &visit, &reader, &asked).await {
        Ok(Answer::Case(no)) => Redirect::to(&format!("/cases/{no}")).into_response(),
        Ok(Answer::List(cases)) => show(StatusCode::OK, &*cases),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

enum Answer {
    /// A number that names one case is that case.
    Case(String),
    List(Box<Cases>),
}

async fn cases(app: &Arc<App>, visit: &Visit, reader: &Reader, asked: &CaseQuery) -> Result<Answer, Problem> {
    let (l, times) = (visit.lang, times(app, visit.lang));
    let filter = asked.filter(times.now)?;
    let Found { rows, total, cursor } = found(app, reader, asked, &filter).await?;
    if let Some(no) = named(&rows, asked.q.trim()) {
        return Ok(Answer::Case(no));
    }
    let said = query(&filter);
    let address = |cursor: &str| {
        format!("/cases?{said}{}cursor={}", if said.is_empty() { "" } else { "&" }, url_encode(cursor))
    };
    Ok(Answer::List(Box::new(Cases {
        page: Page::inside(app, visit, reader).await?,
        total,
        rows: pickable(rows::rows_of(app, reader, &times, &rows, &filter), reader, l),
        filters: filters(app, asked, l),
        kept: kept(asked),
        described: described(&filter, l),
        download: match asked.q.trim() {
            "" => format!("/cases.xlsx?{said}"),
            words => format!("/cases.xlsx?q={}", url_encode(words)),
        },
        filtered: !said.is_empty() || !asked.q.is_empty(),
        units: fields::units(app, l),
        first: if asked.cursor.is_empty() { String::new() } else { format!("/cases?{said}") },
        next: cursor.map(|cursor| address(&cursor)).unwrap_or_default(),
        saved: saved::links(app, reader, &said).await?,
        bulk: bulk::choices(reader, l),
        searched: !asked.q.trim().is_empty(),
        said,
    })))
}

/// The rows, each with its box where the reader may deal with many at once.
fn pickable(mut rows: Vec<RowView>, reader: &Reader, l: Lang) -> Vec<RowView> {
    let pick = !bulk::choices(reader, l).is_empty();
    rows.iter_mut().for_each(|row| row.pick = pick);
    rows
}

/// The number of the one case that is asked for by a name of its own.
fn named(rows: &[CaseRow], asked: &str) -> Option<String> {
    let is_named = |row: &&CaseRow| {
        row.case_no.eq_ignore_ascii_case(asked)
            || row.external_id.as_deref() == Some(asked)
            || row.case_id.0.to_string().eq_ignore_ascii_case(asked)
    };
    let mut named = rows.iter().filter(is_named);
    named.next().filter(|_| !asked.is_empty() && named.next().is_none()).map(|row| row.case_no.clone())
}

/// A page of rows, and how many there are in all.
pub struct Found {
    /// The rows.
    pub rows: Vec<CaseRow>,
    /// All that the filter finds.
    pub total: u64,
    /// Where to go on.
    pub cursor: Option<String>,
}

async fn found(app: &App, reader: &Reader, asked: &CaseQuery, filter: &CaseFilter) -> Result<Found, Problem> {
    let scope = reader.scope();
    if !asked.q.trim().is_empty() {
        let rows = app.views.search(&asked.q, &scope, PER_PAGE).await.map_err(views_failed)?;
        return Ok(Found { total: rows.len() as u64, rows, cursor: None });
    }
    let page = app.views.list(filter, &scope, asked.cursor(), PER_PAGE).await.map_err(views_failed)?;
    let total = app.views.count(filter, &scope).await.map_err(views_failed)?;
    Ok(Found { rows: page.rows, total, cursor: page.next_cursor })
}

fn filters(app: &App, asked: &CaseQuery, l: Lang) -> Vec<Field> {
    let any = l.t("全部", "Any");
    let lives = Life::ALL.into_iter().filter(|life| *life != Life::Absent);
    let lives =
        std::iter::once(option("", any)).chain(lives.map(|life| option(life.as_str(), words::life(life, l))));
    let mut lives: Vec<_> = lives.collect();
    if asked.life.contains(',') {
        lives.push(option(asked.life.as_str(), l.t("（多个状态）", "(several)")));
    }
    vec![
        Field::typed("q", l.t("编号或文字", "Number or text"), "search").value(asked.q.as_str()),
        Field::select("life", l.t("状态", "State"), lives).value(asked.life.as_str()),
        Field::unit("unit", l.t("主办单位", "Lead unit")).value(asked.unit.as_str()),
        Field::select("rung", l.t("层级", "Rung"), fields::rungs(l, any)).value(asked.rung.as_str()),
        Field::select("item", l.t("事项", "Item"), fields::items(app, any)).value(asked.item.as_str()),
        Field { kind: FieldKind::Line("month"), ..Field::line("from", l.t("时限月份起", "Due from")) }
            .value(asked.from.as_str()),
        Field { kind: FieldKind::Line("month"), ..Field::line("to", l.t("至", "to")) }
            .value(asked.to.as_str()),
    ]
}

/// Filters without a field of their own: a link set them, and the form must not lose them.
fn kept(asked: &CaseQuery) -> Vec<(&'static str, String)> {
    let all = [
        ("open", &asked.open),
        ("locality", &asked.locality),
        ("arrived", &asked.arrived),
        ("source", &asked.source),
        ("on_time", &asked.on_time),
        ("overdue", &asked.overdue),
        ("at_risk", &asked.at_risk),
        ("unsigned", &asked.unsigned),
        ("reopened", &asked.reopened),
        ("escalated", &asked.escalated),
        ("recorded", &asked.recorded),
        ("test", &asked.test),
    ];
    all.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name, value.clone()))
        .collect()
}

fn described(filter: &CaseFilter, l: Lang) -> Vec<String> {
    let mut parts: Vec<String> = filter.lives.iter().map(|life| words::life(*life, l).to_owned()).collect();
    let flag = |flag: Option<bool>, yes: &'static str, no: &'static str| {
        flag.map(|flag| if flag { yes } else { no }.to_owned())
    };
    let unknown = |value: &Option<String>, what: &'static str| {
        value.as_ref().filter(|value| value.is_empty()).map(|_| what.to_owned())
    };
    parts.extend(
        [
            flag(filter.open, l.t("未结", "open"), l.t("不需办理", "not open")),
            flag(filter.on_time, l.t("按时办结", "closed on time"), l.t("超时办结", "closed late")),
            flag(filter.overdue_at.map(|_| true), l.t("已逾期未办结", "overdue"), ""),
            flag(filter.at_risk_at.map(|_| true), l.t("即将到期", "at risk"), ""),
            flag(filter.unsigned_at.map(|_| true), l.t("逾期未签收", "unsigned and late"), ""),
            flag(filter.reopened, l.t("重办过", "reopened"), l.t("未重办", "never reopened")),
            flag(filter.escalated, l.t("升级过", "escalated"), l.t("未升级", "never escalated")),
            flag(filter.recorded, l.t("历史件", "history"), l.t("非历史件", "not history")),
            flag(filter.test.then_some(true), l.t("测试件", "test orders"), ""),
            filter.locality.as_ref().map(|place| l.f("所在社区 {}", "in community {}", place)),
            filter.arrived.as_ref().map(|month| l.f("{} 受理", "arrived in {}", month)),
            filter.source.as_ref().map(|source| l.f("来源 {}", "source {}", source)),
            unknown(&filter.unit, l.t("尚无主办单位", "no lead unit yet")),
            unknown(&filter.rung, l.t("尚无层级", "no rung yet")),
            unknown(&filter.item, l.t("事项不明", "item unknown")),
        ]
        .into_iter()
        .flatten(),
    );
    parts
}
