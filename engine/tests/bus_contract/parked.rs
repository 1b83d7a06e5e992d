//! Events that this program does not understand hold back their own stream and nothing else.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::stream::StreamId;
use engine::bus::Stream;
use engine::dispatcher::Publisher;
use engine::log::{
    Batch, Entry, Head, LeaseClaim, LogIdentity, Parked, PendingDeadline, Receipt, SelfCheck, Store,
    StoreError, StoredRow,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::lost::{ids, some_cases};
use crate::world::{World, drain};

/// The log as an older program sees it: some of its events are of a newer version.
struct Older {
    inner: Arc<dyn Store>,
    newer: Mutex<HashSet<u64>>,
    upgraded: AtomicBool,
}

impl Older {
    fn seen(&self, mut rows: Vec<StoredRow>) -> Vec<StoredRow> {
        let newer = self.newer.lock().expect("the positions");
        for row in &mut rows {
            if newer.contains(&row.position) && !self.upgraded.load(Ordering::SeqCst) {
                row.event_version = "2".to_owned();
            }
        }
        rows
    }
}

#[async_trait]
impl Store for Older {
    async fn identity(&self) -> Result<LogIdentity, StoreError> {
        self.inner.identity().await
    }
    async fn append(&self, entries: &[Entry], recorded_at: Timestamp) -> Result<Batch, StoreError> {
        self.inner.append(entries, recorded_at).await
    }
    async fn receipts(&self, command_ids: &[Uuid]) -> Result<Vec<Receipt>, StoreError> {
        self.inner.receipts(command_ids).await
    }
    async fn rows(&self, streams: &[StreamId]) -> Result<Vec<StoredRow>, StoreError> {
        Ok(self.seen(self.inner.rows(streams).await?))
    }
    async fn read_after(&self, position: u64, limit: u32) -> Result<Vec<StoredRow>, StoreError> {
        Ok(self.seen(self.inner.read_after(position, limit).await?))
    }
    async fn head(&self) -> Result<Head, StoreError> {
        self.inner.head().await
    }
    async fn due(
        &self,
        now: Timestamp,
        after: Option<&PendingDeadline>,
        limit: u32,
    ) -> Result<Vec<PendingDeadline>, StoreError> {
        self.inner.due(now, after, limit).await
    }
    async fn deadlines_after(
        &self,
        after: Option<StreamId>,
        limit: u32,
    ) -> Result<Vec<PendingDeadline>, StoreError> {
        self.inner.deadlines_after(after, limit).await
    }
    async fn deadlines_pending(&self) -> Result<u64, StoreError> {
        self.inner.deadlines_pending().await
    }
    async fn next_due_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.inner.next_due_at().await
    }
    async fn key_ids_after(&self, after: Option<Uuid>, limit: u32) -> Result<Vec<Uuid>, StoreError> {
        self.inner.key_ids_after(after, limit).await
    }
    async fn keys(&self, cases: &[Uuid]) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
        self.inner.keys(cases).await
    }
    async fn receipts_after(&self, after: Option<Uuid>, limit: u32) -> Result<Vec<Receipt>, StoreError> {
        self.inner.receipts_after(after, limit).await
    }
    async fn parked(&self) -> Result<Vec<Parked>, StoreError> {
        self.inner.parked().await
    }
    async fn park(&self, streams: &[Parked]) -> Result<(), StoreError> {
        self.inner.park(streams).await
    }
    async fn unpark(&self, streams: &[Parked]) -> Result<(), StoreError> {
        self.inner.unpark(streams).await
    }
    async fn now(&self) -> Result<Timestamp, StoreError> {
        self.inner.now().await
    }
    async fn claim_lease(&self, name: &str, holder: &str, ttl: Duration) -> Result<LeaseClaim, StoreError> {
        self.inner.claim_lease(name, holder, ttl).await
    }
    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        self.inner.release_lease(name, holder).await
    }
    async fn self_check(&self) -> Result<SelfCheck, StoreError> {
        self.inner.self_check().await
    }
}

/// A program to which the second event of every second case is of a newer version.
async fn older(world: &World) -> Arc<Older> {
    let rows = world.store.read_after(0, 100_000).await.expect("the log");
    let newer = rows.iter().filter(|row| row.sequence == 2).step_by(2).map(|row| row.position).collect();
    let upgraded = AtomicBool::new(false);
    Arc::new(Older { inner: world.store.clone(), newer: Mutex::new(newer), upgraded })
}

fn program(world: &World, store: &Arc<Older>) -> Publisher {
    Publisher::new(store.clone(), world.bus.clone(), world.subjects.clone())
}

fn sorted(mut ids: Vec<Vec<Value>>) -> Vec<Vec<String>> {
    ids.iter_mut()
        .map(|stream| {
            let mut stream: Vec<_> = stream.iter().map(Value::to_string).collect();
            stream.sort();
            stream
        })
        .collect()
}

/// Within a case, messages come in the order of its events.
async fn in_order_within_each_case(world: &World) {
    for stream in Stream::FROM_LOG {
        let mut last: std::collections::HashMap<String, String> = std::collections::HashMap::new();
        for message in world.envelopes(stream).await {
            let (Some(case), Some(sequence)) = (message["subject"].as_str(), message["sequence"].as_str())
            else {
                continue;
            };
            let before = last.insert(case.to_owned(), sequence.to_owned());
            assert!(before.is_none_or(|before| before.as_str() <= sequence), "{case} {sequence}");
        }
    }
}

pub async fn what_is_not_understood_parks_its_stream_and_nothing_else(mut world: World) {
    some_cases(&mut world, 0).await;
    let store = older(&world).await;
    let mut old = program(&world, &store);
    drain(&mut old).await;
    let parked = old.parked();
    assert_eq!(parked.len(), 5);
    assert!(parked[0].reason.contains("unknown version"), "{}", parked[0].reason);
    assert_eq!(world.store.parked().await.expect("the log"), parked, "every node can tell");
    // Of ten cases, five have gone out whole; of the others only the first event.
    let counts: Vec<usize> = ids(&world).await.iter().map(Vec::len).collect();
    assert_eq!(counts, [15, 5, 20]);
    // The next start of the same program knows it; what comes later of a parked case waits too.
    let mut old = program(&world, &store);
    let case = parked[0].stream_id.parse().expect("a uuid");
    let unit = unit_of(&world, case).await;
    world.answer(&unit, "a1", json!({"case": case, "action": "sign"})).await;
    world.responses.step().await.expect("a step");
    some_cases(&mut world, 10).await;
    drain(&mut old).await;
    assert_eq!(old.parked(), parked);
    let counts: Vec<usize> = ids(&world).await.iter().map(Vec::len).collect();
    assert_eq!(counts, [35, 15, 50]);
    in_order_within_each_case(&world).await;
}

async fn unit_of(world: &World, case: Uuid) -> String {
    let case = world.engine.case(domain::ids::CaseId(case)).await.expect("the log").expect("the case");
    case.state.lead.expect("a unit").to_string()
}

pub async fn what_was_parked_goes_out_once_it_is_understood(mut world: World) {
    some_cases(&mut world, 0).await;
    let store = older(&world).await;
    drain(&mut program(&world, &store)).await;
    some_cases(&mut world, 10).await;
    drain(&mut program(&world, &store)).await;
    let position = world.store.head().await.expect("the log").position;

    store.upgraded.store(true, Ordering::SeqCst);
    let mut new = program(&world, &store);
    drain(&mut new).await;
    assert_eq!((new.parked(), new.position()), (Vec::new(), Some(position)));
    assert_eq!(world.store.parked().await.expect("the log"), []);
    let sent = ids(&world).await;
    assert_eq!(sent.iter().map(Vec::len).collect::<Vec<_>>(), [40, 20, 60]);
    in_order_within_each_case(&world).await;
    // The streams' ends still say how far the log is published: nothing is sent twice after that.
    some_cases(&mut world, 20).await;
    world.publish_all_anew().await;
    let sent = sorted(ids(&world).await);
    assert_eq!(sent.iter().map(Vec::len).collect::<Vec<_>>(), [60, 30, 90]);
    for stream in sent {
        assert!(stream.windows(2).all(|pair| pair[0] != pair[1]), "each id once");
    }
}

pub async fn a_wiped_bus_is_filled_again_without_what_is_parked(mut world: World) {
    some_cases(&mut world, 0).await;
    let store = older(&world).await;
    drain(&mut program(&world, &store)).await;
    let before = ids(&world).await;
    world.carrier.wipe().await;
    drain(&mut program(&world, &store)).await;
    assert_eq!(sorted(ids(&world).await), sorted(before));
    store.upgraded.store(true, Ordering::SeqCst);
    drain(&mut program(&world, &store)).await;
    assert_eq!(ids(&world).await.iter().map(Vec::len).collect::<Vec<_>>(), [20, 10, 30]);
    in_order_within_each_case(&world).await;
}
