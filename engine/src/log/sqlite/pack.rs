//! A row of `events` in three values. Every value costs a copy and a hand-over between threads, and
//! readers want whole rows by the million: in sixteen values they come at a quarter of the speed.

use domain::stream::Event;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::log::column::{hash, stream_of, unsigned};
use crate::log::{Past, StoreError, StoredRow};

/// What to select: the numbers and the texts' lengths, the texts, the ids and hashes.
macro_rules! packed {
    () => {
        "format('%d %d %d %d %d %d %d %d %d %d', position, sequence, occurred_at, recorded_at,
             octet_length(aggregate_type), octet_length(aggregate_id), octet_length(event_type),
             octet_length(event_version), octet_length(payload), octet_length(metadata)),
         aggregate_type || aggregate_id || event_type || event_version || payload || metadata || actor,
         CAST(correlation || causation || command_id || hash || prev_hash AS BLOB)"
    };
}
pub(super) use packed;

/// Reads what [`packed!`] selected.
pub(super) fn unpack(row: &SqliteRow) -> Result<StoredRow, StoreError> {
    let mut numbers = row.try_get::<&str, _>(0)?.split(' ').map(str::parse::<i64>);
    let mut number = || numbers.next().and_then(Result::ok).ok_or_else(broken);
    let (position, sequence, occurred_at, recorded_at) = (number()?, number()?, number()?, number()?);
    let mut texts: &str = row.try_get(1)?;
    let mut text = || {
        let length = usize::try_from(number()?).map_err(|_| broken())?;
        let (text, rest) = texts.split_at_checked(length).ok_or_else(broken)?;
        texts = rest;
        Ok::<_, StoreError>(text.to_owned())
    };
    let (stream_kind, stream_id, event_type, event_version) = (text()?, text()?, text()?, text()?);
    let (payload, metadata) = (text()?, text()?);
    let actor = texts.to_owned();
    let bytes: &[u8] = row.try_get(2)?;
    let (ids, hashes) = bytes.split_at_checked(48).ok_or_else(broken)?;
    let id = |place: usize| {
        let id = ids.get(place * 16..).and_then(|rest| rest.first_chunk()).ok_or_else(broken)?;
        Ok::<_, StoreError>(Uuid::from_bytes(*id))
    };
    let (own, previous) = hashes.split_at_checked(32).ok_or_else(broken)?;
    Ok(StoredRow {
        position: unsigned(position)?,
        stream_kind,
        stream_id,
        sequence: unsigned(sequence)?,
        event_type,
        event_version,
        payload,
        metadata,
        occurred_at,
        recorded_at,
        actor,
        correlation: id(0)?,
        causation: id(1)?,
        command_id: id(2)?,
        hash: hash(own)?,
        prev_hash: hash(previous)?,
    })
}

/// Reads events that are only to be folded: a line of words for each, and their payloads end to end.
/// What has a space or a line break in a word of its own is not understood.
pub(super) fn unpack_past(lines: &str, mut payloads: &str) -> Result<Vec<Past>, StoreError> {
    let past = |line: &str| {
        let mut words = line.splitn(7, ' ');
        let mut word = || words.next().ok_or_else(broken);
        let (position, sequence, length) = (number(word()?)?, number(word()?)?, number(word()?)?);
        let length = usize::try_from(length).map_err(|_| broken())?;
        let (payload, rest) = payloads.split_at_checked(length).ok_or_else(broken)?;
        payloads = rest;
        let (kind, id) = (word()?, word()?);
        let event = Event::decode(kind, word()?, word()?, payload)?;
        Ok(Past { position, stream: stream_of(kind, id)?, sequence, event })
    };
    lines.lines().map(past).collect()
}

fn number(word: &str) -> Result<u64, StoreError> {
    word.parse().map_err(|_| broken())
}

/// Someone else wrote it: our tables refuse such values.
fn broken() -> StoreError {
    StoreError::Broken("a row of events has values of a length that they cannot have".to_owned())
}
