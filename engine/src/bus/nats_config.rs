//! How to reach NATS.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::ConnectOptions;
use tracing::{debug, info, warn};

use super::BusError;
use super::nats::{CALL, unknown};

/// How soon a dead connection is noticed.
const PING: Duration = Duration::from_secs(10);

/// The last thing that went wrong between us and the server since we were connected.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Option<String>>>);

impl Heard {
    fn note(&self, event: &async_nats::Event) {
        use async_nats::Event::{ClientError, Connected, ServerError};
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Connected => *heard = None,
            ClientError(error) => *heard = Some(error.to_string()),
            ServerError(error) => *heard = Some(error.to_string()),
            _ => {}
        }
    }

    pub(super) fn last(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How to reach NATS.
#[derive(Debug, Clone)]
pub struct NatsConfig {
    /// Server addresses, e.g. `nats://127.0.0.1:4222`; several separated by commas.
    pub url: String,
    /// Whose subjects.
    pub jurisdiction: String,
    /// Before every stream's name, e.g. `W320506_`: two logs on one account need two prefixes.
    pub prefix: String,
    /// User and password, where the server wants them.
    pub user: Option<(String, String)>,
    /// Seed of an nkey, where the server wants one.
    pub nkey: Option<String>,
    /// A credentials file, where the server wants one.
    pub credentials: Option<std::path::PathBuf>,
    /// Certificate authority of the server, PEM.
    pub ca: Option<std::path::PathBuf>,
    /// Our own certificate and its key, PEM, where the server asks for one.
    pub certificate: Option<(std::path::PathBuf, std::path::PathBuf)>,
    /// Units that take their tasks from the bus: each gets its consumer.
    pub units: Vec<String>,
    /// Hotlines that read their receipts from the bus: likewise.
    pub sources: Vec<String>,
    /// Epoch of the log: a restored one reads again what the bus has kept since the backup.
    pub epoch: u64,
    /// Copies of every stream: 1, or 3 in a cluster.
    pub replicas: usize,
    /// Most bytes of one outgoing stream, the oldest go first; -1 for no limit.
    pub max_bytes: i64,
}

impl NatsConfig {
    /// One server, no password, no limits.
    pub fn new(url: &str, jurisdiction: &str) -> Self {
        Self {
            url: url.to_owned(),
            jurisdiction: jurisdiction.to_owned(),
            prefix: String::new(),
            user: None,
            nkey: None,
            credentials: None,
            ca: None,
            certificate: None,
            units: Vec::new(),
            sources: Vec::new(),
            epoch: 1,
            replicas: 1,
            max_bytes: -1,
        }
    }

    /// The same, with this before every stream's name.
    #[must_use]
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// Where we sign in, and as whom; without any secret.
    pub fn identity(&self) -> String {
        let public = |seed: &String| match nkeys::KeyPair::from_seed(seed.trim()) {
            Ok(pair) => pair.public_key(),
            Err(error) => format!("({error})"),
        };
        let user = self.user.iter().map(|(user, _)| format!("user {user}"));
        let nkey = self.nkey.iter().map(|seed| format!("nkey {}", public(seed)));
        let file = self.credentials.iter().map(|file| format!("credentials {}", file.display()));
        let mut who = user.chain(nkey).chain(file).collect::<Vec<_>>().join(", ");
        if who.is_empty() {
            "nobody".clone_into(&mut who);
        }
        format!("{} as {who}", self.url)
    }

    /// The connection as the client library wants it: it waits for a server that is away, for ever. What
    /// it hears from there is kept.
    pub(super) async fn options(&self, heard: Heard) -> Result<ConnectOptions, BusError> {
        let mut options = ConnectOptions::new()
            .name("whistlepost")
            .ping_interval(PING)
            .connection_timeout(CALL)
            .request_timeout(Some(CALL))
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(|attempts| {
                Duration::from_millis(
                    u64::try_from(attempts).unwrap_or(u64::MAX).saturating_mul(100).min(3_000),
                )
            })
            .event_callback(move |event| {
                heard.note(&event);
                async move {
                    match event {
                        async_nats::Event::Connected => info!("nats: connected"),
                        // Every try of a server that is away is one: who waits for the bus says so once.
                        async_nats::Event::ClientError(error) => debug!("nats: {error}"),
                        async_nats::Event::Closed => debug!("nats: closed"),
                        other => warn!("nats: {other}"),
                    }
                }
            });
        if let Some((user, password)) = &self.user {
            options = options.user_and_password(user.clone(), password.clone());
        }
        if let Some(seed) = &self.nkey {
            options = options.nkey(seed.clone());
        }
        if let Some(ca) = &self.ca {
            options = options.add_root_certificates(ca.clone()).require_tls(true);
        }
        if let Some((certificate, key)) = &self.certificate {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        if let Some(file) = &self.credentials {
            options = options.credentials_file(file).await.map_err(unknown)?;
        }
        Ok(options)
    }
}
