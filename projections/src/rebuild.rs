//! Makes the views anew beside the old ones, and puts them in their place in one step.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::context::Rulebook;
use tokio::sync::mpsc;

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

/// Pages that were read and wait to be folded: reading, decoding and opening seals goes on meanwhile.
const AHEAD: usize = 4;
/// Events of one page.
const PAGE: u32 = if cfg!(test) { 7 } else { 2_000 };

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
    let mut pages = read_ahead(feed, until);
    let mut events = 0;
    while let Some(page) = pages.recv().await {
        let page = page?;
        bulk.take(&page, &rules.org).await?;
        events += page.len();
        progress(Progress { position: bulk.position(), events });
    }
    let done = Progress { position: bulk.position(), events };
    bulk.finish(new).await?;
    Ok(done)
}

/// Reads the log from its start, a few pages ahead; ends after an error.
fn read_ahead(feed: Arc<dyn Feed>, until: u64) -> mpsc::Receiver<Result<Vec<FeedItem>, FeedError>> {
    let (pages, read) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        let mut position = 0;
        while position < until {
            let mut page = feed.read_after(position, PAGE).await;
            if let Ok(items) = &mut page {
                items.retain(|item| item.position <= until);
                let Some(last) = items.last() else { return };
                position = last.position;
            }
            let failed = page.is_err();
            // Nobody waits for more.
            if pages.send(page).await.is_err() || failed {
                return;
            }
        }
    });
    read
}
