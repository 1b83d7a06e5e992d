//! 协办与下派 on the pages and the API: named, signed, answered by clicks, explained; and who sees what.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "web/house.rs"]
mod house;

use axum::http::StatusCode;
use house::House;
use serde_json::{Value, json};

/// A case that the street has and has signed for.
async fn street_case(house: &House, id: &str) -> String {
    let complaint = json!({
        "external_id": id, "source": "12345", "received_at": "2026-11-20T09:59:00+08:00",
        "title": "夜间聚众噪音", "text": "我叫王小明，电话13812345678", "address": "龙桥社区", "item": "0305",
        "reporter": {"name": "王小明", "phone": "13812345678"},
    });
    let no = house.take_in(&complaint).await;
    give(house, "jiedao", &no, json!({"command": "sign"})).await;
    no
}

async fn order(house: &House, who: &str, no: &str, order: Value) -> house::Answer {
    let token = house.token(who).await;
    let answer = house.api(&token, "POST", &format!("/api/v1/cases/{no}/commands"), order.to_string()).await;
    house.settle().await;
    answer
}

async fn give(house: &House, who: &str, no: &str, what: Value) -> Value {
    let answer = order(house, who, no, what).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

async fn refused(house: &House, who: &str, no: &str, what: Value) -> String {
    let answer = order(house, who, no, what).await;
    assert!(answer.status.is_client_error(), "{}", answer.text);
    answer.json()["code"].as_str().unwrap_or_default().to_owned()
}

fn co() -> Value {
    json!({"command": "add_co_unit", "units": ["D-gongan"], "task": "现场维持秩序", "within": "4wh"})
}

#[tokio::test]
async fn a_co_unit_signs_and_answers_by_clicks_from_its_inbox_and_the_lead_reads_it() {
    let house = House::new().await;
    let no = street_case(&house, "click").await;
    let path = format!("/cases/{no}");
    let ducha = house.sign_in("ducha").await;
    assert!(ducha.get(&path).await.text.contains("加派协办"), "the supervisor may name co-units");
    let form = "units=D-gongan&task=%E7%BB%B4%E6%8C%81%E7%A7%A9%E5%BA%8F&within=4wh";
    let answer = ducha.post(&format!("{path}/do/add_co_unit"), form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    house.settle().await;
    let gongan = house.sign_in("gongan").await;
    let inbox = gongan.get("/inbox").await.text;
    assert!(inbox.contains("协办、下派") && inbox.contains("维持秩序"), "{inbox}");
    assert!(inbox.contains(r#"data-count="inbox">1"#), "{inbox}");
    for (action, form, then) in
        [("sign_part", "", "办理中"), ("finish_part", "feedback=%E5%B7%B2%E5%8A%9D%E7%A6%BB", "已反馈")]
    {
        let answer = gongan.post(&format!("{path}/do/{action}"), form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{action}: {}", answer.text);
        house.settle().await;
        assert!(gongan.get("/inbox").await.text.contains(then), "{action}");
    }
    let page = house.sign_in("jiedao").await.get(&path).await.text;
    assert!(page.contains("已劝离") && page.contains("已反馈"), "{page}");
    assert_eq!(gongan.get(&path).await.status, StatusCode::NOT_FOUND, "its part is over");
    assert_eq!(house.differences().await, Vec::<String>::new());
}

#[tokio::test]
async fn the_result_waits_for_the_co_unit_or_for_a_word_why_it_goes_without() {
    let house = House::new().await;
    let no = street_case(&house, "waits").await;
    give(&house, "quducha", &no, co()).await;
    let result = json!({"command": "submit_result", "solved": true, "reply": "已处理"});
    assert_eq!(refused(&house, "jiedao", &no, result.clone()).await, "PARTS_OPEN");
    let silent = json!({"command": "explain_part", "unit": "D-gongan", "reason": " "});
    assert_eq!(refused(&house, "jiedao", &no, silent).await, "REASON_MISSING");
    let explained = json!({"command": "explain_part", "unit": "D-gongan", "reason": "公安已在他案处置"});
    give(&house, "jiedao", &no, explained).await;
    give(&house, "jiedao", &no, result).await;
    let token = house.token("gongan").await;
    let past = house.api(&token, "GET", "/api/v1/parts?state=past", "").await.json();
    assert_eq!(past["parts"][0]["phase"], "explained");
    assert_eq!(past["parts"][0]["title"], Value::Null, "the case is no longer its to see");
}

#[tokio::test]
async fn a_co_unit_sees_the_case_while_it_has_a_part_and_not_what_was_said_with_the_complainant() {
    let house = House::new().await;
    let no = street_case(&house, "sight").await;
    let contact = json!({"command": "contact", "channel": "phone", "note": "来电人情绪激动"});
    give(&house, "jiedao", &no, contact).await;
    let path = format!("/cases/{no}");
    let gongan = house.sign_in("gongan").await;
    assert_eq!(gongan.get(&path).await.status, StatusCode::NOT_FOUND, "not named yet");
    give(&house, "quducha", &no, co()).await;
    let page = gongan.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("现场维持秩序") && !page.text.contains("情绪激动"));
    assert!(!page.text.contains("王*"), "no name of the reporter");
    let token = house.token("gongan").await;
    let api = house.api(&token, "GET", &format!("/api/v1{path}"), "").await.text;
    assert!(!api.contains("ComplainantContacted"), "{api}");
    let take_back = json!({"command": "take_back_part", "unit": "D-gongan", "reason": "不必了"});
    give(&house, "quducha", &no, take_back).await;
    assert_eq!(gongan.get(&path).await.status, StatusCode::NOT_FOUND, "taken back");
}

#[tokio::test]
async fn who_may_not_does_not() {
    let house = House::new().await;
    let no = street_case(&house, "may").await;
    assert_eq!(refused(&house, "jiedao", &no, co()).await, "NOT_ALLOWED");
    assert_eq!(refused(&house, "farducha", &no, co()).await, "CASE_NOT_FOUND");
    give(&house, "quducha", &no, co()).await;
    let release = json!({"command": "request_release", "reason": "不属职责"});
    assert_eq!(refused(&house, "jiedao", &no, release.clone()).await, "NOT_ALLOWED");
    give(&house, "gongan", &no, release).await;
    let grant = json!({"command": "decide_release", "unit": "D-gongan", "granted": true, "reason": "依清单"});
    assert_eq!(refused(&house, "gongan", &no, grant.clone()).await, "NOT_ALLOWED");
    assert!(house.sign_in("quducha").await.get(&format!("/cases/{no}")).await.text.contains("退出裁定"));
    give(&house, "quducha", &no, grant).await;
    assert_eq!(refused(&house, "gongan", &no, json!({"command": "sign_part"})).await, "PART_IS_OVER");
}

#[tokio::test]
async fn a_late_part_stands_on_the_desk_and_is_told_once() {
    let house = House::new().await;
    let no = street_case(&house, "late").await;
    give(&house, "quducha", &no, co()).await;
    house.clock.set("2026-11-20T14:30:00+08:00".parse().unwrap());
    house.pass_deadlines().await;
    let desk = house.sign_in("ducha").await.get("/desk").await.text;
    assert!(desk.contains("协办、下派逾期") && desk.contains("逾期未签收"), "{desk}");
    let token = house.token("ducha").await;
    let late = house.api(&token, "GET", "/api/v1/parts?state=silent", "").await.json();
    assert_eq!(late["total"], 1);
    let other = house.token("farducha").await;
    assert_eq!(house.api(&other, "GET", "/api/v1/parts?state=silent", "").await.json()["total"], 0);
    let told = house.events(&no).await.into_iter().filter(|name| *name == "PartLate").count();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn a_community_hands_work_down_to_its_grid_and_the_grid_finds_it() {
    let house = House::new().await;
    let complaint = json!({
        "external_id": "down", "source": "12345", "received_at": "2026-11-20T09:59:00+08:00",
        "title": "楼道堆物", "text": "楼道堆物", "address": "龙桥社区", "item": "1102",
    });
    let no = house.take_in(&complaint).await;
    let down = json!({"command": "sub_dispatch", "unit": house::GRID, "task": "上门查看"});
    give(&house, "wang", &no, json!({"command": "sign"})).await;
    let answer = order(&house, "wang", &no, down).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let gao = house.sign_in("gao").await;
    assert!(gao.get("/inbox").await.text.contains("上门查看"));
    assert_eq!(gao.get(&format!("/cases/{no}")).await.status, StatusCode::OK);
    give(&house, "gao", &no, json!({"command": "sign"})).await;
    let taken = json!({"command": "take_back_part", "unit": house::GRID, "reason": "自己去"});
    give(&house, "wang", &no, taken).await;
    assert_eq!(
        house.events(&no).await.iter().rev().take(3).copied().collect::<Vec<_>>(),
        ["PartEnded", "PartSigned", "TaskSubDispatched"]
    );
}

#[tokio::test]
async fn a_part_that_is_given_after_the_leads_limit_is_not_called_late() {
    let house = House::new().await;
    let no = street_case(&house, "after").await;
    house.clock.set("2027-01-20T10:00:00+08:00".parse().unwrap());
    house.pass_deadlines().await;
    give(&house, "quducha", &no, co()).await;
    house.clock.set("2027-02-20T10:00:00+08:00".parse().unwrap());
    house.pass_deadlines().await;
    let token = house.token("quducha").await;
    assert_eq!(house.api(&token, "GET", "/api/v1/parts?state=silent", "").await.json()["total"], 0);
    assert!(!house.events(&no).await.contains(&"PartLate"));
}
