//! Takes fields out of a JSON object one by one and remembers every fault.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::complaint::{ACCUSED_MAX, EXTRA_MAX, Flags, ID_MAX, ReporterRead};
use crate::fault::Fault;
use crate::sealed::Reporter;

pub(super) struct Reader {
    object: Map<String, Value>,
    faults: Vec<Fault>,
}

impl Reader {
    pub fn new(object: Map<String, Value>) -> Self {
        Self { object, faults: Vec::new() }
    }

    pub fn fault(&mut self, field: &str, code: &str, zh: &str, en: &str) {
        self.faults.push(Fault::new(code, zh, en).in_field(field));
    }

    pub fn has_fault(&self, field: &str) -> bool {
        self.faults.iter().any(|fault| fault.field == field)
    }

    pub fn finish<T>(self, read: T) -> Result<T, Vec<Fault>> {
        if self.faults.is_empty() { Ok(read) } else { Err(self.faults) }
    }

    /// As the other readers, but the field must be there.
    pub fn needed<T>(&mut self, field: &str, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let value = read(self);
        if value.is_none() && !self.has_fault(field) {
            self.fault(field, "FIELD_MISSING", "缺少此字段。", "This field is missing.");
        }
        value
    }

    /// True or false.
    pub fn truth(&mut self, field: &str) -> Option<bool> {
        let given = self.object.get(field).is_some_and(|value| !value.is_null());
        given.then(|| self.flag(field))
    }

    /// One of these words.
    pub fn word<T: Copy>(&mut self, field: &str, words: &[(&str, T)]) -> Option<T> {
        let word = self.identifier(field)?;
        let found = words.iter().find(|(known, _)| *known == word).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
            let zh = format!("应为 {} 之一。", known.join("、"));
            self.fault(field, "UNKNOWN_WORD", &zh, &format!("One of {} is expected.", known.join(", ")));
        }
        found
    }

    /// A whole number, not below zero.
    pub fn count(&mut self, field: &str) -> Option<u64> {
        let number = match self.take(field)? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type(field, "整数", "A whole number");
        }
        number
    }

    /// The field; null and absence are the same.
    pub fn take(&mut self, field: &str) -> Option<Value> {
        self.object.remove(field).filter(|value| !value.is_null())
    }

    pub fn wrong_type(&mut self, field: &str, zh: &str, en: &str) {
        self.fault(field, "WRONG_TYPE", &format!("应为{zh}。"), &format!("{en} is expected."));
    }

    /// Free text; control characters that no database or page can take are stripped.
    pub fn text(&mut self, field: &str, max: usize) -> String {
        let text = match self.take(field) {
            None => return String::new(),
            Some(Value::String(text)) => text,
            Some(_) => {
                self.wrong_type(field, "文字", "Text");
                return String::new();
            }
        };
        if text.chars().nth(max).is_some() {
            let zh = format!("超过 {max} 字，请改用附件。");
            let en = format!("Longer than {max} characters; use an attachment.");
            self.fault(field, "TEXT_TOO_LONG", &zh, &en);
            return String::new();
        }
        if text.contains(strippable) { text.replace(strippable, "") } else { text }
    }

    /// Names: a list of them, or one text with `、`, `;` or `；` between them. Empty ones are left out.
    pub fn names(&mut self, field: &str) -> Vec<String> {
        let (given, listed) = match self.take(field) {
            None => return Vec::new(),
            Some(Value::Array(given)) => (given, true),
            Some(one) => (vec![one], false),
        };
        let mut names = Vec::new();
        let mut long = given.len() > ACCUSED_MAX;
        for value in given {
            let Value::String(text) = value else {
                self.wrong_type(field, "名称或名称列表", "A name or a list of names");
                return Vec::new();
            };
            long |= text.chars().nth(ID_MAX).is_some();
            let text = text.replace(strippable, "");
            let parts = text.split(|c| !listed && matches!(c, '、' | ';' | '；'));
            names.extend(parts.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()));
        }
        if long || names.len() > ACCUSED_MAX {
            let zh = format!("最多 {ACCUSED_MAX} 个，每个不超过 {ID_MAX} 字。");
            let en = format!("At most {ACCUSED_MAX}, each of {ID_MAX} characters.");
            self.fault(field, "NAMES_TOO_MANY", &zh, &en);
            return Vec::new();
        }
        names
    }

    /// An identifier or code; a number is taken as its digits. Empty is absent.
    pub fn identifier(&mut self, field: &str) -> Option<String> {
        let id = match self.take(field)? {
            Value::String(id) => id,
            Value::Number(number) => number.to_string(),
            _ => {
                self.wrong_type(field, "文字", "Text");
                return None;
            }
        };
        if id.chars().nth(ID_MAX).is_some() {
            let zh = format!("超过 {ID_MAX} 字。");
            let en = format!("Longer than {ID_MAX} characters.");
            self.fault(field, "ID_TOO_LONG", &zh, &en);
            return None;
        }
        if id.contains(char::is_control) {
            self.fault(field, "CONTROL_CHARACTER", "含有控制字符。", "There is a control character in it.");
            return None;
        }
        Some(id.trim().to_owned()).filter(|id| !id.is_empty())
    }

    /// A time in RFC 3339 with its offset. With `received_by`, one that can have been received by then.
    pub fn time(&mut self, field: &str, received_by: Option<Timestamp>) -> Option<Timestamp> {
        let text = match self.take(field)? {
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => text,
            _ => {
                self.wrong_type(field, "带时区的时间", "A time with its offset");
                return None;
            }
        };
        let Ok(time) = text.trim().parse::<Timestamp>() else {
            let zh = "不是带时区的时间，例如 2026-11-20T09:00:00+08:00。";
            let en = "Not a time with its offset, e.g. 2026-11-20T09:00:00+08:00.";
            self.fault(field, "TIME_INVALID", zh, en);
            return None;
        };
        let year = time.as_second() / 31_556_952 + 1970;
        // Old systems write 1900-01-01 for "unknown": that is their record, not ours to judge.
        if !(1800..2200).contains(&year) {
            self.fault(field, "TIME_OUT_OF_RANGE", "年份不可能。", "The year is impossible.");
            return None;
        }
        // A day of grace: clocks of senders differ.
        if received_by
            .is_some_and(|now| time > now.saturating_add(SignedDuration::from_hours(24)).unwrap_or(now))
        {
            self.fault(
                field,
                "TIME_IN_FUTURE",
                "受理时间在未来。",
                "The time of receipt lies in the future.",
            );
            return None;
        }
        Timestamp::from_microsecond(time.as_microsecond()).ok()
    }

    /// True or false; absent is false.
    pub fn flag(&mut self, field: &str) -> bool {
        match self.take(field) {
            None => false,
            Some(Value::Bool(flag)) => flag,
            Some(Value::String(word)) if matches!(word.trim(), "true" | "1" | "是") => true,
            Some(Value::String(word)) if matches!(word.trim(), "false" | "0" | "否" | "") => false,
            Some(_) => {
                self.wrong_type(field, "是或否", "True or false");
                false
            }
        }
    }

    /// Latitude and longitude; both or neither. Number or its text, degrees.
    pub fn point(&mut self) -> Option<(f64, f64)> {
        let lat = self.degrees("lat", 90.0);
        let lon = self.degrees("lon", 180.0);
        Some((lat?, lon?))
    }

    fn degrees(&mut self, field: &str, limit: f64) -> Option<f64> {
        let degrees = match self.take(field)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => text.trim().parse::<f64>().ok(),
            _ => None,
        };
        match degrees {
            Some(degrees) if degrees.is_finite() && degrees.abs() <= limit => Some(degrees),
            Some(_) => {
                self.fault(field, "OUT_OF_RANGE", "超出范围。", "Out of range.");
                None
            }
            None => {
                self.wrong_type(field, "度数", "Degrees");
                None
            }
        }
    }

    /// The reporter, the wishes, and what else the object held.
    pub fn reporter(&mut self) -> ReporterRead {
        let none = || (Reporter::default(), Flags::default(), Map::new());
        let object = match self.take("reporter") {
            None => return none(),
            Some(Value::Object(object)) => object,
            Some(_) => {
                self.wrong_type("reporter", "对象", "An object");
                return none();
            }
        };
        let mut inner = Reader::new(object);
        let reporter = Reporter {
            name: inner.text("name", ID_MAX),
            phone: inner.phone(),
            id_number: inner.text("id_number", ID_MAX),
        };
        let flags = Flags { confidential: inner.flag("confidential"), anonymous: inner.flag("anonymous") };
        for fault in inner.faults {
            let field = format!("reporter.{}", fault.field);
            self.faults.push(fault.in_field(&field));
        }
        (reporter, flags, inner.object)
    }

    /// A telephone number is often a bare number in JSON.
    fn phone(&mut self) -> String {
        if let Some(Value::Number(number)) = self.object.get("phone") {
            let digits = number.to_string();
            self.object.remove("phone");
            return digits;
        }
        self.text("phone", ID_MAX)
    }

    /// Everything not taken yet, to be kept sealed.
    pub fn extra(&mut self, reporter_rest: Map<String, Value>) -> Map<String, Value> {
        let mut extra = std::mem::take(&mut self.object);
        extra.retain(|_, value| !value.is_null());
        if !reporter_rest.is_empty() {
            extra.insert("reporter".to_owned(), Value::Object(reporter_rest));
        }
        if !extra.is_empty() && serde_json::to_string(&extra).map_or(0, |text| text.len()) > EXTRA_MAX {
            let zh = format!("其他字段合计超过 {EXTRA_MAX} 字节。");
            let en = format!("The other fields are more than {EXTRA_MAX} bytes.");
            self.fault("extra", "EXTRA_TOO_LARGE", &zh, &en);
            return Map::new();
        }
        extra
    }
}

fn strippable(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t' | '\r')
}
