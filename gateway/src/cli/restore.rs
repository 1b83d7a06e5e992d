//! `restore`: a backup back into an empty log.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use domain::ids::CaseId;
use engine::backup::{FilesBack, Restored, WrappedKey, check, restore};
use engine::keyring::{Keyring, MasterKey};
use engine::log::memory::MemoryStore;
use projections::Rebuilt;
use serde_json::json;

use super::backup::{Bars, refused};
use super::rebuild::bar;
use super::{CliError, Global, Outcome, open, output};
use crate::compose::given_master_key;

/// 把备份恢复到空日志 · a backup back into an empty log, embedded or PostgreSQL
///
/// 须用备份时的主密钥；恢复后纪元加一，视图重建 · needs the master key of then; the log gets its next epoch, the views are made anew.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// 备份目录 · folder of the backup
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Runs the command.
pub async fn run(global: &Global, args: &RestoreArgs) -> Outcome {
    let bars = Bars::default();
    let checked = check(&args.folder, &|step| bars.show(step));
    bars.finish();
    let (_, key) = checked.map_err(refused)?;
    let config = open::config(global)?;
    // Before the house is opened: an empty one would take whatever key is there for its own.
    opens(given_master_key(&config).map_err(open::unopened)?, key)?;
    let house = open::house(global).await?;
    let Some(_keeper) = open::keeper(&house)? else {
        return Err(CliError::refused(
            "SERVICE_RUNNING",
            "服务正在使用这个数据目录，请先停止",
            "a service uses this data folder; stop it first",
        ));
    };
    let (store, files) = (house.engine.store().as_ref(), house.evidence.as_ref());
    let restored = restore(store, files, &args.folder, &|step| bars.show(step)).await;
    bars.finish();
    let Restored { identity, files } = restored.map_err(refused)?;
    let head = house.engine.store().head().await.map_err(CliError::failed)?.position;
    // Whatever views lie here are not of this log.
    let views = bar(head);
    house.views.close().await;
    let path = config.data.join("views.db");
    let rebuilt = projections::rebuild(&path, house.feed(), house.rules(), |progress| {
        views.set_position(progress.position);
    });
    let rebuilt = rebuilt.await;
    views.finish_and_clear();
    let (Rebuilt::InPlace(done) | Rebuilt::HandedOver(done)) = rebuilt.map_err(CliError::failed)?;
    let events = done.events;
    if global.json {
        output::json(&json!({
            "log_id": identity.log_id, "epoch": identity.epoch, "events": events, "position": head,
            "files": files.there, "files_absent": files.absent,
        }));
    }
    let FilesBack { there, absent } = files;
    output::say(format!("已恢复 · restored: {events} events, {there} files, epoch {}", identity.epoch));
    if absent > 0 {
        output::say(format!(
            "{absent} 份证据文件还不在证据库中 · {absent} files are not in the evidence store yet"
        ));
    }
    output::say("请运行 verify 核验 · now run verify");
    Ok(ExitCode::SUCCESS)
}

/// The master key must be there and open the keys of the backup.
fn opens(master: Option<MasterKey>, key: Option<WrappedKey>) -> Result<(), CliError> {
    let Some(master) = master else {
        return Err(CliError::refused(
            "MASTER_KEY_MISSING",
            "没有主密钥：请先把备份时的 master.key 放入数据目录，或设置 WHISTLEPOST_MASTER_KEY",
            "there is no master key: put the master.key of then into the data folder, or set WHISTLEPOST_MASTER_KEY",
        ));
    };
    let Some((case, wrapped)) = key else { return Ok(()) };
    let keyring = Keyring::new(master, Arc::new(MemoryStore::new("backup")));
    let opened = keyring.unwrap(CaseId(case), &wrapped);
    opened.map(drop).map_err(|error| {
        CliError::refused(
            "MASTER_KEY_WRONG",
            format!("主密钥打不开备份中的密钥：{error}"),
            format!("the master key does not open the keys of this backup: {error}"),
        )
    })
}
