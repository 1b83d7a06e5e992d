//! Times as a table writes them: `2026-11-20 周五 10:00`, `11-20 10:00`, `10:00`, `次日 09:00`, `+2h`.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

/// A time, and how exactly it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub at: Timestamp,
    /// Written to the minute: any second of it will do.
    pub minute: bool,
}

impl Moment {
    /// Whether this is the time that was meant.
    pub fn is(self, other: Timestamp) -> bool {
        let unit = if self.minute { 60 } else { 1 };
        self.at.as_second().div_euclid(unit) == other.as_second().div_euclid(unit)
    }
}

/// Reads a time; what it leaves out comes from `base`. None where it is no time.
///
/// # Errors
/// A weekday that is not that date's, in both languages.
pub(super) fn read(
    text: &str,
    base: Option<Timestamp>,
    zone: &TimeZone,
) -> Result<Option<Moment>, (String, String)> {
    let text = text.replace(['：'], ":").replace(['，', ','], " ");
    let text = text.replace("下一日", "次日").replace("next day", "次日");
    if let Ok(at) = text.trim().parse::<Timestamp>() {
        return Ok(Some(Moment { at, minute: false }));
    }
    let base = base.map(|at| at.to_zoned(zone.clone()).datetime());
    let (mut date, mut time, mut weekday, mut on) = (None, None, None, None);
    // `2026-11-20T10:00`, but not `Thu`.
    let parts = |token| if str::starts_with(token, |c: char| c.is_ascii_digit()) { 'T' } else { ' ' };
    for token in text.split_whitespace().flat_map(|token| token.split(parts(token))) {
        if token == "次日" {
            date = base.and_then(|base| base.date().tomorrow().ok());
        } else if let Some(found) = read_date(token, base.map(DateTime::date)) {
            date = Some(found);
        } else if let Some(found) = read_time(token) {
            time = Some(found);
        } else if let Some(found) = read_weekday(token) {
            weekday = Some(found);
        } else if let (Some(span), Some(base)) = (token.strip_prefix('+').and_then(read_span), base) {
            on = base.checked_add(span).ok();
        } else {
            return Ok(None);
        }
    }
    let day = date.or(on.map(DateTime::date)).or(base.map(DateTime::date));
    let minute = time.is_none_or(|(_, minute)| minute);
    let clock = time.map(|(time, _)| time).or(on.map(DateTime::time));
    let clock = clock.or(date.map(|_| Time::midnight()));
    let (Some(day), Some(clock)) = (day, clock) else { return Ok(None) };
    if let Some(weekday) = weekday.filter(|weekday| day.weekday() != *weekday) {
        let (told, is) = (name(weekday), name(day.weekday()));
        return Err((
            format!("{day} 不是{}，是{}", told.0, is.0),
            format!("{day} is {}, not {}", is.1, told.1),
        ));
    }
    let at = DateTime::from_parts(day, clock).to_zoned(zone.clone()).map(|zoned| zoned.timestamp());
    Ok(at.ok().map(|at| Moment { at, minute }))
}

fn read_date(token: &str, base: Option<Date>) -> Option<Date> {
    if let Ok(date) = token.parse::<Date>() {
        return Some(date);
    }
    let (month, day) = token.split_once('-')?;
    Date::new(base?.year(), month.parse().ok()?, day.parse().ok()?).ok()
}

fn read_time(token: &str) -> Option<(Time, bool)> {
    let mut parts = token.split(':');
    let (hour, minute) = (parts.next()?.parse().ok()?, parts.next()?);
    if minute.len() != 2 {
        return None;
    }
    let (second, exact) = match parts.next() {
        Some(second) => (second.parse().ok()?, true),
        None => (0, false),
    };
    if (hour, minute) == (24, "00") {
        return Some((Time::constant(23, 59, 59, 0), true));
    }
    let time = Time::new(hour, minute.parse().ok()?, second, 0).ok()?;
    parts.next().is_none().then_some((time, !exact))
}

fn read_span(text: &str) -> Option<Span> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (count, unit) = text.split_at_checked(digits)?;
    let count: i64 = count.parse().ok()?;
    match unit {
        "s" | "秒" => Some(Span::new().seconds(count)),
        "min" | "m" | "分" | "分钟" => Some(Span::new().minutes(count)),
        "h" | "小时" => Some(Span::new().hours(count)),
        "d" | "天" | "日" => Some(Span::new().days(count)),
        _ => None,
    }
}

const WEEKDAYS: [(Weekday, &str, &str); 7] = [
    (Weekday::Monday, "周一", "Mon"),
    (Weekday::Tuesday, "周二", "Tue"),
    (Weekday::Wednesday, "周三", "Wed"),
    (Weekday::Thursday, "周四", "Thu"),
    (Weekday::Friday, "周五", "Fri"),
    (Weekday::Saturday, "周六", "Sat"),
    (Weekday::Sunday, "周日", "Sun"),
];

fn read_weekday(token: &str) -> Option<Weekday> {
    let token = token.replace("星期", "周").replace("周天", "周日").to_lowercase();
    let found = WEEKDAYS.iter().find(|(_, zh, en)| token == *zh || token.starts_with(&en.to_lowercase()));
    found.map(|(weekday, ..)| *weekday)
}

fn name(weekday: Weekday) -> (&'static str, &'static str) {
    WEEKDAYS.iter().find(|(known, ..)| *known == weekday).map_or(("", ""), |(_, zh, en)| (*zh, *en))
}

/// As tables write it, in this zone.
pub(super) fn show(at: Timestamp, zone: &TimeZone) -> String {
    let zoned = at.to_zoned(zone.clone());
    let whole = SignedDuration::from_secs(at.as_second().rem_euclid(60)).is_zero();
    zoned.strftime(if whole { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" }).to_string()
}

#[cfg(test)]
mod specs {
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("Asia/Shanghai").expect("the zone")
    }

    fn at(text: &str) -> String {
        let base = "2026-11-20T10:00:00+08:00".parse().expect("a time");
        match read(text, Some(base), &zone()) {
            Ok(Some(moment)) => show(moment.at, &zone()),
            Ok(None) => "none".to_owned(),
            Err((_, en)) => en,
        }
    }

    #[test]
    fn a_time_leaves_out_what_the_row_above_says() {
        for (text, meant) in [
            ("2026-11-23 09:00", "2026-11-23 09:00"),
            ("2026-11-23T09:00:00+08:00", "2026-11-23 09:00"),
            ("11-23 周一 09:00", "2026-11-23 09:00"),
            ("2026-11-24 Tue 09:00", "2026-11-24 09:00"),
            ("2026-11-26 Thursday 09:00", "2026-11-26 09:00"),
            ("12:30", "2026-11-20 12:30"),
            ("次日 09:00", "2026-11-21 09:00"),
            ("next day 09:00", "2026-11-21 09:00"),
            ("+90min", "2026-11-20 11:30"),
            ("+3d", "2026-11-23 10:00"),
            ("+3d 09:00", "2026-11-23 09:00"),
            ("2026-12-01", "2026-12-01 00:00"),
            ("09:00:01", "2026-11-20 09:00:01"),
            ("soon", "none"),
            ("2026-11-23 周二 09:00", "2026-11-23 is Mon, not Tue"),
        ] {
            assert_eq!(at(text), meant, "{text}");
        }
    }
}
