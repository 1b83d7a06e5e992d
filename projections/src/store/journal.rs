//! The write-ahead log of the views, kept short.
//!
//! SQLite copies it into the file when enough has gathered, but begins it anew only in a moment in which
//! nobody reads what stands in it. With many readers, one after the other, that moment never comes by
//! itself, and the log grows.

use std::future::ready;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::SqliteConnection;
use tracing::warn;

use super::{Views, files, open};

/// Bytes that are too many: half as much again as usually gathers.
const TOO_LONG: u64 = if cfg!(test) { 40_000 } else { 96 << 20 };
/// How long readers are waited for. They are answered meanwhile; nothing is written.
const WAITED: Duration = Duration::from_millis(100);

/// The length at which the log is cut next.
#[derive(Debug)]
pub(super) struct Limit(AtomicU64);

impl Default for Limit {
    fn default() -> Self {
        Self(AtomicU64::new(TOO_LONG))
    }
}

impl Views {
    /// Cuts the log where it has become too long. Where a reader needs it, it is tried again when it has
    /// grown by as much. What was written stands in any case.
    ///
    /// In a box of its own, as all that the runner's loop is not to be followed into.
    pub(super) fn shorten_journal<'a>(&'a self, writer: &'a mut SqliteConnection) -> BoxFuture<'a, ()> {
        let Limit(limit) = &self.inner.journal;
        if self.journal_length() < limit.load(Ordering::Relaxed) {
            return ready(()).boxed();
        }
        let wait = |time: Duration| format!("PRAGMA busy_timeout = {}", time.as_millis());
        let steps = [wait(WAITED), "PRAGMA wal_checkpoint(TRUNCATE)".to_owned(), wait(open::BUSY)];
        async move {
            for step in &steps {
                if let Err(error) = sqlx::query(step).execute(&mut *writer).await {
                    warn!(%error, "the journal of the views cannot be cut");
                }
            }
            limit.store(self.journal_length() + TOO_LONG, Ordering::Relaxed);
        }
        .boxed()
    }

    /// In bytes; none where there is no such file.
    fn journal_length(&self) -> u64 {
        let journal = files::sidecar(self.path(), "-wal");
        std::fs::metadata(journal).map_or(0, |file| file.len())
    }
}

#[cfg(test)]
mod specs {
    use super::*;
    use crate::store::specs::House;
    use crate::views::sample::*;

    #[tokio::test]
    async fn the_journal_is_cut_as_soon_as_no_reader_needs_it() {
        let mut log = Log::new().add(1, registered("N1"));
        let house = House::of(&log).await;
        let mut runner = house.runner(&log);
        runner.catch_up().await.expect("follows");
        let reader = house.views.snapshot().await.expect("reads");
        let mut longest = 0;
        for case in 2..60 {
            log = log.add(case, registered(&format!("N{case}")));
            runner.step().await.expect("follows beside a reader");
            longest = longest.max(house.views.journal_length());
        }
        assert!(longest > 2 * TOO_LONG, "{longest}: a reader needs it");
        drop(reader);
        let mut shortest = u64::MAX;
        for case in 60..90 {
            log = log.add(case, registered(&format!("N{case}")));
            runner.step().await.expect("follows");
            shortest = shortest.min(house.views.journal_length());
        }
        assert_eq!(shortest, 0, "nobody needs it");
        assert_eq!(house.differences(&log).await, []);
    }
}
