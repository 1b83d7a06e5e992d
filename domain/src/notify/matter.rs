//! What counts as an answer to a notification, and whether the case still waits for one.

use serde::{Deserialize, Serialize};

use crate::case::whistle::Phase;
use crate::case::{Life, State};
use crate::ids::UnitId;

/// What would be an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matter {
    /// That somebody reads it.
    #[default]
    Note,
    /// That the called unit responds (应哨).
    Leg(u32),
    /// That the unit signs (签收).
    Task,
}

impl Matter {
    /// Nothing but reading is asked for.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
    pub fn is_note(&self) -> bool {
        *self == Self::Note
    }
}

/// How the case stands when a notification's next step is due.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Nobody has answered, as far as the case says.
    pub waits: bool,
    /// Units that the case does not exist for.
    pub barred: Vec<UnitId>,
}

impl Standing {
    /// How this case stands to this matter.
    pub fn of(state: &State, matter: Matter) -> Self {
        let waits = state.life.is_open()
            && match matter {
                Matter::Note => true,
                Matter::Leg(number) => {
                    state.whistle.leg(number).is_some_and(|leg| leg.phase == Phase::Called)
                }
                Matter::Task => state.life == Life::Dispatched,
            };
        Self { waits, barred: state.barred.units.iter().cloned().collect() }
    }
}
