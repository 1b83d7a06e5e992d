//! `simulate-district`: a month of a whole district, and whether everything in it is as it should be.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use engine::clock::{Clock, TurnedClock};
use engine::deadlines::Sweeper;
use engine::log::StoreError;
use engine::verify::Report;
use jiff::Timestamp;
use projections::{BoardQuery, Scope};
use serde_json::{Value, json};

use super::rebuild::bar;
use super::{CliError, Global, Outcome, output, verify};
use crate::compose::{House, Place, Settings};
use crate::simulate::district::{Size, keep, rules};
use crate::simulate::{Audit, Auditor, District, Done, UnitCount};

/// 模拟一个区：按公布的规模，用真实引擎和可拨动的时钟 · a district of its published size, by the real engine
///
/// 缺省为吴中区公布的规模：7 街道、115 社区、826 网格、每天 1571 件、30 天。之后逐一核对：每个时限恰好处理一次、
/// 看板与另行统计相符、`verify` 无误；最后一行是 JSON · then it is checked that every limit was told exactly
/// once, that the boards agree with a count of their own, and that `verify` finds nothing; the last line is JSON.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// 街道数 · streets
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=100))]
    streets: u32,
    /// 社区数 · communities
    #[arg(long, default_value_t = 115, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    communities: u32,
    /// 网格数 · grids
    #[arg(long, default_value_t = 826, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    grids: u32,
    /// 每天件数 · complaints a day
    #[arg(long, default_value_t = 1_571, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    per_day: u32,
    /// 天数 · days
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
    days: u32,
    /// 随机数种子：同一种子同一个月 · the same seed is the same month
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// 保存到此目录，缺省用完即删 · keep it in this folder; else it is thrown away
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

/// So many events behind the views follow, and the count.
const BEHIND: u64 = 4_000;

/// Runs the command.
pub async fn run(global: &Global, args: &SimulateArgs) -> Outcome {
    let size = Size {
        streets: args.streets,
        communities: args.communities.max(args.streets),
        grids: args.grids.max(args.communities),
        per_day: args.per_day,
        days: args.days,
    };
    let temporary = tempfile::tempdir().map_err(CliError::failed)?;
    let folder = args.into.as_deref().unwrap_or(temporary.path());
    if folder.join("log.db").exists() {
        return Err(CliError::misused(
            "FOLDER_IN_USE",
            format!("{} 中已有数据，请另选目录", folder.display()),
            format!("{} holds data already; choose another folder", folder.display()),
        ));
    }
    let place = if args.into.is_some() { Place::Folder } else { Place::Passing };
    if args.into.is_some() {
        let rules = folder.join("rules");
        keep(&rules, size).map_err(CliError::failed)?;
        let (data, rules) = (folder.display(), rules.display());
        output::say(format!("其后 · afterwards: whistlepost --data {data} --policy {rules} verify"));
    }
    let told = simulate(folder, place, size, args.seed).await?;
    let sound = told.get("ok") == Some(&Value::Bool(true));
    if !sound {
        output::say("发现问题，见 JSON · something is wrong, see the JSON");
    }
    let _ = global;
    output::json(&told);
    Ok(ExitCode::from(u8::from(!sound)))
}

async fn simulate(folder: &Path, place: Place, size: Size, seed: u64) -> Result<Value, CliError> {
    let started = Instant::now();
    let rules = rules(size).map_err(CliError::Refused)?;
    let first: Timestamp = "2026-10-21T00:00:00+08:00".parse().map_err(CliError::failed)?;
    let clock = TurnedClock::at(first);
    let kept = matches!(place, Place::Folder);
    let settings = Settings { clock: Arc::new(clock.clone()), place, ..Settings::new(folder, rules) };
    let house = House::open(settings).await.map_err(CliError::failed)?;
    let (done, audit) = play(&house, &clock, size, seed).await?;
    let (played, now) = (started.elapsed(), clock.now());
    output::say("核对看板并核验 · comparing the boards, and verify");
    let store = house.engine.store().clone();
    let (log, compared) = (house.clone(), house.clone());
    // Each reads the log for itself; none of them writes.
    let log = tokio::spawn(async move { verify::log(&log, log.evidence.as_ref()).await });
    let compared = tokio::spawn(async move {
        let mut report = Report::default();
        verify::views(&compared, &mut report).await;
        report
    });
    let overdue = store.due(now, None, 10).await.map_err(CliError::failed)?.len();
    let (boards, wrong) = boards(&house, &audit).await?;
    let counted = started.elapsed();
    let mut report = log.await.map_err(CliError::failed)?;
    report.take(compared.await.map_err(CliError::failed)?);
    let all = started.elapsed();
    let seconds = |time: Duration| (time.as_secs_f64() * 100.0).round() / 100.0;
    let told_once = audit.twice == 0 && audit.missed == 0 && overdue == 0 && audit.fired == done.passed;
    let total = audit.units.values().fold(UnitCount::default(), |sum, unit| UnitCount {
        total: sum.total + unit.total,
        open: sum.open + unit.open,
        closed: sum.closed + unit.closed,
        on_time: sum.on_time + unit.on_time,
        late: sum.late + unit.late,
        reopened: sum.reopened + unit.reopened,
        escalated: sum.escalated + unit.escalated,
    });
    Ok(json!({
        "ok": told_once && wrong.is_empty() && report.is_sound(),
        "streets": size.streets, "communities": size.communities, "grids": size.grids,
        "days": size.days, "seed": seed, "kept": kept,
        "cases": done.cases, "open": total.open, "closed": total.closed, "on_time": total.on_time,
        "late": total.late, "reopened": total.reopened, "escalated": total.escalated,
        "commands": done.accepted, "refused": done.refused, "events": audit.events,
        "deadlines": {
            "fired": audit.fired, "swept": done.passed, "twice": audit.twice, "missed": audit.missed,
            "overdue": overdue, "worst_lag_seconds": audit.worst_lag_seconds,
        },
        "boards": { "checked": boards, "wrong": wrong },
        "verify": { "ok": report.is_sound(), "findings": report.findings.len() as u64 + report.more_findings },
        "seconds": {
            "played": seconds(played), "counted": seconds(counted.saturating_sub(played)),
            "verified": seconds(all.saturating_sub(counted)), "all": seconds(all),
        },
    }))
}

/// Plays all days. Meanwhile the limits are counted again from the log, and from a day on the views follow it.
async fn play(house: &House, clock: &TurnedClock, size: Size, seed: u64) -> Result<(Done, Audit), CliError> {
    let (stop, stopped) = tokio::sync::watch::channel(false);
    // As on a node that joins late: what has happened by then is folded in one piece, the rest as it comes.
    let joins = size.days * 7 / 8;
    let mut views = None;
    let counted = tokio::spawn(count(house.clone(), stopped.clone()));
    let mut sweeper = Sweeper::new(house.engine.clone());
    let mut district = District::new(house, clock.clone(), size, seed);
    let progress = bar(u64::from(size.days));
    for day in 1..=size.days {
        if day > joins && views.is_none() {
            views = Some(tokio::spawn(follow(house.clone(), stopped.clone())));
        }
        progress.set_message(format!("第 {day} 天 day · {} 件 cases", district.done().cases));
        district.day(&mut sweeper).await.map_err(CliError::failed)?;
        progress.inc(1);
    }
    district.end(&mut sweeper).await.map_err(CliError::failed)?;
    progress.finish_and_clear();
    sweeper.release().await;
    stop.send_replace(true);
    if let Some(views) = views {
        views.await.map_err(CliError::failed)?.map_err(CliError::failed)?;
    }
    let auditor = counted.await.map_err(CliError::failed)?.map_err(CliError::failed)?;
    Ok((district.done().clone(), auditor.end(clock.now())))
}

/// Counts what the log tells, some way behind its end until that is reached.
async fn count(house: House, stopped: tokio::sync::watch::Receiver<bool>) -> Result<Auditor, StoreError> {
    let mut auditor = Auditor::default();
    loop {
        let last = *stopped.borrow();
        if !last && house.engine.appended().borrow().saturating_sub(auditor.position()) < BEHIND {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        }
        if !auditor.step(house.engine.store().as_ref()).await? && last {
            return Ok(auditor);
        }
    }
}

/// The views follow the log in large pages: what happens to a case within one is written once.
async fn follow(house: House, stopped: tokio::sync::watch::Receiver<bool>) -> Result<(), String> {
    let mut runner = house.runner();
    let mut position = 0;
    loop {
        let last = *stopped.borrow();
        let behind = house.engine.appended().borrow().saturating_sub(position);
        if behind < BEHIND && !last {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        }
        let progress = runner.step().await.map_err(|error| error.to_string())?;
        position = progress.position;
        if progress.events == 0 && last {
            return Ok(());
        }
    }
}

/// Every unit's board against the count from the bare events; which differ.
async fn boards(house: &House, audit: &Audit) -> Result<(usize, Vec<String>), CliError> {
    let query = BoardQuery { scope: Scope::All, ..BoardQuery::default() };
    let (rows, _) = house.views.board(&query).await.map_err(CliError::failed)?;
    let mut wrong = Vec::new();
    for row in &rows {
        let counts = row.counts;
        let shown = UnitCount {
            total: counts.total,
            open: counts.open,
            closed: counts.closed,
            on_time: counts.on_time,
            late: counts.late,
            reopened: counts.reopened,
            escalated: counts.escalated,
        };
        if audit.units.get(&row.key) != Some(&shown) {
            wrong.push(row.key.clone());
        }
    }
    let shown: std::collections::HashSet<&String> = rows.iter().map(|row| &row.key).collect();
    wrong.extend(audit.units.keys().filter(|unit| !shown.contains(unit)).cloned());
    Ok((rows.len(), wrong))
}
