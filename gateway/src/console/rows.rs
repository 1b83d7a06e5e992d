//! A case as one row of a list.

use domain::case::Life;
use domain::case::admissible::Kind;
use domain::case::clocks::DeadlineName;
use projections::{CaseFilter, CaseRow};
use uuid::Uuid;

use super::forms::Form;
use super::lang::Lang;
use super::when::{Countdown, Times, Tone};
use super::{hand_words, words};
use crate::auth::{Action, Reader};
use crate::http::App;

/// What a row shows.
pub struct RowView {
    /// Number.
    pub no: String,
    /// Redacted title.
    pub title: String,
    /// Item's name.
    pub item: String,
    /// Unit that answers.
    pub unit: String,
    /// The lead where another unit answers, else the rung.
    pub beside: String,
    /// State.
    pub life: &'static str,
    /// Its colour.
    pub life_class: &'static str,
    /// What is due next, if anything.
    pub due: Option<Countdown>,
    /// Which limit that is.
    pub clock: &'static str,
    /// What is unusual about it.
    pub flags: Vec<String>,
    /// When it came in.
    pub received: String,
    /// Id of a sign command, where the reader may sign it here and now.
    pub sign: Option<Uuid>,
    /// A form beside it.
    pub form: Option<Form>,
    /// It can be ticked, to be dealt with together with others.
    pub pick: bool,
}

impl RowView {
    /// Colour of the row's edge.
    pub fn tone(&self) -> &'static str {
        self.due.as_ref().filter(|due| due.red > 0).map_or("", |due| due.tone.class())
    }
}

/// The views of rows for one reader.
pub fn rows(app: &App, reader: &Reader, times: &Times, rows: &[CaseRow]) -> Vec<RowView> {
    rows.iter().map(|row| view(app, reader, times, row)).collect()
}

/// The rows of a filter. One by the limit for the result shows that limit, whatever else is due before it.
pub fn rows_of(
    app: &App,
    reader: &Reader,
    times: &Times,
    rows: &[CaseRow],
    filter: &CaseFilter,
) -> Vec<RowView> {
    if filter.overdue_at.is_none() && filter.at_risk_at.is_none() {
        return self::rows(app, reader, times, rows);
    }
    let view = |row: &CaseRow| RowView {
        due: row.due_at.map(|due_at| times.countdown(due_at, row.amber_at)),
        clock: words::deadline(DeadlineName::Resolve, times.l),
        ..view(app, reader, times, row)
    };
    rows.iter().map(view).collect()
}

/// The view of one row.
pub fn view(app: &App, reader: &Reader, times: &Times, row: &CaseRow) -> RowView {
    let l = times.l;
    let answers = row.responsible.as_ref().or(row.lead.as_ref()).or(row.place.as_ref());
    let signable = row.life == Life::Dispatched && reader.may(Action::Case(Kind::Sign), row);
    RowView {
        no: row.case_no.clone(),
        title: title(row, l),
        item: item_name(app, row),
        unit: answers.map(|unit| words::unit(&app.rules().org, unit, l)).unwrap_or_default(),
        beside: beside(app, row, l),
        life: words::life(row.life, l),
        life_class: life_class(row.life),
        due: due(row, times),
        clock: row.next_due_name.map_or("", |name| words::deadline(name, l)),
        flags: flags(row, l),
        received: times.short(row.received_at),
        sign: signable.then(Uuid::now_v7),
        form: None,
        pick: false,
    }
}

/// What a case is called.
pub fn title(row: &CaseRow, l: Lang) -> String {
    match row.title.as_str() {
        "" => l.t("（内容已匿名化）", "(content erased)").to_owned(),
        title => title.to_owned(),
    }
}

/// 首接负责: whoever answers now, the lead is named.
fn beside(app: &App, row: &CaseRow, l: Lang) -> String {
    match &row.lead {
        Some(lead) if row.responsible.as_ref() != Some(lead) => {
            l.f("主办 {}", "lead {}", words::unit(&app.rules().org, lead, l))
        }
        _ => row.rung.map_or("", |rung| words::rung(rung, l)).to_owned(),
    }
}

/// The item by the name it had when it was classified, else by today's.
pub fn item_name(app: &App, row: &CaseRow) -> String {
    if !row.item_name.is_empty() {
        return row.item_name.clone();
    }
    let Some(code) = &row.item else { return String::new() };
    app.rules().policy.catalogue.item(code).map_or_else(|| code.to_string(), |item| item.name.clone())
}

/// The chip's class of a state.
pub fn life_class(life: Life) -> &'static str {
    match life {
        Life::Closed | Life::RecordedClosed => "done",
        Life::Registered | Life::PendingDispatch | Life::CalledBack | Life::ReturnPending => "warn",
        Life::Dispatched | Life::InProgress => "go",
        _ => "",
    }
}

fn due(row: &CaseRow, times: &Times) -> Option<Countdown> {
    if let Some(next) = row.next_due_at {
        let amber = row.amber_at.filter(|_| row.next_due_name == Some(DeadlineName::Resolve));
        return Some(times.countdown(next, amber));
    }
    let closed_at = row.closed_at?;
    let l = times.l;
    let (tone, text) = match row.on_time {
        Some(true) => (Tone::Paused, l.t("按时办结", "on time")),
        Some(false) => (Tone::Red, l.t("超时办结", "closed late")),
        None => (Tone::Paused, l.t("已办结", "closed")),
    };
    Some(Countdown { tone, ..times.paused(closed_at, text) })
}

/// What is unusual about a case.
pub fn flags(row: &CaseRow, l: Lang) -> Vec<String> {
    let mut flags = Vec::new();
    let mut flag = |set: bool, text: String| {
        if set {
            flags.push(text);
        }
    };
    flag(row.test, l.t("测试件", "test").to_owned());
    flag(row.void_asked, l.t("作废待裁定", "voiding to decide").to_owned());
    flag(row.exclusion_asked, l.t("剔除待裁定", "exclusion to decide").to_owned());
    flag(row.excluded, l.t("已剔除", "excluded").to_owned());
    flag(row.confidential, l.t("保密", "confidential").to_owned());
    flag(!row.barred.is_empty(), l.t("回避", "unit kept away").to_owned());
    flag(row.accused_unclear, l.t("待核定回避", "accused not identified").to_owned());
    flag(row.escalations > 0, l.f("升级 {} 次", "escalated ×{}", row.escalations));
    flag(row.reopened > 0, l.t("重办", "reopened").to_owned());
    flag(row.failed_checks > 0, l.f("核查退回 {} 次", "failed check ×{}", row.failed_checks));
    if let Some(asked) = row.hands.asked.filter(|_| row.life != Life::ReturnPending) {
        flag(true, hand_words::asked(asked, l).to_owned());
    }
    if let Some(matter) = row.hands.outside {
        flag(true, l.f("请来源裁定{}", "{} for the sender to decide", hand_words::matter(matter, l)));
    }
    for person in row.hands.claims.values() {
        flag(true, l.f("{} 领办", "claimed by {}", words::actor(person, l)));
    }
    flag(row.hands.designated, l.t("指定承办", "finally designated").to_owned());
    flag(row.hands.returns > 0, l.f("退单 {} 次", "sent back ×{}", row.hands.returns));
    flag(row.repeats > 0, l.f("重复 {} 次", "came again ×{}", row.repeats));
    flag(row.provisional && row.life.is_open(), l.t("时限暂定", "provisional limit").to_owned());
    flags
}
