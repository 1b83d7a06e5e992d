//! Checks a log from end to end: chain, receipts, keys, seals, deadlines, files. What is wrong is listed
//! with its place; a log that cannot be read is a finding too, never a failure of the check.

mod deadlines;
mod evidence;
mod held;
mod keys;
mod receipts;
mod rows;
mod streams;

use std::fmt::Display;

use serde::Serialize;

use crate::evidence::EvidenceStore;
use crate::keyring::Keyring;
use crate::log::{Head, Store};

/// Findings that are listed one by one; the rest is counted.
const MOST_FINDINGS: usize = 1_000;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was checked.
    pub check: Check,
    /// Where: a position, a stream, a command.
    pub place: String,
    /// What is wrong; never quotes content.
    pub what: String,
}

/// The checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The store's own.
    Store,
    /// Hashes, positions, sequences.
    Chain,
    /// Each event is understood.
    Events,
    /// What each command led to.
    Receipts,
    /// Each case's key.
    Keys,
    /// Each sealed field opens.
    Seals,
    /// The deadline table is the fold of the streams.
    Deadlines,
    /// The views are the fold of the log.
    Views,
    /// The files that cases name are there, as they were stored.
    Evidence,
}

/// Where the check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Rows read, and the position of the last row.
    Rows(u64, u64),
    /// Streams checked, and how many there are.
    Streams(u64, u64),
    /// Files of evidence read, and how many the log names.
    Files(u64, u64),
}

/// What was seen and what was found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Rows of the log.
    pub events: u64,
    /// Streams.
    pub streams: u64,
    /// Commands with a receipt.
    pub receipts: u64,
    /// Pending deadlines.
    pub deadlines: u64,
    /// Sealed fields that open.
    pub seals: u64,
    /// Photographs and files that are there, as they were stored.
    pub files: u64,
    /// What is not wrong, but could be safer.
    pub notices: Vec<String>,
    /// What is wrong; at most a thousand.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more_findings: u64,
}

impl Report {
    /// Nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    /// Adds what another check has found.
    pub fn take(&mut self, other: Report) {
        self.receipts += other.receipts;
        self.more_findings += other.more_findings;
        self.notices.extend(other.notices);
        other.findings.into_iter().for_each(|found| self.find(found.check, found.place, found.what));
    }

    /// Adds a finding.
    pub fn find(&mut self, check: Check, place: impl Display, what: impl Display) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(Finding { check, place: place.to_string(), what: what.to_string() });
        } else {
            self.more_findings += 1;
        }
    }
}

/// Checks the whole log. `kept` is a head that was kept outside it: only so is a tail that was cut
/// off with its head seen. Memory grows with the number of streams and files, not with what is in them; how
/// cases stand is held for a bounded number of them.
pub async fn verify(
    store: &dyn Store,
    keyring: &Keyring,
    files: Option<&EvidenceStore>,
    kept: Option<Head>,
    progress: &(dyn Fn(Step) + Send + Sync),
) -> Report {
    let mut report = Report::default();
    identity(store, &mut report).await;
    // The database looks at itself meanwhile, on a connection of its own.
    let (told, rows::Seen { streams, named, held, .. }) =
        tokio::join!(store.self_check(), rows::check(store, keyring, kept, &mut report, progress));
    match told {
        Ok(told) => {
            told.faults.iter().for_each(|what| report.find(Check::Store, "database", what));
            report.notices = told.notices;
        }
        Err(error) => report.find(Check::Store, "database", error),
    }
    keys::of_no_case(store, &streams, &mut report).await;
    receipts::none_without_events(store, &mut report).await;
    let pending = deadlines::pending(store, &mut report).await;
    streams::check(store, keyring, (streams.begun, held), pending, &mut report, progress).await;
    evidence::check(files, named, &mut report, progress).await;
    report
}

/// Who the log is does not change while it is read, and every message id is made of it.
async fn identity(store: &dyn Store, report: &mut Report) {
    match store.identity().await {
        Ok(identity) if identity.log_id.is_nil() || identity.epoch == 0 => {
            report.find(Check::Store, "log", "the log has no id or no epoch: message ids could repeat");
        }
        Ok(_) => {}
        Err(error) => report.find(Check::Store, "log", error),
    }
}
