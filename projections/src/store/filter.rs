//! Which cases: a filter, a scope, and the index that finds them.

use domain::case::Life;
use jiff::Timestamp;
use sqlx::Sqlite;
use sqlx::query_builder::QueryBuilder;

use super::codec::micros;

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

impl CaseFilter {
    /// 待受理、待派单: somebody must name item, place or unit.
    pub fn triage() -> Self {
        Self { lives: vec![Life::Registered, Life::PendingDispatch], ..Self::default() }
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

    /// Its cases run against a limit, and are listed by it.
    pub(super) fn is_by_limit(&self) -> bool {
        self.overdue_at.is_some() || self.at_risk_at.is_some()
    }

    /// The index that narrows most; every one serves the order of arrival, by itself or by a sort.
    fn index(&self, scope: &Scope) -> &'static str {
        let only_open = !self.lives.is_empty() && self.lives.iter().all(|life| life.is_open());
        let months = self.from_month.is_some() || self.to_month.is_some();
        if self.is_by_limit() {
            "open_due"
        } else if self.open == Some(true) || self.unsigned_at.is_some() || only_open {
            "open_cases"
        } else if months {
            "case_by_month"
        } else if self.unit.is_some() {
            "case_by_unit"
        } else if self.item.is_some() {
            "case_by_item"
        } else if self.on_time == Some(false) {
            "case_late"
        } else if self.reopened == Some(true) {
            "case_reopened"
        } else if self.escalated == Some(true) {
            "case_escalated"
        } else if !self.lives.is_empty() {
            "case_by_life"
        } else if matches!(scope, Scope::Within(_)) {
            "case_by_path"
        } else if self.source.is_some() {
            "case_by_source"
        } else {
            "case_by_time"
        }
    }

    /// `<select> FROM case_rows … WHERE …`, over the index that fits.
    pub(super) fn query(&self, select: &str, scope: &Scope) -> QueryBuilder<'static, Sqlite> {
        let index = self.index(scope);
        let mut query = QueryBuilder::new(format!("{select} FROM case_rows INDEXED BY {index} WHERE "));
        match index {
            "open_due" => query.push("running = 1 AND "),
            "open_cases" => query.push("open = 1 AND "),
            _ => &mut query,
        };
        within(&mut query, "path", scope);
        query.push(" AND ");
        self.conditions(&mut query);
        query
    }

    /// The filter alone, as one condition.
    pub(super) fn conditions(&self, query: &mut QueryBuilder<'static, Sqlite>) {
        query.push("test = ").push_bind(self.test);
        if !self.lives.is_empty() {
            query.push(" AND life IN (");
            let mut lives = query.separated(", ");
            for life in &self.lives {
                lives.push_bind(life.as_str());
            }
            query.push(")");
        }
        let texts = [
            ("unit =", &self.unit),
            ("rung =", &self.rung),
            ("item =", &self.item),
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
