//! The rules of a table: the sample district, files that the table names, and what it changes of them.

use std::path::Path;
use std::sync::Arc;

use domain::context::Rulebook;
use domain::fault::Fault;
use domain::policy::{PolicyFile, PolicyFiles};
use domain::sample;
use serde_json::{Value, json};

use super::table::Setting;
use super::words::{Words, normal};

/// The files of the rules, as text. Cheap enough to copy for each table.
#[derive(Debug, Clone)]
pub(super) struct Texts {
    units: String,
    calendar: String,
    catalogue: String,
    sla: String,
    ladder: String,
    /// Empty: no list is kept.
    community: String,
    supervision: String,
    notify: String,
    /// Empty: no unit has a duty officer.
    roster: String,
    /// How often the calendar was changed.
    edits: u32,
}

type Told = Result<(), (String, String)>;

fn wrong(zh: impl Into<String>, en: impl Into<String>) -> Told {
    Err((zh.into(), en.into()))
}

impl Texts {
    /// The rules under a folder laid out like `deploy/`; what is missing is the sample's.
    pub fn load(folder: Option<&Path>) -> Self {
        let read = |place: &str, own: &str| {
            let text = folder.and_then(|folder| std::fs::read_to_string(folder.join(place)).ok());
            text.unwrap_or_else(|| own.to_owned())
        };
        Self {
            units: read("org/units.csv", sample::UNITS),
            calendar: read("calendar/cn.json", sample::CALENDAR),
            catalogue: read("policy/catalogue.csv", sample::CATALOGUE),
            sla: read("policy/sla.toml", sample::SLA),
            ladder: read("policy/ladder.toml", sample::LADDER),
            // The sample's list is of the sample's catalogue.
            community: match folder {
                Some(folder) if folder.join("policy/catalogue.csv").is_file() => {
                    read("policy/community.csv", "")
                }
                _ => read("policy/community.csv", sample::COMMUNITY),
            },
            supervision: read("policy/supervision.toml", sample::SUPERVISION),
            notify: read("policy/notify.toml", sample::NOTIFY),
            // The sample's people are of the sample's units.
            roster: match folder {
                Some(folder) if folder.join("org/units.csv").is_file() => read("policy/roster.toml", ""),
                _ => read("policy/roster.toml", sample::ROSTER),
            },
            edits: 0,
        }
    }

    /// Applies a setting; `folder` is the table's own, for files that it names.
    ///
    /// # Errors
    /// The setting's fault, at its line.
    pub fn apply(&mut self, setting: &Setting, folder: &Path) -> Result<(), Fault> {
        let Setting { line, key, value } = setting;
        self.change(key, value, folder)
            .map_err(|(zh, en)| Fault::new("SCENARIO_SETTING", zh, en).at_line(*line).in_field(key))
    }

    fn change(&mut self, key: &str, value: &str, folder: &Path) -> Told {
        let file = |into: &mut String| match std::fs::read_to_string(folder.join(value)) {
            Ok(text) => {
                *into = text;
                Ok(())
            }
            Err(error) => wrong(format!("{value} 无法读取：{error}"), format!("{value}: {error}")),
        };
        match words(key).as_slice() {
            ["规则" | "rules", ..] => {
                let path = folder.join(value);
                if !path.is_dir() {
                    return wrong(format!("{value} 不是文件夹"), format!("{value} is no folder"));
                }
                *self = Self::load(Some(&path));
                Ok(())
            }
            ["单位" | "units", ..] => {
                self.roster.clear();
                file(&mut self.units)
            }
            ["日历" | "calendar", ..] => file(&mut self.calendar),
            ["事项表" | "catalogue", ..] => {
                self.community.clear();
                file(&mut self.catalogue)
            }
            ["社区清单" | "community_list", ..] => file(&mut self.community),
            ["时限表" | "sla", ..] => file(&mut self.sla),
            ["阶梯表" | "ladder", ..] => file(&mut self.ladder),
            ["督办表" | "supervision", ..] => file(&mut self.supervision),
            ["通知表" | "notify", ..] => file(&mut self.notify),
            ["值班表" | "roster", ..] => file(&mut self.roster),
            ["放假" | "holiday" | "holidays", ..] => self.days(value, false),
            ["上班" | "workday" | "workdays", ..] => self.days(value, true),
            ["公布" | "published", ..] => self.published(value),
            ["工时" | "sessions", ..] => self.sessions(value),
            ["份额" | "shares", ..] => self.shares(value),
            ["设" | "设定" | "set", ..] => match value.split_once('=') {
                Some((path, value)) => self.set(path.trim(), value.trim()),
                None => wrong("应为「设: 键 = 值」", "`set: key = value` is expected"),
            },
            _ => wrong(
                format!("没有「{key}」这个设定"),
                "not a setting: rules, units, calendar, catalogue, sla, ladder, community_list, supervision, notify, roster, holiday, workday, sessions, shares, set",
            ),
        }
    }

    fn days(&mut self, dates: &str, work: bool) -> Told {
        let mut calendar: Value = serde_json::from_str(&self.calendar)
            .map_err(|error| (format!("日历无法读取：{error}"), format!("the calendar: {error}")))?;
        for word in dates.split([' ', ',', '，', '、']).filter(|word| !word.is_empty()) {
            let (from, to) = word.split_once("..").unwrap_or((word, word));
            let (Ok(mut day), Ok(to)) = (from.parse::<jiff::civil::Date>(), to.parse::<jiff::civil::Date>())
            else {
                return wrong(format!("「{word}」不是日期"), format!("`{word}` is no date"));
            };
            while day <= to {
                one_day(&mut calendar, day, work);
                let Ok(next) = day.tomorrow() else { break };
                day = next;
            }
        }
        self.recalendar(calendar);
        Ok(())
    }

    /// The year's paper has come out: what it says is no longer provisional.
    fn published(&mut self, year: &str) -> Told {
        let mut calendar: Value = serde_json::from_str(&self.calendar).unwrap_or_default();
        let Some(known) = calendar["years"].get_mut(year).and_then(Value::as_object_mut) else {
            return wrong(format!("日历没有 {year} 年"), format!("the calendar has no year {year}"));
        };
        known.remove("provisional");
        self.recalendar(calendar);
        Ok(())
    }

    /// A changed calendar is another revision.
    fn recalendar(&mut self, mut calendar: Value) {
        self.edits += 1;
        let before = calendar.get("revision").and_then(Value::as_str).unwrap_or("calendar");
        let base = before.split('+').next().unwrap_or(before).to_owned();
        calendar["revision"] = json!(format!("{base}+{}", self.edits));
        self.calendar = calendar.to_string();
    }

    fn sessions(&mut self, text: &str) -> Told {
        let mut sessions = Vec::new();
        for word in text.split([' ', ',', '，', '、']).filter(|word| !word.is_empty()) {
            let Some((from, to)) = word.split_once('-') else {
                return wrong(
                    format!("「{word}」应为 09:00-12:00"),
                    format!("`{word}`: 09:00-12:00 is expected"),
                );
            };
            sessions.push(json!([from, to]));
        }
        let mut calendar: Value = serde_json::from_str(&self.calendar).unwrap_or_default();
        calendar["sessions"] = Value::Array(sessions);
        self.recalendar(calendar);
        Ok(())
    }

    fn shares(&mut self, text: &str) -> Told {
        let text = text.replace([',', '，', '、', '='], " ");
        let parts: Vec<&str> = text.split_whitespace().collect();
        for pair in parts.chunks(2) {
            let [rung, share] = pair else {
                return wrong("份额应成对：网格 20", "pairs are expected: grid 20");
            };
            self.set(&format!("shares.{rung}"), share)?;
        }
        Ok(())
    }

    /// `class.N2.resolve = 3wd`, `item.0101.resolve = 2wh`, `unit.X.name = …`, `amber = 70`.
    pub fn set(&mut self, path: &str, value: &str) -> Told {
        let all = Words::get();
        let parts: Vec<&str> = path.split('.').map(|part| all.key(part.trim())).collect();
        match parts.as_slice() {
            ["item", code, column] => {
                if *column == "lowest_rung" {
                    self.admit(code, value);
                }
                set_csv(&mut self.catalogue, code, column, value)
            }
            ["community", code, column] => set_csv(&mut self.community, code, column, value),
            ["unit", code, column] => set_csv(&mut self.units, code, column, value),
            ["supervision", rest @ ..] => {
                set_toml(&mut self.supervision, rest, all.value(value).unwrap_or(value))
            }
            ["notify", rest @ ..] => set_toml(&mut self.notify, rest, value),
            ["shares" | "amber" | "district_answer", ..] => set_toml(&mut self.ladder, &parts, value),
            _ => set_toml(&mut self.sla, &parts, value),
        }
    }

    /// An item that a table itself puts at a community is on its list, unless the list says otherwise.
    fn admit(&mut self, code: &str, rung: &str) {
        let listed = self.community.lines().any(|line| line.split(',').next() == Some(code));
        if !self.community.is_empty() && !listed && matches!(rung, "grid" | "community") {
            self.community.push_str(&format!("{code},,lead,set,set,\n"));
        }
    }

    /// The rules, checked together.
    ///
    /// # Errors
    /// Every fault of the files as they are after the changes.
    pub fn parse(&self) -> Result<Arc<Rulebook>, Vec<Fault>> {
        sample::parse(
            PolicyFile { name: "units.csv", text: &self.units },
            PolicyFile { name: "cn.json", text: &self.calendar },
            &PolicyFiles {
                catalogue: PolicyFile { name: "catalogue.csv", text: &self.catalogue },
                sla: PolicyFile { name: "sla.toml", text: &self.sla },
                ladder: PolicyFile { name: "ladder.toml", text: &self.ladder },
                community: Some(PolicyFile { name: "community.csv", text: &self.community })
                    .filter(|file| !file.text.is_empty()),
                supervision: Some(PolicyFile { name: "supervision.toml", text: &self.supervision }),
                notify: Some(PolicyFile { name: "notify.toml", text: &self.notify }),
                roster: Some(PolicyFile { name: "roster.toml", text: &self.roster }),
                ..PolicyFiles::default()
            },
        )
        .map(Arc::new)
    }
}

/// A key may be written in both languages: `放假 holiday`.
fn words(key: &str) -> Vec<&str> {
    key.split([' ', '·']).filter(|word| !word.is_empty()).collect()
}

fn one_day(calendar: &mut Value, day: jiff::civil::Date, work: bool) {
    let year = &mut calendar["years"][day.year().to_string()];
    let weekend = matches!(day.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
    let (list, listed) = if weekend { ("weekend_workdays", work) } else { ("weekdays_off", !work) };
    for name in ["weekend_workdays", "weekdays_off"] {
        if !year[name].is_array() {
            year[name] = json!([]);
        }
    }
    if let Some(dates) = year[list].as_array_mut() {
        let text = json!(day.to_string());
        dates.retain(|date| *date != text);
        if listed {
            dates.push(text);
            dates.sort_by_key(|date| date.as_str().map(ToOwned::to_owned));
        }
    }
}

fn set_toml(text: &mut String, path: &[&str], value: &str) -> Told {
    let told =
        |error: &dyn std::fmt::Display| (format!("规则无法读取：{error}"), format!("the rules: {error}"));
    let mut root: toml::Table = text.parse().map_err(|error: toml::de::Error| told(&error))?;
    let Some((last, tables)) = path.split_last() else { return Ok(()) };
    let mut table = &mut root;
    for name in tables {
        let entry = table.entry((*name).to_owned()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        let Some(next) = entry.as_table_mut() else {
            return wrong(format!("「{name}」下面没有别的键"), format!("`{name}` holds no keys"));
        };
        table = next;
    }
    if matches!(normal(value).as_str(), "无" | "none" | "") {
        table.remove(*last);
    } else {
        let number = value.parse::<i64>().map(toml::Value::Integer);
        let truth = value.parse::<bool>().map(toml::Value::Boolean);
        let value = number.or(truth).unwrap_or_else(|_| toml::Value::String(value.to_owned()));
        table.insert((*last).to_owned(), value);
    }
    *text = toml::to_string(&root).map_err(|error| told(&error))?;
    Ok(())
}

/// Changes a cell; a code that is not there yet is a new row.
fn set_csv(text: &mut String, code: &str, column: &str, value: &str) -> Told {
    let told = |error: csv::Error| (format!("表无法读取：{error}"), format!("the file: {error}"));
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(told)?.clone();
    let place = |name: &str| headers.iter().position(|header| header == name);
    let (Some(key), Some(column)) = (place("code"), place(column)) else {
        return wrong(format!("没有「{column}」这一列"), format!("there is no column `{column}`"));
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for record in reader.records() {
        rows.push(record.map_err(told)?.iter().map(ToOwned::to_owned).collect());
    }
    let at = rows.iter().position(|row| row.get(key).is_some_and(|found| found == code));
    let at = at.unwrap_or_else(|| {
        let mut row = vec![String::new(); headers.len()];
        code.clone_into(&mut row[key]);
        rows.push(row);
        rows.len() - 1
    });
    if let Some(cell) = rows[at].get_mut(column) {
        // A duty may itself be none.
        let empty = &headers[column] != "duty" && matches!(normal(value).as_str(), "无" | "none");
        if empty { cell.clear() } else { value.clone_into(cell) }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written =
        writer.write_record(&headers).and_then(|()| rows.iter().try_for_each(|row| writer.write_record(row)));
    written.map_err(told)?;
    let bytes = writer.into_inner().unwrap_or_default();
    *text = String::from_utf8(bytes).unwrap_or_default();
    Ok(())
}

#[cfg(test)]
mod specs {
    use super::*;

    fn after(settings: &[(&str, &str)]) -> Result<Arc<Rulebook>, Vec<Fault>> {
        let mut texts = Texts::load(None);
        for (key, value) in settings {
            let setting = Setting { line: 1, key: (*key).into(), value: (*value).into() };
            texts.apply(&setting, Path::new(".")).map_err(|fault| vec![fault])?;
        }
        texts.parse()
    }

    #[test]
    fn a_table_changes_days_limits_shares_items_and_units() {
        let rules = after(&[
            ("放假 holiday", "2026-11-23..2026-11-24"),
            ("上班", "2026-11-28"),
            ("份额", "网格 50，社区 30、工作站 0 街道 20"),
            ("设", "类别.N2.办结 = 3wd"),
            ("set", "item.0101.resolve = 2wh"),
            ("设", "事项.0305.办结 = 无"),
            ("set", "unit.320506001012.name = 新名社区居委会"),
            ("工时", "08:00-12:00 13:00-17:00"),
        ])
        .expect("sound");
        let day = |text: &str| rules.calendar.is_working_day(text.parse().expect("a date"));
        assert_eq!((day("2026-11-23"), day("2026-11-25"), day("2026-11-28")), (false, true, true));
        assert_eq!(rules.calendar.revision(), "cn-2026-11+3");
        let limits = rules.policy.limits(rules.policy.catalogue.find("0101"));
        assert_eq!(limits.resolve.map(|budget| budget.to_string()), Some("2wh".to_owned()));
        assert!(rules.policy.catalogue.find("0305").is_some_and(|item| item.resolve.is_none()));
        assert_eq!(
            rules.policy.sla.classes["N2"].resolve.map(|budget| budget.to_string()),
            Some("3wd".into())
        );
    }

    #[test]
    fn a_setting_that_is_none_or_makes_no_sense_is_named() {
        for (key, value) in [("magic", "1"), ("放假", "soon"), ("set", "x"), ("units", "missing.csv")] {
            assert_eq!(after(&[(key, value)]).expect_err("a fault")[0].code, "SCENARIO_SETTING", "{key}");
        }
        assert_eq!(
            after(&[("set", "class.N2.resolve = soon")]).expect_err("a fault")[0].code,
            "BUDGET_INVALID"
        );
    }
}
