//! The streams of the log and the codec of their events.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{case, intake, notify, rules};

/// Kinds of stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamKind {
    /// One complaint.
    Case,
    /// One message that came in and opened nothing: repeated, or refused with reasons.
    Intake,
    /// The rules: one stream a log.
    Rules,
    /// One notification, and one stream that says how far the log was looked through for them.
    Notification,
}

impl StreamKind {
    /// The `aggregate_type` in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Intake => "intake",
            Self::Rules => "rules",
            Self::Notification => "notification",
        }
    }

    /// Reads the `aggregate_type`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "case" => Some(Self::Case),
            "intake" => Some(Self::Intake),
            "rules" => Some(Self::Rules),
            "notification" => Some(Self::Notification),
            _ => None,
        }
    }
}

/// A stream: its kind and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StreamId {
    /// Kind.
    pub kind: StreamKind,
    /// Id; `aggregate_id` in the log, hyphenated.
    pub id: Uuid,
}

impl StreamId {
    /// The stream of a case.
    pub fn case(id: crate::ids::CaseId) -> Self {
        Self { kind: StreamKind::Case, id: id.0 }
    }
    /// The stream of a message.
    pub fn intake(id: Uuid) -> Self {
        Self { kind: StreamKind::Intake, id }
    }
    /// The stream of a notification.
    pub fn notification(id: Uuid) -> Self {
        Self { kind: StreamKind::Notification, id }
    }
    /// The stream that says up to where notifications have followed the log.
    pub fn followed() -> Self {
        Self::notification(Uuid::from_u128(0x7d1f_4c02_6b90_4a3d_9c25_e0b1_58aa_1d64))
    }
    /// The stream of the rules.
    pub fn rules() -> Self {
        Self { kind: StreamKind::Rules, id: Uuid::from_u128(0x3b0c_92a1_5d54_4f0e_8e57_20ab_61cd_9f03) }
    }
}

impl std::fmt::Display for StreamId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.kind.as_str(), self.id)
    }
}

/// Any event of the log. Whoever handles events matches on this exhaustively,
/// so that a new kind of event cannot be forgotten.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly every event is of a case")]
pub enum Event {
    /// Of a case.
    Case(case::Event),
    /// Of the intake.
    Intake(intake::Event),
    /// Of the rules.
    Rules(rules::Event),
    /// Of a notification.
    Notification(notify::Event),
}

/// An event that this version of the program does not understand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {stream_kind}/{event_type} v{version} cannot be read: {reason}")]
pub struct UnknownEvent {
    /// `aggregate_type` of the row.
    pub stream_kind: String,
    /// `event_type` of the row.
    pub event_type: String,
    /// `event_version` of the row.
    pub version: String,
    /// What is wrong; never quotes the payload.
    pub reason: String,
}

/// The version written today, in `event_version`.
pub const EVENT_VERSION: &str = "1";

impl Event {
    /// The kind of stream it belongs to.
    pub fn stream_kind(&self) -> StreamKind {
        match self {
            Event::Case(_) => StreamKind::Case,
            Event::Intake(_) => StreamKind::Intake,
            Event::Rules(_) => StreamKind::Rules,
            Event::Notification(_) => StreamKind::Notification,
        }
    }

    /// `event_type` in the log: the variant's name.
    pub fn event_type(&self) -> &'static str {
        match self {
            Event::Case(event) => event.name(),
            Event::Intake(event) => event.name(),
            Event::Rules(event) => event.name(),
            Event::Notification(event) => event.name(),
        }
    }

    /// The payload as stored: JSON, tagged with the event's name.
    ///
    /// # Errors
    /// Never for events of this crate; serde's error otherwise.
    pub fn encode(&self) -> Result<String, serde_json::Error> {
        match self {
            Event::Case(event) => serde_json::to_string(event),
            Event::Intake(event) => serde_json::to_string(event),
            Event::Rules(event) => serde_json::to_string(event),
            Event::Notification(event) => serde_json::to_string(event),
        }
    }

    /// Reads a stored row.
    ///
    /// # Errors
    /// [`UnknownEvent`] for a kind, type, version or payload that this version does not know.
    pub fn decode(kind: &str, event_type: &str, version: &str, payload: &str) -> Result<Event, UnknownEvent> {
        let unknown = |reason: &str| UnknownEvent {
            stream_kind: kind.to_owned(),
            event_type: event_type.to_owned(),
            version: version.to_owned(),
            reason: reason.to_owned(),
        };
        if version != EVENT_VERSION {
            return Err(unknown("unknown version"));
        }
        // serde's own message may quote the payload: only its position is told.
        let told = |error: serde_json::Error| unknown(&format!("column {}", error.column()));
        let event = match StreamKind::parse(kind) {
            Some(StreamKind::Case) => Event::Case(serde_json::from_str(payload).map_err(told)?),
            Some(StreamKind::Intake) => Event::Intake(serde_json::from_str(payload).map_err(told)?),
            Some(StreamKind::Rules) => Event::Rules(serde_json::from_str(payload).map_err(told)?),
            Some(StreamKind::Notification) => {
                Event::Notification(serde_json::from_str(payload).map_err(told)?)
            }
            None => return Err(unknown("unknown kind of stream")),
        };
        if event.event_type() != event_type {
            return Err(unknown("payload and event_type differ"));
        }
        Ok(event)
    }
}
