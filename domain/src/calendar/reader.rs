//! What reading a calendar file needs: typed values, or a fault with the line.

use std::collections::BTreeSet;

use super::json::{Entry, Node, Value};
use crate::fault::Fault;

/// Collects what is wrong while a file is read.
pub(super) struct Reader<'a> {
    pub(super) file: &'a str,
    pub(super) faults: Vec<Fault>,
}

impl Reader<'_> {
    pub(super) fn fault(&mut self, code: &str, line: u64, field: &str, zh: &str, en: &str) {
        self.faults.push(Fault::new(code, zh, en).in_file(self.file).at_line(line).in_field(field));
    }

    pub(super) fn text(&mut self, entry: &Entry) -> Option<String> {
        match &entry.node.value {
            Value::Text(text) => Some(text.clone()),
            _ => {
                self.wrong_type(&entry.node, &entry.key, "text");
                None
            }
        }
    }

    pub(super) fn list<'n>(&mut self, node: &'n Node, field: &str) -> &'n [Node] {
        match &node.value {
            Value::List(nodes) => nodes,
            _ => {
                self.wrong_type(node, field, "[…]");
                &[]
            }
        }
    }

    pub(super) fn map<'n>(&mut self, node: &'n Node, field: &str) -> &'n [Entry] {
        let Value::Map(entries) = &node.value else {
            self.wrong_type(node, field, "{…}");
            return &[];
        };
        let mut seen = BTreeSet::new();
        for entry in entries {
            if !seen.insert(entry.key.as_str()) {
                self.fault(
                    "CALENDAR_KEY_REPEATED",
                    entry.line,
                    &entry.key,
                    "键重复",
                    "this key is given twice",
                );
            }
        }
        entries
    }

    pub(super) fn unknown(&mut self, entry: &Entry) {
        self.fault("CALENDAR_KEY_UNKNOWN", entry.line, &entry.key, "不认识的键", "unknown key");
    }

    pub(super) fn wrong_type(&mut self, node: &Node, field: &str, wanted: &str) {
        let found = match &node.value {
            Value::Null => "null",
            Value::Bool(_) => "true/false",
            Value::Number => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "an object",
        };
        self.fault(
            "CALENDAR_TYPE",
            node.line,
            field,
            &format!("类型不对，应为 {wanted}"),
            &format!("expected {wanted}, found {found}"),
        );
    }
}

/// Minutes since midnight of `HH:MM`, up to `24:00`.
pub(super) fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= 1440).then_some(total)
}

/// As much of a wrong text as a message shows.
pub(super) fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(24).collect()
}
