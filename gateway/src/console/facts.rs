//! What a case page says beside its timeline: facts, who complained, the rung on its ladder.

use domain::ids::Rung;
use domain::intake::redact;
use domain::sealed::{Content, Reporter};
use projections::CaseRow;

use super::lang::Lang;
use super::when::Times;
use super::{rows, words};
use crate::http::App;

/// The five rungs, the present one marked.
pub struct Ladder {
    /// The rungs.
    pub rungs: Vec<RungView>,
    /// Where it began.
    pub start: u8,
    /// Where it is.
    pub here: u8,
    /// The same in words.
    pub label: String,
}

/// A rung of the picture.
pub struct RungView {
    /// Its name.
    pub name: &'static str,
    /// Where it stands.
    pub x: u32,
    /// How it looks.
    pub class: &'static str,
}

impl Ladder {
    /// The picture; none where no rung has it yet.
    pub fn of(row: &CaseRow, start: Option<Rung>, l: Lang) -> Option<Ladder> {
        let here = row.rung?;
        let start = start.unwrap_or(here).min(here);
        let rungs = Rung::ALL.into_iter().map(|rung| RungView {
            name: match rung {
                // The picture has no room for the long name.
                Rung::Station => l.t("工作站", "Station"),
                rung => words::rung(rung, l),
            },
            x: place(rung.level()),
            class: if rung == here {
                "here"
            } else if rung >= start && rung < here {
                "passed"
            } else {
                ""
            },
        });
        let label = format!("{}: {}", l.t("当前层级", "Rung now"), words::rung(here, l));
        Some(Ladder { rungs: rungs.collect(), start: start.level(), here: here.level(), label })
    }

    /// Where a rung of this level stands.
    pub fn x(&self, level: &u8) -> u32 {
        place(*level)
    }
}

fn place(level: u8) -> u32 {
    32 + u32::from(level) * 64
}

/// What is known of it.
pub fn facts(app: &App, times: &Times, row: &CaseRow, content: &Content) -> Vec<(&'static str, String)> {
    let l = times.l;
    let rules = app.rules();
    let unit =
        |code: &Option<domain::ids::UnitId>| code.as_ref().map(|code| words::unit(&rules.org, code, l));
    let barred: Vec<String> = row.barred.iter().map(|code| words::unit(&rules.org, code, l)).collect();
    let accused = redact::text(&content.accused.join("、"), &content.reporter);
    let limits = row.item.as_ref().and_then(|code| rules.policy.catalogue.item(code));
    let facts = [
        (l.t("主办单位", "Lead unit"), unit(&row.lead)),
        (l.t("现负责", "Answers now"), unit(&row.responsible).filter(|_| row.responsible != row.lead)),
        (l.t("事项", "Item"), Some(rows::item_name(app, row))),
        (l.t("类别", "Class"), limits.map(|item| class_name(app, &item.sla_class, l))),
        (l.t("地点", "Place"), unit(&row.place)),
        (l.t("诉求举报", "Accused"), Some(accused).filter(|accused| !accused.is_empty())),
        (l.t("回避单位", "Kept away"), Some(barred.join("、")).filter(|names| !names.is_empty())),
        (l.t("来源", "Source"), Some(words::source(&row.source, l))),
        (l.t("外部编号", "Outside id"), row.external_id.clone().filter(|_| row.source != words::CONSOLE)),
        (l.t("渠道", "Channel"), Some(words::channel(&row.channel, l))),
        (l.t("受理时间", "Received"), Some(times.full(row.received_at))),
        (l.t("来件时限", "Outside limit"), row.due_at.filter(|_| row.recorded).map(|at| times.full(at))),
        (l.t("办结时间", "Closed"), row.closed_at.map(|at| times.full(at))),
    ];
    facts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
        .collect()
}

fn class_name(app: &App, code: &str, l: Lang) -> String {
    match app.rules().policy.sla.class(code) {
        Some(class) => format!("{code} {}", l.t(&class.zh, &class.en)),
        None => code.to_owned(),
    }
}

/// Who complained, masked or in the clear.
fn reporter(reporter: &Reporter, clear: bool, l: Lang) -> Vec<(&'static str, String)> {
    let shown = |value: &str, mask: fn(&str) -> String| if clear { value.to_owned() } else { mask(value) };
    let fields = [
        (l.t("姓名", "Name"), shown(&reporter.name, redact::name)),
        (l.t("电话", "Phone"), shown(&reporter.phone, redact::phone)),
        (l.t("证件号", "Identity number"), if clear { reporter.id_number.clone() } else { String::new() }),
    ];
    let known: Vec<_> =
        fields.into_iter().filter(|(_, value)| !value.is_empty() && value != "****").collect();
    if known.is_empty() {
        vec![(l.t("姓名", "Name"), l.t("未留", "not given").to_owned())]
    } else {
        known
    }
}

/// What was said, masked.
pub fn text(content: &Content) -> String {
    let said = if content.text.is_empty() { &content.title } else { &content.text };
    redact::text(said, &content.reporter)
}

/// Photographs and recordings, each in a line: its name and where it lies.
pub fn attachments(content: &Content) -> Vec<String> {
    let line = |one: &domain::intake::attachment::Attachment| {
        redact::text(format!("{} {}", one.name, one.uri).trim(), &content.reporter)
    };
    content.attachments.iter().map(line).collect()
}

/// Who complained, to those who could ask; to others not even a surname.
pub fn reporter_for(
    may_ask: bool,
    reported_by: &Reporter,
    clear: bool,
    l: Lang,
) -> Vec<(&'static str, String)> {
    if may_ask {
        return reporter(reported_by, clear, l);
    }
    vec![(l.t("姓名", "Name"), l.t("保密", "confidential").to_owned())]
}
