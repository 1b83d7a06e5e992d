//! Working time: the four clocks of DOMAIN §2.8, counted day by day and explained.

mod budget;
mod clock;
mod count;
mod counted;
mod days;
mod hours;
mod json;
mod parse;
#[cfg(test)]
mod properties;
mod reader;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

pub use budget::{Budget, Unit};
pub use clock::{Clock, CountError, Suspension};
pub use counted::{Counted, Reason, Segment};

/// Which days are worked and when: the State Council's papers year by year, the
/// office's sessions and its time zone. Read with [`Calendar::parse`].
#[derive(Debug, Clone)]
pub struct Calendar {
    revision: String,
    source: String,
    zone: TimeZone,
    sessions: Vec<Session>,
    years: BTreeMap<i16, Year>,
}

/// One stretch of office hours, in minutes since 00:00; `to` may be 1440.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// First minute of work.
    pub from: u16,
    /// The minute at which work ends.
    pub to: u16,
}

/// The exceptions of one year.
#[derive(Debug, Clone, Default)]
struct Year {
    off: BTreeSet<Date>,
    work: BTreeSet<Date>,
    provisional: bool,
    paper: Option<String>,
}

/// What a calendar day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayKind {
    /// An ordinary Monday to Friday.
    Workday,
    /// A Saturday or Sunday worked in exchange (调休).
    MakeupWorkday,
    /// An ordinary Saturday or Sunday.
    Weekend,
    /// A Monday to Friday that is off by the year's paper.
    Holiday,
}

impl DayKind {
    /// Whether the office works on such a day.
    pub fn is_working(self) -> bool {
        matches!(self, DayKind::Workday | DayKind::MakeupWorkday)
    }
}

impl Calendar {
    /// Name of this edition; every stored deadline carries it.
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// Where the days come from, as the file says.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The zone in which days begin and end.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Office hours of a working day, in order.
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// Years that the file describes, in order.
    pub fn years(&self) -> impl Iterator<Item = i16> + '_ {
        self.years.keys().copied()
    }

    /// The paper that ordered the year, where the file names it.
    pub fn paper(&self, year: i16) -> Option<&str> {
        self.years.get(&year).and_then(|year| year.paper.as_deref())
    }

    /// Whether the year is a guess: marked so, or not in the file at all.
    pub fn is_provisional(&self, year: i16) -> bool {
        self.years.get(&year).is_none_or(|year| year.provisional)
    }

    /// What this day is. A year that the file lacks has plain weeks.
    pub fn day(&self, date: Date) -> DayKind {
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        let year = self.years.get(&date.year());
        if weekend {
            match year.is_some_and(|year| year.work.contains(&date)) {
                true => DayKind::MakeupWorkday,
                false => DayKind::Weekend,
            }
        } else {
            match year.is_some_and(|year| year.off.contains(&date)) {
                true => DayKind::Holiday,
                false => DayKind::Workday,
            }
        }
    }

    /// Whether the office works on this day.
    pub fn is_working_day(&self, date: Date) -> bool {
        self.day(date).is_working()
    }

    /// The civil day of an instant in the calendar's zone.
    pub fn date_of(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// The same instant in opening hours, else the next opening: when somebody is there to be reminded.
    pub fn opening_at(&self, at: Timestamp) -> Timestamp {
        if self.is_open(at) {
            return at;
        }
        let days = self.date_of(at).series(jiff::Span::new().days(1)).take(60);
        let open = days.filter(|day| self.is_working_day(*day)).flat_map(|day| {
            self.sessions.iter().filter_map(move |session| {
                let (hour, minute) = (session.from / 60, session.from % 60);
                let local = day.at(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0);
                Some(local.to_zoned(self.zone.clone()).ok()?.timestamp())
            })
        });
        open.into_iter().find(|opening| *opening >= at).unwrap_or(at)
    }

    /// Whether the office is open at this instant.
    pub fn is_open(&self, at: Timestamp) -> bool {
        let local = self.zone.to_datetime(at);
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        self.is_working_day(local.date())
            && self.sessions.iter().any(|session| (session.from..session.to).contains(&minute))
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    /// The calendar that is delivered.
    pub(crate) fn calendar() -> Calendar {
        Calendar::parse("cn.json", include_str!("../../../deploy/calendar/cn.json"))
            .unwrap_or_else(|faults| panic!("{faults:#?}"))
    }

    /// An instant, as text.
    pub(crate) fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// A budget, as text.
    pub(crate) fn budget(word: &str) -> Budget {
        Budget::parse(word).unwrap()
    }

    /// A suspension, as text.
    pub(crate) fn span(from: &str, to: &str) -> Suspension {
        Suspension { from: at(from), to: Some(at(to)) }
    }

    /// A clock with suspensions, counted.
    pub(crate) fn suspended(from: &str, word: &str, pauses: &[Suspension]) -> Result<Counted, CountError> {
        let mut clock = Clock::new(at(from), budget(word));
        clock.suspensions = pauses.to_vec();
        calendar().count(&clock)
    }

    /// The due instant, as the clock on the wall shows it.
    pub(crate) fn local(counted: &Counted) -> String {
        let due = counted.due_at.to_zoned(calendar().zone().clone());
        due.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// When a plain clock is due, on the wall.
    pub(crate) fn due(from: &str, word: &str) -> String {
        local(&suspended(from, word, &[]).unwrap())
    }
}

#[cfg(test)]
mod specs {
    use super::samples::{at, calendar};
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_holiday_is_off_and_a_make_up_saturday_is_worked() {
        let calendar = calendar();
        assert_eq!(calendar.day(date(2026, 2, 16)), DayKind::Holiday);
        assert_eq!(calendar.day(date(2026, 2, 14)), DayKind::MakeupWorkday);
        assert_eq!(calendar.day(date(2026, 2, 15)), DayKind::Weekend);
        assert_eq!(calendar.day(date(2026, 2, 13)), DayKind::Workday);
    }

    #[test]
    fn the_years_have_as_many_workdays_as_their_papers_give() {
        let calendar = calendar();
        for (year, expected) in [(2024, 251), (2025, 248), (2026, 248)] {
            let days = date(year, 1, 1).series(jiff::Span::new().days(1));
            let worked =
                days.take_while(|day| day.year() == year).filter(|day| calendar.is_working_day(*day));
            assert_eq!(worked.count(), expected, "{year}");
        }
    }

    #[test]
    fn next_year_is_provisional_until_its_paper_is_out() {
        let calendar = calendar();
        assert!(!calendar.is_provisional(2026));
        assert!(calendar.is_provisional(2027));
        assert!(calendar.is_provisional(2031), "a year the file does not know");
    }

    #[test]
    fn the_office_is_closed_over_lunch() {
        let calendar = calendar();
        assert!(calendar.is_open(at("2026-11-20T11:59:59+08:00")));
        assert!(!calendar.is_open(at("2026-11-20T12:00:00+08:00")));
        assert!(calendar.is_open(at("2026-11-20T13:30:00+08:00")));
        assert!(!calendar.is_open(at("2026-11-21T10:00:00+08:00")));
    }
}
