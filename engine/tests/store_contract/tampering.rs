//! Somebody writes to the tables who is not the engine.

use std::sync::Arc;

use engine::clock::TurnedClock;
use engine::log::chain::{Fault, FaultKind};
use engine::log::{Store, replay};
use engine::verify::verify;

use crate::entries::*;
use crate::places::{JURISDICTION, Reachable};
use crate::sweeping::{cases, node};

async fn unguard(place: &impl Reachable, then: &str) {
    for sql in place_guards(place) {
        place.tamper(sql).await.expect("the guard goes");
    }
    place.tamper(then).await.expect("nobody guards the events");
}

fn place_guards<P: Reachable>(_: &P) -> &'static [&'static str] {
    P::UNGUARD
}

fn kinds(faults: &[Fault]) -> Vec<(u64, FaultKind)> {
    faults.iter().map(|fault| (fault.position, fault.kind)).collect()
}

pub async fn events_cannot_be_updated_or_deleted<P: Reachable>(place: &P) {
    let store = place.open().await;
    three_cases(&store).await;
    let rows = all(&store).await;
    for sql in ["UPDATE events SET actor = '{}' WHERE position = 2", "DELETE FROM events WHERE position = 2"]
    {
        let refused = place.tamper(sql).await.expect_err("guarded").to_string();
        assert!(refused.contains("events are never"), "{refused}");
    }
    assert_eq!(all(&store).await, rows);
}

pub async fn a_changed_row_is_named<P: Reachable>(place: &P) {
    let store = place.open().await;
    let streams = three_cases(&store).await;
    let purpose = r#"{"ReporterRevealed":{"purpose":"other"}}"#;
    unguard(place, &format!("UPDATE events SET payload = '{purpose}' WHERE position IN (2, 5)")).await;
    let faults = faults(&store).await;
    assert_eq!(kinds(&faults), [(2, FaultKind::Hash), (5, FaultKind::Hash)]);
    let place = format!("position 2 stream {}: hash differs", streams[1]);
    assert!(faults[0].to_string().starts_with(&place), "{}", faults[0]);
}

pub async fn a_deleted_row_is_named<P: Reachable>(place: &P) {
    let store = place.open().await;
    three_cases(&store).await;
    unguard(place, "DELETE FROM events WHERE position = 2").await;
    let gap = FaultKind::Sequence { expected: 1, found: 2 };
    assert_eq!(kinds(&faults(&store).await), [(3, FaultKind::Link { after: 1 }), (5, gap)]);
}

pub async fn a_replay_over_a_row_that_is_not_ours_fails<P: Reachable>(place: &P) {
    let store = place.open().await;
    three_cases(&store).await;
    let store: Arc<dyn Store> = Arc::new(store);
    unguard(place, "UPDATE events SET event_version = '1 of theirs' WHERE position = 2").await;
    let ended = replay(&store, 0, |_| ()).await;
    assert!(ended.is_err_and(|error| error.to_string().contains("unknown version")));
    let seen = "UPDATE events SET event_version = '1', event_type = 'Seen' WHERE position = 2";
    place.tamper(seen).await.expect("nobody guards the events");
    assert!(replay(&store, 0, |_| ()).await.is_err());
}

pub async fn a_row_put_in_is_named_and_the_log_goes_on<P: Reachable>(place: &P) {
    let store = place.open().await;
    let streams = three_cases(&store).await;
    place
        .tamper(
            "INSERT INTO events SELECT 100, aggregate_type, aggregate_id, 3, event_type, event_version,
             payload, metadata, occurred_at, recorded_at, actor, correlation, causation, command_id,
             hash, prev_hash FROM events WHERE position = 4",
        )
        .await
        .expect("whoever knows all columns can insert");
    assert_eq!(append(&store, entry(streams[1], 2, 1)).await.first_position, 101);
    let named =
        [(100, FaultKind::Link { after: 6 }), (100, FaultKind::Hash), (101, FaultKind::Link { after: 100 })];
    assert_eq!(kinds(&faults(&store).await), named);
}

pub async fn a_tail_cut_off_is_named<P: Reachable>(place: &P) {
    let store = place.open().await;
    three_cases(&store).await;
    unguard(place, "DELETE FROM events WHERE position > 4").await;
    assert_eq!(kinds(&faults(&store).await), [(4, FaultKind::Head { head: 6 })]);
}

pub async fn missing_guards_are_told<P: Reachable>(place: &P) {
    let store = place.open().await;
    unguard(place, "SELECT 1").await;
    let told = store.self_check().await.expect("an answer").faults;
    assert!(told.iter().any(|line| line.contains("not in place")), "{told:?}");
}

pub async fn a_key_of_no_case_and_a_log_without_an_id_are_named<P: Reachable>(place: &P) {
    let store = place.open().await;
    let engine = node(store.clone(), TurnedClock::at(now())).await;
    cases(&engine, 2).await;
    let check = async || verify(&store, engine.keyring(), None, None, &|_| {}).await;
    assert_eq!(check().await.findings, []);
    let stray = P::blob("000000000000000000000000000000aa");
    place.tamper(&format!("INSERT INTO case_keys VALUES ({stray}, {stray})")).await.expect("put in");
    let found = check().await.findings;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].place.contains("0000000000aa") && found[0].what.contains("does not have"), "{found:?}");
    place.tamper("UPDATE log SET epoch = 0").await.expect("changed");
    let found = check().await.findings;
    assert!(found.iter().any(|finding| finding.what.contains("no epoch")), "{found:?}");
}

pub async fn a_newer_schema_is_refused<P: Reachable>(place: &P) {
    place.open().await;
    place.tamper("UPDATE log SET schema_version = 99").await.expect("a newer program did this");
    let refusal = place.refusal(JURISDICTION).await;
    assert!(refusal.contains("the log has schema version 99, this program knows "), "{refusal}");
}

pub async fn an_older_log_is_brought_up_to_this_program<P: Reachable>(place: &P) {
    let store = place.open().await;
    three_cases(&store).await;
    let (rows, identity) = (all(&store).await, store.identity().await.expect("who it is"));
    for sql in P::OLDER {
        place.tamper(sql).await.expect("as version 1 was");
    }
    place.tamper("UPDATE log SET schema_version = 1").await.expect("and said so");
    let (one, two) = tokio::join!(place.open(), place.open());
    for store in [one, two] {
        assert_eq!(all(&store).await, rows);
        assert_eq!(store.identity().await.expect("who it is"), identity);
        store
            .claim_lease("deadlines", "a", std::time::Duration::from_secs(9))
            .await
            .expect("leases are kept");
    }
}

pub async fn another_jurisdiction_is_refused<P: Reachable>(place: &P) {
    place.open().await;
    let refusal = place.refusal("110000").await;
    assert!(refusal.contains("belongs to jurisdiction 320506, not to 110000"), "{refusal}");
}
