//! Counts a clock through the calendar, one stretch after the other.

use jiff::Timestamp;
use jiff::civil::Date;

use super::clock::Pauses;
use super::counted::Tally;
use super::{Budget, Calendar, Clock, CountError, Counted, DayKind, Reason, Unit};

/// No clock is followed further than this from where it starts: forty years.
pub(super) const MOST_DAYS: usize = 40 * 366;

impl Calendar {
    /// When the clock is due, and how that was counted (DOMAIN §2.8).
    ///
    /// `h` runs through every hour, `wh` through the sessions of working days; neither runs
    /// while suspended, and the clock is due at the first instant at which the budget is used
    /// up. `wd` and `nd` leave out the day of intake and count each working day (`nd`: each
    /// day) at whose close of business the clock is not suspended; the clock is due at the
    /// close of the last one, or if that is a day off or suspended, at the next close of a
    /// working day that is not. `0wd`, 当日, is due at the first close of business that is
    /// still to come, of a working day on which the clock is not suspended then: what is
    /// taken in after hours or on a day off is of the next working day.
    ///
    /// Errors: [`CountError`]; an endless suspension that begins at or after the due instant
    /// does no harm.
    pub fn count(&self, clock: &Clock) -> Result<Counted, CountError> {
        let pauses = Pauses::of(&clock.suspensions)?;
        let mut tally = Tally::from(clock.start);
        for budget in clock.stretches()? {
            match budget {
                Budget::Continuous { minutes } => self.hours(minutes, &mut tally, &pauses)?,
                Budget::WorkHours { minutes } => self.work_hours(minutes, &mut tally, &pauses)?,
                Budget::SAME_DAY => self.same_day(&mut tally, &pauses)?,
                Budget::WorkDays { days } => self.days(days, Unit::WorkDay, &mut tally, &pauses)?,
                Budget::NaturalDays { days } => self.days(days, Unit::NaturalDay, &mut tally, &pauses)?,
            }
        }
        Ok(tally.close(self.revision()))
    }

    /// End of the last session, in minutes since midnight.
    pub(super) fn close_of_business(&self) -> u16 {
        self.sessions().last().map_or(1440, |session| session.to)
    }

    /// An instant of a civil day; minute 1440 is the next midnight.
    pub(super) fn instant(&self, date: Date, minute: u16) -> Result<Timestamp, CountError> {
        let date = if minute >= 1440 { tomorrow(date)? } else { date };
        let (hour, minute) = ((minute / 60 % 24) as i8, (minute % 60) as i8);
        self.zone().to_timestamp(date.at(hour, minute, 0, 0)).map_err(|_| CountError::TooFar)
    }
}

/// Why a day does not count: it is off, or else the other reason.
pub(super) fn idle(kind: DayKind, otherwise: Reason) -> Reason {
    match kind {
        DayKind::Weekend => Reason::Weekend,
        DayKind::Holiday => Reason::Holiday,
        DayKind::Workday | DayKind::MakeupWorkday => otherwise,
    }
}

/// The next day; none after the year 9999.
pub(super) fn tomorrow(date: Date) -> Result<Date, CountError> {
    date.tomorrow().map_err(|_| CountError::TooFar)
}

#[cfg(test)]
mod specs {
    use super::super::Suspension;
    use super::super::samples::{at, budget, calendar, local, span, suspended};
    use super::*;

    #[test]
    fn without_an_end_of_the_suspension_there_is_no_due_instant() {
        let open = [Suspension { from: at("2026-11-18T10:00:00+08:00"), to: None }];
        let since = open[0].from;
        for word in ["30h", "10wh", "2wd", "2nd"] {
            let counted = suspended("2026-11-17T10:00:00+08:00", word, &open);
            assert_eq!(counted, Err(CountError::Paused { since }), "{word}");
        }
        for word in ["24h", "6wh"] {
            assert!(suspended("2026-11-17T10:00:00+08:00", word, &open).is_ok(), "{word} is due before");
        }
        assert!(suspended("2026-11-16T10:00:00+08:00", "1wd", &open).is_ok());
    }

    #[test]
    fn an_extension_adds_to_the_budget() {
        let mut clock = Clock::new(at("2026-11-16T10:00:00+08:00"), budget("1wd"));
        clock.extensions = vec![budget("1wd")];
        assert_eq!(local(&calendar().count(&clock).unwrap()), "2026-11-18 17:30:00");
        clock.extensions = vec![budget("2wh")];
        assert_eq!(
            local(&calendar().count(&clock).unwrap()),
            "2026-11-18 11:00:00",
            "another unit goes on from there"
        );
    }

    #[test]
    fn the_count_is_explained_without_a_gap() {
        let counted = calendar().count(&Clock::new(at("2026-02-13T10:00:00+08:00"), budget("2wd"))).unwrap();
        let reasons: Vec<_> = counted.segments.iter().map(|part| (part.reason, part.counted)).collect();
        assert_eq!(
            reasons,
            [
                (Reason::IntakeDay, 0.0),
                (Reason::DaysCounted, 1.0),
                (Reason::Weekend, 0.0),
                (Reason::Holiday, 0.0),
                (Reason::Weekend, 0.0),
                (Reason::Holiday, 0.0),
                (Reason::DaysCounted, 1.0),
            ]
        );
    }

    #[test]
    fn shares_of_days_fall_on_closes_of_business() {
        let counted = calendar().count(&Clock::new(at("2026-11-16T10:00:00+08:00"), budget("5wd"))).unwrap();
        assert_eq!(counted.at_share(20, 100), at("2026-11-17T17:30:00+08:00"));
        assert_eq!(counted.at_share(80, 100), at("2026-11-20T17:30:00+08:00"));
        assert_eq!(counted.at_share(100, 100), counted.due_at);
        assert_eq!(counted.at_share(30, 100), at("2026-11-18T14:00:00+08:00"), "half of a day's seven hours");
        assert!((counted.share_used(at("2026-11-18T14:00:00+08:00")) - 0.3).abs() < 1e-9);
        let natural = calendar().count(&Clock::new(at("2026-11-20T10:00:00+08:00"), budget("2nd"))).unwrap();
        assert_eq!(natural.at_share(1440, 2490), at("2026-11-22T00:00:00+08:00"));
        assert_eq!(natural.at_share(99, 99), at("2026-11-23T17:30:00+08:00"), "moved on to Monday");
        let hours = calendar().count(&Clock::new(at("2026-11-20T11:00:00+08:00"), budget("5wh"))).unwrap();
        assert_eq!(hours.at_share(80, 100), at("2026-11-20T16:30:00+08:00"));
    }

    #[test]
    fn a_count_that_crosses_into_an_unpublished_year_is_provisional() {
        let counted = |from, word| calendar().count(&Clock::new(at(from), budget(word))).unwrap().provisional;
        assert!(!counted("2026-12-10T10:00:00+08:00", "15wd"));
        assert!(counted("2026-12-11T10:00:00+08:00", "15wd"));
        assert!(counted("2026-12-30T10:00:00+08:00", "7nd"));
        assert!(!counted("2026-12-31T10:00:00+08:00", "48h"), "continuous hours need no calendar");
    }

    #[test]
    fn extremes_are_refused_and_never_loop() {
        let calendar = calendar();
        for start in [
            jiff::Timestamp::MIN,
            jiff::Timestamp::MAX,
            at("9999-12-30T20:00:00Z"),
            at("-009999-01-03T00:00:00Z"),
        ] {
            for word in ["1h", "1wh", "1wd", "1nd", "20000wh", "2610wd", "87840h", "3660nd"] {
                let _ = calendar.count(&Clock::new(start, budget(word)));
            }
        }
        let mut clock = Clock::new(at("2026-01-01T00:00:00Z"), budget("2610wd"));
        clock.extensions = vec![budget("2610wd"); 5];
        assert_eq!(calendar.count(&clock), Err(CountError::TooFar));
        let century = [span("2026-01-01T00:00:00Z", "2126-01-01T00:00:00Z")];
        for word in ["1h", "1wh", "1wd", "1nd"] {
            assert_eq!(suspended("2026-01-01T00:00:00Z", word, &century), Err(CountError::TooFar));
        }
    }
}
