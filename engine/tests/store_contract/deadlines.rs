//! One row for each stream for which a clock runs.

use domain::case::clocks::DeadlineName::{Amber, Contact, Resolve, Sign};
use domain::case::clocks::{Deadline, DeadlineName};
use domain::stream::StreamId;
use engine::log::{PendingDeadline, Store};
use jiff::Timestamp;

use crate::entries::*;
use crate::places::Place;

fn pending(stream: StreamId, name: DeadlineName, due_at: Timestamp, generation: u64) -> PendingDeadline {
    PendingDeadline { stream, deadline: Deadline { name, due_at }, generation }
}

async fn waiting(store: &impl Store) -> Vec<PendingDeadline> {
    store.deadlines_after(None, 100).await.expect("an answer")
}

pub async fn the_next_deadline_of_a_stream_replaces_the_one_before<P: Place>(place: &P) {
    let store = place.open().await;
    let stream = case();
    append(&store, with_deadline(entry(stream, 0, 2), Sign, minutes(30))).await;
    assert_eq!(waiting(&store).await, [pending(stream, Sign, minutes(30), 2)]);
    append(&store, with_deadline(entry(stream, 2, 1), Contact, minutes(20))).await;
    assert_eq!(waiting(&store).await, [pending(stream, Contact, minutes(20), 3)]);
    append(&store, with_deadline(entry(stream, 3, 2), Contact, minutes(25))).await;
    assert_eq!(waiting(&store).await, [pending(stream, Contact, minutes(25), 5)]);
    assert_eq!(store.next_due_at().await.expect("an answer"), Some(minutes(25)));
}

pub async fn a_stream_without_a_clock_waits_for_nothing<P: Place>(place: &P) {
    let store = place.open().await;
    let (ends, stays) = (case(), case());
    append(&store, with_deadline(entry(ends, 0, 1), Sign, minutes(1))).await;
    append(&store, with_deadline(entry(stays, 0, 1), Amber, minutes(2))).await;
    append(&store, entry(ends, 1, 1)).await;
    assert_eq!(waiting(&store).await, [pending(stays, Amber, minutes(2), 1)]);
    append(&store, entry(stays, 1, 1)).await;
    assert_eq!(store.next_due_at().await.expect("an answer"), None);
}

pub async fn every_entry_arms_its_deadline_anew<P: Place>(place: &P) {
    let store = place.open().await;
    let stream = case();
    append(&store, with_deadline(entry(stream, 0, 1), Resolve, minutes(60))).await;
    append(&store, with_deadline(entry(stream, 1, 4), Resolve, minutes(60))).await;
    assert_eq!(waiting(&store).await, [pending(stream, Resolve, minutes(60), 5)]);
    append(&store, entry(stream, 5, 1)).await;
    append(&store, with_deadline(entry(stream, 6, 1), Resolve, minutes(60))).await;
    assert_eq!(waiting(&store).await, [pending(stream, Resolve, minutes(60), 7)]);
}

pub async fn a_failed_entry_leaves_the_deadline_alone<P: Place>(place: &P) {
    let store = place.open().await;
    let stream = case();
    let first = with_deadline(entry(stream, 0, 1), Sign, minutes(30));
    append(&store, first.clone()).await;
    let batch = [with_deadline(entry(stream, 0, 1), Amber, minutes(1)), entry(case(), 0, 1)];
    store.append(&batch, now()).await.expect("an answer");
    store.append(&[first], now()).await.expect("an answer");
    assert_eq!(waiting(&store).await, [pending(stream, Sign, minutes(30), 1)]);
}

pub async fn due_deadlines_come_earliest_first<P: Place>(place: &P) {
    let store = place.open().await;
    for after in [40, 10, 30, 20] {
        append(&store, with_deadline(entry(case(), 0, 1), Sign, minutes(after))).await;
    }
    let due = async |now, limit| -> Vec<Timestamp> {
        let rows = store.due(now, None, limit).await.expect("an answer");
        rows.into_iter().map(|row| row.deadline.due_at).collect()
    };
    assert_eq!(due(minutes(9), 10).await, []);
    assert_eq!(due(minutes(30), 10).await, [minutes(10), minutes(20), minutes(30)]);
    assert_eq!(due(minutes(99), 2).await, [minutes(10), minutes(20)]);
    assert_eq!(store.next_due_at().await.expect("an answer"), Some(minutes(10)));
}

pub async fn a_page_of_due_deadlines_goes_on_where_the_one_before_ended<P: Place>(place: &P) {
    let store = place.open().await;
    for after in [10, 20, 20, 20, 20, 30] {
        append(&store, with_deadline(entry(case(), 0, 1), Sign, minutes(after))).await;
    }
    let all = store.due(minutes(99), None, 10).await.expect("an answer");
    let mut paged: Vec<PendingDeadline> = Vec::new();
    loop {
        let page = store.due(minutes(99), paged.last(), 2).await.expect("an answer");
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged.len(), 6, "also those of one instant");
    assert_eq!(paged, all);
}

pub async fn all_deadlines_can_be_paged_by_stream<P: Place>(place: &P) {
    let store = place.open().await;
    let mut streams: Vec<_> = (0..5).map(|_| case()).collect();
    streams.push(StreamId::intake(case().id));
    for stream in &streams {
        append(&store, with_deadline(entry(*stream, 0, 1), Sign, minutes(1))).await;
    }
    streams.sort();
    let mut found = Vec::new();
    loop {
        let page = store.deadlines_after(found.last().copied(), 2).await.expect("an answer");
        if page.is_empty() {
            break;
        }
        found.extend(page.into_iter().map(|row| row.stream));
    }
    assert_eq!(found, streams);
    assert_eq!(store.deadlines_pending().await.expect("an answer"), 6);
}
