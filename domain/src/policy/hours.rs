//! Times of the day, as minutes: read from a file, and found after an instant.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::keys::{Entry, Keys};

/// The next time the clock shows this, after an instant.
pub(super) fn next(after: Timestamp, minutes: u16, zone: &TimeZone) -> Option<Timestamp> {
    let local = after.to_zoned(zone.clone());
    let (hour, minute) = (i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?);
    let today = local.date().at(hour, minute, 0, 0).to_zoned(zone.clone()).ok()?;
    let then = if today.timestamp() > after { today } else { today.checked_add(1.day()).ok()? };
    Some(then.timestamp())
}

/// When the quiet hours end that an instant lies in.
pub(super) fn quiet_end((from, to): (u16, u16), at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let local = at.to_zoned(zone.clone());
    let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).ok()?;
    let inside = if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to };
    if inside { next(at, to, zone) } else { None }
}

fn minutes(word: &str) -> Option<u16> {
    let (hour, minute) = word.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// `HH:MM` as minutes of the day.
pub(super) fn time<'t>(keys: &mut Keys<'t>, entry: &Entry<'_, 't>) -> Option<u16> {
    let found = entry.value.get_ref().as_str().and_then(minutes);
    if found.is_none() {
        keys.wrong_type(entry, "\"08:30\"");
    }
    found
}

/// Several of them.
pub(super) fn times<'t>(keys: &mut Keys<'t>, entry: &Entry<'_, 't>) -> Vec<u16> {
    let list = entry.value.get_ref().as_array().map(|list| list.iter());
    let found: Option<Vec<u16>> =
        list.and_then(|list| list.map(|value| minutes(value.get_ref().as_str()?)).collect());
    found.unwrap_or_else(|| {
        keys.wrong_type(entry, "[\"08:30\", \"17:00\"]");
        Vec::new()
    })
}
