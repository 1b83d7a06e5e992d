//! Every address × role × in scope, out of scope and signed out, from the table of the addresses itself.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "web/house.rs"]
mod house;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use gateway::auth::{Account, Reader, Role};
use gateway::http::doors;
use gateway::http::doors::{Door, Rule};
use house::{Answer, House};

/// One of each role near the case, and one of each far from it.
const NEAR: [&str; 4] = ["wang", "jiepai", "ducha", "admin"];
const FAR: [&str; 4] = ["farwang", "farpai", "farducha", "faradmin"];
const NOWHERE: &str = "20261120-ZZZZZ";
const TITLE: &str = "露天烧烤扰民";

fn table(house: &House) -> Vec<Door> {
    doors(&house.app).open().0
}

/// The address, its places filled in for this case.
fn address(door: &Door, no: &str) -> String {
    [
        ("{no}", no),
        ("{key}", no),
        ("{id}", "0"),
        ("{action}", "sign"),
        ("{sequence}", "1"),
        ("{code}", "NOT_SIGNED"),
        ("{file}", "console.css"),
    ]
    .iter()
    .fold(door.path.clone(), |path, (place, value)| path.replace(place, value))
}

fn names_a_case(door: &Door) -> bool {
    door.path.contains("{no}") || door.path.contains("{key}")
}

/// Enough of an answer to know it by.
fn start(answer: &Answer) -> String {
    answer.text.chars().take(300).collect()
}

async fn ask(house: &House, token: &str, door: &Door, no: &str) -> Answer {
    let request = Request::builder()
        .method(door.method.clone())
        .uri(address(door, no))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/x-www-form-urlencoded");
    house.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_addresses_and_their_rules_are_these() {
    let house = House::new().await;
    let mut lines: Vec<String> =
        table(&house).iter().map(|door| format!("{} {} {:?}", door.path, door.method, door.rule)).collect();
    lines.sort();
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn nobody_comes_in_without_signing_in_except_where_all_may() {
    let house = House::new().await;
    let no = house.case("routes").await;
    for door in table(&house) {
        let page = house.get("/sign-in").await;
        let request = Request::builder()
            .method(door.method.clone())
            .uri(address(&door, &no))
            .header("cookie", page.cookie().unwrap())
            .header("x-csrf-token", page.field("_csrf"));
        let answer = house.send(request.body(Body::empty()).unwrap()).await;
        let turned_away =
            answer.status == StatusCode::UNAUTHORIZED || answer.location().starts_with("/sign-in?");
        let told = format!("{} {}: {}", door.method, door.path, answer.status);
        // A wrong password is no closed door.
        let is_sign_in = door.path == "/sign-in" && door.method == Method::POST;
        assert_eq!(turned_away, door.rule != Rule::Open && !is_sign_in, "{told}");
        assert!(!answer.text.contains(&no) && !answer.text.contains(TITLE), "{told}");
    }
}

#[tokio::test]
async fn a_role_comes_in_where_its_rule_says_and_nowhere_else() {
    let house = House::new().await;
    let no = house.case("roles").await;
    for name in NEAR {
        let token = house.token(name).await;
        let account = house.app.accounts.find(name).await.unwrap().unwrap();
        let reader = Reader::new(account, &house.app.rules().org);
        for door in table(&house) {
            let answer = ask(&house, &token, &door, &no).await;
            let told = format!("{name}: {} {}: {} {}", door.method, door.path, answer.status, start(&answer));
            assert!(!answer.status.is_server_error(), "{told}");
            let has_role = match door.rule {
                Rule::Open | Rule::SignedIn => true,
                Rule::May(action) | Rule::HereOr(action) => reader.may_ever(action),
            };
            if !has_role {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{told}");
                assert!(answer.text.contains("NOT_ALLOWED"), "{told}");
            } else if names_a_case(&door) {
                assert!(!answer.text.contains("CASE_NOT_FOUND"), "{told}");
            }
        }
    }
}

#[tokio::test]
async fn out_of_scope_a_case_is_no_case_at_every_address() {
    let house = House::new().await;
    let no = house.case("far").await;
    for name in FAR {
        let token = house.token(name).await;
        for door in table(&house) {
            let answer = ask(&house, &token, &door, &no).await;
            let told = format!("{name}: {} {}: {} {}", door.method, door.path, answer.status, start(&answer));
            assert!(!answer.text.contains(TITLE), "{told}");
            if names_a_case(&door) {
                let none = ask(&house, &token, &door, NOWHERE).await;
                assert_eq!(answer.status, none.status, "{told}");
                let code = |answer: &Answer| answer.text.contains("CASE_NOT_FOUND");
                assert_eq!(code(&answer), code(&none), "{told}");
                if door.path.starts_with("/api/") {
                    assert_eq!(answer.text, none.text, "{told}");
                }
            } else {
                assert!(!answer.text.contains(&no), "{told}");
            }
        }
    }
}

#[test]
fn out_of_scope_no_role_may_do_anything() {
    use domain::case::admissible::Kind;
    use gateway::auth::Action;
    let org = domain::sample::rulebook().unwrap().org;
    let row = projections::CaseRow {
        scope_path: "/320506/320506001/S-320506001-01/320506001012/".into(),
        ..projections::CaseRow::default()
    };
    for role in Role::ALL {
        let account = Account {
            name: "a".into(),
            display: "A".into(),
            role,
            unit: domain::ids::UnitId::new("320506002"),
        };
        let reader = Reader::new(account, &org);
        for kind in Kind::ALL {
            assert!(!reader.may(Action::Case(kind), &row), "{role:?} {kind:?}");
        }
    }
}
