//! Counting by hours: through every hour, or through the sessions of working days.

use jiff::Timestamp;

use super::clock::Pauses;
use super::count::{MOST_DAYS, idle, tomorrow};
use super::counted::Tally;
use super::{Calendar, CountError, Reason, Unit};

const NANOS_PER_MINUTE: i128 = 60_000_000_000;
const NANOS_PER_HOUR: i128 = 60 * NANOS_PER_MINUTE;
const NANOS_PER_DAY: i128 = 24 * NANOS_PER_HOUR;

impl Calendar {
    pub(super) fn hours(&self, minutes: u32, tally: &mut Tally, pauses: &Pauses) -> Result<(), CountError> {
        let mut left = i128::from(minutes) * NANOS_PER_MINUTE;
        let horizon = tally.at.as_nanosecond() + MOST_DAYS as i128 * NANOS_PER_DAY;
        let horizon = Timestamp::from_nanosecond(horizon).unwrap_or(Timestamp::MAX);
        match spend(&mut left, horizon, Unit::Hour, tally, pauses)? {
            true => Ok(()),
            false => Err(CountError::TooFar),
        }
    }

    pub(super) fn work_hours(
        &self,
        minutes: u32,
        tally: &mut Tally,
        pauses: &Pauses,
    ) -> Result<(), CountError> {
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
}

/// Uses up what is left from where the tally stands to `end`, at most; true when all is used.
fn spend(
    left: &mut i128,
    end: Timestamp,
    unit: Unit,
    tally: &mut Tally,
    pauses: &Pauses,
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

#[cfg(test)]
mod specs {
    use super::super::samples::{due, local, span, suspended};

    #[test]
    fn continuous_hours_run_through_the_night() {
        assert_eq!(due("2026-02-15T23:50:30+08:00", "15min"), "2026-02-16 00:05:30");
        assert_eq!(due("2026-02-15T10:00:00+08:00", "24h"), "2026-02-16 10:00:00");
    }

    #[test]
    fn working_hours_run_only_in_sessions() {
        assert_eq!(
            due("2026-11-20T09:00:00+08:00", "3wh"),
            "2026-11-20 12:00:00",
            "due at noon, not at 13:30"
        );
        assert_eq!(due("2026-11-20T11:00:00+08:00", "2wh"), "2026-11-20 14:30:00");
        assert_eq!(due("2026-11-20T12:30:00+08:00", "4wh"), "2026-11-20 17:30:00");
        assert_eq!(due("2026-11-20T17:30:00+08:00", "1wh"), "2026-11-23 10:00:00", "over the weekend");
        assert_eq!(
            due("2026-02-13T17:00:00+08:00", "1wh"),
            "2026-02-14 09:30:00",
            "a make-up Saturday works"
        );
        assert_eq!(due("2026-09-30T16:30:30+08:00", "90wmin"), "2026-10-08 09:30:30");
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
}
