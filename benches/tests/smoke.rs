//! Every bench runs for a moment, on every store, so that none of them rots.
//!
//! PostgreSQL is asked where `WHISTLEPOST_TEST_POSTGRES` names a server; `tests/run` starts one.

#![allow(clippy::expect_used, reason = "a test that cannot go on says so")]

use std::path::PathBuf;
use std::process::Command;
use std::str::FromStr;

use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};
use uuid::Uuid;

/// Every bench, and a line with tiny numbers that it runs with on SQLite, and on PostgreSQL if it can.
const BENCHES: [(&str, &[&str]); 5] = [
    ("lifecycle", &["--cases", "20", "--in-flight", "8", "--json"]),
    ("lifecycle", &["--cases", "21", "--in-flight", "8", "--nodes", "2", "--json"]),
    ("replay", &["--events", "400", "--json"]),
    ("deadlines", &["--pending", "30", "--due", "20", "--json"]),
    ("project", &["--cases", "20", "--in-flight", "8", "--json"]),
];

/// The same of those that need a NATS server.
const ON_NATS: [(&str, &[&str]); 2] = [
    ("publish", &["--events", "400", "--json"]),
    ("intake", &["--cases", "40", "--repeated", "10", "--json"]),
];

/// And of those that ask the product itself: where that is built, as `tests/run` does first.
const ON_PROGRAM: [(&str, &[&str]); 2] = [
    ("pages", &["--cases", "40", "--asks", "2", "--incoming", "50", "--json"]),
    ("revision", &["--cases", "1200", "--kill", "0", "--json"]),
];

#[test]
fn pages_are_asked_for_over_http() {
    let (bench, line) = ON_PROGRAM[0];
    if program("whistlepost").exists() {
        let figures = run(bench, line);
        assert!(figures["worst_p95_ms"].as_f64().expect("a time") > 0.0, "{figures}");
        assert!(figures["pages"].as_array().expect("pages").len() > 40, "{figures}");
    }
}

#[test]
fn a_revision_moves_every_open_case_once_also_where_the_service_is_killed() {
    let (bench, line) = ON_PROGRAM[1];
    if program("whistlepost").exists() {
        let figures = run(bench, line);
        assert_eq!(
            (&figures["changed"], &figures["twice"], &figures["left"]),
            (&1200.into(), &0.into(), &0.into())
        );
        assert!(figures["taken_in_meanwhile"].as_u64() > Some(0), "{figures}");
    }
}

#[test]
fn every_bench_runs_on_sqlite() {
    for (bench, line) in with_server() {
        let line: Vec<_> = ["--store", "sqlite"].into_iter().chain(line.iter().map(String::as_str)).collect();
        check(bench, &run(bench, &line));
    }
}

#[tokio::test]
async fn every_bench_runs_on_postgres() {
    let Ok(server) = std::env::var("WHISTLEPOST_TEST_POSTGRES") else { return };
    let server = PgConnectOptions::from_str(&server).expect("an address");
    for (bench, line) in with_server() {
        let database = format!("bench_{}", Uuid::now_v7().simple());
        let mut connection = server.connect().await.expect("a server");
        connection.execute(format!("CREATE DATABASE {database}").as_str()).await.expect("a database");
        let url = server.clone().database(&database).to_url_lossy().to_string();
        let store = ["--store", "postgres", "--database-url", &url];
        let line: Vec<_> = store.into_iter().chain(line.iter().map(String::as_str)).collect();
        let printed = run(bench, &line);
        let drop = format!("DROP DATABASE {database} WITH (FORCE)");
        connection.execute(drop.as_str()).await.expect("it goes");
        connection.close().await.expect("closed");
        check(bench, &printed);
    }
}

#[test]
fn the_last_line_of_the_lifecycle_is_what_checks_read() {
    let figures = run("lifecycle", &["--store", "memory", "--cases", "5", "--json"]);
    let mut names: Vec<_> = figures.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["commands", "commands_per_s", "events_per_s", "p50_ms", "p99_ms", "seconds"]);
    assert_eq!(figures["commands"], 5 * benches::COMMANDS);
}

#[test]
fn no_bench_is_left_out() {
    let manifest = include_str!("../Cargo.toml");
    let all = manifest.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    for bench in all.filter(|name| *name != "benches") {
        assert!(
            BENCHES.iter().chain(&ON_NATS).chain(&ON_PROGRAM).any(|(known, _)| *known == bench),
            "{bench} is not run here"
        );
    }
    assert!(include_str!("../README.md").contains("--bin lifecycle"));
}

/// Every bench that can run here, with its line.
fn with_server() -> Vec<(&'static str, Vec<String>)> {
    let owned = |line: &[&str]| line.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut all: Vec<_> = BENCHES.iter().map(|(bench, line)| (*bench, owned(line))).collect();
    if let Ok(server) = std::env::var("WHISTLEPOST_TEST_NATS") {
        let with_nats = |line: &[&str]| owned(&[&["--nats-url", &server], line].concat());
        all.extend(ON_NATS.iter().map(|(bench, line)| (*bench, with_nats(line))));
    }
    all
}

/// The last line that it prints.
fn run(bench: &str, line: &[&str]) -> Value {
    let done = Command::new(program(bench)).args(line).output().expect("it starts");
    let printed = String::from_utf8_lossy(&done.stdout);
    let complaint = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{bench}: {complaint}");
    serde_json::from_str(printed.lines().last().expect("a line")).expect("a document")
}

/// Beside this test, where they were built with it.
fn program(bench: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this test");
    test.parent().and_then(|deps| deps.parent()).expect("its folder").join(bench)
}

fn check(bench: &str, figures: &Value) {
    let rate = figures["events_per_s"].as_f64().expect("a rate");
    assert!(rate > 0.0, "{bench}: {figures}");
}
