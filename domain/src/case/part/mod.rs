//! 分办: other units have a part of the case, each on a clock of its own, and the lead stays lead
//! (首接负责，北京条例 §14). 协办 are named beside it by the dispatcher; 下派 hands the work down to a unit
//! below. Both give their results to the lead, whose own waits for them.

mod command;
mod give;
mod late;
mod leave;
mod state;
mod work;

pub use command::PartCommand;
pub use state::{Part, PartPhase, Parts};

pub(super) use command::meant;
pub(super) use late::{late, moved_limits, paused, revised, waits_for};
pub(super) use state::evolve;

use super::event::Event;
use super::rejection::{Code, Rejection};
use super::state::State;
use crate::context::Context;
use crate::ids::UnitId;

/// Judges a command about parts.
pub(super) fn decide(
    state: &State,
    command: &PartCommand,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    match command {
        PartCommand::AddCoUnit { units, task, within } => {
            give::add_co_units(state, units, task, within.as_ref(), context)
        }
        PartCommand::SubDispatch { unit, task, within } => {
            give::sub_dispatch(state, unit, task, within.as_ref(), context)
        }
        PartCommand::SignPart => work::sign(state, context),
        PartCommand::FinishPart { feedback } => work::finish(state, feedback, context),
        PartCommand::RequestRelease { reason } => leave::request(state, reason, context),
        PartCommand::DecideRelease { unit, granted, reason } => {
            leave::decide(state, unit, *granted, reason, context)
        }
        PartCommand::ExplainPart { unit, reason } => leave::explain(state, unit, reason, context),
        PartCommand::TakeBackPart { unit, reason } => leave::take_back(state, unit, reason, context),
    }
}

/// What ends the lead's work waits for the results of the others, or for a word why it goes without them.
pub(super) fn none_open(state: &State) -> Result<(), Rejection> {
    let open = state.parts.open().next();
    open.map_or(Ok(()), |part| Err(Rejection::about(Code::PartsOpen, &part.unit)))
}

/// The part of the unit that acts.
fn own<'a>(state: &'a State, context: &Context<'_>) -> Result<&'a Part, Rejection> {
    let unit = context.actor.unit.as_ref();
    let part = unit.and_then(|unit| state.parts.part_of(unit));
    part.ok_or_else(|| Rejection::about(Code::NoPart, unit.map(UnitId::to_string).unwrap_or_default()))
}

/// The open part of a unit that somebody else speaks of.
fn open_of<'a>(state: &'a State, unit: &UnitId) -> Result<&'a Part, Rejection> {
    let part = state.parts.part_of(unit).ok_or_else(|| Rejection::about(Code::NoPart, unit))?;
    if part.phase.is_open() { Ok(part) } else { Err(Rejection::about(Code::PartIsOver, unit)) }
}

fn with_reason(reason: &str) -> Result<String, Rejection> {
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    Ok(crate::intake::redact::reason(reason))
}
