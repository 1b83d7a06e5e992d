//! What time decides: due deadlines go through the same door as every command.

use std::collections::HashSet;

use domain::case;
use domain::context::Actor;
use domain::ids::CaseId;
use domain::stream::{StreamId, StreamKind};
use jiff::Timestamp;
use tracing::error;
use uuid::Uuid;

use crate::log::{PendingDeadline, StoreError};
use crate::submit::{Engine, Request, SubmitError};

/// Most deadlines in one sweep.
const SWEEP: u32 = 500;

/// Passes deadlines that are due.
pub struct Sweeper {
    engine: Engine,
    /// Deadlines that had no effect: they are not asked again until the process starts anew.
    stuck: HashSet<Uuid>,
}

impl Sweeper {
    /// A sweeper in front of this engine.
    pub fn new(engine: Engine) -> Self {
        Self { engine, stuck: HashSet::new() }
    }

    /// One sweep; returns how many deadlines were passed. After downtime the missed ones pass one
    /// after the other, in their order: passing one arms the next.
    ///
    /// # Errors
    /// [`StoreError`] where the due ones cannot be read.
    pub async fn step(&mut self) -> Result<usize, StoreError> {
        let now = self.engine.now();
        let limit = SWEEP.saturating_add(u32::try_from(self.stuck.len()).unwrap_or(u32::MAX));
        let due = self.engine.store().due(now, limit).await?;
        let due: Vec<PendingDeadline> =
            due.into_iter().filter(|pending| !self.stuck.contains(&command_id(pending))).collect();
        let requests = due.iter().filter_map(request).collect();
        let outcomes = self.engine.submit_many(requests).await;
        let mut passed = 0;
        for (pending, outcome) in due.iter().zip(outcomes) {
            match outcome {
                Ok(accepted) if accepted.receipt.is_some() => {
                    passed += 1;
                    let name = pending.deadline.name.as_str();
                    self.engine.metrics().deadlines.with_label_values(&[name]).inc();
                }
                // Moved or gone since it was read: its row has changed too.
                Ok(_) => self.hold_if_unchanged(pending, now).await?,
                Err(SubmitError::Rejected(rejection)) => {
                    error!(stream = %pending.stream, %rejection, "a due deadline was refused");
                    self.hold(pending);
                }
                Err(failure) => return Err(StoreError::Broken(failure.to_string())),
            }
        }
        Ok(passed)
    }

    async fn hold_if_unchanged(
        &mut self,
        pending: &PendingDeadline,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let again = self.engine.store().due(now, SWEEP).await?;
        if again.contains(pending) {
            error!(stream = %pending.stream, "a due deadline has no effect");
            self.hold(pending);
        }
        Ok(())
    }

    fn hold(&mut self, pending: &PendingDeadline) {
        self.stuck.insert(command_id(pending));
        self.engine.metrics().deadlines_stuck.set(i64::try_from(self.stuck.len()).unwrap_or(i64::MAX));
    }
}

fn request(pending: &PendingDeadline) -> Option<Request> {
    let StreamId { kind: StreamKind::Case, id } = pending.stream else { return None };
    let command = case::Command::PassDeadline(pending.deadline.clone());
    let request = Request::case(CaseId(id), command, Actor::system("deadlines"))
        .with_id(command_id(pending))
        .occurred_at(pending.deadline.due_at);
    Some(request)
}

/// The same deadline, armed by the same event, is the same command.
fn command_id(pending: &PendingDeadline) -> Uuid {
    let name = pending.deadline.name.as_str();
    let due = pending.deadline.due_at.as_microsecond();
    let text = format!("{name}/{due}/{}", pending.generation);
    Uuid::new_v5(&pending.stream.id, text.as_bytes())
}
