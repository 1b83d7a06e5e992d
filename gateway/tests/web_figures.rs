//! Figures on the board, in files, through the interface and in reports: the same numbers everywhere.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

#[path = "web/house.rs"]
mod house;

use std::io::Cursor;

use axum::http::StatusCode;
use calamine::{Reader, Xlsx};
use house::{Answer, House};
use serde_json::{Value, json};

async fn history(house: &House) {
    for number in 0..3 {
        house.case(&format!("case-{number}")).await;
    }
}

async fn metrics(house: &House, name: &str, query: &str) -> Value {
    let token = house.token(name).await;
    let answer = house.api(&token, "GET", &format!("/api/v1/metrics?{query}"), "").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

fn sheets(answer: &Answer) -> Vec<(String, Vec<Vec<String>>)> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(answer.bytes.clone())).unwrap();
    let text = |range: calamine::Range<calamine::Data>| {
        range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
    };
    book.worksheets().into_iter().map(|(name, range)| (name, text(range))).collect()
}

#[tokio::test]
async fn every_group_of_figures_is_a_page_a_file_and_an_answer() {
    let house = House::new().await;
    history(&house).await;
    let ducha = house.sign_in("ducha").await;
    for group in ["limits", "callback", "quality", "asides", "whistle", "levels", "supervision", "scores"] {
        let page = ducha.get(&format!("/board?show={group}")).await;
        assert_eq!(page.status, StatusCode::OK, "{group}: {}", page.text);
        assert!(page.text.contains(&format!("/board.csv?show={group}")), "{group}");
        let file = ducha.get(&format!("/board.csv?show={group}")).await;
        assert_eq!(file.status, StatusCode::OK, "{group}: {}", file.text);
        assert_eq!(ducha.get(&format!("/board.xlsx?show={group}")).await.status, StatusCode::OK);
    }
    let csv = ducha.get("/board.csv?show=limits&by=item").await.text;
    let last = csv.lines().last().unwrap();
    assert!(last.starts_with("合计,3,0,–"), "{csv}");
    let told = metrics(&house, "ducha", "by=item").await;
    assert_eq!((&told["total"]["counts"]["cases"], &told["by"]), (&json!(3), &json!("item")));
    assert_eq!(told["total"]["figures"]["result"]["sample"], 0);
    let english = ducha.get("/board?show=callback&lang=en").await.text;
    assert!(english.contains("Satisfied") && english.contains("Wilson"));
}

#[tokio::test]
async fn nobody_sees_the_figures_of_another_street_and_nonsense_is_refused() {
    let house = House::new().await;
    history(&house).await;
    assert_eq!(metrics(&house, "farducha", "by=unit").await["total"]["counts"]["cases"], 0);
    let near = metrics(&house, "shequducha", "by=below").await;
    assert_eq!(near["total"]["counts"]["cases"], 3);
    let token = house.token("farducha").await;
    for query in [
        "of=320506001",
        "of=nowhere",
        "by=colour",
        "from=2026-13",
        "as_of=soon",
        "from=2026-12&to=2026-11",
        "order=x",
        "rung=9",
    ] {
        let answer = house.api(&token, "GET", &format!("/api/v1/metrics?{query}"), "").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
    assert_eq!(house.sign_in("ducha").await.get("/board?show=x").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_day_before_there_was_nothing() {
    let house = House::new().await;
    history(&house).await;
    let before = metrics(&house, "ducha", "as_of=2026-11-19").await;
    assert_eq!((&before["lines"], &before["total"]["counts"]["cases"]), (&json!([]), &json!(0)));
    let then = metrics(&house, "ducha", "as_of=2026-12-31").await;
    let now = metrics(&house, "ducha", "").await;
    assert_eq!(then["lines"], now["lines"]);
}

#[tokio::test]
async fn a_report_has_the_boards_numbers_and_the_name_of_who_took_it() {
    let house = House::new().await;
    history(&house).await;
    let ducha = house.sign_in("ducha").await;
    let page = ducha.get("/report?month=2026-11").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains("月报 2026-11") && page.text.contains("导出人"));
    let book = sheets(&ducha.get("/report.xlsx?month=2026-11").await);
    let names: Vec<&str> = book.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["总览", "下级单位", "事项", "逐月"]);
    let told = metrics(&house, "ducha", "from=2026-11&to=2026-11").await["total"]["counts"]["cases"].clone();
    for (name, rows) in &book {
        assert!(rows[1][0].contains("(ducha)"), "{name}: {:?}", rows[1]);
    }
    let overview = &book[0].1;
    let cases = overview.iter().find(|row| row[0] == "工单").unwrap();
    assert_eq!(cases[1], told.to_string());
    let all = book[1].1.last().unwrap();
    assert_eq!((all[0].as_str(), all[1].as_str()), ("合计", told.to_string().as_str()));
    assert!(ducha.get("/report?week=2026-11-20").await.text.contains("2026-11-16 – 2026-11-22"));
    assert_eq!(ducha.get("/report?month=soon").await.status, StatusCode::BAD_REQUEST);
}
