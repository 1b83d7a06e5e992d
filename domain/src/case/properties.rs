//! What must hold for every case, over random lives.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::event::{CloseMode, EscalationReason};
use super::spec::*;
use super::{Case, Command, Event, State};
use crate::context::{Actor, Context};
use crate::decider::{Decider, fold};
use crate::ids::Rung;

#[derive(Debug, Clone)]
enum Act {
    Give(Command),
    Wait(i64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        Just(Act::Give(register())),
        Just(Act::Give(street_case())),
        Just(Act::Give(Command::Sign)),
        Just(Act::Give(contact())),
        Just(Act::Give(result())),
        Just(Act::Give(passed())),
        Just(Act::Give(Command::Verify { passed: false, reason: "不实".into() })),
        Just(Act::Give(callback(true))),
        Just(Act::Give(callback(false))),
        Just(Act::Give(reopen())),
        Just(Act::Give(Command::Close { mode: CloseMode::Explained, reason: "已说明".into() })),
        Just(Act::Give(Command::Escalate { to: Rung::Community, reason: EscalationReason::NoResource })),
        Just(Act::Give(Command::Extend {
            by: budget("1wd"), reason: "等件".into(), complainant_told: true
        })),
        Just(Act::Give(Command::Suspend {
            reason: "待立项".into(),
            review_at: at("2027-06-01T09:00:00+08:00"),
            complainant_told: true,
        })),
        Just(Act::Give(Command::Resume)),
        (1_i64..200).prop_map(Act::Wait),
    ];
    proptest::collection::vec(act, 1..40)
}

/// Lives the acts; calls `check` after each with the state before, the command and its events.
fn live(acts: &[Act], mut check: impl FnMut(&State, &Command, &[Event], &Context<'_>)) -> Vec<Event> {
    let mut now: Timestamp = at(FRIDAY);
    let mut history: Vec<Event> = Vec::new();
    let mut give = |history: &mut Vec<Event>, command: &Command, actor: &Actor, now: Timestamp| {
        let context = Context { now, occurred_at: now, actor, rules: rules() };
        let state = fold::<Case>(history.iter());
        if let Ok(events) = Case::decide(&state, command, &context) {
            check(&state, command, &events, &context);
            history.extend(events);
        }
    };
    for act in acts {
        match act {
            Act::Give(command) => {
                let actor = match command {
                    Command::Sign | Command::Contact { .. } | Command::SubmitResult { .. } => handler(),
                    _ => supervisor(),
                };
                give(&mut history, command, &actor, now);
            }
            Act::Wait(hours) => {
                now += SignedDuration::from_hours(*hours);
                for _ in 0..20 {
                    let next = fold::<Case>(history.iter()).next_deadline();
                    let Some(next) = next.filter(|next| next.due_at <= now) else { break };
                    give(&mut history, &Command::PassDeadline(next), &Actor::system("deadlines"), now);
                }
            }
        }
    }
    history
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Equinox's lesson: a deadline that was passed, passed again, does nothing.
    #[test]
    fn passing_a_deadline_twice_does_nothing(acts in acts()) {
        live(&acts, |before, command, events, context| {
            if let (Command::PassDeadline(_), false) = (command, events.is_empty()) {
                let mut after = before.clone();
                events.iter().for_each(|event| Case::evolve(&mut after, event));
                assert_eq!(Case::decide(&after, command, context), Ok(vec![]));
            }
        });
    }

    #[test]
    fn the_lead_never_changes_and_is_there_between_dispatch_and_close(acts in acts()) {
        let mut lead = None;
        live(&acts, |before, _, _, _| {
            if before.life.is_running() {
                assert!(before.lead.is_some());
                assert!(lead.is_none() || lead == before.lead);
                lead.clone_from(&before.lead);
            }
        });
    }

    #[test]
    fn a_running_clock_has_a_deadline_until_everything_was_told(acts in acts()) {
        live(&acts, |before, _, _, _| {
            if before.life.is_running() && !before.red_told {
                assert!(before.next_deadline().is_some());
            }
        });
    }

    #[test]
    fn a_case_that_ended_waits_for_nothing(acts in acts()) {
        let history = live(&acts, |_, _, _, _| {});
        let state = fold::<Case>(&history);
        if !state.life.is_open() {
            assert_eq!(state.next_deadline(), None);
        }
    }

    #[test]
    fn what_is_stored_is_what_is_read(acts in acts()) {
        for event in live(&acts, |_, _, _, _| {}) {
            let text = serde_json::to_string(&event).expect("encodes");
            assert_eq!(serde_json::from_str::<Event>(&text).expect("decodes"), event);
        }
    }
}
