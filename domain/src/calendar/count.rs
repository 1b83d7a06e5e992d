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
