//! What is known when a case comes in, or was elsewhere.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::Accused;
use crate::case::clocks::Due;
use crate::ids::{ItemCode, UnitId};
use crate::sealed::Sealed;

/// See [`super::Event::CaseRegistered`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseRegistered {
    /// The number that people see.
    pub case_no: String,
    /// The system it came from, e.g. `12345`.
    pub source: String,
    /// Its id there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// 来源渠道, e.g. `phone`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// When the first receiver took it in.
    pub received_at: Timestamp,
    /// Item as understood so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemCode>,
    /// The deepest unit whose area the place lies in, as understood so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<UnitId>,
    /// Latitude and longitude, WGS 84 degrees, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<(f64, f64)>,
    /// The reporter asked not to be named to the handler.
    #[serde(default, skip_serializing_if = "is_false")]
    pub confidential: bool,
    /// The reporter gave no name.
    #[serde(default, skip_serializing_if = "is_false")]
    pub anonymous: bool,
    /// A test order of the sending system: never counted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub test: bool,
    /// The order's own due time, set outside; caps ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside_due_at: Option<Timestamp>,
    /// Limit for putting it on a rung; none when that happens at once or never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispatch: Option<Due>,
    /// The sender's own count of its versions, where it keeps one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Title, text, address, reporter and unknown fields.
    pub sealed: Sealed,
    /// Whom it accuses.
    #[serde(default, skip_serializing_if = "nobody")]
    pub accused: Accused,
}

/// See [`super::Event::CaseSupplemented`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseSupplemented {
    /// When the sender took it in.
    pub received_at: Timestamp,
    /// As in [`CaseRegistered`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// The new content.
    pub sealed: Sealed,
    /// Somebody is accused who could not be found among the units; those who could are barred.
    #[serde(default, skip_serializing_if = "nobody")]
    pub accused: Accused,
}

/// See [`super::Event::CaseClassified`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseClassified {
    /// Row of the catalogue.
    pub item: ItemCode,
    /// Its name at the time, so that history reads without the old catalogue.
    pub item_name: String,
    /// Deepest unit whose area the place lies in.
    pub place: UnitId,
    /// SLA class, e.g. `N2`.
    pub class: String,
    /// Version of the policy that was asked.
    pub policy_version: String,
}

/// See [`super::Event::CaseTransferredOut`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseTransferredOut {
    /// The item that must not be dispatched.
    pub item: ItemCode,
    /// Whom the complainant is told to turn to.
    pub route: String,
}

/// See [`super::Event::CaseRecorded`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseRecorded {
    /// The unit that handled it there, in that system's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// The item there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Due time there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Closing time there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
}

/// See [`super::Event::ReporterRevealed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReporterRevealed {
    /// What for (PIPL §5–6: a stated purpose).
    pub purpose: String,
}

fn nobody(accused: &Accused) -> bool {
    *accused == Accused::default()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}
