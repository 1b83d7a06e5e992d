//! What holds for every clock, and two slow counters that must agree with the quick one.

use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;

use super::samples::calendar;
use super::{Budget, Calendar, Clock, Suspension, Unit};

const MINUTE: i64 = 60;

fn minute(minutes: i64) -> Timestamp {
    // 2025-12-20, shortly before two holidays.
    Timestamp::from_second(1_766_160_000 + minutes * MINUTE).unwrap()
}

fn suspensions() -> impl Strategy<Value = Vec<Suspension>> {
    let one = (-2_000i64..40_000, 0i64..6_000)
        .prop_map(|(from, length)| Suspension { from: minute(from), to: Some(minute(from + length)) });
    prop::collection::vec(one, 0..5)
}

fn clock(units: &'static [Unit]) -> impl Strategy<Value = Clock> {
    let budget = (prop::sample::select(units), 1u32..1_500).prop_map(|(unit, amount)| match unit {
        Unit::Hour | Unit::WorkHour => Budget::of(unit, amount),
        Unit::WorkDay | Unit::NaturalDay => Budget::of(unit, amount % 20 + 1),
    });
    (0i64..60_000, budget, suspensions()).prop_map(|(start, budget, suspensions)| Clock {
        start: minute(start),
        budget,
        extensions: vec![],
        suspensions,
    })
}

const BY_HOUR: &[Unit] = &[Unit::Hour, Unit::WorkHour];
const BY_DAY: &[Unit] = &[Unit::WorkDay, Unit::NaturalDay];
const ALL: &[Unit] = &[Unit::Hour, Unit::WorkHour, Unit::WorkDay, Unit::NaturalDay];

fn is_suspended(clock: &Clock, at: Timestamp) -> bool {
    clock.suspensions.iter().any(|pause| pause.from <= at && pause.to.is_none_or(|to| at < to))
}

/// Minute by minute.
fn slow_hours(calendar: &Calendar, clock: &Clock) -> Timestamp {
    let mut left = clock.budget.amount();
    let mut at = clock.start;
    while left > 0 {
        let open = clock.budget.unit() == Unit::Hour || calendar.is_open(at);
        if open && !is_suspended(clock, at) {
            left -= 1;
        }
        at += SignedDuration::from_secs(MINUTE);
    }
    at
}

/// Day by day.
fn slow_days(calendar: &Calendar, clock: &Clock) -> Timestamp {
    let natural = clock.budget.unit() == Unit::NaturalDay;
    let mut left = clock.budget.amount();
    let mut date = calendar.date_of(clock.start);
    loop {
        date = date.checked_add(1.day()).unwrap();
        let close = calendar.zone().to_timestamp(date.at(17, 30, 0, 0)).unwrap();
        let working = calendar.is_working_day(date);
        if left > 0 && (natural || working) && !is_suspended(clock, close) {
            left -= 1;
        }
        if left == 0 && working && !is_suspended(clock, close) {
            return close;
        }
    }
}

proptest! {
    #[test]
    fn a_minute_by_minute_count_agrees(clock in clock(BY_HOUR)) {
        let calendar = calendar();
        prop_assert_eq!(calendar.count(&clock).unwrap().due_at, slow_hours(&calendar, &clock));
    }

    #[test]
    fn a_day_by_day_count_agrees(clock in clock(BY_DAY)) {
        let calendar = calendar();
        prop_assert_eq!(calendar.count(&clock).unwrap().due_at, slow_days(&calendar, &clock));
    }

    #[test]
    fn more_budget_is_never_due_earlier(clock in clock(ALL)) {
        let calendar = calendar();
        let more = Clock { extensions: vec![Budget::of(clock.budget.unit(), 1)], ..clock.clone() };
        prop_assert!(calendar.count(&clock).unwrap().due_at <= calendar.count(&more).unwrap().due_at);
    }

    #[test]
    fn a_suspension_is_never_due_earlier(clock in clock(ALL)) {
        let calendar = calendar();
        let without = Clock { suspensions: vec![], ..clock.clone() };
        prop_assert!(calendar.count(&without).unwrap().due_at <= calendar.count(&clock).unwrap().due_at);
    }

    #[test]
    fn the_explanation_has_no_gap_and_adds_up(clock in clock(ALL)) {
        let counted = calendar().count(&clock).unwrap();
        let segments = &counted.segments;
        prop_assert!(segments.len() <= 201);
        prop_assert_eq!(segments.first().unwrap().from, clock.start);
        prop_assert_eq!(segments.last().unwrap().to, counted.due_at);
        prop_assert!(segments.windows(2).all(|pair| pair[0].to == pair[1].from));
        let sum: f64 = segments.iter().map(|segment| segment.counted).sum();
        let whole = match clock.budget.unit() {
            Unit::Hour | Unit::WorkHour => f64::from(clock.budget.amount()) / 60.0,
            Unit::WorkDay | Unit::NaturalDay => f64::from(clock.budget.amount()),
        };
        prop_assert!((sum - whole).abs() < 1e-6, "{} of {}", sum, whole);
    }

    #[test]
    fn shares_rise_from_the_start_to_the_due_instant(clock in clock(ALL), part in 0u32..100) {
        let counted = calendar().count(&clock).unwrap();
        let here = counted.at_share(part, 100);
        prop_assert!(clock.start <= here && here <= counted.at_share(part + 1, 100));
        prop_assert!(counted.at_share(part + 1, 100) <= counted.due_at);
        let minutes = counted.running_minutes(Timestamp::MIN, Timestamp::MAX);
        // Instants are whole seconds, never too early.
        let late = counted.share_used(here) - f64::from(part) / 100.0;
        prop_assert!(minutes == 0 || (-1e-9..=1.0 / (60.0 * minutes as f64) + 1e-9).contains(&late), "{}", late);
    }

    #[test]
    fn a_torn_file_is_read_or_refused_but_never_breaks_the_reader(from in 0usize..4_000, length in 1usize..400) {
        let text = include_str!("../../../deploy/calendar/cn.json");
        let torn: String = text.chars().enumerate().filter(|(at, _)| !(from..from + length).contains(at)).map(|(_, c)| c).collect();
        let faults = Calendar::parse("cn.json", &torn).err().unwrap_or_default();
        prop_assert!(faults.iter().all(|fault| fault.line.is_some()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Monotone: who comes later is never due earlier.
    #[test]
    fn a_later_start_is_never_due_earlier(clock in clock(ALL), minutes in 0i64..5_000) {
        let calendar = kept();
        let later = Clock { start: clock.start + SignedDuration::from_mins(minutes), ..clock.clone() };
        prop_assert!(calendar.count(&clock).unwrap().due_at <= calendar.count(&later).unwrap().due_at);
    }

    /// Split-invariant: a pause in two parts, or told twice, is the same pause.
    #[test]
    fn a_pause_in_parts_is_the_same_pause(clock in clock(ALL), at in 0i64..6_000) {
        let calendar = kept();
        let parts = clock.suspensions.iter().flat_map(|pause| {
            let to = pause.to.unwrap();
            let middle = (pause.from + SignedDuration::from_mins(at)).min(to);
            let half = |from, to| Suspension { from, to: Some(to) };
            [half(pause.from, middle), half(middle, to), half(pause.from, middle)]
        });
        let split = Clock { suspensions: parts.collect(), ..clock.clone() };
        prop_assert_eq!(calendar.count(&clock).unwrap().due_at, calendar.count(&split).unwrap().due_at);
    }

    /// Pause-neutral: a pause that is over before the clock begins, or begins when it is due, moves nothing.
    #[test]
    fn a_pause_outside_the_clock_moves_nothing(clock in clock(ALL), minutes in 0i64..3_000) {
        let calendar = kept();
        let due = calendar.count(&clock).unwrap().due_at;
        let before = Suspension { from: clock.start - SignedDuration::from_mins(minutes), to: Some(clock.start) };
        let after = Suspension { from: due + SignedDuration::from_mins(1), to: Some(due + SignedDuration::from_mins(minutes + 1)) };
        let mut suspensions = clock.suspensions.clone();
        suspensions.extend([before, after]);
        let paused = Clock { suspensions, ..clock.clone() };
        prop_assert_eq!(calendar.count(&paused).unwrap().due_at, due);
    }
}

/// The calendar, read once.
fn kept() -> &'static Calendar {
    static KEPT: std::sync::OnceLock<Calendar> = std::sync::OnceLock::new();
    KEPT.get_or_init(calendar)
}
