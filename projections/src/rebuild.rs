//! Makes the views anew beside the old ones, and puts them in their place in one step.

use std::path::Path;
use std::sync::Arc;

use domain::context::Rulebook;
use tokio::sync::mpsc;

use crate::feed::{Feed, FeedError, FeedItem};
use crate::runner::{Progress, RunnerError};
use crate::store::{Bulk, Views, beside, remove, replace};

/// Rebuilds the file, whatever state it is in, while no program has it open. The old views stay
/// until the new ones are complete.
///
/// # Errors
/// See [`RunnerError`]; the old views are left as they were.
pub async fn rebuild(
    path: impl AsRef<Path>,
    feed: Arc<dyn Feed>,
    rules: Arc<Rulebook>,
    progress: impl FnMut(Progress),
) -> Result<Progress, RunnerError> {
    let path = path.as_ref();
    let new = beside(path, "new");
    let done = build(&new, feed, &rules, u64::MAX, progress).await?;
    replace(path, &new).await?;
    Ok(done)
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
        progress: impl FnMut(Progress),
    ) -> Result<Progress, RunnerError> {
        let new = beside(self.path(), "new");
        let done = build(&new, feed, &rules, u64::MAX, progress).await?;
        self.swap(&new).await?;
        Ok(done)
    }
}

/// Pages that were read and wait to be folded: reading, decoding and opening seals goes on meanwhile.
const AHEAD: usize = 3;
/// Events of one page.
const PAGE: u32 = if cfg!(test) { 7 } else { 8_192 };

/// Folds the log into a new file, up to this position or its end.
pub(crate) async fn build(
    new: &Path,
    feed: Arc<dyn Feed>,
    rules: &Rulebook,
    until: u64,
    mut progress: impl FnMut(Progress),
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
