//! Streams that are held back: kept in the log's own database before anything behind them goes out,
//! so that neither another node nor the next start can take them for published.

use std::collections::HashMap;
use std::sync::Arc;

use domain::recorded::Recorded;
use domain::stream::{StreamId, StreamKind, UnknownEvent};
use tracing::{error, info};
use uuid::Uuid;

use crate::log::{Parked, Store, StoreError, StoredRow};

pub(super) struct Parking {
    store: Arc<dyn Store>,
    held: HashMap<(String, String), Parked>,
    fresh: Vec<Parked>,
}

impl Parking {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, held: HashMap::new(), fresh: Vec::new() }
    }

    /// What is parked in the log's database, whoever parked it.
    pub async fn read(&mut self) -> Result<Vec<Parked>, StoreError> {
        let parked = self.store.parked().await?;
        self.held = parked.iter().map(|parked| (name(parked), parked.clone())).collect();
        self.fresh.clear();
        Ok(parked)
    }

    pub fn all(&self) -> Vec<Parked> {
        let mut all: Vec<_> = self.held.values().cloned().collect();
        all.sort_by_key(|parked| parked.position);
        all
    }

    pub fn count(&self) -> i64 {
        i64::try_from(self.held.len()).unwrap_or(i64::MAX)
    }

    pub fn holds(&self, kind: &str, id: &str, position: u64) -> bool {
        // Nearly always empty: then no key is made.
        !self.held.is_empty()
            && self
                .held
                .get(&(kind.to_owned(), id.to_owned()))
                .is_some_and(|parked| position >= parked.position)
    }

    pub fn holds_event(&self, recorded: &Recorded) -> bool {
        !self.held.is_empty()
            && self.holds(recorded.stream.kind.as_str(), &recorded.stream.id.to_string(), recorded.position)
    }

    /// Holds this row's stream back, from the row on.
    pub fn hold(&mut self, row: &StoredRow, reason: &UnknownEvent) {
        error!(position = row.position, %reason, "a stream is parked: nothing of it goes out until it is understood");
        let parked = Parked {
            stream_kind: row.stream_kind.clone(),
            stream_id: row.stream_id.clone(),
            position: row.position,
            reason: reason.to_string(),
        };
        self.held.insert(name(&parked), parked.clone());
        self.fresh.push(parked);
    }

    /// Makes what was parked lately durable.
    pub async fn keep(&mut self) -> Result<(), StoreError> {
        if !self.fresh.is_empty() {
            self.store.park(&self.fresh).await?;
            self.fresh.clear();
        }
        Ok(())
    }

    /// These went out, or are gone from the log.
    pub async fn release(&mut self, parked: &[Parked]) -> Result<(), StoreError> {
        if parked.is_empty() {
            return Ok(());
        }
        self.store.unpark(parked).await?;
        for one in parked {
            self.held.remove(&name(one));
        }
        info!(streams = parked.len(), "parked streams are understood and have gone out");
        Ok(())
    }
}

/// The stream, where this program knows its kind.
pub(super) fn stream(parked: &Parked) -> Option<StreamId> {
    Some(StreamId {
        kind: StreamKind::parse(&parked.stream_kind)?,
        id: Uuid::parse_str(&parked.stream_id).ok()?,
    })
}

fn name(parked: &Parked) -> (String, String) {
    (parked.stream_kind.clone(), parked.stream_id.clone())
}
