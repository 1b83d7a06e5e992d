//! Counts a clock through the calendar, by hours or by days.

use jiff::civil::Date;
use jiff::Timestamp;

use super::clock::Pauses;
use super::counted::Tally;
use super::{Budget, Calendar, Clock, CountError, Counted, DayKind, Reason, Unit};

/// No clock is followed further than this from where it starts: forty years.
const MOST_DAYS: usize = 40 * 366;
const NANOS_PER_DAY: i128 = 24 * NANOS_PER_HOUR;
const NANOS_PER_HOUR: i128 = 60 * NANOS_PER_MINUTE;
const NANOS_PER_MINUTE: i128 = 60_000_000_000;

impl Calendar {
    /// When the clock is due, and how that was counted (DOMAIN §2.8).
    ///
    /// `h` runs through every hour, `wh` through the sessions of working days; neither runs
    /// while suspended, and the clock is due at the first instant at which the budget is used
    /// up. `wd` and `nd` leave out the day of intake and count each working day (`nd`: each
    /// day) at whose close of business the clock is not suspended; the clock is due at the
    /// close of the last one, or if that is a day off or suspended, at the next close of a
    /// working day that is not.
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
                Budget::WorkDays { days } => self.days(days, Unit::WorkDay, &mut tally, &pauses)?,
                Budget::NaturalDays { days } => self.days(days, Unit::NaturalDay, &mut tally, &pauses)?,
            }
        }
        Ok(tally.close(self.revision()))
    }

    fn hours(&self, minutes: u32, tally: &mut Tally, pauses: &Pauses) -> Result<(), CountError> {
        let mut left = i128::from(minutes) * NANOS_PER_MINUTE;
        let horizon = tally.at.as_nanosecond() + MOST_DAYS as i128 * NANOS_PER_DAY;
        let horizon = Timestamp::from_nanosecond(horizon).unwrap_or(Timestamp::MAX);
        match spend(&mut left, horizon, Unit::Hour, tally, pauses)? {
            true => Ok(()),
            false => Err(CountError::TooFar),
        }
    }

    fn work_hours(&self, minutes: u32, tally: &mut Tally, pauses: &Pauses) -> Result<(), CountError> {
        let mut left = i128::from(minutes) * NANOS_PER_MINUTE;
        let mut date = self.date_of(tally.at);
        for _ in 0..MOST_DAYS {
            tally.provisional |= self.is_provisional(date.year());
            if self.is_working_day(date) {
                for session in self.sessions() {
                    let from = self.instant(date, session.from)?;
                    if from > tally.at {
                        tally.note(from, 0.0, Unit::WorkHour, Reason::OutsideSessions);
                    }
                    let to = self.instant(date, session.to)?;
                    if to > tally.at && spend(&mut left, to, Unit::WorkHour, tally, pauses)? {
                        return Ok(());
                    }
                }
            }
            let end = self.instant(date, 1440)?;
            if end > tally.at {
                tally.note(end, 0.0, Unit::WorkHour, idle(self.day(date), Reason::OutsideSessions));
            }
            date = tomorrow(date)?;
        }
        Err(CountError::TooFar)
    }

    fn days(&self, days: u32, unit: Unit, tally: &mut Tally, pauses: &Pauses) -> Result<(), CountError> {
        let natural = unit == Unit::NaturalDay;
        let mut date = self.date_of(tally.at);
        let mut left = days;
        if left == 0 {
            return Ok(());
        }
        tally.note(self.instant(date, 1440)?, 0.0, unit, Reason::IntakeDay);
        for _ in 0..MOST_DAYS {
            date = tomorrow(date)?;
            let kind = self.day(date);
            let close = self.instant(date, self.close_of_business())?;
            let suspended = pauses.at(close)?;
            let counts = left > 0 && !suspended && (natural || kind.is_working());
            if counts {
                left -= 1;
                self.run_day(date, natural && left > 0, natural, tally, pauses)?;
            }
            if left == 0 || !natural {
                tally.provisional |= self.is_provisional(date.year());
            }
            let due = left == 0 && kind.is_working() && !suspended;
            let end = if due { close } else { self.instant(date, 1440)? };
            let reason = match counts {
                true => Reason::DaysCounted,
                false if due => Reason::MovedOn,
                false if suspended && (natural || kind.is_working()) => Reason::Suspended,
                false => idle(kind, Reason::MovedOn),
            };
            tally.note(end, if counts { 1.0 } else { 0.0 }, unit, reason);
            if due {
                return Ok(());
            }
        }
        Err(CountError::TooFar)
    }

    /// Lets a counted day run: a natural day from midnight, a working day through its sessions.
    fn run_day(
        &self, date: Date, whole: bool, natural: bool, tally: &mut Tally, pauses: &Pauses,
    ) -> Result<(), CountError> {
        let mut run = |from: u16, to: u16| -> Result<(), CountError> {
            for (from, to, suspended) in pauses.cut(self.instant(date, from)?, self.instant(date, to)?) {
                if !suspended {
                    tally.run(from, to);
                }
            }
            Ok(())
        };
        if natural {
            return run(0, if whole { 1440 } else { self.close_of_business() });
        }
        self.sessions().iter().try_for_each(|session| run(session.from, session.to))
    }

    /// End of the last session, in minutes since midnight.
    fn close_of_business(&self) -> u16 {
        self.sessions().last().map_or(1440, |session| session.to)
    }

    /// An instant of a civil day; minute 1440 is the next midnight.
    fn instant(&self, date: Date, minute: u16) -> Result<Timestamp, CountError> {
        let date = if minute >= 1440 { tomorrow(date)? } else { date };
        let (hour, minute) = ((minute / 60 % 24) as i8, (minute % 60) as i8);
        self.zone().to_timestamp(date.at(hour, minute, 0, 0)).map_err(|_| CountError::TooFar)
    }
}

/// Uses up what is left from where the tally stands to `end`, at most; true when all is used.
fn spend(
    left: &mut i128, end: Timestamp, unit: Unit, tally: &mut Tally, pauses: &Pauses,
) -> Result<bool, CountError> {
    if *left == 0 {
        return Ok(true);
    }
    for (from, to, suspended) in pauses.cut(tally.at, end) {
        if suspended {
            pauses.at(from)?;
            tally.note(to, 0.0, unit, Reason::Suspended);
            continue;
        }
        let used = (to.as_nanosecond() - from.as_nanosecond()).min(*left);
        let until = Timestamp::from_nanosecond(from.as_nanosecond() + used).unwrap_or(to);
        tally.run(from, until);
        tally.note(until, used as f64 / NANOS_PER_HOUR as f64, unit, Reason::Running);
        *left -= used;
        if *left == 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

fn idle(kind: DayKind, otherwise: Reason) -> Reason {
    match kind {
        DayKind::Weekend => Reason::Weekend,
        DayKind::Holiday => Reason::Holiday,
        DayKind::Workday | DayKind::MakeupWorkday => otherwise,
    }
}

fn tomorrow(date: Date) -> Result<Date, CountError> {
    date.tomorrow().map_err(|_| CountError::TooFar)
}

#[cfg(test)]
mod specs {
    use super::super::samples::{at, budget, calendar};
    use super::super::Suspension;
    use super::*;

    fn due(from: &str, word: &str) -> String {
        local(&calendar().count(&Clock::new(at(from), budget(word))).unwrap())
    }

    fn local(counted: &Counted) -> String {
        counted.due_at.to_zoned(calendar().zone().clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    fn span(from: &str, to: &str) -> Suspension {
        Suspension { from: at(from), to: Some(at(to)) }
    }

    fn suspended(from: &str, word: &str, suspensions: &[Suspension]) -> Result<Counted, CountError> {
        let mut clock = Clock::new(at(from), budget(word));
        clock.suspensions = suspensions.to_vec();
        calendar().count(&clock)
    }

    #[test]
    fn the_golden_deadlines_hold() {
        for (taken_in, days, expected) in [
            ("2026-02-13", 1, "2026-02-14"),
            ("2026-02-14", 5, "2026-02-28"),
            ("2026-04-30", 5, "2026-05-11"),
            ("2026-09-30", 5, "2026-10-13"),
            ("2026-01-01", 3, "2026-01-06"),
            ("2025-09-28", 5, "2025-10-11"),
        ] {
            for hour in ["00:00:00", "10:00:00", "23:59:59"] {
                let from = format!("{taken_in}T{hour}+08:00");
                assert_eq!(due(&from, &format!("{days}wd")), format!("{expected} 17:30:00"), "{from}");
            }
        }
    }

    #[test]
    fn continuous_hours_run_through_the_night() {
        assert_eq!(due("2026-02-15T23:50:30+08:00", "15min"), "2026-02-16 00:05:30");
        assert_eq!(due("2026-02-15T10:00:00+08:00", "24h"), "2026-02-16 10:00:00");
    }

    #[test]
    fn working_hours_run_only_in_sessions() {
        assert_eq!(due("2026-11-20T09:00:00+08:00", "3wh"), "2026-11-20 12:00:00", "due at noon, not at 13:30");
        assert_eq!(due("2026-11-20T11:00:00+08:00", "2wh"), "2026-11-20 14:30:00");
        assert_eq!(due("2026-11-20T12:30:00+08:00", "4wh"), "2026-11-20 17:30:00");
        assert_eq!(due("2026-11-20T17:30:00+08:00", "1wh"), "2026-11-23 10:00:00", "over the weekend");
        assert_eq!(due("2026-02-13T17:00:00+08:00", "1wh"), "2026-02-14 09:30:00", "a make-up Saturday works");
        assert_eq!(due("2026-09-30T16:30:30+08:00", "90wmin"), "2026-10-08 09:30:30");
    }

    #[test]
    fn natural_days_count_every_day_and_a_rest_day_moves_the_end() {
        assert_eq!(due("2026-11-20T10:00:00+08:00", "4nd"), "2026-11-24 17:30:00");
        assert_eq!(due("2026-11-20T10:00:00+08:00", "1nd"), "2026-11-23 17:30:00");
        assert_eq!(due("2026-09-24T10:00:00+08:00", "7nd"), "2026-10-08 17:30:00", "past the national holiday");
    }

    #[test]
    fn a_day_suspended_at_close_of_business_is_not_counted() {
        let counted = |from, to| local(&suspended("2026-11-16T10:00:00+08:00", "2wd", &[span(from, to)]).unwrap());
        assert_eq!(counted("2026-11-17T09:00:00+08:00", "2026-11-17T17:29:59+08:00"), "2026-11-18 17:30:00");
        assert_eq!(counted("2026-11-17T17:30:00+08:00", "2026-11-17T17:30:01+08:00"), "2026-11-19 17:30:00");
        assert_eq!(counted("2026-11-17T09:00:00+08:00", "2026-11-17T17:30:00+08:00"), "2026-11-18 17:30:00", "half-open");
        assert_eq!(counted("2026-11-01T00:00:00+08:00", "2026-11-16T12:00:00+08:00"), "2026-11-18 17:30:00", "before");
        assert_eq!(counted("2026-11-18T17:31:00+08:00", "2026-11-30T12:00:00+08:00"), "2026-11-18 17:30:00", "after");
    }

    #[test]
    fn natural_days_that_end_on_a_rest_day_move_past_a_suspension_too() {
        // Counted on Saturday; Monday is suspended at its close, so Tuesday.
        let pause = [span("2026-11-22T09:00:00+08:00", "2026-11-23T18:00:00+08:00")];
        let counted = suspended("2026-11-20T10:00:00+08:00", "1nd", &pause).unwrap();
        assert_eq!(local(&counted), "2026-11-24 17:30:00");
        assert_eq!(counted.segments.last().unwrap().reason, Reason::MovedOn);
    }

    #[test]
    fn suspended_hours_do_not_run() {
        let pauses = [
            span("2026-11-20T15:00:00+08:00", "2026-11-20T16:00:00+08:00"),
            span("2026-11-20T14:00:00+08:00", "2026-11-20T15:30:00+08:00"),
        ];
        let due = |word| local(&suspended("2026-11-20T11:00:00+08:00", word, &pauses).unwrap());
        assert_eq!(due("4h"), "2026-11-20 17:00:00");
        assert_eq!(due("2wh"), "2026-11-20 16:30:00");
        assert_eq!(due("3h"), "2026-11-20 14:00:00", "used up as the suspension begins");
    }

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
        assert_eq!(local(&calendar().count(&clock).unwrap()), "2026-11-18 11:00:00", "another unit goes on from there");
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
        for start in [jiff::Timestamp::MIN, jiff::Timestamp::MAX, at("9999-12-30T20:00:00Z"), at("-009999-01-03T00:00:00Z")] {
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
