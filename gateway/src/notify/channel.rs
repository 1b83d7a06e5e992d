//! The ways out: one small trait, one file a channel.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use super::robot::Robot;
use super::smtp::Smtp;
use super::webhook::Webhook;
use crate::config::{ChannelConfig, ChannelKind, NotifyConfig, SecretError};

/// A message on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    /// The same at every try: receivers know a repetition by it.
    pub id: String,
    /// When it is tried.
    pub at: Timestamp,
    /// Subject.
    pub title: String,
    /// Text, its links included.
    pub body: String,
    /// Whom the channel is to reach; empty where it needs nobody.
    pub to: String,
    /// `emergency`, `normal`, `low`.
    pub urgency: &'static str,
    /// What it tells of; several in a digest.
    pub items: Vec<OutboundItem>,
}

/// One notification of a message.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct OutboundItem {
    /// The notification.
    pub id: String,
    /// Number of the case.
    pub case_no: String,
    /// The event of the case.
    pub event: String,
    /// Code of the item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// The unit that is told.
    pub unit: String,
    /// As what.
    pub post: &'static str,
    /// The limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Where the case is.
    pub link: String,
}

/// It did not arrive, as far as we know. Never quotes a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendError {
    /// What went wrong.
    pub reason: String,
    /// To try again is of no use.
    pub lasting: bool,
}

impl SendError {
    /// It may be different the next time.
    pub fn passing(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), lasting: false }
    }

    /// It will not.
    pub fn lasting(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), lasting: true }
    }
}

/// A way out.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Delivers; what the receiver said. Every call is given up after the channel's own time.
    async fn send(&self, message: &Outbound) -> Result<String, SendError>;
}

/// All ways out of a house.
#[derive(Clone)]
pub struct Channels {
    /// What links begin with.
    pub base_url: String,
    /// How long one try may take, whatever the channel does.
    pub timeout: Duration,
    /// Messages on their way at once by one channel: who hangs blocks nobody else.
    pub at_once: usize,
    all: BTreeMap<String, Arc<dyn Channel>>,
}

impl Default for Channels {
    fn default() -> Self {
        Self { base_url: String::new(), timeout: Duration::from_secs(10), at_once: 8, all: BTreeMap::new() }
    }
}

impl Channels {
    /// The ways that the configuration names.
    ///
    /// # Errors
    /// A secret that cannot be had, or a channel that cannot be understood.
    pub fn configured(config: &NotifyConfig) -> Result<Self, SecretError> {
        let timeout = Duration::from_secs(config.timeout_seconds.max(1));
        let mut channels = Self {
            base_url: config.base_url.trim_end_matches('/').to_owned(),
            timeout,
            at_once: config.at_once.max(1),
            all: BTreeMap::new(),
        };
        if config.channel.is_empty() {
            return Ok(channels);
        }
        let client = reqwest::Client::builder()
            .timeout(timeout)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| SecretError::Channel(String::new(), error.without_url().to_string()))?;
        for one in &config.channel {
            let channel = open(one, &client, timeout)?;
            if channels.all.insert(one.name.clone(), channel).is_some() {
                return Err(SecretError::Channel(one.name.clone(), "named twice".to_owned()));
            }
        }
        Ok(channels)
    }

    /// The same with one more way: what tests and scenario tables do.
    #[must_use]
    pub fn with(mut self, name: &str, channel: Arc<dyn Channel>) -> Self {
        self.all.insert(name.to_owned(), channel);
        self
    }

    /// The names of all.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.all.keys()
    }

    /// The way of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Channel>> {
        self.all.get(name)
    }
}

fn open(
    config: &ChannelConfig,
    client: &reqwest::Client,
    timeout: Duration,
) -> Result<Arc<dyn Channel>, SecretError> {
    let wrong = |why: &str| SecretError::Channel(config.name.clone(), why.to_owned());
    let secret = config.secret()?;
    let url = url::Url::parse(&config.url).map_err(|error| wrong(&error.to_string()))?;
    let robot = |kind| -> Arc<dyn Channel> {
        Arc::new(Robot { kind, client: client.clone(), url: url.clone(), secret: secret.clone() })
    };
    Ok(match config.kind {
        ChannelKind::Smtp => {
            Arc::new(Smtp::new(config, secret.as_deref(), timeout).map_err(|why| wrong(&why))?)
        }
        ChannelKind::Webhook => {
            let secret = secret.as_deref().ok_or_else(|| wrong("secret or secret_file is missing"))?;
            Arc::new(Webhook::new(client.clone(), url, secret).map_err(|why| wrong(&why))?)
        }
        kind @ (ChannelKind::Dingtalk | ChannelKind::Feishu | ChannelKind::Wecom) => robot(kind),
    })
}

/// HMAC-SHA256.
pub(super) fn hmac_sha256(key: &[u8], text: &[u8]) -> Vec<u8> {
    // A key of any length will do.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// What went wrong with a request, without the address: that may hold a key.
pub(super) fn unsent(error: reqwest::Error) -> SendError {
    let told = if error.is_timeout() { "timed out".to_owned() } else { error.without_url().to_string() };
    SendError::passing(told)
}
