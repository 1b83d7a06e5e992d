//! Follows the log and publishes what its events call for.
//!
//! There is no outbox and no stored progress: every message carries the place in the log that it was
//! made from, so each stream's own last message says how far it has been filled. A stream that was
//! lost is filled again from the log; a publisher that died in the middle goes on where its stream
//! stands; of two publishers the second is stopped by the sequence it expects.
//!
//! What this program does not understand parks its stream: nothing of it goes out until a program
//! does, and nothing else waits for it (`docs/decisions/0017-parked-streams.md`).

pub mod outgoing;
pub mod public;

mod origins;
mod parking;
mod standing;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::recorded::Recorded;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::bus::metrics::BusMetrics;
use crate::bus::subject::Subjects;
use crate::bus::{Bus, BusError, Outgoing, Stream};
use crate::log::{Parked, Store, StoreError, StoredRow};
use crate::rules::Rules;
use origins::Origins;
use parking::Parking;
use standing::Standing;

/// Most events of one step.
const PAGE: u32 = 1_000;
/// How often an idle publisher looks whether its streams still stand.
const LOOK: Duration = Duration::from_secs(2);
/// How often it is counted how far the log is ahead.
const MEASURE: Duration = Duration::from_secs(1);

/// Why nothing goes out at the moment.
#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    /// The log cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bus failed; the next step looks where it stands.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The stream is another log's: two logs need two prefixes.
    #[error("stream {0} holds the messages of another log")]
    ForeignLog(&'static str),
    /// A message could not be written.
    #[error("a message could not be written: {0}")]
    Unwritable(#[from] serde_json::Error),
}

/// Where the publisher reads the log: the store itself, or a tail that many readers share.
#[async_trait]
pub trait Rows: Send + Sync + 'static {
    /// Rows after a position, in order, at most `limit`; misses none, and does not wait for more.
    async fn after(&mut self, position: u64, limit: u32) -> Result<Vec<StoredRow>, StoreError>;
}

/// The store itself.
struct FromStore(Arc<dyn Store>);

#[async_trait]
impl Rows for FromStore {
    async fn after(&mut self, position: u64, limit: u32) -> Result<Vec<StoredRow>, StoreError> {
        self.0.read_after(position, limit).await
    }
}

/// Messages, by the stream that keeps them.
type ByStream = Vec<(Stream, Vec<Outgoing>)>;

/// A page of the log, made into messages.
#[derive(Default)]
struct Page {
    messages: ByStream,
    /// Rows of the log, also of what is held back.
    rows: usize,
    /// The last of them, and when it was written.
    last: Option<(u64, i64)>,
}

/// Publishes the log.
pub struct Publisher {
    store: Arc<dyn Store>,
    rows: Box<dyn Rows>,
    bus: Arc<dyn Bus>,
    subjects: Subjects,
    metrics: Option<BusMetrics>,
    standing: Option<Standing>,
    origins: Origins,
    parking: Parking,
    measured: Option<Instant>,
}

impl Publisher {
    /// A publisher of this log.
    pub fn new(store: Arc<dyn Store>, bus: Arc<dyn Bus>, subjects: Subjects) -> Self {
        Self {
            rows: Box::new(FromStore(store.clone())),
            origins: Origins::new(store.clone()),
            parking: Parking::new(store.clone()),
            store,
            bus,
            subjects,
            metrics: None,
            standing: None,
            measured: None,
        }
    }

    /// The same, reading the log here.
    #[must_use]
    pub fn reading(mut self, rows: impl Rows) -> Self {
        self.rows = Box::new(rows);
        self
    }

    /// The same, telling a sending system in its own words where the rules know them.
    #[must_use]
    pub fn by_rules(mut self, rules: Rules) -> Self {
        self.origins.by_rules(rules);
        self
    }

    /// The same, counting here.
    #[must_use]
    pub fn counting(mut self, metrics: BusMetrics) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// The last position that was dealt with; none while that is not known.
    pub fn position(&self) -> Option<u64> {
        self.standing.as_ref().map(|standing| standing.read)
    }

    /// The streams that are held back because this program does not understand them, as far as this
    /// publisher has come; [`Store::parked`] tells every node.
    pub fn parked(&self) -> Vec<Parked> {
        self.parking.all()
    }

    /// One page of events; returns how many were read. After an error the next step asks the bus
    /// anew where it stands.
    ///
    /// # Errors
    /// See [`DispatchError`].
    pub async fn step(&mut self) -> Result<usize, DispatchError> {
        let mut standing = match self.standing.take() {
            Some(standing) => standing,
            None => self.resume().await?,
        };
        let page = match standing.ready.take() {
            Some(page) => page,
            None => self.page(&standing, standing.read).await?,
        };
        let read = page.rows;
        self.publish(&mut standing, page).await?;
        self.measure(&standing).await;
        self.standing = Some(standing);
        Ok(read)
    }

    /// Publishes a page, and makes the next one ready while the bus writes this one.
    async fn publish(&mut self, standing: &mut Standing, page: Page) -> Result<(), DispatchError> {
        let Some((last, recorded_at)) = page.last else {
            self.count(|metrics| metrics.lag_seconds.set(0.0));
            return self.look(standing).await;
        };
        let full = page.rows >= PAGE as usize;
        let (bus, metrics) = (self.bus.clone(), self.metrics.clone());
        let sending = standing::fill(&*bus, metrics.as_ref(), standing.sending(page.messages));
        let (filled, next) = if full {
            let (filled, next) = tokio::join!(sending, self.page(standing, last));
            (filled?, next.ok())
        } else {
            (sending.await?, None)
        };
        standing.take(filled);
        standing.read = last;
        standing.ready = next;
        let behind = Timestamp::now().as_microsecond().saturating_sub(recorded_at);
        self.count(|metrics| metrics.lag_seconds.set(if full { behind as f64 / 1e6 } else { 0.0 }));
        Ok(())
    }

    /// The messages of the page behind this position, without what a stream already holds and
    /// without what is held back.
    async fn page(&mut self, standing: &Standing, after: u64) -> Result<Page, DispatchError> {
        let rows = self.rows.after(after, PAGE).await?;
        let last = rows.last().map(|row| (row.position, row.recorded_at));
        let count = rows.len();
        let mut events = Vec::with_capacity(count);
        for row in &rows {
            if self.parking.holds(&row.stream_kind, &row.stream_id, row.position) {
                continue;
            }
            match row.decode() {
                Ok(recorded) => events.push((recorded, row.hash)),
                Err(unknown) => self.parking.hold(row, &unknown),
            }
        }
        for (row, unknown) in self.origins.load(&events).await? {
            self.parking.hold(&row, &unknown);
        }
        self.parking.keep().await?;
        self.count(|metrics| metrics.parked.set(self.parking.count()));
        let mut messages: HashMap<Stream, Vec<Outgoing>> = HashMap::new();
        for (recorded, hash) in &events {
            if self.parking.holds_event(recorded) {
                continue;
            }
            for (stream, message) in self.messages(standing, recorded, *hash, &|stream, part| {
                (recorded.position, part) > standing.held(stream)
            })? {
                messages.entry(stream).or_default().push(message);
            }
        }
        Ok(Page { messages: messages.into_iter().collect(), rows: count, last })
    }

    fn messages(
        &mut self,
        standing: &Standing,
        recorded: &Recorded,
        hash: [u8; 32],
        wanted: &dyn Fn(Stream, u32) -> bool,
    ) -> Result<Vec<(Stream, Outgoing)>, DispatchError> {
        let told = self.origins.told(recorded);
        Ok(outgoing::of(recorded, hash, told, &standing.log, &self.subjects, wanted)?)
    }

    /// How far the log is ahead; a figure only, so it stops nothing.
    async fn measure(&mut self, standing: &Standing) {
        if self.measured.is_some_and(|measured| measured.elapsed() < MEASURE) {
            return;
        }
        if self.metrics.is_none() {
            return;
        }
        self.measured = Some(Instant::now());
        if let Ok(head) = self.store.head().await {
            let ahead = head.position.saturating_sub(standing.read);
            self.count(|metrics| metrics.lag_events.set(i64::try_from(ahead).unwrap_or(i64::MAX)));
        }
    }

    fn count(&self, count: impl FnOnce(&BusMetrics)) {
        if let Some(metrics) = &self.metrics {
            count(metrics);
        }
    }
}
