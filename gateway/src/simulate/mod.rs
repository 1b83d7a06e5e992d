//! A whole district, day after day, through the real engine on SQLite with a clock that is turned.

mod audit;
pub mod district;
mod life;

use std::collections::BTreeMap;

use domain::context::{Actor, Rulebook};
use domain::fault::Fault;
use domain::ids::{CaseId, Rung, UnitId};
use domain::intake::Complaint;
use domain::org::Unit;
use engine::clock::{Clock, TurnedClock};
use engine::deadlines::Sweeper;
use engine::intake::{Arrival, Outcome};
use engine::keyring::KeyError;
use engine::{Accepted, Request, SubmitError};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::json;

pub use audit::{Audit, Auditor, UnitCount};

use self::district::Size;
use self::life::{Life, Move};
use crate::compose::House;

/// One turn of the clock.
pub const TICK: SignedDuration = SignedDuration::from_mins(30);
const TICKS_AN_HOUR: u32 = 2;
const TICKS_A_DAY: u32 = 24 * TICKS_AN_HOUR;

/// What was done.
#[derive(Debug, Default, Clone, serde::Serialize)]
pub struct Done {
    /// Cases that were opened.
    pub cases: u64,
    /// Commands of people that were accepted.
    pub accepted: u64,
    /// Those that were refused, by code: a limit had passed, a case had moved on.
    pub refused: BTreeMap<String, u64>,
    /// Deadlines that the sweeper passed.
    pub passed: u64,
}

/// Plays the district.
pub struct District<'a> {
    house: &'a House,
    clock: TurnedClock,
    size: Size,
    rng: StdRng,
    grids: Vec<Unit>,
    items: Vec<(String, bool)>,
    /// What is to be done, by when.
    agenda: BTreeMap<Timestamp, Vec<Life>>,
    done: Done,
}

impl<'a> District<'a> {
    /// A district in front of this house, which runs on this clock.
    pub fn new(house: &'a House, clock: TurnedClock, size: Size, seed: u64) -> Self {
        let rules = house.engine.rules();
        let grids = rules.org.units().iter().filter(|unit| unit.kind.as_str() == "grid").cloned().collect();
        let items = rules.policy.catalogue.items().iter().filter(|item| item.lowest_rung.is_some());
        let items = items.map(|item| (item.code.to_string(), item.sla_class.starts_with('U'))).collect();
        let rng = StdRng::seed_from_u64(seed);
        Self { house, clock, size, rng, grids, items, agenda: BTreeMap::new(), done: Done::default() }
    }

    /// Plays one day, tick by tick.
    ///
    /// # Errors
    /// The engine could not write.
    pub async fn day(&mut self, sweeper: &mut Sweeper) -> Result<(), SubmitError> {
        let house = self.house;
        for tick in 0..TICKS_A_DAY {
            let (arrivals, about) = self.arrivals(tick);
            // While limits pass, what comes in is opened and what is to be said is written; it is said after
            // them. What is asked together is written together, as hotline and units do.
            let (passed, opened, work) =
                tokio::join!(swept(sweeper), house.intake.receive_many(arrivals), self.work());
            self.done.passed += passed?;
            let (requests, lives) = work?;
            let answers = house.engine.submit_many(requests).await;
            self.opened(opened, about)?;
            self.answered(answers, lives)?;
            self.clock.advance(TICK);
        }
        Ok(())
    }

    /// What is due in the end.
    ///
    /// # Errors
    /// The engine could not write.
    pub async fn end(&mut self, sweeper: &mut Sweeper) -> Result<(), SubmitError> {
        self.done.passed += swept(sweeper).await?;
        Ok(())
    }

    /// What was done so far.
    pub fn done(&self) -> &Done {
        &self.done
    }

    /// Complaints come by day, and a few at night; each with the grid it is about, its item, and whether it
    /// is urgent.
    fn arrivals(&mut self, tick: u32) -> (Vec<Arrival>, Vec<(Unit, String, bool)>) {
        let weight = |tick: u32| match tick / TICKS_AN_HOUR {
            8..=11 | 13..=17 => 8,
            7 | 12 | 18..=21 => 4,
            _ => 1,
        };
        let all: u32 = (0..TICKS_A_DAY).map(weight).sum();
        let before: u32 = (0..tick).map(weight).sum();
        // So that a day has exactly as many as it should.
        let count = self.size.per_day * (before + weight(tick)) / all - self.size.per_day * before / all;
        let (now, rules) = (self.clock.now(), self.house.engine.rules());
        let mut about = Vec::new();
        let mut arrivals = Vec::new();
        for _ in 0..count {
            let (Some(grid), Some((item, urgent))) =
                (self.grids.choose(&mut self.rng).cloned(), self.items.choose(&mut self.rng).cloned())
            else {
                continue;
            };
            let number = self.done.cases + arrivals.len() as u64;
            let complaint = complaint(&rules, number, now, &item, &grid, &mut self.rng);
            // Made here, so it is well-formed.
            let Ok(complaint) = complaint else { continue };
            arrivals.push(Arrival::live(complaint, Actor { id: "bus:12345".to_owned(), unit: None }));
            about.push((grid, item, urgent));
        }
        (arrivals, about)
    }

    fn opened(
        &mut self,
        outcomes: Vec<Result<Outcome, SubmitError>>,
        about: Vec<(Unit, String, bool)>,
    ) -> Result<(), SubmitError> {
        let (now, rules) = (self.clock.now(), self.house.engine.rules());
        for (outcome, (grid, item, urgent)) in outcomes.into_iter().zip(about) {
            if let Outcome::Opened { case, .. } = outcome? {
                self.done.cases += 1;
                let Some(lead) = lead(&rules, &item, &grid.code) else { continue };
                let life = Life::draw(case, lead, urgent, &mut self.rng);
                self.plan(life, now);
            }
        }
        Ok(())
    }

    fn plan(&mut self, life: Life, now: Timestamp) {
        if let Some(at) = life.pace(now, &mut self.rng) {
            self.agenda.entry(at).or_default().push(life);
        }
    }

    /// What is due to be done; at night and on rest days only what is urgent.
    async fn work(&mut self) -> Result<(Vec<Request>, Vec<Life>), SubmitError> {
        let now = self.clock.now();
        let open = self.house.engine.rules().calendar.is_open(now);
        let later =
            self.agenda.split_off(&(now.saturating_add(SignedDuration::from_micros(1)).unwrap_or(now)));
        let due = std::mem::replace(&mut self.agenda, later);
        let mut moves = Vec::new();
        for mut life in due.into_values().flatten() {
            if !open && !life.urgent {
                self.agenda.entry(now.saturating_add(TICK).unwrap_or(now)).or_default().push(life);
                continue;
            }
            let Some(what) = life.take() else { continue };
            moves.push((what, life));
        }
        let answered = moves.iter().filter(|(what, _)| *what == Move::Result).map(|(_, life)| life.case);
        let answered: Vec<CaseId> = answered.collect();
        let sealed = self.house.engine.keyring().seal_for(&answered, "已到现场处理，问题解决。").await;
        let mut replies = sealed.map_err(told)?.into_iter();
        let (mut requests, mut lives) = (Vec::new(), Vec::new());
        for (what, life) in moves {
            let reply = if what == Move::Result { replies.next().transpose().map_err(told)? } else { None };
            let (command, actor) = life.command(what, reply, now);
            requests.push(Request::case(life.case, command, actor));
            lives.push(life);
        }
        Ok((requests, lives))
    }

    fn answered(
        &mut self,
        answers: Vec<Result<Accepted, SubmitError>>,
        lives: Vec<Life>,
    ) -> Result<(), SubmitError> {
        let now = self.clock.now();
        for (answer, life) in answers.into_iter().zip(lives) {
            match answer {
                Ok(_) => self.done.accepted += 1,
                Err(SubmitError::Rejected(rejection)) => {
                    *self.done.refused.entry(rejection.code.as_str().to_owned()).or_default() += 1;
                }
                Err(error) => return Err(error),
            }
            self.plan(life, now);
        }
        Ok(())
    }
}

fn told(error: KeyError) -> SubmitError {
    SubmitError::Store(error.to_string())
}

/// Everything that is due is passed; how many that were.
async fn swept(sweeper: &mut Sweeper) -> Result<u64, SubmitError> {
    let mut all = 0;
    while let passed @ 1.. = sweeper.step().await? {
        all += passed as u64;
    }
    Ok(all)
}

/// The unit that the rules will choose.
fn lead(rules: &Rulebook, item: &str, place: &UnitId) -> Option<UnitId> {
    let item = rules.policy.catalogue.find(item)?;
    let rung = item.lowest_rung?;
    let department = || rules.org.lead_for(&item.lead, place).filter(|unit| unit.rung == Rung::District);
    if rung == Rung::District
        && let Some(department) = department()
    {
        return Some(department.code.clone());
    }
    rules.org.ancestor_at(place, rung).map(|unit| unit.code.clone())
}

fn complaint(
    rules: &Rulebook,
    number: u64,
    now: Timestamp,
    item: &str,
    grid: &Unit,
    rng: &mut StdRng,
) -> Result<Complaint, Vec<Fault>> {
    let street = rules.org.ancestor_at(&grid.code, Rung::Street).map_or("", |street| street.name.as_str());
    let complaint = json!({
        "external_id": format!("SIM-{number:07}"),
        "received_at": now,
        "item": item,
        "title": format!("{}：有人反映第 {number} 件", grid.name),
        "text": "居民来电反映，请尽快安排人员到现场查看处理并回复。",
        "address": format!("{street}{}", grid.name),
        // The 000 block is not given out.
        "reporter": { "name": "样例居民", "phone": format!("1990000{:04}", rng.random_range(0..10_000)) },
    });
    Complaint::from_json(complaint, "12345-sim", now)
}
