//! What comes in: forms, JSON, nonsense. Every answer is clear, and nothing is done twice.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "web/house.rs"]
mod house;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use house::House;
use serde_json::{Value, json};

#[tokio::test]
async fn pressing_twice_is_one_command() {
    let house = House::new().await;
    let no = house.case("twice").await;
    let wang = house.sign_in("wang").await;
    let page = wang.get(&format!("/cases/{no}")).await;
    let form = format!("_id={}", page.field("_id"));
    for _ in 0..2 {
        let answer = wang.post(&format!("/cases/{no}/do/sign"), &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    }
    let result = "_id=0192d3c0-0000-7000-8000-000000000001&solved=true&reply=done";
    for _ in 0..2 {
        assert_eq!(
            wang.post(&format!("/cases/{no}/do/submit_result"), result).await.status,
            StatusCode::SEE_OTHER
        );
    }
    let events = house.events(&no).await;
    let count = |name: &str| events.iter().filter(|event| **event == name).count();
    assert_eq!((count("CaseSigned"), count("ResultSubmitted")), (1, 1), "{events:?}");
}

#[tokio::test]
async fn an_idempotency_key_does_the_same_for_programs() {
    let house = House::new().await;
    let no = house.case("key").await;
    let token = house.token("wang").await;
    let mut answers = Vec::new();
    for _ in 0..2 {
        let request = Request::post(format!("/api/v1/cases/{no}/commands"))
            .header("authorization", format!("Bearer {token}"))
            .header("idempotency-key", "sign-1")
            .body(Body::from(r#"{"command":"sign"}"#));
        answers.push(house.send(request.unwrap()).await.json());
    }
    assert_eq!((&answers[0]["repeated"], &answers[1]["repeated"]), (&json!(false), &json!(true)));
    assert_eq!(answers[0]["position"], answers[1]["position"]);
}

#[tokio::test]
async fn a_refusal_comes_back_with_its_code_and_what_was_typed() {
    let house = House::new().await;
    let no = house.case("kept").await;
    let ducha = house.sign_in("ducha").await;
    let answer = ducha
        .post(&format!("/cases/{no}/do/extend"), "by=99wd&reason=%3Cb%3Ewait%3C%2Fb%3E&complainant_told=true")
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("EXTENSION_TOO_LONG") && answer.text.contains("role=\"alert\""));
    assert!(answer.text.contains("&#60;b&#62;wait") && !answer.text.contains("<b>wait"), "kept, and escaped");
    assert!(answer.text.contains("value=\"99wd\""));
    let absurd = ducha.post(&format!("/cases/{no}/do/extend"), "by=soon&reason=r").await;
    assert!(absurd.status == StatusCode::UNPROCESSABLE_ENTITY && absurd.text.contains("BAD_FIELD"));
    let english = ducha.get("/docs/errors/EXTENSION_TOO_LONG?lang=en").await;
    assert!(english.text.contains("more than the class allows"));
}

#[tokio::test]
async fn the_complaint_is_masked_until_it_is_revealed_for_a_purpose() {
    let house = House::new().await;
    let no = house.case("masked").await;
    let ducha = house.sign_in("ducha").await;
    let page = ducha.get(&format!("/cases/{no}")).await.text;
    assert!(page.contains("138****5678") && !page.contains("13812345678") && !page.contains("王小明"));
    let api = house.api(&house.token("ducha").await, "GET", &format!("/api/v1/cases/{no}"), "").await;
    assert!(!api.text.contains("13812345678") && !api.text.contains("王小明"), "{}", api.text);
    assert_eq!(api.json()["timeline"][0]["event"], "CaseRegistered");
    assert!(api.json()["timeline"][0]["data"].get("sealed").is_none());
    let without = ducha.post(&format!("/cases/{no}/do/reveal_reporter"), "purpose=").await;
    assert!(!without.text.contains("13812345678") && without.text.contains("REASON_MISSING"));
    let form = "purpose=callback&_id=0192d3c0-0000-7000-8000-000000000009";
    let revealed = ducha.post(&format!("/cases/{no}/do/reveal_reporter"), form).await;
    assert!(revealed.text.contains("13812345678") && revealed.text.contains("王小明"));
    assert_eq!(revealed.headers["cache-control"], "no-store");
    assert!(house.events(&no).await.contains(&"ReporterRevealed"));
    assert!(!ducha.get(&format!("/cases/{no}")).await.text.contains("13812345678"), "only in that answer");
    let again = ducha.post(&format!("/cases/{no}/do/reveal_reporter"), form).await;
    assert!(!again.text.contains("13812345678"), "each look is noted anew");
}

#[tokio::test]
async fn who_may_not_reveal_a_reporter_is_shown_nothing_of_them() {
    let house = House::new().await;
    let complaint = json!({
        "external_id": "quiet", "source": "12345", "received_at": "2026-11-20T09:59:00+08:00",
        "text": "露天烧烤扰民", "address": "龙桥社区", "item": "0306", "confidential": true,
        "reporter": {"name": "欧阳小明", "phone": "13812345678", "confidential": true},
    });
    let no = house.take_in(&complaint).await;
    for (name, shown) in [("wang", false), ("admin", false), ("ducha", true)] {
        let page = house.sign_in(name).await.get(&format!("/cases/{no}")).await.text;
        assert_eq!((page.contains("欧*"), page.contains("138****5678")), (shown, shown), "{name}");
        let api = house.api(&house.token(name).await, "GET", &format!("/api/v1/cases/{no}"), "").await;
        let content = &api.json()["content"];
        assert_eq!(content["reporter_name"], if shown { json!("欧*") } else { Value::Null }, "{name}");
        assert_eq!(content["reporter_phone"], if shown { json!("138****5678") } else { Value::Null });
    }
}

#[tokio::test]
async fn an_order_never_reaches_a_case_that_was_not_meant() {
    let house = House::new().await;
    let first = house.case("same").await;
    let token = house.token("wang").await;
    let give = |key: String, body: &'static str| {
        let (house, token) = (&house, &token);
        async move { house.api(token, "POST", &format!("/api/v1/cases/{key}/commands"), body).await }
    };
    let (sign, contact) = (r#"{"command":"sign"}"#, r#"{"command":"contact","channel":"phone"}"#);
    assert_eq!(give("same".into(), sign).await.json()["case_no"], json!(first), "one case only");
    let complaint = |id: &str, source: &str| {
        json!({"external_id": id, "source": source, "received_at": "2026-11-20T09:59:00+08:00",
            "text": "路灯不亮", "address": "龙桥社区", "item": "0306"})
    };
    house.take_in(&complaint("same", "other")).await;
    house.take_in(&complaint(&first, "third")).await;
    let several = give("same".into(), contact).await;
    assert_eq!(
        (several.status, several.json()["code"].as_str()),
        (StatusCode::CONFLICT, Some("CASE_AMBIGUOUS"))
    );
    let page = house.sign_in("wang").await.get("/cases/same").await;
    assert!(page.status == StatusCode::CONFLICT && page.text.contains("CASE_AMBIGUOUS"));
    assert_eq!(give(first.clone(), contact).await.json()["case_no"], json!(first), "its number always wins");
}

#[tokio::test]
async fn each_complaint_of_an_array_is_answered_for_itself() {
    let house = House::new().await;
    let token = house.token("paidan").await;
    let one = json!({"external_id": "a", "source": "12345", "received_at": "2026-11-20T09:00:00+08:00", "text": "路灯不亮"});
    let changed = json!({"external_id": "a", "source": "12345", "received_at": "2026-11-20T09:00:00+08:00", "text": "路灯还是不亮"});
    let wrong = json!({"received_at": 7, "lat": 99});
    let body = json!([one, wrong, one, changed, "not an object"]).to_string();
    let answer = house.api(&token, "POST", "/api/v1/complaints", body).await.json();
    let outcomes: Vec<&str> =
        answer.as_array().unwrap().iter().filter_map(|one| one["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["accepted", "refused", "duplicate", "supplement", "refused"]);
    let fields: Vec<&Value> =
        answer[1]["faults"].as_array().unwrap().iter().map(|fault| &fault["field"]).collect();
    assert!(fields.contains(&&json!("received_at")) && fields.contains(&&json!("lat")), "{answer}");
    let many = Value::Array(vec![json!({}); 1001]).to_string();
    assert_eq!(
        house.api(&token, "POST", "/api/v1/complaints", many).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[tokio::test]
async fn nonsense_gets_a_clear_answer() {
    let house = House::new().await;
    let no = house.case("nonsense").await;
    let token = house.token("paidan").await;
    let commands = format!("/api/v1/cases/{no}/commands");
    for (path, body, status) in [
        ("/api/v1/complaints", b"{".to_vec(), StatusCode::BAD_REQUEST),
        ("/api/v1/complaints", vec![0xff, 0xfe, 0x22], StatusCode::BAD_REQUEST),
        ("/api/v1/complaints", b"null".to_vec(), StatusCode::UNPROCESSABLE_ENTITY),
        ("/api/v1/complaints", "[".repeat(100_000).into_bytes(), StatusCode::BAD_REQUEST),
        ("/api/v1/complaints", vec![b' '; 3 * 1024 * 1024], StatusCode::PAYLOAD_TOO_LARGE),
        (&commands, br#"{"command":"fly"}"#.to_vec(), StatusCode::BAD_REQUEST),
        (&commands, br#"{"command":"extend","by":5,"reason":"r"}"#.to_vec(), StatusCode::BAD_REQUEST),
        (
            &commands,
            br#"{"command":"reveal_reporter","purpose":"a\u0000b"}"#.to_vec(),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("/api/v1/nowhere", vec![], StatusCode::NOT_FOUND),
        ("/api/v1/cases", vec![], StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let size = body.len();
        let answer = house.api(&token, "POST", path, body).await;
        assert_eq!(answer.status, status, "{path} with {size} bytes: {}", answer.text);
        assert!(!answer.json()["code"].as_str().unwrap_or_default().is_empty(), "{path}: {}", answer.text);
    }
    for query in ["life=asleep", "cursor=x", "limit=many", "from=13"] {
        let answer = house.api(&token, "GET", &format!("/api/v1/cases?{query}"), "").await;
        assert_eq!(
            (answer.status, answer.json()["code"].as_str()),
            (StatusCode::BAD_REQUEST, Some("BAD_QUERY")),
            "{query}"
        );
    }
    assert_eq!(house.api("no-token", "GET", "/api/v1/cases", "").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(house.get("/api/v1/cases").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(house.get("/nowhere").await.status, StatusCode::NOT_FOUND);
    let paidan = house.sign_in("paidan").await;
    for path in ["/cases/%ff", "/inbox?cursor=1&cursor=2"] {
        let answer = paidan.get(path).await;
        assert!(answer.status == StatusCode::BAD_REQUEST && answer.text.contains("BAD_BODY"), "{path}");
    }
}

#[tokio::test]
async fn a_number_is_as_long_as_its_list() {
    let house = House::new().await;
    for n in 0..7 {
        house.case(&format!("n{n}")).await;
    }
    house.clock.advance(jiff::SignedDuration::from_hours(100));
    let (ducha, token) = (house.sign_in("ducha").await, house.token("ducha").await);
    for page in ["/desk", "/board", "/board?by=rung", "/board?by=item", "/board?by=month"] {
        let text = ducha.get(page).await.text;
        let mut checked = 0;
        for link in text.split("href=\"/cases?").skip(1) {
            let query = link.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
            let shown = link
                .split('>')
                .nth(if link.contains("><b") && link.find("<b") < link.find("</a") { 2 } else { 1 })
                .unwrap();
            let Ok(shown) = shown.split('<').next().unwrap().trim().parse::<u64>() else { continue };
            let total = house.api(&token, "GET", &format!("/api/v1/cases?{query}"), "").await.json()["total"]
                .as_u64();
            assert_eq!(total, Some(shown), "{page} → {query}");
            checked += 1;
        }
        assert!(checked > 3, "{page}: only {checked} numbers");
    }
}

#[tokio::test]
async fn every_answer_carries_its_security_headers() {
    let house = House::new().await;
    for path in
        ["/sign-in", "/healthz", "/assets/console.css", "/nowhere", "/api/openapi.json", "/api/v1/cases"]
    {
        let answer = house.get(path).await;
        assert!(
            answer.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'self'"),
            "{path}"
        );
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
    }
    let page = house.get("/sign-in").await;
    assert!(!page.text.contains("style=") && !page.text.contains("<style") && !page.text.contains("onclick"));
    let cookie = page.headers["set-cookie"].to_str().unwrap().to_owned();
    for word in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    let document = house.get("/api/openapi.json").await.json();
    assert_eq!(document["paths"].as_object().map(|paths| paths.len()), Some(29));
}

#[tokio::test]
async fn a_long_board_comes_in_pages_and_its_totals_are_those_of_all_lines() {
    let house = House::new().await;
    let items: Vec<String> = house
        .app
        .rules()
        .policy
        .catalogue
        .items()
        .iter()
        .map(|item| item.code.to_string())
        .take(80)
        .collect();
    for item in &items {
        let complaint = json!({
            "external_id": item, "source": "12345", "channel": "phone", "title": "路灯不亮",
            "received_at": "2026-11-20T10:00:00+08:00", "item": item, "address": "龙桥社区",
        });
        house.take_in(&complaint).await;
    }
    let (ducha, token) = (house.sign_in("ducha").await, house.token("ducha").await);
    // What a department leads is not the street's.
    let cases =
        house.api(&token, "GET", "/api/v1/cases", "").await.json()["total"].as_u64().unwrap() as usize;
    assert!(cases > 50, "{cases}");
    let mut path = "/board?by=item".to_owned();
    for shown in [50, cases - 50] {
        let text = ducha.get(&path).await.text;
        assert!(text.contains(&format!("<b>{cases}</b>")), "the total of {path}");
        assert_eq!(text.matches("<th scope=\"row\">").count(), shown, "{path}");
        let next = text.split("rel=\"next\" href=\"").nth(1).map(|rest| rest.split('"').next().unwrap());
        path = next.unwrap_or_default().replace("&#38;", "&").replace("&amp;", "&");
    }
    assert_eq!(path, "", "that was all");
}
