//! `import`: a file of complaints into the log, batch by batch.

mod batches;
mod rehearsal;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use domain::context::Actor;
use domain::fault::Fault;
use engine::SubmitError;
use engine::intake::{Arrival, Outcome as Received};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tokio::sync::watch;

use super::{CliError, Global, Outcome, open, output};
use crate::compose::House;
use crate::files::map::FieldMap;
use crate::files::map_file;
use crate::files::rejects::Rejects;
use crate::files::rows::Rows;
use crate::files::sheet::{self, complaints::Reading};
use crate::files::source;
use batches::{Batch, Read, Refused};

/// Source of complaints that name none, where nothing else does.
const SOURCE: &str = "import";
/// Batches under way at once.
const IN_FLIGHT: usize = 2;
/// Between two looks of the views at a log that they are up with.
const PAUSE: Duration = Duration::from_millis(500);

/// 导入诉求 · import complaints
///
/// 支持 Excel（XLSX）、JSONL 与 CSV（UTF-8），后两者可为 gzip；按内容识别。每行一件，受理时间照录，时限从
/// 导入时起算。标准输出最后一行为 JSON 汇总；未接收的行写入 <data>/rejects/。Excel 有一处错误就整本不导入，
/// 逐格列出 ·
/// Excel (XLSX), JSONL or CSV in UTF-8, the latter two plain or gzip, told by content. Each row opens a
/// case that keeps its time of receipt; clocks start now. The last line of stdout sums up in JSON; rows
/// that were not taken are listed under <data>/rejects/. Of a workbook with a mistake nothing is
/// imported, and each is named by its cell.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// 文件 · the file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// 列映射（deploy/maps/）· how its columns become fields
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// 来源系统，行内与映射未写时用 · the sending system, where neither row nor map names it
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// 按原记录：保留原到期、办结时间，不起算时限 · history: due and closing times are kept, no clock runs
    #[arg(long)]
    as_of_recorded: bool,
    /// 只检查，不导入 · check only, import nothing
    #[arg(long)]
    check: bool,
    /// 工作簿有错时，仍导入无误的行 · of a workbook with mistakes, import the rows that have none
    #[arg(long)]
    sound_rows: bool,
}

/// What became of the rows.
#[derive(Debug, Default, Serialize)]
struct Summary {
    read: u64,
    opened: u64,
    supplement: u64,
    duplicate: u64,
    rejected: u64,
    seconds: f64,
}

/// Runs the command.
pub async fn run(global: &Global, args: &ImportArgs) -> Outcome {
    let started = Instant::now();
    let map = match &args.map {
        Some(path) => map_file::read(path).map_err(CliError::Misused)?,
        None => FieldMap::default(),
    };
    let source = map.source.clone().or_else(|| args.source.clone()).unwrap_or_else(|| SOURCE.to_owned());
    let length = std::fs::metadata(&args.file).map_or(0, |file| file.len());
    let bar = bar(length);
    let (rows, is_workbook) = open_rows(global, args, map.clone(), &bar)?;
    let rows = if args.check || (is_workbook && !args.sound_rows) {
        let found = rehearsal::rehearse(rows, &source, jiff::Timestamp::now(), &bar);
        bar.finish_and_clear();
        if args.check || !found.is_clean() {
            return found.tell(&args.file, args.check);
        }
        open_rows(global, args, map, &bar)?.0
    } else {
        rows
    };

    let house = open::house(global).await?;
    house.engine.keyring().fits().await.map_err(CliError::failed)?;
    let data = open::data(global)?;
    let follower = Follower::start(&house);
    let mut import = Import {
        house: &house,
        folded: follower.folded.clone(),
        recorded: args.as_of_recorded,
        is_workbook,
        actor: Actor::system("import"),
        rejects: Rejects::new(&data, &args.file),
        summary: Summary::default(),
    };
    let ended = import.take_all(batches::read(rows, source, house.engine.now()), &bar).await;
    // Every row counted by now is durable; the views need a few seconds more, and are told apart.
    let seconds = started.elapsed().as_secs_f64();
    bar.set_message("视图 views");
    let caught_up = follower.finish(&house).await;
    bar.finish_and_clear();
    let rejects = import.rejects.finish().map_err(|error| CliError::io("rejects", &error))?;

    let mut summary = import.summary;
    summary.seconds = (seconds * 1000.0).round() / 1000.0;
    if let Some(path) = rejects {
        output::say(format!("未接收的行 · rejected rows: {}", path.display()));
    }
    // Summed up however it ended: what was taken in is durable.
    output::json(&summary);
    ended?;
    caught_up?;
    Ok(ExitCode::SUCCESS)
}

/// The rows of the file, and whether it is a workbook.
fn open_rows(
    global: &Global,
    args: &ImportArgs,
    map: FieldMap,
    bar: &ProgressBar,
) -> Result<(Rows, bool), CliError> {
    let name = args.file.display().to_string();
    let named = |faults: Vec<Fault>| {
        let faults = faults.into_iter().map(|fault| fault.in_file(&name)).collect();
        CliError::Misused(faults)
    };
    if sheet::is_workbook_file(&args.file) {
        let rules = open::rulebook(global)?;
        let reading = Reading::new(rules.calendar.zone(), &rules.policy.catalogue);
        let book = sheet::read_file(&args.file)?;
        for hidden in &book.hidden {
            output::say(format!("隐藏的表不读：{hidden} · a hidden sheet is not read"));
        }
        let rows = Rows::of_workbook(book, map, &reading).map_err(named)?;
        // Rows, where the others count bytes.
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}  {elapsed}") {
            bar.set_style(style);
        }
        bar.reset();
        bar.set_length(rows.left().unwrap_or_default() as u64);
        return Ok((rows, true));
    }
    let counted = bar.clone();
    let opened = source::open(&args.file, move |file| counted.wrap_read(file))?;
    Rows::new(opened, map).map(|rows| (rows, false)).map_err(named)
}

/// One import under way.
struct Import<'a> {
    house: &'a House,
    /// How far the views are.
    folded: watch::Receiver<u64>,
    recorded: bool,
    /// Its progress is told by rows, not by bytes.
    is_workbook: bool,
    actor: Actor,
    rejects: Rejects,
    summary: Summary,
}

/// A batch on its way into the log: while one is written the next is sealed.
struct Flight {
    rows: Vec<(u64, Option<String>)>,
    refused: Vec<Refused>,
    outcomes: tokio::task::JoinHandle<Vec<Result<Received, SubmitError>>>,
}

impl Import<'_> {
    async fn take_all(&mut self, mut batches: batches::Batches, bar: &ProgressBar) -> Result<(), CliError> {
        let mut flights: VecDeque<Flight> = VecDeque::new();
        while let Some(read) = batches.recv().await {
            let batch = match read {
                Read::Batch(batch) => batch,
                Read::Failed(fault) => {
                    self.land(&mut flights, 0).await?;
                    return Err(CliError::Refused(vec![fault]));
                }
            };
            // The same complaint in two batches: the first must be in before the second goes.
            let meets = flights.iter().any(|flight| batch.shares_ids(&flight.rows));
            self.land(&mut flights, if meets { 0 } else { IN_FLIGHT - 1 }).await?;
            flights.push_back(self.launch(batch));
            self.let_views_follow().await;
            bar.set_message(format!("{} 行 rows", self.summary.read));
            if self.is_workbook {
                bar.set_position(self.summary.read);
            }
        }
        self.land(&mut flights, 0).await
    }

    /// The views may stay behind, but not so far that they could not catch up within seconds.
    async fn let_views_follow(&mut self) {
        let least = self.house.engine.appended().borrow().saturating_sub(MOST_BEHIND);
        // Fails where nobody folds any more: then there is nothing to wait for.
        let _ = self.folded.wait_for(|folded| *folded >= least).await;
    }

    fn launch(&self, batch: Batch) -> Flight {
        let mut arrivals = Vec::with_capacity(batch.complaints.len());
        let mut rows = Vec::with_capacity(batch.complaints.len());
        for (row, complaint) in batch.complaints {
            let actor = self.actor.clone();
            arrivals.push(match self.recorded {
                true => Arrival::recorded(complaint, actor),
                false => Arrival::imported(complaint, actor),
            });
            rows.push(row);
        }
        let intake = self.house.intake.clone();
        let outcomes = tokio::spawn(async move { intake.receive_many(arrivals).await });
        Flight { rows, refused: batch.refused, outcomes }
    }

    /// Waits until at most so many batches are under way, in their order.
    async fn land(&mut self, flights: &mut VecDeque<Flight>, most: usize) -> Result<(), CliError> {
        while flights.len() > most {
            let Some(flight) = flights.pop_front() else { break };
            let outcomes = flight.outcomes.await.map_err(CliError::failed)?;
            if outcomes.len() != flight.rows.len() {
                return Err(CliError::failed(SubmitError::Unavailable));
            }
            self.count(flight.rows, flight.refused, outcomes)?;
        }
        Ok(())
    }

    fn count(
        &mut self,
        rows: Vec<(u64, Option<String>)>,
        mut refused: Vec<Refused>,
        outcomes: Vec<Result<Received, SubmitError>>,
    ) -> Result<(), CliError> {
        for ((line, external_id), outcome) in rows.into_iter().zip(outcomes) {
            match outcome {
                Ok(Received::Opened { .. }) => self.summary.opened += 1,
                Ok(Received::Supplement { .. }) => self.summary.supplement += 1,
                Ok(Received::Duplicate { .. }) => self.summary.duplicate += 1,
                Err(SubmitError::Rejected(rejection)) => {
                    let fault = Fault::new(rejection.code.as_str(), rejection.code.zh(), rejection.code.en());
                    refused.push(Refused { line, external_id, faults: vec![fault] });
                    continue;
                }
                // The log cannot be written: going on would lose rows. Run again, nothing is doubled.
                Err(error) => return Err(CliError::failed(error)),
            }
            self.summary.read += 1;
        }
        refused.sort_by_key(|row| row.line);
        for row in refused {
            self.rejects
                .add(row.line, row.external_id.as_deref(), &row.faults)
                .map_err(|error| CliError::io("rejects", &error))?;
            self.summary.read += 1;
            self.summary.rejected += 1;
        }
        Ok(())
    }
}

/// The views, following the log while it grows.
struct Follower {
    stop: watch::Sender<bool>,
    folded: watch::Receiver<u64>,
    task: tokio::task::JoinHandle<()>,
}

impl Follower {
    fn start(house: &House) -> Self {
        let (stop, stopped) = watch::channel(false);
        // Nothing is waited for until the first step has told how far the views are.
        let (tell, folded) = watch::channel(u64::MAX);
        let task = tokio::spawn(follow(house.clone(), stopped, tell));
        Self { stop, folded, task }
    }

    /// Everything that was appended is in the views. The follower ends between two steps, never
    /// inside one: a step that is dropped would leave its transaction open.
    async fn finish(self, house: &House) -> Result<(), CliError> {
        let _ = self.stop.send(true);
        drop(self.task.await);
        // Gateways fold views of their own: nobody looks at those of this folder.
        if house.shared { Ok(()) } else { open::caught_up(house).await }
    }
}

/// How far the views may stay behind while rows come in: the log has the disk to itself, and what is
/// left at the end is folded in a few seconds.
const BEHIND: u64 = 60_000;

/// Where the import waits for the views.
const MOST_BEHIND: u64 = 100_000;

async fn follow(house: House, mut stopped: watch::Receiver<bool>, tell: watch::Sender<u64>) {
    let mut appended = house.engine.appended();
    tokio::select! {
        _ = appended.changed() => {}
        _ = stopped.changed() => return,
    }
    if house.shared {
        return;
    }
    // A service that keeps this folder folds them itself.
    let Ok(Some(_keeper)) = open::keeper(&house) else { return };
    let mut runner = house.runner();
    while !*stopped.borrow() {
        let step = runner.step().await;
        if let Ok(progress) = &step {
            tell.send_replace(progress.position);
        }
        match step {
            Ok(progress) if *appended.borrow() >= progress.position + BEHIND => {}
            Ok(_) => tokio::select! {
                _ = tokio::time::sleep(PAUSE) => {}
                _ = stopped.changed() => return,
            },
            // Told when the import ends and the views are brought up for good.
            Err(_) => return,
        }
    }
}

fn bar(length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let style = "{bar:30} {bytes}/{total_bytes}  {msg}  {elapsed} (剩余 eta {eta})";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar
}
