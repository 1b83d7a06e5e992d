//! Where the publisher stands. Known from the bus, never stored; and what was held back goes out first.

use std::collections::HashMap;

use domain::recorded::Recorded;
use domain::stream::StreamId;
use futures::future::try_join_all;
use tokio::time::Instant;
use tracing::info;

use super::{ByStream, DispatchError, LOOK, Page, Publisher, parking};
use crate::bus::metrics::BusMetrics;
use crate::bus::{Bus, BusError, Mark, Outgoing, Stream};
use crate::log::{LogIdentity, Parked, StoreError, StoredRow};

/// How many messages are looked at in one go, back to one that the log still knows.
const BACK: usize = 64;
/// Parked streams that are looked at in one go.
const AT_ONCE: usize = 256;

/// How far one stream is filled.
#[derive(Debug, Clone, Copy)]
struct Filled {
    sequence: u64,
    /// Position and part of the last message when the publisher came.
    held: (u64, u32),
}

pub(super) struct Standing {
    pub log: LogIdentity,
    /// Last position that was dealt with.
    pub read: u64,
    /// The page behind it, where it is made already.
    pub ready: Option<Page>,
    filled: HashMap<Stream, Filled>,
    looked: Instant,
}

impl Standing {
    /// Position and part of the last message that the stream held when the publisher came.
    pub fn held(&self, stream: Stream) -> (u64, u32) {
        self.filled.get(&stream).map_or((0, 0), |filled| filled.held)
    }

    /// The messages with the sequence after which each stream is to go on.
    pub fn sending(&self, messages: ByStream) -> Vec<(Stream, u64, Vec<Outgoing>)> {
        let after = |stream| self.filled.get(&stream).map_or(0, |filled| filled.sequence);
        messages.into_iter().map(|(stream, messages)| (stream, after(stream), messages)).collect()
    }

    /// The streams end there now.
    pub fn take(&mut self, ends: Vec<(Stream, u64)>) {
        for (stream, sequence) in ends {
            if let Some(filled) = self.filled.get_mut(&stream) {
                filled.sequence = sequence;
            }
        }
        self.looked = Instant::now();
    }
}

/// Appends to every stream at once, each after the message that it is known to end with; returns
/// where they end then.
pub(super) async fn fill(
    bus: &dyn Bus,
    metrics: Option<&BusMetrics>,
    sending: Vec<(Stream, u64, Vec<Outgoing>)>,
) -> Result<Vec<(Stream, u64)>, BusError> {
    let filling = sending.into_iter().filter(|(.., messages)| !messages.is_empty()).map(
        async |(stream, after, messages)| {
            let end = bus.publish(stream, Some(after), &messages).await?;
            if let Some(metrics) = metrics {
                metrics.published(stream, messages.len());
            }
            Ok((stream, end))
        },
    );
    try_join_all(filling).await
}

impl Publisher {
    /// Makes what is missing, asks every stream how far it is filled, and sends what was held back
    /// and can be understood now.
    pub(super) async fn resume(&mut self) -> Result<Standing, DispatchError> {
        self.origins.forget();
        self.bus.ensure().await?;
        let log = self.store.identity().await?;
        let mut filled = HashMap::new();
        for stream in Stream::FROM_LOG {
            filled.insert(stream, self.filled(stream, &log).await?);
        }
        // The furthest behind decides where reading begins; the others skip what they hold. The
        // position before it, because the last event may have been published in part.
        let read = filled.values().map(|filled| filled.held.0).min().unwrap_or(0);
        let read = if read > self.bus.floor() { read.saturating_sub(1) } else { read };
        let mut standing = Standing { log, read, ready: None, filled, looked: Instant::now() };
        self.release(&mut standing).await?;
        info!(position = read, parked = self.parking.count(), "publishing goes on");
        Ok(standing)
    }

    /// Back to the last message that the log still knows: a restored log may have lost its end.
    async fn filled(&self, stream: Stream, log: &LogIdentity) -> Result<Filled, DispatchError> {
        let sequence = self.bus.state(stream).await?.last_sequence;
        let mut from = sequence;
        loop {
            let messages = self.bus.browse(stream, from, BACK).await?;
            for message in &messages {
                let Some(mark) = message.mark else { continue };
                if mark.log_id != log.log_id {
                    return Err(DispatchError::ForeignLog(stream.name()));
                }
                if self.knows(&mark).await? {
                    return Ok(Filled { sequence, held: (mark.position, mark.part) });
                }
            }
            match messages.last() {
                Some(oldest) if oldest.sequence > 1 => from = oldest.sequence - 1,
                _ => return Ok(Filled { sequence, held: (self.bus.floor(), u32::MAX) }),
            }
        }
    }

    async fn knows(&self, mark: &Mark) -> Result<bool, StoreError> {
        let rows = self.store.read_after(mark.position.saturating_sub(1), 1).await?;
        let same = |row: &StoredRow| row.position == mark.position && row.hash == mark.hash;
        Ok(rows.first().is_some_and(same))
    }

    /// Sends what was held back of the streams that this program understands. What a bus stream has
    /// passed goes out now, without a mark, so that the stream's end still says how far the log is
    /// published; what lies behind that comes in its turn.
    async fn release(&mut self, standing: &mut Standing) -> Result<(), DispatchError> {
        let parked = self.parking.read().await?;
        let head = self.store.head().await?.position;
        for parked in parked.chunks(AT_ONCE) {
            let streams: Vec<StreamId> = parked.iter().filter_map(parking::stream).collect();
            let mut histories: HashMap<StreamId, Vec<StoredRow>> = HashMap::new();
            for row in self.store.rows(&streams).await? {
                if let Some(stream) = row.stream() {
                    histories.entry(stream).or_default().push(row);
                }
            }
            let mut understood = Vec::new();
            for one in parked {
                let rows = parking::stream(one).map(|stream| histories.remove(&stream).unwrap_or_default());
                if let Some(events) = rows.and_then(|rows| decode(&rows)) {
                    self.send_held(standing, one, &events).await?;
                    understood.push(one.clone());
                } else if one.position > head {
                    // A restored log has lost it.
                    understood.push(one.clone());
                }
            }
            self.parking.release(&understood).await?;
        }
        self.count(|metrics| metrics.parked.set(self.parking.count()));
        Ok(())
    }

    async fn send_held(
        &mut self,
        standing: &mut Standing,
        parked: &Parked,
        events: &[(Recorded, [u8; 32])],
    ) -> Result<(), DispatchError> {
        let mut messages: HashMap<Stream, Vec<Outgoing>> = HashMap::new();
        for (recorded, hash) in events {
            let place = |part| (recorded.position, part);
            let wanted =
                |stream, part| recorded.position >= parked.position && place(part) <= standing.held(stream);
            for (stream, message) in self.messages(standing, recorded, *hash, &wanted)? {
                messages.entry(stream).or_default().push(Outgoing { mark: None, ..message });
            }
        }
        if let Some(stream) = parking::stream(parked) {
            self.origins.forget_one(stream);
        }
        let sending = standing.sending(messages.into_iter().collect());
        let ends = fill(&*self.bus, self.metrics.as_ref(), sending).await?;
        standing.take(ends);
        Ok(())
    }

    /// A stream that was wiped, emptied or written by somebody else is noticed also where nothing
    /// happens.
    pub(super) async fn look(&self, standing: &mut Standing) -> Result<(), DispatchError> {
        if standing.looked.elapsed() < LOOK {
            return Ok(());
        }
        for (stream, filled) in &standing.filled {
            let state = self.bus.state(*stream).await?;
            let emptied = filled.sequence > 0 && state.messages == 0;
            if state.last_sequence != filled.sequence || emptied {
                return Err(BusError::Moved(stream.name()).into());
            }
        }
        standing.looked = Instant::now();
        Ok(())
    }
}

/// The events, where every one of them is understood.
fn decode(rows: &[StoredRow]) -> Option<Vec<(Recorded, [u8; 32])>> {
    rows.iter().map(|row| Some((row.decode().ok()?, row.hash))).collect()
}
