//! Who is kept from a case.

use serde::{Deserialize, Serialize};

use crate::case::clocks::Due;
use crate::ids::UnitId;

/// See [`super::Event::UnitBarred`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnitBarred {
    /// The unit that is accused; none where whoever was named is no unit of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// Why.
    pub reason: String,
    /// Units from whom the case is taken back; it waits for a new dispatch then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recalled: Vec<UnitId>,
    /// Limit for that dispatch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispatch: Option<Due>,
}
