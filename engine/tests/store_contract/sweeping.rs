//! What time decides, on several nodes and by several clocks.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use domain::case::Command;
use domain::case::command::Register;
use domain::context::Actor;
use domain::ids::{CaseId, ItemCode, Rung};
use domain::number::case_number;
use domain::sealed::Content;
use domain::stream::StreamId;
use engine::clock::{Clock, TurnedClock};
use engine::deadlines::Sweeper;
use engine::keyring::{Keyring, MasterKey};
use engine::lease::Lease;
use engine::log::{Entry, NewRow, Store};
use engine::{Engine, Request, SubmitError};
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;
use uuid::Uuid;

use crate::entries::*;
use crate::places::Place;

const TTL: Duration = Duration::from_millis(400);

pub async fn node(store: impl Store, clock: impl Clock) -> Engine {
    let rules = Arc::new(domain::sample::rulebook().expect("the sample"));
    let master = MasterKey::from_hex(&"11".repeat(32)).expect("a key");
    let registry = prometheus::Registry::new();
    Engine::start(Arc::new(store), rules, Arc::new(clock), master, &registry).await.expect("it starts")
}

pub fn sweeper(engine: &Engine, name: &'static str, holder: &str) -> Sweeper {
    let lease = Lease::new(engine.store().clone(), name).held_by(holder).living(TTL);
    Sweeper::under(lease, engine.clone())
}

/// So many cases, each waiting to be signed.
pub async fn cases(engine: &Engine, count: usize) -> Vec<CaseId> {
    let cases: Vec<CaseId> = (0..count).map(|_| CaseId(Uuid::now_v7())).collect();
    let requests = cases.iter().map(|case| registration(engine, *case)).collect();
    for outcome in engine.submit_many(requests).await {
        outcome.expect("it is accepted");
    }
    cases
}

pub fn registration(engine: &Engine, case: CaseId) -> Request {
    let now = engine.now();
    let rules = engine.rules();
    let grid = rules.org.units().iter().find(|unit| unit.rung == Rung::Grid).expect("a grid");
    let (key, wrapped) = engine.keyring().new_key(case).expect("a key");
    let command = Command::Register(Box::new(Register {
        case_no: case_number(case, engine.rules().calendar.date_of(now)),
        source: "test".to_owned(),
        external_id: None,
        channel: "phone".to_owned(),
        received_at: now,
        clocks_from: now,
        item: Some(ItemCode::new("0103")),
        place: Some(grid.code.clone()),
        point: None,
        confidential: false,
        anonymous: false,
        test: false,
        outside_due_at: None,
        revision: None,
        sealed: Keyring::seal_with(&key, case, &Content::default()).expect("sealed"),
        accused: Default::default(),
        dispatch_at_once: true,
        recorded: None,
    }));
    let mut request = Request::case(case, command, Actor::system("test"));
    request.new_key = Some(wrapped);
    request
}

/// The first deadlines of all streams that passed: how often each.
async fn first_passed(store: &impl Store, cases: &[CaseId], registered: u64) -> Vec<usize> {
    let streams: Vec<StreamId> = cases.iter().map(|case| StreamId::case(*case)).collect();
    let loaded = store.load(&streams).await.expect("they load");
    let passed = |stream: &StreamId| {
        loaded.iter().filter(|event| event.stream == *stream && event.sequence > registered).count()
    };
    streams.iter().map(passed).collect()
}

/// When the first deadline of these cases is due: they were all registered by a clock that stood.
async fn due_at(store: &impl Store) -> Timestamp {
    store.next_due_at().await.expect("an answer").expect("a clock runs")
}

pub async fn of_two_nodes_one_sweeps_and_another_takes_over_when_it_dies<P: Place>(place: &P) {
    let (one, two) = (place.open().await, place.open().await);
    let clock = TurnedClock::at(now());
    let (one_engine, two_engine) = (node(one.clone(), clock.clone()).await, node(two, clock.clone()).await);
    let first = cases(&one_engine, 300).await;
    clock.set(due_at(&one).await);
    let (mut one_sweeps, mut two_sweeps) =
        (sweeper(&one_engine, "deadlines", "one"), sweeper(&two_engine, "deadlines", "two"));
    assert_eq!(one_sweeps.step().await.expect("a sweep"), 300);
    assert!(one_sweeps.leads());
    assert_eq!(two_sweeps.step().await.expect("a sweep"), 0);
    assert!(!two_sweeps.leads());
    assert_eq!(first_passed(&one, &first, 3).await, vec![1; 300]);

    // The first is killed: it renews nothing and releases nothing.
    drop(one_sweeps);
    let second = cases(&two_engine, 10).await;
    clock.set(due_at(&one).await.max(clock.now() + SignedDuration::from_mins(30)));
    let died = tokio::time::Instant::now();
    while !two_sweeps.leads() {
        assert!(died.elapsed() < 3 * TTL, "nobody took over");
        two_sweeps.step().await.expect("a sweep");
        sleep(TTL / 20).await;
    }
    while two_sweeps.step().await.expect("a sweep") > 0 {}
    assert!(first_passed(&one, &second, 3).await.iter().all(|passed| *passed >= 1));
    assert_eq!(faults(&one).await, []);
}

pub async fn two_that_sweep_at_once_pass_each_deadline_once<P: Place>(place: &P) {
    let (one, two) = (place.open().await, place.open().await);
    let clock = TurnedClock::at(now());
    let (one_engine, two_engine) = (node(one.clone(), clock.clone()).await, node(two, clock.clone()).await);
    let all_cases = cases(&one_engine, 2_500).await;
    clock.set(due_at(&one).await);
    // Under different leases: as if a node stood still between asking for its lease and sweeping.
    let mut one_sweeps = sweeper(&one_engine, "deadlines", "one");
    let mut two_sweeps = sweeper(&two_engine, "other deadlines", "two");
    let sweep = async |sweeper: &mut Sweeper| {
        let mut passed = 0;
        for _ in 0..6 {
            passed += sweeper.step().await.expect("a sweep");
        }
        passed
    };
    let (by_one, by_two) = tokio::join!(sweep(&mut one_sweeps), sweep(&mut two_sweeps));
    assert_eq!(by_one + by_two, 2_500, "{by_one} and {by_two}");
    assert_eq!(first_passed(&one, &all_cases, 3).await, vec![1; 2_500]);
    assert_eq!(faults(&one).await, []);
}

/// The real time, and so many milliseconds more.
#[derive(Clone, Default)]
struct OffBy(Arc<AtomicI64>);

impl Clock for OffBy {
    fn now(&self) -> Timestamp {
        let off = SignedDuration::from_millis(self.0.load(Ordering::Relaxed));
        let now = Timestamp::now() + off;
        Timestamp::from_microsecond(now.as_microsecond()).expect("a time")
    }
}

pub async fn deadlines_freeze_while_the_clock_is_off_and_another_node_goes_on<P: Place>(place: &P) {
    let store = place.open().await;
    // A deadline that is due in an hour of real time, of a stream that is none of ours.
    let stream = case();
    let in_an_hour = Timestamp::now() + SignedDuration::from_hours(1);
    let name = domain::case::clocks::DeadlineName::Sign;
    append(&store, with_deadline(entry(stream, 0, 1), name, in_an_hour)).await;
    let off = OffBy::default();
    let (wrong, right) = (node(store.clone(), off.clone()).await, node(store, OffBy::default()).await);
    let (mut wrong_sweeps, mut right_sweeps) =
        (sweeper(&wrong, "deadlines", "wrong"), sweeper(&right, "deadlines", "right"));
    wrong_sweeps.step().await.expect("a sweep");
    right_sweeps.step().await.expect("a sweep");
    assert!(wrong_sweeps.leads() && !right_sweeps.leads());

    for hours in [2, -2] {
        off.0.store(hours * 3_600_000, Ordering::Relaxed);
        assert_eq!(wrong_sweeps.step().await.expect("a sweep"), 0);
        assert!(!wrong_sweeps.leads(), "its clock is {hours} hours off");
        assert_eq!(wrong.metrics().deadlines_frozen.get(), 1);
        let drift = wrong.metrics().clock_drift.get();
        assert!((drift - 3600.0 * hours as f64).abs() < 2.0, "{drift}");
        sleep(TTL).await;
        right_sweeps.step().await.expect("a sweep");
        assert!(right_sweeps.leads(), "a node whose clock is right took over");
        right_sweeps.release().await;
    }
    off.0.store(1_500, Ordering::Relaxed);
    assert_eq!(wrong_sweeps.step().await.expect("a sweep"), 0);
    assert!(wrong_sweeps.leads(), "a second and a half is forgiven");
    assert_eq!(wrong.metrics().deadlines_frozen.get(), 0);
    assert_eq!(wrong.metrics().deadlines_stuck.get(), 0, "the deadline was never asked for");
}

pub async fn a_stream_of_a_newer_program_holds_up_nothing_but_itself<P: Place>(place: &P) {
    let store = place.open().await;
    let clock = TurnedClock::at(now());
    let engine = node(store.clone(), clock.clone()).await;
    let ours = cases(&engine, 40).await;
    let due = due_at(&store).await;
    let newer = case();
    let event = NewRow {
        event_type: "CaseBlessed",
        payload: r#"{"CaseBlessed":{"by":"a newer program"}}"#.to_owned(),
        ..case_event(r#"{"ReporterRevealed":{"purpose":"核实"}}"#)
    };
    let known = entry(newer, 0, 1);
    let entry = Entry { events: vec![known.events[0].clone(), event], ..known };
    append(&store, with_deadline(entry, domain::case::clocks::DeadlineName::Sign, due)).await;

    // A new node: nothing is cached.
    let engine = node(store.clone(), clock.clone()).await;
    clock.set(due);
    let mut sweeper = sweeper(&engine, "deadlines", "one");
    assert_eq!(sweeper.step().await.expect("a sweep"), 40);
    assert_eq!(engine.metrics().deadlines_stuck.get(), 1);
    assert_eq!(sweeper.step().await.expect("a sweep"), 0, "and it is not asked again and again");
    assert_eq!(first_passed(&store, &ours, 3).await, vec![1; 40]);

    let ask = |case| Request::case(case, Command::Sign, Actor::person("wang", "U1"));
    let outcomes = engine.submit_many(vec![ask(CaseId(newer.id)), registration(&engine, CaseId(case().id))]);
    let outcomes = outcomes.await;
    match &outcomes[0] {
        Err(SubmitError::Newer(told)) => assert!(told.contains("CaseBlessed"), "{told}"),
        other => panic!("{other:?}"),
    }
    assert!(outcomes[1].is_ok(), "{:?}", outcomes[1]);
    let sequences: HashSet<u64> =
        all(&store).await.iter().filter(|row| row.stream() == Some(newer)).map(|row| row.sequence).collect();
    assert_eq!(sequences, HashSet::from([1, 2]), "nothing was appended to it");
}
