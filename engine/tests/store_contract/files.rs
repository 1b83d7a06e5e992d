//! Photographs and files: what `verify` says of them, and how they go along with a backup.

use std::path::Path;
use std::sync::Arc;

use domain::case::Command;
use domain::case::event::{EvidenceFile, EvidenceKind};
use domain::context::Actor;
use domain::ids::CaseId;
use engine::backup::{BackupError, Files, FilesBack, backup, restore};
use engine::clock::TurnedClock;
use engine::evidence::EvidenceStore;
use engine::keyring::{Keyring, MasterKey};
use engine::log::memory::MemoryStore;
use engine::verify::{Check, Report, Step, verify};
use engine::{Engine, Request};
use tempfile::tempdir;

use crate::entries::*;
use crate::places::Place;
use crate::sweeping::{cases, node};

/// Attaches a photograph to the case; its name in the store.
async fn photograph(engine: &Engine, files: &EvidenceStore, case: CaseId, content: &[u8]) -> String {
    let id = files.put(case, content).await.expect("it is kept");
    let file = EvidenceFile {
        id: id.clone(),
        kind: EvidenceKind::Before,
        media_type: "image/jpeg".to_owned(),
        bytes: content.len() as u64,
        size: None,
    };
    let request = Request::case(case, Command::AttachEvidence { file }, Actor::system("test"));
    engine.submit(request).await.expect("it is attached");
    id
}

fn lies_at(folder: &Path, id: &str) -> std::path::PathBuf {
    folder.join(&id[..2]).join(id)
}

async fn verified(engine: &Engine, files: &EvidenceStore) -> Report {
    verify(engine.store().as_ref(), engine.keyring(), Some(files), None, &|_| {}).await
}

pub async fn a_missing_or_altered_photograph_is_named_with_its_case<P: Place>(place: &P) {
    let engine = node(place.open().await, TurnedClock::at(now())).await;
    let folder = tempdir().expect("a folder");
    let files = EvidenceStore::folder(folder.path(), engine.keyring().clone()).expect("a store");
    let mut kept = Vec::new();
    for (number, case) in cases(&engine, 4).await.into_iter().enumerate() {
        kept.push((case, photograph(&engine, &files, case, &[1, 2, number as u8]).await));
    }
    let report = verified(&engine, &files).await;
    assert!(report.is_sound() && report.files == 4, "{report:?}");

    std::fs::remove_file(lies_at(folder.path(), &kept[1].1)).expect("gone");
    std::fs::write(lies_at(folder.path(), &kept[2].1), b"another").expect("changed");
    let seen = std::sync::Mutex::new(Vec::new());
    let heard = |step| seen.lock().expect("one").push(step);
    let report = verify(engine.store().as_ref(), engine.keyring(), Some(&files), None, &heard).await;
    let told = |(case, id): &(CaseId, String)| {
        let about = |found: &&engine::verify::Finding| {
            found.check == Check::Evidence
                && found.place.contains(&case.to_string())
                && found.what.contains(id)
        };
        report.findings.iter().find(about).map(|found| found.what.clone())
    };
    assert!(told(&kept[1]).is_some_and(|what| what.contains("is missing")), "{report:?}");
    assert!(told(&kept[2]).is_some_and(|what| what.contains("does not match its hash")), "{report:?}");
    assert_eq!((report.findings.len(), report.files), (2, 2), "the others are as they were stored");
    assert!(seen.lock().expect("one").contains(&Step::Files(4, 4)), "it says how far it is");

    let report = verify(engine.store().as_ref(), engine.keyring(), None, None, &|_| {}).await;
    assert!(report.is_sound() && report.notices.iter().any(|notice| notice.starts_with("4 files")));
}

pub async fn photographs_go_along_with_a_backup_to_another_kind_of_store<P: Place>(place: &P) {
    let store = place.open().await;
    let engine = node(store.clone(), TurnedClock::at(now())).await;
    let folder = tempdir().expect("a folder");
    let files = EvidenceStore::folder(folder.path(), engine.keyring().clone()).expect("a store");
    let case = cases(&engine, 1).await[0];
    let first = photograph(&engine, &files, case, b"first").await;
    let lost = photograph(&engine, &files, case, b"lost").await;
    std::fs::remove_file(lies_at(folder.path(), &lost)).expect("gone");
    // Nobody names this one: it may belong to an event that comes after the copy's end.
    files.put(case, b"unnamed").await.expect("kept");

    let to = tempdir().expect("a folder");
    let full = to.path().join("full");
    let manifest = backup(&store, Some(&files), &full, &|_| {}).await.expect("a backup");
    let sealed = std::fs::metadata(lies_at(folder.path(), &first)).expect("a file").len();
    assert_eq!(manifest.evidence, Files { named: 2, copied: 1, bytes: sealed, lost: 1 });

    let again = crate::Sqlite::fresh().await.expect("a folder");
    let log = again.open().await;
    assert!(matches!(restore(&log, None, &full, &|_| {}).await, Err(BackupError::NoPlace)));
    // A bucket stands for what several gateways share.
    let there = node(log.clone(), TurnedClock::at(now())).await;
    let bucket = EvidenceStore::shared("memory:///", [], there.keyring().clone()).expect("a store");
    let restored = restore(&log, Some(&bucket), &full, &|_| {}).await.expect("it is put back");
    assert_eq!(restored.files, FilesBack { there: 1, absent: 1 });
    assert_eq!(bucket.get(case, &first).await.expect("it is there"), b"first");
    let report = verified(&there, &bucket).await;
    assert_eq!((report.files, report.findings.len()), (1, 1), "the one that was lost is named: {report:?}");
    again.remove().await;
}

pub async fn files_are_left_out_on_request_and_damaged_ones_refused<P: Place>(place: &P) {
    let store = place.open().await;
    let engine = node(store.clone(), TurnedClock::at(now())).await;
    let folder = tempdir().expect("a folder");
    let files = EvidenceStore::folder(folder.path(), engine.keyring().clone()).expect("a store");
    let case = cases(&engine, 1).await[0];
    let id = photograph(&engine, &files, case, b"a photograph").await;

    let to = tempdir().expect("a folder");
    let (bare, full) = (to.path().join("bare"), to.path().join("full"));
    let manifest = backup(&store, None, &bare, &|_| {}).await.expect("a backup");
    assert_eq!(manifest.evidence, Files { named: 1, ..Files::default() });
    let other = crate::Sqlite::fresh().await.expect("a folder");
    // The store of files was copied by itself: it is looked for there.
    let restored = restore(&other.open().await, Some(&files), &bare, &|_| {}).await.expect("put back");
    assert_eq!(restored.files, FilesBack { there: 1, absent: 0 });
    other.remove().await;

    backup(&store, Some(&files), &full, &|_| {}).await.expect("a backup");
    std::fs::write(lies_at(&full.join("evidence"), &id), b"spoiled").expect("changed");
    let fresh = crate::Sqlite::fresh().await.expect("a folder");
    let log = fresh.open().await;
    let keys = Keyring::new(MasterKey::random(), Arc::new(MemoryStore::new("t")));
    let empty = EvidenceStore::shared("memory:///", [], keys).expect("a store");
    let refused = restore(&log, Some(&empty), &full, &|_| {}).await.expect_err("damaged").to_string();
    assert!(refused.contains(&id) && refused.contains("not what its name says"), "{refused}");
    assert_eq!(all(&log).await, [], "nothing is written then");
    fresh.remove().await;
}
