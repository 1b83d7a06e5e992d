//! What `docs/` says to integrators is what the program does: every example, and every message that
//! really goes out, fits its schema.

use std::collections::BTreeSet;
use std::path::PathBuf;

use domain::intake::{Complaint, Order};
use engine::bus::Stream;
use engine::bus::cloudevent::{Envelope, Kind};
use engine::bus::intake::MESSAGE;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::carriers::Carrier;
use crate::world::{World, complaint};

pub fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

fn schema(name: &str) -> Value {
    let text =
        std::fs::read_to_string(docs().join("schemas").join(format!("{name}.json"))).expect("a schema");
    serde_json::from_str(&text).expect("JSON")
}

/// What does not fit, and where.
fn misfits(schema: &Value, value: &Value) -> Vec<String> {
    let validator = validator(schema);
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path)).collect()
}

pub fn validator(schema: &Value) -> Validator {
    let options = jsonschema::options().should_validate_formats(true);
    options.build(schema).expect("a schema of JSON Schema 2020-12")
}

/// The message's kind; complains about what does not fit.
fn check(message: &Value) -> String {
    let envelope = schema("envelope");
    let kind = message["type"]
        .as_str()
        .and_then(|kind| kind.strip_prefix("whistlepost."))
        .expect("a type")
        .to_owned();
    let data = schema(&kind);
    let found = [misfits(&envelope, message), misfits(&data, &message["data"])].concat();
    assert_eq!(found, Vec::<String>::new(), "{message:#}");
    kind
}

fn examples() -> Vec<Value> {
    let page = std::fs::read_to_string(docs().join("bus.md")).expect("the page");
    let blocks = page.split("```json").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.map(|block| serde_json::from_str(block).expect("an example")).collect()
}

#[test]
fn every_example_of_the_page_fits_its_schema_and_can_be_read() {
    let examples = examples();
    let kinds: BTreeSet<String> = examples.iter().map(check).collect();
    assert_eq!(kinds.len(), Kind::ALL.len(), "{kinds:?}");
    for kind in Kind::INTAKE.into_iter().chain([Kind::Response]) {
        for example in examples.iter().filter(|example| example["type"] == kind.type_name()) {
            let read = Envelope::read(example.to_string().as_bytes(), kind);
            assert_eq!(read.faults, []);
            if let (Kind::Order(kind), Some(data)) = (kind, read.data) {
                assert_eq!(Order::from_json(data, kind).err(), None);
            }
        }
    }
    let now = "2026-11-20T12:00:00+08:00".parse().expect("a time");
    Complaint::from_json(examples[0]["data"].clone(), "12345", now).expect("well-formed");
    let page = std::fs::read_to_string(docs().join("bus.md")).expect("the page");
    assert!(page.contains(&MESSAGE.to_string()), "the name space of message ids");
}

#[tokio::test]
async fn every_message_that_goes_out_fits_its_schema() {
    let mut world = World::new(Carrier::in_process()).await;
    let mut test_order = complaint("D-1");
    test_order["test"] = json!(true);
    world.complain("m1", test_order).await;
    world.complain("m2", json!({"received_at": 1})).await;
    world.intake.step().await.expect("a step");
    world.publish_all().await;
    let (case, unit) = world.task().await;
    world.complain("m3", complaint("D-1")).await;
    world.complain("m4", complaint("D-1")).await;
    world.intake.step().await.expect("a step");
    world.answer(&unit, "a1", json!({"case": case, "action": "sign"})).await;
    world.answer(&unit, "a2", json!({"case": case, "action": "contact"})).await;
    world.answer(&unit, "a3", json!({"case": case, "action": "result", "text": "已清理。"})).await;
    world.answer(&unit, "a4", json!({"case": case, "action": "result", "text": "已清理。"})).await;
    world.responses.step().await.expect("a step");
    world.publish_all().await;

    let mut kinds = BTreeSet::new();
    for stream in [Stream::Receipts, Stream::Dispatch, Stream::Events, Stream::Dead] {
        for message in world.envelopes(stream).await {
            kinds.insert(check(&message));
        }
    }
    assert_eq!(kinds.len(), 6, "{kinds:?}");
    assert_eq!(world.envelopes(Stream::Dispatch).await[0]["data"]["test"], true);
}
