//! What a called unit is told of its leg.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{About, Message};
use crate::calendar::Budget;
use crate::case::Event;
use crate::case::clocks::Due;
use crate::case::event::{LegClocks, LegStage, WhistleKind, WhistleSounded};
use crate::ids::{CaseId, ItemCode, UnitId};

/// 哨 · a called unit's part of a whistle, with all its limits; and what the unit above it is told where
/// it is silent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LegTask {
    /// 收件单位 · the unit that is told: the called one, or the one above it.
    pub unit: UnitId,
    /// 案件 UUID，回应时带回 · the case: give it back in every response.
    pub case: CaseId,
    /// 案件编号 · its number.
    pub case_no: String,
    /// 事项代码 · its item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemCode>,
    /// 哨序号 · number of the whistle within the case.
    pub whistle: u32,
    /// 哨分支序号 · number of the leg within the case.
    pub leg: u32,
    /// 类别：日常、重点疑难、综合执法、应急 · its kind.
    pub kind: WhistleKind,
    /// 被吹哨单位，或其上级（`late` 时）· `called`, or `superior` of a unit that is silent.
    #[schemars(extend("enum" = ["called", "superior"]))]
    pub role: String,
    /// 被吹哨单位 · the unit that is called.
    pub called: UnitId,
    /// 吹哨单位 · who calls.
    pub sounder: UnitId,
    /// 吹哨事由，已隐去号码 · what for, numbers masked.
    pub reason: String,
    /// 报到地点，空缺即工单地点 · where to report in; absent for the place of the case.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// 应哨时限 · limit for responding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub respond: Option<Due>,
    /// 报到时限 · limit for reporting in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrive: Option<Due>,
    /// 应哨后多久内报到（应哨前）· how long after the response it is to report in, before it has responded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub arrive_within: Option<Budget>,
    /// 办结时限 · limit for finishing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish: Option<Due>,
    /// 逾期未做的事 · at which limit the called unit is silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<LegStage>,
    /// 测试单，不必出动 · a test order of the sending system: nobody need set out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// A unit that is called and has not left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// The unit.
    pub unit: UnitId,
    leg: u32,
    whistle: u32,
    kind: WhistleKind,
    sounder: UnitId,
    reason: String,
    place: String,
    clocks: LegClocks,
}

impl Called {
    /// Takes an event in: who is called from now on, and who is not any more.
    pub(super) fn evolve(called: &mut Vec<Called>, event: &Event) {
        match event {
            Event::WhistleSounded(e) => called.extend(legs(e)),
            Event::WhistleResponded(e) => {
                let responded = called.iter_mut().filter(|one| one.leg == e.leg);
                responded.for_each(|one| one.clocks.responded(e.arrive.as_ref()));
            }
            Event::DeclineAdjudicated(e) if e.upheld => called.retain(|one| one.leg != e.leg),
            Event::DeclineAdjudicated(e) => {
                e.clocks.iter().for_each(|clocks| moved(called, e.leg, clocks));
            }
            Event::WhistleClocksMoved(e) => {
                e.legs.iter().for_each(|leg| moved(called, leg.leg, &leg.clocks));
            }
            Event::WhistleStoodDown(e) => {
                called.retain(|one| e.legs.iter().all(|left| left.leg != one.leg));
            }
            Event::UnitBarred(e) => called.retain(|one| !e.recalled.contains(&one.unit)),
            Event::CaseClosed(_) => called.clear(),
            _ => {}
        }
    }

    /// Whether it is this leg.
    pub(super) fn is(&self, leg: u32) -> bool {
        self.leg == leg
    }

    /// What it is told itself, or the unit above it.
    pub(super) fn task(&self, to: Option<&UnitId>, late: Option<LegStage>) -> LegTask {
        LegTask {
            unit: to.unwrap_or(&self.unit).clone(),
            case: CaseId(uuid::Uuid::nil()),
            case_no: String::new(),
            item: None,
            whistle: self.whistle,
            leg: self.leg,
            kind: self.kind,
            role: if to.is_some() { "superior" } else { "called" }.to_owned(),
            called: self.unit.clone(),
            sounder: self.sounder.clone(),
            reason: self.reason.clone(),
            place: self.place.clone(),
            respond: self.clocks.respond.clone(),
            arrive: self.clocks.arrive.clone(),
            arrive_within: self.clocks.arrive_within,
            finish: self.clocks.finish.clone(),
            late,
            test: false,
        }
    }
}

fn legs(e: &WhistleSounded) -> impl Iterator<Item = Called> + '_ {
    e.legs.iter().map(|leg| Called {
        unit: leg.unit.clone(),
        leg: leg.leg,
        whistle: e.whistle,
        kind: e.kind,
        sounder: e.sounder.clone(),
        reason: e.reason.clone(),
        place: e.place.clone(),
        clocks: leg.clocks.clone(),
    })
}

fn moved(called: &mut [Called], leg: u32, clocks: &LegClocks) {
    called.iter_mut().filter(|one| one.leg == leg).for_each(|one| one.clocks.clone_from(clocks));
}

impl About<'_> {
    /// 吹哨报到: the called units are told of their legs, the sending system of the steps that a resident
    /// would ask for, and the unit above of one that is silent.
    pub(super) fn whistle(&self) -> Vec<Message> {
        let leg = |leg: u32, to: Option<&UnitId>, late| {
            let called = self.origin.called.iter().find(|called| called.is(leg));
            called.map(|called| self.leg(called.task(to, late)))
        };
        match self.event {
            Event::WhistleSounded(e) => {
                let legs = e.legs.iter().filter_map(|called| leg(called.leg, None, None));
                std::iter::once(self.status()).chain(legs).collect()
            }
            // The limit for reporting in is known only now.
            Event::WhistleResponded(e) if e.arrive.is_some() => {
                leg(e.leg, None, None).into_iter().chain(self.answer()).collect()
            }
            Event::UnitArrived(_) => [vec![self.status()], self.answer()].concat(),
            Event::DeclineAdjudicated(e) if e.upheld => vec![self.recall(&e.unit, "excused")],
            Event::DeclineAdjudicated(e) => leg(e.leg, None, None).into_iter().collect(),
            Event::WhistleStoodDown(e) => {
                let recalls = e.legs.iter().map(|left| self.recall(&left.unit, "stood_down"));
                std::iter::once(self.status()).chain(recalls).collect()
            }
            Event::WhistleLegLate(e) => {
                let above = e.superior.as_ref();
                above.and_then(|above| leg(e.leg, Some(above), Some(e.stage))).into_iter().collect()
            }
            Event::WhistleClocksMoved(e) => {
                e.legs.iter().filter_map(|moved| leg(moved.leg, None, None)).collect()
            }
            _ => self.answer(),
        }
    }

    fn leg(&self, task: LegTask) -> Message {
        Message::Leg(Box::new(LegTask {
            case: self.case(),
            case_no: self.origin.case_no.clone(),
            item: self.origin.item.clone(),
            test: self.origin.test,
            ..task
        }))
    }
}
