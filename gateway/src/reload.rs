//! Takes revised files into force while the service runs: checked whole first, noted in the log after.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::context::{Actor, Rulebook};
use domain::fault::Fault;
use domain::rules::{Command, RulesAdopted};
use engine::{Engine, Request, SubmitError};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::compose::jurisdiction;
use crate::rules;

/// Why the rules in force stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The files are wrong; every fault is listed.
    #[error("{} faults in the rules", .0.len())]
    Faults(Vec<Fault>),
    /// They are in force here, but the log could not be told: do it again.
    #[error(transparent)]
    Log(#[from] SubmitError),
}

/// The files as they are now, checked together and against the log they are for.
///
/// # Errors
/// Every fault, each with its file and line.
pub fn read(folder: Option<&Path>, in_force: &Rulebook) -> Result<Arc<Rulebook>, Vec<Fault>> {
    let rules = rules::load(folder)?;
    let (ours, theirs) = (jurisdiction(in_force), jurisdiction(&rules));
    if ours != theirs {
        let zh = format!("这个日志属于 {ours}，文件却是 {theirs} 的");
        let en = format!("this log is that of {ours}, and the files are those of {theirs}");
        return Err(vec![Fault::new("ORG_OTHER_JURISDICTION", zh, en).in_file("org/units.csv")]);
    }
    Ok(Arc::new(rules))
}

/// Reads the files again and decides by them from now on. What is decided already stays.
///
/// # Errors
/// See [`ReloadError`].
pub async fn reload(
    engine: &Engine,
    folder: Option<&Path>,
    actor: Actor,
) -> Result<Arc<Rulebook>, ReloadError> {
    let rules = read(folder, &engine.rules()).map_err(ReloadError::Faults)?;
    engine.put_rules(rules.clone());
    adopt(engine, actor).await?;
    Ok(rules)
}

/// Notes in the log which edition is in force here; nothing where the log knows it already.
///
/// # Errors
/// The log's.
pub async fn adopt(engine: &Engine, actor: Actor) -> Result<(), SubmitError> {
    let command = Command::Adopt(RulesAdopted::of(&engine.rules()));
    engine.submit(Request::rules(command, actor)).await.map(|_| ())
}

/// Notes the edition of the start; then reads the files again whenever the process is told to (SIGHUP).
pub async fn when_told(engine: Engine, folder: Option<PathBuf>, stop: CancellationToken) {
    if let Err(error) = adopt(&engine, Actor::system("start")).await {
        error!(%error, "the edition of the rules could not be noted in the log");
    }
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut told) = signal(SignalKind::hangup()) else { return };
        loop {
            tokio::select! {
                _ = told.recv() => tell(reload(&engine, folder.as_deref(), Actor::system("hangup")).await),
                () = stop.cancelled() => return,
            }
        }
    }
}

fn tell(outcome: Result<Arc<Rulebook>, ReloadError>) {
    match outcome {
        Ok(rules) => info!(
            edition = rules.edition,
            policy = rules.policy.version,
            calendar = rules.calendar.revision(),
            "规则已重新装载 · the rules were loaded again"
        ),
        Err(ReloadError::Faults(faults)) => {
            for fault in &faults {
                error!("{fault}");
            }
            error!(
                faults = faults.len(),
                "规则有误，未启用 · the rules are wrong and were not taken into force"
            );
        }
        Err(ReloadError::Log(error)) => error!(%error, "the edition could not be noted in the log"),
    }
}
