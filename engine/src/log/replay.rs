//! Folds a whole log: several stretches of it are read and decoded at once, and folded in order.

use std::sync::Arc;

use domain::stream::{Event, StreamId};
use futures::{StreamExt, TryStreamExt, stream};

use super::{Store, StoreError, StoredRow};

/// Positions of a stretch: a round trip is cheap beside it, and its memory is soon used again.
const STRETCH: u64 = 2_000;
/// Stretches on their way.
const AHEAD: usize = 4;

/// An event as a fold needs it; who wrote it, when and why is not asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// Place in the log.
    pub position: u64,
    /// Its stream.
    pub stream: StreamId,
    /// Place in the stream, from 1.
    pub sequence: u64,
    /// What happened.
    pub event: Event,
}

impl Past {
    /// What a whole row says.
    ///
    /// # Errors
    /// Where this version does not understand it.
    pub(super) fn of(row: &StoredRow) -> Result<Self, StoreError> {
        let recorded = row.decode()?;
        Ok(Self {
            position: recorded.position,
            stream: recorded.stream,
            sequence: recorded.sequence,
            event: recorded.event,
        })
    }
}

/// Folds every event after a position, in order, up to the head as it is now; that head's position.
///
/// # Errors
/// The store's, or the first event that cannot be read; what came before it has been folded.
pub async fn replay(
    store: &Arc<dyn Store>,
    after: u64,
    mut fold: impl FnMut(Past),
) -> Result<u64, StoreError> {
    let head = store.head().await?.position;
    let stretches = (after..head).step_by(STRETCH as usize).map(|from| {
        let (store, through) = (Arc::clone(store), head.min(from + STRETCH));
        // A task of its own: decoding takes as long as reading, and there is more than one core.
        async move { tokio::spawn(async move { store.past(from, through).await }).await }
    });
    let mut decoded = stream::iter(stretches).buffered(AHEAD).map_err(ended);
    while let Some(stretch) = decoded.try_next().await? {
        stretch?.into_iter().for_each(&mut fold);
    }
    Ok(head)
}

fn ended(error: tokio::task::JoinError) -> StoreError {
    StoreError::Broken(format!("a stretch was not decoded: {error}"))
}
