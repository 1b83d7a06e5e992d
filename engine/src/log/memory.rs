//! The log in memory: for specs and simulations. It ends with the process.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::stream::StreamId;
use jiff::Timestamp;
use uuid::Uuid;

use super::plan::{Known, Plan, plan};
use super::{
    Batch, Entry, Head, LeaseClaim, LogIdentity, Parked, PendingDeadline, Receipt, SelfCheck, Store,
    StoreError, StoredRow,
};
use crate::clock::{Clock, SystemClock};

/// A log in memory. A clone is another handle on the same log.
#[derive(Debug, Clone)]
pub struct MemoryStore {
    identity: LogIdentity,
    log: Arc<Mutex<Log>>,
}

#[derive(Debug, Default)]
struct Log {
    head: Head,
    /// The row at position `n` is number `n - 1`.
    rows: Vec<StoredRow>,
    /// Indices into `rows`.
    streams: HashMap<StreamId, Vec<usize>>,
    receipts: BTreeMap<Uuid, Receipt>,
    deadlines: BTreeMap<StreamId, PendingDeadline>,
    keys: HashMap<Uuid, Vec<u8>>,
    leases: HashMap<String, HeldLease>,
    parked: BTreeMap<(String, String), Parked>,
}

#[derive(Debug)]
struct HeldLease {
    holder: String,
    epoch: u64,
    until: Instant,
}

impl MemoryStore {
    /// An empty log of this jurisdiction.
    pub fn new(jurisdiction: &str) -> Self {
        let identity =
            LogIdentity { log_id: Uuid::new_v4(), jurisdiction: jurisdiction.to_owned(), epoch: 1 };
        Self { identity, log: Arc::default() }
    }

    /// Nothing panics while the lock is held, and nothing waits.
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn known(&self, entries: &[Entry]) -> Known {
        let sequence = |stream: &StreamId| self.streams.get(stream).map_or(0, |rows| rows.len() as u64);
        Known {
            head: self.head,
            last_position: self.head.position,
            sequences: entries.iter().map(|entry| (entry.stream, sequence(&entry.stream))).collect(),
            receipts: entries
                .iter()
                .filter_map(|entry| self.receipts.get(&entry.command_id))
                .map(|receipt| (receipt.command_id, receipt.clone()))
                .collect(),
        }
    }

    fn write(&mut self, mut plan: Plan) -> Batch {
        self.head = plan.link(self.head);
        for row in &plan.rows {
            if let Some(stream) = row.stream() {
                self.streams.entry(stream).or_default().push(self.rows.len());
            }
            self.rows.push(row.clone());
        }
        self.receipts.extend(plan.receipts.into_iter().map(|receipt| (receipt.command_id, receipt)));
        self.keys.extend(plan.keys);
        self.deadlines.extend(plan.armed.into_iter().map(|armed| (armed.stream, armed)));
        for stream in plan.disarmed {
            self.deadlines.remove(&stream);
        }
        Batch { outcomes: plan.outcomes, rows: plan.rows }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn identity(&self) -> Result<LogIdentity, StoreError> {
        Ok(self.identity.clone())
    }

    async fn append(&self, entries: &[Entry], recorded_at: Timestamp) -> Result<Batch, StoreError> {
        let mut log = self.log();
        let plan = plan(entries, log.known(entries), recorded_at)?;
        Ok(log.write(plan))
    }

    async fn receipts(&self, command_ids: &[Uuid]) -> Result<Vec<Receipt>, StoreError> {
        let log = self.log();
        let ids: BTreeSet<_> = command_ids.iter().collect();
        Ok(ids.into_iter().filter_map(|id| log.receipts.get(id).cloned()).collect())
    }

    async fn rows(&self, streams: &[StreamId]) -> Result<Vec<StoredRow>, StoreError> {
        let log = self.log();
        let streams: BTreeSet<_> = streams.iter().collect();
        let places = streams.into_iter().filter_map(|stream| log.streams.get(stream)).flatten();
        Ok(places.filter_map(|place| log.rows.get(*place)).cloned().collect())
    }

    async fn read_after(&self, position: u64, limit: u32) -> Result<Vec<StoredRow>, StoreError> {
        let after = usize::try_from(position).unwrap_or(usize::MAX);
        Ok(self.log().rows.iter().skip(after).take(limit as usize).cloned().collect())
    }

    async fn head(&self) -> Result<Head, StoreError> {
        Ok(self.log().head)
    }

    async fn due(
        &self,
        now: Timestamp,
        after: Option<&PendingDeadline>,
        limit: u32,
    ) -> Result<Vec<PendingDeadline>, StoreError> {
        let place = |row: &PendingDeadline| (row.deadline.due_at, row.stream);
        let log = self.log();
        let mut due: Vec<_> = log
            .deadlines
            .values()
            .filter(|row| row.deadline.due_at <= now && after.is_none_or(|after| place(row) > place(after)))
            .collect();
        due.sort_by_key(|row| place(row));
        Ok(due.into_iter().take(limit as usize).cloned().collect())
    }

    async fn deadlines_after(
        &self,
        after: Option<StreamId>,
        limit: u32,
    ) -> Result<Vec<PendingDeadline>, StoreError> {
        let log = self.log();
        let rows = log.deadlines.values().filter(|row| after.is_none_or(|after| row.stream > after));
        Ok(rows.take(limit as usize).cloned().collect())
    }

    async fn deadlines_pending(&self) -> Result<u64, StoreError> {
        Ok(self.log().deadlines.len() as u64)
    }

    async fn next_due_at(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.log().deadlines.values().map(|row| row.deadline.due_at).min())
    }

    async fn keys(&self, cases: &[Uuid]) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
        let log = self.log();
        let cases: BTreeSet<_> = cases.iter().collect();
        Ok(cases.into_iter().filter_map(|case| Some((*case, log.keys.get(case)?.clone()))).collect())
    }

    async fn receipts_after(&self, after: Option<Uuid>, limit: u32) -> Result<Vec<Receipt>, StoreError> {
        let log = self.log();
        let rows = log.receipts.values().filter(|row| after.is_none_or(|after| row.command_id > after));
        Ok(rows.take(limit as usize).cloned().collect())
    }

    async fn parked(&self) -> Result<Vec<Parked>, StoreError> {
        let mut parked: Vec<_> = self.log().parked.values().cloned().collect();
        parked.sort_by_key(|parked| parked.position);
        Ok(parked)
    }

    async fn park(&self, streams: &[Parked]) -> Result<(), StoreError> {
        let mut log = self.log();
        for parked in streams {
            log.parked
                .entry((parked.stream_kind.clone(), parked.stream_id.clone()))
                .or_insert_with(|| parked.clone());
        }
        Ok(())
    }

    async fn unpark(&self, streams: &[Parked]) -> Result<(), StoreError> {
        let mut log = self.log();
        for parked in streams {
            log.parked.remove(&(parked.stream_kind.clone(), parked.stream_id.clone()));
        }
        Ok(())
    }

    async fn key_ids_after(&self, after: Option<Uuid>, limit: u32) -> Result<Vec<Uuid>, StoreError> {
        let log = self.log();
        let mut ids: Vec<_> =
            log.keys.keys().copied().filter(|id| after.is_none_or(|after| *id > after)).collect();
        ids.sort_unstable();
        ids.truncate(limit as usize);
        Ok(ids)
    }

    async fn self_check(&self) -> Result<SelfCheck, StoreError> {
        Ok(SelfCheck::default())
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        Ok(SystemClock.now())
    }

    async fn claim_lease(&self, name: &str, holder: &str, ttl: Duration) -> Result<LeaseClaim, StoreError> {
        let mut log = self.log();
        let now = Instant::now();
        let before = log.leases.get(name);
        let epoch = match before {
            Some(held) if held.holder == holder => held.epoch,
            Some(held) if held.until > now => {
                return Ok(LeaseClaim::Taken { by: held.holder.clone(), left: held.until - now });
            }
            _ => before.map_or(0, |held| held.epoch) + 1,
        };
        let held = HeldLease { holder: holder.to_owned(), epoch, until: now + ttl };
        log.leases.insert(name.to_owned(), held);
        Ok(LeaseClaim::Held { epoch })
    }

    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        if let Some(held) = self.log().leases.get_mut(name).filter(|held| held.holder == holder) {
            held.until = Instant::now();
        }
        Ok(())
    }
}
