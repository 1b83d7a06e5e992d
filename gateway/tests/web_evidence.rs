//! Photographs and files: who may add and see them, what is kept of them, and what is not.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "web/house.rs"]
mod house;

use std::io::Cursor;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use house::House;
use serde_json::{Value, json};

fn photograph() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(320, 240, image::Rgb([90, 120, 60]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// What the timeline says of each piece of evidence.
async fn attached(house: &House, no: &str) -> Vec<Value> {
    house.settle().await;
    let token = house.token("ducha").await;
    let case = house.api(&token, "GET", &format!("/api/v1/cases/{no}"), "").await.json();
    let timeline = case["timeline"].as_array().unwrap().clone();
    let of = |happened: &&Value| happened["event"] == "EvidenceAttached";
    timeline.iter().filter(of).map(|happened| happened["data"]["file"].clone()).collect()
}

#[tokio::test]
async fn a_photograph_is_attached_once_and_shown_to_those_who_see_the_case_only() {
    let house = House::new().await;
    let no = house.case("photo").await;
    let wang = house.token("wang").await;
    let path = format!("/api/v1/cases/{no}/evidence?kind=before");
    for _ in 0..2 {
        let answer = house.api(&wang, "POST", &path, photograph()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
    let files = attached(&house, &no).await;
    let [file] = files.as_slice() else { panic!("{files:?}") };
    assert_eq!((&file["media_type"], &file["size"]), (&json!("image/jpeg"), &json!([320, 240])));
    let id = file["id"].as_str().unwrap();
    let address = format!("/api/v1/cases/{no}/evidence/{id}");
    let request = Request::get(&address).header("authorization", format!("Bearer {wang}"));
    let shown = house.open(request.body(Body::empty()).unwrap()).await;
    assert_eq!(shown.status(), StatusCode::OK);
    assert_eq!(shown.headers()[header::CONTENT_TYPE], "image/jpeg");
    assert_eq!(shown.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    let bytes = to_bytes(shown.into_body(), usize::MAX).await.unwrap();
    assert_eq!(image::load_from_memory(&bytes).unwrap().width(), 320);
    let far = house.token("farducha").await;
    assert_eq!(house.api(&far, "GET", &address, "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.api(&far, "POST", &path, photograph()).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn evidence_of_one_case_is_not_had_through_another() {
    let house = House::new().await;
    let (one, other) = (house.case("one").await, house.case("other").await);
    let wang = house.token("wang").await;
    house.api(&wang, "POST", &format!("/api/v1/cases/{one}/evidence?kind=near"), photograph()).await;
    let id = attached(&house, &one).await[0]["id"].as_str().unwrap().to_owned();
    let answer = house.api(&wang, "GET", &format!("/api/v1/cases/{other}/evidence/{id}"), "").await;
    assert!(answer.status == StatusCode::NOT_FOUND && answer.text.contains("EVIDENCE_NOT_FOUND"));
}

#[tokio::test]
async fn what_is_no_evidence_is_refused_with_its_reason() {
    let house = House::new().await;
    let no = house.case("unfit").await;
    let wang = house.token("wang").await;
    let path = format!("/api/v1/cases/{no}/evidence?kind=document");
    for (content, code) in [
        (b"<html>".to_vec(), "EVIDENCE_KIND_UNKNOWN"),
        (Vec::new(), "EVIDENCE_UNREADABLE"),
        (photograph()[..70].to_vec(), "EVIDENCE_UNREADABLE"),
    ] {
        let answer = house.api(&wang, "POST", &path, content).await;
        assert_eq!(answer.json()["code"], code, "{}", answer.text);
    }
    let other = house.api(&wang, "POST", &path.replace("document", "selfie"), photograph()).await;
    assert_eq!(other.json()["code"], "BAD_FIELD");
    let huge = house.api(&wang, "POST", &path, vec![0_u8; 16 * 1024 * 1024]).await;
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(attached(&house, &no).await.is_empty());
}

#[tokio::test]
async fn the_form_of_the_page_takes_a_photograph_larger_than_other_forms() {
    let house = House::new().await;
    let no = house.case("form").await;
    let wang = house.sign_in("wang").await;
    let page = wang.get(&format!("/cases/{no}")).await;
    assert!(page.text.contains("multipart/form-data"));
    let mut noise = 7_u32;
    let mut bytes = Cursor::new(Vec::new());
    let picture = image::RgbImage::from_fn(1200, 1000, |_, _| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [red, green, blue, _] = noise.to_be_bytes();
        image::Rgb([red, green, blue])
    });
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let bytes = bytes.into_inner();
    assert!(bytes.len() > 2 * 1024 * 1024);
    let form = |csrf: &str| {
        let mut form = Vec::new();
        for (name, value) in
            [("_csrf", csrf), ("_id", "0192d3c0-0000-7000-8000-000000000009"), ("kind", "after")]
        {
            form.extend_from_slice(
                format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                    .as_bytes(),
            );
        }
        form.extend_from_slice(
            b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.html\"\r\nContent-Type: text/html\r\n\r\n",
        );
        form.extend_from_slice(&bytes);
        form.extend_from_slice(b"\r\n--x--\r\n");
        form
    };
    for (csrf, status) in [("guessed", StatusCode::FORBIDDEN), (wang.csrf.as_str(), StatusCode::SEE_OTHER)] {
        let request = wang
            .request("POST", &format!("/cases/{no}/evidence"))
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        let answer = house.send(request.body(Body::from(form(csrf))).unwrap()).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    assert_eq!(attached(&house, &no).await[0]["kind"], "after");
    let page = wang.get(&format!("/cases/{no}")).await;
    assert!(page.text.contains(&format!("<img src=\"/cases/{no}/evidence/")));
}

#[tokio::test]
async fn what_lies_in_the_store_tells_nothing_and_a_changed_file_is_not_shown() {
    let house = House::new().await;
    let no = house.case("sealed").await;
    let wang = house.token("wang").await;
    let pdf = b"%PDF-1.7 a page about the resident".to_vec();
    let path = format!("/api/v1/cases/{no}/evidence?kind=document");
    assert_eq!(house.api(&wang, "POST", &path, pdf).await.status, StatusCode::OK);
    let id = attached(&house, &no).await[0]["id"].as_str().unwrap().to_owned();
    let file = house.folder().join("evidence").join(&id[..2]).join(&id);
    let mut stored = std::fs::read(&file).unwrap();
    assert!(!stored.windows(8).any(|part| part == b"resident"));
    stored[20] ^= 1;
    std::fs::write(&file, stored).unwrap();
    let answer = house.api(&wang, "GET", &format!("/api/v1/cases/{no}/evidence/{id}"), "").await;
    assert!(answer.status.is_server_error(), "{}", answer.text);
}
