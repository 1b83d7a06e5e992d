//! 对账: what became of a day's messages, told once the day is over. In the log for ever.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::case::Life;
use crate::reaction::Outcome;

/// See [`super::Event::DayReconciled`]; goes out as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DayReconciled {
    /// The sending system.
    pub source: String,
    /// The day, in the calendar's zone.
    pub day: Date,
    /// Which part of the list, from 1.
    pub page: u32,
    /// How many parts the list has.
    pub pages: u32,
    /// The ids, in the order of their first receipt of the day.
    pub entries: Vec<ReconciledId>,
}

/// One id of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconciledId {
    /// The complaint's id in the sending system, as far as it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// `causationid` of the receipt, where neither id nor case is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Uuid>,
    /// The receipts of the day: which, and how many of each.
    pub receipts: BTreeMap<Outcome, u64>,
    /// The case's number, where there is a case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_no: Option<String>,
    /// Where the case is in its life when the list is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Life>,
    /// A test order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// See [`super::Event::DayClosed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayClosed {
    /// The day, in the calendar's zone.
    pub day: Date,
    /// The systems that sent anything on it.
    pub sources: Vec<String>,
}
