//! The owner of the tables, and the application that may only append: by `roles.sql`, as a database
//! administrator runs it.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use domain::case::clocks::DeadlineName::Sign;
use engine::log::postgres::{PostgresOptions, PostgresStore};
use engine::log::{Store, StoreError};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::entries::*;
use crate::places::{JURISDICTION, Postgres, Reachable};

/// A database of two roles, and what is needed to take it away again.
struct Roles {
    server: PgConnectOptions,
    database: String,
}

impl Roles {
    /// Runs `deploy/scaled/postgres/roles.sql` with names of its own.
    fn made(place: &Postgres) -> Self {
        let database = format!("roles_{}", Uuid::new_v4().simple());
        let server = place.options();
        let psql = newest_psql();
        // Without the parameters that only sqlx knows.
        let url = server.to_url_lossy();
        let url = url.as_str().split('?').next().unwrap_or_default();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/scaled/postgres/roles.sql");
        let run = Command::new(psql)
            .args(["-X", "-q", "-d", url, "-f"])
            .arg(script)
            .args(["-v", &format!("database={database}")])
            .args(["-v", &format!("owner={database}_owner")])
            .args(["-v", &format!("application={database}_app")])
            .env("WHISTLEPOST_OWNER_PASSWORD", "it's the owner's")
            .env("WHISTLEPOST_APPLICATION_PASSWORD", "the application's")
            .output()
            .expect("psql runs");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        Self { server, database }
    }

    fn role(&self, role: &str) -> PgConnectOptions {
        self.server.clone().database(&self.database).username(&format!("{}_{role}", self.database))
    }

    fn url(&self, role: &str) -> String {
        self.role(role).to_url_lossy().to_string()
    }

    fn both(&self) -> PostgresOptions {
        PostgresOptions::new(self.url("app")).owned_by(Some(self.url("owner")))
    }

    async fn open(&self) -> PostgresStore {
        PostgresStore::connect(self.both(), JURISDICTION).await.expect("the log opens")
    }

    async fn run(&self, role: &str, sql: &str) -> Result<(), String> {
        let mut connection = self.role(role).connect().await.expect("the role signs in");
        let done = connection.execute(sql).await.map_err(|error| error.to_string());
        connection.close().await.expect("and leaves");
        done.map(|_| ())
    }

    async fn remove(self) {
        let mut server = PgConnection::connect_with(&self.server).await.expect("the server answers");
        for sql in [
            format!("DROP DATABASE {} WITH (FORCE)", self.database),
            format!("DROP ROLE {}_app", self.database),
            format!("DROP ROLE {}_owner", self.database),
        ] {
            server.execute(sql.as_str()).await.expect("the server obeys");
        }
    }
}

fn newest_psql() -> std::path::PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let installed = versions.map(|version| version.path().join("bin/psql")).filter(|path| path.is_file());
    installed.max().unwrap_or_else(|| "psql".into())
}

pub async fn the_application_role_can_append_and_nothing_else(place: &Postgres) {
    let roles = Roles::made(place);
    let store = roles.open().await;
    three_cases(&store).await;
    let rows = all(&store).await;
    for sql in [
        "UPDATE events SET actor = '{}'",
        "DELETE FROM events",
        "TRUNCATE events",
        "DROP TRIGGER events_are_never_changed ON events",
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "CREATE OR REPLACE FUNCTION events_are_never_changed() RETURNS trigger LANGUAGE plpgsql
         AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER mine BEFORE INSERT ON events EXECUTE FUNCTION events_are_never_changed()",
        "DROP TABLE events",
        "SET session_replication_role = replica",
        "UPDATE receipts SET first_position = 9",
        "DELETE FROM case_keys",
        "UPDATE log SET epoch = 9",
        "UPDATE log SET schema_version = 9",
        "DELETE FROM log",
        "CREATE TABLE mine (x int)",
    ] {
        let refused = roles.run("app", sql).await.expect_err(sql);
        let by_grant = ["permission denied", "must be owner"];
        assert!(by_grant.iter().any(|word| refused.contains(word)), "{sql}: {refused}");
    }
    // The owner has the grant, and then the trigger says no.
    for sql in ["UPDATE events SET actor = '{}'", "DELETE FROM events", "TRUNCATE events"] {
        let refused = roles.run("owner", sql).await.expect_err(sql);
        assert!(refused.contains("events are never changed"), "{sql}: {refused}");
    }
    assert_eq!(all(&store).await, rows);
    let told = store.self_check().await.expect("an answer");
    assert_eq!((told.faults, told.notices), (vec![], vec![]));
    store.close().await;
    roles.remove().await;
}

pub async fn everything_works_under_the_application_role(place: &Postgres) {
    let roles = Roles::made(place);
    let store = roles.open().await;
    let stream = case();
    let mut first = with_deadline(entry(stream, 0, 2), Sign, minutes(5));
    first.new_key = Some(vec![1, 2, 3]);
    let receipt = append(&store, first).await;
    assert_eq!(store.due(minutes(9), None, 10).await.expect("an answer").len(), 1);
    append(&store, with_deadline(entry(stream, 2, 1), Sign, minutes(7))).await;
    append(&store, entry(stream, 3, 1)).await;
    assert_eq!(store.next_due_at().await.expect("an answer"), None);
    assert_eq!(store.receipts(&[receipt.command_id]).await.expect("an answer"), [receipt]);
    assert_eq!(store.keys(&[stream.id]).await.expect("an answer").len(), 1);
    assert_eq!(faults(&store).await, []);
    let shared: Arc<dyn Store> = Arc::new(store.clone());
    let mut lease = engine::lease::Lease::new(shared, "deadlines").living(Duration::from_secs(9));
    assert_eq!(lease.held().await.expect("an answer"), Some(1));
    lease.release().await;
    // Without the owner it opens too, as long as the tables are those of this program.
    let alone = PostgresStore::connect(&roles.url("app"), JURISDICTION).await.expect("it opens");
    assert_eq!(append(&alone, entry(stream, 4, 1)).await.first_position, 5);
    alone.close().await;
    store.close().await;
    roles.remove().await;
}

pub async fn what_the_application_role_was_granted_beyond_is_taken_back_or_told(place: &Postgres) {
    let roles = Roles::made(place);
    let store = roles.open().await;
    let grant = format!("GRANT UPDATE ON events TO {}_app", roles.database);
    roles.run("owner", &grant).await.expect("the owner grants too much");
    let told = store.self_check().await.expect("an answer").faults;
    assert!(told.iter().any(|line| line.contains("was granted more on events")), "{told:?}");
    store.close().await;
    let store = roles.open().await;
    assert_eq!(store.self_check().await.expect("an answer").faults, Vec::<String>::new());
    store.close().await;

    let owner = PostgresStore::connect(&roles.url("owner"), JURISDICTION).await.expect("it opens");
    let told = owner.self_check().await.expect("an answer");
    assert!(told.notices.iter().any(|line| line.contains("could change events")), "{told:?}");
    assert_eq!(told.faults, Vec::<String>::new());
    owner.close().await;
    roles.remove().await;
}

pub async fn nodes_that_start_together_make_the_tables_once(place: &Postgres) {
    let roles = Roles::made(place);
    let nodes = (0..6).map(|_| PostgresStore::connect(roles.both(), JURISDICTION));
    let mut seen = Vec::new();
    for node in futures::future::join_all(nodes).await {
        let node = node.expect("it opens");
        seen.push(node.identity().await.expect("who it is"));
        node.close().await;
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
    roles.remove().await;
}

pub async fn an_empty_database_needs_its_owner(place: &Postgres) {
    let roles = Roles::made(place);
    let refused = PostgresStore::connect(&roles.url("app"), JURISDICTION).await.expect_err("refused");
    let app = format!("{}_app", roles.database);
    assert!(matches!(&refused, StoreError::TablesMissing(role) if *role == app), "{refused}");
    assert!(refused.to_string().contains("set owner_url"), "{refused}");
    roles.open().await.close().await;
    roles.remove().await;
}

pub async fn an_older_log_needs_its_owner(place: &Postgres) {
    let roles = Roles::made(place);
    roles.open().await.close().await;
    let older = format!("{}; UPDATE log SET schema_version = 1", Postgres::OLDER.join("; "));
    roles.run("owner", &older).await.expect("as it was");
    let refused = PostgresStore::connect(&roles.url("app"), JURISDICTION).await.expect_err("refused");
    assert!(refused.to_string().contains("start it once with the owner's owner_url"), "{refused}");
    roles.open().await.close().await;
    PostgresStore::connect(&roles.url("app"), JURISDICTION).await.expect("now it opens").close().await;
    roles.remove().await;
}

pub async fn a_log_can_have_a_schema_of_its_own(place: &Postgres) {
    let roles = Roles::made(place);
    let store = PostgresStore::connect(roles.both().in_schema("Log 1"), JURISDICTION).await;
    // The owner of the database may make schemas; the tables are nobody's business elsewhere.
    let store = store.expect("the log opens");
    append(&store, entry(case(), 0, 2)).await;
    let elsewhere = roles.open().await;
    assert_eq!(all(&elsewhere).await, []);
    assert_eq!(all(&store).await.len(), 2);
    assert_ne!(store.identity().await.expect("one"), elsewhere.identity().await.expect("other"));
    store.close().await;
    elsewhere.close().await;
    roles.remove().await;
}
