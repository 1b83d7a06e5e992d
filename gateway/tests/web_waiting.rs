//! What waits to be decided, on one page: every kind, by whom, until when, with the form that decides it; in
//! the reader's area only.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "web/house.rs"]
mod house;

use axum::http::StatusCode;
use house::House;
use serde_json::{Value, json};

async fn case(house: &House, id: &str, item: &str) -> String {
    let complaint = json!({
        "external_id": id, "source": "12345", "received_at": "2026-11-20T09:59:00+08:00",
        "title": "楼道堆物", "text": "楼道堆物", "address": "龙桥社区", "item": item,
    });
    house.take_in(&complaint).await
}

async fn give(house: &House, who: &str, no: &str, what: Value) {
    let token = house.token(who).await;
    let answer = house.api(&token, "POST", &format!("/api/v1/cases/{no}/commands"), what.to_string()).await;
    house.settle().await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

async fn waits(house: &House, who: &str, query: &str) -> Value {
    let token = house.token(who).await;
    house.api(&token, "GET", &format!("/api/v1/waiting{query}"), "").await.json()
}

fn kinds(list: &Value) -> Vec<String> {
    let waiting = list["waiting"].as_array().expect("a list");
    let mut kinds: Vec<String> =
        waiting.iter().map(|wait| wait["what"].as_str().unwrap().to_owned()).collect();
    kinds.sort();
    kinds
}

#[tokio::test]
async fn everything_that_is_asked_stands_on_one_page_until_it_is_decided() {
    let house = House::new().await;
    let back = case(&house, "back", "1102").await;
    give(
        &house,
        "wang",
        &back,
        json!({"command": "request_return", "reason": "not_our_duty", "note": "属城管"}),
    )
    .await;
    let more = case(&house, "more", "1102").await;
    give(&house, "wang", &more, json!({"command": "sign"})).await;
    let extension =
        json!({"command": "request_extension", "by": "1wd", "reason": "等配件", "complainant_told": true});
    give(&house, "wang", &more, extension).await;
    give(&house, "ducha", &more, json!({"command": "request_void", "reason": "误录"})).await;
    let calls =
        json!({"command": "sound_whistle", "kind": "key", "units": ["D-gongan"], "reason": "需要支持"});
    give(&house, "wang", &more, calls).await;
    let joint = case(&house, "joint", "0305").await;
    let co = json!({"command": "add_co_unit", "units": ["D-gongan"], "task": "维持秩序"});
    give(&house, "quducha", &joint, co).await;
    give(&house, "gongan", &joint, json!({"command": "request_release", "reason": "不属职责"})).await;
    let all = waits(&house, "ducha", "").await;
    assert_eq!(kinds(&all), ["extension", "release", "return", "void", "whistle"]);
    let asked = &waits(&house, "ducha", "?kind=return").await["waiting"][0];
    assert_eq!((&asked["reason"], &asked["unit"]), (&json!("属城管"), &json!(house::COMMUNITY)));
    assert!(asked["due_at"].is_string(), "{asked}");
    let page = house.sign_in("quducha").await.get("/waiting").await.text;
    assert!(page.contains(r#"data-count="waiting">5"#), "{page}");
    assert!(page.contains(&format!("/cases/{joint}#decide_release-{joint}")), "a link to the form");
    assert!(house.sign_in("paidan").await.get("/waiting").await.text.contains("#approve_return-"));
    let desk = house.sign_in("ducha").await.get("/desk").await.text;
    assert!(desk.contains("待裁定") && desk.contains("属城管"));
    give(&house, "paidan", &back, json!({"command": "reject_return", "reason": "属你单位"})).await;
    give(&house, "quducha", &more, json!({"command": "decide_void", "granted": true})).await;
    assert_eq!(kinds(&waits(&house, "ducha", "").await), ["release"], "a void case waits for nothing");
    assert_eq!(house.differences().await, Vec::<String>::new());
}

#[tokio::test]
async fn others_see_nothing_of_it_and_whoever_works_has_no_such_page() {
    let house = House::new().await;
    let no = case(&house, "scope", "1102").await;
    give(&house, "wang", &no, json!({"command": "request_return", "reason": "not_our_duty"})).await;
    assert_eq!(kinds(&waits(&house, "farducha", "").await), [] as [&str; 0]);
    assert_eq!(waits(&house, "farducha", "").await["counts"], json!([]));
    assert_eq!(house.sign_in("wang").await.get("/waiting").await.status, StatusCode::FORBIDDEN);
    let bar = json!({"command": "bar_unit", "unit": house::COMMUNITY, "reason": "被举报"});
    give(&house, "quducha", &no, bar).await;
    assert_eq!(kinds(&waits(&house, "shequducha", "").await), [] as [&str; 0]);
}

#[tokio::test]
async fn a_whistle_that_nobody_approves_is_late_at_its_limit_and_told_once() {
    let house = House::new().await;
    let no = case(&house, "silent", "1102").await;
    let calls =
        json!({"command": "sound_whistle", "kind": "key", "units": ["D-gongan"], "reason": "需要支持"});
    give(&house, "wang", &no, calls).await;
    let due: jiff::Timestamp =
        waits(&house, "ducha", "").await["waiting"][0]["due_at"].as_str().expect("a limit").parse().unwrap();
    house.clock.set(due + jiff::SignedDuration::from_mins(1));
    house.pass_deadlines().await;
    let counts = waits(&house, "ducha", "").await["counts"].clone();
    assert_eq!(counts, json!([{"kind": "whistle", "count": 1, "late": 1}]));
    let page = house.sign_in("ducha").await.get(&format!("/cases/{no}")).await.text;
    assert!(page.contains("批准吹哨时限"), "told in the timeline");
    house.pass_deadlines().await;
    give(&house, "ducha", &no, json!({"command": "approve_whistle", "approved": true})).await;
    assert_eq!(kinds(&waits(&house, "ducha", "").await), [] as [&str; 0]);
}
