//! The configuration file of `serve`: `deploy/embedded/config.toml` and `deploy/scaled/config.toml`
//! show every key.

mod evidence;
mod notify;
mod proxies;
mod read;
mod secret;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

pub use evidence::EvidencePlace;
pub use notify::{ChannelConfig, ChannelKind, NotifyConfig};
pub use proxies::Proxies;
pub use read::ConfigError;
pub use secret::SecretError;

/// What `serve` runs with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Folder of this node: embedded everything, scaled only the views, which can be made again.
    pub data: PathBuf,
    /// Folder with rules laid out like `deploy/`; none for the compiled-in sample.
    pub rules: Option<PathBuf>,
    /// The master key, 64 hexadecimal digits; better a reference than the key itself.
    pub master_key: Option<String>,
    /// File with the master key.
    pub master_key_file: Option<PathBuf>,
    /// The web side.
    pub http: Http,
    /// The log and the accounts in PostgreSQL; none for SQLite files in the data folder.
    pub postgres: Option<Postgres>,
    /// The message bus; none for a house without one.
    pub nats: Option<Nats>,
    /// Where photographs and files lie; none for the data folder, where one gateway has the log alone.
    pub evidence: Option<EvidencePlace>,
    /// By which ways people are told besides in-app; none by default.
    pub notify: NotifyConfig,
}

/// See [`Config::http`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Address to listen on; loopback unless you say otherwise.
    pub address: SocketAddr,
    /// Behind TLS: cookies are marked `Secure`.
    pub secure_cookies: bool,
    /// Proxies whose word about the client's address is taken: addresses, or networks as `10.0.0.0/8`.
    pub trusted_proxies: Proxies,
}

/// See [`Config::postgres`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Postgres {
    /// The database as the application's role, which can only read and append.
    pub url: String,
    /// Password of that role, where the URL has none.
    #[serde(default)]
    pub password: Option<String>,
    /// File with it.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// The database as the owner of the tables, who makes and migrates them; absent where one role does both.
    #[serde(default)]
    pub owner_url: Option<String>,
    /// Password of the owner, where the URL has none.
    #[serde(default)]
    pub owner_password: Option<String>,
    /// File with it.
    #[serde(default)]
    pub owner_password_file: Option<PathBuf>,
    /// How long a start waits for a database that is not up yet.
    #[serde(default = "default_wait_seconds")]
    pub wait_seconds: u64,
}

fn default_wait_seconds() -> u64 {
    300
}

/// See [`Config::nats`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Nats {
    /// Servers, e.g. `nats://127.0.0.1:4222`; one, or a list of those of a cluster.
    pub url: Servers,
    /// User, where the server wants one.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<String>,
    /// File with it.
    pub password_file: Option<PathBuf>,
    /// Credentials file, where the server asks for one.
    pub credentials: Option<PathBuf>,
    /// File with the seed of an nkey, where the server asks for one.
    pub nkey_seed_file: Option<PathBuf>,
    /// Certificate authority of the server, PEM; TLS is demanded then.
    pub ca: Option<PathBuf>,
    /// Our own certificate, PEM, where the server asks for one.
    pub client_certificate: Option<PathBuf>,
    /// Its key, PEM.
    pub client_key: Option<PathBuf>,
    /// Hotlines that read their receipts from the bus: each has consumers made for it.
    pub sources: Vec<String>,
    /// What stream names begin with, where several logs share one account.
    pub stream_prefix: String,
    /// Copies of every stream: 1, or 3 in a cluster.
    pub replicas: Option<usize>,
    /// Most bytes of one outgoing stream, the oldest go first; absent for no limit.
    pub max_bytes: Option<u64>,
}

/// One server, or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Servers {
    /// One; several separated by commas are understood.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Servers {
    /// All of them, separated by commas.
    pub fn joined(&self) -> String {
        match self {
            Self::One(one) => one.clone(),
            Self::Many(many) => many.join(","),
        }
    }
}

impl Default for Servers {
    fn default() -> Self {
        Self::One("nats://127.0.0.1:4222".to_owned())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from(".whistlepost"),
            rules: None,
            master_key: None,
            master_key_file: None,
            http: Http::default(),
            postgres: None,
            nats: None,
            evidence: None,
            notify: NotifyConfig::default(),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 8080)),
            secure_cookies: false,
            trusted_proxies: Proxies::default(),
        }
    }
}

impl Config {
    /// The master key as configured: its text, or none where nothing names one.
    ///
    /// # Errors
    /// [`SecretError`] where it is named twice or the file cannot be read.
    pub fn master_key(&self) -> Result<Option<String>, SecretError> {
        secret::one_of("master_key", self.master_key.as_deref(), self.master_key_file.as_deref())
    }
}

impl Postgres {
    /// The application's URL, its password included.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn url(&self) -> Result<String, SecretError> {
        let password =
            secret::one_of("postgres.password", self.password.as_deref(), self.password_file.as_deref())?;
        secret::with_password("postgres.url", &self.url, password)
    }

    /// The owner's URL, its password included.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn owner_url(&self) -> Result<Option<String>, SecretError> {
        let Some(url) = &self.owner_url else { return Ok(None) };
        let (password, file) = (self.owner_password.as_deref(), self.owner_password_file.as_deref());
        let password = secret::one_of("postgres.owner_password", password, file)?;
        secret::with_password("postgres.owner_url", url, password).map(Some)
    }

    /// How long a start waits for the database.
    pub fn wait(&self) -> Duration {
        Duration::from_secs(self.wait_seconds)
    }
}

impl Nats {
    /// User and password, where a user is named.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn user(&self) -> Result<Option<(String, String)>, SecretError> {
        let Some(user) = &self.user else { return Ok(None) };
        let password =
            secret::one_of("nats.password", self.password.as_deref(), self.password_file.as_deref())?;
        Ok(Some((user.clone(), password.unwrap_or_default())))
    }

    /// Certificate and key, where we show one.
    ///
    /// # Errors
    /// [`SecretError`] where one of them is missing.
    pub fn certificate(&self) -> Result<Option<(PathBuf, PathBuf)>, SecretError> {
        match (&self.client_certificate, &self.client_key) {
            (Some(certificate), Some(key)) => {
                secret::certificate("nats.client_certificate", certificate)?;
                secret::read("nats.client_key", key)?;
                Ok(Some((certificate.clone(), key.clone())))
            }
            (None, None) => Ok(None),
            _ => Err(SecretError::Half("nats.client_certificate", "nats.client_key")),
        }
    }

    /// The seed of the nkey to sign in with.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn nkey(&self) -> Result<Option<String>, SecretError> {
        let Some(file) = &self.nkey_seed_file else { return Ok(None) };
        let seed = secret::one_of("nats.nkey_seed", None, Some(file))?;
        match seed.filter(|seed| nkeys::KeyPair::from_seed(seed.trim()).is_ok()) {
            Some(seed) => Ok(Some(seed)),
            None => Err(SecretError::NoSeed("nats.nkey_seed_file".to_owned(), file.clone())),
        }
    }

    /// The certificate authority of the server.
    ///
    /// # Errors
    /// [`SecretError`] where the file holds none.
    pub fn ca(&self) -> Result<Option<PathBuf>, SecretError> {
        let Some(file) = &self.ca else { return Ok(None) };
        secret::certificate("nats.ca", file)?;
        Ok(Some(file.clone()))
    }

    /// The credentials file.
    ///
    /// # Errors
    /// [`SecretError`] where it cannot be read.
    pub fn credentials(&self) -> Result<Option<PathBuf>, SecretError> {
        let Some(file) = &self.credentials else { return Ok(None) };
        secret::read("nats.credentials", file)?;
        Ok(Some(file.clone()))
    }
}
