//! What a unit asks for and somebody else decides, through pages and API.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "web/house.rs"]
mod house;

use axum::http::StatusCode;
use house::House;
use serde_json::json;

const NEIGHBOUR: &str = "320506001013";

async fn give(house: &House, name: &str, no: &str, command: serde_json::Value) -> (StatusCode, String) {
    let token = house.token(name).await;
    let path = format!("/api/v1/cases/{no}/commands");
    let answer = house.api(&token, "POST", &path, command.to_string()).await;
    house.settle().await;
    let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
    (answer.status, code)
}

#[tokio::test]
async fn a_case_is_sent_back_by_form_approved_and_goes_to_another_unit() {
    let house = House::new().await;
    let no = house.case("return").await;
    let wang = house.sign_in("wang").await;
    let page = wang.get(&format!("/cases/{no}")).await.text;
    assert!(page.contains("do/request_return") && !page.contains("do/approve_return"));
    let form = "reason=outside_area&note=%E9%9A%94%E5%A3%81%E7%A4%BE%E5%8C%BA&suggested=";
    let answer = wang.post(&format!("/cases/{no}/do/request_return"), form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    house.settle().await;
    let paidan = house.sign_in("paidan").await;
    let page = paidan.get(&format!("/cases/{no}")).await.text;
    assert!(page.contains("退单待审") && page.contains("do/approve_return") && page.contains("不在辖区"));
    assert!(!wang.get(&format!("/cases/{no}")).await.text.contains("do/approve_return"));
    let answer = paidan.post(&format!("/cases/{no}/do/approve_return"), "note=").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    house.settle().await;
    let back = json!({"command": "dispatch", "unit": house::COMMUNITY});
    assert_eq!(give(&house, "paidan", &no, back).await.1, "RETURNED_UNIT");
    let (status, _) = give(&house, "paidan", &no, json!({"command": "dispatch", "unit": NEIGHBOUR})).await;
    assert_eq!(status, StatusCode::OK);
    let events = house.events(&no).await;
    let tail: Vec<_> = events.iter().skip(events.len() - 4).copied().collect();
    assert_eq!(tail, ["CaseDispatched", "ReturnRequested", "ReturnApproved", "CaseDispatched"]);
    assert_eq!(wang.get(&format!("/cases/{no}")).await.status, StatusCode::NOT_FOUND, "it is not theirs now");
}

#[tokio::test]
async fn what_is_asked_is_decided_by_another_role_and_every_refusal_has_its_code() {
    let house = House::new().await;
    let no = house.case("asked").await;
    let extension =
        json!({"command": "request_extension", "by": "1wd", "reason": "等配件", "complainant_told": true});
    assert_eq!(give(&house, "wang", &no, extension.clone()).await.1, "NOT_SIGNED");
    assert_eq!(give(&house, "wang", &no, json!({"command": "sign"})).await.0, StatusCode::OK);
    assert_eq!(give(&house, "paidan", &no, extension.clone()).await.1, "NOT_ALLOWED");
    assert_eq!(give(&house, "wang", &no, extension.clone()).await.0, StatusCode::OK);
    assert_eq!(give(&house, "wang", &no, json!({"command": "approve_extension"})).await.1, "NOT_ALLOWED");
    assert_eq!(give(&house, "wang", &no, extension).await.1, "REQUEST_PENDING");
    assert_eq!(give(&house, "ducha", &no, json!({"command": "approve_extension"})).await.0, StatusCode::OK);
    let again = give(&house, "ducha", &no, json!({"command": "approve_extension"})).await;
    assert_eq!(again, (StatusCode::CONFLICT, "NOTHING_ASKED".into()));
    let designate = json!({"command": "designate_final", "reason": "指定承办"});
    assert_eq!(give(&house, "paidan", &no, designate).await.0, StatusCode::OK);
    let back = json!({"command": "request_return", "reason": "not_our_duty"});
    assert_eq!(give(&house, "wang", &no, back).await.1, "FINALLY_DESIGNATED");
    let page = house.sign_in("wang").await.get("/docs/errors/FINALLY_DESIGNATED?lang=en").await;
    assert!(page.text.contains("designated finally"));
    let odd = json!({"command": "request_return", "reason": "not_our_duty", "colour": "red"});
    assert_eq!(give(&house, "wang", &no, odd).await.1, "BAD_BODY");
}

#[tokio::test]
async fn a_suspension_is_applied_for_in_the_console_and_granted_there() {
    let house = House::new().await;
    let no = house.case("suspend").await;
    let wang = house.sign_in("wang").await;
    wang.post(&format!("/cases/{no}/do/sign"), "").await;
    let form = "review_at=2026-12-20&reason=plan&complainant_told=true";
    let answer = wang.post(&format!("/cases/{no}/do/apply_suspension"), form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    house.settle().await;
    let ducha = house.sign_in("ducha").await;
    let page = ducha.get(&format!("/cases/{no}?lang=en")).await.text;
    assert!(page.contains("suspension asked") && page.contains("do/approve_suspension"));
    let answer = ducha.post(&format!("/cases/{no}/do/approve_suspension"), "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert!(house.events(&no).await.ends_with(&["SuspensionApplied", "CaseSuspended"]));
}
