//! `scenario` from the outside: what it prints and how it ends.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Output};

const SOUND: &str = "# one\n| when | who | what | then |\n|---|---|---|---|\n| 2026-11-20 10:00 | hotline | register 1102 龙桥社区第1网格 | state dispatched |\n";

fn scenario(text: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.md");
    std::fs::write(&file, text).expect("a file");
    let program =
        Command::new(env!("CARGO_BIN_EXE_whistlepost")).args(["scenario", "--json"]).arg(&file).output();
    program.expect("the program runs")
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

#[test]
fn a_table_that_holds_ends_with_0() {
    let ran = scenario(SOUND);
    assert_eq!((ran.status.code(), json(&ran)["passed"].as_u64()), (Some(0), Some(1)));
}

#[test]
fn what_does_not_follow_is_named_by_line_in_both_languages_and_ends_with_1() {
    let ran = scenario(&SOUND.replace("state dispatched", "state closed; CaseSigned"));
    let failures = json(&ran)["scenarios"][0]["failures"].clone();
    assert_eq!(ran.status.code(), Some(1));
    assert_eq!(failures[0]["line"], 4);
    assert_eq!(failures[0]["expected"], "state closed");
    assert_eq!((&failures[0]["zh"], &failures[0]["en"]), (&"待签收".into(), &"dispatched".into()));
    assert_eq!(failures.as_array().map(Vec::len), Some(2));
}

#[test]
fn every_mistake_of_the_file_is_named_by_line_and_ends_with_2() {
    let ran = scenario(&format!("{SOUND}| 09:00 | alien | fly | state x |\nhello\n"));
    let faults = json(&ran)["faults"].clone();
    let found: Vec<_> = faults
        .as_array()
        .into_iter()
        .flatten()
        .map(|fault| (fault["line"].as_u64().unwrap_or(0), fault["code"].as_str().unwrap_or("").to_owned()))
        .collect();
    assert_eq!(ran.status.code(), Some(2));
    for code in ["SCENARIO_TIME", "SCENARIO_ACTOR", "SCENARIO_ACTION", "SCENARIO_RESULT"] {
        assert!(found.contains(&(5, code.to_owned())), "{code} in {found:?}");
    }
    assert!(found.contains(&(6, "SCENARIO_LINE".to_owned())), "{found:?}");
}
