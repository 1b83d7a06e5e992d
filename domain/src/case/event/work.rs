//! Who of a unit does it, how a case comes down the ladder again, and a reply that was put right.

use serde::{Deserialize, Serialize};

use crate::case::clocks::ResolveClock;
use crate::ids::{Rung, UnitId};
use crate::sealed::Sealed;

/// See [`super::Event::CaseDeescalated`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseDeescalated {
    /// The rung that had it.
    pub from: Rung,
    /// The rung that answers from now on.
    pub to: Rung,
    /// The unit there; the lead stays lead.
    pub responsible: UnitId,
    /// Why.
    pub reason: String,
    /// What is sent down with it: people, money, authority.
    pub resources: String,
    /// The same limit, with the ladder climbed anew from there.
    pub resolve: ResolveClock,
}

/// See [`super::Event::TaskClaimed`] and [`super::Event::ClaimReleased`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskClaimed {
    /// The unit whose task it is.
    pub unit: UnitId,
    /// The person: may not judge the work.
    pub by: String,
}

/// See [`super::Event::TaskDelegated`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskDelegated {
    /// The unit whose task it is.
    pub unit: UnitId,
    /// Who hands it over.
    pub from: String,
    /// To whom: may not judge the work either.
    pub to: String,
}

/// See [`super::Event::ReplyAmended`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReplyAmended {
    /// The unit.
    pub unit: UnitId,
    /// Who: may not judge the work.
    pub by: String,
    /// Why it is put right.
    pub reason: String,
    /// The reply as it stands now.
    pub reply: Sealed,
}
