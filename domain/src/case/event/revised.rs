//! What a revision of the rules does to an open case, once a person has confirmed it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::PartShift;
use crate::case::clocks::{DeadlineName, Due, ResolveClock};
use crate::ids::UnitId;

/// See [`super::Event::DeadlineRecalculated`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeadlineRecalculated {
    /// The revision that was confirmed.
    pub revision: Uuid,
    /// Version of the policy by which it was counted.
    pub policy: String,
    /// Revision of the calendar by which it was counted.
    pub calendar: String,
    /// The clock for the result as it is now, where the handler has the case or it is suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve: Option<ResolveClock>,
    /// The limits beside it that are other ones now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dues: Vec<Recounted>,
}

/// See [`super::Event::WorkMoved`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WorkMoved {
    /// The revision that was confirmed.
    pub revision: Uuid,
    /// The place, where its unit ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Shift>,
    /// The lead: the successor takes the duty over (首接负责 goes on with it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<Shift>,
    /// The unit that answers now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible: Option<Shift>,
    /// Open parts whose units ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartShift>,
}

/// From a unit that ended to its successor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// The unit that ended.
    pub from: UnitId,
    /// Its successor.
    pub to: UnitId,
}

/// A limit, counted again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recounted {
    /// Which.
    pub name: DeadlineName,
    /// What it is now.
    pub due: Due,
}
