//! A complaint as it arrives: the one shape behind JSONL, CSV, HTTP and the bus (`docs/complaint.md`).

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::attachment;
use super::read::Reader;
use crate::fault::Fault;
use crate::sealed::{Content, Reporter};

/// Longest free text, in characters. A longer one belongs in an attachment.
pub const TEXT_MAX: usize = 20_000;
/// Longest title or address, in characters.
pub const LINE_MAX: usize = 1_000;
/// Longest identifier, in characters.
pub const ID_MAX: usize = 200;
/// Most units that a complaint accuses.
pub const ACCUSED_MAX: usize = 20;
/// Most bytes of unknown fields that are kept.
pub const EXTRA_MAX: usize = 65_536;

/// A well-formed complaint, still in the clear: it is sealed before it goes on.
#[derive(Clone, PartialEq)]
pub struct Complaint {
    /// Its id in the sending system; none means that its content is its identity.
    pub external_id: Option<String>,
    /// The sending system.
    pub source: String,
    /// Channel there.
    pub channel: String,
    /// When the first receiver took it in.
    pub received_at: Timestamp,
    /// Latitude and longitude, degrees.
    pub point: Option<(f64, f64)>,
    /// Item, as code or name; may be unknown to us.
    pub item: Option<String>,
    /// The unit there: used only for cases imported as recorded.
    pub unit: Option<String>,
    /// Due time there.
    pub due_at: Option<Timestamp>,
    /// Closing time there.
    pub closed_at: Option<Timestamp>,
    /// When the reply there was given.
    pub replied_at: Option<Timestamp>,
    /// Not to be named to the handler.
    pub confidential: bool,
    /// No name given.
    pub anonymous: bool,
    /// A test order.
    pub test: bool,
    /// The sender's own count of its versions of this complaint: an older one that comes late is
    /// not taken for news.
    pub revision: Option<u64>,
    /// What is sealed.
    pub content: Content,
}

/// Never prints what it holds.
impl std::fmt::Debug for Complaint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Complaint").field("source", &self.source).finish_non_exhaustive()
    }
}

impl Complaint {
    /// Reads a complaint from a JSON object. `source` stands in where the object names none;
    /// `now` bounds what can have been received.
    ///
    /// # Errors
    /// Every fault of the object, each with its field; none quotes what was in it.
    pub fn from_json(value: Value, source: &str, now: Timestamp) -> Result<Complaint, Vec<Fault>> {
        let Value::Object(object) = value else {
            return Err(vec![Fault::new(
                "NOT_AN_OBJECT",
                "应为一个 JSON 对象。",
                "A JSON object is expected.",
            )]);
        };
        let mut reader = Reader::new(object);
        let complaint = read(&mut reader, source, now);
        reader.finish(complaint)
    }

    /// The complaint with these contents, for hashing: the same complaint gives the same bytes
    /// whatever the order of its fields.
    pub fn canonical(&self) -> String {
        let content = serde_json::to_value(&self.content).unwrap_or_default();
        serde_json::json!([
            self.external_id,
            self.source,
            self.channel,
            self.received_at,
            self.point,
            self.item,
            self.unit,
            self.due_at,
            self.closed_at,
            self.replied_at,
            self.confidential,
            self.anonymous,
            self.test,
            content,
        ])
        .to_string()
    }
}

fn read(reader: &mut Reader, default_source: &str, now: Timestamp) -> Complaint {
    let source = reader.identifier("source").unwrap_or_else(|| default_source.to_owned());
    if source.is_empty() {
        reader.fault("source", "SOURCE_MISSING", "缺少来源系统。", "The sending system is missing.");
    }
    let received_at = reader.time("received_at", Some(now));
    if received_at.is_none() && !reader.has_fault("received_at") {
        reader.fault(
            "received_at",
            "RECEIVED_AT_MISSING",
            "缺少受理时间。",
            "The time of receipt is missing.",
        );
    }
    let title = reader.text("title", LINE_MAX);
    let text = reader.text("text", TEXT_MAX);
    if title.trim().is_empty()
        && text.trim().is_empty()
        && !reader.has_fault("title")
        && !reader.has_fault("text")
    {
        reader.fault("text", "NO_CONTENT", "标题和诉求内容至少填一项。", "Give a title or a text.");
    }
    let (reporter, flags, rest) = reader.reporter();
    let mut complaint = Complaint {
        external_id: reader.identifier("external_id"),
        source,
        channel: reader.identifier("channel").unwrap_or_default(),
        received_at: received_at.unwrap_or_default(),
        point: reader.point(),
        item: reader.identifier("item"),
        unit: reader.identifier("unit"),
        due_at: reader.time("due_at", None),
        closed_at: reader.time("closed_at", None),
        replied_at: reader.time("replied_at", None),
        confidential: flags.confidential,
        anonymous: flags.anonymous,
        test: reader.flag("test"),
        revision: reader.count("sequence"),
        content: Content {
            title,
            text,
            address: reader.text("address", LINE_MAX),
            reporter,
            reply_text: reader.text("reply_text", TEXT_MAX),
            attachments: attachment::read(reader),
            accused: reader.names("accused"),
            extra: Map::new(),
        },
    };
    complaint.content.extra = reader.extra(rest);
    complaint
}

/// What the reporter asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    pub confidential: bool,
    pub anonymous: bool,
}

pub(super) type ReporterRead = (Reporter, Flags, Map<String, Value>);

#[cfg(test)]
mod specs {
    use super::*;
    use serde_json::json;

    fn now() -> Timestamp {
        "2026-11-20T10:00:00+08:00".parse().expect("a time")
    }

    fn faults(value: Value) -> Vec<String> {
        match Complaint::from_json(value, "12345", now()) {
            Ok(_) => vec![],
            Err(faults) => faults.into_iter().map(|f| format!("{} {}", f.field, f.code)).collect(),
        }
    }

    #[test]
    fn time_and_one_of_title_or_text_are_enough() {
        assert!(faults(json!({"received_at": "2026-11-20T09:00:00+08:00", "title": "路灯不亮"})).is_empty());
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let found = faults(json!({
            "received_at": "0000-01-01T00:00:00Z", "title": 7, "lat": 99, "lon": "x",
            "test": "maybe", "external_id": "a\u{0}b", "reporter": [], "due_at": "9999-01-01T00:00:00Z"
        }));
        assert_eq!(
            found,
            [
                "received_at TIME_OUT_OF_RANGE",
                "title WRONG_TYPE",
                "reporter WRONG_TYPE",
                "external_id CONTROL_CHARACTER",
                "lat OUT_OF_RANGE",
                "lon WRONG_TYPE",
                "due_at TIME_OUT_OF_RANGE",
                "test WRONG_TYPE"
            ]
        );
    }

    #[test]
    fn a_receipt_in_the_future_is_refused() {
        assert_eq!(
            faults(json!({"received_at": "2026-11-25T09:00:00+08:00", "text": "x"})),
            ["received_at TIME_IN_FUTURE"]
        );
    }

    #[test]
    fn unknown_fields_are_kept_and_nul_is_stripped_from_text() {
        let complaint = Complaint::from_json(
            json!({"received_at": "2026-11-20T09:00:00+08:00", "text": "a\u{0}b", "likes": 3,
                   "reporter": {"name": "n", "age": 5}}),
            "12345",
            now(),
        )
        .expect("well-formed");
        assert_eq!(complaint.content.text, "ab");
        assert_eq!(
            complaint.content.extra,
            *json!({"likes": 3, "reporter": {"age": 5}}).as_object().expect("object")
        );
    }

    #[test]
    fn the_order_of_fields_does_not_matter_to_the_hash() {
        let read = |text: &str| {
            let value = serde_json::from_str(text).expect("json");
            Complaint::from_json(value, "s", now()).expect("well-formed").canonical()
        };
        assert_eq!(
            read(r#"{"received_at":"2026-11-20T09:00:00+08:00","text":"t","b":1,"a":2}"#),
            read(r#"{"a":2,"text":"t","b":1,"received_at":"2026-11-20T01:00:00Z"}"#)
        );
    }
}
