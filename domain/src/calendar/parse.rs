//! Reads the calendar file and names every mistake in it with its line.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use sha2::{Digest, Sha256};

use super::json::{self, Entry, Node, Value};
use super::reader::{Reader, minute, short};
use super::{Calendar, Session, Year};
use crate::fault::Fault;

impl Calendar {
    /// Reads a calendar file (JSON).
    ///
    /// `{"source": text, "years": {"2026": {"weekdays_off": [date], "weekend_workdays": [date]}}}`,
    /// and if wanted `revision` (default: the first 12 hex digits of the text's SHA-256),
    /// `zone` (IANA name, default `Asia/Shanghai`), `sessions` (default
    /// `[["09:00","12:00"],["13:30","17:30"]]`), and in a year `provisional` and `paper`.
    ///
    /// Errors: every fault of the file, in order of line; codes `CALENDAR_*`.
    pub fn parse(file: &str, text: &str) -> Result<Calendar, Vec<Fault>> {
        let mut reader = Reader { file, faults: Vec::new() };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let calendar = match json::read(text) {
            Ok(root) => reader.calendar(&root, text),
            Err((line, message)) => {
                reader.fault("CALENDAR_SYNTAX", line, "", "不是有效的 JSON", &message);
                None
            }
        };
        reader.faults.sort_by_key(|fault| fault.line);
        calendar.filter(|_| reader.faults.is_empty()).ok_or(reader.faults)
    }
}

impl Reader<'_> {
    fn calendar(&mut self, root: &Node, text: &str) -> Option<Calendar> {
        let mut calendar = Calendar {
            revision: hex::encode(Sha256::digest(text)).chars().take(12).collect(),
            source: String::new(),
            zone: TimeZone::UTC,
            sessions: vec![Session { from: 540, to: 720 }, Session { from: 810, to: 1050 }],
            years: BTreeMap::new(),
        };
        let mut zone = ("Asia/Shanghai".to_owned(), 1);
        let mut years = None;
        for entry in self.map(root, "") {
            match entry.key.as_str() {
                "source" => calendar.source = self.text(entry).unwrap_or_default(),
                "revision" => calendar.revision = self.revision(entry).unwrap_or_default(),
                "zone" => zone = (self.text(entry).unwrap_or(zone.0), entry.node.line),
                "sessions" => calendar.sessions = self.sessions(entry),
                "years" => years = Some(self.years(entry)),
                _ => self.unknown(entry),
            }
        }
        match TimeZoneDatabase::bundled().get(&zone.0) {
            Ok(found) => calendar.zone = found,
            Err(_) => self.fault(
                "CALENDAR_ZONE_UNKNOWN",
                zone.1,
                "zone",
                "时区不存在，应为 IANA 名称，如 Asia/Shanghai",
                "no such time zone; use an IANA name such as Asia/Shanghai",
            ),
        }
        match years {
            Some(years) => calendar.years = years,
            None => {
                self.fault("CALENDAR_YEARS_MISSING", root.line, "years", "缺少 years", "years is missing")
            }
        }
        Some(calendar)
    }

    fn revision(&mut self, entry: &Entry) -> Option<String> {
        let text = self.text(entry)?;
        let sound = (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if !sound {
            self.fault(
                "CALENDAR_TYPE",
                entry.node.line,
                "revision",
                "revision 应为 1 至 64 个字符",
                "revision must have 1 to 64 characters",
            );
        }
        sound.then_some(text)
    }

    fn years(&mut self, entry: &Entry) -> BTreeMap<i16, Year> {
        let mut years = BTreeMap::new();
        for entry in self.map(&entry.node, "years") {
            let number = entry
                .key
                .parse::<i16>()
                .ok()
                .filter(|year| entry.key.len() == 4 && (1900..=2200).contains(year));
            let Some(number) = number else {
                self.fault(
                    "CALENDAR_YEAR_INVALID",
                    entry.line,
                    &entry.key,
                    "年份应为 1900 至 2200 的四位数字",
                    "a year must be four digits from 1900 to 2200",
                );
                continue;
            };
            let year = self.year(entry, number);
            years.insert(number, year);
        }
        years
    }

    fn year(&mut self, entry: &Entry, number: i16) -> Year {
        let mut year = Year::default();
        let mut worked = Vec::new();
        for entry in self.map(&entry.node, &entry.key) {
            match entry.key.as_str() {
                "weekdays_off" => {
                    let dates = self.dates(entry, number, false);
                    year.off = dates.into_iter().map(|(date, _)| date).collect();
                }
                "weekend_workdays" => worked = self.dates(entry, number, true),
                "provisional" => match entry.node.value {
                    Value::Bool(provisional) => year.provisional = provisional,
                    _ => self.wrong_type(&entry.node, &entry.key, "true/false"),
                },
                "paper" => year.paper = self.text(entry),
                _ => self.unknown(entry),
            }
        }
        for (date, line) in &worked {
            if year.off.contains(date) {
                self.fault(
                    "CALENDAR_DATE_IN_BOTH",
                    *line,
                    "weekend_workdays",
                    &format!("{date} 既列为休息又列为上班"),
                    &format!("{date} is listed as off and as worked"),
                );
            }
        }
        year.work = worked.into_iter().map(|(date, _)| date).collect();
        year
    }

    /// The dates of a list, each checked against its year, its weekday and the others.
    fn dates(&mut self, entry: &Entry, year: i16, worked: bool) -> Vec<(Date, u64)> {
        let mut seen = BTreeSet::new();
        let mut dates = Vec::new();
        for node in self.list(&entry.node, &entry.key) {
            let Value::Text(text) = &node.value else {
                self.wrong_type(node, &entry.key, "\"YYYY-MM-DD\"");
                continue;
            };
            let date = text.parse::<Date>().ok().filter(|date| date.to_string() == *text);
            let Some(date) = date else {
                self.fault(
                    "CALENDAR_DATE_INVALID",
                    node.line,
                    &entry.key,
                    &format!("「{}」不是有效日期，应为 YYYY-MM-DD", short(text)),
                    &format!("“{}” is not a date of the form YYYY-MM-DD", short(text)),
                );
                continue;
            };
            self.check_date(date, node.line, &entry.key, year, worked);
            match seen.insert(date) {
                true => dates.push((date, node.line)),
                false => self.fault(
                    "CALENDAR_DATE_REPEATED",
                    node.line,
                    &entry.key,
                    &format!("{date} 重复"),
                    &format!("{date} is listed twice"),
                ),
            }
        }
        dates
    }

    fn check_date(&mut self, date: Date, line: u64, field: &str, year: i16, worked: bool) {
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        if date.year() != year {
            self.fault(
                "CALENDAR_DATE_OTHER_YEAR",
                line,
                field,
                &format!("{date} 不在 {year} 年"),
                &format!("{date} is not in {year}"),
            );
        }
        if weekend && !worked {
            self.fault(
                "CALENDAR_OFF_ON_WEEKEND",
                line,
                field,
                &format!("{date} 是周末，本来就休息"),
                &format!("{date} is a weekend and off anyway"),
            );
        }
        if !weekend && worked {
            self.fault(
                "CALENDAR_WORKDAY_ON_WEEKDAY",
                line,
                field,
                &format!("{date} 不是周末，不能作为调休上班日"),
                &format!("{date} is not a weekend and cannot be a make-up workday"),
            );
        }
    }

    fn sessions(&mut self, entry: &Entry) -> Vec<Session> {
        let mut sessions: Vec<Session> = Vec::new();
        for node in self.list(&entry.node, "sessions") {
            let session = match &node.value {
                Value::List(pair) => match pair.as_slice() {
                    [Node { value: Value::Text(from), .. }, Node { value: Value::Text(to), .. }] => {
                        minute(from).zip(minute(to))
                    }
                    _ => None,
                },
                _ => None,
            };
            let Some((from, to)) = session else {
                self.wrong_type(node, "sessions", "[\"HH:MM\",\"HH:MM\"]");
                continue;
            };
            if from >= to {
                self.fault(
                    "CALENDAR_SESSION_ORDER",
                    node.line,
                    "sessions",
                    "时段的开始必须早于结束",
                    "a session must begin before it ends",
                );
            } else if sessions.last().is_some_and(|last| last.to > from) {
                self.fault(
                    "CALENDAR_SESSION_ORDER",
                    node.line,
                    "sessions",
                    "时段不得重叠，且须按先后排列",
                    "sessions must not overlap and must be in order",
                );
            }
            sessions.push(Session { from, to });
        }
        if sessions.is_empty() {
            self.fault(
                "CALENDAR_SESSION_ORDER",
                entry.line,
                "sessions",
                "至少需要一个有效时段",
                "at least one sound session is needed",
            );
        }
        sessions
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    fn faults(text: &str) -> Vec<(String, u64)> {
        let faults = Calendar::parse("cal.json", text).err().unwrap_or_default();
        assert!(faults.iter().all(|fault| fault.file == "cal.json"));
        faults.into_iter().map(|fault| (fault.code, fault.line.unwrap())).collect()
    }

    #[test]
    fn a_file_with_nothing_but_its_years_has_the_usual_hours() {
        let text =
            r#"{"source": "s", "years": {"2026": {"weekdays_off": ["2026-01-01"], "weekend_workdays": []}}}"#;
        let calendar = Calendar::parse("cal.json", text).unwrap();
        assert_eq!(calendar.sessions(), [Session { from: 540, to: 720 }, Session { from: 810, to: 1050 }]);
        assert_eq!(calendar.zone().iana_name(), Some("Asia/Shanghai"));
        assert_eq!(calendar.revision().len(), 12);
        assert_ne!(calendar.revision(), Calendar::parse("", &format!("{text}\n")).unwrap().revision());
        assert!(!calendar.is_provisional(2026) && calendar.is_provisional(2027));
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let text = r#"{"source": 5, "colour": "red",
 "zone": "Asia/Suzhou",
 "sessions": [["09:00", "12:00"],
  ["11:00", "10:00"], ["11:30", "17:00"],
  ["25:00", "26:00"], "noon"],
 "years": {
  "26": {},
  "2026": {
   "weekdays_off": ["2026-02-30", "2026-1-1",
    "2026-01-03", "2025-12-31", "2026-01-01", "2026-01-01", 7, "2026-01-04"],
   "weekend_workdays": ["2026-01-05",
    "2026-01-04"],
   "provisional": "yes", "papers": ""
  },
  "2026": {}
 }}"#;
        let expected = [
            ("CALENDAR_TYPE", 1),
            ("CALENDAR_KEY_UNKNOWN", 1),
            ("CALENDAR_ZONE_UNKNOWN", 2),
            ("CALENDAR_SESSION_ORDER", 4),
            ("CALENDAR_TYPE", 5),
            ("CALENDAR_TYPE", 5),
            ("CALENDAR_YEAR_INVALID", 7),
            ("CALENDAR_DATE_INVALID", 9),
            ("CALENDAR_DATE_INVALID", 9),
            ("CALENDAR_OFF_ON_WEEKEND", 10),
            ("CALENDAR_DATE_OTHER_YEAR", 10),
            ("CALENDAR_DATE_REPEATED", 10),
            ("CALENDAR_TYPE", 10),
            ("CALENDAR_OFF_ON_WEEKEND", 10),
            ("CALENDAR_WORKDAY_ON_WEEKDAY", 11),
            ("CALENDAR_DATE_IN_BOTH", 12),
            ("CALENDAR_TYPE", 13),
            ("CALENDAR_KEY_UNKNOWN", 13),
            ("CALENDAR_KEY_REPEATED", 15),
        ];
        assert_eq!(faults(text), expected.map(|(code, line)| (code.to_owned(), line)));
    }

    #[test]
    fn what_is_no_calendar_at_all_is_said_to_be_none() {
        for (text, code) in [
            ("", "CALENDAR_SYNTAX"),
            ("{\"years\": {}", "CALENDAR_SYNTAX"),
            ("[]", "CALENDAR_TYPE"),
            ("{}", "CALENDAR_YEARS_MISSING"),
        ] {
            assert_eq!(faults(text)[0].0, code, "{text}");
        }
    }

    #[test]
    fn overlapping_sessions_are_refused() {
        let sessions = |list: &str| faults(&format!("{{\"years\": {{}},\n\"sessions\": {list}}}"));
        assert_eq!(
            sessions(r#"[["09:00","12:00"],["11:59","17:00"]]"#),
            [("CALENDAR_SESSION_ORDER".to_owned(), 2)]
        );
        assert_eq!(sessions("[]"), [("CALENDAR_SESSION_ORDER".to_owned(), 2)]);
        assert_eq!(sessions(r#"[["00:00","24:00"]]"#), []);
    }
}
