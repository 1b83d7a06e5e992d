//! `/board`: limits kept and missed, by unit, rung, item or month. Every number opens its list.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::ids::{ItemCode, Rung, UnitId};
use projections::{BoardBy, BoardNumber, BoardQuery, BoardRow};

use super::chart::{self, Bar, Months};
use super::desk::Tile;
use super::fields::{Field, FieldKind, option};
use super::lang::Lang;
use super::page::{Page, show, views_failed};
use super::{failed, figures, words};
use crate::auth::Reader;
use crate::figures::Asked as AskedFigures;
use crate::http::App;
use crate::http::filter::{month, query};
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::Visit;

#[derive(Template)]
#[template(path = "board.html")]
struct Board {
    page: Page,
    unit: String,
    by: &'static str,
    heading: &'static str,
    periods: Vec<Field>,
    shows: Vec<(String, &'static str, bool)>,
    tabs: Vec<Tab>,
    tiles: Vec<Tile>,
    rate: String,
    excluded: i64,
    chart: Option<Months>,
    lines: Vec<Line>,
    first: String,
    next: String,
    download: String,
}

struct Tab {
    href: String,
    label: &'static str,
    here: bool,
}

struct Number {
    count: i64,
    href: String,
}

struct Line {
    name: String,
    numbers: Vec<Number>,
    rate: String,
    bar: Bar,
}

/// What the address asks for.
pub struct Asked {
    pub(super) by: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) start: usize,
}

/// Lines of a page. There are as many units as a district has grids.
const LINES: usize = 50;

impl Asked {
    /// The board with these rows, from this line on.
    fn href(&self, by: &str, start: usize) -> String {
        let start = if start == 0 { String::new() } else { format!("&start={start}") };
        format!("/board?by={by}&from={}&to={}{start}", self.from, self.to)
    }
}

const BY: [(&str, BoardBy, (&str, &str)); 4] = [
    ("unit", BoardBy::Unit, ("单位", "Unit")),
    ("rung", BoardBy::Rung, ("层级", "Rung")),
    ("item", BoardBy::Item, ("事项", "Item")),
    ("month", BoardBy::Month, ("月份", "Month")),
];

/// The numbers of a line, in order of the columns.
const NUMBERS: [BoardNumber; 5] =
    [BoardNumber::Total, BoardNumber::OnTime, BoardNumber::Late, BoardNumber::Open, BoardNumber::Overdue];

/// `GET /board`
pub async fn get(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Query(asked): Query<AskedFigures>,
) -> Response {
    if asked.is_of_figures() {
        return match figures::page(&app, &visit, &reader, &asked).await {
            Ok(page) => show(StatusCode::OK, &page),
            Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
        };
    }
    let AskedFigures { by, from, to, start, .. } = asked;
    let asked = Asked { by, from, to, start };
    match board(&app, &visit, &reader, &asked).await {
        Ok(board) => show(StatusCode::OK, &board),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

/// What a board is of, and its lines.
struct Lines {
    by: &'static str,
    heading: (&'static str, &'static str),
    query: BoardQuery,
    rows: Vec<BoardRow>,
    total: BoardRow,
}

async fn lines(app: &App, reader: &Reader, asked: &Asked) -> Result<Lines, Problem> {
    let word = if asked.by.is_empty() { "unit" } else { asked.by.as_str() };
    let (by, kind, heading) = *BY
        .iter()
        .find(|(known, ..)| *known == word)
        .ok_or_else(|| Problem::from(EdgeCode::BadQuery).about("by"))?;
    let query = BoardQuery {
        by: kind,
        from_month: month("from", &asked.from)?,
        to_month: month("to", &asked.to)?,
        scope: reader.scope(),
        now: Some(app.engine.now()),
        ..BoardQuery::default()
    };
    let (mut rows, total) = app.views.board(&query).await.map_err(views_failed)?;
    if kind == BoardBy::Rung {
        rows.sort_by_key(|row| Rung::parse(&row.key));
    }
    Ok(Lines { by, heading, query, rows, total })
}

/// The board as a table: its heading, and each line with its name, its numbers and its rate.
pub(super) async fn table(
    app: &App,
    reader: &Reader,
    asked: &Asked,
    l: Lang,
) -> Result<(&'static str, Vec<(String, Vec<i64>, String)>), Problem> {
    let Lines { heading: (zh, en), query, rows, total, .. } = lines(app, reader, asked).await?;
    let told = |name: String, row: &BoardRow| (name, values(row).to_vec(), chart::rate(row, l));
    let mut table: Vec<_> = rows.iter().map(|row| told(name(app, query.by, &row.key, l), row)).collect();
    table.push(told(l.t("合计", "All").to_owned(), &total));
    Ok((l.t(zh, en), table))
}

async fn board(app: &Arc<App>, visit: &Visit, reader: &Reader, asked: &Asked) -> Result<Board, Problem> {
    let l = visit.lang;
    let Lines { by, heading: (zh, en), query, rows, total } = lines(app, reader, asked).await?;
    let months = BoardQuery { by: BoardBy::Month, now: None, ..query.clone() };
    let (by_month, _) = app.views.board(&months).await.map_err(views_failed)?;
    let tab = |(word, _, (zh, en)): &(&str, BoardBy, (&'static str, &'static str))| Tab {
        href: asked.href(word, 0),
        label: l.t(zh, en),
        here: *word == by,
    };
    let end = asked.start.saturating_add(LINES);
    Ok(Board {
        page: Page::inside(app, visit, reader).await?,
        unit: words::unit(&app.rules().org, &reader.account.unit, l),
        by,
        heading: l.t(zh, en),
        periods: periods(asked, &by_month, l),
        shows: figures::groups(&AskedFigures::default(), l),
        tabs: BY.iter().map(tab).collect(),
        tiles: tiles(&query, &total, l),
        rate: chart::rate(&total, l),
        excluded: total.counts.excluded,
        chart: chart::months(&months, &by_month, l),
        lines: rows.iter().skip(asked.start).take(LINES).map(|row| line(app, &query, row, l)).collect(),
        first: if asked.start == 0 { String::new() } else { asked.href(by, 0) },
        download: asked.href(by, 0).replacen("/board", "/board.xlsx", 1),
        next: if rows.len() > end { asked.href(by, end) } else { String::new() },
    })
}

/// From and to: the months that there are, and all of them by default.
fn periods(asked: &Asked, months: &[BoardRow], l: Lang) -> Vec<Field> {
    let field = |name, label, any: &'static str, value: &str| {
        let mut options = vec![option("", any)];
        options.extend(months.iter().map(|row| option(row.key.as_str(), row.key.as_str())));
        if !value.is_empty() && !months.iter().any(|row| row.key == value) {
            options.push(option(value, value));
        }
        Field { kind: FieldKind::Select, options, ..Field::line(name, label) }.value(value)
    };
    vec![
        field("from", l.t("时限月份从", "Due from"), l.t("最早", "the first"), &asked.from),
        field("to", l.t("到", "to"), l.t("最近", "the latest"), &asked.to),
    ]
}

fn tiles(board: &BoardQuery, total: &BoardRow, l: Lang) -> Vec<Tile> {
    let tile =
        |key, label, count, number, tone| Tile::new(key, label, count, &board.filter(None, number), tone);
    let counts = total.counts;
    vec![
        tile("board-total", l.t("合计", "All"), counts.total, BoardNumber::Total, ""),
        tile("board-on-time", l.t("按时办结", "On time"), counts.on_time, BoardNumber::OnTime, ""),
        tile("board-late", l.t("超时办结", "Late"), counts.late, BoardNumber::Late, "red"),
        tile("board-open", l.t("未结", "Open"), counts.open, BoardNumber::Open, ""),
        tile(
            "board-overdue",
            l.t("其中已逾期", "Open and overdue"),
            total.overdue,
            BoardNumber::Overdue,
            "red",
        ),
        tile("board-escalated", l.t("升级过", "Escalated"), counts.escalated, BoardNumber::Escalated, ""),
        tile("board-reopened", l.t("重办过", "Reopened"), counts.reopened, BoardNumber::Reopened, ""),
    ]
}

fn values(row: &BoardRow) -> [i64; NUMBERS.len()] {
    let counts = row.counts;
    [counts.total, counts.on_time, counts.late, counts.open, row.overdue]
}

fn line(app: &App, board: &BoardQuery, row: &BoardRow, l: Lang) -> Line {
    let numbers = NUMBERS.into_iter().zip(values(row)).map(|(number, count)| Number {
        count,
        href: format!("/cases?{}", query(&board.filter(Some(&row.key), number))),
    });
    Line {
        name: name(app, board.by, &row.key, l),
        numbers: numbers.collect(),
        rate: chart::rate(row, l),
        bar: chart::bar(row),
    }
}

fn name(app: &App, by: BoardBy, key: &str, l: Lang) -> String {
    if key.is_empty() {
        return l.t("（尚未确定）", "(not known yet)").to_owned();
    }
    match by {
        BoardBy::Unit => words::unit(&app.rules().org, &UnitId::new(key), l),
        BoardBy::Rung => Rung::parse(key).map_or(key, |rung| words::rung(rung, l)).to_owned(),
        BoardBy::Item => {
            let rules = app.rules();
            let item = rules.policy.catalogue.item(&ItemCode::new(key));
            item.map_or_else(|| key.to_owned(), |item| item.name.clone())
        }
        BoardBy::Month => key.to_owned(),
    }
}
