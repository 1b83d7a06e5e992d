//! Receipts against events: each command's events stand together, and its receipt says where.

use std::collections::HashMap;

use domain::stream::StreamId;
use uuid::Uuid;

use super::{Check, Report};
use crate::log::{Receipt, Store, StoredRow};

/// Receipts read at once.
const PAGE: u32 = 2_000;

/// One command's events, as the log has them.
pub(super) struct Run {
    command: Uuid,
    stream: Option<StreamId>,
    first: u64,
    last: u64,
    metadata: String,
}

/// Gathers events into commands while rows go by.
#[derive(Default)]
pub(super) struct Commands {
    open: Option<Run>,
}

impl Commands {
    /// Takes a page of rows; the commands that ended in it.
    pub(super) fn take(&mut self, page: &[StoredRow]) -> Vec<Run> {
        let mut ended = Vec::new();
        for row in page {
            match &mut self.open {
                Some(run) if run.command == row.command_id && run.stream == row.stream() => {
                    run.last = row.position
                }
                open => ended.extend(open.replace(Run {
                    command: row.command_id,
                    stream: row.stream(),
                    first: row.position,
                    last: row.position,
                    metadata: row.metadata.clone(),
                })),
            }
        }
        ended
    }

    /// The last command.
    pub(super) fn end(&mut self) -> Vec<Run> {
        self.open.take().into_iter().collect()
    }
}

/// Compares commands with their receipts.
pub(super) async fn compare(store: &dyn Store, runs: &[Run]) -> Report {
    let mut report = Report::default();
    if runs.is_empty() {
        return report;
    }
    let ids: Vec<Uuid> = runs.iter().map(|run| run.command).collect();
    let receipts: HashMap<Uuid, Receipt> = match store.receipts(&ids).await {
        Ok(receipts) => receipts.into_iter().map(|receipt| (receipt.command_id, receipt)).collect(),
        Err(error) => {
            report.find(Check::Receipts, "receipts", error);
            return report;
        }
    };
    for run in runs {
        let place = format!("position {} command {}", run.first, run.command);
        let Some(receipt) = receipts.get(&run.command) else {
            report.find(Check::Receipts, place, "the command has events but no receipt");
            continue;
        };
        let stated = (receipt.first_position, receipt.last_position);
        if stated != (run.first, run.last) || Some(receipt.stream) != run.stream {
            report.find(
                Check::Receipts,
                place,
                format!(
                    "its receipt says {} {}–{}, its events are at {}–{}",
                    receipt.stream, stated.0, stated.1, run.first, run.last
                ),
            );
        } else if !run.metadata.contains(&hex::encode(receipt.content_hash)) {
            report.find(Check::Receipts, place, "the receipt's content hash is not that of the events");
        } else {
            report.receipts += 1;
        }
    }
    report
}

/// Looks for receipts that no event bears out.
pub(super) async fn none_without_events(store: &dyn Store, report: &mut Report) {
    let mut total = 0;
    let mut after = None;
    // The count tells whether there is any; only then each is looked for.
    while let Some(page) = page(store, after, report).await {
        total += page.len() as u64;
        after = page.last().map(|receipt| receipt.command_id);
    }
    if total <= report.receipts {
        return;
    }
    let mut after = None;
    while let Some(page) = page(store, after, report).await {
        for receipt in &page {
            let row = store.read_after(receipt.first_position.saturating_sub(1), 1).await;
            let row = row.ok().and_then(|rows| rows.into_iter().next());
            let borne_out = row.is_some_and(|row| {
                row.position == receipt.first_position && row.command_id == receipt.command_id
            });
            if !borne_out {
                report.find(
                    Check::Receipts,
                    format!("command {}", receipt.command_id),
                    format!("its receipt names position {}, where it has no event", receipt.first_position),
                );
            }
        }
        after = page.last().map(|receipt| receipt.command_id);
    }
}

async fn page(store: &dyn Store, after: Option<Uuid>, report: &mut Report) -> Option<Vec<Receipt>> {
    match store.receipts_after(after, PAGE).await {
        Ok(page) if page.is_empty() => None,
        // An order that does not grow would be read for ever.
        Ok(page) if page.last().map(|last| last.command_id) <= after => {
            report.find(Check::Receipts, "receipts", "the table is out of order");
            None
        }
        Ok(page) => Some(page),
        Err(error) => {
            report.find(Check::Receipts, "receipts", error);
            None
        }
    }
}
