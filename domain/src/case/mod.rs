//! The case: one complaint from registration to its close, as a decider.
//!
//! One file per rule; [`admissible`] says which command may be given in which state.

pub mod admissible;
pub mod clocks;
pub mod command;
pub mod event;
pub mod rejection;
pub mod state;

mod archive;
mod attempt;
mod barred;
mod callback;
mod community;
mod deadline;
mod dispatch;
mod edge;
mod edges;
mod escalate;
mod evidence;
mod evolve;
pub mod exclusion;
mod follow;
mod handle;
mod hands;
mod kind;
mod merge;
mod move_work;
mod outside;
pub mod part;
mod register;
mod reveal;
pub mod revise;
mod screen;
mod spot;
pub mod supervision;
mod suspend;
mod verify;
mod void;
pub mod whistle;

#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod spec;

pub use attempt::{Call, Calls};
pub use barred::{Accused, Barred};
pub use command::Command;
pub use edge::Edge;
pub use event::Event;
pub use follow::{Main, MainNow};
pub use hands::{Ask, Asked, Hand, Hands};
pub use merge::{Merged, Other};
pub use part::PartCommand;
pub use rejection::{Code, Rejection};
pub use reveal::Reveal;
pub use state::{Life, State};
pub use supervision::Supervise;

use crate::context::Context;
use crate::decider::Decider;

/// The case stream.
#[derive(Debug, Clone, Copy)]
pub struct Case;

impl Decider for Case {
    type Command = Command;
    type Event = Event;
    type State = State;
    type Context<'a> = Context<'a>;
    type Rejection = Rejection;

    fn decide(state: &State, command: &Command, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
        let org = &context.rules.org;
        // For a unit that is accused the case does not exist.
        if state.barred.bars_actor(context.actor, org) {
            return Err(Code::CaseNotFound.into());
        }
        let part = part::meant(state, command, context.actor).map(Command::Part);
        let command = part.as_ref().unwrap_or(command);
        admissible::check(command, state.life).map_err(|refused| rather(state, refused, context))?;
        let events = rule(state, command, context)?;
        let events = supervision::follow(state, command, events, context);
        barred::guard(state, &events, org)?;
        Ok(events)
    }

    fn evolve(state: &mut State, event: &Event) {
        evolve::evolve(state, event);
    }
}

/// Why rather, where the table knows only the state of life: what is void is closed, but not to be reopened;
/// what a person has referred need not be of an item that never is dispatched.
fn rather(state: &State, refused: Rejection, context: &Context<'_>) -> Rejection {
    let item = || state.item.as_ref().and_then(|item| context.rules.policy.catalogue.find(item.as_str()));
    match refused.code {
        Code::CaseIsClosed if state.voided => Code::CaseIsVoided.into(),
        Code::RoutedItem if item().is_some_and(|item| item.lowest_rung.is_some()) => {
            Code::CaseIsScreened.into()
        }
        _ => refused,
    }
}

/// The rule that answers the command.
fn rule(state: &State, command: &Command, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Register(register) => register::decide(register, context),
        Command::Supplement { received_at, revision, sealed, accused } => {
            register::supplement(state, (*received_at, *revision), sealed, accused, context)
        }
        Command::Classify { item, place } => dispatch::classify(state, item, place, context),
        Command::Dispatch { unit } => dispatch::dispatch(state, unit.as_ref(), context),
        Command::Sign => handle::sign(state, context),
        Command::Contact { channel, note } => handle::contact(state, channel, note.as_ref(), context),
        Command::Extend { by, reason, complainant_told } => {
            suspend::extend(state, by, reason, *complainant_told, context)
        }
        Command::Suspend { reason, review_at, complainant_told } => {
            suspend::suspend(reason, *review_at, *complainant_told, context)
        }
        Command::Resume => suspend::resume(state, context),
        Command::SubmitResult { solved, reply } => handle::submit_result(state, *solved, reply, context),
        Command::Verify { passed, reason } => verify::decide(state, *passed, reason, context),
        Command::RecordCallback { contacted, solved, satisfaction, said } => {
            callback::by_person(state, (*contacted, *solved, *satisfaction), said, context)
        }
        Command::Close { mode, reason } => callback::close(state, *mode, reason, context),
        Command::Reopen { reason } => callback::reopen(state, reason, context),
        Command::Escalate { to, reason } => escalate::by_person(state, *to, *reason, context),
        Command::Withdraw { reason } => Ok(outside::withdraw(reason)),
        Command::Rate { contacted, solved, satisfaction, rated_at, said } => {
            outside::rate(state, (*contacted, *solved, *satisfaction), *rated_at, said, context)
        }
        Command::SetOutsideDue { due_at, set_at } => outside::set_due(state, *due_at, *set_at, context),
        Command::DecideOutside { decision, until, reason } => {
            outside::decide(state, *decision, *until, reason, context)
        }
        Command::AttachEvidence { file } => evidence::attach(state, file, context),
        Command::PassDeadline(deadline) => deadline::pass(state, deadline, context),
        Command::Revise { revision, budgets } => revise::revise(state, *revision, *budgets, context),
        Command::RevealReporter { purpose } => {
            reveal::check(state, context)?;
            register::reveal(purpose)
        }
        Command::SoundWhistle { kind, units, reason, place } => {
            whistle::sound(state, *kind, units, reason, place, context)
        }
        Command::ApproveWhistle { approved, reason } => whistle::approve(state, *approved, reason, context),
        Command::RespondWhistle => whistle::respond(state, context),
        Command::ArriveOnSite { place } => whistle::arrive(state, place, context),
        Command::DeclineWhistle { reason } => whistle::decline(state, reason, context),
        Command::AdjudicateDecline { unit, upheld, reason } => {
            whistle::adjudicate(state, unit, *upheld, reason, context)
        }
        Command::FinishLeg { feedback } => whistle::finish(state, feedback, context),
        Command::StandDown { whistle, reason } => whistle::stand_down(state, *whistle, reason, context),
        Command::RateWhistle { unit, score, reason } => {
            whistle::rate(state, unit.as_ref(), *score, reason, context)
        }
        Command::RequestVoid { reason } => void::request(state, reason, context),
        Command::DecideVoid { granted, reason } => void::decide(state, *granted, reason, context),
        Command::ApplyExclusion { ground, reason } => exclusion::apply(state, *ground, reason, context),
        Command::DecideExclusion { granted, reason } => exclusion::decide(state, *granted, reason, context),
        Command::AppealExclusion { reason } => exclusion::appeal(state, reason, context),
        Command::BarUnit { unit, reason } => barred::bar(state, unit.as_ref(), reason, context),
        Command::Hand(hand) => hands::decide(state, hand, context),
        Command::Edge(edge) => edge::decide(state, edge, context),
        Command::Part(part) => part::decide(state, part, context),
        Command::Supervise(command) => supervision::decide(state, command, context),
        Command::Call(call) => attempt::decide(state, call, context),
    }
}
