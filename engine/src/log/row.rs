//! A row of the `events` table: the columns of the stock stores, and ours.

use domain::context::Actor;
use domain::recorded::{Meta, Recorded};
use domain::stream::{Event, StreamId, StreamKind, UnknownEvent};
use jiff::Timestamp;
use uuid::Uuid;

/// An event on its way into the log. Position, sequence, hash and `recorded_at` are the store's.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRow {
    /// The variant's name.
    pub event_type: &'static str,
    /// JSON, exactly the bytes to store and to hash.
    pub payload: String,
    /// When it happened, microseconds since 1970.
    pub occurred_at: i64,
    /// Who did it, JSON of [`Actor`].
    pub actor: String,
    /// The whole conversation.
    pub correlation: Uuid,
    /// What directly led to it.
    pub causation: Uuid,
}

/// A row as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRow {
    /// Place in the log.
    pub position: u64,
    /// `aggregate_type`.
    pub stream_kind: String,
    /// `aggregate_id`.
    pub stream_id: String,
    /// Place in the stream, from 1.
    pub sequence: u64,
    /// The variant's name.
    pub event_type: String,
    /// Version of the payload.
    pub event_version: String,
    /// JSON.
    pub payload: String,
    /// Of the stock stores: JSON object of texts; with us `content_hash`, the command's, in hex.
    pub metadata: String,
    /// Microseconds since 1970.
    pub occurred_at: i64,
    /// Microseconds since 1970.
    pub recorded_at: i64,
    /// JSON of [`Actor`].
    pub actor: String,
    /// The whole conversation.
    pub correlation: Uuid,
    /// What directly led to it.
    pub causation: Uuid,
    /// The command.
    pub command_id: Uuid,
    /// Hash of this row and of everything before it.
    pub hash: [u8; 32],
    /// Hash of the row before.
    pub prev_hash: [u8; 32],
}

impl StoredRow {
    /// The stream, where kind and id can be read.
    pub fn stream(&self) -> Option<StreamId> {
        Some(StreamId {
            kind: StreamKind::parse(&self.stream_kind)?,
            id: Uuid::parse_str(&self.stream_id).ok()?,
        })
    }

    /// Reads the event.
    ///
    /// # Errors
    /// [`UnknownEvent`] where this version does not understand the row.
    pub fn decode(&self) -> Result<Recorded, UnknownEvent> {
        let event = Event::decode(&self.stream_kind, &self.event_type, &self.event_version, &self.payload)?;
        let broken = |reason: &str| UnknownEvent {
            stream_kind: self.stream_kind.clone(),
            event_type: self.event_type.clone(),
            version: self.event_version.clone(),
            reason: reason.to_owned(),
        };
        let time = |micros| Timestamp::from_microsecond(micros).map_err(|_| broken("time"));
        let actor: Actor = serde_json::from_str(&self.actor).map_err(|_| broken("actor"))?;
        Ok(Recorded {
            position: self.position,
            stream: self.stream().ok_or_else(|| broken("stream id"))?,
            sequence: self.sequence,
            event,
            meta: Meta {
                occurred_at: time(self.occurred_at)?,
                recorded_at: time(self.recorded_at)?,
                actor,
                correlation: self.correlation,
                causation: self.causation,
                command_id: self.command_id,
            },
        })
    }
}
