//! Entries to append, and a look at the whole log.

use domain::case::clocks::{Deadline, DeadlineName};
use domain::context::Actor;
use domain::ids::CaseId;
use domain::stream::{Event, StreamId};
use engine::log::chain::{Fault, Verifier};
use engine::log::{Appended, Entry, NewRow, Receipt, Store, StoredRow};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

pub fn now() -> Timestamp {
    "2026-11-20T08:30:00.123456Z".parse().expect("a time")
}

pub fn minutes(count: i64) -> Timestamp {
    now() + SignedDuration::from_mins(count)
}

pub fn case() -> StreamId {
    StreamId::case(CaseId(Uuid::new_v4()))
}

/// An event of a case, from the JSON that stands in the log.
pub fn case_event(json: &str) -> NewRow {
    let event = Event::Case(serde_json::from_str(json).expect("an event of the case"));
    row(&event, json.to_owned())
}

pub fn row(event: &Event, payload: String) -> NewRow {
    let actor = Actor::person("wang", "U1");
    NewRow {
        event_type: event.event_type(),
        payload,
        occurred_at: minutes(-5).as_microsecond(),
        actor: serde_json::to_string(&actor).expect("an actor"),
        correlation: Uuid::new_v4(),
        causation: Uuid::new_v4(),
    }
}

/// So many events for a stream whose last event the caller saw at `expected`.
pub fn entry(stream: StreamId, expected: u64, events: u64) -> Entry {
    let event = |number| case_event(&format!(r#"{{"ReporterRevealed":{{"purpose":"核实 {number}"}}}}"#));
    Entry {
        stream,
        expected,
        seen: None,
        events: (0..events).map(event).collect(),
        command_id: Uuid::new_v4(),
        content_hash: [7; 32],
        next_deadline: None,
        new_key: None,
    }
}

pub fn with_deadline(entry: Entry, name: DeadlineName, due_at: Timestamp) -> Entry {
    Entry { next_deadline: Some(Deadline { name, due_at }), ..entry }
}

/// Appends one entry that nothing speaks against.
pub async fn append(store: &impl Store, entry: Entry) -> Receipt {
    let mut outcomes = store.append(&[entry], now()).await.expect("the store answers").outcomes;
    written(outcomes.remove(0))
}

pub fn written(outcome: Appended) -> Receipt {
    match outcome {
        Appended::Written(receipt) => receipt,
        other => panic!("not written: {other:?}"),
    }
}

/// The whole log, in small pages.
pub async fn all(store: &impl Store) -> Vec<StoredRow> {
    let mut rows: Vec<StoredRow> = Vec::new();
    loop {
        let after = rows.last().map_or(0, |row| row.position);
        let page = store.read_after(after, 500).await.expect("the store answers");
        if page.is_empty() {
            return rows;
        }
        rows.extend(page);
    }
}

/// Everything that is wrong with the log, its end included.
pub async fn faults(store: &impl Store) -> Vec<Fault> {
    let mut verifier = Verifier::default();
    let rows = all(store).await;
    let mut faults: Vec<_> = rows.iter().flat_map(|row| verifier.feed(row)).collect();
    faults.extend(verifier.end(&store.head().await.expect("the store answers")));
    faults
}

/// A log of three cases with two events each, written in turns: six rows.
pub async fn three_cases(store: &impl Store) -> Vec<StreamId> {
    let streams = vec![case(), case(), case()];
    for expected in 0..2 {
        for stream in &streams {
            append(store, entry(*stream, expected, 1)).await;
        }
    }
    streams
}
