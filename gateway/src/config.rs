//! The configuration file of `serve`: `deploy/embedded/config.toml` shows every key.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What `serve` runs with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Folder with `log.db`, `views.db`, `accounts.db` and the master key.
    pub data: PathBuf,
    /// Folder with rules laid out like `deploy/`; none for the compiled-in sample.
    pub rules: Option<PathBuf>,
    /// The web side.
    pub http: Http,
    /// The message bus; none for the one inside the process.
    pub nats: Option<Nats>,
}

/// See [`Config::http`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Address to listen on; loopback unless you say otherwise.
    pub address: SocketAddr,
    /// Behind TLS: cookies are marked `Secure`.
    pub secure_cookies: bool,
}

/// See [`Config::nats`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nats {
    /// Server, e.g. `nats://127.0.0.1:4222`.
    pub url: String,
    /// Credentials file, where the server asks for one.
    #[serde(default)]
    pub credentials: Option<PathBuf>,
    /// What stream names begin with, where several logs share one server.
    #[serde(default)]
    pub stream_prefix: String,
}

impl Default for Config {
    fn default() -> Self {
        Self { data: PathBuf::from(".whistlepost"), rules: None, http: Http::default(), nats: None }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self { address: SocketAddr::from(([127, 0, 0, 1], 8080)), secure_cookies: false }
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {reason}", path = .0.display(), reason = .1)]
    Unreadable(PathBuf, std::io::Error),
    /// The file is wrong; the message names line and key.
    #[error("{path}: {reason}", path = .0.display(), reason = .1)]
    Invalid(PathBuf, Box<toml::de::Error>),
}

impl Config {
    /// Reads the file.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable(path.to_owned(), error))?;
        toml::from_str(&text).map_err(|error| ConfigError::Invalid(path.to_owned(), Box::new(error)))
    }
}
