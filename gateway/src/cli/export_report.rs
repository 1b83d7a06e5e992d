//! `export report`: a unit's month or week, the figures of the boards.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use projections::Scope;
use serde_json::json;

use super::{CliError, Global, Outcome, open, output};
use crate::console::lang::Lang;
use crate::http::problem::Problem;
use crate::report::{self, Sources, Wanted, book};

/// 月报、周报 · a monthly report or a weekly brief
///
/// 与看板同一口径；xlsx 带图表与导出人水印，JSON 供程序核对 · the figures of the boards; the workbook has charts and
/// says who exported it, JSON is for programs.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// 月份，按时限归属，如 2026-11；缺省为本月 · month of the limits; the present one if absent
    #[arg(long, value_name = "MONTH", conflicts_with = "week")]
    month: Option<String>,
    /// 周报：周内任一天 · a weekly brief: any day of the week
    #[arg(long, value_name = "DAY")]
    week: Option<String>,
    /// 单位代码，含下级；缺省为全区 · a unit with all under it; everything if absent
    #[arg(long, value_name = "UNIT")]
    of: Option<String>,
    /// 截至此日日终；缺省为现在 · as it stood at the end of this day; now if absent
    #[arg(long, value_name = "DAY")]
    as_of: Option<String>,
    /// Excel 文件；缺省只打印 JSON · the workbook; JSON only if absent
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// 导出人，写入水印；缺省为 cli · who exports, for the watermark
    #[arg(long, default_value = "cli")]
    by: String,
}

/// Runs the command.
pub async fn run(global: &Global, args: &ReportArgs) -> Outcome {
    let house = open::existing_house(global).await?;
    open::caught_up(&house).await?;
    let rules = house.rules();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let wanted = Wanted {
        month: text(&args.month),
        week: text(&args.week),
        of: text(&args.of),
        as_of: text(&args.as_of),
    };
    let root = rules.org.units().iter().find(|unit| unit.parent.is_none());
    let root = root.map(|unit| unit.code.clone()).unwrap_or_else(|| domain::ids::UnitId::new(""));
    let sources = Sources {
        views: &house.views,
        rules: &rules,
        scope: &Scope::All,
        unit: &root,
        by: &args.by,
        now: Timestamp::now().to_zoned(rules.calendar.zone().clone()),
    };
    let report = report::make(&sources, &wanted, Lang::Zh).await.map_err(|problem| refused(&problem))?;
    let Some(path) = &args.out else {
        output::json(&report.json());
        return Ok(ExitCode::SUCCESS);
    };
    let bytes = book::bytes(&report, Lang::Zh).map_err(CliError::failed)?;
    let named = path.display().to_string();
    std::fs::write(path, bytes).map_err(|error| CliError::io(&named, &error))?;
    if global.json {
        output::json(&json!({ "file": named, "period": report.period, "cases": report.total.cases }));
    }
    output::say(format!("{} {} {} 已写入 {named} · written", report.unit, report.title, report.period));
    Ok(ExitCode::SUCCESS)
}

fn refused(problem: &Problem) -> CliError {
    let about = problem.about.clone();
    CliError::misused("BAD_QUERY", format!("看不懂参数 {about}"), format!("cannot be understood: {about}"))
}
