//! What gets lost on the way, and that nobody downstream can tell.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use engine::bus::{
    Bus, BusError, Delivery, Inbox, Outgoing, Settlement, Stored, Stream, StreamState, Unsettled,
};
use serde_json::Value;

use crate::world::{World, complaint, drain};

/// A bus that stores half of what it is given on one stream, and says that it does not know.
pub struct Failing {
    inner: Arc<dyn Bus>,
    stream: Stream,
    stores: fn(usize) -> usize,
    failed: AtomicBool,
    once: bool,
}

impl Failing {
    /// Never stores anything on this stream.
    pub fn on(inner: Arc<dyn Bus>, stream: Stream) -> Self {
        Self { inner, stream, stores: |_| 0, failed: AtomicBool::new(false), once: false }
    }

    fn once(inner: Arc<dyn Bus>, stream: Stream, stores: fn(usize) -> usize) -> Self {
        Self { inner, stream, stores, failed: AtomicBool::new(false), once: true }
    }
}

#[async_trait]
impl Bus for Failing {
    async fn ensure(&self) -> Result<(), BusError> {
        self.inner.ensure().await
    }

    async fn publish(
        &self,
        stream: Stream,
        after: Option<u64>,
        messages: &[Outgoing],
    ) -> Result<u64, BusError> {
        if stream != self.stream || (self.once && self.failed.swap(true, Ordering::SeqCst)) {
            return self.inner.publish(stream, after, messages).await;
        }
        let stored = (self.stores)(messages.len());
        self.inner.publish(stream, after, &messages[..stored]).await?;
        Err(BusError::Unknown("no answer in time".to_owned()))
    }

    async fn pull(&self, inbox: Inbox, limit: usize, wait: Duration) -> Result<Vec<Delivery>, BusError> {
        self.inner.pull(inbox, limit, wait).await
    }

    async fn settle(&self, inbox: Inbox, settled: &[(Delivery, Settlement)]) -> Result<(), BusError> {
        self.inner.settle(inbox, settled).await
    }

    async fn unsettled(&self, inbox: Inbox) -> Result<Unsettled, BusError> {
        self.inner.unsettled(inbox).await
    }

    async fn state(&self, stream: Stream) -> Result<StreamState, BusError> {
        self.inner.state(stream).await
    }

    async fn browse(&self, stream: Stream, from: u64, limit: usize) -> Result<Vec<Stored>, BusError> {
        self.inner.browse(stream, from, limit).await
    }
}

/// Ids of everything that the log has filled, stream by stream, in order.
pub async fn ids(world: &World) -> Vec<Vec<Value>> {
    let mut all = Vec::new();
    for stream in Stream::FROM_LOG {
        all.push(world.envelopes(stream).await.into_iter().map(|event| event["id"].clone()).collect());
    }
    all
}

pub async fn some_cases(world: &mut World, from: usize) {
    for number in from..from + 10 {
        world.complain(&format!("m{number}"), complaint(&format!("L-{number}"))).await;
    }
    assert_eq!(world.intake.step().await.expect("a step").done, 10);
}

/// Per case: a receipt and a status; a task; three events.
fn whole(cases: usize, ids: &[Vec<Value>]) {
    let counts: Vec<usize> = ids.iter().map(Vec::len).collect();
    assert_eq!(counts, [2 * cases, cases, 3 * cases]);
    for stream in ids {
        let distinct: std::collections::HashSet<_> = stream.iter().map(Value::to_string).collect();
        assert_eq!(distinct.len(), stream.len());
    }
}

pub async fn a_publisher_that_died_goes_on_without_doubling(mut world: World) {
    some_cases(&mut world, 0).await;
    world.publish_all().await;
    let before = ids(&world).await;
    whole(10, &before);
    // A new process: nothing is remembered but what stands on the bus.
    let mut second = world.another_publisher(world.bus.clone());
    drain(&mut second).await;
    assert_eq!(ids(&world).await, before);
    some_cases(&mut world, 10).await;
    drain(&mut second).await;
    whole(20, &ids(&world).await);
}

pub async fn a_publish_of_unknown_outcome_is_not_doubled(mut world: World) {
    let outcomes: [fn(usize) -> usize; 3] = [|_| 0, |all| all / 2, |all| all];
    let mut cases = 0;
    for stream in Stream::FROM_LOG {
        for stores in outcomes {
            some_cases(&mut world, cases).await;
            cases += 10;
            let failing = Failing::once(world.bus.clone(), stream, stores);
            let mut publisher = world.another_publisher(Arc::new(failing));
            publisher.step().await.expect_err("unknown");
            // The process dies here half of the time.
            if cases % 20 == 0 {
                drain(&mut publisher).await
            } else {
                world.publish_all_anew().await
            }
            whole(cases, &ids(&world).await);
        }
    }
}

pub async fn the_second_of_two_publishers_is_stopped(mut world: World) {
    some_cases(&mut world, 0).await;
    let mut second = world.another_publisher(world.bus.clone());
    drain(&mut second).await;
    world.publish_all().await;
    some_cases(&mut world, 10).await;
    drain(&mut second).await;
    // The first believes that it stands where it stood; the bus knows better.
    world.publisher.step().await.expect_err("moved");
    world.publish_all().await;
    whole(20, &ids(&world).await);
}

pub async fn a_wiped_bus_is_made_anew_and_filled_again(mut world: World) {
    some_cases(&mut world, 0).await;
    world.publish_all().await;
    let before = ids(&world).await;
    world.carrier.wipe().await;
    // Idle: the consumers find out and make what is missing.
    let _ = world.intake.step().await;
    some_cases(&mut world, 10).await;
    for _ in 0..3 {
        let _ = world.publisher.step().await;
    }
    world.publish_all().await;
    let after = ids(&world).await;
    whole(20, &after);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before[..], after[..before.len()], "the same messages under the same ids");
    }
}

pub async fn a_purged_stream_is_filled_again(mut world: World) {
    some_cases(&mut world, 0).await;
    world.publish_all().await;
    world.carrier.purge(Stream::Dispatch).await;
    let mut second = world.another_publisher(world.bus.clone());
    // The server may still know the ids: that is no reason to leave the messages out.
    for _ in 0..100 {
        if matches!(second.step().await, Ok(0)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    whole(10, &ids(&world).await);
}

pub async fn an_emptied_stream_is_noticed_where_nothing_happens(mut world: World) {
    some_cases(&mut world, 0).await;
    world.publish_all().await;
    let before = ids(&world).await;
    for wiped in [false, true] {
        if wiped {
            world.carrier.wipe().await;
        } else {
            for stream in Stream::FROM_LOG {
                world.carrier.purge(stream).await;
            }
        }
        // Nothing new happens, and nobody tells the publisher.
        let until = tokio::time::Instant::now() + Duration::from_secs(10);
        while tokio::time::Instant::now() < until && filled(&world).await != before {
            let _ = world.publisher.step().await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(filled(&world).await, before, "the same messages under the same ids");
    }
}

/// As [`ids`]; a stream that is gone is empty.
async fn filled(world: &World) -> Vec<Vec<Value>> {
    for stream in Stream::FROM_LOG {
        if world.bus.browse(stream, u64::MAX, 1).await.is_err() {
            return Vec::new();
        }
    }
    ids(world).await
}
