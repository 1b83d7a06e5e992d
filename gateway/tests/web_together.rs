//! Two people on one case: they know of each other, nothing goes in unseen, nothing that was typed is lost. And
//! the case as it stood at a time, its whistle as a picture.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "web/house.rs"]
mod house;

use axum::http::StatusCode;
use house::House;
use jiff::SignedDuration;

#[tokio::test]
async fn whoever_opens_a_case_is_told_who_has_it_open_too_and_who_is_writing() {
    let house = House::new().await;
    let no = house.case("both").await;
    let (ducha, quducha) = (house.sign_in("ducha").await, house.sign_in("quducha").await);
    let here = format!("/cases/{no}/here");
    assert_eq!(ducha.post(&here, "typing=").await.text, "", "alone");
    assert!(quducha.post(&here, "typing=yes").await.text.contains("ducha"));
    assert!(ducha.post(&here, "").await.text.contains("quducha（正在填写）"));
    let page = quducha.get(&format!("/cases/{no}")).await.text;
    assert!(page.contains("此刻也打开着这件工单：ducha"), "without a script too: {page}");
    quducha.post(&here, "left=yes").await;
    assert_eq!(ducha.post(&here, "").await.text, "", "gone");
    house.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(quducha.post(&here, "").await.text, "", "a page that says no more is closed");
    assert_eq!(house.sign_in("farducha").await.post(&here, "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_somebody_else_did_meanwhile_is_shown_before_ones_own_words_go_in() {
    let house = House::new().await;
    let no = house.case("moved").await;
    let (ducha, wang) = (house.sign_in("ducha").await, house.sign_in("wang").await);
    let made_on = ducha.get(&format!("/cases/{no}")).await.field("_seen");
    wang.post(&format!("/cases/{no}/do/sign"), "").await;
    house.settle().await;
    let urge = format!("/cases/{no}/do/urge");
    let answer = ducha.post(&urge, &format!("_seen={made_on}&reason=SAY-THIS")).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.text);
    assert!(answer.text.contains("CASE_MOVED") && answer.text.contains("SAY-THIS"), "{}", answer.text);
    assert!(answer.text.contains("line  changed") || answer.text.contains(" changed\""), "{}", answer.text);
    assert_eq!(house.events(&no).await.iter().filter(|name| **name == "CaseUrged").count(), 0);
    let again = format!("_seen={}&reason=SAY-THIS", answer.field("_seen"));
    assert_eq!(ducha.post(&urge, &again).await.status, StatusCode::SEE_OTHER, "seen, it goes in");
    // What the clock does is nobody's surprise.
    let made_on = wang.get(&format!("/cases/{no}")).await.field("_seen");
    house.clock.advance(SignedDuration::from_hours(24 * 20));
    house.pass_deadlines().await;
    let answer =
        wang.post(&format!("/cases/{no}/do/contact"), &format!("_seen={made_on}&channel=phone&note=x")).await;
    assert_ne!(answer.status, StatusCode::CONFLICT, "{}", answer.text);
}

#[tokio::test]
async fn words_for_a_step_that_is_over_come_back_to_be_kept() {
    let house = House::new().await;
    let no = house.case("lost").await;
    let wang = house.sign_in("wang").await;
    wang.post(&format!("/cases/{no}/do/sign"), "").await;
    wang.post(&format!("/cases/{no}/do/submit_result"), "solved=true&reply=done").await;
    house.settle().await;
    let late = wang.post(&format!("/cases/{no}/do/contact"), "channel=phone&note=A-LONG-STORY").await;
    assert!(late.status.is_client_error(), "{}", late.status);
    assert!(late.text.contains("A-LONG-STORY"), "{}", late.text);
}

#[tokio::test]
async fn a_case_is_shown_as_it_stood_and_nothing_can_be_done_in_the_past() {
    let house = House::new().await;
    let no = house.case("then").await;
    house.clock.advance(SignedDuration::from_hours(2));
    let wang = house.sign_in("wang").await;
    wang.post(&format!("/cases/{no}/do/sign"), "").await;
    house.settle().await;
    let now = wang.get(&format!("/cases/{no}")).await.text;
    assert!(now.contains("处置中") && now.contains("submit_result"), "{now}");
    let then = wang.get(&format!("/cases/{no}?at=2026-11-20T10:30")).await;
    assert_eq!(then.status, StatusCode::OK, "{}", then.text);
    assert!(then.text.contains("时间回看") && then.text.contains("待签收"), "{}", then.text);
    assert!(!then.text.contains("/do/") && !then.text.contains("处置中"), "{}", then.text);
    for bad in ["2026-11-20T09:00", "yesterday", "2026-13-01T00:00"] {
        let answer = wang.get(&format!("/cases/{no}?at={bad}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn a_whistle_is_a_picture_with_a_lane_for_each_called_unit() {
    let house = House::new().await;
    let no = house.case("lanes").await;
    let (jiedao, gongan) = (house.sign_in("wang").await, house.sign_in("gongan").await);
    jiedao.post(&format!("/cases/{no}/do/sign"), "").await;
    let sounded = jiedao
        .post(&format!("/cases/{no}/do/sound_whistle"), "kind=emergency&units=D-gongan,D-chengguan&reason=x")
        .await;
    assert_eq!(sounded.status, StatusCode::SEE_OTHER, "{}", sounded.text);
    house.settle().await;
    house.clock.advance(SignedDuration::from_mins(5));
    gongan.post(&format!("/cases/{no}/do/respond_whistle"), "").await;
    house.settle().await;
    let page = house.sign_in("ducha").await.get(&format!("/cases/{no}")).await.text;
    let lanes =
        page.split("class=\"lanes\"").nth(1).expect("a picture").split("</svg>").next().unwrap().to_owned();
    assert_eq!(lanes.matches("lane-wait").count(), 2, "{lanes}");
    assert_eq!(lanes.matches("lane-come").count(), 1, "one has responded: {lanes}");
    let then = house.sign_in("ducha").await.get(&format!("/cases/{no}?at=2026-11-20T10:02")).await.text;
    assert!(
        !then
            .split("class=\"lanes\"")
            .nth(1)
            .expect("a picture")
            .split("</svg>")
            .next()
            .unwrap()
            .contains("lane-come")
    );
}
