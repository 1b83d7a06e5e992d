//! Group commit: commands for different streams are decided one after the other and written in one
//! transaction; while it is on its way, the next batch is decided. A conflict, a refusal or a poisoned
//! command concerns itself only.

mod answer;
mod batch;
mod decide;

use std::collections::{HashMap, HashSet, VecDeque};
use std::future::ready;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::task::Poll;

use domain::stream::{StreamId, StreamKind};
use futures::future::BoxFuture;
use jiff::Timestamp;
use lru::LruCache;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, warn};
use uuid::Uuid;

use self::answer::{answer, answer_known, answer_unwritten, count};
use self::batch::{Decided, Finished, append};
use self::decide::{Folded, decide, entry, opens};
use crate::clock::Clock;
use crate::log::{Appended, Batch, Store, StoreError};
use crate::metrics::Metrics;
use crate::rules::Rules;
use crate::submit::{Accepted, Request, SubmitError};
use crate::tail::Tail;

/// Most commands in one transaction.
const BATCH: usize = 1024;
/// Fewer commands than this cost less than the flush that makes them durable.
const FEW: usize = 16;
/// How often others are let go first before a small batch is sent.
const TURNS: usize = 3;
/// Folded states kept in memory: about those of a district that are open, which would be read and folded
/// again for every command.
const CACHED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(16_384 - 1);
/// How often a command is decided anew after a conflict with another writer.
const ATTEMPTS: u32 = 5;

/// A command on its way, and where its answer goes.
pub(crate) struct Job {
    pub request: Request,
    pub reply: oneshot::Sender<Result<Accepted, SubmitError>>,
}

/// A command that waits to be decided, and how often it was decided before.
type Waiting = (Job, u32);

pub(crate) struct Writer {
    store: Arc<dyn Store>,
    rules: Rules,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    tail: Tail,
    appended: watch::Sender<u64>,
    cache: LruCache<StreamId, Box<Folded>>,
    waiting: VecDeque<Waiting>,
    /// Decided, for the next transaction.
    prepared: Vec<Decided>,
    /// Streams and command ids that are decided and not yet written: what else wants them waits.
    held: Held,
    /// The transaction on its way.
    appending: Option<BoxFuture<'static, Finished>>,
}

#[derive(Default)]
struct Held {
    streams: HashSet<StreamId>,
    ids: HashSet<Uuid>,
}

impl Writer {
    pub fn new(
        store: Arc<dyn Store>,
        rules: Rules,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
        tail: Tail,
        appended: watch::Sender<u64>,
    ) -> Self {
        Self {
            store,
            rules,
            clock,
            metrics,
            tail,
            appended,
            cache: LruCache::new(CACHED),
            waiting: VecDeque::new(),
            prepared: Vec::new(),
            held: Held::default(),
            appending: None,
        }
    }

    /// Serves commands until every handle is gone and everything is answered.
    pub async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut arrived = Vec::with_capacity(BATCH);
        let mut open = true;
        while open || self.appending.is_some() || !self.waiting.is_empty() {
            tokio::select! {
                biased;
                finished = settled(&mut self.appending), if self.appending.is_some() => {
                    self.appending = None;
                    if self.prepared.len() >= FEW {
                        // The next is on its way before anybody is answered.
                        self.send().await;
                    }
                    self.conclude(finished).await;
                    self.gather(&mut queue).await;
                }
                count = queue.recv_many(&mut arrived, BATCH), if open && self.waiting.len() < BATCH => {
                    open = count > 0;
                    self.waiting.extend(arrived.drain(..).map(|job| (job, 0)));
                    self.gather(&mut queue).await;
                }
            }
            while self.prepare().await {}
            self.send().await;
        }
    }

    /// A few commands are not worth a flush of their own while those who were just answered are about to
    /// ask again, or who asks has more to say: lets them speak first. Costs no time where nobody does.
    async fn gather(&mut self, queue: &mut mpsc::Receiver<Job>) {
        for _ in 0..TURNS {
            if self.appending.is_some() || self.waiting.len() >= BATCH {
                return;
            }
            tokio::task::yield_now().await;
            while let Ok(job) = queue.try_recv() {
                self.waiting.push_back((job, 0));
            }
        }
    }

    /// Decides what can be decided now, for the next transaction: at most one command per stream and per
    /// id, the others stay. Whether there may be more: what waited behind a command that writes nothing
    /// is free now.
    async fn prepare(&mut self) -> bool {
        let chosen = self.choose();
        if chosen.is_empty() {
            return false;
        }
        let before = self.prepared.len() + chosen.len();
        let mut remembered: HashSet<StreamId> = chosen.iter().map(|(job, _)| job.request.stream).collect();
        remembered.retain(|stream| self.cache.contains(stream));
        let chosen = self.load_states(chosen).await;
        let (now, rules) = (self.clock.now(), self.rules.now());
        let mut nothing_written = Vec::new();
        let unknown = Folded::default();
        for (job, attempt) in chosen {
            let stream = job.request.stream;
            let before = self.cache.get(&stream).map_or(&unknown, |known| known);
            let now = now.max(before.recorded_at);
            let answer = match decide(&job.request, before, now, &rules) {
                Err(rejection) => Err(SubmitError::Rejected(rejection)),
                Ok(events) if events.is_empty() => Ok(Accepted { receipt: None, repeated: false }),
                Ok(events) => match entry(&job.request, before, &events, now) {
                    Ok((entry, after)) => {
                        self.held.streams.insert(stream);
                        self.held.ids.insert(job.request.command_id);
                        self.prepared.push(Decided { job, entry, after, attempt });
                        continue;
                    }
                    Err(error) => Err(SubmitError::Store(error.to_string())),
                },
            };
            if remembered.contains(&stream) && attempt < ATTEMPTS {
                // No append will tell whether another node has moved the stream on meanwhile: what is
                // refused, or changes nothing, is decided on what stands in the log.
                self.cache.pop(&stream);
                self.waiting.push_front((job, attempt + 1));
                continue;
            }
            nothing_written.push((job, answer));
        }
        if !nothing_written.is_empty() {
            tokio::spawn(answer_unwritten(self.store.clone(), self.metrics.clone(), nothing_written));
        }
        self.prepared.len() < before
    }

    fn choose(&mut self) -> Vec<Waiting> {
        let room = BATCH - self.prepared.len().min(BATCH);
        if room == 0 || self.waiting.is_empty() {
            return Vec::new();
        }
        let mut seen = Held::default();
        let mut chosen = Vec::new();
        let mut later = VecDeque::new();
        while let Some((job, attempt)) = self.waiting.pop_front() {
            let (stream, id) = (job.request.stream, job.request.command_id);
            let free = !self.held.streams.contains(&stream) && !self.held.ids.contains(&id);
            // Also what must wait holds its stream: commands to one stream keep their order.
            let first = seen.streams.insert(stream) & seen.ids.insert(id);
            if free && first && chosen.len() < room {
                chosen.push((job, attempt));
            } else {
                later.push_back((job, attempt));
            }
        }
        self.waiting = later;
        chosen
    }

    /// A new case is taken to be new: if it is not, the append says so, and it is loaded then. A stream
    /// that cannot be read fails its own command only; the rest goes on.
    async fn load_states(&mut self, batch: Vec<Waiting>) -> Vec<Waiting> {
        let mut missing: Vec<StreamId> = batch.iter().map(|(job, _)| job.request.stream).collect();
        // Asked for, not only looked up: what is used now must not make room for what is loaded now.
        missing.retain(|stream| self.cache.get(stream).is_none());
        let opening = |(job, attempt): &&Waiting| *attempt == 0 && opens(&job.request.command);
        let opened: HashSet<StreamId> =
            batch.iter().filter(opening).map(|(job, _)| job.request.stream).collect();
        missing.retain(|stream| !opened.contains(stream));
        let unreadable = self.load_all(missing).await;
        let mut readable = Vec::with_capacity(batch.len());
        for (job, attempt) in batch {
            match unreadable.get(&job.request.stream) {
                None => readable.push((job, attempt)),
                Some(error) => self.fail([job], error),
            }
        }
        readable
    }

    /// Loads them together, and where that fails halves them until what cannot be read is alone.
    async fn load_all(&mut self, streams: Vec<StreamId>) -> HashMap<StreamId, SubmitError> {
        let mut unreadable = HashMap::new();
        let mut parts = vec![streams];
        while let Some(mut part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            match self.load(&part).await {
                Ok(()) => {}
                Err(error) if part.len() > 1 && error.may_be_one_command() => {
                    let second = part.split_off(part.len() / 2);
                    parts.extend([second, part]);
                }
                Err(error) => {
                    let error = SubmitError::from(error);
                    unreadable.extend(part.into_iter().map(|stream| (stream, error.clone())));
                }
            }
        }
        unreadable
    }

    async fn load(&mut self, streams: &[StreamId]) -> Result<(), StoreError> {
        let mut loaded: HashMap<StreamId, Box<Folded>> = HashMap::new();
        for recorded in self.store.load(streams).await? {
            let folded = loaded.entry(recorded.stream).or_default();
            folded.sequence = recorded.sequence;
            folded.position = Some(recorded.position);
            folded.recorded_at = recorded.meta.recorded_at;
            folded.evolve(&recorded.event);
        }
        for stream in streams {
            self.cache.put(*stream, loaded.remove(stream).unwrap_or_default());
        }
        Ok(())
    }

    /// Sends what is decided on its way, where nothing else is.
    async fn send(&mut self) {
        if self.appending.is_none() && !self.prepared.is_empty() {
            let batch = std::mem::take(&mut self.prepared);
            let mut append = self.append(batch);
            // A future does nothing until it is asked: now it leaves, and not after what comes next here.
            self.appending = Some(match futures::poll!(&mut append) {
                Poll::Pending => append,
                Poll::Ready(finished) => Box::pin(ready(finished)),
            });
        }
    }

    fn append(&self, batch: Vec<Decided>) -> BoxFuture<'static, Finished> {
        Box::pin(append(self.store.clone(), self.metrics.clone(), batch, self.clock.now()))
    }

    /// Answers a batch; where it failed as a whole, halves it until the poisoned command is alone.
    async fn conclude(&mut self, finished: Finished) {
        let mut next = vec![finished];
        while let Some(Finished { mut batch, recorded_at, outcome }) = next.pop() {
            match outcome {
                Ok(Batch { outcomes, rows }) => {
                    // Readers are served before anybody is told that there is something to read.
                    self.tail.offer(rows);
                    self.answer_batch(batch, outcomes, recorded_at);
                }
                Err(error) if batch.len() > 1 && error.may_be_one_command() => {
                    warn!(%error, commands = batch.len(), "append failed; halving the batch");
                    // One at a time: the one on its way is waited for.
                    if let Some(appending) = self.appending.take() {
                        next.push(appending.await);
                    }
                    let second = batch.split_off(batch.len() / 2);
                    let first = self.append(batch).await;
                    let second = self.append(second).await;
                    next.extend([second, first]);
                }
                Err(error) => {
                    for decided in &batch {
                        self.release(&decided.job);
                        // Nobody knows what was written.
                        self.cache.pop(&decided.entry.stream);
                    }
                    self.fail(batch.into_iter().map(|decided| decided.job), &error.into());
                }
            }
        }
    }

    fn answer_batch(&mut self, batch: Vec<Decided>, outcomes: Vec<Appended>, recorded_at: Timestamp) {
        let mut head = 0;
        for (mut decided, outcome) in batch.into_iter().zip(outcomes) {
            let stream = decided.entry.stream;
            self.release(&decided.job);
            match outcome {
                Appended::Written(receipt) => {
                    head = head.max(receipt.last_position);
                    self.metrics.events.inc_by(decided.entry.events.len() as u64);
                    count(&self.metrics, "written");
                    decided.after.recorded_at = recorded_at;
                    decided.after.position = Some(receipt.last_position);
                    match stream.kind {
                        StreamKind::Case | StreamKind::Rules => drop(self.cache.put(stream, decided.after)),
                        // Asked a few times and never again: open cases are not to make room for them.
                        StreamKind::Intake | StreamKind::Notification => drop(self.cache.pop(&stream)),
                    }
                    answer(decided.job, Ok(Accepted { receipt: Some(receipt), repeated: false }));
                }
                Appended::Repeated(receipt) => {
                    self.cache.pop(&stream);
                    answer_known(&self.metrics, decided.job, receipt);
                }
                Appended::Conflict => {
                    self.cache.pop(&stream);
                    if decided.attempt < ATTEMPTS {
                        self.waiting.push_front((decided.job, decided.attempt + 1));
                    } else {
                        let reason = "the stream is written by others all the time";
                        self.fail([decided.job], &SubmitError::Store(reason.to_owned()));
                    }
                }
            }
        }
        if head > 0 {
            self.appended.send_replace(head);
        }
    }

    fn release(&mut self, job: &Job) {
        self.held.streams.remove(&job.request.stream);
        self.held.ids.remove(&job.request.command_id);
    }

    fn fail(&self, jobs: impl IntoIterator<Item = Job>, reason: &SubmitError) {
        error!(%reason, "commands could not be written");
        for job in jobs {
            count(&self.metrics, "failed");
            answer(job, Err(reason.clone()));
        }
    }
}

/// Waits for the transaction on its way; asked only where there is one.
async fn settled(appending: &mut Option<BoxFuture<'static, Finished>>) -> Finished {
    match appending {
        Some(append) => append.await,
        None => std::future::pending().await,
    }
}
