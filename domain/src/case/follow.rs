//! 随主件: what becomes of a merged case when its main case ends, or is worked on again
//! (国办函〔2025〕66号: repeats are handled as one; every complainant is answered all the same).
//!
//! Where the main case was handled, the complainant of the merged one is told, and called back about their own
//! complaint. Where it ended without having been handled, the merged case must not vanish with it: it is
//! taken apart, and goes on by itself.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::clocks;
use super::event::{CaseClosed, CloseMode, Event, MainCaseEnded, MainCaseReopened};
use super::hands;
use super::merge;
use super::rejection::{Code, Rejection};
use super::state::{Life, State};
use crate::context::Context;
use crate::ids::UnitId;
use crate::policy::Matter;

/// The case that another one was merged into, as far as that one must know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Main {
    /// Its number.
    pub case_no: String,
    /// What has become of it.
    pub now: MainNow,
    /// People who worked on it: they may not judge what it led to.
    #[serde(default)]
    pub handlers: BTreeSet<String>,
    /// Units that did.
    #[serde(default)]
    pub handled_by: BTreeSet<UnitId>,
}

/// What has become of a main case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MainNow {
    /// It is worked on.
    GoesOn,
    /// It was handled, and is closed.
    Handled,
    /// It ended otherwise: taken back, void, or never dispatched.
    Gone,
}

impl Main {
    /// What a case is to those that were merged into it.
    pub fn of(state: &State) -> Self {
        let (handlers, handled_by) = state.who_worked();
        Self { case_no: state.case_no.clone(), now: MainNow::of(state), handlers, handled_by }
    }
}

impl MainNow {
    fn of(state: &State) -> Self {
        match (state.life, state.closed_as) {
            (Life::Closed | Life::Archived, Some(CloseMode::Withdrawn | CloseMode::Voided))
            | (Life::Answered | Life::Declined | Life::TransferredOut, _) => Self::Gone,
            (Life::Closed | Life::Archived, _) => Self::Handled,
            // Merged itself, and told: what it was about is done.
            (life, _) if state.merged.is_some() && life != Life::Merged => Self::Handled,
            _ => Self::GoesOn,
        }
    }
}

/// What the merged case does about it; nothing where it knows already.
pub(super) fn decide(state: &State, main: &Main, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let merged = state.merged.as_ref().filter(|merged| merged.into_no == main.case_no);
    if merged.is_none() {
        return Err(Rejection::about(Code::CaseIsNotMerged, &main.case_no));
    }
    match (state.life, main.now) {
        (Life::Merged, MainNow::Handled) => told(state, main, context),
        (Life::Merged, MainNow::Gone) => {
            merge::unmerge(state, "主件未经办理即终止 · the main case ended without being handled", context)
        }
        (Life::PendingCallback | Life::CalledBack | Life::AwaitingOutside, MainNow::GoesOn) => {
            Ok(vec![Event::MainCaseReopened(MainCaseReopened {})])
        }
        _ => Ok(Vec::new()),
    }
}

/// The complainant is told, and asked: by us, or by the system that sent the complaint.
fn told(state: &State, main: &Main, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let ended = |callback| {
        Event::MainCaseEnded(MainCaseEnded {
            at: context.occurred_at,
            handlers: main.handlers.clone(),
            handled_by: main.handled_by.clone(),
            callback,
        })
    };
    // 未诉先办: there is nobody to tell.
    if state.patrol {
        return Ok(vec![ended(None), Event::CaseClosed(CaseClosed::of(CloseMode::Solved))]);
    }
    let asked = hands::ask_outside(state, Matter::Rating, None, None, "", context)?;
    let limits = clocks::limits(state, context);
    let ours = limits.callback.as_ref().filter(|_| asked.is_none());
    let callback = clocks::due(context.rules, context.occurred_at, ours)?;
    Ok(std::iter::once(ended(callback)).chain(asked).collect())
}

#[cfg(test)]
mod specs {
    use super::*;
    use crate::case::barred::Barred;
    use crate::case::spec::*;
    use crate::case::{Command, Edge, Other};
    use crate::ids::CaseId;
    use uuid::Uuid;

    const MAIN: &str = "20261119-EARLIER0";

    fn merge() -> Command {
        Command::Edge(Edge::MergeInto {
            into: Box::new(Other {
                case: CaseId(Uuid::from_u128(1)),
                case_no: MAIN.into(),
                received_at: at("2026-11-19T10:00:00+08:00"),
                life: Life::InProgress,
                item: None,
                place: None,
                holders: vec![community()],
                barred: Barred::default(),
            }),
        })
    }

    fn follow(now: MainNow) -> Command {
        let main = Main {
            case_no: MAIN.into(),
            now,
            handlers: ["user:main".to_owned()].into(),
            handled_by: [UnitId::new("320506110")].into(),
        };
        Command::Edge(Edge::FollowMain { main: Box::new(main) })
    }

    fn merged() -> Vec<Command> {
        vec![street_case(), merge()]
    }

    fn rate(solved: bool) -> Command {
        let satisfaction = crate::case::event::Satisfaction::Satisfied;
        Command::Rate { contacted: true, solved, satisfaction, rated_at: None, said: Default::default() }
    }

    #[test]
    fn the_complainant_of_a_merged_case_is_told_and_asked_when_the_main_case_closes() {
        let told = [merged(), vec![follow(MainNow::Handled)]].concat();
        let events = spec().given(&merged()).when(follow(MainNow::Handled)).then_named(&["MainCaseEnded"]);
        let state = state_of(&events);
        assert_eq!(state.life, Life::PendingCallback);
        assert!(state.next_deadline().is_some(), "the callback has a limit of its own");
        spec().given(&merged()).when(rate(true)).then_rejected(Code::CaseIsMerged);
        spec().given(&told).when(rate(true)).then_named(&["CaseRated", "CallbackCompleted", "CaseClosed"]);
        // Told once, whoever says it again.
        spec().given(&told).when(follow(MainNow::Handled)).then_named(&[]);
    }

    #[test]
    fn whoever_handled_the_main_case_does_not_call_back_about_the_merged_one() {
        let told = state_of(&spec().given(&merged()).when(follow(MainNow::Handled)).events());
        let person = |id: &str, unit| crate::context::Actor { id: id.into(), unit: Some(UnitId::new(unit)) };
        assert!(told.is_handler(&person("user:main", "320506")));
        assert!(told.is_handler(&person("user:other", "320506110")));
        assert!(!told.is_handler(&person("user:other", "320506")));
    }

    #[test]
    fn a_main_case_that_is_taken_up_again_takes_the_unanswered_with_it_and_not_the_content() {
        let told = [merged(), vec![follow(MainNow::Handled)]].concat();
        let events = spec().given(&told).when(follow(MainNow::GoesOn)).then_named(&["MainCaseReopened"]);
        let state = state_of(&events);
        assert_eq!((state.life, state.next_deadline()), (Life::Merged, None));
        let unsolved = [told.clone(), vec![rate(false)]].concat();
        spec().given(&unsolved).when(follow(MainNow::GoesOn)).then_named(&["MainCaseReopened"]);
        let content = [told, vec![rate(true)]].concat();
        spec().given(&content).when(follow(MainNow::GoesOn)).then_rejected(Code::CaseIsClosed);
    }

    #[test]
    fn a_main_case_that_ends_without_being_handled_leaves_the_merged_one_on_its_own_feet() {
        let events = spec().given(&merged()).when(follow(MainNow::Gone)).then_named(&["CaseUnmerged"]);
        assert_eq!(state_of(&events).life, Life::Dispatched);
    }

    #[test]
    fn a_complainant_who_is_not_content_gets_the_own_case_back_with_its_clocks() {
        let unsolved = [merged(), vec![follow(MainNow::Handled), rate(false)]].concat();
        let events = spec()
            .given(&unsolved)
            .at("2026-11-27T10:00:00+08:00")
            .by_supervisor()
            .when(reopen())
            .then_named(&["CaseUnmerged"]);
        let state = state_of(&events);
        assert_eq!((state.life, state.handled_at), (Life::Dispatched, None));
        assert!(state.resolve.is_some_and(|clock| !clock.suspensions.is_empty()));
    }

    #[test]
    fn what_was_wrongly_merged_is_taken_apart_also_after_it_is_closed_but_not_what_was_withdrawn() {
        let unmerge = || Command::Edge(Edge::Unmerge { reason: "不是同一处".into() });
        let content = [merged(), vec![follow(MainNow::Handled), rate(true)]].concat();
        spec().given(&content).when(unmerge()).then_named(&["CaseUnmerged"]);
        let withdrawn = [merged(), vec![Command::Withdraw { reason: "不再需要".into() }]].concat();
        spec().given(&withdrawn).when(unmerge()).then_rejected(Code::CaseIsNotMerged);
        spec().given(&[street_case()]).when(unmerge()).then_rejected(Code::CaseIsNotMerged);
    }

    #[test]
    fn another_main_case_says_nothing() {
        let mut other = Main::of(&State::default());
        other.case_no = "20261118-ANOTHER0".into();
        let command = Command::Edge(Edge::FollowMain { main: Box::new(other) });
        spec().given(&merged()).when(command).then_rejected(Code::CaseIsNotMerged);
    }
}
