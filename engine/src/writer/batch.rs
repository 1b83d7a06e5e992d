//! A batch on its way to the store.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use super::Job;
use super::decide::Folded;
use crate::log::{Batch, Entry, Store, StoreError};
use crate::metrics::Metrics;

/// A decided command.
pub(super) struct Decided {
    pub job: Job,
    pub entry: Entry,
    pub after: Box<Folded>,
    pub attempt: u32,
}

/// What came of a batch.
pub(super) struct Finished {
    pub batch: Vec<Decided>,
    pub recorded_at: Timestamp,
    pub outcome: Result<Batch, StoreError>,
}

/// Writes it in one transaction.
pub(super) async fn append(
    store: Arc<dyn Store>,
    metrics: Metrics,
    batch: Vec<Decided>,
    now: Timestamp,
) -> Finished {
    let recorded_at = batch.iter().map(|decided| decided.after.recorded_at).fold(now, Timestamp::max);
    // The store waits for its next batch: what it takes is moved to it and back, not copied.
    let apart = |Decided { job, entry, after, attempt }| (entry, (job, after, attempt));
    let (entries, rest): (Vec<Entry>, Vec<_>) = batch.into_iter().map(apart).unzip();
    let started = Instant::now();
    let outcome = store.append(&entries, recorded_at).await;
    metrics.append_seconds.observe(started.elapsed().as_secs_f64());
    metrics.batch.observe(entries.len() as f64);
    let whole = |(entry, (job, after, attempt))| Decided { job, entry, after, attempt };
    Finished { batch: entries.into_iter().zip(rest).map(whole).collect(), recorded_at, outcome }
}
