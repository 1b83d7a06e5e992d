//! 吹哨报到: the legs of a case, one for each unit that was called.

use domain::calendar::Budget;
use domain::case::Event;
use domain::case::event::{
    DeclineAdjudicated, LegClocks, LegStage, WhistleKind, WhistleRated, WhistleSounded, WhistleStoodDown,
};
use domain::case::whistle::Phase;
use domain::ids::UnitId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::case_row::CaseRow;
use super::fold::Told;

/// What is shown of a leg.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LegRow {
    /// Its number within the case.
    pub leg: u32,
    /// The whistle that called it.
    pub whistle: u32,
    /// Its kind.
    pub kind: WhistleKind,
    /// Who called.
    pub sounder: UnitId,
    /// Who is called.
    pub unit: UnitId,
    /// Path of the called unit: who may see its leg besides those who see the case.
    pub path: String,
    /// 部门哨 to a paired unit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paired: bool,
    /// Where it is.
    pub phase: Phase,
    /// Where it was when the unit declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Phase>,
    /// What for; redacted.
    pub reason: String,
    /// Where to report in; empty for the place of the case.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// When it was called.
    pub called_at: Timestamp,
    /// 应哨时限
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub respond_due_at: Option<Timestamp>,
    /// When it responded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responded_at: Option<Timestamp>,
    /// 报到时限
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrive_due_at: Option<Timestamp>,
    /// 报到: how long after the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrive_within: Option<Budget>,
    /// When it reported in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived_at: Option<Timestamp>,
    /// 办结哨时限
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_due_at: Option<Timestamp>,
    /// When it finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// When it left: 解哨, or 不应哨成立.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<Timestamp>,
    /// Limits at which it was silent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<LegStage>,
    /// 评哨时限
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_due_at: Option<Timestamp>,
    /// The score that the sounder gave the unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_score: Option<u8>,
    /// The score that the unit gave the sounder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sounder_score: Option<u8>,
}

impl LegRow {
    /// What the unit owes next, and until when.
    pub fn owes(&self) -> Option<(LegStage, Timestamp)> {
        let owed = self.phase.owes()?;
        [
            (LegStage::Respond, self.respond_due_at),
            (LegStage::Arrive, self.arrive_due_at),
            (LegStage::Finish, self.finish_due_at),
        ]
        .into_iter()
        .filter(|(stage, _)| *stage >= owed)
        .find_map(|(stage, due_at)| Some((stage, due_at?)))
    }
}

/// Takes an event of the whistle into the legs of the row.
pub(super) fn apply(row: &mut CaseRow, event: &Event, told: &Told<'_>) {
    let at = told.recorded.meta.occurred_at;
    match event {
        Event::WhistleProposed(e) => row.whistle_waits_for = Some(e.approver.clone()),
        Event::WhistleRefused(_) => row.whistle_waits_for = None,
        Event::WhistleSounded(e) => sounded(row, e, told),
        Event::WhistleResponded(e) => change(row, e.leg, |leg| {
            leg.phase = Phase::Responded;
            leg.responded_at = Some(at);
            if let Some(arrive) = &e.arrive {
                leg.arrive_due_at = Some(arrive.due_at);
                leg.arrive_within = None;
            }
        }),
        Event::UnitArrived(e) => change(row, e.leg, |leg| {
            leg.phase = Phase::Arrived;
            leg.arrived_at = Some(e.at);
            // Who comes without a word has responded by coming.
            leg.responded_at = leg.responded_at.or(Some(e.at));
        }),
        Event::WhistleDeclined(e) => change(row, e.leg, |leg| {
            leg.before = Some(leg.phase);
            leg.phase = Phase::Declined;
        }),
        Event::DeclineAdjudicated(e) => change(row, e.leg, |leg| adjudicated(leg, e, at)),
        Event::WhistleLegFinished(e) => change(row, e.leg, |leg| {
            leg.phase = Phase::Finished;
            leg.finished_at = Some(at);
        }),
        Event::WhistleStoodDown(e) => stood_down(row, e, at),
        Event::WhistleRated(e) => change(row, e.leg, |leg| rated(leg, e)),
        Event::WhistleLegLate(e) => change(row, e.leg, |leg| leg.late.push(e.stage)),
        Event::WhistleClocksMoved(e) => {
            for moved in &e.legs {
                change(row, moved.leg, |leg| limits(leg, &moved.clocks));
            }
        }
        _ => {}
    }
}

fn change(row: &mut CaseRow, number: u32, change: impl FnOnce(&mut LegRow)) {
    if let Some(leg) = row.legs.iter_mut().find(|leg| leg.leg == number) {
        change(leg);
    }
}

fn sounded(row: &mut CaseRow, e: &WhistleSounded, told: &Told<'_>) {
    row.whistle_waits_for = None;
    let at = told.recorded.meta.occurred_at;
    let legs = e.legs.iter().map(|called| {
        let mut leg = LegRow {
            leg: called.leg,
            whistle: e.whistle,
            kind: e.kind,
            sounder: e.sounder.clone(),
            unit: called.unit.clone(),
            path: told.org.path(&called.unit),
            paired: called.paired,
            phase: Phase::Called,
            before: None,
            reason: e.reason.clone(),
            place: e.place.clone(),
            called_at: at,
            respond_due_at: None,
            responded_at: None,
            arrive_due_at: None,
            arrive_within: None,
            arrived_at: None,
            finish_due_at: None,
            finished_at: None,
            left_at: None,
            late: Vec::new(),
            rate_due_at: None,
            unit_score: None,
            sounder_score: None,
        };
        limits(&mut leg, &called.clocks);
        leg
    });
    row.legs.extend(legs);
}

fn limits(leg: &mut LegRow, clocks: &LegClocks) {
    leg.respond_due_at = clocks.respond.as_ref().map(|due| due.due_at);
    leg.arrive_due_at = clocks.arrive.as_ref().map(|due| due.due_at);
    leg.arrive_within = clocks.arrive_within;
    leg.finish_due_at = clocks.finish.as_ref().map(|due| due.due_at);
}

fn adjudicated(leg: &mut LegRow, e: &DeclineAdjudicated, at: Timestamp) {
    let before = leg.before.take().unwrap_or(Phase::Called);
    leg.phase = if e.upheld { Phase::Excused } else { before };
    leg.left_at = e.upheld.then_some(at);
    e.clocks.iter().for_each(|clocks| limits(leg, clocks));
}

fn stood_down(row: &mut CaseRow, e: &WhistleStoodDown, at: Timestamp) {
    for left in &e.legs {
        change(row, left.leg, |leg| {
            leg.phase = if left.done { Phase::Done } else { Phase::Released };
            leg.left_at = Some(at);
            leg.rate_due_at = e.rate.as_ref().map(|due| due.due_at);
        });
    }
}

fn rated(leg: &mut LegRow, e: &WhistleRated) {
    match e.by_sounder {
        true => leg.unit_score = Some(e.score),
        false => leg.sounder_score = Some(e.score),
    }
}
