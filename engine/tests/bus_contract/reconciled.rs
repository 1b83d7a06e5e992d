//! 对账: a day that is over is told to every source, once, whoever counts it and however often.

use std::sync::Arc;

use domain::context::Actor;
use domain::intake::Complaint;
use engine::bus::Stream;
use engine::clock::{Clock, TurnedClock};
use engine::intake::{Arrival, Intake};
use engine::log::memory::MemoryStore;
use engine::reconcile::{Reconciler, lists};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::world::{World, complaint, engine, envelope};

/// The same world by a clock that stands, and its day.
async fn standing(world: World) -> (World, TurnedClock, Date) {
    let store = Arc::new(MemoryStore::new(&world.carrier.jurisdiction));
    let clock = TurnedClock::at(Timestamp::now());
    let world = World::by_clock(world.carrier, store, Arc::new(clock.clone())).await;
    let day = world.engine.rules().calendar.date_of(clock.now());
    (world, clock, day)
}

/// So many minutes after the day has ended.
fn after(world: &World, day: Date, minutes: i64) -> Timestamp {
    let zone = world.engine.rules().calendar.zone().clone();
    let midnight = day.tomorrow().and_then(|next| next.to_zoned(zone)).expect("a midnight").timestamp();
    midnight.checked_add(SignedDuration::from_mins(minutes)).expect("a time")
}

async fn said(world: &World) -> Vec<(String, Value)> {
    let messages = world.stored(Stream::Receipts).await.into_iter();
    let read = |payload: &[u8]| serde_json::from_slice::<Value>(payload).expect("JSON");
    let messages = messages.map(|message| (message.subject.clone(), read(&message.payload)));
    messages.filter(|(_, message)| message["type"] == "whistlepost.reconciliation").collect()
}

async fn send(world: &World, source: &str, message: &str, data: Value) {
    let payload = envelope(message, "whistlepost.complaint", data);
    world.send(Stream::Intake, &world.subjects.intake(source), payload).await;
}

pub async fn a_day_that_is_over_is_told_once_to_every_source(world: World) {
    let (mut world, clock, day) = standing(world).await;
    let first = complaint("R-1");
    let mut changed = first.clone();
    changed["text"] = json!("菜场门口还有两个摊位。");
    for (message, data) in [("m1", first.clone()), ("m2", first), ("m3", changed), ("m4", complaint("R-2"))] {
        send(&world, "12345", message, data).await;
        world.intake.step().await.expect("a step");
    }
    send(&world, "12345", "m5", json!({"external_id": "R-3", "received_at": 1})).await;
    send(&world, "12345", "m6", json!({"received_at": 1})).await;
    send(&world, "city", "m7", complaint("R-1")).await;
    world.intake.step().await.expect("a step");
    let import = Complaint::from_json(complaint("H-1"), "12345", clock.now()).expect("well-formed");
    let import = Arrival::imported(import, Actor::system("import"));
    Intake::new(world.engine.clone()).receive(import).await.expect("imported");
    let mut one = Reconciler::new(world.engine.clone());
    let mut other = Reconciler::new(engine(world.store.clone(), Arc::new(clock.clone())).await);

    clock.set(after(&world, day, 9));
    assert_eq!(one.step().await.expect("a step"), None, "another node's clock may be behind");
    clock.set(after(&world, day, 11));
    let (first, second) = tokio::join!(one.step(), other.step());
    assert!([first.expect("a step"), second.expect("a step")].contains(&Some(day)));
    for reconciler in [&mut one, &mut other, &mut Reconciler::new(world.engine.clone())] {
        assert_eq!(reconciler.step().await.expect("a step"), None);
    }
    world.publish_all().await;
    let said_first = said(&world).await;
    let [(to_hotline, hotline), (to_city, city)] = &said_first[..] else { panic!("{said_first:#?}") };
    assert_eq!((to_hotline, to_city), (&world.subjects.receipt("12345"), &world.subjects.receipt("city")));
    let list = &hotline["data"];
    assert_eq!((&list["source"], &list["day"]), (&json!("12345"), &json!(day)));
    assert_eq!((&list["page"], &list["pages"]), (&json!(1), &json!(1)));
    let entries = list["entries"].as_array().expect("entries");
    let told: Vec<_> = entries.iter().map(|entry| (&entry["external_id"], &entry["receipts"])).collect();
    assert_eq!(
        told,
        [
            (&json!("R-1"), &json!({"accepted": 1, "duplicate": 1, "supplement": 1})),
            (&json!("R-2"), &json!({"accepted": 1})),
            (&json!("R-3"), &json!({"refused": 1})),
            (&Value::Null, &json!({"refused": 1})),
        ]
    );
    let receipts = world.envelopes(Stream::Receipts).await;
    let receipt =
        |id: &Value| receipts.iter().find(|one| one["data"]["external_id"] == *id).expect("a receipt");
    assert_eq!(entries[0]["case_no"], receipt(&json!("R-1"))["data"]["case_no"]);
    assert_eq!((&entries[0]["state"], &entries[2]["state"]), (&json!("dispatched"), &Value::Null));
    assert!(receipts.iter().any(|one| one["causationid"] == entries[3]["message"]), "found by its message");
    assert_eq!(city["data"]["entries"].as_array().map(Vec::len), Some(1));
    assert_eq!(json!(lists(&world.engine, day).await.expect("the lists")["12345"]), list["entries"]);

    world.carrier.wipe().await;
    world.publish_all_anew().await;
    assert_eq!(said(&world).await, said_first, "the same messages, however often they are sent");
}

pub async fn a_source_that_falls_silent_is_told_so(world: World) {
    let (mut world, clock, day) = standing(world).await;
    let mut reconciler = Reconciler::new(world.engine.clone());
    clock.set(after(&world, day, 11));
    assert_eq!(reconciler.step().await.expect("a step"), None, "an empty log has no days");
    let day = day.tomorrow().expect("a day");
    send(&world, "12345", "m1", complaint("S-1")).await;
    world.intake.step().await.expect("a step");
    // Three days nobody was there to count; then day by day.
    for later in 2..12 {
        let last = day.checked_add(later.days()).expect("a day");
        clock.set(after(&world, last, 11));
        while reconciler.step().await.expect("a step").is_some() {}
    }
    world.publish_all().await;
    let told: Vec<(Value, usize)> = said(&world)
        .await
        .iter()
        .map(|(_, message)| {
            let list = &message["data"];
            (list["day"].clone(), list["entries"].as_array().map_or(0, Vec::len))
        })
        .collect();
    let expected: Vec<(Value, usize)> = (0..8)
        .map(|later| (json!(day.checked_add(later.days()).expect("a day")), usize::from(later == 0)))
        .collect();
    assert_eq!(told, expected, "seven days of silence are told, and no more");
}
