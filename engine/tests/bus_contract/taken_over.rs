//! A node dies or hangs with answers in its hands, and another takes over.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use domain::case::Life;
use domain::ids::CaseId;
use engine::bus::dead::DeadLetter;
use engine::bus::responses::ResponseConsumer;
use engine::bus::{Inbox, Settlement, Stream};
use futures::FutureExt;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::carriers::Carrier;
use crate::world::{World, complaint};

/// Less than the thirty seconds of a city, so that nobody waits for this test.
const RETURNED_WITHIN: Duration = Duration::from_secs(4);

/// A world with one task, on a server; none where there is no server to test with.
async fn with_a_task() -> Option<(World, CaseId, String)> {
    let carrier = Carrier::nats().await?;
    carrier.settle_answers_within(RETURNED_WITHIN).await;
    let mut world = World::new(carrier).await;
    world.complain("m1", complaint("WZ-1")).await;
    world.intake.step().await.expect("a step");
    world.publish_all().await;
    let (case, unit) = world.task().await;
    Some((world, case, unit))
}

impl World {
    async fn says(&self, unit: &str, case: CaseId, action: &str) {
        self.answer(unit, action, json!({"case": case, "action": action, "text": "已办理"})).await;
    }

    /// Takes answers for as long as this case is not handled.
    async fn until_handled(&mut self, case: CaseId) -> Vec<String> {
        let started = Instant::now();
        while self.life(case).await != Life::Handled && started.elapsed() < 5 * RETURNED_WITHIN {
            self.responses.step().await.expect("a step");
        }
        let events = self.engine.case(case).await.expect("the log").expect("the case").events;
        events.iter().map(|recorded| recorded.event.event_type().to_owned()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_node_held_is_not_overtaken() {
    for lost in ["sign", "contact"] {
        let Some((mut world, case, unit)) = with_a_task().await else { return };
        if lost == "contact" {
            world.says(&unit, case, "sign").await;
            world.responses.step().await.expect("a step");
        }
        // A node took it, and settles it never.
        world.says(&unit, case, lost).await;
        let held = world.bus.pull(Inbox::Responses, 9, Duration::from_secs(1)).await.expect("deliveries");
        assert_eq!(held.len(), 1, "{held:?}");
        world.responses.take_over();
        if lost == "sign" {
            world.says(&unit, case, "contact").await;
        }
        world.says(&unit, case, "result").await;
        let events = world.until_handled(case).await;
        assert_eq!(events[3..], ["CaseSigned", "ComplainantContacted", "ResultSubmitted"], "{lost} was held");
        assert_eq!(world.envelopes(Stream::Dead).await, Vec::<Value>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_off_by_our_own_fault_is_not_overtaken() {
    let Some((mut world, case, unit)) = with_a_task().await else { return };
    // The case's number cannot be looked up, twice.
    let failures = AtomicUsize::new(2);
    let fails = move || failures.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok();
    let found = move |_| if fails() { Err("the views are away".to_owned()) } else { Ok(Some(case)) };
    let responses = ResponseConsumer::new(
        world.engine.clone(),
        world.bus.clone(),
        world.subjects.clone(),
        Duration::from_millis(300),
    );
    world.responses =
        responses.with_resolver(Arc::new(move |number| std::future::ready(found(number)).boxed()));
    world.answer(&unit, "sign", json!({"case_no": "by number", "action": "sign"})).await;
    world.responses.step().await.expect("a step");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    world.responses.step().await.expect("a step");
    world.says(&unit, case, "contact").await;
    world.says(&unit, case, "result").await;
    let events = world.until_handled(case).await;
    assert_eq!(events[3..], ["CaseSigned", "ComplainantContacted", "ResultSubmitted"]);
    assert_eq!(world.envelopes(Stream::Dead).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_a_dying_node_wrote_is_not_written_again() {
    let Some(carrier) = Carrier::nats().await else { return };
    let mut world = World::new(carrier).await;
    world.send(Stream::Intake, &world.subjects.intake("12345"), b"{".to_vec()).await;
    let held = world.bus.pull(Inbox::Intake, 9, Duration::from_secs(1)).await.expect("deliveries");
    let letter = DeadLetter::new("intake", &held[0].message, Vec::new());
    let letter = letter.message(&world.subjects, Uuid::nil()).expect("a message");
    world.bus.publish(Stream::Dead, None, &[letter]).await.expect("the node's last word");
    // Longer than the server remembers ids elsewhere.
    let back = Settlement::Later(Duration::from_secs(3));
    let settled: Vec<_> = held.into_iter().map(|delivery| (delivery, back)).collect();
    world.bus.settle(Inbox::Intake, &settled).await.expect("given back");
    tokio::time::sleep(Duration::from_secs(3)).await;
    while world.intake.step().await.expect("a step").dead == 0 {}
    assert_eq!(world.stored(Stream::Dead).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_takes_over_nothing_refuses_as_soon_as_ever() {
    let Some((mut world, case, unit)) = with_a_task().await else { return };
    world.says(&unit, case, "result").await;
    let started = Instant::now();
    while world.envelopes(Stream::Dead).await.is_empty() {
        world.responses.step().await.expect("a step");
    }
    assert!(started.elapsed() < Duration::from_millis(2_500), "{:?}", started.elapsed());
}
