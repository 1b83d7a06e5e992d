//! The aggregate of cqrs-es as its book shows it; `postgres-es` and `sqlite-es` both run it.

use std::sync::{Arc, Mutex};

use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{PersistedEventRepository, QueryReplay};
use cqrs_es::{Aggregate, DomainEvent, EventEnvelope, Query};
use std::collections::HashMap;
use std::time::Instant;

use crate::{Case, Command, Fact, Failure, Refused};

impl DomainEvent for Fact {
    fn event_type(&self) -> String {
        self.name().to_owned()
    }

    fn event_version(&self) -> String {
        "1.0".to_owned()
    }
}

impl Aggregate for Case {
    const TYPE: &'static str = "case";
    type Command = Command;
    type Event = Fact;
    type Error = Refused;
    type Services = ();

    async fn handle(&mut self, command: Command, (): &(), sink: &EventSink<Self>) -> Result<(), Refused> {
        for fact in self.decide(command)? {
            sink.write(fact, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Fact) {
        Case::apply(self, &event);
    }
}

/// The states of all cases, folded from the events that a replay dispatches.
#[derive(Clone, Default)]
struct Folded(Arc<Mutex<(u64, HashMap<String, Case>)>>);

#[async_trait::async_trait]
impl Query<Case> for Folded {
    async fn dispatch(&self, aggregate_id: &str, events: &[EventEnvelope<Case>]) {
        let Ok(mut folded) = self.0.lock() else { return };
        for event in events {
            folded.0 += 1;
            if !folded.1.contains_key(aggregate_id) {
                folded.1.insert(aggregate_id.to_owned(), Case::default());
            }
            if let Some(case) = folded.1.get_mut(aggregate_id) {
                Case::apply(case, &event.payload);
            }
        }
    }
}

/// Replays the whole log with the framework's own `QueryReplay` and prints the figures.
///
/// # Errors
/// What the repository says.
pub async fn replay<R: PersistedEventRepository>(repository: R) -> Result<(), Failure> {
    let folded = Folded::default();
    let replay = QueryReplay::new(repository, folded.clone());
    let started = Instant::now();
    replay.replay_all().await?;
    let seconds = started.elapsed().as_secs_f64();
    let folded = folded.0.lock().map_err(|_| "a fold panicked")?;
    let (events, streams) = (folded.0, folded.1.len());
    let rate = events as f64 / seconds;
    println!(
        "{}",
        serde_json::json!({ "events": events, "streams": streams, "seconds": seconds, "events_per_s": rate })
    );
    Ok(())
}
