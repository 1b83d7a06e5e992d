//! What only one node may do at a time: a loop asks its [`Lease`] before every step.
//!
//! A lease is a row that runs out by the database's clock. It is renewed by asking, so a loop that
//! hangs loses it like one that died; and what a loop does under it must be harmless to do twice,
//! for a node may stand still between asking and doing.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tracing::{info, warn};
use uuid::Uuid;

use crate::log::{LeaseClaim, Store, StoreError};

/// After so long without being renewed a lease is anybody's.
pub const TTL: Duration = Duration::from_secs(5);

/// The name of this process among the holders of leases.
pub fn this_process() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "node".to_owned());
        format!("{host}/{}/{}", std::process::id(), Uuid::new_v4().simple())
    })
}

/// One node's claim to one task.
pub struct Lease {
    store: Arc<dyn Store>,
    name: &'static str,
    holder: String,
    ttl: Duration,
    held: Option<Held>,
    ask_again: Instant,
}

/// By this node's own monotonic clock, counted from before the question was sent: never longer than
/// the database counts.
#[derive(Debug, Clone, Copy)]
struct Held {
    epoch: u64,
    until: Instant,
}

impl Lease {
    /// A claim by this process. Nothing is held before [`Lease::held`] says so.
    pub fn new(store: Arc<dyn Store>, name: &'static str) -> Self {
        let holder = this_process().to_owned();
        Self { store, name, holder, ttl: TTL, held: None, ask_again: Instant::now() }
    }

    /// The same claim by another holder: what tests do that play several nodes.
    #[must_use]
    pub fn held_by(self, holder: impl Into<String>) -> Self {
        Self { holder: holder.into(), ..self }
    }

    /// The same claim with another time to live.
    #[must_use]
    pub fn living(self, ttl: Duration) -> Self {
        Self { ttl, ..self }
    }

    /// Whether this node holds the lease now: its epoch, which grows whenever another takes over. Asks
    /// the store when a third of the time to live has gone by, or when another's lease may have run out.
    ///
    /// # Errors
    /// [`StoreError`] where the store does not answer and nothing is held any more.
    pub async fn held(&mut self) -> Result<Option<u64>, StoreError> {
        let now = Instant::now();
        if now >= self.ask_again {
            self.ask(now).await?;
        }
        Ok(self.held.filter(|held| Instant::now() < held.until).map(|held| held.epoch))
    }

    /// Lets go, so that another need not wait: what a node does when it stops.
    pub async fn release(&mut self) {
        if self.held.take().is_none() {
            return;
        }
        self.ask_again = Instant::now();
        if let Err(error) = self.store.release_lease(self.name, &self.holder).await {
            warn!(lease = self.name, %error, "the lease was not released; it runs out by itself");
        }
    }

    async fn ask(&mut self, now: Instant) -> Result<(), StoreError> {
        match self.store.claim_lease(self.name, &self.holder, self.ttl).await {
            Ok(LeaseClaim::Held { epoch }) => {
                if self.held.is_none_or(|held| held.epoch != epoch) {
                    info!(lease = self.name, epoch, "lease taken");
                }
                self.held = Some(Held { epoch, until: now + self.ttl });
                self.ask_again = now + self.ttl / 3;
            }
            Ok(LeaseClaim::Taken { by, left }) => {
                if self.held.take().is_some() {
                    warn!(lease = self.name, by, "lease lost");
                }
                self.ask_again = Instant::now() + left.min(self.ttl / 3);
            }
            Err(error) if self.held.is_some_and(|held| Instant::now() < held.until) => {
                warn!(lease = self.name, %error, "the lease could not be renewed; asking again");
                self.ask_again = Instant::now() + self.ttl / 10;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
