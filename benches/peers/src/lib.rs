//! The fixed lifecycle workload, as every Rust peer lives it: five commands and seven events a case,
//! Chinese text, the sizes of `docs/decisions/0007-lifecycle-workload.md`. A peer wraps [`Fact`] as
//! its own event and asks [`Case`] as its own aggregate; this file knows no peer.

pub mod stock;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Whatever went wrong: a run that fails prints no figure.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What every peer is started with.
#[derive(Parser, Clone)]
pub struct Args {
    /// An empty database or file.
    #[arg(long)]
    pub database_url: String,
    /// How many cases.
    #[arg(long, default_value_t = 1_000)]
    pub cases: u64,
    /// How many of them at once.
    #[arg(long, default_value_t = 64)]
    pub in_flight: u64,
    /// Afterwards: read and fold the whole log again, and print that instead.
    #[arg(long)]
    pub replay: bool,
}

/// What is asked of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// A complaint has come in.
    Register,
    /// To the unit that has to solve it.
    Dispatch,
    /// The unit takes it.
    Acknowledge,
    /// The unit says what was done.
    SubmitResult,
    /// The complainant is content: the end.
    CallBack,
}

/// The life of a case.
pub const LIFE: [Command; 5] =
    [Command::Register, Command::Dispatch, Command::Acknowledge, Command::SubmitResult, Command::CallBack];

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Fact {
    /// About 600 bytes.
    Registered {
        case_no: String,
        source: String,
        channel: String,
        title: String,
        text: String,
        address: String,
        reporter: String,
    },
    /// About 200 bytes.
    Classified { item: String, item_name: String, place: String, rule: String },
    /// About 250 bytes.
    Dispatched { unit: String, rung: String, sign_due_at: String, resolve_due_at: String, rule: String },
    /// About 150 bytes.
    Acknowledged { unit: String, handler: String, note: String },
    /// About 350 bytes.
    ResultSubmitted { unit: String, solved: bool, reply: String },
    /// About 200 bytes.
    CalledBack { contacted: bool, solved: bool, satisfaction: String, note: String },
    /// About 200 bytes.
    Closed { closed_at: String, on_time: bool, outcome: String, note: String },
}

impl Fact {
    /// The variant's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Registered { .. } => "Registered",
            Self::Classified { .. } => "Classified",
            Self::Dispatched { .. } => "Dispatched",
            Self::Acknowledged { .. } => "Acknowledged",
            Self::ResultSubmitted { .. } => "ResultSubmitted",
            Self::CalledBack { .. } => "CalledBack",
            Self::Closed { .. } => "Closed",
        }
    }
}

/// How far a case is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The last thing that happened, if anything.
    pub last: Option<String>,
    /// The unit that answers.
    pub unit: Option<String>,
    /// Whether the result was accepted.
    pub solved: bool,
}

/// Not now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub Command);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} is not possible now", self.0)
    }
}

impl std::error::Error for Refused {}

impl Case {
    /// The rule: one step after the other.
    ///
    /// # Errors
    /// [`Refused`] out of turn.
    pub fn decide(&self, command: Command) -> Result<Vec<Fact>, Refused> {
        match (self.last.as_deref(), command) {
            (None, Command::Register) => Ok(vec![registered(), classified()]),
            (Some("Classified"), Command::Dispatch) => Ok(vec![dispatched()]),
            (Some("Dispatched"), Command::Acknowledge) => Ok(vec![acknowledged()]),
            (Some("Acknowledged"), Command::SubmitResult) => Ok(vec![result()]),
            (Some("ResultSubmitted"), Command::CallBack) => Ok(vec![called_back(), closed()]),
            _ => Err(Refused(command)),
        }
    }

    /// The fold.
    pub fn apply(&mut self, fact: &Fact) {
        self.last = Some(fact.name().to_owned());
        match fact {
            Fact::Dispatched { unit, .. } => self.unit = Some(unit.clone()),
            Fact::ResultSubmitted { solved, .. } => self.solved = *solved,
            _ => {}
        }
    }
}

fn registered() -> Fact {
    Fact::Registered {
        case_no: "20261120-7K3QD".to_owned(),
        source: "12345-hotline".to_owned(),
        channel: "phone".to_owned(),
        title: "小区南门道路积水无人清理".to_owned(),
        text: "连续下雨后南门外道路积水，老人和孩子出行不便，希望尽快疏通并说明原因。".repeat(3),
        address: "长桥街道龙桥社区南门外一百米路口".to_owned(),
        reporter: "王女士 13800000000".to_owned(),
    }
}

fn classified() -> Fact {
    Fact::Classified {
        item: "0103".to_owned(),
        item_name: "市政设施·道路积水".to_owned(),
        place: "长桥街道龙桥社区第三网格".to_owned(),
        rule: "catalogue 2026-01 row 0103".to_owned(),
    }
}

fn dispatched() -> Fact {
    Fact::Dispatched {
        unit: "320506-cq-lq-g03".to_owned(),
        rung: "grid".to_owned(),
        sign_due_at: "2026-11-20T10:30:00+08:00".to_owned(),
        resolve_due_at: "2026-11-25T17:30:00+08:00".to_owned(),
        rule: "首接负责；签收二小时，办结三个工作日".to_owned(),
    }
}

fn acknowledged() -> Fact {
    Fact::Acknowledged {
        unit: "320506-cq-lq-g03".to_owned(),
        handler: "user:handler".to_owned(),
        note: "已签收，网格员十分钟内到场".to_owned(),
    }
}

fn result() -> Fact {
    Fact::ResultSubmitted {
        unit: "320506-cq-lq-g03".to_owned(),
        solved: true,
        reply: "已现场处置，疏通雨水口两处，道路恢复畅通，并加强巡查，向来电人说明。".repeat(2)
            + "请放心出行。",
    }
}

fn called_back() -> Fact {
    Fact::CalledBack {
        contacted: true,
        solved: true,
        satisfaction: "satisfied".to_owned(),
        note: "来电人表示积水已清，对处理结果满意，感谢工作人员".to_owned(),
    }
}

fn closed() -> Fact {
    Fact::Closed {
        closed_at: "2026-11-20T16:05:00+08:00".to_owned(),
        on_time: true,
        outcome: "solved".to_owned(),
        note: "按时办结，回访满意，归档；如再积水可随时来电重办".to_owned(),
    }
}

/// One peer: a store and its framework, ready to take commands.
pub trait Peer: Send + Sync + 'static {
    /// Decides and appends; durable when it returns.
    fn execute(&self, case: Uuid, command: Command) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Lives all the cases and prints the figures as the last line.
///
/// # Errors
/// The first command that failed.
pub async fn run<P: Peer>(args: &Args, peer: P) -> Result<(), Failure> {
    let peer = Arc::new(peer);
    let next = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut workers = Vec::new();
    for _ in 0..args.in_flight.max(1) {
        workers.push(tokio::spawn(work(peer.clone(), next.clone(), args.cases)));
    }
    let mut latencies = Vec::new();
    for worker in workers {
        latencies.extend(worker.await??);
    }
    report(args.cases, started.elapsed(), latencies);
    Ok(())
}

async fn work<P: Peer>(peer: Arc<P>, next: Arc<AtomicU64>, cases: u64) -> Result<Vec<Duration>, Failure> {
    let mut latencies = Vec::new();
    while next.fetch_add(1, Ordering::Relaxed) < cases {
        let case = Uuid::now_v7();
        for command in LIFE {
            let asked = Instant::now();
            peer.execute(case, command).await?;
            latencies.push(asked.elapsed());
        }
    }
    Ok(latencies)
}

fn report(cases: u64, elapsed: Duration, mut latencies: Vec<Duration>) {
    latencies.sort_unstable();
    let seconds = elapsed.as_secs_f64();
    let at = |share: f64| {
        let index = ((latencies.len() as f64 * share) as usize).min(latencies.len().saturating_sub(1));
        latencies.get(index).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
    };
    let figures = serde_json::json!({
        "commands": latencies.len(),
        "seconds": seconds,
        "commands_per_s": latencies.len() as f64 / seconds,
        "events_per_s": (cases * 7) as f64 / seconds,
        "p50_ms": at(0.50),
        "p99_ms": at(0.99),
    });
    println!("{figures}");
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn the_events_have_the_sizes_of_the_workload() {
        let mut case = Case::default();
        let mut sizes = Vec::new();
        for command in LIFE {
            for fact in case.decide(command).expect("in turn") {
                case.apply(&fact);
                sizes.push(serde_json::to_string(&fact).expect("json").len());
            }
        }
        let planned = [600, 200, 250, 150, 350, 200, 200];
        assert_eq!(sizes.len(), planned.len());
        for (size, planned) in sizes.iter().zip(planned) {
            assert!(size.abs_diff(planned) <= planned / 10, "{sizes:?}");
        }
    }

    #[test]
    fn a_step_out_of_turn_is_refused() {
        assert_eq!(Case::default().decide(Command::Dispatch), Err(Refused(Command::Dispatch)));
    }
}
