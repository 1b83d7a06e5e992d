//! `verify` and `rebuild` on logs that somebody has been at.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;

use common::{code, complaint, import, jsonl, last_json, run, stderr};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

/// A data folder with some cases, closed.
fn data() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let path = jsonl(dir.path(), "a.jsonl", (0..60).map(complaint));
    import(dir.path(), &path, &[]);
    dir
}

/// Does what only somebody with the file in hands can do.
fn tamper(file: &Path, statements: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = SqliteConnectOptions::new().filename(file).connect().await.expect("the file");
        sqlx::raw_sql(statements).execute(&mut connection).await.expect("done");
    });
}

/// The checks that found something.
fn found(data: &Path) -> Vec<String> {
    let output = run(data, &["verify", "--json"]);
    assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
    let document = last_json(&output);
    let findings = document["report"]["findings"].as_array().expect("findings");
    assert_eq!(code(&output), i32::from(!findings.is_empty()), "{document}");
    let mut checks: Vec<String> =
        findings.iter().map(|finding| finding["check"].as_str().expect("a check").to_owned()).collect();
    checks.sort();
    checks.dedup();
    checks
}

#[test]
fn every_change_behind_the_engines_back_is_found() {
    const FREE: &str = "DROP TRIGGER events_are_never_changed; DROP TRIGGER events_are_never_deleted;";
    assert!(found(data().path()).is_empty());
    for (statements, expected) in [
        // The triggers that guard the table are looked for themselves.
        ("", "store"),
        ("UPDATE events SET actor = replace(actor, 'import', 'nobody') WHERE position = 7;", "chain"),
        ("DELETE FROM events WHERE position = 20;", "chain"),
        ("DELETE FROM deadlines WHERE stream_id = (SELECT min(stream_id) FROM deadlines);", "deadlines"),
        ("UPDATE deadlines SET due_at = due_at + 1;", "deadlines"),
        ("DELETE FROM case_keys WHERE case_id = (SELECT min(case_id) FROM case_keys);", "keys"),
        ("UPDATE case_keys SET wrapped = zeroblob(length(wrapped));", "keys"),
        ("DELETE FROM receipts WHERE first_position = 1;", "receipts"),
        ("UPDATE receipts SET last_position = last_position + 1 WHERE first_position = 1;", "receipts"),
    ] {
        let dir = data();
        tamper(&dir.path().join("log.db"), &format!("{FREE}{statements}"));
        let checks = found(dir.path());
        assert!(checks.iter().any(|one| one == expected), "{statements}: {checks:?}");
    }
}

#[test]
fn a_tail_cut_off_with_its_head_is_seen_by_the_views() {
    let dir = data();
    let cut = "DROP TRIGGER events_are_never_deleted;
        DELETE FROM events WHERE position > (SELECT max(position) - 3 FROM events);
        UPDATE log SET head_position = (SELECT max(position) FROM events),
            head_hash = (SELECT hash FROM events ORDER BY position DESC LIMIT 1);";
    tamper(&dir.path().join("log.db"), cut);
    assert!(found(dir.path()).iter().any(|check| check == "chain"));
}

#[test]
fn changed_views_are_found_and_rebuilt() {
    let dir = data();
    tamper(
        &dir.path().join("views.db"),
        "DELETE FROM case_rows WHERE opened = (SELECT min(opened) FROM case_rows);",
    );
    assert_eq!(found(dir.path()), ["views"]);
    assert_eq!(code(&run(dir.path(), &["rebuild"])), 0);
    assert!(found(dir.path()).is_empty());
}

#[test]
fn a_spoiled_file_is_a_finding() {
    let dir = data();
    let path = dir.path().join("log.db");
    // What still stands in the journal would hide what is spoiled beneath it.
    tamper(&path, "PRAGMA wal_checkpoint(TRUNCATE);");
    let mut bytes = std::fs::read(&path).expect("the log");
    let quarter = bytes.len() / 4;
    bytes[quarter..2 * quarter].fill(0xA5);
    std::fs::write(&path, &bytes).expect("written");
    assert!(!found(dir.path()).is_empty());
    std::fs::write(&path, vec![0x5A; 40_000]).expect("written");
    assert_eq!(found(dir.path()), ["store"]);
}
