//! The readers take what the schemas allow and refuse what they forbid: every field is given everything
//! that could be told apart by one of its bounds, and both are asked.

use domain::intake::{Complaint, Order, OrderKind};
use engine::bus::cloudevent::Kind;
use engine::bus::{Stream, schema};
use serde_json::{Value, json};

use crate::carriers::Carrier;
use crate::documented::validator;
use crate::world::World;

const CASE: &str = "0190b7a4-7c1e-7f00-8a00-000000000001";

/// Words that are told apart somewhere.
const WORDS: &[&str] = &[
    "",
    " ",
    "x",
    "9",
    "-1",
    "1.5",
    "90.0",
    "91",
    "180",
    "180.5",
    "a\u{1}b",
    "true",
    "0",
    "2026-11-20",
    "2026-11-20T09:00:00",
    "2026-11-20T09:00:00+08:00",
    "1700-01-01T00:00:00Z",
    "1800-06-01T00:00:00Z",
    "2199-06-01T00:00:00Z",
    "2201-01-01T00:00:00Z",
    CASE,
    "https://a",
    "https://",
    "https://a b",
    "s3://a",
    "nats://a",
    "ftp://a",
    "sign",
    "contact",
    "result",
    "respond",
    "arrive",
    "decline",
    "finish",
    "satisfied",
    "fairly_satisfied",
    "dissatisfied",
    "no_answer",
    "extension_granted",
    "extension_refused",
    "closing_confirmed",
    "closing_refused",
    "return_approved",
    "not_our_duty",
    "5wd",
    "5 days",
];

/// What a field may be given: each kind of value, and both sides of each bound.
fn values() -> Vec<Value> {
    let mut values = vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(90),
        json!(91),
        json!(180),
        json!(180.5),
        json!(2_147_483_648_u64),
        json!(2_147_483_649_u64),
        json!(u64::MAX),
        json!([]),
        json!([null]),
        json!({}),
        json!({"uri": "https://a"}),
    ];
    values.extend(WORDS.iter().map(|word| json!(word)));
    values.extend([63, 64, 65].map(|length| json!("a".repeat(length))));
    values.extend([200, 201, 1_000, 1_001, 20_000, 20_001].map(|length| json!("长".repeat(length))));
    values.extend([992, 993].map(|length| json!(format!("https://{}", "a".repeat(length)))));
    values.extend([20, 21].map(|length| json!(vec![json!({"uri": "https://a"}); length])));
    values
}

/// Every place of the document, each given every value, and each left out.
fn variants(document: &Value, fields: &[String]) -> Vec<(String, Value, Value)> {
    let mut variants = Vec::new();
    for field in fields {
        let (parent, name) = field.rsplit_once('/').expect("a path");
        let mut without = document.clone();
        let Some(object) = without.pointer_mut(parent).and_then(Value::as_object_mut) else { continue };
        object.remove(name);
        for value in values() {
            let mut with = without.clone();
            with.pointer_mut(parent).expect("the parent")[name] = value.clone();
            variants.push((field.clone(), value, with));
        }
        variants.push((field.clone(), json!("(left out)"), without));
    }
    variants
}

/// The fields that the schema names, with those inside them, as paths.
fn fields(schema: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        found.push(format!("{at}/{name}"));
        found.extend(fields(inner, &format!("{at}/{name}")));
        found.extend(fields(&inner["items"], &format!("{at}/{name}/0")));
    }
    found
}

/// What the readers take without the schema promising it, so that no sender comes to rely on it.
fn forgiven(field: &str, value: &Value, document: &Value) -> Option<&'static str> {
    let name = field.rsplit('/').next()?;
    let blank = value.as_str().is_some_and(|text| text.trim().is_empty());
    let number = value.is_number();
    match name {
        "due_at" | "closed_at" | "replied_at" | "at" | "until" if blank => Some("a blank time is none"),
        "test" | "anonymous" | "confidential" | "contacted" | "solved" if blank => Some("a blank flag is no"),
        "test" | "anonymous" | "confidential" | "contacted" | "solved"
            if matches!(value.as_str(), Some("true" | "0")) =>
        {
            Some("a flag as a word, as tables have it")
        }
        "source" if number => Some("the consumer compares it with the subject afterwards"),
        "until" if document["decision"] != "extension_granted" => Some("not read"),
        "case" if blank => Some("a blank case is none; its number counts"),
        "text" | "case_no" | "channel" | "solved" | "reason" | "suggested" | "by" | "complainant_told"
        | "place"
            if document["action"].is_string() =>
        {
            Some("read by some actions")
        }
        _ => None,
    }
}

/// Where reader and schema part, for every variant of these documents.
fn partings(kind: Kind, documents: &[Value], takes: impl Fn(&Value) -> bool) -> Vec<String> {
    let schema = schema::of(kind);
    let (validator, fields) = (validator(&schema), fields(&schema, ""));
    let mut partings = Vec::new();
    let mut asked = (0, 0);
    for document in documents {
        assert!(validator.is_valid(document) && takes(document), "{document}");
        for (field, value, document) in variants(document, &fields) {
            let (promised, taken) = (validator.is_valid(&document), takes(&document));
            if promised {
                asked.0 += 1
            } else {
                asked.1 += 1
            }
            if promised && !taken {
                partings.push(format!("{field} {value:.60}: promised, and refused"));
            } else if taken && !promised && forgiven(&field, &value, &document).is_none() {
                partings.push(format!("{field} {value:.60}: taken, and not promised"));
            }
        }
    }
    assert!(asked.0 > 10 && asked.1 > 30, "both answers were asked for: {asked:?}");
    partings
}

#[test]
fn complaints_are_read_as_their_schema_says() {
    let now = "2200-01-01T00:00:00Z".parse().expect("a time");
    let time = "2026-11-20T09:00:00+08:00";
    let whole = json!({
        "external_id": "A-1", "received_at": time, "title": "路灯不亮", "text": "三天了。",
        "reporter": {"name": "甲"}, "attachments": [{"uri": "https://a"}],
    });
    let bare = json!({"received_at": time, "text": "三天了。"});
    let takes = |document: &Value| Complaint::from_json(document.clone(), "12345", now).is_ok();
    assert_eq!(partings(Kind::Complaint, &[whole, bare], takes), Vec::<String>::new());
}

#[test]
fn what_is_said_afterwards_is_read_as_its_schema_says() {
    let time = "2026-11-20T09:00:00+08:00";
    let documents = [
        (OrderKind::Withdrawal, vec![json!({"external_id": "A-1"})]),
        (
            OrderKind::Rating,
            vec![json!({"external_id": 7, "contacted": true, "solved": true, "satisfaction": "satisfied"})],
        ),
        (OrderKind::Due, vec![json!({"external_id": "A-1", "due_at": time})]),
        (
            OrderKind::Decision,
            vec![
                json!({"external_id": "A-1", "decision": "extension_granted", "until": time}),
                json!({"external_id": "A-1", "decision": "closing_refused", "reason": "未解决"}),
                json!({"external_id": "A-1", "decision": "closing_confirmed"}),
            ],
        ),
    ];
    for (kind, documents) in documents {
        let takes = |document: &Value| Order::from_json(document.clone(), kind).is_ok();
        assert_eq!(partings(Kind::Order(kind), &documents, takes), Vec::<String>::new(), "{kind:?}");
    }
}

/// The reader of answers stands behind the bus: what it could read is then refused for its case.
#[tokio::test]
async fn answers_are_read_as_their_schema_says() {
    let schema = schema::of(Kind::Response);
    let (validator, fields) = (validator(&schema), fields(&schema, ""));
    let documents = [
        json!({"case": CASE, "action": "sign"}),
        json!({"case": CASE, "action": "contact", "text": "已联系", "channel": "phone"}),
        json!({"case": CASE, "case_no": "X", "action": "result", "text": "已清理", "solved": true}),
        json!({"case_no": "X", "action": "sign"}),
        json!({"case": CASE, "action": "return", "reason": "not_our_duty", "text": "属市政", "suggested": "D-huanwei"}),
        json!({"case": CASE, "action": "extension", "by": "5wd", "text": "等配件", "complainant_told": true}),
    ];
    let variants: Vec<_> = documents.iter().flat_map(|document| variants(document, &fields)).collect();
    let mut world = World::new(Carrier::in_process()).await;
    world.responses = world.responses.with_resolver(std::sync::Arc::new(|_| Box::pin(async { Ok(None) })));
    for (number, (_, _, document)) in variants.iter().enumerate() {
        world.answer("D-chengguan", &format!("v{number}"), document.clone()).await;
    }
    let mut taken = 0;
    while taken < variants.len() {
        let step = world.responses.step().await.expect("a step");
        assert!(step.done > 0, "{step:?}");
        taken += step.done;
    }
    let letters = world.envelopes(Stream::Dead).await;
    assert_eq!(letters.len(), variants.len());
    let mut partings = Vec::new();
    for ((field, value, document), letter) in variants.iter().zip(&letters) {
        let faults = letter["data"]["faults"].as_array().expect("faults");
        let taken = faults.iter().all(|fault| fault["code"] == "CASE_NOT_FOUND");
        let promised = validator.is_valid(document);
        if promised && !taken {
            partings.push(format!("{field} {value:.60}: promised, and refused: {faults:?}"));
        } else if taken && !promised && forgiven(field, value, document).is_none() {
            partings.push(format!("{field} {value:.60}: taken, and not promised"));
        }
    }
    assert_eq!(partings, Vec::<String>::new());
}
