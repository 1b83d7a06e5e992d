//! The JSON Schemas of the contract, generated from the types: `docs/schemas` holds what this makes.

use domain::case::event::ReturnReason;
use domain::intake::OrderKind;
use domain::intake::complaint::{LINE_MAX, TEXT_MAX};
use domain::intake::shape::{ComplaintShape, DecisionShape, DueShape, RatingShape, WithdrawalShape};
use domain::reaction::{Answer, DayReconciled, Dispatch, LegTask, Recall, Receipt, Status};
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, RestrictFormats};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::cloudevent::{CONTRACT_VERSION, Kind, Wire};
use super::dead::DeadLetter;
use crate::dispatcher::public::PublicEvent;

// Read by `ResponseConsumer`; a spec keeps the two equal.
/// 回应；案件以 UUID 或编号指明 · a unit's answer; the case is named by its uuid or its number.
#[derive(JsonSchema)]
#[schemars(extend(
    "anyOf" = [
        {"required": ["case"], "properties": {"case": {"type": "string"}}},
        {"required": ["case_no"], "properties": {"case_no": {"type": "string", "pattern": r"\S"}}},
    ],
    "allOf" = [
        {
            "if": {"properties": {"action": {"enum": ["result", "finish"]}}},
            "then": {"required": ["text"], "properties": {"text": {"type": "string", "pattern": r"\S"}}},
        },
        {
            "if": {"properties": {"action": {"const": "return"}}},
            "then": {
                "required": ["reason"],
                "properties": {"reason": {"type": "string"}, "text": {"maxLength": LINE_MAX}},
            },
        },
        {
            "if": {"properties": {"action": {"const": "decline"}}},
            "then": {
                "required": ["text"],
                "properties": {"text": {"type": "string", "pattern": r"\S", "maxLength": LINE_MAX}},
            },
        },
        {
            "if": {"properties": {"action": {"const": "extension"}}},
            "then": {
                "required": ["by", "text"],
                "properties": {
                    "by": {"type": "string"},
                    "text": {"type": "string", "pattern": r"\S", "maxLength": LINE_MAX},
                },
            },
        },
    ],
))]
pub struct ResponseShape {
    /// 派单消息中的案件 UUID · the uuid of the dispatch message.
    pub case: Option<Uuid>,
    /// 案件编号，没有 UUID 时用 · the case's number, used where there is no uuid.
    #[schemars(length(max = TEXT_MAX))]
    pub case_no: Option<String>,
    /// 动作 · action.
    pub action: ActionShape,
    /// 联系记录、办理结果、哨反馈，密封保存；退单、延期、不应哨的理由，明文 · note, result or feedback on a leg,
    /// sealed; why it is returned, extended or declined, readable.
    #[schemars(length(max = TEXT_MAX))]
    pub text: Option<String>,
    /// 联系方式，默认 phone · how the complainant was contacted.
    #[schemars(length(max = TEXT_MAX))]
    pub channel: Option<String>,
    /// 已解决，默认 true · solved, in the unit's own judgement.
    pub solved: Option<bool>,
    /// 退单原因 · why it is returned.
    pub reason: Option<ReturnReason>,
    /// 建议承办单位 · the unit whose duty it is.
    #[schemars(length(max = LINE_MAX))]
    pub suggested: Option<String>,
    /// 延长多久，如 5wd · how much more time.
    #[schemars(regex(pattern = r"^[1-9][0-9]{0,2}(min|h|wh|wd|nd)$"))]
    pub by: Option<String>,
    /// 已告知诉求人，默认 false；不告知不能延期 · the complainant has been told; no extension without.
    pub complainant_told: Option<bool>,
    /// 报到地点 · where the unit reports in.
    #[schemars(length(max = LINE_MAX))]
    pub place: Option<String>,
}

/// See [`ResponseShape::action`].
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ActionShape {
    /// 签收 · signed.
    Sign,
    /// 已联系 · the complainant was contacted.
    Contact,
    /// 办理结果 · the result.
    Result,
    /// 退单 · it is sent back.
    Return,
    /// 申请延期 · more time is asked for.
    Extension,
    /// 应哨 · the unit comes.
    Respond,
    /// 报到 · it is there.
    Arrive,
    /// 不应哨 · it is not for it.
    Decline,
    /// 办结哨 · its part is done.
    Finish,
}

/// The schema of the envelope.
pub fn envelope() -> Value {
    written::<Wire<'static, Map<String, Value>>>("envelope")
}

/// The schema of what messages of this kind carry.
pub fn of(kind: Kind) -> Value {
    let name = name(kind);
    match kind {
        Kind::Complaint => taken::<ComplaintShape>(name),
        Kind::Order(OrderKind::Withdrawal) => taken::<WithdrawalShape>(name),
        Kind::Order(OrderKind::Rating) => taken::<RatingShape>(name),
        Kind::Order(OrderKind::Due) => taken::<DueShape>(name),
        Kind::Order(OrderKind::Decision) => taken::<DecisionShape>(name),
        Kind::Response => taken::<ResponseShape>(name),
        Kind::Receipt => written::<Receipt>(name),
        Kind::Reconciliation => written::<DayReconciled>(name),
        Kind::Status => written::<Status>(name),
        Kind::Dispatch => written::<Dispatch>(name),
        Kind::Leg => written::<LegTask>(name),
        Kind::Recall => written::<Recall>(name),
        Kind::Answer => written::<Answer>(name),
        Kind::Event => written::<PublicEvent>(name),
        Kind::Dead => written::<DeadLetter>(name),
    }
}

/// The file in `docs/schemas` that holds its schema, without the ending.
pub fn name(kind: Kind) -> &'static str {
    let name = kind.type_name();
    name.strip_prefix("whistlepost.").unwrap_or(name)
}

/// Of a message that we read: an absent field and null are the same.
fn taken<T: JsonSchema>(name: &str) -> Value {
    generate::<T>(name, SchemaSettings::draft2020_12().for_deserialize())
}

/// Of a message that we write: what is absent is left out, and there is no null.
fn written<T: JsonSchema>(name: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    generate::<T>(name, settings.with_transform(RecursiveTransform(without_null)))
}

fn generate<T: JsonSchema>(name: &str, settings: SchemaSettings) -> Value {
    let settings =
        settings.with_transform(RecursiveTransform(tidy)).with_transform(RestrictFormats::default());
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("$id".to_owned(), format!("urn:whistlepost:{name}:{CONTRACT_VERSION}").into());
    schema.insert("title".to_owned(), format!("whistlepost.{name}").into());
    schema.to_value()
}

fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|one| one != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            schema.insert("type".to_owned(), one);
        }
    }
    let Some(Value::Array(choices)) = schema.get_mut("anyOf") else { return };
    choices.retain(|one| one["type"] != "null");
    if let [Value::Object(one)] = choices.as_slice() {
        let one = one.clone();
        schema.remove("anyOf");
        for (keyword, value) in one {
            // What is said of the field goes before what is said of its type.
            if schema.get(&keyword).is_none() {
                schema.insert(keyword, value);
            }
        }
    }
}

/// The lines of a comment in the code are no lines of a description, and null is no default.
fn tidy(schema: &mut Schema) {
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace("\n\n", " ").replace('\n', " ");
    }
}
