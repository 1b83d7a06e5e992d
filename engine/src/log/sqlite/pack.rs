//! Many rows of `events` in three values. Every row and every value costs a copy and a hand-over between
//! threads, and readers want rows by the million: one after the other they come at half the speed, in
//! sixteen values each at an eighth.

use domain::stream::Event;
use uuid::Uuid;

use crate::log::column::{hash, stream_of, unsigned};
use crate::log::{Past, StoreError, StoredRow};

/// What to select of rows that are in order: a line of numbers and lengths of texts for each, the texts
/// end to end, the ids and hashes end to end.
macro_rules! packed {
    () => {
        "group_concat(format('%d %d %d %d %d %d %d %d %d %d %d', position, sequence, occurred_at, recorded_at,
             octet_length(aggregate_type), octet_length(aggregate_id), octet_length(event_type),
             octet_length(event_version), octet_length(payload), octet_length(metadata),
             octet_length(actor)), char(10)),
         group_concat(aggregate_type || aggregate_id || event_type || event_version || payload || metadata
             || actor, ''),
         CAST(group_concat(correlation || causation || command_id || hash || prev_hash, '') AS BLOB)"
    };
}
pub(super) use packed;

/// What [`packed!`] selects; nothing where there are no rows.
pub(super) type Packed = (Option<String>, Option<String>, Option<Vec<u8>>);

/// Ids and hashes of one row.
const BYTES: usize = 3 * 16 + 2 * 32;

/// Reads what [`packed!`] selected.
pub(super) fn unpack((lines, texts, bytes): &Packed) -> Result<Vec<StoredRow>, StoreError> {
    let (Some(lines), Some(texts), Some(bytes)) = (lines, texts, bytes) else { return Ok(Vec::new()) };
    let (mut texts, mut bytes) = (texts.as_str(), bytes.as_slice());
    let mut rows = Vec::with_capacity(bytes.len() / BYTES);
    for line in lines.lines() {
        let (own, rest) = bytes.split_at_checked(BYTES).ok_or_else(broken)?;
        rows.push(row(line, &mut texts, own)?);
        bytes = rest;
    }
    Ok(rows)
}

fn row(line: &str, texts: &mut &str, bytes: &[u8]) -> Result<StoredRow, StoreError> {
    let mut numbers = line.split(' ').map(str::parse::<i64>);
    let mut number = || numbers.next().and_then(Result::ok).ok_or_else(broken);
    let (position, sequence, occurred_at, recorded_at) = (number()?, number()?, number()?, number()?);
    let mut text = || {
        let length = usize::try_from(number()?).map_err(|_| broken())?;
        let (text, rest) = texts.split_at_checked(length).ok_or_else(broken)?;
        *texts = rest;
        Ok::<_, StoreError>(text.to_owned())
    };
    let (stream_kind, stream_id, event_type, event_version) = (text()?, text()?, text()?, text()?);
    let (payload, metadata, actor) = (text()?, text()?, text()?);
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
