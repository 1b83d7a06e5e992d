//! 领办、转办、放回: one person of the unit has the task, hands it to a colleague, or puts it back.

use crate::case::event::{Event, TaskClaimed, TaskDelegated};
use crate::case::handle;
use crate::case::rejection::{Code, Rejection};
use crate::case::state::State;
use crate::context::{Actor, Context};
use crate::ids::UnitId;

/// 领办: again by the same person changes nothing.
pub(super) fn claim(state: &State, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let unit = handle::acting_unit(state, context)?;
    free_for(state, &unit, context.actor)?;
    let by = context.actor.id.clone();
    if state.hands.claims.get(&unit) == Some(&by) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::TaskClaimed(TaskClaimed { unit, by })])
}

/// 转办 to a colleague.
pub(super) fn delegate(state: &State, to: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let unit = handle::acting_unit(state, context)?;
    free_for(state, &unit, context.actor)?;
    let from = context.actor.id.clone();
    if to.trim().is_empty() || to == from {
        return Err(Rejection::about(Code::NotAColleague, to));
    }
    Ok(vec![Event::TaskDelegated(TaskDelegated { unit, from, to: to.to_owned() })])
}

/// 放回, by whoever has it; where that person is away, by somebody above the unit.
pub(super) fn release(state: &State, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let holders = &state.hands.claims;
    let own = context.actor.unit.as_ref().filter(|unit| holders.contains_key(*unit));
    let unit = own.or_else(|| holders.keys().next()).ok_or(Code::NotClaimed)?.clone();
    if own.is_some() {
        free_for(state, &unit, context.actor)?;
    }
    let by = context.actor.id.clone();
    Ok(vec![Event::ClaimReleased(TaskClaimed { unit, by })])
}

/// What a colleague has claimed is left to that colleague. A machine speaks for the whole unit.
pub(in crate::case) fn free_for(state: &State, unit: &UnitId, actor: &Actor) -> Result<(), Rejection> {
    let machine = actor.unit.is_none() || actor.id.starts_with("bus:");
    match state.hands.claims.get(unit) {
        Some(holder) if *holder != actor.id && !machine => {
            Err(Rejection::about(Code::ClaimedByOther, holder))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod specs {
    use crate::case::spec::*;
    use crate::case::{Code, Command, Hand};
    use crate::context::Actor;

    fn colleague() -> Actor {
        Actor { id: "user:tongshi".into(), unit: Some(grid()) }
    }

    fn delegate(to: &str) -> Command {
        hand(Hand::DelegateTask { to: to.into() })
    }

    #[test]
    fn what_one_person_has_claimed_no_colleague_works_on() {
        let claim = || hand(Hand::ClaimTask);
        spec().given(&[register()]).by_handler().when(claim()).then_named(&["TaskClaimed"]);
        let claimed = [register(), claim()];
        spec().given(&claimed).by_handler().when(claim()).then_named(&[]);
        spec().given(&claimed).by(colleague()).when(claim()).then_rejected(Code::ClaimedByOther);
        spec()
            .given(&claimed)
            .by(colleague())
            .when(Command::Sign)
            .then_rejected_about(Code::ClaimedByOther, &handler().id);
        spec().given(&claimed).by_handler().when(Command::Sign).then_named(&["CaseSigned"]);
        spec().given(&[register()]).by_other_unit().when(claim()).then_rejected(Code::NotYourUnit);
    }

    #[test]
    fn a_task_is_handed_to_a_colleague_and_put_back() {
        let claimed = [register(), hand(Hand::ClaimTask)];
        let handed = [&claimed[..], &[delegate("user:tongshi")]].concat();
        spec().given(&handed).by_handler().when(Command::Sign).then_rejected(Code::ClaimedByOther);
        spec().given(&handed).by(colleague()).when(Command::Sign).then_named(&["CaseSigned"]);
        spec().given(&claimed).by_handler().when(delegate(&handler().id)).then_rejected(Code::NotAColleague);
        let release = || hand(Hand::ReleaseClaim);
        spec().given(&handed).by_handler().when(release()).then_rejected(Code::ClaimedByOther);
        let events = spec().given(&handed).by(colleague()).when(release()).then_named(&["ClaimReleased"]);
        assert!(state_of(&events).hands.claims.is_empty());
        spec().given(&handed).when(release()).then_named(&["ClaimReleased"]);
        spec().given(&[register()]).when(release()).then_rejected(Code::NotClaimed);
    }

    #[test]
    fn whoever_had_the_task_does_not_judge_it() {
        let given = [
            register(),
            hand(Hand::ClaimTask),
            delegate("user:ducha"),
            hand(Hand::ReleaseClaim),
            Command::Sign,
            result(),
        ];
        spec().given(&given).by_supervisor().when(passed()).then_rejected(Code::HandlerCannotJudge);
    }
}
