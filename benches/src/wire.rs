//! A bus on a real NATS server, with streams of its own, gone when the bench is done.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::{self, Context};
use engine::bus::nats::{NatsBus, NatsConfig};
use engine::bus::subject::Subjects;
use engine::bus::{Bus, Stream};
use tokio::time::timeout;
use uuid::Uuid;

use crate::Failure;

/// How long the server is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Streams of their own on a server.
pub struct Wire {
    /// The bus.
    pub bus: Arc<dyn Bus>,
    /// Whose subjects.
    pub subjects: Subjects,
    context: Context,
    prefix: String,
}

impl Wire {
    /// Makes the streams on this server.
    ///
    /// # Errors
    /// A server that is not there, or that has no `JetStream`.
    pub async fn new(url: &str) -> Result<Self, Failure> {
        let jurisdiction = Uuid::new_v4().simple().to_string();
        let prefix = format!("B{jurisdiction}_");
        let context = jetstream::new(async_nats::connect(url).await?);
        let bus = NatsBus::connect(NatsConfig::new(url, &jurisdiction).with_prefix(&prefix)).await?;
        timeout(PATIENCE, async {
            while !bus.connected() {
                tokio::time::sleep(PATIENCE / 100).await;
            }
        })
        .await?;
        bus.ensure().await?;
        Ok(Self { bus: Arc::new(bus), subjects: Subjects::new(&jurisdiction), context, prefix })
    }

    /// Messages in these streams.
    ///
    /// # Errors
    /// A bus that does not answer.
    pub async fn messages(&self, streams: &[Stream]) -> Result<u64, Failure> {
        let mut messages = 0;
        for stream in streams {
            messages += self.bus.state(*stream).await?.messages;
        }
        Ok(messages)
    }

    /// Deletes the streams.
    ///
    /// # Errors
    /// A bus that does not answer.
    pub async fn delete(self) -> Result<(), Failure> {
        for stream in Stream::ALL {
            self.context.delete_stream(format!("{}{}", self.prefix, stream.name())).await?;
        }
        Ok(())
    }
}
