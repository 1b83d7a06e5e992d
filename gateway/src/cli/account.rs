//! `account`: who may sign in.

use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use domain::ids::UnitId;
use serde_json::{Value, json};

use super::{CliError, Global, Outcome, open, output};
use crate::auth::{Account, AccountError, Accounts, Role};

/// 账号 · accounts
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// 新增 · add one
    Add(AddArgs),
    /// 列出 · list them
    List,
    /// 改密码，并结束其登录 · a new password; signs the account out
    Passwd(PasswdArgs),
    /// 发接口令牌，只显示这一次，旧令牌作废 · a token for the interface, shown once; the old one ends
    Token {
        /// 登录名 · the account
        name: String,
    },
}

/// 新增账号 · adds an account
#[derive(Debug, Args)]
pub struct AddArgs {
    /// 登录名 · name to sign in with
    name: String,
    /// 角色 · role
    #[arg(long, value_parser = ["handler", "dispatcher", "supervisor", "admin"])]
    role: String,
    /// 单位代码 · code of the unit
    #[arg(long)]
    unit: String,
    /// 显示名，缺省为登录名 · name on pages; else the name
    #[arg(long)]
    display: Option<String>,
    /// 从标准输入读密码（一行）· the password comes on stdin, one line
    #[arg(long)]
    password_stdin: bool,
}

/// 改密码 · a new password
#[derive(Debug, Args)]
pub struct PasswdArgs {
    /// 登录名 · the account
    name: String,
    /// 从标准输入读密码（一行）· the password comes on stdin, one line
    #[arg(long)]
    password_stdin: bool,
}

/// Runs the command.
pub async fn run(global: &Global, command: &AccountCommand) -> Outcome {
    let accounts = open::accounts(global).await?;
    match command {
        AccountCommand::Add(args) => add(global, &accounts, args).await,
        AccountCommand::List => list(global, &accounts).await,
        AccountCommand::Passwd(args) => {
            let password = password(args.password_stdin)?;
            accounts.set_password(&args.name, &password).await.map_err(refused)?;
            done(global, &args.name, "已改密码 · password changed");
            Ok(ExitCode::SUCCESS)
        }
        AccountCommand::Token { name } => {
            let token = accounts.issue_token(name).await.map_err(refused)?;
            if global.json {
                output::json(&json!({ "name": name, "token": token.as_str() }));
            } else {
                output::line(token.as_str());
            }
            output::say("令牌只显示这一次 · the token is shown only this once");
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn add(global: &Global, accounts: &Accounts, args: &AddArgs) -> Outcome {
    let rules = open::rulebook(global)?;
    let unit = UnitId::new(args.unit.trim());
    if rules.org.unit(&unit).is_none() {
        return Err(CliError::refused(
            "UNKNOWN_UNIT",
            format!("没有单位 {unit}"),
            format!("there is no unit {unit}"),
        ));
    }
    let Some(role) = Role::parse(&args.role) else {
        return Err(CliError::misused("UNKNOWN_ROLE", "没有这个角色", "there is no such role"));
    };
    let password = password(args.password_stdin)?;
    let display = args.display.clone().unwrap_or_else(|| args.name.clone());
    let account = Account { name: args.name.clone(), display, role, unit };
    accounts.add(&account, &password).await.map_err(refused)?;
    done(global, &args.name, "已新增 · added");
    Ok(ExitCode::SUCCESS)
}

async fn list(global: &Global, accounts: &Accounts) -> Outcome {
    let all = accounts.list().await.map_err(refused)?;
    if global.json {
        output::json(&all.iter().map(document).collect::<Vec<_>>());
        return Ok(ExitCode::SUCCESS);
    }
    for account in &all {
        output::line(format!(
            "{:<20} {} {:<10} {:<14} {}",
            account.name,
            account.role.zh(),
            account.role.as_str(),
            account.unit,
            account.display,
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn document(account: &Account) -> Value {
    json!({
        "name": account.name,
        "display": account.display,
        "role": account.role.as_str(),
        "unit": account.unit,
    })
}

fn done(global: &Global, name: &str, what: &str) {
    if global.json {
        output::json(&json!({ "name": name }));
    }
    output::say(format!("{what}: {name}"));
}

/// One line of stdin. At a terminal only when asked for: it would be seen there.
fn password(from_stdin: bool) -> Result<String, CliError> {
    let stdin = std::io::stdin();
    if !from_stdin && stdin.is_terminal() {
        return Err(CliError::misused(
            "PASSWORD_MISSING",
            "请用 --password-stdin 从标准输入给出密码",
            "give the password on stdin with --password-stdin",
        ));
    }
    let mut line = String::new();
    stdin.lock().read_line(&mut line).map_err(|error| CliError::io("stdin", &error))?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        return Err(CliError::misused(
            "PASSWORD_MISSING",
            "标准输入没有密码",
            "there is no password on stdin",
        ));
    }
    Ok(password)
}

fn refused(error: AccountError) -> CliError {
    let (code, zh) = match &error {
        AccountError::Name => ("ACCOUNT_NAME", "登录名须为 2 至 40 个字母、数字、-、_ 或 ."),
        AccountError::Password => ("PASSWORD_TOO_SHORT", "密码至少 8 个字符"),
        AccountError::Exists => ("ACCOUNT_EXISTS", "已有同名账号"),
        AccountError::Unknown => ("ACCOUNT_UNKNOWN", "没有这个账号"),
        _ => ("FAILED", "账号读写失败"),
    };
    CliError::refused(code, zh, error.to_string())
}
