//! What the reactions need to know of a case besides the event: kept for those in motion, folded from
//! the log for the others.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use domain::recorded::Recorded;
use domain::stream::{Event, StreamId, StreamKind, UnknownEvent};
use lru::LruCache;

use super::outgoing::Told;
use crate::log::{Store, StoreError, StoredRow};

/// Origins of cases kept in memory.
const CACHED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(32_768 - 1);

pub(super) struct Origins {
    store: Arc<dyn Store>,
    known: LruCache<StreamId, Told>,
    none: Told,
}

impl Origins {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, known: LruCache::new(CACHED), none: Told::default() }
    }

    pub fn forget(&mut self) {
        self.known.clear();
    }

    /// Not to be asked for by the pages to come: what is known of it is ahead of them.
    pub fn forget_one(&mut self, stream: StreamId) {
        self.known.pop(&stream);
    }

    /// What was told of this event's case before it.
    pub fn told(&mut self, recorded: &Recorded) -> &mut Told {
        match &recorded.event {
            Event::Case(_) => self.known.get_or_insert_mut(recorded.stream, Told::default),
            Event::Intake(_) => &mut self.none,
        }
    }

    /// Takes in cases whose beginning lies before this page. Where that beginning is not understood,
    /// the case's first event of the page is returned with the reason: it must not go out.
    pub async fn load(
        &mut self,
        events: &[(Recorded, [u8; 32])],
    ) -> Result<Vec<(StoredRow, UnknownEvent)>, StoreError> {
        let mut missing: HashMap<StreamId, u64> = HashMap::new();
        for (recorded, _) in events {
            if recorded.stream.kind == StreamKind::Case {
                missing.entry(recorded.stream).or_insert(recorded.sequence);
            }
        }
        missing.retain(|stream, first| *first > 1 && !self.known.contains(stream));
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let streams: Vec<StreamId> = missing.keys().copied().collect();
        let mut unknown: HashMap<StreamId, UnknownEvent> = HashMap::new();
        let mut held = Vec::new();
        for row in self.store.rows(&streams).await? {
            let Some((stream, first)) = row.stream().and_then(|stream| missing.get_key_value(&stream)) else {
                continue;
            };
            if row.sequence > *first {
                continue;
            }
            if row.sequence == *first {
                held.extend(unknown.remove(stream).map(|reason| (row, reason)));
                continue;
            }
            match row.decode() {
                Ok(recorded) => {
                    self.known.get_or_insert_mut(*stream, Told::default).take(&recorded);
                }
                Err(reason) => {
                    unknown.entry(*stream).or_insert(reason);
                }
            }
        }
        Ok(held)
    }
}
