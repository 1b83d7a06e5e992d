//! What a row does: the third cell.

use std::collections::HashMap;

use domain::case::{Command, Edge, Hand, PartCommand};
use domain::context::Rulebook;
use domain::ids::UnitId;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::moment;
use super::people::UnitRef;
use super::words::{Words, normal, truth};

/// A sentence in both languages.
pub(super) type Told = (String, String);

/// What is done.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// Nothing: the clock is turned, or the row only looks.
    Look,
    /// A complaint comes in.
    Register(How, Vec<(String, String)>, usize),
    /// A command to a case.
    Command(String, Vec<(String, String)>),
    /// The last message or command once more, under its id.
    Again,
    /// The service stops and starts on the same log.
    Restart,
    /// The service stops.
    Down,
    /// It starts.
    Up,
    /// Another sweeper sweeps at the same time.
    SecondNode,
    /// Other rules from now on: `key: value`.
    Rules(String, String),
}

/// How a complaint comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// By the hotline.
    Live,
    /// The same, left to a dispatcher.
    ByHand,
    /// From a file.
    Imported,
    /// As recorded elsewhere.
    Recorded,
}

/// An action, and the case that it names.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub act: Act,
    pub case: Option<String>,
    /// `时钟拨到 …`: the clock is turned to this.
    pub tick: Option<String>,
}

/// Reads the cell. Field names are not checked here.
pub(super) fn read(cell: &str) -> Asked {
    let mut case = None;
    let mut count = 1;
    let mut tokens: Vec<&str> = Vec::new();
    for token in cell.split_whitespace() {
        if let Some(label) = token.strip_prefix(['@', '＠']).filter(|label| !label.is_empty()) {
            case = Some(label.to_owned());
        } else if let Some(number) = token.strip_prefix(['×', 'x']).and_then(|number| number.parse().ok()) {
            count = number;
        } else {
            tokens.push(token);
        }
    }
    let ask = |act| Asked { act, case: case.clone(), tick: None };
    let first = tokens.first().map(|token| normal(token)).unwrap_or_default();
    let two = tokens.get(1).map(|second| format!("{first}_{}", normal(second))).unwrap_or_default();
    let rest = |from: usize| tokens.get(from..).unwrap_or_default();
    let fields = |from: usize| given(rest(from), &["item", "place"]);
    match (first.as_str(), two.as_str()) {
        ("" | "_" | "看" | "look", _) => ask(Act::Look),
        ("时钟拨到" | "拨到", _) => Asked { tick: Some(rest(1).join(" ")), ..ask(Act::Look) },
        (_, "tick_to" | "时钟_拨到") => Asked { tick: Some(rest(2).join(" ")), ..ask(Act::Look) },
        ("再投" | "重投" | "重复投递" | "redeliver", _) => ask(Act::Again),
        ("重启" | "restart", _) => ask(Act::Restart),
        ("停机" | "downtime" | "stop", _) => ask(Act::Down),
        ("开机" | "start", _) => ask(Act::Up),
        ("另一节点" | "second_node", _) | (_, "second_node") => ask(Act::SecondNode),
        ("改规则", _) => ask(rules(rest(1))),
        (_, "change_rules") => ask(rules(rest(2))),
        (_, "register_by") => ask(Act::Register(How::ByHand, fields(3), count)),
        ("人工登记" | "register_by_hand", _) => ask(Act::Register(How::ByHand, fields(1), count)),
        ("登记" | "register", _) => ask(Act::Register(How::Live, fields(1), count)),
        ("导入" | "import", _) => ask(Act::Register(How::Imported, fields(1), count)),
        ("导入历史" | "import_recorded", _) => ask(Act::Register(How::Recorded, fields(1), count)),
        _ => {
            let Some((verb, taken)) = Words::get().verb(&tokens) else { return ask(Act::Look) };
            let order: Vec<&str> = verb.order.iter().map(String::as_str).collect();
            let mut fields = given(rest(taken), &order);
            for (name, value) in &verb.otherwise {
                if !fields.iter().any(|(known, _)| known == name) {
                    fields.push((name.clone(), value.clone()));
                }
            }
            ask(Act::Command(verb.command, fields))
        }
    }
}

fn rules(tokens: &[&str]) -> Act {
    let text = tokens.join(" ");
    let (key, value) = text.split_once([':', '：']).unwrap_or((text.as_str(), ""));
    Act::Rules(key.trim().to_owned(), value.trim().to_owned())
}

/// `name=value` pairs; what stands before them fills the fields of `order`. A value goes on up to the next
/// name.
fn given(tokens: &[&str], order: &[&str]) -> Vec<(String, String)> {
    let words = Words::get();
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut named = false;
    let mut goes_on = false;
    for token in tokens {
        let pair = token.split_once(['=', '＝']).filter(|(name, _)| !name.is_empty());
        match pair {
            Some((name, value)) => {
                fields.push((words.field(name), value.to_owned()));
                named = true;
            }
            None if named || goes_on || fields.len() >= order.len().max(1) => {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(token);
                } else {
                    fields.push((String::new(), (*token).to_owned()));
                }
            }
            None => {
                let name = order.get(fields.len()).copied().unwrap_or_default();
                fields.push((name.to_owned(), (*token).to_owned()));
            }
        }
        goes_on = is_day(token);
    }
    for (_, value) in &mut fields {
        let bare = value.trim_matches(['"', '“', '”', '「', '」']);
        if bare.len() < value.len() {
            *value = bare.to_owned();
        }
    }
    fields
}

/// A day, behind which its time stands.
fn is_day(token: &str) -> bool {
    let value = token.split_once(['=', '＝']).map_or(token, |(_, value)| value);
    let date = value.contains('-') && value.chars().all(|c| c.is_ascii_digit() || c == '-');
    date || value == "次日" || value.starts_with('周')
}

/// What a command's words may mean here.
pub(super) struct Meaning<'a> {
    pub rules: &'a Rulebook,
    pub now: Timestamp,
    /// A unit that is named by its part in the case.
    pub unit: &'a dyn Fn(&UnitRef) -> Option<UnitId>,
    /// The cases that the table knows by a name of its own.
    pub cases: &'a HashMap<String, uuid::Uuid>,
    /// Values that are not read from words: sealed texts, another case, a file.
    pub ready: &'a HashMap<String, Value>,
}

/// The domain's command. Its shape decides which of the things that a word may mean is meant.
///
/// # Errors
/// What no reading of the words fits.
pub(super) fn command(
    name: &str,
    fields: &[(String, String)],
    meaning: &Meaning<'_>,
) -> Result<Command, Told> {
    let mut choices: Vec<(&str, Vec<Value>)> = Vec::new();
    for (field, text) in fields {
        if field.is_empty() {
            return Err((format!("「{text}」不属于任何字段"), format!("`{text}` belongs to no field")));
        }
        let readings = match meaning.ready.get(field) {
            Some(sealed) => vec![sealed.clone()],
            None if (name, field.as_str()) == ("delegate_task", "to") => vec![json!(person(text))],
            None => meaning.readings(field, text)?,
        };
        choices.push((field, readings));
    }
    let mut first = None;
    let combinations: usize = choices.iter().map(|(_, readings)| readings.len()).product();
    for number in 0..combinations.min(5_000) {
        let mut left = number;
        let mut object = Map::from_iter([("command".to_owned(), json!(name))]);
        for (field, readings) in &choices {
            object.insert((*field).to_owned(), readings[left % readings.len()].clone());
            left /= readings.len();
        }
        match read_exactly(Value::Object(object)) {
            Ok(command) => return Ok(command),
            Err(error) => drop(first.get_or_insert(error)),
        }
    }
    Err(refusal(name, fields, first.map(|error| error.to_string()).unwrap_or_default()))
}

/// Whoever is named as in the second column: `王五@社区`, `王五`, or by id.
fn person(text: &str) -> String {
    let name = text.split(['@', '＠']).next().unwrap_or_default().trim();
    if name.contains(':') { name.to_owned() } else { format!("user:{name}") }
}

/// Why no reading fits. The reader of all commands tells little, so each group of them is asked, and the
/// word list helps.
fn refusal(name: &str, fields: &[(String, String)], error: String) -> Told {
    let words = Words::get();
    let word = |text: &String| json!(words.value(text).unwrap_or(text));
    let mut object: Map<String, Value> =
        fields.iter().map(|(field, text)| (field.clone(), word(text))).collect();
    object.insert("command".to_owned(), json!(name));
    let object = Value::Object(object);
    let why = [group::<Hand>(&object), group::<Edge>(&object), group::<PartCommand>(&object)];
    let own = Some(error).filter(|error| !error.is_empty() && !error.starts_with("data did not match"));
    let why = why.into_iter().flatten().next().or(own).map(|why| with_words(&why)).unwrap_or_default();
    match words.takes(name) {
        Some(takes) => {
            let takes = takes.join(", ");
            (
                format!("「{name}」的字段不对，应为 {takes}。{why}"),
                format!("the fields of `{name}` are {takes}. {why}"),
            )
        }
        None => (
            format!("没有「{name}」这个动作，或字段不对。{why}"),
            format!("`{name}` is no action, or its fields are others. {why}"),
        ),
    }
}

/// Why this group of commands does not read it; none where it has no command of the name.
fn group<T: DeserializeOwned>(object: &Value) -> Option<String> {
    let error = serde_json::from_value::<T>(object.clone()).err()?.to_string();
    let command = object["command"].as_str().unwrap_or_default();
    (!error.starts_with(&format!("unknown variant `{command}`"))).then_some(error)
}

/// The values that the reader permits, each with the table's Chinese word: `routine 日常`.
fn with_words(why: &str) -> String {
    let words = Words::get();
    let told = why.split('`').enumerate().map(|(place, part)| match words.chinese(part) {
        Some(chinese) if place % 2 == 1 => format!("`{part} {chinese}`"),
        _ if place % 2 == 1 => format!("`{part}`"),
        _ => part.to_owned(),
    });
    told.collect()
}

/// A command that has every field that was given: a misspelt one is not passed over.
fn read_exactly(object: Value) -> Result<Command, serde_json::Error> {
    use serde::de::Error;
    let command: Command = serde_json::from_value(object.clone())?;
    let written = serde_json::to_value(&command)?;
    let missing = object
        .as_object()
        .into_iter()
        .flatten()
        .find(|(field, value)| !value.is_null() && written.get(field.as_str()).is_none());
    match missing {
        Some((field, _)) => Err(serde_json::Error::custom(format!("unknown field `{field}`"))),
        None => Ok(command),
    }
}

impl Meaning<'_> {
    /// What a value may mean, the likeliest first.
    fn readings(&self, field: &str, text: &str) -> Result<Vec<Value>, Told> {
        if text.starts_with(['{', '[']) {
            let value = serde_json::from_str(text);
            return value
                .map(|value| vec![value])
                .map_err(|error| (format!("JSON：{error}"), format!("JSON: {error}")));
        }
        let words = Words::get();
        let mut readings: Vec<Value> = Vec::new();
        if let Some(truth) = truth(text) {
            readings.push(json!(truth));
        }
        if let Some(case) = self.cases.get(text.trim_start_matches(['@', '＠'])) {
            readings.push(json!(case));
        }
        if matches!(field, "item")
            && let Some(item) = self.rules.policy.catalogue.find(text)
        {
            readings.push(json!(item.code));
        }
        let is_unit = words.is_unit(field);
        let unit = UnitRef::read(text, self.rules).and_then(|unit| match unit {
            UnitRef::Fixed(code) => Some(code),
            part => (self.unit)(&part).filter(|_| is_unit),
        });
        if is_unit {
            readings.extend(unit.iter().map(|unit| json!(unit)));
        }
        readings.extend(words.value(text).map(|word| json!(word)));
        readings.extend(unit.iter().filter(|_| !is_unit).map(|unit| json!(unit)));
        if let Some(moment) = moment::read(text, Some(self.now), self.rules.calendar.zone())? {
            readings.push(json!(moment.at));
        }
        if text.contains(['、', ',', '，']) {
            let parts = text.split(['、', ',', '，']).map(str::trim).filter(|part| !part.is_empty());
            let list: Result<Vec<Value>, Told> = parts
                .map(|part| Ok(self.readings(field, part)?.first().cloned().unwrap_or_default()))
                .collect();
            readings.push(Value::Array(list?));
        }
        readings.push(json!(text));
        if let Some(first) = readings.first().cloned() {
            readings.push(Value::Array(vec![first]));
        }
        if let Ok(number) = text.parse::<i64>() {
            readings.push(json!(number));
        } else if let Ok(number) = text.parse::<f64>() {
            readings.push(json!(number));
        }
        if text.is_empty() {
            readings.push(Value::Null);
        }
        Ok(readings)
    }
}
