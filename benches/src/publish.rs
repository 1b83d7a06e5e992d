//! A publisher that catches up: the whole log goes out to a NATS server, as after the bus was lost.

use std::time::Instant;

use benches::wire::Wire;
use benches::{EVENTS, Failure, Kind, Street, open};
use clap::Parser;
use engine::bus::Stream;
use engine::dispatcher::Publisher;

/// Writes a log of so many events where there is none yet, then publishes all of it.
#[derive(Parser)]
struct Args {
    /// Where the log is kept.
    #[arg(long, value_enum, default_value = "sqlite")]
    store: Kind,
    /// A database (`postgres://…`) or file (`sqlite://FILE`), empty or filled by this bench; a
    /// throw-away file if absent.
    #[arg(long)]
    database_url: Option<String>,
    /// A NATS server with `JetStream`, e.g. `nats://127.0.0.1:4222`.
    #[arg(long)]
    nats_url: String,
    /// How many events.
    #[arg(long, default_value_t = 200_000)]
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
    let wire = Wire::new(&args.nats_url).await?;
    let mut publisher = Publisher::new(store, wire.bus.clone(), wire.subjects.clone());
    let started = Instant::now();
    let mut events = 0;
    loop {
        match publisher.step().await? {
            0 => break,
            read => events += read,
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let messages = wire.messages(&Stream::FROM_LOG).await?;
    wire.delete().await?;
    let (per_event, per_message) = (events as f64 / seconds, messages as f64 / seconds);
    if args.json {
        let figures = serde_json::json!({
            "events": events,
            "messages": messages,
            "seconds": seconds,
            "events_per_s": per_event,
            "messages_per_s": per_message,
        });
        println!("{figures}");
    } else {
        println!("{events} events, {messages} messages in {seconds:.2} s");
        println!("{per_event:.0} events/s, {per_message:.0} messages/s");
    }
    Ok(())
}
