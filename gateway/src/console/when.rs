//! Times for people: dates in the office's zone, and how long is left.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::lang::Lang;

/// What a page needs to tell times.
#[derive(Debug, Clone)]
pub struct Times {
    /// The engine's time.
    pub now: Timestamp,
    /// The office's zone.
    pub zone: TimeZone,
    /// The page's language.
    pub l: Lang,
}

/// How urgent it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Time enough.
    Calm,
    /// Most of it is used.
    Amber,
    /// It has passed.
    Red,
    /// The clock stands still, or it no longer matters.
    Paused,
}

impl Tone {
    /// The class in the stylesheet.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Calm => "calm",
            Tone::Amber => "amber",
            Tone::Red => "red",
            Tone::Paused => "paused",
        }
    }
}

/// A due time with what is left of it: in text and in colour.
#[derive(Debug, Clone)]
pub struct Countdown {
    /// Colour.
    pub tone: Tone,
    /// `剩 2 天 3 小时`.
    pub text: String,
    /// `11月23日 周一 17:30`.
    pub due: String,
    /// For `<time datetime>`.
    pub iso: String,
    /// Seconds of the amber instant, for the script that keeps the page fresh; 0 when it must not.
    pub amber: i64,
    /// Seconds of the due instant, likewise.
    pub red: i64,
}

/// Amber where no share of a budget is known: the last hours of a limit.
const SOON_HOURS: i64 = 4;

impl Times {
    /// For a field of type `datetime-local`.
    pub fn field(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string()
    }

    /// `11月20日 周五 09:30`; with the year where it is another one.
    pub fn full(&self, at: Timestamp) -> String {
        let local = self.zone.to_datetime(at);
        let this_year = self.zone.to_datetime(self.now).year() == local.year();
        let (hour, minute) = (local.hour(), local.minute());
        match self.l {
            Lang::Zh => {
                let year = if this_year { String::new() } else { format!("{}年", local.year()) };
                let day = WEEKDAYS_ZH[weekday(local.weekday())];
                format!("{year}{}月{}日 周{day} {hour:02}:{minute:02}", local.month(), local.day())
            }
            Lang::En => {
                let year = if this_year { String::new() } else { format!(" {}", local.year()) };
                let day = WEEKDAYS_EN[weekday(local.weekday())];
                let month = MONTHS[usize::from(local.month().unsigned_abs()) - 1];
                format!("{day} {} {month}{year}, {hour:02}:{minute:02}", local.day())
            }
        }
    }

    /// `11-20 09:30`, for dense tables.
    pub fn short(&self, at: Timestamp) -> String {
        let local = self.zone.to_datetime(at);
        let day =
            format!("{:02}-{:02} {:02}:{:02}", local.month(), local.day(), local.hour(), local.minute());
        let this_year = self.zone.to_datetime(self.now).year() == local.year();
        if this_year { day } else { format!("{}-{day}", local.year()) }
    }

    /// What is left until `due`, amber from `amber` on.
    pub fn countdown(&self, due: Timestamp, amber: Option<Timestamp>) -> Countdown {
        let left = due.as_second() - self.now.as_second();
        let amber = amber.map_or(due.as_second() - SOON_HOURS * 3600, |at| at.as_second());
        let (tone, text) = if left < 0 {
            (Tone::Red, self.l.f("超时 {}", "{} late", self.span(-left)))
        } else if self.now.as_second() >= amber {
            (Tone::Amber, self.l.f("剩 {}", "{} left", self.span(left)))
        } else {
            (Tone::Calm, self.l.f("剩 {}", "{} left", self.span(left)))
        };
        Countdown { tone, text, due: self.full(due), iso: due.to_string(), amber, red: due.as_second() }
    }

    /// A due time whose clock stands still.
    pub fn paused(&self, due: Timestamp, why: &str) -> Countdown {
        Countdown {
            tone: Tone::Paused,
            text: why.to_owned(),
            due: self.full(due),
            iso: due.to_string(),
            amber: 0,
            red: 0,
        }
    }

    /// `2 天 3 小时`: the two largest parts.
    fn span(&self, seconds: i64) -> String {
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
        let (d, h, m) = match self.l {
            Lang::Zh => (" 天", " 小时", " 分"),
            Lang::En => (" d", " h", " min"),
        };
        match (days, hours) {
            (0, 0) => format!("{minutes}{m}"),
            (0, _) if minutes == 0 => format!("{hours}{h}"),
            (0, _) => format!("{hours}{h} {minutes}{m}"),
            (_, 0) => format!("{days}{d}"),
            _ => format!("{days}{d} {hours}{h}"),
        }
    }
}

const WEEKDAYS_ZH: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];
const WEEKDAYS_EN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn weekday(day: Weekday) -> usize {
    usize::from(day.to_monday_zero_offset().unsigned_abs())
}

#[cfg(test)]
mod specs {
    use super::*;

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    fn times(l: Lang) -> Times {
        Times { now: at("2026-11-20T09:00:00+08:00"), zone: TimeZone::get("Asia/Shanghai").unwrap(), l }
    }

    #[test]
    fn a_countdown_tells_in_text_and_colour() {
        let due = at("2026-11-23T17:30:00+08:00");
        let seen = times(Lang::Zh).countdown(due, None);
        assert_eq!(
            (seen.tone, seen.text.as_str(), seen.due.as_str()),
            (Tone::Calm, "剩 3 天 8 小时", "11月23日 周一 17:30")
        );
        let late = times(Lang::En).countdown(at("2026-11-20T08:15:00+08:00"), None);
        assert_eq!((late.tone, late.text.as_str()), (Tone::Red, "45 min late"));
        let amber = times(Lang::En).countdown(due, Some(at("2026-11-20T08:00:00+08:00")));
        assert_eq!(amber.tone, Tone::Amber);
    }

    #[test]
    fn another_year_is_named() {
        assert_eq!(times(Lang::Zh).full(at("2027-01-04T17:30:00+08:00")), "2027年1月4日 周一 17:30");
        assert_eq!(times(Lang::En).full(at("2026-11-20T17:30:00+08:00")), "Fri 20 Nov, 17:30");
    }
}
