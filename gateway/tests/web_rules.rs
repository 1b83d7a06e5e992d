//! Policy in motion: revised files are checked, taken into force, previewed on open cases and applied.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "web/house.rs"]
mod house;

use axum::http::StatusCode;
use house::House;
use serde_json::{Value, json};

/// Monday to Wednesday after the day of the tests are off.
const HOLIDAY: (&str, &str) =
    ("\"2026-10-07\"", "\"2026-10-07\", \"2026-11-23\", \"2026-11-24\", \"2026-11-25\"");
const REVISED: (&str, &str) = ("\"cn-2026-11\"", "\"cn-2026-12\"");

/// A case with a limit of five working days.
async fn five_days(house: &House, id: &str) -> String {
    let complaint = json!({
        "external_id": id, "source": "12345", "received_at": "2026-11-20T09:59:00+08:00",
        "title": "油烟扰民", "address": "龙桥社区", "item": "0305",
    });
    house.take_in(&complaint).await
}

async fn due(house: &House, token: &str, no: &str) -> Value {
    let case = house.api(token, "GET", &format!("/api/v1/cases/{no}"), "").await.json();
    case["clocks"]["resolve"]["due_at"].clone()
}

fn edit_calendar(house: &House) {
    house.edit("calendar/cn.json", HOLIDAY.0, HOLIDAY.1);
    house.edit("calendar/cn.json", REVISED.0, REVISED.1);
}

#[tokio::test]
async fn files_with_mistakes_are_not_taken_into_force_and_every_mistake_has_its_line() {
    let house = House::new().await;
    let admin = house.token("admin").await;
    let before = house.app.rules().edition.clone();
    house.edit(
        "policy/catalogue.csv",
        ",4wh,N2,city manual,another city",
        ",4xx,N9,city manual,another city",
    );
    house.edit("calendar/cn.json", "\"Asia/Shanghai\"", "\"Asia/Nowhere\"");
    let answer = house.api(&admin, "POST", "/api/v1/rules/reload", "").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let faults = answer.json()["faults"].as_array().expect("faults").clone();
    assert!(faults.len() >= 2 && faults.iter().all(|fault| fault["line"].is_u64()), "{faults:?}");
    assert_eq!(house.app.rules().edition, before);
    let page = house.sign_in("admin").await.get("/rules").await;
    assert!(page.text.contains("BUDGET_INVALID") && page.text.contains("catalogue.csv:2"), "{}", page.text);
}

#[tokio::test]
async fn a_new_edition_binds_new_decisions_only_until_a_person_confirms_the_revision() {
    let house = House::new().await;
    let (admin, ducha) = (house.token("admin").await, house.token("ducha").await);
    let old = five_days(&house, "before").await;
    let was = due(&house, &ducha, &old).await;
    edit_calendar(&house);
    let tried = house.api(&admin, "GET", "/api/v1/rules/preview?files=true", "").await.json();
    assert_eq!((&tried["open"], &tried["cases"]), (&json!(1), &json!(1)), "before it is in force");

    let loaded = house.api(&admin, "POST", "/api/v1/rules/reload", "").await;
    assert_eq!(loaded.json()["noted"]["calendar"], "cn-2026-12", "the log knows the edition");
    let new = five_days(&house, "after").await;
    assert_eq!(due(&house, &ducha, &old).await, was, "an open case stays");
    assert_ne!(due(&house, &ducha, &new).await, was, "a new one is counted by the new calendar");

    let counts = house.api(&admin, "GET", "/api/v1/rules/preview", "").await.json();
    assert_eq!((&counts["open"], &counts["cases"]), (&json!(2), &json!(1)));
    assert_eq!(counts["by_limit"]["resolve"], json!({"earlier": 0, "later": 1, "other": 0}));
    let confirm = json!({"edition": counts["edition"], "cases": 1}).to_string();
    assert_eq!(house.api(&admin, "POST", "/api/v1/rules/revisions", confirm).await.status, StatusCode::OK);
    house.revise().await;
    assert_eq!(due(&house, &ducha, &old).await, due(&house, &ducha, &new).await);
    let recounted = |events: &[&str]| events.iter().filter(|event| **event == "DeadlineRecalculated").count();
    assert_eq!(recounted(&house.events(&old).await), 1);
    assert_eq!(recounted(&house.events(&new).await), 0);
    let state = house.api(&admin, "GET", "/api/v1/rules", "").await.json();
    assert_eq!((&state["under_way"], &state["finished"]["cases"]), (&Value::Null, &json!(1)));
}

#[tokio::test]
async fn what_was_not_seen_is_not_confirmed_and_one_revision_runs_at_a_time() {
    let house = House::new().await;
    let admin = house.token("admin").await;
    house.case("one").await;
    let other = json!({"edition": "other"}).to_string();
    let refused = house.api(&admin, "POST", "/api/v1/rules/revisions", other).await;
    assert_eq!(refused.json()["code"], "EDITION_CHANGED");
    let edition = house.app.rules().edition.clone();
    let confirm = || json!({"edition": edition.clone()}).to_string();
    assert_eq!(house.api(&admin, "POST", "/api/v1/rules/revisions", confirm()).await.status, StatusCode::OK);
    let second = house.api(&admin, "POST", "/api/v1/rules/revisions", confirm()).await;
    assert_eq!(second.json()["code"], "REVISION_RUNNING");
    house.revise().await;
    assert_eq!(house.api(&admin, "POST", "/api/v1/rules/revisions", confirm()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_person_does_it_all_on_the_page() {
    let house = House::new().await;
    let no = house.case("page").await;
    edit_calendar(&house);
    let admin = house.sign_in("admin").await;
    assert!(admin.get("/rules").await.text.contains("/rules/reload"));
    assert_eq!(admin.post("/rules/reload", "").await.status, StatusCode::SEE_OTHER);
    let page = admin.get("/rules?preview=now&lang=en").await;
    assert!(page.text.contains("Confirm: count 1 cases again"), "{}", page.text);
    let form = format!("_id={}&edition={}&budgets=true&cases=1", page.field("_id"), page.field("edition"));
    assert_eq!(admin.post("/rules/revise", &form).await.status, StatusCode::SEE_OTHER);
    assert_eq!(admin.post("/rules/revise", &form).await.status, StatusCode::SEE_OTHER, "twice is once");
    house.revise().await;
    assert!(house.events(&no).await.contains(&"DeadlineRecalculated"));
    let ducha = house.sign_in("ducha").await;
    let case = ducha.get(&format!("/cases/{no}?lang=en")).await;
    assert!(case.text.contains("Limits counted again"), "{}", case.text);
}

#[tokio::test]
async fn rules_are_for_administrators_only() {
    let house = House::new().await;
    for name in ["wang", "ducha", "paidan"] {
        let token = house.token(name).await;
        for (method, path) in [
            ("GET", "/api/v1/rules"),
            ("POST", "/api/v1/rules/reload"),
            ("GET", "/api/v1/rules/preview"),
            ("POST", "/api/v1/rules/revisions"),
        ] {
            assert_eq!(
                house.api(&token, method, path, "{}").await.status,
                StatusCode::FORBIDDEN,
                "{name} {path}"
            );
        }
    }
    assert_eq!(house.sign_in("ducha").await.get("/rules").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn after_a_revision_the_log_and_the_views_are_sound() {
    let house = House::new().await;
    let admin = house.token("admin").await;
    for number in 0..5 {
        house.case(&format!("v{number}")).await;
    }
    edit_calendar(&house);
    house.api(&admin, "POST", "/api/v1/rules/reload", "").await;
    let confirm = json!({"edition": house.app.rules().edition}).to_string();
    house.api(&admin, "POST", "/api/v1/rules/revisions", confirm).await;
    house.revise().await;
    assert_eq!(house.differences().await, Vec::<String>::new());
}
