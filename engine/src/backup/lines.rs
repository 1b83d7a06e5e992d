//! The lines of a backup's files.

use domain::stream::{StreamId, StreamKind};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::log::{Parked, Receipt, StoredRow};

/// `events.jsonl.gz`: a row as stored. Payload and metadata are texts, for their bytes were hashed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventLine {
    position: u64,
    stream_kind: String,
    stream_id: String,
    sequence: u64,
    event_type: String,
    event_version: String,
    payload: String,
    metadata: String,
    occurred_at: i64,
    recorded_at: i64,
    actor: String,
    correlation: Uuid,
    causation: Uuid,
    command_id: Uuid,
    hash: String,
    prev_hash: String,
}

impl From<StoredRow> for EventLine {
    fn from(row: StoredRow) -> Self {
        Self {
            position: row.position,
            stream_kind: row.stream_kind,
            stream_id: row.stream_id,
            sequence: row.sequence,
            event_type: row.event_type,
            event_version: row.event_version,
            payload: row.payload,
            metadata: row.metadata,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            actor: row.actor,
            correlation: row.correlation,
            causation: row.causation,
            command_id: row.command_id,
            hash: hex::encode(row.hash),
            prev_hash: hex::encode(row.prev_hash),
        }
    }
}

impl TryFrom<EventLine> for StoredRow {
    type Error = &'static str;

    fn try_from(line: EventLine) -> Result<Self, Self::Error> {
        Ok(Self {
            position: line.position,
            stream_kind: line.stream_kind,
            stream_id: line.stream_id,
            sequence: line.sequence,
            event_type: line.event_type,
            event_version: line.event_version,
            payload: line.payload,
            metadata: line.metadata,
            occurred_at: line.occurred_at,
            recorded_at: line.recorded_at,
            actor: line.actor,
            correlation: line.correlation,
            causation: line.causation,
            command_id: line.command_id,
            hash: hash(&line.hash)?,
            prev_hash: hash(&line.prev_hash)?,
        })
    }
}

/// `receipts.jsonl.gz`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReceiptLine {
    command_id: Uuid,
    content_hash: String,
    stream_kind: String,
    stream_id: Uuid,
    first_position: u64,
    last_position: u64,
}

impl From<Receipt> for ReceiptLine {
    fn from(receipt: Receipt) -> Self {
        Self {
            command_id: receipt.command_id,
            content_hash: hex::encode(receipt.content_hash),
            stream_kind: receipt.stream.kind.as_str().to_owned(),
            stream_id: receipt.stream.id,
            first_position: receipt.first_position,
            last_position: receipt.last_position,
        }
    }
}

impl TryFrom<ReceiptLine> for Receipt {
    type Error = &'static str;

    fn try_from(line: ReceiptLine) -> Result<Self, Self::Error> {
        let kind = StreamKind::parse(&line.stream_kind).ok_or("an unknown kind of stream")?;
        Ok(Self {
            command_id: line.command_id,
            content_hash: hash(&line.content_hash)?,
            stream: StreamId { kind, id: line.stream_id },
            first_position: line.first_position,
            last_position: line.last_position,
        })
    }
}

/// `keys.jsonl.gz`: a case's data key, wrapped by the master key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyLine {
    case_id: Uuid,
    wrapped: String,
}

impl From<(Uuid, Vec<u8>)> for KeyLine {
    fn from((case_id, wrapped): (Uuid, Vec<u8>)) -> Self {
        Self { case_id, wrapped: hex::encode(wrapped) }
    }
}

impl TryFrom<KeyLine> for (Uuid, Vec<u8>) {
    type Error = &'static str;

    fn try_from(line: KeyLine) -> Result<Self, Self::Error> {
        Ok((line.case_id, hex::decode(line.wrapped).map_err(|_| "a key is not hexadecimal")?))
    }
}

/// `parked.jsonl.gz`: a stream whose messages are held back.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParkedLine {
    stream_kind: String,
    stream_id: String,
    position: u64,
    reason: String,
}

impl From<Parked> for ParkedLine {
    fn from(parked: Parked) -> Self {
        let Parked { stream_kind, stream_id, position, reason } = parked;
        Self { stream_kind, stream_id, position, reason }
    }
}

impl TryFrom<ParkedLine> for Parked {
    type Error = &'static str;

    fn try_from(line: ParkedLine) -> Result<Self, Self::Error> {
        let ParkedLine { stream_kind, stream_id, position, reason } = line;
        Ok(Self { stream_kind, stream_id, position, reason })
    }
}

fn hash(text: &str) -> Result<[u8; 32], &'static str> {
    let bytes = hex::decode(text).map_err(|_| "a hash is not hexadecimal")?;
    bytes.try_into().map_err(|_| "a hash is not 32 bytes long")
}
