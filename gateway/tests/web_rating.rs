//! The complainant's own rating, by a link that was sent to them: it is the callback, once; without an account,
//! without a script, and with nothing personal on the page.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "web/house.rs"]
mod house;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use house::{Answer, House};
use serde_json::{Value, json};

async fn give(house: &House, who: &str, no: &str, what: Value) {
    let token = house.token(who).await;
    let answer = house.api(&token, "POST", &format!("/api/v1/cases/{no}/commands"), what.to_string()).await;
    house.settle().await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

/// A case that waits for its callback, and its link.
async fn waits_for_callback(house: &House, id: &str) -> (String, String) {
    let complaint = json!({
        "external_id": id, "source": "12345", "received_at": "2026-11-20T09:59:00+08:00", "item": "0101",
        "title": "垃圾没人清", "text": "我叫钱多多", "address": "龙桥社区第1网格",
        "reporter": {"name": "钱多多", "phone": "13812345678"},
    });
    let no = house.take_in(&complaint).await;
    give(house, "gao", &no, json!({"command": "sign"})).await;
    give(house, "gao", &no, json!({"command": "submit_result", "solved": true, "reply": "已清理"})).await;
    give(house, "quducha", &no, json!({"command": "verify", "passed": true})).await;
    (no, link(house).await)
}

async fn link(house: &House) -> String {
    let token = house.token("quducha").await;
    let list = house.api(&token, "GET", "/api/v1/callbacks", "").await.json();
    list["callbacks"][0]["rating_link"].as_str().expect("a link").to_owned()
}

/// Sends the form of a page that was read without an account.
async fn send(house: &House, path: &str, form: &str) -> Answer {
    let page = house.get(path).await;
    let (csrf, cookie) = (page.field("_csrf"), page.cookie().expect("a visit"));
    let request = Request::post(path)
        .header(header::COOKIE, cookie)
        .header("accept", "text/html")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("_csrf={csrf}&{form}")));
    let answer = house.send(request.expect("a request")).await;
    house.settle().await;
    answer
}

#[tokio::test]
async fn what_the_complainant_answers_by_the_link_is_the_callback_and_counts_once() {
    let house = House::new().await;
    let (no, path) = waits_for_callback(&house, "rated").await;
    let page = house.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains(&no) && page.text.contains("问题解决了吗"), "{}", page.text);
    for personal in ["钱多多", "13812345678", "垃圾没人清"] {
        assert!(!page.text.contains(personal), "{personal}");
    }
    assert!(house.get(&format!("{path}?lang=en")).await.text.contains("Is the matter solved?"));
    let missing = send(&house, &path, "contacted=true&solved=true&remark=%E8%B0%A2%E8%B0%A2").await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(missing.text.contains("谢谢"), "what was typed is kept");
    let answers =
        "contacted=true&solved=true&satisfaction=satisfied&remark=%3Cscript%3Ealert(1)%3C/script%3E";
    let page = house.get(&path).await;
    let (csrf, cookie) = (page.field("_csrf"), page.cookie().expect("a visit"));
    for _ in 0..2 {
        let request = Request::post(&path)
            .header(header::COOKIE, &cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(format!("_csrf={csrf}&{answers}")));
        let answer = house.send(request.expect("a request")).await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, path.as_str()),
            "{}",
            answer.text
        );
        house.settle().await;
    }
    let events = house.events(&no).await;
    for event in ["CaseRated", "CallbackCompleted", "CaseClosed"] {
        assert_eq!(events.iter().filter(|name| **name == event).count(), 1, "{event} {events:?}");
    }
    let done = house.get(&path).await.text;
    assert!(done.contains("已收到您的评价") && !done.contains("<form class=\"card"), "{done}");
    let case = house.sign_in("quducha").await.get(&format!("/cases/{no}")).await.text;
    assert!(case.contains("诉求人 · 评价链接") && !case.contains("<script>alert"), "{case}");
    assert_eq!(house.differences().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_not_solved_waits_for_a_second_look_and_a_new_round_has_another_link() {
    let house = House::new().await;
    let (no, path) = waits_for_callback(&house, "again").await;
    let answer = send(&house, &path, "contacted=true&solved=false&satisfaction=dissatisfied&remark=").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let waiting = house.sign_in("quducha").await.get("/waiting").await.text;
    assert!(waiting.contains(&no) && waiting.contains("回访未解决待复核"));
    give(&house, "quducha", &no, json!({"command": "reopen", "reason": "仍有垃圾"})).await;
    assert!(house.get(&path).await.text.contains("已经重办"));
    give(&house, "gao", &no, json!({"command": "submit_result", "solved": true, "reply": "已清理"})).await;
    give(&house, "quducha", &no, json!({"command": "verify", "passed": true})).await;
    let other = link(&house).await;
    assert_ne!(other, path);
    assert!(house.get(&other).await.text.contains("问题解决了吗"));
    assert_eq!(house.differences().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_link_that_we_did_not_sign_is_no_page_and_one_that_is_overtaken_says_so() {
    let house = House::new().await;
    let (no, path) = waits_for_callback(&house, "signed").await;
    let mut forged = path.clone().into_bytes();
    let last = forged.last_mut().expect("a link");
    *last = if *last == b'A' { b'Q' } else { b'A' };
    for wrong in
        [String::from_utf8(forged).expect("text"), "/r/AAAA".to_owned(), "/r/%3Cscript%3E".to_owned()]
    {
        let answer = house.get(&wrong).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}");
        assert!(!answer.text.contains("<script>"), "{wrong}");
    }
    let called =
        json!({"command": "record_callback", "contacted": true, "solved": true, "satisfaction": "satisfied"});
    give(&house, "quducha", &no, called).await;
    assert!(house.get(&path).await.text.contains("已经回访或办结"));
    assert!(!house.get(&path).await.text.contains("name=\"remark\""));
    assert!(!house.events(&no).await.contains(&"CaseRated"));
}
