//! esrs 0.18 on its `PgStore`, with optimistic locking, its faster way.

use clap::Parser;
use esrs::AggregateState;
use esrs::manager::AggregateManager;
use esrs::store::postgres::{PgStore, PgStoreBuilder};
use peers::{Args, Case, Command, Fact, Failure, Peer, Refused};
use sqlx::PgPool;
use uuid::Uuid;

#[derive(Clone)]
struct Complaint;

impl esrs::Aggregate for Complaint {
    const NAME: &'static str = "complaint";
    type State = Case;
    type Command = Command;
    type Event = Fact;
    type Error = Refused;

    fn handle_command(state: &Case, command: Command) -> Result<Vec<Fact>, Refused> {
        state.decide(command)
    }

    fn apply_event(mut state: Case, fact: Fact) -> Case {
        state.apply(&fact);
        state
    }
}

struct Stock(AggregateManager<PgStore<Complaint>>);

impl Peer for Stock {
    async fn execute(&self, case: Uuid, command: Command) -> Result<(), Failure> {
        let state = if command == Command::Register { None } else { self.0.load(case).await? };
        let state = state.unwrap_or_else(|| AggregateState::with_id(case));
        self.0.handle_command(state, command).await??;
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let pool = PgPool::connect(&args.database_url).await?;
    let store = PgStoreBuilder::new(pool).try_build().await?;
    peers::run(&args, Stock(AggregateManager::new(store))).await
}
