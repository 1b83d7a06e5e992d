//! Makes the views anew beside the old ones, and puts them in their place in one step.

use std::path::Path;
use std::sync::Arc;

use domain::context::Rulebook;

use crate::feed::Feed;
use crate::runner::{Progress, Runner, RunnerError};
use crate::store::{Views, beside, remove, replace};

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
    let done = build(&new, feed, rules, progress).await?;
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
        let done = build(&new, feed, rules, progress).await?;
        self.swap(&new).await?;
        Ok(done)
    }
}

/// Folds the whole log into a new file and closes it.
async fn build(
    new: &Path,
    feed: Arc<dyn Feed>,
    rules: Arc<Rulebook>,
    mut progress: impl FnMut(Progress),
) -> Result<Progress, RunnerError> {
    remove(new).await?;
    let views = Views::open(new).await?;
    let mut runner = Runner::new(views.clone(), feed, rules);
    let mut total = 0;
    let done = loop {
        let step = runner.step().await?;
        total += step.events;
        let so_far = Progress { position: step.position, events: total };
        progress(so_far);
        if step.events == 0 {
            break so_far;
        }
    };
    views.close().await;
    Ok(done)
}
