//! How far the views are behind while the engine appends as fast as it can, and how fast they are made
//! anew from the whole log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use benches::{Failure, Kind, Street, percentile};
use clap::Parser;
use domain::context::Rulebook;
use engine::Engine;
use gateway::feed::LogFeed;
use projections::{Runner, Views};
use serde_json::Value;
use tokio::sync::watch;

/// Follows a full load into the views, then makes them anew, and prints what was reached.
#[derive(Parser)]
struct Args {
    /// Where the log is kept; the views are a file in any case.
    #[arg(long, value_enum, default_value = "sqlite")]
    store: Kind,
    /// An empty database (`postgres://…`) or file (`sqlite://FILE`); a throw-away file if absent.
    #[arg(long)]
    database_url: Option<String>,
    /// How many cases.
    #[arg(long, default_value_t = 20_000)]
    cases: u64,
    /// How many of them at once.
    #[arg(long, default_value_t = 64)]
    in_flight: u64,
    /// Lives no cases and only makes the views of the given log anew.
    #[arg(long)]
    rebuild: bool,
    /// The last line of output is a JSON document.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let folder = tempfile::tempdir()?;
    let store = benches::open(args.store, args.database_url.as_deref(), folder.path()).await?;
    let street = Street::start(store).await?;
    let rules = street.engine.rules();
    let feed = Arc::new(LogFeed::new(street.engine.clone()));
    let mut figures = serde_json::Map::new();
    let views = Views::open(folder.path().join("views.db")).await?;
    if !args.rebuild {
        load(&args, &street, &views, &feed, &rules, &mut figures).await?;
    }

    let anew = folder.path().join("anew.db");
    let started = Instant::now();
    projections::rebuild(&anew, feed.clone(), rules.clone(), |_| {}).await?;
    let rebuilding = started.elapsed().as_secs_f64();
    let events = street.engine.store().head().await?.position;
    figures.insert("events".to_owned(), events.into());
    figures.insert("rebuild_events_per_s".to_owned(), (events as f64 / rebuilding).into());
    if !args.rebuild {
        figures.insert("differences".to_owned(), views.compare(feed, rules).await?.len().into());
    }
    let figures = Value::Object(figures);
    println!("{}", if args.json { figures.to_string() } else { format!("{figures:#}") });
    Ok(())
}

/// Lives cases while the views follow.
async fn load(
    args: &Args,
    street: &Street,
    views: &Views,
    feed: &Arc<LogFeed>,
    rules: &Arc<Rulebook>,
    figures: &mut serde_json::Map<String, Value>,
) -> Result<(), Failure> {
    let (stop, stopped) = watch::channel(false);
    let runner = Runner::new(views.clone(), feed.clone(), rules.clone());
    let following = tokio::spawn(follow(runner, street.engine.clone(), stopped));
    let started = Instant::now();
    let commands = street.live(args.cases, args.in_flight).await?.len();
    let appending = started.elapsed().as_secs_f64();
    stop.send(true)?;
    let mut lags = following.await??;
    lags.sort_unstable();
    let caught_up = started.elapsed().as_secs_f64();

    let events = street.engine.store().head().await?.position;
    for (name, figure) in [
        ("commands_per_s", commands as f64 / appending),
        ("events_per_s", events as f64 / appending),
        ("lag_p50_ms", percentile(&lags, 0.50)),
        ("lag_p99_ms", percentile(&lags, 0.99)),
        ("behind_at_the_end_s", caught_up - appending),
    ] {
        figures.insert(name.to_owned(), figure.into());
    }
    Ok(())
}

/// Carries the log into the views until it has ended and they are up with it. For every batch that was
/// appended: how long it was until the views had it.
async fn follow(
    mut runner: Runner,
    engine: Engine,
    stopped: watch::Receiver<bool>,
) -> Result<Vec<Duration>, Failure> {
    let (told, mut waiting) = tokio::sync::mpsc::unbounded_channel();
    let mut appended = engine.appended();
    let mut heard = engine.appended();
    tokio::spawn(async move {
        while heard.changed().await.is_ok() {
            let position = *heard.borrow_and_update();
            if told.send((position, Instant::now())).is_err() {
                return;
            }
        }
    });
    let (mut lags, mut next) = (Vec::new(), None);
    loop {
        let step = runner.step().await?;
        let now = Instant::now();
        while let Some((position, at)) = next.take().or_else(|| waiting.try_recv().ok()) {
            if position > step.position {
                next = Some((position, at));
                break;
            }
            lags.push(now.duration_since(at));
        }
        if step.events == 0 {
            if *stopped.borrow() {
                return Ok(lags);
            }
            let _ = tokio::time::timeout(Duration::from_millis(250), appended.changed()).await;
        }
    }
}
