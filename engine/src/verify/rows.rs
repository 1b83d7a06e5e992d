//! Row by row: the chain, what each row says, and the command that it came from.

use std::collections::BTreeSet;

use domain::stream::StreamId;

use super::receipts::Commands;
use super::{Check, Report, Step};
use crate::log::chain::Verifier;
use crate::log::{Head, Store, StoredRow};

/// Rows read at once.
const PAGE: u32 = 2_000;
/// How often the head is read again where the log does not end with it.
const LOOKS: u32 = 20;
/// Places that cannot be read, one after the other, before the rest is given up.
const MOST_GAPS: u32 = 64;

/// Checks every row; the streams that there are.
pub(super) async fn check(
    store: &dyn Store,
    kept: Option<Head>,
    report: &mut Report,
    progress: &(dyn Fn(Step) + Send + Sync),
) -> BTreeSet<StreamId> {
    let mut head = head(store, report).await;
    let last = head.map_or(0, |head| head.position);
    let mut streams = BTreeSet::new();
    let mut verifier = Verifier::default();
    let mut commands = Commands::default();
    let mut kept_seen = kept.is_none_or(|kept| kept.position == 0);
    let mut pages = Pages { store, position: 0, gaps: 0 };
    let mut looks = 0;
    loop {
        let Some(page) = pages.next(report).await else {
            // Somebody may have written meanwhile: what is new is checked too, up to the new head.
            let end = verifier.head().position;
            if head.is_some_and(|head| head.position == end) || looks == LOOKS {
                break;
            }
            looks += 1;
            head = self::head(store, report).await;
            continue;
        };
        for row in &page {
            report.events += 1;
            for fault in verifier.feed(row) {
                report.find(Check::Chain, place(row), fault);
            }
            if let Err(unknown) = row.decode() {
                report.find(Check::Events, place(row), unknown);
            }
            streams.extend(row.stream());
            if let Some(kept) = kept.filter(|kept| kept.position == row.position) {
                kept_seen = true;
                if kept.hash != row.hash {
                    report.find(Check::Chain, place(row), "its hash is not the one kept with the views");
                }
            }
        }
        commands.take(store, &page, report).await;
        progress(Step::Rows(report.events, last));
    }
    commands.end(store, report).await;
    if let Some(fault) = head.and_then(|head| verifier.end(&head)) {
        report.find(Check::Chain, format!("position {}", fault.position), &fault);
    }
    if let Some(kept) = kept.filter(|_| !kept_seen) {
        let end = verifier.head().position;
        report.find(
            Check::Chain,
            format!("position {end}"),
            format!(
                "the views have seen position {}, which the log no longer has: its tail was cut off",
                kept.position
            ),
        );
    }
    report.streams = streams.len() as u64;
    streams
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
}

impl Pages<'_> {
    async fn next(&mut self, report: &mut Report) -> Option<Vec<StoredRow>> {
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
                        report.find(
                            Check::Chain,
                            format!("position {}", self.position),
                            format!("cannot be read: {error}"),
                        );
                    }
                    if self.gaps > MOST_GAPS {
                        report.find(
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
