//! Why a command cannot be read: every mistake at once, told from the interface's own description.

use std::collections::HashMap;
use std::sync::LazyLock;

use domain::fault::Fault;
use serde_json::{Map, Value};
use utoipa::PartialSchema;

use super::Order;
use crate::http::edge_order::EdgeOrder;
use crate::http::hand_order::HandOrder;
use crate::http::part_order::PartOrder;

/// The fields of each command, by its name: those that are needed, and the types of all.
static SHAPES: LazyLock<HashMap<String, Shape>> = LazyLock::new(|| {
    let groups = [Order::schema(), HandOrder::schema(), EdgeOrder::schema(), PartOrder::schema()];
    let groups = groups.iter().filter_map(|group| serde_json::to_value(group).ok());
    groups.flat_map(|group| variants(&group)).filter_map(|variant| Shape::of(&variant)).collect()
});

struct Shape {
    needed: Vec<String>,
    fields: Map<String, Value>,
}

impl Shape {
    fn of(variant: &Value) -> Option<(String, Shape)> {
        let fields = variant.get("properties")?.as_object()?.clone();
        let name = fields.get("command")?.get("enum")?.get(0)?.as_str()?.to_owned();
        let needed = variant.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        let needed = needed.iter().filter_map(|field| field.as_str().map(ToOwned::to_owned)).collect();
        Some((name, Shape { needed, fields }))
    }
}

fn variants(group: &Value) -> Vec<Value> {
    group.get("oneOf").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// What is wrong with this body; empty where its shape is right and a value is not.
pub(super) fn faults(body: &Value) -> Vec<Fault> {
    let Some(body) = body.as_object() else {
        return vec![Fault::new("WRONG_TYPE", "应为一个对象。", "An object is expected.")];
    };
    let name = match body.get("command") {
        None => return vec![missing("command")],
        Some(name) => name.as_str().unwrap_or_default(),
    };
    let Some(shape) = SHAPES.get(name) else {
        let told = Fault::new("UNKNOWN_WORD", "没有这个命令。", "There is no such command.");
        return vec![told.in_field("command")];
    };
    let absent = shape.needed.iter().filter(|field| body.get(*field).is_none_or(Value::is_null));
    let unknown = body.keys().filter(|field| !shape.fields.contains_key(*field));
    let wrong = body.iter().filter_map(|(field, value)| {
        let wanted = shape.fields.get(field)?.get("type")?;
        (!value.is_null() && !is(value, wanted)).then(|| wrong_type(field, wanted))
    });
    absent.map(|field| missing(field)).chain(unknown.map(|field| nowhere(field))).chain(wrong).collect()
}

/// Whether a value is of this type, or of one of these.
fn is(value: &Value, wanted: &Value) -> bool {
    match wanted {
        Value::Array(any) => any.iter().any(|one| is(value, one)),
        Value::String(name) => match name.as_str() {
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            _ => true,
        },
        _ => true,
    }
}

fn missing(field: &str) -> Fault {
    Fault::new("FIELD_MISSING", "缺少这个字段。", "The field is missing.").in_field(field)
}

fn nowhere(field: &str) -> Fault {
    let short: String = field.chars().take(40).collect();
    Fault::new("UNKNOWN_FIELD", "这个命令没有这个字段。", "The command has no such field.").in_field(&short)
}

fn wrong_type(field: &str, wanted: &Value) -> Fault {
    let name = match wanted {
        Value::Array(any) => any.first().and_then(Value::as_str).unwrap_or_default(),
        one => one.as_str().unwrap_or_default(),
    };
    let zh = match name {
        "boolean" => "true 或 false",
        "integer" | "number" => "数字",
        "array" => "列表",
        "object" => "对象",
        _ => "文字",
    };
    Fault::new("WRONG_TYPE", format!("应为{zh}。"), format!("{name} is expected.")).in_field(field)
}

#[cfg(test)]
mod specs {
    use super::*;
    use serde_json::json;

    fn told(body: Value) -> Vec<String> {
        faults(&body).into_iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect()
    }

    #[test]
    fn every_mistake_of_a_command_is_named_at_once() {
        let body = json!({"command": "submit_result", "solved": "yes", "repy": "x"});
        assert_eq!(told(body), ["reply FIELD_MISSING", "repy UNKNOWN_FIELD", "solved WRONG_TYPE"]);
        assert_eq!(told(json!({"command": "archive"})), ["number FIELD_MISSING"]);
        assert_eq!(told(json!({"command": "request_return", "reason": 1})), ["reason WRONG_TYPE"]);
        assert_eq!(told(json!({"command": "fly"})), ["command UNKNOWN_WORD"]);
        assert_eq!(told(json!({})), ["command FIELD_MISSING"]);
        assert_eq!(told(json!([])), [" WRONG_TYPE"]);
        assert!(faults(&json!({"command": "sign"})).is_empty());
    }

    #[test]
    fn every_command_of_the_interface_has_its_shape() {
        assert!(SHAPES.len() > 50, "{}", SHAPES.len());
    }
}
