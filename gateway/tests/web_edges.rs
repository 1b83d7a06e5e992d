//! What happens before a dispatch and at the edges of a life, through the interface and the console.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

#[path = "web/house.rs"]
mod house;

use axum::http::StatusCode;
use house::House;
use serde_json::{Value, json};

async fn give(house: &House, name: &str, no: &str, body: Value) -> (StatusCode, Value) {
    let token = house.token(name).await;
    let answer = house.api(&token, "POST", &format!("/api/v1/cases/{no}/commands"), body.to_string()).await;
    house.settle().await;
    (answer.status, answer.json())
}

async fn life(house: &House, no: &str) -> String {
    let token = house.token("paidan").await;
    let answer = house.api(&token, "GET", &format!("/api/v1/cases/{no}"), "").await;
    answer.json()["life"].as_str().expect("a life").to_owned()
}

async fn in_triage(house: &House, id: &str) -> String {
    let complaint = json!({
        "external_id": id, "source": "12345", "received_at": "2026-11-20T09:59:00+08:00",
        "title": "想问一下", "text": "某事", "address": "不知道哪里",
    });
    house.take_in(&complaint).await
}

#[tokio::test]
async fn every_route_out_of_triage_is_taken_with_what_the_complainant_was_told() {
    let house = House::new().await;
    let routes = [
        (json!({"command": "answer_directly", "reply": "电话13812345678已答复"}), "answered"),
        (json!({"command": "decline", "ground": "same_matter", "reply": "已告知进展"}), "declined"),
        (json!({"command": "transfer_out", "route": "police", "reply": "请拨 110"}), "transferred_out"),
    ];
    for (index, (body, after)) in routes.into_iter().enumerate() {
        let no = in_triage(&house, &format!("s{index}")).await;
        assert_eq!(give(&house, "wang", &no, body.clone()).await.0, StatusCode::NOT_FOUND);
        let (status, answer) = give(&house, "paidan", &no, body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(life(&house, &no).await, after);
        let page = house.sign_in("paidan").await.get(&format!("/cases/{no}")).await.text;
        assert!(!page.contains("13812345678"), "masked");
    }
    let no = in_triage(&house, "empty").await;
    let empty = give(&house, "paidan", &no, json!({"command": "answer_directly", "reply": " "})).await;
    assert_eq!(empty.1["code"], "BAD_FIELD");
}

#[tokio::test]
async fn the_complainant_is_asked_in_the_console_and_the_answer_brings_the_case_back() {
    let house = House::new().await;
    let no = in_triage(&house, "ask").await;
    let paidan = house.sign_in("paidan").await;
    let page = paidan.get(&format!("/cases/{no}")).await.text;
    for action in ["answer_directly", "decline", "transfer_out", "ask_complainant", "merge_into"] {
        assert!(page.contains(&format!("/do/{action}\"")), "{action}");
    }
    let id = uuid::Uuid::now_v7();
    let asked =
        paidan.post(&format!("/cases/{no}/do/ask_complainant"), &format!("_id={id}&question=where")).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text);
    house.settle().await;
    assert_eq!(life(&house, &no).await, "needs_info");
    assert!(paidan.get("/triage").await.text.contains(&no), "it waits where everybody looks");
    let refused = give(
        &house,
        "paidan",
        &no,
        json!({"command": "classify", "item": "0306", "place": house::COMMUNITY}),
    );
    assert_eq!(refused.await.1["code"], "WAITS_FOR_INFO");
    give(&house, "paidan", &no, json!({"command": "supply_info", "info": "龙桥社区门口"})).await;
    assert_eq!(life(&house, &no).await, "registered");
}

#[tokio::test]
async fn a_reporter_who_wants_to_stay_unknown_is_read_by_two() {
    let house = House::new().await;
    let confidential = json!({
        "external_id": "c", "source": "12345", "received_at": "2026-11-20T09:59:00+08:00", "text": "露天烧烤",
        "address": "龙桥社区", "item": "0306", "reporter": {"name": "欧阳小明", "confidential": true},
    });
    let no = house.take_in(&confidential).await;
    let reveal = || json!({"command": "reveal_reporter", "purpose": "核实"});
    assert_eq!(give(&house, "paidan", &no, reveal()).await.1["code"], "REVEAL_NOT_GRANTED");
    give(&house, "paidan", &no, json!({"command": "request_reveal", "purpose": "核实"})).await;
    give(&house, "ducha", &no, json!({"command": "decide_reveal", "granted": true})).await;
    assert_eq!(give(&house, "paidan", &no, reveal()).await.1["reporter"]["name"], "欧阳小明");
    assert_eq!(give(&house, "paidan", &no, reveal()).await.1["code"], "REVEAL_NOT_GRANTED");
}

#[tokio::test]
async fn a_later_case_is_merged_into_an_earlier_one_and_taken_apart_again() {
    let house = House::new().await;
    let first = house.case("first").await;
    let later = json!({
        "external_id": "later", "source": "12345", "received_at": "2026-11-20T09:59:30+08:00",
        "title": "露天烧烤扰民", "text": "又来了", "address": "龙桥社区", "item": "0306",
    });
    let second = house.take_in(&later).await;
    let merge = |from: &str, into: &str| (from.to_owned(), json!({"command": "merge_into", "into": into}));
    let (no, body) = merge(&first, &second);
    assert_eq!(give(&house, "paidan", &no, body).await.1["code"], "MERGE_INTO_OLDER");
    let (no, body) = merge(&second, &first);
    let merged = give(&house, "paidan", &no, body).await;
    assert_eq!(merged.0, StatusCode::OK, "{}", merged.1);
    assert_eq!(life(&house, &second).await, "merged");
    let wang = house.sign_in("wang").await;
    assert!(!wang.get("/inbox").await.text.contains(&second), "it never nags");
    give(&house, "paidan", &second, json!({"command": "unmerge", "reason": "不是同一处"})).await;
    assert_eq!(life(&house, &second).await, "dispatched");
    assert!(wang.get("/inbox").await.text.contains(&second));
}

#[tokio::test]
async fn what_may_be_the_same_stands_side_by_side_and_is_merged_with_a_click() {
    let house = House::new().await;
    let complaint = |id: &str, at: &str, title: &str| {
        json!({
            "external_id": id, "source": "12345", "received_at": at, "title": title,
            "text": "夜里很吵，请来看看", "address": "龙桥社区", "item": "0306",
        })
    };
    let first = house.take_in(&complaint("one", "2026-11-20T09:58:00+08:00", "烧烤摊扰民")).await;
    let second = house.take_in(&complaint("two", "2026-11-20T09:59:00+08:00", "门口烧烤摊又扰民")).await;
    let token = house.token("paidan").await;
    let alike = house.api(&token, "GET", &format!("/api/v1/cases/{second}/alike"), "").await.json();
    assert_eq!(alike[0]["case_no"], first.as_str(), "{alike}");
    assert_eq!((&alike[0]["likeness"]["place"], &alike[0]["likeness"]["item"]), (&json!(true), &json!(true)));
    let paidan = house.sign_in("paidan").await;
    let page = paidan.get(&format!("/cases/{second}")).await;
    assert!(page.text.contains("疑似重复") && page.text.contains("同社区 · 同事项"), "{}", page.text);
    let older = paidan.get(&format!("/cases/{first}")).await.text;
    assert!(!older.contains("并入这件"), "the earlier one goes on");
    let id = uuid::Uuid::now_v7();
    let merged =
        paidan.post(&format!("/cases/{second}/do/merge_into"), &format!("_id={id}&into={first}")).await;
    assert_eq!(merged.status, StatusCode::SEE_OTHER, "{}", merged.text);
    house.settle().await;
    let main = paidan.get(&format!("/cases/{first}")).await.text;
    assert!(main.contains("并入本件") && main.contains(&second), "{main}");
    // The handler of another street learns nothing of it.
    let stranger = house.token("farwang").await;
    let asked = house.api(&stranger, "GET", &format!("/api/v1/cases/{second}/alike"), "").await;
    assert_eq!(asked.status, StatusCode::NOT_FOUND);
    let handler = house.token("wang").await;
    let told = house.api(&handler, "GET", &format!("/api/v1/cases/{first}/alike"), "").await.json();
    assert_eq!(told, json!([]), "who does not put cases together is suggested nothing");
}

#[tokio::test]
async fn what_one_community_complains_of_again_and_again_is_proposed_with_the_list_behind_it() {
    let house = House::new().await;
    for number in 0..10 {
        let complaint = json!({
            "external_id": format!("t{number}"), "source": "12345", "received_at": "2026-11-20T09:59:00+08:00",
            "title": "烧烤摊扰民", "text": "夜里很吵", "address": "龙桥社区", "item": "0306",
        });
        house.take_in(&complaint).await;
    }
    let token = house.token("ducha").await;
    let told = house.api(&token, "GET", "/api/v1/themes", "").await.json();
    assert_eq!((&told["month"], &told["themes"][0]["cases"]), (&json!("2026-11"), &json!(10)), "{told}");
    let ducha = house.sign_in("ducha").await;
    let page = ducha.get("/themes").await.text;
    let link = page.split("href=\"").find(|part| part.starts_with("/cases?locality=")).expect("a link");
    let list = ducha.get(&link.split('"').next().expect("an address").replace("&amp;", "&")).await.text;
    assert!(list.contains("10"), "{list}");
    let none = house.api(&token, "GET", "/api/v1/themes?month=2026-10", "").await.json();
    assert_eq!(none["themes"], json!([]));
    let bad = house.api(&token, "GET", "/api/v1/themes?month=x", "").await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
}
