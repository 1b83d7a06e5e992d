//! The words of a table, read from `words.txt`.

use std::collections::HashMap;
use std::sync::OnceLock;

/// What a verb stands for.
#[derive(Debug, Clone, Default)]
pub(super) struct Verb {
    /// The domain's command.
    pub command: String,
    /// Fields that may stand without their names, in this order.
    pub order: Vec<String>,
    /// What holds where the cell says nothing.
    pub otherwise: Vec<(String, String)>,
}

/// The whole list.
#[derive(Debug, Default)]
pub(super) struct Words {
    verbs: HashMap<String, Verb>,
    fields: HashMap<String, String>,
    values: HashMap<String, String>,
    chinese: HashMap<String, String>,
    keys: HashMap<String, String>,
    events: HashMap<String, String>,
    units: Vec<String>,
    sealed: Vec<String>,
}

impl Words {
    /// The list that is compiled in.
    pub fn get() -> &'static Words {
        static WORDS: OnceLock<Words> = OnceLock::new();
        WORDS.get_or_init(|| Words::read(include_str!("words.txt")))
    }

    fn read(text: &str) -> Words {
        let mut words = Words::default();
        let mut part = "";
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if line.starts_with('[') {
                part = line;
                continue;
            }
            let mut cells = line.split('|').map(str::trim);
            let mut cell = || cells.next().unwrap_or_default();
            let (name, aliases) = (cell(), cell());
            let (order, otherwise) = (cell(), cell());
            let names = aliases.split_whitespace().chain([name]).map(normal);
            match part {
                "[verbs]" => {
                    let verb = Verb {
                        command: name.to_owned(),
                        order: order.split_whitespace().map(ToOwned::to_owned).collect(),
                        otherwise: otherwise.split_whitespace().filter_map(pair).collect(),
                    };
                    for name in names {
                        words.verbs.entry(name).or_insert_with(|| verb.clone());
                    }
                }
                "[fields]" => words.fields.extend(names.map(|alias| (alias, name.to_owned()))),
                "[values]" => {
                    let chinese = aliases.split_whitespace().next().unwrap_or_default();
                    words.chinese.entry(name.to_owned()).or_insert_with(|| chinese.to_owned());
                    words.values.extend(names.map(|alias| (alias, name.to_owned())));
                }
                "[keys]" => words.keys.extend(names.map(|alias| (alias, name.to_owned()))),
                "[events]" => words.events.extend(names.map(|alias| (alias, name.to_owned()))),
                "[units]" => words.units.push(name.to_owned()),
                _ => words.sealed.push(name.to_owned()),
            }
        }
        words
    }

    /// The verb that these words begin with, and how many of them it takes. A word that the list does not
    /// have may be a command of the domain.
    pub fn verb(&self, tokens: &[&str]) -> Option<(Verb, usize)> {
        let known = (1..=tokens.len().min(4)).rev().find_map(|count| {
            let verb = self.verbs.get(&normal(&tokens[..count].join("_")))?;
            Some((verb.clone(), count))
        });
        known.or_else(|| {
            let command = normal(tokens.first()?);
            Some((Verb { command, ..Verb::default() }, 1))
        })
    }

    /// The fields of a command, as far as the list tells them.
    pub fn takes(&self, command: &str) -> Option<Vec<String>> {
        let verb = self.verbs.values().find(|verb| verb.command == command)?;
        let mut fields: Vec<String> = Vec::new();
        for name in verb.order.iter().chain(verb.otherwise.iter().map(|(name, _)| name)) {
            if !fields.contains(name) {
                fields.push(name.clone());
            }
        }
        Some(fields)
    }

    /// The field's own name.
    pub fn field(&self, word: &str) -> String {
        let word = normal(word);
        self.fields.get(&word).cloned().unwrap_or(word)
    }

    /// The value that a word stands for.
    pub fn value(&self, word: &str) -> Option<&str> {
        self.values.get(&normal(word)).map(String::as_str)
    }

    /// The first Chinese word for a value.
    pub fn chinese(&self, value: &str) -> Option<&str> {
        self.chinese.get(value).map(String::as_str)
    }

    /// A key of the policy files.
    pub fn key<'a>(&'a self, word: &'a str) -> &'a str {
        self.keys.get(&normal(word)).map_or(word, String::as_str)
    }

    /// An event by another word than its own.
    pub fn event(&self, word: &str) -> Option<&str> {
        self.events.get(&normal(word)).map(String::as_str)
    }

    /// Whether a field names a unit, or several.
    pub fn is_unit(&self, field: &str) -> bool {
        self.units.iter().any(|name| name == field)
    }

    /// Whether a field is free text, which is sealed.
    pub fn is_sealed(&self, field: &str) -> bool {
        self.sealed.iter().any(|name| name == field)
    }
}

fn pair(text: &str) -> Option<(String, String)> {
    text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
}

/// Small letters, and `submit-result` is `submit_result`.
pub(super) fn normal(word: &str) -> String {
    word.trim().to_lowercase().replace(['-', ' '], "_")
}

/// Yes or no, in either language.
pub(super) fn truth(word: &str) -> Option<bool> {
    match normal(word).as_str() {
        "是" | "有" | "已" | "已解决" | "通过" | "yes" | "true" => Some(true),
        "否" | "无" | "未" | "未解决" | "不通过" | "no" | "false" => Some(false),
        _ => None,
    }
}
