//! `export`: what the views know, as a table.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use projections::{CaseFilter, CaseRow, Export, Scope};
use serde_json::json;

use super::export_report::{self, ReportArgs};
use super::{CliError, Global, Outcome, open, output};
use crate::compose::House;
use crate::files::table::{Cell, Table, TableFormat};

/// 导出 · export
#[derive(Debug, Subcommand)]
pub enum ExportCommand {
    /// 导出全部工单，不含个人信息 · every case, without personal data
    Cases(CasesArgs),
    /// 月报、周报 · a monthly report or a weekly brief
    Report(ReportArgs),
}

/// 导出全部工单，不含个人信息 · every case, without personal data
///
/// CSV 中以 = + - @ 开头的单元格前加 '，以免被表格软件当作公式 · cells that a spreadsheet would
/// run as a formula are made texts.
#[derive(Debug, Args)]
pub struct CasesArgs {
    /// 格式 · format
    #[arg(long, value_enum, default_value = "csv")]
    format: TableFormat,
    /// 文件，缺省为标准输出 · file, else stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// 只导出测试件 · test orders, and only they
    #[arg(long)]
    test: bool,
}

const COLUMNS: [&str; 14] = [
    "case_no",
    "external_id",
    "source",
    "state",
    "unit",
    "rung",
    "item",
    "received_at",
    "due_at",
    "closed_at",
    "on_time",
    "channel",
    "responsible",
    "title",
];

/// Runs the command.
pub async fn run(global: &Global, command: &ExportCommand) -> Outcome {
    let args = match command {
        ExportCommand::Cases(args) => args,
        ExportCommand::Report(args) => return export_report::run(global, args).await,
    };
    if global.json && args.out.is_none() && args.format != TableFormat::Jsonl {
        return Err(CliError::misused(
            "OUT_MISSING",
            "--json 时请用 --out 指定文件",
            "with --json the table needs a file: --out",
        ));
    }
    let house = open::existing_house(global).await?;
    open::caught_up(&house).await?;
    let filter = CaseFilter { test: args.test, ..CaseFilter::default() };
    let mut export = house.views.export(&filter, &Scope::All).await.map_err(CliError::failed)?;
    let named = args.out.as_ref().map_or_else(|| "stdout".to_owned(), |path| path.display().to_string());
    let told = |error: io::Error| CliError::io(&named, &error);
    let out: Box<dyn Write + Send> = match &args.out {
        Some(path) => Box::new(BufWriter::new(File::create(path).map_err(told)?)),
        None => Box::new(BufWriter::new(io::stdout())),
    };
    let rows = match write(&house, &mut export, args.format, out).await? {
        Ok(rows) => rows,
        // A reader that has seen enough is no error.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
        Err(error) => return Err(told(error)),
    };
    if global.json && args.out.is_some() {
        output::json(&json!({ "rows": rows, "file": named }));
    }
    output::say(format!("导出 {rows} 件 · {rows} cases"));
    Ok(ExitCode::SUCCESS)
}

/// Writes the table chunk by chunk; how many rows, or why the file could not be written.
async fn write(
    house: &House,
    export: &mut Export,
    format: TableFormat,
    out: Box<dyn Write + Send>,
) -> Result<io::Result<u64>, CliError> {
    let rules = house.rules();
    let zone = rules.calendar.zone();
    let mut table = match Table::new(format, &COLUMNS, out) {
        Ok(table) => table,
        Err(error) => return Ok(Err(error)),
    };
    let mut rows = 0;
    while let Some(chunk) = export.next_chunk().await.map_err(CliError::failed)? {
        let added = chunk.iter().try_for_each(|row| table.add(&cells(row, zone)));
        if let Err(error) = added {
            return Ok(Err(error));
        }
        rows += chunk.len() as u64;
    }
    Ok(table.finish().map(|()| rows))
}

fn cells(row: &CaseRow, zone: &TimeZone) -> [Cell; COLUMNS.len()] {
    let text = |text: &str| if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) };
    let time =
        |time: Option<Timestamp>| time.map_or(Cell::Empty, |time| Cell::Time(time.to_zoned(zone.clone())));
    [
        text(&row.case_no),
        Cell::from(row.external_id.clone()),
        text(&row.source),
        text(row.life.as_str()),
        Cell::from(row.lead.as_ref().map(ToString::to_string)),
        Cell::from(row.rung.map(|rung| rung.to_string())),
        Cell::from(row.item.as_ref().map(ToString::to_string)),
        time(Some(row.received_at)),
        time(row.due_at),
        time(row.closed_at),
        row.on_time.map_or(Cell::Empty, Cell::Flag),
        text(&row.channel),
        Cell::from(row.responsible.as_ref().map(ToString::to_string)),
        text(&row.title),
    ]
}
