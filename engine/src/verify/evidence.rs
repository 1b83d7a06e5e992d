//! Photographs and files: each that a case names is in the evidence store, and is what was put there.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use domain::case::Event as CaseEvent;
use domain::recorded::Recorded;
use domain::stream::{Event, StreamId};
use futures::{StreamExt, stream};

use super::{Check, Report, Step};
use crate::evidence::{EvidenceError, EvidenceStore};

/// Files that are read at once: a store far away takes its time over each.
const AT_ONCE: usize = 4;

/// The files that the log names, and which event was the first to name each.
#[derive(Default)]
pub(super) struct Named(BTreeMap<String, (u64, StreamId)>);

impl Named {
    /// Takes an event of the log.
    pub fn take(&mut self, recorded: &Recorded) {
        let Event::Case(CaseEvent::EvidenceAttached(event)) = &recorded.event else { return };
        if let Entry::Vacant(free) = self.0.entry(event.file.id.clone()) {
            free.insert((recorded.position, recorded.stream));
        }
    }
}

/// Reads every file to its end. Its name is the hash of what was stored, so no key is needed.
pub(super) async fn check(
    store: Option<&EvidenceStore>,
    Named(named): Named,
    report: &mut Report,
    progress: &(dyn Fn(Step) + Send + Sync),
) {
    let all = named.len() as u64;
    let Some(store) = store else {
        if all > 0 {
            report.notices.push(format!("{all} files that cases name were not looked for"));
        }
        return;
    };
    let looked = named.into_iter().map(async |(id, place)| {
        let found = store.stored(&id).await;
        (id, place, found.map(|_| ()))
    });
    let mut looked = stream::iter(looked).buffered(AT_ONCE);
    let mut done = 0;
    while let Some((id, (position, case), found)) = looked.next().await {
        let what = match found {
            Ok(()) => None,
            Err(EvidenceError::Absent) => Some("is missing from the evidence store".to_owned()),
            Err(EvidenceError::Altered) => {
                Some("is not what was stored: it does not match its hash".to_owned())
            }
            Err(error) => Some(format!("cannot be read: {error}")),
        };
        match what {
            None => report.files += 1,
            Some(what) => {
                report.find(
                    Check::Evidence,
                    format!("position {position} {case}"),
                    format!("file {id} {what}"),
                );
            }
        }
        done += 1;
        progress(Step::Files(done, all));
    }
}
