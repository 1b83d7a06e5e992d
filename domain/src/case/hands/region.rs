//! What is known of those hands: the fold of their events.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::calendar::Budget;
use crate::case::clocks::{DeadlineName, Due};
use crate::case::event::{CloseMode, Event, OutsideAsked};
use crate::case::evolve::{arm, disarm, moved_clock};
use crate::case::state::{Life, State};
use crate::ids::UnitId;
use crate::policy::Matter;

/// Who has the case in hand, and what they ask for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Hands {
    /// The lead has signed, since the last dispatch.
    pub signed: bool,
    /// What is asked and not decided yet: one thing at a time.
    pub asked: Option<Asked>,
    /// What the sending system is to decide, while the case waits for it.
    pub outside: Option<(Matter, Option<CloseMode>)>,
    /// Until when the lead may send the case back; none: never.
    pub return_by: Option<Due>,
    /// Until when it may object.
    pub object_by: Option<Due>,
    /// How often the case was sent back, whatever came of it.
    pub returns: u32,
    /// Units that sent it back for good.
    pub returned: BTreeSet<UnitId>,
    /// An objection of this lead was adjudicated: that is not asked again.
    pub adjudicated: bool,
    /// The unit that was designated for good (潍坊 §22).
    pub final_unit: Option<UnitId>,
    /// Who of a unit has claimed its task.
    pub claims: BTreeMap<UnitId, String>,
}

/// A request that waits for somebody else's decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// For what.
    pub what: Ask,
    /// Who asked.
    pub by: String,
    /// For which unit.
    pub unit: UnitId,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Ask {
    /// 退单; the limits of the unit's that stand still until it is decided.
    Return {
        /// The one for signing.
        sign: bool,
        /// The one for the first contact.
        contact: bool,
    },
    /// 派单异议
    Objection,
    /// 延期
    Extension {
        /// How much more.
        length: Budget,
        /// Why.
        reason: String,
    },
    /// 挂账
    Suspension {
        /// Why.
        reason: String,
        /// When somebody must look again.
        review_at: Timestamp,
    },
}

/// Takes an event of those hands into the state.
pub(in crate::case) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::ReturnRequested(e) => {
            let waits = |name| state.dues.iter().any(|(armed, _)| *armed == name);
            let what = Ask::Return { sign: waits(DeadlineName::Sign), contact: waits(DeadlineName::Contact) };
            disarm(state, DeadlineName::Sign);
            disarm(state, DeadlineName::Contact);
            state.life = Life::ReturnPending;
            state.hands.returns += 1;
            ask(state, what, &e.by, &e.unit, e.decide.as_ref());
        }
        Event::ReturnApproved(e) => {
            back(state);
            state.life = Life::PendingDispatch;
            state.hands.returned.insert(e.unit.clone());
            state.parts.another_lead(None);
            arm(state, DeadlineName::Dispatch, e.dispatch.as_ref());
        }
        Event::ReturnRejected(e) => {
            back(state);
            state.hands.object_by.clone_from(&e.object_by);
            arm(state, DeadlineName::Sign, e.sign.as_ref());
            arm(state, DeadlineName::Contact, e.contact.as_ref());
        }
        Event::DispatchObjected(e) => ask(state, Ask::Objection, &e.by, &e.unit, e.decide.as_ref()),
        Event::ObjectionAdjudicated(_) => {
            back(state);
            state.hands.adjudicated = true;
        }
        Event::FinalUnitDesignated(e) => {
            if matches!(&state.hands.asked, Some(Asked { what: Ask::Objection, .. })) {
                back(state);
            }
            state.hands.final_unit = Some(e.unit.clone());
        }
        Event::ExtensionRequested(e) => {
            let what = Ask::Extension { length: e.length, reason: e.reason.clone() };
            ask(state, what, &e.by, &e.unit, e.decide.as_ref());
        }
        Event::SuspensionApplied(e) => {
            let what = Ask::Suspension { reason: e.reason.clone(), review_at: e.review_at };
            ask(state, what, &e.by, &e.unit, e.decide.as_ref());
        }
        Event::ExtensionRefused(_) | Event::SuspensionRefused(_) => back(state),
        Event::OutsideAsked(e) => wait_outside(state, e),
        Event::CaseDeescalated(e) => {
            state.rung = Some(e.to);
            state.responsible = Some(e.responsible.clone());
            disarm(state, DeadlineName::Answer);
            moved_clock(state, &e.resolve);
        }
        Event::TaskClaimed(e) => claimed(state, &e.unit, &e.by),
        Event::TaskDelegated(e) => {
            state.handlers.insert(e.from.clone());
            claimed(state, &e.unit, &e.to);
        }
        Event::ClaimReleased(e) => drop(state.hands.claims.remove(&e.unit)),
        Event::ReplyAmended(e) => drop(state.handlers.insert(e.by.clone())),
        _ => {}
    }
}

fn claimed(state: &mut State, unit: &UnitId, by: &str) {
    state.handlers.insert(by.to_owned());
    state.hands.claims.insert(unit.clone(), by.to_owned());
}

fn ask(state: &mut State, what: Ask, by: &str, unit: &UnitId, decide: Option<&Due>) {
    state.hands.asked = Some(Asked { what, by: by.to_owned(), unit: unit.clone() });
    arm(state, DeadlineName::Decide, decide);
}

fn wait_outside(state: &mut State, asked: &OutsideAsked) {
    state.life = Life::AwaitingOutside;
    state.hands.outside = Some((asked.matter, asked.mode));
    disarm(state, DeadlineName::Callback);
    arm(state, DeadlineName::Outside, asked.answer.as_ref());
}

/// What was asked is decided: the lead goes on where it was.
fn back(state: &mut State) {
    settle(state);
    state.life = if state.hands.signed { Life::InProgress } else { Life::Dispatched };
}

/// Nothing is asked any more, of nobody.
pub(in crate::case) fn settle(state: &mut State) {
    state.hands.asked = None;
    state.hands.outside = None;
    disarm(state, DeadlineName::Decide);
    disarm(state, DeadlineName::Outside);
}

/// More time is granted: whoever waited for that goes on.
pub(in crate::case) fn extended(state: &mut State) {
    if matches!(&state.hands.asked, Some(Asked { what: Ask::Extension { .. }, .. })) {
        back(state);
    }
}

impl Hands {
    /// Another unit has it: what concerned the one before is over.
    pub(in crate::case) fn dispatched(&mut self, return_by: Option<&Due>) {
        self.signed = false;
        self.adjudicated = false;
        self.claims.clear();
        self.return_by = return_by.cloned();
        self.object_by = return_by.cloned();
    }

    /// This unit was designated for good.
    pub fn is_final(&self, unit: &UnitId) -> bool {
        self.final_unit.as_ref() == Some(unit)
    }
}
