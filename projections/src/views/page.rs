//! A page of the log folded in memory: rows in, changed rows and cells out.

use std::collections::{HashMap, HashSet};

use domain::ids::CaseId;
use domain::intake;
use domain::notify;
use domain::org::Org;
use domain::recorded::Recorded;
use domain::sealed::Content;
use domain::stream::{Event, StreamId};

use uuid::Uuid;

use super::board::{Deltas, count_change};
use super::case_row::CaseRow;
use super::facts::{Fact, Version, facts};
use super::figures::day_of;
use super::fold::{self, FoldError, Told};
use super::tallies::{self, Tallies};
use super::words;
use crate::feed::{FeedEvent, FeedItem};
use crate::metrics::Tally;

/// A stream that is to be parked, or a later event of one that already is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parking {
    /// Its first event that could not be taken.
    Park {
        /// Where.
        position: u64,
        /// Why.
        reason: String,
    },
    /// One that came after: skipped, but noted.
    Skip {
        /// Where.
        position: u64,
    },
}

/// The rows that a page needs, before and after.
#[derive(Debug, Default)]
pub struct PageFold {
    before: HashMap<CaseId, CaseRow>,
    rows: HashMap<CaseId, Option<CaseRow>>,
    /// What cases added to the figures at the end of days before the latest.
    days: HashMap<CaseId, Vec<(i32, Vec<Fact>)>>,
    parkings: Vec<(String, Parking)>,
    notified: Vec<Notified>,
}

/// An event of a notification.
#[derive(Debug, Clone)]
pub struct Notified {
    /// The notification.
    pub id: Uuid,
    /// Where the event is.
    pub position: u64,
    /// It.
    pub event: notify::Event,
}

/// What a page changes.
#[derive(Debug)]
pub struct PageChange {
    /// Rows as they are now, by their first position.
    pub rows: Vec<RowChange>,
    /// Cells, by how much.
    pub deltas: Deltas,
    /// What cases add to the figures from which day on, where that changed.
    pub versions: Vec<Version>,
    /// By how much the figures' numbers change.
    pub tallies: Tallies,
    /// What cases are found by, where that changed.
    pub words: Vec<WordsChange>,
    /// What happened to parked streams, in order, by name.
    pub parkings: Vec<(String, Parking)>,
    /// What happened to notifications, in order.
    pub notified: Vec<Notified>,
}

/// A row that is new or changed.
#[derive(Debug, Clone, PartialEq)]
pub struct RowChange {
    /// As it is now.
    pub row: CaseRow,
    /// It is new, or has another place, unit, item or month.
    pub moved: bool,
    /// Units are, or were, called for it.
    pub called: bool,
    /// Something waits, or waited, for a decision.
    pub waits: bool,
    /// It was linked, merged or taken apart.
    pub linked: bool,
    /// Supervision has put something out.
    pub papers: bool,
}

impl RowChange {
    fn of(before: Option<&CaseRow>, row: CaseRow) -> Self {
        let stays = before.is_some_and(|before| {
            (&before.scope_path, &before.lead, &before.item) == (&row.scope_path, &row.lead, &row.item)
                && before.locality == row.locality
                && before.month() == row.month()
        });
        let calls = |row: &CaseRow| !row.legs.is_empty() || !row.parts.is_empty();
        let called = calls(&row) || before.is_some_and(calls);
        let none = CaseRow::default();
        let known = before.unwrap_or(&none);
        let linked =
            (&known.links, &known.merged_into, known.hangs()) != (&row.links, &row.merged_into, row.hangs());
        let waits = !row.waits.is_empty() || !known.waits.is_empty();
        let papers = !row.papers.is_empty();
        Self { row, moved: !stays, called, waits, linked, papers }
    }
}

/// What a case is found by; empty for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordsChange {
    /// The case's first position.
    pub opened: u64,
    /// Up to now.
    pub before: String,
    /// From now on.
    pub after: String,
}

impl WordsChange {
    /// None where nothing changed, as in most events of a case.
    fn of(before: Option<&CaseRow>, after: &CaseRow) -> Option<Self> {
        let same = before.is_some_and(|b| (&b.title, &b.scope_path) == (&after.title, &after.scope_path));
        if same {
            return None;
        }
        let before = before.map(words::of).unwrap_or_default();
        Some(Self { opened: after.opened, before, after: words::of(after) })
    }
}

/// The case that an event changes; none for one that no view shows.
pub fn case_of(item: &FeedItem) -> Option<CaseId> {
    let FeedEvent::Known { recorded, .. } = &item.item else { return None };
    match &recorded.event {
        Event::Case(_) => Some(CaseId(recorded.stream.id)),
        Event::Intake(intake::Event::ComplaintRepeated(e)) => Some(e.case),
        Event::Intake(
            intake::Event::ComplaintRefused(_)
            | intake::Event::ResponseNoted(_)
            | intake::Event::DayReconciled(_)
            | intake::Event::DayClosed(_),
        )
        | Event::Rules(_)
        | Event::Notification(_) => None,
    }
}

/// Whether a case begins with this event: then no row of it is there yet.
pub fn opens(item: &FeedItem) -> bool {
    match &item.item {
        FeedEvent::Known { recorded, .. } => {
            matches!(recorded.event, Event::Case(_)) && recorded.sequence == 1
        }
        FeedEvent::Unknown { .. } => false,
    }
}

/// The stream whose fate the event shares: while that is parked, so is the event.
pub fn lane_of(item: &FeedItem) -> String {
    match (&item.item, case_of(item)) {
        (FeedEvent::Unknown { stream, .. }, _) => stream.clone(),
        (_, Some(case)) => StreamId::case(case).to_string(),
        (FeedEvent::Known { recorded, .. }, None) => recorded.stream.to_string(),
    }
}

impl PageFold {
    /// Starts from these rows.
    pub fn new(rows: impl IntoIterator<Item = CaseRow>) -> Self {
        let before: HashMap<_, _> = rows.into_iter().map(|row| (row.case_id, row)).collect();
        Self { before, ..Self::default() }
    }

    /// Rows that later events go on with, as they were before this page.
    pub fn hold(&mut self, rows: impl IntoIterator<Item = CaseRow>) {
        self.before.extend(rows.into_iter().map(|row| (row.case_id, row)));
    }

    /// Whether the row of this case is at hand.
    pub fn holds(&self, case: CaseId) -> bool {
        self.rows.contains_key(&case) || self.before.contains_key(&case)
    }

    /// Takes those cases out that this holds of, and all that was parked: a fold of their own, that ends.
    /// What was never registered goes with them.
    pub fn take_out(&mut self, which: impl Fn(&CaseRow) -> bool) -> Self {
        let rows: HashMap<_, _> = self.rows.extract_if(|_, row| row.as_ref().is_none_or(&which)).collect();
        let before = rows.keys().filter_map(|case| self.before.remove_entry(case)).collect();
        let days = rows.keys().filter_map(|case| self.days.remove_entry(case)).collect();
        let (parkings, notified) = (std::mem::take(&mut self.parkings), std::mem::take(&mut self.notified));
        Self { before, rows, days, parkings, notified }
    }

    /// The cases that it has to do with so far.
    pub fn rows(&self) -> impl Iterator<Item = &CaseRow> {
        self.rows.values().flatten()
    }

    /// How many cases the page has to do with so far.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// It has to do with none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes the next event. One that does not fit parks its stream; others go on.
    pub fn take(&mut self, item: &FeedItem, parked: &mut HashSet<String>, org: &Org) {
        // Most of the time nothing is parked: then no name is needed.
        if !parked.is_empty() {
            let lane = lane_of(item);
            if parked.contains(&lane) {
                self.parkings.push((lane, Parking::Skip { position: item.position }));
                return;
            }
        }
        let taken = match &item.item {
            FeedEvent::Known { recorded, content } => {
                self.known(recorded, content.as_ref(), org).map_err(|error| error.to_string())
            }
            FeedEvent::Unknown { reason, .. } => Err(reason.clone()),
        };
        if let Err(reason) = taken {
            let lane = lane_of(item);
            parked.insert(lane.clone());
            self.parkings.push((lane, Parking::Park { position: item.position, reason }));
        }
    }

    fn known(&mut self, recorded: &Recorded, content: Option<&Content>, org: &Org) -> Result<(), FoldError> {
        match &recorded.event {
            Event::Case(event) => {
                let case = CaseId(recorded.stream.id);
                self.end_day(case, recorded);
                let row = self.row(case);
                fold::case(row, event, &Told { recorded, content, org })
            }
            Event::Intake(intake::Event::ComplaintRepeated(e)) => {
                self.end_day(e.case, recorded);
                if let Some(row) = self.row(e.case) {
                    fold::repeated(row, recorded);
                }
                Ok(())
            }
            // Refusals and a day's lists change no case.
            Event::Intake(
                intake::Event::ComplaintRefused(_)
                | intake::Event::ResponseNoted(_)
                | intake::Event::DayReconciled(_)
                | intake::Event::DayClosed(_),
            )
            | Event::Rules(_) => Ok(()),
            Event::Notification(event) => {
                let (id, position) = (recorded.stream.id, recorded.position);
                self.notified.push(Notified { id, position, event: event.clone() });
                Ok(())
            }
        }
    }

    /// Where this is the case's first event of a day, what it added to the figures the days before is kept.
    fn end_day(&mut self, case: CaseId, recorded: &Recorded) {
        if let Some(Some(row)) = self.rows.get(&case)
            && row.figures.day < day_of(recorded.meta.recorded_at)
        {
            self.days.entry(case).or_default().push((row.figures.day, facts(row)));
        }
    }

    fn row(&mut self, case: CaseId) -> &mut Option<CaseRow> {
        let before = &self.before;
        self.rows.entry(case).or_insert_with(|| before.get(&case).cloned())
    }

    /// What the page changed.
    pub fn finish(mut self) -> PageChange {
        let (mut deltas, mut tallies) = (Deltas::new(), Tallies::new());
        let mut versions = Vec::new();
        let (mut rows, mut words) = (Vec::with_capacity(self.rows.len()), Vec::new());
        for row in self.rows.into_values().flatten() {
            let before = self.before.get(&row.case_id);
            if before != Some(&row) {
                count_change(&mut deltas, before, Some(&row));
                let stored = before.map(facts);
                let mut days = self.days.remove(&row.case_id).unwrap_or_default();
                let now = facts(&row);
                tallies::count_change(&mut tallies, stored.as_deref().unwrap_or_default(), &now);
                days.push((row.figures.day, now));
                versions.extend(Version::of(row.opened, stored.is_some(), days));
                words.extend(WordsChange::of(before, &row));
                rows.push(RowChange::of(before, row));
            }
        }
        rows.sort_unstable_by_key(|change| change.row.opened);
        words.sort_unstable_by_key(|change| change.opened);
        versions.sort_unstable_by_key(|version: &Version| (version.opened, version.since));
        deltas.retain(|_, counts| *counts != super::board::Counts::default());
        tallies.retain(|_, tally| *tally != Tally::default());
        PageChange {
            rows,
            deltas,
            versions,
            tallies,
            words,
            parkings: self.parkings,
            notified: self.notified,
        }
    }
}
