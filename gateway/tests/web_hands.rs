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

#[tokio::test]
async fn a_task_is_claimed_handed_over_and_its_reply_put_right() {
    let house = House::new().await;
    let no = house.case("claim").await;
    let wang = house.sign_in("wang").await;
    assert!(wang.get(&format!("/cases/{no}")).await.text.contains("do/claim_task"));
    let answer = wang.post(&format!("/cases/{no}/do/claim_task"), "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    house.settle().await;
    let page = wang.get(&format!("/cases/{no}")).await.text;
    assert!(
        page.contains("wang 领办") && page.contains("do/delegate_task") && page.contains("do/release_claim")
    );
    let stranger = json!({"command": "delegate_task", "to": "ducha"});
    house.token("ducha").await;
    assert_eq!(give(&house, "wang", &no, stranger).await.1, "NOT_A_COLLEAGUE");
    assert_eq!(give(&house, "wang", &no, json!({"command": "sign"})).await.0, StatusCode::OK);
    let result = json!({"command": "submit_result", "solved": true, "reply": "已清理，11月2日"});
    assert_eq!(give(&house, "wang", &no, result).await.0, StatusCode::OK);
    let form = "reply=%E5%B7%B2%E6%B8%85%E7%90%86%EF%BC%8C11%E6%9C%8820%E6%97%A5&reason=date";
    let answer = wang.post(&format!("/cases/{no}/do/amend_reply"), form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    house.settle().await;
    let page = wang.get(&format!("/cases/{no}")).await.text;
    assert!(page.contains("更正答复") && page.contains("已清理，11月20日"));
}

#[tokio::test]
async fn a_case_that_went_up_is_sent_down_with_resources() {
    let house = House::new().await;
    let no = house.case("down").await;
    let up = json!({"command": "escalate", "to": "street", "reason": "no_authority"});
    assert_eq!(give(&house, "jiepai", &no, up).await.0, StatusCode::OK, "the station may be passed over");
    let down = |resources: &str| json!({"command": "deescalate", "to": "community", "reason": "社区可办", "resources": resources});
    assert_eq!(give(&house, "jiepai", &no, down(" ")).await.1, "RESOURCES_MISSING");
    assert_eq!(give(&house, "wang", &no, down("经费")).await.1, "NOT_YOUR_UNIT");
    let jiepai = house.sign_in("jiepai").await;
    let page = jiepai.get(&format!("/cases/{no}")).await.text;
    assert!(page.contains("do/deescalate"));
    let form = "to=community&reason=r&resources=fund";
    let answer = jiepai.post(&format!("/cases/{no}/do/deescalate"), form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert!(house.events(&no).await.ends_with(&["CaseEscalated", "CaseDeescalated"]));
}
