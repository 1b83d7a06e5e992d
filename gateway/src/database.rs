//! Waits for a PostgreSQL that is not up yet.

use std::time::{Duration, Instant};

use engine::log::StoreError;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tracing::{info, warn};

use crate::auth::AccountError;
use crate::compose::ComposeError;

/// PostgreSQL's code for what a role may not do.
const NOT_GRANTED: &str = "42501";
/// Deadline of one try.
const TRY: Duration = Duration::from_secs(5);
/// The longest pause between two.
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// How often it is said that we are still waiting.
const REMIND: Duration = Duration::from_secs(30);

/// Returns once the database answers; after `patience`, or where waiting cannot help, with the reason.
///
/// # Errors
/// The last try's.
pub async fn reachable(url: &str, patience: Duration) -> Result<(), sqlx::Error> {
    let options: PgConnectOptions = url.parse()?;
    let place = format!("{}:{}", options.get_host(), options.get_port());
    let started = Instant::now();
    let mut told: Option<Instant> = None;
    let mut pause = Duration::from_millis(100);
    loop {
        let error = match knock(&options).await {
            Ok(()) => {
                if told.is_some() {
                    info!(place, "数据库已连上 · the database answers");
                }
                return Ok(());
            }
            Err(error) => error,
        };
        if !may_pass(&error) || started.elapsed() >= patience {
            return Err(error);
        }
        if told.is_none_or(|told| told.elapsed() >= REMIND) {
            let at_most = patience.as_secs();
            warn!(place, %error, at_most, "数据库还不能用，等待中 · waiting for the database");
            told = Some(Instant::now());
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

/// What only the owner of the tables could do was not granted: that is told with the role.
pub fn needs_owner(url: &str, error: AccountError) -> ComposeError {
    match (&error, url.parse::<PgConnectOptions>()) {
        (AccountError::Store(sqlx::Error::Database(refusal)), Ok(options))
            if refusal.code().as_deref() == Some(NOT_GRANTED) =>
        {
            StoreError::TablesMissing(options.get_username().to_owned()).into()
        }
        _ => error.into(),
    }
}

async fn knock(options: &PgConnectOptions) -> Result<(), sqlx::Error> {
    let silent = |_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
    let connection = tokio::time::timeout(TRY, options.connect()).await.map_err(silent)??;
    connection.close().await
}

/// Whether time may mend it: nobody listens yet, the server is starting or stopping, or it has no
/// room at the moment. A wrong password or database is no matter of time.
fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        // A balancer in front of a server that is away takes the call and hangs up: no protocol at all.
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| code.starts_with("57P") || code == "53300")
        }
        _ => false,
    }
}
