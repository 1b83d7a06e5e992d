//! What a notification says, in one of the two languages: made of its template and the facts that a message
//! may have, and of nothing else.

use jiff::tz::TimeZone;

use super::event::About;
use crate::case::Event as CaseEvent;
use crate::context::Rulebook;
use crate::ids::UnitId;

/// Subject and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Subject.
    pub title: String,
    /// Text.
    pub body: String,
}

/// The message of a template about this; `link` leads to the case.
pub fn message(
    template: &str,
    (event, about): (&str, &About),
    rules: &Rulebook,
    link: &str,
    english: bool,
) -> Message {
    let fact = |field: &str| value(field, event, about, rules, link, english);
    match rules.policy.notify.templates.get(template) {
        Some(found) => {
            let (title, body) =
                if english { (&found.title_en, &found.en) } else { (&found.title_zh, &found.zh) };
            Message { title: fill(title, &fact), body: fill(body, &fact) }
        }
        // The rules have changed since: what is known is said all the same.
        None => Message {
            title: format!("{} {}", fact("event"), about.case_no),
            body: format!("{} {} {}", fact("event"), about.case_no, link).trim().to_owned(),
        },
    }
}

fn fill(text: &str, fact: &dyn Fn(&str) -> String) -> String {
    let mut parts = text.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (field, rest) = part.split_once('}').unwrap_or((part, ""));
        filled.push_str(&fact(field));
        filled.push_str(rest);
    }
    filled
}

fn value(field: &str, event: &str, about: &About, rules: &Rulebook, link: &str, english: bool) -> String {
    match field {
        "case_no" => about.case_no.clone(),
        "item" => {
            let item = about.item.as_ref().and_then(|code| rules.policy.catalogue.item(code));
            item.map_or_else(|| pick("未定事项", "an item not known yet", english), |item| item.name.clone())
        }
        "place" => about
            .place
            .as_ref()
            .map_or_else(|| pick("地点未定", "place not known", english), |unit| name(unit, rules, english)),
        "unit" => about.unit.as_ref().map_or_else(String::new, |unit| name(unit, rules, english)),
        "due" => about.due_at.map_or_else(
            || pick("无", "none", english),
            |at| at.to_zoned(zone(rules)).strftime("%Y-%m-%d %H:%M").to_string(),
        ),
        "event" => event_name(event, english),
        "link" => link.to_owned(),
        _ => String::new(),
    }
}

/// What a message calls an event of a case.
pub fn event_name(event: &str, english: bool) -> String {
    let known = CaseEvent::NAMES.iter().find(|(name, _)| *name == event);
    known.map_or_else(|| event.to_owned(), |(name, zh)| if english { words(name) } else { (*zh).to_owned() })
}

/// `CaseDispatched` in words: `case dispatched`.
fn words(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    for (place, c) in name.char_indices() {
        if c.is_uppercase() && place > 0 {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}

fn pick(zh: &str, en: &str, english: bool) -> String {
    if english { en } else { zh }.to_owned()
}

fn zone(rules: &Rulebook) -> TimeZone {
    rules.calendar.zone().clone()
}

fn name(unit: &UnitId, rules: &Rulebook, english: bool) -> String {
    let found = rules.org.unit(unit);
    let named =
        found.map(|unit| if english && !unit.name_en.is_empty() { &unit.name_en } else { &unit.name });
    named.cloned().unwrap_or_else(|| unit.to_string())
}
