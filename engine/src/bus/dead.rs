//! Dead letters: what could not be understood or applied, whole, with everything that is wrong.
//! They hold what the sender wrote, so they stay on the operator's own bus and age out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::fault::Fault;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::cloudevent::{CloudEvent, Envelope, Kind};
use super::subject::Subjects;
use super::{Bus, BusError, Outgoing, Stored};

/// Most bytes of the original that are kept: in base64 they still fit into one message.
const KEPT_MAX: usize = 700_000;

/// 死信 · a dead letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DeadLetter {
    /// 来路 · which way it came: `intake` or `response`.
    #[schemars(extend("enum" = ["intake", "response"]))]
    pub origin: String,
    /// 原主题 · where it was published.
    pub subject: String,
    /// 原流中的序号 · place in its stream, where a longer original can still be read until it ages out.
    pub sequence: u64,
    /// 到达时间 · when the bus stored it.
    pub stored_at: Timestamp,
    /// 全部错误 · everything that is wrong.
    pub faults: Vec<Fault>,
    /// 原文字节数 · the original's length.
    pub bytes: u64,
    /// 原文摘要 · SHA-256 of the original, hexadecimal.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: String,
    /// 原文，逐字节 · the original, byte for byte; its beginning where `truncated`.
    pub payload_base64: String,
    /// 原文过长，只留开头 · the original was too long to be kept whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

impl DeadLetter {
    /// The letter for a message.
    pub fn new(origin: &str, message: &Stored, faults: Vec<Fault>) -> Self {
        let payload = &message.payload;
        let kept = payload.get(..KEPT_MAX).unwrap_or(payload);
        Self {
            origin: origin.to_owned(),
            subject: message.subject.clone(),
            sequence: message.sequence,
            stored_at: message.stored_at,
            faults,
            bytes: payload.len() as u64,
            sha256: hex::encode(Sha256::digest(payload)),
            payload_base64: STANDARD.encode(kept),
            truncated: kept.len() < payload.len(),
        }
    }

    /// The message that carries it. What a message says that dies again is the same letter; the letter
    /// of one message at one place is stored once, also where the node that wrote it died before it
    /// could settle the message.
    ///
    /// # Errors
    /// serde's, never in practice.
    pub fn message(self, subjects: &Subjects, message_id: Uuid) -> Result<Outgoing, BusError> {
        let id = format!("{}/{}/{}", self.subject, self.sequence, self.stored_at.as_microsecond());
        let subject = subjects.dead(&self.origin);
        let event = CloudEvent {
            id: format!("dead/{}/{message_id}", self.origin),
            source: self.subject.clone(),
            kind: Kind::Dead,
            subject: None,
            time: self.stored_at,
            sequence: None,
            causation: Some(message_id.to_string()),
            data: self,
        };
        let payload = event.to_bytes().map_err(|error| BusError::Unknown(error.to_string()))?;
        Ok(Outgoing { subject, id, mark: None, payload })
    }

    /// Reads a letter from the stream of the dead.
    pub fn read(message: &Stored) -> Option<Self> {
        serde_json::from_value(Envelope::read(&message.payload, Kind::Dead).data?).ok()
    }

    /// Whether it is the letter of the message at this place.
    pub fn is_of(&self, subject: &str, sequence: u64) -> bool {
        self.subject == subject && self.sequence == sequence
    }

    /// The original, as far as it was kept.
    ///
    /// # Errors
    /// [`BusError`] where somebody else wrote the letter.
    pub fn original(&self) -> Result<Vec<u8>, BusError> {
        STANDARD
            .decode(&self.payload_base64)
            .map_err(|_| BusError::Unknown("the letter is broken".to_owned()))
    }

    /// Publishes the original, or what it was mended to, where it came from: after the cause has been
    /// mended. Whether it is taken this time, its receipt says. Gives its place in its stream.
    ///
    /// # Errors
    /// [`BusError`]; [`BusError::TooLarge`] where the letter does not hold the whole original.
    pub async fn replay(
        &self,
        bus: &dyn Bus,
        subjects: &Subjects,
        mended: Option<Vec<u8>>,
    ) -> Result<u64, BusError> {
        let payload = match mended {
            Some(mended) => mended,
            None if self.truncated => {
                return Err(BusError::TooLarge(usize::try_from(self.bytes).unwrap_or(usize::MAX)));
            }
            None => self.original()?,
        };
        let stream = subjects
            .stream_of(&self.subject)
            .ok_or_else(|| BusError::Unknown("the letter is broken".to_owned()))?;
        let id = format!("replay/{}", Uuid::now_v7());
        let again = Outgoing { subject: self.subject.clone(), id, mark: None, payload };
        bus.publish(stream, None, &[again]).await
    }
}
