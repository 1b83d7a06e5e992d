//! An event as it stands in the log.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::context::Actor;
use crate::stream::{Event, StreamId};

/// What is known about an event besides itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// When it happened, as far as we know; microseconds.
    pub occurred_at: Timestamp,
    /// When it was written; microseconds, never before the stream's previous event.
    pub recorded_at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// The whole conversation it belongs to.
    pub correlation: Uuid,
    /// What directly led to it: a message or an event.
    pub causation: Uuid,
    /// The command it came from.
    pub command_id: Uuid,
}

/// An event with its place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Place in the log; grows, may have gaps.
    pub position: u64,
    /// Its stream.
    pub stream: StreamId,
    /// Place in the stream, from 1.
    pub sequence: u64,
    /// What happened.
    pub event: Event,
    /// Who, when, why.
    pub meta: Meta,
}
