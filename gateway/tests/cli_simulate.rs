//! A small district, played and checked.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

#[test]
fn a_small_district_keeps_every_limit_and_its_boards_are_right() {
    let size = ["--streets", "2", "--communities", "5", "--grids", "12", "--per-day", "40", "--days", "3"];
    let ran = Command::new(env!("CARGO_BIN_EXE_whistlepost"))
        .arg("simulate-district")
        .args(size)
        .output()
        .expect("the program runs");
    let text = String::from_utf8(ran.stdout).expect("text");
    let told: serde_json::Value = serde_json::from_str(text.lines().last().expect("a line")).expect("JSON");
    assert!(ran.status.success(), "{told}");
    assert_eq!((told["ok"].as_bool(), told["cases"].as_u64()), (Some(true), Some(120)));
    assert!(told["deadlines"]["fired"].as_u64() > Some(100), "{told}");
}
