//! Accounts and sessions: one contract for the file beside the log and for the database that all
//! gateways share.
//!
//! PostgreSQL is asked where `WHISTLEPOST_TEST_POSTGRES` names a server; `tests/run` starts one.

#![allow(clippy::expect_used, clippy::panic, reason = "a test ends where it cannot go on")]

use domain::ids::UnitId;
use gateway::auth::{Account, AccountError, Accounts, DEMO_PASSWORD, Role};
use jiff::Timestamp;
use sqlx::{Connection, Executor, PgConnection};

/// A place for accounts: the file's folder, or the URL of a schema.
enum Place {
    File(tempfile::TempDir),
    Schema(String),
}

impl Place {
    fn file() -> Option<Place> {
        Some(Place::File(tempfile::tempdir().expect("a folder")))
    }

    async fn schema() -> Option<Place> {
        let Ok(server) = std::env::var("WHISTLEPOST_TEST_POSTGRES") else {
            eprintln!("skipped: run tests/run");
            return None;
        };
        let schema = format!("accounts_{}", uuid::Uuid::new_v4().simple());
        let mut owner = PgConnection::connect(&server).await.expect("PostgreSQL");
        owner.execute(format!("CREATE SCHEMA {schema}").as_str()).await.expect("a schema");
        Some(Place::Schema(format!("{server}?options[search_path]={schema}")))
    }

    /// A gateway's handle.
    async fn open(&self) -> Accounts {
        match self {
            Place::File(folder) => {
                Accounts::open(&folder.path().join("name with % and ?.db")).await.expect("a file")
            }
            Place::Schema(url) => Accounts::shared(url, None).await.expect("a schema"),
        }
    }
}

macro_rules! on_both {
    ($($spec:ident)*) => {
        mod file {
            $(#[tokio::test]
            async fn $spec() {
                if let Some(place) = super::Place::file() { super::$spec(&place).await }
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $spec() {
                if let Some(place) = super::Place::schema().await { super::$spec(&place).await }
            })*
        }
    };
}

on_both! {
    an_account_signs_in_with_its_password_only
    a_name_is_the_same_in_capitals
    a_session_ends_when_idle_and_for_good
    a_new_password_ends_old_sessions_and_a_new_token_voids_the_old
    who_is_removed_is_signed_out
    what_one_gateway_begins_another_knows
    gateways_that_start_together_make_the_tables_once
    the_first_to_say_a_value_sets_it_for_all
}

fn wang() -> Account {
    Account {
        name: "wang".into(),
        display: "王伟".into(),
        role: Role::Handler,
        unit: UnitId::new("320506001012"),
    }
}

fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + hours * 3600).expect("a time")
}

async fn with_wang(place: &Place) -> Accounts {
    let accounts = place.open().await;
    accounts.add(&wang(), "a long secret").await.expect("added");
    accounts
}

async fn an_account_signs_in_with_its_password_only(place: &Place) {
    let accounts = with_wang(place).await;
    assert_eq!(accounts.verify("wang", "a long secret").await.expect("asked"), Some(wang()));
    assert_eq!(accounts.verify("wang", "another secret").await.expect("asked"), None);
    assert_eq!(accounts.verify("nobody", "a long secret").await.expect("asked"), None);
    assert!(!accounts.has_demo_passwords().await.expect("asked"));
    accounts.set_password("wang", DEMO_PASSWORD).await.expect("set");
    assert!(accounts.has_demo_passwords().await.expect("asked"));
    assert_eq!(accounts.list().await.expect("a list"), [wang()]);
}

async fn a_name_is_the_same_in_capitals(place: &Place) {
    let accounts = with_wang(place).await;
    let again = accounts.add(&Account { name: "WANG".into(), ..wang() }, "a long secret").await;
    assert!(matches!(again, Err(AccountError::Exists)));
    assert_eq!(accounts.verify("Wang", "a long secret").await.expect("asked"), Some(wang()));
}

async fn a_session_ends_when_idle_and_for_good(place: &Place) {
    let accounts = with_wang(place).await;
    let token = accounts.start_session(&wang(), at(0)).await.expect("a session");
    for hour in 1..12 {
        assert!(accounts.session(&token, at(hour)).await.expect("asked").is_some(), "hour {hour}");
    }
    assert!(accounts.session(&token, at(12)).await.expect("asked").is_none(), "absolute end");
    let token = accounts.start_session(&wang(), at(20)).await.expect("a session");
    assert!(accounts.session(&token, at(22)).await.expect("asked").is_none(), "idle end");
    let token = accounts.start_session(&wang(), at(30)).await.expect("a session");
    accounts.end_session(&token).await.expect("ended");
    assert!(accounts.session(&token, at(30)).await.expect("asked").is_none(), "signed out");
}

async fn a_new_password_ends_old_sessions_and_a_new_token_voids_the_old(place: &Place) {
    let accounts = with_wang(place).await;
    let session = accounts.start_session(&wang(), at(0)).await.expect("a session");
    accounts.set_password("wang", "a newer secret").await.expect("set");
    assert!(accounts.session(&session, at(0)).await.expect("asked").is_none());
    let old = accounts.issue_token("wang").await.expect("a token");
    let new = accounts.issue_token("wang").await.expect("a token");
    assert!(accounts.by_token(&old).await.expect("asked").is_none());
    assert_eq!(accounts.by_token(&new).await.expect("asked"), Some(wang()));
}

async fn who_is_removed_is_signed_out(place: &Place) {
    let accounts = with_wang(place).await;
    let session = accounts.start_session(&wang(), at(0)).await.expect("a session");
    accounts.remove("WANG").await.expect("removed");
    assert!(accounts.session(&session, at(0)).await.expect("asked").is_none());
    assert!(matches!(accounts.remove("wang").await, Err(AccountError::Unknown)));
    assert!(matches!(accounts.set_password("wang", "a long secret").await, Err(AccountError::Unknown)));
}

async fn what_one_gateway_begins_another_knows(place: &Place) {
    let (one, other) = (with_wang(place).await, place.open().await);
    let session = one.start_session(&wang(), at(0)).await.expect("a session");
    assert_eq!(other.session(&session, at(1)).await.expect("asked"), Some(wang()));
    other.end_session(&session).await.expect("ended");
    assert_eq!(one.session(&session, at(1)).await.expect("asked"), None);
}

async fn gateways_that_start_together_make_the_tables_once(place: &Place) {
    let opened = futures::future::join_all((0..8).map(|_| place.open())).await;
    opened[0].add(&wang(), "a long secret").await.expect("added");
    for accounts in &opened {
        assert_eq!(accounts.find("wang").await.expect("asked"), Some(wang()));
    }
}

async fn the_first_to_say_a_value_sets_it_for_all(place: &Place) {
    let (one, other) = (place.open().await, place.open().await);
    assert_eq!(one.agree("key", "a").await.expect("agreed"), "a");
    assert_eq!(other.agree("key", "b").await.expect("agreed"), "a");
}

#[tokio::test]
async fn the_applications_role_uses_tables_that_it_may_not_make() {
    let Some(Place::Schema(owner_url)) = Place::schema().await else { return };
    let mut owner = PgConnection::connect(&owner_url).await.expect("PostgreSQL");
    let role = format!("app_{}", uuid::Uuid::new_v4().simple());
    let schema: String =
        sqlx::query_scalar("SELECT current_schema()::text").fetch_one(&mut owner).await.expect("a schema");
    let made = format!("CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA {schema} TO {role}");
    owner.execute(sqlx::raw_sql(&made)).await.expect("a role");
    let (_, place) = owner_url.split_once('@').expect("a user");
    let url = format!("postgres://{role}@{place}");
    assert!(Accounts::shared(&url, None).await.is_err(), "it may not make tables");
    for _ in 0..2 {
        let accounts = Accounts::shared(&url, Some(&owner_url)).await.expect("shared");
        accounts.list().await.expect("a list");
    }
    let accounts = Accounts::shared(&url, None).await.expect("the tables are there");
    accounts.add(&wang(), "a long secret").await.expect("added");
    drop(accounts);
    let gone = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    owner.execute(sqlx::raw_sql(&gone)).await.expect("removed");
}
