//! `export report`: the monthly report of a city's open data is what its file says.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;

use calamine::{Reader, Xlsx};
use common::{code, file, import, last_json, run, stderr};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// Rows made up in the columns of Boston's open data.
fn rows() -> Vec<[String; 6]> {
    let first: Timestamp = "2011-08-25T09:30:00-04:00".parse().expect("a time");
    let hours = |hours: i64| SignedDuration::from_hours(hours);
    (0..400_i64)
        .map(|row| {
            let received = first + hours(row % 97) + SignedDuration::from_mins(row * 7);
            let due = (row % 11 != 0).then(|| received + hours(24 * (row % 9)));
            let closed = (row % 5 != 0).then(|| received + hours(20 * (row % 13)));
            let text = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
            let department = ["PWDx", "BTDT", "ISD", "PARK"][usize::try_from(row % 4).unwrap()].to_owned();
            let category = ["Street Lights", "Signs & Signals", "Recycling"]
                [usize::try_from(row % 3).unwrap()]
            .to_owned();
            [
                format!("{}", 900_000 + row),
                text(Some(received)),
                text(due),
                text(closed),
                department,
                category,
            ]
        })
        .collect()
}

/// By month of the limit, else of the arrival, in Chinese time: cases, closed, in time, late, overdue.
fn by_hand(rows: &[[String; 6]]) -> BTreeMap<String, [i64; 5]> {
    let mut months = BTreeMap::new();
    for [_, received, due, closed, ..] in rows {
        let at = |text: &String| text.parse::<Timestamp>().ok();
        let (due, closed) = (at(due), at(closed));
        let month =
            Offset::constant(8).to_datetime(due.or(at(received)).unwrap()).strftime("%Y-%m").to_string();
        let counts: &mut [i64; 5] = months.entry(month).or_default();
        counts[0] += 1;
        counts[1] += i64::from(closed.is_some());
        match (due, closed) {
            (Some(due), Some(closed)) if closed <= due => counts[2] += 1,
            (Some(_), Some(_)) => counts[3] += 1,
            (Some(_), None) => counts[4] += 1,
            (None, _) => {}
        }
    }
    months
}

#[test]
fn a_months_report_is_what_the_file_says() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    let rows = rows();
    let mut text =
        "external_id,received_at,due_at,closed_at,department,category_2,title,closure_reason\n".to_owned();
    rows.iter().for_each(|row| text.push_str(&format!("{},sample,\n", row.join(","))));
    let table = file(dir.path(), "made-up.csv", text.as_bytes());
    let map = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/maps/boston.toml");
    let imported = import(&data, &table, &["--map", map, "--as-of-recorded"]);
    assert_eq!(imported["opened"], rows.len());
    let months = by_hand(&rows);
    assert!(months.len() >= 2, "{months:?}");
    for (month, [cases, closed, in_time, late, overdue]) in months {
        let output = run(&data, &["export", "report", "--month", &month]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let report = last_json(&output);
        let counts = ["cases", "closed", "in_time", "late", "overdue"]
            .map(|name| report["counts"][name].as_i64().unwrap());
        assert_eq!(counts, [cases, closed, in_time, late, overdue], "{month}");
        let figure = &report["figures"]["result"];
        assert_eq!(
            (figure["numerator"].as_i64(), figure["denominator"].as_i64()),
            (Some(in_time), Some(in_time + late + overdue))
        );
        let units: i64 = report["units"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["counts"]["cases"].as_i64().unwrap())
            .sum();
        assert_eq!(units, cases, "the units are all there is");
    }
    let book = dir.path().join("report.xlsx");
    let path = book.display().to_string();
    let output = run(&data, &["export", "report", "--month", "2011-09", "--by", "张三", "--out", &path]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let mut book: Xlsx<_> = calamine::open_workbook(&book).unwrap();
    let sheet = book.worksheet_range("总览").unwrap();
    assert!(
        sheet.get_value((1, 0)).unwrap().to_string().contains("张三"),
        "who exported it stands in a cell"
    );
    let refused = run(&data, &["export", "report", "--month", "2011-13"]);
    assert_ne!(code(&refused), 0);
}
