//! From an event to its messages: what the reactions ask for, and the public event, each in its
//! envelope and on its subject.

use domain::reaction::{self, Message, Origin};
use domain::recorded::Recorded;
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

/// The wanted ones among the messages of one event, each with the stream that keeps it. Numbered, so that every one of
/// them has the same id whenever it is made: 0 is the public event.
///
/// # Errors
/// serde's, never in practice.
pub fn of(
    recorded: &Recorded,
    hash: [u8; 32],
    origin: &Origin,
    log: &LogIdentity,
    subjects: &Subjects,
    wanted: &dyn Fn(Stream, u32) -> bool,
) -> Result<Vec<(Stream, Outgoing)>, serde_json::Error> {
    let public = PublicEvent::of(recorded, origin);
    let event = Event { recorded, hash, log, case_no: public.case_no.clone() };
    let mut messages = Vec::new();
    for (message, part) in reaction::react(recorded, origin).into_iter().zip(1..) {
        if !leaves(recorded, Some(&message)) || !wanted(stream_of(&message), part) {
            continue;
        }
        messages.push(match message {
            Message::Receipt(receipt) => {
                let subject = subjects.receipt(&receipt.source);
                (Stream::Receipts, event.message(part, Kind::Receipt, subject, receipt)?)
            }
            Message::Status(status) => {
                let subject = subjects.status(&status.source);
                (Stream::Receipts, event.message(part, Kind::Status, subject, status)?)
            }
            Message::Dispatch(dispatch) => {
                let subject = subjects.dispatch(dispatch.unit.as_str());
                (Stream::Dispatch, event.message(part, Kind::Dispatch, subject, dispatch)?)
            }
        });
    }
    if leaves(recorded, None) && wanted(Stream::Events, 0) {
        let subject = subjects.event(&public.stream, &public.event);
        messages.push((Stream::Events, event.message(0, Kind::Event, subject, public)?));
    }
    Ok(messages)
}

fn stream_of(message: &Message) -> Stream {
    match message {
        Message::Receipt(_) | Message::Status(_) => Stream::Receipts,
        Message::Dispatch(_) => Stream::Dispatch,
    }
}

/// What an import did was told to nobody when it happened, and is not told now: a unit gets its
/// tasks, but no receipt, status or public event goes out. What a demonstration does goes nowhere.
fn leaves(recorded: &Recorded, message: Option<&Message>) -> bool {
    let actor = &recorded.meta.actor.id;
    if is(actor, DEMO) {
        return false;
    }
    !is(actor, IMPORT) || matches!(message, Some(Message::Dispatch(_)))
}

/// `import`, `system:import` or `import:<whatever>`.
fn is(actor: &str, name: &str) -> bool {
    let actor = actor.strip_prefix("system:").unwrap_or(actor);
    actor.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

impl Event<'_> {
    fn message<T: Serialize>(
        &self,
        part: u32,
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
            sequence: self.case_no.is_some().then_some(recorded.sequence),
            causation: Some(recorded.meta.causation.to_string()),
            data,
        }
        .to_bytes()?;
        Ok(Outgoing { subject, id, mark: Some(mark), payload })
    }
}
