//! Row by row: the chain, what each row says, and the command that it came from.

use std::collections::HashSet;

use domain::recorded::Recorded;
use domain::stream::StreamId;

use super::evidence::Named;
use super::held::Held;
use super::receipts::{Commands, Run, compare};
use super::{Check, Report, Step};
use crate::keyring::Keyring;
use crate::log::chain::Verifier;
use crate::log::{Head, Store, StoredRow};

/// Rows read at once.
const PAGE: u32 = 2_000;
/// How often the head is read again where the log does not end with it.
const LOOKS: u32 = 20;
/// Places that cannot be read, one after the other, before the rest is given up.
const MOST_GAPS: u32 = 64;

/// Checks every row; what they tell.
pub(super) async fn check(
    store: &dyn Store,
    keyring: &Keyring,
    kept: Option<Head>,
    report: &mut Report,
    progress: &(dyn Fn(Step) + Send + Sync),
) -> Seen {
    let mut head = head(store, report).await;
    let last = head.map_or(0, |head| head.position);
    let mut seen = Seen::new(kept);
    let mut pages = Pages { store, position: 0, gaps: 0, found: Report::default() };
    let mut page = pages.next().await;
    let mut ended = Vec::new();
    let mut looks = 0;
    loop {
        let Some(rows) = page else {
            // Somebody may have written meanwhile: what is new is checked too, up to the new head.
            let end = seen.verifier.head().position;
            if head.is_some_and(|head| head.position == end) || looks == LOOKS {
                break;
            }
            looks += 1;
            head = self::head(store, report).await;
            page = pages.next().await;
            continue;
        };
        // The next is read while this one is looked at, and what the one before it led to.
        let look = async {
            let (ended, events) = seen.take(&rows, report);
            seen.held.take(store, keyring, &events, report).await;
            ended
        };
        let compared;
        (compared, page, ended) = tokio::join!(compare(store, &ended), pages.next(), look);
        report.take(compared);
        progress(Step::Rows(report.events, last));
    }
    report.take(pages.found);
    ended.extend(seen.commands.end());
    report.take(compare(store, &ended).await);
    if let Some(fault) = head.and_then(|head| seen.verifier.end(&head)) {
        report.find(Check::Chain, format!("position {}", fault.position), &fault);
    }
    seen.kept_is_there(report);
    report.streams = seen.streams.begun.len() as u64;
    seen
}

/// The streams in the order in which they were begun: those that lie near each other in the log are read
/// together later on.
#[derive(Default)]
pub(super) struct Streams {
    known: HashSet<StreamId>,
    pub(super) begun: Vec<StreamId>,
}

impl Streams {
    fn insert(&mut self, stream: StreamId) {
        if self.known.insert(stream) {
            self.begun.push(stream);
        }
    }

    pub(super) fn contains(&self, stream: &StreamId) -> bool {
        self.known.contains(stream)
    }
}

/// What the rows so far have told.
pub(super) struct Seen {
    /// The streams that there are.
    pub streams: Streams,
    /// The files that they name.
    pub named: Named,
    /// How the cases stand.
    pub held: Held,
    verifier: Verifier,
    commands: Commands,
    kept: Option<Head>,
    kept_seen: bool,
}

impl Seen {
    fn new(kept: Option<Head>) -> Self {
        Self {
            streams: Streams::default(),
            named: Named::default(),
            held: Held::default(),
            verifier: Verifier::default(),
            commands: Commands::default(),
            kept,
            kept_seen: kept.is_none_or(|kept| kept.position == 0),
        }
    }

    /// The commands that ended in these rows, and their events.
    fn take(&mut self, rows: &[StoredRow], report: &mut Report) -> (Vec<Run>, Vec<Recorded>) {
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            report.events += 1;
            for fault in self.verifier.feed(row) {
                report.find(Check::Chain, place(row), fault);
            }
            match row.decode() {
                Ok(recorded) => {
                    self.named.take(&recorded);
                    events.push(recorded);
                }
                Err(unknown) => {
                    report.find(Check::Events, place(row), unknown);
                    row.stream().into_iter().for_each(|stream| self.held.drop(stream));
                }
            }
            if let Some(stream) = row.stream() {
                self.streams.insert(stream);
            }
            if let Some(kept) = self.kept.filter(|kept| kept.position == row.position) {
                self.kept_seen = true;
                if kept.hash != row.hash {
                    report.find(Check::Chain, place(row), "its hash is not the one kept with the views");
                }
            }
        }
        (self.commands.take(rows), events)
    }

    fn kept_is_there(&self, report: &mut Report) {
        let Some(kept) = self.kept.filter(|_| !self.kept_seen) else { return };
        let end = self.verifier.head().position;
        report.find(
            Check::Chain,
            format!("position {end}"),
            format!(
                "the views have seen position {}, which the log no longer has: its tail was cut off",
                kept.position
            ),
        );
    }
}

async fn head(store: &dyn Store, report: &mut Report) -> Option<Head> {
    match store.head().await {
        Ok(head) => Some(head),
        Err(error) => {
            report.find(Check::Chain, "head", error);
            None
        }
    }
}

fn place(row: &StoredRow) -> String {
    format!("position {} {}/{} #{}", row.position, row.stream_kind, row.stream_id, row.sequence)
}

/// Pages of a log of which some rows may not be readable.
struct Pages<'a> {
    store: &'a dyn Store,
    position: u64,
    gaps: u32,
    found: Report,
}

impl Pages<'_> {
    async fn next(&mut self) -> Option<Vec<StoredRow>> {
        let mut limit = PAGE;
        loop {
            match self.store.read_after(self.position, limit).await {
                Ok(page) => {
                    let last = page.last()?.position;
                    self.gaps = 0;
                    // A page that does not move on would be read for ever.
                    self.position = last.max(self.position + 1);
                    return Some(page);
                }
                // Somewhere in this page: go up to it row by row.
                Err(_) if limit > 1 => limit = (limit / 8).max(1),
                Err(error) => {
                    self.gaps += 1;
                    self.position += 1;
                    if self.gaps == 1 {
                        self.found.find(
                            Check::Chain,
                            format!("position {}", self.position),
                            format!("cannot be read: {error}"),
                        );
                    }
                    if self.gaps > MOST_GAPS {
                        self.found.find(
                            Check::Chain,
                            format!("after position {}", self.position),
                            "the rest cannot be read",
                        );
                        return None;
                    }
                }
            }
        }
    }
}
