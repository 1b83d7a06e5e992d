//! `/desk`: what needs a person now. Each number opens its list.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::case::Life;
use jiff::Timestamp;
use projections::{COUNT_MAX, CaseFilter, DeskCounts, WaitFor};

use super::lang::Lang;
use super::legs::{self, LegView};
use super::page::{Page, show, times, views_failed};
use super::parts;
use super::rows::{self, RowView};
use super::waiting::{self, WaitView};
use super::{failed, words};
use crate::auth::Reader;
use crate::http::App;
use crate::http::filter::query;
use crate::http::problem::Problem;
use crate::http::visit::Visit;

/// Rows shown of each list.
const SHOWN: u32 = 8;

#[derive(Template)]
#[template(path = "desk.html")]
struct Desk {
    page: Page,
    unit: String,
    at: String,
    tiles: Vec<Tile>,
    silent: u64,
    legs: Vec<LegView>,
    late: u64,
    waiting: u64,
    waits: Vec<WaitView>,
    parts: Vec<LegView>,
    groups: Vec<Group>,
}

/// A number that opens its list.
pub struct Tile {
    /// Stable name, for the script.
    pub key: &'static str,
    /// The number.
    pub count: i64,
    /// What it counts.
    pub label: &'static str,
    /// The list.
    pub href: String,
    /// Colour, where the number is not zero.
    pub tone: &'static str,
}

impl Tile {
    /// `+` where counting ended there.
    pub fn or_more(&self) -> &'static str {
        or_more(u64::try_from(self.count).unwrap_or_default())
    }

    /// A tile over a filter.
    pub fn new(
        key: &'static str,
        label: &'static str,
        count: i64,
        filter: &CaseFilter,
        tone: &'static str,
    ) -> Tile {
        let tone = if count == 0 { "zero" } else { tone };
        Tile { key, count, label, href: format!("/cases?{}", query(filter)), tone }
    }
}

/// `+` after a number where counting ended.
pub fn or_more(count: u64) -> &'static str {
    if count == COUNT_MAX { "+" } else { "" }
}

struct Group {
    key: &'static str,
    title: &'static str,
    href: String,
    download: String,
    count: u64,
    rows: Vec<RowView>,
}

/// `GET /desk`
pub async fn get(State(app): State<Arc<App>>, visit: Visit, reader: Reader) -> Response {
    match desk(&app, &visit, &reader).await {
        Ok(desk) => show(StatusCode::OK, &desk),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

/// Every number of the desk, with the list that it opens.
pub fn tiles(counts: &DeskCounts, now: Timestamp, l: Lang) -> Vec<Tile> {
    let tile = |key, label, count: u64, filter: &CaseFilter, tone| {
        Tile::new(key, label, i64::try_from(count).unwrap_or(i64::MAX), filter, tone)
    };
    vec![
        tile("overdue", l.t("已逾期", "Overdue"), counts.overdue, &CaseFilter::overdue(now), "red"),
        tile("at-risk", l.t("即将到期", "At risk"), counts.at_risk, &CaseFilter::at_risk(now), "amber"),
        tile(
            "unsigned",
            l.t("逾期未签收", "Unsigned and late"),
            counts.unsigned_late,
            &CaseFilter::unsigned_late(now),
            "red",
        ),
        tile(
            "triage",
            l.t("待受理、待派单", "To triage or dispatch"),
            counts.triage,
            &CaseFilter::triage(),
            "",
        ),
        tile("verify", l.t("待核查", "To check"), counts.to_verify, &CaseFilter::life(Life::Handled), ""),
        Tile {
            href: "/callbacks".to_owned(),
            ..tile(
                "callback",
                l.t("待回访", "To call back"),
                counts.to_callback,
                &CaseFilter::life(Life::PendingCallback),
                "",
            )
        },
        tile(
            "unsolved",
            l.t("回访未解决", "Called back, not solved"),
            counts.called_back_unsolved,
            &CaseFilter::life(Life::CalledBack),
            "amber",
        ),
        tile(
            "escalated",
            l.t("升级未结", "Escalated, open"),
            counts.escalated_open,
            &CaseFilter::escalated_open(),
            "",
        ),
        tile("suspended", l.t("挂账", "Suspended"), counts.suspended, &CaseFilter::life(Life::Suspended), ""),
        tile("open", l.t("全部未结", "All open"), counts.open, &CaseFilter::open(), ""),
    ]
}

/// What waits for somebody's word, by its kind, and the called units that say nothing.
fn asked_tiles(counts: &[(WaitFor, u64, u64)], silent: u64, l: Lang) -> Vec<Tile> {
    let tile = |key, label, count: u64, href, tone| Tile {
        key,
        count: i64::try_from(count).unwrap_or(i64::MAX),
        label,
        href,
        tone,
    };
    let waits = counts.iter().map(|(what, count, late)| {
        let tone = if *late > 0 { "red" } else { "" };
        tile(
            what.as_str(),
            waiting::label(*what, l),
            *count,
            format!("/waiting?kind={}", what.as_str()),
            tone,
        )
    });
    let label = l.t("吹哨未响应", "Called units that are silent");
    let silent = (silent > 0).then(|| tile("silent", label, silent, "#silent-legs".to_owned(), "red"));
    silent.into_iter().chain(waits).collect()
}

async fn desk(app: &Arc<App>, visit: &Visit, reader: &Reader) -> Result<Desk, Problem> {
    let (l, times, scope) = (visit.lang, times(app, visit.lang), reader.scope());
    let now = times.now;
    let counts = app.views.desk(now, &scope).await.map_err(views_failed)?;
    let tiles = tiles(&counts, now, l);
    let mut groups = Vec::new();
    for (key, title, filter, count) in [
        ("overdue-rows", l.t("已逾期", "Overdue"), CaseFilter::overdue(now), counts.overdue),
        ("at-risk-rows", l.t("即将到期", "At risk"), CaseFilter::at_risk(now), counts.at_risk),
        (
            "unsolved-rows",
            l.t("回访未解决", "Called back, not solved"),
            CaseFilter::life(Life::CalledBack),
            counts.called_back_unsolved,
        ),
    ] {
        if count == 0 {
            continue;
        }
        let listed = app.views.list(&filter, &scope, None, SHOWN).await.map_err(views_failed)?;
        let rows = rows::rows_of(app, reader, &times, &listed.rows, &filter);
        let said = query(&filter);
        let (href, download) = (format!("/cases?{said}"), format!("/cases.xlsx?{said}"));
        groups.push(Group { key, title, href, download, count, rows });
    }
    let silent = app.views.silent_legs_count(now, &scope).await.map_err(views_failed)?;
    // Where nothing is counted, nothing is listed: the page asks no more than it shows.
    let legs = match silent {
        0 => Vec::new(),
        _ => app.views.silent_legs(now, &scope, SHOWN).await.map_err(views_failed)?,
    };
    let legs =
        legs.iter().map(|one| legs::leg_view(app, reader, &times, &one.case, &one.leg, None)).collect();
    let late = app.views.late_parts_count(now, &scope).await.map_err(views_failed)?;
    let parts = match late {
        0 => Vec::new(),
        _ => app.views.late_parts(now, &scope, SHOWN).await.map_err(views_failed)?,
    };
    let parts =
        parts.iter().map(|one| parts::part_view(app, reader, &times, &one.case, &one.part, None)).collect();
    let counts = app.views.waits_count(now, &scope).await.map_err(views_failed)?;
    let total: u64 = counts.iter().map(|(_, count, _)| count).sum();
    let waits = match total {
        0 => Vec::new(),
        _ => app.views.waits(None, &scope, SHOWN).await.map_err(views_failed)?,
    };
    let tiles = tiles.into_iter().chain(asked_tiles(&counts, silent, l)).collect();
    Ok(Desk {
        page: Page::inside(app, visit, reader).await?,
        unit: words::unit(&app.rules().org, &reader.account.unit, l),
        at: times.full(now),
        tiles,
        silent,
        legs,
        late,
        waiting: total,
        waits: waits.iter().map(|one| waiting::view(app, reader, &times, one)).collect(),
        parts,
        groups,
    })
}
