//! Which cases: a filter, a scope, and the index that finds them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::case::Life;
use jiff::Timestamp;
use sqlx::Sqlite;
use sqlx::query_builder::QueryBuilder;

use super::codec::{micros, unsigned};
use crate::views::board::Counts;

/// What somebody may see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Scope {
    /// Everything, also what has no place yet.
    #[default]
    All,
    /// What lies at or below this path of the tree, `/320506/320506001/`.
    Within(String),
}

/// Which cases. The default is all of them but test orders.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CaseFilter {
    /// In one of these states; empty for any.
    pub lives: Vec<Life>,
    /// Somebody here has to do something, or nobody has.
    pub open: Option<bool>,
    /// Lead unit; empty text for none yet.
    pub unit: Option<String>,
    /// Rung that answers now, e.g. `grid`; empty text for none.
    pub rung: Option<String>,
    /// Item; empty text for unknown.
    pub item: Option<String>,
    /// Community of the place.
    pub locality: Option<String>,
    /// Of the month in which it arrived, `2026-11`.
    pub arrived: Option<String>,
    /// Sending system.
    pub source: Option<String>,
    /// From this month on, `2026-11`: of the limit, else of the arrival.
    pub from_month: Option<String>,
    /// Up to and with this month.
    pub to_month: Option<String>,
    /// Closed within the limit, or after it.
    pub on_time: Option<bool>,
    /// The limit for the result has passed at this time, and the result is still owed.
    pub overdue_at: Option<Timestamp>,
    /// Amber at this time: 80 % is used, the limit has not passed.
    pub at_risk_at: Option<Timestamp>,
    /// Not signed at this time, and the limit for it has passed.
    pub unsigned_at: Option<Timestamp>,
    /// Reopened at least once, or never.
    pub reopened: Option<bool>,
    /// Gone up the ladder at least once, or never.
    pub escalated: Option<bool>,
    /// Imported as recorded elsewhere, or not.
    pub recorded: Option<bool>,
    /// Test orders, and only they.
    pub test: bool,
}

/// So many cases are read and sorted for a page of a list.
const FEW: u64 = 20_000;

/// How many cases there are in a scope, by their state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Crowd(pub HashMap<Life, Counts>);

/// What was counted a moment ago, to choose ways by.
#[derive(Debug, Default)]
pub(super) struct Crowds(Mutex<Vec<(Instant, Scope, Crowd)>>);

impl Crowds {
    /// How long one is good for.
    const GOOD: Duration = Duration::from_secs(2);

    pub(super) fn recent(&self, scope: &Scope) -> Option<Crowd> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(at, ..)| at.elapsed() < Self::GOOD);
        kept.iter().rev().find(|(_, of, _)| of == scope).map(|(.., crowd)| crowd.clone())
    }

    pub(super) fn keep(&self, scope: &Scope, crowd: &Crowd) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(at, of, _)| at.elapsed() < Self::GOOD && of != scope);
        kept.push((Instant::now(), scope.clone(), crowd.clone()));
    }
}

impl Crowd {
    fn all(&self) -> u64 {
        self.of(&Life::ALL)
    }

    fn open(&self) -> u64 {
        self.0.iter().filter(|(life, _)| life.is_open()).map(|(_, counts)| unsigned(counts.total)).sum()
    }

    /// In one of these states.
    pub(super) fn of(&self, lives: &[Life]) -> u64 {
        lives.iter().filter_map(|life| self.0.get(life)).map(|counts| unsigned(counts.total)).sum()
    }

    /// Open, and up the ladder.
    pub(super) fn escalated_open(&self) -> u64 {
        self.0.iter().filter(|(life, _)| life.is_open()).map(|(_, counts)| unsigned(counts.escalated)).sum()
    }
}

/// By what a list is ordered; equals by the order in which they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    /// The column.
    pub column: &'static str,
    /// The greatest first.
    pub descending: bool,
}

impl Order {
    const ARRIVAL: Self = Self { column: "received_at", descending: true };
    const DUE: Self = Self { column: "due_at", descending: false };
    const SIGN: Self = Self { column: "sign_due_at", descending: false };
}

/// How cases are found: the index, what it takes for granted, and their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    /// The index that narrows most, or has the order.
    pub index: &'static str,
    also: &'static str,
    /// The order.
    pub by: Order,
}

impl CaseFilter {
    /// 待受理、待派单: somebody must name item, place or unit.
    pub fn triage() -> Self {
        Self { lives: vec![Life::Registered, Life::PendingDispatch, Life::NeedsInfo], ..Self::default() }
    }

    /// In this state.
    pub fn life(life: Life) -> Self {
        Self { lives: vec![life], ..Self::default() }
    }

    /// Somebody has to do something.
    pub fn open() -> Self {
        Self { open: Some(true), ..Self::default() }
    }

    /// The result is owed and its limit has passed.
    pub fn overdue(now: Timestamp) -> Self {
        Self { overdue_at: Some(now), ..Self::default() }
    }

    /// Amber.
    pub fn at_risk(now: Timestamp) -> Self {
        Self { at_risk_at: Some(now), ..Self::default() }
    }

    /// Not signed in time, and not signed yet.
    pub fn unsigned_late(now: Timestamp) -> Self {
        Self { unsigned_at: Some(now), ..Self::default() }
    }

    /// Open, and up the ladder.
    pub fn escalated_open() -> Self {
        Self { escalated: Some(true), ..Self::open() }
    }

    /// The states that its cases can be in. History has states of its own.
    pub(super) fn possible_lives(&self) -> Vec<Life> {
        let history = |life: &Life| matches!(life, Life::RecordedOpen | Life::RecordedClosed);
        let works = self.overdue_at.is_some() || self.at_risk_at.is_some() || self.unsigned_at.is_some();
        Life::ALL
            .into_iter()
            .filter(|life| self.lives.is_empty() || self.lives.contains(life))
            .filter(|life| self.open.is_none_or(|open| open == life.is_open()))
            .filter(|life| !works || life.is_open())
            .filter(|life| self.recorded != Some(true) || history(life))
            .collect()
    }

    /// Nothing but states of life is asked for. Such cases are counted as they change.
    pub(super) fn is_of_lives_only(&self) -> bool {
        let rest = Self { lives: Vec::new(), open: None, ..self.clone() };
        rest == Self::default()
    }

    /// How the cases of this filter are found and ordered. The crowd tells how many cases there are in
    /// the scope: a small one is read whole and sorted, of a great one the order is followed until enough
    /// cases are found.
    pub(super) fn way(&self, crowd: &Crowd) -> Way {
        let lives = self.possible_lives();
        let only_open = lives.iter().all(|life| life.is_open());
        let only_over = lives.iter().all(|life| !life.is_open());
        let few = if only_open { crowd.open() <= FEW } else { crowd.all() <= FEW };
        // One state has the order of its index; of several the cases are sorted.
        let by_life = lives.len() == 1 || (lives.len() < Life::ALL.len() && crowd.of(&lives) <= FEW);
        let limits = self.overdue_at.is_some() || self.at_risk_at.is_some();
        let one_month = self.from_month.is_some() && self.from_month == self.to_month;
        let (index, also) = match () {
            () if only_open && few => ("open_by_path", "open = 1 AND "),
            () if self.overdue_at.is_some() => ("running_due", "running = 1 AND "),
            () if self.at_risk_at.is_some() => ("running_amber", "running = 1 AND "),
            () if self.unsigned_at.is_some() => ("unsigned_due", "life = 'dispatched' AND "),
            () if self.locality.is_some() && self.item.is_some() => ("case_by_locality", ""),
            () if self.unit.is_some() => ("case_by_unit", ""),
            () if self.item.is_some() => ("case_by_item", ""),
            () if only_open && by_life => ("open_by_life", "open = 1 AND "),
            () if only_over && by_life => ("case_over", "open = 0 AND "),
            () if self.on_time == Some(false) => ("case_late", ""),
            () if self.reopened == Some(true) => ("case_reopened", ""),
            () if self.escalated == Some(true) => ("case_escalated", ""),
            () if few => ("case_by_path", ""),
            () if one_month => ("case_by_month", ""),
            () if self.source.is_some() => ("case_by_source", ""),
            () => ("case_by_time", ""),
        };
        let by = if limits {
            Order::DUE
        } else if self.unsigned_at.is_some() {
            Order::SIGN
        } else {
            Order::ARRIVAL
        };
        Way { index, also, by }
    }

    /// `<select> FROM case_rows … WHERE …`, on this way.
    pub(super) fn query(&self, select: &str, scope: &Scope, way: &Way) -> QueryBuilder<'static, Sqlite> {
        let Way { index, also, .. } = way;
        let mut query = QueryBuilder::new(format!("{select} FROM case_rows INDEXED BY {index} WHERE {also}"));
        within(&mut query, "path", scope);
        query.push(" AND ");
        self.conditions(&mut query);
        query
    }

    /// The filter alone, as one condition.
    pub(super) fn conditions(&self, query: &mut QueryBuilder<'static, Sqlite>) {
        query.push("test = ").push_bind(self.test);
        // What follows from the other conditions need not be said: it would have to be looked up.
        if !self.lives.is_empty() || self.recorded == Some(true) {
            let lives = self.possible_lives();
            query.push(" AND life IN (");
            let mut separated = query.separated(", ");
            for life in &lives {
                separated.push_bind(life.as_str());
            }
            query.push(")");
        }
        let texts = [
            ("unit =", &self.unit),
            ("rung =", &self.rung),
            ("item =", &self.item),
            ("locality =", &self.locality),
            ("source =", &self.source),
        ];
        for (condition, text) in texts {
            if let Some(text) = text {
                query.push(format_args!(" AND {condition} ")).push_bind(text.clone());
            }
        }
        months(query, self.from_month.as_deref(), self.to_month.as_deref());
        let flags = [
            (self.open, "open = 1", "open = 0"),
            (self.on_time, "on_time = 1", "on_time = 0"),
            (self.reopened, "reopened > 0", "reopened = 0"),
            (self.escalated, "escalations > 0", "escalations = 0"),
            (self.recorded, "recorded = 1", "recorded = 0"),
        ];
        for (flag, yes, no) in flags {
            if let Some(flag) = flag {
                query.push(format_args!(" AND {}", if flag { yes } else { no }));
            }
        }
        if let Some((from, to)) = self.arrived.as_deref().and_then(span) {
            query.push(" AND received_at >= ").push_bind(micros(from));
            query.push(" AND received_at < ").push_bind(micros(to));
        }
        self.times(query);
    }

    fn times(&self, query: &mut QueryBuilder<'static, Sqlite>) {
        if let Some(now) = self.overdue_at {
            query.push(" AND running = 1 AND due_at < ").push_bind(micros(now));
        }
        if let Some(now) = self.at_risk_at {
            query.push(" AND running = 1 AND due_at >= ").push_bind(micros(now));
            query.push(" AND amber_at <= ").push_bind(micros(now));
        }
        if let Some(now) = self.unsigned_at {
            query.push(" AND life = 'dispatched' AND sign_due_at < ").push_bind(micros(now));
        }
    }
}

/// From when to when a month lasts, in Chinese time.
fn span(month: &str) -> Option<(Timestamp, Timestamp)> {
    let first: jiff::civil::Date = format!("{month}-01").parse().ok()?;
    let next = first.checked_add(jiff::Span::new().months(1)).ok()?;
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(8));
    let at = |day: jiff::civil::Date| day.to_zoned(zone.clone()).map(|at| at.timestamp()).ok();
    Some((at(first)?, at(next)?))
}

/// One month is asked for as such, so that an index goes on to what stands behind it.
pub(super) fn months(query: &mut QueryBuilder<'static, Sqlite>, from: Option<&str>, to: Option<&str>) {
    let same = from.is_some() && from == to;
    let bounds = if same {
        [(" AND month = ", from), ("", None)]
    } else {
        [(" AND month >= ", from), (" AND month <= ", to)]
    };
    for (condition, month) in bounds {
        if let Some(month) = month {
            query.push(condition).push_bind(month.to_owned());
        }
    }
}

/// At or below the path: a range of the index, because `0` follows `/`.
pub(super) fn within(query: &mut QueryBuilder<'static, Sqlite>, column: &str, scope: &Scope) {
    match scope {
        Scope::All => query.push("1 = 1"),
        Scope::Within(path) => query
            .push(format_args!("{column} >= "))
            .push_bind(path.clone())
            .push(format_args!(" AND {column} < "))
            .push_bind(format!("{path}\u{10FFFF}")),
    };
}
