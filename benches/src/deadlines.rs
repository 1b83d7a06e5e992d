//! What deadlines cost: a sweep while none is due, and many that are due at once while complaints go
//! on coming in. Every case is a real one, registered and dispatched by the rules.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use benches::{Failure, Kind, Street, open, percentile};
use clap::Parser;
use engine::clock::TurnedClock;
use engine::deadlines::Sweeper;
use jiff::{SignedDuration, Timestamp};

/// Measures sweeps over many pending deadlines, and the time until many that are due have passed.
#[derive(Parser)]
struct Args {
    /// Where the log is kept.
    #[arg(long, value_enum, default_value = "sqlite")]
    store: Kind,
    /// An empty database (`postgres://…`) or file (`sqlite://FILE`); a throw-away file if absent.
    #[arg(long)]
    database_url: Option<String>,
    /// Cases whose deadlines are not due.
    #[arg(long, default_value_t = 1_000_000)]
    pending: usize,
    /// Cases whose deadlines are due at once.
    #[arg(long, default_value_t = 100_000)]
    due: usize,
    /// The last line of output is a JSON document.
    #[arg(long)]
    json: bool,
}

/// Sweeps that are timed while nothing is due.
const SWEEPS: usize = 200;
/// Cases that are opened together while the log is filled.
const BATCH: usize = 2_000;
/// How far the deadlines of the two kinds of cases are apart.
const APART: SignedDuration = SignedDuration::from_mins(10);
/// Between two complaints that come in beside the sweep.
const BESIDE: Duration = Duration::from_millis(2);

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let folder = tempfile::tempdir()?;
    let store = open(args.store, args.database_url.as_deref(), folder.path()).await?;
    let clock = TurnedClock::at("2026-11-20T10:00:00+08:00".parse()?);
    let street = Street::by(store.clone(), Arc::new(clock.clone())).await?;
    fill(&street, args.due, "due").await?;
    let due_at = store.next_due_at().await?;
    clock.advance(APART);
    fill(&street, args.pending, "pending").await?;

    let mut sweeper = Sweeper::new(street.engine.clone());
    let idle = idle(&mut sweeper, &street).await?;
    let (beside, alone) = beside(&street, None).await?;
    if let Some(due_at) = due_at.filter(|_| args.due > 0) {
        clock.set(due_at);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let complaints = tokio::spawn({
        let (street, stop) = (street.clone(), stop.clone());
        async move { self::beside(&street, Some(stop)).await }
    });
    let (passed, seconds) = pass(&mut sweeper, args.due).await?;
    stop.store(true, Ordering::Relaxed);
    let (during, _) = complaints.await??;

    let figures = serde_json::json!({
        "pending": args.pending,
        "due": args.due,
        "sweep_idle_p50_ms": percentile(&idle, 0.50),
        "sweep_idle_p99_ms": percentile(&idle, 0.99),
        "passed": passed,
        "passed_in_seconds": seconds,
        "events_per_s": passed as f64 / seconds,
        "intake_before_per_s": beside.len() as f64 / alone,
        "intake_before_p50_ms": percentile(&beside, 0.50),
        "intake_before_p99_ms": percentile(&beside, 0.99),
        "intake_during_per_s": during.len() as f64 / seconds,
        "intake_during_p50_ms": percentile(&during, 0.50),
        "intake_during_p99_ms": percentile(&during, 0.99),
    });
    if args.json {
        println!("{figures}");
    } else {
        println!("{figures:#}");
    }
    if passed < args.due {
        return Err(format!("{passed} of {} due deadlines passed", args.due).into());
    }
    Ok(())
}

/// Opens so many cases, each with its clock running.
async fn fill(street: &Street, cases: usize, what: &str) -> Result<(), Failure> {
    let started = Instant::now();
    let mut left = cases;
    while left > 0 {
        let batch = left.min(BATCH);
        left -= batch;
        street.open_cases(batch).await?;
    }
    eprintln!("{cases} cases with a deadline that is {what}: {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// Sweeps while nothing is due, the look at the store's clock included.
async fn idle(sweeper: &mut Sweeper, street: &Street) -> Result<Vec<Duration>, Failure> {
    let mut sweeps = Vec::with_capacity(SWEEPS);
    for _ in 0..SWEEPS {
        let started = Instant::now();
        let _there: Timestamp = street.engine.store().now().await?;
        let passed = sweeper.step().await?;
        sweeps.push(started.elapsed());
        if passed > 0 {
            return Err("something was due too early".into());
        }
    }
    sweeps.sort_unstable();
    Ok(sweeps)
}

/// One complaint after the other, as an intake would send them; the latencies, and how many seconds in
/// all. Some, or until stopped.
async fn beside(street: &Street, stop: Option<Arc<AtomicBool>>) -> Result<(Vec<Duration>, f64), Failure> {
    let begun = Instant::now();
    let mut latencies = Vec::new();
    while stop.as_ref().map_or(latencies.len() < SWEEPS, |stop| !stop.load(Ordering::Relaxed)) {
        let started = Instant::now();
        street.open_cases(1).await?;
        latencies.push(started.elapsed());
        tokio::time::sleep(BESIDE).await;
    }
    latencies.sort_unstable();
    Ok((latencies, begun.elapsed().as_secs_f64()))
}

/// Steps until so many have passed, or nothing passes any more.
async fn pass(sweeper: &mut Sweeper, due: usize) -> Result<(usize, f64), Failure> {
    let started = Instant::now();
    let mut passed = 0;
    while passed < due {
        match sweeper.step().await? {
            0 => break,
            more => passed += more,
        }
    }
    Ok((passed, started.elapsed().as_secs_f64()))
}
