//! The numbers: cases counted for the board by month, unit, rung and item, and for the desk by state.
//!
//! A cell is a sum over rows, so what an event does to the numbers is
//! `contribution(after) − contribution(before)`, and counting on equals counting anew.

use std::collections::HashMap;
use std::ops::{AddAssign, Neg};

use domain::ids::Rung;
use serde::{Deserialize, Serialize};

use super::case_row::CaseRow;

/// What the name of a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CellKind {
    /// An item, over all paths.
    Everywhere,
    /// An item.
    Item,
    /// An item, over all months.
    ItemEver,
    /// A state of life.
    Life,
    /// An item, in the month in which the case arrived; the path is that of the community of its place.
    Theme,
    /// A lead unit.
    Unit,
    /// A lead unit, over all months.
    UnitEver,
}

impl CellKind {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Item => "item",
            Self::ItemEver => "item_ever",
            Self::Life => "life",
            Self::Theme => "theme",
            Self::Unit => "unit",
            Self::UnitEver => "unit_ever",
        }
    }
}

/// Where a case is counted. Empty text where something is not known yet, or is of no concern.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellKey {
    /// What the name is.
    pub kind: CellKind,
    /// Path that decides who sees it.
    pub path: String,
    /// Unit, item or state.
    pub name: String,
    /// Rung that answers now, or answered last.
    pub rung: &'static str,
    /// Month of the limit, else of the arrival, `2026-11`, in Chinese time.
    pub month: String,
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
    /// Closed by a grid (网格自处置).
    pub closed_at_grid: i64,
    /// Closed by a community or below (社区化解).
    pub closed_at_community: i64,
    /// 剔除: judged neither on time nor late.
    pub excluded: i64,
}

impl Counts {
    /// Closed, with both times known: the base of 按期办结率.
    pub fn judged(&self) -> i64 {
        self.on_time + self.late
    }

    /// All of them, in the order of the columns.
    pub(crate) fn values(&mut self) -> [&mut i64; 10] {
        let Self {
            total,
            open,
            closed,
            on_time,
            late,
            reopened,
            escalated,
            closed_at_grid,
            closed_at_community,
            excluded,
        } = self;
        [
            total,
            open,
            closed,
            on_time,
            late,
            reopened,
            escalated,
            closed_at_grid,
            closed_at_community,
            excluded,
        ]
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
pub type Deltas = HashMap<CellKey, Counts>;

/// What a case adds to each of its cells; to none for a test order.
pub fn contribution(row: &CaseRow) -> Option<(Vec<CellKey>, Counts)> {
    if row.test {
        return None;
    }
    let (month, path) = (row.month(), row.scope_path.clone());
    let item = row.item.as_ref().map(ToString::to_string).unwrap_or_default();
    let unit = row.lead.as_ref().map(ToString::to_string).unwrap_or_default();
    let rung = row.rung.map(Rung::as_str).unwrap_or_default();
    let key = |kind, path: &str, name: &str, rung, month: &str| CellKey {
        kind,
        path: path.to_owned(),
        name: name.to_owned(),
        rung,
        month: month.to_owned(),
    };
    let mut keys = vec![
        key(CellKind::Everywhere, "", &item, "", &month),
        key(CellKind::Item, &path, &item, "", &month),
        key(CellKind::ItemEver, &path, &item, "", ""),
        key(CellKind::Life, &path, row.life.as_str(), "", ""),
        key(CellKind::Unit, &path, &unit, rung, &month),
        key(CellKind::UnitEver, &path, &unit, rung, ""),
    ];
    if row.locality.is_some() && !item.is_empty() {
        keys.push(key(CellKind::Theme, &row.locality_path, &item, "", &row.arrived_in()));
    }
    let closed = i64::from(row.is_closed());
    let counts = Counts {
        total: 1,
        open: i64::from(row.life.is_open()),
        closed,
        on_time: i64::from(row.on_time == Some(true)),
        late: i64::from(row.on_time == Some(false)),
        reopened: i64::from(row.reopened > 0),
        escalated: i64::from(row.escalations > 0),
        closed_at_grid: if row.rung == Some(Rung::Grid) { closed } else { 0 },
        closed_at_community: if matches!(row.rung, Some(Rung::Grid | Rung::Community)) { closed } else { 0 },
        excluded: i64::from(row.excluded),
    };
    Some((keys, counts))
}

/// Adds what changed between two states of a case.
pub fn count_change(deltas: &mut Deltas, before: Option<&CaseRow>, after: Option<&CaseRow>) {
    let mut count = |row: Option<&CaseRow>, sign: fn(Counts) -> Counts| {
        if let Some((keys, counts)) = row.and_then(contribution) {
            for key in keys {
                *deltas.entry(key).or_default() += sign(counts);
            }
        }
    };
    count(before, Counts::neg);
    count(after, |counts| counts);
}
