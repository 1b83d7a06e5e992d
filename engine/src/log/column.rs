//! How values stand in the columns of SQLite and PostgreSQL, and how they are read again.

use domain::case::clocks::{Deadline, DeadlineName};
use domain::stream::{StreamId, StreamKind};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use uuid::Uuid;

use super::{Head, LogIdentity, PendingDeadline, Receipt, StoreError};

/// A row of `receipts`: command, content hash, stream, first and last position.
pub(super) type ReceiptColumns = (Uuid, Vec<u8>, String, Uuid, i64, i64);
/// A row of `deadlines`: stream, name, due time, generation.
pub(super) type DeadlineColumns = (String, Uuid, String, i64, i64);
/// The row of `log`, as far as it says who the log is.
pub(super) type IdentityColumns = (Uuid, String, i64);

pub(super) fn receipt(columns: ReceiptColumns) -> Result<Receipt, StoreError> {
    Ok(Receipt {
        command_id: columns.0,
        content_hash: hash(&columns.1)?,
        stream: stream(&columns.2, columns.3)?,
        first_position: unsigned(columns.4)?,
        last_position: unsigned(columns.5)?,
    })
}

pub(super) fn deadline(columns: DeadlineColumns) -> Result<PendingDeadline, StoreError> {
    let (kind, id, name, due_at, generation) = columns;
    Ok(PendingDeadline {
        stream: stream(&kind, id)?,
        deadline: Deadline { name: deadline_name(&name)?, due_at: timestamp(due_at)? },
        generation: unsigned(generation)?,
    })
}

/// Where a page of due deadlines begins: behind this one. Nothing sorts before the earliest time.
pub(super) fn place(after: Option<&PendingDeadline>) -> (i64, &'static str, Uuid) {
    after.map_or((i64::MIN, "", Uuid::nil()), |pending| {
        (micros(pending.deadline.due_at), pending.stream.kind.as_str(), pending.stream.id)
    })
}

/// A deadline that can be read; one that cannot is told, and holds up no other.
pub(super) fn readable_deadline(columns: DeadlineColumns) -> Option<PendingDeadline> {
    match deadline(columns) {
        Ok(pending) => Some(pending),
        Err(error) => {
            tracing::error!(%error, "a row of the deadline table cannot be read; `verify` names it");
            None
        }
    }
}

pub(super) fn identity(columns: IdentityColumns) -> Result<LogIdentity, StoreError> {
    let (log_id, jurisdiction, epoch) = columns;
    Ok(LogIdentity { log_id, jurisdiction, epoch: unsigned(epoch)? })
}

pub(super) fn head(position: i64, bytes: &[u8]) -> Result<Head, StoreError> {
    Ok(Head { position: unsigned(position)?, hash: hash(bytes)? })
}

/// Says whether a log may be opened as this jurisdiction's by this program; of each pair the first
/// is what was found.
///
/// # Errors
/// A newer schema, or the log of another jurisdiction.
pub(super) fn welcome(
    (version, known): (i64, usize),
    (found, wanted): (&str, &str),
) -> Result<(), StoreError> {
    if usize::try_from(version).is_ok_and(|version| version > known) {
        return Err(StoreError::Broken(format!(
            "the log has schema version {version}, this program knows {known}: \
             run the newer program that wrote it"
        )));
    }
    if found != wanted {
        return Err(StoreError::Broken(format!("the log belongs to jurisdiction {found}, not to {wanted}")));
    }
    Ok(())
}

pub(super) fn stream(kind: &str, id: Uuid) -> Result<StreamId, StoreError> {
    let kind = StreamKind::parse(kind).ok_or_else(|| broken("kind of stream", kind))?;
    Ok(StreamId { kind, id })
}

/// The stream of an event: there the id is a text.
pub(super) fn stream_of(kind: &str, id: &str) -> Result<StreamId, StoreError> {
    stream(kind, Uuid::parse_str(id).map_err(|_| broken("stream id", id))?)
}

/// As `events` names it.
pub(super) fn named_stream(kind: &str, id: &str) -> Result<StreamId, StoreError> {
    stream(kind, Uuid::parse_str(id).map_err(|_| broken("stream id", id))?)
}

pub(super) fn timestamp(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| broken("time", &micros.to_string()))
}

/// Times are kept in microseconds; what is finer is cut off before it is compared or stored.
pub(super) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

pub(super) fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| broken("number", &number.to_string()))
}

/// A number of ours as a database's; beyond its range nothing is stored.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn hash(bytes: &[u8]) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| broken("length of a hash", &bytes.len().to_string()))
}

fn deadline_name(word: &str) -> Result<DeadlineName, StoreError> {
    DeadlineName::deserialize(word.into_deserializer())
        .map_err(|_: serde::de::value::Error| broken("name of a deadline", word))
}

fn broken(what: &str, found: &str) -> StoreError {
    StoreError::Broken(format!("unknown {what}: {found}"))
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn every_name_of_a_deadline_is_read_as_it_is_written() {
        use DeadlineName::*;
        for name in [Dispatch, Sign, Contact, Amber, Resolve, Escalate, Answer, Review, Verify, Callback] {
            assert_eq!(deadline_name(name.as_str()).ok(), Some(name));
        }
    }

    #[test]
    fn a_newer_schema_is_refused_with_both_versions() {
        let refused = welcome((2, 1), ("320506", "320506")).expect_err("newer").to_string();
        assert!(refused.contains("schema version 2") && refused.contains("knows 1"), "{refused}");
    }

    #[test]
    fn the_log_of_another_jurisdiction_is_refused() {
        let refused = welcome((1, 1), ("110000", "320506")).expect_err("another").to_string();
        assert!(refused.contains("110000, not to 320506"), "{refused}");
    }
}
