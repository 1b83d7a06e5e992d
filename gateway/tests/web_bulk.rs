//! One command for many cases: how many is said first, it can be taken back, every case tells what became of it,
//! and nothing is done twice. Saved views of the list.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "web/house.rs"]
mod house;

use axum::http::StatusCode;
use house::{Answer, House, Visitor};

const ALL: &str = "query=open%3Dyes&which=all";

/// The form that confirms, as the page has it.
fn confirmed(page: &Answer, more: &str) -> String {
    let mark = "name=\"case\" value=\"";
    let cases: Vec<String> = page
        .text
        .match_indices(mark)
        .map(|(at, _)| {
            let rest = &page.text[at + mark.len()..];
            format!("&case={}", rest.split('"').next().unwrap())
        })
        .collect();
    format!("go=1&_id={}&action={}{more}{}", page.field("_id"), page.field("action"), cases.concat())
}

async fn preview(visitor: &Visitor<'_>, form: &str) -> Answer {
    let page = visitor.post("/bulk", form).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    page
}

async fn times(house: &House, no: &str, event: &str) -> usize {
    house.events(no).await.iter().filter(|name| **name == event).count()
}

async fn carry_out(house: &House) {
    while gateway::batches::step(&house.app).await.expect("a step") {}
    house.settle().await;
}

#[tokio::test]
async fn all_matching_are_urged_after_the_count_was_shown_and_each_says_what_became_of_it() {
    let house = House::new().await;
    let (first, second) = (house.case("a").await, house.case("b").await);
    let ducha = house.sign_in("ducha").await;
    ducha.post(&format!("/cases/{second}/do/urge"), "_id=1&reason=x").await;
    house.settle().await;
    let list = ducha.get("/cases?open=yes").await.text;
    assert!(
        list.contains(r#"<option value="urge">"#)
            && list.contains(&format!(r#"name="case" value="{first}""#))
    );
    let page = preview(&ducha, &format!("action=urge&{ALL}")).await;
    assert!(page.text.contains(r#"data-count="picked">2<"#), "{}", page.text);
    let form = confirmed(&page, "&reason=%E8%AF%B7%E5%B0%BD%E5%BF%AB");
    let answer = ducha.post("/bulk", &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let batch = answer.location().to_owned();
    assert_eq!(ducha.post("/bulk", &form).await.location(), batch, "pressed twice, it is one batch");
    assert!(!gateway::batches::step(&house.app).await.unwrap(), "it is held");
    assert_eq!(times(&house, &first, "CaseUrged").await, 0);
    house.clock.advance(jiff::SignedDuration::from_secs(11));
    carry_out(&house).await;
    assert_eq!(times(&house, &first, "CaseUrged").await, 1);
    assert_eq!(times(&house, &second, "CaseUrged").await, 1, "not a second time for the same limit");
    let told = ducha.get(&batch).await.text;
    assert!(told.contains(r#"data-count="done">1<"#) && !told.contains("data-poll"), "{told}");
    assert!(told.contains("STEP_TAKEN") || told.contains("早已如此"), "{told}");
    assert_eq!(
        house.sign_in("quducha").await.get(&batch).await.status,
        StatusCode::NOT_FOUND,
        "one's own only"
    );
}

#[tokio::test]
async fn a_batch_is_taken_back_while_it_is_held_and_not_after() {
    let house = House::new().await;
    let no = house.case("a").await;
    let wang = house.sign_in("wang").await;
    let page = preview(&wang, &format!("action=sign&which=picked&case={no}")).await;
    let batch = wang.post("/bulk", &confirmed(&page, "")).await.location().to_owned();
    assert!(wang.get(&batch).await.text.contains("data-poll"));
    assert_eq!(wang.post(&format!("{batch}/undo"), "").await.status, StatusCode::SEE_OTHER);
    house.clock.advance(jiff::SignedDuration::from_secs(11));
    carry_out(&house).await;
    assert_eq!(times(&house, &no, "CaseSigned").await, 0);
    assert!(wang.get(&batch).await.text.contains("一件也没有办"));
    let page = preview(&wang, &format!("action=sign&which=picked&case={no}")).await;
    let batch = wang.post("/bulk", &confirmed(&page, "")).await.location().to_owned();
    house.clock.advance(jiff::SignedDuration::from_secs(11));
    carry_out(&house).await;
    wang.post(&format!("{batch}/undo"), "").await;
    assert_eq!(times(&house, &no, "CaseSigned").await, 1, "what is done is done");
}

#[tokio::test]
async fn what_a_command_is_not_for_is_left_alone_and_said_so() {
    let house = House::new().await;
    let no = house.case("a").await;
    let ducha = house.sign_in("ducha").await;
    let page = preview(&ducha, &format!("action=archive&{ALL}")).await;
    assert!(page.text.contains(r#"data-count="picked">0<"#) && page.text.contains(&no), "{}", page.text);
    let gao = house.sign_in("farwang").await;
    let page = preview(&gao, &format!("action=sign&which=picked&case={no}")).await;
    assert!(!page.text.contains(&no), "out of scope a case is no case");
    let refused = gao.post("/bulk", &format!("go=1&_id=7&action=sign&case={no}")).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.text);
    assert_eq!(
        gao.post("/bulk", "action=close&which=all&query=").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn a_filter_is_kept_under_a_name_for_oneself_or_for_the_unit() {
    let house = House::new().await;
    house.case("a").await;
    let ducha = house.sign_in("ducha").await;
    for (name, shared) in [("mine", ""), ("%E9%80%BE%E6%9C%9F", "&shared=true")] {
        let form = format!("name={name}&query=overdue%3Dyes%26rung%3Dcommunity{shared}");
        let answer = ducha.post("/views", &form).await;
        assert_eq!(answer.location(), "/cases?rung=community&overdue=yes", "{}", answer.text);
    }
    let href = r#"href="/cases?rung=community&#38;overdue=yes""#;
    let mine = ducha.get("/cases").await.text;
    assert!(mine.contains(href) && mine.contains("mine") && mine.contains("逾期"), "{mine}");
    let colleague = house.sign_in("jiepai").await.get("/cases").await.text;
    assert!(colleague.contains(href) && !colleague.contains("mine"), "the unit has what is shared");
    assert!(!house.sign_in("quducha").await.get("/cases").await.text.contains(href), "others have not");
    let here = ducha.get("/cases?overdue=yes&rung=community").await;
    let id = here.text.split("/views/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    house.sign_in("jiepai").await.post(&format!("/views/{id}/forget"), "").await;
    assert_eq!(
        house
            .app
            .accounts
            .saved_views(&house.app.accounts.find("ducha").await.unwrap().unwrap())
            .await
            .unwrap()
            .len(),
        2
    );
    ducha.post(&format!("/views/{id}/forget"), "").await;
    assert_eq!(
        house
            .app
            .accounts
            .saved_views(&house.app.accounts.find("ducha").await.unwrap().unwrap())
            .await
            .unwrap()
            .len(),
        1
    );
}
