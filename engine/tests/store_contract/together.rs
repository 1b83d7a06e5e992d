//! Several writers, several handles, callers that go away.

use std::collections::HashSet;
use std::time::Duration;

use engine::log::{Appended, Entry, Store};
use futures::future::join_all;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::entries::*;
use crate::places::Place;

pub async fn a_reader_misses_nothing_while_eight_writers_append<P: Place>(place: &P) {
    const WRITERS: u64 = 8;
    const BATCHES: u64 = 25;
    let store = place.open().await;
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let store = store.clone();
        writers.spawn(async move {
            for size in 1..=BATCHES {
                let batch: Vec<_> = (0..size % 4 + 1).map(|_| entry(case(), 0, size % 3 + 1)).collect();
                store.append(&batch, now()).await.expect("an answer");
            }
        });
    }
    let events: u64 = WRITERS * (1..=BATCHES).map(|size| (size % 4 + 1) * (size % 3 + 1)).sum::<u64>();

    // As a tailing reader does: what lies behind what was read is never asked for again.
    let mut seen = Vec::new();
    while (seen.len() as u64) < events {
        let after = seen.last().copied().unwrap_or(0);
        let page = store.read_after(after, 50).await.expect("a page");
        seen.extend(page.iter().map(|row| row.position));
        tokio::task::yield_now().await;
    }
    assert_eq!(seen, (1..=events).collect::<Vec<_>>());
    writers.join_all().await;
    assert_eq!(store.head().await.expect("a head").position, events);
    assert_eq!(faults(&store).await, []);
}

pub async fn two_handles_append_without_a_fork<P: Place>(place: &P) {
    let (one, two) = tokio::join!(place.open(), place.open());
    let shared = case();
    let many = async |store: &P::Store, own| {
        for _ in 0..40 {
            append(store, entry(own, store_length(store, own).await, 2)).await;
            let expected = store_length(store, shared).await;
            store.append(&[entry(shared, expected, 1)], now()).await.expect("an answer");
        }
    };
    tokio::join!(many(&one, case()), many(&two, case()));
    assert_eq!(faults(&one).await, []);
    assert_eq!(all(&one).await, all(&two).await);
    assert!(all(&one).await.len() >= 160);
}

pub async fn a_node_that_has_long_written_alone_is_judged_like_any_other<P: Place>(place: &P) {
    let (one, two) = (place.open().await, place.open().await);
    let (shared, own) = (case(), case());
    let seen = |stream, expected, position| Entry { seen: Some(position), ..entry(stream, expected, 1) };
    let outcome = async |store: &P::Store, entries: &[Entry]| {
        store.append(entries, now()).await.expect("an answer").outcomes
    };
    let at = async |store: &P::Store, entry| append(store, entry).await.last_position;
    let mut last = at(&one, entry(shared, 0, 1)).await;
    for expected in 1..5 {
        last = at(&one, seen(shared, expected, last)).await;
    }
    let again = seen(shared, 5, last);
    last = at(&one, again.clone()).await;
    // The same command, one that comes too late, and one that has no part in either.
    let mixed = outcome(&one, &[again, seen(shared, 4, 5), entry(own, 0, 1)]).await;
    assert!(
        matches!(mixed[..], [Appended::Repeated(_), Appended::Conflict, Appended::Written(_)]),
        "{mixed:?}"
    );
    // Somebody else writes in between.
    let there = at(&two, seen(shared, 6, last)).await;
    assert_eq!(outcome(&one, &[seen(shared, 6, last)]).await, [Appended::Conflict]);
    at(&one, seen(own, 1, last + 1)).await;
    at(&one, seen(shared, 7, there)).await;
    // What was seen where the log does not reach.
    assert_eq!(outcome(&one, &[seen(case(), 3, 1_000)]).await, [Appended::Conflict]);
    assert_eq!(faults(&one).await, []);
}

async fn store_length(store: &impl Store, stream: domain::stream::StreamId) -> u64 {
    store.load(&[stream]).await.expect("it loads").len() as u64
}

pub async fn one_of_many_rivals_for_a_stream_wins<P: Place>(place: &P) {
    let (one, two) = (place.open().await, place.open().await);
    let stream = case();
    let rivals = (0..16).map(|number| {
        let store = if number % 2 == 0 { &one } else { &two };
        async move { store.append(&[entry(stream, 0, 1)], now()).await.expect("an answer").outcomes }
    });
    let outcomes: Vec<_> = join_all(rivals).await.concat();
    let winners = outcomes.iter().filter(|outcome| matches!(outcome, Appended::Written(_)));
    assert_eq!(winners.count(), 1);
    assert_eq!(all(&one).await.len(), 1);
}

pub async fn one_command_sent_by_many_is_written_once<P: Place>(place: &P) {
    let (one, two) = (place.open().await, place.open().await);
    let command = entry(case(), 0, 3);
    let senders = (0..16).map(|number| {
        let (store, command) = (if number % 2 == 0 { &one } else { &two }, command.clone());
        async move { store.append(&[command], now()).await.expect("an answer").outcomes }
    });
    let receipts: HashSet<_> = join_all(senders)
        .await
        .concat()
        .into_iter()
        .map(|outcome| match outcome {
            Appended::Written(receipt) | Appended::Repeated(receipt) => receipt.first_position,
            Appended::Conflict => panic!("a repeated command is no conflict"),
        })
        .collect();
    assert_eq!(receipts, HashSet::from([1]));
    assert_eq!(all(&one).await.len(), 3);
}

pub async fn a_caller_that_hangs_up_leaves_nothing_half_done<P: Place>(place: &P) {
    let store = place.open().await;
    let mut batches = Vec::new();
    for patience in 0..60 {
        let batch = [entry(case(), 0, 2), entry(case(), 0, 1)];
        let call = store.append(&batch, now());
        let _ = timeout(Duration::from_micros(patience * 100), call).await;
        batches.push(batch);
    }
    // What became of them is unknown, so they are sent again. Afterwards each is there once.
    for batch in &batches {
        let outcomes = store.append(batch, now()).await.expect("an answer").outcomes;
        let repeated = outcomes.iter().filter(|outcome| matches!(outcome, Appended::Repeated(_))).count();
        assert!(repeated == 0 || repeated == 2, "half a batch was written");
    }
    assert_eq!(all(&store).await.len(), 3 * batches.len());
    assert_eq!(faults(&store).await, []);
    append(&place.open().await, entry(case(), 0, 1)).await;
}

/// In memory the second handle stands for the re-opening: that log ends with its process.
pub async fn a_log_opened_again_goes_on_where_it_was<P: Place>(place: &P) {
    let before = place.open().await;
    let streams = three_cases(&before).await;
    let (rows, head) = (all(&before).await, before.head().await.expect("a head"));
    drop(before);
    let after = place.open().await;
    assert_eq!(all(&after).await, rows);
    assert_eq!(after.head().await.expect("a head"), head);
    assert_eq!(append(&after, entry(streams[0], 2, 1)).await.first_position, 7);
    assert_eq!(faults(&after).await, []);
}
