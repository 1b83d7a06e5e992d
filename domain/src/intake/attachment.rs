//! 附件: photographs and recordings, by reference only. Where they are may tell who complains, so it
//! is sealed with the rest.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::complaint::{ID_MAX, LINE_MAX};
use super::read::Reader;

/// Most attachments of one complaint.
pub(super) const MOST: usize = 20;
/// Largest one, in bytes: 2 GiB.
pub(super) const LARGEST: u64 = 2 << 30;
/// Where one may lie.
const SCHEMES: [&str; 3] = ["https://", "s3://", "nats://"];

/// One of them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Where it lies.
    pub uri: String,
    /// Its name, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// E.g. `image/jpeg`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub media_type: String,
    /// Digest of its content, hexadecimal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// Its length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// Never prints what it holds.
impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Attachment(…)")
    }
}

pub(super) fn read(reader: &mut Reader) -> Vec<Attachment> {
    let list = match reader.take("attachments") {
        None => return Vec::new(),
        Some(Value::Array(list)) => list,
        Some(_) => {
            reader.wrong_type("attachments", "列表", "A list");
            return Vec::new();
        }
    };
    if list.len() > MOST {
        let (zh, en) = (format!("附件超过 {MOST} 个。"), format!("More than {MOST} attachments."));
        reader.fault("attachments", "TOO_MANY_ATTACHMENTS", &zh, &en);
        return Vec::new();
    }
    let mut attachments = Vec::with_capacity(list.len());
    for (value, number) in list.into_iter().zip(0_usize..) {
        let field = format!("attachments[{number}]");
        let Value::Object(object) = value else {
            reader.wrong_type(&field, "对象", "An object");
            continue;
        };
        attachments.extend(one(reader, &field, object));
    }
    attachments
}

fn one(reader: &mut Reader, field: &str, object: Map<String, Value>) -> Option<Attachment> {
    let mut inner = Reader::new(object);
    let uri = inner.needed("uri", |inner| Some(inner.text("uri", LINE_MAX)).filter(|uri| !uri.is_empty()));
    if let Some(uri) = &uri
        && (uri.contains(char::is_whitespace)
            || !SCHEMES.iter().any(|scheme| uri.len() > scheme.len() && uri.starts_with(scheme)))
    {
        let zh = "应为 https、s3 或 nats 地址。";
        inner.fault("uri", "URI_INVALID", zh, "An https, s3 or nats address is expected.");
    }
    let sha256 = inner.identifier("sha256").unwrap_or_default().to_ascii_lowercase();
    if !sha256.is_empty() && (sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        let zh = "应为 64 位十六进制。";
        inner.fault("sha256", "DIGEST_INVALID", zh, "64 hexadecimal digits are expected.");
    }
    let bytes = inner.count("bytes");
    if bytes.is_some_and(|bytes| bytes > LARGEST) {
        let (zh, en) = (format!("超过 {LARGEST} 字节。"), format!("More than {LARGEST} bytes."));
        inner.fault("bytes", "OUT_OF_RANGE", &zh, &en);
    }
    let read = Attachment {
        uri: uri.unwrap_or_default(),
        name: inner.text("name", ID_MAX),
        media_type: inner.identifier("media_type").unwrap_or_default(),
        sha256,
        bytes,
    };
    match inner.finish(read) {
        Ok(read) => Some(read),
        Err(faults) => {
            for fault in faults {
                let place = format!("{field}.{}", fault.field);
                reader.fault(&place, &fault.code, &fault.zh, &fault.en);
            }
            None
        }
    }
}

#[cfg(test)]
mod specs {
    use jiff::Timestamp;
    use serde_json::json;

    use crate::intake::Complaint;

    fn faults(attachments: serde_json::Value) -> Vec<String> {
        let now: Timestamp = "2026-11-20T10:00:00+08:00".parse().expect("a time");
        let complaint =
            json!({"received_at": "2026-11-20T09:00:00+08:00", "text": "x", "attachments": attachments});
        let faults = Complaint::from_json(complaint, "12345", now).err().unwrap_or_default();
        faults.into_iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect()
    }

    #[test]
    fn an_attachment_is_an_address_and_what_is_known_of_it() {
        let digest = "a".repeat(64);
        let photo = json!({
            "uri": "s3://evidence/1.jpg", "name": "现场.jpg", "media_type": "image/jpeg", "sha256": digest,
            "bytes": 120_000
        });
        assert!(faults(json!([photo, {"uri": "https://x.example.gov.cn/a.mp3"}])).is_empty());
        assert!(faults(json!(null)).is_empty());
    }

    #[test]
    fn every_fault_of_every_attachment_is_named() {
        assert_eq!(
            faults(json!([
                {"uri": "file:///etc/passwd", "sha256": "zz", "bytes": 3_000_000_000_u64},
                {"name": 7},
                "x",
                {"uri": "javascript:alert(1)"},
            ])),
            [
                "attachments[0].uri URI_INVALID",
                "attachments[0].sha256 DIGEST_INVALID",
                "attachments[0].bytes OUT_OF_RANGE",
                "attachments[1].uri FIELD_MISSING",
                "attachments[1].name WRONG_TYPE",
                "attachments[2] WRONG_TYPE",
                "attachments[3].uri URI_INVALID",
            ]
        );
        let many: Vec<_> = (0..21).map(|_| json!({"uri": "https://a"})).collect();
        assert_eq!(faults(json!(many)), ["attachments TOO_MANY_ATTACHMENTS"]);
    }
}
