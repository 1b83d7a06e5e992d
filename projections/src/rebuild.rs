//! Makes the views anew beside the old ones, and puts them in their place in one step.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::context::Rulebook;
use futures::{Stream, StreamExt, stream};

use crate::feed::{Feed, FeedError, FeedItem};
use crate::runner::{Progress, RunnerError};
use crate::store::{Bulk, Views, ViewsError, beside, remove, replace};

/// What became of views that were made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rebuilt {
    /// They are in place.
    InPlace(Progress),
    /// A program has the old ones open: it takes the new ones over by itself, within a second where it
    /// runs, else when it is started.
    HandedOver(Progress),
}

/// The file that a running program takes over.
pub(crate) fn handed_over(path: &Path) -> PathBuf {
    beside(path, "next")
}

/// Makes the file anew, whatever state it is in, beside the old one, which is served until then.
///
/// # Errors
/// See [`RunnerError`]; the old views are left as they were.
pub async fn rebuild(
    path: impl AsRef<Path>,
    feed: Arc<dyn Feed>,
    rules: Arc<Rulebook>,
    progress: impl FnMut(Progress) + Send,
) -> Result<Rebuilt, RunnerError> {
    let path = path.as_ref();
    let new = beside(path, "new");
    let done = build(&new, feed, &rules, u64::MAX, progress).await?;
    match replace(path, &new).await {
        Ok(()) => Ok(Rebuilt::InPlace(done)),
        Err(ViewsError::InUse) => {
            tokio::fs::rename(&new, handed_over(path)).await.map_err(ViewsError::from)?;
            Ok(Rebuilt::HandedOver(done))
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether the file that was handed over has been taken.
///
/// # Errors
/// The folder cannot be read.
pub async fn is_taken(path: impl AsRef<Path>) -> Result<bool, ViewsError> {
    Ok(!tokio::fs::try_exists(handed_over(path.as_ref())).await?)
}

impl Views {
    /// Rebuilds the views under the running program: pages go on being served from the old ones,
    /// and the runner goes on with the new ones.
    ///
    /// # Errors
    /// See [`RunnerError`]; the old views go on being served.
    pub async fn rebuild(
        &self,
        feed: Arc<dyn Feed>,
        rules: Arc<Rulebook>,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Progress, RunnerError> {
        let new = beside(self.path(), "new");
        let head = feed.head().await?.max(1);
        self.tell_making(Some(0));
        let built = build(&new, feed, &rules, u64::MAX, |done| {
            self.tell_making(Some(done.position.saturating_mul(100) / head));
            progress(done);
        })
        .await;
        let swapped = match built {
            Ok(done) => self.swap(&new).await.map(|()| done).map_err(RunnerError::from),
            Err(error) => Err(error),
        };
        self.tell_making(None);
        swapped
    }

    /// Takes over the views that another program has made anew; true where there were any.
    pub(crate) async fn take_over(&self) -> Result<bool, ViewsError> {
        let new = handed_over(self.path());
        if !tokio::fs::try_exists(&new).await? {
            return Ok(false);
        }
        self.swap(&new).await?;
        Ok(true)
    }
}

/// Pages that are read at once: reading, decoding and opening seals takes longer than folding.
const AHEAD: usize = 4;
/// Positions of one page.
const PAGE: u64 = if cfg!(test) { 7 } else { 2_000 };

/// Folds the log into a new file, up to this position or its end.
pub(crate) async fn build(
    new: &Path,
    feed: Arc<dyn Feed>,
    rules: &Rulebook,
    until: u64,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<Progress, RunnerError> {
    remove(new).await?;
    let mut bulk = Bulk::create(new).await?;
    let mut events = 0;
    loop {
        // The log may grow meanwhile.
        let (taken, head) = (events, feed.head().await?.min(until));
        let mut pages = pages(&feed, bulk.position(), head);
        while let Some(page) = pages.next().await {
            let page = page?;
            bulk.take(&page, &rules.org).await?;
            events += page.len();
            progress(Progress { position: bulk.position(), events });
        }
        if events == taken {
            break;
        }
    }
    let done = Progress { position: bulk.position(), events };
    bulk.finish(new).await?;
    Ok(done)
}

/// Reads what lies between two positions, in order, a few pages ahead.
fn pages(
    feed: &Arc<dyn Feed>,
    after: u64,
    through: u64,
) -> impl Stream<Item = Result<Vec<FeedItem>, FeedError>> + Unpin + use<> {
    let feed = feed.clone();
    let pages = (after..through).step_by(PAGE as usize).map(move |from| {
        let (feed, to) = (feed.clone(), through.min(from + PAGE));
        // Each in a task of its own: there is more than one core.
        async move { tokio::spawn(async move { feed.between(from, to).await }).await }
    });
    stream::iter(pages).buffered(AHEAD).map(|page| page.unwrap_or_else(|ended| Err(FeedError::new(ended))))
}
