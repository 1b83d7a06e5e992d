//! `serve`: the service.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use tracing_subscriber::EnvFilter;

use super::{CliError, Global, Outcome, output};
use crate::auth::{Accounts, Throttle};
use crate::bus_loops;
use crate::compose::{Embedded, Settings};
use crate::config::Config;
use crate::http::{self, App};
use crate::rules;

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
    let config = configuration(global, args)?;
    let rules = rules::load(config.rules.as_deref()).map_err(CliError::Misused)?;
    let accounts = open_accounts(&config.data).await?;
    if accounts.has_demo_passwords().await.map_err(CliError::failed)? {
        return Err(CliError::refused(
            "DEMO_PASSWORD",
            "有账号还在使用演示密码，先用 account passwd 更换。",
            "An account still has the demo password; change it with `account passwd` first.",
        ));
    }
    let house =
        Embedded::open(Settings::new(&config.data, Arc::new(rules))).await.map_err(CliError::failed)?;
    house.engine.keyring().fits().await.map_err(CliError::failed)?;
    let app = app(&house, accounts, config.http.secure_cookies, false);
    let listener = listen(config.http.address).await?;
    output::say(format!("http://{}", listener.local_addr().map_err(|e| CliError::io("http", &e))?));
    let bus = async {
        match &config.nats {
            Some(nats) => bus_loops::run(&house, nats).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        reason = house.clone().run_loops() => Err(CliError::failed(reason)),
        reason = bus => Err(CliError::failed(reason)),
        served = web(listener, app) => {
            served.map_err(|error| CliError::io("http", &error))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn configuration(global: &Global, args: &ServeArgs) -> Result<Config, CliError> {
    let mut config = match &global.config {
        Some(path) => Config::read(path).map_err(|error| {
            CliError::misused("CONFIG_INVALID", format!("配置文件有误：{error}"), error.to_string())
        })?,
        None => Config { data: global.data.clone(), ..Config::default() },
    };
    if let Some(address) = args.address {
        config.http.address = address;
    }
    if let Some(policy) = &global.policy {
        config.rules = Some(policy.clone());
    }
    Ok(config)
}

/// What the web side needs.
pub(super) fn app(house: &Embedded, accounts: Accounts, secure_cookies: bool, demo: bool) -> Arc<App> {
    Arc::new(App {
        engine: house.engine.clone(),
        intake: house.intake.clone(),
        views: house.views.clone(),
        accounts,
        rules: house.rules.clone(),
        throttle: Throttle::default(),
        metrics: house.registry.clone(),
        secure_cookies,
        demo,
    })
}

pub(super) async fn open_accounts(data: &Path) -> Result<Accounts, CliError> {
    crate::compose::private_folder(data).map_err(|error| CliError::io(data.display(), &error))?;
    Accounts::open(&data.join("accounts.db")).await.map_err(CliError::failed)
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

/// Serves the web side until the process is told to stop.
pub(super) async fn web(listener: tokio::net::TcpListener, app: Arc<App>) -> std::io::Result<()> {
    let service = http::router(app).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service);
    // Live pages never end by themselves: the process does not wait for them.
    tokio::select! {
        served = serving => served,
        () = stop_signal() => Ok(()),
    }
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
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
