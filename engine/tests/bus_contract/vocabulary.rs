//! A sending system that has words of its own for where a case is: it is told in them, and may decide by
//! them.

use domain::case::Life;
use domain::ids::CaseId;
use engine::bus::Stream;
use serde_json::{Value, json};

use crate::world::{World, codes, complaint, envelope};

async fn sent(world: &mut World, source: &str, kind: &str, message: &str, data: Value) {
    let payload = envelope(message, &format!("whistlepost.{kind}"), data);
    world.send(Stream::Intake, &world.subjects.intake(source), payload).await;
    world.intake.step().await.expect("a step");
    world.publish_all().await;
}

async fn answered(world: &mut World, unit: &str, message: &str, data: Value) {
    world.answer(unit, message, data).await;
    world.responses.step().await.expect("a step");
    world.publish_all().await;
}

async fn case_of(world: &mut World, source: &str) -> (CaseId, String) {
    sent(world, source, "complaint", "m1", complaint("A-1")).await;
    world.task().await
}

/// Each status message: its event, and where the case is in the sender's words.
async fn told(world: &World) -> Vec<String> {
    let messages = world.envelopes(Stream::Receipts).await;
    let statuses = messages.iter().filter(|message| message["type"] == "whistlepost.status");
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |message: &Value| {
        let (event, theirs) = (&message["data"]["event"], &message["data"]["theirs"]);
        [event, &theirs["code"], &theirs["text"], &theirs["stage"]].map(word).join(" ")
    };
    statuses.map(line).collect()
}

pub async fn a_sender_is_told_in_its_own_words(mut world: World) {
    let (case, unit) = case_of(&mut world, "taian-12345").await;
    answered(&mut world, &unit, "a1", json!({"case": case, "action": "sign"})).await;
    answered(
        &mut world,
        &unit,
        "a2",
        json!({"case": case, "action": "result", "text": "已清理", "solved": true}),
    )
    .await;
    let wanted = [
        "CaseDispatched 已派遣 已派遣 处置",
        "CaseSigned 待处置 待处置 处置",
        "ResultSubmitted 已处置 已处置 处置",
    ];
    assert_eq!(told(&world).await, wanted);
    let before: Vec<_> = world.stored(Stream::Receipts).await.into_iter().map(|one| one.payload).collect();
    world.publish_all_anew().await;
    let after: Vec<_> = world.stored(Stream::Receipts).await.into_iter().map(|one| one.payload).collect();
    assert_eq!(before, after, "a publisher that knows nothing says the same");
}

pub async fn a_decision_may_be_said_by_a_code(mut world: World) {
    let source = "wuxi-12345";
    let (case, unit) = case_of(&mut world, source).await;
    answered(&mut world, &unit, "a1", json!({"case": case, "action": "return", "reason": "not_our_duty"}))
        .await;
    assert_eq!(world.life(case).await, Life::AwaitingOutside);
    let last = told(&world).await.pop();
    assert_eq!(last.as_deref(), Some("OutsideAsked 145 等待市级退单反馈 -"));
    sent(&mut world, source, "decision", "d1", json!({"external_id": "A-1", "code": "104"})).await;
    let refused = world.receipts().await.pop().expect("a receipt");
    assert_eq!(codes(&refused["faults"]), ["data.code CODE_DECIDES_NOTHING"]);
    sent(&mut world, source, "decision", "d2", json!({"external_id": "A-1", "code": 159})).await;
    assert_eq!(world.life(case).await, Life::PendingDispatch);
    assert_eq!(world.receipts().await.pop().expect("a receipt")["outcome"], "decided");
}

pub async fn whoever_has_no_table_is_told_by_the_event_alone(mut world: World) {
    case_of(&mut world, "12345").await;
    assert_eq!(told(&world).await, ["CaseDispatched - - -"]);
    sent(&mut world, "12345", "decision", "d1", json!({"external_id": "A-1", "code": "159"})).await;
    let refused = world.receipts().await.pop().expect("a receipt");
    assert_eq!(codes(&refused["faults"]), ["data.code CODE_DECIDES_NOTHING"]);
}
