//! 回访 in a case's row: who was drawn, which attempts reached nobody, what was said.

use domain::case::Event;
use domain::case::event::{CallbackCompleted, Drawn, Said, Unreached};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::case_row::{CallbackAnswer, CaseRow};
use super::{fold, hands};

/// The callback of the last round.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallsRow {
    /// Attempts that reached nobody, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
    /// From when another attempt counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_from: Option<Timestamp>,
    /// How it was drawn, where not every case of its class is called back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<Drawn>,
    /// What was said besides the three answers.
    #[serde(default, skip_serializing_if = "Said::is_nothing")]
    pub said: Said,
    /// It cannot be reopened once more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub capped: bool,
}

impl CallsRow {
    /// Nothing to tell.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// How many of the attempts count.
    pub fn counted(&self) -> usize {
        self.attempts.iter().filter(|attempt| attempt.counted).count()
    }
}

/// An attempt that reached nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// Why it came to nothing.
    pub outcome: Unreached,
    /// It is one of those after which the callback is invalid.
    pub counted: bool,
}

/// Takes what concerns the callback into the row.
pub(super) fn apply(row: &mut CaseRow, event: &Event) {
    match event {
        Event::VerificationPassed(e) => row.calls = CallsRow { drawn: e.sample, ..CallsRow::default() },
        Event::MainCaseEnded(_) | Event::CaseReopened(_) => row.calls = CallsRow::default(),
        Event::CallbackAttempted(e) => {
            row.calls.attempts.push(Attempt { at: e.at, outcome: e.outcome, counted: e.counted });
            row.calls.next_from = e.next_from;
        }
        Event::CallbackCompleted(e) => completed(row, e),
        _ => {}
    }
}

fn completed(row: &mut CaseRow, e: &CallbackCompleted) {
    // It may have been closed without a callback before.
    row.closed_as = None;
    fold::closed(row, None);
    row.life = domain::case::Life::CalledBack;
    hands::settle(row);
    row.hands.decide_due_at = e.decide.as_ref().map(|due| due.due_at);
    row.callback_due_at = None;
    row.calls.next_from = None;
    row.calls.said.clone_from(&e.said);
    row.calls.capped = e.capped;
    row.callback =
        Some(CallbackAnswer { contacted: e.contacted, solved: e.solved, satisfaction: e.satisfaction });
}

#[cfg(test)]
mod specs {
    use crate::views::sample::{
        GRID, Log, called_back, check_passed, classified, dispatched, registered, result, signed,
    };
    use domain::case::Life;
    use domain::case::event::CloseMode;
    use serde_json::json;

    const DUE: &str = "2026-11-27T17:30:00+08:00";

    fn to_call() -> Log {
        let open = Log::new().add(1, registered("A")).add(1, classified(GRID)).add(1, dispatched(GRID, DUE));
        open.add(1, signed()).add(1, result("2026-11-26T10:00:00+08:00")).add(1, check_passed())
    }

    fn attempt(at: &str, counted: bool) -> serde_json::Value {
        json!({"CallbackAttempted": {"at": at, "by": "user:ducha", "outcome": "busy", "counted": counted,
            "next_from": "2026-11-27T11:00:00+08:00"}})
    }

    #[test]
    fn attempts_stand_in_the_row_until_somebody_is_reached() {
        let log = to_call().add(1, attempt("2026-11-27T09:00:00+08:00", true));
        let log = log.add(1, attempt("2026-11-27T09:20:00+08:00", false));
        let row = log.row(1);
        assert_eq!((row.life, row.calls.attempts.len(), row.calls.counted()), (Life::PendingCallback, 2, 1));
        assert!(row.calls.next_from.is_some());
        let row = log.add(1, called_back(true)).row(1);
        assert_eq!((row.calls.next_from, row.calls.attempts.len()), (None, 2));
    }

    #[test]
    fn an_unsolved_answer_waits_for_a_second_look_and_at_the_cap_for_supervision() {
        let row = to_call().add(1, called_back(false)).row(1);
        assert_eq!(row.waits.iter().map(|wait| wait.what.as_str()).collect::<Vec<_>>(), ["unsolved"]);
        let capped = json!({"CallbackCompleted": {"contacted": true, "solved": false,
            "satisfaction": "dissatisfied", "capped": true}});
        let log = to_call().add(1, capped);
        assert_eq!(log.row(1).waits.iter().map(|wait| wait.what.as_str()).collect::<Vec<_>>(), ["capped"]);
        let row = log.add(1, json!({"CaseClosed": {"mode": "explained", "reason": "已说明"}})).row(1);
        assert_eq!(row.waits, []);
    }

    #[test]
    fn who_rates_a_case_that_was_closed_without_a_callback_opens_it_again() {
        let closed = to_call().add(1, json!({"CaseClosed": {"mode": "not_sampled"}}));
        let row = closed.row(1);
        assert_eq!((row.closed_as, row.on_time), (Some(CloseMode::NotSampled), Some(true)));
        let row = closed.add(1, called_back(false)).row(1);
        assert_eq!((row.life, row.closed_as, row.on_time), (Life::CalledBack, None, None));
    }
}
