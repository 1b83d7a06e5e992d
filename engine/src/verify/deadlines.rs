//! The deadline table.

use std::collections::HashMap;

use domain::stream::StreamId;

use super::{Check, Report};
use crate::log::{PendingDeadline, Store};

const PAGE: u32 = 2_000;

/// Every pending deadline by its stream; what is left of it at the end belongs to no stream.
pub(super) async fn pending(store: &dyn Store, report: &mut Report) -> HashMap<StreamId, PendingDeadline> {
    let mut pending = HashMap::new();
    let mut after = None;
    loop {
        let page = match store.deadlines_after(after, PAGE).await {
            Ok(page) => page,
            Err(error) => {
                report.find(Check::Deadlines, "deadlines", error);
                break;
            }
        };
        let Some(last) = page.last().map(|last| last.stream) else { break };
        if after.is_some_and(|before| before == last) {
            report.find(Check::Deadlines, "deadlines", "the table is out of order");
            break;
        }
        after = Some(last);
        for row in page {
            if let Some(other) = pending.insert(row.stream, row) {
                report.find(Check::Deadlines, other.stream, "the stream has more than one pending deadline");
            }
        }
    }
    report.deadlines = pending.len() as u64;
    pending
}
