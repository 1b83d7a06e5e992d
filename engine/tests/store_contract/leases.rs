//! What only one node may do at a time.

use std::sync::Arc;
use std::time::Duration;

use engine::lease::Lease;
use engine::log::{LeaseClaim, Store};
use futures::future::join_all;
use tokio::time::{Instant, sleep};

use crate::places::Place;

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(150);

async fn claim(store: &impl Store, holder: &str, ttl: Duration) -> Option<u64> {
    match store.claim_lease("deadlines", holder, ttl).await.expect("an answer") {
        LeaseClaim::Held { epoch } => Some(epoch),
        LeaseClaim::Taken { by, left } => {
            assert_ne!(by, holder);
            assert!(left <= LONG, "{left:?}");
            None
        }
    }
}

pub async fn a_lease_is_one_nodes_until_it_runs_out<P: Place>(place: &P) {
    let (one, two) = (place.open().await, place.open().await);
    assert_eq!(claim(&one, "a", SHORT).await, Some(1));
    assert_eq!(claim(&two, "b", SHORT).await, None);
    assert_eq!(claim(&one, "a", SHORT).await, Some(1), "renewed, the epoch stays");
    sleep(2 * SHORT).await;
    assert_eq!(claim(&two, "b", LONG).await, Some(2));
    assert_eq!(claim(&one, "a", LONG).await, None);
}

pub async fn a_released_lease_is_free_at_once<P: Place>(place: &P) {
    let store = place.open().await;
    assert_eq!(claim(&store, "a", LONG).await, Some(1));
    store.release_lease("deadlines", "b").await.expect("an answer");
    assert_eq!(claim(&store, "b", LONG).await, None, "nobody releases what is another's");
    store.release_lease("deadlines", "a").await.expect("an answer");
    assert_eq!(claim(&store, "b", LONG).await, Some(2));
    let other = store.claim_lease("publisher", "a", LONG).await.expect("an answer");
    assert_eq!(other, LeaseClaim::Held { epoch: 1 }, "another lease is another matter");
}

pub async fn of_many_that_claim_at_once_one_gets_the_lease<P: Place>(place: &P) {
    let (one, two) = (place.open().await, place.open().await);
    let rivals = (0..16).map(|number| {
        let (store, holder) = (if number % 2 == 0 { &one } else { &two }, format!("node {number}"));
        async move { claim(store, &holder, LONG).await }
    });
    let held: Vec<u64> = join_all(rivals).await.into_iter().flatten().collect();
    assert_eq!(held, [1]);
}

pub async fn a_loop_keeps_its_lease_by_asking_and_loses_it_by_hanging<P: Place>(place: &P) {
    let ttl = Duration::from_millis(600);
    let store: Arc<dyn Store> = Arc::new(place.open().await);
    let mut one = Lease::new(store.clone(), "views").held_by("a").living(ttl);
    let mut two = Lease::new(store, "views").held_by("b").living(ttl);
    let until = Instant::now() + 3 * ttl;
    while Instant::now() < until {
        assert_eq!(one.held().await.expect("an answer"), Some(1));
        assert_eq!(two.held().await.expect("an answer"), None);
        sleep(ttl / 20).await;
    }
    // It hangs. The other takes over as soon as the lease has run out, and the first one knows.
    let hung = Instant::now();
    while two.held().await.expect("an answer").is_none() {
        sleep(ttl / 20).await;
    }
    assert!(hung.elapsed() < 2 * ttl, "{:?}", hung.elapsed());
    assert_eq!(one.held().await.expect("an answer"), None);
    two.release().await;
    sleep(ttl / 2).await;
    assert_eq!(one.held().await.expect("an answer"), Some(3));
}

pub async fn the_stores_clock_goes_on<P: Place>(place: &P) {
    let store = place.open().await;
    let before = store.now().await.expect("a time");
    sleep(Duration::from_millis(20)).await;
    let after = store.now().await.expect("a time");
    assert!(after > before, "{before} {after}");
    let off = after.duration_since(jiff::Timestamp::now()).abs();
    assert!(off < jiff::SignedDuration::from_secs(2), "both clocks are this machine's: {off}");
}
