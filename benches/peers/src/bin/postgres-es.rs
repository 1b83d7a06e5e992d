//! cqrs-es on postgres-es 0.5: its stock framework, its stock table, its default pool.

use clap::Parser;
use peers::{Args, Case, Command, Failure, Peer};
use postgres_es::{PostgresCqrs, PostgresEventRepository, default_postgress_pool, postgres_cqrs};
use sqlx::Executor;
use uuid::Uuid;

/// The stock table, as its `db/init.sql` makes it.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS events (
    aggregate_type text                         NOT NULL,
    aggregate_id   text                         NOT NULL,
    sequence       bigint CHECK (sequence >= 0) NOT NULL,
    event_type     text                         NOT NULL,
    event_version  text                         NOT NULL,
    payload        json                         NOT NULL,
    metadata       json                         NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence))";

struct Stock(PostgresCqrs<Case>);

impl Peer for Stock {
    async fn execute(&self, case: Uuid, command: Command) -> Result<(), Failure> {
        Ok(self.0.execute(&case.to_string(), command).await?)
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let pool = default_postgress_pool(&args.database_url).await;
    pool.execute(TABLE).await?;
    if args.replay {
        return peers::stock::replay(PostgresEventRepository::new(pool)).await;
    }
    peers::run(&args, Stock(postgres_cqrs(pool, Vec::new(), ()))).await
}
