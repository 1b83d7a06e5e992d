//! The figures' numbers as they stand now, added up by month: what most pages ask for.

use std::collections::HashMap;

use super::facts::Fact;
use crate::metrics::Tally;

/// What the name of a tally is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TallyKind {
    /// An item, over all paths.
    Everywhere,
    /// A unit.
    Unit,
    /// A unit, over all months.
    UnitEver,
}

impl TallyKind {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Unit => "unit",
            Self::UnitEver => "unit_ever",
        }
    }
}

/// Where a fact is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TallyKey {
    /// What the name is.
    pub kind: TallyKind,
    /// Path of the unit; empty over all paths.
    pub path: String,
    /// Unit or item.
    pub name: String,
    /// Rung that answers now, or answered last.
    pub rung: &'static str,
    /// The months since 1970-01 of the limit, else of the arrival; -1 over all months.
    pub month: i32,
}

/// Tallies that changed, and by how much.
pub type Tallies = HashMap<TallyKey, Tally>;

/// Over all months.
pub(crate) const EVER: i32 = -1;

/// The months since 1970-01 of a day since 1970-01-01.
pub fn month_of(day: i32) -> i32 {
    let date = date_of(day);
    (i32::from(date.year()) - 1970) * 12 + i32::from(date.month()) - 1
}

/// The date of a day since 1970-01-01.
pub fn date_of(day: i32) -> jiff::civil::Date {
    let first = jiff::civil::Date::constant(1970, 1, 1);
    first.checked_add(jiff::Span::new().days(day)).unwrap_or(first)
}

/// The day since 1970-01-01 of a date.
pub fn day_number(date: jiff::civil::Date) -> i32 {
    let since = date.since(jiff::civil::Date::constant(1970, 1, 1));
    since.map(|span| span.get_days()).unwrap_or_default()
}

/// Adds what changed between what a case added to the figures before, and adds now.
pub fn count_change(tallies: &mut Tallies, before: &[Fact], after: &[Fact]) {
    if before == after {
        return;
    }
    let mut count = |fact: &Fact, tally: Tally| {
        let month = month_of(fact.day);
        let key = |kind, path: &str, name: &str, rung, month| TallyKey {
            kind,
            path: path.to_owned(),
            name: name.to_owned(),
            rung,
            month,
        };
        for key in [
            key(TallyKind::Everywhere, "", &fact.item, fact.rung, month),
            key(TallyKind::Unit, &fact.path, &fact.unit, fact.rung, month),
            key(TallyKind::UnitEver, &fact.path, &fact.unit, fact.rung, EVER),
        ] {
            *tallies.entry(key).or_default() += tally;
        }
    };
    before.iter().for_each(|fact| count(fact, -fact.tally));
    after.iter().for_each(|fact| count(fact, fact.tally));
}
