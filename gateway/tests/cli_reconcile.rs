//! `reconcile`: an integrator compares a day.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::{code, complaint, import, jsonl, last_json, run, stdout};
use domain::context::Actor;
use domain::intake::Complaint;
use engine::intake::{Arrival, Intake};
use gateway::compose::{House, Settings};
use serde_json::json;

/// Takes a complaint in, twice, as a running service does; the day.
fn live(data: &Path) -> String {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let rules = Arc::new(domain::sample::rulebook().expect("the sample's rules"));
        let house = House::open(Settings::new(data, rules)).await.expect("a house");
        let now = house.engine.now();
        let intake = Intake::new(house.engine.clone());
        for number in [1, 1, 2] {
            let complaint = Complaint::from_json(complaint(number), "test", now).expect("well-formed");
            let actor = Actor { id: "bus:test".to_owned(), unit: None };
            let message = uuid::Uuid::new_v4();
            let arrival = Arrival::live(complaint, actor).by_message(message, now);
            intake.receive(arrival).await.expect("taken in");
        }
        house.rules().calendar.date_of(now).to_string()
    })
}

#[test]
fn a_day_of_a_source_is_listed_and_imports_are_not_in_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = jsonl(dir.path(), "a.jsonl", (10..20).map(complaint));
    import(dir.path(), &path, &[]);
    let day = live(dir.path());
    let output = run(dir.path(), &["reconcile", "--source", "test", "--day", &day]);
    assert_eq!(code(&output), 0);
    let text = stdout(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "external_id,case_no,receipts,state,test,message");
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[1].starts_with("T-00001,") && lines[1].contains(",accepted:1 duplicate:1,"), "{text}");
    assert!(lines[2].starts_with("T-00002,") && lines[2].contains(",accepted:1,"), "{text}");
    let document = last_json(&run(dir.path(), &["--json", "reconcile", "--source", "test", "--day", &day]));
    assert_eq!(document["day"], json!(day));
    assert_eq!(document["entries"][0]["receipts"], json!({"accepted": 1, "duplicate": 1}));
    let other = last_json(&run(dir.path(), &["--json", "reconcile", "--source", "nobody", "--day", &day]));
    assert_eq!(other["entries"], json!([]));
    assert_eq!(code(&run(dir.path(), &["reconcile", "--source", "test", "--day", "yesterday"])), 2);
}
