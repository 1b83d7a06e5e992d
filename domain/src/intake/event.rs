//! What can happen to a message that opens nothing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::ids::CaseId;

/// An event of the intake stream. In the log for ever, like those of the case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// 重复: the same complaint came again, unchanged.
    ComplaintRepeated(ComplaintRepeated),
    /// 退回: what came could not be understood, with every fault.
    ComplaintRefused(ComplaintRefused),
}

impl Event {
    /// The variant's name.
    pub fn name(&self) -> &'static str {
        match self {
            Event::ComplaintRepeated(_) => "ComplaintRepeated",
            Event::ComplaintRefused(_) => "ComplaintRefused",
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
    /// Everything that is wrong with it.
    pub faults: Vec<Fault>,
}

impl ComplaintRepeated {
    /// The complaint came again.
    pub fn new(source: &str, external_id: Option<&str>, case: CaseId, case_no: &str) -> Self {
        Self {
            source: source.to_owned(),
            external_id: external_id.map(str::to_owned),
            case,
            case_no: case_no.to_owned(),
        }
    }
}

impl ComplaintRefused {
    /// The message is refused.
    pub fn new(source: &str, external_id: Option<&str>, received_at: Timestamp, faults: Vec<Fault>) -> Self {
        Self { source: source.to_owned(), external_id: external_id.map(str::to_owned), received_at, faults }
    }
}
