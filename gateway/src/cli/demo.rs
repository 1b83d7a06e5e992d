//! `demo`: a street at work, with one command and nothing to install.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use domain::context::Rulebook;
use domain::ids::UnitId;
use engine::clock::{Clock, SystemClock, TurnedClock};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::serve::{app, keep, listen, log_to_stderr, overdue, stop_when_told, web};
use super::{CliError, Global, Outcome, open, output};
use crate::auth::{Account, Accounts, DEMO_PASSWORD, Role};
use crate::compose::{House, Settings};
use crate::config::Http;
use crate::demo::{self, DEMO_DEPARTMENT, DEMO_GRID, DEMO_STREET};
use crate::status::Status;
use crate::{batches, loops, reload, rules};

/// Seconds between two pieces of live traffic.
const TRAFFIC: Duration = Duration::from_secs(4);

/// 演示：自带两周历史和实时来件 · two weeks of history and live traffic
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// 监听地址 · address to listen on
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub address: SocketAddr,
    /// 不产生实时来件 · no live traffic
    #[arg(long)]
    pub quiet: bool,
}

/// Runs the demo until it is told to stop.
///
/// # Errors
/// Misuse where the rules are wrong or the address is taken.
pub async fn run(global: &Global, args: &DemoArgs) -> Outcome {
    if std::env::var_os("RUST_LOG").is_some() {
        log_to_stderr();
    }
    let data = open::data(global)?.join("demo");
    let rules = Arc::new(rules::load(global.policy.as_deref()).map_err(CliError::Misused)?);
    let listener = listen(args.address).await?;
    history(&data, &rules).await?;
    let settings = Settings { rules_folder: global.policy.clone(), ..Settings::new(&data, rules) };
    let house = House::open(settings).await.map_err(CliError::failed)?;
    let _keeper = keep(&house).await?;
    sign_ins(&house.accounts).await?;
    house.catch_up().await.map_err(CliError::failed)?;
    let address = listener.local_addr().map_err(|error| CliError::io("http", &error))?;
    welcome(address, &data);
    let stop = CancellationToken::new();
    tokio::spawn(stop_when_told(stop.clone()));
    let status = Status::new(&house.registry, stop.clone()).map_err(CliError::failed)?;
    tokio::spawn(reload::when_told(house.engine.clone(), house.rules_folder.clone(), stop.clone()));
    let app = app(&house, &status, &Http::default(), true);
    let batches = batches::run(app.clone());
    let web = async { web(listener, app).await.map_err(|error| format!("http: {error}")) };
    tokio::select! {
        ended = async { tokio::try_join!(web, loops::run(house.clone(), status, stop.clone()), batches) } => {
            ended.map_err(CliError::failed)?;
        }
        () = traffic(&house, args.quiet) => {}
        () = overdue(stop.clone()) => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Plays the history into an empty data folder; a folder that has one is gone on with.
async fn history(data: &Path, rules: &Arc<Rulebook>) -> Result<(), CliError> {
    let now = SystemClock.now();
    let clock = TurnedClock::at(now);
    let settings = Settings { clock: Arc::new(clock.clone()), ..Settings::new(data, rules.clone()) };
    let house = House::open(settings).await.map_err(CliError::failed)?;
    if house.engine.store().head().await.map_err(CliError::failed)?.position > 0 {
        return Ok(());
    }
    output::say("正在生成两周的历史… · making two weeks of history…");
    demo::play_history(&house.engine, &clock, now).await.map_err(CliError::failed)?;
    Ok(())
}

/// The demo's people: one for each of the three users, and those around them.
async fn sign_ins(accounts: &Accounts) -> Result<(), CliError> {
    if !accounts.list().await.map_err(CliError::failed)?.is_empty() {
        return Ok(());
    }
    for (name, display, role, unit) in SIGN_INS {
        let account =
            Account { name: name.to_owned(), display: display.to_owned(), role, unit: UnitId::new(unit) };
        accounts.add(&account, DEMO_PASSWORD).await.map_err(CliError::failed)?;
    }
    Ok(())
}

const SIGN_INS: [(&str, &str, Role, &str); 6] = [
    ("ducha", "督查队", Role::Supervisor, DEMO_STREET),
    ("wangge", "网格员", Role::Handler, DEMO_GRID),
    ("jiedao", "街道承办", Role::Handler, DEMO_STREET),
    ("chengguan", "城管承办", Role::Handler, DEMO_DEPARTMENT),
    ("paidan", "派遣员", Role::Dispatcher, "320506"),
    ("admin", "管理员", Role::Admin, "320506"),
];

fn welcome(address: SocketAddr, data: &Path) {
    output::say(format!("哨所演示已就绪 · the demo is ready:  http://{address}"));
    output::say(format!("数据目录 · data folder: {}", data.display()));
    output::say(format!("密码 · password: {DEMO_PASSWORD}"));
    for (name, display, _, unit) in SIGN_INS {
        output::say(format!("  {name:<9} {display} ({unit})"));
    }
}

async fn traffic(house: &House, quiet: bool) {
    if quiet {
        return std::future::pending().await;
    }
    let mut traffic = demo::Traffic::new(house.engine.clone());
    loop {
        tokio::time::sleep(TRAFFIC).await;
        if let Err(error) = traffic.step().await {
            warn!(%error, "demo traffic");
        }
    }
}
