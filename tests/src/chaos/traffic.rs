//! Those outside: hotlines that send, one that reads what comes back, and the departments.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::{self, Context};
use engine::bus::subject::Subjects;
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;

use super::letters::Letter;

/// How long an answer of the bus is waited for before it counts as unknown.
const CALL: Duration = Duration::from_secs(5);
/// The pause after a failure.
const PAUSE: Duration = Duration::from_millis(200);
/// Most messages on their way at once.
const IN_FLIGHT: usize = 256;

/// A bus that may go away and come back.
pub async fn connect(url: &str) -> Context {
    let options = async_nats::ConnectOptions::new()
        .retry_on_initial_connect()
        .max_reconnects(None)
        .reconnect_delay_callback(|_| PAUSE)
        .request_timeout(Some(CALL));
    let client = options.connect(url).await.expect("a bus");
    jetstream::context::ContextBuilder::new().timeout(CALL).ack_timeout(CALL).build(client)
}

/// Publishes until `JetStream` has confirmed it: a time-out means *unknown*. Tells how often it took.
pub async fn publish(bus: &Context, subject: &str, payload: &[u8]) -> usize {
    for attempt in 1.. {
        let sent = bus.publish(subject.to_owned(), payload.to_vec().into());
        if let Ok(Ok(ack)) = tokio::time::timeout(CALL, sent).await
            && let Ok(Ok(_)) = tokio::time::timeout(CALL, ack.into_future()).await
        {
            return attempt;
        }
        tokio::time::sleep(PAUSE).await;
    }
    0
}

/// Sends all letters, spread over this time; tells how many had to be sent again.
pub async fn send(bus: Context, subjects: Subjects, letters: Arc<Vec<Letter>>, over: Duration) -> usize {
    let room = Arc::new(Semaphore::new(IN_FLIGHT));
    let again = Arc::new(AtomicUsize::new(0));
    let started = tokio::time::Instant::now();
    for number in 0..letters.len() {
        tokio::time::sleep_until(started + over.mul_f64(number as f64 / letters.len() as f64)).await;
        let permit = room.clone().acquire_owned().await.expect("room");
        let (bus, letters, again) = (bus.clone(), letters.clone(), again.clone());
        let subject = subjects.intake(letters[number].source);
        tokio::spawn(async move {
            let attempts = publish(&bus, &subject, &letters[number].payload).await;
            again.fetch_add(attempts - 1, Ordering::Relaxed);
            drop(permit);
        });
    }
    let _ = room.acquire_many(u32::try_from(IN_FLIGHT).expect("small")).await;
    again.load(Ordering::Relaxed)
}

/// What a hotline has read: each message once, by its id.
#[derive(Debug, Default)]
pub struct Read {
    /// Receipts by message id.
    pub receipts: BTreeMap<String, Value>,
    /// Status by message id.
    pub status: BTreeMap<String, Value>,
    /// Cases whose signature was told.
    pub signed: BTreeSet<String>,
    /// Messages that came more than once.
    pub repeated: usize,
}

/// Reads receipts and status for ever.
pub async fn follow(bus: Context, read: Arc<Mutex<Read>>) {
    each(&bus, "RECEIPTS", "trial-hotline", |event: Value| {
        let read = read.clone();
        async move {
            let mut read = read.lock().await;
            let id = event["id"].as_str().unwrap_or_default().to_owned();
            if event["data"]["event"] == "CaseSigned" {
                let number = event["data"]["case_no"].as_str().unwrap_or_default().to_owned();
                read.signed.insert(number);
            }
            let kept = match event["type"].as_str() {
                Some("whistlepost.receipt") => read.receipts.insert(id, event),
                _ => read.status.insert(id, event),
            };
            read.repeated += usize::from(kept.is_some());
        }
    })
    .await;
}

/// What the departments were told.
#[derive(Debug, Default)]
pub struct Tasks {
    /// Task messages of a case, by case number.
    pub of: BTreeMap<String, BTreeSet<String>>,
    /// Tasks that were delivered more than once.
    pub repeated: usize,
}

/// Takes every task and signs it, for ever.
pub async fn work(bus: Context, subjects: Subjects, tasks: Arc<Mutex<Tasks>>) {
    each(&bus, "DISPATCH", "trial-departments", |event: Value| {
        let (bus, subjects, tasks) = (bus.clone(), subjects.clone(), tasks.clone());
        async move {
            if event["type"] != "whistlepost.dispatch" {
                return;
            }
            let (data, id) = (&event["data"], event["id"].as_str().unwrap_or_default());
            let unit = data["unit"].as_str().unwrap_or_default();
            // The same task signed twice is the same message: the engine knows it.
            let answer = json!({
                "specversion": "1.0", "id": format!("sign/{id}"), "source": format!("/units/{unit}"),
                "type": "whistlepost.response", "data": { "case": data["case"], "action": "sign" },
            });
            publish(&bus, &subjects.response(unit), answer.to_string().as_bytes()).await;
            let number = data["case_no"].as_str().unwrap_or_default().to_owned();
            let mut tasks = tasks.lock().await;
            tasks.repeated += usize::from(!tasks.of.entry(number).or_default().insert(id.to_owned()));
        }
    })
    .await;
}

/// Hands every message of a stream to `take`, each at least once, many at a time, for ever.
async fn each<F>(bus: &Context, stream: &str, name: &str, take: impl Fn(Value) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        if let Some(consumer) = consumer(bus, stream, name).await {
            while let Ok(mut batch) = consumer.fetch().max_messages(256).messages().await {
                let mut taken = JoinSet::new();
                // A server that dies in between never ends the batch.
                while let Ok(Some(Ok(message))) = tokio::time::timeout(CALL, batch.next()).await {
                    let event = serde_json::from_slice(&message.payload).expect("our own JSON");
                    let take = take(event);
                    taken.spawn(async move {
                        take.await;
                        let _ = message.ack().await;
                    });
                }
                if taken.is_empty() {
                    tokio::time::sleep(PAUSE).await;
                }
                while taken.join_next().await.is_some() {}
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn consumer(bus: &Context, stream: &str, name: &str) -> Option<PullConsumer> {
    let config = pull::Config {
        durable_name: Some(name.to_owned()),
        ack_wait: Duration::from_secs(10),
        max_ack_pending: 10_000,
        ..pull::Config::default()
    };
    let stream = bus.get_stream(stream).await.ok()?;
    stream.get_or_create_consumer(name, config).await.ok()
}
