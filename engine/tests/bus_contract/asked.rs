//! What a unit asks for over the bus, and what the sending system decides: out on its status subject,
//! answered by its decisions.

use domain::case::Life;
use domain::ids::CaseId;
use engine::bus::Stream;
use serde_json::{Value, json};

use crate::world::{World, codes, complaint, envelope};

const CITY: &str = "city-12345";

/// A case that this source sent, with its unit.
async fn case_of(world: &mut World, source: &str, external_id: &str) -> (CaseId, String) {
    let payload = envelope(external_id, "whistlepost.complaint", complaint(external_id));
    world.send(Stream::Intake, &world.subjects.intake(source), payload).await;
    world.intake.step().await.expect("a step");
    world.publish_all().await;
    world.task().await
}

async fn answer(world: &mut World, unit: &str, message: &str, data: Value) {
    world.answer(unit, message, data).await;
    world.responses.step().await.expect("a step");
    world.publish_all().await;
}

async fn decide(world: &mut World, message: &str, data: Value) {
    let payload = envelope(message, "whistlepost.decision", data);
    world.send(Stream::Intake, &world.subjects.intake(CITY), payload).await;
    world.intake.step().await.expect("a step");
    world.publish_all().await;
}

async fn last(world: &World, stream: Stream, kind: &str) -> Value {
    let all = world.envelopes(stream).await;
    let found = all.into_iter().rfind(|event| event["type"] == kind);
    found.unwrap_or_else(|| panic!("no {kind}"))["data"].clone()
}

pub async fn a_return_that_the_city_decides_is_put_to_it_and_carried_out(mut world: World) {
    let (case, unit) = case_of(&mut world, CITY, "R-1").await;
    let back = json!({"case": case, "action": "return", "reason": "not_our_duty", "text": "属市政管养"});
    answer(&mut world, &unit, "a1", back).await;
    assert_eq!(world.life(case).await, Life::AwaitingOutside);
    let asked = last(&world, Stream::Receipts, "whistlepost.status").await;
    assert_eq!((&asked["event"], &asked["asks"]["matter"]), (&json!("OutsideAsked"), &json!("return")));
    assert!(asked["asks"]["answer_by"].is_string() && asked["asks"]["reason"] != json!(""));
    decide(&mut world, "d1", json!({"external_id": "R-1", "decision": "return_approved"})).await;
    assert_eq!(world.life(case).await, Life::PendingDispatch);
    assert_eq!(world.receipts().await.pop().expect("a receipt")["outcome"], "decided");
    let recall = last(&world, Stream::Dispatch, "whistlepost.recall").await;
    assert_eq!((&recall["reason"], &recall["unit"]), (&json!("returned"), &json!(unit)));
    decide(&mut world, "d2", json!({"external_id": "R-1", "decision": "return_approved"})).await;
    let refused = world.receipts().await.pop().expect("a receipt");
    assert_eq!(codes(&refused["faults"]), ["NOT_DISPATCHED"]);
}

pub async fn a_return_that_the_city_refuses_gives_the_unit_its_task_anew(mut world: World) {
    let (case, unit) = case_of(&mut world, CITY, "R-2").await;
    answer(&mut world, &unit, "a1", json!({"case": case, "action": "return", "reason": "outside_area"}))
        .await;
    decide(&mut world, "d1", json!({"external_id": "R-2", "decision": "return_refused", "reason": "属地"}))
        .await;
    assert_eq!(world.life(case).await, Life::Dispatched);
    let task = last(&world, Stream::Dispatch, "whistlepost.dispatch").await;
    assert!(task["sign"].is_object() && task["resolve_by"].is_string(), "{task}");
}

pub async fn an_extension_is_asked_over_the_bus_and_not_taken(mut world: World) {
    let (case, unit) = case_of(&mut world, "12345", "R-3").await;
    answer(&mut world, &unit, "a1", json!({"case": case, "action": "sign"})).await;
    let ask = |told: bool| json!({"case": case, "action": "extension", "by": "2wd", "text": "等配件", "complainant_told": told});
    answer(&mut world, &unit, "a2", ask(false)).await;
    let said = last(&world, Stream::Dispatch, "whistlepost.answer").await;
    assert_eq!(codes(&said["faults"]), ["COMPLAINANT_NOT_TOLD"]);
    answer(&mut world, &unit, "a3", ask(true)).await;
    let said = last(&world, Stream::Dispatch, "whistlepost.answer").await;
    assert_eq!(said["outcome"], "accepted");
    let state = world.engine.case(case).await.expect("the log").expect("the case").state;
    assert!(state.hands.asked.is_some() && state.life == Life::InProgress);
    assert!(state.resolve.is_some_and(|clock| clock.extensions.is_empty()), "asked for, not taken");
}
