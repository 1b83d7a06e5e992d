//! Counting by days: whole working days, or whole natural days, after the day of intake.

use jiff::civil::Date;

use super::clock::Pauses;
use super::count::{MOST_DAYS, idle, tomorrow};
use super::counted::Tally;
use super::{Calendar, CountError, Reason, Unit};

impl Calendar {
    pub(super) fn days(
        &self,
        days: u32,
        unit: Unit,
        tally: &mut Tally,
        pauses: &Pauses,
    ) -> Result<(), CountError> {
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

    /// 当日: until the next close of business that counts.
    pub(super) fn same_day(&self, tally: &mut Tally, pauses: &Pauses) -> Result<(), CountError> {
        let start = tally.at;
        let mut date = self.date_of(start);
        for _ in 0..MOST_DAYS {
            tally.provisional |= self.is_provisional(date.year());
            let close = self.instant(date, self.close_of_business())?;
            let working = self.is_working_day(date) && close > start;
            if working && !pauses.at(close)? {
                for session in self.sessions() {
                    let (from, to) = (self.instant(date, session.from)?, self.instant(date, session.to)?);
                    let running =
                        pauses.cut(from.max(start), to).into_iter().filter(|(_, _, paused)| !paused);
                    running.for_each(|(from, to, _)| tally.run(from, to));
                }
                tally.note(close, 0.0, Unit::WorkDay, Reason::SameDay);
                return Ok(());
            }
            let reason =
                if working { Reason::Suspended } else { idle(self.day(date), Reason::OutsideSessions) };
            date = tomorrow(date)?;
            tally.note(self.instant(date, 0)?, 0.0, Unit::WorkDay, reason);
        }
        Err(CountError::TooFar)
    }

    /// Lets a counted day run: a natural day from midnight, a working day through its sessions.
    fn run_day(
        &self,
        date: Date,
        whole: bool,
        natural: bool,
        tally: &mut Tally,
        pauses: &Pauses,
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
}

#[cfg(test)]
mod specs {
    use super::super::samples::{at, budget, calendar, due, local, span, suspended};
    use super::super::{Clock, Reason};

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
    fn natural_days_count_every_day_and_a_rest_day_moves_the_end() {
        assert_eq!(due("2026-11-20T10:00:00+08:00", "4nd"), "2026-11-24 17:30:00");
        assert_eq!(due("2026-11-20T10:00:00+08:00", "1nd"), "2026-11-23 17:30:00");
        assert_eq!(
            due("2026-09-24T10:00:00+08:00", "7nd"),
            "2026-10-08 17:30:00",
            "past the national holiday"
        );
    }

    #[test]
    fn the_same_day_ends_at_its_close_of_business_and_after_hours_it_is_the_next_working_day() {
        for (taken_in, expected) in [
            ("2026-11-20T00:00:00+08:00", "2026-11-20 17:30:00"),
            ("2026-11-20T12:30:00+08:00", "2026-11-20 17:30:00"),
            ("2026-11-20T17:29:59+08:00", "2026-11-20 17:30:00"),
            ("2026-11-20T17:30:00+08:00", "2026-11-23 17:30:00"),
            ("2026-11-21T09:00:00+08:00", "2026-11-23 17:30:00"),
            ("2026-02-13T20:00:00+08:00", "2026-02-14 17:30:00"),
            ("2026-02-14T18:00:00+08:00", "2026-02-24 17:30:00"),
        ] {
            assert_eq!(due(taken_in, "0wd"), expected, "{taken_in}");
        }
        let paused = [span("2026-11-20T15:00:00+08:00", "2026-11-23T09:00:00+08:00")];
        let counted = suspended("2026-11-20T10:00:00+08:00", "0wd", &paused).unwrap();
        assert_eq!(local(&counted), "2026-11-23 17:30:00");
    }

    #[test]
    fn more_days_on_top_of_the_same_day_are_counted_from_that_day() {
        let mut clock = Clock::new(at("2026-11-21T10:00:00+08:00"), budget("0wd"));
        clock.extensions = vec![budget("1wd")];
        assert_eq!(local(&calendar().count(&clock).unwrap()), "2026-11-24 17:30:00", "Monday, and one more");
        clock.extensions = vec![budget("0wd")];
        assert_eq!(local(&calendar().count(&clock).unwrap()), "2026-11-23 17:30:00", "adds nothing");
    }

    #[test]
    fn a_share_of_the_same_day_is_one_of_its_hours() {
        let counted = calendar().count(&Clock::new(at("2026-11-20T10:30:00+08:00"), budget("0wd"))).unwrap();
        assert_eq!(counted.at_share(80, 100), at("2026-11-20T16:24:00+08:00"), "of five and a half hours");
    }

    #[test]
    fn a_day_suspended_at_close_of_business_is_not_counted() {
        let counted =
            |from, to| local(&suspended("2026-11-16T10:00:00+08:00", "2wd", &[span(from, to)]).unwrap());
        assert_eq!(counted("2026-11-17T09:00:00+08:00", "2026-11-17T17:29:59+08:00"), "2026-11-18 17:30:00");
        assert_eq!(counted("2026-11-17T17:30:00+08:00", "2026-11-17T17:30:01+08:00"), "2026-11-19 17:30:00");
        assert_eq!(
            counted("2026-11-17T09:00:00+08:00", "2026-11-17T17:30:00+08:00"),
            "2026-11-18 17:30:00",
            "half-open"
        );
        assert_eq!(
            counted("2026-11-01T00:00:00+08:00", "2026-11-16T12:00:00+08:00"),
            "2026-11-18 17:30:00",
            "before"
        );
        assert_eq!(
            counted("2026-11-18T17:31:00+08:00", "2026-11-30T12:00:00+08:00"),
            "2026-11-18 17:30:00",
            "after"
        );
    }

    #[test]
    fn natural_days_that_end_on_a_rest_day_move_past_a_suspension_too() {
        // Counted on Saturday; Monday is suspended at its close, so Tuesday.
        let pause = [span("2026-11-22T09:00:00+08:00", "2026-11-23T18:00:00+08:00")];
        let counted = suspended("2026-11-20T10:00:00+08:00", "1nd", &pause).unwrap();
        assert_eq!(local(&counted), "2026-11-24 17:30:00");
        assert_eq!(counted.segments.last().unwrap().reason, Reason::MovedOn);
    }
}
