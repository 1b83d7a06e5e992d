//! The ordinary day: complaints come, tasks go out, answers come back, everybody is told.

use std::collections::HashSet;

use domain::case::Life;
use domain::context::Actor;
use domain::ids::CaseId;
use domain::intake::Complaint;
use engine::bus::Stream;
use engine::bus::intake::Taken;
use engine::intake::{Arrival, Intake};
use serde_json::json;

use crate::world::{World, complaint};

const ONE: Taken = Taken { done: 1, dead: 0, later: 0 };

pub async fn a_complaint_becomes_a_task_and_its_answer_comes_back(mut world: World) {
    world.complain("m1", complaint("WZ-1")).await;
    assert_eq!(world.intake.step().await.expect("a step"), ONE);
    world.publish_all().await;

    let receipts = world.receipts().await;
    assert_eq!(receipts.len(), 1);
    assert_eq!(receipts[0]["outcome"], "accepted");
    assert_eq!(receipts[0]["external_id"], "WZ-1");
    let (case, unit) = world.task().await;
    let task = &world.stored(Stream::Dispatch).await[0];
    assert_eq!(task.subject, world.subjects.dispatch(&unit));

    world.answer(&unit, "a1", json!({"case": case, "action": "sign"})).await;
    assert_eq!(world.responses.step().await.expect("a step"), ONE);
    assert_eq!(world.life(case).await, Life::InProgress);
    world.publish_all().await;

    let told: Vec<_> =
        world.stored(Stream::Receipts).await.into_iter().map(|message| message.subject).collect();
    let (receipt, status) = (world.subjects.receipt("12345"), world.subjects.status("12345"));
    assert_eq!(told, [receipt, status.clone(), status]);
    let events = world.envelopes(Stream::Events).await;
    let names: Vec<_> = events.iter().map(|event| event["data"]["event"].as_str().expect("a name")).collect();
    assert_eq!(names, ["CaseRegistered", "CaseClassified", "CaseDispatched", "CaseSigned"]);
    let ids: HashSet<_> = events.iter().map(|event| event["id"].as_str().expect("an id")).collect();
    assert_eq!(ids.len(), events.len());
    for stream in Stream::FROM_LOG {
        for message in world.stored(stream).await {
            let text = String::from_utf8(message.payload).expect("text");
            for secret in ["张三丰", "13800001234", "菜场门口", "流动摊贩"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }
    assert_eq!(world.intake.step().await.expect("a step"), Taken::default(), "nothing comes twice");
    assert_eq!(world.responses.step().await.expect("a step"), Taken::default(), "nothing comes twice");
}

pub async fn a_duplicate_opens_nothing_and_is_told(mut world: World) {
    let same = complaint("WZ-2");
    world.complain("m1", same.clone()).await;
    world.intake.step().await.expect("a step");
    for _ in 0..3 {
        // The message itself again, as a sender repeats that got no answer: every repetition is answered.
        world.complain("m2", same.clone()).await;
        world.intake.step().await.expect("a step");
    }
    world.publish_all().await;
    let outcomes: Vec<_> = world.receipts().await.iter().map(|receipt| receipt["outcome"].clone()).collect();
    assert_eq!(outcomes, ["accepted", "duplicate", "duplicate", "duplicate"]);
    assert_eq!(world.cases().await, 1);
    world.task().await;
}

pub async fn changed_content_is_a_supplement(mut world: World) {
    let mut data = complaint("WZ-3");
    world.complain("m1", data.clone()).await;
    world.intake.step().await.expect("a step");
    data["text"] = json!("摊贩又来了。");
    world.complain("m2", data).await;
    world.intake.step().await.expect("a step");
    world.publish_all().await;
    let receipts = world.receipts().await;
    let outcomes: Vec<_> = receipts.iter().map(|receipt| receipt["outcome"].clone()).collect();
    assert_eq!(outcomes, ["accepted", "supplement"]);
    assert_eq!(receipts[0]["case_no"], receipts[1]["case_no"]);
}

pub async fn an_answer_given_twice_counts_once(mut world: World) {
    world.complain("m1", complaint("WZ-4")).await;
    world.intake.step().await.expect("a step");
    world.publish_all().await;
    let (case, unit) = world.task().await;
    for _ in 0..2 {
        world.answer(&unit, "a1", json!({"case": case, "action": "sign"})).await;
        assert_eq!(world.responses.step().await.expect("a step"), ONE);
    }
    // Another message that says the same is too late, and its sender's operator can read why.
    world.answer(&unit, "a2", json!({"case": case, "action": "sign"})).await;
    assert_eq!(world.responses.step().await.expect("a step"), Taken { dead: 1, ..ONE });
    let events = world.engine.case(case).await.expect("the log").expect("the case").events;
    assert_eq!(events.iter().filter(|recorded| recorded.event.event_type() == "CaseSigned").count(), 1);
}

pub async fn the_unit_contacts_and_reports(mut world: World) {
    world.complain("m1", complaint("WZ-5")).await;
    world.intake.step().await.expect("a step");
    world.publish_all().await;
    let (case, unit) = world.task().await;
    world.answer(&unit, "a1", json!({"case": case, "action": "sign"})).await;
    world.answer(&unit, "a2", json!({"case": case, "action": "contact", "text": "已电话联系"})).await;
    world
        .answer(&unit, "a3", json!({"case": case, "action": "result", "text": "已劝离，现场清理完毕。"}))
        .await;
    assert_eq!(world.responses.step().await.expect("a step"), Taken { done: 3, ..Taken::default() });
    assert_eq!(world.life(case).await, Life::Handled);
    let rows = world.store.read_after(0, 100).await.expect("the log");
    assert!(
        rows.iter().all(|row| !row.payload.contains("劝离") && !row.payload.contains("电话联系")),
        "sealed"
    );
}

pub async fn imports_are_told_to_nobody_but_the_unit(mut world: World) {
    let read = |id| Complaint::from_json(complaint(id), "12345", world.engine.now()).expect("well-formed");
    let (import, demo) = (|| Actor::system("import"), Actor::system("demo"));
    let intake = Intake::new(world.engine.clone());
    intake.receive(Arrival::recorded(read("H-1"), import())).await.expect("recorded");
    intake.receive(Arrival::live(read("H-2"), demo)).await.expect("shown");
    intake.receive(Arrival::imported(read("H-3"), import())).await.expect("imported");
    world.publish_all().await;
    world.task().await;
    assert_eq!(world.receipts().await, Vec::<serde_json::Value>::new());
    assert_eq!(world.envelopes(Stream::Events).await, Vec::<serde_json::Value>::new());
}

pub async fn many_cases_in_one_batch_keep_the_order_of_each(mut world: World) {
    const CASES: usize = 12;
    for version in 1..=3 {
        for case in 0..CASES {
            let mut data = complaint(&format!("WZ-M{case}"));
            data["revision"] = json!(version);
            data["text"] = json!(format!("第 {version} 次说明。"));
            world.complain(&format!("m{case}.{version}"), data).await;
        }
    }
    let all = Taken { done: 3 * CASES, ..Taken::default() };
    assert_eq!(world.intake.step().await.expect("a step"), all);
    world.publish_all().await;
    let outcomes = world.receipts().await;
    let count = |outcome: &str| outcomes.iter().filter(|receipt| receipt["outcome"] == outcome).count();
    // An older version that overtook a newer one would be no supplement.
    assert_eq!((count("accepted"), count("supplement")), (CASES, 2 * CASES), "{outcomes:?}");

    let tasks = world.envelopes(Stream::Dispatch).await;
    let tasks: Vec<_> = tasks.iter().filter(|task| task["type"] == "whistlepost.dispatch").collect();
    for action in ["sign", "contact", "result"] {
        for (number, task) in tasks.iter().enumerate() {
            let unit = task["data"]["unit"].as_str().expect("a unit");
            let answer = json!({"case": task["data"]["case"], "action": action, "text": "已办理"});
            world.answer(unit, &format!("{action}.{number}"), answer).await;
        }
    }
    let all = Taken { done: 3 * tasks.len(), ..Taken::default() };
    assert_eq!(world.responses.step().await.expect("a step"), all);
    for task in &tasks {
        let case = CaseId(task["data"]["case"].as_str().expect("a case").parse().expect("a uuid"));
        assert_eq!(world.life(case).await, Life::Handled);
    }
}
