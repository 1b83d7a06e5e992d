//! Figures at length: `cargo run --release -p tests --bin metrics -- --events 1000000`.

use std::time::Instant;

use clap::Parser;
use tests::metrics::{compare, log};

/// 百万随机事件：增量指标 = 全量重放 = 按导出逐行另算 · figures counted on, anew, and by plain loops over the export
#[derive(Parser)]
struct Args {
    /// Events of the log.
    #[arg(long, default_value_t = 1_000_000)]
    events: usize,
    /// Days in between as of which they are compared too.
    #[arg(long, default_value_t = 3)]
    days: usize,
    /// Of the random lives.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() {
    let Args { events, days, seed } = Args::parse();
    let started = Instant::now();
    let folder = tempfile::tempdir().expect("a folder");
    let compared = compare(&log(events, seed), days, folder.path()).await;
    compared.wrong.iter().for_each(|wrong| println!("{wrong}"));
    println!(
        "{{\"events\":{},\"cases\":{},\"numbers\":{},\"different\":{},\"seconds\":{:.1}}}",
        compared.events,
        compared.cases,
        compared.numbers,
        compared.wrong.len(),
        started.elapsed().as_secs_f64()
    );
    std::process::exit(i32::from(!compared.wrong.is_empty()));
}
