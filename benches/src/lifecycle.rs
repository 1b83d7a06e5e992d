//! The life of a case, over and over, with the real rules deciding and full durability, and a reader
//! beside it that follows the log as every node's does.

use std::time::{Duration, Instant};

use benches::{COMMANDS, EVENTS, Failure, Kind, Street, open, percentile};
use clap::Parser;
use engine::Engine;
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
    /// The last line of output is a JSON document.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let folder = tempfile::tempdir()?;
    let street = Street::start(open(args.store, args.database_url.as_deref(), folder.path()).await?).await?;
    let before = street.engine.store().head().await?.position;
    let tail = tokio::spawn(follow(street.engine.clone(), before, args.cases * EVENTS));

    let started = Instant::now();
    let mut latencies = street.live(args.cases, args.in_flight).await?;
    let elapsed = started.elapsed();
    let lag = tail.await??.saturating_duration_since(started + elapsed);

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
