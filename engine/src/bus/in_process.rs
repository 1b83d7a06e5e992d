//! The bus within the process: the same promises, as long as the process lives.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::{
    Bus, BusError, Delivery, Inbox, MESSAGE_MAX, Outgoing, Settlement, Stored, Stream, StreamState, Unsettled,
};

/// Most messages that a stream keeps; the oldest go first, except where somebody still has to take them.
const KEPT: usize = 10_000;
/// A delivery that is not settled within this time is made again.
const SETTLE_WITHIN: Duration = Duration::from_secs(30);

/// A bus in memory. A clone is another handle on the same bus.
#[derive(Debug, Clone, Default)]
pub struct InProcessBus {
    streams: Arc<Mutex<HashMap<Stream, Kept>>>,
    arrived: Arc<Notify>,
    floor: u64,
}

#[derive(Debug, Default)]
struct Kept {
    last: u64,
    messages: VecDeque<Stored>,
    /// Of an inbox: what is not settled, with its attempts and when it may be delivered again.
    open: BTreeMap<u64, (u64, Instant)>,
}

impl InProcessBus {
    /// An empty bus.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty bus for a log that stands here: nobody waits for what lies before.
    pub fn from_position(position: u64) -> Self {
        Self { floor: position, ..Self::default() }
    }

    /// Loses everything, as a wiped server does.
    pub fn wipe(&self) {
        self.streams().clear();
    }

    /// Loses one stream's messages, as an operator's purge does: it still counts on.
    pub fn purge(&self, stream: Stream) {
        if let Some(kept) = self.streams().get_mut(&stream) {
            kept.messages.clear();
            kept.open.clear();
        }
    }

    /// Nothing panics while the lock is held, and nothing waits.
    fn streams(&self) -> MutexGuard<'_, HashMap<Stream, Kept>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, inbox: Inbox, limit: usize) -> Vec<Delivery> {
        let now = Instant::now();
        let mut streams = self.streams();
        let Some(kept) = streams.get_mut(&inbox.stream()) else { return Vec::new() };
        let Kept { messages, open, .. } = kept;
        let due = open.iter_mut().filter(|(_, (_, free_at))| *free_at <= now).take(limit);
        let mut taken = Vec::new();
        for (sequence, (attempt, free_at)) in due {
            let Ok(place) = messages.binary_search_by_key(sequence, |message| message.sequence) else {
                continue;
            };
            let Some(message) = messages.get(place) else { continue };
            *attempt += 1;
            *free_at = now + SETTLE_WITHIN;
            let token = sequence.to_string();
            taken.push(Delivery { message: message.clone(), attempt: *attempt, token });
        }
        taken
    }
}

impl Kept {
    fn store(&mut self, message: &Outgoing, inbox: bool) {
        self.last += 1;
        self.messages.push_back(Stored {
            sequence: self.last,
            subject: message.subject.clone(),
            id: Some(message.id.clone()),
            mark: message.mark,
            payload: message.payload.clone(),
            stored_at: Timestamp::now(),
        });
        if inbox {
            self.open.insert(self.last, (0, Instant::now()));
        }
        let needed = self.open.keys().next().copied().unwrap_or(u64::MAX);
        while self.messages.len() > KEPT
            && self.messages.front().is_some_and(|oldest| oldest.sequence < needed)
        {
            self.messages.pop_front();
        }
    }
}

#[async_trait]
impl Bus for InProcessBus {
    async fn ensure(&self) -> Result<(), BusError> {
        Ok(())
    }

    async fn publish(
        &self,
        stream: Stream,
        after: Option<u64>,
        messages: &[Outgoing],
    ) -> Result<u64, BusError> {
        if let Some(large) = messages.iter().find(|message| message.payload.len() > MESSAGE_MAX) {
            return Err(BusError::TooLarge(large.payload.len()));
        }
        let inbox = matches!(stream, Stream::Intake | Stream::Responses);
        let last = {
            let mut streams = self.streams();
            let kept = streams.entry(stream).or_default();
            if after.is_some_and(|after| after != kept.last) {
                return Err(BusError::Moved(stream.name()));
            }
            for message in messages {
                kept.store(message, inbox);
            }
            kept.last
        };
        self.arrived.notify_waiters();
        Ok(last)
    }

    async fn pull(&self, inbox: Inbox, limit: usize, wait: Duration) -> Result<Vec<Delivery>, BusError> {
        let deadline = Instant::now() + wait;
        loop {
            // Listening begins before looking: what arrives in between is not missed.
            let arrived = self.arrived.notified();
            let taken = self.take(inbox, limit);
            let left = deadline.saturating_duration_since(Instant::now());
            if !taken.is_empty() || left.is_zero() {
                return Ok(taken);
            }
            // Also what was put off comes due: look again now and then.
            let nap = left.min(Duration::from_millis(250));
            let _ = tokio::time::timeout(nap, arrived).await;
        }
    }

    async fn settle(&self, inbox: Inbox, settled: &[(Delivery, Settlement)]) -> Result<(), BusError> {
        let mut streams = self.streams();
        let Some(kept) = streams.get_mut(&inbox.stream()) else { return Ok(()) };
        for (delivery, settlement) in settled {
            let sequence = delivery.message.sequence;
            match settlement {
                Settlement::Done => {
                    kept.open.remove(&sequence);
                }
                Settlement::Later(delay) => {
                    if let Some((_, free_at)) = kept.open.get_mut(&sequence) {
                        *free_at = Instant::now() + *delay;
                    }
                }
            }
        }
        Ok(())
    }

    async fn unsettled(&self, inbox: Inbox) -> Result<Unsettled, BusError> {
        let streams = self.streams();
        let open = streams.get(&inbox.stream()).into_iter().flat_map(|kept| kept.open.values());
        let messages = open.filter(|(attempt, _)| *attempt > 0).count();
        Ok(Unsettled { messages, within: SETTLE_WITHIN })
    }

    async fn state(&self, stream: Stream) -> Result<StreamState, BusError> {
        Ok(self.streams().get(&stream).map_or(StreamState { last_sequence: 0, messages: 0 }, |kept| {
            StreamState { last_sequence: kept.last, messages: kept.messages.len() as u64 }
        }))
    }

    async fn browse(&self, stream: Stream, from: u64, limit: usize) -> Result<Vec<Stored>, BusError> {
        let streams = self.streams();
        let Some(kept) = streams.get(&stream) else { return Ok(Vec::new()) };
        let newest_first = kept.messages.iter().rev();
        Ok(newest_first.filter(|message| message.sequence <= from).take(limit).cloned().collect())
    }

    fn floor(&self) -> u64 {
        self.floor
    }
}
