//! Appends commands 0..N to a log until it is killed; started again it goes on.
//!
//! `crash_writer <file or postgres://…> <jurisdiction> <N>`. Each line on standard output names the
//! commands of a batch that is in the log for good. The crash test in `tests/store_contract` runs it.

use std::io::Write;
use std::path::Path;

use domain::ids::CaseId;
use domain::intake;
use domain::stream::{Event, StreamId};
use engine::log::postgres::PostgresStore;
use engine::log::sqlite::SqliteStore;
use engine::log::{Appended, Entry, NewRow, Store};
use uuid::Uuid;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(jurisdiction), Some(count)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("crash_writer <file or postgres://…> <jurisdiction> <N>".into());
    };
    if address.starts_with("postgres://") {
        write(&PostgresStore::connect(&address, &jurisdiction).await?, count.parse()?).await
    } else {
        write(&SqliteStore::open(Path::new(&address), &jurisdiction).await?, count.parse()?).await
    }
}

async fn write(store: &impl Store, count: u128) -> Result<(), Failure> {
    // A little before the first gap: commands that are in the log already must not be written again.
    let mut next = first_missing(store, count).await?.saturating_sub(20);
    while next < count {
        let size = u128::from(rand::random_range(1..=32_u32)).min(count - next);
        let batch: Vec<_> = (next..next + size).map(entry).collect::<Result<_, _>>()?;
        for outcome in store.append(&batch, jiff::Timestamp::now()).await?.outcomes {
            if outcome == Appended::Conflict {
                return Err("nobody else writes to these streams".into());
            }
        }
        let ids: Vec<_> = (next..next + size).map(|id| id.to_string()).collect();
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}.", ids.join(" "))?;
        out.flush()?;
        next += size;
    }
    Ok(())
}

async fn first_missing(store: &impl Store, count: u128) -> Result<u128, Failure> {
    const PAGE: u128 = 1_000;
    let mut from = 0;
    while from < count {
        let ids: Vec<_> = (from..from + PAGE).map(Uuid::from_u128).collect();
        let known = store.receipts(&ids).await?.len();
        from += known as u128;
        if known < ids.len() {
            break;
        }
    }
    Ok(from)
}

/// A message that was refused as a repetition, with one event or two.
fn entry(id: u128) -> Result<Entry, Failure> {
    let repeated = intake::event::ComplaintRepeated::new(
        "12345",
        Some(&id.to_string()),
        CaseId(Uuid::from_u128(id)),
        "20261120-7K3QD",
    );
    let event = Event::Intake(intake::Event::ComplaintRepeated(repeated));
    let row = NewRow {
        event_type: event.event_type(),
        payload: event.encode()?,
        occurred_at: 0,
        actor: r#"{"id":"bus:hotline"}"#.to_owned(),
        correlation: Uuid::from_u128(id),
        causation: Uuid::from_u128(id),
    };
    Ok(Entry {
        stream: StreamId::intake(Uuid::from_u128(id)),
        expected: 0,
        seen: None,
        events: vec![row; if id.is_multiple_of(3) { 2 } else { 1 }],
        command_id: Uuid::from_u128(id),
        content_hash: [1; 32],
        next_deadline: None,
        new_key: None,
    })
}
