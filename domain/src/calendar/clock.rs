//! What is counted: a start, a budget, what was added to it and when it stood still.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Budget;
use crate::fault::Fault;

/// One clock of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// When it starts: at once by hours, from the next day by days.
    pub start: Timestamp,
    /// What is allowed.
    pub budget: Budget,
    /// What was granted on top. The same unit adds up; another unit is a further stretch,
    /// counted from where the clock would have been due.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Budget>,
    /// When it stood still; in any order, overlaps are merged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspensions: Vec<Suspension>,
}

/// A half-open interval `[from, to)` in which a clock stands still (挂账).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// First instant that does not run.
    pub from: Timestamp,
    /// The instant from which it runs again; none while it is still suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
}

/// Why a clock has no due instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CountError {
    /// It is suspended without an end, and was not due before that.
    #[error("the clock stands still since {since}")]
    Paused {
        /// Since when.
        since: Timestamp,
    },
    /// The due instant lies more than forty years after the start, or after the year 9999.
    #[error("the due instant is more than forty years away")]
    TooFar,
    /// A suspension ends before it begins.
    #[error("the suspension from {from} ends before it begins, at {to}")]
    SuspensionReversed {
        /// Its beginning.
        from: Timestamp,
        /// Its end.
        to: Timestamp,
    },
}

impl CountError {
    /// The same as a fault for a reader: `CLOCK_PAUSED`, `CLOCK_TOO_FAR`, `SUSPENSION_REVERSED`.
    pub fn fault(self) -> Fault {
        let (code, zh) = match self {
            CountError::Paused { .. } => ("CLOCK_PAUSED", "时钟已暂停（挂账），尚无到期时间"),
            CountError::TooFar => ("CLOCK_TOO_FAR", "到期时间在四十年之外，无法计算"),
            CountError::SuspensionReversed { .. } => ("SUSPENSION_REVERSED", "挂账的结束早于开始"),
        };
        Fault::new(code, zh, self.to_string())
    }
}

impl Clock {
    /// A clock without extensions or suspensions.
    pub fn new(start: Timestamp, budget: Budget) -> Self {
        Self { start, budget, extensions: Vec::new(), suspensions: Vec::new() }
    }

    /// The stretches to count one after the other: one per unit, in order of first
    /// appearance, each with its total amount (minutes or days). The same day stands by
    /// itself: what is granted on top is counted from the day that it turned out to be.
    pub(super) fn stretches(&self) -> Result<Vec<Budget>, CountError> {
        let mut stretches: Vec<Budget> = Vec::new();
        let granted = self.extensions.iter().filter(|budget| **budget != Budget::SAME_DAY);
        for budget in std::iter::once(&self.budget).chain(granted) {
            let mut known = stretches.iter_mut().filter(|known| **known != Budget::SAME_DAY);
            match known.find(|known| known.unit() == budget.unit()) {
                Some(known) => {
                    let sum = known.amount().checked_add(budget.amount()).ok_or(CountError::TooFar)?;
                    *known = Budget::of(known.unit(), sum);
                }
                None => stretches.push(*budget),
            }
        }
        Ok(stretches)
    }
}

/// Suspensions in order, merged.
pub(super) struct Pauses {
    spans: Vec<(Timestamp, Timestamp)>,
    endless: Option<Timestamp>,
}

impl Pauses {
    pub(super) fn of(suspensions: &[Suspension]) -> Result<Pauses, CountError> {
        let mut sorted = Vec::with_capacity(suspensions.len());
        for &Suspension { from, to } in suspensions {
            match to {
                Some(to) if to < from => return Err(CountError::SuspensionReversed { from, to }),
                Some(to) if to == from => {}
                _ => sorted.push((from, to.unwrap_or(Timestamp::MAX))),
            }
        }
        sorted.sort_unstable();
        let mut spans: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (from, to) in sorted {
            match spans.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => spans.push((from, to)),
            }
        }
        let open = suspensions.iter().any(|suspension| suspension.to.is_none());
        let endless = spans.last().filter(|_| open).map(|last| last.0);
        Ok(Pauses { spans, endless })
    }

    /// Whether this instant is suspended; an error when it is, without end.
    pub(super) fn at(&self, at: Timestamp) -> Result<bool, CountError> {
        if let Some(since) = self.endless.filter(|since| *since <= at) {
            return Err(CountError::Paused { since });
        }
        let after = self.spans.partition_point(|span| span.0 <= at);
        Ok(after.checked_sub(1).and_then(|last| self.spans.get(last)).is_some_and(|span| at < span.1))
    }

    /// `[from, to)` cut at the edges of suspensions: the pieces in order, and whether each is suspended.
    pub(super) fn cut(&self, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp, bool)> {
        let mut pieces = Vec::new();
        let mut at = from;
        let first = self.spans.partition_point(|span| span.1 <= from);
        for &(begin, end) in self.spans.iter().skip(first).take_while(|span| span.0 < to) {
            if at < begin {
                pieces.push((at, begin, false));
            }
            pieces.push((at.max(begin), end.min(to), true));
            at = end.min(to);
        }
        if at < to {
            pieces.push((at, to, false));
        }
        pieces
    }
}

#[cfg(test)]
mod specs {
    use super::super::samples::{at, budget};
    use super::*;

    fn hour(hour: i8) -> Timestamp {
        at(&format!("2026-03-02T{hour:02}:00:00+08:00"))
    }

    #[test]
    fn extensions_of_one_unit_add_up_and_others_follow() {
        let mut clock = Clock::new(hour(9), budget("5wd"));
        clock.extensions = vec![budget("24h"), budget("5wd"), budget("1h")];
        assert_eq!(clock.stretches().unwrap(), [budget("10wd"), budget("25h")]);
        clock.extensions = vec![Budget::WorkDays { days: u32::MAX }];
        assert_eq!(clock.stretches(), Err(CountError::TooFar));
    }

    #[test]
    fn suspensions_are_merged_and_cut_a_stretch() {
        let span = |from, to| Suspension { from: hour(from), to: Some(hour(to)) };
        let pauses = Pauses::of(&[span(14, 15), span(9, 11), span(10, 12), span(13, 13)]).unwrap();
        let cut = pauses.cut(hour(8), hour(17));
        assert_eq!(
            cut,
            [
                (hour(8), hour(9), false),
                (hour(9), hour(12), true),
                (hour(12), hour(14), false),
                (hour(14), hour(15), true),
                (hour(15), hour(17), false),
            ]
        );
        assert!(pauses.at(hour(9)).unwrap());
        assert!(!pauses.at(hour(12)).unwrap(), "half-open: the end runs again");
    }

    #[test]
    fn a_suspension_that_ends_before_it_begins_is_refused() {
        let reversed = Suspension { from: hour(11), to: Some(hour(10)) };
        assert!(matches!(Pauses::of(&[reversed]), Err(CountError::SuspensionReversed { .. })));
    }
}
