//! 回访 as work: the list in order of the limit, the attempt and the three answers from the page, what is not
//! shown there, and who sees it at all.
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

async fn accepted(house: &House, name: &str, no: &str, body: Value) {
    let (status, answer) = give(house, name, no, body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

/// A case that was handled and checked.
async fn to_call(house: &House, id: &str) -> String {
    let complaint = json!({
        "external_id": id, "source": "12345", "item": "0101", "received_at": "2026-11-20T09:59:00+08:00",
        "title": "垃圾没人清", "text": "请回电", "address": "龙桥社区第1网格",
        "reporter": {"name": "钱多多", "phone": "13812345678"},
    });
    let no = house.take_in(&complaint).await;
    accepted(house, "gao", &no, json!({"command": "sign"})).await;
    accepted(house, "gao", &no, json!({"command": "submit_result", "solved": true, "reply": "已清理"})).await;
    accepted(house, "quducha", &no, json!({"command": "verify", "passed": true})).await;
    no
}

async fn list(house: &House, name: &str) -> Value {
    let token = house.token(name).await;
    house.api(&token, "GET", "/api/v1/callbacks", "").await.json()
}

fn at(house: &House, time: &str) {
    house.clock.set(time.parse().expect("a time"));
}

#[tokio::test]
async fn who_calls_works_from_the_page_and_the_third_try_ends_it() {
    let house = House::new().await;
    let no = to_call(&house, "page").await;
    let times = ["2026-11-23T09:10:00+08:00", "2026-11-23T11:00:00+08:00", "2026-11-24T15:00:00+08:00"];
    for (index, time) in times.iter().enumerate() {
        at(&house, time);
        // Nobody stays signed in over a weekend.
        let caller = house.sign_in("quducha").await;
        let page = caller.get("/callbacks").await.text;
        assert!(
            page.contains(&no)
                && page.contains("/do/attempt_callback\"")
                && page.contains("/do/record_callback\"")
        );
        assert!(page.contains(&format!("{index}/3")), "{page}");
        assert!(!page.contains("13812345678") && !page.contains("钱多多"), "nothing of the reporter");
        let id = uuid::Uuid::now_v7();
        let form = format!("_id={id}&outcome=no_answer&recording=L-{index}");
        let answer = caller.post(&format!("/cases/{no}/do/attempt_callback"), &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        house.settle().await;
    }
    let caller = house.sign_in("quducha").await;
    assert!(!caller.get("/callbacks").await.text.contains(&no));
    let page = caller.get(&format!("/cases/{no}")).await.text;
    assert!(page.contains("无效回访") && page.contains("录音 L-1") && page.contains("无人接听"));
    assert_eq!(house.differences().await, Vec::<String>::new());
}

#[tokio::test]
async fn the_interface_lists_who_is_to_be_called_with_what_was_tried() {
    let house = House::new().await;
    let no = to_call(&house, "api").await;
    let tried = json!({"command": "attempt_callback", "outcome": "busy"});
    at(&house, "2026-11-23T09:10:00+08:00");
    accepted(&house, "quducha", &no, tried.clone()).await;
    assert_eq!(give(&house, "gao", &no, tried).await.0, StatusCode::FORBIDDEN);
    let found = list(&house, "quducha").await;
    assert_eq!((&found["total"], &found["attempts"]), (&json!(1), &json!(3)));
    let one = &found["callbacks"][0];
    assert_eq!((&one["case_no"], &one["counted"]), (&json!(no), &json!(1)));
    assert_eq!(one["calls"]["attempts"][0]["outcome"], "busy");
    assert!(one["due_at"].is_string() && one["calls"]["next_from"].is_string());
    assert!(!found.to_string().contains("13812345678"));
    // In the reader's area only; and whoever works has no such list.
    assert_eq!(list(&house, "farducha").await["total"], 0);
    let token = house.token("gao").await;
    assert_eq!(house.api(&token, "GET", "/api/v1/callbacks", "").await.status, StatusCode::FORBIDDEN);
    let answers = json!({"command": "record_callback", "contacted": true, "solved": false,
        "satisfaction": "dissatisfied", "why": "too_slow", "remark": "打 13912345678 也没人来", "recording": "L-9"});
    accepted(&house, "quducha", &no, answers).await;
    let page = house.sign_in("quducha").await.get(&format!("/cases/{no}")).await.text;
    assert!(page.contains("办理太慢") && page.contains("录音 L-9") && !page.contains("13912345678"));
    let waiting = house.sign_in("quducha").await.get("/waiting").await.text;
    assert!(waiting.contains("回访未解决待复核") && waiting.contains(&format!("#reopen-{no}")));
    let refused = give(&house, "quducha", &no, json!({"command": "close", "mode": "explained"})).await;
    assert_eq!(refused.1["code"], "REASON_MISSING");
    accepted(&house, "quducha", &no, json!({"command": "close", "mode": "explained", "reason": "超出职责"}))
        .await;
    assert_eq!(house.differences().await, Vec::<String>::new());
}

#[tokio::test]
async fn the_list_is_a_workbook_too_and_a_number_is_shown_case_by_case() {
    let house = House::new().await;
    let no = to_call(&house, "file").await;
    let caller = house.sign_in("quducha").await;
    let file = caller.get("/callbacks.xlsx").await;
    assert_eq!((file.status, &file.bytes[..2]), (StatusCode::OK, &b"PK"[..]));
    let id = uuid::Uuid::now_v7();
    let shown =
        caller.post(&format!("/cases/{no}/do/reveal_reporter"), &format!("_id={id}&purpose=callback")).await;
    assert!(shown.text.contains("13812345678"));
    assert_eq!(house.events(&no).await.last(), Some(&"ReporterRevealed"));
    assert_eq!(house.sign_in("gao").await.get("/callbacks").await.status, StatusCode::FORBIDDEN);
    let english = caller.get("/callbacks?lang=en").await.text;
    assert!(english.contains("What to say") && english.contains("Nobody reached"));
}
