//! Puts the house together: store, engine, views, and the loops that run beside the edge.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::context::Rulebook;
use domain::fault::Fault;
use engine::Engine;
use engine::clock::{Clock, SystemClock};
use engine::deadlines::Sweeper;
use engine::intake::Intake;
use engine::keyring::{KeyError, MasterKey};
use engine::log::sqlite::SqliteStore;
use engine::log::{Store, StoreError};
use projections::runner::{Runner, RunnerError};
use projections::store::{Views, ViewsError};
use prometheus::Registry;
use tracing::{error, info};

use crate::feed::LogFeed;

/// How often a loop looks without being woken: the truth, waking is only for speed.
const POLL: Duration = Duration::from_millis(250);
/// How long views that another process took over must stand still before they are claimed anew.
const TAKEN_OVER: Duration = Duration::from_secs(2);
/// Environment variable that holds the master key, where it shall not lie beside the data.
const MASTER_KEY: &str = "WHISTLEPOST_MASTER_KEY";

/// Why the house does not stand.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The rules are wrong; every fault is listed.
    #[error("{} faults in the rules; the first: {}", .0.len(), .0.first().map(ToString::to_string).unwrap_or_default())]
    Rules(Vec<Fault>),
    /// The log.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The views.
    #[error(transparent)]
    Views(#[from] ViewsError),
    /// The master key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The data folder.
    #[error("{path}: {reason}", path = .0.display(), reason = .1)]
    Folder(PathBuf, std::io::Error),
}

/// What an embedded house is made of.
pub struct Settings {
    /// Data folder; made where it is missing.
    pub data: PathBuf,
    /// The rules.
    pub rules: Arc<Rulebook>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Settings {
    /// A data folder under these rules, by the system's clock.
    pub fn new(data: &Path, rules: Arc<Rulebook>) -> Self {
        Self { data: data.to_owned(), rules, clock: Arc::new(SystemClock) }
    }
}

/// The embedded house: SQLite files and everything in one process.
#[derive(Clone)]
pub struct Embedded {
    /// The door to the log.
    pub engine: Engine,
    /// Complaints come in here.
    pub intake: Intake,
    /// What people see.
    pub views: Views,
    /// The rules.
    pub rules: Arc<Rulebook>,
    /// The log's file.
    pub store: Arc<SqliteStore>,
    /// Figures for `/metrics`.
    pub registry: Registry,
}

impl Embedded {
    /// Opens the data folder.
    ///
    /// # Errors
    /// [`ComposeError`].
    pub async fn open(settings: Settings) -> Result<Self, ComposeError> {
        let Settings { data, rules, clock } = settings;
        private_folder(&data).map_err(|error| ComposeError::Folder(data.clone(), error))?;
        let jurisdiction = jurisdiction(&rules);
        let store = Arc::new(SqliteStore::open(&data.join("log.db"), &jurisdiction).await?);
        // A log whose head cannot be read is not new: `verify` says what is wrong with it.
        let log_is_new = store.head().await.is_ok_and(|head| head.position == 0);
        let master = match std::env::var(MASTER_KEY) {
            Ok(text) => MasterKey::from_hex(&text)?,
            Err(_) => MasterKey::load(&data.join("master.key"), log_is_new)?,
        };
        let registry = Registry::new();
        let engine = Engine::start(store.clone(), rules.clone(), clock, master, &registry).await?;
        let views = Views::open(&data.join("views.db")).await?;
        Ok(Self { intake: Intake::new(engine.clone()), engine, views, rules, store, registry })
    }

    /// The log as the views read it.
    pub fn feed(&self) -> Arc<LogFeed> {
        Arc::new(LogFeed::new(self.engine.clone()))
    }

    /// Carries the log into the views.
    pub fn runner(&self) -> Runner {
        Runner::new(self.views.clone(), self.feed(), self.rules.clone())
    }

    /// Brings the views up to the log.
    ///
    /// # Errors
    /// [`RunnerError`] where either side fails.
    pub async fn catch_up(&self) -> Result<(), RunnerError> {
        self.runner().catch_up().await.map(|_| ())
    }

    /// Runs views and deadlines until one of them ends, which none should: then the process must
    /// end too, and say why.
    pub async fn run_loops(self) -> String {
        let views = tokio::spawn(project(self.clone()));
        let deadlines = tokio::spawn(sweep(self.engine.clone()));
        let ended = tokio::select! {
            ended = views => ("views", ended),
            ended = deadlines => ("deadlines", ended),
        };
        match ended {
            (name, Ok(reason)) => format!("{name}: {reason}"),
            (name, Err(panic)) => format!("{name}: {panic}"),
        }
    }
}

/// Makes the data folder where it is missing, for its owner only.
pub(crate) fn private_folder(data: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(data)
}

/// The code of the tree's root: one log serves one jurisdiction.
fn jurisdiction(rules: &Rulebook) -> String {
    let root = rules.org.units().iter().find(|unit| unit.parent.is_none());
    root.map_or_else(|| "unknown".to_owned(), |unit| unit.code.to_string())
}

async fn project(house: Embedded) -> String {
    let mut runner = house.runner();
    let mut appended = house.engine.appended();
    loop {
        match runner.step().await {
            Ok(progress) if progress.events > 0 => {}
            Ok(_) => {
                let _ = tokio::time::timeout(POLL, appended.changed()).await;
            }
            Err(RunnerError::Store(ViewsError::Superseded)) => {
                info!("another process carries the views on; taking them back when it is done");
                stands_still(&house.views).await;
                runner = house.runner();
            }
            Err(error) if error.is_final() => return error.to_string(),
            Err(error) => {
                error!(%error, "views stand still; trying again");
                tokio::time::sleep(POLL * 4).await;
            }
        }
    }
}

/// Waits until the process that took the views over no longer moves them: to claim them sooner would
/// stop it halfway.
async fn stands_still(views: &Views) {
    let mut before = None;
    loop {
        let now = views.checkpoint().await.ok().map(|checkpoint| (checkpoint.epoch, checkpoint.position));
        if now.is_some() && now == before {
            return;
        }
        before = now;
        tokio::time::sleep(TAKEN_OVER).await;
    }
}

async fn sweep(engine: Engine) -> String {
    let mut sweeper = Sweeper::new(engine);
    loop {
        match sweeper.step().await {
            Ok(0) => tokio::time::sleep(POLL).await,
            Ok(passed) => info!(passed, "deadlines passed"),
            Err(error) => {
                error!(%error, "deadlines stand still; trying again");
                tokio::time::sleep(POLL * 4).await;
            }
        }
    }
}
