//! From a command to what is to be written: the stream's state, the rules, the rows.

use domain::case::clocks::Deadline;
use domain::case::{Case, Rejection, State};
use domain::context::{Context, Rulebook};
use domain::decider::Decider;
use domain::notify;
use domain::stream::{Event, StreamKind};
use jiff::Timestamp;
use uuid::Uuid;

use crate::log::{Entry, NewRow};
use crate::submit::{Command, Request};

/// A stream's state as far as this writer has seen it.
#[derive(Clone, Default)]
pub(super) struct Folded {
    /// Of the last event.
    pub sequence: u64,
    /// Likewise, in the log.
    pub position: Option<u64>,
    pub state: State,
    /// Of the stream of the rules.
    pub rules: domain::rules::State,
    /// Of a notification.
    pub notification: Option<Box<notify::State>>,
    /// Of the last event; time never runs backwards within a stream.
    pub recorded_at: Timestamp,
}

impl Folded {
    /// Takes one event into the state of its kind.
    pub(super) fn evolve(&mut self, event: &Event) {
        match event {
            Event::Case(event) => Case::evolve(&mut self.state, event),
            Event::Rules(event) => self.rules.evolve(event),
            Event::Notification(event) => self.notification.get_or_insert_default().evolve(event),
            Event::Intake(_) => {}
        }
    }
}

impl Folded {
    /// The whole conversation that a row belongs to: a notification's is that of its case.
    fn conversation(&self, request: &Request) -> Uuid {
        let case = self.notification.as_ref().filter(|notification| notification.exists());
        case.map_or(request.stream.id, |notification| notification.case.0)
    }

    fn next_deadline(&self, kind: StreamKind) -> Option<Deadline> {
        match kind {
            StreamKind::Notification => self.notification.as_ref()?.next_deadline(),
            StreamKind::Case | StreamKind::Intake | StreamKind::Rules => self.state.next_deadline(),
        }
    }
}

/// A command that opens its stream.
pub(super) fn opens(command: &Command) -> bool {
    matches!(
        command,
        Command::Case(domain::case::Command::Register(_))
            | Command::Note(_)
            | Command::Notification(notify::Command::Raise(_))
    )
}

/// Asks the rules.
pub(super) fn decide(
    request: &Request,
    before: &Folded,
    now: Timestamp,
    rules: &Rulebook,
) -> Result<Vec<Event>, Rejection> {
    let occurred_at = request.occurred_at.unwrap_or(now);
    let context = Context { now, occurred_at, actor: &request.actor, rules };
    match &request.command {
        Command::Case(command) => {
            let events = Case::decide(&before.state, command, &context)?;
            Ok(events.into_iter().map(Event::Case).collect())
        }
        Command::Rules(command) => {
            let event = before.rules.decide(command, &rules.edition)?;
            Ok(event.map(Event::Rules).into_iter().collect())
        }
        Command::Notification(command) => {
            let unknown = notify::State::default();
            let state = before.notification.as_deref().unwrap_or(&unknown);
            let events = state.decide(command, &context)?;
            Ok(events.into_iter().map(Event::Notification).collect())
        }
        Command::Note(_) if before.sequence > 0 => Ok(Vec::new()),
        Command::Note(event) => Ok(vec![Event::Intake(event.clone())]),
    }
}

/// The rows, and the state after them.
pub(super) fn entry(
    request: &Request,
    before: &Folded,
    events: &[Event],
    now: Timestamp,
) -> Result<(Entry, Box<Folded>), serde_json::Error> {
    let mut after = Box::new(before.clone());
    after.recorded_at = now;
    let actor = serde_json::to_string(&request.actor)?;
    let occurred_at = request.occurred_at.unwrap_or(now).as_microsecond();
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        after.sequence += 1;
        after.evolve(event);
        rows.push(NewRow {
            event_type: event.event_type(),
            payload: event.encode()?,
            occurred_at,
            actor: actor.clone(),
            correlation: after.conversation(request),
            causation: request.causation,
        });
    }
    let entry = Entry {
        stream: request.stream,
        expected: before.sequence,
        seen: before.position,
        events: rows,
        command_id: request.command_id,
        content_hash: request.content_hash,
        next_deadline: after.next_deadline(request.stream.kind),
        new_key: request.new_key.clone(),
    };
    Ok((entry, after))
}
