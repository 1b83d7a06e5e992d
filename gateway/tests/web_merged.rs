//! What becomes of a merged case when its main case ends, through the interface, the console and a kill.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

#[path = "web/house.rs"]
mod house;

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use axum::http::StatusCode;
use engine::lease::Lease;
use gateway::follower::Follower;
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

async fn life(house: &House, no: &str) -> String {
    let token = house.token("paidan").await;
    let answer = house.api(&token, "GET", &format!("/api/v1/cases/{no}"), "").await;
    answer.json()["life"].as_str().expect("a life").to_owned()
}

/// A main case, handled and closed, and so many that were merged into it before.
async fn closed_with(house: &House, merged: usize) -> (String, Vec<String>) {
    let mut all = Vec::new();
    for number in 0..=merged {
        let complaint = json!({
            "external_id": format!("m{number}"), "source": "12345", "item": "0101",
            "received_at": format!("2026-11-20T09:{number:02}:00+08:00"),
            "title": "垃圾没人清", "text": format!("第{number}位来电人"), "address": "龙桥社区第1网格",
        });
        all.push(house.take_in(&complaint).await);
    }
    let main = all.remove(0);
    for no in &all {
        accepted(house, "paidan", no, json!({"command": "merge_into", "into": main})).await;
    }
    accepted(house, "gao", &main, json!({"command": "sign"})).await;
    accepted(house, "gao", &main, json!({"command": "submit_result", "solved": true, "reply": "已清理"}))
        .await;
    accepted(house, "quducha", &main, json!({"command": "verify", "passed": true, "reason": ""})).await;
    let content =
        json!({"command": "record_callback", "contacted": true, "solved": true, "satisfaction": "satisfied"});
    accepted(house, "quducha", &main, content).await;
    assert_eq!(life(house, &main).await, "closed");
    (main, all)
}

fn follower(house: &House, node: &str) -> Follower {
    let lease = Lease::new(house.app.engine.store().clone(), "merged").held_by(node);
    Follower::under(lease, house.app.engine.clone(), house.app.views.clone())
}

async fn follow(house: &House) {
    let mut follower = Follower::new(house.app.engine.clone(), house.app.views.clone());
    loop {
        house.settle().await;
        if follower.step().await.expect("a step") == 0 {
            return;
        }
    }
}

/// Goes on with the work so often, and is then gone in the middle of it.
async fn killed_after(polls: usize, work: impl Future) {
    let mut work = pin!(work);
    for _ in 0..polls {
        let over = std::future::poll_fn(|context| Poll::Ready(work.as_mut().poll(context).is_ready())).await;
        if over {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_kill_at_any_point_tells_every_merged_complainant_once() {
    let house = House::new().await;
    let (_, merged) = closed_with(&house, 7).await;
    for polls in 0..12 {
        // Whether the views had come along in between makes no difference.
        if polls % 3 == 0 {
            house.settle().await;
        }
        killed_after(polls, Follower::new(house.app.engine.clone(), house.app.views.clone()).step()).await;
    }
    follow(&house).await;
    for no in &merged {
        let told = house.events(no).await.into_iter().filter(|event| *event == "MainCaseEnded").count();
        assert_eq!((told, life(&house, no).await.as_str()), (1, "pending_callback"));
    }
}

#[tokio::test]
async fn two_nodes_that_do_not_know_of_each_other_tell_once() {
    let house = House::new().await;
    let (_, merged) = closed_with(&house, 5).await;
    let (mut one, mut other) = (follower(&house, "one"), follower(&house, "other"));
    // Both had the lease for an instant: the one stood still between asking and doing.
    let (first, second) = tokio::join!(one.step(), other.step());
    assert_eq!(first.expect("a step") + second.expect("a step"), merged.len());
    one.release().await;
    house.settle().await;
    assert_eq!(other.step().await.expect("a step"), 0);
}

#[tokio::test]
async fn the_merged_complainant_is_called_back_and_the_page_says_what_happened() {
    let house = House::new().await;
    let (main, merged) = closed_with(&house, 1).await;
    let no = &merged[0];
    assert_eq!(life(&house, no).await, "merged");
    follow(&house).await;
    let supervisor = house.sign_in("quducha").await;
    let page = supervisor.get(&format!("/cases/{no}")).await.text;
    assert!(page.contains("主件办结") && page.contains("/do/record_callback\"") && page.contains(&main));
    // Whoever handled the main case does not judge what it led to.
    let answers = json!({"command": "record_callback", "contacted": true, "solved": false, "satisfaction": "dissatisfied"});
    let handler = give(&house, "gao", no, answers.clone()).await;
    assert_eq!(handler.0, StatusCode::FORBIDDEN, "{}", handler.1);
    accepted(&house, "quducha", no, answers).await;
    accepted(&house, "quducha", no, json!({"command": "reopen", "reason": "我这一处还在"})).await;
    assert_eq!(house.events(no).await.last(), Some(&"CaseUnmerged"));
    assert_eq!(life(&house, no).await, "dispatched");
    follow(&house).await;
    assert_eq!(life(&house, &main).await, "closed");
    // Only what was merged can be taken apart.
    let page = house.sign_in("paidan").await.get(&format!("/cases/{main}")).await.text;
    assert!(!page.contains("/do/unmerge\""));
}
