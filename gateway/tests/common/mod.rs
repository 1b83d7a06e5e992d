//! Runs the binary on small files of its own making.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// The binary, not started yet.
pub fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whistlepost"));
    command.arg("--data").arg(data).args(arguments).stdin(Stdio::null());
    command.env_remove("WHISTLEPOST_DATA").env_remove("WHISTLEPOST_MASTER_KEY");
    command
}

/// Runs it to its end.
pub fn run(data: &Path, arguments: &[&str]) -> Output {
    command(data, arguments).output().expect("the binary runs")
}

pub fn code(output: &Output) -> i32 {
    output.status.code().expect("it ended by itself")
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The last line of stdout, as JSON.
pub fn last_json(output: &Output) -> Value {
    let text = stdout(output);
    let last = text.lines().last().unwrap_or_else(|| panic!("no output: {}", stderr(output)));
    serde_json::from_str(last).unwrap_or_else(|_| panic!("not JSON: {last}"))
}

/// Imports a file; the summary, whose sum is checked.
pub fn import(data: &Path, file: &Path, more: &[&str]) -> Value {
    let mut arguments = vec!["import", file.to_str().expect("a path")];
    arguments.extend_from_slice(more);
    let output = run(data, &arguments);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let summary = last_json(&output);
    let part = |name: &str| summary[name].as_u64().unwrap_or_else(|| panic!("{name} in {summary}"));
    let sum = part("opened") + part("supplement") + part("duplicate") + part("rejected");
    assert_eq!(part("read"), sum, "{summary}");
    summary
}

/// `[read, opened, supplement, duplicate, rejected]`
pub fn counts(summary: &Value) -> [u64; 5] {
    ["read", "opened", "supplement", "duplicate", "rejected"].map(|name| summary[name].as_u64().expect(name))
}

/// A complaint of our own making.
pub fn complaint(number: usize) -> Value {
    let items = ["暴露垃圾", "占道经营", "路灯不亮", ""];
    json!({
        "external_id": format!("T-{number:05}"),
        "source": "test",
        "channel": "电话",
        "received_at": format!("2026-03-{:02}T{:02}:15:00+08:00", number % 28 + 1, number % 24),
        "title": format!("第{number}号路口的问题"),
        "text": format!("路口第{number}处连着几天没有人来处理，请派人看看。"),
        "item": items[number % items.len()],
    })
}

/// Writes complaints as JSON Lines.
pub fn jsonl(dir: &Path, name: &str, rows: impl IntoIterator<Item = Value>) -> PathBuf {
    let mut text = String::new();
    for row in rows {
        writeln!(text, "{row}").expect("memory");
    }
    file(dir, name, text.as_bytes())
}

pub fn file(dir: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.join(name);
    fs::write(&path, bytes).expect("a file");
    path
}

/// Every file below a folder.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// The export as rows by column name.
pub fn exported(data: &Path) -> Vec<Value> {
    let output = run(data, &["export", "cases", "--format", "jsonl"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    stdout(&output).lines().map(|line| serde_json::from_str(line).expect("a row")).collect()
}
