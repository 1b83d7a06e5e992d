//! Where logs live during the tests.

use std::path::PathBuf;
use std::str::FromStr;

use async_trait::async_trait;
use engine::log::Store;
use engine::log::memory::MemoryStore;
use engine::log::postgres::PostgresStore;
use engine::log::sqlite::SqliteStore;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

pub const JURISDICTION: &str = "320506";

/// A place with one log in it.
#[async_trait]
pub trait Place: Sized + Send + Sync {
    type Store: Store + Clone;

    /// An empty place; none where there is no server to make it on.
    async fn fresh() -> Option<Self>;

    /// Another handle on the same log.
    async fn open(&self) -> Self::Store;

    async fn remove(self);
}

/// A place that outlives a process, and that others can reach into.
#[async_trait]
pub trait Reachable: Place {
    /// The statements that take away what guards the events.
    const UNGUARD: &'static [&'static str];

    /// The statements that make of today's tables those of version 1.
    const OLDER: &'static [&'static str];

    /// These 16 bytes in hex, as SQL writes an id and bytes.
    fn blob(hex: &str) -> String;

    /// Does this to the database behind the store's back.
    async fn tamper(&self, sql: &str) -> Result<(), sqlx::Error>;

    /// Opens the log as this jurisdiction's and tells why that fails.
    async fn refusal(&self, jurisdiction: &str) -> String;

    /// What the crash writer needs to find it.
    fn address(&self) -> String;
}

/// Ends with the process: nothing of it can be opened again, tampered with or killed.
pub struct Memory(MemoryStore);

#[async_trait]
impl Place for Memory {
    type Store = MemoryStore;

    async fn fresh() -> Option<Self> {
        Some(Self(MemoryStore::new(JURISDICTION)))
    }

    async fn open(&self) -> MemoryStore {
        self.0.clone()
    }

    async fn remove(self) {}
}

pub struct Sqlite(TempDir);

impl Sqlite {
    pub fn path(&self) -> PathBuf {
        self.0.path().join("new folder").join("log.db")
    }
}

#[async_trait]
impl Place for Sqlite {
    type Store = SqliteStore;

    async fn fresh() -> Option<Self> {
        Some(Self(tempfile::tempdir().expect("a folder")))
    }

    async fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.path(), JURISDICTION).await.expect("the log opens")
    }

    async fn remove(self) {
        self.0.close().expect("the folder goes");
    }
}

#[async_trait]
impl Reachable for Sqlite {
    const UNGUARD: &'static [&'static str] =
        &["DROP TRIGGER events_are_never_changed", "DROP TRIGGER events_are_never_deleted"];
    const OLDER: &'static [&'static str] = &["DROP TABLE leases", "DROP TABLE parked"];

    fn blob(hex: &str) -> String {
        format!("x'{hex}'")
    }

    async fn tamper(&self, sql: &str) -> Result<(), sqlx::Error> {
        let mut database = SqliteConnectOptions::new().filename(self.path()).connect().await?;
        database.execute(sql).await?;
        database.close().await
    }

    async fn refusal(&self, jurisdiction: &str) -> String {
        SqliteStore::open(&self.path(), jurisdiction).await.expect_err("refused").to_string()
    }

    fn address(&self) -> String {
        self.path().display().to_string()
    }
}

/// A database of its own on the server that the tests are given.
pub struct Postgres {
    server: PgConnectOptions,
    database: String,
}

impl Postgres {
    pub fn options(&self) -> PgConnectOptions {
        self.server.clone().database(&self.database)
    }

    async fn on_server(server: &PgConnectOptions, sql: &str) {
        let mut connection = PgConnection::connect_with(server).await.expect("the server answers");
        connection.execute(sql).await.expect("the server obeys");
    }
}

#[async_trait]
impl Place for Postgres {
    type Store = PostgresStore;

    async fn fresh() -> Option<Self> {
        let Ok(url) = std::env::var("WHISTLEPOST_TEST_POSTGRES") else {
            println!("skipped: no PostgreSQL; run tests/run");
            return None;
        };
        let server = PgConnectOptions::from_str(&url).expect("a URL");
        let database = format!("log_{}", Uuid::new_v4().simple());
        Self::on_server(&server, &format!("CREATE DATABASE {database}")).await;
        Some(Self { server, database })
    }

    async fn open(&self) -> PostgresStore {
        PostgresStore::connect(&self.address(), JURISDICTION).await.expect("the log opens")
    }

    async fn remove(self) {
        Self::on_server(&self.server, &format!("DROP DATABASE {} WITH (FORCE)", self.database)).await;
    }
}

#[async_trait]
impl Reachable for Postgres {
    const UNGUARD: &'static [&'static str] = &["DROP TRIGGER events_are_never_changed ON events"];
    const OLDER: &'static [&'static str] = &[
        "ALTER TABLE events ADD CONSTRAINT events_position_check CHECK (position > 0),
            ADD CONSTRAINT events_sequence_check CHECK (sequence >= 0),
            ADD CONSTRAINT events_hash_check CHECK (length(hash) = 32),
            ADD CONSTRAINT events_prev_hash_check CHECK (length(prev_hash) = 32)",
        "ALTER TABLE receipts ADD CONSTRAINT receipts_content_hash_check CHECK (length(content_hash) = 32)",
        "ALTER TABLE log ADD CONSTRAINT log_one_check CHECK (one = 1),
            ADD CONSTRAINT log_head_hash_check CHECK (length(head_hash) = 32)",
        "DROP TABLE leases",
        "DROP TABLE parked",
        "DROP FUNCTION append_batch",
        "DROP TYPE event_row",
        "DROP TYPE command_row",
        "DROP INDEX deadlines_in_order",
        "CREATE INDEX deadlines_by_time ON deadlines (due_at)",
    ];

    fn blob(hex: &str) -> String {
        format!("'{hex}'")
    }

    async fn tamper(&self, sql: &str) -> Result<(), sqlx::Error> {
        let mut database = PgConnection::connect_with(&self.options()).await?;
        database.execute(sql).await?;
        database.close().await
    }

    async fn refusal(&self, jurisdiction: &str) -> String {
        PostgresStore::connect(&self.address(), jurisdiction).await.expect_err("refused").to_string()
    }

    fn address(&self) -> String {
        self.options().to_url_lossy().to_string()
    }
}
