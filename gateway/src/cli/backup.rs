//! `backup`: a consistent copy of the log while the service runs.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;

use clap::Args;
use engine::backup::{BackupError, Files, Step, backup};
use indicatif::ProgressBar;
use serde_json::json;

use super::rebuild::bar;
use super::{CliError, Global, Outcome, open, output};

/// 备份日志（服务运行中亦可）· a consistent copy of the log, also while the service runs
///
/// 主密钥不在备份中，须另行保管 · the master key is not in it: keep it apart, without it nothing sealed can be read.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// 目标目录，须不存在或为空 · folder to make; not there yet, or empty
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// 不复制照片和文件，只列出 · only list photographs and files: their store is copied by itself
    #[arg(long)]
    without_files: bool,
}

/// Runs the command.
pub async fn run(global: &Global, args: &BackupArgs) -> Outcome {
    let house = open::existing_house(global).await?;
    let bars = Bars::default();
    let files = house.evidence.as_ref().filter(|_| !args.without_files);
    let made = backup(house.engine.store().as_ref(), files, &args.folder, &|step| bars.show(step)).await;
    bars.finish();
    let manifest = made.map_err(refused)?;
    if global.json {
        output::json(&json!({ "folder": args.folder, "manifest": manifest }));
    }
    output::say(format!(
        "已备份 · backed up: {} events, {} receipts, {} keys, {} files → {}",
        manifest.events,
        manifest.receipts,
        manifest.keys,
        manifest.evidence.copied,
        args.folder.display()
    ));
    let Files { named, copied, lost, .. } = manifest.evidence;
    if named > copied + lost {
        let out = named - copied - lost;
        output::say(format!(
            "{out} 份证据文件不在备份中，请另行复制 · {out} files are not in it: copy their store"
        ));
    }
    output::say("主密钥不在备份中，请另行保管 · the master key is not in the backup: keep it apart");
    if lost > 0 {
        output::say(format!(
            "{lost} 份证据文件缺失或被改动，其余已备份，请运行 verify · {lost} files are missing or altered; the rest is backed up, verify names them"
        ));
    }
    Ok(ExitCode::from(u8::from(lost > 0)))
}

/// Why there is no backup, or none put back, as the command line tells it.
pub(super) fn refused(error: BackupError) -> CliError {
    let (code, zh) = match &error {
        BackupError::Store(_) => return CliError::failed(error),
        BackupError::File { path, reason } => return CliError::io(path.display(), reason),
        BackupError::Exists(_) => ("BACKUP_EXISTS", "目标目录已存在且不为空"),
        BackupError::Damaged { .. } => ("BACKUP_DAMAGED", "备份已损坏"),
        BackupError::Unsound(_) | BackupError::Head => ("LOG_UNSOUND", "日志有误，请先运行 verify"),
        BackupError::NotEmpty => ("LOG_NOT_EMPTY", "目标日志不是空的，只能恢复到空日志"),
        BackupError::Jurisdiction { .. } => ("OTHER_JURISDICTION", "备份属于另一个辖区"),
        BackupError::Newer(_) => ("BACKUP_NEWER", "由更新版本的程序产生，请先升级"),
        BackupError::Evidence(_) => ("EVIDENCE_UNREACHABLE", "证据库无法读写"),
        BackupError::NoPlace => ("EVIDENCE_UNPLACED", "备份含照片和文件，配置中没有 [evidence]"),
    };
    CliError::refused(code, format!("{zh}：{error}"), error.to_string())
}

/// One bar for each stage.
#[derive(Default)]
pub(super) struct Bars(Mutex<Option<(&'static str, ProgressBar)>>);

impl Bars {
    pub fn show(&self, step: Step) {
        let (done, all, what) = match step {
            Step::Files(done, all) => (done, all, "校验 bytes checked"),
            Step::Events(done, all) => (done, all, "事件 events"),
            Step::Receipts(done, all) => (done, all.max(done), "回执 receipts"),
            Step::Deadlines(done) => (done, done, "时限 deadlines"),
            Step::Evidence(done, all) => (done, all, "证据 files"),
        };
        let Ok(mut shown) = self.0.lock() else { return };
        if shown.as_ref().is_none_or(|(stage, _)| *stage != what) {
            if let Some((_, before)) = shown.take() {
                before.finish_and_clear();
            }
            *shown = Some((what, bar(all)));
        }
        if let Some((_, bar)) = shown.as_ref() {
            bar.set_length(all);
            bar.set_position(done);
            bar.set_message(what);
        }
    }

    pub fn finish(&self) {
        if let Ok(Some((_, bar))) = self.0.lock().map(|mut shown| shown.take()) {
            bar.finish_and_clear();
        }
    }
}
