//! What a sending system says about a complaint that it sent: withdrawn, rated, due, decided; early,
//! late, twice and out of order.

use std::time::Duration;

use domain::case::Life;
use domain::ids::CaseId;
use engine::bus::Stream;
use engine::bus::intake::{IntakeConsumer, Taken};
use engine::deadlines::Sweeper;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::world::{World, codes, complaint, envelope};

async fn order(world: &World, source: &str, message: &str, kind: &str, data: Value) {
    let payload = envelope(message, &format!("whistlepost.{kind}"), data);
    world.send(Stream::Intake, &world.subjects.intake(source), payload).await;
}

async fn outcomes(world: &mut World) -> Vec<String> {
    world.publish_all().await;
    let receipts = world.receipts().await;
    receipts.iter().map(|receipt| receipt["outcome"].as_str().expect("an outcome").to_owned()).collect()
}

async fn case_of(world: &mut World, external_id: &str) -> (CaseId, String) {
    world.complain(external_id, complaint(external_id)).await;
    world.intake.step().await.expect("a step");
    world.publish_all().await;
    let tasks = world.envelopes(Stream::Dispatch).await;
    let task = tasks.last().expect("a task");
    let case = task["data"]["case"].as_str().expect("a case").parse().expect("a uuid");
    (CaseId(case), task["data"]["unit"].as_str().expect("a unit").to_owned())
}

fn later(hours: i64) -> String {
    Timestamp::now().checked_add(SignedDuration::from_hours(hours)).expect("a time").to_string()
}

pub async fn a_withdrawn_order_is_closed_and_its_unit_is_told(mut world: World) {
    let (case, unit) = case_of(&mut world, "O-1").await;
    order(&world, "12345", "w1", "withdrawal", json!({"external_id": "O-1", "reason": "来电撤销"})).await;
    assert_eq!(world.intake.step().await.expect("a step"), Taken { done: 1, dead: 0, later: 0 });
    assert_eq!(world.life(case).await, Life::Closed);
    assert_eq!(outcomes(&mut world).await, ["accepted", "withdrawn"]);
    let recall = world.stored(Stream::Dispatch).await.pop().expect("a message");
    assert_eq!(recall.subject, world.subjects.dispatch(&unit));
    let recall: Value = serde_json::from_slice(&recall.payload).expect("JSON");
    assert_eq!((&recall["type"], &recall["sequence"]), (&json!("whistlepost.recall"), &json!("0000000002")));
    // The same message again is answered, and does nothing; another withdrawal is refused.
    order(&world, "12345", "w1", "withdrawal", json!({"external_id": "O-1", "reason": "来电撤销"})).await;
    order(&world, "12345", "w2", "withdrawal", json!({"external_id": "O-1"})).await;
    world.intake.step().await.expect("a step");
    assert_eq!(outcomes(&mut world).await, ["accepted", "withdrawn", "duplicate", "refused"]);
    let refused = world.receipts().await.pop().expect("a receipt");
    assert_eq!(
        (codes(&refused["faults"]), &refused["about"]),
        (vec!["CASE_IS_CLOSED".into()], &json!("withdrawal"))
    );
}

pub async fn a_due_time_set_outside_moves_the_limit_and_the_unit_gets_its_task_anew(mut world: World) {
    let (case, _) = case_of(&mut world, "O-2").await;
    let due_at = later(1);
    order(&world, "12345", "d1", "due", json!({"external_id": "O-2", "due_at": due_at})).await;
    world.intake.step().await.expect("a step");
    assert_eq!(outcomes(&mut world).await, ["accepted", "due_set"]);
    let due_at = due_at.parse::<Timestamp>().expect("a time");
    let due_at = Timestamp::from_microsecond(due_at.as_microsecond()).expect("a time");
    let state = world.engine.case(case).await.expect("the log").expect("the case").state;
    assert_eq!(state.resolve.as_ref().map(|clock| clock.due_at), Some(due_at));
    // The sweep's own row is the state's next deadline: never later than the city's.
    let rows = world.store.deadlines_after(None, 10).await.expect("the rows");
    assert_eq!(Some(rows[0].deadline.clone()), state.next_deadline());
    assert!(rows[0].deadline.due_at <= due_at);
    let task = world.envelopes(Stream::Dispatch).await.pop().expect("a task");
    assert_eq!(task["data"]["resolve_by"], json!(due_at));
}

pub async fn every_unit_that_a_late_order_climbs_to_is_told_the_limit_of_the_city(mut world: World) {
    let passed = later(-1).parse::<Timestamp>().expect("a time");
    let mut data = complaint("O-11");
    data["due_at"] = json!(passed);
    world.complain("m1", data).await;
    world.intake.step().await.expect("a step");
    let mut sweeper = Sweeper::new(world.engine.clone());
    while sweeper.step().await.expect("a sweep") > 0 {}
    world.publish_all().await;
    let tasks = world.envelopes(Stream::Dispatch).await;
    let rungs: Vec<_> = tasks.iter().map(|task| task["data"]["rung"].as_str().expect("a rung")).collect();
    assert_eq!(rungs, ["community", "station", "street", "district"]);
    for task in &tasks {
        let told = task["data"]["resolve_by"].as_str().and_then(|time| time.parse::<Timestamp>().ok());
        assert_eq!(told.map(Timestamp::as_microsecond), Some(passed.as_microsecond()), "{task}");
    }
    // The district's days to answer are named as such.
    let days = &tasks[3]["data"]["district_answer"]["due_at"];
    assert!(days.as_str().expect("a limit").parse::<Timestamp>().expect("a time") > Timestamp::now());
    assert!(tasks[..3].iter().all(|task| task["data"]["district_answer"].is_null()));

    // A limit that moves is told to the lead and to whoever answers above it.
    let due_at = later(24);
    order(&world, "12345", "d1", "due", json!({"external_id": "O-11", "due_at": due_at})).await;
    world.intake.step().await.expect("a step");
    world.publish_all().await;
    let tasks = world.envelopes(Stream::Dispatch).await;
    let told: Vec<_> = tasks[4..].iter().map(|task| (&task["data"]["role"], &task["data"]["rung"])).collect();
    assert_eq!(told, [(&json!("lead"), &json!("community")), (&json!("superior"), &json!("district"))]);
    assert_eq!(tasks[4]["data"]["resolve_by"], tasks[5]["data"]["resolve_by"]);
}

pub async fn a_due_time_that_was_set_earlier_and_comes_later_is_told_and_changes_nothing(mut world: World) {
    let (case, _) = case_of(&mut world, "O-9").await;
    let (first, second) = (Timestamp::now(), Timestamp::now() + Duration::from_secs(1));
    for (message, hours, at) in [("d2", 2, second), ("d1", 1, first)] {
        let data = json!({"external_id": "O-9", "due_at": later(hours), "at": at});
        order(&world, "12345", message, "due", data).await;
        world.intake.step().await.expect("a step");
    }
    assert_eq!(outcomes(&mut world).await, ["accepted", "due_set", "stale"]);
    let told = world.receipts().await.pop().expect("a receipt");
    assert_eq!(told["about"], "due");
    let state = world.engine.case(case).await.expect("the log").expect("the case").state;
    let known = state.outside_due_at.expect("a due time");
    assert!(known > Timestamp::now() + Duration::from_secs(90 * 60), "{known}: the newer one stands");
}

pub async fn decisions_and_ratings_of_the_city_are_carried_out(mut world: World) {
    let (case, unit) = case_of(&mut world, "O-3").await;
    order(
        &world,
        "12345",
        "e1",
        "decision",
        json!({"external_id": "O-3", "decision": "extension_granted", "until": later(24 * 60)}),
    )
    .await;
    world.intake.step().await.expect("a step");
    for (message, data) in [
        ("a1", json!({"case": case, "action": "sign"})),
        ("a2", json!({"case": case, "action": "result", "text": "已清理。"})),
    ] {
        world.answer(&unit, message, data).await;
    }
    world.responses.step().await.expect("a step");
    let refused = json!({"external_id": "O-3", "decision": "closing_refused", "reason": "照片不清"});
    order(&world, "12345", "e2", "decision", refused).await;
    order(
        &world,
        "12345",
        "r1",
        "rating",
        json!({"external_id": "O-3", "contacted": true, "solved": true, "satisfaction": "satisfied"}),
    )
    .await;
    assert_eq!(world.intake.step().await.expect("a step"), Taken { done: 2, dead: 1, later: 0 });
    assert_eq!(world.life(case).await, Life::InProgress, "back to work");
    assert_eq!(outcomes(&mut world).await, ["accepted", "decided", "decided", "refused"]);
    assert_eq!(codes(&world.receipts().await[3]["faults"]), ["NO_RESULT_YET"]);
    // Numbered without a gap: who reads them sees at once where one is missing.
    let told = world.envelopes(Stream::Receipts).await;
    let numbers: Vec<_> = told.iter().filter_map(|message| message["sequence"].as_str()).collect();
    let expected: Vec<_> = (1..=numbers.len()).map(|number| format!("{number:010}")).collect();
    assert_eq!(numbers, expected);
}

pub async fn what_comes_before_its_complaint_waits_for_it(mut world: World) {
    order(&world, "12345", "w1", "withdrawal", json!({"external_id": "O-4"})).await;
    assert_eq!(world.intake.step().await.expect("a step"), Taken { done: 0, dead: 0, later: 1 });
    world.complain("m1", complaint("O-4")).await;
    assert_eq!(world.intake.step().await.expect("a step").done, 1);
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    assert_eq!(world.intake.step().await.expect("a step").done, 1);
    assert_eq!(outcomes(&mut world).await, ["accepted", "withdrawn"]);
    // In one batch the order does not matter at all.
    order(&world, "12345", "w2", "withdrawal", json!({"external_id": "O-5"})).await;
    world.complain("m2", complaint("O-5")).await;
    assert_eq!(world.intake.step().await.expect("a step"), Taken { done: 2, dead: 0, later: 0 });
}

pub async fn what_never_gets_its_complaint_is_dead_and_told(mut world: World) {
    let (engine, bus, subjects) = (world.engine.clone(), world.bus.clone(), world.subjects.clone());
    let mut hasty =
        IntakeConsumer::new(engine, bus, subjects, Duration::from_millis(300)).patient(Duration::ZERO);
    order(&world, "12345", "w1", "withdrawal", json!({"external_id": "O-6"})).await;
    assert_eq!(hasty.step().await.expect("a step"), Taken { done: 1, dead: 1, later: 0 });
    assert_eq!(outcomes(&mut world).await, ["refused"]);
    let refused = world.receipts().await.remove(0);
    assert_eq!(codes(&refused["faults"]), ["data.external_id COMPLAINT_NOT_RECEIVED"]);
    assert_eq!((&refused["external_id"], &refused["about"]), (&json!("O-6"), &json!("withdrawal")));
    assert_eq!(world.envelopes(Stream::Dead).await.len(), 1);
}

pub async fn only_the_system_that_sent_a_complaint_may_speak_about_it(mut world: World) {
    let (case, _) = case_of(&mut world, "O-7").await;
    order(&world, "somebody", "w1", "withdrawal", json!({"external_id": "O-7"})).await;
    assert_eq!(world.intake.step().await.expect("a step"), Taken { done: 0, dead: 0, later: 1 });
    assert_eq!(world.life(case).await, Life::Dispatched);
}

pub async fn an_older_version_that_comes_late_is_not_taken_for_news(mut world: World) {
    let version = |sequence: u64, text: &str| {
        let mut data = complaint("O-8");
        data["sequence"] = json!(sequence);
        data["text"] = json!(text);
        data["received_at"] = json!("2026-11-20T09:00:00+08:00");
        data
    };
    world.complain("v2", version(2, "第二版")).await;
    world.intake.step().await.expect("a step");
    world.complain("v1", version(1, "第一版")).await;
    world.complain("v3", version(3, "第三版")).await;
    world.intake.step().await.expect("a step");
    world.complain("v2", version(2, "第二版改")).await;
    world.intake.step().await.expect("a step");
    let mut outcomes = outcomes(&mut world).await;
    outcomes.sort();
    assert_eq!(outcomes, ["accepted", "stale", "stale", "supplement"]);
    assert_eq!(world.cases().await, 1);
}

pub async fn a_unit_is_told_what_became_of_every_answer(mut world: World) {
    let (case, unit) = case_of(&mut world, "O-9").await;
    world.answer(&unit, "a1", json!({"case": case, "action": "sign"})).await;
    world.answer(&unit, "a2", json!({"case": case, "action": "sign"})).await;
    world.answer(&unit, "a1", json!({"case": case, "action": "sign"})).await;
    world.answer(&unit, "a3", json!({"case": "x", "action": "dance"})).await;
    world.responses.step().await.expect("a step");
    world.publish_all().await;
    let told: Vec<Value> = world
        .stored(Stream::Dispatch)
        .await
        .iter()
        .filter(|message| message.subject == world.subjects.dispatch(&unit))
        .map(|message| serde_json::from_slice(&message.payload).expect("JSON"))
        .filter(|message: &Value| message["type"] == "whistlepost.answer")
        .map(|message| message["data"].clone())
        .collect();
    let mut outcomes: Vec<_> =
        told.iter().map(|told| (told["outcome"].as_str().expect("one"), codes(&told["faults"]))).collect();
    outcomes.sort();
    assert_eq!(
        outcomes,
        [
            ("accepted", vec![]),
            ("duplicate", vec![]),
            ("refused", vec!["ALREADY_SIGNED".to_owned()]),
            ("refused", vec!["data.case WRONG_TYPE".to_owned(), "data.action UNKNOWN_ACTION".to_owned()]),
        ]
    );
    assert!(told.iter().all(|told| told["unit"] == json!(unit)));
}

pub async fn a_test_order_says_so_in_every_message(mut world: World) {
    let mut data = complaint("O-10");
    data["test"] = json!(true);
    world.complain("m1", data.clone()).await;
    world.intake.step().await.expect("a step");
    world.complain("m2", data).await;
    order(&world, "12345", "w1", "withdrawal", json!({"external_id": "O-10"})).await;
    world.intake.step().await.expect("a step");
    world.publish_all().await;
    for stream in Stream::FROM_LOG {
        for message in world.envelopes(stream).await {
            let intake = message["data"]["stream"] == "intake";
            assert!(intake || message["data"]["test"] == true, "{message:#}");
        }
    }
}
