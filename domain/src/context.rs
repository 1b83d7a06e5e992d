//! What a decision is given besides the state and the command: time, actor and rules.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::ids::UnitId;
use crate::org::Org;
use crate::policy::Policy;

/// The rules in force, parsed and checked together.
#[derive(Debug, Clone)]
pub struct Rulebook {
    /// Item catalogue, SLA classes and ladder.
    pub policy: Policy,
    /// The tree of units.
    pub org: Org,
    /// The working calendar.
    pub calendar: Calendar,
    /// What names this edition of all of them: 12 hex digits of the SHA-256 of the files.
    pub edition: String,
}

/// Who acts. Machines are actors too: `system:deadlines`, `bus:hotline`, `import`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Stable name, e.g. `user:wang`.
    pub id: String,
    /// The unit for which the person acts; none for machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
}

impl Actor {
    /// A machine of the product itself.
    pub fn system(name: &str) -> Self {
        Self { id: format!("system:{name}"), unit: None }
    }

    /// A person acting for a unit.
    pub fn person(name: &str, unit: &str) -> Self {
        Self { id: format!("user:{name}"), unit: Some(UnitId::new(unit)) }
    }
}

/// The arguments of every decision.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// When the engine records it; never before the stream's last event.
    pub now: Timestamp,
    /// When it happened, as far as we know. Clocks are judged by this.
    pub occurred_at: Timestamp,
    /// Who acts.
    pub actor: &'a Actor,
    /// The rules in force.
    pub rules: &'a Rulebook,
}
