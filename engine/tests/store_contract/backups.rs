//! A copy of a log that is being written to, and the way back into either store.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::ids::CaseId;
use engine::Engine;
use engine::backup::{BackupError, Manifest, backup, restore};
use engine::clock::TurnedClock;
use engine::log::sqlite::SqliteStore;
use engine::log::{Parked, Store};
use engine::verify::verify;
use jiff::SignedDuration;
use tempfile::tempdir;

use crate::entries::*;
use crate::places::{JURISDICTION, Place, Postgres, Reachable, Sqlite};
use crate::sweeping::{cases, node, registration, sweeper};

async fn made(store: &dyn Store, folder: &Path) -> Result<Manifest, BackupError> {
    backup(store, None, folder, &|_| {}).await
}

async fn put_back(store: &dyn Store, folder: &Path) -> Result<(), BackupError> {
    restore(store, None, folder, &|_| {}).await.map(|_| ())
}

/// Complaints come in until it is stopped.
async fn complaints(engine: Engine, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        let more = (0..5).map(|_| registration(&engine, CaseId(case().id))).collect();
        for outcome in engine.submit_many(more).await {
            outcome.expect("it is accepted");
        }
        tokio::task::yield_now().await;
    }
}

pub async fn a_backup_made_under_load_comes_back_into_either_store<P: Place>(place: &P) {
    let store = place.open().await;
    let clock = TurnedClock::at(now());
    let engine = node(store.clone(), clock.clone()).await;
    cases(&engine, 700).await;
    clock.advance(SignedDuration::from_hours(1));
    while sweeper(&engine, "deadlines", "one").step().await.expect("a sweep") > 0 {}
    let held = Parked {
        stream_kind: "case".to_owned(),
        stream_id: case().id.to_string(),
        position: 9,
        reason: "newer".to_owned(),
    };
    store.park(std::slice::from_ref(&held)).await.expect("parked");

    let stop = Arc::new(AtomicBool::new(false));
    let beside = tokio::spawn(complaints(engine.clone(), stop.clone()));
    tokio::time::sleep(Duration::from_millis(50)).await;
    let folder = tempdir().expect("a folder");
    let backup = folder.path().join("deep").join("backup");
    let manifest = made(&store, &backup).await.expect("a backup");
    let head = store.head().await.expect("a head").position;
    stop.store(true, Ordering::Relaxed);
    beside.await.expect("it ends");
    assert!(manifest.head_position >= 2_800 && manifest.head_position <= head);

    let sqlite = Sqlite::fresh().await.expect("a folder");
    comes_back(&sqlite, &store, &backup, &manifest, &held).await;
    sqlite.remove().await;
    if let Some(postgres) = Postgres::fresh().await {
        comes_back(&postgres, &store, &backup, &manifest, &held).await;
        postgres.remove().await;
    }
}

/// It is the same log in its next epoch, sound, and goes on.
async fn comes_back<P: Place>(
    place: &P,
    source: &impl Store,
    backup: &Path,
    manifest: &Manifest,
    held: &Parked,
) {
    let store = place.open().await;
    put_back(&store, backup).await.expect("it is put back");
    let (identity, was) = (store.identity().await.expect("who"), source.identity().await.expect("who"));
    assert_eq!((identity.log_id, &identity.jurisdiction), (was.log_id, &was.jurisdiction));
    assert_eq!(identity.epoch, was.epoch + 1);
    let rows = all(&store).await;
    let mut expected = all(source).await;
    expected.truncate(rows.len());
    assert_eq!(rows, expected, "word for word");
    assert_eq!(rows.len() as u64, manifest.events);
    assert_eq!(store.parked().await.expect("the parked"), std::slice::from_ref(held));

    let clock = TurnedClock::at(now() + SignedDuration::from_hours(96));
    let engine = node(store.clone(), clock).await;
    let report = verify(&store, engine.keyring(), None, None, &|_| {}).await;
    assert!(report.is_sound(), "{:?}", report.findings);
    assert_eq!((report.receipts, report.events), (manifest.receipts, manifest.events));
    assert!(report.deadlines >= 700 && report.seals >= 700, "{report:?}");
    let passed = sweeper(&engine, "deadlines", "one").step().await.expect("a sweep");
    assert!(passed > 0, "its clocks run on");
    cases(&engine, 3).await;
    let report = verify(&store, engine.keyring(), None, None, &|_| {}).await;
    assert!(report.is_sound(), "{:?}", report.findings);
    assert!(matches!(put_back(&store, backup).await, Err(BackupError::NotEmpty)));
}

pub async fn a_backup_is_complete_or_not_there<P: Reachable>(place: &P) {
    let store = place.open().await;
    three_cases(&store).await;
    let folder = tempdir().expect("a folder");
    let there = || std::fs::read_dir(folder.path()).expect("it is read").count();
    let target = folder.path().join("one");
    made(&store, &target).await.expect("a backup");
    assert!(matches!(made(&store, &target).await, Err(BackupError::Exists(_))));
    assert_eq!(there(), 1);

    for sql in P::UNGUARD {
        place.tamper(sql).await.expect("the guard goes");
    }
    place.tamper("UPDATE events SET actor = '{}' WHERE position = 3").await.expect("it is changed");
    let refused = made(&store, &folder.path().join("two")).await.expect_err("not sound").to_string();
    assert!(refused.contains("position 3"), "{refused}");
    assert_eq!(there(), 1, "nothing is left of the one that failed");
}

pub async fn a_damaged_backup_is_refused_and_the_log_stays_empty<P: Place>(place: &P) {
    let source = Sqlite::fresh().await.expect("a folder");
    let engine = node(source.open().await, TurnedClock::at(now())).await;
    cases(&engine, 20).await;
    let folder = tempdir().expect("a folder");
    let store = place.open().await;
    for (number, file) in
        ["events.jsonl.gz", "receipts.jsonl.gz", "keys.jsonl.gz", "parked.jsonl.gz"].iter().enumerate()
    {
        let backup = folder.path().join(format!("{number}"));
        made(engine.store().as_ref(), &backup).await.expect("a backup");
        let path = backup.join(file);
        let mut bytes = std::fs::read(&path).expect("a file");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, &bytes).expect("changed");
        let refused = put_back(&store, &backup).await.expect_err("damaged").to_string();
        assert!(refused.contains(file) && refused.contains("not what the manifest says"), "{refused}");
        std::fs::remove_file(&path).expect("gone");
        let refused = put_back(&store, &backup).await.expect_err("damaged").to_string();
        assert!(refused.contains("it is missing"), "{refused}");
    }
    // Somebody rewrote the manifest too: the chain still says no.
    let backup = folder.path().join("rewritten");
    made(engine.store().as_ref(), &backup).await.expect("a backup");
    let path = backup.join("manifest.json");
    let mut manifest: Manifest =
        serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("a manifest");
    manifest.head_position -= 1;
    std::fs::write(&path, serde_json::to_vec(&manifest).expect("JSON")).expect("changed");
    let refused = put_back(&store, &backup).await.expect_err("damaged").to_string();
    assert!(refused.contains("does not end where the manifest says"), "{refused}");
    assert_eq!(all(&store).await, []);
    assert_eq!(store.identity().await.expect("who").epoch, 1);
    append(&store, entry(case(), 0, 1)).await;
    source.remove().await;
}

pub async fn only_an_empty_idle_log_of_the_same_jurisdiction_takes_a_backup<P: Place>(place: &P) {
    let source = Sqlite::fresh().await.expect("a folder");
    three_cases(&source.open().await).await;
    let folder = tempdir().expect("a folder");
    let backup = folder.path().join("backup");
    made(&source.open().await, &backup).await.expect("a backup");
    let elsewhere = SqliteStore::open(&folder.path().join("other.db"), "110000").await.expect("a log");
    let refused = put_back(&elsewhere, &backup).await.expect_err("another's").to_string();
    assert!(refused.contains(JURISDICTION) && refused.contains("110000"), "{refused}");

    let store = place.open().await;
    store.claim_lease("deadlines", "a service", Duration::from_secs(60)).await.expect("a lease");
    let refused = put_back(&store, &backup).await.expect_err("somebody works on it").to_string();
    assert!(refused.contains("a service runs on it"), "{refused}");
    store.release_lease("deadlines", "a service").await.expect("released");
    put_back(&store, &backup).await.expect("now it is idle");
    assert_eq!(all(&store).await.len(), 6);
    source.remove().await;
}
