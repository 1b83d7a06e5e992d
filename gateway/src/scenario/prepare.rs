//! Reads what the cells of a table mean, before anything is played: every mistake with its line.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use domain::case::{Other, State};
use domain::context::Rulebook;
use domain::fault::Fault;
use domain::ids::{CaseId, UnitId};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::action::{self, Act, Meaning, Told};
use super::expect::{self, Base, Expect, Listed, What};
use super::moment;
use super::people::{Person, UnitRef};
use super::ready::{self, Want};
use super::rules::Texts;
use super::table::{Row, Setting, Table};

/// A row, understood.
pub(super) struct Step {
    pub line: u64,
    /// The clock is turned to this first.
    pub at: Timestamp,
    pub who: Person,
    pub act: Act,
    /// Which case, in the table's words.
    pub case: Option<String>,
    /// Other rules, where the row brings them.
    pub rules: Option<Arc<Rulebook>>,
    pub then: Vec<Expect>,
}

/// A table, understood.
pub(super) struct Prepared {
    pub rules: Arc<Rulebook>,
    pub rows: Vec<Step>,
}

/// Fields of a complaint that a table may give.
const COMPLAINT: [&str; 18] = [
    "item",
    "place",
    "address",
    "title",
    "text",
    "source",
    "external_id",
    "channel",
    "received_at",
    "due_at",
    "closed_at",
    "confidential",
    "anonymous",
    "test",
    "sequence",
    "accused",
    "lat",
    "lon",
];

pub(super) fn prepare(table: Table, folder: &Path, rules: Option<&Path>) -> Result<Prepared, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut texts = Texts::load(rules);
    for setting in &table.settings {
        faults.extend(texts.apply(setting, folder).err());
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let first = parse(&texts, table.line)?;
    let mut reader =
        Reader { texts, rules: first.clone(), now: None, labels: HashMap::new(), last: None, faults, folder };
    let rows: Vec<Step> = table.rows.iter().filter_map(|row| reader.row(row)).collect();
    if reader.faults.is_empty() { Ok(Prepared { rules: first, rows }) } else { Err(reader.faults) }
}

/// The rules, or their faults at the line that made them so.
fn parse(texts: &Texts, line: u64) -> Result<Arc<Rulebook>, Vec<Fault>> {
    texts.parse().map_err(|faults| {
        let told = |fault: Fault| {
            let place = format!("{}:{}", fault.file, fault.line.unwrap_or_default());
            Fault::new(&fault.code, format!("{place} {}", fault.zh), format!("{place} {}", fault.en))
                .at_line(line)
        };
        faults.into_iter().map(told).collect()
    })
}

struct Reader<'a> {
    texts: Texts,
    rules: Arc<Rulebook>,
    now: Option<Timestamp>,
    labels: HashMap<String, Uuid>,
    last: Option<String>,
    faults: Vec<Fault>,
    folder: &'a Path,
}

impl Reader<'_> {
    fn fault(&mut self, row: &Row, code: &str, (zh, en): Told) {
        self.faults.push(Fault::new(code, zh, en).at_line(row.line));
    }

    fn row(&mut self, row: &Row) -> Option<Step> {
        let asked = action::read(&row.what);
        for text in [Some(row.when.as_str()), asked.tick.as_deref()].into_iter().flatten() {
            self.turn(row, text);
        }
        let Some(at) = self.now else {
            self.fault(
                row,
                "SCENARIO_TIME",
                (
                    "第一行须写明日期和时间，如 2026-11-20 10:00。".into(),
                    "The first row needs a date and a time, e.g. 2026-11-20 10:00.".into(),
                ),
            );
            // The other cells are still read.
            self.now = "2026-11-20T02:00:00Z".parse().ok();
            return None;
        };
        let act = self.register_fields(row, asked.act);
        let rules = self.change(row, &act);
        let who = Person::read(&row.who, &self.rules);
        if who.is_none() {
            let word = &row.who;
            self.fault(
                row,
                "SCENARIO_ACTOR",
                (
                    format!("看不懂「{word}」是谁：角色、单位名称或代码，或「姓名@单位」。"),
                    format!("who is `{word}`? A role, a unit's name or code, or `name@unit`."),
                ),
            );
        }
        let case = self.name_case(row, asked.case, &act);
        self.check(row, who.as_ref(), &act, at);
        let then = self.then(row, at);
        Some(Step { line: row.line, at, who: who?, act, case, rules, then })
    }

    fn turn(&mut self, row: &Row, text: &str) {
        if matches!(text.trim(), "" | "-" | "—" | "\"" | "〃") {
            return;
        }
        match moment::read(text, self.now, self.rules.calendar.zone()) {
            Ok(Some(moment)) if self.now.is_some_and(|now| moment.at < now) => {
                let now = moment::show(self.now.unwrap_or_default(), self.rules.calendar.zone());
                self.fault(
                    row,
                    "SCENARIO_TIME",
                    (
                        format!("时间不能倒退：上一行是 {now}。"),
                        format!("the clock never goes back: the row above is at {now}."),
                    ),
                );
            }
            Ok(Some(moment)) => self.now = Some(moment.at),
            Ok(None) => self.fault(
                row,
                "SCENARIO_TIME",
                (
                    format!("「{text}」不是时间：2026-11-20 10:00、11-20 10:00、10:00、次日 09:00、+2h。"),
                    format!(
                        "`{text}` is no time: 2026-11-20 10:00, 11-20 10:00, 10:00, next day 09:00, +2h."
                    ),
                ),
            ),
            Err(told) => self.fault(row, "SCENARIO_TIME", told),
        }
    }

    fn change(&mut self, row: &Row, act: &Act) -> Option<Arc<Rulebook>> {
        let Act::Rules(key, value) = act else { return None };
        let setting = Setting { line: row.line, key: key.clone(), value: value.clone() };
        if let Err(fault) = self.texts.apply(&setting, self.folder) {
            self.faults.push(fault);
            return None;
        }
        match parse(&self.texts, row.line) {
            Ok(rules) => {
                self.rules = rules.clone();
                Some(rules)
            }
            Err(faults) => {
                self.faults.extend(faults);
                None
            }
        }
    }

    /// A complaint's fields: an item by name, a place by the unit that holds it.
    fn register_fields(&mut self, row: &Row, act: Act) -> Act {
        let Act::Register(how, mut fields, count) = act else { return act };
        for (field, value) in &mut fields {
            if !COMPLAINT.contains(&field.as_str()) {
                let told =
                    (format!("诉求没有「{field}」这个字段"), format!("a complaint has no field `{field}`"));
                self.faults.push(Fault::new("SCENARIO_FIELD", told.0, told.1).at_line(row.line));
            }
            if field == "place" {
                "address".clone_into(field);
                if let Some(unit) = UnitRef::named(value, &self.rules) {
                    *value = address(&unit, &self.rules).unwrap_or_else(|| value.clone());
                }
            }
            if matches!(value.as_str(), "无" | "不明" | "none" | "unknown")
                && matches!(field.as_str(), "item" | "address")
            {
                value.clear();
            }
        }
        fields.retain(|(field, value)| !(value.is_empty() && field == "item"));
        Act::Register(how, fields, count)
    }

    /// A name for a new case, or one that is known.
    fn name_case(&mut self, row: &Row, label: Option<String>, act: &Act) -> Option<String> {
        if let Act::Register(_, _, count) = act {
            let label = label.unwrap_or_else(|| format!("#{}", self.labels.len() + 1));
            for number in 1..=*count {
                let name = numbered(&label, number);
                self.labels.entry(name).or_insert_with(Uuid::now_v7);
            }
            self.last = Some(label.clone());
            return Some(label);
        }
        if let Some(label) = &label {
            self.known(row, label);
            self.last = Some(label.clone());
        }
        if matches!(act, Act::Command(..) | Act::Again) && self.last.is_none() {
            self.fault(
                row,
                "SCENARIO_CASE",
                ("还没有登记任何工单。".into(), "No case has been registered yet.".into()),
            );
        }
        label.or_else(|| self.last.clone())
    }

    fn known(&mut self, row: &Row, label: &str) {
        if !self.labels.contains_key(label) {
            self.fault(
                row,
                "SCENARIO_CASE",
                (format!("没有叫「{label}」的工单。"), format!("no case is called `{label}`.")),
            );
        }
    }

    /// Reads the command with stand-ins for what only the play knows.
    fn check(&mut self, row: &Row, who: Option<&Person>, act: &Act, now: Timestamp) {
        if matches!(act, Act::Command(..) | Act::Register(..))
            && who == Some(&Person::Clock)
            && row.who.trim().is_empty()
        {
            self.fault(row, "SCENARIO_ACTOR", ("谁做的？".into(), "Who does it?".into()));
        }
        let Act::Command(name, fields) = act else { return };
        let rules = self.rules.clone();
        let any = rules.org.units().first().map(|unit| unit.code.clone());
        let unit = move |_: &UnitRef| -> Option<UnitId> { any.clone() };
        let (fields, wants) = ready::wants(name, fields);
        let mut made = HashMap::new();
        for (field, want) in wants {
            let value = match want {
                Want::Sealed(_) => json!("sealed"),
                Want::Case(label) => {
                    self.known(row, &label);
                    json!(Other::of(
                        CaseId(Uuid::nil()),
                        &State { received_at: Some(now), ..State::default() }
                    ))
                }
                Want::File(kind) => ready::file(0, &kind),
            };
            made.insert(field, value);
        }
        let meaning = Meaning { rules: &rules, now, unit: &unit, cases: &self.labels, ready: &made };
        if let Err(told) = action::command(name, &fields, &meaning) {
            self.fault(row, "SCENARIO_ACTION", told);
        }
    }

    fn then(&mut self, row: &Row, now: Timestamp) -> Vec<Expect> {
        let rules = self.rules.clone();
        match expect::read(&row.then, &Base { rules: &rules, now }) {
            Ok(expects) => {
                for expect in &expects {
                    if let Some(label) = &expect.case {
                        self.known(row, label);
                    }
                    if let What::Inbox(_, Listed::Has(label, _)) = &expect.what {
                        self.known(row, label);
                    }
                }
                expects
            }
            Err(told) => {
                told.into_iter().for_each(|told| self.fault(row, "SCENARIO_RESULT", told));
                Vec::new()
            }
        }
    }
}

/// The name of one case of several that came together.
pub(super) fn numbered(label: &str, number: usize) -> String {
    if number == 1 { label.to_owned() } else { format!("{label}#{number}") }
}

/// An address that names this unit and no other.
fn address(unit: &UnitId, rules: &Rulebook) -> Option<String> {
    let own = rules.org.unit(unit)?;
    let street =
        rules.org.ancestor_at(unit, domain::ids::Rung::Street).filter(|street| street.code != own.code);
    Some(format!("{}{}", street.map_or("", |street| street.name.as_str()), own.name))
}
