//! What every bench needs: an empty log in the store that is asked for, and the life of a case in it.
//!
//! The workload is that of `docs/decisions/0007-lifecycle-workload.md`: per case register (2 events,
//! ~600 + 200 B), dispatch, sign, result, verification, callback and close (2 events).

pub mod served;
pub mod wire;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use domain::case::command::{Command, Register};
use domain::case::event::Satisfaction;
use domain::context::Actor;
use domain::ids::{CaseId, ItemCode, Rung, UnitId};
use domain::number::case_number;
use domain::sample;
use domain::sealed::Content;
use engine::clock::{Clock, SystemClock};
use engine::keyring::{DataKey, Keyring, MasterKey};
use engine::log::Store;
use engine::log::memory::MemoryStore;
use engine::log::postgres::PostgresStore;
use engine::log::sqlite::SqliteStore;
use engine::{Engine, Request};
use uuid::Uuid;

// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Whatever went wrong: a bench that fails prints no figure.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Commands of one case.
pub const COMMANDS: u64 = 6;
/// Events of one case.
pub const EVENTS: u64 = 8;

/// Where the log is kept.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Nowhere.
    Memory,
    /// In one file.
    Sqlite,
    /// In a database.
    Postgres,
}

/// Opens the log at this URL: `postgres://…` or `sqlite://FILE`; without one a file in the folder.
///
/// # Errors
/// A store that cannot be opened; PostgreSQL without a URL.
pub async fn open(kind: Kind, url: Option<&str>, folder: &Path) -> Result<Arc<dyn Store>, Failure> {
    Ok(match kind {
        Kind::Memory => Arc::new(MemoryStore::new("bench")),
        Kind::Sqlite => {
            let file = url.and_then(|url| url.strip_prefix("sqlite://"));
            let path = file.map_or_else(|| folder.join("log.db"), Into::into);
            Arc::new(SqliteStore::open(&path, "bench").await?)
        }
        Kind::Postgres => {
            Arc::new(PostgresStore::connect(url.ok_or("--database-url is needed")?, "bench").await?)
        }
    })
}

/// A running engine with the sample's rules, and the unit that its cases go to.
#[derive(Clone)]
pub struct Street {
    /// The engine.
    pub engine: Engine,
    grid: UnitId,
}

impl Street {
    /// Starts the engine over this log.
    ///
    /// # Errors
    /// A store that does not answer.
    pub async fn start(store: Arc<dyn Store>) -> Result<Self, Failure> {
        Self::by(store, Arc::new(SystemClock)).await
    }

    /// The same, by this clock.
    ///
    /// # Errors
    /// A store that does not answer.
    pub async fn by(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        let rules = sample::rulebook().map_err(|faults| format!("{} faults in the sample", faults.len()))?;
        let grid =
            rules.org.units().iter().find(|unit| unit.rung == Rung::Grid).ok_or("no grid")?.code.clone();
        let registry = Default::default();
        // Always the same, so that one run can read what another has sealed.
        let key = MasterKey::from_hex(&"5e".repeat(32))?;
        let engine = Engine::start(store, Arc::new(rules), clock, key, &registry).await?;
        Ok(Self { engine, grid })
    }

    /// Opens so many cases at once; each is dispatched and waits to be signed.
    ///
    /// # Errors
    /// The first that is not accepted.
    pub async fn open_cases(&self, cases: usize) -> Result<(), Failure> {
        for outcome in self.engine.submit_many(self.registrations(cases)?).await {
            outcome?;
        }
        Ok(())
    }

    /// The commands that open so many cases; each is then dispatched and waits to be signed.
    ///
    /// # Errors
    /// A key that cannot be made.
    pub fn registrations(&self, cases: usize) -> Result<Vec<Request>, Failure> {
        let mut requests = Vec::with_capacity(cases);
        for _ in 0..cases {
            let case = CaseId(Uuid::now_v7());
            let (key, wrapped) = self.engine.keyring().new_key(case)?;
            let mut command = self.registration(&key, case)?;
            if let Command::Register(register) = &mut command {
                register.dispatch_at_once = true;
            }
            let mut request = Request::case(case, command, Actor::system("bench"));
            request.new_key = Some(wrapped);
            requests.push(request);
        }
        Ok(requests)
    }

    /// Lives so many cases, `in_flight` of them at once; the latency of every command.
    ///
    /// # Errors
    /// The first command that fails.
    pub async fn live(&self, cases: u64, in_flight: u64) -> Result<Vec<Duration>, Failure> {
        let next = Arc::new(AtomicU64::new(0));
        let mut workers = Vec::new();
        for _ in 0..in_flight.max(1) {
            workers.push(tokio::spawn(self.clone().work(next.clone(), cases)));
        }
        let mut latencies = Vec::new();
        for worker in workers {
            latencies.extend(worker.await??);
        }
        Ok(latencies)
    }

    /// Takes cases until none is left.
    async fn work(self, next: Arc<AtomicU64>, cases: u64) -> Result<Vec<Duration>, Failure> {
        let mut latencies = Vec::new();
        while next.fetch_add(1, Ordering::Relaxed) < cases {
            self.life(&mut latencies).await?;
        }
        Ok(latencies)
    }

    async fn life(&self, latencies: &mut Vec<Duration>) -> Result<(), Failure> {
        let case = CaseId(Uuid::now_v7());
        let (key, wrapped) = self.engine.keyring().new_key(case)?;
        let handler = Actor::person("handler", self.grid.as_str());
        let judge = Actor { id: "user:judge".to_owned(), unit: None };
        let reply = Keyring::seal_with(&key, case, &"已现场处置，道路恢复畅通，并加强巡查。".repeat(2))?;
        let mut register = Request::case(case, self.registration(&key, case)?, judge.clone());
        register.new_key = Some(wrapped);
        let life = [
            register,
            Request::case(case, Command::Dispatch { unit: None }, judge.clone()),
            Request::case(case, Command::Sign, handler.clone()),
            Request::case(case, Command::SubmitResult { solved: true, reply }, handler),
            Request::case(case, Command::Verify { passed: true, reason: String::new() }, judge.clone()),
            Request::case(
                case,
                Command::RecordCallback {
                    contacted: true,
                    solved: true,
                    satisfaction: Satisfaction::Satisfied,
                    said: Default::default(),
                },
                judge,
            ),
        ];
        for request in life {
            let asked = Instant::now();
            self.engine.submit(request).await?;
            latencies.push(asked.elapsed());
        }
        Ok(())
    }

    fn registration(&self, key: &DataKey, case: CaseId) -> Result<Command, Failure> {
        let now = self.engine.now();
        let content = Content {
            title: "小区南门道路积水无人清理".to_owned(),
            text: "连续下雨后南门外道路积水，老人和孩子出行不便，希望尽快疏通并说明原因。".repeat(2),
            address: "长桥街道龙桥社区南门".to_owned(),
            ..Content::default()
        };
        Ok(Command::Register(Box::new(Register {
            case_no: case_number(case, self.engine.rules().calendar.date_of(now)),
            source: "bench".to_owned(),
            external_id: None,
            channel: "phone".to_owned(),
            received_at: now,
            clocks_from: now,
            item: Some(ItemCode::new("0103")),
            place: Some(self.grid.clone()),
            point: None,
            confidential: false,
            anonymous: false,
            test: false,
            outside_due_at: None,
            revision: None,
            sealed: Keyring::seal_with(key, case, &content)?,
            accused: Default::default(),
            dispatch_at_once: false,
            recorded: None,
        })))
    }
}

/// The latency below which this share of all lies, in milliseconds; the latencies are sorted.
pub fn percentile(sorted: &[Duration], share: f64) -> f64 {
    let index = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
    sorted.get(index).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
}
