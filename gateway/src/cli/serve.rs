//! `serve`: the service.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use tracing_subscriber::EnvFilter;

use super::{CliError, Global, Outcome, open, output};
use crate::auth::Throttle;
use crate::compose::{House, Settings};
use crate::config::{Config, Http};
use crate::http::{self, App};
use crate::keeper::Keeper;
use crate::status::Status;
use crate::{batches, bus_loops, loops, reload};

/// How long a start waits for a command that folds the views of its folder.
const KEPT: Duration = Duration::from_secs(10);
/// How long what is in hand may take once the process is told to stop.
const STOPPING: Duration = Duration::from_secs(20);

/// 运行服务 · run the service
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// 监听地址，缺省只在本机 · address to listen on; loopback if absent
    #[arg(long, value_name = "ADDR:PORT")]
    pub address: Option<SocketAddr>,
}

/// Serves until it is told to stop, or until an essential part ends.
///
/// # Errors
/// Misuse where configuration or rules are wrong; refusal where demo passwords are in use.
pub async fn run(global: &Global, args: &ServeArgs) -> Outcome {
    log_to_stderr();
    let mut config = open::config(global)?;
    if let Some(address) = args.address {
        config.http.address = address;
    }
    let stop = CancellationToken::new();
    tokio::spawn(stop_when_told(stop.clone()));
    tokio::select! {
        ended = serve(global, config, stop.clone()) => ended,
        () = overdue(stop) => {
            warn!("没有全部按时结束 · not everything came to its end in time");
            Ok(ExitCode::from(1))
        }
    }
}

async fn serve(global: &Global, config: Config, stop: CancellationToken) -> Outcome {
    let rules = open::rulebook(global).map_err(CliError::into_misuse)?;
    let settings = Settings::configured(&config, rules).map_err(CliError::failed)?;
    let house = tokio::select! {
        opened = House::open(settings) => opened.map_err(open::unopened)?,
        // Nothing is in hand yet.
        () = stop.cancelled() => return Ok(ExitCode::SUCCESS),
    };
    if house.accounts.has_demo_passwords().await.map_err(CliError::failed)? {
        return Err(CliError::refused(
            "DEMO_PASSWORD",
            "有账号还在使用演示密码，先用 account passwd 更换。",
            "An account still has the demo password; change it with `account passwd` first.",
        ));
    }
    house.engine.keyring().fits().await.map_err(CliError::failed)?;
    let _keeper = keep(&house).await?;
    if !house.views_fit().await.map_err(open::unopened)? {
        return Err(CliError::refused(
            "LOG_LOST_ITS_END",
            "日志末尾与本地视图记下的不一致：末尾丢失或被改。先 verify 查明；确认接受现有日志后用 rebuild。",
            "The log does not end as the views remember: its end was lost or changed. Run `verify`; to accept the log as it is, `rebuild`.",
        ));
    }
    let status = Status::new(&house.registry, stop.clone()).map_err(CliError::failed)?;
    let nats = match &config.nats {
        Some(nats) => Some(bus_loops::configured(&house, nats).await.map_err(CliError::failed)?),
        None => None,
    };
    let listener = listen(config.http.address).await?;
    output::say(format!("http://{}", listener.local_addr().map_err(|e| CliError::io("http", &e))?));
    let app = app(&house, &status, &config.http, false);
    tokio::spawn(reload::when_told(house.engine.clone(), house.rules_folder.clone(), stop.clone()));
    let bus = async {
        match nats {
            Some(nats) => bus_loops::run(house.clone(), nats, status.clone(), stop.clone()).await,
            None => Ok(()),
        }
    };
    let batches = batches::run(app.clone());
    let web = async { web(listener, app).await.map_err(|error| format!("http: {error}")) };
    tokio::try_join!(web, loops::run(house.clone(), status.clone(), stop.clone()), batches, bus)
        .map_err(CliError::failed)?;
    info!("已停止 · stopped");
    Ok(ExitCode::SUCCESS)
}

/// This process keeps the views of its folder. A command that folds them at the moment is waited for.
pub(super) async fn keep(house: &House) -> Result<Keeper, CliError> {
    let until = Instant::now() + KEPT;
    loop {
        if let Some(keeper) = open::keeper(house)? {
            return Ok(keeper);
        }
        if Instant::now() >= until {
            return Err(CliError::refused(
                "DATA_IN_USE",
                "另一个服务正在使用这个数据目录；同一台机器上的第二个服务需要自己的 --data。",
                "Another service keeps this data folder; a second one on the same machine needs a --data of its own.",
            ));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What the web side needs.
pub(super) fn app(house: &House, status: &Status, http: &Http, demo: bool) -> Arc<App> {
    Arc::new(App {
        engine: house.engine.clone(),
        intake: house.intake.clone(),
        evidence: house.evidence.clone(),
        views: house.views.clone(),
        accounts: house.accounts.clone(),
        rules_folder: house.rules_folder.clone(),
        throttle: Throttle::default(),
        metrics: house.registry.clone(),
        status: status.clone(),
        secure_cookies: http.secure_cookies,
        trusted_proxies: http.trusted_proxies.clone(),
        demo,
    })
}

pub(super) async fn listen(address: SocketAddr) -> Result<tokio::net::TcpListener, CliError> {
    tokio::net::TcpListener::bind(address).await.map_err(|error| {
        CliError::misused(
            "ADDRESS_UNUSABLE",
            format!("无法监听 {address}：{error}；可用 --address 换一个。"),
            format!("Cannot listen on {address}: {error}; choose another with --address."),
        )
    })
}

/// Serves the web side until the process is told to stop, and answers what has been asked by then.
pub(super) async fn web(listener: tokio::net::TcpListener, app: Arc<App>) -> std::io::Result<()> {
    let stop = app.status.stop().clone();
    let service = http::router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await
}

/// Passes the first signal on to all parts; the second ends the process where it stands.
pub(super) async fn stop_when_told(stop: CancellationToken) {
    stop_signal().await;
    info!("正在停止 · stopping");
    stop.cancel();
    stop_signal().await;
    std::process::exit(130);
}

/// Ends some time after the process was told to stop.
pub(super) async fn overdue(stop: CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(STOPPING).await;
}

async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}

/// What the program tells of its work goes to stderr; `RUST_LOG` says how much.
pub(super) fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,async_nats=warn"));
    let colours = std::io::stderr().is_terminal();
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(std::io::stderr)
        .try_init();
}
