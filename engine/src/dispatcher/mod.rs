//! Follows the log and publishes what its events call for.
//!
//! There is no outbox and no stored progress: every message carries the place in the log that it was
//! made from, so each stream's own last message says how far it has been filled. A stream that was
//! lost is filled again from the log; a publisher that died in the middle goes on where its stream
//! stands; of two publishers the second is stopped by the sequence it expects.

pub mod outgoing;
pub mod public;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use domain::reaction::Origin;
use domain::recorded::Recorded;
use domain::stream::{Event, StreamId, StreamKind, UnknownEvent};
use lru::LruCache;
use tokio::time::Instant;
use tracing::info;

use crate::bus::subject::Subjects;
use crate::bus::{Bus, BusError, Mark, Outgoing, Stream};
use crate::log::{LogIdentity, Store, StoreError, StoredRow};

/// Most events of one step.
const PAGE: u32 = 500;
/// Origins of cases kept in memory.
const CACHED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(8192 - 1);
/// How often an idle publisher looks whether its streams still stand.
const LOOK: Duration = Duration::from_secs(10);
/// How many messages are looked at in one go, back to one that the log still knows.
const BACK: usize = 64;

/// Why nothing goes out at the moment.
#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    /// The log cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bus failed; the next step looks where it stands.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// An event of a newer version: nothing is sent past it, because it could not be sent later.
    #[error("position {position}: {reason}")]
    Unknown {
        /// Where in the log.
        position: u64,
        /// What is wrong.
        reason: UnknownEvent,
    },
    /// The stream is another log's: two logs need two prefixes.
    #[error("stream {0} holds the messages of another log")]
    ForeignLog(&'static str),
    /// A message could not be written.
    #[error("a message could not be written: {0}")]
    Unwritable(#[from] serde_json::Error),
}

/// How far one stream is filled.
#[derive(Debug, Clone, Copy)]
struct Filled {
    sequence: u64,
    /// Position and part of the last message.
    last: (u64, u32),
}

/// Where the publisher stands. Known from the bus, never stored.
struct Standing {
    log: LogIdentity,
    /// Last position that was read.
    read: u64,
    filled: HashMap<Stream, Filled>,
    looked: Instant,
}

/// Publishes the log.
pub struct Publisher {
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    subjects: Subjects,
    standing: Option<Standing>,
    origins: LruCache<StreamId, Origin>,
}

impl Publisher {
    /// A publisher of this log.
    pub fn new(store: Arc<dyn Store>, bus: Arc<dyn Bus>, subjects: Subjects) -> Self {
        Self { store, bus, subjects, standing: None, origins: LruCache::new(CACHED) }
    }

    /// The last position that was dealt with; none while that is not known.
    pub fn position(&self) -> Option<u64> {
        self.standing.as_ref().map(|standing| standing.read)
    }

    /// One page of events; returns how many were read. After an error the next step asks the bus
    /// anew where it stands.
    ///
    /// # Errors
    /// See [`DispatchError`].
    pub async fn step(&mut self) -> Result<usize, DispatchError> {
        let standing = match self.standing.take() {
            Some(standing) => standing,
            None => self.resume().await?,
        };
        let (standing, read) = self.page(standing).await?;
        self.standing = Some(standing);
        Ok(read)
    }

    async fn page(&mut self, mut standing: Standing) -> Result<(Standing, usize), DispatchError> {
        let rows = self.store.read_after(standing.read, PAGE).await?;
        if rows.is_empty() {
            if standing.looked.elapsed() >= LOOK {
                self.look(&mut standing).await?;
            }
            return Ok((standing, 0));
        }
        let mut unknown = None;
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            match row.decode() {
                Ok(recorded) => events.push((recorded, row.hash)),
                Err(reason) => {
                    unknown = Some(DispatchError::Unknown { position: row.position, reason });
                    break;
                }
            }
        }
        self.load_origins(&events).await?;
        for (stream, messages) in self.messages(&standing, &events)? {
            self.fill(&mut standing, stream, messages).await?;
        }
        if let Some((last, _)) = events.last() {
            standing.read = last.position;
        }
        match unknown {
            // What came before it has gone out; it is said again with every step.
            Some(unknown) if events.is_empty() => Err(unknown),
            _ => Ok((standing, events.len())),
        }
    }

    /// What the events call for, by stream, without what a stream already holds.
    fn messages(
        &mut self,
        standing: &Standing,
        events: &[(Recorded, [u8; 32])],
    ) -> Result<Vec<(Stream, Vec<Outgoing>)>, DispatchError> {
        let mut by_stream: Vec<_> = Stream::FROM_LOG.into_iter().map(|stream| (stream, Vec::new())).collect();
        for (recorded, hash) in events {
            let origin = self.origin_after(recorded);
            for (stream, message) in outgoing::of(recorded, *hash, &origin, &standing.log, &self.subjects)? {
                let place = message.mark.map_or((0, 0), |mark| (mark.position, mark.part));
                let held = standing.filled.get(&stream).map_or((0, 0), |filled| filled.last);
                if place > held
                    && let Some((_, messages)) = by_stream.iter_mut().find(|(kept, _)| *kept == stream)
                {
                    messages.push(message);
                }
            }
        }
        Ok(by_stream)
    }

    async fn fill(
        &self,
        standing: &mut Standing,
        stream: Stream,
        messages: Vec<Outgoing>,
    ) -> Result<(), DispatchError> {
        let Some(mark) = messages.last().and_then(|message| message.mark) else { return Ok(()) };
        let Some(filled) = standing.filled.get_mut(&stream) else { return Ok(()) };
        filled.sequence = self.bus.publish(stream, Some(filled.sequence), &messages).await?;
        filled.last = (mark.position, mark.part);
        standing.looked = Instant::now();
        Ok(())
    }

    fn origin_after(&mut self, recorded: &Recorded) -> Origin {
        let Event::Case(event) = &recorded.event else { return Origin::default() };
        let origin = self.origins.get_or_insert_mut(recorded.stream, Origin::default);
        origin.evolve(event);
        origin.clone()
    }

    /// Cases whose beginning lies before this page.
    async fn load_origins(&mut self, events: &[(Recorded, [u8; 32])]) -> Result<(), StoreError> {
        let mut missing: HashMap<StreamId, u64> = HashMap::new();
        for (recorded, _) in events {
            if recorded.stream.kind == StreamKind::Case {
                missing.entry(recorded.stream).or_insert(recorded.sequence);
            }
        }
        missing.retain(|stream, first| *first > 1 && !self.origins.contains(stream));
        let streams: Vec<StreamId> = missing.keys().copied().collect();
        for recorded in self.store.load(&streams).await? {
            let before = missing.get(&recorded.stream).is_some_and(|first| recorded.sequence < *first);
            if let (Event::Case(event), true) = (&recorded.event, before) {
                self.origins.get_or_insert_mut(recorded.stream, Origin::default).evolve(event);
            }
        }
        Ok(())
    }

    /// Makes what is missing and asks every stream how far it is filled.
    async fn resume(&mut self) -> Result<Standing, DispatchError> {
        self.origins.clear();
        self.bus.ensure().await?;
        let log = self.store.identity().await?;
        let mut filled = HashMap::new();
        for stream in Stream::FROM_LOG {
            filled.insert(stream, self.filled(stream, &log).await?);
        }
        // The furthest behind decides where reading begins; the others skip what they hold. The
        // position before it, because the last event may have been published in part.
        let read = filled.values().map(|filled| filled.last.0).min().unwrap_or(0);
        let read = if read > self.bus.floor() { read.saturating_sub(1) } else { read };
        info!(position = read, "publishing goes on");
        Ok(Standing { log, read, filled, looked: Instant::now() })
    }

    /// Back to the last message that the log still knows: a restored log may have lost its end.
    async fn filled(&self, stream: Stream, log: &LogIdentity) -> Result<Filled, DispatchError> {
        let sequence = self.bus.last_sequence(stream).await?;
        let mut from = sequence;
        loop {
            let messages = self.bus.browse(stream, from, BACK).await?;
            for message in &messages {
                let Some(mark) = message.mark else { continue };
                if mark.log_id != log.log_id {
                    return Err(DispatchError::ForeignLog(stream.name()));
                }
                if self.knows(&mark).await? {
                    return Ok(Filled { sequence, last: (mark.position, mark.part) });
                }
            }
            match messages.last() {
                Some(oldest) if oldest.sequence > 1 => from = oldest.sequence - 1,
                _ => return Ok(Filled { sequence, last: (self.bus.floor(), u32::MAX) }),
            }
        }
    }

    async fn knows(&self, mark: &Mark) -> Result<bool, StoreError> {
        let rows = self.store.read_after(mark.position.saturating_sub(1), 1).await?;
        let same = |row: &StoredRow| row.position == mark.position && row.hash == mark.hash;
        Ok(rows.first().is_some_and(same))
    }

    /// A stream that was wiped or written by somebody else is noticed also where nothing happens.
    async fn look(&self, standing: &mut Standing) -> Result<(), DispatchError> {
        for (stream, filled) in &standing.filled {
            if self.bus.last_sequence(*stream).await? != filled.sequence {
                return Err(BusError::Moved(stream.name()).into());
            }
        }
        standing.looked = Instant::now();
        Ok(())
    }
}
