//! What the reactions need to know of a case besides the event: kept for those in motion, folded from
//! the log for the others.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use domain::context::Rulebook;
use domain::policy::Policy;
use domain::recorded::Recorded;
use domain::stream::{Event, StreamId, StreamKind, UnknownEvent};
use lru::LruCache;

use super::outgoing::Told;
use crate::log::{Store, StoreError, StoredRow};
use crate::rules::Rules;

/// Origins of cases kept in memory.
const CACHED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(32_768 - 1);

pub(super) struct Origins {
    store: Arc<dyn Store>,
    known: LruCache<StreamId, Told>,
    none: Told,
    rules: Option<Rules>,
    /// The rules of this page, and the edition by which what is known was told.
    now: Option<Arc<Rulebook>>,
}

impl Origins {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, known: LruCache::new(CACHED), none: Told::default(), rules: None, now: None }
    }

    /// By these rules: they know the words of the sending systems.
    pub fn by_rules(&mut self, rules: Rules) {
        self.rules = Some(rules);
    }

    /// Rules that were exchanged may know words for cases that had none.
    fn look_at_rules(&mut self) {
        let now = self.rules.as_ref().map(Rules::now);
        let edition = |rules: &Option<Arc<Rulebook>>| rules.as_ref().map(|rules| rules.edition.clone());
        if edition(&now) != edition(&self.now) {
            self.known.clear();
        }
        self.now = now;
    }

    pub fn forget(&mut self) {
        self.known.clear();
    }

    /// Not to be asked for by the pages to come: what is known of it is ahead of them.
    pub fn forget_one(&mut self, stream: StreamId) {
        self.known.pop(&stream);
    }

    /// What was told of this event's case before it.
    pub fn told(&mut self, recorded: &Recorded) -> (&mut Told, Option<&Policy>) {
        let told = match &recorded.event {
            Event::Case(_) => self.known.get_or_insert_mut(recorded.stream, Told::default),
            Event::Intake(_) | Event::Rules(_) | Event::Notification(_) => &mut self.none,
        };
        (told, self.now.as_ref().map(|rules| &rules.policy))
    }

    /// Takes in cases whose beginning lies before this page. Where that beginning is not understood,
    /// the case's first event of the page is returned with the reason: it must not go out.
    pub async fn load(
        &mut self,
        events: &[(Recorded, [u8; 32])],
    ) -> Result<Vec<(StoredRow, UnknownEvent)>, StoreError> {
        self.look_at_rules();
        let mut missing: HashMap<StreamId, u64> = HashMap::new();
        for (recorded, _) in events {
            if recorded.stream.kind == StreamKind::Case {
                missing.entry(recorded.stream).or_insert(recorded.sequence);
            }
        }
        // Asking for a case makes it the newest: no other case of this page pushes it out before its turn.
        missing.retain(|stream, first| {
            let known = self.known.get(stream).is_some();
            *first > 1 && !known
        });
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let streams: Vec<StreamId> = missing.keys().copied().collect();
        let mut unknown: HashMap<StreamId, UnknownEvent> = HashMap::new();
        let mut held = Vec::new();
        for row in self.store.rows(&streams).await? {
            let Some((stream, first)) = row.stream().and_then(|stream| missing.get_key_value(&stream)) else {
                continue;
            };
            if row.sequence > *first {
                continue;
            }
            if row.sequence == *first {
                held.extend(unknown.remove(stream).map(|reason| (row, reason)));
                continue;
            }
            match row.decode() {
                Ok(recorded) => {
                    let policy = self.now.as_ref().map(|rules| &rules.policy);
                    self.known.get_or_insert_mut(*stream, Told::default).take(&recorded, policy);
                }
                Err(reason) => {
                    unknown.entry(*stream).or_insert(reason);
                }
            }
        }
        Ok(held)
    }
}

#[cfg(test)]
mod specs {
    use super::*;
    use crate::log::memory::MemoryStore;
    use domain::context::Actor;
    use domain::ids::CaseId;
    use domain::recorded::Meta;
    use jiff::Timestamp;
    use uuid::Uuid;

    fn signed(case: u128, sequence: u64) -> (Recorded, [u8; 32]) {
        let event =
            Event::decode("case", "CaseSigned", "1", r#"{"CaseSigned":{"unit":"u","by":"x"}}"#).unwrap();
        let meta = Meta {
            occurred_at: Timestamp::UNIX_EPOCH,
            recorded_at: Timestamp::UNIX_EPOCH,
            actor: Actor { id: "x".into(), unit: None },
            correlation: Uuid::nil(),
            causation: Uuid::nil(),
            command_id: Uuid::nil(),
        };
        let stream = StreamId::case(CaseId(Uuid::from_u128(case)));
        (Recorded { position: sequence, stream, sequence, event, meta }, [0; 32])
    }

    #[tokio::test]
    async fn a_case_of_this_page_is_not_forgotten_before_its_turn() {
        let mut origins = Origins::new(Arc::new(MemoryStore::new("320506")));
        origins.known.resize(NonZeroUsize::MIN.saturating_add(1));
        let (old, newer, fresh) = (signed(1, 4), signed(2, 4), signed(3, 1));
        origins.told(&old.0);
        origins.told(&newer.0);
        origins.load(&[fresh.clone(), old.clone()]).await.unwrap();
        origins.told(&fresh.0);
        assert!(origins.known.contains(&old.0.stream), "what was told of it goes on, with its number");
        assert!(!origins.known.contains(&newer.0.stream));
    }
}
