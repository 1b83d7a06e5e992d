//! The stock repositories on our table: they read it, and they cannot write to it.

use std::collections::HashMap;

use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore};
use cqrs_es::{AggregateError, EventStore};
use domain::case::{self, Case, State};
use domain::decider::fold;
use domain::stream::{Event, StreamId};
use engine::log::Store;
use engine::log::cqrs::{Folded, Happened, ReadOnly, Reading};
use postgres_es::PostgresEventRepository;
use sqlite_es::SqliteEventRepository;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{PgPool, SqlitePool};

use crate::entries::*;
use crate::places::{Memory, Place, Postgres, Sqlite};

/// The life of a case, as it stands in the log, in two entries.
async fn a_case(store: &impl Store) -> StreamId {
    let stream = case();
    let mut opened = entry(stream, 0, 0);
    opened.events = vec![
        case_event(
            r#"{"CaseRegistered":{"case_no":"20261120-7K3QD","source":"12345","received_at":
               "2026-11-20T08:25:00Z","item":"0101","confidential":true,"sealed":"c2VhbGVk"}}"#,
        ),
        case_event(r#"{"CaseSupplemented":{"received_at":"2026-11-20T08:27:00Z","sealed":"bW9yZQ"}}"#),
    ];
    append(store, opened).await;
    append(store, entry(case(), 0, 2)).await;
    let mut closed = entry(stream, 2, 0);
    closed.events = vec![
        case_event(r#"{"ComplainantContacted":{"channel":"phone"}}"#),
        case_event(r#"{"CallbackCompleted":{"contacted":true,"solved":true,"satisfaction":"satisfied"}}"#),
        case_event(r#"{"CaseClosed":{"mode":"solved"}}"#),
    ];
    append(store, closed).await;
    stream
}

async fn state(store: &impl Store, stream: StreamId) -> State {
    let recorded = store.load(&[stream]).await.expect("it loads");
    let events: Vec<_> = recorded
        .into_iter()
        .map(|recorded| match recorded.event {
            Event::Case(event) => event,
            Event::Intake(_) | Event::Rules(_) | Event::Notification(_) => panic!("another event in a case"),
        })
        .collect();
    fold::<Case>(&events)
}

async fn folds_to_the_same_state(stock: &impl LoadCase, store: &impl Store, stream: StreamId) {
    let (loaded, sequence) = stock.load_case(&stream.id.to_string()).await;
    let ours = state(store, stream).await;
    assert_eq!(ours.life, case::Life::Closed);
    assert_eq!((loaded.0, sequence), (ours, 5));
}

/// A stock event store whose context is the stock one.
trait LoadCase {
    async fn load_case(&self, id: &str) -> (Folded<Case>, usize);
}

impl<S> LoadCase for S
where
    S: EventStore<Folded<Case>, AC = cqrs_es::persist::EventStoreAggregateContext<Folded<Case>>>,
{
    async fn load_case(&self, id: &str) -> (Folded<Case>, usize) {
        let context = self.load_aggregate(id).await.expect("the stock store loads it");
        (context.aggregate, context.current_sequence)
    }
}

async fn a_stock_writer_fails<R: PersistedEventRepository>(
    repository: R,
    store: &impl Store,
    stream: StreamId,
) {
    let stock = PersistedEventStore::<R, Folded<Case>>::new_event_store(repository);
    let rows = all(store).await;
    let context = stock.load_aggregate(&stream.id.to_string()).await.expect("it loads");
    let contacted: case::Event =
        serde_json::from_str(r#"{"ComplainantContacted":{"channel":"phone"}}"#).expect("an event");
    let refused = stock.commit(vec![Happened(contacted)], context, HashMap::new()).await;
    assert!(matches!(refused, Err(AggregateError::UnexpectedError(_))), "{refused:?}");
    assert_eq!(all(store).await, rows);
    assert_eq!(faults(store).await, []);
}

#[tokio::test]
async fn the_stock_sqlite_repository_reads_a_case_and_cannot_write_one() {
    crate::on::<Sqlite>(async |place| {
        let store = place.open().await;
        let stream = a_case(&store).await;
        let options = SqliteConnectOptions::new().filename(place.path());
        let pool = SqlitePool::connect_with(options).await.expect("the file opens");
        let repository = || SqliteEventRepository::new(pool.clone());
        folds_to_the_same_state(&PersistedEventStore::new_event_store(repository()), &store, stream).await;
        a_stock_writer_fails(repository(), &store, stream).await;
    })
    .await;
}

#[tokio::test]
async fn the_stock_postgres_repository_reads_a_case_and_cannot_write_one() {
    crate::on::<Postgres>(async |place| {
        let store = place.open().await;
        let stream = a_case(&store).await;
        let pool = PgPool::connect_with(place.options()).await.expect("the database opens");
        let repository = || PostgresEventRepository::new(pool.clone());
        folds_to_the_same_state(&PersistedEventStore::new_event_store(repository()), &store, stream).await;
        a_stock_writer_fails(repository(), &store, stream).await;
    })
    .await;
}

#[tokio::test]
async fn any_store_is_a_stock_event_store_that_never_commits() {
    crate::on::<Memory>(async |place| {
        let store = place.open().await;
        let stream = a_case(&store).await;
        let reading = Reading::<_, Case>::new(store.clone());
        folds_to_the_same_state(&reading, &store, stream).await;
        let context = reading.load_aggregate("no case").await.expect("an empty one");
        let refused = reading.commit(Vec::new(), context, HashMap::new()).await;
        assert!(matches!(refused, Err(AggregateError::UserError(ReadOnly))));
    })
    .await;
}
