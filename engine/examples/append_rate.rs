//! How many entries a second the log takes, with everything written beside them and on disk.
//!
//! `append_rate [<file or postgres://…>] [<batches>]`: batches of 512 entries with three events,
//! a receipt, a deadline and a key each.

use std::path::{Path, PathBuf};
use std::time::Instant;

use domain::case::clocks::{Deadline, DeadlineName};
use domain::ids::CaseId;
use domain::stream::StreamId;
use engine::log::postgres::PostgresStore;
use engine::log::sqlite::SqliteStore;
use engine::log::{Entry, NewRow, Store};
use jiff::Timestamp;
use uuid::Uuid;

type Failure = Box<dyn std::error::Error>;

const ENTRIES: usize = 512;
const JURISDICTION: &str = "320506";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next();
    let batches = arguments.next().map_or(Ok(60), |count| count.parse())?;
    match address {
        Some(url) if url.starts_with("postgres://") => {
            measure(&PostgresStore::connect(&url, JURISDICTION).await?, batches).await
        }
        Some(file) => measure(&SqliteStore::open(Path::new(&file), JURISDICTION).await?, batches).await,
        None => {
            let file: PathBuf = std::env::temp_dir().join(format!("{}", Uuid::new_v4())).join("log.db");
            let store = SqliteStore::open(&file, JURISDICTION).await?;
            let measured = measure(&store, batches).await;
            store.close().await;
            if let Some(folder) = file.parent() {
                std::fs::remove_dir_all(folder)?;
            }
            measured
        }
    }
}

async fn measure(store: &impl Store, batches: usize) -> Result<(), Failure> {
    let mut times = Vec::with_capacity(batches);
    for _ in 0..batches {
        let batch: Vec<_> = (0..ENTRIES).map(|_| entry()).collect();
        let start = Instant::now();
        store.append(&batch, Timestamp::now()).await?;
        times.push(start.elapsed());
    }
    let total: f64 = times.iter().map(std::time::Duration::as_secs_f64).sum();
    times.sort();
    let rate = (batches * ENTRIES) as f64 / total;
    let at = |share: f64| times.get((batches as f64 * share) as usize).copied().unwrap_or_default();
    println!("{batches} batches of {ENTRIES} entries: {rate:.0} entries/s, {:.0} events/s", 3.0 * rate);
    println!("batch p50 {:?}, p90 {:?}, longest {:?}", at(0.5), at(0.9), times.last());
    Ok(())
}

fn entry() -> Entry {
    let id = Uuid::new_v4();
    let event = |event_type, payload: String| NewRow {
        event_type,
        payload,
        occurred_at: 1_795_000_000_000_000,
        actor: r#"{"id":"bus:hotline"}"#.to_owned(),
        correlation: id,
        causation: id,
    };
    let sealed = "c".repeat(500);
    let registered = format!(
        r#"{{"CaseRegistered":{{"case_no":"20261120-7K3QD","source":"12345","external_id":"{id}","received_at":"2026-11-20T08:30:00Z","item":"0101","place":"U1","sealed":"{sealed}"}}}}"#
    );
    let classified = r#"{"CaseClassified":{"item":"0101","item_name":"噪声","place":"U1","class":"N2","policy_version":"2026-11"}}"#;
    let dispatched =
        format!(r#"{{"CaseDispatched":{{"unit":"U1","rung":"community","basis":"{}"}}}}"#, "b".repeat(500));
    Entry {
        stream: StreamId::case(CaseId(id)),
        expected: 0,
        seen: None,
        events: vec![
            event("CaseRegistered", registered),
            event("CaseClassified", classified.to_owned()),
            event("CaseDispatched", dispatched),
        ],
        command_id: Uuid::new_v4(),
        content_hash: [1; 32],
        next_deadline: Some(Deadline { name: DeadlineName::Sign, due_at: Timestamp::now() }),
        new_key: Some(vec![2; 60]),
    }
}
