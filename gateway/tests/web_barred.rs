//! 被举报单位回避: whoever a report accuses, and everything under it, is answered on every surface as if
//! the case did not exist.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

#[path = "web/house.rs"]
mod house;

use axum::http::StatusCode;
use futures::StreamExt;
use house::House;
use serde_json::{Value, json};

/// People of the accused community and of a grid under it, in every role.
const ACCUSED: [&str; 5] = ["wang", "shequpaidan", "shequducha", "shequadmin", "gao"];
/// A number that nobody has, as long as a real one.
const NOBODYS: &str = "20261120-00000000";

fn report(id: &str, accused: Value) -> Value {
    json!({
        "external_id": id, "source": "12345", "received_at": "2026-11-20T09:59:00+08:00",
        "title": "社区干部截留独门特产", "text": "举报", "address": "龙桥社区", "item": "0306", "accused": accused,
    })
}

/// A house that tells people from now on.
async fn telling() -> House {
    let house = House::new().await;
    tell(&house).await;
    house
}

/// Whoever is concerned is told.
async fn tell(house: &House) {
    let mut raiser = gateway::notify::Raiser::new(house.app.engine.clone());
    while raiser.step().await.unwrap() > 0 {}
    house.settle().await;
}

/// Everything that can be asked for a list, a number or a page.
fn questions(no: &str) -> Vec<String> {
    let lists =
        ["/cases", "/inbox", "/triage", "/desk", "/board", "/board?by=item", "/board?by=month", "/dead"];
    let files = ["/cases.xlsx", "/inbox.xlsx", "/legs.xlsx", "/board.xlsx?by=item"];
    let api =
        ["cases", "cases?open=yes", "inbox", "overdue", "desk", "board", "board?by=item", "board?by=rung"];
    let newer = ["/themes", "/api/v1/themes", "/api/v1/legs", "/api/v1/legs?state=past"];
    let told = ["/notifications", "/notifications?unread=1", "/api/v1/notifications"];
    let about = [
        format!("/cases/{no}"),
        format!("/cases?q={no}"),
        "/cases?q=%E7%8B%AC%E9%97%A8%E7%89%B9%E4%BA%A7".to_owned(),
        format!("/api/v1/cases/{no}"),
        format!("/api/v1/cases/{no}/alike"),
        "/api/v1/cases?q=%E7%8B%AC%E9%97%A8%E7%89%B9%E4%BA%A7".to_owned(),
    ];
    lists
        .map(str::to_owned)
        .into_iter()
        .chain(files.map(str::to_owned))
        .chain(api.map(|path| format!("/api/v1/{path}")))
        .chain(newer.map(str::to_owned))
        .chain(told.map(str::to_owned))
        .chain(about)
        .collect()
}

/// What somebody is answered, with what differs by chance taken out.
async fn answers(house: &House, name: &str, no: &str) -> Vec<(String, StatusCode, String)> {
    let (page, token) = (house.sign_in(name).await, house.token(name).await);
    let mut answers = Vec::new();
    for path in questions(no) {
        let answer = if path.starts_with("/api/") {
            house.api(&token, "GET", &path, "").await
        } else {
            page.get(&path).await
        };
        let text = answer.text.replace(&page.csrf, "").replace(no, "NO");
        // Ids of forms are new each time.
        let text: Vec<&str> =
            text.split("name=\"_id\" value=\"").map(|part| part.get(36..).unwrap_or(part)).collect();
        answers.push((path.replace(no, "NO"), answer.status, text.concat()));
    }
    answers
}

#[tokio::test]
async fn on_every_surface_the_accused_are_answered_as_if_there_were_no_such_case() {
    let (house, empty) = (House::new().await, House::new().await);
    let no = house.take_in(&report("R-1", json!(["龙桥社区"]))).await;
    for name in ACCUSED {
        let (with, without) = (answers(&house, name, &no).await, answers(&empty, name, NOBODYS).await);
        for (seen, nothing) in with.iter().zip(&without) {
            assert_eq!(seen, nothing, "{name}");
        }
    }
    // Those above it have the case in their lists.
    for name in ["ducha", "paidan", "admin"] {
        let page = house.sign_in(name).await.get(&format!("/cases/{no}")).await;
        assert_eq!(page.status, StatusCode::OK, "{name}");
        assert!(page.text.contains("回避"), "{name}");
    }
    assert_eq!(
        house.sign_in("farducha").await.get(&format!("/cases/{no}")).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn no_command_of_the_accused_reaches_the_case_and_the_refusal_tells_nothing() {
    let house = House::new().await;
    let no = house.take_in(&report("R-2", json!("龙桥社区居委会"))).await;
    let bodies = [
        json!({"command": "sign"}),
        json!({"command": "submit_result", "solved": true, "reply": "x"}),
        json!({"command": "dispatch"}),
        json!({"command": "bar_unit", "reason": "x"}),
        json!({"command": "reveal_reporter", "purpose": "x"}),
    ];
    let before = house.events(&no).await;
    for name in ACCUSED {
        let token = house.token(name).await;
        for body in &bodies {
            let give = |no: String| {
                let (house, token, body) = (&house, &token, body.to_string());
                async move { house.api(token, "POST", &format!("/api/v1/cases/{no}/commands"), body).await }
            };
            let (real, none) = (give(no.clone()).await, give(NOBODYS.to_owned()).await);
            assert_eq!((real.status, &real.text), (none.status, &none.text), "{name} {body}");
            assert_eq!(real.json()["code"], "CASE_NOT_FOUND");
        }
    }
    assert_eq!(house.events(&no).await, before);
}

#[tokio::test]
async fn whoever_is_accused_afterwards_loses_the_case_at_once_and_hears_of_it_no_more() {
    let house = House::new().await;
    let no = house.case("later").await;
    let wang = house.sign_in("wang").await;
    assert_eq!(wang.get(&format!("/cases/{no}")).await.status, StatusCode::OK);
    let paidan = house.sign_in("paidan").await;
    let id = uuid::Uuid::now_v7();
    let form = format!("_id={id}&unit=320506001012&reason=%E8%A1%A5%E5%85%85%E4%B8%BE%E6%8A%A5");
    let barred = paidan.post(&format!("/cases/{no}/do/bar_unit"), &form).await;
    assert_eq!(barred.status, StatusCode::SEE_OTHER, "{}", barred.text);
    let feed = house.open(wang.request("GET", "/live").body(axum::body::Body::empty()).unwrap()).await;
    let mut feed = feed.into_body().into_data_stream();
    // Not even before the views have taken it in.
    assert_eq!(wang.get(&format!("/cases/{no}")).await.status, StatusCode::NOT_FOUND);
    house.settle().await;
    assert!(!wang.get("/inbox").await.text.contains(&no));
    let token = house.token("paidan").await;
    let dispatch = json!({"command": "dispatch"}).to_string();
    let answer = house.api(&token, "POST", &format!("/api/v1/cases/{no}/commands"), dispatch).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    house.settle().await;
    let heard = tokio::time::timeout(std::time::Duration::from_millis(300), feed.next()).await;
    assert!(heard.is_err(), "{heard:?}");
    let row = house.app.views.find(&no, &projections::Scope::All).await.unwrap().remove(0);
    assert_eq!(row.lead.unwrap().as_str(), "S-320506001-01");
}

#[tokio::test]
async fn a_report_against_somebody_unknown_waits_for_a_person_at_the_root() {
    let house = House::new().await;
    let no = house.take_in(&report("R-3", json!(["某某督导组"]))).await;
    for name in ["wang", "ducha"] {
        assert_eq!(
            house.sign_in(name).await.get(&format!("/cases/{no}")).await.status,
            StatusCode::NOT_FOUND
        );
    }
    let token = house.token("paidan").await;
    let order = |body: Value| {
        let (house, token, no) = (&house, &token, no.clone());
        async move { house.api(token, "POST", &format!("/api/v1/cases/{no}/commands"), body.to_string()).await }
    };
    let refused = order(json!({"command": "dispatch"})).await;
    assert_eq!(refused.json()["code"], "ACCUSED_UNCLEAR");
    assert_eq!(
        order(json!({"command": "bar_unit", "reason": "不是本辖区单位"})).await.status,
        StatusCode::OK
    );
    assert_eq!(order(json!({"command": "dispatch"})).await.status, StatusCode::OK);
    house.settle().await;
    assert_eq!(house.sign_in("wang").await.get(&format!("/cases/{no}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_report_against_the_whole_jurisdiction_is_refused_with_its_reason() {
    let house = House::new().await;
    let token = house.token("paidan").await;
    let body = report("R-4", json!(["吴中区"])).to_string();
    let answer = house.api(&token, "POST", "/api/v1/complaints", body).await;
    assert_eq!(
        (answer.status, answer.json()["code"].clone()),
        (StatusCode::UNPROCESSABLE_ENTITY, json!("ACCUSED_ABOVE_ALL"))
    );
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        all[usize::try_from(self.0 >> 33).unwrap() % all.len()]
    }
}

/// Who is accused, and everybody here who is of that unit or under it.
const WHOM: [(&str, &[&str]); 4] = [
    ("龙桥社区", &["wang", "shequpaidan", "shequducha", "shequadmin", "gao"]),
    ("龙桥社区第1网格", &["gao"]),
    ("区城市管理局", &["chengguan"]),
    ("郭巷街道", &["farducha", "farwang", "farpai", "faradmin"]),
];

/// What somebody does with a case; most of it is refused, and that must tell nothing either.
fn order(dice: &mut Dice, other: &str) -> Value {
    let orders = [
        json!({"command": "sign"}),
        json!({"command": "contact", "channel": "phone"}),
        json!({"command": "submit_result", "solved": true, "reply": "已处理"}),
        json!({"command": "verify", "passed": false, "reason": "现场仍有问题"}),
        json!({"command": "escalate", "to": "street", "reason": "no_authority"}),
        json!({"command": "sound_whistle", "kind": "emergency", "units": ["D-chengguan"], "reason": "联合"}),
        json!({"command": "respond_whistle"}),
        json!({"command": "designate_final", "unit": "D-chengguan", "reason": "会商"}),
        json!({"command": "link_duplicate", "other": other}),
        json!({"command": "merge_into", "into": other}),
        json!({"command": "request_void", "reason": "误录"}),
        json!({"command": "answer_directly", "reply": "已答复"}),
    ];
    orders[dice.of(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])].clone()
}

/// `WHISTLEPOST_BARRED_CASES=2000` for more.
#[tokio::test]
async fn whatever_happens_to_many_reports_no_answer_to_the_accused_names_one_of_theirs() {
    let house = telling().await;
    let many: usize =
        std::env::var("WHISTLEPOST_BARRED_CASES").ok().and_then(|many| many.parse().ok()).unwrap_or(60);
    let mut dice = Dice(20_261_121);
    let names: Vec<&str> = WHOM.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let mut live = Vec::new();
    for name in &names {
        let visitor = house.sign_in(name).await;
        let feed = house.open(visitor.request("GET", "/live").body(axum::body::Body::empty()).unwrap()).await;
        live.push((*name, feed.into_body().into_data_stream()));
    }
    let mut cases: Vec<(String, &[&str])> = Vec::new();
    for number in 0..many {
        let (whom, kept) = dice.of(&[WHOM[0], WHOM[1], WHOM[2], WHOM[3], ("", &[] as &[&str])]);
        let item = dice.of(&["0306", "0305", "1102", "0101"]);
        let accused = if whom.is_empty() { json!([]) } else { json!([whom]) };
        let no = house
            .take_in(&json!({
                "external_id": format!("M-{number}"), "source": "12345",
                "received_at": "2026-11-20T09:59:00+08:00", "title": "独门特产", "text": "举报",
                "address": "龙桥社区", "item": item, "accused": accused,
            }))
            .await;
        let other = cases.last().map_or(NOBODYS, |(no, _)| no).to_owned();
        for _ in 0..4 {
            let name = dice.of(&["paidan", "ducha", "wang", "chengguan", "gao", "jiedao", "quducha"]);
            let body = order(&mut dice, &other);
            let path = format!("/api/v1/cases/{no}/commands");
            let answer = house.api(&house.token(name).await, "POST", &path, body.to_string()).await;
            if kept.contains(&name) {
                assert_eq!(answer.json()["code"], "CASE_NOT_FOUND", "{name} {body}");
                assert!(!answer.text.contains(&no), "{}", answer.text);
            }
        }
        tell(&house).await;
        cases.push((no, kept));
    }
    for name in &names {
        let own: Vec<&String> =
            cases.iter().filter(|(_, kept)| kept.contains(name)).map(|(no, _)| no).collect();
        assert!(!own.is_empty(), "{name}");
        let (page, token) = (house.sign_in(name).await, house.token(name).await);
        for path in questions(own[0]) {
            let answer = match path.starts_with("/api/") {
                true => house.api(&token, "GET", &path, "").await,
                false => page.get(&path).await,
            };
            // What was asked may be said again; nothing else of theirs may.
            for no in own.iter().filter(|no| !path.contains(no.as_str())) {
                let events = house.events(no).await;
                assert!(!answer.text.contains(no.as_str()), "{name} {path} {no} {events:?}");
            }
        }
        for no in own {
            let answer = house.api(&token, "GET", &format!("/api/v1/cases/{no}"), "").await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name} {no}");
        }
    }
    for (name, mut feed) in live {
        let mut heard = String::new();
        let wait = std::time::Duration::from_millis(100);
        while let Ok(Some(Ok(part))) = tokio::time::timeout(wait, feed.next()).await {
            heard.push_str(&String::from_utf8_lossy(&part));
        }
        for (no, kept) in &cases {
            assert!(!kept.contains(&name) || !heard.contains(no), "{name} hears of {no}");
        }
    }
}
