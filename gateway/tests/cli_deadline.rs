//! `deadline` and `policy check`, as somebody calls them.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;

use common::{code, file, last_json, run, stderr, stdout};
use serde_json::Value;

/// Day of receipt, working days, day due.
const VECTORS: [(&str, u32, &str); 6] = [
    ("2026-02-13", 1, "2026-02-14"),
    ("2026-02-14", 5, "2026-02-28"),
    ("2026-04-30", 5, "2026-05-11"),
    ("2026-09-30", 5, "2026-10-13"),
    ("2026-01-01", 3, "2026-01-06"),
    ("2025-09-28", 5, "2025-10-11"),
];

fn deadline(arguments: &[&str]) -> std::process::Output {
    let mut all = vec!["deadline"];
    all.extend_from_slice(arguments);
    run(Path::new("unused"), &all)
}

#[test]
fn the_golden_vectors_hold() {
    for (from, days, due) in VECTORS {
        let budget = format!("{days}wd");
        for at in [from.to_owned(), format!("{from}T10:00:00+08:00"), format!("{from}T02:00:00Z")] {
            let answer = last_json(&deadline(&["--from", &at, "--budget", &budget, "--json"]));
            assert_eq!(answer["due_at"], format!("{due}T17:30:00+08:00"), "{at} {budget}");
            assert_eq!(answer["calendar_revision"], "cn-2026-11");
            assert_eq!(answer["provisional"], false);
            let counted: f64 = answer["counted"]
                .as_array()
                .expect("segments")
                .iter()
                .filter_map(|one| one["counted"].as_f64())
                .sum();
            assert!((counted - f64::from(days)).abs() < 1e-9, "{answer}");
        }
    }
}

#[test]
fn pauses_and_extensions_are_counted_and_explained() {
    let arguments = [
        "--from",
        "2026-02-13T10:00",
        "--budget",
        "3wh",
        "--suspend",
        "2026-02-13T11:00/2026-02-14T09:30",
        "--extend",
        "2wh",
    ];
    let answer = deadline(&arguments);
    assert_eq!(code(&answer), 0);
    let text = stdout(&answer);
    assert!(text.contains("2026-02-14T15:00:00+08:00") && text.contains("挂账暂停 · suspended"), "{text}");
}

#[test]
fn a_batch_answers_every_line_and_says_which_could_not_be() {
    let dir = tempfile::tempdir().expect("a folder");
    let text = "{\"at\":\"2026-02-13T10:00:00+08:00\",\"budget\":\"1wd\"}\n\n\
        {\"from\":\"2026-02-13\",\"budget\":\"2h\",\"suspend\":[[\"2026-02-13T01:00\",\"2026-02-13T02:00\"]]}\n\
        {\"at\":\"2026-02-13\"}\nnot json\n{\"at\":\"2026-02-13\",\"budget\":\"5 wd\"}\n";
    let path = file(dir.path(), "batch.jsonl", text.as_bytes());
    let output = deadline(&["--batch", path.to_str().expect("a path")]);
    assert_eq!(code(&output), 1);
    let text = stdout(&output);
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("json")).collect();
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0]["due_at"], "2026-02-14T17:30:00+08:00");
    assert_eq!(lines[1]["due_at"], "2026-02-13T03:00:00+08:00");
    for (line, number, error) in [
        (&lines[2], 4, "QUESTION_INVALID"),
        (&lines[3], 5, "QUESTION_INVALID"),
        (&lines[4], 6, "BUDGET_INVALID"),
    ] {
        assert_eq!(
            (line["line"].as_u64(), line["error"]["code"].as_str()),
            (Some(number), Some(error)),
            "{line}"
        );
    }
}

#[test]
fn absurd_questions_get_clear_answers() {
    for (from, budget, error, exit) in [
        ("0000-01-01T00:00:00Z", "1wd", "TIME_OUT_OF_RANGE", 2),
        ("9999-12-31T23:59:59Z", "1wd", "TIME_OUT_OF_RANGE", 2),
        ("-0044-03-15", "1wd", "TIME_OUT_OF_RANGE", 2),
        ("yesterday", "1wd", "TIME_INVALID", 2),
        ("2026-02-30", "1wd", "TIME_INVALID", 2),
        ("2026-01-01", "0wh", "BUDGET_INVALID", 2),
        ("2026-01-01", "99999999999999wd", "BUDGET_INVALID", 2),
    ] {
        let output = deadline(&["--from", from, "--budget", budget, "--json"]);
        assert_eq!(code(&output), exit, "{from} {budget}");
        assert_eq!(last_json(&output)["error"]["code"], error, "{from} {budget}");
        assert!(!stderr(&output).contains("panicked"));
    }
    let paused = deadline(&["--from", "2026-01-05", "--budget", "5wd", "--suspend", "2026-01-06/", "--json"]);
    assert_eq!((code(&paused), last_json(&paused)["error"]["code"].as_str()), (1, Some("CLOCK_PAUSED")));
    assert_eq!(code(&deadline(&["--from", "2026-01-05"])), 2);
}

#[test]
fn the_rules_are_checked_with_file_and_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let sound = run(dir.path(), &["policy", "check", "--json"]);
    assert_eq!(code(&sound), 0);
    assert_eq!(last_json(&sound)["ok"], true);

    let delivered = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy");
    assert_eq!(code(&run(dir.path(), &["policy", "check", delivered])), 0);

    let spoiled =
        file(dir.path(), "sla.toml", b"default_class = \"N9\"\n\n[class.N1]\nresolve = \"5 days\"\n");
    let wrong = run(dir.path(), &["policy", "check", spoiled.to_str().expect("a path")]);
    assert_eq!(code(&wrong), 1);
    assert!(stderr(&wrong).contains("sla.toml:4:"), "{}", stderr(&wrong));
    let latin = file(dir.path(), "units.csv", b"code,name\n1,\xff\n");
    assert_eq!(code(&run(dir.path(), &["policy", "check", latin.to_str().expect("a path")])), 1);
    assert_eq!(code(&run(dir.path(), &["policy", "check", "/nowhere/at.all"])), 2);
}
