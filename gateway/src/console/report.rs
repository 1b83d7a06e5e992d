//! `/report`: a month or a week of a unit, to be printed, and the same as a workbook.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use tracing::info;

use super::failed;
use super::fields::{Field, FieldKind};
use super::lang::Lang;
use super::page::{Page, show};
use crate::auth::Reader;
use crate::figures::{Line, shown};
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::{Visit, url_encode};
use crate::report::{self, Report, Sources, Wanted, book, head};
use projections::metrics::Metric;

#[derive(Template)]
#[template(path = "report.html")]
struct Sheet {
    page: Page,
    title: String,
    mark: String,
    until: String,
    version: String,
    fields: Vec<Field>,
    xlsx: String,
    head: Vec<(&'static str, i64, i64)>,
    figures: Vec<(&'static str, String, String, String)>,
    columns: Vec<&'static str>,
    tables: Vec<Table>,
}

struct Table {
    heading: &'static str,
    lines: Vec<(String, Vec<String>)>,
}

/// Figures that stand in the tables of units, items and months.
const OF_LINES: [&str; 4] = ["result", "overdue", "solution", "satisfaction"];

type Asked = Result<Query<Wanted>, QueryRejection>;

async fn made(app: &App, visit: &Visit, reader: &Reader, wanted: &Wanted) -> Result<Report, Problem> {
    let rules = app.rules();
    let sources = Sources {
        views: &app.views,
        rules: &rules,
        scope: &reader.scope(),
        unit: &reader.account.unit,
        by: &format!("{} ({})", reader.account.display, reader.account.name),
        now: app.engine.now().to_zoned(rules.calendar.zone().clone()),
    };
    report::make(&sources, wanted, visit.lang).await
}

/// `GET /report`
pub async fn get(State(app): State<Arc<App>>, visit: Visit, reader: Reader, asked: Asked) -> Response {
    let wanted = asked.map(|Query(wanted)| wanted).unwrap_or_default();
    match page(&app, &visit, &reader, &wanted).await {
        Ok(page) => show(StatusCode::OK, &page),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn page(app: &Arc<App>, visit: &Visit, reader: &Reader, wanted: &Wanted) -> Result<Sheet, Problem> {
    let l = visit.lang;
    let report = made(app, visit, reader, wanted).await?;
    let before = head(&report.before, l).map(|(_, before)| before);
    let figure = |(metric, now, before): (&'static Metric, _, _)| {
        let (now, detail, before) =
            (shown::value(metric, &now, l), shown::detail(metric, &now), shown::value(metric, &before, l));
        (l.t(metric.zh, metric.en), now, detail, before)
    };
    let metrics: Vec<&Metric> = OF_LINES.iter().filter_map(|key| Metric::named(key)).collect();
    let names = head(&report.total, l).map(|(name, _)| name);
    let table = |heading, lines: &[Line]| Table {
        heading,
        lines: lines.iter().map(|line| cells(line, &metrics, &report, l)).collect(),
    };
    Ok(Sheet {
        page: Page::inside(app, visit, reader).await?,
        title: format!("{} {} {}", report.unit, report.title, report.period),
        mark: report.watermark(l),
        until: report.as_of.map(|day| day.to_string()).unwrap_or_default(),
        version: report.version.clone(),
        fields: fields(wanted, &report, l),
        xlsx: address(wanted),
        head: head(&report.total, l)
            .into_iter()
            .zip(before)
            .map(|((name, now), before)| (name, now, before))
            .collect(),
        figures: report.figures().map(figure).collect(),
        columns: names.into_iter().chain(metrics.iter().map(|metric| l.t(metric.zh, metric.en))).collect(),
        tables: vec![
            table(l.t("下级单位", "Units below"), &report.units),
            table(l.t("事项", "Items"), &report.items),
            table(l.t("逐月", "Months"), &report.months),
        ],
    })
}

fn cells(line: &Line, metrics: &[&Metric], report: &Report, l: Lang) -> (String, Vec<String>) {
    let numbers = head(&line.tally, l).map(|(_, number)| number.to_string());
    let figures = metrics.iter().map(|metric| {
        let ratio = metric.of(&line.tally, &report.weights);
        match ratio.sample {
            0 => shown::value(metric, &ratio, l),
            sample => format!("{} (n={sample})", shown::value(metric, &ratio, l)),
        }
    });
    (line.name.clone(), numbers.into_iter().chain(figures).collect())
}

fn fields(wanted: &Wanted, report: &Report, l: Lang) -> Vec<Field> {
    let typed = |name, label, kind, value: &str| {
        Field { kind: FieldKind::Line(kind), ..Field::line(name, label) }.value(value)
    };
    let month = if wanted.week.is_empty() { report.period.as_str() } else { "" };
    vec![
        typed("month", l.t("月报月份", "Month"), "month", month),
        typed("week", l.t("或周报（周内任一天）", "or a day of the week"), "date", &wanted.week),
        typed("of", l.t("单位（含下级）", "Unit, with all under it"), "text", &wanted.of),
        typed("as_of", l.t("截至", "As of"), "date", &wanted.as_of),
    ]
}

fn address(wanted: &Wanted) -> String {
    let pairs =
        [("month", &wanted.month), ("week", &wanted.week), ("of", &wanted.of), ("as_of", &wanted.as_of)];
    let given = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<String> = given.map(|(name, value)| format!("{name}={}", url_encode(value))).collect();
    format!("/report.xlsx?{}", query.join("&"))
}

/// `GET /report.xlsx`
pub async fn file(State(app): State<Arc<App>>, visit: Visit, reader: Reader, asked: Asked) -> Response {
    let wanted = match asked {
        Ok(Query(wanted)) => wanted,
        Err(_) => return failed(&app, &visit, Some(&reader), EdgeCode::BadQuery.into()).await,
    };
    match workbook(&app, &visit, &reader, &wanted).await {
        Ok(response) => response,
        Err(problem) if visit.bearer => problem.into_response(),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn workbook(app: &App, visit: &Visit, reader: &Reader, wanted: &Wanted) -> Result<Response, Problem> {
    let l = visit.lang;
    let report = made(app, visit, reader, wanted).await?;
    info!(account = %reader.account.name, unit = %report.unit, period = %report.period, "a report was exported");
    let name = format!("{}-{}-{}.xlsx", report.unit, report.title, report.period);
    let packed = tokio::task::spawn_blocking(move || book::bytes(&report, l)).await;
    let bytes = packed
        .map_err(|error| Problem::inside("a report could not be made", &error))?
        .map_err(|error| Problem::inside("a report could not be written", &error))?;
    let disposition = format!("attachment; filename=\"report.xlsx\"; filename*=UTF-8''{}", url_encode(&name));
    let headers = [
        (CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned()),
        (CONTENT_DISPOSITION, disposition),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}
