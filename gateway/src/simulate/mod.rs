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
use engine::{Request, SubmitError};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::json;

pub use audit::{Audit, UnitCount, audit};

use self::district::Size;
use self::life::{Life, Move};
use crate::compose::House;

/// One turn of the clock.
pub const TICK: SignedDuration = SignedDuration::from_mins(15);
const TICKS_A_DAY: u32 = 96;

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
        for tick in 0..TICKS_A_DAY {
            self.sweep(sweeper).await?;
            self.arrive(tick).await?;
            self.work().await?;
            self.clock.advance(TICK);
        }
        Ok(())
    }

    /// Everything that is due.
    ///
    /// # Errors
    /// The engine could not write.
    pub async fn sweep(&mut self, sweeper: &mut Sweeper) -> Result<(), SubmitError> {
        while let passed @ 1.. = sweeper.step().await? {
            self.done.passed += passed as u64;
        }
        Ok(())
    }

    /// What was done so far.
    pub fn done(&self) -> &Done {
        &self.done
    }

    /// Complaints come by day, and a few at night.
    async fn arrive(&mut self, tick: u32) -> Result<(), SubmitError> {
        let weight = |tick: u32| match tick / 4 {
            8..=11 | 13..=17 => 8,
            7 | 12 | 18..=21 => 4,
            _ => 1,
        };
        let all: u32 = (0..TICKS_A_DAY).map(weight).sum();
        let before: u32 = (0..tick).map(weight).sum();
        // So that a day has exactly as many as it should.
        let count = self.size.per_day * (before + weight(tick)) / all - self.size.per_day * before / all;
        let now = self.clock.now();
        let mut lives = Vec::new();
        let mut arrivals = Vec::new();
        for _ in 0..count {
            let (Some(grid), Some((item, urgent))) =
                (self.grids.choose(&mut self.rng).cloned(), self.items.choose(&mut self.rng).cloned())
            else {
                continue;
            };
            let number = self.done.cases + arrivals.len() as u64;
            let complaint = complaint(&self.house.engine.rules(), number, now, &item, &grid, &mut self.rng);
            // Made here, so it is well-formed.
            let Ok(complaint) = complaint else { continue };
            arrivals.push(Arrival::live(complaint, Actor { id: "bus:12345".to_owned(), unit: None }));
            lives.push((grid, item, urgent));
        }
        let outcomes = self.house.intake.receive_many(arrivals).await;
        for (outcome, (grid, item, urgent)) in outcomes.into_iter().zip(lives) {
            if let Outcome::Opened { case, .. } = outcome? {
                self.done.cases += 1;
                let Some(lead) = lead(&self.house.engine.rules(), &item, &grid.code) else { continue };
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

    /// Everything that is due; at night and on rest days only what is urgent.
    async fn work(&mut self) -> Result<(), SubmitError> {
        let now = self.clock.now();
        let open = self.house.engine.rules().calendar.is_open(now);
        let later =
            self.agenda.split_off(&(now.saturating_add(SignedDuration::from_micros(1)).unwrap_or(now)));
        let due = std::mem::replace(&mut self.agenda, later);
        let (mut requests, mut lives) = (Vec::new(), Vec::new());
        for mut life in due.into_values().flatten() {
            if !open && !life.urgent {
                self.agenda.entry(now.saturating_add(TICK).unwrap_or(now)).or_default().push(life);
                continue;
            }
            let Some(what) = life.take() else { continue };
            let reply = if what == Move::Result { Some(self.seal(life.case).await?) } else { None };
            let (command, actor) = life.command(what, reply, now);
            requests.push(Request::case(life.case, command, actor));
            lives.push(life);
        }
        let answers = self.house.engine.submit_many(requests).await;
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

    async fn seal(&self, case: CaseId) -> Result<domain::sealed::Sealed, SubmitError> {
        let sealed = self.house.engine.keyring().seal(case, &"已到现场处理，问题解决。").await;
        sealed.map_err(|error| SubmitError::Store(error.to_string()))
    }
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
