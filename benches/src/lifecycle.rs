//! The life of a case, over and over, with the real rules deciding and full durability.
//!
//! The workload is that of `docs/decisions/0007-lifecycle-workload.md`: per case register (2 events,
//! ~600 + 200 B), dispatch, sign, result, verification, callback and close (2 events).

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use domain::case::command::{Command, Register};
use domain::case::event::Satisfaction;
use domain::context::Actor;
use domain::ids::{CaseId, ItemCode, Rung, UnitId};
use domain::number::case_number;
use domain::sample;
use domain::sealed::Content;
use engine::clock::SystemClock;
use engine::keyring::{Keyring, MasterKey};
use engine::log::Store;
use engine::log::memory::MemoryStore;
use engine::log::postgres::PostgresStore;
use engine::log::sqlite::SqliteStore;
use engine::{Engine, Request};
use uuid::Uuid;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs the life of many cases side by side and prints what was reached.
#[derive(Parser)]
struct Args {
    /// Where the log is kept.
    #[arg(long, value_enum, default_value = "sqlite")]
    store: Kind,
    /// An empty database (`postgres://…`) or file (`sqlite://FILE`); a throw-away file if absent.
    #[arg(long)]
    database_url: Option<String>,
    /// How many cases.
    #[arg(long, default_value_t = 10_000)]
    cases: u64,
    /// How many of them at once.
    #[arg(long, default_value_t = 256)]
    in_flight: u64,
    /// The last line of output is a JSON document.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Memory,
    Sqlite,
    Postgres,
}

/// Events per case of this workload.
const EVENTS: u64 = 8;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let folder = tempfile::tempdir()?;
    let store = open(&args, folder.path()).await?;
    let rules = sample::rulebook().map_err(|faults| format!("{} faults in the sample", faults.len()))?;
    let grid = rules.org.units().iter().find(|unit| unit.rung == Rung::Grid).ok_or("no grid")?.code.clone();
    let registry = Default::default();
    let clock = Arc::new(SystemClock);
    let engine = Engine::start(store, Arc::new(rules), clock, MasterKey::random(), &registry).await?;

    let next = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut workers = Vec::new();
    for _ in 0..args.in_flight.max(1) {
        workers.push(tokio::spawn(work(engine.clone(), grid.clone(), next.clone(), args.cases)));
    }
    let mut latencies = Vec::new();
    for worker in workers {
        latencies.extend(worker.await??);
    }
    report(&args, started.elapsed(), latencies);
    Ok(())
}

async fn open(args: &Args, folder: &Path) -> Result<Arc<dyn Store>, Failure> {
    Ok(match args.store {
        Kind::Memory => Arc::new(MemoryStore::new("bench")),
        Kind::Sqlite => {
            let file = args.database_url.as_deref().and_then(|url| url.strip_prefix("sqlite://"));
            let path = file.map_or_else(|| folder.join("log.db"), Into::into);
            Arc::new(SqliteStore::open(&path, "bench").await?)
        }
        Kind::Postgres => {
            let url = args.database_url.as_deref().ok_or("--database-url is needed")?;
            Arc::new(PostgresStore::connect(url, "bench").await?)
        }
    })
}

/// Takes cases until none is left; the latencies of its commands.
async fn work(
    engine: Engine,
    grid: UnitId,
    next: Arc<AtomicU64>,
    cases: u64,
) -> Result<Vec<Duration>, Failure> {
    let mut latencies = Vec::new();
    while next.fetch_add(1, Ordering::Relaxed) < cases {
        live(&engine, &grid, &mut latencies).await?;
    }
    Ok(latencies)
}

async fn live(engine: &Engine, grid: &UnitId, latencies: &mut Vec<Duration>) -> Result<(), Failure> {
    let case = CaseId(Uuid::now_v7());
    let (key, wrapped) = engine.keyring().new_key(case)?;
    let handler = Actor::person("handler", grid.as_str());
    let judge = Actor { id: "user:judge".to_owned(), unit: None };
    let reply = Keyring::seal_with(&key, case, &"已现场处置，道路恢复畅通，并加强巡查。".repeat(2))?;
    let mut register = Request::case(case, registration(engine, &key, case, grid)?, judge.clone());
    register.new_key = Some(wrapped);
    let life = [
        register,
        Request::case(case, Command::Dispatch { unit: None }, judge.clone()),
        Request::case(case, Command::Sign, handler.clone()),
        Request::case(case, Command::SubmitResult { solved: true, reply }, handler),
        Request::case(case, Command::Verify { passed: true, reason: String::new() }, judge.clone()),
        Request::case(
            case,
            Command::RecordCallback { contacted: true, solved: true, satisfaction: Satisfaction::Satisfied },
            judge,
        ),
    ];
    for request in life {
        let asked = Instant::now();
        engine.submit(request).await?;
        latencies.push(asked.elapsed());
    }
    Ok(())
}

fn registration(
    engine: &Engine,
    key: &engine::keyring::DataKey,
    case: CaseId,
    grid: &UnitId,
) -> Result<Command, Failure> {
    let now = engine.now();
    let content = Content {
        title: "小区南门道路积水无人清理".to_owned(),
        text: "连续下雨后南门外道路积水，老人和孩子出行不便，希望尽快疏通并说明原因。".repeat(2),
        address: "长桥街道龙桥社区南门".to_owned(),
        ..Content::default()
    };
    Ok(Command::Register(Box::new(Register {
        case_no: case_number(case, engine.rules().calendar.date_of(now)),
        source: "bench".to_owned(),
        external_id: None,
        channel: "phone".to_owned(),
        received_at: now,
        clocks_from: now,
        item: Some(ItemCode::new("0103")),
        place: Some(grid.clone()),
        point: None,
        confidential: false,
        anonymous: false,
        test: false,
        outside_due_at: None,
        sealed: Keyring::seal_with(key, case, &content)?,
        dispatch_at_once: false,
        recorded: None,
    })))
}

fn report(args: &Args, elapsed: Duration, mut latencies: Vec<Duration>) {
    latencies.sort_unstable();
    let seconds = elapsed.as_secs_f64();
    let commands = latencies.len();
    let at = |share: f64| {
        let index = ((commands as f64 * share) as usize).min(commands.saturating_sub(1));
        latencies.get(index).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
    };
    let events = args.cases * EVENTS;
    let figures = serde_json::json!({
        "commands": commands,
        "seconds": seconds,
        "commands_per_s": commands as f64 / seconds,
        "events_per_s": events as f64 / seconds,
        "p50_ms": at(0.50),
        "p99_ms": at(0.99),
    });
    if args.json {
        println!("{figures}");
    } else {
        println!("{commands} commands, {events} events in {seconds:.2} s");
        println!("{:.0} commands/s, {:.0} events/s", commands as f64 / seconds, events as f64 / seconds);
        println!("latency p50 {:.1} ms, p99 {:.1} ms", at(0.50), at(0.99));
    }
}
