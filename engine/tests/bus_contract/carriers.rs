//! The carriers under test, and how each loses everything.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::consumer::pull;
use engine::bus::in_process::InProcessBus;
use engine::bus::nats::{NatsBus, NatsConfig};
use engine::bus::subject::Subjects;
use engine::bus::{Bus, Stream};
use uuid::Uuid;

/// A carrier with a jurisdiction of its own, so that tests do not meet.
pub struct Carrier {
    pub bus: Arc<dyn Bus>,
    pub jurisdiction: String,
    kind: Kind,
}

enum Kind {
    InProcess(InProcessBus),
    Nats { context: Box<jetstream::Context>, config: Box<NatsConfig> },
}

impl Carrier {
    pub fn in_process() -> Self {
        let bus = InProcessBus::new();
        Self { bus: Arc::new(bus.clone()), jurisdiction: "320506".to_owned(), kind: Kind::InProcess(bus) }
    }

    /// None where there is no server to test with.
    pub async fn nats() -> Option<Self> {
        let Ok(url) = std::env::var("WHISTLEPOST_TEST_NATS") else {
            println!("skipped: run tests/run");
            return None;
        };
        Some(Self::nats_at(&url).await)
    }

    pub async fn nats_at(url: &str) -> Self {
        let jurisdiction = Uuid::new_v4().simple().to_string();
        let prefix = format!("T{jurisdiction}_");
        let config = Box::new(NatsConfig::new(url, &jurisdiction).with_prefix(&prefix));
        let context = Box::new(jetstream::new(async_nats::connect(url).await.expect("a client")));
        let bus = connected(&config).await;
        Self { bus, jurisdiction, kind: Kind::Nats { context, config } }
    }

    /// The same server as a log of this epoch sees it.
    pub async fn in_epoch(self, epoch: u64) -> Self {
        let Kind::Nats { context, mut config } = self.kind else { return self };
        config.epoch = epoch;
        let bus = connected(&config).await;
        Self { bus, jurisdiction: self.jurisdiction, kind: Kind::Nats { context, config } }
    }

    /// An answer that a node of this server takes and does not settle is delivered again so soon.
    pub async fn settle_answers_within(&self, time: Duration) {
        let Kind::Nats { context, config } = &self.kind else { panic!("a server is needed") };
        let stream = context.get_stream(format!("{}RESPONSES", config.prefix)).await.expect("a stream");
        let settings = pull::Config {
            durable_name: Some("responses".to_owned()),
            ack_wait: time,
            max_ack_pending: 50_000,
            ..pull::Config::default()
        };
        stream.create_consumer(settings).await.expect("changed");
    }

    pub fn subjects(&self) -> Subjects {
        Subjects::new(&self.jurisdiction)
    }

    /// Loses every stream.
    pub async fn wipe(&self) {
        match &self.kind {
            Kind::InProcess(bus) => bus.wipe(),
            Kind::Nats { context, config } => {
                for stream in Stream::ALL {
                    context
                        .delete_stream(format!("{}{}", config.prefix, stream.name()))
                        .await
                        .expect("deleted");
                }
            }
        }
    }

    /// Loses one stream's messages.
    pub async fn purge(&self, stream: Stream) {
        match &self.kind {
            Kind::InProcess(bus) => bus.purge(stream),
            Kind::Nats { context, config } => {
                let name = format!("{}{}", config.prefix, stream.name());
                let stream = context.get_stream(name).await.expect("a stream");
                stream.purge().await.expect("purged");
            }
        }
    }
}

async fn connected(config: &NatsConfig) -> Arc<NatsBus> {
    let bus = NatsBus::connect(config.clone()).await.expect("a bus");
    for _ in 0..100 {
        if bus.ensure().await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Arc::new(bus)
}
