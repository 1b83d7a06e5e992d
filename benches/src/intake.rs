//! From `JetStream` to durable cases, beside what the engine's own door takes: the same registrations,
//! sealed beforehand and submitted without a bus, half of them before and half of them after.

use std::time::{Duration, Instant};

use benches::wire::Wire;
use benches::{Failure, Kind, Street, open};
use clap::Parser;
use engine::bus::cloudevent::{CloudEvent, Kind as Message};
use engine::bus::intake::{IntakeConsumer, Taken};
use engine::bus::{Outgoing, Stream};
use jiff::Timestamp;
use uuid::Uuid;

/// Puts complaints into `JetStream`, then takes them in.
#[derive(Parser)]
struct Args {
    /// Where the log is kept.
    #[arg(long, value_enum, default_value = "sqlite")]
    store: Kind,
    /// An empty database (`postgres://…`) or file (`sqlite://FILE`); a throw-away file if absent.
    #[arg(long)]
    database_url: Option<String>,
    /// A NATS server with `JetStream`, e.g. `nats://127.0.0.1:4222`.
    #[arg(long)]
    nats_url: String,
    /// How many complaints.
    #[arg(long, default_value_t = 20_000)]
    cases: usize,
    /// How many complaints of a hundred are sent a second time, unchanged.
    #[arg(long, default_value_t = 0)]
    repeated: usize,
    /// The last line of output is a JSON document.
    #[arg(long)]
    json: bool,
}

/// The sending system.
const SOURCE: &str = "12345";
/// Registrations that are handed to the engine at once.
const AT_ONCE: usize = 1_024;
/// Complaints that are published at once.
const PAGE: usize = 1_000;
/// How long a step waits for a first message.
const WAIT: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let folder = tempfile::tempdir()?;
    let street = Street::start(open(args.store, args.database_url.as_deref(), folder.path()).await?).await?;
    let wire = Wire::new(&args.nats_url).await?;
    let sent = send(&wire, &args).await?;
    let half = args.cases.div_ceil(2);

    let mut own = submit(&street, half).await?;
    let before = street.engine.store().head().await?.position;
    let mut consumer =
        IntakeConsumer::new(street.engine.clone(), wire.bus.clone(), wire.subjects.clone(), WAIT);
    let started = Instant::now();
    let mut done = 0;
    while done < sent {
        let taken = consumer.step().await?;
        if taken == Taken::default() || taken.dead > 0 || taken.later > 0 {
            return Err(format!("{done} of {sent} taken in, then {taken:?}").into());
        }
        done += taken.done;
    }
    let seconds = started.elapsed().as_secs_f64();
    let events = street.engine.store().head().await?.position - before;
    own += submit(&street, half).await?;
    wire.delete().await?;

    let cases = args.cases as f64 / seconds;
    let own = (2 * half) as f64 / own.as_secs_f64();
    // What is repeated is a registration that is known, and a note about it.
    let commands = (2 * sent - args.cases) as f64 / seconds;
    if args.json {
        let figures = serde_json::json!({
            "cases": args.cases,
            "messages": sent,
            "seconds": seconds,
            "cases_per_s": cases,
            "commands_per_s": commands,
            "events_per_s": events as f64 / seconds,
            "engine_cases_per_s": own,
        });
        println!("{figures}");
    } else {
        println!("{} cases of {sent} messages in {seconds:.2} s", args.cases);
        println!("{cases:.0} cases/s, {commands:.0} commands/s; the engine alone {own:.0} cases/s");
    }
    Ok(())
}

/// The engine's own door, without sealing and bus.
async fn submit(street: &Street, cases: usize) -> Result<Duration, Failure> {
    let mut requests = street.registrations(cases)?;
    let started = Instant::now();
    while !requests.is_empty() {
        let now = requests.split_off(requests.len().saturating_sub(AT_ONCE));
        for outcome in street.engine.submit_many(now).await {
            outcome?;
        }
    }
    Ok(started.elapsed())
}

/// Publishes the complaints, each that is repeated right behind itself; how many messages that were.
async fn send(wire: &Wire, args: &Args) -> Result<usize, Failure> {
    let mut messages = Vec::new();
    let mut sent = 0;
    for number in 0..args.cases {
        let repeated = number % 100 < args.repeated;
        for _ in 0..1 + usize::from(repeated) {
            messages.push(complaint(wire, number)?);
        }
        if messages.len() >= PAGE || number + 1 == args.cases {
            sent += messages.len();
            wire.bus.publish(Stream::Intake, None, &std::mem::take(&mut messages)).await?;
        }
    }
    Ok(sent)
}

fn complaint(wire: &Wire, number: usize) -> Result<Outgoing, Failure> {
    let id = Uuid::now_v7().to_string();
    let data = serde_json::json!({
        "external_id": format!("WZ-{number}"),
        "channel": "phone",
        "received_at": "2026-11-20T09:00:00+08:00",
        "item": "0103",
        "title": "小区南门道路积水无人清理",
        "text": "连续下雨后南门外道路积水，老人和孩子出行不便，希望尽快疏通并说明原因。".repeat(2),
        "address": "长桥街道龙桥社区南门",
        "reporter": { "name": "张三丰", "phone": "13800001234" },
    });
    let event = CloudEvent {
        id: id.clone(),
        source: "/hotline".to_owned(),
        kind: Message::Complaint,
        subject: None,
        time: Timestamp::now(),
        sequence: None,
        causation: None,
        data,
    };
    Ok(Outgoing { subject: wire.subjects.intake(SOURCE), id, mark: None, payload: event.to_bytes()? })
}
