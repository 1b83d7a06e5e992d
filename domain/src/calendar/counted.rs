//! The answer: when a clock is due, and how that was counted.

use jiff::Timestamp;
use serde::Serialize;

use super::Unit;

/// At most this many segments are listed; what follows is summed in the last one.
const MOST_SEGMENTS: usize = 200;

/// A clock, counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Counted {
    /// The due instant.
    pub due_at: Timestamp,
    /// From the start to the due instant without a gap, in order. The `counted` of each
    /// unit add up to the whole budget with its extensions.
    pub segments: Vec<Segment>,
    /// Edition of the calendar by which it was counted.
    pub calendar_revision: String,
    /// Whether a day that mattered lies in a year whose paper is not out yet.
    pub provisional: bool,
    #[serde(skip)]
    pub(super) start: Timestamp,
    /// The stretches in which the clock runs, for shares of its running time.
    #[serde(skip)]
    pub(super) running: Vec<(Timestamp, Timestamp)>,
}

/// A stretch of one kind: `[from, to)`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Segment {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// How much of the budget it used: hours for `h` and `wh`, days for `wd` and `nd`.
    pub counted: f64,
    /// The unit of `counted`.
    pub unit: Unit,
    /// Why it counts or does not.
    pub reason: Reason,
}

/// Why a stretch counts or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The clock runs, by hours.
    Running,
    /// Whole days that count.
    DaysCounted,
    /// The day of intake, which is not counted.
    IntakeDay,
    /// The day itself, until its close of business.
    SameDay,
    /// A Saturday or Sunday.
    Weekend,
    /// A day off by the year's paper.
    Holiday,
    /// Before, between or after office hours.
    OutsideSessions,
    /// The clock stands still (挂账).
    Suspended,
    /// The due instant moved on to the close of business of a working day.
    MovedOn,
    /// Many further stretches, summed.
    Summed,
}

impl Reason {
    /// The reason on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            Reason::Running => "计时",
            Reason::DaysCounted => "计入的日子",
            Reason::IntakeDay => "受理当日不计",
            Reason::SameDay => "当日下班前",
            Reason::Weekend => "周末",
            Reason::Holiday => "法定节假日及调休",
            Reason::OutsideSessions => "非办公时段",
            Reason::Suspended => "挂账暂停",
            Reason::MovedOn => "到期日顺延至工作日下班时",
            Reason::Summed => "其余合计",
        }
    }

    /// The reason on an English page.
    pub fn en(self) -> &'static str {
        match self {
            Reason::Running => "running",
            Reason::DaysCounted => "days that count",
            Reason::IntakeDay => "day of intake, not counted",
            Reason::SameDay => "the day itself, until close of business",
            Reason::Weekend => "weekend",
            Reason::Holiday => "public holiday",
            Reason::OutsideSessions => "outside office hours",
            Reason::Suspended => "suspended",
            Reason::MovedOn => "due moved on to the close of a working day",
            Reason::Summed => "the rest, summed",
        }
    }
}

impl Counted {
    /// The instant at which `part`/`whole` of the running time is used: the first such
    /// instant, to the second. Hours and sessions run as they are counted; a counted working
    /// day runs through its sessions, a counted natural day through 24 hours, the last one
    /// until close of business; suspended hours never run. The whole share, or more, is
    /// the due instant.
    pub fn at_share(&self, part: u32, whole: u32) -> Timestamp {
        self.at_share_after(self.start, part, whole)
    }

    /// The same, of what is left of the running time after an instant.
    pub fn at_share_after(&self, after: Timestamp, part: u32, whole: u32) -> Timestamp {
        if part >= whole || after >= self.due_at {
            return self.due_at;
        }
        if part == 0 {
            return after.max(self.start);
        }
        let (part, whole) = (i128::from(part), i128::from(whole));
        let used = self.running_nanos(after);
        let mut need = used + ((self.running_nanos(Timestamp::MAX) - used) * part + whole - 1) / whole;
        if need == 0 {
            return self.start;
        }
        for &(from, to) in &self.running {
            let length = to.as_nanosecond() - from.as_nanosecond();
            if need <= length {
                let exact = from.as_nanosecond() + need;
                let second = exact + (1_000_000_000 - exact.rem_euclid(1_000_000_000)) % 1_000_000_000;
                return Timestamp::from_nanosecond(second).map_or(to, |at| at.min(to));
            }
            need -= length;
        }
        self.due_at
    }

    /// How much of the running time is used at an instant, 0.0 to 1.0.
    pub fn share_used(&self, at: Timestamp) -> f64 {
        let total = self.running_nanos(Timestamp::MAX);
        if at >= self.due_at || total == 0 {
            return if at >= self.due_at { 1.0 } else { 0.0 };
        }
        self.running_nanos(at) as f64 / total as f64
    }

    /// Minutes that ran in `[from, to)`, rounded down.
    pub fn running_minutes(&self, from: Timestamp, to: Timestamp) -> u64 {
        let nanos = self.running_nanos(to) - self.running_nanos(from);
        u64::try_from(nanos / 60_000_000_000).unwrap_or(0)
    }

    /// When the clock started.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    fn running_nanos(&self, until: Timestamp) -> i128 {
        self.running
            .iter()
            .take_while(|(from, _)| *from < until)
            .map(|(from, to)| (*to).min(until).as_nanosecond() - from.as_nanosecond())
            .sum()
    }
}

/// Collects the stretches while a clock is counted; `at` is how far it has come.
pub(super) struct Tally {
    pub(super) at: Timestamp,
    pub(super) provisional: bool,
    start: Timestamp,
    segments: Vec<Segment>,
    running: Vec<(Timestamp, Timestamp)>,
}

impl Tally {
    pub(super) fn from(start: Timestamp) -> Self {
        Tally { at: start, provisional: false, start, segments: Vec::new(), running: Vec::new() }
    }

    /// The stretch from where the tally stands up to `to`; joins the one before if of one kind.
    pub(super) fn note(&mut self, to: Timestamp, counted: f64, unit: Unit, reason: Reason) {
        let from = std::mem::replace(&mut self.at, to);
        let full = self.segments.len() >= MOST_SEGMENTS;
        match self.segments.last_mut() {
            Some(last) if last.unit == unit && (last.reason == reason || full) => {
                last.to = to;
                last.counted += counted;
                if last.reason != reason {
                    last.reason = Reason::Summed;
                }
            }
            _ => self.segments.push(Segment { from, to, counted, unit, reason }),
        }
    }

    /// A stretch in which the clock runs.
    pub(super) fn run(&mut self, from: Timestamp, to: Timestamp) {
        match self.running.last_mut() {
            Some(last) if last.1 == from => last.1 = to,
            _ if from < to => self.running.push((from, to)),
            _ => {}
        }
    }

    pub(super) fn close(self, revision: &str) -> Counted {
        Counted {
            due_at: self.at,
            segments: self.segments,
            calendar_revision: revision.to_owned(),
            provisional: self.provisional,
            start: self.start,
            running: self.running,
        }
    }
}
