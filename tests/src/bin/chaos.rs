//! The trial by hand: `cargo run --release -p tests --bin chaos -- --messages 100000 --kill-engine 50
//! --kill-postgres 10 --kill-nats 10 --seconds 240`. Its last line is JSON; exit 1 where a promise did
//! not hold. Build the binary first: `cargo build --release -p gateway`.

use std::process::ExitCode;

use clap::Parser;
use tests::chaos::{self, Plan};

/// Kills engines, database and bus under load, and counts what was lost or doubled
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    plan: Plan,
}

#[tokio::main]
async fn main() -> ExitCode {
    let summary = chaos::run(&Options::parse().plan).await;
    println!("{}", serde_json::to_string(&summary).expect("a summary"));
    if summary.broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
