//! 随主件: carries what becomes of a main case to the cases that were merged into it.
//!
//! Nothing is remembered between steps: the views say which merged case knows its main case as it no longer
//! is, the log says what has become of it, and the command goes through the one door. Its id is made of
//! the merged case and of how far that one's own stream has come, so whoever goes on after a kill, or
//! beside another node, tells nobody twice.

use std::collections::HashSet;

use domain::case::{Command, Edge, Main};
use domain::context::Actor;
use domain::ids::CaseId;
use engine::lease::Lease;
use engine::log::StoreError;
use engine::{Engine, Request, SubmitError};
use projections::{Views, ViewsError};
use tracing::{error, info};
use uuid::Uuid;

/// Merged cases of one step.
const STEP: u32 = 200;

/// Why a step failed; the next one tries again.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The log.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The views.
    #[error(transparent)]
    Views(#[from] ViewsError),
    /// A command.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

/// Tells merged cases what became of their main case; on one node at a time.
pub struct Follower {
    engine: Engine,
    views: Views,
    lease: Lease,
    /// Where the views were when nothing was left to do.
    still: Option<u64>,
    /// Commands that were refused: they are not given again before the case changes.
    refused: HashSet<Uuid>,
}

impl Follower {
    /// A follower of this house, under a lease of this process.
    pub fn new(engine: Engine, views: Views) -> Self {
        let lease = Lease::new(engine.store().clone(), "merged");
        Self::under(lease, engine, views)
    }

    /// A follower under this lease.
    pub fn under(lease: Lease, engine: Engine, views: Views) -> Self {
        Self { engine, views, lease, still: None, refused: HashSet::new() }
    }

    /// Lets another node go on.
    pub async fn release(&mut self) {
        self.lease.release().await;
    }

    /// One step; how many merged cases were told something.
    ///
    /// # Errors
    /// See [`FollowError`].
    pub async fn step(&mut self) -> Result<usize, FollowError> {
        let seen = self.views.checkpoint().await?.position;
        if self.still == Some(seen) || self.lease.held().await?.is_none() {
            return Ok(0);
        }
        let mut requests = Vec::new();
        for (merged, main) in self.views.left_behind(STEP).await? {
            requests.extend(self.request(merged, main).await?);
        }
        let mut told = 0;
        let ids: Vec<Uuid> = requests.iter().map(|request| request.command_id).collect();
        for (id, outcome) in ids.into_iter().zip(self.engine.submit_many(requests).await) {
            match outcome {
                Ok(accepted) => told += usize::from(accepted.receipt.is_some() && !accepted.repeated),
                // One case that cannot be counted, or read, must not hold up the others.
                Err(error @ (SubmitError::Rejected(_) | SubmitError::Newer(_))) => {
                    error!(%error, "a merged case could not follow its main case");
                    self.refused.insert(id);
                }
                Err(error) => return Err(error.into()),
            }
        }
        if told > 0 {
            info!(told, "merged cases followed their main case");
        }
        self.still = (told == 0).then_some(seen);
        Ok(told)
    }

    /// What the merged case is told of its main case, as both stand in the log now.
    async fn request(&self, merged: CaseId, main: CaseId) -> Result<Option<Request>, FollowError> {
        let (Some(merged_now), Some(main_now)) =
            (self.engine.case(merged).await?, self.engine.case(main).await?)
        else {
            return Ok(None);
        };
        let id = Uuid::new_v5(&merged.0, format!("follow {} {}", main.0, merged_now.events.len()).as_bytes());
        let command = Command::Edge(Edge::FollowMain { main: Box::new(Main::of(&main_now.state)) });
        let request = Request::case(merged, command, Actor::system("merged")).with_id(id);
        Ok(Some(request).filter(|_| !self.refused.contains(&id)))
    }
}
