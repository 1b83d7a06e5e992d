//! An event that must be seen: `升级(街道) ×1 @11-23 09:40 记于 11-23 10:00`.

use domain::case::Event;
use serde_json::{Value, json};

use super::action::Told;
use super::expect::{Base, deadline, needed, unknown, value_of};
use super::moment::Moment;
use super::people::{UnitRef, rung};
use super::words::{Words, normal};

/// An event with what must be in it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub name: String,
    pub fields: Vec<(Option<String>, Vec<Value>)>,
    /// So many times; else at least once, in the order of the cell.
    pub times: Option<usize>,
    /// When it happened, and when it was written.
    pub at: Option<Moment>,
    pub recorded: Option<Moment>,
    /// In the whole life of the case, not in this row only.
    pub ever: bool,
    /// These and no others.
    pub only: bool,
}

/// Reads it.
pub(super) fn event(tokens: &[&str], base: &Base<'_>) -> Result<Seen, Told> {
    let text =
        tokens.join(" ").replace('（', "(").replace('）', ")").replace(['×', '＠'], "~").replace('@', "~@");
    let text = text.replace("~@", " @").replace('~', " ×").replace("记于", " §").replace("recorded", " §");
    let (name, rest) = match text.split_once('(') {
        Some((name, rest)) => {
            let (fields, rest) = rest.split_once(')').ok_or_else(|| unknown(&text))?;
            (name.trim().to_owned(), format!("({fields}){rest}"))
        }
        None => {
            let at = text.find([' ']).unwrap_or(text.len());
            (text[..at].trim().to_owned(), text[at..].to_owned())
        }
    };
    let fields = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let (fields, tail) = fields.unwrap_or(("", rest.as_str()));
    let (tail, recorded) = tail.split_once('§').map_or((tail, None), |(tail, at)| (tail, Some(at.trim())));
    let (tail, at) = tail.split_once('@').map_or((tail, None), |(tail, at)| (tail, Some(at.trim())));
    Ok(Seen {
        name: event_name(&name)?,
        fields: fields
            .split([',', '，', '、'])
            .filter(|part| !part.trim().is_empty())
            .map(|part| field(part, base))
            .collect(),
        times: times(tail.trim())?,
        at: at.map(|at| needed(at, base)).transpose()?,
        recorded: recorded.map(|at| needed(at, base)).transpose()?,
        ever: false,
        only: false,
    })
}

fn event_name(word: &str) -> Result<String, Told> {
    let found = Event::NAMES.iter().find(|(name, zh)| *zh == word || normal(name) == normal(word));
    let told =
        || domain::notify::Event::NAMES.iter().find(|(name, zh)| *zh == word || normal(name) == normal(word));
    let found = found.or_else(told).map(|(name, _)| (*name).to_owned());
    let found = found.or_else(|| Words::get().event(word).map(ToOwned::to_owned));
    found.ok_or_else(|| {
        (
            format!("看不懂「{word}」：既不是事件，也不是检查"),
            format!("`{word}` is neither an event nor a check"),
        )
    })
}

fn times(text: &str) -> Result<Option<usize>, Told> {
    let number =
        text.trim_start_matches(['×', 'x', ' ']).trim_end_matches(['次', ' ']).trim_end_matches("times");
    if number.is_empty() {
        return Ok(None);
    }
    number.trim().parse().map(Some).map_err(|_| unknown(text))
}

/// `to=街道`, or a value that any field may have.
fn field(part: &str, base: &Base<'_>) -> (Option<String>, Vec<Value>) {
    let words = Words::get();
    let (name, text) = match part.split_once('=') {
        Some((name, text)) => (Some(words.field(name)), text.trim()),
        None => (None, part.trim()),
    };
    let mut values: Vec<Value> = vec![json!(text), value_of(text, base)];
    values.extend(deadline(text).map(|name| json!(name)));
    values.extend(rung(text).map(|rung| json!(rung.as_str())));
    values.extend(words.value(text).map(|word| json!(word)));
    values.extend(UnitRef::named(text, base.rules).map(|unit| json!(unit)));
    (name, values)
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn every_event_stands_in_the_documentation_with_its_words() {
        let text = include_str!("../../../docs/scenario.md");
        for (name, zh) in Event::NAMES {
            assert!(text.contains(&format!("{zh} `{name}`")), "{name} is not listed in docs/scenario.md");
        }
    }
}
