//! What a case adds to the figures, and since when: its facts. A fact holds from the day on which it was recorded to
//! the day on which another one took its place, so that the figures of any day can be had again.

use domain::case::Life;
use domain::case::event::{CloseMode, PartKind, PartStage, Satisfaction};
use domain::case::whistle::Phase;
use domain::ids::{Rung, UnitId};

use super::case_row::CaseRow;
use super::figures::{Charge, contacted_in_time, day_of, signed_in_time};
use super::legs::LegRow;
use super::parts::PartRow;
use crate::metrics::Tally;

/// The channel of what a grid finds itself (巡查发现).
const PATROL: &str = "patrol";

/// A case, or the part that another unit has of it, as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Path that decides who sees it in the figures: that of the unit it is counted for.
    pub path: String,
    /// The unit it is counted for; empty before a dispatch.
    pub unit: String,
    /// Rung of the case that answers now, or answered last.
    pub rung: &'static str,
    /// Item; empty where unknown.
    pub item: String,
    /// Community of the place; empty where unknown.
    pub place: String,
    /// Day of the case's limit, else of its arrival, from 1970-01-01 on, in Chinese time.
    pub day: i32,
    /// What is counted.
    pub tally: Tally,
}

/// What a case adds to the figures from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// First position of the case.
    pub opened: u64,
    /// The day on which that was recorded.
    pub since: i32,
    /// The day before which that ended; none while it holds.
    pub until: Option<i32>,
    /// It has others before, in the store.
    pub follows: bool,
    /// Its facts; none where it counts no more.
    pub facts: Vec<Fact>,
}

impl Version {
    /// A version for each day on which something was recorded, also where it is as before: so that it is no matter
    /// where within a day a page of the log ends.
    pub fn of(opened: u64, follows: bool, days: Vec<(i32, Vec<Fact>)>) -> Vec<Version> {
        let ends: Vec<Option<i32>> =
            days.iter().skip(1).map(|(since, _)| Some(*since)).chain([None]).collect();
        let version =
            |((since, facts), until): ((i32, Vec<Fact>), _)| Version { opened, since, until, follows, facts };
        days.into_iter().zip(ends).map(version).collect()
    }
}

/// The facts of a case: its own for the unit that leads it, and one for each other unit that has, or had, to do with it.
pub fn facts(row: &CaseRow) -> Vec<Fact> {
    if row.test || row.closed_as == Some(CloseMode::Voided) {
        return Vec::new();
    }
    let own = Fact {
        path: row.scope_path.clone(),
        unit: row.lead.as_ref().map(ToString::to_string).unwrap_or_default(),
        rung: row.rung.map(Rung::as_str).unwrap_or_default(),
        item: row.item.as_ref().map(ToString::to_string).unwrap_or_default(),
        place: row.locality.as_ref().map(ToString::to_string).unwrap_or_default(),
        day: day_of(row.due_at.unwrap_or(row.received_at)),
        tally: if row.excluded { Tally { excluded: 1, ..Tally::default() } } else { of_case(row) },
    };
    let mut facts = vec![own];
    if !row.excluded {
        others(row, &mut facts);
    }
    facts
}

/// What is counted for other units than the lead. A unit that is accused learns of nothing: then it is the case's.
fn others(row: &CaseRow, facts: &mut Vec<Fact>) {
    for former in &row.figures.former {
        let judged = former.signed_in_time;
        let tally = Tally {
            dispatched: 1,
            returned: i64::from(former.returned),
            redispatched: i64::from(former.moved),
            to_sign: i64::from(judged.is_some()),
            signed_in_time: i64::from(judged == Some(true)),
            ..Tally::default()
        };
        let hidden = row.barred.contains(&former.unit);
        count(facts, (!hidden).then_some((&former.path, &former.unit)), tally);
    }
    for charge in &row.figures.charges {
        let hidden = row.barred.contains(&charge.unit);
        count(facts, (!hidden).then_some((&charge.path, &charge.unit)), of_charge(charge, row.is_closed()));
    }
    let open: Vec<u32> = row.legs_to_find().map(|leg| leg.leg).collect();
    for leg in row.legs.iter().filter(|leg| leg.phase != Phase::Excused) {
        let of = open.contains(&leg.leg).then_some((&leg.path, &leg.unit));
        count(facts, of, of_leg(leg));
        let score = leg.sounder_score.map(i64::from);
        facts[0].tally.sounder_ratings += i64::from(score.is_some());
        facts[0].tally.sounder_score += score.unwrap_or_default();
    }
    let open: Vec<u32> = row.parts_to_find().map(|part| part.part).collect();
    for part in row.parts.iter().filter(|part| part.kind == PartKind::Co) {
        let of = open.contains(&part.part).then_some((&part.path, &part.unit));
        count(facts, of, of_part(part));
    }
}

/// Adds to the fact of this unit, or to the case's own.
fn count(facts: &mut Vec<Fact>, of: Option<(&String, &UnitId)>, tally: Tally) {
    if tally == Tally::default() {
        return;
    }
    let Some((path, unit)) = of else {
        facts[0].tally += tally;
        return;
    };
    match facts.iter_mut().find(|fact| fact.path == *path && fact.unit == unit.0) {
        Some(fact) => fact.tally += tally,
        None => {
            let fact = Fact { path: path.clone(), unit: unit.0.clone(), tally, ..facts[0].clone() };
            facts.push(fact);
        }
    }
}

fn of_case(row: &CaseRow) -> Tally {
    let patrol = row.channel == PATROL;
    let mut tally = Tally {
        cases: 1,
        complaints: i64::from(!patrol),
        patrol: i64::from(patrol),
        open: i64::from(row.life.is_open()),
        checks: i64::from(row.figures.passed_checks + row.failed_checks),
        failed_checks: i64::from(row.failed_checks),
        dispatched: i64::from(row.dispatched_at.is_some()),
        returned: i64::from(row.figures.returned),
        suspended: i64::from(row.figures.suspensions > 0),
        extended: i64::from(row.extensions > 0),
        whistles: i64::from(row.figures.whistles),
        escalations: i64::from(row.escalations),
        skips: i64::from(row.figures.skips),
        repeated: i64::from(row.repeats > 0 || row.life == Life::Merged),
        ..Tally::default()
    };
    results(row, &mut tally);
    limits(row, &mut tally);
    callback(row, &mut tally);
    tally
}

/// Whether the result came, and in time; and how it ended.
fn results(row: &CaseRow, tally: &mut Tally) {
    let closed = row.is_closed();
    let flag = |yes: bool| i64::from(yes && closed);
    tally.closed = flag(true);
    tally.closed_in_time = flag(row.on_time == Some(true));
    tally.closed_at_once = flag(row.reopened == 0 && row.failed_checks == 0);
    tally.closed_reopened = flag(row.reopened > 0);
    tally.closed_first_lead =
        flag(row.lead.is_some() && row.figures.former.iter().all(|former| !former.moved));
    tally.closed_at_grid = flag(row.rung == Some(Rung::Grid));
    tally.closed_at_community = flag(matches!(row.rung, Some(Rung::Grid | Rung::Community)));
    let Some(due) = row.due_at else { return };
    match row.closed_at.or(row.handled_at) {
        Some(done) if done <= due => tally.in_time = 1,
        Some(_) => tally.late = 1,
        None => tally.overdue = i64::from(is_overdue(row, due)),
    }
}

/// The log says that this very limit has passed: one that was set further out since has not. Of history nothing is
/// told: it counts where it had passed on arrival.
fn is_overdue(row: &CaseRow, due: jiff::Timestamp) -> bool {
    let told = row.figures.limit_passed.is_some_and(|passed| passed >= due);
    (row.life.is_open() && told) || (row.life == Life::RecordedOpen && due < row.opened_at)
}

fn limits(row: &CaseRow, tally: &mut Tally) {
    let judge = |judged: Option<bool>| (i64::from(judged.is_some()), i64::from(judged == Some(true)));
    (tally.to_sign, tally.signed_in_time) = judge(signed_in_time(row));
    (tally.to_contact, tally.contacted_in_time) = judge(contacted_in_time(row));
}

fn callback(row: &CaseRow, tally: &mut Tally) {
    let attempted = row.callback.is_some() || !row.calls.attempts.is_empty();
    tally.to_callback = i64::from(attempted || row.callback_due_at.is_some());
    tally.attempted = i64::from(attempted);
    let Some(answer) = &row.callback else { return };
    tally.valid = 1;
    tally.contacted = i64::from(answer.contacted);
    tally.solved = i64::from(answer.solved);
    match answer.satisfaction {
        Satisfaction::Satisfied => tally.satisfied = 1,
        Satisfaction::FairlySatisfied => tally.fairly_satisfied = 1,
        Satisfaction::Dissatisfied => tally.dissatisfied = 1,
        Satisfaction::NoAnswer => tally.no_answer = 1,
    }
}

/// What was asked of a called unit, and what the two said of each other: the sounder's mark is the lead's.
fn of_leg(leg: &LegRow) -> Tally {
    let in_time = |at: Option<jiff::Timestamp>, due: Option<jiff::Timestamp>| {
        at.is_some_and(|at| due.is_none_or(|due| at <= due))
    };
    Tally {
        called: 1,
        responded: i64::from(leg.responded_at.is_some()),
        responded_in_time: i64::from(in_time(leg.responded_at, leg.respond_due_at)),
        arrived: i64::from(leg.arrived_at.is_some()),
        finished: i64::from(leg.finished_at.is_some() && leg.responded_at.is_some()),
        ratings: i64::from(leg.unit_score.is_some()),
        score: i64::from(leg.unit_score.unwrap_or_default()),
        ..Tally::default()
    }
}

/// A notice is rectified when its case has come to its end after it.
fn of_charge(charge: &Charge, closed: bool) -> Tally {
    if charge.order {
        Tally { orders: 1, orders_closed: i64::from(charge.settled), ..Tally::default() }
    } else {
        Tally { notices: 1, notices_rectified: i64::from(closed), ..Tally::default() }
    }
}

fn of_part(part: &PartRow) -> Tally {
    let passed = part.late.contains(&PartStage::Finish);
    let judged = part.finished_at.is_some() || passed;
    let kept = part.finished_at.is_some_and(|at| part.finish_due_at.is_none_or(|due| at <= due));
    Tally { co_parts: i64::from(judged), co_in_time: i64::from(kept && !passed), ..Tally::default() }
}
