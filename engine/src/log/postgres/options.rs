//! Where a log in PostgreSQL is, and as whom it is opened.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgPool};

use super::CALL_TIMEOUT;
use crate::log::StoreError;

/// After this the server gives up on a statement, and on waiting for the append lock.
const STATEMENT_TIMEOUT: &str = "30s";
/// A transaction in which nothing is asked for so long is given up by the server.
const VANISHED: &str = "30s";
/// A connection that was idle for longer is asked whether it still stands before it is used.
const TRUSTED: Duration = Duration::from_secs(1);

/// How a log in PostgreSQL is opened. A plain URL is enough: then one role migrates and writes.
#[derive(Clone)]
pub struct PostgresOptions {
    /// The database as the application's role, which can read and append; `sslmode`, `sslrootcert`
    /// and the like are parameters of the URL.
    pub url: String,
    /// The same database as the owner of the tables, who makes and migrates them and grants the
    /// application's role what it needs.
    pub owner_url: Option<String>,
    /// Schema of the tables; none for the first of the role's search path.
    pub schema: Option<String>,
    /// Most connections of the pool.
    pub connections: u32,
}

impl PostgresOptions {
    /// The log in this database, opened by one role.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), owner_url: None, schema: None, connections: 8 }
    }

    /// The same, with another role that owns the tables.
    #[must_use]
    pub fn owned_by(self, owner_url: Option<String>) -> Self {
        Self { owner_url, ..self }
    }

    /// The same, in this schema.
    #[must_use]
    pub fn in_schema(self, schema: impl Into<String>) -> Self {
        Self { schema: Some(schema.into()), ..self }
    }

    /// How the application's role connects.
    pub(super) fn application(&self) -> Result<PgConnectOptions, StoreError> {
        // Whatever the server's own default is: an answer means that the log is on disk.
        let options = self.parse(&self.url)?;
        Ok(options.options([
            ("synchronous_commit", "on"),
            ("statement_timeout", STATEMENT_TIMEOUT),
            // `append_batch` reads what was committed before each of its statements.
            ("default_transaction_isolation", r"read\ committed"),
            // A node that vanishes between two statements must not keep the append lock.
            ("idle_in_transaction_session_timeout", VANISHED),
            // What is read in order is read by an index that has that order, also before the tables were
            // analysed for the first time.
            ("enable_bitmapscan", "off"),
            ("tcp_keepalives_idle", "10"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "3"),
        ]))
    }

    /// How the owner connects: a migration may take its time.
    pub(super) fn owner(&self) -> Result<Option<PgConnectOptions>, StoreError> {
        self.owner_url.as_deref().map(|url| self.parse(url)).transpose()
    }

    fn parse(&self, url: &str) -> Result<PgConnectOptions, StoreError> {
        let options = PgConnectOptions::from_str(url)?;
        Ok(match &self.schema {
            // In what a session starts with, a space ends a word.
            Some(schema) => {
                let path = quoted(schema).replace('\\', "\\\\").replace(' ', "\\ ");
                options.options([("search_path", path)])
            }
            None => options,
        })
    }

    /// A pool that asks a connection how it is only when it has been idle.
    pub(super) async fn pool(&self, options: PgConnectOptions) -> Result<PgPool, StoreError> {
        let pool = PgPoolOptions::new()
            .max_connections(self.connections)
            .acquire_timeout(CALL_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire(|connection, state| {
                Box::pin(async move {
                    if state.idle_for > TRUSTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            });
        Ok(pool.connect_with(options).await?)
    }
}

/// Without the URLs: they may hold passwords.
impl std::fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresOptions").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl From<&str> for PostgresOptions {
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

impl From<&String> for PostgresOptions {
    fn from(url: &String) -> Self {
        Self::new(url)
    }
}

/// A name as SQL writes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
