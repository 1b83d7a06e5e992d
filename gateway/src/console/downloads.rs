//! The lists of the pages as Excel files: the same filter, the same scope, the same words.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::Timestamp;
use projections::CaseRow;

use super::lang::Lang;
use super::page::{times, views_failed};
use super::sheet::{File, MOST, Sheet, answer};
use super::when::Times;
use super::whistle::{kind, phase, stage};
use super::{board, callback_forms, figures, papers, rows, words};
use crate::auth::Reader;
use crate::figures::Asked as AskedFigures;
use crate::files::table::{Cell, TableFormat};
use crate::http::App;
use crate::http::filter::CaseQuery;
use crate::http::paper_query::PaperQuery;
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::Visit;

/// Rows that are asked for at once.
const STRETCH: u32 = 500;

type Asked<T> = Result<Query<T>, QueryRejection>;

/// `GET /cases.xlsx`: all that `/cases` finds, not only a page of it.
pub async fn cases(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    asked: Asked<CaseQuery>,
) -> Response {
    let made = match asked {
        Ok(Query(asked)) => case_file(&app, &visit, &reader, &asked).await,
        Err(_) => Err(EdgeCode::BadQuery.into()),
    };
    answer(&app, &visit, &reader, made).await
}

async fn case_file(app: &App, visit: &Visit, reader: &Reader, asked: &CaseQuery) -> Result<File, Problem> {
    let times = times(app, visit.lang);
    let filter = asked.filter(times.now)?;
    let mut sheet = case_sheet(visit.lang).await?;
    if !asked.q.trim().is_empty() {
        let found = app.views.search(&asked.q, &reader.scope(), u32::MAX).await.map_err(views_failed)?;
        sheet.add(found.iter().map(|row| case_cells(app, &times, row)))?;
        return sheet.finish("工单", "cases", &times).await;
    }
    let mut export = app.views.export(&filter, &reader.scope()).await.map_err(views_failed)?;
    if export.total() > MOST {
        return Err(Problem::from(EdgeCode::TooManyRows).about(export.total()));
    }
    while let Some(chunk) = export.next_chunk().await.map_err(views_failed)? {
        // Between the count and this row somebody may have been accused.
        let seen = chunk.iter().filter(|row| reader.sees(row));
        sheet.add(seen.map(|row| case_cells(app, &times, row)))?;
    }
    sheet.finish("工单", "cases", &times).await
}

/// `GET /inbox.xlsx`: all that waits for the reader's unit.
pub async fn inbox(State(app): State<Arc<App>>, visit: Visit, reader: Reader) -> Response {
    let made = inbox_file(&app, &visit, &reader).await;
    answer(&app, &visit, &reader, made).await
}

async fn inbox_file(app: &App, visit: &Visit, reader: &Reader) -> Result<File, Problem> {
    let (times, scope) = (times(app, visit.lang), reader.scope());
    let mut sheet = case_sheet(visit.lang).await?;
    let mut cursor: Option<String> = None;
    loop {
        let unit = &reader.account.unit;
        let page = app.views.inbox(unit, &scope, cursor.as_deref(), STRETCH).await.map_err(views_failed)?;
        sheet.add(page.rows.iter().map(|row| case_cells(app, &times, row)))?;
        cursor = page.next_cursor;
        if cursor.is_none() {
            return sheet.finish("收件箱", "inbox", &times).await;
        }
    }
}

/// `GET /legs.xlsx`: called units that are silent, as the desk lists them.
pub async fn legs(State(app): State<Arc<App>>, visit: Visit, reader: Reader) -> Response {
    let made = leg_file(&app, &visit, &reader).await;
    answer(&app, &visit, &reader, made).await
}

async fn leg_file(app: &App, visit: &Visit, reader: &Reader) -> Result<File, Problem> {
    let (l, times) = (visit.lang, times(app, visit.lang));
    let rules = app.rules();
    let mut sheet = Sheet::new(&[
        l.t("工单编号", "Case"),
        l.t("标题", "Title"),
        l.t("吹哨单位", "Sounder"),
        l.t("被吹哨单位", "Called unit"),
        l.t("类型", "Kind"),
        l.t("进展", "Stage"),
        l.t("应做", "Owes"),
        l.t("时限", "Due"),
    ])
    .await?;
    let silent = app.views.silent_legs(times.now, &reader.scope(), STRETCH).await.map_err(views_failed)?;
    sheet.add(silent.iter().map(|called| {
        let (case, leg) = (&called.case, &called.leg);
        let owed = leg.owes();
        vec![
            case.case_no.as_str().into(),
            case.title.as_str().into(),
            words::unit(&rules.org, &leg.sounder, l).as_str().into(),
            words::unit(&rules.org, &leg.unit, l).as_str().into(),
            kind(leg.kind, l).into(),
            phase(leg.phase, l).into(),
            owed.map_or(Cell::Empty, |(owed, _)| stage(owed, l).into()),
            time(&times, owed.map(|(_, due_at)| due_at)),
        ]
    }))?;
    sheet.finish("吹哨未响应", "silent", &times).await
}

/// `GET /supervision.xlsx`: what `/supervision` shows, all of it.
pub async fn supervision(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    asked: Asked<PaperQuery>,
) -> Response {
    let made = match asked {
        Ok(Query(asked)) => paper_file(&app, &visit, &reader, &asked).await,
        Err(_) => Err(EdgeCode::BadQuery.into()),
    };
    answer(&app, &visit, &reader, made).await
}

async fn paper_file(app: &App, visit: &Visit, reader: &Reader, asked: &PaperQuery) -> Result<File, Problem> {
    let times = times(app, visit.lang);
    let mut sheet = Sheet::new(&papers::columns(asked, visit.lang)).await?;
    if asked.is_by_unit() {
        sheet.add(papers::unit_cells(app, reader, asked, &times).await?.into_iter())?;
        return sheet.finish("督查督办", "supervision", &times).await;
    }
    let (filter, scope) = (asked.filter(app, times.now)?, reader.scope());
    let mut cursor: Option<String> = None;
    loop {
        let page =
            app.views.papers(&filter, &scope, cursor.as_deref(), STRETCH).await.map_err(views_failed)?;
        sheet.add(page.papers.iter().map(|one| papers::cells(app, reader, &times, one)))?;
        cursor = page.next_cursor;
        if cursor.is_none() {
            return sheet.finish("督查督办", "supervision", &times).await;
        }
    }
}

/// `GET /callbacks.xlsx`: who is to be called back, with what was tried.
pub async fn callbacks(State(app): State<Arc<App>>, visit: Visit, reader: Reader) -> Response {
    let made = callback_file(&app, &visit, &reader).await;
    answer(&app, &visit, &reader, made).await
}

async fn callback_file(app: &App, visit: &Visit, reader: &Reader) -> Result<File, Problem> {
    let (l, times) = (visit.lang, times(app, visit.lang));
    let mut sheet = Sheet::new(&[
        l.t("工单编号", "Case"),
        l.t("标题", "Title"),
        l.t("事项", "Item"),
        l.t("责任单位", "Responsible unit"),
        l.t("回访时限", "Due"),
        l.t("计数的未接通", "Tries that count"),
        l.t("末次未接通", "Last try"),
        l.t("情形", "What happened"),
        l.t("下次计数从", "Next counts from"),
        l.t("抽样", "Draw"),
    ])
    .await?;
    let found = app.views.callbacks(&reader.scope(), u32::MAX).await.map_err(views_failed)?;
    let rules = app.rules();
    sheet.add(found.iter().filter(|row| reader.sees(row)).map(|row| {
        let last = row.calls.attempts.last();
        let unit = row.responsible.as_ref().map(|unit| words::unit(&rules.org, unit, l));
        vec![
            row.case_no.as_str().into(),
            row.title.as_str().into(),
            rows::item_name(app, row).as_str().into(),
            unit.map_or(Cell::Empty, |unit| unit.as_str().into()),
            time(&times, row.callback_due_at),
            Cell::Number(i64::try_from(row.calls.counted()).unwrap_or_default()),
            time(&times, last.map(|attempt| attempt.at)),
            last.map_or(Cell::Empty, |attempt| callback_forms::outcome(attempt.outcome, l).into()),
            time(&times, row.calls.next_from),
            row.calls
                .drawn
                .map_or(Cell::Empty, |drawn| callback_forms::drawn_words(drawn, l).as_str().into()),
        ]
    }))?;
    sheet.finish("待回访", "callbacks", &times).await
}

/// `GET /board.xlsx`: every line of the board, not only a page of it.
pub async fn board(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    asked: Asked<AskedFigures>,
) -> Response {
    let made = match asked {
        Ok(Query(asked)) if asked.is_of_figures() => {
            figure_file(&app, &visit, &reader, &asked, TableFormat::Xlsx).await
        }
        Ok(Query(AskedFigures { by, from, to, start, .. })) => {
            board_file(&app, &visit, &reader, &board::Asked { by, from, to, start }).await
        }
        Err(_) => Err(EdgeCode::BadQuery.into()),
    };
    answer(&app, &visit, &reader, made).await
}

/// `GET /board.csv`: the figures that the page shows, every line.
pub async fn figures(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    asked: Asked<AskedFigures>,
) -> Response {
    let made = match asked {
        Ok(Query(asked)) => figure_file(&app, &visit, &reader, &asked, TableFormat::Csv).await,
        Err(_) => Err(EdgeCode::BadQuery.into()),
    };
    answer(&app, &visit, &reader, made).await
}

async fn figure_file(
    app: &App,
    visit: &Visit,
    reader: &Reader,
    asked: &AskedFigures,
    format: TableFormat,
) -> Result<File, Problem> {
    let l = visit.lang;
    let (columns, rows) = figures::table(app, reader, asked, l).await?;
    let mut sheet = Sheet::of(format, &columns).await?;
    sheet.add(rows.into_iter())?;
    sheet.finish("指标", "figures", &times(app, l)).await
}

async fn board_file(
    app: &App,
    visit: &Visit,
    reader: &Reader,
    asked: &board::Asked,
) -> Result<File, Problem> {
    let l = visit.lang;
    let (heading, lines) = board::table(app, reader, asked, l).await?;
    let mut sheet = Sheet::new(&[
        heading,
        l.t("合计", "All"),
        l.t("按时", "On time"),
        l.t("超时", "Late"),
        l.t("未结", "Open"),
        l.t("已逾期", "Overdue"),
        l.t("按时率", "Rate"),
    ])
    .await?;
    sheet.add(lines.into_iter().map(|(name, numbers, rate)| {
        let numbers = numbers.into_iter().map(Cell::Number);
        [Cell::Text(name)].into_iter().chain(numbers).chain([Cell::Text(rate)]).collect()
    }))?;
    sheet.finish("时限看板", "board", &times(app, l)).await
}

async fn case_sheet(l: Lang) -> Result<Sheet, Problem> {
    Sheet::new(&[
        l.t("工单编号", "Case"),
        l.t("外部编号", "Outside id"),
        l.t("来源", "Source"),
        l.t("渠道", "Channel"),
        l.t("状态", "State"),
        l.t("标题", "Title"),
        l.t("事项编码", "Item code"),
        l.t("事项", "Item"),
        l.t("层级", "Rung"),
        l.t("主办单位", "Lead unit"),
        l.t("责任单位", "Responsible unit"),
        l.t("受理时间", "Received"),
        l.t("办结时限", "Due"),
        l.t("办结时间", "Closed"),
        l.t("按时办结", "On time"),
        l.t("下一时限", "Next due"),
        l.t("下一时限事项", "Next due for"),
        l.t("标记", "Flags"),
    ])
    .await
}

fn case_cells(app: &App, times: &Times, row: &CaseRow) -> Vec<Cell> {
    let (l, rules) = (times.l, app.rules());
    let unit = |unit: &Option<domain::ids::UnitId>| {
        unit.as_ref().map_or(Cell::Empty, |unit| words::unit(&rules.org, unit, l).as_str().into())
    };
    vec![
        row.case_no.as_str().into(),
        Cell::from(row.external_id.clone()),
        words::source(&row.source, l).as_str().into(),
        words::channel(&row.channel, l).as_str().into(),
        words::life(row.life, l).into(),
        row.title.as_str().into(),
        Cell::from(row.item.as_ref().map(ToString::to_string)),
        rows::item_name(app, row).as_str().into(),
        row.rung.map_or(Cell::Empty, |rung| words::rung(rung, l).into()),
        unit(&row.lead),
        unit(&row.responsible),
        time(times, Some(row.received_at)),
        time(times, row.due_at),
        time(times, row.closed_at),
        row.on_time
            .map_or(Cell::Empty, |on_time| if on_time { l.t("是", "yes") } else { l.t("否", "no") }.into()),
        time(times, row.next_due_at),
        row.next_due_name.map_or(Cell::Empty, |name| words::deadline(name, l).into()),
        rows::flags(row, l).join("；").as_str().into(),
    ]
}

fn time(times: &Times, time: Option<Timestamp>) -> Cell {
    time.map_or(Cell::Empty, |time| Cell::Time(time.to_zoned(times.zone.clone())))
}
