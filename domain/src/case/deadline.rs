//! A limit has passed: what follows from it. Asking twice does nothing.

use super::clocks::{Deadline, DeadlineName};
use super::escalate;
use super::event::{DeadlinePassed, EscalationReason, Event};
use super::part;
use super::rejection::{Code, Rejection};
use super::state::State;
use super::supervision;
use super::whistle;
use crate::context::Context;

/// Passes the deadline that the state waits for; any other is already done, moved or gone.
pub(super) fn pass(
    state: &State,
    deadline: &Deadline,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if state.next_deadline().as_ref() != Some(deadline) || context.now < deadline.due_at {
        return Ok(Vec::new());
    }
    if let DeadlineName::WhistleRespond | DeadlineName::WhistleArrive | DeadlineName::WhistleFinish =
        deadline.name
    {
        return Ok(whistle::late(state, deadline, context));
    }
    let passed = DeadlinePassed { name: deadline.name, due_at: deadline.due_at };
    if let DeadlineName::PartSign | DeadlineName::PartFinish = deadline.name {
        return Ok(part::late(state, deadline));
    }
    match deadline.name {
        DeadlineName::Supervise => return Ok(supervision::pass(state, deadline, context)),
        DeadlineName::OrderReply
        | DeadlineName::NoticeReply
        | DeadlineName::ReasonDecide
        | DeadlineName::NoticeApprove => return Ok(supervision::late(state, deadline)),
        _ => {}
    }
    Ok(vec![match deadline.name {
        DeadlineName::Amber => Event::AmberReached(passed),
        DeadlineName::Escalate => {
            let from = state.rung.ok_or(Code::NotDispatched)?;
            let step = state.next_step().ok_or(Code::NoUnitAbove)?;
            let due_at = Some(deadline.due_at);
            // A rung that the tree no longer has is passed over, so that what follows is not held up.
            escalate::escalated(state, from, step.to, EscalationReason::Timeout, due_at, context)
                .unwrap_or(Event::DeadlinePassed(passed))
        }
        _ => Event::DeadlinePassed(passed),
    }])
}

#[cfg(test)]
mod specs {
    use crate::case::spec::*;
    use crate::case::{Command, Event};
    use crate::ids::Rung;

    #[test]
    fn a_case_left_alone_climbs_every_rung_once_at_the_instants_of_its_ladder() {
        let dispatched = state_of(&spec().when(register()).events());
        let steps = dispatched.resolve.map(|clock| clock.steps).unwrap_or_default();
        let events = spec().given(&[register()]).run_deadlines_until("2027-06-01T00:00:00+08:00");
        let climbed: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                Event::CaseEscalated(e) => Some((e.to, e.due_at)),
                _ => None,
            })
            .collect();
        let expected: Vec<_> = steps.iter().map(|step| (step.to, Some(step.at))).collect();
        assert_eq!(climbed, expected);
        assert_eq!(
            climbed.iter().map(|step| step.0).collect::<Vec<_>>(),
            [Rung::Community, Rung::Station, Rung::Street, Rung::District]
        );
    }

    #[test]
    fn each_limit_is_told_once_in_order() {
        let events = spec().given(&[register()]).run_deadlines_until("2027-06-01T00:00:00+08:00");
        let mut told: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                Event::DeadlinePassed(d) | Event::AmberReached(d) => Some((d.due_at, d.name)),
                _ => None,
            })
            .collect();
        let in_order = told.clone();
        told.sort();
        told.dedup();
        assert_eq!(told, in_order);
    }

    #[test]
    fn a_deadline_that_is_not_due_or_not_ours_changes_nothing() {
        let state = state_of(&spec().when(register()).events());
        let next = state.next_deadline().map(Command::PassDeadline);
        let early = next.unwrap_or(Command::Resume);
        spec().given(&[register()]).when(early).then_named(&[]);
    }
}
