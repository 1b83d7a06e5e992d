//! Somebody opens a transaction on the same server, and leaves it open.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use engine::log::Store;
use sqlx::{Connection, Executor, PgConnection};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::entries::*;
use crate::places::{Place, Postgres};

/// How long the strange transactions stay open, and how long is written and read in all.
const OPEN: Duration = Duration::from_secs(3);
const ALL: Duration = Duration::from_secs(5);
/// A reader looks so often, and is stalled if it sees nothing new for so long while writers write.
const LOOK: Duration = Duration::from_millis(10);
const STALLED: Duration = Duration::from_secs(1);

/// What a tail saw: the positions in their order, and the longest time without a new one.
struct Seen {
    positions: Vec<u64>,
    longest_pause: Duration,
}

pub async fn an_idle_transaction_of_somebody_else_stalls_no_reader_and_hides_nothing(place: &Postgres) {
    let stores = [place.open().await, place.open().await];
    append(&stores[0], entry(case(), 0, 1)).await;
    // One holds a snapshot; one has written, and so has a transaction id older than all of ours.
    let (mut snapshot, mut writer) = (idle(place).await, idle(place).await);
    snapshot.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").await.expect("begun");
    snapshot.execute("SELECT count(*) FROM events").await.expect("read");
    writer.execute("CREATE TABLE strange (x int)").await.expect("a table");
    writer.execute("BEGIN").await.expect("begun");
    writer.execute("INSERT INTO strange VALUES (1)").await.expect("written");

    let started = Instant::now();
    let mut writers = JoinSet::new();
    let mut readers = JoinSet::new();
    for store in &stores {
        for _ in 0..4 {
            writers.spawn(write_on(store.clone(), started));
        }
        readers.spawn(tail(store.clone(), started));
    }
    sleep(OPEN).await;
    drop(snapshot);
    writer.execute("COMMIT").await.expect("it ends");

    let mut written: BTreeMap<u64, u64> = BTreeMap::from([(1, 1)]);
    for own in writers.join_all().await {
        // What one writer was answered later lies behind what it was answered before.
        assert!(own.is_sorted_by_key(|(first, _)| *first), "positions only grow");
        written.extend(own);
    }
    let head = stores[0].head().await.expect("a head").position;
    let all: Vec<u64> = (1..=head).collect();
    let of_answers: Vec<u64> = written.into_iter().flat_map(|(first, last)| first..=last).collect();
    assert_eq!(of_answers, all, "every position belongs to one answered command");
    for seen in readers.join_all().await {
        assert_eq!(seen.positions, all, "a reader missed nothing and saw nothing twice");
        assert!(seen.longest_pause < STALLED, "a reader saw nothing for {:?}", seen.longest_pause);
    }
    assert!(head > 100, "much was written meanwhile: {head}");
    assert_eq!(faults(&stores[0]).await, []);
}

async fn idle(place: &Postgres) -> PgConnection {
    PgConnection::connect_with(&place.options()).await.expect("somebody connects")
}

/// First and last position of each command that was answered.
async fn write_on(store: impl Store, started: Instant) -> Vec<(u64, u64)> {
    let mut own = Vec::new();
    while started.elapsed() < ALL {
        let receipt = append(&store, entry(case(), 0, 1 + own.len() as u64 % 3)).await;
        own.push((receipt.first_position, receipt.last_position));
    }
    own
}

/// As a tailing reader does: what lies behind what was read is never asked for again.
async fn tail(store: impl Store, started: Instant) -> Seen {
    let mut seen = Seen { positions: Vec::new(), longest_pause: Duration::ZERO };
    let mut last_news = Instant::now();
    loop {
        let done = started.elapsed() > ALL + Duration::from_millis(500);
        let after = seen.positions.last().copied().unwrap_or(0);
        let page = store.read_after(after, 1_000).await.expect("a page");
        if !page.is_empty() {
            last_news = Instant::now();
        } else if done {
            return seen;
        }
        if started.elapsed() < ALL {
            seen.longest_pause = seen.longest_pause.max(last_news.elapsed());
        }
        seen.positions.extend(page.iter().map(|row| row.position));
        sleep(LOOK).await;
    }
}
