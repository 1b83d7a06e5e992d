//! Search over a real file.

use std::sync::Arc;

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::runner::Runner;
use crate::views::sample::*;

const DUE: &str = "2026-11-27T17:30:00+08:00";

struct Desk {
    _folder: TempDir,
    views: Views,
}

impl Desk {
    async fn of(log: &Log) -> Self {
        let folder = TempDir::new().expect("a folder");
        let views = Views::open(folder.path().join("views.db")).await.expect("opens");
        Runner::new(views.clone(), Arc::new(log.clone()), rules()).catch_up().await.expect("catches up");
        Self { _folder: folder, views }
    }

    async fn numbers(&self, asked: &str, scope: &Scope) -> Vec<String> {
        let found = self.views.search(asked, scope, 50).await.expect("searches");
        found.into_iter().map(|row| row.case_no).collect()
    }
}

fn titled(log: Log, case: u128, title: &str) -> Log {
    let content =
        json!({"content": {"title": title, "reporter": {"name": "欧阳明", "phone": "13812345678"}}});
    log.add(case, registered_with(&format!("N{case}"), content))
}

fn five() -> Log {
    let log = titled(Log::new(), 1, "东门路灯不亮，联系人：欧阳明 13812345678");
    let log = titled(log, 2, "ＬＥＤ路灯太亮 𠮷祥里").add(2, classified(GRID)).add(2, dispatched(GRID, DUE));
    let log = titled(log, 3, "🚲 Broken street Lamp").add(3, classified(OTHER));
    let log = titled(log, 4, "灯路相反");
    let test = json!({"content": {"title": "路灯测试"}, "test": true});
    log.add(5, registered_with("N5", test))
}

#[tokio::test]
async fn two_characters_find_the_latest_first() {
    let desk = Desk::of(&five()).await;
    for (asked, found) in [
        ("路灯", &["N2", "N1"][..]),
        ("路灯不亮", &["N1"]),
        (" 东门 不亮 ", &["N1"]),
        ("灯路", &["N4"]),
        ("led", &["N2"]),
        ("ＳＴＲＥＥＴ lam", &["N3"]),
        ("𠮷祥", &["N2"]),
        ("𠮷", &["N2"]),
        ("🚲", &["N3"]),
        ("n4", &["N4"]),
        ("X-N5", &["N5"]),
        ("没有", &[]),
        ("灯", &[]),
        ("", &[]),
    ] {
        assert_eq!(desk.numbers(asked, &Scope::All).await, found, "{asked}");
    }
}

#[tokio::test]
async fn a_search_sees_no_further_than_its_reader() {
    let desk = Desk::of(&five()).await;
    let community = Scope::Within(COMMUNITY_PATH.into());
    assert_eq!(desk.numbers("路灯", &community).await, ["N2"]);
    assert_eq!(desk.numbers("lamp", &community).await, [""; 0]);
    assert_eq!(desk.numbers("路灯", &Scope::Within("/320506/320506110/".into())).await, [""; 0]);
}

#[tokio::test]
async fn a_case_that_moves_is_found_where_it_is_now() {
    let log = five();
    let desk = Desk::of(&log).await;
    let elsewhere = Scope::Within("/320506/320506110/".into());
    assert_eq!(desk.numbers("不亮", &elsewhere).await, [""; 0]);
    let log = log.add(1, classified(OTHER));
    Runner::new(desk.views.clone(), Arc::new(log.clone()), rules()).catch_up().await.expect("catches up");
    assert_eq!(desk.numbers("不亮", &elsewhere).await, ["N1"]);
    let log = log.add(1, dispatched(GRID, DUE));
    Runner::new(desk.views.clone(), Arc::new(log.clone()), rules()).catch_up().await.expect("catches up");
    assert_eq!(desk.numbers("不亮", &elsewhere).await, [""; 0]);
    assert_eq!(desk.views.compare(Arc::new(log), rules()).await.expect("compares"), []);
}

#[tokio::test]
async fn what_lists_do_not_show_is_not_found() {
    let desk = Desk::of(&five()).await;
    for hidden in ["欧阳", "欧阳明", "13812345678", "1234567"] {
        assert_eq!(desk.numbers(hidden, &Scope::All).await, [""; 0], "{hidden}");
    }
}

#[tokio::test]
async fn a_hostile_question_is_only_a_question() {
    let desk = Desk::of(&five()).await;
    for asked in [
        "路灯\"",
        "\" OR words:\"a",
        "NEAR(路灯 不亮, 1)",
        "路灯*) --",
        "'; DROP TABLE case_rows; --",
        "\0\0",
        "%_%",
    ] {
        desk.numbers(asked, &Scope::All).await;
    }
    let long = "路灯".repeat(100_000);
    assert_eq!(desk.numbers(&long, &Scope::All).await, [""; 0]);
    assert_eq!(desk.numbers("路灯", &Scope::All).await, ["N2", "N1"]);
}

#[tokio::test]
async fn a_word_that_finds_too_few_is_a_difference() {
    let log = five();
    let desk = Desk::of(&log).await;
    sqlx::query("INSERT INTO case_words (case_words, rowid, words) VALUES ('delete', 1, '路灯')")
        .execute(&mut *desk.views.writer().await.expect("w"))
        .await
        .expect("lost");
    let differences = desk.views.compare(Arc::new(log), rules()).await.expect("compares");
    assert_eq!(differences.len(), 1, "{differences:?}");
    assert!(differences[0].to_string().contains("路灯"), "{differences:?}");
}
