//! A workbook that is handed in on the page or over the interface: checked first, taken in whole or not.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

#[path = "web/house.rs"]
mod house;

use axum::body::Body;
use axum::http::{StatusCode, header};
use house::{Answer, House, Visitor};
use rust_xlsxwriter::Workbook;

fn book(times: &[&str]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("诉求").unwrap();
    for (column, name) in (0..).zip(["外部编号", "受理时间", "诉求内容", "地址", "事项", "来源"])
    {
        sheet.write(0, column, name).unwrap();
    }
    for (row, time) in (1..).zip(times) {
        sheet.write(row, 0, format!("X-{row}")).unwrap().write(row, 1, *time).unwrap();
        sheet.write(row, 2, "垃圾没人清。").unwrap().write(row, 3, "龙桥社区").unwrap();
        sheet.write(row, 4, "0306").unwrap().write(row, 5, "12345").unwrap();
    }
    book.save_to_buffer().unwrap()
}

async fn hand_in(house: &House, visitor: &Visitor<'_>, what: &str, file: &[u8]) -> Answer {
    let mut body = format!(
        "--b\r\ncontent-disposition: form-data; name=\"_csrf\"\r\n\r\n{}\r\n--b\r\ncontent-disposition: form-data; name=\"do\"\r\n\r\n{what}\r\n--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"x.xlsx\"\r\n\r\n",
        visitor.csrf
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--b--\r\n");
    let request =
        visitor.request("POST", "/import").header(header::CONTENT_TYPE, "multipart/form-data; boundary=b");
    house.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn on_the_page_a_workbook_is_checked_and_then_taken_in_whole() {
    let house = House::new().await;
    let paidan = house.sign_in("paidan").await;
    assert!(paidan.get("/new").await.text.contains("/import"));
    let (good, bad) = (book(&["2026-11-20 9:00", "2026/11/20 9:01"]), book(&["2026-11-20 9:00", "前天"]));

    let refused = hand_in(&house, &paidan, "import", &bad).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("诉求!B3") && refused.text.contains("一行都没有导入"), "{}", refused.text);
    let checked = hand_in(&house, &paidan, "check", &good).await;
    assert!(checked.status == StatusCode::OK && checked.text.contains("检查无误"), "{}", checked.text);
    house.settle().await;
    assert!(
        !paidan.get("/cases").await.text.contains("X-1")
            && paidan.get("/cases").await.text.contains("没有工单")
    );

    let taken = hand_in(&house, &paidan, "import", &good).await;
    assert!(taken.text.contains("新开 2"), "{}", taken.text);
    let again = hand_in(&house, &paidan, "import", &good).await;
    assert!(again.text.contains("重复 2"), "{}", again.text);
}

#[tokio::test]
async fn who_sees_a_part_only_speaks_for_no_other_system() {
    let house = House::new().await;
    house.case("X-1").await;
    let wang = house.sign_in("wang").await;
    let taken = hand_in(&house, &wang, "import", &book(&["2026-11-20 9:00"])).await;
    assert!(
        taken.text.contains("新开 1"),
        "a case of its own, no supplement to the hotline's: {}",
        taken.text
    );
    let token = house.token("wang").await;
    let answer = house.api(&token, "POST", "/api/v1/complaints/workbook", book(&["2026-11-20 9:00"])).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn over_the_interface_every_mistake_comes_with_its_cell() {
    let house = House::new().await;
    let token = house.token("paidan").await;
    let path = "/api/v1/complaints/workbook";
    let refused = house.api(&token, "POST", path, book(&["", "2026-11-20 9:00"])).await;
    assert_eq!(
        (refused.status, refused.json()["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("WORKBOOK_FAULTY"))
    );
    assert_eq!(refused.json()["faults"][0]["cell"], "诉求!B2");
    let checked = house.api(&token, "POST", &format!("{path}?check=yes"), book(&["2026-11-20 9:00"])).await;
    assert_eq!(
        (checked.json()["read"].as_u64(), checked.json()["imported"].as_bool()),
        (Some(1), Some(false))
    );
    let taken = house.api(&token, "POST", path, book(&["2026-11-20 9:00"])).await;
    assert_eq!((taken.json()["opened"].as_u64(), taken.json()["imported"].as_bool()), (Some(1), Some(true)));
    let none = house.api(&token, "POST", path, b"no workbook".to_vec()).await;
    assert_eq!(none.json()["faults"][0]["code"], "FORMAT_UNSUPPORTED");
}
