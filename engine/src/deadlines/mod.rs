//! What time decides: due deadlines go through the same door as every command.

use std::collections::HashSet;

use domain::case;
use domain::context::Actor;
use domain::ids::CaseId;
use domain::stream::{StreamId, StreamKind};
use tracing::error;
use uuid::Uuid;

use crate::log::{PendingDeadline, StoreError};
use crate::submit::{Engine, Request, SubmitError};

/// Most deadlines in one sweep.
const SWEEP: u32 = 500;

/// Passes deadlines that are due.
pub struct Sweeper {
    engine: Engine,
    /// Due deadlines that had no effect: they are not asked again until their stream changes.
    held: HashSet<Uuid>,
}

impl Sweeper {
    /// A sweeper in front of this engine.
    pub fn new(engine: Engine) -> Self {
        Self { engine, held: HashSet::new() }
    }

    /// One sweep; returns how many deadlines were passed. After downtime the missed ones pass one
    /// after the other, in their order: passing one arms the next.
    ///
    /// # Errors
    /// [`StoreError`] where the due ones cannot be read, or none could be written.
    pub async fn step(&mut self) -> Result<usize, StoreError> {
        let now = self.engine.now();
        let limit = SWEEP.saturating_add(u32::try_from(self.held.len()).unwrap_or(u32::MAX));
        let due = self.engine.store().due(now, limit).await?;
        self.forget(&due);
        let (due, requests): (Vec<_>, Vec<_>) = due
            .into_iter()
            .filter(|pending| !self.held.contains(&command_id(pending)))
            .filter_map(|pending| request(&pending).map(|request| (pending, request)))
            .unzip();
        let outcomes = self.engine.submit_many(requests).await;
        let mut passed = 0;
        let mut failure = None;
        for (pending, outcome) in due.iter().zip(outcomes) {
            match outcome {
                Ok(accepted) if accepted.receipt.is_some() && !accepted.repeated => {
                    passed += 1;
                    let name = pending.deadline.name.as_str();
                    self.engine.metrics().deadlines.with_label_values(&[name]).inc();
                }
                // Moved or gone since it was read, and then its row is another one by now; or done
                // before, and then its row should be.
                Ok(_) => self.hold(pending),
                Err(SubmitError::Rejected(rejection)) => {
                    error!(stream = %pending.stream, %rejection, "a due deadline was refused");
                    self.hold(pending);
                }
                // One stream that cannot be read must not stop the others.
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) if passed == 0 => Err(StoreError::Broken(error.to_string())),
            _ => Ok(passed),
        }
    }

    /// What is no longer due need not be held.
    fn forget(&mut self, due: &[PendingDeadline]) {
        let ids: HashSet<Uuid> = due.iter().map(command_id).collect();
        self.held.retain(|id| ids.contains(id));
        self.engine.metrics().deadlines_stuck.set(i64::try_from(self.held.len()).unwrap_or(i64::MAX));
    }

    fn hold(&mut self, pending: &PendingDeadline) {
        self.held.insert(command_id(pending));
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
