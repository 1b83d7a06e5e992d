//! `nats-config`: who may do what on NATS, from the tree of units and the list of hotlines.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use engine::bus::nats_consumers::Place;
use engine::bus::subject::{Subjects, token};
use nkeys::KeyPair;
use serde::Serialize;
use serde_json::json;

use super::{CliError, Global, Outcome, open, output};
use crate::compose;
use crate::config::Config;

/// 生成 NATS 账户和权限：哨所、每个单位、每个热线各一个账户和一把 nkey · accounts and permissions for
/// NATS: one account and one nkey for the house, for every unit and for every hotline
///
/// 标准输出即配置，由 deploy/nats/nats.conf 引用；私钥写入 --keys 目录（0600），已有的不覆盖。
/// Stdout is the configuration that deploy/nats/nats.conf includes; seeds go into the folder of
/// --keys, mode 0600; what is there already is used again and never overwritten.
#[derive(Debug, Args)]
pub struct NatsConfigArgs {
    /// 私钥目录 · folder of the seeds
    #[arg(long, value_name = "DIR")]
    keys: PathBuf,
    /// 热线，可多次；另加配置文件 [nats] sources 中的 · a hotline, repeatable; beside those of [nats] sources
    #[arg(long, value_name = "NAME")]
    source: Vec<String>,
    /// 单位代码，可多次；不写则为全部单位 · code of a unit, repeatable; all units if absent
    #[arg(long, value_name = "CODE")]
    unit: Vec<String>,
}

/// One account with its one user.
#[derive(Debug, Serialize)]
struct Client {
    /// Name of account and key file.
    name: String,
    /// Public key of its user.
    nkey: String,
    /// What it may ask of the house's account, and whether many messages may answer.
    services: Vec<(String, bool)>,
}

/// Runs the command.
pub fn run(global: &Global, args: &NatsConfigArgs) -> Outcome {
    let rules = open::rulebook(global)?;
    let nats = match &global.config {
        Some(path) => Config::read(path)
            .map_err(|error| {
                CliError::misused("CONFIG_INVALID", format!("配置文件有误：{error}"), error.to_string())
            })?
            .nats
            .unwrap_or_default(),
        None => crate::config::Nats::default(),
    };
    let known: Vec<_> = rules.org.units().iter().map(|unit| unit.code.to_string()).collect();
    if let Some(unit) = args.unit.iter().find(|unit| !known.contains(unit)) {
        return Err(CliError::misused(
            "UNKNOWN_UNIT",
            format!("没有单位 {unit}。"),
            format!("There is no unit {unit}."),
        ));
    }
    compose::private_folder(&args.keys).map_err(|error| CliError::io(args.keys.display(), &error))?;
    let subjects = Subjects::new(&compose::jurisdiction(&rules));
    let engine = public_key(&args.keys, "WHISTLEPOST")?;
    let mut clients = Vec::new();
    for unit in if args.unit.is_empty() { &known } else { &args.unit } {
        let places = [Place::unit(&subjects, unit)];
        let name = format!("UNIT_{}", token(unit));
        clients.push(client(&args.keys, name, subjects.response(unit), &places, &nats.stream_prefix)?);
    }
    let mut sources: Vec<_> = nats.sources.iter().chain(&args.source).collect();
    sources.sort();
    sources.dedup();
    for source in sources {
        let places = Place::source(&subjects, source);
        let name = format!("SOURCE_{}", token(source));
        clients.push(client(&args.keys, name, subjects.intake(source), &places, &nats.stream_prefix)?);
    }
    let text = accounts(&engine, &clients);
    if global.json {
        output::json(&json!({ "engine": engine, "clients": clients, "accounts": text }));
    } else {
        output::line(text.trim_end());
    }
    output::say(format!(
        "{} 个账户；私钥在 {} · {} accounts; seeds in {}",
        clients.len() + 1,
        args.keys.display(),
        clients.len() + 1,
        args.keys.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// One subject to publish on, and places to read from: nothing else of the house is within reach.
fn client(
    keys: &Path,
    name: String,
    publishes: String,
    places: &[Place],
    prefix: &str,
) -> Result<Client, CliError> {
    let mut services = vec![(publishes, false)];
    for Place { stream, durable, .. } in places {
        let place = format!("{prefix}{}.{durable}", stream.name());
        services.push((format!("$JS.API.CONSUMER.MSG.NEXT.{place}"), true));
        services.push((format!("$JS.ACK.{place}.>"), false));
    }
    Ok(Client { nkey: public_key(keys, &name)?, name, services })
}

/// The public key of the seed in this file; the seed is made where it is missing.
fn public_key(keys: &Path, name: &str) -> Result<String, CliError> {
    let path = keys.join(format!("{name}.nk"));
    let failed = |error: &std::io::Error| CliError::io(path.display(), error);
    let broken = |error: nkeys::error::Error| {
        CliError::refused(
            "KEY_INVALID",
            format!("{} 不是 nkey 私钥：{error}", path.display()),
            format!("{} is no seed of an nkey: {error}", path.display()),
        )
    };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&path) {
        Ok(mut file) => {
            let pair = KeyPair::new_user();
            let seed = pair.seed().map_err(broken)?;
            writeln!(file, "{seed}").and_then(|()| file.sync_all()).map_err(|error| failed(&error))?;
            Ok(pair.public_key())
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let seed = std::fs::read_to_string(&path).map_err(|error| failed(&error))?;
            Ok(KeyPair::from_seed(seed.trim()).map_err(broken)?.public_key())
        }
        Err(error) => Err(failed(&error)),
    }
}

fn accounts(engine: &str, clients: &[Client]) -> String {
    let mut exports = String::new();
    let mut others = String::new();
    for Client { name, nkey, services } in clients {
        let mut imports = String::new();
        for (subject, many) in services {
            let many = if *many { ", response_type: stream" } else { "" };
            exports += &format!("      {{ service: {subject:?}{many}, accounts: [{name:?}] }}\n");
            imports += &format!("      {{ service: {{ account: WHISTLEPOST, subject: {subject:?} }} }}\n");
        }
        let allowed: Vec<_> = services.iter().map(|(subject, _)| format!("{subject:?}")).collect();
        others += &format!(
            "  {name:?}: {{\n    users: [ {{ nkey: {nkey}, permissions: {{\n      publish: [ {} ]\n      \
             subscribe: [ \"_INBOX.>\" ]\n    }} }} ]\n    imports: [\n{imports}    ]\n  }}\n",
            allowed.join(", ")
        );
    }
    format!(
        "# whistlepost nats-config 生成，勿手改 · generated by whistlepost nats-config, not to be edited\n\
         accounts {{\n  WHISTLEPOST: {{\n    jetstream: enabled\n    users: [ {{ nkey: {engine} }} ]\n    \
         exports: [\n{exports}    ]\n  }}\n{others}}}\n"
    )
}
