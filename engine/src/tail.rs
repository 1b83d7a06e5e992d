//! One reader of the log for all readers of a node: what this node has written, or one of them has read,
//! the others find in memory. Views, publisher and counters follow the log at the same place nearly all
//! the time, and where one node writes, they ask the store for nothing.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::dispatcher::Rows;
use crate::log::{Store, StoreError, StoredRow};
use async_trait::async_trait;

/// Rows kept. Who is further behind reads the store by himself and disturbs nobody.
const KEPT: usize = 16_384;

/// The end of the log, shared; cheap to clone.
#[derive(Clone)]
pub struct Tail {
    store: Arc<dyn Store>,
    kept: Arc<Mutex<Kept>>,
    /// One asks the store, who wants the same waits for the answer.
    reading: Arc<tokio::sync::Mutex<()>>,
}

/// Every row of the log after one position, up to another.
#[derive(Default)]
struct Kept {
    /// The position behind which it begins.
    after: u64,
    rows: VecDeque<StoredRow>,
}

impl Tail {
    /// A tail of this log.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, kept: Arc::default(), reading: Arc::default() }
    }

    /// Rows after a position, in order, at most `limit`; empty at the end of the log. Misses none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read_after(&self, position: u64, limit: u32) -> Result<Vec<StoredRow>, StoreError> {
        if let Some(rows) = self.kept().answer(position, limit) {
            return Ok(rows);
        }
        if position < self.kept().after {
            return self.store.read_after(position, limit).await;
        }
        let _reading = self.reading.lock().await;
        if let Some(rows) = self.kept().answer(position, limit) {
            return Ok(rows);
        }
        let fresh = self.store.read_after(position, limit).await?;
        self.kept().extend(position, &fresh);
        Ok(fresh)
    }

    /// What this node has just written: kept, where it follows what is kept.
    pub(crate) fn offer(&self, rows: Vec<StoredRow>) {
        let mut kept = self.kept();
        if rows.first().is_some_and(|first| first.position == kept.last() + 1) {
            kept.take(rows);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // What is kept is whole between any two steps.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn last(&self) -> u64 {
        self.rows.back().map_or(self.after, |row| row.position)
    }

    /// What is kept of the rows after a position; none where the store must be asked.
    fn answer(&self, position: u64, limit: u32) -> Option<Vec<StoredRow>> {
        if position < self.after || position >= self.last() {
            return None;
        }
        let first = self.rows.partition_point(|row| row.position <= position);
        Some(self.rows.iter().skip(first).take(limit as usize).cloned().collect())
    }

    /// What the store had after a position. A part of it may have been offered meanwhile.
    fn extend(&mut self, position: u64, fresh: &[StoredRow]) {
        if position > self.last() {
            // Ahead of all others: what lies between is not read twice.
            *self = Self { after: position, rows: VecDeque::new() };
        }
        let last = self.last();
        self.take(fresh.iter().filter(|row| row.position > last).cloned());
    }

    fn take(&mut self, rows: impl IntoIterator<Item = StoredRow>) {
        self.rows.extend(rows);
        while self.rows.len() > KEPT {
            if let Some(row) = self.rows.pop_front() {
                self.after = row.position;
            }
        }
    }
}

#[async_trait]
impl Rows for Tail {
    async fn after(&mut self, position: u64, limit: u32) -> Result<Vec<StoredRow>, StoreError> {
        self.read_after(position, limit).await
    }
}

#[cfg(test)]
mod specs {
    use std::sync::atomic::{AtomicU64, Ordering};

    use domain::ids::CaseId;
    use domain::stream::StreamId;
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::log::memory::MemoryStore;
    use crate::log::{Entry, NewRow};

    async fn grow(store: &MemoryStore, rows: usize) {
        for _ in 0..rows {
            let id = Uuid::new_v4();
            let event = NewRow {
                event_type: "CaseSigned",
                payload: "{}".to_owned(),
                occurred_at: 0,
                actor: "{}".to_owned(),
                correlation: id,
                causation: id,
            };
            let entry = Entry {
                stream: StreamId::case(CaseId(id)),
                expected: 0,
                seen: None,
                events: vec![event],
                command_id: id,
                content_hash: [0; 32],
                next_deadline: None,
                new_key: None,
            };
            store.append(&[entry], Timestamp::UNIX_EPOCH).await.expect("appended");
        }
    }

    fn positions(rows: &[StoredRow]) -> Vec<u64> {
        rows.iter().map(|row| row.position).collect()
    }

    #[tokio::test]
    async fn readers_at_different_places_each_miss_nothing() {
        let store = MemoryStore::new("320506");
        let tail = Tail::new(Arc::new(store.clone()));
        let places = [AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0)];
        let mut seen = vec![Vec::new(); 3];
        for round in 0..60_usize {
            grow(&store, round % 5).await;
            for (reader, place) in places.iter().enumerate() {
                if (round + reader) % (reader + 1) == 0 {
                    let limit = if reader == 1 { 3 } else { 100 };
                    let rows = tail.read_after(place.load(Ordering::Relaxed), limit).await.expect("rows");
                    seen[reader].extend(positions(&rows));
                    place.store(*seen[reader].last().unwrap_or(&0), Ordering::Relaxed);
                }
            }
        }
        for seen in seen {
            let expected: Vec<u64> = (1..=seen.len() as u64).collect();
            assert_eq!(seen, expected);
            assert!(seen.len() > 50);
        }
    }

    #[tokio::test]
    async fn what_one_reader_read_the_others_find_in_memory() {
        let store = MemoryStore::new("320506");
        grow(&store, 10).await;
        let tail = Tail::new(Arc::new(store));
        tail.read_after(4, 100).await.expect("rows");
        assert_eq!(tail.kept().rows.len(), 6);
        assert_eq!(positions(&tail.read_after(6, 2).await.expect("rows")), [7, 8]);
        // From before the memory begins: from the store, and the memory stays.
        assert_eq!(positions(&tail.read_after(0, 2).await.expect("rows")), [1, 2]);
        assert_eq!(tail.kept().rows.len(), 6);
    }

    #[tokio::test]
    async fn memory_stays_bounded_and_late_readers_still_miss_nothing() {
        let mut kept = Kept::default();
        let row = |position| StoredRow {
            position,
            stream_kind: String::new(),
            stream_id: String::new(),
            sequence: 1,
            event_type: String::new(),
            event_version: String::new(),
            payload: String::new(),
            metadata: String::new(),
            occurred_at: 0,
            recorded_at: 0,
            actor: String::new(),
            correlation: Uuid::nil(),
            causation: Uuid::nil(),
            command_id: Uuid::nil(),
            hash: [0; 32],
            prev_hash: [0; 32],
        };
        kept.take((1..=KEPT as u64 + 10).map(row));
        assert_eq!((kept.after, kept.rows.len()), (10, KEPT));
    }
}
