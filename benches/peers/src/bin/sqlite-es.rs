//! cqrs-es on sqlite-es 0.5: its stock framework and table, and its default pool; by default its own
//! `synchronous = NORMAL`, with `--full` the mode in which a commit survives a power cut, as ours.

use std::str::FromStr;

use clap::Parser;
use peers::{Args, Case, Command, Failure, Peer};
use sqlite_es::{SqliteCqrs, SqliteEventRepository, default_sqlite_pool, sqlite_cqrs};
use sqlx::Executor;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use uuid::Uuid;

/// The stock table, as its migration makes it.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS events (
    aggregate_type text                          NOT NULL,
    aggregate_id   text                          NOT NULL,
    sequence       integer CHECK (sequence >= 0) NOT NULL,
    event_type     text                          NOT NULL,
    event_version  text                          NOT NULL,
    payload        text                          NOT NULL,
    metadata       text                          NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)) STRICT";

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
    /// `synchronous = FULL`: every command is on disk before it answers.
    #[arg(long)]
    full: bool,
}

struct Stock(SqliteCqrs<Case>);

impl Peer for Stock {
    async fn execute(&self, case: Uuid, command: Command) -> Result<(), Failure> {
        Ok(self.0.execute(&case.to_string(), command).await?)
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let Line { args, full } = Line::parse();
    let pool = if full {
        // The stock pool but for the one setting.
        let options = SqliteConnectOptions::from_str(&args.database_url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        SqlitePoolOptions::new().max_connections(10).connect_with(options).await?
    } else {
        default_sqlite_pool(&args.database_url).await
    };
    pool.execute(TABLE).await?;
    if args.replay {
        return peers::stock::replay(SqliteEventRepository::new(pool)).await;
    }
    peers::run(&args, Stock(sqlite_cqrs(pool, Vec::new(), ()))).await
}
