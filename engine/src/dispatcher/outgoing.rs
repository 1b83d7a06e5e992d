//! From an event to its messages: what the reactions ask for, and the public event, each in its
//! envelope and on its subject.

use std::collections::BTreeMap;

use domain::case::{Case, State};
use domain::decider::Decider;
use domain::ids::UnitId;
use domain::policy::Policy;
use domain::reaction::{self, Answer, Message, Origin, Recall, Status};
use domain::recorded::Recorded;
use domain::stream::StreamKind;
use serde::Serialize;

use super::public::PublicEvent;
use crate::bus::cloudevent::{CloudEvent, Kind};
use crate::bus::subject::Subjects;
use crate::bus::{Mark, Outgoing, Stream};
use crate::log::LogIdentity;

/// Actors whose events are history or show: see [`leaves`].
const IMPORT: &str = "import";
const DEMO: &str = "demo";

/// An event with everything that its envelopes say.
struct Event<'a> {
    recorded: &'a Recorded,
    hash: [u8; 32],
    log: &'a LogIdentity,
    case_no: Option<String>,
}

/// A case's origin, and how many of its messages have been told to whom: so that each of them can miss
/// none without noticing.
#[derive(Debug, Default)]
pub struct Told {
    origin: Origin,
    source: u64,
    units: BTreeMap<UnitId, u64>,
    /// The case itself, where its sender has words of its own for where it is.
    state: Option<Box<State>>,
}

impl Told {
    /// Takes an event in. Its messages that leave, each with its part and its number among those to
    /// the same reader about the same case; a message about no case's own event has none.
    pub fn take(&mut self, recorded: &Recorded, policy: Option<&Policy>) -> Vec<(u32, Option<u64>, Message)> {
        let of_case = if let domain::stream::Event::Case(event) = &recorded.event {
            self.origin.evolve(event);
            let vocabulary = policy.and_then(|policy| policy.vocabulary(&self.origin.source));
            if recorded.sequence == 1 && vocabulary.is_some() {
                self.state = Some(Box::default());
            }
            if let Some(state) = &mut self.state {
                Case::evolve(state, event);
            }
            true
        } else {
            false
        };
        let mut messages = Vec::new();
        for (message, part) in reaction::react(recorded, &self.origin).into_iter().zip(1..) {
            if leaves(recorded, Some(&message)) {
                let number = of_case.then(|| self.number(&message));
                let message = self.in_their_words(message, policy);
                messages.push((part, number, message));
            }
        }
        messages
    }

    fn in_their_words(&self, message: Message, policy: Option<&Policy>) -> Message {
        let Message::Status(status) = message else { return message };
        let vocabulary = policy.and_then(|policy| policy.vocabulary(&status.source));
        let theirs = vocabulary.and_then(|words| words.status(self.state.as_ref()?));
        Message::Status(Status { theirs, ..status })
    }

    /// Everything that is known of the case so far.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    fn number(&mut self, message: &Message) -> u64 {
        let unit = match message {
            Message::Receipt(_) | Message::Status(_) | Message::Reconciliation(_) => None,
            Message::Dispatch(task) => Some(&task.unit),
            Message::Leg(leg) => Some(&leg.unit),
            Message::Recall(Recall { unit, .. }) | Message::Answer(Answer { unit, .. }) => Some(unit),
        };
        let count = match unit {
            None => &mut self.source,
            Some(unit) => self.units.entry(unit.clone()).or_default(),
        };
        *count += 1;
        *count
    }
}

/// The wanted ones among the messages of one event, each with the stream that keeps it. Numbered by
/// their part, so that every one of them has the same id whenever it is made: 0 is the public event.
///
/// # Errors
/// serde's, never in practice.
pub fn of(
    recorded: &Recorded,
    hash: [u8; 32],
    (told, policy): (&mut Told, Option<&Policy>),
    log: &LogIdentity,
    subjects: &Subjects,
    wanted: &dyn Fn(Stream, u32) -> bool,
) -> Result<Vec<(Stream, Outgoing)>, serde_json::Error> {
    let reactions = told.take(recorded, policy);
    let public = PublicEvent::of(recorded, told.origin());
    let event = Event { recorded, hash, log, case_no: public.case_no.clone() };
    let mut messages = Vec::new();
    for (part, number, message) in reactions {
        let stream = stream_of(&message);
        if !wanted(stream, part) {
            continue;
        }
        let place = (part, number);
        let made = match message {
            Message::Receipt(receipt) => {
                let subject = subjects.receipt(&receipt.source);
                event.message(place, Kind::Receipt, subject, receipt)?
            }
            Message::Status(status) => {
                let subject = subjects.status(&status.source);
                event.message(place, Kind::Status, subject, status)?
            }
            Message::Dispatch(dispatch) => {
                let subject = subjects.dispatch(dispatch.unit.as_str());
                event.message(place, Kind::Dispatch, subject, dispatch)?
            }
            Message::Leg(leg) => {
                let subject = subjects.dispatch(leg.unit.as_str());
                event.message(place, Kind::Leg, subject, leg)?
            }
            Message::Recall(recall) => {
                let subject = subjects.dispatch(recall.unit.as_str());
                event.message(place, Kind::Recall, subject, recall)?
            }
            Message::Answer(answer) => {
                let subject = subjects.dispatch(answer.unit.as_str());
                event.message(place, Kind::Answer, subject, answer)?
            }
            Message::Reconciliation(list) => {
                let subject = subjects.receipt(&list.source);
                event.message(place, Kind::Reconciliation, subject, list)?
            }
        };
        messages.push((stream, made));
    }
    // A report must not reach whom it accuses by way of a feed that everybody reads.
    if leaves(recorded, None) && !told.origin().barred && wanted(Stream::Events, 0) {
        let subject = subjects.event(&public.stream, &public.event);
        let of_case = recorded.stream.kind == StreamKind::Case;
        let place = (0, of_case.then_some(recorded.sequence));
        messages.push((Stream::Events, event.message(place, Kind::Event, subject, public)?));
    }
    Ok(messages)
}

fn stream_of(message: &Message) -> Stream {
    match message {
        Message::Receipt(_) | Message::Status(_) | Message::Reconciliation(_) => Stream::Receipts,
        Message::Dispatch(_) | Message::Leg(_) | Message::Recall(_) | Message::Answer(_) => Stream::Dispatch,
    }
}

/// What an import did was told to nobody when it happened, and is not told now: a unit gets its
/// tasks, but no receipt, status or public event goes out. What a demonstration does goes nowhere.
pub fn leaves(recorded: &Recorded, message: Option<&Message>) -> bool {
    let actor = &recorded.meta.actor.id;
    if is(actor, DEMO) {
        return false;
    }
    !is(actor, IMPORT)
        || matches!(
            message,
            Some(Message::Dispatch(_) | Message::Leg(_) | Message::Recall(_) | Message::Answer(_))
        )
}

/// `import`, `system:import` or `import:<whatever>`.
fn is(actor: &str, name: &str) -> bool {
    let actor = actor.strip_prefix("system:").unwrap_or(actor);
    actor.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

impl Event<'_> {
    fn message<T: Serialize>(
        &self,
        (part, number): (u32, Option<u64>),
        kind: Kind,
        subject: String,
        data: T,
    ) -> Result<Outgoing, serde_json::Error> {
        let Self { recorded, log, .. } = self;
        let mark =
            Mark { log_id: log.log_id, epoch: log.epoch, position: recorded.position, part, hash: self.hash };
        let id = mark.message_id();
        let payload = CloudEvent {
            id: id.clone(),
            source: format!("/whistlepost/{}", log.jurisdiction),
            kind,
            subject: self.case_no.clone(),
            time: recorded.meta.recorded_at,
            sequence: number,
            causation: Some(recorded.meta.causation.to_string()),
            data,
        }
        .to_bytes()?;
        Ok(Outgoing { subject, id, mark: Some(mark), payload })
    }
}
