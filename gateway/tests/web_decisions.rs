//! What one person asks and another decides: voiding, and leaving a case out of the figures.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "web/house.rs"]
mod house;

use axum::http::StatusCode;
use house::{Answer, House};
use serde_json::{Value, json};

async fn order(house: &House, who: &str, no: &str, command: Value) -> Answer {
    let token = house.token(who).await;
    let answer =
        house.api(&token, "POST", &format!("/api/v1/cases/{no}/commands"), command.to_string()).await;
    house.settle().await;
    answer
}

async fn board(house: &House) -> Value {
    let token = house.token("ducha").await;
    house.api(&token, "GET", "/api/v1/board", "").await.json()["total"]["counts"].clone()
}

#[tokio::test]
async fn an_excluded_case_is_in_no_rate_and_is_counted_beside_it() {
    let house = House::new().await;
    let no = house.case("excluded").await;
    let apply = json!({"command": "apply_exclusion", "ground": "wrong_dispatch", "reason": "不属于本社区"});
    order(&house, "wang", &no, json!({"command": "sign"})).await;
    let refused = order(&house, "wang", &no, apply.clone()).await;
    assert_eq!(refused.json()["code"], "EVIDENCE_MISSING");
    let token = house.token("wang").await;
    let path = format!("/api/v1/cases/{no}/evidence?kind=document");
    assert_eq!(house.api(&token, "POST", &path, b"%PDF-1.7".to_vec()).await.status, StatusCode::OK);
    assert_eq!(order(&house, "wang", &no, apply).await.status, StatusCode::OK);
    for command in [
        json!({"command": "submit_result", "solved": true, "reply": "已清理"}),
        json!({"command": "verify", "passed": true}),
        json!({"command": "record_callback", "contacted": true, "solved": true, "satisfaction": "satisfied"}),
    ] {
        let who = if command["command"] == "submit_result" { "wang" } else { "ducha" };
        assert_eq!(order(&house, who, &no, command).await.status, StatusCode::OK);
    }
    assert_eq!((&board(&house).await["on_time"], &board(&house).await["excluded"]), (&json!(1), &json!(0)));
    let page = house.sign_in("ducha").await.get(&format!("/cases/{no}")).await;
    assert!(page.text.contains("剔除待裁定") && page.text.contains("/do/decide_exclusion"));
    let granted = json!({"command": "decide_exclusion", "granted": true});
    assert_eq!(order(&house, "wang", &no, granted.clone()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(order(&house, "ducha", &no, granted).await.status, StatusCode::OK);
    let counts = board(&house).await;
    assert_eq!(
        (&counts["on_time"], &counts["excluded"], &counts["total"]),
        (&json!(0), &json!(1), &json!(1))
    );
    let shown = house.sign_in("ducha").await.get("/board").await;
    assert!(shown.text.contains("剔除，不计入按时率"));
}

#[tokio::test]
async fn two_persons_void_a_case_by_the_forms_of_its_page() {
    let house = House::new().await;
    let no = house.case("void").await;
    let (asks, decides) = (house.sign_in("jiepai").await, house.sign_in("ducha").await);
    let asked = asks.post(&format!("/cases/{no}/do/request_void"), "reason=%E8%AF%AF%E5%BD%95").await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text);
    let own = asks.post(&format!("/cases/{no}/do/decide_void"), "granted=true&reason=").await;
    assert!(own.text.contains("SECOND_PERSON_NEEDED"));
    assert!(!asks.get(&format!("/cases/{no}")).await.text.contains("/do/decide_void"));
    let done = decides.post(&format!("/cases/{no}/do/decide_void"), "granted=true&reason=").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let events = house.events(&no).await;
    assert_eq!(events[events.len() - 2..], ["CaseVoided", "CaseClosed"]);
    let again = decides.post(&format!("/cases/{no}/do/reopen"), "reason=x").await;
    assert!(again.text.contains("CASE_IS_VOIDED"));
}
