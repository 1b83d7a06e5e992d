//! `rebuild`: the views anew from the log.

use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{CliError, Global, Outcome, open, output};
use crate::compose::House;

/// 从日志重建视图，建好再替换 · the views anew from the log, put in place when they are complete
///
/// 服务运行时请勿使用 · not while the service runs on the same folder.
#[derive(Debug, Args)]
pub struct RebuildArgs {
    /// 视图，目前只有 cases · the view; there is one set, cases
    #[arg(value_name = "VIEW", value_parser = ["cases"], default_value = "cases")]
    view: String,
}

/// Runs the command.
pub async fn run(global: &Global, args: &RebuildArgs) -> Outcome {
    let started = Instant::now();
    let data = open::data(global)?;
    let house = open::existing_house(global).await?;
    let head = house.engine.store().head().await.map_err(CliError::failed)?.position;
    let bar = bar(head);
    let done = rebuild(&house, &data, &bar).await;
    bar.finish_and_clear();
    let done = done?;
    let seconds = (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
    if global.json {
        output::json(&json!({
            "view": args.view, "events": done.events, "position": done.position, "seconds": seconds,
        }));
    }
    output::say(format!("已重建 · rebuilt: {} events, {seconds} s", done.events));
    Ok(ExitCode::SUCCESS)
}

async fn rebuild(
    house: &House,
    data: &std::path::Path,
    bar: &ProgressBar,
) -> Result<projections::Progress, CliError> {
    // The file may be in any state: it is closed here and made anew beside itself.
    house.views.close().await;
    projections::rebuild(data.join("views.db"), house.feed(), house.rules.clone(), |progress| {
        bar.set_position(progress.position);
    })
    .await
    .map_err(CliError::failed)
}

/// A bar over positions of the log.
pub(super) fn bar(length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}  {elapsed} (剩余 eta {eta})")
    {
        bar.set_style(style);
    }
    bar
}
