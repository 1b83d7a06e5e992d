//! TOML read key by key, every mistake with its line.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::calendar::Budget;
use crate::fault::Fault;
use crate::ids::Rung;

/// A value with its place in the text.
pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// One `key = value` of a table.
pub(super) struct Entry<'v, 't> {
    pub(super) key: &'v str,
    /// Place of the key, in bytes.
    pub(super) at: Range<usize>,
    pub(super) value: &'v Value<'t>,
}

/// Collects what is wrong while a file is read.
pub(super) struct Keys<'t> {
    file: &'t str,
    text: &'t str,
    pub(super) faults: Vec<Fault>,
}

impl<'t> Keys<'t> {
    /// Parses the text; syntax faults are `POLICY_SYNTAX`.
    pub(super) fn read(file: &'t str, text: &'t str) -> (Self, Spanned<DeTable<'t>>) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut keys = Keys { file, text, faults: Vec::new() };
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            keys.fault("POLICY_SYNTAX", error.span().unwrap_or(0..0), "", "不是有效的 TOML", error.message());
        }
        (keys, root)
    }

    /// The faults in order of line, or the value when there is none.
    pub(super) fn finish<T>(mut self, value: T) -> Result<T, Vec<Fault>> {
        self.faults.sort_by_key(|fault| fault.line);
        if self.faults.is_empty() { Ok(value) } else { Err(self.faults) }
    }

    /// Line of a place, from 1.
    pub(super) fn line(&self, at: &Range<usize>) -> u64 {
        let before = self.text.as_bytes().iter().take(at.start);
        before.filter(|byte| **byte == b'\n').count() as u64 + 1
    }

    /// Adds a fault at a place.
    pub(super) fn fault(&mut self, code: &str, at: Range<usize>, field: &str, zh: &str, en: &str) {
        let line = self.line(&at);
        self.faults.push(Fault::new(code, zh, en).in_file(self.file).at_line(line).in_field(field));
    }

    /// A key that the file does not have.
    pub(super) fn unknown(&mut self, entry: &Entry<'_, 't>) {
        self.fault("POLICY_KEY_UNKNOWN", entry.at.clone(), entry.key, "不认识的键", "unknown key");
    }

    /// A key that the table at this place lacks.
    pub(super) fn missing(&mut self, at: Range<usize>, field: &str) {
        self.fault("POLICY_KEY_MISSING", at, field, "缺少此键", "this key is missing");
    }

    /// The entries of a table value.
    pub(super) fn entries<'v>(&mut self, entry: &Entry<'v, 't>) -> Vec<Entry<'v, 't>> {
        match entry.value.get_ref().as_table() {
            Some(table) => entries(table),
            None => {
                self.wrong_type(entry, "[…]");
                Vec::new()
            }
        }
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, entry: &Entry<'_, 't>) -> Option<String> {
        let text = entry.value.get_ref().as_str().map(str::trim);
        let sound = text.filter(|text| !text.is_empty() && !text.chars().any(char::is_control));
        if sound.is_none() {
            self.wrong_type(entry, "\"text\"");
        }
        sound.map(str::to_owned)
    }

    /// A budget such as `"5wd"`.
    pub(super) fn budget(&mut self, entry: &Entry<'_, 't>) -> Option<Budget> {
        let Some(word) = entry.value.get_ref().as_str() else {
            self.wrong_type(entry, "\"5wd\"");
            return None;
        };
        match Budget::parse(word) {
            Ok(budget) => Some(budget),
            Err(fault) => {
                let line = self.line(&entry.value.span());
                self.faults.push(fault.in_file(self.file).at_line(line).in_field(entry.key));
                None
            }
        }
    }

    /// Several rungs, `["community", "station"]`.
    pub(super) fn rungs(&mut self, entry: &Entry<'_, 't>) -> Vec<Rung> {
        let words = entry.value.get_ref().as_array().map(|array| array.iter());
        let rungs: Option<Vec<Rung>> =
            words.and_then(|words| words.map(|word| Rung::parse(word.get_ref().as_str()?)).collect());
        if rungs.is_none() {
            self.wrong_type(entry, "[\"community\"]");
        }
        rungs.unwrap_or_default()
    }

    /// A whole number from 0 to 100.
    pub(super) fn percent(&mut self, entry: &Entry<'_, 't>) -> Option<u8> {
        let number = entry.value.get_ref().as_integer();
        let number = number.and_then(|number| u8::from_str_radix(number.as_str(), number.radix()).ok());
        let sound = number.filter(|number| *number <= 100);
        if sound.is_none() {
            self.wrong_type(entry, "0…100");
        }
        sound
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, entry: &Entry<'_, 't>) -> bool {
        let found = entry.value.get_ref().as_bool();
        if found.is_none() {
            self.wrong_type(entry, "true, false");
        }
        found.unwrap_or(false)
    }

    /// One of the known words.
    pub(super) fn word<T: Copy>(&mut self, entry: &Entry<'_, 't>, known: &[(&str, T)]) -> Option<T> {
        let word = entry.value.get_ref().as_str();
        let found = known.iter().find(|(name, _)| Some(*name) == word).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let names: Vec<String> = known.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            self.wrong_type(entry, &names.join(" | "));
        }
        found
    }

    /// A list of known words.
    pub(super) fn words<T: Copy>(&mut self, entry: &Entry<'_, 't>, known: &[(&str, T)]) -> Vec<T> {
        let find = |value: &Value<'t>| {
            let word = value.get_ref().as_str()?;
            known.iter().find(|(name, _)| *name == word).map(|(_, meaning)| *meaning)
        };
        let found: Option<Vec<T>> =
            entry.value.get_ref().as_array().and_then(|list| list.iter().map(find).collect());
        found.unwrap_or_else(|| {
            let names: Vec<String> = known.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            self.wrong_type(entry, &format!("[{}]", names.join(", ")));
            Vec::new()
        })
    }

    /// A value of another kind than is wanted here.
    pub(super) fn wrong_type(&mut self, entry: &Entry<'_, 't>, wanted: &str) {
        self.fault(
            "POLICY_VALUE_INVALID",
            entry.value.span(),
            entry.key,
            &format!("值不对，应为 {wanted}"),
            &format!("the value must be {wanted}"),
        );
    }
}

/// The entries of a table, in order of their place in the text.
pub(super) fn entries<'v, 't>(table: &'v DeTable<'t>) -> Vec<Entry<'v, 't>> {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| Entry { key: key.get_ref().as_ref(), at: key.span(), value })
        .collect();
    entries.sort_by_key(|entry| entry.at.start);
    entries
}
