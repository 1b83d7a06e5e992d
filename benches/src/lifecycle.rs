//! The life of a case, over and over, with the real rules deciding and full durability, and a reader
//! beside it that follows the log as every node's does.

use std::time::{Duration, Instant};

use benches::{COMMANDS, EVENTS, Failure, Kind, Street, open, percentile};
use clap::Parser;
use engine::Engine;
use futures::future::try_join_all;
use tokio::task::JoinSet;
use tokio::time::timeout;

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
    /// Engines on the one log, each with connections, memory and reader of its own, as gateways have.
    #[arg(long, default_value_t = 1)]
    nodes: u64,
    /// The last line of output is a JSON document.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    if args.nodes > 1 && matches!(args.store, Kind::Memory) {
        return Err("a log in memory has one node".into());
    }
    let folder = tempfile::tempdir()?;
    let mut nodes = Vec::new();
    for _ in 0..args.nodes.max(1) {
        let store = open(args.store, args.database_url.as_deref(), folder.path()).await?;
        nodes.push(Street::start(store).await?);
    }
    let mut readers = JoinSet::new();
    for node in &nodes {
        let before = node.engine.store().head().await?.position;
        readers.spawn(follow(node.engine.clone(), before, args.cases * EVENTS));
    }

    let count = nodes.len() as u64;
    // What does not divide is lived by the first.
    let share = |all: u64, node: usize| all / count + if node == 0 { all % count } else { 0 };
    let lives = (0..).zip(&nodes);
    let lives = lives.map(|(n, node)| node.live(share(args.cases, n), share(args.in_flight, n)));
    let started = Instant::now();
    let mut latencies = try_join_all(lives).await?.concat();
    let elapsed = started.elapsed();
    let mut lag = Duration::ZERO;
    while let Some(last) = readers.join_next().await {
        lag = lag.max(last??.saturating_duration_since(started + elapsed));
    }

    latencies.sort_unstable();
    report(&args, elapsed, &latencies);
    eprintln!(
        "the reader had the last event {:.1} ms after its command's answer",
        lag.as_secs_f64() * 1000.0
    );
    Ok(())
}

/// Events that the reader takes at once.
const PAGE: u32 = 1_000;

/// Reads every event as it comes, until so many are there; when that was.
async fn follow(engine: Engine, mut position: u64, mut missing: u64) -> Result<Instant, Failure> {
    let tail = engine.tail();
    let mut appended = engine.appended();
    while missing > 0 {
        appended.mark_unchanged();
        let rows = tail.read_after(position, PAGE).await?;
        for row in &rows {
            let recorded = row.decode()?;
            position = recorded.position;
            missing = missing.saturating_sub(1);
        }
        if rows.len() < PAGE as usize && missing > 0 {
            // That was all. Told or not, it looks again: being told is a courtesy.
            let _ = timeout(Duration::from_millis(250), appended.changed()).await;
        }
    }
    Ok(Instant::now())
}

fn report(args: &Args, elapsed: Duration, latencies: &[Duration]) {
    let seconds = elapsed.as_secs_f64();
    let (commands, events) = (args.cases * COMMANDS, args.cases * EVENTS);
    let (per_command, per_event) = (commands as f64 / seconds, events as f64 / seconds);
    let (p50, p99) = (percentile(latencies, 0.50), percentile(latencies, 0.99));
    if args.json {
        let figures = serde_json::json!({
            "commands": commands,
            "seconds": seconds,
            "commands_per_s": per_command,
            "events_per_s": per_event,
            "p50_ms": p50,
            "p99_ms": p99,
        });
        println!("{figures}");
    } else {
        println!("{commands} commands, {events} events in {seconds:.2} s");
        println!("{per_command:.0} commands/s, {per_event:.0} events/s");
        println!("latency p50 {p50:.1} ms, p99 {p99:.1} ms");
    }
}
