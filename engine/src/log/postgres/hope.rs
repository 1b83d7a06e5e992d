//! The short way of a batch: one plain statement that writes where the log still ends as this node knows
//! it. The rows carry the chain already, and unique keys refuse what is known or has moved on.
//!
//! It judges nothing, so it may be used only for what was decided on rows up to that end.

use domain::stream::EVENT_VERSION;
use jiff::Timestamp;
use sqlx::PgConnection;

use super::rows;
use crate::log::column::{micros, signed};
use crate::log::plan::Plan;
use crate::log::{Head, StoreError};

/// The head is moved first: that row is the append lock, and where it has another value nothing below
/// finds a row to write.
const MOVE: &str = "WITH moved AS (
    UPDATE log SET head_position = $3, head_hash = $4
    WHERE one = 1 AND head_position = $5 AND head_hash = $6
    RETURNING $5 AS base
), happened AS (
    INSERT INTO events (position, aggregate_type, aggregate_id, sequence, event_type, event_version,
        payload, metadata, occurred_at, recorded_at, actor, correlation, causation, command_id, hash, prev_hash)
    SELECT base + place, kind, id, sequence, type, $2, payload::json, metadata::json,
        occurred_at, $1, actor, correlation, causation, command, hash, prev_hash
    FROM moved, unnest($7)
), answered AS (
    INSERT INTO receipts (command_id, content_hash, stream_kind, stream_id, first_position, last_position)
    SELECT command, content_hash, kind, id, base + first, base + last FROM moved, unnest($8)
)";
const ARM: &str = ", armed AS (
    INSERT INTO deadlines (stream_kind, stream_id, name, due_at, generation)
    SELECT kind, id, deadline, due_at, expected + last - first + 1 FROM moved, unnest($8)
    WHERE deadline IS NOT NULL
    ON CONFLICT (stream_kind, stream_id) DO UPDATE
    SET name = excluded.name, due_at = excluded.due_at, generation = excluded.generation
)";
const END: &str = ", ended AS (
    DELETE FROM deadlines USING moved, unnest($8)
    WHERE stream_kind = kind AND stream_id = id AND deadline IS NULL
)";
const OPEN: &str = ", opened AS (
    INSERT INTO case_keys (case_id, wrapped)
    SELECT id, wrapped_key FROM moved, unnest($8) WHERE wrapped_key IS NOT NULL
)";
const TELL: &str = " SELECT true FROM moved";

/// Whether it was written: not where the log ends elsewhere.
pub(super) async fn write(
    db: &mut PgConnection,
    plan: &Plan,
    digests: &[[u8; 32]],
    (before, after): (Head, Head),
    recorded_at: Timestamp,
) -> Result<bool, StoreError> {
    let part = |wanted: bool, part: &'static str| if wanted { part } else { "" };
    let statement = [
        MOVE,
        part(!plan.armed.is_empty(), ARM),
        part(!plan.disarmed.is_empty(), END),
        part(!plan.keys.is_empty(), OPEN),
        TELL,
    ]
    .concat();
    let written: Option<bool> = sqlx::query_scalar(&statement)
        .bind(micros(recorded_at))
        .bind(EVENT_VERSION)
        .bind(signed(after.position))
        .bind(after.hash.to_vec())
        .bind(signed(before.position))
        .bind(before.hash.to_vec())
        .bind(rows::events(&plan.rows, digests))
        .bind(rows::commands(plan))
        .fetch_optional(db)
        .await?;
    Ok(written.is_some())
}
