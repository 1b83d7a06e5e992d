//! 吹哨报到 on the pages and the API: called, answered by one click, stood down, rated; and who sees what.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "web/house.rs"]
mod house;

use axum::http::StatusCode;
use house::{House, STREET};
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

fn call() -> Value {
    json!({"command": "sound_whistle", "kind": "enforcement", "units": ["D-gongan", "D-chengguan"],
        "reason": "夜间联合执法", "place": "龙桥社区广场"})
}

#[tokio::test]
async fn a_department_answers_its_leg_by_clicks_from_its_inbox() {
    let house = House::new().await;
    let no = street_case(&house, "click").await;
    let jiedao = house.sign_in("jiedao").await;
    let form = "kind=enforcement&units=D-gongan%2CD-chengguan&reason=%E8%81%94%E5%90%88&place=";
    let answer = jiedao.post(&format!("/cases/{no}/do/sound_whistle"), form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    house.settle().await;
    let gongan = house.sign_in("gongan").await;
    let inbox = gongan.get("/inbox").await.text;
    assert!(inbox.contains("待应哨") && inbox.contains("剩 2 小时"), "{inbox}");
    assert!(inbox.contains(&format!("/cases/{no}/do/respond_whistle")));
    for (action, form, then) in [
        ("respond_whistle", "", "已应哨"),
        ("arrive_on_site", "place=%E5%B9%BF%E5%9C%BA", "已报到"),
        ("finish_leg", "feedback=%E5%B7%B2%E5%8A%9D%E7%A6%BB", "已办结待解哨"),
    ] {
        let answer = gongan.post(&format!("/cases/{no}/do/{action}"), form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{action}: {}", answer.text);
        house.settle().await;
        assert!(gongan.get("/inbox").await.text.contains(then), "{action}");
    }
    let page = jiedao.get(&format!("/cases/{no}")).await.text;
    assert!(page.contains("已劝离") && page.contains("已办结待解哨") && page.contains("待应哨"), "{page}");
}

#[tokio::test]
async fn the_result_waits_until_everybody_was_stood_down_and_then_both_sides_rate() {
    let house = House::new().await;
    let no = street_case(&house, "joint").await;
    give(&house, "jiedao", &no, call()).await;
    let result = json!({"command": "submit_result", "solved": true, "reply": "已处理"});
    assert_eq!(refused(&house, "jiedao", &no, result.clone()).await, "LEGS_OPEN");
    for unit in ["gongan", "chengguan"] {
        give(&house, unit, &no, json!({"command": "arrive_on_site", "place": "广场"})).await;
        give(&house, unit, &no, json!({"command": "finish_leg", "feedback": "已劝离"})).await;
    }
    assert_eq!(refused(&house, "jiedao", &no, result.clone()).await, "LEGS_OPEN");
    give(&house, "jiedao", &no, json!({"command": "stand_down"})).await;
    give(&house, "jiedao", &no, result).await;
    give(&house, "gongan", &no, json!({"command": "rate_whistle", "score": 4})).await;
    give(&house, "jiedao", &no, json!({"command": "rate_whistle", "unit": "D-gongan", "score": 5})).await;
    let token = house.token("gongan").await;
    let past = house.api(&token, "GET", "/api/v1/legs?state=past", "").await.json();
    assert_eq!((&past["legs"][0]["unit_score"], &past["legs"][0]["sounder_score"]), (&json!(5), &json!(4)));
    assert_eq!(past["legs"][0]["title"], Value::Null, "the case is no longer its to see");
}

#[tokio::test]
async fn the_same_answer_twice_is_one_event_and_the_second_is_told_so() {
    let house = House::new().await;
    let no = street_case(&house, "twice").await;
    give(&house, "jiedao", &no, call()).await;
    let (token, path) = (house.token("gongan").await, format!("/api/v1/cases/{no}/commands"));
    let respond = || house.api(&token, "POST", &path, r#"{"command":"respond_whistle"}"#);
    let (first, second) = tokio::join!(respond(), respond());
    assert_eq!(
        (first.status, second.status),
        (StatusCode::OK, StatusCode::OK),
        "{} {}",
        first.text,
        second.text
    );
    let told = [first.json()["already"].clone(), second.json()["already"].clone()];
    assert!(told.contains(&json!(true)) && told.contains(&json!(false)), "{told:?}");
    let events = house.events(&no).await;
    assert_eq!(events.iter().filter(|name| **name == "WhistleResponded").count(), 1);
}

#[tokio::test]
async fn a_called_unit_sees_the_case_while_it_is_called_and_not_what_was_said_with_the_complainant() {
    let house = House::new().await;
    let no = street_case(&house, "sight").await;
    let contact = json!({"command": "contact", "channel": "phone", "note": "来电人情绪激动"});
    give(&house, "jiedao", &no, contact).await;
    let path = format!("/cases/{no}");
    let (gongan, shuiwu) = (house.sign_in("gongan").await, house.sign_in("farducha").await);
    assert_eq!(gongan.get(&path).await.status, StatusCode::NOT_FOUND, "not called yet");
    give(&house, "jiedao", &no, call()).await;
    let page = gongan.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("龙桥社区广场") && page.text.contains("联合执法"));
    assert!(!page.text.contains("情绪激动") && !page.text.contains("王*"));
    let token = house.token("gongan").await;
    let api = house.api(&token, "GET", &format!("/api/v1{path}"), "").await.text;
    assert!(!api.contains("ComplainantContacted"), "{api}");
    assert_eq!(shuiwu.get(&path).await.status, StatusCode::NOT_FOUND);
    for (action, form) in [("sign", ""), ("submit_result", "solved=true&reply=done")] {
        let answer = gongan.post(&format!("{path}/do/{action}"), form).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{action}");
    }
    give(&house, "jiedao", &no, json!({"command": "stand_down", "reason": "误报"})).await;
    assert_eq!(gongan.get(&path).await.status, StatusCode::NOT_FOUND, "stood down");
    assert!(gongan.get("/inbox").await.text.contains("已解的哨"));
    // What it may still say of its own leg shows nothing of the case, also where it is refused.
    let late = gongan.post(&format!("{path}/do/respond_whistle"), "").await;
    assert!(late.text.contains("LEG_IS_OVER") && !late.text.contains("夜间聚众噪音"), "{}", late.text);
}

#[tokio::test]
async fn a_silent_unit_stands_on_the_desk() {
    let house = House::new().await;
    let no = street_case(&house, "silent").await;
    give(&house, "jiedao", &no, call()).await;
    let ducha = house.sign_in("ducha").await;
    let calm = ducha.get("/desk").await.text;
    assert!(!calm.contains("吹哨未响应"), "calm");
    house.clock.set("2026-11-20T12:30:00+08:00".parse().unwrap());
    house.pass_deadlines().await;
    // A session ends after a while: this is another one.
    let desk = house.sign_in("ducha").await.get("/desk").await.text;
    assert!(
        desk.contains("吹哨未响应") && desk.contains("逾期未应哨"),
        "{}",
        desk.split("<main").nth(1).unwrap_or("no main")
    );
    let token = house.token("ducha").await;
    let silent = house.api(&token, "GET", "/api/v1/legs?state=silent", "").await.json();
    assert_eq!(silent["total"], 2);
    let other = house.token("farducha").await;
    assert_eq!(house.api(&other, "GET", "/api/v1/legs?state=silent", "").await.json()["total"], 0);
    let late = house.events(&no).await.into_iter().filter(|name| *name == "WhistleLegLate").count();
    assert_eq!(late, 2, "each unit once");
}

#[tokio::test]
async fn a_decline_is_decided_by_neither_side() {
    let house = House::new().await;
    let no = street_case(&house, "decline").await;
    give(&house, "jiedao", &no, call()).await;
    give(&house, "gongan", &no, json!({"command": "decline_whistle", "reason": "不属职责"})).await;
    let upheld =
        json!({"command": "adjudicate_decline", "unit": "D-gongan", "upheld": true, "reason": "依清单"});
    assert_eq!(refused(&house, "ducha", &no, upheld.clone()).await, "ADJUDICATOR_IS_PARTY");
    let page = house.sign_in("quducha").await.get(&format!("/cases/{no}")).await.text;
    assert!(page.contains("裁定不应哨"));
    give(&house, "quducha", &no, upheld).await;
    assert_eq!(refused(&house, "gongan", &no, json!({"command": "respond_whistle"})).await, "LEG_IS_OVER");
}

#[tokio::test]
async fn a_communitys_whistle_waits_for_its_street_unless_the_unit_is_paired() {
    let house = House::new().await;
    let no = house.case("community").await;
    let up = json!({"command": "escalate", "to": "station", "reason": "no_resource"});
    let calls = |unit: &str| json!({"command": "sound_whistle", "kind": "key", "units": [unit], "reason": "需要支持"});
    give(&house, "wang", &no, calls("P-huiyizhongxin")).await;
    assert!(house.events(&no).await.contains(&"WhistleSounded"), "部门哨 needs no leave");
    give(&house, "wang", &no, calls("D-gongan")).await;
    assert!(house.events(&no).await.contains(&"WhistleProposed"));
    let page = house.sign_in("ducha").await.get(&format!("/cases/{no}")).await.text;
    assert!(page.contains("批准社区吹哨"), "{STREET}");
    give(&house, "ducha", &no, json!({"command": "approve_whistle", "approved": true})).await;
    let token = house.token("gongan").await;
    assert_eq!(house.api(&token, "GET", "/api/v1/legs", "").await.json()["total"], 1);
    give(&house, "ducha", &no, up).await;
}
