//! An engine over a log in memory, with everything that hangs on the bus.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::case::Life;
use domain::ids::CaseId;
use engine::Engine;
use engine::bus::intake::IntakeConsumer;
use engine::bus::responses::ResponseConsumer;
use engine::bus::subject::Subjects;
use engine::bus::{Bus, Outgoing, Stored, Stream};
use engine::clock::{Clock, SystemClock};
use engine::dispatcher::Publisher;
use engine::keyring::MasterKey;
use engine::log::Store;
use engine::log::memory::MemoryStore;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::carriers::Carrier;

pub struct World {
    pub carrier: Carrier,
    pub bus: Arc<dyn Bus>,
    pub subjects: Subjects,
    pub engine: Engine,
    pub store: Arc<dyn Store>,
    pub publisher: Publisher,
    pub intake: IntakeConsumer,
    pub responses: ResponseConsumer,
}

impl World {
    pub async fn new(carrier: Carrier) -> Self {
        let store = Arc::new(MemoryStore::new(&carrier.jurisdiction));
        Self::over(carrier, store).await
    }

    pub async fn over(carrier: Carrier, store: Arc<dyn Store>) -> Self {
        Self::by_clock(carrier, store, Arc::new(SystemClock)).await
    }

    pub async fn by_clock(carrier: Carrier, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        let engine = engine(store.clone(), clock).await;
        let (bus, subjects) = (carrier.bus.clone(), carrier.subjects());
        let wait = Duration::from_millis(300);
        Self {
            publisher: Publisher::new(store.clone(), bus.clone(), subjects.clone())
                .by_rules(engine.rules_in_force()),
            intake: IntakeConsumer::new(engine.clone(), bus.clone(), subjects.clone(), wait),
            responses: ResponseConsumer::new(engine.clone(), bus.clone(), subjects.clone(), wait),
            carrier,
            bus,
            subjects,
            engine,
            store,
        }
    }

    /// A publisher of the same log that knows nothing.
    pub fn another_publisher(&self, bus: Arc<dyn Bus>) -> Publisher {
        Publisher::new(self.store.clone(), bus, self.subjects.clone()).by_rules(self.engine.rules_in_force())
    }

    /// Sends a complaint as the hotline does.
    pub async fn complain(&self, message: &str, data: Value) {
        self.send(
            Stream::Intake,
            &self.subjects.intake("12345"),
            envelope(message, "whistlepost.complaint", data),
        )
        .await;
    }

    /// Sends an answer as a unit does.
    pub async fn answer(&self, unit: &str, message: &str, data: Value) {
        let payload = envelope(message, "whistlepost.response", data);
        self.send(Stream::Responses, &self.subjects.response(unit), payload).await;
    }

    pub async fn send(&self, stream: Stream, subject: &str, payload: Vec<u8>) {
        let message =
            Outgoing { subject: subject.to_owned(), id: Uuid::new_v4().to_string(), mark: None, payload };
        self.bus.publish(stream, None, &[message]).await.expect("published");
    }

    /// Publishes until nothing is left.
    pub async fn publish_all(&mut self) {
        drain(&mut self.publisher).await;
    }

    /// The same, by a publisher that knows nothing.
    pub async fn publish_all_anew(&self) {
        drain(&mut self.another_publisher(self.bus.clone())).await;
    }

    /// A stream's messages, oldest first.
    pub async fn stored(&self, stream: Stream) -> Vec<Stored> {
        let mut messages = self.bus.browse(stream, u64::MAX, 10_000).await.expect("the messages");
        messages.reverse();
        messages
    }

    /// A stream's messages as their readers see them, oldest first.
    pub async fn envelopes(&self, stream: Stream) -> Vec<Value> {
        self.stored(stream)
            .await
            .iter()
            .map(|message| serde_json::from_slice(&message.payload).expect("JSON"))
            .collect()
    }

    /// Outcomes of the receipts, oldest first.
    pub async fn receipts(&self) -> Vec<Value> {
        let all = self.envelopes(Stream::Receipts).await;
        all.into_iter()
            .filter(|event| event["type"] == "whistlepost.receipt")
            .map(|event| event["data"].clone())
            .collect()
    }

    /// The one task that is out, with its case and unit.
    pub async fn task(&self) -> (CaseId, String) {
        let tasks = self.envelopes(Stream::Dispatch).await;
        assert_eq!(tasks.len(), 1, "{tasks:?}");
        let case = tasks[0]["data"]["case"].as_str().expect("a case").parse().expect("a uuid");
        (CaseId(case), tasks[0]["data"]["unit"].as_str().expect("a unit").to_owned())
    }

    pub async fn life(&self, case: CaseId) -> Life {
        self.engine.case(case).await.expect("the log").expect("the case").state.life
    }

    /// Streams of cases in the log.
    pub async fn cases(&self) -> usize {
        let rows = self.store.read_after(0, 100_000).await.expect("the log");
        rows.iter().filter(|row| row.event_type == "CaseRegistered").count()
    }
}

/// An engine of this log; all of them have one master key.
pub async fn engine(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Engine {
    let rules = Arc::new(domain::sample::rulebook().expect("the sample's rules"));
    let master = MasterKey::from_hex(&"07".repeat(32)).expect("a key");
    Engine::start(store, rules, clock, master, &prometheus::Registry::new()).await.expect("an engine")
}

pub async fn drain(publisher: &mut Publisher) {
    while publisher.step().await.expect("a step") > 0 {}
}

pub fn envelope(id: &str, kind: &str, data: Value) -> Vec<u8> {
    let event = json!({
        "specversion": "1.0", "id": id, "source": "/hotline", "type": kind, "whistleversion": "1",
        "time": Timestamp::now(), "datacontenttype": "application/json", "data": data
    });
    serde_json::to_vec(&event).expect("JSON")
}

/// A complaint that policy can put on its rung at once.
pub fn complaint(external_id: &str) -> Value {
    let received_at = Timestamp::now().checked_sub(SignedDuration::from_mins(5)).expect("a time");
    json!({
        "external_id": external_id, "received_at": received_at, "item": "0301", "title": "流动摊贩占道",
        "text": "菜场门口占道经营，请处理。", "address": "龙桥社区",
        "reporter": {"name": "张三丰", "phone": "13800001234"}
    })
}

pub fn payload_of(letter: &Value) -> Vec<u8> {
    STANDARD.decode(letter["data"]["payload_base64"].as_str().expect("a payload")).expect("base64")
}

pub fn codes(faults: &Value) -> Vec<String> {
    let faults = faults.as_array().cloned().unwrap_or_default();
    let code = |fault: &Value| {
        format!(
            "{} {}",
            fault["field"].as_str().unwrap_or_default(),
            fault["code"].as_str().unwrap_or_default()
        )
    };
    faults.iter().map(|fault| code(fault).trim().to_owned()).collect()
}
