//! What a reporter tells is found in no file and in no output.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{code, files, import, jsonl, run, stderr, stdout};
use serde_json::json;

const NAME: &str = "欧阳铁蛋";
const PHONE: &str = "13900001234";
const ID_NUMBER: &str = "320506199003071239";
const WORDS: &str = "鹧鸪巷尽头的蓝色铁门";

#[test]
fn personal_data_is_only_ever_written_sealed() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    let row = |number: usize, more: serde_json::Value| {
        let mut row = json!({
            "external_id": format!("P-{number}"), "source": "test", "received_at": "2026-03-02T09:00:00+08:00",
            "title": format!("我叫{NAME}，请回电{PHONE}"),
            "text": format!("{WORDS}整夜有响动。{NAME}，身份证{ID_NUMBER}，电话{PHONE}。"),
            "address": WORDS, "reply_text": format!("已答复{NAME}"),
            "reporter": {"name": NAME, "phone": PHONE, "id_number": ID_NUMBER, "wechat": PHONE},
            "second_phone": PHONE,
        });
        for (field, value) in more.as_object().into_iter().flatten() {
            row[field] = value.clone();
        }
        row
    };
    let mut rows: Vec<_> = (0..20).map(|number| row(number, json!({}))).collect();
    // Rejected rows, and one whose content changes: their words must not leak either.
    rows.push(row(100, json!({"received_at": NAME})));
    rows.push(row(101, json!({"lat": PHONE, "test": NAME, "due_at": PHONE})));
    rows.push(row(1, json!({"text": format!("补充：{NAME} {PHONE}")})));
    let path = jsonl(dir.path(), "in.jsonl", rows);
    let broken = common::file(
        dir.path(),
        "broken.jsonl",
        format!("{{\"name\":\"{NAME}\",\"phone\":{PHONE}\n").as_bytes(),
    );

    let mut spoken = String::new();
    let summary = import(&data, &path, &[]);
    assert_eq!(common::counts(&summary), [23, 20, 1, 0, 2]);
    for arguments in [
        vec!["import", path.to_str().expect("a path")],
        vec!["import", broken.to_str().expect("a path")],
        vec!["verify"],
        vec!["show", "P-1"],
        vec!["show", "P-1", "--json"],
        vec!["export", "cases"],
        vec!["export", "cases", "--format", "jsonl"],
        vec!["rebuild"],
    ] {
        let output = run(&data, &arguments);
        assert_eq!(code(&output), 0, "{arguments:?} {}", stderr(&output));
        spoken.push_str(&stdout(&output));
        spoken.push_str(&stderr(&output));
    }
    let planted = [NAME, PHONE, ID_NUMBER, WORDS];
    for secret in planted {
        assert!(!spoken.contains(secret), "{secret} was told");
    }
    let written = files(&data);
    assert!(
        written.iter().any(|path| path.ends_with("log.db"))
            && written.iter().any(|path| path.to_string_lossy().contains("rejects"))
    );
    for path in written {
        let bytes = std::fs::read(&path).expect("a file");
        for secret in planted {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is in {}", path.display());
        }
    }
}

#[test]
fn a_thousand_people_are_found_nowhere() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    let people: Vec<(String, String)> = (0..1_000_u32)
        .map(|n| {
            let given: String = [n / 100, n / 10 % 10, n % 10]
                .iter()
                .filter_map(|digit| "甲乙丙丁戊己庚辛壬癸".chars().nth(*digit as usize))
                .collect();
            (format!("司徒{given}"), format!("1370001{n:04}"))
        })
        .collect();
    let rows = people.iter().enumerate().map(|(n, (name, phone))| {
        json!({
            "external_id": format!("T-{n}"), "source": "test", "received_at": "2026-03-02T09:00:00+08:00",
            "title": format!("{name}反映路灯不亮，电话{phone}"), "text": format!("联系{name} {phone}"),
            "address": format!("{name}家"), "reporter": {"name": name, "phone": phone},
        })
    });
    let path = jsonl(dir.path(), "thousand.jsonl", rows);
    assert_eq!(common::counts(&import(&data, &path, &[])), [1_000, 1_000, 0, 0, 0]);
    let exported = run(&data, &["export", "cases", "--format", "jsonl"]);
    let mut searched = vec![exported.stdout, exported.stderr];
    searched.extend(files(&data).iter().map(|path| std::fs::read(path).expect("a file")));
    let planted: std::collections::HashSet<&[u8]> =
        people.iter().flat_map(|(name, phone)| [name.as_bytes(), phone.as_bytes()]).collect();
    for bytes in searched {
        for length in [15, 11] {
            let found = bytes.windows(length).find(|window| planted.contains(window));
            assert!(found.is_none(), "{:?} is in the clear", found.map(String::from_utf8_lossy));
        }
    }
}
