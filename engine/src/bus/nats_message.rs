//! Messages as NATS carries them.

use async_nats::HeaderMap;
use async_nats::header::{NATS_EXPECTED_LAST_SEQUENCE, NATS_MESSAGE_ID};
use async_nats::jetstream::Message;
use async_nats::jetstream::message::StreamMessage;
use jiff::Timestamp;

use super::{BusError, Delivery, Mark, Outgoing, Stored};

/// The position in the log, for people who look at a stream; the message id holds it too.
const POSITION: &str = "Es-Position";
/// The event's hash in the log.
const HASH: &str = "Es-Hash";

pub(super) fn delivery(message: &Message) -> Option<Delivery> {
    let info = message.info().ok()?;
    let stored = Stored {
        sequence: info.stream_sequence,
        subject: message.subject.to_string(),
        id: message.headers.as_ref().and_then(message_id),
        mark: None,
        payload: message.payload.to_vec(),
        stored_at: microseconds(info.published.unix_timestamp_nanos())?,
    };
    let attempt = u64::try_from(info.delivered).unwrap_or(1);
    Some(Delivery { message: stored, attempt, token: message.reply.as_ref()?.to_string() })
}

pub(super) fn stored(message: StreamMessage) -> Result<Stored, BusError> {
    let id = message_id(&message.headers);
    let hash = message.headers.get(HASH).map(ToString::to_string);
    let mark = id.as_deref().zip(hash).and_then(|(id, hash)| Mark::read(id, &hash));
    Ok(Stored {
        sequence: message.sequence,
        subject: message.subject.to_string(),
        id,
        mark,
        payload: message.payload.to_vec(),
        stored_at: microseconds(message.time.unix_timestamp_nanos())
            .ok_or_else(|| BusError::Unknown("a time out of range".to_owned()))?,
    })
}

pub(super) fn headers(message: &Outgoing, after: Option<u64>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(NATS_MESSAGE_ID, message.id.as_str());
    if let Some(mark) = &message.mark {
        headers.insert(POSITION, mark.position.to_string());
        headers.insert(HASH, hex::encode(mark.hash));
    }
    if let Some(after) = after {
        headers.insert(NATS_EXPECTED_LAST_SEQUENCE, after.to_string());
    }
    headers
}

pub(super) fn message_id(headers: &HeaderMap) -> Option<String> {
    headers.get(NATS_MESSAGE_ID).map(ToString::to_string)
}

/// The log keeps microseconds.
pub(super) fn microseconds(nanoseconds: i128) -> Option<Timestamp> {
    Timestamp::from_microsecond(i64::try_from(nanoseconds / 1_000).ok()?).ok()
}
