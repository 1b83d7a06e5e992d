//! The trial: hotlines send, engines, database and bus are killed at random, and at the end every
//! promise of `docs/bus.md` is counted.

mod check;
pub mod letters;
pub mod servers;
mod traffic;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream::Context;
use check::Broken;
use engine::bus::subject::Subjects;
use letters::Letter;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::Serialize;
use serde_json::Value;
use servers::Server;
use tokio::sync::Mutex;
use traffic::{Read, Tasks};

/// The sample's jurisdiction.
const JURISDICTION: &str = "320506";
/// Where there is no progress for so long, there will be none.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often the trial looks.
const LOOK: Duration = Duration::from_millis(500);

/// What is tried.
#[derive(Debug, Clone, clap::Args)]
pub struct Plan {
    /// Messages that the hotlines send
    #[arg(long, default_value_t = 3_000)]
    pub messages: usize,
    /// How often one of the engines is killed
    #[arg(long, default_value_t = 5)]
    pub kill_engine: usize,
    /// How often PostgreSQL is killed
    #[arg(long, default_value_t = 1)]
    pub kill_postgres: usize,
    /// How often NATS is killed
    #[arg(long, default_value_t = 1)]
    pub kill_nats: usize,
    /// Engines that share the log
    #[arg(long, default_value_t = 2)]
    pub engines: usize,
    /// Over how many seconds sending and killing are spread
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// What the dice begin with
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The NATS server's program
    #[arg(long, default_value = "nats-server")]
    pub nats_server: PathBuf,
    /// Keep the servers' files here, where they can be looked at afterwards
    #[arg(long)]
    pub keep: Option<PathBuf>,
}

/// How it went.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Messages sent.
    pub messages: usize,
    /// Of these, sent again because the bus did not confirm them in time.
    pub sent_again: usize,
    /// Orders among them: what there should be in cases.
    pub distinct_orders: usize,
    /// Cases that there are.
    pub cases: usize,
    /// Receipts, each once.
    pub receipts: usize,
    /// Tasks that were signed.
    pub signed: usize,
    /// Tasks, receipts and status that came more than once, under the same id.
    pub repeated: usize,
    /// Dead letters.
    pub dead: usize,
    /// SIGKILLs of an engine.
    pub killed_engine: usize,
    /// SIGKILLs of PostgreSQL and all its processes.
    pub killed_postgres: usize,
    /// SIGKILLs of NATS.
    pub killed_nats: usize,
    /// Engines that ended by themselves and were started again.
    pub ended_by_itself: usize,
    /// From the first message to the last signature.
    pub seconds: f64,
    /// `whistlepost verify` finds nothing.
    pub verified: bool,
    /// Promises that did not hold.
    pub broken: usize,
    /// The first of them.
    pub named: Vec<String>,
    /// With none broken: at 95 % confidence at most this share of messages is lost or doubled.
    pub bound: Option<f64>,
}

/// All servers of a trial.
struct House {
    folder: PathBuf,
    postgres: Mutex<Server>,
    nats: Mutex<Server>,
    engines: Vec<Mutex<Server>>,
    nats_url: String,
    postgres_url: String,
}

impl House {
    fn new(plan: &Plan, folder: &Path) -> Self {
        let (postgres, postgres_url) = servers::postgres(folder);
        let (nats, nats_url) = servers::nats(folder, &plan.nats_server);
        let engine = |number: usize| {
            let (name, data) = (format!("engine-{number}"), folder.join(format!("data-{number}")));
            let config = folder.join(format!("{name}.toml"));
            let text = format!(
                "data = {data:?}\nmaster_key = {key:?}\n[http]\naddress = \"127.0.0.1:0\"\n\
                 [postgres]\nurl = {postgres_url:?}\n[nats]\nurl = {nats_url:?}\n",
                key = "42".repeat(32),
            );
            std::fs::write(&config, text).expect("written");
            let config = config.display().to_string();
            Mutex::new(Server::new(folder, &name, &crate::whistlepost(), &["serve", "--config", &config]))
        };
        let engines = (0..plan.engines).map(engine).collect();
        let folder = folder.to_owned();
        Self {
            folder,
            postgres: Mutex::new(postgres),
            nats: Mutex::new(nats),
            engines,
            nats_url,
            postgres_url,
        }
    }

    async fn start(&self) {
        self.postgres.lock().await.start();
        self.nats.lock().await.start();
        for engine in &self.engines {
            engine.lock().await.start();
        }
    }

    /// Starts again what has ended, as a service manager would.
    async fn tend(self: Arc<Self>) {
        loop {
            for server in self.engines.iter().chain([&self.postgres, &self.nats]) {
                let mut server = server.lock().await;
                if !server.runs() {
                    server.start();
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Everything that the command line says, with the first node's configuration.
    fn whistlepost(&self, arguments: &[&str]) -> (bool, String) {
        let config = self.folder.join("engine-0.toml");
        let output = Command::new(crate::whistlepost())
            .args(arguments)
            .arg("--config")
            .arg(config)
            .output()
            .expect("the binary runs");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Runs the trial.
pub async fn run(plan: &Plan) -> Summary {
    let scratch = tempfile::tempdir().expect("a folder");
    let folder = plan.keep.clone().unwrap_or_else(|| scratch.path().to_owned());
    std::fs::create_dir_all(&folder).expect("a folder");
    // PostgreSQL runs as another user, and must be able to get here.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&folder, open).expect("opened");
    let house = Arc::new(House::new(plan, &folder));
    house.start().await;
    let letters = Arc::new(letters::letters(plan.messages, plan.seed));
    let bus = traffic::connect(&house.nats_url).await;
    ready(&bus).await;

    let (read, tasks) = (Arc::new(Mutex::new(Read::default())), Arc::new(Mutex::new(Tasks::default())));
    let subjects = Subjects::new(JURISDICTION);
    let started = Instant::now();
    let mut outside = tokio::task::JoinSet::new();
    outside.spawn(traffic::follow(bus.clone(), read.clone()));
    outside.spawn(traffic::work(traffic::connect(&house.nats_url).await, subjects.clone(), tasks.clone()));
    outside.spawn(house.clone().tend());
    let over = Duration::from_secs(plan.seconds);
    let (sent_again, ()) =
        tokio::join!(traffic::send(bus.clone(), subjects, letters.clone(), over), strike(plan, &house));
    settled(&letters, &read, &tasks).await;
    let seconds = started.elapsed().as_secs_f64();
    outside.abort_all();
    while outside.join_next().await.is_some() {}
    let (read, tasks) = (read.lock().await, tasks.lock().await);
    let mut summary = judge(&house, &bus, &letters, &read, &tasks).await;
    summary.sent_again = sent_again;
    summary.seconds = seconds;
    summary
}

/// Waits until the engines have made their streams.
async fn ready(bus: &Context) {
    for _ in 0..600 {
        if bus.get_stream("DEAD").await.is_ok() {
            return;
        }
        tokio::time::sleep(LOOK / 5).await;
    }
    panic!("no engine has made its streams");
}

/// Kills, each at a random moment, and lets what was killed stay away for a random while.
async fn strike(plan: &Plan, house: &House) {
    let mut rng = StdRng::seed_from_u64(plan.seed ^ 0xdead);
    let mut blows = Vec::new();
    for (target, count) in [plan.kill_engine, plan.kill_postgres, plan.kill_nats].into_iter().enumerate() {
        for _ in 0..count {
            let at = Duration::from_secs(plan.seconds).mul_f64(rng.random_range(0.05..1.0));
            let away = Duration::from_millis(rng.random_range(0..1_000));
            blows.push((at, away, target, rng.random_range(0..plan.engines)));
        }
    }
    blows.sort();
    let started = tokio::time::Instant::now();
    for (at, away, target, engine) in blows {
        tokio::time::sleep_until(started + at).await;
        let server = match target {
            0 => &house.engines[engine],
            1 => &house.postgres,
            _ => &house.nats,
        };
        // A blow that finds nobody is none: it waits for the server to be up again.
        loop {
            let mut server = server.lock().await;
            if server.runs() {
                server.kill();
                tokio::time::sleep(away).await;
                server.start();
                break;
            }
            drop(server);
            tokio::time::sleep(LOOK / 5).await;
        }
    }
}

/// Waits until every message is answered and every task signed, or nothing moves any more.
async fn settled(letters: &[Letter], read: &Mutex<Read>, tasks: &Mutex<Tasks>) {
    let orders = letters::orders(letters).len();
    let mut last = (0, 0, 0);
    let mut moved = Instant::now();
    loop {
        let (unanswered, signed) = {
            let read = read.lock().await;
            (check::unanswered(letters, &read), read.signed.len())
        };
        if unanswered == 0 && signed >= orders {
            // What comes too often comes soon after.
            return tokio::time::sleep(LOOK * 4).await;
        }
        let now = (unanswered, signed, tasks.lock().await.of.len());
        if now != last {
            (last, moved) = (now, Instant::now());
        }
        if moved.elapsed() > PATIENCE {
            return;
        }
        eprintln!("{unanswered} messages unanswered, {signed} of {orders} cases signed");
        tokio::time::sleep(LOOK * 4).await;
    }
}

async fn judge(house: &House, bus: &Context, letters: &[Letter], read: &Read, tasks: &Tasks) -> Summary {
    let mut broken = Broken::default();
    let numbers = check::receipts(letters, read, &mut broken);
    check::tasks(&numbers, read, tasks, &mut broken);
    let dead = check::dead(bus, letters, &mut broken).await;
    let in_log = check::log(&house.postgres_url, numbers.len(), &mut broken).await;
    let mut ended_by_itself = 0;
    let mut killed_engine = 0;
    for engine in &house.engines {
        let mut engine = engine.lock().await;
        engine.stop();
        killed_engine += engine.killed;
        ended_by_itself += engine.ended;
    }
    let (verified, report) = house.whistlepost(&["verify", "--json"]);
    if !verified {
        broken.note(format!("verify: {report}"));
    }
    let (_, table) = house.whistlepost(&["export", "cases", "--format", "jsonl"]);
    let rows = table.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let exported: Vec<_> = rows.filter_map(|row| row["external_id"].as_str().map(str::to_owned)).collect();
    check::exported(&exported, &numbers, &mut broken);
    let distinct_orders = letters::orders(letters).len();
    Summary {
        messages: letters.len(),
        sent_again: 0,
        distinct_orders,
        cases: in_log,
        receipts: read.receipts.len(),
        signed: read.signed.len(),
        repeated: read.repeated + tasks.repeated,
        dead,
        killed_engine,
        killed_postgres: house.postgres.lock().await.killed,
        killed_nats: house.nats.lock().await.killed,
        ended_by_itself,
        seconds: 0.0,
        verified,
        broken: broken.count,
        bound: (broken.count == 0).then(|| 3.0 / letters.len() as f64),
        named: broken.named,
    }
}
