//! The wall that a room looks at, and how much a page asks and weighs.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "web/house.rs"]
mod house;

use axum::http::StatusCode;
use house::House;
use jiff::SignedDuration;

#[tokio::test]
async fn the_wall_shows_the_numbers_of_the_desk_and_what_is_late_the_longest() {
    let house = House::new().await;
    let no = house.case("wall").await;
    house.clock.advance(SignedDuration::from_hours(24 * 20));
    house.pass_deadlines().await;
    let ducha = house.sign_in("ducha").await;
    let number = |page: &str, key: &str| {
        let mark = format!("data-count=\"{key}\">");
        page.split(&mark).nth(1).unwrap_or_else(|| panic!("no {key}")).split('<').next().unwrap().to_owned()
    };
    let (desk, wall) = (ducha.get("/desk").await.text, ducha.get("/screen").await.text);
    for key in ["overdue", "at-risk", "unsigned", "triage", "callback", "open"] {
        assert_eq!(number(&desk, key), number(&wall, key), "{key}");
    }
    assert_eq!(number(&wall, "overdue"), "1");
    assert!(wall.contains(&format!("/cases/{no}")) && wall.contains("数据截至"), "{wall}");
    assert!(!wall.contains("<form") && !wall.contains("/do/"), "nothing can be pressed on a wall");
    assert!(ducha.get("/screen?lang=en").await.text.contains("Longest overdue"));
    assert_eq!(house.sign_in("wang").await.get("/screen").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_waits_has_a_number_on_the_desk_that_opens_its_list() {
    let house = House::new().await;
    let no = house.case("asks").await;
    let wang = house.sign_in("wang").await;
    wang.post(&format!("/cases/{no}/do/sign"), "").await;
    let form = "by=1wd&reason=x&complainant_told=true";
    let asked = wang.post(&format!("/cases/{no}/do/request_extension"), form).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text);
    house.settle().await;
    let ducha = house.sign_in("ducha").await;
    let desk = ducha.get("/desk").await.text;
    assert!(desk.contains(r#"href="/waiting?kind=extension""#), "{desk}");
    let list = ducha.get("/waiting?kind=extension").await.text;
    assert!(list.contains(&no) && list.contains(r#"name="waiting" value="extension""#), "all at once");
}
