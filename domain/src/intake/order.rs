//! What the sending system says about a case that it sent before: withdrawn, rated, due, decided.

use jiff::Timestamp;
use serde_json::Value;

use super::complaint::LINE_MAX;
use super::read::Reader;
use crate::case::Command;
use crate::case::event::{OutsideDecision, Said, Satisfaction};
use crate::fault::Fault;

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderKind {
    /// 撤单
    Withdrawal,
    /// 群众评价
    Rating,
    /// 市级时限
    Due,
    /// 市级裁定
    Decision,
}

impl OrderKind {
    /// The word in receipts, and the end of the message's type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Withdrawal => "withdrawal",
            Self::Rating => "rating",
            Self::Due => "due",
            Self::Decision => "decision",
        }
    }
}

/// A well-formed one: the case by its id in the sending system, and what is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The complaint's id there.
    pub external_id: String,
    /// Which kind.
    pub kind: OrderKind,
    /// What is asked.
    pub command: Command,
}

impl Order {
    /// Reads one from a JSON object.
    ///
    /// # Errors
    /// Every fault of the object, each with its field; none quotes what was in it.
    pub fn from_json(value: Value, kind: OrderKind) -> Result<Order, Vec<Fault>> {
        let Value::Object(object) = value else {
            return Err(vec![Fault::new(
                "NOT_AN_OBJECT",
                "应为一个 JSON 对象。",
                "A JSON object is expected.",
            )]);
        };
        let mut reader = Reader::new(object);
        let external_id = reader.needed("external_id", |reader| reader.identifier("external_id"));
        let command = match kind {
            OrderKind::Withdrawal => Some(Command::Withdraw { reason: reader.text("reason", LINE_MAX) }),
            OrderKind::Rating => rating(&mut reader),
            OrderKind::Due => due(&mut reader),
            OrderKind::Decision => decision(&mut reader),
        };
        let order =
            external_id.zip(command).map(|(external_id, command)| Order { external_id, kind, command });
        // Without a fault everything that is needed was there.
        reader.finish(order)?.ok_or_else(Vec::new)
    }
}

fn rating(reader: &mut Reader) -> Option<Command> {
    let contacted = reader.needed("contacted", |reader| reader.truth("contacted"));
    let solved = reader.needed("solved", |reader| reader.truth("solved"));
    let satisfaction =
        reader.needed("satisfaction", |reader| reader.word("satisfaction", &Satisfaction::ALL));
    let rated_at = reader.time("at", None);
    Some(Command::Rate {
        contacted: contacted?,
        solved: solved?,
        satisfaction: satisfaction?,
        rated_at,
        said: Said::default(),
    })
}

fn due(reader: &mut Reader) -> Option<Command> {
    let due_at: Option<Timestamp> = reader.needed("due_at", |reader| reader.time("due_at", None));
    let set_at = reader.time("at", None);
    Some(Command::SetOutsideDue { due_at: due_at?, set_at })
}

fn decision(reader: &mut Reader) -> Option<Command> {
    let decision = reader.needed("decision", |reader| reader.word("decision", &OutsideDecision::ALL));
    let until = match decision {
        Some(OutsideDecision::ExtensionGranted) => {
            reader.needed("until", |reader| reader.time("until", None))
        }
        _ => None,
    };
    let reason = reader.text("reason", LINE_MAX);
    if decision == Some(OutsideDecision::ClosingRefused) && reason.trim().is_empty() {
        reader.needed::<()>("reason", |_| None);
    }
    Some(Command::DecideOutside { decision: decision?, until, reason })
}

#[cfg(test)]
mod specs {
    use super::*;
    use serde_json::json;

    fn faults(value: Value, kind: OrderKind) -> Vec<String> {
        let faults = Order::from_json(value, kind).err().unwrap_or_default();
        faults.into_iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect()
    }

    #[test]
    fn every_fault_is_named_at_once() {
        assert_eq!(faults(json!({}), OrderKind::Withdrawal), ["external_id FIELD_MISSING"]);
        assert_eq!(
            faults(
                json!({"external_id": "A", "solved": "maybe", "satisfaction": "great"}),
                OrderKind::Rating
            ),
            ["contacted FIELD_MISSING", "solved WRONG_TYPE", "satisfaction UNKNOWN_WORD"]
        );
        assert_eq!(
            faults(json!({"external_id": "A", "due_at": "tomorrow"}), OrderKind::Due),
            ["due_at TIME_INVALID"]
        );
        assert_eq!(
            faults(json!({"external_id": "A", "decision": "extension_granted"}), OrderKind::Decision),
            ["until FIELD_MISSING"]
        );
        assert_eq!(
            faults(json!({"external_id": "A", "decision": "closing_refused"}), OrderKind::Decision),
            ["reason FIELD_MISSING"]
        );
        assert_eq!(faults(json!(7), OrderKind::Due), [" NOT_AN_OBJECT"]);
    }

    #[test]
    fn what_is_needed_is_enough() {
        let rating =
            json!({"external_id": 7, "contacted": true, "solved": false, "satisfaction": "dissatisfied"});
        let order = Order::from_json(rating, OrderKind::Rating).expect("well-formed");
        assert_eq!(order.external_id, "7");
        assert!(matches!(order.command, Command::Rate { solved: false, .. }));
    }
}
