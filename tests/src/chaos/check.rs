//! Whether everything is there, once, and says the same.

use std::collections::{BTreeMap, BTreeSet};

use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::{DeliverPolicy, pull};
use futures::StreamExt;
use serde_json::Value;
use uuid::Uuid;

use super::letters::{Fate, Letter, orders};
use super::traffic::{Read, Tasks};

/// Most broken promises that are named; the others are counted.
const NAMED: usize = 20;

/// What was promised and did not hold.
#[derive(Debug, Default)]
pub struct Broken {
    /// How many.
    pub count: usize,
    /// The first ones, in words.
    pub named: Vec<String>,
}

impl Broken {
    /// Notes one.
    pub fn note(&mut self, what: impl Into<String>) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push(what.into());
        }
    }
}

/// The messages of which nothing is known yet.
pub fn unanswered(letters: &[Letter], read: &Read) -> usize {
    let answered = answered(read);
    letters.iter().filter_map(|letter| letter.causation).filter(|id| !answered.contains(id)).count()
}

fn answered(read: &Read) -> BTreeSet<Uuid> {
    read.receipts.values().filter_map(|receipt| receipt["causationid"].as_str()?.parse().ok()).collect()
}

/// Receipts: each message has one, an order is accepted exactly once, and all that concerns it names
/// the same case. Gives the case number of every order.
pub fn receipts(letters: &[Letter], read: &Read, broken: &mut Broken) -> BTreeMap<String, String> {
    let answered = answered(read);
    for id in letters.iter().filter_map(|letter| letter.causation).filter(|id| !answered.contains(id)) {
        broken.note(format!("message {id} has no receipt"));
    }
    let mut of: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    let mut refused = BTreeSet::new();
    for receipt in read.receipts.values() {
        let data = &receipt["data"];
        if data["outcome"] == "refused" {
            refused.insert(receipt["causationid"].as_str().unwrap_or_default());
        } else {
            of.entry(data["external_id"].as_str().unwrap_or_default()).or_default().push(data);
        }
    }
    let dead = letters.iter().filter(|letter| matches!(letter.fate, Fate::Dead(_))).count();
    if refused.len() < dead {
        broken.note(format!("{dead} messages are nonsense, {} are refused", refused.len()));
    }
    let mut numbers = BTreeMap::new();
    for (order, source) in &orders(letters) {
        let receipts = of.remove(order.as_str()).unwrap_or_default();
        let accepted = receipts.iter().filter(|data| data["outcome"] == "accepted").count();
        if accepted != 1 {
            broken.note(format!("order {order} is accepted {accepted} times"));
        }
        let cases: BTreeSet<_> = receipts.iter().map(|data| data["case_no"].as_str()).collect();
        if cases.len() > 1 || cases.contains(&None) {
            broken.note(format!("order {order} is said to be {cases:?}"));
        }
        if receipts.iter().any(|data| data["source"] != *source) {
            broken.note(format!("order {order} is another hotline's"));
        }
        if let Some(Some(number)) = cases.first() {
            numbers.insert(order.clone(), (*number).to_owned());
        }
    }
    for order in of.keys() {
        broken.note(format!("nobody has sent order {order}"));
    }
    numbers
}

/// Tasks: every case was dispatched, delivered, and signed exactly once.
pub fn tasks(numbers: &BTreeMap<String, String>, read: &Read, tasks: &Tasks, broken: &mut Broken) {
    let mut signed: BTreeMap<&str, usize> = BTreeMap::new();
    for status in read.status.values().filter(|status| status["data"]["event"] == "CaseSigned") {
        *signed.entry(status["data"]["case_no"].as_str().unwrap_or_default()).or_default() += 1;
    }
    for (order, number) in numbers {
        let told = tasks.of.get(number).map_or(0, BTreeSet::len);
        let signed = signed.get(number.as_str()).copied().unwrap_or_default();
        if told != 1 || signed != 1 {
            broken.note(format!("order {order}, case {number}: {told} tasks, {signed} signatures"));
        }
    }
}

/// Dead letters: every nonsense is there with its fault, and nothing else.
pub async fn dead(bus: &Context, letters: &[Letter], broken: &mut Broken) -> usize {
    let mut faults: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for letter in stream(bus, "DEAD").await {
        let data = &letter["data"];
        let codes = faults.entry(data["sha256"].as_str().unwrap_or_default().to_owned()).or_default();
        let named = data["faults"].as_array().into_iter().flatten();
        codes.extend(named.filter_map(|fault| fault["code"].as_str()).map(str::to_owned));
    }
    let kept = faults.len();
    for letter in letters {
        if let Fate::Dead(fault) = letter.fate {
            match faults.remove(&letter.sha256()) {
                Some(codes) if codes.contains(fault) => {}
                Some(codes) => broken.note(format!("{fault} is called {codes:?}")),
                None => broken.note(format!("a message with {fault} is not among the dead")),
            }
        }
    }
    for codes in faults.values() {
        broken.note(format!("among the dead without need: {codes:?}"));
    }
    kept
}

/// All messages of a stream, each id once.
async fn stream(bus: &Context, name: &str) -> Vec<Value> {
    let stream = bus.get_stream(name).await.expect("the stream");
    let mut left = stream.cached_info().state.messages;
    let config = pull::OrderedConfig { deliver_policy: DeliverPolicy::All, ..Default::default() };
    let mut messages =
        stream.create_consumer(config).await.expect("a consumer").messages().await.expect("messages");
    let mut found = BTreeMap::new();
    while left > 0 {
        let message = messages.next().await.expect("a message").expect("a message");
        let event: Value = serde_json::from_slice(&message.payload).expect("our own JSON");
        found.insert(event["id"].as_str().unwrap_or_default().to_owned(), event);
        left -= 1;
    }
    found.into_values().collect()
}

/// The log itself: one case an order, each dispatched once and signed once. Gives the cases.
pub async fn log(url: &str, orders: usize, broken: &mut Broken) -> usize {
    let pool = sqlx::PgPool::connect(url).await.expect("the database");
    let query = "SELECT event_type, count(*), count(DISTINCT aggregate_id) FROM events \
                 WHERE event_type IN ('CaseRegistered', 'CaseDispatched', 'CaseSigned') GROUP BY 1 ORDER BY 1";
    let counted: Vec<(String, i64, i64)> = sqlx::query_as(query).fetch_all(&pool).await.expect("counted");
    let mut cases = 0;
    if counted.len() != 3 {
        broken.note(format!("the log holds only {counted:?}"));
    }
    for (event, events, streams) in counted {
        if event == "CaseRegistered" {
            cases = usize::try_from(streams).expect("a count");
        }
        if usize::try_from(events) != Ok(orders) || usize::try_from(streams) != Ok(orders) {
            broken.note(format!("{orders} orders: {events} {event} in {streams} cases"));
        }
    }
    cases
}

/// The views: one row an order.
pub fn exported(rows: &[String], numbers: &BTreeMap<String, String>, broken: &mut Broken) {
    let distinct: BTreeSet<_> = rows.iter().collect();
    if distinct.len() != rows.len() || !distinct.iter().copied().eq(numbers.keys()) {
        let (rows, orders) = (rows.len(), numbers.len());
        broken.note(format!("{orders} orders: {rows} rows, {} of them different", distinct.len()));
    }
}
