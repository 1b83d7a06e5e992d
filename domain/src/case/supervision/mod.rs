//! 督查督办: what is done about a case that is late, or whose work did not hold. The steps go up one after
//! the other, each once per clock, by the clock or by a person who is quicker:
//! 催办 → 催办通知书 → 督办单 → 通报 → 挂牌督办 → 约谈.

mod command;
mod fold;
mod ladder;
mod late;
mod listing;
mod moved;
mod notice;
mod order;
mod reason;
mod state;
mod wording;

pub use command::Supervise;
pub use state::{Limit, Notice, NoticeDraft, Order, OrderPhase, Reason, Supervision};

pub(super) use fold::evolve;
pub(super) use ladder::{follow, pass, revised};
pub(super) use late::{late, waits_for};
pub(super) use moved::{moved_limits, paused, recounted};
pub(super) use order::at_reopen_limit;

use super::event::Event;
use super::rejection::{Code, Rejection};
use super::state::State;
use crate::context::Context;
use crate::ids::UnitId;
use crate::intake::redact;

/// Judges a command about supervision.
pub(super) fn decide(
    state: &State,
    command: &Supervise,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    match command {
        Supervise::Urge { reason } => ladder::urge(state, reason, context),
        Supervise::SendWrittenUrge { reason } => ladder::write(state, reason, context),
        Supervise::IssueSupervision { facts, asks, within } => {
            order::issue(state, facts, asks, within.as_ref(), context)
        }
        Supervise::ReplySupervision { order, reply } => order::reply(state, *order, reply, context),
        Supervise::CheckSupervision { order, check, passed, finding } => {
            order::check(state, *order, (*check, *passed), finding, context)
        }
        Supervise::CloseSupervision { order, root_cause } => order::close(state, *order, root_cause, context),
        Supervise::GiveReason { reason } => reason::give(state, reason, context),
        Supervise::JudgeReason { accepted, reason } => reason::judge(state, *accepted, reason, context),
        Supervise::DraftNotice { text } => notice::draft(state, text, context),
        Supervise::EditNotice { notice, text } => notice::edit(state, *notice, text, context),
        Supervise::ApproveNotice { notice } => notice::approve(state, *notice, context),
        Supervise::ReplyNotice { notice, reply } => notice::reply(state, *notice, reply, context),
        Supervise::CorrectNotice { notice, text, reason } => {
            notice::correct(state, *notice, text, reason, context)
        }
        Supervise::WithdrawNotice { notice, reason } => notice::withdraw(state, *notice, reason, context),
        Supervise::ListSupervision { reason } => listing::list(state, reason, context),
        Supervise::RecordInterview { who, held_at, result } => {
            listing::interview(state, who, *held_at, result, context)
        }
    }
}

/// The unit that answers for the case: 首接负责.
fn lead(state: &State) -> Result<UnitId, Rejection> {
    state.lead.clone().ok_or_else(|| Code::NotDispatched.into())
}

/// Who gets a copy: the superior of the unit, unless the report accuses it.
fn superior(state: &State, unit: &UnitId, context: &Context<'_>) -> Vec<UnitId> {
    let org = &context.rules.org;
    let above = org.unit(unit).and_then(|unit| unit.parent.clone());
    above.into_iter().filter(|above| !state.barred.bars(above, org)).collect()
}

/// What was done cannot be judged by who did it.
fn not_a_handler(state: &State, context: &Context<'_>) -> Result<(), Rejection> {
    if state.is_handler(context.actor) { Err(Code::HandlerCannotJudge.into()) } else { Ok(()) }
}

/// A unit speaks for itself; a machine (the bus) for the unit that is meant.
fn of_the_unit(unit: &UnitId, context: &Context<'_>) -> Result<(), Rejection> {
    match &context.actor.unit {
        Some(own) if own != unit => Err(Rejection::about(Code::NotYourUnit, own)),
        _ => Ok(()),
    }
}

fn with_reason(reason: &str) -> Result<String, Rejection> {
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    Ok(redact::reason(reason))
}
