//! The public feed: what happened, for other systems, without anything about a person.

use domain::case;
use domain::ids::{CaseId, ItemCode, UnitId};
use domain::intake;
use domain::reaction::Origin;
use domain::recorded::Recorded;
use domain::stream::Event;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// 公开事件 · a public event. Only what is named here leaves; a new field of the log does not leak by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PublicEvent {
    /// 流 · `case` or `intake`.
    #[schemars(extend("enum" = ["case", "intake"]))]
    pub stream: String,
    /// 事件名 · the event's name.
    pub event: String,
    /// 案件 UUID · the case, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// 案件编号 · its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_no: Option<String>,
    /// 来源系统 · the system it came from.
    pub source: String,
    /// 事项代码 · its item, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemCode>,
    /// 单位 · the unit that has it from now on, or that acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// 测试单，不计入统计 · a test order: never counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// 日志位置 · position in the log.
    pub position: u64,
    /// 发生时间 · when it happened.
    pub occurred_at: Timestamp,
    /// 记录时间 · when it was written.
    pub recorded_at: Timestamp,
}

impl PublicEvent {
    /// The public side of an event.
    pub fn of(recorded: &Recorded, origin: &Origin) -> Self {
        let (case, case_no, source) = match &recorded.event {
            Event::Case(_) => {
                (Some(CaseId(recorded.stream.id)), Some(origin.case_no.clone()), origin.source.clone())
            }
            Event::Intake(intake::Event::ComplaintRepeated(e)) => {
                (Some(e.case), Some(e.case_no.clone()), e.source.clone())
            }
            Event::Intake(intake::Event::ComplaintRefused(e)) => (None, None, e.source.clone()),
            Event::Intake(intake::Event::ResponseNoted(e)) => (e.case, e.case_no.clone(), String::new()),
            Event::Intake(intake::Event::DayReconciled(e)) => (None, None, e.source.clone()),
            Event::Intake(intake::Event::DayClosed(_)) | Event::Rules(_) | Event::Notification(_) => {
                (None, None, String::new())
            }
        };
        Self {
            stream: recorded.stream.kind.as_str().to_owned(),
            event: recorded.event.event_type().to_owned(),
            case,
            case_no,
            source,
            item: origin.item.clone(),
            unit: unit(&recorded.event),
            test: origin.test,
            position: recorded.position,
            occurred_at: recorded.meta.occurred_at,
            recorded_at: recorded.meta.recorded_at,
        }
    }
}

fn unit(event: &Event) -> Option<UnitId> {
    match event {
        Event::Case(case::Event::CaseDispatched(e)) => Some(e.unit.clone()),
        Event::Case(case::Event::CaseSigned(e)) => Some(e.unit.clone()),
        Event::Case(case::Event::ResultSubmitted(e)) => Some(e.unit.clone()),
        Event::Case(case::Event::CaseEscalated(e)) => Some(e.responsible.clone()),
        Event::Case(case::Event::WhistleSounded(e)) => Some(e.sounder.clone()),
        Event::Case(case::Event::WhistleResponded(e)) => Some(e.unit.clone()),
        Event::Case(case::Event::UnitArrived(e)) => Some(e.unit.clone()),
        Event::Case(case::Event::WhistleDeclined(e)) => Some(e.unit.clone()),
        Event::Case(case::Event::WhistleLegFinished(e)) => Some(e.unit.clone()),
        Event::Case(case::Event::WhistleStoodDown(e)) => Some(e.unit.clone()),
        Event::Case(case::Event::WhistleLegLate(e)) => Some(e.unit.clone()),
        Event::Intake(intake::Event::ResponseNoted(e)) => Some(e.unit.clone()),
        _ => None,
    }
}
