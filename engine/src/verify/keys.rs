//! The key table: every key belongs to a case of the log.

use domain::ids::CaseId;
use domain::stream::StreamId;

use super::rows::Streams;
use super::{Check, Report};
use crate::log::Store;

const PAGE: u32 = 2_000;

/// Names the keys that open no case. The log may have grown since its streams were listed, so what is
/// not among them is asked for once more.
pub(super) async fn of_no_case(store: &dyn Store, streams: &Streams, report: &mut Report) {
    let mut after = None;
    loop {
        let page = match store.key_ids_after(after, PAGE).await {
            Ok(page) => page,
            Err(error) => return report.find(Check::Keys, "keys", error),
        };
        // An order that does not grow would be read for ever.
        let Some(last) = page.last().copied().filter(|last| Some(*last) > after) else { return };
        after = Some(last);
        for stream in page.into_iter().map(|id| StreamId::case(CaseId(id))) {
            if streams.contains(&stream) {
                continue;
            }
            match store.rows(&[stream]).await {
                Ok(rows) if rows.is_empty() => {
                    report.find(Check::Keys, stream, "a key is kept for a case that the log does not have");
                }
                Ok(_) => {}
                Err(error) => report.find(Check::Keys, stream, error),
            }
        }
    }
}
