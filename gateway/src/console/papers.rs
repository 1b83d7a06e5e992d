//! `/supervision`: what supervision has put out, each with its limit and what is to be done next; and the
//! same in a unit's inbox, with the form that answers it.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::case::admissible::Kind;
use domain::case::event::SupervisionStep;
use projections::{CasePaper, CaseRow, Paper, PaperState};
use uuid::Uuid;

use super::actions::action;
use super::fields::{self, Field, FieldKind, UnitChoice, option};
use super::lang::Lang;
use super::page::{Page, show, times, views_failed};
use super::when::{Countdown, Times};
use super::{failed, supervision_words, words};
use crate::auth::{Action, Reader};
use crate::files::table::Cell;
use crate::http::App;
use crate::http::paper_query::PaperQuery;
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::Visit;

/// Rows of the page.
const PER_PAGE: u32 = 100;

#[derive(Template)]
#[template(path = "supervision.html")]
struct SupervisionPage {
    page: Page,
    total: u64,
    tiles: Vec<Tile>,
    filters: Vec<Field>,
    units: Vec<UnitChoice>,
    by_unit: bool,
    filtered: bool,
    rows: Vec<PaperView>,
    lines: Vec<UnitLine>,
    steps: Vec<&'static str>,
    tabs: [(String, &'static str, bool); 2],
    download: String,
    first: String,
    next: String,
}

/// A state with how many stand in it.
struct Tile {
    key: &'static str,
    label: &'static str,
    count: u64,
    late: u64,
    href: String,
    here: bool,
}

/// How much of each step there was for a unit.
struct UnitLine {
    name: String,
    href: String,
    counts: Vec<u64>,
}

/// A paper on a page.
pub struct PaperView {
    /// Number of the case.
    pub no: String,
    /// What the case is called.
    pub title: String,
    /// The reader may open the case.
    pub link: bool,
    /// Which step it is.
    pub kind: &'static str,
    /// Stable name of that.
    pub key: &'static str,
    /// Number within the case.
    pub number: u32,
    /// The number on it.
    pub paper_no: String,
    /// About whom.
    pub unit: String,
    /// Since when.
    pub since: String,
    /// By the clock, or by a person.
    pub by: &'static str,
    /// Where it stands.
    pub state: &'static str,
    /// Its colour.
    pub state_class: &'static str,
    /// Until when.
    pub due: Option<Countdown>,
    /// What is to be done next; empty where nothing is.
    pub next: &'static str,
    /// Where that is done, or looked at.
    pub href: String,
    /// The reader does it.
    pub mine: bool,
    /// The official page.
    pub print: String,
    /// The command that answers it, where its own unit reads.
    pub reply: &'static str,
    /// Pressing twice is doing it once.
    pub id: Uuid,
}

impl PaperView {
    /// Colour of the row's edge.
    pub fn tone(&self) -> &'static str {
        self.due.as_ref().map_or("", |due| due.tone.class())
    }
}

/// `GET /supervision`
pub async fn get(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    asked: Result<Query<PaperQuery>, QueryRejection>,
) -> Response {
    let made = match asked {
        Ok(Query(asked)) => page(&app, &visit, &reader, &asked).await,
        Err(_) => Err(EdgeCode::BadQuery.into()),
    };
    match made {
        Ok(page) => show(StatusCode::OK, &page),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn page(
    app: &Arc<App>,
    visit: &Visit,
    reader: &Reader,
    asked: &PaperQuery,
) -> Result<SupervisionPage, Problem> {
    let (l, times, scope) = (visit.lang, times(app, visit.lang), reader.scope());
    let filter = asked.filter(app, times.now)?;
    let by_unit = asked.is_by_unit();
    let counts = app.views.open_papers_count(times.now, &scope).await.map_err(views_failed)?;
    let total = app.views.papers_count(&filter, &scope).await.map_err(views_failed)?;
    let (rows, lines, cursor) = if by_unit {
        (Vec::new(), unit_lines(app, reader, asked, &times).await?, None)
    } else {
        let found =
            app.views.papers(&filter, &scope, asked.cursor(), PER_PAGE).await.map_err(views_failed)?;
        let rows = found.papers.iter().map(|one| view(app, reader, &times, one)).collect();
        (rows, Vec::new(), found.next_cursor)
    };
    let tile = |(state, count, late): &(PaperState, u64, u64)| {
        let here = asked.state == state.as_str();
        let to = if here { "" } else { state.as_str() };
        Tile {
            key: state.as_str(),
            label: state_name(*state, l),
            count: *count,
            late: *late,
            href: asked.address("/supervision", &[("state", to), ("by", "")]),
            here,
        }
    };
    Ok(SupervisionPage {
        page: Page::inside(app, visit, reader).await?,
        total,
        tiles: counts.iter().map(tile).collect(),
        filters: filters(asked, l),
        units: fields::units(app, l),
        by_unit,
        filtered: asked.address("", &[("by", "")]).contains('='),
        rows,
        lines,
        steps: SupervisionStep::ALL.map(|step| supervision_words::step(step, l)).to_vec(),
        tabs: [
            (asked.address("/supervision", &[("by", "")]), l.t("逐件", "One by one"), !by_unit),
            (asked.address("/supervision", &[("by", "unit")]), l.t("按单位", "By unit"), by_unit),
        ],
        download: asked.address("/supervision.xlsx", &[]),
        first: if asked.cursor.is_empty() { String::new() } else { asked.address("/supervision", &[]) },
        next: cursor.map(|cursor| asked.address("/supervision", &[("cursor", &cursor)])).unwrap_or_default(),
    })
}

async fn unit_lines(
    app: &App,
    reader: &Reader,
    asked: &PaperQuery,
    times: &Times,
) -> Result<Vec<UnitLine>, Problem> {
    let filter = asked.filter(app, times.now)?;
    let found = app.views.papers_by_unit(&filter, &reader.scope()).await.map_err(views_failed)?;
    let rules = app.rules();
    let line =
        |(unit, counts): (domain::ids::UnitId, std::collections::BTreeMap<SupervisionStep, u64>)| UnitLine {
            name: words::unit(&rules.org, &unit, times.l),
            href: asked
                .address("/supervision", &[("unit", unit.0.as_str()), ("by", ""), ("state", asked.state())]),
            counts: SupervisionStep::ALL.map(|step| counts.get(&step).copied().unwrap_or_default()).to_vec(),
        };
    Ok(found.into_iter().map(line).collect())
}

fn filters(asked: &PaperQuery, l: Lang) -> Vec<Field> {
    let any = || option("", l.t("全部", "Any"));
    let steps = SupervisionStep::ALL.map(|step| option(step.as_str(), supervision_words::step(step, l)));
    let states = PaperState::ALL.map(|state| option(state.as_str(), state_name(state, l)));
    let first = [
        option("", if asked.is_by_unit() { l.t("全部", "Any") } else { l.t("待办", "To do") }),
        option("late", l.t("已逾期", "Late")),
        option("all", l.t("全部", "Any")),
    ];
    let day = |name, label, value: &str| {
        Field { kind: FieldKind::Line("date"), ..Field::line(name, label) }.value(value)
    };
    vec![
        Field::select("kind", l.t("种类", "Kind"), std::iter::once(any()).chain(steps).collect())
            .value(asked.kind.as_str()),
        Field::select("state", l.t("状态", "State"), first.into_iter().chain(states).collect())
            .value(asked.state.as_str()),
        Field::unit("unit", l.t("单位", "Unit")).value(asked.unit.as_str()),
        day("from", l.t("发出日期起", "From"), &asked.from),
        day("to", l.t("至", "to"), &asked.to),
    ]
}

/// What supervision has put out about a case, on its own page: the latest first, and no urge, which is a
/// line of the timeline.
pub fn of_case(app: &App, reader: &Reader, times: &Times, row: &CaseRow) -> Vec<PaperView> {
    let shown = row.papers.iter().rev().filter(|paper| paper.kind != SupervisionStep::Urge);
    let one = |paper: &Paper| CasePaper { case: row.clone(), paper: paper.clone() };
    shown.map(|paper| view(app, reader, times, &one(paper))).collect()
}

/// A paper in a list, with its case.
pub fn view(app: &App, reader: &Reader, times: &Times, one: &CasePaper) -> PaperView {
    let l = times.l;
    let (case, paper) = (&one.case, &one.paper);
    let step = next_step(paper.kind, paper.state);
    let mine = step.is_some_and(|kind| reader.may(Action::Case(kind), case));
    let form = step.filter(|_| mine).and_then(action);
    let link = reader.sees(case);
    let no = &case.case_no;
    PaperView {
        title: match (link, case.title.is_empty()) {
            (false, _) => l.t("（工单已转其他单位）", "(another unit has the case now)").to_owned(),
            (true, true) => l.t("（内容已匿名化）", "(content erased)").to_owned(),
            (true, false) => case.title.clone(),
        },
        link,
        kind: supervision_words::step(paper.kind, l),
        key: paper.kind.as_str(),
        number: paper.number,
        paper_no: paper.paper_no.clone(),
        unit: words::unit(&app.rules().org, &paper.unit, l),
        since: times.short(paper.since),
        by: if paper.by_clock { l.t("到点自动", "by the clock") } else { l.t("人工", "by a person") },
        state: state_name(paper.state, l),
        state_class: match paper.state {
            state if state.is_open() => "warn",
            PaperState::Done | PaperState::Replied => "done",
            _ => "",
        },
        due: paper.due_at.map(|due_at| times.countdown(due_at, None)),
        next: next_words(paper.state, l),
        href: match form {
            Some(form) => format!("/cases/{no}#{form}-{no}"),
            None => format!("/cases/{no}"),
        },
        mine,
        // A unit reads what was circulated, and no draft.
        print: if paper.state == PaperState::ToApprove && !reader.may_ever(Action::Desk) {
            String::new()
        } else {
            print_address(paper.kind, paper.number, no)
        },
        reply: step.filter(|_| paper.state.is_units()).and_then(action).unwrap_or_default(),
        id: Uuid::now_v7(),
        no: no.clone(),
    }
}

/// Where the official page of a paper stands; an urge that is not written has none.
fn print_address(kind: SupervisionStep, number: u32, no: &str) -> String {
    match kind {
        SupervisionStep::Urge => String::new(),
        kind => format!("/cases/{no}/papers/{}/{number}", kind.as_str()),
    }
}

/// The command that comes next.
fn next_step(kind: SupervisionStep, state: PaperState) -> Option<Kind> {
    Some(match (state, kind) {
        (PaperState::ToReply, SupervisionStep::Order) => Kind::ReplySupervision,
        (PaperState::ToReply, _) => Kind::ReplyNotice,
        (PaperState::ToApprove, _) => Kind::ApproveNotice,
        (PaperState::ToCheck, _) => Kind::CheckSupervision,
        (PaperState::ToClose, _) => Kind::CloseSupervision,
        (PaperState::ToInterview, _) => Kind::RecordInterview,
        _ => return None,
    })
}

/// Where a paper stands, in words.
pub fn state_name(state: PaperState, l: Lang) -> &'static str {
    match state {
        PaperState::Sent => l.t("已发出", "Sent"),
        PaperState::ToReply => l.t("待回复", "To be replied to"),
        PaperState::ToCheck => l.t("待核查", "To be checked"),
        PaperState::ToClose => l.t("待销号", "To be closed"),
        PaperState::ToApprove => l.t("待批准", "To be approved"),
        PaperState::ToInterview => l.t("待约谈", "Interview to be held"),
        PaperState::Replied => l.t("已回复", "Replied to"),
        PaperState::Done => l.t("已办结", "Done"),
        PaperState::Lapsed => l.t("已终止", "Lapsed"),
        PaperState::Withdrawn => l.t("已撤销", "Withdrawn"),
    }
}

/// What is to be done next.
fn next_words(state: PaperState, l: Lang) -> &'static str {
    match state {
        PaperState::ToReply => l.t("单位回复", "the unit replies"),
        PaperState::ToCheck => l.t("查问题、查整改、查效果", "the three checks"),
        PaperState::ToClose => l.t("销号，写明根源", "close it, with the root cause"),
        PaperState::ToApprove => l.t("第二人批准", "a second person approves"),
        PaperState::ToInterview => l.t("约谈并记录", "hold the interview and record it"),
        _ => "",
    }
}

/// The columns of the file.
pub fn columns(asked: &PaperQuery, l: Lang) -> Vec<&'static str> {
    if asked.is_by_unit() {
        let steps = SupervisionStep::ALL.map(|step| supervision_words::step(step, l));
        return std::iter::once(l.t("单位", "Unit")).chain(steps).collect();
    }
    vec![
        l.t("种类", "Kind"),
        l.t("文号", "Paper"),
        l.t("工单编号", "Case"),
        l.t("标题", "Title"),
        l.t("单位", "Unit"),
        l.t("发出时间", "Since"),
        l.t("由谁", "By"),
        l.t("状态", "State"),
        l.t("时限", "Due"),
        l.t("下一步", "Next"),
    ]
}

/// The lines of the file where papers are counted for each unit.
///
/// # Errors
/// The views failed.
pub async fn unit_cells(
    app: &App,
    reader: &Reader,
    asked: &PaperQuery,
    times: &Times,
) -> Result<Vec<Vec<Cell>>, Problem> {
    let lines = unit_lines(app, reader, asked, times).await?;
    let number = |count: u64| Cell::Number(i64::try_from(count).unwrap_or(i64::MAX));
    let cells = |line: UnitLine| {
        std::iter::once(Cell::from(line.name.as_str())).chain(line.counts.into_iter().map(number)).collect()
    };
    Ok(lines.into_iter().map(cells).collect())
}

/// A line of the file: what the page shows.
pub fn cells(app: &App, reader: &Reader, times: &Times, one: &CasePaper) -> Vec<Cell> {
    let seen = view(app, reader, times, one);
    let time = |at: jiff::Timestamp| Cell::Time(at.to_zoned(times.zone.clone()));
    vec![
        seen.kind.into(),
        seen.paper_no.as_str().into(),
        seen.no.as_str().into(),
        seen.title.as_str().into(),
        seen.unit.as_str().into(),
        time(one.paper.since),
        seen.by.into(),
        seen.state.into(),
        one.paper.due_at.map_or(Cell::Empty, time),
        seen.next.into(),
    ]
}
