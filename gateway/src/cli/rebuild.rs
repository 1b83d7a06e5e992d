//! `rebuild`: the views anew from the log.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use projections::Rebuilt;
use serde_json::json;

use super::{CliError, Global, Outcome, open, output};

/// 从日志重建视图，建好再替换 · the views anew from the log, put in place when they are complete
///
/// 服务运行时也可使用：旧视图照常提供，新视图建好后由服务自行换上 ·
/// also beside a running service: it serves the old views meanwhile and takes the new ones over by itself.
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
    // The file may be in any state: it is closed here and made anew beside itself.
    house.views.close().await;
    let views = data.join("views.db");
    let rebuilt = projections::rebuild(&views, house.feed(), house.rules(), |progress| {
        bar.set_position(progress.position);
    })
    .await;
    bar.finish_and_clear();
    let (done, in_place) = match rebuilt.map_err(CliError::failed)? {
        Rebuilt::InPlace(done) => (done, true),
        Rebuilt::HandedOver(done) => (done, taken(&views).await?),
    };
    let seconds = (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
    if global.json {
        output::json(&json!({
            "view": args.view, "events": done.events, "position": done.position, "seconds": seconds,
            "in_place": in_place,
        }));
    }
    output::say(format!("已重建 · rebuilt: {} events, {seconds} s", done.events));
    if !in_place {
        output::say(
            "其他程序正在使用旧视图，将在其空闲或服务启动时换上 · another program has the old views open: the service takes the new ones over when it can",
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// How long the running service is given to take the new views over.
const TAKE_OVER: Duration = Duration::from_secs(10);

/// Waits until the service has taken the new views over.
async fn taken(views: &Path) -> Result<bool, CliError> {
    let give_up = Instant::now() + TAKE_OVER;
    loop {
        let taken = projections::is_taken(views).await.map_err(CliError::failed)?;
        if taken || Instant::now() >= give_up {
            return Ok(taken);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
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
