//! What a grid worker settles on the spot, reading a reporter by two, links and merging, and the archive.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::clocks::{DeadlineName, Due, ResolveClock};
use crate::ids::{CaseId, UnitId};
use crate::sealed::Sealed;

/// See [`super::Event::ClosedOnSpot`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClosedOnSpot {
    /// The unit that settled it.
    pub unit: UnitId,
    /// Who: may not judge it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub reply: Sealed,
    /// Drawn for a check.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sample: bool,
    /// Limit for that check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Due>,
    /// Limit for the callback, where somebody complained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback: Option<Due>,
}

/// See [`super::Event::RevealRequested`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RevealRequested {
    /// What for.
    pub purpose: String,
    /// Who asks: may not decide.
    pub by: String,
}

/// See [`super::Event::RevealDecided`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RevealDecided {
    /// It may be read, once, by whoever asked.
    pub granted: bool,
    /// Why; empty where yes needs none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who decided.
    pub by: String,
}

/// See [`super::Event::CaseArchived`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseArchived {
    /// 归档号
    pub number: String,
}

/// See [`super::Event::CaseLinked`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseLinked {
    /// The other case.
    pub other: CaseId,
    /// Its number.
    pub other_no: String,
}

/// See [`super::Event::CaseMerged`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseMerged {
    /// The case that goes on for both.
    pub into: CaseId,
    /// Its number.
    pub into_no: String,
    /// Since when this one's clocks stand.
    pub at: Timestamp,
}

/// See [`super::Event::CaseUnmerged`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseUnmerged {
    /// Why.
    pub reason: String,
    /// The clock for the result, the time in between left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve: Option<ResolveClock>,
    /// The limits beside it, likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dues: Vec<(DeadlineName, Due)>,
}

/// See [`super::Event::MainCaseEnded`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MainCaseEnded {
    /// When it was told: what this case was about counts as handled from here.
    pub at: Timestamp,
    /// People who worked on the main case: may not judge it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub handlers: BTreeSet<String>,
    /// Units that did.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub handled_by: BTreeSet<UnitId>,
    /// Limit for this complainant's own callback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback: Option<Due>,
}

/// See [`super::Event::MainCaseReopened`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MainCaseReopened {}
