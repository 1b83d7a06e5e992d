//! Puts the house together: store, engine, accounts and views. One kind of house, whether its log is
//! a SQLite file of its own or a PostgreSQL that many gateways share.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::context::Rulebook;
use domain::fault::Fault;
use engine::Engine;
use engine::clock::{Clock, SystemClock};
use engine::evidence::{EvidenceError, EvidenceStore};
use engine::intake::Intake;
use engine::keyring::{KeyError, MasterKey};
use engine::log::postgres::{PostgresOptions, PostgresStore};
use engine::log::sqlite::SqliteStore;
use engine::log::{Store, StoreError};
use projections::runner::{Runner, RunnerError};
use projections::store::{Views, ViewsError};
use prometheus::Registry;
use tracing::warn;

use crate::auth::{AccountError, Accounts};
use crate::config::{Config, EvidencePlace, SecretError};
use crate::database;
use crate::feed::LogFeed;
use crate::keeper::Keeper;
use crate::notify::Channels;

/// Environment variable that holds the master key, where it shall not lie beside the data.
const MASTER_KEY: &str = "WHISTLEPOST_MASTER_KEY";
/// The name under which gateways agree on one master key.
const AGREED: &str = "master_key";

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
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] AccountError),
    /// The master key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The evidence.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// A secret of the configuration.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The data folder.
    #[error("{path}: {reason}", path = .0.display(), reason = .1)]
    Folder(PathBuf, std::io::Error),
}

/// Where the log and the accounts are.
#[derive(Debug, Clone)]
pub enum Place {
    /// SQLite files in the data folder.
    Folder,
    /// The same in a folder that goes away with this process: nothing is forced to the disk.
    Passing,
    /// A PostgreSQL database.
    Postgres {
        /// As the application's role.
        url: String,
        /// As the owner of the tables, where that is another role.
        owner_url: Option<String>,
        /// How long it is waited for.
        patience: Duration,
    },
}

/// What a house is made of.
pub struct Settings {
    /// Data folder; made where it is missing. With PostgreSQL it holds the views only.
    pub data: PathBuf,
    /// Where the log is.
    pub place: Place,
    /// The master key, where the configuration names one.
    pub master_key: Option<String>,
    /// Where photographs and files lie, if not in the data folder.
    pub evidence: Option<EvidencePlace>,
    /// By which ways people are told besides in-app.
    pub channels: Channels,
    /// The rules.
    pub rules: Arc<Rulebook>,
    /// The folder they were read from; none for the sample.
    pub rules_folder: Option<PathBuf>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Settings {
    /// A data folder under these rules, by the system's clock.
    pub fn new(data: &Path, rules: Arc<Rulebook>) -> Self {
        Self {
            data: data.to_owned(),
            place: Place::Folder,
            master_key: None,
            evidence: None,
            channels: Channels::default(),
            rules,
            rules_folder: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// What the configuration says.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn configured(config: &Config, rules: Arc<Rulebook>) -> Result<Self, SecretError> {
        let place = Place::configured(config)?;
        let (master_key, evidence) = (config.master_key()?, config.evidence.clone());
        let channels = Channels::configured(&config.notify)?;
        let rules_folder = config.rules.clone();
        Ok(Self { place, master_key, evidence, channels, rules_folder, ..Self::new(&config.data, rules) })
    }
}

impl Place {
    /// What the configuration says.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn configured(config: &Config) -> Result<Self, SecretError> {
        let Some(postgres) = &config.postgres else { return Ok(Self::Folder) };
        let (url, owner_url) = (postgres.url()?, postgres.owner_url()?);
        Ok(Self::Postgres { url, owner_url, patience: postgres.wait() })
    }

    /// The accounts at this place; a database that is not up yet is waited for.
    ///
    /// # Errors
    /// [`ComposeError`].
    pub async fn accounts(&self, data: &Path) -> Result<Accounts, ComposeError> {
        match self {
            Self::Folder | Self::Passing => {
                private_folder(data).map_err(|error| ComposeError::Folder(data.to_owned(), error))?;
                Ok(Accounts::open(&data.join("accounts.db")).await?)
            }
            Self::Postgres { url, owner_url, patience } => {
                database::reachable(url, *patience).await.map_err(StoreError::from)?;
                let opened = Accounts::shared(url, owner_url.as_deref()).await;
                opened.map_err(|error| database::needs_owner(url, error))
            }
        }
    }

    async fn store(&self, data: &Path, jurisdiction: &str) -> Result<Arc<dyn Store>, ComposeError> {
        Ok(match self {
            Self::Folder => Arc::new(SqliteStore::open(&data.join("log.db"), jurisdiction).await?),
            Self::Passing => Arc::new(SqliteStore::open_passing(&data.join("log.db"), jurisdiction).await?),
            Self::Postgres { url, owner_url, patience } => {
                database::reachable(url, *patience).await.map_err(StoreError::from)?;
                let options = PostgresOptions::new(url).owned_by(owner_url.clone());
                Arc::new(PostgresStore::connect(options, jurisdiction).await?)
            }
        })
    }
}

/// A house: everything that a process of ours works with.
#[derive(Clone)]
pub struct House {
    /// The door to the log.
    pub engine: Engine,
    /// Complaints come in here.
    pub intake: Intake,
    /// Photographs and files; none where several gateways have no place in common.
    pub evidence: Option<EvidenceStore>,
    /// What people see.
    pub views: Views,
    /// By which ways people are told besides in-app.
    pub channels: Channels,
    /// Who may sign in.
    pub accounts: Accounts,
    /// Where its files are read again; none for the sample.
    pub rules_folder: Option<PathBuf>,
    /// Figures for `/metrics`.
    pub registry: Registry,
    /// Other nodes work on the same log, each with views of its own.
    pub shared: bool,
}

impl House {
    /// Opens log, accounts and views.
    ///
    /// # Errors
    /// [`ComposeError`].
    pub async fn open(settings: Settings) -> Result<Self, ComposeError> {
        let Settings { data, place, master_key, evidence, channels, rules, rules_folder, clock } = settings;
        private_folder(&data).map_err(|error| ComposeError::Folder(data.clone(), error))?;
        let store = place.store(&data, &jurisdiction(&rules)).await?;
        let accounts = place.accounts(&data).await?;
        let master = match std::env::var(MASTER_KEY).ok().or(master_key) {
            Some(text) => MasterKey::from_hex(&text)?,
            None => own_key(&place, &data, store.as_ref()).await?,
        };
        let registry = Registry::new();
        let engine = Engine::start(store.clone(), rules, clock, master, &registry).await?;
        let shared = matches!(place, Place::Postgres { .. });
        let views = match place {
            Place::Folder | Place::Passing => Views::open(&data.join("views.db")).await?,
            Place::Postgres { .. } => {
                same_key(&engine, &accounts).await?;
                cached_views(&data, store.as_ref()).await?
            }
        };
        let evidence = match evidence {
            Some(place) => Some(place.open(engine.keyring())?),
            None if shared => None,
            None => Some(EvidenceStore::folder(&data.join("evidence"), engine.keyring().clone())?),
        };
        let intake = Intake::new(engine.clone());
        Ok(Self { intake, evidence, engine, views, channels, accounts, rules_folder, registry, shared })
    }

    /// The rules in force now.
    pub fn rules(&self) -> Arc<Rulebook> {
        self.engine.rules()
    }

    /// Whether the log still holds the event up to which the views are. If not, its end was lost or
    /// changed, and to go on would mix two histories.
    ///
    /// # Errors
    /// [`ComposeError`].
    pub async fn views_fit(&self) -> Result<bool, ComposeError> {
        let kept = self.views.checkpoint().await?;
        let rows = self.engine.store().read_after(kept.position.saturating_sub(1), 1).await?;
        let same = rows.first().is_some_and(|row| row.position == kept.position && row.hash == kept.hash);
        Ok(kept.position == 0 || same)
    }

    /// The log as the views read it.
    pub fn feed(&self) -> Arc<LogFeed> {
        Arc::new(LogFeed::new(self.engine.clone()))
    }

    /// Carries the log into the views.
    pub fn runner(&self) -> Runner {
        Runner::new(self.views.clone(), self.feed(), self.rules())
    }

    /// Brings the views up to the log.
    ///
    /// # Errors
    /// [`RunnerError`] where either side fails.
    pub async fn catch_up(&self) -> Result<(), RunnerError> {
        self.runner().catch_up().await.map(|_| ())
    }
}

/// The master key that is given or lies in the data folder; none is made.
///
/// # Errors
/// [`ComposeError`].
pub fn given_master_key(config: &Config) -> Result<Option<MasterKey>, ComposeError> {
    let file = config.data.join("master.key");
    Ok(match std::env::var(MASTER_KEY).ok().or(config.master_key()?) {
        Some(text) => Some(MasterKey::from_hex(&text)?),
        None if config.postgres.is_none() && file.is_file() => Some(MasterKey::load(&file, false)?),
        None => None,
    })
}

/// The key in the data folder; a new one for a log that is new.
async fn own_key(place: &Place, data: &Path, store: &dyn Store) -> Result<MasterKey, ComposeError> {
    if let Place::Postgres { .. } = place {
        // A key of this folder's own would lock all other gateways out.
        let told = "several gateways share the log, so the key must be given: master_key_file, \
                    master_key or WHISTLEPOST_MASTER_KEY; make one with `openssl rand -hex 32`";
        return Err(KeyError::Master(told.to_owned()).into());
    }
    // A log whose head cannot be read is not new: `verify` says what is wrong with it.
    let log_is_new = store.head().await.is_ok_and(|head| head.position == 0);
    Ok(MasterKey::load(&data.join("master.key"), log_is_new)?)
}

/// All gateways of a log have one master key, also before the first case is sealed with it.
async fn same_key(engine: &Engine, accounts: &Accounts) -> Result<(), ComposeError> {
    // Keyed, so that what is kept tells nothing of the key.
    let ours = hex::encode(engine.keyring().content_hash(AGREED.as_bytes()));
    if accounts.agree(AGREED, &ours).await? == ours {
        return Ok(());
    }
    Err(KeyError::Master("the other gateways of this log have another master key".to_owned()).into())
}

/// Views that can be made again from the log: those of another log or of the time before a restore are
/// thrown away, unless another process keeps them.
async fn cached_views(data: &Path, store: &dyn Store) -> Result<Views, ComposeError> {
    let path = data.join("views.db");
    let told = |error| ComposeError::Folder(data.to_owned(), error);
    let log = store.identity().await?;
    let ours = format!("{}/{}", log.log_id, log.epoch);
    let note = data.join("views.log");
    let views = Views::open(&path).await?;
    let Some(_keeper) = Keeper::take(data).map_err(told)? else { return Ok(views) };
    let noted = std::fs::read_to_string(&note).ok();
    if noted.as_deref() == Some(&ours) {
        return Ok(views);
    }
    std::fs::write(&note, &ours).map_err(told)?;
    let Some(noted) = noted else { return Ok(views) };
    warn!(
        noted,
        ours, "本地视图不属于这个日志，将重建 · the views of this node are another log's and made anew"
    );
    views.close().await;
    Views::discard(&path).await?;
    Ok(Views::open(&path).await?)
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
pub(crate) fn jurisdiction(rules: &Rulebook) -> String {
    let root = rules.org.units().iter().find(|unit| unit.parent.is_none());
    root.map_or_else(|| "unknown".to_owned(), |unit| unit.code.to_string())
}
