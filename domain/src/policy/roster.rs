//! 值班表 as data: who is on duty in a unit, who stands in, who is above; and by which channels they are told.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::hours::time;
use super::keys::{Entry, Keys, entries};
use crate::calendar::Calendar;
use crate::fault::Fault;
use crate::ids::UnitId;
use crate::org::Org;

/// The duty roster. Read with [`Roster::parse`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Roster {
    people: BTreeMap<String, Person>,
    /// Channels of a unit's own, with an address where the channel asks for one.
    units: BTreeMap<String, BTreeMap<String, String>>,
    rows: Vec<Shift>,
}

/// Somebody of the roster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The roster's own name for them.
    pub key: String,
    /// What they are called.
    pub name: String,
    /// Their account, where they have one.
    pub account: Option<String>,
    /// Their unit, where it is not the one on whose roster they stand.
    pub unit: Option<UnitId>,
    /// Messages to them are in English.
    pub english: bool,
    /// By which channel, and where: an address for mail, a mobile number for a robot, nothing for a webhook.
    pub to: BTreeMap<String, String>,
}

/// On which days a shift begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Days {
    Every,
    Working,
    Rest,
    Between(Date, Date),
}

/// One row: these people, on these days, between these times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shift {
    unit: UnitId,
    days: Days,
    /// In minutes of the day; to at or before from: into the next day.
    from: u16,
    to: u16,
    /// 值班员, by key.
    pub duty: String,
    /// 副值班
    pub deputy: Option<String>,
    /// 带班领导
    pub superior: Option<String>,
    line: u64,
}

impl Shift {
    /// Whether it runs at this instant. A night belongs to the day on which it began.
    fn covers(&self, at: Timestamp, calendar: &Calendar) -> bool {
        let local = at.to_zoned(calendar.zone().clone());
        let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap_or(0);
        let today = local.date();
        if self.from < self.to {
            return (self.from..self.to).contains(&minute) && self.on(today, calendar);
        }
        let began_before = minute < self.to && today.yesterday().is_ok_and(|day| self.on(day, calendar));
        began_before || (minute >= self.from && self.on(today, calendar))
    }

    fn on(&self, day: Date, calendar: &Calendar) -> bool {
        match self.days {
            Days::Every => true,
            Days::Working => calendar.is_working_day(day),
            Days::Rest => !calendar.is_working_day(day),
            Days::Between(first, last) => (first..=last).contains(&day),
        }
    }
}

impl Roster {
    /// Reads `roster.toml`: `[person.KEY]` with `name account unit lang to`, `[unit.CODE]` with `to`, and
    /// rows `[[duty]]` with `unit days from to duty deputy superior`; of rows that fit, the first counts.
    ///
    /// Errors: every fault of the file in order of line; `POLICY_*`, `ROSTER_PERSON_UNKNOWN`.
    pub fn parse(file: &str, text: &str) -> Result<Roster, Vec<Fault>> {
        let (mut keys, root) = Keys::read(file, text);
        let mut read = Roster::default();
        let mut rows = Vec::new();
        for entry in entries(root.get_ref()) {
            match entry.key {
                "person" => {
                    for entry in keys.entries(&entry) {
                        let person = person(&mut keys, &entry);
                        read.people.insert(entry.key.to_owned(), person);
                    }
                }
                "unit" => {
                    for unit in keys.entries(&entry) {
                        for entry in keys.entries(&unit) {
                            match entry.key {
                                "to" => {
                                    drop(read.units.insert(unit.key.to_owned(), channels(&mut keys, &entry)))
                                }
                                _ => keys.unknown(&entry),
                            }
                        }
                    }
                }
                "duty" => rows = shifts(&mut keys, &entry),
                _ => keys.unknown(&entry),
            }
        }
        for (at, shift) in rows {
            let named = [Some(&shift.duty), shift.deputy.as_ref(), shift.superior.as_ref()];
            for name in named.into_iter().flatten().filter(|name| !read.people.contains_key(*name)) {
                let (zh, en) =
                    (format!("值班表里没有「{name}」这个人"), format!("the roster has no person `{name}`"));
                keys.fault("ROSTER_PERSON_UNKNOWN", at.clone(), "duty", &zh, &en);
            }
            read.rows.push(shift);
        }
        keys.finish(read)
    }

    /// Units that the organisation does not have.
    pub fn check(&self, file: &str, org: &Org) -> Vec<Fault> {
        let rows = self.rows.iter().map(|row| (row.unit.as_str(), Some(row.line)));
        let people = self.people.values().filter_map(|person| Some((person.unit.as_ref()?.as_str(), None)));
        let named = rows.chain(people).chain(self.units.keys().map(|code| (code.as_str(), None)));
        let unknown = named.filter(|(code, _)| org.unit(&UnitId::new(*code)).is_none());
        unknown
            .map(|(code, line)| {
                let (zh, en) = (format!("没有单位「{code}」"), format!("there is no unit `{code}`"));
                let fault = Fault::new("ROSTER_UNIT_UNKNOWN", zh, en).in_file(file).in_field("unit");
                line.map_or(fault.clone(), |line| fault.at_line(line))
            })
            .collect()
    }

    /// The row that holds for a unit now.
    pub fn on_duty(&self, unit: &UnitId, at: Timestamp, calendar: &Calendar) -> Option<&Shift> {
        self.rows.iter().find(|row| row.unit == *unit && row.covers(at, calendar))
    }

    /// Somebody of the roster.
    pub fn person(&self, key: &str) -> Option<&Person> {
        self.people.get(key)
    }

    /// The channels of a unit's own.
    pub fn of_unit(&self, unit: &UnitId) -> impl Iterator<Item = (&String, &String)> {
        self.units.get(unit.as_str()).into_iter().flatten()
    }

    /// Every channel that it names.
    pub fn channels(&self) -> impl Iterator<Item = &String> {
        let people = self.people.values().flat_map(|person| person.to.keys());
        people.chain(self.units.values().flat_map(BTreeMap::keys))
    }
}

fn person<'t>(keys: &mut Keys<'t>, table: &Entry<'_, 't>) -> Person {
    let mut read = Person { key: table.key.to_owned(), ..Person::default() };
    for entry in keys.entries(table) {
        match entry.key {
            "name" => read.name = keys.text(&entry).unwrap_or_default(),
            "account" => read.account = keys.text(&entry),
            "unit" => read.unit = keys.text(&entry).map(UnitId::new),
            "lang" => read.english = keys.word(&entry, &[("zh", false), ("en", true)]).unwrap_or_default(),
            "to" => read.to = channels(keys, &entry),
            _ => keys.unknown(&entry),
        }
    }
    if read.name.is_empty() {
        keys.missing(table.at.clone(), "name");
    }
    read
}

fn channels<'t>(keys: &mut Keys<'t>, table: &Entry<'_, 't>) -> BTreeMap<String, String> {
    let mut read = BTreeMap::new();
    for entry in keys.entries(table) {
        match entry.value.get_ref().as_str() {
            Some(address) => drop(read.insert(entry.key.to_owned(), address.trim().to_owned())),
            None => keys.wrong_type(&entry, "\"address\""),
        }
    }
    read
}

fn shifts<'t>(keys: &mut Keys<'t>, list: &Entry<'_, 't>) -> Vec<(std::ops::Range<usize>, Shift)> {
    let Some(tables) = list.value.get_ref().as_array() else {
        keys.wrong_type(list, "[[duty]]");
        return Vec::new();
    };
    let mut rows = Vec::new();
    for value in tables.iter() {
        let table = Entry { key: "duty", at: value.span(), value };
        rows.extend(shift(keys, &table).map(|shift| (table.at.clone(), shift)));
    }
    rows
}

fn shift<'t>(keys: &mut Keys<'t>, table: &Entry<'_, 't>) -> Option<Shift> {
    let (mut unit, mut duty) = (None, None);
    let line = keys.line(&table.at);
    let mut read = Shift {
        unit: UnitId::new(""),
        days: Days::Every,
        from: 0,
        to: 0,
        duty: String::new(),
        deputy: None,
        superior: None,
        line,
    };
    for entry in keys.entries(table) {
        match entry.key {
            "unit" => unit = keys.text(&entry),
            "days" => read.days = days(keys, &entry),
            "from" => read.from = time(keys, &entry).unwrap_or_default(),
            "to" => read.to = time(keys, &entry).unwrap_or_default(),
            "duty" => duty = keys.text(&entry),
            "deputy" => read.deputy = keys.text(&entry),
            "superior" => read.superior = keys.text(&entry),
            _ => keys.unknown(&entry),
        }
    }
    for (name, absent) in [("unit", unit.is_none()), ("duty", duty.is_none())] {
        if absent {
            keys.missing(table.at.clone(), name);
        }
    }
    Some(Shift { unit: UnitId::new(unit?), duty: duty?, ..read })
}

fn days<'t>(keys: &mut Keys<'t>, entry: &Entry<'_, 't>) -> Days {
    let word = entry.value.get_ref().as_str().unwrap_or_default().trim();
    let dates = |word: &str| {
        let (first, last) = word.split_once("..").unwrap_or((word, word));
        Some(Days::Between(first.parse().ok()?, last.parse().ok()?))
    };
    match word {
        "every" => Days::Every,
        "work" => Days::Working,
        "rest" => Days::Rest,
        word => dates(word).unwrap_or_else(|| {
            keys.wrong_type(entry, "\"every\" | \"work\" | \"rest\" | \"2026-02-15..2026-02-23\"");
            Days::Every
        }),
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    const ROSTER: &str = r#"
[person.zhang]
name = "张（样例）"
[person.li]
name = "李（样例）"
[[duty]]
unit = "D-ranqi"
days = "rest"
from = "17:30"
to = "08:30"
duty = "zhang"
deputy = "li"
[[duty]]
unit = "D-ranqi"
duty = "li"
"#;

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_began() {
        let roster = Roster::parse("roster.toml", ROSTER).unwrap();
        let rules = crate::sample::rulebook().unwrap();
        let duty = |at: &str| {
            let row = roster.on_duty(&UnitId::new("D-ranqi"), at.parse().unwrap(), &rules.calendar);
            row.map(|row| row.duty.as_str())
        };
        // 22 November 2026 is a Sunday.
        assert_eq!(duty("2026-11-22T18:00:00+08:00"), Some("zhang"));
        assert_eq!(duty("2026-11-23T03:00:00+08:00"), Some("zhang"), "Monday, and Sunday's night");
        assert_eq!(duty("2026-11-23T18:00:00+08:00"), Some("li"));
        assert_eq!(duty("2026-11-22T12:00:00+08:00"), Some("li"));
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let text =
            "[person.a]\nlang = \"fr\"\n[[duty]]\nunit = \"D-none\"\nduty = \"b\"\ndays = \"monday\"\n";
        let faults = Roster::parse("roster.toml", text).err().unwrap();
        let found: Vec<_> = faults.iter().map(|fault| (fault.code.as_str(), fault.line.unwrap())).collect();
        assert_eq!(
            found,
            [
                ("POLICY_KEY_MISSING", 1),
                ("POLICY_VALUE_INVALID", 2),
                ("ROSTER_PERSON_UNKNOWN", 3),
                ("POLICY_VALUE_INVALID", 6)
            ]
        );
        let sound = "[person.b]\nname = \"乙\"\n[[duty]]\nunit = \"D-none\"\nduty = \"b\"\n";
        let org = crate::sample::rulebook().unwrap().org;
        let faults = Roster::parse("roster.toml", sound).unwrap().check("roster.toml", &org);
        assert_eq!((faults[0].code.as_str(), faults[0].line), ("ROSTER_UNIT_UNKNOWN", Some(3)));
    }
}
