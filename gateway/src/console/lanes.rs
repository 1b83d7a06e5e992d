//! 吹哨 as a picture: one lane for each called unit, from the call to its leaving, on one axis of time.

use domain::case::event::LegStage;
use jiff::Timestamp;
use projections::{CaseRow, LegRow};

use super::when::Times;
use super::{whistle, words};
use crate::http::App;

/// Where the axis begins and how long it is, in units of the picture.
const AXIS: (i64, i64) = (150, 570);
const LANE: i64 = 34;
const TOP: i64 = 26;

/// The picture.
pub struct Lanes {
    /// Height.
    pub height: i64,
    /// Lanes, from the top.
    pub lanes: Vec<Lane>,
    /// Where the lines of the axis stand, and what they say.
    pub marks: Vec<(i64, String)>,
    /// Where the present stands, if on the axis.
    pub now: Option<i64>,
    /// The picture in words.
    pub label: String,
}

/// A called unit.
pub struct Lane {
    /// Its name.
    pub name: String,
    /// Where its text stands.
    pub text: i64,
    /// Where its bars stand.
    pub y: i64,
    /// What it did, one bar after the other.
    pub bars: Vec<Bar>,
    /// Limits: where they stand, and whether they were missed.
    pub limits: Vec<(i64, bool, String)>,
}

/// What it did for a while.
pub struct Bar {
    /// Left end.
    pub x: i64,
    /// How long.
    pub width: i64,
    /// How it looks.
    pub class: &'static str,
    /// What it was, from when to when.
    pub title: String,
}

struct Axis {
    from: i64,
    span: i64,
}

impl Axis {
    fn x(&self, at: Timestamp) -> i64 {
        let gone = (at.as_second() - self.from).clamp(0, self.span);
        AXIS.0 + gone * AXIS.1 / self.span
    }
}

/// The picture; none where nobody was called.
pub fn lanes(app: &App, times: &Times, row: &CaseRow) -> Option<Lanes> {
    let first = row.legs.iter().map(|leg| leg.called_at).min()?;
    let last = row.legs.iter().map(|leg| end(leg, times.now)).max()?;
    let axis = Axis { from: first.as_second(), span: (last.as_second() - first.as_second()).max(60) };
    let legs = row.legs.iter().enumerate();
    let lanes: Vec<Lane> = legs
        .map(|(place, leg)| {
            let y = TOP + LANE * i64::try_from(place).unwrap_or_default();
            Lane {
                name: words::unit(&app.rules().org, &leg.unit, times.l),
                text: y + 15,
                y,
                bars: bars(leg, times, &axis),
                limits: limits(leg, times, &axis),
            }
        })
        .collect();
    let ticks = [0, 1, 2].map(|part| {
        let at = Timestamp::from_second(axis.from + axis.span * part / 2).unwrap_or(first);
        (axis.x(at), times.short(at))
    });
    Some(Lanes {
        height: TOP + LANE * i64::try_from(lanes.len()).unwrap_or_default() + 4,
        marks: ticks.into(),
        now: (times.now >= first && times.now <= last).then(|| axis.x(times.now)),
        label: label(&lanes, times),
        lanes,
    })
}

fn end(leg: &LegRow, now: Timestamp) -> Timestamp {
    leg.left_at.or(leg.finished_at.filter(|_| !leg.phase.is_open())).unwrap_or(now).max(leg.called_at)
}

/// From each step to the next; the last one goes on until the unit left, or until now.
fn bars(leg: &LegRow, times: &Times, axis: &Axis) -> Vec<Bar> {
    let l = times.l;
    let late = |stage| leg.late.contains(&stage);
    let steps = [
        (Some(leg.called_at), if late(LegStage::Respond) { "late" } else { "wait" }, l.t("待应哨", "called")),
        (leg.responded_at, if late(LegStage::Arrive) { "late" } else { "come" }, l.t("已应哨", "responded")),
        (leg.arrived_at, if late(LegStage::Finish) { "late" } else { "work" }, l.t("已报到", "on site")),
        (leg.finished_at, "stay", whistle::phase(domain::case::whistle::Phase::Finished, l)),
    ];
    let known: Vec<_> = steps.into_iter().filter_map(|(at, class, what)| Some((at?, class, what))).collect();
    let ends = known.iter().skip(1).map(|(at, ..)| *at).chain([end(leg, times.now)]);
    let bars = known.iter().zip(ends).map(|((from, class, what), until)| {
        let (x, right) = (axis.x(*from), axis.x(until));
        let title = format!("{what} {} – {}", times.short(*from), times.short(until));
        Bar { x, width: (right - x).max(2), class, title }
    });
    bars.collect()
}

fn limits(leg: &LegRow, times: &Times, axis: &Axis) -> Vec<(i64, bool, String)> {
    let l = times.l;
    let all = [
        (leg.respond_due_at, LegStage::Respond, l.t("应哨时限", "respond by")),
        (leg.arrive_due_at, LegStage::Arrive, l.t("报到时限", "report in by")),
        (leg.finish_due_at, LegStage::Finish, l.t("办结时限", "finish by")),
    ];
    let within = |at: &Timestamp| at.as_second() >= axis.from && at.as_second() <= axis.from + axis.span;
    let limit = |(at, stage, what): (Option<Timestamp>, LegStage, &str)| {
        let at = at.filter(within)?;
        Some((axis.x(at), leg.late.contains(&stage), format!("{what} {}", times.short(at))))
    };
    all.into_iter().filter_map(limit).collect()
}

fn label(lanes: &[Lane], times: &Times) -> String {
    let said = lanes.iter().map(|lane| {
        let bars: Vec<&str> = lane.bars.iter().map(|bar| bar.title.as_str()).collect();
        format!("{}: {}", lane.name, bars.join(times.l.t("，", ", ")))
    });
    said.collect::<Vec<_>>().join(times.l.t("；", "; "))
}
