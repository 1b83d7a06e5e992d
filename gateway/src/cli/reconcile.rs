//! `reconcile`: what became of each id of a source on a day, as the daily list says it, now.

use std::io::{self, BufWriter};
use std::process::ExitCode;

use clap::Args;
use domain::fault::Fault;
use domain::intake::ReconciledId;
use jiff::civil::Date;
use serde_json::json;

use super::{CliError, Global, Outcome, open, output};
use crate::files::table::{Cell, Table, TableFormat};

/// 对账：某来源某日的工单号、回执和状态 · what became of each id of a source on a day
///
/// 与每日发出的对账消息同一份名单，状态为此刻的 · the list that goes out after the day, with the states
/// as they are now. Imports are not in it: they have no receipts.
#[derive(Debug, Args)]
pub struct ReconcileArgs {
    /// 来源系统 · sending system
    #[arg(long, value_name = "SOURCE")]
    source: String,
    /// 日期，如 2026-11-20 · the day, in the calendar's zone
    #[arg(long, value_name = "DATE")]
    day: String,
}

const COLUMNS: [&str; 6] = ["external_id", "case_no", "receipts", "state", "test", "message"];

/// Runs the command.
pub async fn run(global: &Global, args: &ReconcileArgs) -> Outcome {
    let day: Date = args.day.trim().parse().map_err(|_| {
        let told = Fault::new("TIME_INVALID", "不是日期，应如 2026-11-20", "not a day; write 2026-11-20");
        CliError::Misused(vec![told.in_field("day")])
    })?;
    let house = open::existing_house(global).await?;
    let mut lists = engine::reconcile::lists(&house.engine, day).await.map_err(CliError::failed)?;
    let entries = lists.remove(&args.source).unwrap_or_default();
    if global.json {
        output::json(&json!({ "source": args.source, "day": day, "entries": entries }));
    } else {
        match write(&entries) {
            // A reader that has seen enough is no error.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            written => written.map_err(|error| CliError::io("stdout", &error))?,
        }
    }
    let count = entries.len();
    output::say(format!("{} {day}：{count} 个工单号 · {count} ids", args.source));
    Ok(ExitCode::SUCCESS)
}

fn write(entries: &[ReconciledId]) -> io::Result<()> {
    let mut table = Table::new(TableFormat::Csv, &COLUMNS, BufWriter::new(io::stdout()))?;
    for entry in entries {
        let receipts = entry.receipts.iter().map(|(outcome, count)| format!("{}:{count}", outcome.as_str()));
        table.add(&[
            Cell::from(entry.external_id.clone()),
            Cell::from(entry.case_no.clone()),
            Cell::Text(receipts.collect::<Vec<_>>().join(" ")),
            Cell::from(entry.state.map(|state| state.as_str().to_owned())),
            Cell::Flag(entry.test),
            Cell::from(entry.message.map(|message| message.to_string())),
        ])?;
    }
    table.finish()
}
