//! Times as people write them, and as they are written back.

use domain::fault::Fault;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Years that a calendar can be asked about: before, zones had no whole-minute offsets; after,
/// nobody plans.
const YEARS: std::ops::RangeInclusive<i16> = 1901..=2200;

/// Reads a time: RFC 3339 with its offset, or a local date (its midnight) or date and time.
///
/// # Errors
/// `TIME_INVALID`, `TIME_OUT_OF_RANGE`.
pub fn read(text: &str, zone: &TimeZone) -> Result<Timestamp, Fault> {
    let text = text.trim();
    let out_of_range = || {
        Fault::new(
            "TIME_OUT_OF_RANGE",
            "年份超出 1901 至 2200，无法按日历计算",
            "the year is outside 1901 to 2200, for which no calendar counts",
        )
    };
    // What begins with such a year cannot always be read at all: it lies outside every zone.
    let year = text.get(..4).filter(|_| text.get(4..5) == Some("-")).and_then(|year| year.parse().ok());
    if text.starts_with('-') || year.is_some_and(|year| !YEARS.contains(&year)) {
        return Err(out_of_range());
    }
    let time = text
        .parse::<Timestamp>()
        .or_else(|_| local(text, zone))
        .map_err(|_| {
            Fault::new(
                "TIME_INVALID",
                "不是时间，应如 2026-02-13T10:00:00+08:00（不带时区则按日历所在时区）",
                "not a time; write 2026-02-13T10:00:00+08:00 (without an offset it is read in the calendar's zone)",
            )
        })?;
    if !YEARS.contains(&zone.to_datetime(time).year()) {
        return Err(out_of_range());
    }
    Ok(time)
}

fn local(text: &str, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
    // A date alone first: as a date and time it would be read too, but "2026-02-13" means the day.
    let civil = match text.parse::<Date>() {
        Ok(date) if text.len() == 10 => date.to_datetime(jiff::civil::Time::midnight()),
        _ => text.parse::<DateTime>()?,
    };
    Ok(civil.to_zoned(zone.clone())?.timestamp())
}

/// `2026-02-13T10:00:00+08:00`, in this zone, to the second.
pub fn write(time: Timestamp, zone: &TimeZone) -> String {
    time.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// `2026-02-13 10:00`, for people.
pub fn short(time: Timestamp, zone: &TimeZone) -> String {
    time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod specs {
    use super::*;

    fn shanghai() -> TimeZone {
        TimeZone::get("Asia/Shanghai").expect("bundled")
    }

    #[test]
    fn a_time_without_an_offset_is_the_calendars() {
        for text in
            ["2026-02-13T10:00:00+08:00", "2026-02-13T10:00", "2026-02-13 10:00:00", "2026-02-13T02:00:00Z"]
        {
            let time = read(text, &shanghai()).expect(text);
            assert_eq!(write(time, &shanghai()), "2026-02-13T10:00:00+08:00", "{text}");
        }
        let day = read("2026-02-13", &shanghai()).expect("a day");
        assert_eq!(write(day, &shanghai()), "2026-02-13T00:00:00+08:00");
    }

    #[test]
    fn nonsense_and_absurd_years_are_told_apart() {
        let code = |text| read(text, &shanghai()).expect_err("refused").code;
        for text in ["", "now", "2026-02-30", "2026-13-01T00:00:00Z", "10:00"] {
            assert_eq!(code(text), "TIME_INVALID", "{text}");
        }
        for text in ["0000-01-01T00:00:00Z", "9999-12-31T00:00:00+08:00", "-0001-01-01T00:00:00Z"] {
            assert_eq!(code(text), "TIME_OUT_OF_RANGE", "{text}");
        }
    }
}
