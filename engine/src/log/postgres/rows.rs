//! What `append_batch` takes, as its types in `migrations/0005_rows.sql` have it: one value a row and one
//! a command. PostgreSQL unpacks such a list at a fifth of the cost of a list for every column.

use std::collections::HashMap;

use domain::stream::StreamId;
use sqlx::postgres::{PgHasArrayType, PgTypeInfo};
use sqlx::{Postgres, Type};
use uuid::Uuid;

use crate::log::column::{micros, signed};
use crate::log::plan::Plan;
use crate::log::{PendingDeadline, StoredRow};

/// A row on its way; its place is relative to the batch.
#[derive(Debug, sqlx::Encode)]
pub(super) struct EventRow<'a> {
    place: i64,
    kind: &'a str,
    id: &'a str,
    sequence: i64,
    r#type: &'a str,
    payload: &'a str,
    metadata: &'a str,
    occurred_at: i64,
    actor: &'a str,
    correlation: Uuid,
    causation: Uuid,
    command: Uuid,
    digest: &'a [u8],
    hash: &'a [u8],
    prev_hash: &'a [u8],
}

/// A command on its way, with what belongs to it.
#[derive(Debug, sqlx::Encode)]
pub(super) struct CommandRow<'a> {
    command: Uuid,
    content_hash: &'a [u8],
    kind: &'a str,
    id: Uuid,
    expected: i64,
    first: i64,
    last: i64,
    deadline: Option<&'a str>,
    due_at: Option<i64>,
    wrapped_key: Option<&'a [u8]>,
}

impl Type<Postgres> for EventRow<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("event_row")
    }
}

impl Type<Postgres> for CommandRow<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("command_row")
    }
}

impl PgHasArrayType for EventRow<'_> {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::array_of("event_row")
    }
}

impl PgHasArrayType for CommandRow<'_> {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::array_of("command_row")
    }
}

pub(super) fn events<'a>(rows: &'a [StoredRow], digests: &'a [[u8; 32]]) -> Vec<EventRow<'a>> {
    let event = |(row, digest): (&'a StoredRow, &'a [u8; 32])| EventRow {
        place: signed(row.position),
        kind: &row.stream_kind,
        id: &row.stream_id,
        sequence: signed(row.sequence),
        r#type: &row.event_type,
        payload: &row.payload,
        metadata: &row.metadata,
        occurred_at: row.occurred_at,
        actor: &row.actor,
        correlation: row.correlation,
        causation: row.causation,
        command: row.command_id,
        digest,
        hash: &row.hash,
        prev_hash: &row.prev_hash,
    };
    rows.iter().zip(digests).map(event).collect()
}

pub(super) fn commands(plan: &Plan) -> Vec<CommandRow<'_>> {
    let armed: HashMap<StreamId, &PendingDeadline> =
        plan.armed.iter().map(|pending| (pending.stream, pending)).collect();
    let keys: HashMap<Uuid, &[u8]> = plan.keys.iter().map(|(case, key)| (*case, key.as_slice())).collect();
    let commands = plan.receipts.iter().zip(&plan.expected).map(|(receipt, expected)| {
        let deadline = armed.get(&receipt.stream).map(|pending| &pending.deadline);
        CommandRow {
            command: receipt.command_id,
            content_hash: &receipt.content_hash,
            kind: receipt.stream.kind.as_str(),
            id: receipt.stream.id,
            expected: signed(*expected),
            first: signed(receipt.first_position),
            last: signed(receipt.last_position),
            deadline: deadline.map(|deadline| deadline.name.as_str()),
            due_at: deadline.map(|deadline| micros(deadline.due_at)),
            wrapped_key: keys.get(&receipt.stream.id).copied(),
        }
    });
    commands.collect()
}
