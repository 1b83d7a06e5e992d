//! What is shown of who has a case in hand: requests that wait for a decision, returns, designations.

use std::collections::BTreeMap;

use domain::case::clocks::Due;
use domain::case::{Event, Life};
use domain::ids::UnitId;
use domain::policy::Matter;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::case_row::CaseRow;
use super::fold;

/// That part of a case's row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandsRow {
    /// What a unit asks for and nobody has decided yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<AskedFor>,
    /// What the sending system is to decide, while the case waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside: Option<Matter>,
    /// Until when it should be decided, here or there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide_due_at: Option<Timestamp>,
    /// How often it was sent back, whatever came of it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub returns: u32,
    /// Who of the units that have it has claimed the task, by unit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<UnitId, String>,
    /// Its unit was designated for good.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub designated: bool,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedFor {
    /// 退单
    Return,
    /// 派单异议
    Objection,
    /// 延期
    Extension,
    /// 挂账
    Suspension,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Takes an event of those hands into the row.
pub(super) fn apply(row: &mut CaseRow, event: &Event) {
    match event {
        Event::ReturnRequested(e) => {
            row.life = Life::ReturnPending;
            row.hands.returns += 1;
            // They stand still until it is decided.
            row.sign_due_at = row.sign_due_at.filter(|_| row.signed_at.is_some());
            row.contact_due_at = row.contact_due_at.filter(|_| row.contacted_at.is_some());
            ask(row, AskedFor::Return, e.decide.as_ref());
        }
        Event::ReturnApproved(e) => {
            settle(row);
            row.life = Life::PendingDispatch;
            row.dispatch_due_at = at(e.dispatch.as_ref());
        }
        Event::ReturnRejected(e) => {
            back(row);
            row.sign_due_at = at(e.sign.as_ref()).or(row.sign_due_at);
            row.contact_due_at = at(e.contact.as_ref()).or(row.contact_due_at);
        }
        Event::DispatchObjected(e) => ask(row, AskedFor::Objection, e.decide.as_ref()),
        Event::ExtensionRequested(e) => ask(row, AskedFor::Extension, e.decide.as_ref()),
        Event::SuspensionApplied(e) => ask(row, AskedFor::Suspension, e.decide.as_ref()),
        Event::ObjectionAdjudicated(_) | Event::ExtensionRefused(_) | Event::SuspensionRefused(_) => {
            back(row)
        }
        Event::FinalUnitDesignated(_) => {
            if row.hands.asked == Some(AskedFor::Objection) {
                back(row);
            }
            row.hands.designated = true;
        }
        Event::OutsideAsked(e) => {
            row.life = Life::AwaitingOutside;
            row.hands.outside = Some(e.matter);
            row.hands.decide_due_at = at(e.answer.as_ref());
        }
        Event::CaseDeescalated(e) => {
            row.rung = Some(e.to);
            row.responsible = Some(e.responsible.clone());
            row.answer_due_at = None;
            fold::clock(row, &e.resolve);
        }
        Event::TaskClaimed(e) => drop(row.hands.claims.insert(e.unit.clone(), e.by.clone())),
        Event::TaskDelegated(e) => drop(row.hands.claims.insert(e.unit.clone(), e.to.clone())),
        Event::ClaimReleased(e) => drop(row.hands.claims.remove(&e.unit)),
        _ => {}
    }
}

/// More time is granted: whoever waited for that goes on.
pub(super) fn extended(row: &mut CaseRow) {
    if row.hands.asked == Some(AskedFor::Extension) {
        back(row);
    }
}

/// Nothing is asked any more.
pub(super) fn settle(row: &mut CaseRow) {
    row.hands.asked = None;
    row.hands.outside = None;
    row.hands.decide_due_at = None;
}

fn ask(row: &mut CaseRow, what: AskedFor, decide: Option<&Due>) {
    row.hands.asked = Some(what);
    row.hands.decide_due_at = at(decide);
}

/// The lead goes on where it was.
fn back(row: &mut CaseRow) {
    settle(row);
    row.life = if row.signed_at.is_some() { Life::InProgress } else { Life::Dispatched };
}

fn at(due: Option<&Due>) -> Option<Timestamp> {
    due.map(|due| due.due_at)
}
