//! Ways out for notifications.

use std::path::PathBuf;

use serde::Deserialize;

use super::secret::{self, SecretError};

/// See [`super::Config::notify`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NotifyConfig {
    /// What links in messages begin with, e.g. `https://post.example.test`.
    pub base_url: String,
    /// How long one try may take.
    pub timeout_seconds: u64,
    /// Messages on their way at once by one channel.
    pub at_once: usize,
    /// The channels; none: people are told in-app only.
    pub channel: Vec<ChannelConfig>,
}

/// One channel.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelConfig {
    /// What the duty roster calls it.
    pub name: String,
    /// What it is.
    pub kind: ChannelKind,
    /// Its address.
    pub url: String,
    /// What its messages are signed with; the password of a mail server.
    #[serde(default)]
    pub secret: Option<String>,
    /// File with it.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// Sender of mail.
    #[serde(default)]
    pub from: Option<String>,
}

/// What a channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// 邮件
    Smtp,
    /// A signed webhook.
    Webhook,
    /// 钉钉机器人
    Dingtalk,
    /// 飞书机器人
    Feishu,
    /// 企业微信机器人
    Wecom,
}

impl Default for NotifyConfig {
    fn default() -> Self {
        Self { base_url: String::new(), timeout_seconds: 10, at_once: 8, channel: Vec::new() }
    }
}

impl ChannelConfig {
    /// The secret, where one is named.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn secret(&self) -> Result<Option<String>, SecretError> {
        secret::one_of("notify.channel.secret", self.secret.as_deref(), self.secret_file.as_deref())
    }
}
