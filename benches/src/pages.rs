//! How long pages and the interface take with a million cases loaded: the real binary serves, and is asked
//! over HTTP by four people who see more or less, while complaints come in.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

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
const PASSWORD: &str = "only for measuring 1";

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
    let program = match &args.program {
        Some(program) => program.clone(),
        None => std::env::current_exe()?.with_file_name("whistlepost"),
    };
    let throw_away = tempfile::tempdir()?;
    let data = args.data.clone().unwrap_or_else(|| throw_away.path().to_owned());
    let house = House { program, data };
    if !house.data.join("log.db").exists() {
        house.fill(args.cases)?;
    }
    let token = house.accounts()?;
    let service = Service::start(&house)?;
    let done = AtomicBool::new(false);
    let (asked, taken) = thread::scope(|scope| {
        let incoming = scope.spawn(|| service.take_in(&token, args.incoming, &done));
        let asked = PEOPLE.iter().map(|(name, ..)| service.ask_all(name, args.asks)).collect::<Vec<_>>();
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

/// A data folder, and the program that works on it.
struct House {
    program: PathBuf,
    data: PathBuf,
}

impl House {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--data").arg(&self.data).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }

    /// Runs it to its end, with this on its input; what it printed.
    fn run(&self, arguments: &[&str], input: &str) -> Result<String, Failure> {
        let mut child = self.command(arguments).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    fn fill(&self, cases: usize) -> Result<(), Failure> {
        std::fs::create_dir_all(&self.data)?;
        let (live, sample) = (cases / 5, Sample::new()?);
        for (name, numbers, more) in
            [("history.jsonl", live..cases, ["--as-of-recorded"].as_slice()), ("live.jsonl", 0..live, &[])]
        {
            let file = self.data.join(name);
            let mut out = BufWriter::new(File::create(&file)?);
            for number in numbers {
                writeln!(out, "{}", sample.complaint(number, !more.is_empty()))?;
            }
            out.into_inner()?;
            let path = file.to_str().ok_or("a folder with a strange name")?;
            eprint!("{}", self.run(&[["import", path].as_slice(), more].concat(), "")?);
            std::fs::remove_file(file)?;
        }
        Ok(())
    }

    /// The accounts; a token of one that takes complaints in.
    fn accounts(&self) -> Result<String, Failure> {
        let known = self.run(&["account", "list"], "")?;
        let incoming = ("the-hotline", "dispatcher", "320506");
        for (name, role, unit) in PEOPLE.into_iter().chain([incoming]) {
            if !known.contains(name) {
                let line = ["account", "add", name, "--role", role, "--unit", unit, "--password-stdin"];
                self.run(&line, &format!("{PASSWORD}\n"))?;
            }
        }
        Ok(self.run(&["account", "token", "the-hotline"], "")?.trim().to_owned())
    }
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

/// The running service.
struct Service {
    child: Child,
    url: String,
    agent: ureq::Agent,
}

impl Drop for Service {
    fn drop(&mut self) {
        // It ends with the bench, however that ends.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Service {
    fn start(house: &House) -> Result<Self, Failure> {
        let mut serve = house.command(&["serve", "--address", "127.0.0.1:0"]);
        let mut child = serve.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let mut said = BufReader::new(child.stderr.take().ok_or("it cannot be heard")?).lines();
        let mut heard = String::new();
        let url = loop {
            let Some(line) = said.next().transpose()? else { return Err(heard.into()) };
            if let Some(at) = line.find("http://127.0.0.1:") {
                break line[at..].trim().to_owned();
            }
            heard.push_str(&line);
        };
        // What it says later must be read too, or it would stand still.
        thread::spawn(move || said.for_each(drop));
        let config = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false);
        let agent = config.timeout_global(Some(Duration::from_secs(60))).build().new_agent();
        let service = Self { child, url, agent };
        let waiting = Instant::now();
        while service.agent.get(format!("{}/readyz", service.url)).call()?.status() != 200 {
            if waiting.elapsed() > Duration::from_secs(600) {
                return Err("the service is not ready".into());
            }
            thread::sleep(Duration::from_millis(200));
        }
        Ok(service)
    }

    /// Takes so many complaints in a second until it is told to stop; how many these were.
    fn take_in(&self, token: &str, a_second: u32, done: &AtomicBool) -> Result<usize, Failure> {
        let (sample, mut taken) = (Sample::new()?, 0);
        let run = Timestamp::now().as_millisecond();
        while a_second > 0 && !done.load(Ordering::Relaxed) {
            let mut complaint = sample.complaint(taken, false);
            complaint["external_id"] = format!("N-{run}-{taken}").into();
            let url = format!("{}/api/v1/complaints", self.url);
            let answer = self
                .agent
                .post(url)
                .header("authorization", format!("Bearer {token}"))
                .send(complaint.to_string())?;
            if answer.status() != 200 {
                return Err(format!("a complaint was answered {}", answer.status()).into());
            }
            taken += 1;
            thread::sleep(Duration::from_secs(1) / a_second);
        }
        Ok(taken)
    }

    fn ask_all(&self, name: &str, asks: usize) -> Result<Vec<Value>, Failure> {
        let cookie = self.sign_in(name)?;
        let mut answered = Vec::new();
        for page in PAGES {
            let mut times = Vec::new();
            for _ in 0..asks {
                let started = Instant::now();
                let mut answer =
                    self.agent.get(format!("{}{page}", self.url)).header("cookie", &cookie).call()?;
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
    fn sign_in(&self, name: &str) -> Result<String, Failure> {
        let url = format!("{}/sign-in", self.url);
        let mut page = self.agent.get(&url).call()?;
        let visit = cookie(&page)?;
        let text = page.body_mut().read_to_string()?;
        let after = text.split("name=\"_csrf\" value=\"").nth(1).ok_or("no form to sign in")?;
        let csrf = after.split('"').next().unwrap_or_default();
        let form = [("_csrf", csrf), ("name", name), ("password", PASSWORD), ("next", "")];
        cookie(&self.agent.post(&url).header("cookie", visit).send_form(form)?)
    }
}

fn cookie(answer: &ureq::http::Response<ureq::Body>) -> Result<String, Failure> {
    let set = answer.headers().get("set-cookie").ok_or("nobody was signed in")?.to_str()?;
    Ok(set.split(';').next().unwrap_or_default().to_owned())
}
