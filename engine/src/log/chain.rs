//! The chain of hashes: every row is bound to all rows before it, and whoever changes one is named.

use std::collections::HashMap;
use std::fmt;

use domain::stream::StreamId;
use sha2::{Digest, Sha256};

use super::{Head, StoredRow};

/// What a link of the chain begins with; `postgres/append.sql` begins it so too.
const LINK: &[u8] = b"whistlepost link 2\n";

/// Binds a row to the one before it. Afterwards the row carries both hashes and is the new head.
pub fn link(prev: &Head, row: &mut StoredRow) -> Head {
    let digest = digest(row);
    link_digest(prev, row, &digest)
}

/// The same, where the row's [`digest`] is known.
pub fn link_digest(prev: &Head, row: &mut StoredRow, digest: &[u8; 32]) -> Head {
    row.prev_hash = prev.hash;
    row.hash = linked(&row.prev_hash, row.position, digest);
    Head { position: row.position, hash: row.hash }
}

/// The hash of a row as it should be: over the hash before it, its position and its content.
///
/// In two steps, so that a store can bind rows to their places while it holds the append lock, and
/// the content is hashed before.
pub fn hash(row: &StoredRow) -> [u8; 32] {
    linked(&row.prev_hash, row.position, &digest(row))
}

fn linked(prev: &[u8; 32], position: u64, digest: &[u8; 32]) -> [u8; 32] {
    let mut bytes = Fields(Sha256::new_with_prefix(LINK));
    bytes.fixed(prev);
    bytes.fixed(&position.to_be_bytes());
    bytes.fixed(digest);
    bytes.0.finalize().into()
}

/// Hash of a row's content: of everything in it but its place in the log.
///
/// Numbers have a fixed width and texts go in with their length, so that no two different rows
/// read as the same bytes.
pub fn digest(row: &StoredRow) -> [u8; 32] {
    let mut bytes = Fields(Sha256::new_with_prefix(b"whistlepost content 2\n"));
    content(&mut bytes, row);
    bytes.0.finalize().into()
}

/// Rows written before the hash had two steps: version 0.1 of this program made them.
fn first_hash(row: &StoredRow) -> [u8; 32] {
    let mut bytes = Fields(Sha256::new_with_prefix(b"whistlepost event 1\n"));
    bytes.fixed(&row.prev_hash);
    bytes.fixed(&row.position.to_be_bytes());
    content(&mut bytes, row);
    bytes.0.finalize().into()
}

fn content(bytes: &mut Fields, row: &StoredRow) {
    bytes.text(&row.stream_kind);
    bytes.text(&row.stream_id);
    bytes.fixed(&row.sequence.to_be_bytes());
    bytes.text(&row.event_type);
    bytes.text(&row.event_version);
    bytes.text(&row.payload);
    bytes.text(&row.metadata);
    bytes.fixed(&row.occurred_at.to_be_bytes());
    bytes.fixed(&row.recorded_at.to_be_bytes());
    bytes.text(&row.actor);
    bytes.fixed(row.correlation.as_bytes());
    bytes.fixed(row.causation.as_bytes());
    bytes.fixed(row.command_id.as_bytes());
}

struct Fields(Sha256);

impl Fields {
    fn fixed(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
    }
}

/// Something in the log that the engine did not write so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub position: u64,
    /// The stream as the row names it, `case/…`; empty for a fault of the log as a whole.
    pub stream: String,
    /// What.
    pub kind: FaultKind,
}

/// What can be wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The row's content and its hash do not belong together: it was changed or made elsewhere.
    Hash,
    /// The row does not follow the one before it: something was taken out or put in between.
    Link {
        /// The position it should have followed.
        after: u64,
    },
    /// The row does not come after the one before it.
    Position {
        /// The position before it.
        after: u64,
    },
    /// Events of the stream are missing, or there are too many.
    Sequence {
        /// What should have come.
        expected: u64,
        /// What came.
        found: u64,
    },
    /// Recorded before the stream's previous event.
    Time,
    /// The stream's kind or id cannot be read.
    Stream,
    /// The log ends here, but its head says otherwise.
    Head {
        /// Where the head is.
        head: u64,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "position {}", self.position)?;
        if !self.stream.is_empty() {
            write!(f, " stream {}", self.stream)?;
        }
        match self.kind {
            FaultKind::Hash => write!(f, ": hash differs from the row's content"),
            FaultKind::Link { after } => {
                write!(f, ": the row's prev_hash is not the hash of position {after}")
            }
            FaultKind::Position { after } => write!(f, ": comes after position {after}"),
            FaultKind::Sequence { expected, found } => {
                write!(f, ": gap in stream sequence, expected {expected}, found {found}")
            }
            FaultKind::Time => write!(f, ": recorded before the stream's previous event"),
            FaultKind::Stream => write!(f, ": the stream's kind or id cannot be read"),
            FaultKind::Head { head } => {
                write!(f, ": the log ends here, but its head is position {head} or has another hash")
            }
        }
    }
}

/// Checks the log from its first row to its last.
///
/// After a fault it goes on from what is stored, so that one change is one place and every
/// changed place is named.
#[derive(Debug, Default)]
pub struct Verifier {
    head: Head,
    streams: HashMap<StreamId, Last>,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    sequence: u64,
    recorded_at: i64,
}

impl Verifier {
    /// Takes the next row and returns what is wrong with it.
    pub fn feed(&mut self, row: &StoredRow) -> Vec<Fault> {
        let mut kinds = Vec::new();
        if row.position <= self.head.position {
            kinds.push(FaultKind::Position { after: self.head.position });
        }
        if row.prev_hash != self.head.hash {
            kinds.push(FaultKind::Link { after: self.head.position });
        }
        if hash(row) != row.hash && first_hash(row) != row.hash {
            kinds.push(FaultKind::Hash);
        }
        kinds.extend(self.place_in_stream(row));
        self.head = Head { position: row.position, hash: row.hash };
        let stream = format!("{}/{}", row.stream_kind, row.stream_id);
        kinds.into_iter().map(|kind| Fault { position: row.position, stream: stream.clone(), kind }).collect()
    }

    fn place_in_stream(&mut self, row: &StoredRow) -> Vec<FaultKind> {
        let Some(stream) = row.stream() else { return vec![FaultKind::Stream] };
        let now = Last { sequence: row.sequence, recorded_at: row.recorded_at };
        let before = self.streams.insert(stream, now);
        let mut kinds = Vec::new();
        let expected = before.map_or(1, |last| last.sequence.saturating_add(1));
        if row.sequence != expected {
            kinds.push(FaultKind::Sequence { expected, found: row.sequence });
        }
        if before.is_some_and(|last| row.recorded_at < last.recorded_at) {
            kinds.push(FaultKind::Time);
        }
        kinds
    }

    /// The last row that was fed.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Compares the last row with a head kept elsewhere: only so is a cut-off tail seen.
    pub fn end(&self, head: &Head) -> Option<Fault> {
        let kind = FaultKind::Head { head: head.position };
        (self.head != *head).then(|| Fault { position: self.head.position, stream: String::new(), kind })
    }
}

#[cfg(test)]
mod specs {
    use super::*;
    use uuid::Uuid;

    fn row(position: u64, stream: u128, sequence: u64) -> StoredRow {
        StoredRow {
            position,
            stream_kind: "case".into(),
            stream_id: Uuid::from_u128(stream).to_string(),
            sequence,
            event_type: "CaseSigned".into(),
            event_version: "1".into(),
            payload: "{}".into(),
            metadata: "{}".into(),
            occurred_at: 0,
            recorded_at: i64::try_from(position).expect("small"),
            actor: "{}".into(),
            correlation: Uuid::nil(),
            causation: Uuid::nil(),
            command_id: Uuid::nil(),
            hash: [0; 32],
            prev_hash: [0; 32],
        }
    }

    /// Five rows of two streams, as the engine writes them.
    fn log() -> Vec<StoredRow> {
        let places = [(1, 1, 1), (2, 2, 1), (3, 1, 2), (4, 2, 2), (5, 1, 3)];
        let mut head = Head::default();
        places
            .into_iter()
            .map(|(position, stream, sequence)| {
                let mut row = row(position, stream, sequence);
                head = link(&head, &mut row);
                row
            })
            .collect()
    }

    fn faults(rows: &[StoredRow]) -> Vec<(u64, FaultKind)> {
        let mut verifier = Verifier::default();
        let found = rows.iter().flat_map(|row| verifier.feed(row));
        found.map(|fault| (fault.position, fault.kind)).collect()
    }

    #[test]
    fn an_untouched_log_has_no_fault() {
        assert_eq!(faults(&log()), []);
    }

    #[test]
    fn rows_of_the_first_version_still_prove_themselves() {
        let mut rows = log();
        let mut head = Head::default();
        for row in &mut rows {
            row.prev_hash = head.hash;
            row.hash = first_hash(row);
            head = Head { position: row.position, hash: row.hash };
        }
        assert_eq!(faults(&rows), []);
        rows[1].actor = "{\"id\":\"nobody\"}".into();
        assert_eq!(faults(&rows), [(2, FaultKind::Hash)]);
    }

    #[test]
    fn a_changed_row_is_named_and_only_that_row() {
        let mut rows = log();
        rows[2].payload = r#"{"unit":"other"}"#.into();
        assert_eq!(faults(&rows), [(3, FaultKind::Hash)]);
    }

    #[test]
    fn every_changed_place_is_named() {
        let mut rows = log();
        rows[0].actor = "{\"id\":\"nobody\"}".into();
        rows[3].occurred_at = 7;
        assert_eq!(faults(&rows), [(1, FaultKind::Hash), (4, FaultKind::Hash)]);
    }

    #[test]
    fn a_row_hashed_anew_breaks_the_link_behind_it() {
        let mut rows = log();
        rows[2].payload = "[]".into();
        rows[2].hash = hash(&rows[2]);
        assert_eq!(faults(&rows), [(4, FaultKind::Link { after: 3 })]);
    }

    #[test]
    fn a_row_taken_out_leaves_a_gap_in_the_chain_and_in_its_stream() {
        let mut rows = log();
        rows.remove(2);
        assert_eq!(
            faults(&rows),
            [(4, FaultKind::Link { after: 2 }), (5, FaultKind::Sequence { expected: 2, found: 3 })]
        );
    }

    #[test]
    fn rows_that_changed_places_are_named() {
        let mut rows = log();
        rows.swap(1, 2);
        assert!(faults(&rows).contains(&(2, FaultKind::Position { after: 3 })));
    }

    #[test]
    fn an_event_recorded_before_its_predecessor_is_named() {
        let mut rows = log();
        rows[4].recorded_at = 2;
        rows[4].hash = hash(&rows[4]);
        assert_eq!(faults(&rows), [(5, FaultKind::Time)]);
    }

    #[test]
    fn a_tail_cut_off_is_seen_against_the_head() {
        let rows = log();
        let last = rows.last().expect("five rows");
        let head = Head { position: last.position, hash: last.hash };
        let mut verifier = Verifier::default();
        for row in &rows[..4] {
            assert_eq!(verifier.feed(row), []);
        }
        let fault = verifier.end(&head).expect("the fifth is missing");
        assert_eq!((fault.position, fault.kind), (4, FaultKind::Head { head: 5 }));
        verifier.feed(last);
        assert_eq!(verifier.end(&head), None);
    }

    #[test]
    fn moving_text_from_one_column_to_the_next_changes_the_hash() {
        let mut one = row(1, 1, 1);
        let mut two = one.clone();
        (one.event_type, one.event_version) = ("ab".into(), "c".into());
        (two.event_type, two.event_version) = ("a".into(), "bc".into());
        assert_ne!(hash(&one), hash(&two));
    }

    #[test]
    fn a_fault_reads_as_a_sentence_with_its_place() {
        let fault = Fault { position: 1234, stream: "case/x".into(), kind: FaultKind::Hash };
        assert_eq!(fault.to_string(), "position 1234 stream case/x: hash differs from the row's content");
    }
}
