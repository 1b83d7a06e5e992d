//! 对账: what became of a day's messages, told once the day is over. In the log for ever.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::case::Life;
use crate::reaction::Outcome;

/// 对账 · what became of a day's messages, by id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DayReconciled {
    /// 来源系统 · the sending system.
    pub source: String,
    /// 日期，按日历时区 · the day, in the calendar's zone.
    pub day: Date,
    /// 第几页，从 1 起 · which part of the list, from 1.
    pub page: u32,
    /// 共几页 · how many parts the list has.
    pub pages: u32,
    /// 工单号，按当日首个回执的先后；当日无消息则为空 · the ids, in the order of their first receipt of the day.
    pub entries: Vec<ReconciledId>,
}

/// 名单的一项 · one id of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ReconciledId {
    /// 来源系统的工单号 · the complaint's id in the sending system, as far as it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// 回执的 causationid，仅当工单号和案件都没有 · `causationid` of the receipt, where neither id nor case is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Uuid>,
    /// 当日回执：结果和条数 · the receipts of the day: which, and how many of each.
    #[schemars(schema_with = "counts")]
    pub receipts: BTreeMap<Outcome, u64>,
    /// 案件编号 · the case's number, where there is a case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_no: Option<String>,
    /// 生成名单时案件的状态 · where the case is in its life when the list is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Life>,
    /// 测试单 · a test order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

fn counts(generator: &mut SchemaGenerator) -> Schema {
    let outcome = generator.subschema_for::<Outcome>();
    let count = json_schema!({"type": "integer", "minimum": 1});
    json_schema!({"type": "object", "propertyNames": outcome, "additionalProperties": count})
}

/// See [`super::Event::DayClosed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayClosed {
    /// The day, in the calendar's zone.
    pub day: Date,
    /// The systems that sent anything on it.
    pub sources: Vec<String>,
}
