//! A service of its own for each table: the real engine on a log in memory, with a clock that is turned.

use std::collections::HashMap;
use std::sync::Arc;

use domain::case::{Case, State};
use domain::context::{Actor, Rulebook};
use domain::decider::Decider;
use domain::ids::CaseId;
use domain::intake::Complaint;
use domain::recorded::Recorded;
use domain::stream::{Event, StreamId};
use engine::clock::{Clock, TurnedClock};
use engine::deadlines::Sweeper;
use engine::intake::{Arrival, Intake, Outcome};
use engine::keyring::MasterKey;
use engine::lease::Lease;
use engine::log::Store;
use engine::log::memory::MemoryStore;
use engine::{Accepted, Engine, Request, SubmitError};
use jiff::Timestamp;
use projections::Views;
use projections::runner::Runner;
use prometheus::Registry;
use serde_json::Value;

use super::action::How;
use crate::compose::jurisdiction;
use crate::feed::LogFeed;
use crate::follower::Follower;
use crate::notify::Raiser;

/// The table cannot go on: something below failed.
pub(super) type Broken = String;

fn broken(error: impl std::fmt::Display) -> Broken {
    error.to_string()
}

/// What is running.
struct Running {
    engine: Engine,
    intake: Intake,
    sweeper: Sweeper,
    raiser: Raiser,
    /// Of a second node, which does not know of the first.
    second: Option<Sweeper>,
}

/// The world of a table.
pub(super) struct World {
    pub clock: TurnedClock,
    pub rules: Arc<Rulebook>,
    store: MemoryStore,
    master: MasterKey,
    running: Option<Running>,
    views: Option<(Views, tempfile::TempDir)>,
    /// Cases by the table's own names, in the order in which they came.
    pub cases: Vec<(String, CaseId)>,
    /// Up to where the log was searched for merged cases, and whether there are any.
    merged: (u64, bool),
}

/// The last thing that was sent, to be sent again.
#[derive(Clone)]
pub(super) enum Sent {
    Command(Box<Request>),
    Complaint(Box<Arrival>),
}

impl World {
    pub async fn new(rules: Arc<Rulebook>, now: Timestamp) -> Result<Self, Broken> {
        let mut world = Self {
            clock: TurnedClock::at(now),
            store: MemoryStore::new(&jurisdiction(&rules)),
            rules,
            master: MasterKey::random(),
            running: None,
            views: None,
            cases: Vec::new(),
            merged: (0, false),
        };
        world.start().await?;
        Ok(world)
    }

    /// The service starts, and sweeps what fell due while it was away.
    pub async fn start(&mut self) -> Result<(), Broken> {
        if self.running.is_some() {
            return Ok(());
        }
        let (store, clock) = (Arc::new(self.store.clone()), Arc::new(self.clock.clone()));
        let engine =
            Engine::start(store, self.rules.clone(), clock, self.master.clone(), &Registry::new()).await;
        let engine = engine.map_err(broken)?;
        let sweeper = Sweeper::new(engine.clone());
        let raiser = Raiser::new(engine.clone());
        self.running =
            Some(Running { intake: Intake::new(engine.clone()), sweeper, raiser, second: None, engine });
        self.sweep().await
    }

    /// The service stops.
    pub async fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.sweeper.release().await;
            running.raiser.release().await;
        }
    }

    fn up(&mut self) -> Result<&mut Running, Broken> {
        self.running
            .as_mut()
            .ok_or_else(|| "服务已停机，请先「开机」 · the service is down; `start` it first".to_owned())
    }

    async fn sweep(&mut self) -> Result<(), Broken> {
        let Some(running) = self.running.as_mut() else { return Ok(()) };
        loop {
            let passed = match &mut running.second {
                None => running.sweeper.step().await.map_err(broken)?,
                Some(second) => {
                    let (one, other) = tokio::join!(running.sweeper.step(), second.step());
                    one.map_err(broken)? + other.map_err(broken)?
                }
            };
            if passed == 0 {
                break;
            }
        }
        self.follow().await
    }

    /// Merged cases follow their main cases, as beside every running service.
    pub async fn follow(&mut self) -> Result<(), Broken> {
        let (from, known) = self.merged;
        let rows = self.store.read_after(from, u32::MAX).await.map_err(broken)?;
        let merged = known || rows.iter().any(|row| row.event_type == "CaseMerged");
        self.merged = (rows.last().map_or(from, |row| row.position), merged);
        while merged && self.running.is_some() {
            let views = self.views().await?;
            let mut follower = Follower::new(self.up()?.engine.clone(), views);
            if follower.step().await.map_err(broken)? == 0 {
                break;
            }
        }
        self.notify().await
    }

    /// Whoever is concerned is told, as beside every running service.
    async fn notify(&mut self) -> Result<(), Broken> {
        let Some(running) = self.running.as_mut() else { return Ok(()) };
        while running.raiser.step().await.map_err(broken)? > 0 {}
        Ok(())
    }

    /// From now on another node sweeps the same log too, as if neither knew of the other.
    pub fn second_node(&mut self) -> Result<(), Broken> {
        let running = self.up()?;
        let lease = Lease::new(running.engine.store().clone(), "another").held_by("another node");
        running.second = Some(Sweeper::under(lease, running.engine.clone()));
        Ok(())
    }

    /// Turns the clock on; a running service passes each deadline at its instant.
    pub async fn turn(&mut self, to: Timestamp) -> Result<(), Broken> {
        while self.running.is_some() {
            let next = self.store.next_due_at().await.map_err(broken)?.filter(|next| *next <= to);
            let Some(next) = next else { break };
            let before = self.store.head().await.map_err(broken)?;
            self.clock.set(next.max(self.clock.now()));
            self.sweep().await?;
            if self.store.head().await.map_err(broken)? == before {
                break;
            }
        }
        self.clock.set(to);
        self.sweep().await
    }

    pub fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The service starts anew under other rules.
    pub async fn change_rules(&mut self, rules: Arc<Rulebook>) -> Result<(), Broken> {
        self.rules = rules;
        if self.running.is_some() {
            self.stop().await;
            self.start().await?;
        }
        Ok(())
    }

    /// Gives a case its name in the table.
    pub fn name(&mut self, name: String, case: CaseId) {
        match self.cases.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = case,
            None => self.cases.push((name, case)),
        }
    }

    /// The case of that name, or the last one.
    pub fn case(&self, label: Option<&str>) -> Option<CaseId> {
        match label {
            Some(label) => self.cases.iter().find(|(known, _)| known == label).map(|(_, case)| *case),
            None => self.cases.last().map(|(_, case)| *case),
        }
    }

    /// Names that the table has given, for commands that speak of other cases.
    pub fn labels(&self) -> HashMap<String, uuid::Uuid> {
        self.cases.iter().map(|(label, case)| (label.clone(), case.0)).collect()
    }

    pub async fn seal(&mut self, case: CaseId, text: &str) -> Result<Value, Broken> {
        let sealed = self.up()?.engine.keyring().seal(case, &text).await.map_err(broken)?;
        serde_json::to_value(sealed).map_err(broken)
    }

    pub async fn submit(&mut self, request: Request) -> Result<Result<Accepted, SubmitError>, Broken> {
        Ok(self.up()?.engine.submit(request).await)
    }

    pub async fn receive(&mut self, arrival: Arrival) -> Result<Result<Outcome, SubmitError>, Broken> {
        Ok(self.up()?.intake.receive(arrival).await)
    }

    pub async fn receive_many(
        &mut self,
        arrivals: Vec<Arrival>,
    ) -> Result<Vec<Result<Outcome, SubmitError>>, Broken> {
        Ok(self.up()?.intake.receive_many(arrivals).await)
    }

    /// A complaint on its way in.
    pub fn arrival(&self, how: How, complaint: Complaint, actor: Actor) -> Arrival {
        match how {
            How::Imported => Arrival::imported(complaint, actor),
            How::Recorded => Arrival::recorded(complaint, actor),
            How::ByHand => Arrival::live(complaint, actor).by_hand(),
            How::Live => {
                let id = uuid::Uuid::now_v7();
                Arrival::live(complaint, actor).by_message(id, self.clock.now())
            }
        }
    }

    /// Position of the log's end.
    pub async fn head(&self) -> Result<u64, Broken> {
        Ok(self.store.head().await.map_err(broken)?.position)
    }

    /// What happened since.
    pub async fn since(&self, position: u64) -> Result<Vec<Recorded>, Broken> {
        let rows = self.store.read_after(position, u32::MAX).await.map_err(broken)?;
        rows.iter().map(|row| row.decode().map_err(broken)).collect()
    }

    /// A case, and all that happened to it.
    pub async fn history(&self, case: CaseId) -> Result<(State, Vec<Recorded>), Broken> {
        let events = self.store.load(&[StreamId::case(case)]).await.map_err(broken)?;
        let mut state = State::default();
        for recorded in &events {
            if let Event::Case(event) = &recorded.event {
                Case::evolve(&mut state, event);
            }
        }
        Ok((state, events))
    }

    /// The views, up to the log.
    pub async fn views(&mut self) -> Result<Views, Broken> {
        if self.views.is_none() {
            let folder = tempfile::tempdir().map_err(broken)?;
            let views = Views::open(folder.path().join("views.db")).await.map_err(broken)?;
            self.views = Some((views, folder));
        }
        let feed = Arc::new(LogFeed::new(self.up()?.engine.clone()));
        let Some((views, _)) = &self.views else { return Err(String::new()) };
        Runner::new(views.clone(), feed, self.rules.clone()).catch_up().await.map_err(broken)?;
        Ok(views.clone())
    }
}
