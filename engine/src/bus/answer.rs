//! What a unit's answer says: its data, field by field, with every fault.

use domain::calendar::Budget;
use domain::case::Rejection;
use domain::case::event::ReturnReason;
use domain::fault::Fault;
use domain::ids::UnitId;
use domain::intake::complaint::{LINE_MAX, TEXT_MAX};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Stored;
use super::cloudevent::Envelope;
use super::responses::RESPONSE;
use super::subject;

/// What a unit did, still in the clear.
pub(super) enum Action {
    Sign,
    Contact { channel: String, note: String },
    Result { solved: bool, reply: String },
    Return { reason: ReturnReason, note: String, suggested: Option<UnitId> },
    Extension { by: Budget, reason: String, complainant_told: bool },
    Respond,
    Arrive { place: String },
    Decline { reason: String },
    Finish { feedback: String },
}

/// The data of an answer, field by field, and everything that is wrong with it.
pub(super) struct Answer {
    pub fields: Map<String, Value>,
    pub faults: Vec<Fault>,
}

impl Answer {
    pub fn fault(&mut self, field: &str, code: &str, zh: &str, en: &str) {
        self.faults.push(Fault::new(code, zh, en).in_field(&format!("data.{field}")));
    }

    pub fn action(&mut self) -> Option<Action> {
        match self.text("action").as_deref() {
            Some("sign") => Some(Action::Sign),
            Some("contact") => {
                let channel = self.text("channel").unwrap_or_else(|| "phone".to_owned());
                Some(Action::Contact { channel, note: self.text("text").unwrap_or_default() })
            }
            Some("result") => {
                let solved = self.flag("solved", true);
                Some(Action::Result { solved, reply: self.needed("text")? })
            }
            Some("return") => {
                let reason = self.word("reason", &ReturnReason::ALL);
                let note = self.line("text").unwrap_or_default();
                let suggested = self.line("suggested").map(UnitId::new);
                Some(Action::Return { reason: reason?, note, suggested })
            }
            Some("extension") => {
                let by = self.budget("by");
                let complainant_told = self.flag("complainant_told", false);
                let reason = self.needed_line("text");
                Some(Action::Extension { by: by?, reason: reason?, complainant_told })
            }
            Some("respond") => Some(Action::Respond),
            Some("arrive") => Some(Action::Arrive { place: self.line("place").unwrap_or_default() }),
            Some("decline") => Some(Action::Decline { reason: self.needed_line("text")? }),
            Some("finish") => Some(Action::Finish { feedback: self.needed("text")? }),
            Some(_) => {
                self.fault(
                    "action",
                    "UNKNOWN_ACTION",
                    "应为 sign、contact、result、return、extension、respond、arrive、decline 或 finish。",
                    "sign, contact, result, return, extension, respond, arrive, decline or finish is expected.",
                );
                None
            }
            None => {
                self.fault("action", "FIELD_MISSING", "缺少 action。", "There is no action.");
                None
            }
        }
    }

    fn needed(&mut self, field: &str) -> Option<String> {
        let text = self.text(field);
        if text.is_none() {
            self.fault(field, "FIELD_MISSING", "缺少此字段。", "This field is missing.");
        }
        text
    }

    /// One of these words.
    fn word<T: Copy>(&mut self, field: &str, known: &[(&str, T)]) -> Option<T> {
        let text = self.needed(field)?;
        let found = known.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
            let (zh, en) =
                (format!("应为 {}。", words.join("、")), format!("One of {} is expected.", words.join(", ")));
            self.fault(field, "UNKNOWN_WORD", &zh, &en);
        }
        found
    }

    fn budget(&mut self, field: &str) -> Option<Budget> {
        let text = self.needed(field)?;
        match Budget::parse(&text) {
            Ok(budget) => Some(budget),
            Err(fault) => {
                self.faults.push(fault.in_field(&format!("data.{field}")));
                None
            }
        }
    }

    /// A text that stays readable in the log for ever is short.
    fn needed_line(&mut self, field: &str) -> Option<String> {
        let line = self.line(field);
        if line.is_none() {
            self.fault(field, "FIELD_MISSING", "缺少此字段。", "This field is missing.");
        }
        line
    }

    fn line(&mut self, field: &str) -> Option<String> {
        let text = self.text(field)?;
        if text.chars().nth(LINE_MAX).is_some() {
            let (zh, en) = (format!("超过 {LINE_MAX} 字。"), format!("Longer than {LINE_MAX} characters."));
            self.fault(field, "TEXT_TOO_LONG", &zh, &en);
            return None;
        }
        Some(text)
    }

    /// Text without what no database or page can take; empty is absent.
    pub fn text(&mut self, field: &str) -> Option<String> {
        match self.fields.remove(field).filter(|value| !value.is_null())? {
            Value::String(text) if text.chars().nth(TEXT_MAX).is_some() => {
                let (zh, en) =
                    (format!("超过 {TEXT_MAX} 字。"), format!("Longer than {TEXT_MAX} characters."));
                self.fault(field, "TEXT_TOO_LONG", &zh, &en);
                None
            }
            Value::String(text) => {
                let clean = text.replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r'), "");
                Some(clean).filter(|text| !text.trim().is_empty())
            }
            _ => {
                self.fault(field, "WRONG_TYPE", "应为文字。", "Text is expected.");
                None
            }
        }
    }

    fn flag(&mut self, field: &str, absent: bool) -> bool {
        match self.fields.remove(field).filter(|value| !value.is_null()) {
            None => absent,
            Some(Value::Bool(flag)) => flag,
            Some(_) => {
                self.fault(field, "WRONG_TYPE", "应为 true 或 false。", "True or false is expected.");
                absent
            }
        }
    }
}

/// The fault that a refusal of the rules is to the one who sent the message.
pub(super) fn fault_of(rejection: &Rejection) -> Fault {
    let Rejection { code, about } = rejection;
    let about = if about.is_empty() { String::new() } else { format!(" ({about})") };
    Fault::new(code.as_str(), format!("{}{about}", code.zh()), format!("{}{about}", code.en()))
}

/// A well-formed answer is its unit, source and id: the command that it becomes, and the `causationid`
/// of the unit's receipt. Without them it is its place on the bus.
pub(super) fn response_id(message: &Stored, envelope: &Envelope) -> Uuid {
    let unit = subject::last_word(&message.subject);
    let name = match (&envelope.source, &envelope.id) {
        (Some(source), Some(id)) => format!("{unit}\n{source}\n{id}"),
        _ => format!("{}\n{}\n{}", message.subject, message.sequence, message.stored_at.as_microsecond()),
    };
    Uuid::new_v5(&RESPONSE, name.as_bytes())
}
