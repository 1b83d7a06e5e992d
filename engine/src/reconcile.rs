//! 对账: once a day is over, every source is told what became of each of its ids.
//!
//! The lists are made from the receipts that the day's events call for, so that they say what was said.
//! They are events first: under ids of their own, so that whoever makes them again makes nothing new.

mod list;

use std::collections::{BTreeSet, HashSet};

use domain::context::Actor;
use domain::intake::{self, DayClosed, DayReconciled, ReconciledId};
use domain::stream::{Event, StreamId};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use uuid::Uuid;

pub use list::lists;

use crate::submit::{Command, Engine, Request, SubmitError};

/// Name space of the ids of lists.
const LISTS: Uuid = Uuid::from_u128(0x52f1_9a06_3c7d_4e0b_8a45_91b3_e07c_6d28);
/// Nodes' clocks may differ by so much: a day is over, and its rows end, only then.
const SLACK: SignedDuration = SignedDuration::from_mins(10);
/// Days that are made up for, and that a source is told of its silence.
const LOOK_BACK: i32 = 7;
/// Most ids of one page.
const IDS: usize = 2_000;
/// Most bytes of one page, well below the longest message.
const BYTES: usize = 700_000;
/// Most bytes of one id besides the id itself.
const ENTRY: usize = 320;

/// Closes days.
pub struct Reconciler {
    engine: Engine,
    closed: Option<Date>,
}

impl Reconciler {
    /// For the log of this engine.
    pub fn new(engine: Engine) -> Self {
        Self { engine, closed: None }
    }

    /// Closes the oldest of the last seven days that is over and not closed; none where all are.
    ///
    /// # Errors
    /// See [`SubmitError`]; to do it again is always safe.
    pub async fn step(&mut self) -> Result<Option<Date>, SubmitError> {
        let over = self.engine.now() - SLACK;
        let Ok(last) = self.engine.rules().calendar.date_of(over).yesterday() else { return Ok(None) };
        if self.closed == Some(last) {
            return Ok(None);
        }
        let open = self.oldest_open(last).await?;
        match open {
            Some(day) => self.close(day).await?,
            None => self.closed = Some(last),
        }
        Ok(open)
    }

    async fn oldest_open(&self, last: Date) -> Result<Option<Date>, SubmitError> {
        let store = self.engine.store();
        let first = store.read_after(0, 1).await?;
        let began = first.first().and_then(|row| Timestamp::from_microsecond(row.recorded_at).ok());
        let Some(began) = began.map(|began| self.engine.rules().calendar.date_of(began)) else {
            return Ok(None);
        };
        let days: Vec<Date> = before(last, 0).filter(|day| *day >= began).collect();
        let ids: Vec<Uuid> = days.iter().map(|day| command_of(closing(*day))).collect();
        let known: HashSet<Uuid> =
            store.receipts(&ids).await?.into_iter().map(|receipt| receipt.command_id).collect();
        Ok(days.into_iter().find(|day| !known.contains(&command_of(closing(*day)))))
    }

    async fn close(&self, day: Date) -> Result<(), SubmitError> {
        let mut lists = lists(&self.engine, day).await?;
        let sources: Vec<String> = lists.keys().cloned().collect();
        for silent in self.heard_before(day).await? {
            lists.entry(silent).or_default();
        }
        for (source, entries) in lists {
            for list in pages(&source, day, entries) {
                let id = note_id(&[&day.to_string(), &source, &list.page.to_string()]);
                self.note(id, intake::Event::DayReconciled(list)).await?;
            }
        }
        // Last: until it stands, the day is done again.
        self.note(closing(day), intake::Event::DayClosed(DayClosed { day, sources })).await
    }

    /// Who sent anything in the days before: told that nothing came, since no message says nothing.
    async fn heard_before(&self, day: Date) -> Result<BTreeSet<String>, SubmitError> {
        let streams: Vec<StreamId> = before(day, 1).map(|day| StreamId::intake(closing(day))).collect();
        let closed = self.engine.store().load(&streams).await?;
        let sources = closed.into_iter().filter_map(|recorded| match recorded.event {
            Event::Intake(intake::Event::DayClosed(closed)) => Some(closed.sources),
            _ => None,
        });
        Ok(sources.flatten().collect())
    }

    async fn note(&self, id: Uuid, event: intake::Event) -> Result<(), SubmitError> {
        let request = Request {
            stream: StreamId::intake(id),
            command: Command::Note(event),
            command_id: command_of(id),
            // The id is the list's own: what was noted first stands.
            content_hash: [0; 32],
            actor: Actor::system("reconciliation"),
            occurred_at: None,
            causation: id,
            new_key: None,
        };
        self.engine.submit(request).await.map(|_| ())
    }
}

/// Cut by the ids alone, so that a list that is made again has the same pages.
fn pages(source: &str, day: Date, entries: Vec<ReconciledId>) -> Vec<DayReconciled> {
    let mut cut: Vec<Vec<ReconciledId>> = vec![Vec::new()];
    let mut bytes = 0;
    for entry in entries {
        // As JSON a character may take twice its bytes.
        let size = ENTRY + 2 * entry.external_id.as_ref().map_or(0, String::len);
        let full = cut.last().is_some_and(|page| page.len() >= IDS) || bytes + size > BYTES;
        if full {
            cut.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(page) = cut.last_mut() {
            page.push(entry);
        }
    }
    let pages = u32::try_from(cut.len()).unwrap_or(u32::MAX);
    let page = |(page, entries)| DayReconciled { source: source.to_owned(), day, page, pages, entries };
    (1..).zip(cut).map(page).collect()
}

/// Seven days that end so many days before this one, oldest first.
fn before(last: Date, back: i32) -> impl Iterator<Item = Date> {
    (back..back + LOOK_BACK).rev().filter_map(move |days| last.checked_sub(days.days()).ok())
}

fn closing(day: Date) -> Uuid {
    note_id(&[&day.to_string()])
}

/// A line feed is in no source: control characters are refused.
fn note_id(parts: &[&str]) -> Uuid {
    Uuid::new_v5(&LISTS, parts.join("\n").as_bytes())
}

fn command_of(note: Uuid) -> Uuid {
    Uuid::new_v5(&LISTS, note.as_bytes())
}

#[cfg(test)]
mod specs {
    use super::*;

    fn cut(lengths: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let id = |length| ReconciledId { external_id: Some("\"".repeat(length)), ..ReconciledId::default() };
        let pages = pages("12345", jiff::civil::date(2026, 11, 20), lengths.into_iter().map(id).collect());
        for page in &pages {
            let bytes = serde_json::to_vec(page).map_or(usize::MAX, |bytes| bytes.len());
            assert!(bytes <= crate::bus::MESSAGE_MAX * 4 / 5, "{bytes}");
            assert_eq!(page.pages as usize, pages.len());
        }
        pages.iter().map(|page| page.entries.len()).collect()
    }

    #[test]
    fn a_page_is_bounded_by_ids_and_by_bytes() {
        assert_eq!(cut([]), [0], "silence is a page too");
        assert_eq!(cut(std::iter::repeat_n(12, 4_001)), [2_000, 2_000, 1]);
        assert_eq!(cut(std::iter::repeat_n(2_000, 200)).iter().sum::<usize>(), 200);
        assert!(cut(std::iter::repeat_n(2_000, 200)).len() > 1);
    }
}
