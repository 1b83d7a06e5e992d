//! What the engine promises whoever sends commands: everything is answered, in whatever company it comes.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so")]

use std::sync::Arc;
use std::time::Duration;

use domain::case::command::Register;
use domain::case::{Code, Command};
use domain::context::Actor;
use domain::ids::{CaseId, ItemCode, Rung, UnitId};
use domain::sealed::Sealed;
use domain::stream::StreamId;
use engine::clock::SystemClock;
use engine::keyring::MasterKey;
use engine::log::memory::MemoryStore;
use engine::{Engine, Request, SubmitError};
use jiff::Timestamp;
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(10);

struct House {
    engine: Engine,
    grid: UnitId,
    store: Arc<MemoryStore>,
}

async fn house() -> House {
    over(Arc::new(MemoryStore::new("320506"))).await
}

async fn over(store: Arc<MemoryStore>) -> House {
    let rules = domain::sample::rulebook().expect("the sample's rules");
    let grid = rules.org.units().iter().find(|unit| unit.rung == Rung::Grid).expect("a grid").code.clone();
    let (clock, key, registry) = (
        Arc::new(SystemClock),
        MasterKey::from_hex(&"07".repeat(32)).expect("a key"),
        prometheus::Registry::new(),
    );
    let engine = Engine::start(store.clone(), Arc::new(rules), clock, key, &registry).await;
    House { engine: engine.expect("an engine"), grid, store }
}

impl House {
    fn register(&self, case: CaseId) -> Request {
        let now = Timestamp::now();
        let register = Register {
            case_no: domain::number::case_number(case, jiff::civil::date(2026, 11, 20)),
            source: "12345".to_owned(),
            external_id: None,
            channel: "phone".to_owned(),
            received_at: now,
            clocks_from: now,
            item: Some(ItemCode::new("1102")),
            place: Some(self.grid.clone()),
            point: None,
            confidential: false,
            anonymous: false,
            test: false,
            outside_due_at: None,
            revision: None,
            sealed: Sealed("sealed".into()),
            accused: Default::default(),
            dispatch_at_once: true,
            recorded: None,
        };
        Request::case(case, Command::Register(Box::new(register)), person("hotline"))
    }

    fn sign(&self, case: CaseId) -> Request {
        Request::case(case, Command::Sign, Actor::person("handler", self.grid.as_str()))
    }

    fn finish(&self, case: CaseId) -> Request {
        let finish = Command::SubmitResult { solved: true, reply: Sealed("sealed".into()) };
        Request::case(case, finish, Actor::person("handler", self.grid.as_str()))
    }

    async fn all(&self, requests: Vec<Request>) -> Vec<Result<engine::Accepted, SubmitError>> {
        tokio::time::timeout(SOON, self.engine.submit_many(requests))
            .await
            .expect("every command is answered")
    }
}

fn person(name: &str) -> Actor {
    Actor { id: format!("user:{name}"), unit: None }
}

fn case() -> CaseId {
    CaseId(Uuid::new_v4())
}

#[tokio::test]
async fn a_command_behind_a_refused_one_of_the_same_case_is_answered() {
    let house = house().await;
    let case = case();
    // Nobody can sign what does not exist; what stands behind it does not wait for ever.
    let answers = house.all(vec![house.sign(case), house.sign(case), house.register(case)]).await;
    assert!(matches!(&answers[0], Err(SubmitError::Rejected(_))), "{:?}", answers[0]);
    assert!(matches!(&answers[1], Err(SubmitError::Rejected(_))), "{:?}", answers[1]);
    assert!(answers[2].is_ok(), "{:?}", answers[2]);
}

#[tokio::test]
async fn the_same_command_many_times_at_once_is_done_once_and_answered_always() {
    let house = house().await;
    let case = case();
    let register = house.register(case);
    let answers = house.all(vec![register; 50]).await;
    let receipts: Vec<_> = answers.into_iter().map(|answer| answer.expect("a receipt")).collect();
    assert_eq!(receipts.iter().filter(|accepted| !accepted.repeated).count(), 1);
    assert!(receipts.iter().all(|accepted| accepted.receipt == receipts[0].receipt));
}

#[tokio::test]
async fn a_command_that_would_be_refused_now_gets_the_receipt_it_had() {
    let house = house().await;
    let case = case();
    house.engine.submit(house.register(case)).await.expect("registered");
    let sign = house.sign(case);
    let first = house.engine.submit(sign.clone()).await.expect("signed");
    // Signing again is refused; sending the same command again is not signing again.
    let again = house.engine.submit(sign.clone()).await.expect("its receipt");
    assert_eq!((again.receipt, again.repeated), (first.receipt, true));
    let other = house.engine.submit(house.sign(case)).await;
    assert!(matches!(other, Err(SubmitError::Rejected(_))), "{other:?}");
    let mut taken = house.register(CaseId(Uuid::new_v4()));
    taken.command_id = sign.command_id;
    let refused = house.engine.submit(taken).await;
    assert!(is_reused(&refused), "{refused:?}");
}

#[tokio::test]
async fn the_receipt_of_one_case_is_not_the_answer_for_another() {
    let house = house().await;
    let (first, second) = (case(), case());
    house.all(vec![house.register(first), house.register(second)]).await;
    let sign = house.sign(first);
    house.engine.submit(sign.clone()).await.expect("signed");
    let elsewhere = Request { stream: StreamId::case(second), ..sign };
    assert_eq!(elsewhere.content_hash, house.sign(second).content_hash, "word for word the same");
    let refused = house.engine.submit(elsewhere).await;
    assert!(is_reused(&refused), "{refused:?}");
    house.engine.submit(house.sign(second)).await.expect("the other is still to be signed");
}

fn is_reused(answer: &Result<engine::Accepted, SubmitError>) -> bool {
    matches!(answer, Err(SubmitError::Rejected(rejection)) if rejection.code == Code::IdReused)
}

#[tokio::test]
async fn what_another_node_has_written_meanwhile_counts_also_where_this_one_would_refuse() {
    let here = house().await;
    let there = over(here.store.clone()).await;
    let case = case();
    here.engine.submit(here.register(case)).await.expect("registered here, and remembered");
    there.engine.submit(there.sign(case)).await.expect("signed there");
    here.engine.submit(here.finish(case)).await.expect("finished here: it is signed");
    let twice = there.engine.submit(there.sign(case)).await;
    assert!(matches!(&twice, Err(SubmitError::Rejected(_))), "{twice:?}");
}

#[tokio::test]
async fn ten_thousand_commands_at_once_to_a_thousand_cases_are_each_answered_once_in_their_order() {
    let house = house().await;
    let cases: Vec<CaseId> = (0..1_000).map(|_| case()).collect();
    let mut requests: Vec<Request> = cases.iter().map(|case| house.register(*case)).collect();
    for _ in 0..9 {
        requests.extend(cases.iter().map(|case| house.sign(*case)));
    }
    let answers = house.all(requests).await;
    let written = answers.iter().filter(|answer| answer.is_ok()).count();
    // Registered once, signed once; eight times it was signed already.
    assert_eq!((answers.len(), written), (10_000, 2_000));
    let head = house.engine.store().head().await.expect("a head").position;
    let rows = house.engine.tail().read_after(0, 100_000).await.expect("rows");
    assert_eq!(rows.len() as u64, head);
}

#[tokio::test]
async fn more_cases_than_memory_holds_are_each_found_also_where_old_and_new_ones_come_together() {
    let house = house().await;
    let cases: Vec<CaseId> = (0..6_000).map(|_| case()).collect();
    for some in cases.chunks(1_000) {
        let answers = house.all(some.iter().map(|case| house.register(*case)).collect()).await;
        assert!(answers.iter().all(Result::is_ok));
    }
    // The first two thousand are forgotten; the next to be forgotten stand beside them in one batch.
    let mixed = cases[..2_000].iter().zip(&cases[2_000..4_000]).flat_map(|(old, next)| [*old, *next]);
    let answers = house.all(mixed.map(|case| house.sign(case)).collect()).await;
    let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert!(refused.is_empty(), "{} refused, the first: {:?}", refused.len(), refused[0]);
}
