//! `import`, and what can be asked afterwards.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use common::{
    code, command, complaint, counts, exported, file, import, jsonl, last_json, run, stderr, stdout,
};
use serde_json::{Value, json};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).expect("memory");
    packed.finish().expect("memory")
}

fn verified(data: &Path) {
    let output = run(data, &["verify", "--json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(last_json(&output)["ok"], true);
}

#[test]
fn the_same_complaints_open_once_however_they_are_packed() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    let rows = || (0..600).map(complaint);
    let plain = jsonl(dir.path(), "a.jsonl", rows());
    assert_eq!(counts(&import(&data, &plain, &[])), [600, 600, 0, 0, 0]);
    assert_eq!(counts(&import(&data, &plain, &[])), [600, 0, 0, 600, 0]);

    let packed = file(dir.path(), "named.csv", &gzip(&std::fs::read(&plain).expect("written")));
    assert_eq!(counts(&import(&data, &packed, &[])), [600, 0, 0, 600, 0], "gzip is told by content");

    let table = |separator: &str| {
        let mut text = "\u{feff}external_id,source,channel,received_at,title,text,item\r\n".to_owned();
        for row in rows() {
            let cells = ["external_id", "source", "channel", "received_at", "title", "text", "item"]
                .map(|name| row[name].as_str().expect("text").to_owned());
            text.push_str(&format!("{}\r\n{separator}", cells.join(",")));
        }
        text
    };
    let csv = file(dir.path(), "t.csv", table("\r\n").as_bytes());
    assert_eq!(counts(&import(&data, &csv, &[])), [600, 0, 0, 600, 0]);

    let changed = jsonl(
        dir.path(),
        "b.jsonl",
        rows().take(5).map(|mut row| {
            row["text"] = "又来人堆了一车。".into();
            row
        }),
    );
    assert_eq!(counts(&import(&data, &changed, &[])), [5, 0, 5, 0, 0]);
    assert_eq!(counts(&import(&data, &changed, &[])), [5, 0, 0, 5, 0]);
    assert_eq!(exported(&data).len(), 600);
    verified(&data);
}

#[test]
fn a_killed_import_run_again_is_as_if_nothing_had_happened() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    let rows = 4_000;
    let path = jsonl(dir.path(), "a.jsonl", (0..rows).map(complaint));
    let mut child = command(&data, &["import", path.to_str().expect("a path")])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the binary runs");
    let started = Instant::now();
    let written = || std::fs::metadata(data.join("log.db-wal")).map_or(0, |file| file.len());
    while written() < 1_500_000 && started.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("killed");
    child.wait().expect("gone");

    let [read, opened, supplement, duplicate, rejected] = counts(&import(&data, &path, &[]));
    assert_eq!((read, supplement, rejected), (rows as u64, 0, 0));
    assert!(opened < read && duplicate > 0, "it was killed half-way: {opened} {duplicate}");
    assert_eq!(exported(&data).len(), rows);
    verified(&data);
}

/// Forty ways to spoil a row, each with the code that must answer it.
fn spoiled(number: usize) -> (Vec<u8>, &'static str) {
    let with = |field: &str, value: Value| {
        let mut row = complaint(number);
        row[field] = value;
        row.to_string().into_bytes()
    };
    match number % 20 {
        0 => (b"{\"received_at\":\"2026-01-01T00:0".to_vec(), "JSON_INVALID"),
        1 => (b"\xff\xfe{}".to_vec(), "NOT_UTF8"),
        2 => (with("received_at", json!("0000-01-01T00:00:00Z")), "TIME_OUT_OF_RANGE"),
        3 => (with("received_at", json!("9999-12-30T00:00:00Z")), "TIME_OUT_OF_RANGE"),
        4 => (with("received_at", json!("2026-03-01 10:00")), "TIME_INVALID"),
        5 => (with("received_at", Value::Null), "RECEIVED_AT_MISSING"),
        6 => (with("title", json!(["x"])), "WRONG_TYPE"),
        7 => (with("text", json!("长".repeat(20_001))), "TEXT_TOO_LONG"),
        8 => (with("external_id", json!("x".repeat(201))), "ID_TOO_LONG"),
        9 => (with("external_id", json!("a\u{0}b")), "CONTROL_CHARACTER"),
        10 => (with("lat", json!(91)), "OUT_OF_RANGE"),
        11 => (with("lon", json!("east")), "WRONG_TYPE"),
        12 => (with("test", json!("maybe")), "WRONG_TYPE"),
        13 => (with("reporter", json!("a name")), "WRONG_TYPE"),
        14 => (b"[]".to_vec(), "NOT_AN_OBJECT"),
        15 => (b"null".to_vec(), "NOT_AN_OBJECT"),
        16 => (b"{\"title\":\"a\0b\"}".to_vec(), "JSON_INVALID"),
        17 => (with("extra_field", json!("x".repeat(70_000))), "EXTRA_TOO_LARGE"),
        18 => (b"=HYPERLINK(\"http://x\")".to_vec(), "JSON_INVALID"),
        _ => (format!("{}1{}", "[".repeat(400), "]".repeat(400)).into_bytes(), "JSON_INVALID"),
    }
}

#[test]
fn a_thousand_spoiled_rows_get_a_thousand_answers() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    let mut bytes = Vec::new();
    let mut expected = Vec::new();
    for number in 0..1_000 {
        let (row, code) = spoiled(number);
        bytes.extend_from_slice(&row);
        bytes.push(b'\n');
        expected.push((number as u64 + 1, code));
    }
    // One line that no reader should hold in memory, and one good complaint behind it.
    bytes.extend(std::iter::repeat_n(b'x', 10 * 1024 * 1024));
    expected.push((1_001, "LINE_TOO_LONG"));
    bytes.extend_from_slice(format!("\n{}\n", complaint(1)).as_bytes());
    let path = file(dir.path(), "spoiled.jsonl", &bytes);

    let output = run(&data, &["import", path.to_str().expect("a path")]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(counts(&last_json(&output)), [1_002, 1, 0, 0, 1_001]);
    assert!(!stderr(&output).contains("panicked"));
    let rejects = std::fs::read_to_string(data.join("rejects/spoiled.jsonl-1.jsonl")).expect("rejects");
    let found: Vec<(u64, String)> = rejects
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).expect("json");
            let fault = &row["faults"][0];
            assert!(
                !fault["zh"].as_str().expect("zh").is_empty()
                    && !fault["en"].as_str().expect("en").is_empty()
            );
            (row["line"].as_u64().expect("a line"), fault["code"].as_str().expect("a code").to_owned())
        })
        .collect();
    let found: Vec<(u64, &str)> = found.iter().map(|(line, code)| (*line, code.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn history_keeps_its_times_and_formulas_are_texts() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    let table = "nr,dept,taken,due,done,what\n\
        =1+1,PWD,07/01/2011 09:00,07/05/2011 09:00,07/04/2011 09:00,=cmd|' /C calc'!A0\n\
        A-2,PWD,07/01/2011 09:00,07/05/2011 09:00,07/05/2011 09:00,\"two\nlines\"\n\
        A-3,ISD,07/01/2011 09:00,07/05/2011 09:00,07/05/2011 09:01,late\n\
        A-4,ISD,07/01/2011 09:00,,07/05/2011 09:01,no limit\n\
        A-5,ISD,07/01/2011 09:00,07/05/2011 09:00,,open\n\
        A-6,ISD,07/01/2011 09:00\n\
        A-7,ISD,\"07/01/2011 09:00,,,stray quote\n";
    let map = "source = \"city\"\nzone = \"America/New_York\"\nformats = [\"%m/%d/%Y %H:%M\"]\n[fields]\n\
        external_id = \"nr\"\nunit = \"dept\"\nreceived_at = \"taken\"\ndue_at = \"due\"\nclosed_at = \"done\"\ntitle = \"what\"\n";
    let path = file(dir.path(), "city.csv", table.as_bytes());
    let map = file(dir.path(), "map.toml", map.as_bytes());
    let summary = import(&data, &path, &["--map", map.to_str().expect("a path"), "--as-of-recorded"]);
    assert_eq!(counts(&summary), [7, 5, 0, 0, 2]);

    let mut rows = exported(&data);
    rows.sort_by_key(|row| row["external_id"].as_str().map(str::to_owned));
    let told: Vec<_> =
        rows.iter().map(|row| (row["unit"].as_str().expect("unit"), row["on_time"].as_bool())).collect();
    assert_eq!(
        told,
        [("PWD", Some(true)), ("PWD", Some(true)), ("ISD", Some(false)), ("ISD", None), ("ISD", None)]
    );
    assert_eq!(rows[0]["due_at"], "2011-07-05T21:00:00+08:00");

    let csv = stdout(&run(&data, &["export", "cases"]));
    assert!(
        csv.starts_with(
            "case_no,external_id,source,state,unit,rung,item,received_at,due_at,closed_at,on_time"
        )
    );
    assert!(
        csv.contains(",'=1+1,city,recorded_closed,PWD,") && !csv.contains(",=") && !csv.contains("\"="),
        "{csv}"
    );
    let sheet = dir.path().join("cases.xlsx");
    let output = run(
        &data,
        &["export", "cases", "--format", "xlsx", "--out", sheet.to_str().expect("a path"), "--json"],
    );
    assert_eq!(last_json(&output)["rows"], 5);
    assert!(std::fs::read(&sheet).expect("written").starts_with(b"PK"));
    verified(&data);

    let shown = last_json(&run(&data, &["show", "A-3", "--json"]));
    assert_eq!(
        (shown["state"].as_str(), shown["recorded"]["on_time"].as_bool()),
        (Some("recorded_closed"), Some(false))
    );
}

#[test]
fn what_cannot_be_read_is_misuse() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    let exit = |arguments: &[&str]| code(&run(&data, arguments));
    assert_eq!(exit(&["import", "/nowhere/at.all"]), 2);
    assert_eq!(exit(&["import", dir.path().to_str().expect("a path")]), 2);
    let sheet = file(dir.path(), "x.xlsx", b"PK\x03\x04rest");
    assert_eq!(exit(&["import", sheet.to_str().expect("a path")]), 2);
    assert_eq!(exit(&["import"]), 2);
    for unknown in ["verify", "rebuild"] {
        assert_eq!(exit(&[unknown]), 2, "a folder without data is not made by looking at it");
    }
    let empty = file(dir.path(), "empty.jsonl", b"");
    assert_eq!(counts(&import(&data, &empty, &[])), [0; 5]);
    // A file that breaks off: what came before is in, and it is said that something is missing.
    let rows: String = (0..2_000).map(|number| format!("{}\n", complaint(number))).collect();
    let mut packed = gzip(rows.as_bytes());
    packed.truncate(packed.len() / 2);
    let cut = file(dir.path(), "cut.jsonl.gz", &packed);
    let output = run(&data, &["import", cut.to_str().expect("a path")]);
    assert_eq!(code(&output), 1);
    assert!(last_json(&output)["opened"].as_u64().expect("opened") > 0);
}
