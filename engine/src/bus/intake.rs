//! Complaints from the bus. A message is acknowledged once what it led to is durable; what cannot be
//! understood goes to the dead with every fault, and its sender is told.

use std::sync::Arc;
use std::time::Duration;

use domain::case::Code;
use domain::case::event::OutsideDecision;
use domain::context::Actor;
use domain::fault::Fault;
use domain::intake::{Complaint, Order, OrderKind};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tracing::{error, warn};
use uuid::Uuid;

use super::answer::fault_of;
use super::cloudevent::{Envelope, Kind};
use super::dead::DeadLetter;
use super::subject::{self, Subjects};
use super::{Bus, BusError, Delivery, Inbox, Settlement, Stored, Stream};
use crate::intake::{Arrival, Intake, OrderArrival, named};
use crate::lanes::in_lanes;
use crate::submit::{Engine, SubmitError};

/// Most messages of one step.
const BATCH: usize = 256;
/// How long what is said about a complaint waits for the complaint itself.
const PATIENCE: Duration = Duration::from_secs(600);
/// Longest identifier of a complaint that is repeated in a refusal, in characters.
const ID_MAX: usize = 200;
/// Name space of message ids: uuid v5 over source, line feed, id of the `CloudEvent`.
pub const MESSAGE: Uuid = Uuid::from_u128(0x2a7c_51d9_0c0e_4f8b_9b1e_6d54_83a1_70be);

/// Takes complaints from the bus.
pub struct IntakeConsumer {
    intake: Intake,
    engine: Engine,
    bus: Arc<dyn Bus>,
    subjects: Subjects,
    wait: Duration,
    patience: Duration,
}

/// A message that opens nothing, and why.
struct Refused {
    source: String,
    external_id: Option<String>,
    about: &'static str,
    message_id: Uuid,
    faults: Vec<Fault>,
}

/// A well-formed message.
enum Arrived {
    Complaint(Box<Arrival>),
    Order(Box<OrderArrival>),
}

/// A message as it was read: well-formed, or a refusal only. The refusal is kept at hand, because
/// the rules may still say no.
struct Read {
    arrived: Option<Arrived>,
    refused: Refused,
}

/// A message with its refusal and what became of it.
type Received = (Delivery, Refused, Result<(), SubmitError>);

/// What one step did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Messages that are settled for good.
    pub done: usize,
    /// Of these, the ones that went to the dead.
    pub dead: usize,
    /// Messages that come again, because we failed.
    pub later: usize,
}

impl IntakeConsumer {
    /// A consumer for this jurisdiction. A step waits at most so long for the first message.
    pub fn new(engine: Engine, bus: Arc<dyn Bus>, subjects: Subjects, wait: Duration) -> Self {
        Self { intake: Intake::new(engine.clone()), engine, bus, subjects, wait, patience: PATIENCE }
    }

    /// The same, waiting so long for the complaint that another message is about.
    #[must_use]
    pub fn patient(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// One batch of messages, from the bus to the log.
    ///
    /// # Errors
    /// [`BusError`]; what was not settled is delivered again, and known then.
    pub async fn step(&mut self) -> Result<Taken, BusError> {
        let deliveries = self.bus.pull(Inbox::Intake, BATCH, self.wait).await?;
        self.engine.metrics().bus.taken(Inbox::Intake, &deliveries);
        let (mut complaints, mut orders) = (Vec::new(), Vec::new());
        let mut refused = Vec::new();
        for delivery in deliveries {
            let Read { arrived, refused: refusal } = self.read(&delivery);
            match arrived {
                Some(Arrived::Complaint(arrival)) => complaints.push((delivery, *arrival, refusal)),
                Some(Arrived::Order(arrival)) => orders.push((delivery, *arrival, refusal)),
                None => refused.push((delivery, refusal)),
            }
        }
        let mut settled = Vec::with_capacity(complaints.len() + orders.len() + refused.len());
        // What is said about a complaint may stand before it: complaints go first.
        let mut received = self.receive(complaints).await;
        received.extend(self.follow(orders).await);
        for (delivery, mut refusal, outcome) in received {
            match outcome {
                Ok(()) => settled.push((delivery, Settlement::Done)),
                Err(SubmitError::Rejected(rejection)) if rejection.code == Code::CaseNotFound => {
                    if self.waits_longer(&delivery.message) {
                        let patience = delivery.patience();
                        settled.push((delivery, Settlement::Later(patience)));
                    } else {
                        refusal.faults.push(never_came());
                        refused.push((delivery, refusal));
                    }
                }
                Err(SubmitError::Rejected(rejection)) => {
                    refusal.faults.push(fault_of(&rejection));
                    refused.push((delivery, refusal));
                }
                Err(failure) => {
                    error!(%failure, "a message could not be taken in; it is delivered again");
                    let patience = delivery.patience();
                    settled.push((delivery, Settlement::Later(patience)));
                }
            }
        }
        let mut taken = Taken::default();
        let refused = refused.into_iter().map(|refused| (refused.1.message_id, refused)).collect();
        let buried = in_lanes(refused, async |(delivery, refusal)| {
            let settlement = self.refuse(&delivery, refusal).await;
            (delivery, settlement)
        })
        .await;
        taken.dead = buried.iter().filter(|(_, settlement)| *settlement == Settlement::Done).count();
        settled.extend(buried);
        taken.done = settled.iter().filter(|(_, settlement)| *settlement == Settlement::Done).count();
        taken.later = settled.len() - taken.done;
        self.bus.settle(Inbox::Intake, &settled).await?;
        self.engine.metrics().bus.settled(Inbox::Intake, &taken);
        Ok(taken)
    }

    /// Whether the log holds what this message led to: of one that was refused, or waits, it holds nothing.
    ///
    /// # Errors
    /// The log's.
    pub async fn has_taken(&self, message: &Stored) -> Result<bool, SubmitError> {
        let delivery = Delivery { message: message.clone(), attempt: 1, token: String::new() };
        let case = match self.read(&delivery).arrived {
            None => return Ok(false),
            Some(Arrived::Complaint(arrival)) => self.intake.case_of(&arrival),
            Some(Arrived::Order(arrival)) => named(&arrival.source, &arrival.order.external_id),
        };
        let id = message_id(message, &Envelope::read_any(&message.payload, &Kind::INTAKE));
        Ok(self.intake.came_by(case, id).await? || self.intake.is_noted(id, message.stored_at).await?)
    }

    /// All at once; but what has failed before goes alone, so that it takes nothing else down.
    async fn receive(&self, complaints: Vec<(Delivery, Arrival, Refused)>) -> Vec<Received> {
        let (fresh, again): (Vec<_>, Vec<_>) =
            complaints.into_iter().partition(|(delivery, _, _)| delivery.attempt <= 1);
        let mut received = Vec::with_capacity(fresh.len() + again.len());
        let (kept, arrivals): (Vec<_>, Vec<_>) =
            fresh.into_iter().map(|(delivery, arrival, refusal)| ((delivery, refusal), arrival)).unzip();
        let mut outcomes = self.intake.receive_many(arrivals).await.into_iter();
        for (delivery, refusal) in kept {
            let outcome = outcomes.next().unwrap_or(Err(SubmitError::Unavailable));
            received.push((delivery, refusal, outcome.map(|_| ())));
        }
        let again = again.into_iter().map(|one| (self.intake.case_of(&one.1), one)).collect();
        let alone = in_lanes(again, async |(delivery, arrival, refusal)| {
            let outcome = self.intake.receive(arrival.redelivered()).await;
            (delivery, refusal, outcome.map(|_| ()))
        });
        received.extend(alone.await);
        received
    }

    async fn follow(&self, orders: Vec<(Delivery, OrderArrival, Refused)>) -> Vec<Received> {
        let (kept, arrivals): (Vec<_>, Vec<_>) =
            orders.into_iter().map(|(delivery, arrival, refusal)| ((delivery, refusal), arrival)).unzip();
        let outcomes = self.intake.follow(arrivals).await;
        let kept = kept.into_iter().zip(outcomes);
        kept.map(|((delivery, refusal), outcome)| (delivery, refusal, outcome)).collect()
    }

    /// The complaint may still come.
    fn waits_longer(&self, message: &Stored) -> bool {
        let age = self.engine.now().duration_since(message.stored_at);
        age < jiff::SignedDuration::try_from(self.patience).unwrap_or(jiff::SignedDuration::MAX)
    }

    fn read(&self, delivery: &Delivery) -> Read {
        let message = &delivery.message;
        let source = subject::last_word(&message.subject);
        let mut envelope = Envelope::read_any(&message.payload, &Kind::INTAKE);
        let Some(mut data) = envelope.data.take() else {
            return Read { arrived: None, refused: refusal(message, envelope, None) };
        };
        let external_id = external_id(&data);
        if let Value::Object(object) = &mut data
            && let Some(named) = object.remove("source").filter(|named| !named.is_null())
            && named.as_str().map(str::trim) != Some(&source)
        {
            // Who may publish here may not speak for another system.
            envelope.fault(
                "data.source",
                "SOURCE_MISMATCH",
                "与主题中的来源不一致。",
                "Not the source of the subject.",
            );
        }
        let message_id = message_id(message, &envelope);
        let arrived = match envelope.kind {
            Some(Kind::Order(kind)) => self
                .in_our_words(data, kind, &source)
                .and_then(|data| Order::from_json(data, kind))
                .map(|order| {
                    let (arrived_at, redelivered) = (message.stored_at, delivery.attempt > 1);
                    Arrived::Order(OrderArrival { order, source, message_id, arrived_at, redelivered }.into())
                }),
            _ => Complaint::from_json(data, &source, self.engine.now()).map(|complaint| {
                let actor = Actor { id: format!("bus:{source}"), unit: None };
                let arrival = Arrival::live(complaint, actor).by_message(message_id, message.stored_at);
                Arrived::Complaint(arrival.into())
            }),
        };
        let arrived = arrived.map_err(|faults| {
            envelope.faults.extend(faults.into_iter().map(|fault| {
                let field = format!("data.{}", fault.field);
                fault.in_field(field.trim_end_matches('.'))
            }));
        });
        let arrived = arrived.ok().filter(|_| envelope.faults.is_empty());
        Read { arrived, refused: refusal(message, envelope, external_id) }
    }

    /// A decision may be said by a status code of the sending system, where the rules have a table of them.
    fn in_our_words(&self, mut data: Value, kind: OrderKind, source: &str) -> Result<Value, Vec<Fault>> {
        let Some(object) = data.as_object_mut().filter(|_| kind == OrderKind::Decision) else {
            return Ok(data);
        };
        if object.get("decision").is_some_and(|decision| !decision.is_null()) {
            return Ok(data);
        }
        let code = match object.get("code") {
            None | Some(Value::Null) => return Ok(data),
            Some(Value::String(code)) => code.clone(),
            Some(code) => code.to_string(),
        };
        let rules = self.engine.rules();
        let meant = rules.policy.vocabulary(source).and_then(|words| words.meant(&code)?.decision);
        let word = meant.and_then(|meant| OutsideDecision::ALL.iter().find(|(_, known)| *known == meant));
        let Some((word, _)) = word else { return Err(vec![no_decision()]) };
        object.insert("decision".to_owned(), (*word).into());
        Ok(data)
    }

    /// The letter first, then the refusal: both can be repeated, and neither is lost.
    async fn refuse(&self, delivery: &Delivery, refusal: Refused) -> Settlement {
        let message = &delivery.message;
        let Refused { source, external_id, about, message_id, faults } = refusal;
        warn!(
            subject = message.subject,
            sequence = message.sequence,
            faults = faults.len(),
            "a message is refused"
        );
        let letter = DeadLetter::new("intake", message, faults.clone()).message(&self.subjects, message_id);
        let buried = match letter {
            Ok(letter) => self.bus.publish(Stream::Dead, None, &[letter]).await.map(|_| ()),
            Err(failure) => Err(failure),
        };
        if let Err(failure) = buried {
            error!(%failure, "a dead letter could not be kept; the message is delivered again");
            return Settlement::Later(delivery.patience());
        }
        let noted = self
            .intake
            .refuse(&source, external_id.as_deref(), about, (message_id, message.stored_at), faults)
            .await;
        match noted {
            // Another refusal stands under this id already.
            Ok(()) | Err(SubmitError::Rejected(_)) => Settlement::Done,
            Err(failure) => {
                error!(%failure, "a refusal could not be noted; the message is delivered again");
                Settlement::Later(delivery.patience())
            }
        }
    }
}

fn no_decision() -> Fault {
    Fault::new(
        "CODE_DECIDES_NOTHING",
        "来源的状态对照表中没有这个代码，或它不表示裁定。",
        "The source's table of statuses has no such code, or it is no decision.",
    )
    .in_field("code")
}

fn never_came() -> Fault {
    Fault::new(
        "COMPLAINT_NOT_RECEIVED",
        "没有收到过这个工单号的诉求。",
        "No complaint with this id has been received.",
    )
    .in_field("data.external_id")
}

/// A well-formed message is its source and id. Without them it is its place on the bus; the time is
/// there because a stream that was made anew counts from one again.
fn message_id(message: &Stored, envelope: &Envelope) -> Uuid {
    let name = match (&envelope.source, &envelope.id) {
        (Some(source), Some(id)) => format!("{source}\n{id}"),
        _ => format!("{}\n{}\n{}", message.subject, message.sequence, message.stored_at.as_microsecond()),
    };
    Uuid::new_v5(&MESSAGE, name.as_bytes())
}

/// A refused message is its id *and* its content: mended and sent again, it is another one.
fn refusal(message: &Stored, envelope: Envelope, external_id: Option<String>) -> Refused {
    let content = Sha256::digest(&message.payload);
    Refused {
        source: subject::last_word(&message.subject),
        external_id,
        about: match envelope.kind {
            Some(Kind::Order(kind)) => kind.as_str(),
            _ => "complaint",
        },
        message_id: Uuid::new_v5(&message_id(message, &envelope), &content),
        faults: envelope.faults,
    }
}

/// The complaint's id as far as it can be repeated to its sender.
fn external_id(data: &Value) -> Option<String> {
    let id = match data.get("external_id")? {
        Value::String(id) => id.trim().to_owned(),
        Value::Number(id) => id.to_string(),
        _ => return None,
    };
    let sound = !id.is_empty() && id.chars().nth(ID_MAX).is_none() && !id.contains(char::is_control);
    sound.then_some(id)
}
