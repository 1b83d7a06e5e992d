//! What cannot be taken in: never dropped, never in the way.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use engine::bus::dead::DeadLetter;
use engine::bus::intake::{IntakeConsumer, Taken};
use engine::bus::{BusError, Outgoing, Stream};
use serde_json::json;

use crate::lost::Failing;
use crate::world::{World, codes, complaint, envelope, payload_of};

pub async fn what_is_malformed_goes_to_the_dead_and_the_queue_goes_on(mut world: World) {
    let whole = envelope("m0", "whistlepost.complaint", complaint("WZ-0"));
    let truncated = whole[..whole.len() - 9].to_vec();
    let mut bad_utf8 = whole.clone();
    let at = whole.len() - 4;
    bad_utf8[at] = 0xff;
    let mut nul = whole.clone();
    nul[at] = 0;
    let wrong = envelope(
        "m4",
        "whistlepost.complaint",
        json!({"external_id": "WZ-9", "received_at": 7, "text": [], "lat": 99, "reporter": {"name": 1}}),
    );
    let nul_inside = envelope(
        "m5",
        "whistlepost.complaint",
        json!({
            "received_at": "2026-11-20T09:00:00+08:00", "text": "x", "external_id": "a\u{0}b"
        }),
    );
    let empty = Vec::new();
    let bad = [truncated, bad_utf8, nul, wrong, nul_inside, empty];
    let subject = world.subjects.intake("12345");
    for payload in &bad {
        world.send(Stream::Intake, &subject, payload.clone()).await;
    }
    world.complain("m6", complaint("WZ-10")).await;

    assert_eq!(world.intake.step().await.expect("a step"), Taken { done: 7, dead: 6, later: 0 });
    assert_eq!(world.intake.step().await.expect("a step"), Taken::default(), "no poison loop");
    world.publish_all().await;
    let letters = world.envelopes(Stream::Dead).await;
    assert_eq!(letters.iter().map(payload_of).collect::<Vec<_>>(), bad);
    let refused: Vec<_> =
        world.receipts().await.into_iter().filter(|receipt| receipt["outcome"] == "refused").collect();
    let told: Vec<_> = letters.iter().map(|letter| codes(&letter["data"]["faults"])).collect();
    // Each refusal is on its own way into the log: the one of another message may be first.
    let receipts = refused.iter().map(|receipt| codes(&receipt["faults"]));
    assert_eq!(receipts.collect::<BTreeSet<_>>(), told.iter().cloned().collect());
    assert_eq!(told[..3], [["NOT_JSON"], ["NOT_UTF8"], ["NOT_JSON"]]);
    assert_eq!(
        told[3],
        [
            "data.received_at WRONG_TYPE",
            "data.text WRONG_TYPE",
            "data.reporter.name WRONG_TYPE",
            "data.lat OUT_OF_RANGE"
        ]
    );
    assert_eq!(refused.len(), told.len());
    assert!(refused.iter().any(|receipt| receipt["external_id"] == "WZ-9"), "{refused:?}");
    assert_eq!(told[4], ["data.external_id CONTROL_CHARACTER"]);
    assert_eq!(world.cases().await, 1);

    let huge = Outgoing { subject, id: "huge".to_owned(), mark: None, payload: vec![b'x'; 10_000_000] };
    let sent = world.bus.publish(Stream::Intake, None, &[huge]).await;
    assert!(matches!(sent, Err(BusError::TooLarge(10_000_000))), "{sent:?}");
    world.complain("m7", complaint("WZ-11")).await;
    assert_eq!(world.intake.step().await.expect("a step").done, 1, "the queue goes on");
}

pub async fn nobody_speaks_for_another_source(mut world: World) {
    let mut data = complaint("WZ-1");
    data["source"] = json!("city");
    world.complain("m1", data).await;
    assert_eq!(world.intake.step().await.expect("a step"), Taken { done: 1, dead: 1, later: 0 });
    world.publish_all().await;
    let message = &world.stored(Stream::Receipts).await[0];
    assert_eq!(message.subject, world.subjects.receipt("12345"));
    assert_eq!(codes(&world.receipts().await[0]["faults"]), ["data.source SOURCE_MISMATCH"]);
}

pub async fn a_letter_can_be_replayed_byte_for_byte(mut world: World) {
    world.complain("m1", json!({"received_at": "yesterday", "text": "路灯不亮"})).await;
    world.intake.step().await.expect("a step");
    let letter = DeadLetter::read(&world.stored(Stream::Dead).await[0]).expect("a letter");
    letter.replay(world.bus.as_ref(), &world.subjects, None).await.expect("replayed");
    let messages = world.stored(Stream::Intake).await;
    assert_eq!(messages[0].payload, messages[1].payload);
    assert_eq!(world.intake.step().await.expect("a step").dead, 1, "still malformed");
    world.publish_all().await;
    assert_eq!(world.receipts().await.len(), 1, "the same message is refused once");
}

pub async fn an_answer_that_cannot_be_applied_is_dead_with_its_code(mut world: World) {
    world.complain("m1", complaint("WZ-6")).await;
    world.intake.step().await.expect("a step");
    world.publish_all().await;
    let (case, unit) = world.task().await;
    let nobody = uuid::Uuid::from_u128(1);
    world.answer(&unit, "a1", json!({"case": nobody, "action": "sign"})).await;
    world.answer(&unit, "a2", json!({"case": nobody, "action": "result", "text": "done"})).await;
    world.answer("D-chengguan", "a3", json!({"case": case, "action": "sign"})).await;
    world.answer(&unit, "a4", json!({"case": "x", "action": "dance"})).await;
    world.answer(&unit, "a5", json!({"action": "extend"})).await;
    world.answer(&unit, "a6", json!({"case": case, "action": "result"})).await;
    world.answer(&unit, "a7", json!({"case": case, "action": "sign"})).await;
    assert_eq!(world.responses.step().await.expect("a step"), Taken { done: 7, dead: 6, later: 0 });
    let letters = world.envelopes(Stream::Dead).await;
    let told: Vec<_> = letters.iter().map(|letter| codes(&letter["data"]["faults"]).join(", ")).collect();
    assert_eq!(
        told[..4],
        [
            "CASE_NOT_FOUND",
            "CASE_NOT_FOUND",
            "NOT_YOUR_UNIT",
            "data.case WRONG_TYPE, data.action UNKNOWN_ACTION",
        ]
    );
    assert_eq!(told[4], "data.case FIELD_MISSING, data.action UNKNOWN_ACTION");
    assert_eq!(told[5], "data.text FIELD_MISSING");
}

pub async fn what_we_fail_to_take_in_comes_again(mut world: World) {
    // The dead cannot be written: the malformed message stays, the good one goes through.
    let failing = Failing::on(world.bus.clone(), Stream::Dead);
    let short = Duration::from_millis(300);
    let mut intake =
        IntakeConsumer::new(world.engine.clone(), Arc::new(failing), world.subjects.clone(), short);
    world.send(Stream::Intake, &world.subjects.intake("12345"), b"{".to_vec()).await;
    world.complain("m1", complaint("WZ-7")).await;
    assert_eq!(intake.step().await.expect("a step"), Taken { done: 1, dead: 0, later: 1 });
    assert_eq!(intake.step().await.expect("a step"), Taken::default(), "put off for a second");
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    assert_eq!(world.intake.step().await.expect("a step"), Taken { done: 1, dead: 1, later: 0 });
}
