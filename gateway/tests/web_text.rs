//! Whatever people write, a page shows it as text and stays whole: tags, words without an end, right-to-left,
//! emoji and rare characters, in every field that a complaint and a command have.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "web/house.rs"]
mod house;

use axum::http::StatusCode;
use gateway::http::visit::url_encode;
use house::House;
use serde_json::json;

const TAGS: &str = r#""><script>alert(1)</script><img src=x onerror=alert(2)>'&{{7*7}}"#;

fn texts() -> Vec<(&'static str, String)> {
    vec![
        ("tags", TAGS.to_owned()),
        ("word", "长".repeat(10_000)),
        ("rtl", "\u{202e}مرحبا بالعالم\u{202c} שלום".to_owned()),
        ("rare", "𠮷野家门口👨‍👩‍👧‍👦🚧 𪚥 ﷽".to_owned()),
        ("lines", "a\r\nb\u{2028}c\tno\u{0301}rmal".to_owned()),
    ]
}

/// Nothing of what was written is markup on this page.
fn is_text(page: &str, told: &str) {
    for bad in ["<script>alert", "<img src=x", "onerror=alert(2)>'"] {
        assert!(!page.contains(bad), "{told}: {bad}");
    }
    assert!(page.trim_end().ends_with("</html>"), "{told} is whole");
}

#[tokio::test]
async fn in_every_field_it_is_text() {
    let house = House::new().await;
    let (wang, ducha) = (house.sign_in("wang").await, house.sign_in("ducha").await);
    for (name, text) in texts() {
        let short: String = text.chars().take(60).collect();
        let complaint = json!({
            "external_id": format!("{short}-{name}"), "source": "12345", "channel": short,
            "received_at": "2026-11-20T09:59:00+08:00", "title": text, "text": text,
            "address": format!("龙桥社区{short}"), "item": "0306", "accused": [short],
            "reporter": {"name": short, "phone": "13812345678"},
            "attachments": [{"name": short, "uri": "https://example.org/a.jpg"}],
        });
        let token = house.token("paidan").await;
        let taken = house.api(&token, "POST", "/api/v1/complaints", complaint.to_string()).await;
        // A field that is too long, or holds what it may not, is refused with its name: then it is shown nowhere.
        if taken.status != StatusCode::OK {
            assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}: {}", taken.text);
            assert!(!taken.json()["faults"].as_array().unwrap().is_empty(), "{name}: {}", taken.text);
        }
        house.settle().await;
        let no = match taken.json()["case_no"].as_str() {
            Some(no) => no.to_owned(),
            None => house.case(name).await,
        };
        let said = url_encode(&text);
        for (who, action, form) in [
            (&wang, "sign", String::new()),
            (&wang, "contact", format!("channel=phone&note={said}")),
            (&wang, "request_extension", format!("by=1wd&complainant_told=true&reason={said}")),
            (&ducha, "urge", format!("reason={said}")),
            (&ducha, "issue_supervision", format!("facts={said}&ask={said}&reply_by=2wd&title={said}")),
            (&ducha, "request_void", format!("reason={said}")),
            (&ducha, "no-such-thing", format!("reason={said}")),
        ] {
            let answer = who.post(&format!("/cases/{no}/do/{action}"), &form).await;
            assert!(!answer.status.is_server_error(), "{name} {action}: {}", answer.status);
            is_text(&(answer.text + "</html>"), &format!("{name} {action}"));
        }
        house.settle().await;
        for path in [
            format!("/cases/{no}"),
            format!("/cases?q={}", url_encode(&short)),
            format!("/cases?unit={}&item={}", url_encode(&short), url_encode(&short)),
            "/cases".into(),
            "/desk".into(),
            "/waiting".into(),
            format!("/cases/{}", url_encode(&short)),
        ] {
            let page = ducha.get(&path).await;
            assert!(!page.status.is_server_error(), "{path}: {}", page.status);
            is_text(&page.text, &format!("{name} {path}"));
        }
        let saved = ducha
            .post(
                "/views",
                &format!("name={}&query=q%3Dx", url_encode(&short[..short.floor_char_boundary(40)])),
            )
            .await;
        assert!(!saved.status.is_server_error());
        is_text(&ducha.get("/cases").await.text, name);
    }
    let rare = house.sign_in("ducha").await.get(&format!("/cases?q={}", url_encode("𠮷野"))).await;
    assert!(rare.status == StatusCode::SEE_OTHER || rare.text.contains("𠮷野家"), "two rare characters find");
}
