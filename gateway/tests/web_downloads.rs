//! Lists as Excel files: what the page shows, all of it, and nothing that the page would not show.
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
use calamine::{Data, Reader, Xlsx};
use house::{Answer, House};
use serde_json::json;

/// The rows of a file, each cell as text; a date as `date 2026-11-20 09:59:00`.
fn rows(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(answer.bytes.clone())).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    let text = |cell: &Data| match cell {
        Data::DateTime(time) => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            format!("date {year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
        }
        other => other.to_string(),
    };
    range.rows().map(|row| row.iter().map(text).collect()).collect()
}

/// The cells of a column, by its name.
fn column(rows: &[Vec<String>], name: &str) -> Vec<String> {
    let at = rows[0].iter().position(|head| head == name).unwrap_or_else(|| panic!("{name}: {:?}", rows[0]));
    rows[1..].iter().map(|row| row[at].clone()).collect()
}

#[tokio::test]
async fn a_list_goes_out_as_it_is_filtered_with_dates_as_dates_and_formulas_as_texts() {
    let house = House::new().await;
    let plain = house.case("plain").await;
    let evil = house
        .take_in(&json!({
            "external_id": "=cmd|' /C calc'!A0", "source": "12345", "received_at": "2026-11-20T09:59:00+08:00",
            "title": "=HYPERLINK(\"http://x\")", "text": "x", "address": "龙桥社区", "item": "0101",
        }))
        .await;
    let ducha = house.sign_in("ducha").await;
    let page = ducha.get("/cases?item=0101").await;
    assert!(page.text.contains("/cases.xlsx?item=0101"), "the page links to its own file");

    let all = rows(&ducha.get("/cases.xlsx").await);
    let mut numbers = column(&all, "工单编号");
    numbers.sort();
    let mut wanted = [plain, evil.clone()];
    wanted.sort();
    assert_eq!(numbers, wanted);
    let filtered = rows(&ducha.get("/cases.xlsx?item=0101").await);
    assert_eq!(column(&filtered, "工单编号"), [evil]);
    assert_eq!(column(&filtered, "标题"), ["=HYPERLINK(\"http://x\")"]);
    assert_eq!(column(&filtered, "外部编号"), ["=cmd|' /C calc'!A0"]);
    assert_eq!(column(&filtered, "受理时间"), ["date 2026-11-20 09:59:00"]);
    assert!(column(&filtered, "办结时限")[0].starts_with("date 2026-11-"));
    assert_eq!(column(&rows(&ducha.get("/cases.xlsx?q=%E7%83%A7%E7%83%A4").await), "标题"), ["露天烧烤扰民"]);
    assert_eq!(ducha.get("/cases.xlsx?life=asleep").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_units_file_has_its_own_cases_only_and_an_accused_unit_has_not_even_those() {
    let house = House::new().await;
    let own = house.case("own").await;
    let report = json!({
        "external_id": "R", "source": "12345", "received_at": "2026-11-20T09:59:00+08:00",
        "title": "社区干部截留特产", "text": "举报", "address": "龙桥社区", "item": "0306", "accused": ["龙桥社区"],
    });
    let barred = house.take_in(&report).await;
    for (name, sees) in [
        ("wang", vec![&own]),
        ("shequducha", vec![&own]),
        ("ducha", vec![&own, &barred]),
        ("farducha", vec![]),
        ("farwang", vec![]),
        ("paidan", vec![&own, &barred]),
    ] {
        let visitor = house.sign_in(name).await;
        let file = rows(&visitor.get("/cases.xlsx").await);
        let mut numbers = column(&file, "工单编号");
        let mut sees: Vec<String> = sees.into_iter().cloned().collect();
        numbers.sort();
        sees.sort();
        assert_eq!(numbers, sees, "{name}");
        let board = rows(&visitor.get("/board.xlsx").await);
        let all = column(&board, "合计");
        assert_eq!(all.last().unwrap(), &sees.len().to_string(), "{name}: {board:?}");
        assert_eq!(visitor.get("/inbox.xlsx").await.status, StatusCode::OK);
    }
    let inbox = house.sign_in("wang").await.get("/inbox.xlsx").await;
    assert_eq!(column(&rows(&inbox), "工单编号"), [own]);
}

#[tokio::test]
async fn in_english_the_columns_are_english() {
    let house = House::new().await;
    house.case("en").await;
    let ducha = house.sign_in("ducha").await;
    let request = ducha.request("GET", "/cases.xlsx?lang=en").body(axum::body::Body::empty()).unwrap();
    let file = rows(&house.send(request).await);
    assert_eq!(file[0][..3], ["Case", "Outside id", "Source"]);
    assert_eq!(rows(&ducha.get("/legs.xlsx").await).len(), 1, "nobody is silent");
}
