//! 督查督办 on pages: what was put out, each with its limit and what comes next; in the inbox of the unit that
//! has to reply, one click away; and in the reader's area only.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "web/house.rs"]
mod house;

use axum::http::StatusCode;
use house::{COMMUNITY, House, STREET};
use serde_json::{Value, json};

/// A case of the street, left alone until this time.
async fn left_alone(house: &House, id: &str, until: &str) -> String {
    let complaint = json!({
        "external_id": id, "source": "12345", "received_at": "2026-11-20T09:59:00+08:00",
        "title": "道路积水", "text": "道路积水", "address": "龙桥社区第1网格", "item": "0305",
    });
    let no = house.take_in(&complaint).await;
    turn(house, until).await;
    no
}

/// Passes each deadline at its own instant, as a running service does.
async fn turn(house: &House, until: &str) {
    let until: jiff::Timestamp = until.parse().expect("a time");
    for day in 20..60 {
        let at: jiff::Timestamp = "2026-11-01T17:31:00+08:00".parse().expect("a time");
        let at = at + jiff::SignedDuration::from_hours(24 * (day - 1));
        if at > house.app.engine.now() && at <= until {
            house.clock.set(at);
            house.pass_deadlines().await;
        }
    }
    house.clock.set(until);
    house.pass_deadlines().await;
}

async fn give(house: &House, who: &str, no: &str, what: Value) -> (StatusCode, Value) {
    let token = house.token(who).await;
    let answer = house.api(&token, "POST", &format!("/api/v1/cases/{no}/commands"), what.to_string()).await;
    house.settle().await;
    (answer.status, answer.json())
}

async fn listed(house: &House, who: &str, query: &str) -> Value {
    let token = house.token(who).await;
    house.api(&token, "GET", &format!("/api/v1/supervision{query}"), "").await.json()
}

fn kinds(list: &Value) -> Vec<(&str, &str)> {
    let papers = list["papers"].as_array().expect("a list");
    papers.iter().map(|one| (one["kind"].as_str().unwrap(), one["state"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn what_was_put_out_is_listed_with_what_comes_next_and_by_kind_state_unit_and_day() {
    let house = House::new().await;
    let no = left_alone(&house, "one", "2026-12-04T18:00:00+08:00").await;
    let open = listed(&house, "quducha", "").await;
    assert_eq!(kinds(&open), [("notice", "to_approve"), ("order", "to_reply")], "{open}");
    assert_eq!((&open["papers"][0]["case_no"], &open["papers"][0]["unit"]), (&json!(no), &json!(STREET)));
    assert_eq!(open["papers"][1]["due_at"], "2026-12-07T09:30:00Z");
    let all = listed(&house, "quducha", "?state=all").await;
    let steps = ["notice", "order", "written_urge", "urge"];
    assert_eq!(kinds(&all).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>(), steps, "the latest first");
    assert_eq!(all["total"], 4);
    for (query, count) in [
        ("?kind=order", 1),
        ("?kind=urge&state=sent", 1),
        ("?state=to_approve", 1),
        ("?state=late", 0),
        ("?state=all&from=2026-12-02&to=2026-12-02", 1),
        (&format!("?state=all&unit={STREET}"), 4),
        (&format!("?state=all&unit={COMMUNITY}"), 0),
    ] {
        assert_eq!(listed(&house, "quducha", query).await["total"], count, "{query}");
    }
    let first = listed(&house, "quducha", "?state=all&limit=3").await;
    let rest = first["next_cursor"].as_str().expect("more");
    let rest = listed(&house, "quducha", &format!("?state=all&limit=3&cursor={rest}")).await;
    assert_eq!((kinds(&rest), &rest["next_cursor"]), (vec![("urge", "sent")], &Value::Null));
    let by_unit = listed(&house, "quducha", "?by=unit").await;
    assert_eq!(
        by_unit["by_unit"][0]["counts"],
        json!({"urge": 1, "written_urge": 1, "order": 1, "notice": 1})
    );
    for (query, about) in
        [("?kind=praise", "kind"), ("?state=lost", "state"), ("?unit=X", "unit"), ("?from=soon", "from")]
    {
        let refused = listed(&house, "quducha", query).await;
        assert_eq!((&refused["code"], &refused["about"]), (&json!("BAD_QUERY"), &json!(about)));
    }
    assert_eq!(listed(&house, "farducha", "?state=all").await["total"], 0, "another street's");
    let token = house.token("jiedao").await;
    assert_eq!(house.api(&token, "GET", "/api/v1/supervision", "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.differences().await, Vec::<String>::new());
}

#[tokio::test]
async fn an_order_stands_in_the_units_inbox_until_it_replies_there() {
    let house = House::new().await;
    let no = left_alone(&house, "inbox", "2026-12-02T18:00:00+08:00").await;
    let unit = house.sign_in("jiedao").await;
    let inbox = unit.get("/inbox").await.text;
    assert!(
        inbox.contains("督办单、通报：等本单位回复")
            && inbox.contains(&format!("/cases/{no}/do/reply_supervision"))
    );
    let token = house.token("jiedao").await;
    let list = house.api(&token, "GET", "/api/v1/inbox", "").await.json();
    assert_eq!(
        (&list["papers"][0]["kind"], &list["papers"][0]["state"]),
        (&json!("order"), &json!("to_reply"))
    );
    let id = uuid::Uuid::now_v7();
    let form = format!("_id={id}&_back=/inbox&number=1&reply=%E5%B7%B2%E6%B8%85%E8%BF%90");
    for _ in 0..2 {
        let answer = unit.post(&format!("/cases/{no}/do/reply_supervision"), &form).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/inbox"), "{}", answer.text);
        house.settle().await;
    }
    assert!(!unit.get("/inbox").await.text.contains("/do/reply_supervision"));
    let replies = house.events(&no).await.into_iter().filter(|event| *event == "SupervisionReplied").count();
    assert_eq!(replies, 1, "pressed twice, replied once");
    let team = house.sign_in("quducha").await;
    let page = team.get("/supervision?state=to_check").await.text;
    assert!(page.contains(&no) && page.contains("查问题、查整改、查效果"), "{page}");
    assert!(page.contains(&format!("#check_supervision-{no}")));
    let english = team.get("/supervision?lang=en&by=unit").await.text;
    assert!(english.contains("written urge") && english.contains("By unit"));
    let file = team.get("/supervision.xlsx?state=all").await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(house.differences().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_notice_waits_with_the_unit_that_it_is_about_whoever_has_the_case_now() {
    let house = House::new().await;
    let no = left_alone(&house, "gone", "2026-12-04T18:00:00+08:00").await;
    let (status, answer) = give(&house, "quducha", &no, json!({"command": "approve_notice"})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let other = json!({"command": "designate_final", "unit": "D-chengguan", "reason": "职责清单"});
    let (status, answer) = give(&house, "quducha", &no, other).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let unit = house.sign_in("jiedao").await;
    let inbox = unit.get("/inbox").await.text;
    assert!(inbox.contains("/do/reply_notice") && !inbox.contains("道路积水"), "{inbox}");
    assert_eq!(unit.get(&format!("/cases/{no}")).await.status, StatusCode::NOT_FOUND);
    let (status, _) = give(&house, "gongan", &no, json!({"command": "reply_notice", "reply": "x"})).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "nobody else's");
    let form =
        format!("_id={}&_back=/inbox&number=1&reply=%E5%B7%B2%E6%95%B4%E6%94%B9", uuid::Uuid::now_v7());
    let answer = unit.post(&format!("/cases/{no}/do/reply_notice"), &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    house.settle().await;
    assert!(house.events(&no).await.contains(&"NoticeReplied"));
    assert!(!unit.get("/inbox").await.text.contains("/do/reply_notice"));
    assert_eq!(house.differences().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_unit_that_is_accused_loses_its_order_with_the_case() {
    let house = House::new().await;
    let no = left_alone(&house, "barred", "2026-12-02T18:00:00+08:00").await;
    let bar = json!({"command": "bar_unit", "unit": STREET, "reason": "被举报单位回避"});
    let (status, answer) = give(&house, "quducha", &no, bar).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let inbox = house.sign_in("jiedao").await.get("/inbox").await.text;
    assert!(!inbox.contains(&no), "{inbox}");
    assert_eq!(listed(&house, "ducha", "?state=all").await["total"], 0);
    assert_ne!(listed(&house, "quducha", "?state=all").await["total"], 0);
    assert_eq!(house.differences().await, Vec::<String>::new());
}

#[tokio::test]
async fn each_paper_is_an_official_page_to_print_and_a_pdf() {
    let house = House::new().await;
    let no = left_alone(&house, "paper", "2026-12-04T18:00:00+08:00").await;
    let team = house.sign_in("quducha").await;
    let order = team.get(&format!("/cases/{no}/papers/order/1")).await.text;
    for text in [
        "督办单",
        "Supervision order",
        "文号",
        "DB-20261202-",
        "（印章）",
        "抄送",
        "2026年12月2日",
        "回复时限",
    ] {
        assert!(order.contains(text), "{text}");
    }
    assert!(team.get(&format!("/cases/{no}/papers/written_urge/1")).await.text.contains("催办通知书"));
    assert!(team.get(&format!("/cases/{no}/sheet")).await.text.contains("工单编号"));
    let draft = team.get(&format!("/cases/{no}/papers/notice/1")).await.text;
    assert!(draft.contains("拟稿，未经批准"), "a draft says so");
    let unit = house.sign_in("jiedao").await;
    assert_eq!(unit.get(&format!("/cases/{no}/papers/notice/1")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(unit.get(&format!("/cases/{no}/papers/order/1")).await.status, StatusCode::OK);
    let (status, _) = give(&house, "quducha", &no, json!({"command": "approve_notice"})).await;
    assert_eq!(status, StatusCode::OK);
    let notice = unit.get(&format!("/cases/{no}/papers/notice/1")).await.text;
    assert!(notice.contains("现予通报") && !notice.contains("拟稿"), "{notice}");
    for path in ["papers/order/2", "papers/urge/1", "papers/praise/1", "papers/order/x"] {
        assert_eq!(team.get(&format!("/cases/{no}/{path}")).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["papers/order/1/pdf", "papers/notice/1/pdf", "sheet/pdf"] {
        let file = team.get(&format!("/cases/{no}/{path}")).await;
        // A machine without a Chinese font says so.
        if file.status == StatusCode::SERVICE_UNAVAILABLE {
            assert!(file.text.contains("FONT_MISSING"));
            continue;
        }
        assert_eq!(file.headers["content-type"], "application/pdf", "{path}");
        assert!(
            file.bytes.starts_with(b"%PDF-") && file.bytes.len() < 300_000,
            "{path} {}",
            file.bytes.len()
        );
    }
    let other = house.sign_in("farducha").await;
    assert_eq!(other.get(&format!("/cases/{no}/papers/order/1")).await.status, StatusCode::NOT_FOUND);
}
