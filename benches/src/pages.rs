//! How long pages and the interface take with a million cases loaded: the real binary serves, and is asked
//! over HTTP by four people who see more or less, while complaints come in.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use benches::served::{House, PASSWORD, Service};
use benches::{Failure, percentile};
use clap::Parser;
use domain::ids::Rung;
use domain::sample;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Imports cases, serves them, asks for pages, and prints how long each took.
#[derive(Parser)]
struct Args {
    /// The binary `whistlepost`; the one beside this program if absent.
    #[arg(long)]
    program: Option<PathBuf>,
    /// Data folder that is kept; filled only where it is empty. A throw-away one if absent.
    #[arg(long)]
    data: Option<PathBuf>,
    /// How many cases. One of five came in live and waits to be handled; the others are history.
    #[arg(long, default_value_t = 1_000_000)]
    cases: usize,
    /// How often each page is asked for.
    #[arg(long, default_value_t = 40)]
    asks: usize,
    /// Complaints a second that come in meanwhile.
    #[arg(long, default_value_t = 20)]
    incoming: u32,
    /// The last line of output is a JSON document.
    #[arg(long)]
    json: bool,
}

/// Who asks: name, role and unit.
const PEOPLE: [(&str, &str, &str); 4] = [
    ("the-district", "supervisor", "320506"),
    ("the-street", "supervisor", "320506001"),
    ("the-community", "handler", "320506001012"),
    ("the-department", "handler", "D-huanbao"),
];

/// What is asked for. What somebody may not see is left out.
const PAGES: [&str; 15] = [
    "/inbox",
    "/desk",
    "/board",
    "/board?by=item",
    "/board?from=2026-01&to=2026-03",
    "/board?by=item&from=2026-01&to=2026-03",
    "/cases",
    "/cases?overdue=yes",
    "/cases?q=%E7%A7%AF%E6%B0%B4",
    "/cases?q=%E8%B7%AF%E7%81%AF%E4%B8%8D%E4%BA%AE",
    "/api/v1/inbox",
    "/api/v1/desk",
    "/api/v1/overdue",
    "/api/v1/board",
    "/api/v1/cases?q=%E5%99%AA%E9%9F%B3",
];

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let throw_away = tempfile::tempdir()?;
    let data = args.data.clone().unwrap_or_else(|| throw_away.path().to_owned());
    let house = House::new(args.program, data)?;
    if !house.data.join("log.db").exists() {
        fill(&house, args.cases)?;
    }
    for (name, role, unit) in PEOPLE.into_iter().chain([("the-hotline", "dispatcher", "320506")]) {
        house.account(name, role, unit)?;
    }
    let token = house.token("the-hotline")?;
    let service = Service::start(&house)?;
    let done = AtomicBool::new(false);
    let (asked, taken) = thread::scope(|scope| {
        let incoming = scope.spawn(|| take_in(&service, &token, args.incoming, &done));
        let asked = PEOPLE.iter().map(|(name, ..)| ask_all(&service, name, args.asks)).collect::<Vec<_>>();
        done.store(true, Ordering::Relaxed);
        (asked, incoming.join())
    });
    let taken = taken.map_err(|_| "what takes complaints in has ended")??;
    let mut pages = Vec::new();
    for asked in asked {
        pages.extend(asked?);
    }
    let worst = pages.iter().filter_map(|page| page["p95_ms"].as_f64()).fold(0.0, f64::max);
    if args.json {
        println!("{}", json!({"worst_p95_ms": worst, "taken_in_meanwhile": taken, "pages": pages}));
    } else {
        for page in &pages {
            println!(
                "{:>7.1} {:>7.1} ms  {:14} {}",
                page["p50_ms"].as_f64().unwrap_or_default(),
                page["p95_ms"].as_f64().unwrap_or_default(),
                page["who"].as_str().unwrap_or_default(),
                page["page"].as_str().unwrap_or_default()
            );
        }
        println!("worst p95 {worst:.1} ms; {taken} complaints came in meanwhile");
    }
    Ok(())
}

/// Four of five are history.
fn fill(house: &House, cases: usize) -> Result<(), Failure> {
    let (live, sample) = (cases / 5, Sample::new()?);
    for (numbers, more) in [(live..cases, ["--as-of-recorded"].as_slice()), (0..live, &[])] {
        let told = house.import(numbers.map(|number| sample.complaint(number, !more.is_empty())), more)?;
        eprintln!("{told}");
    }
    Ok(())
}

/// Complaints of our own making, over all units and items, two years back.
struct Sample {
    units: Vec<String>,
    communities: Vec<String>,
    items: Vec<String>,
    now: Timestamp,
}

const WORDS: [&str; 16] = [
    "小区", "门口", "路灯", "不亮", "积水", "垃圾", "噪音", "施工", "井盖", "破损", "违停", "占道", "漏水",
    "电梯", "油烟", "消防",
];

impl Sample {
    fn new() -> Result<Self, Failure> {
        let rules = sample::rulebook().map_err(|faults| format!("{} faults in the sample", faults.len()))?;
        let units = rules.org.units();
        Ok(Self {
            units: units
                .iter()
                .filter(|unit| unit.parent.is_some())
                .map(|unit| unit.code.to_string())
                .collect(),
            communities: units
                .iter()
                .filter(|unit| unit.rung == Rung::Community)
                .map(|unit| unit.name.clone())
                .collect(),
            items: rules.policy.catalogue.items().iter().map(|item| item.code.to_string()).collect(),
            now: Timestamp::now(),
        })
    }

    fn complaint(&self, number: usize, history: bool) -> Value {
        // Spread by a multiplication, so that every run has the same.
        let mix = number.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as usize).rotate_right(29);
        let pick = |from: &[String], salt: usize| from[(mix >> salt) % from.len()].clone();
        let word = |salt: usize| WORDS[(mix >> salt) % WORDS.len()];
        let hours = |hours: usize| SignedDuration::from_hours(hours as i64);
        let received = self.now - hours(24 + mix % 17_000);
        let text = [2, 6, 10, 14, 18, 22].map(word).concat().repeat(3);
        let mut complaint = json!({
            "external_id": format!("P-{number}"), "source": "12345", "channel": "phone",
            "received_at": received.to_string(), "item": pick(&self.items, 7),
            "title": format!("{}{}{}{}{}号", word(1), word(5), word(9), word(13), number % 100),
            "text": text,
            "address": pick(&self.communities, 11),
        });
        if history {
            complaint["unit"] = pick(&self.units, 13).into();
            complaint["due_at"] = (received + hours(24 * (1 + mix % 15))).to_string().into();
            if !mix.is_multiple_of(20) {
                complaint["closed_at"] = (received + hours(1 + mix % 23)).to_string().into();
            }
        }
        complaint
    }
}

/// Takes so many complaints in a second until it is told to stop; how many these were.
fn take_in(service: &Service, token: &str, a_second: u32, done: &AtomicBool) -> Result<usize, Failure> {
    let (sample, mut taken) = (Sample::new()?, 0);
    let run = Timestamp::now().as_millisecond();
    while a_second > 0 && !done.load(Ordering::Relaxed) {
        let mut complaint = sample.complaint(taken, false);
        complaint["external_id"] = format!("N-{run}-{taken}").into();
        service.post(token, "complaints", &complaint)?;
        taken += 1;
        thread::sleep(Duration::from_secs(1) / a_second);
    }
    Ok(taken)
}

fn ask_all(service: &Service, name: &str, asks: usize) -> Result<Vec<Value>, Failure> {
    let cookie = sign_in(service, name)?;
    let mut answered = Vec::new();
    for page in PAGES {
        let mut times = Vec::new();
        for _ in 0..asks {
            let started = Instant::now();
            let url = format!("{}{page}", service.url);
            let mut answer = service.agent.get(url).header("cookie", &cookie).call()?;
            let length = answer.body_mut().read_to_vec()?.len();
            match answer.status().as_u16() {
                200 if length > 0 => times.push(started.elapsed()),
                403 => break,
                other => return Err(format!("{page} was answered {other}").into()),
            }
        }
        times.sort_unstable();
        if !times.is_empty() {
            let (p50, p95) = (percentile(&times, 0.50), percentile(&times, 0.95));
            answered.push(json!({"who": name, "page": page, "p50_ms": p50, "p95_ms": p95}));
        }
    }
    Ok(answered)
}

/// The cookie of somebody who has signed in.
fn sign_in(service: &Service, name: &str) -> Result<String, Failure> {
    let url = format!("{}/sign-in", service.url);
    let mut page = service.agent.get(&url).call()?;
    let visit = cookie(&page)?;
    let text = page.body_mut().read_to_string()?;
    let after = text.split("name=\"_csrf\" value=\"").nth(1).ok_or("no form to sign in")?;
    let csrf = after.split('"').next().unwrap_or_default();
    let form = [("_csrf", csrf), ("name", name), ("password", PASSWORD), ("next", "")];
    cookie(&service.agent.post(&url).header("cookie", visit).send_form(form)?)
}

fn cookie(answer: &ureq::http::Response<ureq::Body>) -> Result<String, Failure> {
    let set = answer.headers().get("set-cookie").ok_or("nobody was signed in")?.to_str()?;
    Ok(set.split(';').next().unwrap_or_default().to_owned())
}
