//! A case left alone climbs every rung at the instants that its ladder names, each step once,
//! across a restart and a day of downtime.

use std::path::Path;
use std::sync::Arc;

use domain::case::{Event, State};
use domain::context::{Actor, Rulebook};
use domain::ids::CaseId;
use domain::intake::Complaint;
use domain::recorded::Recorded;
use engine::clock::TurnedClock;
use engine::deadlines::Sweeper;
use engine::intake::Outcome;
use engine::log::sqlite::SqliteStore;
use engine::{Engine, intake};
use jiff::{SignedDuration, Timestamp};

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

async fn open(folder: &Path, clock: &TurnedClock, rules: &Arc<Rulebook>) -> Engine {
    let store = SqliteStore::open(&folder.join("log.db"), "320506").await.expect("a log");
    let master = engine::keyring::MasterKey::from_hex(KEY).expect("a key");
    let registry = Default::default();
    let clock = Arc::new(clock.clone());
    Engine::start(Arc::new(store), rules.clone(), clock, master, &registry).await.expect("an engine")
}

async fn complain(engine: &Engine, item: &str) -> CaseId {
    complain_until(engine, item, None).await
}

async fn complain_until(engine: &Engine, item: &str, due_at: Option<&str>) -> CaseId {
    let rules = engine.rules();
    let place = rules.org.units().iter().find(|unit| unit.name.contains("龙桥社区第1网格"));
    let mut value = serde_json::json!({
        "external_id": format!("left-alone-{item}"), "received_at": engine.now().to_string(), "item": item,
        "title": "无人处理", "address": place.expect("a grid of the sample").name,
    });
    if let Some(due_at) = due_at {
        value["due_at"] = due_at.into();
    }
    let complaint = Complaint::from_json(value, "12345", engine.now()).expect("well-formed");
    let arrival = intake::Arrival::live(complaint, Actor::system("test"));
    match intake::Intake::new(engine.clone()).receive(arrival).await.expect("taken in") {
        Outcome::Opened { case, .. } => case,
        other => panic!("{other:?}"),
    }
}

async fn sweep(engine: &Engine) {
    let mut sweeper = Sweeper::new(engine.clone());
    while sweeper.step().await.expect("a sweep") > 0 {}
}

async fn history(engine: &Engine, case: CaseId) -> (State, Vec<Recorded>) {
    let history = engine.case(case).await.expect("the log").expect("a case");
    (history.state, history.events)
}

/// (rung, instant named by the ladder, instant written) of each step.
fn climbs(events: &[Recorded]) -> Vec<(String, Timestamp, Timestamp)> {
    events
        .iter()
        .filter_map(|recorded| match &recorded.event {
            domain::stream::Event::Case(Event::CaseEscalated(step)) => {
                Some((step.to.to_string(), step.due_at?, recorded.meta.recorded_at))
            }
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_case_left_alone_reaches_the_district_on_time_when_somebody_looks() {
    let folder = tempfile::tempdir().expect("a folder");
    let rules = Arc::new(domain::sample::rulebook().expect("the sample"));
    let clock = TurnedClock::at(at("2026-11-20T10:00:00+08:00"));
    let engine = open(folder.path(), &clock, &rules).await;
    let case = complain(&engine, "1102").await;
    let steps = history(&engine, case).await.0.resolve.expect("a clock").steps;
    assert_eq!(steps.len(), 4);
    for _ in 0..24 * 14 {
        clock.advance(SignedDuration::from_hours(1));
        sweep(&engine).await;
    }
    let (_, events) = history(&engine, case).await;
    let climbed: Vec<_> = climbs(&events).into_iter().map(|(to, due, _)| (to, due)).collect();
    let named: Vec<_> = steps.iter().map(|step| (step.to.to_string(), step.at)).collect();
    assert_eq!(climbed, named);
}

#[tokio::test]
async fn steps_missed_in_downtime_are_taken_once_in_order_with_both_times() {
    let folder = tempfile::tempdir().expect("a folder");
    let rules = Arc::new(domain::sample::rulebook().expect("the sample"));
    let clock = TurnedClock::at(at("2026-11-20T10:00:00+08:00"));
    let before = open(folder.path(), &clock, &rules).await;
    let case = complain(&before, "1102").await;
    clock.set(at("2026-11-24T12:00:00+08:00"));
    sweep(&before).await;
    let taken_before = climbs(&history(&before, case).await.1).len();
    assert!((1..4).contains(&taken_before), "part of the ladder is climbed: {taken_before}");
    drop(before);

    // The machine was off; it comes back when the rest of the ladder is long past.
    clock.set(at("2026-12-10T09:00:00+08:00"));
    let after = open(folder.path(), &clock, &rules).await;
    sweep(&after).await;
    sweep(&after).await;
    let (state, events) = history(&after, case).await;
    let climbed = climbs(&events);
    assert_eq!(
        climbed.iter().map(|step| step.0.as_str()).collect::<Vec<_>>(),
        ["community", "station", "street", "district"]
    );
    assert!(climbed.is_sorted_by_key(|step| step.1));
    assert!(climbed[taken_before..].iter().all(|step| step.2 == at("2026-12-10T09:00:00+08:00")));
    // The district got it now: its time to answer starts now.
    assert!(state.next_deadline().is_some_and(|next| next.due_at > at("2026-12-10T09:00:00+08:00")));
    let findings = after.store().self_check().await.expect("a check").faults;
    assert!(findings.is_empty(), "{findings:?}");
}

#[tokio::test]
async fn an_order_with_a_near_limit_of_its_own_climbs_to_the_district_at_that_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    let rules = Arc::new(domain::sample::rulebook().expect("the sample"));
    let clock = TurnedClock::at(at("2026-11-20T10:00:00+08:00"));
    let engine = open(folder.path(), &clock, &rules).await;
    let case = complain_until(&engine, "1102", Some("2026-11-20T16:00:00+08:00")).await;
    clock.set(at("2026-11-20T16:00:00+08:00"));
    sweep(&engine).await;
    let (_, events) = history(&engine, case).await;
    let climbed = climbs(&events);
    assert_eq!(climbed.len(), 4, "each rung once, although all steps fall on one instant");
    assert!(climbed.iter().all(|step| step.1 == at("2026-11-20T16:00:00+08:00")));
}
