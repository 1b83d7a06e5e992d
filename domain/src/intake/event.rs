//! What can happen to a message that opens nothing, and to a day's messages as a whole.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reconciled::{DayClosed, DayReconciled};
use crate::fault::Fault;
use crate::ids::{CaseId, UnitId};

/// An event of the intake stream. In the log for ever, like those of the case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// 重复: the same message came again, unchanged.
    ComplaintRepeated(ComplaintRepeated),
    /// 退回: what came could not be understood, with every fault.
    ComplaintRefused(ComplaintRefused),
    /// 回应未生效: a unit's answer came again, or could not be applied.
    ResponseNoted(ResponseNoted),
    /// 对账: what became of a source's messages of a day, or a part of that.
    DayReconciled(DayReconciled),
    /// 对账完毕: every source has its lists of that day.
    DayClosed(DayClosed),
}

impl Event {
    /// The variant's name.
    pub fn name(&self) -> &'static str {
        match self {
            Event::ComplaintRepeated(_) => "ComplaintRepeated",
            Event::ComplaintRefused(_) => "ComplaintRefused",
            Event::ResponseNoted(_) => "ResponseNoted",
            Event::DayReconciled(_) => "DayReconciled",
            Event::DayClosed(_) => "DayClosed",
        }
    }
}

/// See [`Event::ComplaintRepeated`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ComplaintRepeated {
    /// The sending system.
    pub source: String,
    /// Its id for the complaint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The case that it opened the first time.
    pub case: CaseId,
    /// That case's number.
    pub case_no: String,
    /// What kind of message came again: `complaint` where it is not said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// It is an older version than the case has, and was not taken over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
    /// A test order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// See [`Event::ComplaintRefused`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ComplaintRefused {
    /// The sending system, as far as it could be read.
    pub source: String,
    /// Its id for the complaint, as far as it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// When the message reached us.
    pub received_at: Timestamp,
    /// What kind of message is refused: `complaint` where it is not said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Everything that is wrong with it.
    pub faults: Vec<Fault>,
}

/// See [`Event::ResponseNoted`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResponseNoted {
    /// The unit that answered.
    pub unit: UnitId,
    /// The case, as far as it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// Its number, where there is such a case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_no: Option<String>,
    /// What became of it: `duplicate` or `refused`.
    pub outcome: AnswerOutcome,
    /// Everything that is wrong with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

/// What became of a unit's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum AnswerOutcome {
    /// It is done.
    Accepted,
    /// It had been done by the same message before.
    Duplicate,
    /// It could not be understood, or the rules say no.
    Refused,
}

impl ComplaintRepeated {
    /// The complaint came again.
    pub fn new(source: &str, external_id: Option<&str>, case: CaseId, case_no: &str) -> Self {
        Self {
            source: source.to_owned(),
            external_id: external_id.map(str::to_owned),
            case,
            case_no: case_no.to_owned(),
            about: String::new(),
            stale: false,
            test: false,
        }
    }

    /// The same, of this kind of message.
    #[must_use]
    pub fn about(mut self, kind: &str) -> Self {
        kind.clone_into(&mut self.about);
        self
    }

    /// The same, of a version that has been replaced.
    #[must_use]
    pub fn stale(mut self, stale: bool) -> Self {
        self.stale = stale;
        self
    }

    /// The same, of a test order.
    #[must_use]
    pub fn test(mut self, test: bool) -> Self {
        self.test = test;
        self
    }
}

impl ComplaintRefused {
    /// The message is refused.
    pub fn new(source: &str, external_id: Option<&str>, received_at: Timestamp, faults: Vec<Fault>) -> Self {
        let (source, external_id) = (source.to_owned(), external_id.map(str::to_owned));
        Self { source, external_id, received_at, about: String::new(), faults }
    }

    /// The same, of this kind of message.
    #[must_use]
    pub fn about(mut self, kind: &str) -> Self {
        kind.clone_into(&mut self.about);
        self
    }
}

impl ResponseNoted {
    /// The answer is refused.
    pub fn refused(unit: UnitId, case: Option<CaseId>, case_no: Option<String>, faults: Vec<Fault>) -> Self {
        Self { unit, case, case_no, outcome: AnswerOutcome::Refused, faults }
    }

    /// The answer came again.
    pub fn repeated(unit: UnitId, case: CaseId, case_no: Option<String>) -> Self {
        Self { unit, case: Some(case), case_no, outcome: AnswerOutcome::Duplicate, faults: Vec::new() }
    }
}
