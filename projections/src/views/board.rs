//! The SLA board: cases counted by month, unit, rung and item.
//!
//! A cell is a sum over rows, so what an event does to the board is
//! `contribution(after) − contribution(before)`, and counting on equals counting anew.

use std::collections::BTreeMap;
use std::ops::{AddAssign, Neg};

use domain::ids::Rung;
use serde::{Deserialize, Serialize};

use super::case_row::CaseRow;

/// Where a case is counted. Empty text where something is not known yet.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CellKey {
    /// Month of the limit, else of the arrival, `2026-11`, in Chinese time.
    pub month: String,
    /// Path that decides who sees it.
    pub path: String,
    /// Lead unit.
    pub unit: String,
    /// Rung that answers now, or answered last.
    pub rung: String,
    /// Item.
    pub item: String,
}

/// How many. A difference of two counts may be negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All cases; what is neither open nor closed was transferred out, or was not closed where
    /// it was recorded.
    pub total: i64,
    /// Somebody here still has to do something.
    pub open: i64,
    /// Closed, here or where they were recorded.
    pub closed: i64,
    /// Closed within the limit.
    pub on_time: i64,
    /// Closed after the limit.
    pub late: i64,
    /// Reopened at least once.
    pub reopened: i64,
    /// Gone up the ladder at least once.
    pub escalated: i64,
}

impl Counts {
    /// Closed, with both times known: the base of 按期办结率.
    pub fn judged(&self) -> i64 {
        self.on_time + self.late
    }

    fn values(&mut self) -> [&mut i64; 7] {
        let Self { total, open, closed, on_time, late, reopened, escalated } = self;
        [total, open, closed, on_time, late, reopened, escalated]
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, mut other: Self) {
        for (sum, value) in self.values().into_iter().zip(other.values()) {
            *sum += *value;
        }
    }
}

impl Neg for Counts {
    type Output = Self;

    fn neg(mut self) -> Self {
        self.values().into_iter().for_each(|value| *value = -*value);
        self
    }
}

/// Cells that changed, and by how much.
pub type Deltas = BTreeMap<CellKey, Counts>;

/// What a case adds to the board: one cell, or nothing for a test order.
pub fn contribution(row: &CaseRow) -> Option<(CellKey, Counts)> {
    if row.test {
        return None;
    }
    let key = CellKey {
        month: row.month(),
        path: row.scope_path.clone(),
        unit: row.lead.as_ref().map(ToString::to_string).unwrap_or_default(),
        rung: row.rung.map(Rung::as_str).unwrap_or_default().to_owned(),
        item: row.item.as_ref().map(ToString::to_string).unwrap_or_default(),
    };
    let counts = Counts {
        total: 1,
        open: i64::from(row.life.is_open()),
        closed: i64::from(row.is_closed()),
        on_time: i64::from(row.on_time == Some(true)),
        late: i64::from(row.on_time == Some(false)),
        reopened: i64::from(row.reopened > 0),
        escalated: i64::from(row.escalations > 0),
    };
    Some((key, counts))
}

/// Adds what changed between two states of a case.
pub fn count_change(deltas: &mut Deltas, before: Option<&CaseRow>, after: Option<&CaseRow>) {
    if let Some((key, counts)) = before.and_then(contribution) {
        *deltas.entry(key).or_default() += -counts;
    }
    if let Some((key, counts)) = after.and_then(contribution) {
        *deltas.entry(key).or_default() += counts;
    }
}
