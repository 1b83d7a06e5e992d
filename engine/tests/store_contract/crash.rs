//! A writer is killed again and again.
//!
//! A log in memory ends with its process, so there is nothing to lose and nothing to test.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use engine::log::Store;
use rand::Rng;
use uuid::Uuid;

use crate::entries::{all, faults};
use crate::places::{JURISDICTION, Reachable};

const KILLS: usize = 50;
const COMMANDS: u32 = 20_000;

/// Kills a writer at random moments, lets one finish, and compares the log with what was sent.
pub async fn fifty_kills_lose_nothing_and_repeat_nothing<P: Reachable>(place: &P) {
    place.open().await;
    let address = place.address();
    let acknowledged =
        tokio::task::spawn_blocking(move || write_to_the_end(&address)).await.expect("it ends");

    let store = place.open().await;
    let known = store.receipts(&acknowledged).await.expect("an answer");
    let lost = acknowledged.len() - known.len();
    assert_eq!(lost, 0, "acknowledged commands were lost");
    let rows = all(&store).await;
    let ids: Vec<_> = rows.iter().filter(|row| row.sequence == 1).map(|row| row.command_id).collect();
    let once: HashSet<_> = ids.iter().copied().collect();
    assert_eq!(ids.len(), once.len(), "a command was written twice");
    assert_eq!(once, (0..u128::from(COMMANDS)).map(Uuid::from_u128).collect());
    assert_eq!(faults(&store).await, []);
    assert_eq!(store.self_check().await.expect("an answer").faults, Vec::<String>::new());
}

/// The commands that some writer said were written.
fn write_to_the_end(address: &str) -> Vec<Uuid> {
    let mut acknowledged = HashSet::new();
    let mut cut_short = 0;
    for _ in 0..KILLS {
        let mut writer = start(address);
        let lines = lines_of(&mut writer);
        // Counted from its first sign of life, so that most of the time something is under way.
        let first = lines.recv_timeout(Duration::from_secs(60)).expect("the writer writes");
        std::thread::sleep(Duration::from_micros(rand::rng().random_range(0..20_000)));
        writer.kill().expect("it can be killed");
        cut_short += usize::from(!writer.wait().expect("it ended").success());
        acknowledged.extend(std::iter::once(first).chain(lines.iter()).flatten());
    }
    assert_eq!(cut_short, KILLS, "the writer was done too early: give it more to do");
    let mut last = start(address);
    acknowledged.extend(lines_of(&mut last).iter().flatten());
    assert!(last.wait().expect("it ended").success(), "the last writer reaches its end");
    acknowledged.into_iter().collect()
}

/// The program `examples/crash_writer.rs`, which Cargo builds beside the tests.
fn start(address: &str) -> Child {
    let test = std::env::current_exe().expect("this program");
    let program: PathBuf = test.ancestors().nth(2).expect("the target folder").join("examples/crash_writer");
    assert!(program.exists(), "cargo build -p engine --example crash_writer");
    Command::new(program)
        .args([address, JURISDICTION, &COMMANDS.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the writer starts")
}

/// Each line names the commands of one batch that is in the log.
fn lines_of(writer: &mut Child) -> mpsc::Receiver<Vec<Uuid>> {
    let (sender, receiver) = mpsc::channel();
    let output = writer.stdout.take().expect("its output");
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // A line that the kill cut in two says nothing.
            let Some(ids) = line.strip_suffix('.') else { break };
            let ids = ids.split_whitespace().filter_map(|id| id.parse().ok()).map(Uuid::from_u128);
            if sender.send(ids.collect()).is_err() {
                break;
            }
        }
    });
    receiver
}
