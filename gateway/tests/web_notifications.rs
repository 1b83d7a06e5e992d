//! 通知 on pages and over the interface: who is told sees it, reads it and goes on to the case; others do not.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "web/house.rs"]
mod house;

use axum::http::StatusCode;
use gateway::notify::Raiser;
use house::House;
use serde_json::{Value, json};

/// Tells everybody who is concerned by now.
async fn tell(house: &House) {
    let mut raiser = Raiser::new(house.app.engine.clone());
    while raiser.step().await.expect("a step") > 0 {}
    house.settle().await;
}

/// The log is looked through from here on.
async fn begun() -> House {
    let house = House::new().await;
    tell(&house).await;
    house
}

async fn told(house: &House, who: &str) -> Value {
    let token = house.token(who).await;
    house.api(&token, "GET", "/api/v1/notifications", "").await.json()
}

async fn give(house: &House, who: &str, no: &str, what: Value) {
    let token = house.token(who).await;
    let answer = house.api(&token, "POST", &format!("/api/v1/cases/{no}/commands"), what.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    house.settle().await;
}

async fn street_case(house: &House) -> String {
    let complaint = json!({
        "external_id": "gas", "source": "12345", "received_at": "2026-11-20T09:59:00+08:00",
        "title": "油烟扰民，张三丰来电", "text": "油烟扰民", "address": "龙桥社区", "item": "0305",
    });
    let no = house.take_in(&complaint).await;
    give(house, "jiedao", &no, json!({"command": "sign"})).await;
    let whistle =
        json!({"command": "sound_whistle", "kind": "emergency", "units": ["D-gongan"], "reason": "燃气泄漏"});
    give(house, "jiedao", &no, whistle).await;
    tell(house).await;
    no
}

#[tokio::test]
async fn who_is_called_is_told_reads_it_and_comes_to_the_case() {
    let house = begun().await;
    let no = street_case(&house).await;
    let list = told(&house, "gongan").await;
    assert_eq!(list["unread"], 1);
    let one = &list["notifications"][0];
    assert_eq!(
        (&one["case_no"], &one["post"], &one["urgency"]),
        (&json!(no), &json!("duty"), &json!("emergency"))
    );
    assert!(one["zh"].as_str().unwrap().contains("应急哨"), "{one}");
    assert!(!list.to_string().contains("张三丰"), "nothing of a resident: {list}");
    // Others are not told of it: neither another department nor the community below.
    assert_eq!(told(&house, "chengguan").await["unread"], 0);
    assert_eq!(told(&house, "wang").await["notifications"], json!([]));

    let visitor = house.sign_in("gongan").await;
    let page = visitor.get("/notifications").await;
    assert!(page.text.contains(&no) && page.text.contains("data-count=\"nav-bell\">1"), "{}", page.text);
    let id = one["id"].as_str().unwrap();
    let opened = visitor.post(&format!("/notifications/{id}/read"), "open=1").await;
    assert_eq!((opened.status, opened.location()), (StatusCode::SEE_OTHER, format!("/cases/{no}").as_str()));
    house.settle().await;
    let list = told(&house, "gongan").await;
    assert_eq!((&list["unread"], &list["notifications"][0]["read_by"]), (&json!(0), &json!("user:gongan")));
    assert!(!visitor.get("/notifications").await.text.contains("data-count=\"nav-bell\""));

    // The case says who was told.
    let street = house.sign_in("jiedao").await.get(&format!("/cases/{no}")).await;
    for word in ["通知", "值班员 公安值班员·样例", "通知已读"] {
        assert!(street.text.contains(word), "{word}");
    }
    let english = house.sign_in("jiedao").await.get(&format!("/cases/{no}?lang=en")).await;
    assert!(english.text.contains("Notification read") && english.text.contains("duty officer"));
}

#[tokio::test]
async fn a_notification_of_somebody_else_is_not_found_and_all_are_read_at_once() {
    let house = begun().await;
    street_case(&house).await;
    let id = told(&house, "gongan").await["notifications"][0]["id"].as_str().unwrap().to_owned();
    let token = house.token("chengguan").await;
    let path = format!("/api/v1/notifications/{id}/read");
    let answer = house.api(&token, "POST", &path, "").await;
    assert_eq!(
        (answer.status, &answer.json()["code"]),
        (StatusCode::NOT_FOUND, &json!("NOTIFICATION_NOT_FOUND"))
    );
    assert_eq!(told(&house, "jiedao").await["unread"], 1, "its own dispatch");
    let token = house.token("jiedao").await;
    let answer = house.api(&token, "POST", "/api/v1/notifications/read", "").await;
    assert_eq!(answer.json()["changed"], 1, "{}", answer.text);
    house.settle().await;
    let again = house.api(&token, "POST", "/api/v1/notifications/read", "").await;
    assert_eq!(again.json()["changed"], 0);
    assert_eq!(told(&house, "jiedao").await["unread"], 0);
}

#[tokio::test]
async fn a_unit_that_is_barred_later_is_not_told_any_more() {
    let house = begun().await;
    let no = house.case("gas").await;
    tell(&house).await;
    assert_eq!(told(&house, "wang").await["unread"], 1);
    give(&house, "ducha", &no, json!({"command": "bar_unit", "unit": house::COMMUNITY, "reason": "被举报"}))
        .await;
    tell(&house).await;
    let list = told(&house, "wang").await;
    assert_eq!((&list["unread"], &list["notifications"]), (&json!(0), &json!([])));
    let page = house.sign_in("wang").await.get("/notifications").await;
    assert!(!page.text.contains(&no));
}

#[tokio::test]
async fn raising_is_done_once_whoever_goes_on_and_what_happened_before_is_told_to_nobody() {
    let house = House::new().await;
    let before = house.case("before").await;
    tell(&house).await;
    assert_eq!(told(&house, "wang").await["unread"], 0, "{before}: notifications were not on yet");
    house.case("after").await;
    for _ in 0..3 {
        // Another process each time, that goes through the same events again.
        tell(&house).await;
    }
    assert_eq!(told(&house, "wang").await["unread"], 1);
    assert_eq!(house.differences().await, Vec::<String>::new());
}
