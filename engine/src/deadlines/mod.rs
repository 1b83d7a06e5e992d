//! What time decides: due deadlines go through the same door as every command.
//!
//! Of all nodes of a log one sweeps, the one that holds the lease. Should two ever sweep at once, each
//! deadline is passed once all the same: its command's id is made of it.

mod drift;
mod standings;

use std::collections::HashMap;
use std::time::Duration;

use domain::case;
use domain::case::clocks::Deadline;
use domain::context::Actor;
use domain::ids::CaseId;
use domain::notify::{self, Standing};
use domain::stream::{StreamId, StreamKind};
use tokio::time::Instant;
use tracing::error;
use uuid::Uuid;

use self::drift::Drift;
use crate::lease::Lease;
use crate::log::{PendingDeadline, StoreError};
use crate::submit::{Accepted, Engine, Request, SubmitError};

/// Most deadlines in one step: many enough to share a commit, and few enough that a command which comes in
/// beside them does not wait long behind them.
const PAGE: u32 = 500;
/// A due deadline that had no effect is asked for once more after this: a clock may have stepped back.
const ASKED_AGAIN: Duration = Duration::from_secs(60);

/// Passes deadlines that are due.
pub struct Sweeper {
    engine: Engine,
    lease: Lease,
    leads: bool,
    drift: Drift,
    /// Where the next step reads on: a round goes through all that is due, earliest first.
    after: Option<PendingDeadline>,
    /// Some passed in this round: what they armed may be due already, before where the round has come to.
    stirred: bool,
    /// Due deadlines that had no effect, since when: for a while they are not asked again unless their
    /// stream changes.
    held: HashMap<Uuid, Instant>,
    /// Those of them that this round has met.
    met: HashMap<Uuid, Instant>,
}

impl Sweeper {
    /// A sweeper in front of this engine, under a lease of this process.
    pub fn new(engine: Engine) -> Self {
        let lease = Lease::new(engine.store().clone(), "deadlines");
        Self::under(lease, engine)
    }

    /// A sweeper under this lease.
    pub fn under(lease: Lease, engine: Engine) -> Self {
        let (held, met) = Default::default();
        Self { engine, lease, leads: false, drift: Drift::default(), after: None, stirred: false, held, met }
    }

    /// Whether this node was the one that sweeps, at its last step.
    pub fn leads(&self) -> bool {
        self.leads
    }

    /// Lets another node sweep: what a node does when it stops.
    pub async fn release(&mut self) {
        self.leads = false;
        self.lease.release().await;
    }

    /// One step; returns how many deadlines were passed: none where another node sweeps. After downtime
    /// the missed ones pass one after the other, in their order: passing one arms the next.
    ///
    /// # Errors
    /// [`StoreError`] where the due ones cannot be read, or none could be written.
    pub async fn step(&mut self) -> Result<usize, StoreError> {
        loop {
            let Some(now) = self.drift.now(&self.engine).await? else {
                // A node whose clock is right may have the lease.
                self.release().await;
                return Ok(0);
            };
            self.leads = self.lease.held().await?.is_some();
            if !self.leads {
                return Ok(0);
            }
            let due = self.engine.store().due(now, self.after.as_ref(), PAGE).await?;
            let more = due.len() >= PAGE as usize;
            self.after = due.last().filter(|_| more).cloned();
            let passed = self.pass(due).await;
            if !more {
                self.end_round();
            }
            let passed = passed?;
            self.stirred |= passed > 0;
            let again = more || std::mem::take(&mut self.stirred);
            match passed {
                0 if again => {}
                passed => return Ok(passed),
            }
        }
    }

    async fn pass(&mut self, due: Vec<PendingDeadline>) -> Result<usize, StoreError> {
        let fresh: Vec<_> = due.into_iter().filter(|pending| self.is_fresh(pending)).collect();
        let standings = standings::standings(self.engine.store().as_ref(), &fresh).await?;
        let asked = |pending: PendingDeadline| Some((request(&pending, &standings)?, pending));
        let (requests, due): (Vec<_>, Vec<_>) = fresh.into_iter().filter_map(asked).unzip();
        let outcomes = self.engine.submit_many(requests).await;
        let mut passed = 0;
        let mut failure = None;
        for (pending, outcome) in due.iter().zip(outcomes) {
            match self.conclude(pending, outcome) {
                Ok(true) => passed += 1,
                Ok(false) => {}
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) if passed == 0 => Err(StoreError::Broken(error.to_string())),
            _ => Ok(passed),
        }
    }

    /// Not one of those that had no effect.
    fn is_fresh(&mut self, pending: &PendingDeadline) -> bool {
        let id = command_id(pending);
        match self.held.get(&id) {
            Some(since) if since.elapsed() < ASKED_AGAIN => {
                self.met.insert(id, *since);
                false
            }
            _ => true,
        }
    }

    /// Whether it passed. One stream that cannot be read must not stop the others.
    fn conclude(
        &mut self,
        pending: &PendingDeadline,
        outcome: Result<Accepted, SubmitError>,
    ) -> Result<bool, SubmitError> {
        let stream = pending.stream;
        match outcome {
            Ok(accepted) if accepted.receipt.is_some() && !accepted.repeated => {
                let name = pending.deadline.name.as_str();
                self.engine.metrics().deadlines.with_label_values(&[name]).inc();
                return Ok(true);
            }
            // Moved or gone since it was read, and then its row is another one by now; or done before,
            // and then its row should be.
            Ok(_) => {}
            Err(SubmitError::Rejected(rejection)) => {
                error!(%stream, %rejection, "a due deadline was refused")
            }
            Err(SubmitError::Newer(event)) => {
                error!(%stream, %event, "a due deadline waits for a program that understands its stream");
            }
            Err(error) => return Err(error),
        }
        let id = command_id(pending);
        let now = Instant::now();
        self.held.insert(id, now);
        self.met.insert(id, now);
        Ok(false)
    }

    /// What is no longer due need not be held.
    fn end_round(&mut self) {
        self.held = std::mem::take(&mut self.met);
        self.engine.metrics().deadlines_stuck.set(i64::try_from(self.held.len()).unwrap_or(i64::MAX));
    }
}

fn request(pending: &PendingDeadline, standings: &HashMap<Uuid, Standing>) -> Option<Request> {
    let (StreamId { kind, id }, deadline) = (pending.stream, pending.deadline.clone());
    let actor = Actor::system("deadlines");
    let request = match kind {
        StreamKind::Case => Request::case(CaseId(id), case::Command::PassDeadline(deadline), actor),
        StreamKind::Notification => {
            let standing = standings.get(&id)?.clone();
            let command = notify::Command::PassDeadline { deadline, standing };
            Request::notification(id, command, "", actor)
        }
        StreamKind::Intake | StreamKind::Rules => return None,
    };
    Some(request.with_id(command_id(pending)).occurred_at(pending.deadline.due_at))
}

/// The same deadline, armed by the same event, is the same command. It begins with the due time, so that
/// the receipts of one sweep lie side by side.
fn command_id(pending: &PendingDeadline) -> Uuid {
    let Deadline { name, due_at } = &pending.deadline;
    let text = format!("{}/{}/{}", name.as_str(), due_at.as_microsecond(), pending.generation);
    let mut bytes = Uuid::new_v5(&pending.stream.id, text.as_bytes()).into_bytes();
    let [_, _, milliseconds @ ..] = due_at.as_millisecond().to_be_bytes();
    bytes[..milliseconds.len()].copy_from_slice(&milliseconds);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
