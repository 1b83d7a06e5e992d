//! What was stored once is read for ever: one example of every event, as it stands in logs out there.
//! A line of `golden/events.jsonl` is never changed; a new shape is a new line.

use std::collections::BTreeSet;

use domain::stream::Event;

#[derive(serde::Deserialize)]
struct Stored {
    kind: String,
    event_type: String,
    event_version: String,
    payload: serde_json::Value,
}

fn stored() -> Vec<Stored> {
    let text = include_str!("../golden/events.jsonl");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of the file")).collect()
}

#[test]
fn every_event_ever_stored_is_read_and_written_as_it_was() {
    for row in stored() {
        let payload = row.payload.to_string();
        let event = Event::decode(&row.kind, &row.event_type, &row.event_version, &payload);
        let event = event.unwrap_or_else(|error| panic!("{error}"));
        let again: serde_json::Value =
            serde_json::from_str(&event.encode().expect("it encodes")).expect("json");
        assert_eq!(again, row.payload, "{}", row.event_type);
    }
}

#[test]
fn every_event_has_an_example() {
    let notes = include_str!("../../domain/src/intake/event.rs").split("Event::").skip(1);
    let notes = notes
        .filter_map(|rest| rest.split_once("(_) => \""))
        .map(|(name, _)| name)
        .filter(|name| name.chars().all(char::is_alphanumeric));
    let named: BTreeSet<&str> = domain::case::Event::NAMES
        .iter()
        .chain(domain::notify::Event::NAMES)
        .map(|(name, _)| *name)
        .chain(notes)
        .collect();
    assert!(named.len() > 20, "{named:?}");
    let shown: BTreeSet<String> = stored().into_iter().map(|row| row.event_type).collect();
    for name in named {
        assert!(shown.contains(name), "{name} has no example in golden/events.jsonl");
    }
}
