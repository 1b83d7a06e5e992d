//! The envelope of every message: CloudEvents 1.0, JSON, structured mode. Reading names every fault.

use domain::fault::Fault;
use domain::intake::OrderKind;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{MESSAGE_MAX, too_large};

/// Version of the contract, in the attribute `whistleversion`.
pub const CONTRACT_VERSION: &str = "1";
/// Longest id or source, in characters.
const ATTRIBUTE_MAX: usize = 500;

/// What a message is about: its `type` and the schema of its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A complaint.
    Complaint,
    /// 撤单, 群众评价, 市级时限 or 市级裁定 about one.
    Order(OrderKind),
    /// What became of it.
    Receipt,
    /// What became of a source's messages of a day.
    Reconciliation,
    /// A step in the life of its case.
    Status,
    /// A task for a unit.
    Dispatch,
    /// A leg of a whistle for a unit.
    Leg,
    /// A task that is no more.
    Recall,
    /// A unit's answer.
    Response,
    /// What became of it.
    Answer,
    /// A public event.
    Event,
    /// What could not be understood or applied.
    Dead,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 15] = [
        Kind::Complaint,
        Kind::Order(OrderKind::Withdrawal),
        Kind::Order(OrderKind::Rating),
        Kind::Order(OrderKind::Due),
        Kind::Order(OrderKind::Decision),
        Kind::Receipt,
        Kind::Reconciliation,
        Kind::Status,
        Kind::Dispatch,
        Kind::Leg,
        Kind::Recall,
        Kind::Response,
        Kind::Answer,
        Kind::Event,
        Kind::Dead,
    ];

    /// What a sending system may say.
    pub const INTAKE: [Kind; 5] = [
        Kind::Complaint,
        Kind::Order(OrderKind::Withdrawal),
        Kind::Order(OrderKind::Rating),
        Kind::Order(OrderKind::Due),
        Kind::Order(OrderKind::Decision),
    ];

    /// The attribute `type`.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Order(OrderKind::Withdrawal) => "whistlepost.withdrawal",
            Self::Order(OrderKind::Rating) => "whistlepost.rating",
            Self::Order(OrderKind::Due) => "whistlepost.due",
            Self::Order(OrderKind::Decision) => "whistlepost.decision",
            Self::Leg => "whistlepost.leg",
            Self::Recall => "whistlepost.recall",
            Self::Answer => "whistlepost.answer",
            Self::Complaint => "whistlepost.complaint",
            Self::Receipt => "whistlepost.receipt",
            Self::Reconciliation => "whistlepost.reconciliation",
            Self::Status => "whistlepost.status",
            Self::Dispatch => "whistlepost.dispatch",
            Self::Response => "whistlepost.response",
            Self::Event => "whistlepost.event",
            Self::Dead => "whistlepost.dead",
        }
    }

    /// The attribute `dataschema`: `docs/schemas/<kind>.json`.
    pub fn schema(self) -> String {
        format!("urn:{}:{CONTRACT_VERSION}", self.type_name().replace('.', ":"))
    }
}

/// An envelope to be written.
#[derive(Debug, Clone)]
pub struct CloudEvent<T> {
    /// With `source`, names the message for ever.
    pub id: String,
    /// Who says it.
    pub source: String,
    /// What it is.
    pub kind: Kind,
    /// What it is about, e.g. a case's number.
    pub subject: Option<String>,
    /// When it happened.
    pub time: Timestamp,
    /// Place in the stream of its case; orders the messages about one case.
    pub sequence: Option<u64>,
    /// The message or event that led to it.
    pub causation: Option<String>,
    /// What is said.
    pub data: T,
}

/// 信封 · the envelope, as it is written: `CloudEvents` 1.0, JSON, structured mode.
///
/// 必填的只是读者离不开的几项 · only what no reader can do without is required.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("required" = ["specversion", "id", "source", "type", "data"]))]
pub(super) struct Wire<'a, T> {
    #[schemars(extend("const" = "1.0"))]
    specversion: &'static str,
    /// 与 source 一起永远唯一 · with source, names the message for ever.
    #[schemars(length(min = 1, max = ATTRIBUTE_MAX))]
    id: &'a str,
    /// 发送方 · who says it.
    #[schemars(length(min = 1, max = ATTRIBUTE_MAX))]
    source: &'a str,
    /// 类型 · type.
    #[schemars(extend("enum" = Kind::ALL.map(Kind::type_name)))]
    r#type: &'static str,
    /// 案件编号 · the case's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    /// 时间 · time.
    time: Timestamp,
    /// `application/json`
    datacontenttype: &'static str,
    /// `urn:whistlepost:<kind>:1`
    dataschema: String,
    /// 契约版本 · version of the contract.
    #[schemars(extend("const" = CONTRACT_VERSION))]
    whistleversion: &'static str,
    /// 同一案件、同一收方的连续编号，十位；公开事件为案件流内序号 · counts the messages about one case
    /// to one reader, without gaps; on public events the place in the case's stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<String>,
    /// 起因消息或事件 · the message or event that led to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    causationid: Option<&'a str>,
    data: &'a T,
}

impl<T: Serialize> CloudEvent<T> {
    /// The bytes to publish.
    ///
    /// # Errors
    /// serde's, where the data cannot be written as JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&Wire {
            specversion: "1.0",
            id: &self.id,
            source: &self.source,
            r#type: self.kind.type_name(),
            subject: self.subject.as_deref(),
            time: self.time,
            datacontenttype: "application/json",
            dataschema: self.kind.schema(),
            whistleversion: CONTRACT_VERSION,
            // Extension `sequence` of the CloudEvents registry is a string that sorts as text.
            sequence: self.sequence.map(|sequence| format!("{sequence:010}")),
            causationid: self.causation.as_deref(),
            data: &self.data,
        })
    }
}

/// What could be read of an envelope, and everything that is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Envelope {
    /// Which of the expected kinds it is.
    pub kind: Option<Kind>,
    /// The id, where it can be read.
    pub id: Option<String>,
    /// The source, where it can be read.
    pub source: Option<String>,
    /// The data, where there is any.
    pub data: Option<Value>,
    /// Every fault.
    pub faults: Vec<Fault>,
}

impl Envelope {
    /// Reads a message that should be of this kind.
    pub fn read(bytes: &[u8], kind: Kind) -> Self {
        Self::read_any(bytes, &[kind])
    }

    /// Reads a message that should be of one of these kinds; of the first where its type is none of
    /// ours.
    pub fn read_any(bytes: &[u8], kinds: &[Kind]) -> Self {
        let mut envelope = Self::default();
        match object(bytes) {
            Ok(object) => envelope.take(object, kinds),
            Err(fault) => envelope.faults.push(*fault),
        }
        envelope
    }

    /// Notes a fault of an attribute.
    pub fn fault(&mut self, field: &str, code: &str, zh: &str, en: &str) {
        self.faults.push(Fault::new(code, zh, en).in_field(field));
    }

    fn take(&mut self, mut object: Map<String, Value>, kinds: &[Kind]) {
        self.constant(&mut object, "specversion", "1.0");
        self.id = self.text(&mut object, "id");
        self.source = self.text(&mut object, "source");
        self.kind(&mut object, kinds);
        // A sender that does not know our extension speaks the first version.
        if object.get("whistleversion").is_some_and(|version| !version.is_null()) {
            self.constant(&mut object, "whistleversion", CONTRACT_VERSION);
        }
        if let Some(format) = object.remove("datacontenttype").filter(|format| !format.is_null())
            && !format.as_str().is_some_and(is_json)
        {
            self.fault(
                "datacontenttype",
                "WRONG_VALUE",
                "应为 application/json。",
                "application/json is expected.",
            );
        }
        self.data = object.remove("data").filter(|data| !data.is_null());
        if self.data.is_none() {
            self.fault("data", "DATA_MISSING", "缺少 data。", "There is no data.");
        }
    }

    /// The subject says what a message is; only a type of ours that is another one contradicts it.
    fn kind(&mut self, object: &mut Map<String, Value>, kinds: &[Kind]) {
        self.kind = kinds.first().copied();
        let Some(found) = self.text(object, "type") else { return };
        if let Some(kind) = kinds.iter().find(|kind| kind.type_name() == found) {
            self.kind = Some(*kind);
        } else if found.starts_with("whistlepost.") {
            let expected = kinds.iter().map(|kind| kind.type_name()).collect::<Vec<_>>().join(", ");
            let (zh, en) = (format!("应为 {expected}。"), format!("{expected} is expected."));
            self.fault("type", "WRONG_VALUE", &zh, &en);
        }
    }

    fn constant(&mut self, object: &mut Map<String, Value>, field: &str, expected: &str) {
        match object.remove(field).filter(|value| !value.is_null()) {
            Some(Value::String(value)) if value == expected => {}
            Some(_) => {
                let (zh, en) = (format!("应为 {expected}。"), format!("{expected} is expected."));
                self.fault(field, "WRONG_VALUE", &zh, &en);
            }
            None => {
                let (zh, en) =
                    (format!("缺少，应为 {expected}。"), format!("Missing; {expected} is expected."));
                self.fault(field, "ATTRIBUTE_MISSING", &zh, &en);
            }
        }
    }

    fn text(&mut self, object: &mut Map<String, Value>, field: &str) -> Option<String> {
        match object.remove(field).filter(|value| !value.is_null()) {
            None => self.fault(field, "ATTRIBUTE_MISSING", "缺少此属性。", "This attribute is missing."),
            Some(Value::String(text)) if text.trim().is_empty() => {
                self.fault(field, "ATTRIBUTE_MISSING", "此属性为空。", "This attribute is empty.");
            }
            Some(Value::String(text)) if text.contains(char::is_control) => {
                self.fault(
                    field,
                    "CONTROL_CHARACTER",
                    "含有控制字符。",
                    "There is a control character in it.",
                );
            }
            Some(Value::String(text)) if text.chars().nth(ATTRIBUTE_MAX).is_some() => {
                let (zh, en) = (
                    format!("超过 {ATTRIBUTE_MAX} 字。"),
                    format!("Longer than {ATTRIBUTE_MAX} characters."),
                );
                self.fault(field, "ID_TOO_LONG", &zh, &en);
            }
            Some(Value::String(text)) => return Some(text),
            Some(_) => self.fault(field, "WRONG_TYPE", "应为文字。", "Text is expected."),
        }
        None
    }
}

fn is_json(format: &str) -> bool {
    format.split(';').next().is_some_and(|format| format.trim().eq_ignore_ascii_case("application/json"))
}

/// The object that the bytes are, or what they are instead.
fn object(bytes: &[u8]) -> Result<Map<String, Value>, Box<Fault>> {
    if bytes.len() > MESSAGE_MAX {
        return Err(too_large(bytes.len()).into());
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        Fault::new("NOT_UTF8", format!("第 {at} 字节起不是 UTF-8。"), format!("Not UTF-8 from byte {at} on."))
    })?;
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => {
            Err(Fault::new("NOT_AN_OBJECT", "应为一个 JSON 对象。", "A JSON object is expected.").into())
        }
        // serde's own message may quote the text: only the place is told.
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let zh = format!("第 {line} 行第 {column} 列起不是合法的 JSON。");
            let en = format!("Not JSON at line {line}, column {column}.");
            Err(Fault::new("NOT_JSON", zh, en).at_line(u64::try_from(line).unwrap_or(u64::MAX)).into())
        }
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    fn codes(bytes: &[u8]) -> Vec<String> {
        let faults = Envelope::read(bytes, Kind::Complaint).faults;
        faults.into_iter().map(|fault| format!("{} {}", fault.field, fault.code).trim().to_owned()).collect()
    }

    #[test]
    fn what_is_written_can_be_read() {
        let event = CloudEvent {
            id: "1".to_owned(),
            source: "/hotline".to_owned(),
            kind: Kind::Complaint,
            subject: None,
            time: Timestamp::UNIX_EPOCH,
            sequence: Some(3),
            causation: None,
            data: serde_json::json!({"text": "路灯不亮"}),
        };
        let envelope = Envelope::read(&event.to_bytes().expect("json"), Kind::Complaint);
        assert_eq!(envelope.faults, []);
        assert_eq!(envelope.id.as_deref(), Some("1"));
        assert_eq!(envelope.data, Some(event.data));
    }

    #[test]
    fn every_fault_of_the_envelope_is_named() {
        assert_eq!(
            codes(br#"{"specversion": 1, "id": "a\u0000", "type": "whistlepost.receipt", "whistleversion": "2", "datacontenttype": "text/xml"}"#),
            [
                "specversion WRONG_VALUE", "id CONTROL_CHARACTER", "source ATTRIBUTE_MISSING", "type WRONG_VALUE",
                "whistleversion WRONG_VALUE", "datacontenttype WRONG_VALUE", "data DATA_MISSING"
            ]
        );
    }

    #[test]
    fn what_is_no_message_at_all_is_named_too() {
        assert_eq!(codes(b"{\"specversion\": \"1.0"), ["NOT_JSON"]);
        assert_eq!(codes(b"{\"id\": \"\xff\"}"), ["NOT_UTF8"]);
        assert_eq!(codes(b"{\"id\": \"a\0b\"}"), ["NOT_JSON"]);
        assert_eq!(codes(b"[]"), ["NOT_AN_OBJECT"]);
        assert_eq!(codes(&vec![b'x'; 10_000_000]), ["MESSAGE_TOO_LARGE"]);
        assert_eq!(codes("[".repeat(100_000).as_bytes()), ["NOT_JSON"]);
    }
}
