//! What the rows tell of each case while they go by: how it stands, and whether its seals open. Cases that
//! there is no room for are read once more afterwards, and so are those with a row that is not understood.

use std::collections::{HashMap, HashSet};

use domain::case::{Case, State};
use domain::decider::Decider;
use domain::recorded::Recorded;
use domain::stream::{Event, StreamId, StreamKind};

use super::Report;
use super::streams::{check_seal, keys};
use crate::keyring::{DataKey, Keyring};
use crate::log::Store;

/// Most cases at once: about 150 MB. Few while testing, so that both ways are gone.
const ROOM: usize = if cfg!(debug_assertions) { 64 } else { 50_000 };

/// How a case stands.
pub(super) struct Fold {
    pub state: State,
    /// Of its latest event.
    pub sequence: u64,
    /// Sealed fields that open.
    pub seals: u64,
    key: Option<DataKey>,
}

#[derive(Default)]
pub(super) struct Held {
    folds: HashMap<StreamId, Fold>,
    /// No longer held, or never.
    apart: HashSet<StreamId>,
}

impl Held {
    /// Takes a page of events; the keys of the cases that begin in it are read together.
    pub async fn take(
        &mut self,
        store: &dyn Store,
        keyring: &Keyring,
        page: &[Recorded],
        report: &mut Report,
    ) {
        let begun = self.begun(page);
        let mut keys = keys(store, keyring, &begun, report).await;
        for stream in begun {
            let key = keys.remove(&stream.id);
            self.folds.insert(stream, Fold { state: State::default(), sequence: 0, seals: 0, key });
        }
        for recorded in page {
            let Some(fold) = self.folds.get_mut(&recorded.stream) else { continue };
            let Event::Case(event) = &recorded.event else { continue };
            Case::evolve(&mut fold.state, event);
            fold.sequence = recorded.sequence;
            if let Some(key) = &fold.key {
                fold.seals += check_seal(recorded, event, key, report);
            }
        }
    }

    /// The cases that begin in this page, as far as there is room for them.
    fn begun(&mut self, page: &[Recorded]) -> Vec<StreamId> {
        let mut begun = Vec::new();
        let mut new = HashSet::new();
        for stream in page.iter().map(|recorded| recorded.stream) {
            let known = self.folds.contains_key(&stream) || self.apart.contains(&stream);
            if stream.kind != StreamKind::Case || known || !new.insert(stream) {
                continue;
            }
            if self.folds.len() + begun.len() < ROOM {
                begun.push(stream);
            } else {
                self.apart.insert(stream);
            }
        }
        begun
    }

    /// One of its rows is not understood: what the others say is not how it stands.
    pub fn drop(&mut self, stream: StreamId) {
        self.folds.remove(&stream);
        self.apart.insert(stream);
    }

    /// How it stands, where that is known.
    pub fn remove(&mut self, stream: &StreamId) -> Option<Fold> {
        self.folds.remove(stream)
    }
}
