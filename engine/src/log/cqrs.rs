//! Our log as the stock event-sourcing machinery sees it: readable by all of it, writable by none.

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::EventStoreAggregateContext;
use cqrs_es::{Aggregate, AggregateError, DomainEvent, EventEnvelope, EventStore};
use domain::case::{self, Case};
use domain::decider::Decider;
use domain::stream::{self, EVENT_VERSION, StreamId, StreamKind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Store, StoreError};

/// A decider whose events are in the log.
pub trait Logged:
    Decider<
        State: fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync,
        Event: Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync,
        Command: Send,
    > + Send
    + Sync
    + 'static
{
    /// `aggregate_type` in the log.
    const TYPE: &'static str;

    /// `event_type` in the log.
    fn event_type(event: &Self::Event) -> &'static str;

    /// The event, where it is one of this decider's.
    fn own(event: stream::Event) -> Option<Self::Event>;
}

impl Logged for Case {
    const TYPE: &'static str = "case";

    fn event_type(event: &case::Event) -> &'static str {
        event.name()
    }

    fn own(event: stream::Event) -> Option<case::Event> {
        match event {
            stream::Event::Case(event) => Some(event),
            stream::Event::Intake(_) | stream::Event::Rules(_) | stream::Event::Notification(_) => None,
        }
    }
}

/// A decider's state as an aggregate of the stock machinery. It folds; it does not decide.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Folded<D: Logged>(pub D::State);

impl<D: Logged> Default for Folded<D> {
    fn default() -> Self {
        Self(D::State::default())
    }
}

/// A decider's event as the stock machinery sees it; the JSON is the decider's own.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Happened<D: Logged>(pub D::Event);

impl<D: Logged> Clone for Happened<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<D: Logged> PartialEq for Happened<D> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<D: Logged + fmt::Debug> DomainEvent for Happened<D> {
    fn event_type(&self) -> String {
        D::event_type(&self.0).to_owned()
    }

    fn event_version(&self) -> String {
        EVENT_VERSION.to_owned()
    }
}

/// Commands are given to the engine, which alone writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("only the engine writes: give the command to it")]
pub struct ReadOnly;

impl<D: Logged + fmt::Debug> Aggregate for Folded<D> {
    const TYPE: &'static str = D::TYPE;
    type Command = D::Command;
    type Event = Happened<D>;
    type Error = ReadOnly;
    type Services = ();

    async fn handle(&mut self, _: D::Command, (): &(), _: &EventSink<Self>) -> Result<(), ReadOnly> {
        Err(ReadOnly)
    }

    fn apply(&mut self, event: Happened<D>) {
        D::evolve(&mut self.0, &event.0);
    }
}

/// Any of our stores as a stock event store that loads and never commits.
#[derive(Debug)]
pub struct Reading<S, D> {
    store: S,
    decider: PhantomData<D>,
}

impl<S: Store, D: Logged> Reading<S, D> {
    /// Reads through this store.
    pub fn new(store: S) -> Self {
        Self { store, decider: PhantomData }
    }
}

impl<S: Store, D: Logged + fmt::Debug> EventStore<Folded<D>> for Reading<S, D> {
    type AC = EventStoreAggregateContext<Folded<D>>;

    async fn load_events(&self, id: &str) -> Result<Vec<EventEnvelope<Folded<D>>>, AggregateError<ReadOnly>> {
        let (Some(kind), Ok(uuid)) = (StreamKind::parse(D::TYPE), Uuid::parse_str(id)) else {
            return Ok(Vec::new());
        };
        let recorded = self.store.load(&[StreamId { kind, id: uuid }]).await.map_err(unexpected)?;
        let envelope = |(sequence, event)| EventEnvelope {
            aggregate_id: id.to_owned(),
            sequence,
            payload: Happened(event),
            metadata: HashMap::new(),
        };
        let events = recorded.into_iter().filter_map(|recorded| D::own(recorded.event));
        Ok((1..).zip(events).map(envelope).collect())
    }

    async fn load_aggregate(&self, id: &str) -> Result<Self::AC, AggregateError<ReadOnly>> {
        let mut context = EventStoreAggregateContext {
            aggregate_id: id.to_owned(),
            aggregate: Folded::default(),
            current_sequence: 0,
            current_snapshot: None,
        };
        for event in self.load_events(id).await? {
            context.current_sequence = event.sequence;
            context.aggregate.apply(event.payload);
        }
        Ok(context)
    }

    async fn commit(
        &self,
        _: Vec<Happened<D>>,
        _: Self::AC,
        _: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<Folded<D>>>, AggregateError<ReadOnly>> {
        Err(AggregateError::UserError(ReadOnly))
    }
}

fn unexpected(error: StoreError) -> AggregateError<ReadOnly> {
    AggregateError::UnexpectedError(Box::new(error))
}
