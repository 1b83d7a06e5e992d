//! How long a revised calendar takes over all open cases: the real binary serves, previews and applies it
//! while complaints come in, and may be killed in the middle.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use benches::served::{House, Service};
use benches::{Failure, percentile};
use clap::Parser;
use domain::calendar::Budget;
use domain::case::Event as CaseEvent;
use domain::ids::Rung;
use domain::sample;
use domain::stream::Event;
use engine::log::postgres::PostgresStore;
use engine::log::sqlite::SqliteStore;
use engine::log::{Store, replay};
use jiff::{ToSpan, Zoned};
use serde_json::{Value, json};

/// Imports open cases, serves them, publishes holidays, previews and applies them, and prints how long it took.
#[derive(Parser)]
struct Args {
    /// The binary `whistlepost`; the one beside this program if absent.
    #[arg(long)]
    program: Option<PathBuf>,
    /// Open cases.
    #[arg(long, default_value_t = 100_000)]
    cases: usize,
    /// Complaints a second that come in meanwhile, if each is answered in time.
    #[arg(long, default_value_t = 20)]
    incoming: u32,
    /// A database that is empty; the log is a file if absent.
    #[arg(long)]
    database_url: Option<String>,
    /// Kill the service once this share of a hundred is applied, and start it again.
    #[arg(long, value_name = "PERCENT")]
    kill: Option<u64>,
    /// The last line of output is a JSON document.
    #[arg(long)]
    json: bool,
}

/// How long the revision is waited for.
const PATIENCE: Duration = Duration::from_secs(600);
/// How far the views may be behind the log when it has ended.
const VIEWS: Duration = Duration::from_secs(20);
/// How often each preview is asked for.
const PREVIEWS: usize = 3;

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let folder = tempfile::tempdir()?;
    let house = house(&args, folder.path())?;
    let imported = house.import(complaints(args.cases)?, &[])?;
    house.account("the-administrator", "admin", "320506")?;
    house.account("the-hotline", "dispatcher", "320506")?;
    let (admin, hotline) = (house.token("the-administrator")?, house.token("the-hotline")?);
    let service = RwLock::new(Some(Service::start(&house)?));
    let bench = Bench { house, service, admin, hotline };
    bench.publish_holidays(&folder.path().join("rules/calendar/cn.json"))?;
    let preview = bench.previewed()?;
    let (applied, latencies) = bench.apply(&preview, &args)?;
    let left = bench.left()?;
    bench.stop()?;
    bench.house.run(&["verify"], "")?;
    let (changed, twice) = counted(&args, folder.path())?;
    let told = json!({
        "open": preview["open"], "imported": imported["opened"], "cases": preview["cases"],
        "preview_seconds": preview["seconds"], "apply_seconds": applied.as_secs_f64(),
        "changed": changed, "twice": twice, "left": left,
        "taken_in_meanwhile": latencies.len(), "intake_p50_ms": percentile(&latencies, 0.5),
        "intake_p99_ms": percentile(&latencies, 0.99), "intake_worst_ms": percentile(&latencies, 1.0), "killed": args.kill.is_some(),
    });
    if args.json {
        println!("{told}");
    } else {
        println!("{told:#}");
    }
    Ok(())
}

/// A house with rules in files.
fn house(args: &Args, folder: &Path) -> Result<House, Failure> {
    let rules = folder.join("rules");
    for (name, text) in [
        ("calendar/cn.json", sample::CALENDAR),
        ("org/units.csv", sample::UNITS),
        ("policy/catalogue.csv", sample::CATALOGUE),
        ("policy/sla.toml", sample::SLA),
        ("policy/ladder.toml", sample::LADDER),
    ] {
        let file = rules.join(name);
        std::fs::create_dir_all(file.parent().ok_or("a folder")?)?;
        std::fs::write(file, text)?;
    }
    let house = House::new(args.program.clone(), folder.join("data"))?.with("--policy", &rules);
    let Some(url) = &args.database_url else { return Ok(house) };
    let config = folder.join("config.toml");
    let key = "5e".repeat(32);
    std::fs::write(&config, format!("master_key = \"{key}\"\n[postgres]\nurl = \"{url}\"\n"))?;
    Ok(house.with("--config", &config))
}

/// Complaints that open a case with a limit in working days each.
fn complaints(cases: usize) -> Result<impl Iterator<Item = Value>, Failure> {
    let rules = sample::rulebook().map_err(|faults| format!("{} faults in the sample", faults.len()))?;
    let by_days = |item: &&domain::policy::Item| {
        let limit = rules.policy.limits(Some(item)).resolve;
        item.lowest_rung.is_some() && matches!(limit, Some(Budget::WorkDays { .. }))
    };
    let items: Vec<String> =
        rules.policy.catalogue.items().iter().filter(by_days).map(|item| item.code.to_string()).collect();
    let communities = rules.org.units().iter().filter(|unit| unit.rung == Rung::Community);
    let communities: Vec<String> = communities.map(|unit| unit.name.clone()).collect();
    if items.is_empty() || communities.is_empty() {
        return Err("the sample has no item that is limited by days".into());
    }
    Ok((0..cases).map(move |number| complaint(number, &items, &communities)))
}

fn complaint(number: usize, items: &[String], communities: &[String]) -> Value {
    json!({
        "external_id": format!("R-{number}"), "source": "12345", "channel": "phone",
        "received_at": jiff::Timestamp::now(), "item": items[number % items.len()],
        "title": "路灯不亮", "text": "路口连着几天没有人来处理，请派人看看。",
        "address": communities[number / items.len() % communities.len()],
    })
}

struct Bench {
    house: House,
    /// None while it is away.
    service: RwLock<Option<Service>>,
    admin: String,
    hotline: String,
}

impl Bench {
    fn ask<T>(&self, ask: impl FnOnce(&Service) -> Result<T, Failure>) -> Result<T, Failure> {
        let held = self.service.read().map_err(|_| "a thread has ended")?;
        ask(held.as_ref().ok_or("the service is away")?)
    }

    fn stop(&self) -> Result<(), Failure> {
        // Killed, not asked to stop: what is in the log must do.
        self.service.write().map_err(|_| "a thread has ended")?.take();
        Ok(())
    }

    /// The next three working days are holidays from now on.
    fn publish_holidays(&self, file: &Path) -> Result<(), Failure> {
        let mut calendar: Value = serde_json::from_slice(&std::fs::read(file)?)?;
        let mut day = Zoned::now().date();
        let mut off = 0;
        while off < 3 {
            day = day.checked_add(1.day())?;
            let known = calendar["years"][day.year().to_string()]["weekdays_off"].as_array_mut();
            let known = known.ok_or("a calendar that ends too early")?;
            let holiday = json!(day.to_string());
            if day.weekday().to_monday_one_offset() < 6 && !known.contains(&holiday) {
                known.push(holiday);
                off += 1;
            }
        }
        calendar["revision"] = json!("bench");
        std::fs::write(file, calendar.to_string())?;
        self.ask(|service| service.post(&self.admin, "rules/reload", &json!({}))).map(|_| ())
    }

    /// The slowest of the previews, as the client sees it.
    fn previewed(&self) -> Result<Value, Failure> {
        let mut slowest = json!({ "seconds": 0.0 });
        for _ in 0..PREVIEWS {
            let asked = Instant::now();
            let mut preview = self.ask(|service| service.get(&self.admin, "rules/preview"))?;
            let took = asked.elapsed().as_secs_f64();
            if slowest["seconds"].as_f64() < Some(took) {
                preview["seconds"] = json!(took);
                slowest = preview;
            }
        }
        Ok(slowest)
    }

    /// Orders it and waits until it is applied; how long that took, and how long each complaint took meanwhile.
    fn apply(&self, preview: &Value, args: &Args) -> Result<(Duration, Vec<Duration>), Failure> {
        let done = AtomicBool::new(false);
        let order = json!({ "edition": preview["edition"], "cases": preview["cases"] });
        thread::scope(|scope| {
            let (ready, began) = mpsc::channel();
            let incoming = scope.spawn(|| self.take_in(args.incoming, &done, ready));
            // Not before the first complaint is in.
            began.recv().map_err(|_| "no complaint came in")?;
            let ordered = Instant::now();
            let applied = self
                .ask(|service| service.post(&self.admin, "rules/revisions", &order))
                .and_then(|_| self.wait(ordered, preview, args.kill));
            done.store(true, Ordering::Relaxed);
            let mut latencies = incoming.join().map_err(|_| "what takes complaints in has ended")??;
            latencies.sort_unstable();
            Ok((applied?, latencies))
        })
    }

    fn wait(&self, ordered: Instant, preview: &Value, kill: Option<u64>) -> Result<Duration, Failure> {
        let mut kill = kill;
        while ordered.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(100));
            if let Some(percent) = kill
                && self.still_to_change()? * 100 <= preview["cases"].as_u64().unwrap_or(0) * (100 - percent)
            {
                self.stop()?;
                let again = Service::start(&self.house)?;
                *self.service.write().map_err(|_| "a thread has ended")? = Some(again);
                kill = None;
            }
            let rules = self.ask(|service| service.get(&self.admin, "rules"))?;
            if rules["under_way"].is_null() {
                return Ok(ordered.elapsed());
            }
        }
        Err("the revision does not end".into())
    }

    /// What a preview says is left once the views, which a preview asks, have had time to follow the log.
    fn left(&self) -> Result<u64, Failure> {
        let ended = Instant::now();
        loop {
            match self.still_to_change()? {
                0 => return Ok(0),
                left if ended.elapsed() > VIEWS => return Ok(left),
                _ => thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    /// What a preview says is left.
    fn still_to_change(&self) -> Result<u64, Failure> {
        let preview = self.ask(|service| service.get(&self.admin, "rules/preview"))?;
        Ok(preview["cases"].as_u64().unwrap_or(0))
    }

    /// Sends complaints until it is told to stop; one that was not answered is sent again.
    fn take_in(
        &self,
        a_second: u32,
        done: &AtomicBool,
        ready: mpsc::Sender<()>,
    ) -> Result<Vec<Duration>, Failure> {
        let rest = Duration::from_secs(1) / a_second.max(1);
        let mut latencies = Vec::new();
        let mut all = complaints(usize::MAX)?;
        while let (false, Some(mut complaint)) = (done.load(Ordering::Relaxed), all.next()) {
            complaint["external_id"] = format!("M-{}", latencies.len()).into();
            let asked = Instant::now();
            while self.ask(|service| service.post(&self.hotline, "complaints", &complaint)).is_err() {
                if asked.elapsed() > PATIENCE {
                    return Err("a complaint is not taken in".into());
                }
                thread::sleep(Duration::from_millis(20));
            }
            latencies.push(asked.elapsed());
            let _ = ready.send(());
            thread::sleep(rest);
        }
        Ok(latencies)
    }
}

/// From the log itself: how many cases were counted again, and how many of them twice.
#[tokio::main]
async fn counted(args: &Args, folder: &Path) -> Result<(usize, usize), Failure> {
    let jurisdiction = "320506";
    let store: Arc<dyn Store> = match &args.database_url {
        Some(url) => Arc::new(PostgresStore::connect(url, jurisdiction).await?),
        None => Arc::new(SqliteStore::open(&folder.join("data/log.db"), jurisdiction).await?),
    };
    let mut times: HashMap<_, usize> = HashMap::new();
    replay(&store, 0, |past| {
        if let Event::Case(CaseEvent::DeadlineRecalculated(_)) = &past.event {
            *times.entry(past.stream).or_default() += 1;
        }
    })
    .await?;
    Ok((times.len(), times.values().filter(|times| **times > 1).count()))
}
