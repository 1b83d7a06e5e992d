//! `/screen` 指挥大屏: what a room looks at. No menu, large letters, fresh by itself; every number is that of the desk,
//! the board and the figures.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::ids::Rung;
use jiff::Timestamp;
use projections::metrics::Metric;
use projections::{BoardBy, BoardQuery, BoardRow, CaseFilter};

use super::desk::{Tile, tiles};
use super::lang::Lang;
use super::legs::{self, LegView};
use super::page::{Page, show, times, views_failed};
use super::rows::{self, RowView};
use super::{failed, words};
use crate::auth::Reader;
use crate::figures::{self, Asked, shown};
use crate::http::App;
use crate::http::problem::Problem;
use crate::http::visit::Visit;

/// Rows of each list: what can be read from the last chair.
const SHOWN: u32 = 6;
/// The numbers of the desk that a room looks at.
const TILES: [&str; 6] = ["overdue", "at-risk", "unsigned", "triage", "callback", "open"];
/// 三率, and how a whistle is answered.
const RATES: [&str; 6] = ["response", "solution", "satisfaction", "responded", "arrived", "finished"];

#[derive(Template)]
#[template(path = "screen.html")]
struct Screen {
    page: Page,
    unit: String,
    at: String,
    month: String,
    tiles: Vec<Tile>,
    silent: u64,
    legs: Vec<LegView>,
    rows: Vec<RowView>,
    funnel: Vec<Step>,
    rates: Vec<Rate>,
}

/// A rung of the funnel.
struct Step {
    name: &'static str,
    closed: i64,
    /// Width of its bar, of 400.
    width: i64,
    y: i64,
    /// Closed here or below, of all that were closed, in words.
    share: String,
}

/// A rate with how sure it is.
struct Rate {
    name: String,
    value: String,
    detail: String,
}

/// `GET /screen`
pub async fn get(State(app): State<Arc<App>>, visit: Visit, reader: Reader) -> Response {
    match screen(&app, &visit, &reader).await {
        Ok(page) => show(StatusCode::OK, &page),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn screen(app: &Arc<App>, visit: &Visit, reader: &Reader) -> Result<Screen, Problem> {
    let (l, times, scope, rules) = (visit.lang, times(app, visit.lang), reader.scope(), app.rules());
    let now = times.now;
    let counts = app.views.desk(now, &scope).await.map_err(views_failed)?;
    let month = month(now, &times.zone);
    let filter = CaseFilter::overdue(now);
    let late = app.views.list(&filter, &scope, None, SHOWN).await.map_err(views_failed)?;
    let silent = app.views.silent_legs_count(now, &scope).await.map_err(views_failed)?;
    let legs = match silent {
        0 => Vec::new(),
        _ => app.views.silent_legs(now, &scope, SHOWN).await.map_err(views_failed)?,
    };
    let query = BoardQuery {
        by: BoardBy::Rung,
        from_month: Some(month.clone()),
        to_month: Some(month.clone()),
        scope: scope.clone(),
        ..BoardQuery::default()
    };
    let (by_rung, _) = app.views.board(&query).await.map_err(views_failed)?;
    let asked = Asked { by: "rung".into(), from: month.clone(), to: month.clone(), ..Asked::default() };
    let answer = figures::ask(&app.views, &rules, &scope, &asked, l).await?;
    let rate = |key: &str| {
        let metric = Metric::named(key)?;
        let ratio = metric.of(&answer.total, &answer.weights);
        let name = l.t(metric.zh, metric.en).to_owned();
        Some(Rate { name, value: shown::value(metric, &ratio, l), detail: shown::detail(metric, &ratio) })
    };
    let frame = Page::outside(visit, app.demo);
    Ok(Screen {
        page: Page { live: true, now: now.as_second(), rebuilding: app.views.rebuilding(), ..frame },
        unit: words::unit(&rules.org, &reader.account.unit, l),
        at: times.full(now),
        tiles: tiles(&counts, now, l).into_iter().filter(|tile| TILES.contains(&tile.key)).collect(),
        silent,
        legs: legs.iter().map(|one| legs::leg_view(app, reader, &times, &one.case, &one.leg, None)).collect(),
        rows: to_look_at(rows::rows_of(app, reader, &times, &late.rows, &filter)),
        funnel: funnel(&by_rung, l),
        rates: RATES.iter().filter_map(|key| rate(key)).collect(),
        month,
    })
}

/// Nobody signs on a wall.
fn to_look_at(mut rows: Vec<RowView>) -> Vec<RowView> {
    rows.iter_mut().for_each(|row| row.sign = None);
    rows
}

/// The month that runs.
fn month(now: Timestamp, zone: &jiff::tz::TimeZone) -> String {
    now.to_zoned(zone.clone()).strftime("%Y-%m").to_string()
}

/// 小事不出网格: how many cases each rung closed, and which share of all was closed there or below.
fn funnel(rows: &[BoardRow], l: Lang) -> Vec<Step> {
    let closed = |rung: Rung| {
        let at = rows.iter().filter(|row| Rung::parse(&row.key) == Some(rung));
        at.map(|row| row.counts.closed).sum::<i64>()
    };
    let all: i64 = Rung::ALL.into_iter().map(closed).sum();
    let most = Rung::ALL.into_iter().map(closed).max().unwrap_or(0).max(1);
    let (mut below, mut steps) = (0, Vec::new());
    for (rung, place) in Rung::ALL.into_iter().zip(0_i64..) {
        let here = closed(rung);
        below += here;
        let share = match all {
            0 => String::new(),
            _ => format!("{}%", shown::decimal(below * 1000 / all, 10)),
        };
        steps.push(Step {
            name: words::rung(rung, l),
            closed: here,
            width: here * 400 / most,
            y: place * 38,
            share,
        });
    }
    steps
}

#[cfg(test)]
mod specs {
    use super::*;
    use projections::Counts;

    #[test]
    fn the_funnel_adds_up_from_the_grid_to_the_district() {
        let row = |key: &str, closed| BoardRow {
            key: key.into(),
            counts: Counts { closed, total: closed, ..Counts::default() },
            ..BoardRow::default()
        };
        let steps = funnel(&[row("street", 10), row("grid", 70), row("community", 20)], Lang::En);
        let told: Vec<(i64, &str)> = steps.iter().map(|step| (step.closed, step.share.as_str())).collect();
        assert_eq!(told, [(70, "70.0%"), (20, "90.0%"), (0, "90.0%"), (10, "100.0%"), (0, "100.0%")]);
        assert!(funnel(&[], Lang::Zh).iter().all(|step| step.width == 0 && step.share.is_empty()));
    }
}
