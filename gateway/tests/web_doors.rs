//! Who gets in, and what is turned away: sign-in, forms, scope, permission.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "web/house.rs"]
mod house;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures::StreamExt;
use house::House;

#[tokio::test]
async fn a_form_without_its_token_is_refused_and_changes_nothing() {
    let house = House::new().await;
    let no = house.case("csrf").await;
    let wang = house.sign_in("wang").await;
    let path = format!("/cases/{no}/do/sign");
    for form in ["", "_csrf=", "_csrf=wrong", "_id=0192d3c0-0000-7000-8000-000000000000"] {
        let answer = wang.post_with(&path, form).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{form}");
        assert!(answer.text.contains("FORM_EXPIRED"));
    }
    let other = house.sign_in("wang").await;
    let stolen = wang.post_with(&path, &format!("_csrf={}", other.csrf)).await;
    assert_eq!(stolen.status, StatusCode::FORBIDDEN, "another session's token");
    let json = wang
        .request("POST", &format!("/api/v1/cases/{no}/commands"))
        .body(Body::from(r#"{"command":"sign"}"#));
    assert_eq!(
        house.send(json.unwrap()).await.status,
        StatusCode::FORBIDDEN,
        "a cookie alone does not open the API"
    );
    assert!(!house.events(&no).await.contains(&"CaseSigned"));
    assert_eq!(wang.post(&path, "").await.status, StatusCode::SEE_OTHER);
    assert!(house.events(&no).await.contains(&"CaseSigned"));
}

#[tokio::test]
async fn a_case_elsewhere_looks_like_no_case_on_every_way_in() {
    let house = House::new().await;
    let no = house.case("scope").await;
    let near = house.sign_in("ducha").await;
    let far = house.sign_in("farducha").await;
    assert_eq!(near.get(&format!("/cases/{no}")).await.status, StatusCode::OK);
    for path in [format!("/cases/{no}"), "/cases/20261120-00000000".to_owned()] {
        let answer = far.get(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(answer.text.contains("CASE_NOT_FOUND"));
    }
    assert!(near.get("/cases").await.text.contains(&no));
    assert!(!far.get("/cases").await.text.contains(&no));
    assert!(!far.get("/desk").await.text.contains(&no));
    let order = far.post(&format!("/cases/{no}/do/verify"), "passed=true").await;
    assert_eq!(order.status, StatusCode::NOT_FOUND);

    let (near, far) = (house.token("ducha").await, house.token("farducha").await);
    let count = |answer: house::Answer| answer.json()["total"].as_u64().expect("a total");
    assert_eq!(count(house.api(&near, "GET", "/api/v1/cases", "").await), 1);
    assert_eq!(count(house.api(&far, "GET", "/api/v1/cases", "").await), 0);
    assert_eq!(
        house.api(&far, "GET", &format!("/api/v1/cases/{no}"), "").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(house.api(&near, "GET", "/api/v1/desk", "").await.json()["open"], 1);
    assert_eq!(house.api(&far, "GET", "/api/v1/desk", "").await.json()["open"], 0);
    let board = house.api(&far, "GET", "/api/v1/board", "").await.json();
    assert_eq!(board["total"]["counts"]["total"], 0);
}

#[tokio::test]
async fn two_characters_find_a_case_on_the_page_and_by_the_interface() {
    let house = House::new().await;
    let no = house.case("search").await;
    let (near, far) = (house.sign_in("ducha").await, house.sign_in("farducha").await);
    let (mine, theirs) = (house.token("ducha").await, house.token("farducha").await);
    let title = house.api(&mine, "GET", "/api/v1/cases", "").await.json()["cases"][0]["title"].clone();
    let two: String = title.as_str().expect("a title").chars().take(2).collect();
    let asked = two.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    // Whatever else the form sends along.
    let page = near.get(&format!("/cases?q={asked}&life=closed&rung=district")).await;
    assert!(page.status == StatusCode::OK && page.text.contains(&no), "{}", page.text);
    assert!(page.text.contains(&format!("value=\"{two}\"")), "the question stays in its box");
    assert!(!far.get(&format!("/cases?q={asked}")).await.text.contains(&no));
    let found = house.api(&mine, "GET", &format!("/api/v1/cases?q={asked}&limit=5"), "").await.json();
    assert_eq!((&found["total"], &found["cases"][0]["case_no"]), (&1.into(), &no.as_str().into()));
    let found = house.api(&theirs, "GET", &format!("/api/v1/cases?q={asked}"), "").await.json();
    assert_eq!(found["total"], 0);
    let named = near.get(&format!("/cases?q={no}")).await;
    assert_eq!((named.status, named.location()), (StatusCode::SEE_OTHER, format!("/cases/{no}").as_str()));
    for hostile in
        ["%22%20OR%20%22a", "%27;DROP%20TABLE%20case_rows", "NEAR(a%20b)", "%00%00", "*%22", "%F0%9F%9A%B2"]
    {
        assert_eq!(near.get(&format!("/cases?q={hostile}")).await.status, StatusCode::OK, "{hostile}");
    }
}

#[tokio::test]
async fn the_live_feed_tells_only_of_cases_in_scope() {
    let house = House::new().await;
    let near = house.sign_in("ducha").await;
    let far = house.sign_in("farducha").await;
    let mut feeds = Vec::new();
    for visitor in [&near, &far] {
        let request = visitor.request("GET", "/live").body(Body::empty()).unwrap();
        feeds.push(house.open(request).await.into_body().into_data_stream());
    }
    let no = house.case("live").await;
    let told = tokio::time::timeout(std::time::Duration::from_secs(5), feeds[0].next()).await.expect("told");
    let told = String::from_utf8(told.expect("a piece").expect("read").to_vec()).unwrap();
    assert!(told.contains("event: case") && told.contains(&no), "{told}");
    let silent = tokio::time::timeout(std::time::Duration::from_millis(300), feeds[1].next()).await;
    assert!(silent.is_err(), "the other street hears nothing");
    let stranger = house.get("/live").await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn guessing_is_slowed_down_with_a_clear_message() {
    let house = House::new().await;
    for _ in 0..5 {
        assert_eq!(house.try_sign_in("wang", "wrong").await.status, StatusCode::UNAUTHORIZED);
    }
    let answer = house.try_sign_in("wang", "a long secret").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "the right password waits too");
    assert!(answer.text.contains("TOO_MANY_TRIES"));
    assert!(answer.headers.contains_key("retry-after"));
    house.clock.advance(jiff::SignedDuration::from_mins(16));
    assert_eq!(house.try_sign_in("wang", "a long secret").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_is_fresh_after_the_sign_in_and_gone_after_the_sign_out() {
    let house = House::new().await;
    let before = house.get("/sign-in").await.cookie().expect("a visit");
    let wang = house.sign_in("wang").await;
    assert_ne!(before, wang.cookie);
    assert_eq!(wang.get("/").await.location(), "/inbox");
    assert_eq!(wang.post("/sign-out", "").await.status, StatusCode::SEE_OTHER);
    assert!(wang.get("/inbox").await.location().starts_with("/sign-in?next="));
    house.clock.advance(jiff::SignedDuration::from_hours(1));
    let wang = house.sign_in("wang").await;
    house.clock.advance(jiff::SignedDuration::from_hours(3));
    assert!(wang.get("/inbox").await.location().starts_with("/sign-in"), "idle too long");
}

#[tokio::test]
async fn nobody_is_sent_to_another_site() {
    let house = House::new().await;
    house.token("wang").await;
    for next in ["https://evil.example", "//evil.example", "/%5Cevil.example"] {
        let page = house.get("/sign-in").await;
        let body = format!("_csrf={}&name=wang&password=a+long+secret&next={next}", page.field("_csrf"));
        let request = Request::post("/sign-in")
            .header("cookie", page.cookie().unwrap())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        assert_eq!(house.send(request).await.location(), "/", "{next}");
    }
}

#[tokio::test]
async fn a_role_does_only_what_it_is_for() {
    let house = House::new().await;
    let no = house.case("roles").await;
    let token = house.token("admin").await;
    let sign =
        house.api(&token, "POST", &format!("/api/v1/cases/{no}/commands"), r#"{"command":"sign"}"#).await;
    assert_eq!((sign.status, sign.json()["code"].as_str()), (StatusCode::FORBIDDEN, Some("NOT_ALLOWED")));
    assert_eq!(house.api(&token, "GET", "/metrics", "").await.status, StatusCode::OK);
    assert_eq!(house.get("/metrics").await.status, StatusCode::UNAUTHORIZED);
    let wang = house.token("wang").await;
    assert_eq!(house.api(&wang, "GET", "/metrics", "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.api(&wang, "POST", "/api/v1/complaints", "{}").await.status, StatusCode::FORBIDDEN);
    let part = house.api(&house.token("jiepai").await, "POST", "/api/v1/complaints", "{}").await;
    assert_eq!(
        (part.status, part.json()["code"].as_str()),
        (StatusCode::FORBIDDEN, Some("NOT_ALLOWED")),
        "who sees a part only does not speak for a source"
    );
    assert_eq!(house.api(&wang, "GET", "/api/v1/desk", "").await.status, StatusCode::FORBIDDEN);
    let page = house.sign_in("wang").await.get(&format!("/cases/{no}")).await.text;
    assert!(page.contains("/do/sign") && !page.contains("/do/verify"));
}
