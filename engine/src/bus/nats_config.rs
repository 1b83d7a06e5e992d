//! How to reach NATS.

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
}
