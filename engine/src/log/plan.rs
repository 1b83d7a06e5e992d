//! What a batch becomes, given what the log holds: the same judgement for every store.

use std::collections::{HashMap, HashSet};

use domain::case::clocks::Deadline;
use domain::stream::{EVENT_VERSION, StreamId};
use jiff::Timestamp;
use uuid::Uuid;

use super::{Appended, Entry, Head, NewRow, PendingDeadline, Receipt, StoreError, StoredRow, chain, column};

/// What the log holds of the streams and commands of a batch, read under the append lock.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Head of the chain.
    pub head: Head,
    /// Highest position in use: above the head only where somebody else wrote.
    pub last_position: u64,
    /// Sequence of each stream's last event; absent for a new stream.
    pub sequences: HashMap<StreamId, u64>,
    /// Receipts of those commands that are known.
    pub receipts: HashMap<Uuid, Receipt>,
}

impl Known {
    /// What a writer hopes for: every stream stands where the decision saw it, no command is known.
    pub(super) fn as_expected(entries: &[Entry]) -> Self {
        // Of two entries for a stream the first counts.
        let sequences = entries.iter().rev().map(|entry| (entry.stream, entry.expected)).collect();
        Self { sequences, ..Self::default() }
    }
}

/// Everything to be written in one transaction, and what to answer once it is.
#[derive(Debug)]
pub(super) struct Plan {
    /// One for each entry, in its order.
    pub outcomes: Vec<Appended>,
    /// Rows in their places, not yet linked.
    pub rows: Vec<StoredRow>,
    /// One for each written entry.
    pub receipts: Vec<Receipt>,
    /// Sequence of the stream's last event before, one for each written entry.
    pub expected: Vec<u64>,
    /// Deadlines that run from now on.
    pub armed: Vec<PendingDeadline>,
    /// Streams for which none runs any more.
    pub disarmed: Vec<StreamId>,
    /// Wrapped data keys of new cases.
    pub keys: Vec<(Uuid, Vec<u8>)>,
    /// Last position in use before.
    pub after: u64,
}

/// Judges a batch: each entry on its own, positions in the order of the entries.
///
/// # Errors
/// An entry without events, or no positions left.
pub(super) fn plan(entries: &[Entry], mut known: Known, recorded_at: Timestamp) -> Result<Plan, StoreError> {
    let mut plan = Plan {
        outcomes: Vec::with_capacity(entries.len()),
        rows: Vec::new(),
        receipts: Vec::new(),
        expected: Vec::new(),
        armed: Vec::new(),
        disarmed: Vec::new(),
        keys: Vec::new(),
        after: known.last_position.max(known.head.position),
    };
    let mut seen = HashSet::new();
    for entry in entries {
        let first_of_stream = seen.insert(entry.stream);
        let current = known.sequences.get(&entry.stream).copied().unwrap_or(0);
        let outcome = if let Some(receipt) = known.receipts.get(&entry.command_id) {
            Appended::Repeated(receipt.clone())
        } else if !first_of_stream || current != entry.expected {
            Appended::Conflict
        } else {
            let receipt = plan.take(entry, recorded_at)?;
            known.receipts.insert(receipt.command_id, receipt.clone());
            Appended::Written(receipt)
        };
        plan.outcomes.push(outcome);
    }
    Ok(plan)
}

impl Plan {
    /// Binds all rows to the chain, and says where it ends then.
    pub(super) fn link(&mut self, head: Head) -> Head {
        self.rows.iter_mut().fold(head, |head, row| chain::link(&head, row))
    }

    fn take(&mut self, entry: &Entry, recorded_at: Timestamp) -> Result<Receipt, StoreError> {
        let after = self.after + self.rows.len() as u64;
        let count = entry.events.len() as u64;
        if count == 0 {
            return Err(StoreError::Broken(format!("an entry for {} has no events", entry.stream)));
        }
        let last_position = after
            .checked_add(count)
            .filter(|last| i64::try_from(*last).is_ok())
            .ok_or_else(|| StoreError::Broken("the log has no positions left".to_owned()))?;
        let generation = entry.expected + count;
        match &entry.next_deadline {
            Some(deadline) => self.armed.push(PendingDeadline {
                stream: entry.stream,
                deadline: Deadline {
                    due_at: column::timestamp(column::micros(deadline.due_at))?,
                    ..deadline.clone()
                },
                generation,
            }),
            None => self.disarmed.push(entry.stream),
        }
        self.keys.extend(entry.new_key.iter().map(|key| (entry.stream.id, key.clone())));

        let receipt = Receipt {
            command_id: entry.command_id,
            content_hash: entry.content_hash,
            stream: entry.stream,
            first_position: after + 1,
            last_position,
        };
        let metadata = format!(r#"{{"content_hash":"{}"}}"#, hex::encode(entry.content_hash));
        let places = (after + 1..).zip(entry.expected + 1..);
        for (event, place) in entry.events.iter().zip(places) {
            self.rows.push(row(event, place, &receipt, metadata.clone(), recorded_at));
        }
        self.receipts.push(receipt.clone());
        self.expected.push(entry.expected);
        Ok(receipt)
    }
}

fn row(
    event: &NewRow,
    (position, sequence): (u64, u64),
    receipt: &Receipt,
    metadata: String,
    recorded_at: Timestamp,
) -> StoredRow {
    StoredRow {
        position,
        stream_kind: receipt.stream.kind.as_str().to_owned(),
        stream_id: receipt.stream.id.to_string(),
        sequence,
        event_type: event.event_type.to_owned(),
        event_version: EVENT_VERSION.to_owned(),
        payload: event.payload.clone(),
        metadata,
        occurred_at: event.occurred_at,
        recorded_at: column::micros(recorded_at),
        actor: event.actor.clone(),
        correlation: event.correlation,
        causation: event.causation,
        command_id: receipt.command_id,
        hash: [0; 32],
        prev_hash: [0; 32],
    }
}
