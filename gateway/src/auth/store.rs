//! Where accounts are kept: a small SQLite file beside the log, or the log's PostgreSQL, where all
//! gateways share them. The same statements run on both.

use std::path::Path;
use std::time::Duration;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{AnyPool, Executor};
use tokio::sync::broadcast;
use url::Url;

use super::session::Token;
use super::{Account, AccountError, DEMO_PASSWORD, Role, password};
use domain::ids::UnitId;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS accounts (
    name TEXT PRIMARY KEY,
    display TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('handler', 'dispatcher', 'supervisor', 'admin')),
    unit TEXT NOT NULL,
    password TEXT NOT NULL,
    token_hash TEXT UNIQUE
);
CREATE UNIQUE INDEX IF NOT EXISTS accounts_name ON accounts (lower(name));
CREATE TABLE IF NOT EXISTS sessions (
    token_hash TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS sessions_account ON sessions (account);
CREATE TABLE IF NOT EXISTS agreed (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS saved_views (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    unit TEXT NOT NULL,
    shared BIGINT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS saved_views_account ON saved_views (account);
CREATE INDEX IF NOT EXISTS saved_views_unit ON saved_views (unit, shared);
CREATE TABLE IF NOT EXISTS batches (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    action TEXT NOT NULL,
    fields TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    from_at BIGINT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS batches_open ON batches (from_at) WHERE state IN ('held', 'running');
CREATE INDEX IF NOT EXISTS batches_account ON batches (account, asked_at);
CREATE TABLE IF NOT EXISTS presence (
    case_no TEXT NOT NULL,
    account TEXT NOT NULL,
    typing BIGINT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (case_no, account)
);
CREATE TABLE IF NOT EXISTS batch_cases (
    batch TEXT NOT NULL,
    place BIGINT NOT NULL,
    case_no TEXT NOT NULL,
    outcome TEXT NOT NULL DEFAULT '',
    about TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (batch, place)
);
";
/// Gateways that start together make the tables once.
const ONCE: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('whistlepost accounts ' || current_schema(), 0));";

const COLUMNS: &str = "SELECT name, display, role, unit FROM accounts";
const CONNECTIONS: u32 = 4;
/// Looks that a slow page may be behind.
const LOOKS_KEPT: usize = 256;
/// A sign-in does not wait longer for a database that is away.
const PATIENCE: Duration = Duration::from_secs(5);

/// The accounts of one installation.
#[derive(Debug, Clone)]
pub struct Accounts {
    pool: AnyPool,
    /// Numbers of cases that somebody came to or left, on this node.
    looks: broadcast::Sender<String>,
}

impl Accounts {
    /// Opens the file, and makes it if it is not there.
    ///
    /// # Errors
    /// The file cannot be opened or written.
    pub async fn open(path: &Path) -> Result<Accounts, AccountError> {
        let path = std::path::absolute(path).map_err(sqlx::Error::Io)?;
        let mut url = Url::from_file_path(&path).map_err(|()| AccountError::Place)?;
        url.set_query(Some("mode=rwc"));
        let url = url.as_str().replacen("file:", "sqlite:", 1);
        let accounts = Accounts::connect(&url, CONNECTIONS).await?;
        accounts.pool.execute(sqlx::raw_sql("PRAGMA journal_mode = WAL")).await?;
        accounts.pool.execute(sqlx::raw_sql(SCHEMA)).await?;
        Ok(accounts)
    }

    /// Accounts that are gone with the process.
    ///
    /// # Errors
    /// The database cannot be made.
    pub async fn in_memory() -> Result<Accounts, AccountError> {
        // One connection that never ends: each would have a database of its own.
        let accounts = Accounts::connect("sqlite::memory:", 1).await?;
        accounts.pool.execute(sqlx::raw_sql(SCHEMA)).await?;
        Ok(accounts)
    }

    /// The accounts in this PostgreSQL database, in the first schema of its search path. The tables
    /// are made by the owner of the log's, where that is another role than the application's.
    ///
    /// # Errors
    /// The database cannot be reached, or the tables cannot be made.
    pub async fn shared(url: &str, owner_url: Option<&str>) -> Result<Accounts, AccountError> {
        let accounts = Accounts::connect(url, CONNECTIONS).await?;
        // The table that was added last.
        let made: bool = sqlx::query_scalar("SELECT to_regclass('batch_cases') IS NOT NULL")
            .fetch_one(&accounts.pool)
            .await?;
        if !made {
            let owner = match owner_url {
                Some(url) => Accounts::connect(url, 1).await?,
                None => accounts.clone(),
            };
            let user: String =
                sqlx::query_scalar("SELECT current_user::text").fetch_one(&accounts.pool).await?;
            let grant = format!(
                "GRANT SELECT, INSERT, UPDATE, DELETE ON accounts, sessions, agreed, saved_views, batches, \
                 batch_cases, presence TO \"{}\";",
                user.replace('"', "\"\"")
            );
            // One message is one transaction.
            let statements = format!("{ONCE} {SCHEMA} {grant}");
            owner.pool.execute(sqlx::raw_sql(&statements)).await?;
        }
        Ok(accounts)
    }

    async fn connect(url: &str, connections: u32) -> Result<Accounts, AccountError> {
        install_default_drivers();
        let pool = AnyPoolOptions::new()
            .max_connections(connections)
            .min_connections(1)
            .acquire_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect(url)
            .await?;
        Ok(Accounts { pool, looks: broadcast::Sender::new(LOOKS_KEPT) })
    }

    /// The first to say a value sets it for all who share these accounts; what is kept under the name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn agree(&self, name: &str, value: &str) -> Result<String, AccountError> {
        sqlx::query("INSERT INTO agreed (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(name)
            .bind(value)
            .execute(&self.pool)
            .await?;
        let kept = sqlx::query_scalar("SELECT value FROM agreed WHERE name = $1").bind(name);
        Ok(kept.fetch_one(&self.pool).await?)
    }

    pub(super) fn looked(&self) -> &broadcast::Sender<String> {
        &self.looks
    }

    pub(super) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Adds an account.
    ///
    /// # Errors
    /// The name is malformed or taken, the password too short, or the store failed.
    pub async fn add(&self, account: &Account, password: &str) -> Result<(), AccountError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if !(2..=40).contains(&account.name.len()) || !account.name.chars().all(plain) {
            return Err(AccountError::Name);
        }
        let hash = password::hash(password).await?;
        let added = sqlx::query(
            "INSERT INTO accounts (name, display, role, unit, password) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
        )
        .bind(&account.name)
        .bind(&account.display)
        .bind(account.role.as_str())
        .bind(account.unit.as_str())
        .bind(hash)
        .execute(&self.pool)
        .await?;
        if added.rows_affected() == 0 { Err(AccountError::Exists) } else { Ok(()) }
    }

    /// Removes an account and its sessions. What it did stays in the log.
    ///
    /// # Errors
    /// There is no such account, or the store failed.
    pub async fn remove(&self, name: &str) -> Result<(), AccountError> {
        sqlx::query("DELETE FROM sessions WHERE lower(account) = lower($1)")
            .bind(name)
            .execute(&self.pool)
            .await?;
        let gone = sqlx::query("DELETE FROM accounts WHERE lower(name) = lower($1)")
            .bind(name)
            .execute(&self.pool)
            .await?;
        if gone.rows_affected() == 0 { Err(AccountError::Unknown) } else { Ok(()) }
    }

    /// Every account, by name.
    ///
    /// # Errors
    /// The store failed.
    pub async fn list(&self) -> Result<Vec<Account>, AccountError> {
        let rows: Vec<Row> =
            sqlx::query_as(&format!("{COLUMNS} ORDER BY name")).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().filter_map(account).collect())
    }

    /// The account of this name.
    ///
    /// # Errors
    /// The store failed.
    pub async fn find(&self, name: &str) -> Result<Option<Account>, AccountError> {
        let row: Option<Row> = sqlx::query_as(&format!("{COLUMNS} WHERE lower(name) = lower($1)"))
            .bind(name)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.and_then(account))
    }

    /// The account, if the password is its own. An unknown name takes as long as a known one.
    ///
    /// # Errors
    /// The store failed.
    pub async fn verify(&self, name: &str, password: &str) -> Result<Option<Account>, AccountError> {
        let hash: Option<(String,)> =
            sqlx::query_as("SELECT password FROM accounts WHERE lower(name) = lower($1)")
                .bind(name)
                .fetch_optional(&self.pool)
                .await?;
        if !password::matches(password, hash.map(|(hash,)| hash)).await {
            return Ok(None);
        }
        self.find(name).await
    }

    /// Sets a new password and ends the sessions that began with the old one.
    ///
    /// # Errors
    /// There is no such account, the password is too short, or the store failed.
    pub async fn set_password(&self, name: &str, password: &str) -> Result<(), AccountError> {
        let hash = password::hash(password).await?;
        let set = sqlx::query("UPDATE accounts SET password = $2 WHERE lower(name) = lower($1)")
            .bind(name)
            .bind(hash)
            .execute(&self.pool)
            .await?;
        if set.rows_affected() == 0 {
            return Err(AccountError::Unknown);
        }
        sqlx::query("DELETE FROM sessions WHERE lower(account) = lower($1)")
            .bind(name)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Gives the account a new API token; the old one is void. Shown once, stored as a hash.
    ///
    /// # Errors
    /// There is no such account, or the store failed.
    pub async fn issue_token(&self, name: &str) -> Result<Token, AccountError> {
        let token = Token::random();
        let set = sqlx::query("UPDATE accounts SET token_hash = $2 WHERE lower(name) = lower($1)")
            .bind(name)
            .bind(token.hash())
            .execute(&self.pool)
            .await?;
        if set.rows_affected() == 0 { Err(AccountError::Unknown) } else { Ok(token) }
    }

    /// Whose API token it is.
    ///
    /// # Errors
    /// The store failed.
    pub async fn by_token(&self, token: &Token) -> Result<Option<Account>, AccountError> {
        let row: Option<Row> = sqlx::query_as(&format!("{COLUMNS} WHERE token_hash = $1"))
            .bind(token.hash())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.and_then(account))
    }

    /// Whether anybody still has the password that the demo prints.
    ///
    /// # Errors
    /// The store failed.
    pub async fn has_demo_passwords(&self) -> Result<bool, AccountError> {
        let hashes: Vec<(String,)> =
            sqlx::query_as("SELECT password FROM accounts").fetch_all(&self.pool).await?;
        for (hash,) in hashes {
            if password::matches(DEMO_PASSWORD, Some(hash)).await {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

type Row = (String, String, String, String);

pub(super) fn account((name, display, role, unit): Row) -> Option<Account> {
    Some(Account { name, display, role: Role::parse(&role)?, unit: UnitId::new(unit) })
}
