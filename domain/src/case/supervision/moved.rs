//! The limits of replies, approvals and judgements: a pause of the case is left out of them, and a revised
//! calendar counts them again. One that has passed and was told stays as it is: it was late.

use jiff::Timestamp;

use super::state::{Limit, Supervision};
use crate::calendar::Suspension;
use crate::case::clocks::{self, DeadlineName};
use crate::case::event::{Event, SupervisionClocksMoved, SupervisionMoved};
use crate::case::rejection::Rejection;
use crate::case::state::State;
use crate::context::Context;

/// After a pause of the case (挂账、并单) what is owed goes on without it; nothing where nothing is owed.
pub(in crate::case) fn paused(
    state: &State,
    pause: Option<Suspension>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if pause.is_none() { Ok(Vec::new()) } else { moved(state, pause, context) }
}

/// The limits under the calendar as it is now; only those that are other ones.
pub(in crate::case) fn recounted(state: &State, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    if state.life.is_open() { moved(state, None, context) } else { Ok(Vec::new()) }
}

/// What such an event moves, for a preview.
pub(in crate::case) fn moved_limits(
    state: &State,
    event: &Event,
) -> Vec<(DeadlineName, Timestamp, Timestamp)> {
    let Event::SupervisionClocksMoved(event) = event else { return Vec::new() };
    let old = |one: &SupervisionMoved| {
        let mut owed = owed(&state.supervision);
        owed.find(|(name, number, _)| (*name, *number) == (one.name, one.number)).map(|(.., limit)| limit)
    };
    event.limits.iter().filter_map(|one| Some((one.name, old(one)?.due.due_at, one.due.due_at))).collect()
}

fn moved(state: &State, pause: Option<Suspension>, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let mut limits = Vec::new();
    for (name, number, limit) in owed(&state.supervision) {
        let mut pauses = limit.pauses.clone();
        pauses.extend(pause);
        let due = clocks::due_with(context.rules, limit.due.from, Some(&limit.due.budget), &pauses)?;
        let other = due.filter(|due| pause.is_some() || due.due_at != limit.due.due_at);
        limits.extend(other.map(|due| SupervisionMoved { name, number, due, pauses }));
    }
    let event = Event::SupervisionClocksMoved(SupervisionClocksMoved { limits: limits.clone() });
    Ok(if limits.is_empty() { Vec::new() } else { vec![event] })
}

/// The limits that were not told, each with its order or notice.
pub(super) fn owed(region: &Supervision) -> impl Iterator<Item = (DeadlineName, u32, &Limit)> {
    let open = region.orders.iter().filter(|order| order.phase.is_open());
    let orders = open.map(|order| (DeadlineName::OrderReply, order.order, &order.reply));
    let replies = region.notices.iter().map(|one| (DeadlineName::NoticeReply, one.notice, &one.reply));
    let drafts = region.notices.iter().filter_map(|notice| {
        Some((DeadlineName::NoticeApprove, notice.notice, &notice.draft.as_ref()?.approve))
    });
    let reason = region.reason.iter().map(|reason| (DeadlineName::ReasonDecide, 0, &reason.decide));
    let all = orders.chain(replies).chain(drafts).chain(reason);
    all.filter_map(|(name, number, limit)| Some((name, number, limit.as_ref().filter(|limit| !limit.told)?)))
}

#[cfg(test)]
mod specs {
    use crate::case::event::Event;
    use crate::case::spec::*;
    use crate::case::{Command, Supervise};

    fn suspend() -> Command {
        Command::Suspend {
            reason: "等产权确认".into(),
            review_at: at("2027-03-01T09:00:00+08:00"),
            complainant_told: true,
        }
    }

    /// Ordered on Thursday, to be replied to within three working days.
    fn ordered() -> Given {
        spec().given(&[street_case(), Command::Sign]).after_deadlines_until("2026-12-03T10:00:00+08:00")
    }

    fn late(events: &[Event]) -> usize {
        events.iter().filter(|event| matches!(event, Event::SupervisionLate(_))).count()
    }

    #[test]
    fn a_reply_that_is_owed_waits_as_long_as_the_case_is_suspended_and_is_late_once() {
        let suspended = || ordered().given(&[suspend()]).after_deadlines_until("2026-12-14T10:00:00+08:00");
        assert_eq!(late(&suspended().run_deadlines_until("2026-12-31T10:00:00+08:00")), 0);
        let resumed = suspended().given(&[Command::Resume]);
        let due = resumed.state().supervision.orders[0].reply.as_ref().map(|limit| limit.due.due_at);
        assert_eq!(due, Some(at("2026-12-16T17:30:00+08:00")), "three working days, the pause left out");
        assert_eq!(late(&resumed.run_deadlines_until("2026-12-17T10:00:00+08:00")), 1);
    }

    #[test]
    fn a_second_pause_is_left_out_as_well() {
        let twice = ordered()
            .given(&[suspend()])
            .after_deadlines_until("2026-12-04T10:00:00+08:00")
            .given(&[Command::Resume, suspend()])
            .after_deadlines_until("2026-12-14T10:00:00+08:00")
            .given(&[Command::Resume]);
        let order = twice.state().supervision.orders[0].clone();
        assert_eq!(order.reply.map(|limit| limit.due.due_at), Some(at("2026-12-16T17:30:00+08:00")));
    }

    #[test]
    fn what_was_late_before_the_pause_is_not_late_a_second_time() {
        let told = ordered().after_deadlines_until("2026-12-09T10:00:00+08:00").given(&[suspend()]);
        let resumed = told.after_deadlines_until("2026-12-14T10:00:00+08:00").given(&[Command::Resume]);
        let again = resumed.run_deadlines_until("2026-12-18T10:00:00+08:00");
        let orders = again.iter().filter(|event| {
            matches!(event, Event::SupervisionLate(e) if e.name == crate::case::clocks::DeadlineName::OrderReply)
        });
        assert_eq!(orders.count(), 0);
    }

    #[test]
    fn a_reason_that_waits_to_be_judged_waits_with_the_case() {
        let reason = Command::Supervise(Supervise::GiveReason { reason: "汛期停工".into() });
        let given = spec()
            .given(&[street_case(), Command::Sign])
            .after_deadlines_until("2026-12-01T10:00:00+08:00")
            .given(&[reason, suspend()])
            .after_deadlines_until("2026-12-14T10:00:00+08:00")
            .given(&[Command::Resume]);
        let decide = given.state().supervision.reason.and_then(|reason| reason.decide);
        assert_eq!(decide.map(|limit| limit.due.due_at), Some(at("2026-12-14T17:30:00+08:00")));
    }
}
