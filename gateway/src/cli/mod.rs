//! The command line (`docs/cli.md`): one file a command, each doc comment its help text.

mod account;
mod backup;
mod deadline;
mod deadline_batch;
pub mod demo;
mod error;
mod export;
mod export_report;
mod import;
mod nats_config;
mod open;
mod output;
mod policy;
mod policy_diff;
mod policy_import;
mod policy_vocabulary;
mod rebuild;
mod reconcile;
mod restore;
mod scenario;
pub mod serve;
mod show;
mod show_text;
mod simulate;
mod times;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub use error::CliError;

/// What every command returns.
pub type Outcome = Result<ExitCode, CliError>;

/// 哨所 Whistlepost：街道诉求办理（吹哨报到）· complaints of a sub-district, from the call to the callback.
#[derive(Debug, Parser)]
#[command(name = "whistlepost", version, propagate_version = true, max_term_width = 110)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// 数据目录，缺省为配置文件所写，再缺省为 .whistlepost · data folder; else the configuration's, else .whistlepost
    #[arg(long, global = true, value_name = "DIR", env = "WHISTLEPOST_DATA")]
    pub data: Option<PathBuf>,
    /// 配置文件 · configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// 规则目录：事项、时限、单位、日历；缺省为内置样例 · rules folder; the sample that is compiled in if absent
    #[arg(long, global = true, value_name = "DIR")]
    pub policy: Option<PathBuf>,
    /// 标准输出只有一个 JSON 文档 · one JSON document on stdout, people's text on stderr
    #[arg(long, global = true)]
    pub json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// 演示：一条看似真实的街道 · a real-looking street with history and live traffic
    Demo(demo::DemoArgs),
    /// 运行服务 · run the service
    Serve(serve::ServeArgs),
    /// 导入诉求 · import complaints from Excel, JSONL or CSV
    Import(import::ImportArgs),
    /// 计算到期时间并说明如何计算 · when a limit is due, and how that was counted
    Deadline(deadline::DeadlineArgs),
    /// 核验：哈希链、密封、时限、视图 · check chain, seals, deadlines and views
    Verify(verify::VerifyArgs),
    /// 对账：某来源某日的工单号、回执和状态 · what became of each id of a source on a day
    Reconcile(reconcile::ReconcileArgs),
    /// 重建视图 · rebuild the views from the log
    Rebuild(rebuild::RebuildArgs),
    /// 备份日志，服务运行中亦可 · a consistent copy of the log, also while the service runs
    Backup(backup::BackupArgs),
    /// 恢复备份到空日志 · a backup back into an empty log
    Restore(restore::RestoreArgs),
    /// 规则 · the rules
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// 情景表演算 · play tables of who does what when
    Scenario(scenario::ScenarioArgs),
    /// 模拟一个区的一个月 · a month of a whole district, checked
    SimulateDistrict(simulate::SimulateArgs),
    /// 查看一件 · one case, now or as it stood
    Show(show::ShowArgs),
    /// 导出 · export
    #[command(subcommand)]
    Export(export::ExportCommand),
    /// 生成 NATS 账户和权限 · accounts and permissions for NATS
    NatsConfig(nats_config::NatsConfigArgs),
    /// 账号 · accounts
    #[command(subcommand)]
    Account(account::AccountCommand),
}

/// Reads the command line, does what it says and tells how it went: 0 done, 1 refused or found
/// wrong, 2 misused.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers; anything else is misuse.
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            drop(error.print());
            return ExitCode::from(code);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return CliError::io("tokio", &error).tell(cli.global.json),
    };
    match runtime.block_on(run(&cli)) {
        Ok(code) => code,
        Err(error) => error.tell(cli.global.json),
    }
}

async fn run(cli: &Cli) -> Outcome {
    let global = &cli.global;
    match &cli.command {
        Command::Demo(args) => demo::run(global, args).await,
        Command::Serve(args) => serve::run(global, args).await,
        Command::Import(args) => import::run(global, args).await,
        Command::Deadline(args) => deadline::run(global, args),
        Command::Verify(args) => verify::run(global, args).await,
        Command::Reconcile(args) => reconcile::run(global, args).await,
        Command::Rebuild(args) => rebuild::run(global, args).await,
        Command::Backup(args) => backup::run(global, args).await,
        Command::Restore(args) => restore::run(global, args).await,
        Command::Policy(command) => policy::run(global, command).await,
        Command::Scenario(args) => scenario::run(global, args).await,
        Command::SimulateDistrict(args) => simulate::run(global, args).await,
        Command::Show(args) => show::run(global, args).await,
        Command::Export(command) => export::run(global, command).await,
        Command::NatsConfig(args) => nats_config::run(global, args),
        Command::Account(command) => account::run(global, command).await,
    }
}
