//! Carries the log into the views, page by page.

use std::sync::Arc;
use std::time::Duration;

use domain::context::Rulebook;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::Instant;
use tracing::{error, info, warn};

use crate::feed::{Feed, FeedError, FeedItem};
use crate::store::{Checkpoint, Claim, Parked, Views, ViewsError};
use crate::views::page::lane_of;

/// Events of one page: memory stays bounded, and a page is one short transaction.
pub const PAGE: u32 = 2_000;

/// How far a step came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Position of the log up to which the views are now.
    pub position: u64,
    /// Events that were taken by this step; 0 at the end of the log.
    pub events: usize,
}

/// The views cannot follow.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// The log cannot be read: try again.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The views cannot be written. [`ViewsError::Superseded`] means that another runner has
    /// taken over and this one must stop.
    #[error(transparent)]
    Store(#[from] ViewsError),
}

impl RunnerError {
    /// Trying again cannot help: this runner must end.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Store(ViewsError::Superseded | ViewsError::Schema { .. }))
    }
}

/// Events of a log from which views that hold nothing yet are made in one piece.
const ALL_TO_MAKE: u64 = 20_000;

/// Until views are tried again that could not be taken over.
const AGAIN: Duration = Duration::from_secs(5);

/// Most events in one transaction when there is much to catch up with.
const PAGE_MAX: u32 = 4_000;

/// Far behind, larger pages are cheaper: the same places of the indexes are written fewer times.
fn next_page(page: u32, found: usize) -> u32 {
    let full = u32::try_from(found).is_ok_and(|found| found >= page);
    if full { (page * 2).min(PAGE_MAX) } else { PAGE }
}

/// Follows the log. There is one at a time: the latest fences off all others.
pub struct Runner {
    views: Views,
    feed: Arc<dyn Feed>,
    rules: Arc<Rulebook>,
    claim: Option<(u64, Claim)>,
    page: u32,
    not_before: Option<Instant>,
}

impl Runner {
    /// Claims the views at its first step.
    pub fn new(views: Views, feed: Arc<dyn Feed>, rules: Arc<Rulebook>) -> Self {
        Self { views, feed, rules, claim: None, page: PAGE, not_before: None }
    }

    /// Goes on under these rules. Where units stand elsewhere now, who may see a case is another matter, and
    /// the views are made anew.
    pub fn follow(&mut self, rules: Arc<Rulebook>) {
        if !Arc::ptr_eq(&self.rules, &rules) {
            self.rules = rules;
            self.claim = None;
        }
    }

    /// Takes the next page, and the replays that somebody asked for.
    ///
    /// # Errors
    /// See [`RunnerError`]. Nothing is half done, and the next step goes on where this one began.
    pub async fn step(&mut self) -> Result<Progress, RunnerError> {
        self.take_over().await;
        let mut claim = self.claim().await?;
        for parked in self.views.replays_asked().await? {
            self.replay(&claim, &parked).await?;
        }
        let items = self.feed.read_after(claim.position, self.page).await?;
        self.page = next_page(self.page, items.len());
        self.views.apply(&mut claim, &items, &self.rules.org).await?;
        self.claim = Some((self.views.edition(), claim));
        Ok(Progress { position: claim.position, events: items.len() })
    }

    /// Steps until nothing is left.
    ///
    /// # Errors
    /// See [`Runner::step`].
    pub async fn catch_up(&mut self) -> Result<Progress, RunnerError> {
        let mut events = 0;
        loop {
            let step = self.step().await?;
            events += step.events;
            if step.events == 0 {
                return Ok(Progress { events, ..step });
            }
        }
    }

    /// The claim; a new one where the file was replaced by this very program. Views that were not made
    /// from this log, or that are all to be made, are made anew first.
    async fn claim(&mut self) -> Result<Claim, RunnerError> {
        let edition = self.views.edition();
        if let Some((of, claim)) = self.claim
            && of == edition
        {
            return Ok(claim);
        }
        let mut claim = self.views.claim().await?;
        if self.must_rebuild().await? || self.stand_elsewhere().await? {
            self.rebuild().await?;
            claim = self.views.claim().await?;
        }
        self.claim = Some((self.views.edition(), claim));
        Ok(claim)
    }

    /// In a box of its own: a future within a future within a task is more than the compiler can follow.
    fn rebuild(&self) -> BoxFuture<'_, Result<Progress, RunnerError>> {
        self.views.rebuild(self.feed.clone(), self.rules.clone(), |_| {}).boxed()
    }

    async fn must_rebuild(&self) -> Result<bool, RunnerError> {
        let Checkpoint { position, hash, .. } = self.views.checkpoint().await?;
        let Some(before) = position.checked_sub(1) else {
            return Ok(self.feed.head().await? > ALL_TO_MAKE);
        };
        let same = |item: &FeedItem| (item.position, item.hash) == (position, hash);
        if self.feed.read_after(before, 1).await?.first().is_some_and(same) {
            return Ok(false);
        }
        error!(
            position,
            "the log is not the one that the views were made from: it was replaced, or ends before them; \
             the views are made anew"
        );
        Ok(true)
    }

    /// Whether the paths of the views are those of another tree of units.
    async fn stand_elsewhere(&self) -> Result<bool, RunnerError> {
        let ours = self.rules.org.paths();
        match self.views.paths().await? {
            Some(theirs) if theirs != ours => {
                info!("units stand elsewhere than when the views were made; they are made anew");
                Ok(true)
            }
            Some(_) => Ok(false),
            None => {
                self.views.note_paths(ours).await?;
                Ok(false)
            }
        }
    }

    /// Takes over what another program has made anew. Where that cannot be done the old views go on, and
    /// it is tried again later: whoever else has them open must let go first.
    async fn take_over(&mut self) {
        if self.not_before.is_some_and(|at| Instant::now() < at) {
            return;
        }
        self.not_before = match self.views.take_over().await {
            Ok(true) => {
                info!("views that were made anew have been taken over");
                None
            }
            Ok(false) => None,
            Err(error) => {
                warn!(%error, "views that were made anew cannot be taken over yet");
                Some(Instant::now() + AGAIN)
            }
        };
    }

    /// Reads the parked stream's events from the log and folds them up to where the views are.
    async fn replay(&self, claim: &Claim, parked: &Parked) -> Result<(), RunnerError> {
        let mut after = parked.position.saturating_sub(1);
        let mut own: Vec<FeedItem> = Vec::new();
        while after < claim.position {
            let items = self.feed.read_after(after, PAGE).await?;
            let Some(last) = items.last() else { break };
            after = last.position;
            let until = |item: &FeedItem| item.position <= claim.position;
            own.extend(items.into_iter().filter(|item| until(item) && lane_of(item) == parked.stream));
        }
        self.views.unpark(claim, &parked.stream, &own, &self.rules.org).await?;
        Ok(())
    }
}
