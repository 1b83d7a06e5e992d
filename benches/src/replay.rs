//! Reads a whole log again, typed, and folds every case of it: what a node does that starts anew.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use benches::{EVENTS, Failure, Kind, Street, open};
use clap::Parser;
use domain::case::{Case, State};
use domain::decider::Decider;
use domain::stream::{Event, StreamId};
use engine::log::{Store, replay};

/// Writes a log of so many events where there is none yet, then reads and folds it.
#[derive(Parser)]
struct Args {
    /// Where the log is kept.
    #[arg(long, value_enum, default_value = "sqlite")]
    store: Kind,
    /// A database (`postgres://…`) or file (`sqlite://FILE`), empty or filled by this bench; a
    /// throw-away file if absent.
    #[arg(long)]
    database_url: Option<String>,
    /// How many events.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// The last line of output is a JSON document.
    #[arg(long)]
    json: bool,
}

/// Commands in flight while the log is written.
const IN_FLIGHT: u64 = 1_024;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let folder = tempfile::tempdir()?;
    let store = open(args.store, args.database_url.as_deref(), folder.path()).await?;
    let written = store.head().await?.position;
    if written < args.events {
        let street = Street::start(store.clone()).await?;
        street.live((args.events - written).div_ceil(EVENTS), IN_FLIGHT).await?;
    }
    let started = Instant::now();
    let (events, cases) = fold(&store).await?;
    let seconds = started.elapsed().as_secs_f64();
    let rate = events as f64 / seconds;
    if args.json {
        let streams = cases.len();
        println!(
            "{}",
            serde_json::json!({ "events": events, "streams": streams, "seconds": seconds, "events_per_s": rate })
        );
    } else {
        println!("{events} events of {} cases in {seconds:.2} s: {rate:.0} events/s", cases.len());
    }
    Ok(())
}

/// Every case of the log as it stands, and how many events that took.
async fn fold(store: &Arc<dyn Store>) -> Result<(u64, HashMap<StreamId, State>), Failure> {
    let mut cases: HashMap<StreamId, State> = HashMap::new();
    let mut events = 0;
    replay(store, 0, |past| {
        events += 1;
        if let Event::Case(event) = &past.event {
            Case::evolve(cases.entry(past.stream).or_default(), event);
        }
    })
    .await?;
    Ok((events, cases))
}
