//! The lists of one day: its rows only, found by their time, then the state of the cases they name.

use std::collections::{BTreeMap, HashMap};

use domain::case::{Case, State};
use domain::decider::Decider;
use domain::ids::CaseId;
use domain::intake::{self, ReconciledId};
use domain::reaction::{self, Message, Origin, Receipt};
use domain::recorded::Recorded;
use domain::stream::{Event, StreamId};
use jiff::civil::Date;
use uuid::Uuid;

use super::SLACK;
use crate::dispatcher::outgoing::leaves;
use crate::intake::named;
use crate::log::{Store, StoreError, StoredRow};
use crate::submit::Engine;

/// Rows read at once.
const ROWS: u32 = 1_000;
/// Cases folded at once.
const CASES: usize = 256;

/// What became of each id of this day, by source: the receipts that the day's events call for, and
/// where the case is now. Imports and demonstrations are told to nobody, and are not in it; neither is
/// what this program does not understand, for its receipts are held back too.
///
/// # Errors
/// [`StoreError`].
pub async fn lists(engine: &Engine, day: Date) -> Result<BTreeMap<String, Vec<ReconciledId>>, StoreError> {
    let rules = engine.rules();
    let zone = rules.calendar.zone();
    let midnight = |day: Result<Date, jiff::Error>| {
        let zoned = day.and_then(|day| day.to_zoned(zone.clone()));
        zoned.map(|zoned| zoned.timestamp()).map_err(|error| StoreError::Broken(error.to_string()))
    };
    let (from, to) = (midnight(Ok(day))?, midnight(day.tomorrow())?);
    let slack = i64::try_from(SLACK.as_micros()).unwrap_or_default();
    let (from, to) = (from.as_microsecond(), to.as_microsecond());
    let store = engine.store().as_ref();
    let mut position = last_before(store, from.saturating_sub(slack)).await?;
    let mut found = Found::default();
    loop {
        let rows = store.read_after(position, ROWS).await?;
        let Some(last) = rows.last() else { break };
        position = last.position;
        rows.iter().filter(|row| (from..to).contains(&row.recorded_at)).for_each(|row| found.take(row));
        if last.recorded_at >= to.saturating_add(slack) {
            break;
        }
    }
    found.with_cases(store).await
}

/// A position before which everything was written before this time; times grow with the positions, but
/// for what nodes' clocks differ.
async fn last_before(store: &dyn Store, micros: i64) -> Result<u64, StoreError> {
    let (mut low, mut high) = (0, store.head().await?.position);
    while low < high {
        let middle = low + (high - low) / 2;
        let rows = store.read_after(middle, 1).await?;
        if rows.first().is_some_and(|row| row.recorded_at < micros) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// An id that had a receipt.
struct Line {
    source: String,
    case: Option<CaseId>,
    entry: ReconciledId,
}

/// In the order of the first receipts.
#[derive(Default)]
struct Found {
    lines: Vec<Line>,
    known: HashMap<Uuid, usize>,
}

impl Found {
    fn take(&mut self, row: &StoredRow) {
        let Ok(recorded) = row.decode() else { return };
        for message in reaction::react(&recorded, &Origin::default()) {
            if leaves(&recorded, Some(&message))
                && let Message::Receipt(receipt) = message
            {
                self.add(&recorded, receipt);
            }
        }
    }

    fn add(&mut self, recorded: &Recorded, receipt: Receipt) {
        let case = match (&recorded.event, &receipt.external_id) {
            (Event::Case(_), _) => Some(CaseId(recorded.stream.id)),
            (Event::Intake(intake::Event::ComplaintRepeated(event)), _) => Some(event.case),
            // Refused about an id: its case, where there is one.
            (Event::Intake(_), Some(id)) => Some(named(&receipt.source, id)),
            (Event::Intake(_), None) | (Event::Rules(_) | Event::Notification(_), _) => None,
        };
        let message = recorded.meta.causation;
        let place = *self.known.entry(case.map_or(message, |case| case.0)).or_insert_with(|| {
            let message = case.is_none().then_some(message);
            let entry = ReconciledId { external_id: receipt.external_id, message, ..ReconciledId::default() };
            self.lines.push(Line { source: receipt.source, case, entry });
            self.lines.len() - 1
        });
        if let Some(line) = self.lines.get_mut(place) {
            *line.entry.receipts.entry(receipt.outcome).or_default() += 1;
        }
    }

    /// The lists, with what the cases themselves say.
    async fn with_cases(
        mut self,
        store: &dyn Store,
    ) -> Result<BTreeMap<String, Vec<ReconciledId>>, StoreError> {
        for lines in self.lines.chunks_mut(CASES) {
            let streams: Vec<StreamId> =
                lines.iter().filter_map(|line| line.case).map(StreamId::case).collect();
            let mut cases: HashMap<Uuid, Folded> = HashMap::new();
            for row in store.rows(&streams).await? {
                if let Some(stream) = row.stream() {
                    cases.entry(stream.id).or_default().take(&row);
                }
            }
            for line in lines {
                if let Some(folded) = line.case.and_then(|case| cases.get(&case.0)) {
                    folded.tell(line);
                }
            }
        }
        let mut lists: BTreeMap<String, Vec<ReconciledId>> = BTreeMap::new();
        // Whose case is not understood at all has no source yet, and no receipt either.
        let told = |line: &Line| line.case.is_none() || !line.source.is_empty();
        for line in self.lines.into_iter().filter(told) {
            lists.entry(line.source).or_default().push(line.entry);
        }
        Ok(lists)
    }
}

/// A case as far as it is understood.
#[derive(Default)]
struct Folded {
    state: State,
    origin: Origin,
    unknown: bool,
}

impl Folded {
    fn take(&mut self, row: &StoredRow) {
        match row.decode().map(|recorded| recorded.event) {
            Ok(Event::Case(event)) if !self.unknown => {
                Case::evolve(&mut self.state, &event);
                self.origin.evolve(&event);
            }
            Ok(_) => {}
            Err(_) => self.unknown = true,
        }
    }

    fn tell(&self, line: &mut Line) {
        let Origin { case_no, source, external_id, test, .. } = &self.origin;
        if case_no.is_empty() {
            return;
        }
        line.source.clone_from(source);
        line.entry.external_id.clone_from(external_id);
        line.entry.case_no = Some(case_no.clone());
        line.entry.state = Some(self.state.life).filter(|_| !self.unknown);
        line.entry.test = *test;
    }
}
