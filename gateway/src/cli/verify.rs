//! `verify`: is the log whole, and is everything else what the log says?

use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

use clap::Args;
use engine::evidence::EvidenceStore;
use engine::log::Head;
use engine::verify::{Check, Report, Step, verify};
use indicatif::ProgressBar;
use projections::compare::Difference;
use serde_json::{Value, json};

use super::rebuild::bar;
use super::{CliError, Global, Outcome, open, output};
use crate::compose::House;

/// 核验：哈希链、序号、回执、密钥、密封、时限、证据、视图 · chain, sequences, receipts, keys, seals, deadlines, files and views
///
/// 无误退出码 0；否则列出每处问题及其位置，退出码 1 · exit 0, or a list that names every place and exit 1.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// 不读证据文件、不比对视图 · leave out the files and the views
    #[arg(long)]
    log_only: bool,
}

/// Runs the command.
pub async fn run(global: &Global, args: &VerifyArgs) -> Outcome {
    let started = Instant::now();
    let house = match open::existing_house(global).await {
        Ok(house) => house,
        // A database that does not even open is the first thing that is wrong with it.
        Err(CliError::Refused(faults)) => {
            let mut report = Report::default();
            for fault in faults {
                report.find(Check::Store, open::data(global)?.display(), fault.en);
            }
            return Ok(tell(global, &report, started));
        }
        Err(misuse) => return Err(misuse),
    };
    let files = house.evidence.as_ref().filter(|_| !args.log_only);
    let mut report = log(&house, files).await;
    if !args.log_only {
        views(&house, &mut report).await;
    }
    Ok(tell(global, &report, started))
}

/// The log, and the files that its cases name.
pub(super) async fn log(house: &House, files: Option<&EvidenceStore>) -> Report {
    let checkpoint = house.views.checkpoint().await;
    let kept = checkpoint.as_ref().ok().map(|kept| Head { position: kept.position, hash: kept.hash });
    let progress = Progress::default();
    let store = house.engine.store().as_ref();
    let mut report = verify(store, house.engine.keyring(), files, kept, &|step| progress.show(step)).await;
    progress.finish();
    if let Err(error) = checkpoint {
        report.find(Check::Views, "checkpoint", error);
    }
    report
}

/// The views.
pub(super) async fn views(house: &House, report: &mut Report) {
    output::say("比对视图 · comparing the views");
    match house.views.compare(house.feed(), house.rules()).await {
        Ok(differences) => {
            for difference in &differences {
                let (place, what) = told(difference);
                report.find(Check::Views, place, what);
            }
        }
        Err(error) => report.find(Check::Views, "views", error),
    }
    match house.views.parked().await {
        Ok(parked) => {
            for stream in parked {
                report.find(
                    Check::Views,
                    format!("position {} {}", stream.position, stream.stream),
                    format!("the stream is parked: {}", stream.reason),
                );
            }
        }
        Err(error) => report.find(Check::Views, "parked", error),
    }
}

/// Place and difference. Rows are not quoted: the names of the fields that differ are enough.
fn told(difference: &Difference) -> (String, String) {
    match difference {
        Difference::Head { position } => (
            format!("position {position}"),
            "the log is not the one that the views were made from".to_owned(),
        ),
        Difference::Row { opened, views, log } => {
            (format!("case opened at position {opened}"), fields(views.as_deref(), log.as_deref()))
        }
        Difference::Word { word, views, log } => (
            format!("search word {word}"),
            format!(
                "finds {} cases, the log says {}",
                views.as_deref().unwrap_or("0"),
                log.as_deref().unwrap_or("0")
            ),
        ),
        Difference::Cell { key, views, log } => {
            (format!("board cell {key}"), fields(views.as_deref(), log.as_deref()))
        }
    }
}

fn fields(views: Option<&str>, log: Option<&str>) -> String {
    let (Some(views), Some(log)) = (views, log) else {
        return match views {
            Some(_) => "the views have it, the log does not".to_owned(),
            None => "the log has it, the views do not".to_owned(),
        };
    };
    let read = |text| serde_json::from_str::<Value>(text).unwrap_or_default();
    let (Value::Object(views), Value::Object(log)) = (read(views), read(log)) else {
        return "the views do not say what the log says".to_owned();
    };
    let mut names: Vec<&str> = views
        .keys()
        .chain(log.keys())
        .filter(|name| views.get(*name) != log.get(*name))
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names.dedup();
    format!("the views do not say what the log says in: {}", names.join(", "))
}

fn tell(global: &Global, report: &Report, started: Instant) -> ExitCode {
    let seconds = (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
    if global.json {
        output::json(&json!({ "ok": report.is_sound(), "seconds": seconds, "report": report }));
    }
    for finding in &report.findings {
        let check = serde_json::to_value(finding.check).unwrap_or_default();
        let text = format!("{}: {}: {}", check.as_str().unwrap_or_default(), finding.place, finding.what);
        if global.json { output::say(text) } else { output::line(text) }
    }
    for notice in &report.notices {
        output::say(format!("提示 notice: {notice}"));
    }
    output::say(format!(
        "事件 events {}，流 streams {}，回执 receipts {}，时限 deadlines {}，密封 seals {}，证据 files {}，{seconds} s",
        report.events, report.streams, report.receipts, report.deadlines, report.seals, report.files,
    ));
    if report.is_sound() {
        output::say("无误 · sound");
        return ExitCode::SUCCESS;
    }
    let found = report.findings.len() as u64 + report.more_findings;
    output::say(format!("发现 {found} 处问题 · {found} findings"));
    ExitCode::from(1)
}

/// One bar for the rows, then one for the streams.
#[derive(Default)]
struct Progress {
    bar: Mutex<Option<ProgressBar>>,
}

impl Progress {
    fn show(&self, step: Step) {
        let (done, all, what) = match step {
            Step::Rows(done, all) => (done, all, "事件 rows"),
            Step::Streams(done, all) => (done, all, "工单 streams"),
            Step::Files(done, all) => (done, all, "证据 files"),
        };
        let Ok(mut shown) = self.bar.lock() else { return };
        let bar = shown.get_or_insert_with(|| bar(all));
        bar.set_length(all);
        bar.set_position(done);
        bar.set_message(what);
    }

    fn finish(&self) {
        if let Ok(Some(bar)) = self.bar.lock().map(|mut shown| shown.take()) {
            bar.finish_and_clear();
        }
    }
}
