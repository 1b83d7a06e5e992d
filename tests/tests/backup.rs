//! A street's log is copied while its service runs, and comes back elsewhere.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tests::city::City;
use tests::{Service, whistlepost};

fn run(data: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let done = Command::new(whistlepost())
        .arg("--data")
        .arg(data)
        .arg("--json")
        .args(arguments)
        .env_remove("WHISTLEPOST_MASTER_KEY")
        .output()
        .expect("it runs");
    (done.status.code(), document(&done))
}

fn document(done: &Output) -> Value {
    let text = String::from_utf8_lossy(&done.stdout);
    let complaint = String::from_utf8_lossy(&done.stderr);
    let last = text.lines().last().unwrap_or_else(|| panic!("no answer: {complaint}"));
    serde_json::from_str(last).unwrap_or_else(|_| panic!("{text} {complaint}"))
}

fn complaints(count: usize) -> String {
    let line = |number| {
        let complaint = json!({
            "external_id": format!("W-{number}"), "received_at": "2026-11-20T09:00:00+08:00",
            "item": "0101", "title": "垃圾桶满溢", "text": "三天没有清运", "channel": "phone",
        });
        complaint.to_string()
    };
    (0..count).map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_street_is_backed_up_while_it_serves_and_moves_into_a_city() {
    let folder = tempfile::tempdir().expect("a folder");
    let (street, elsewhere) = (folder.path().join("street"), folder.path().join("elsewhere"));
    let file = folder.path().join("complaints.jsonl");
    std::fs::write(&file, complaints(40)).expect("written");
    let (file, backup) = (file.display().to_string(), folder.path().join("backup").display().to_string());
    assert_eq!(run(&street, &["import", &file, "--source", "12345"]).0, Some(0));

    let service = Service::start(&["serve"], &street);
    let (code, told) = run(&street, &["backup", &backup]);
    assert_eq!((code, &told["manifest"]["keys"]), (Some(0), &json!(40)), "{told}");
    let (code, refused) = run(&street, &["backup", &backup]);
    assert_eq!((code, &refused["error"]["code"]), (Some(1), &json!("BACKUP_EXISTS")));
    service.kill();

    // Without the key of then nothing is put back, and no other key is made.
    let (code, refused) = run(&elsewhere, &["restore", &backup]);
    assert_eq!((code, &refused["error"]["code"]), (Some(1), &json!("MASTER_KEY_MISSING")));
    assert!(!elsewhere.join("master.key").exists());
    std::fs::create_dir_all(&elsewhere).expect("a folder");
    std::fs::copy(street.join("master.key"), elsewhere.join("master.key")).expect("the key of then");
    let (code, told) = run(&elsewhere, &["restore", &backup]);
    assert_eq!((code, &told["epoch"]), (Some(0), &json!(2)), "{told}");
    let (code, report) = run(&elsewhere, &["verify"]);
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(run(&elsewhere, &["show", "W-7"]).0, Some(0), "the views are made anew");
    let (code, refused) = run(&elsewhere, &["restore", &backup]);
    assert_eq!((code, &refused["error"]["code"]), (Some(1), &json!("LOG_NOT_EMPTY")));

    moves_into_a_city(&backup, &street.join("master.key")).await;
}

/// Only with the street's key; with another one nothing is done, and nothing is in the way afterwards.
async fn moves_into_a_city(backup: &str, key: &Path) {
    let Some(city) = City::found().await else { return };
    let refused = document(&city.run(&["--json", "restore", backup], ""));
    assert_eq!(refused["error"]["code"], "MASTER_KEY_WRONG", "{refused}");
    let key = std::fs::read_to_string(key).expect("a key");
    let text = std::fs::read_to_string(city.config()).expect("a configuration");
    let line = |line: &str| match line.starts_with("master_key") {
        true => format!("master_key = {:?}\n", key.trim()),
        false => format!("{line}\n"),
    };
    std::fs::write(city.config(), text.lines().map(line).collect::<String>()).expect("written");
    let told = document(&city.run(&["--json", "restore", backup], ""));
    assert_eq!(told["epoch"], 2, "{told}");
    let report = document(&city.run(&["--json", "verify"], ""));
    assert_eq!(report["ok"], true, "{report}");
}
