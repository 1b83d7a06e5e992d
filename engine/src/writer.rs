//! Group commit: commands for different streams are decided one after the other and written in one
//! transaction. A conflict, a refusal or a poisoned command concerns itself only.

use std::collections::{HashMap, HashSet, VecDeque};
use std::num::NonZeroUsize;
use std::sync::Arc;

use domain::case::{Case, Code, Rejection, State};
use domain::context::{Context, Rulebook};
use domain::decider::Decider;
use domain::stream::{Event, StreamId, StreamKind};
use jiff::Timestamp;
use lru::LruCache;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, warn};

use crate::clock::Clock;
use crate::log::{Appended, Entry, NewRow, Receipt, Store, StoreError};
use crate::metrics::Metrics;
use crate::submit::{Accepted, Command, Request, SubmitError};

/// Most commands in one transaction.
const BATCH: usize = 1024;
/// Folded states kept in memory.
const CACHED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4096 - 1);
/// How often a command is decided anew after a conflict with another writer.
const ATTEMPTS: u32 = 5;

/// A command on its way, and where its answer goes.
pub(crate) struct Job {
    pub request: Request,
    pub reply: oneshot::Sender<Result<Accepted, SubmitError>>,
}

/// A stream's state as far as this writer has seen it.
#[derive(Clone, Default)]
struct Folded {
    sequence: u64,
    state: State,
    /// Of the last event; time never runs backwards within a stream.
    recorded_at: Timestamp,
}

/// A decided command.
struct Decided {
    job: Job,
    entry: Entry,
    after: Folded,
    attempt: u32,
}

pub(crate) struct Writer {
    store: Arc<dyn Store>,
    rules: Arc<Rulebook>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    appended: watch::Sender<u64>,
    cache: LruCache<StreamId, Folded>,
    waiting: VecDeque<(Job, u32)>,
}

impl Writer {
    pub fn new(
        store: Arc<dyn Store>,
        rules: Arc<Rulebook>,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
        appended: watch::Sender<u64>,
    ) -> Self {
        Self {
            store,
            rules,
            clock,
            metrics,
            appended,
            cache: LruCache::new(CACHED),
            waiting: VecDeque::new(),
        }
    }

    /// Serves commands until every handle is gone.
    pub async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        loop {
            if self.waiting.is_empty() {
                match queue.recv().await {
                    Some(job) => self.waiting.push_back((job, 0)),
                    None => return,
                }
            }
            while self.waiting.len() < BATCH {
                match queue.try_recv() {
                    Ok(job) => self.waiting.push_back((job, 0)),
                    Err(_) => break,
                }
            }
            self.step().await;
        }
    }

    /// One batch: at most one command per stream and per id, the others stay for the next.
    async fn step(&mut self) {
        let batch = self.take_batch();
        let known = match self.known(&batch).await {
            Ok(known) => known,
            Err(error) => return self.fail(batch.into_iter().map(|(job, _)| job), &error),
        };
        let mut fresh = Vec::with_capacity(batch.len());
        for (job, attempt) in batch {
            match known.get(&job.request.command_id) {
                Some(receipt) => self.answer_known(job, receipt.clone()),
                None => fresh.push((job, attempt)),
            }
        }
        let fresh = self.load_states(fresh).await;
        let now = self.clock.now();
        let decided: Vec<Decided> =
            fresh.into_iter().filter_map(|(job, attempt)| self.decide(job, attempt, now)).collect();
        self.append(decided, now).await;
    }

    fn take_batch(&mut self) -> Vec<(Job, u32)> {
        let mut streams = HashSet::new();
        let mut ids = HashSet::new();
        let mut batch = Vec::new();
        let mut later = VecDeque::new();
        while let Some((job, attempt)) = self.waiting.pop_front() {
            let free = !streams.contains(&job.request.stream) && !ids.contains(&job.request.command_id);
            // Also what must wait holds its stream: commands to one stream keep their order.
            streams.insert(job.request.stream);
            ids.insert(job.request.command_id);
            if free && batch.len() < BATCH {
                batch.push((job, attempt));
            } else {
                later.push_back((job, attempt));
            }
        }
        self.waiting = later;
        batch
    }

    async fn known(&self, batch: &[(Job, u32)]) -> Result<HashMap<uuid::Uuid, Receipt>, String> {
        let ids: Vec<_> = batch.iter().map(|(job, _)| job.request.command_id).collect();
        let receipts = self.store.receipts(&ids).await.map_err(|error| error.to_string())?;
        Ok(receipts.into_iter().map(|receipt| (receipt.command_id, receipt)).collect())
    }

    /// A new case is taken to be new: if it is not, the append says so, and it is loaded then. A stream
    /// that cannot be read fails its own command only; the rest goes on.
    async fn load_states(&mut self, batch: Vec<(Job, u32)>) -> Vec<(Job, u32)> {
        let missing: Vec<StreamId> = batch
            .iter()
            .filter(|(job, attempt)| *attempt > 0 || !opens(&job.request.command))
            .map(|(job, _)| job.request.stream)
            .filter(|stream| !self.cache.contains(stream))
            .collect();
        if missing.is_empty() || self.load(&missing).await.is_ok() {
            return batch;
        }
        let mut readable = Vec::with_capacity(batch.len());
        for (job, attempt) in batch {
            let stream = job.request.stream;
            match self.load(&[stream]).await {
                Ok(()) => readable.push((job, attempt)),
                Err(_) if !missing.contains(&stream) => readable.push((job, attempt)),
                Err(error) => self.fail([job], &error.to_string()),
            }
        }
        readable
    }

    async fn load(&mut self, streams: &[StreamId]) -> Result<(), StoreError> {
        let mut loaded: HashMap<StreamId, Folded> = HashMap::new();
        for recorded in self.store.load(streams).await? {
            let folded = loaded.entry(recorded.stream).or_default();
            folded.sequence = recorded.sequence;
            folded.recorded_at = recorded.meta.recorded_at;
            if let Event::Case(event) = &recorded.event {
                Case::evolve(&mut folded.state, event);
            }
        }
        for stream in streams {
            self.cache.put(*stream, loaded.remove(stream).unwrap_or_default());
        }
        Ok(())
    }

    /// Asks the rules. Answers at once what leads to nothing.
    fn decide(&mut self, job: Job, attempt: u32, now: Timestamp) -> Option<Decided> {
        let before = self.cache.get(&job.request.stream).cloned().unwrap_or_default();
        let now = now.max(before.recorded_at);
        match decide(&job.request, &before, now, &self.rules) {
            Err(rejection) => {
                self.count("rejected");
                answer(job, Err(SubmitError::Rejected(rejection)));
                None
            }
            Ok(events) if events.is_empty() => {
                self.count("nothing_to_do");
                answer(job, Ok(Accepted { receipt: None, repeated: false }));
                None
            }
            Ok(events) => match entry(&job.request, &before, &events, now) {
                Ok((entry, after)) => Some(Decided { job, entry, after, attempt }),
                Err(error) => {
                    answer(job, Err(SubmitError::Store(error.to_string())));
                    None
                }
            },
        }
    }

    /// Writes the batch; where it fails as a whole, halves it until the poisoned command is alone.
    async fn append(&mut self, decided: Vec<Decided>, now: Timestamp) {
        let mut batches = vec![decided];
        while let Some(mut batch) = batches.pop() {
            if batch.is_empty() {
                continue;
            }
            let entries: Vec<Entry> = batch.iter().map(|decided| decided.entry.clone()).collect();
            let recorded_at = batch.iter().map(|decided| decided.after.recorded_at).fold(now, Timestamp::max);
            let timer = self.metrics.append_seconds.start_timer();
            let outcome = self.store.append(&entries, recorded_at).await;
            timer.observe_duration();
            self.metrics.batch.observe(entries.len() as f64);
            match outcome {
                Ok(outcomes) => self.conclude(batch, outcomes, recorded_at),
                Err(error) if batch.len() > 1 => {
                    warn!(%error, commands = batch.len(), "append failed; halving the batch");
                    let second = batch.split_off(batch.len() / 2);
                    batches.push(second);
                    batches.push(batch);
                }
                Err(error) => {
                    let jobs = batch.into_iter().map(|decided| decided.job);
                    self.fail(jobs, &error.to_string());
                }
            }
        }
    }

    fn conclude(&mut self, batch: Vec<Decided>, outcomes: Vec<Appended>, recorded_at: Timestamp) {
        let mut head = 0;
        for (mut decided, outcome) in batch.into_iter().zip(outcomes) {
            let stream = decided.entry.stream;
            match outcome {
                Appended::Written(receipt) => {
                    head = head.max(receipt.last_position);
                    self.metrics.events.inc_by(decided.entry.events.len() as u64);
                    self.count("written");
                    decided.after.recorded_at = recorded_at;
                    if stream.kind == StreamKind::Case {
                        self.cache.put(stream, decided.after);
                    }
                    answer(decided.job, Ok(Accepted { receipt: Some(receipt), repeated: false }));
                }
                Appended::Repeated(receipt) => {
                    self.cache.pop(&stream);
                    self.answer_known(decided.job, receipt);
                }
                Appended::Conflict => {
                    self.cache.pop(&stream);
                    if decided.attempt < ATTEMPTS {
                        self.waiting.push_front((decided.job, decided.attempt + 1));
                    } else {
                        self.fail([decided.job], "the stream is written by others all the time");
                    }
                }
            }
        }
        if head > 0 {
            self.appended.send_replace(head);
        }
    }

    fn answer_known(&self, job: Job, receipt: Receipt) {
        let same = receipt.content_hash == job.request.content_hash;
        self.count(if same { "repeated" } else { "rejected" });
        let outcome = if same {
            Ok(Accepted { receipt: Some(receipt), repeated: true })
        } else {
            Err(Code::IdReused.into())
        };
        answer(job, outcome);
    }

    fn fail(&self, jobs: impl IntoIterator<Item = Job>, reason: &str) {
        error!(reason, "commands could not be written");
        for job in jobs {
            self.count("failed");
            answer(job, Err(SubmitError::Store(reason.to_owned())));
        }
    }

    fn count(&self, outcome: &str) {
        self.metrics.commands.with_label_values(&[outcome]).inc();
    }
}

/// The sender may have hung up: the command counts all the same.
fn answer(job: Job, outcome: Result<Accepted, SubmitError>) {
    let _ = job.reply.send(outcome);
}

fn opens(command: &Command) -> bool {
    matches!(command, Command::Case(domain::case::Command::Register(_)) | Command::Note(_))
}

fn decide(
    request: &Request,
    before: &Folded,
    now: Timestamp,
    rules: &Rulebook,
) -> Result<Vec<Event>, Rejection> {
    match &request.command {
        Command::Case(command) => {
            let context = Context {
                now,
                occurred_at: request.occurred_at.unwrap_or(now),
                actor: &request.actor,
                rules,
            };
            let events = Case::decide(&before.state, command, &context)?;
            Ok(events.into_iter().map(Event::Case).collect())
        }
        Command::Note(_) if before.sequence > 0 => Ok(Vec::new()),
        Command::Note(event) => Ok(vec![Event::Intake(event.clone())]),
    }
}

fn entry(
    request: &Request,
    before: &Folded,
    events: &[Event],
    now: Timestamp,
) -> Result<(Entry, Folded), serde_json::Error> {
    let mut after = before.clone();
    after.recorded_at = now;
    let actor = serde_json::to_string(&request.actor)?;
    let occurred_at = request.occurred_at.unwrap_or(now).as_microsecond();
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        after.sequence += 1;
        if let Event::Case(event) = event {
            Case::evolve(&mut after.state, event);
        }
        rows.push(NewRow {
            event_type: event.event_type(),
            payload: event.encode()?,
            occurred_at,
            actor: actor.clone(),
            correlation: request.stream.id,
            causation: request.causation,
        });
    }
    let entry = Entry {
        stream: request.stream,
        expected: before.sequence,
        events: rows,
        command_id: request.command_id,
        content_hash: request.content_hash,
        next_deadline: after.state.next_deadline(),
        new_key: request.new_key.clone(),
    };
    Ok((entry, after))
}
