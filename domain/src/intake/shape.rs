//! The shapes that the readers of this module take, for the JSON Schemas in `docs/schemas`.
//!
//! The readers themselves are written by hand, because they must name every fault in both languages.
//! These types only say the same in the words of a schema; a spec of the engine feeds the readers with
//! what each schema allows and with what it forbids, bound by bound, so that the two cannot part.

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::attachment::{LARGEST, MOST};
use super::complaint::{ACCUSED_MAX, ID_MAX, LINE_MAX, TEXT_MAX};
use crate::case::event::{OutsideDecision, Satisfaction};

/// Something that is not blank.
const NOT_BLANK: &str = r"\S";
/// No control characters.
const PLAIN: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";
/// The same, and not blank.
const PLAIN_NOT_BLANK: &str =
    r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";
/// Degrees of latitude as text; blank is absent.
const LATITUDE: &str = r"^\s*([+-]?0*(90(\.0*)?|[1-8]?[0-9](\.[0-9]*)?))?\s*$";
/// Degrees of longitude as text; blank is absent.
const LONGITUDE: &str = r"^\s*([+-]?0*(180(\.0*)?|(1[0-7][0-9]|[1-9]?[0-9])(\.[0-9]*)?))?\s*$";
/// A time of the years 1800 to 2199.
const YEARS: &str = r"^(1[89]|2[01])[0-9]{2}-";

fn identifier(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "number", "null"], "maxLength": ID_MAX, "pattern": PLAIN})
}

fn needed_identifier(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "number"], "maxLength": ID_MAX, "pattern": PLAIN_NOT_BLANK})
}

fn anything(_: &mut SchemaGenerator) -> Schema {
    json_schema!({})
}

fn phone(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "number", "null"], "maxLength": ID_MAX})
}

fn latitude(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["number", "string", "null"], "minimum": -90, "maximum": 90, "pattern": LATITUDE})
}

fn longitude(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["number", "string", "null"], "minimum": -180, "maximum": 180, "pattern": LONGITUDE})
}

fn count(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["integer", "string", "null"], "minimum": 0, "maximum": u64::MAX, "pattern": r"^\s*([0-9]{1,19})?\s*$"})
}

fn length(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["integer", "string", "null"], "minimum": 0, "maximum": LARGEST, "pattern": r"^\s*([0-9]{1,9})?\s*$"})
}

fn names(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["string", "array", "null"], "maxLength": ID_MAX, "maxItems": ACCUSED_MAX,
        "items": {"type": "string", "maxLength": ID_MAX}
    })
}

fn digest(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "pattern": r"^\s*([0-9a-fA-F]{64})?\s*$"})
}

/// 诉求；标题与内容至少一项。其他字段合计不超过 65536 字节，密封保存 · a complaint: one of title and text
/// is needed. Other fields are kept sealed, at most 65536 bytes of them.
#[derive(JsonSchema)]
#[schemars(extend("anyOf" = [
    {"required": ["title"], "properties": {"title": {"type": "string", "pattern": NOT_BLANK}}},
    {"required": ["text"], "properties": {"text": {"type": "string", "pattern": NOT_BLANK}}},
]))]
pub struct ComplaintShape {
    /// 来源系统的工单号 · id in the sending system; without one the content is the identity.
    #[schemars(schema_with = "identifier")]
    #[serde(default)]
    pub external_id: (),
    /// 来源系统，须与主题一致 · must be the source of the subject, or absent.
    #[schemars(regex(pattern = PLAIN), length(max = ID_MAX))]
    pub source: Option<String>,
    /// 渠道 · channel, e.g. `phone`.
    #[schemars(schema_with = "identifier")]
    #[serde(default)]
    pub channel: (),
    /// 受理时间，带时区；不在未来 · time of receipt, with its offset; not in the future.
    #[schemars(regex(pattern = YEARS))]
    pub received_at: Timestamp,
    /// 标题 · title.
    #[schemars(length(max = LINE_MAX))]
    pub title: Option<String>,
    /// 诉求内容 · the resident's words.
    #[schemars(length(max = TEXT_MAX))]
    pub text: Option<String>,
    /// 地点 · where, in words.
    #[schemars(length(max = LINE_MAX))]
    pub address: Option<String>,
    /// 纬度 · latitude, WGS 84.
    #[schemars(schema_with = "latitude")]
    #[serde(default)]
    pub lat: (),
    /// 经度 · longitude, WGS 84.
    #[schemars(schema_with = "longitude")]
    #[serde(default)]
    pub lon: (),
    /// 事项代码或名称 · item, code or name.
    #[schemars(schema_with = "identifier")]
    #[serde(default)]
    pub item: (),
    /// 对方系统的承办单位 · unit there.
    #[schemars(schema_with = "identifier")]
    #[serde(default)]
    pub unit: (),
    /// 来源系统的时限，封顶我方时限 · the order's own due time; caps ours.
    #[schemars(regex(pattern = YEARS))]
    pub due_at: Option<Timestamp>,
    /// 办结时间 · closing time there.
    #[schemars(regex(pattern = YEARS))]
    pub closed_at: Option<Timestamp>,
    /// 已有答复 · reply already given.
    #[schemars(length(max = TEXT_MAX))]
    pub reply_text: Option<String>,
    /// 答复时间 · when.
    #[schemars(regex(pattern = YEARS))]
    pub replied_at: Option<Timestamp>,
    /// 诉求人；密封保存 · the reporter; sealed.
    pub reporter: Option<ReporterShape>,
    /// 测试单 · a test order.
    pub test: Option<bool>,
    /// 来源系统对该工单的版本号，递增；迟到的旧版本不采用 · the sender's own growing count of versions; an
    /// older one that comes late is not taken over.
    #[schemars(schema_with = "count")]
    #[serde(default)]
    pub sequence: (),
    /// 被举报单位的代码或名称；该单位及其下级看不到本件 · units that the complaint accuses, by code or name:
    /// they and what is under them never see it.
    #[schemars(schema_with = "names")]
    #[serde(default)]
    pub accused: (),
    /// 附件，只传地址 · attachments, by reference; sealed.
    #[schemars(length(max = MOST))]
    pub attachments: Option<Vec<AttachmentShape>>,
}

/// 诉求人 · who complains.
#[derive(JsonSchema)]
#[schemars(inline)]
pub struct ReporterShape {
    /// 姓名 · name.
    #[schemars(length(max = ID_MAX))]
    pub name: Option<String>,
    /// 电话 · telephone.
    #[schemars(schema_with = "phone")]
    #[serde(default)]
    pub phone: (),
    /// 证件号 · identity document.
    #[schemars(length(max = ID_MAX))]
    pub id_number: Option<String>,
    /// 匿名 · gave no name.
    pub anonymous: Option<bool>,
    /// 要求保密 · not to be named to the handler.
    pub confidential: Option<bool>,
}

/// 附件 · an attachment.
#[derive(JsonSchema)]
#[schemars(inline)]
pub struct AttachmentShape {
    /// 地址 · where it lies.
    #[schemars(length(max = LINE_MAX), regex(pattern = r"^(https|s3|nats)://\S+$"))]
    pub uri: String,
    /// 名称 · its name.
    #[schemars(length(max = ID_MAX))]
    pub name: Option<String>,
    /// 类型，如 image/jpeg · media type.
    #[schemars(schema_with = "identifier")]
    #[serde(default)]
    pub media_type: (),
    /// 摘要 · SHA-256, hexadecimal.
    #[schemars(schema_with = "digest")]
    #[serde(default)]
    pub sha256: (),
    /// 字节数 · length.
    #[schemars(schema_with = "length")]
    #[serde(default)]
    pub bytes: (),
}

/// 撤单 · a withdrawal.
#[derive(JsonSchema)]
pub struct WithdrawalShape {
    /// 来源系统的工单号 · the complaint's id in the sending system.
    #[schemars(schema_with = "needed_identifier")]
    pub external_id: (),
    /// 原因 · why.
    #[schemars(length(max = LINE_MAX))]
    pub reason: Option<String>,
}

/// 群众评价 · a rating.
#[derive(JsonSchema)]
pub struct RatingShape {
    /// 来源系统的工单号 · the complaint's id in the sending system.
    #[schemars(schema_with = "needed_identifier")]
    pub external_id: (),
    /// 是否联系 · the unit had been in touch.
    pub contacted: bool,
    /// 是否解决 · solved.
    pub solved: bool,
    /// 满意度 · satisfaction.
    pub satisfaction: Satisfaction,
    /// 评价时间 · when it was said.
    #[schemars(regex(pattern = YEARS))]
    pub at: Option<Timestamp>,
}

/// 市级时限 · the order's own due time.
#[derive(JsonSchema)]
pub struct DueShape {
    /// 来源系统的工单号 · the complaint's id in the sending system.
    #[schemars(schema_with = "needed_identifier")]
    pub external_id: (),
    /// 工单自己的时限，封顶我方时限 · the order's own due time; caps ours.
    #[schemars(regex(pattern = YEARS))]
    pub due_at: Timestamp,
    /// 何时设定；较早设定而后到的不改变时限，无此项按到达先后 · when it was set; one that was set earlier
    /// and comes later changes nothing. Without it the order of arrival counts.
    #[schemars(regex(pattern = YEARS))]
    pub at: Option<Timestamp>,
}

/// 市级裁定，以 `decision` 或来源自己的状态代码 `code` 说明 · a decision of the city, said by `decision` or by
/// the `code` of its own statuses.
#[derive(JsonSchema)]
#[schemars(extend("anyOf" = [
    {"required": ["decision"], "properties": {"decision": {"type": "string"}}},
    {"required": ["code"]},
]))]
#[schemars(extend("allOf" = [
    {
        "if": {"properties": {"decision": {"const": "extension_granted"}}},
        "then": {"required": ["until"], "properties": {"until": {"type": "string"}}},
    },
    {
        "if": {"properties": {"decision": {"const": "closing_refused"}}},
        "then": {"required": ["reason"], "properties": {"reason": {"type": "string", "pattern": NOT_BLANK}}},
    },
]))]
pub struct DecisionShape {
    /// 来源系统的工单号 · the complaint's id in the sending system.
    #[schemars(schema_with = "needed_identifier")]
    pub external_id: (),
    /// 裁定 · the decision.
    pub decision: Option<OutsideDecision>,
    /// 来源的状态代码，代替 `decision` · a code of the source's own, in place of `decision`; what each means
    /// stands in its table of statuses.
    #[serde(default)]
    #[schemars(schema_with = "anything")]
    pub code: (),
    /// 延至，同意延期时必填 · until when; needed for a granted extension.
    #[schemars(regex(pattern = YEARS))]
    pub until: Option<Timestamp>,
    /// 理由，不同意结案时必填 · why; needed where closing is refused.
    #[schemars(length(max = LINE_MAX))]
    pub reason: Option<String>,
}
