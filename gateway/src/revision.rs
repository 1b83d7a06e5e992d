//! 修订: what revised rules would do to the open cases, counted. [`crate::reviser`] carries it out.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use domain::case::clocks::DeadlineName;
use domain::case::{State, revise};
use domain::context::{Actor, Context, Rulebook};
use jiff::Timestamp;
use projections::{Standing, Views, ViewsError};
use serde::Serialize;
use utoipa::ToSchema;

/// Cases of one page of a preview.
const PAGE: u32 = 4_096;
/// Pages that are counted at once.
const AT_ONCE: usize = 4;
/// Cases that a page names.
pub const NAMED: usize = 20;

/// How many limits, or cases, would move.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Moves {
    /// To an earlier instant.
    pub earlier: u64,
    /// To a later one.
    pub later: u64,
    /// To neither: another share of the ladder, or no longer provisional.
    pub other: u64,
}

/// A limit of a case that would move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Example {
    /// The case's number.
    pub case_no: String,
    /// Which limit.
    #[schema(value_type = String)]
    pub limit: DeadlineName,
    /// When it is due now.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// When it would be due.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
}

/// What an edition of the rules would do to the open cases.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Preview {
    /// The edition.
    pub edition: String,
    /// Its policy.
    pub policy: String,
    /// Its calendar.
    pub calendar: String,
    /// Whether its budgets count too, or its calendar and ladder only.
    pub budgets: bool,
    /// Open cases.
    pub open: u64,
    /// Those that would change.
    pub cases: u64,
    /// Those of which a limit that has not passed yet would have passed at once.
    pub late_at_once: u64,
    /// Those that the calendar cannot count; they stay as they are.
    pub uncountable: u64,
    /// By limit.
    #[schema(value_type = Object)]
    pub by_limit: BTreeMap<DeadlineName, Moves>,
    /// Cases by rung, judged by the limit for the result, or the first that moves.
    pub by_rung: BTreeMap<&'static str, Moves>,
    /// Likewise, by the unit that answers.
    pub by_unit: BTreeMap<String, Moves>,
    /// Cases that a unit which has ended hands to its successor.
    pub handed_over: u64,
    /// Likewise, by unit and successor: lead, unit that answers and place.
    pub by_successor: BTreeMap<String, u64>,
    /// Some of them.
    pub examples: Vec<Example>,
    /// How long it took.
    pub seconds: f64,
    #[serde(skip)]
    named: usize,
}

impl Moves {
    fn count(&mut self, from: Timestamp, to: Timestamp) {
        match to.cmp(&from) {
            std::cmp::Ordering::Less => self.earlier += 1,
            std::cmp::Ordering::Equal => self.other += 1,
            std::cmp::Ordering::Greater => self.later += 1,
        }
    }

    fn add(&mut self, other: Moves) {
        self.earlier += other.earlier;
        self.later += other.later;
        self.other += other.other;
    }

    /// All of them.
    pub fn all(&self) -> u64 {
        self.earlier + self.later + self.other
    }
}

impl Preview {
    fn of(rules: &Rulebook, budgets: bool, named: usize) -> Self {
        Self {
            edition: rules.edition.clone(),
            policy: rules.policy.version.clone(),
            calendar: rules.calendar.revision().to_owned(),
            budgets,
            named,
            ..Self::default()
        }
    }

    fn count(&mut self, state: &State, context: &Context<'_>) {
        self.open += 1;
        let Ok(moved) = revise::preview(state, self.budgets, context) else {
            self.uncountable += 1;
            return;
        };
        if moved.is_empty() {
            return;
        }
        self.cases += 1;
        self.handed_over += u64::from(!moved.work.is_empty());
        let mut work = moved.work;
        work.dedup();
        for shift in work {
            *self.by_successor.entry(format!("{} → {}", shift.from, shift.to)).or_default() += 1;
        }
        let moved = moved.limits;
        let Some(first) = moved.first() else { return };
        let now = context.now;
        self.late_at_once += u64::from(moved.iter().any(|moved| moved.from > now && moved.to <= now));
        for moved in &moved {
            self.by_limit.entry(moved.name).or_default().count(moved.from, moved.to);
        }
        let rung = state.rung.map_or("none", domain::ids::Rung::as_str);
        self.by_rung.entry(rung).or_default().count(first.from, first.to);
        let unit = state.responsible.as_ref().map(ToString::to_string).unwrap_or_default();
        self.by_unit.entry(unit).or_default().count(first.from, first.to);
        if self.examples.len() < self.named {
            self.examples.push(Example {
                case_no: state.case_no.clone(),
                limit: first.name,
                from: first.from,
                to: first.to,
            });
        }
    }

    fn add(&mut self, other: Preview) {
        self.open += other.open;
        self.cases += other.cases;
        self.late_at_once += other.late_at_once;
        self.uncountable += other.uncountable;
        self.handed_over += other.handed_over;
        other
            .by_successor
            .into_iter()
            .for_each(|(key, count)| *self.by_successor.entry(key).or_default() += count);
        other.by_limit.into_iter().for_each(|(key, moves)| self.by_limit.entry(key).or_default().add(moves));
        other.by_rung.into_iter().for_each(|(key, moves)| self.by_rung.entry(key).or_default().add(moves));
        other.by_unit.into_iter().for_each(|(key, moves)| self.by_unit.entry(key).or_default().add(moves));
        let room = self.named.saturating_sub(self.examples.len());
        self.examples.extend(other.examples.into_iter().take(room));
    }
}

/// Tries an edition on every open case, and names so many of them. Nothing is changed.
///
/// # Errors
/// The views failed.
pub async fn preview(
    views: &Views,
    rules: &Arc<Rulebook>,
    now: Timestamp,
    budgets: bool,
    named: usize,
) -> Result<Preview, ViewsError> {
    let began = std::time::Instant::now();
    let mut whole = Preview::of(rules, budgets, named);
    let mut counting = VecDeque::new();
    let mut after = 0;
    loop {
        let page = views.standing(after, PAGE).await?;
        let last = page.last();
        if let Some(last) = last {
            let rules = rules.clone();
            // More than one core counts, while the next page is read.
            counting
                .push_back(tokio::task::spawn_blocking(move || tally(&page, &rules, now, (budgets, named))));
            after = last;
        }
        while counting.len() >= AT_ONCE || last.is_none() {
            let Some(counted) = counting.pop_front() else { break };
            whole.add(counted.await.map_err(std::io::Error::from)??);
        }
        if last.is_none() {
            break;
        }
    }
    whole.seconds = began.elapsed().as_secs_f64();
    Ok(whole)
}

fn tally(
    page: &Standing,
    rules: &Rulebook,
    now: Timestamp,
    (budgets, named): (bool, usize),
) -> Result<Preview, ViewsError> {
    let actor = Actor::system("preview");
    let context = Context { now, occurred_at: now, actor: &actor, rules };
    let mut part = Preview::of(rules, budgets, named);
    for case in page.cases() {
        part.count(&case?.1, &context);
    }
    Ok(part)
}
