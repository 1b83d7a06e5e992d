//! The one door to the log: a command goes in, a receipt or the one reason against it comes out.

use std::sync::Arc;

use domain::case::{self, Case, Code, Rejection, State};
use domain::context::{Actor, Rulebook};
use domain::decider::Decider;
use domain::ids::CaseId;
use domain::intake;
use domain::notify;
use domain::recorded::Recorded;
use domain::rules;
use domain::stream::{Event, StreamId};
use jiff::Timestamp;
use prometheus::Registry;
use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use crate::clock::Clock;
use crate::keyring::{Keyring, MasterKey};
use crate::log::{Receipt, Store, StoreError};
use crate::metrics::Metrics;
use crate::rules::Rules;
use crate::tail::Tail;
use crate::writer::{Job, Writer};

/// Commands that wait for the writer before senders have to.
const QUEUE: usize = 4096;

/// What is asked, of which kind of stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Of a case.
    Case(case::Command),
    /// To note that a message opened nothing.
    Note(intake::Event),
    /// Of the rules.
    Rules(rules::Command),
    /// Of a notification.
    Notification(notify::Command),
}

/// A command with everything around it.
#[derive(Debug, Clone)]
pub struct Request {
    /// The stream.
    pub stream: StreamId,
    /// What is asked.
    pub command: Command,
    /// The same id with the same content is the same command, for ever.
    pub command_id: Uuid,
    /// Hash of the content; keyed before it is stored.
    pub content_hash: [u8; 32],
    /// Who asks.
    pub actor: Actor,
    /// When it happened; none means when the engine takes it.
    pub occurred_at: Option<Timestamp>,
    /// The message or event that led to it.
    pub causation: Uuid,
    /// The case's wrapped key, where the command opens it.
    pub new_key: Option<Vec<u8>>,
}

impl Request {
    /// A command to a case, with an id of its own.
    pub fn case(case: CaseId, command: case::Command, actor: Actor) -> Self {
        let content = serde_json::to_vec(&command).unwrap_or_default();
        let command_id = Uuid::now_v7();
        Self {
            stream: StreamId::case(case),
            content_hash: Sha256::digest(content).into(),
            command: Command::Case(command),
            command_id,
            actor,
            occurred_at: None,
            causation: command_id,
            new_key: None,
        }
    }

    /// A command to the rules, with an id of its own.
    pub fn rules(command: rules::Command, actor: Actor) -> Self {
        let content = serde_json::to_vec(&command).unwrap_or_default();
        let command_id = Uuid::now_v7();
        Self {
            stream: StreamId::rules(),
            content_hash: Sha256::digest(content).into(),
            command: Command::Rules(command),
            command_id,
            actor,
            occurred_at: None,
            causation: command_id,
            new_key: None,
        }
    }

    /// A command to a notification, with an id that is made of the notification and of what is asked: asked
    /// twice, it is done once.
    pub fn notification(id: Uuid, command: notify::Command, what: &str, actor: Actor) -> Self {
        let content = serde_json::to_vec(&command).unwrap_or_default();
        let command_id = Uuid::new_v5(&id, what.as_bytes());
        Self {
            stream: StreamId::notification(id),
            content_hash: Sha256::digest(content).into(),
            command: Command::Notification(command),
            command_id,
            actor,
            occurred_at: None,
            causation: command_id,
            new_key: None,
        }
    }

    /// The same command under the sender's id, so that sending it twice is doing it once.
    #[must_use]
    pub fn with_id(mut self, command_id: Uuid) -> Self {
        self.command_id = command_id;
        self.causation = command_id;
        self
    }

    /// The same command, with the time at which it happened.
    #[must_use]
    pub fn occurred_at(mut self, time: Timestamp) -> Self {
        self.occurred_at = Some(time);
        self
    }
}

/// A command that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What it led to; none where there was nothing to do.
    pub receipt: Option<Receipt>,
    /// It had been accepted before: this is the first answer again.
    pub repeated: bool,
}

/// Why a command has no receipt.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SubmitError {
    /// The rules say no.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The store failed: whether the command was written is unknown; send it again with its id.
    #[error("{0}")]
    Store(String),
    /// The stream has an event that is newer than this program: nothing is decided on it here. A newer
    /// program may; send it again with its id.
    #[error("{0}")]
    Newer(String),
    /// The engine has stopped.
    #[error("the engine has stopped")]
    Unavailable,
}

impl From<StoreError> for SubmitError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unreadable(event) => Self::Newer(event.to_string()),
            other => Self::Store(other.to_string()),
        }
    }
}

impl From<Code> for SubmitError {
    fn from(code: Code) -> Self {
        Self::Rejected(code.into())
    }
}

/// A case and everything that happened to it.
#[derive(Debug, Clone)]
pub struct CaseHistory {
    /// The fold.
    pub state: State,
    /// The events, oldest first.
    pub events: Vec<Recorded>,
}

/// Handle to the running engine; cheap to clone.
#[derive(Clone)]
pub struct Engine {
    jobs: mpsc::Sender<Job>,
    store: Arc<dyn Store>,
    tail: Tail,
    rules: Rules,
    clock: Arc<dyn Clock>,
    keyring: Keyring,
    metrics: Metrics,
    appended: watch::Receiver<u64>,
}

impl Engine {
    /// Starts the writer over a store. It ends when the last handle is dropped.
    ///
    /// # Errors
    /// [`StoreError`] where the store does not answer, or figures are registered twice.
    pub async fn start(
        store: Arc<dyn Store>,
        rules: Arc<Rulebook>,
        clock: Arc<dyn Clock>,
        master: MasterKey,
        registry: &Registry,
    ) -> Result<Self, StoreError> {
        let rules = Rules::from(rules);
        let metrics = Metrics::register(registry).map_err(|error| StoreError::Broken(error.to_string()))?;
        let head = store.head().await?;
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (tell, appended) = watch::channel(head.position);
        let tail = Tail::new(store.clone());
        let writer =
            Writer::new(store.clone(), rules.clone(), clock.clone(), metrics.clone(), tail.clone(), tell);
        // Owned by the runtime: no caller that hangs up can leave an append half done.
        tokio::spawn(writer.run(queue));
        let keyring = Keyring::new(master, store.clone());
        Ok(Self { jobs, store, tail, rules, clock, keyring, metrics, appended })
    }

    /// Decides and appends. When it returns, what was accepted is durable.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub async fn submit(&self, request: Request) -> Result<Accepted, SubmitError> {
        let request = self.keyed(request);
        let (reply, answer) = oneshot::channel();
        self.jobs.send(Job { request, reply }).await.map_err(|_| SubmitError::Unavailable)?;
        answer.await.map_err(|_| SubmitError::Unavailable)?
    }

    /// As [`Engine::submit`], many at once; the answers are in the order of the requests.
    pub async fn submit_many(&self, requests: Vec<Request>) -> Vec<Result<Accepted, SubmitError>> {
        // All are ready before the first is sent: what is asked together is written together.
        let ready: Vec<Request> = requests.into_iter().map(|request| self.keyed(request)).collect();
        let mut answers = Vec::with_capacity(ready.len());
        for request in ready {
            let (reply, answer) = oneshot::channel();
            let sent = self.jobs.send(Job { request, reply }).await.is_ok();
            answers.push(sent.then_some(answer));
        }
        let mut outcomes = Vec::with_capacity(answers.len());
        for answer in answers {
            outcomes.push(match answer {
                Some(answer) => answer.await.unwrap_or(Err(SubmitError::Unavailable)),
                None => Err(SubmitError::Unavailable),
            });
        }
        outcomes
    }

    /// What somebody typed cannot be guessed from the receipt: its hash is keyed.
    fn keyed(&self, mut request: Request) -> Request {
        request.content_hash = self.keyring.content_hash(&request.content_hash);
        request
    }

    /// A case with its whole history; none where there is no such case.
    ///
    /// # Errors
    /// [`StoreError`], also where an event is newer than this program.
    pub async fn case(&self, case: CaseId) -> Result<Option<CaseHistory>, StoreError> {
        let events = self.store.load(&[StreamId::case(case)]).await?;
        if events.is_empty() {
            return Ok(None);
        }
        let mut state = State::default();
        for recorded in &events {
            if let Event::Case(event) = &recorded.event {
                Case::evolve(&mut state, event);
            }
        }
        Ok(Some(CaseHistory { state, events }))
    }

    /// What is known of the rules: the edition last taken into force, and the revision under way.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rules_state(&self) -> Result<rules::State, StoreError> {
        let mut state = rules::State::default();
        for recorded in self.rules_history().await? {
            if let Event::Rules(event) = &recorded.event {
                state.evolve(event);
            }
        }
        Ok(state)
    }

    /// Everything that happened to the rules, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rules_history(&self) -> Result<Vec<Recorded>, StoreError> {
        self.store.load(&[StreamId::rules()]).await
    }

    /// The engine's time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where the engine gets the time.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The rules in force now.
    pub fn rules(&self) -> Arc<Rulebook> {
        self.rules.now()
    }

    /// The rules in force, whichever they will be.
    pub fn rules_in_force(&self) -> Rules {
        self.rules.clone()
    }

    /// From the next decision on, these rules; what is decided already stays.
    pub fn put_rules(&self, rules: Arc<Rulebook>) {
        self.rules.put(rules);
    }

    /// Seals and opens content.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The log, for readers.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The log's end, for readers that follow it; all of this node share one.
    pub fn tail(&self) -> &Tail {
        &self.tail
    }

    /// The engine's figures.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Changes whenever this engine has appended: a reason to look, never the truth.
    pub fn appended(&self) -> watch::Receiver<u64> {
        self.appended.clone()
    }
}
