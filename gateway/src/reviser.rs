//! Carries a revision out once a person has confirmed it: one command a case, beside everything else.
//!
//! Each command's id is made of the case and the revision, and a case that was changed would not change
//! again: whoever goes on after a kill goes through all open cases once more and does nothing twice.

use std::collections::HashSet;

use domain::case::event::WhistleClocksMoved;
use domain::case::{Command, Event as CaseEvent, revise};
use domain::context::{Actor, Context, Rulebook};
use domain::ids::CaseId;
use domain::recorded::Recorded;
use domain::rules::{self, RevisionFinished, RevisionOrdered};
use domain::stream::Event;
use engine::lease::Lease;
use engine::log::{StoreError, replay};
use engine::{Engine, Request, SubmitError};
use jiff::Timestamp;
use projections::{Standing, Views, ViewsError};
use tracing::{info, warn};
use uuid::Uuid;

/// Cases of one step: few enough that intake beside it does not wait long.
const STEP: u32 = 500;

/// Orders what was previewed. From then on it is carried out, whatever happens to this process.
///
/// # Errors
/// Refused where another is under way, or the rules are not those of the preview.
pub async fn order(engine: &Engine, order: RevisionOrdered, actor: Actor) -> Result<(), SubmitError> {
    let id = order.revision;
    let request = Request::rules(rules::Command::Order(order), actor).with_id(id);
    engine.submit(request).await.map(|_| ())
}

/// Carries out the revision under way; on one node at a time.
pub struct Reviser {
    engine: Engine,
    views: Views,
    lease: Lease,
    /// Where it is.
    round: Option<Round>,
}

/// One way through all open cases.
struct Round {
    revision: Uuid,
    /// Views that are not as far when it begins do not show what the revision has to do with. On the way they
    /// are not waited for: each case is met once, and what is opened meanwhile is opened under these rules.
    through: u64,
    /// The first position of the case that was dealt with last.
    after: u64,
}

/// Why a step failed; the next one tries again.
#[derive(Debug, thiserror::Error)]
pub enum ReviseError {
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

impl Reviser {
    /// A reviser of this house, under a lease of this process.
    pub fn new(engine: Engine, views: Views) -> Self {
        let lease = Lease::new(engine.store().clone(), "revision");
        Self { engine, views, lease, round: None }
    }

    /// Lets another node go on.
    pub async fn release(&mut self) {
        self.lease.release().await;
    }

    /// A page of open cases; whether there was anything to do.
    ///
    /// # Errors
    /// See [`ReviseError`].
    pub async fn step(&mut self) -> Result<bool, ReviseError> {
        let rules = self.engine.rules();
        let history = self.engine.rules_history().await?;
        let Some((order, actor, position)) = under_way(&history) else {
            self.round = None;
            return Ok(false);
        };
        if order.edition != rules.edition {
            // A node that has the edition does it; the page of rules says so too.
            return Ok(false);
        }
        if self.lease.held().await?.is_none() {
            self.round = None;
            return Ok(false);
        }
        let head = match &self.round {
            Some(round) if round.revision == order.revision => round.through,
            _ => self.engine.store().head().await?.position,
        };
        let round = self.round.get_or_insert(Round { revision: order.revision, through: head, after: 0 });
        if self.views.checkpoint().await?.position < round.through {
            return Ok(false);
        }
        let page = self.views.standing(round.after, STEP).await?;
        let Some(last) = page.last() else { return self.end(&order, actor, position).await };
        apply(&self.engine, page, &order, &actor).await?;
        if let Some(round) = &mut self.round {
            round.after = last;
        }
        Ok(true)
    }

    /// The end of the round: how many cases changed is what the log says.
    async fn end(
        &mut self,
        order: &RevisionOrdered,
        actor: Actor,
        position: u64,
    ) -> Result<bool, ReviseError> {
        let mut changed = HashSet::new();
        replay(self.engine.store(), position, |past| {
            let (case, by) = match past.event {
                Event::Case(CaseEvent::DeadlineRecalculated(event)) => (past.stream, event.revision),
                Event::Case(CaseEvent::WorkMoved(event)) => (past.stream, event.revision),
                Event::Case(CaseEvent::WhistleClocksMoved(WhistleClocksMoved {
                    revision: Some(revision),
                    ..
                })) => (past.stream, revision),
                _ => return,
            };
            if by == order.revision {
                changed.insert(case);
            }
        })
        .await?;
        let cases = changed.len() as u64;
        let finished = RevisionFinished { revision: order.revision, cases };
        let id = Uuid::new_v5(&order.revision, b"finished");
        self.engine.submit(Request::rules(rules::Command::Finish(finished), actor).with_id(id)).await?;
        self.round = None;
        info!(cases, "修订已完成 · the revision is applied to all open cases");
        Ok(true)
    }
}

/// The revision under way, who ordered it, and where in the log.
fn under_way(history: &[Recorded]) -> Option<(RevisionOrdered, Actor, u64)> {
    history.iter().fold(None, |found, recorded| match &recorded.event {
        Event::Rules(rules::Event::RevisionOrdered(order)) => {
            Some((order.clone(), recorded.meta.actor.clone(), recorded.position))
        }
        Event::Rules(rules::Event::RevisionFinished(_)) => None,
        _ => found,
    })
}

/// Gives the command to those cases of the page that would change.
async fn apply(
    engine: &Engine,
    page: Standing,
    order: &RevisionOrdered,
    actor: &Actor,
) -> Result<(), ReviseError> {
    let (rules, now, budgets) = (engine.rules(), engine.now(), order.budgets);
    let wanted = tokio::task::spawn_blocking(move || wanted(&page, &rules, now, budgets));
    let wanted = wanted.await.map_err(|error| ViewsError::from(std::io::Error::from(error)))??;
    let requests = wanted.into_iter().map(|case| {
        let command = Command::Revise { revision: order.revision, budgets };
        Request::case(case, command, actor.clone()).with_id(Uuid::new_v5(&order.revision, case.0.as_bytes()))
    });
    for outcome in engine.submit_many(requests.collect()).await {
        match outcome {
            Ok(_) => {}
            // One case that cannot be counted, or read, must not hold up the others.
            Err(error @ (SubmitError::Rejected(_) | SubmitError::Newer(_))) => {
                warn!(%error, "a case was left as it is by the revision");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn wanted(
    page: &Standing,
    rules: &Rulebook,
    now: Timestamp,
    budgets: bool,
) -> Result<Vec<CaseId>, ViewsError> {
    let actor = Actor::system("preview");
    let context = Context { now, occurred_at: now, actor: &actor, rules };
    let mut wanted = Vec::new();
    for case in page.cases() {
        let (case, state) = case?;
        if revise::preview(&state, budgets, &context).is_ok_and(|moved| !moved.is_empty()) {
            wanted.push(case);
        }
    }
    Ok(wanted)
}
