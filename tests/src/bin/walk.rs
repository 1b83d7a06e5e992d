//! The exhaustive walk in full: `cargo run --release -p tests --bin walk`.

use std::time::Instant;

use clap::Parser;
use tests::walk::{Bound, World, walk};

/// 小世界的有界穷举 · every life of a small world, up to a bound
#[derive(Parser)]
struct Args {
    /// Commands of people after each beginning: two are walked in full in about two minutes.
    #[arg(long, default_value_t = 2)]
    moves: u8,
    /// Instants of the clock.
    #[arg(long, default_value_t = 7)]
    instants: usize,
    /// The walk ends with so many distinct states.
    #[arg(long, default_value_t = 10_000_000)]
    states: usize,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

fn main() {
    let Args { moves, instants, states, threads } = Args::parse();
    let started = Instant::now();
    let walked = walk(&World::small(), Bound { moves, instants, states, threads });
    for broken in &walked.broken {
        println!("{broken}");
    }
    println!(
        "{{\"states\":{},\"decisions\":{},\"steps\":{},\"complete\":{},\"broken\":{},\"seconds\":{:.1}}}",
        walked.states,
        walked.decisions,
        walked.steps,
        walked.complete,
        walked.broken.len(),
        started.elapsed().as_secs_f64()
    );
    std::process::exit(i32::from(!walked.broken.is_empty()));
}
