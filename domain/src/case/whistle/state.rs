//! What is known of the whistles of a case.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::clocks::Due;
use crate::case::event::{
    Event, LegCalled, LegClocks, LegStage, WhistleKind, WhistleProposed, WhistleSounded,
};
use crate::context::Actor;
use crate::ids::UnitId;

/// The whistle region of a case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Whistle {
    /// Whistles so far, the refused ones too: numbers are never given twice.
    #[serde(default)]
    pub sounded: u32,
    /// Legs so far, likewise.
    #[serde(default)]
    pub called: u32,
    /// A community's whistle that waits for its street.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Proposal>,
    /// Every leg, in order of number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legs: Vec<Leg>,
    /// People who worked on a leg: they may not judge the case.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub hands: BTreeSet<String>,
}

/// A whistle that waits for approval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Its number.
    pub whistle: u32,
    /// Its kind.
    pub kind: WhistleKind,
    /// The unit that wants to sound it.
    pub sounder: UnitId,
    /// Who.
    pub by: String,
    /// The units that are to be called.
    pub units: Vec<UnitId>,
    /// What for.
    pub reason: String,
    /// Where.
    pub place: String,
    /// The street that must approve.
    pub approver: UnitId,
    /// Until when; none once its passing was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide: Option<Due>,
}

/// Where a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// 待应哨
    Called,
    /// 已应哨
    Responded,
    /// 已报到
    Arrived,
    /// 不应哨待裁定
    Declined,
    /// 已办结、待解哨: 事不完、人不撤
    Finished,
    /// 已解哨, and it had finished.
    Done,
    /// 已解哨 before it had finished.
    Released,
    /// 不应哨成立
    Excused,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Phase; 8] = [
        Phase::Called,
        Phase::Responded,
        Phase::Arrived,
        Phase::Declined,
        Phase::Finished,
        Phase::Done,
        Phase::Released,
        Phase::Excused,
    ];

    /// The word in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Called => "called",
            Phase::Responded => "responded",
            Phase::Arrived => "arrived",
            Phase::Declined => "declined",
            Phase::Finished => "finished",
            Phase::Done => "done",
            Phase::Released => "released",
            Phase::Excused => "excused",
        }
    }

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            Phase::Called => "待应哨",
            Phase::Responded => "已应哨",
            Phase::Arrived => "已报到",
            Phase::Declined => "不应哨待裁定",
            Phase::Finished => "已办结待解哨",
            Phase::Done => "已办结解哨",
            Phase::Released => "未办结解哨",
            Phase::Excused => "不应哨成立",
        }
    }

    /// The unit has not left: its leg holds up the case's result.
    pub fn is_open(self) -> bool {
        matches!(self, Phase::Called | Phase::Responded | Phase::Arrived | Phase::Declined | Phase::Finished)
    }

    /// What the unit owes next: the limits from here on run.
    pub fn owes(self) -> Option<LegStage> {
        match self {
            Phase::Called => Some(LegStage::Respond),
            Phase::Responded => Some(LegStage::Arrive),
            Phase::Arrived => Some(LegStage::Finish),
            _ => None,
        }
    }
}

/// One unit that was called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leg {
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
    /// Where it is.
    pub phase: Phase,
    /// Where it was when it declined, and since when it waits.
    pub declined: Option<(Phase, Timestamp)>,
    /// It declined, and that was not upheld: it does what it was called for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bound: bool,
    /// Its limits.
    pub clocks: LegClocks,
    /// Limits whose passing was told.
    pub told: BTreeSet<LegStage>,
    /// Limit for the ratings, once it is over.
    pub rate: Option<Due>,
    /// The sounder has rated the unit.
    pub rated_by_sounder: bool,
    /// The unit has rated the sounder.
    pub rated_by_unit: bool,
}

impl Leg {
    /// This limit.
    pub fn due(&self, stage: LegStage) -> Option<&Due> {
        match stage {
            LegStage::Respond => self.clocks.respond.as_ref(),
            LegStage::Arrive => self.clocks.arrive.as_ref(),
            LegStage::Finish => self.clocks.finish.as_ref(),
        }
    }

    /// The limits that run and whose passing was not told.
    pub fn running(&self) -> impl Iterator<Item = (LegStage, &Due)> {
        let owed = self.phase.owes();
        [LegStage::Respond, LegStage::Arrive, LegStage::Finish]
            .into_iter()
            .filter(move |stage| owed.is_some_and(|owed| owed <= *stage) && !self.told.contains(stage))
            .filter_map(|stage| Some((stage, self.due(stage)?)))
    }
}

impl Whistle {
    /// The leg of this number.
    pub fn leg(&self, number: u32) -> Option<&Leg> {
        self.legs.iter().find(|leg| leg.leg == number)
    }

    /// The unit's leg: the open one, else its last.
    pub fn leg_of(&self, unit: &UnitId) -> Option<&Leg> {
        let mut own = self.legs.iter().rev().filter(|leg| leg.unit == *unit);
        let last = own.clone().next();
        own.find(|leg| leg.phase.is_open()).or(last)
    }

    /// Units that have not left.
    pub fn open(&self) -> impl Iterator<Item = &Leg> {
        self.legs.iter().filter(|leg| leg.phase.is_open())
    }

    /// This person or unit has worked on a leg.
    pub fn worked(&self, actor: &Actor) -> bool {
        let came = |unit: &UnitId| self.units().any(|worked| worked == unit);
        self.hands.contains(&actor.id) || actor.unit.as_ref().is_some_and(came)
    }

    /// People who have worked on a leg.
    pub fn people(&self) -> impl Iterator<Item = &String> {
        self.hands.iter()
    }

    /// Units that came.
    pub fn units(&self) -> impl Iterator<Item = &UnitId> {
        let came = |leg: &&Leg| matches!(leg.phase, Phase::Arrived | Phase::Finished | Phase::Done);
        self.legs.iter().filter(came).map(|leg| &leg.unit)
    }

    fn change(&mut self, number: u32, change: impl FnOnce(&mut Leg)) {
        if let Some(leg) = self.legs.iter_mut().find(|leg| leg.leg == number) {
            change(leg);
        }
    }
}

/// Takes an event of the region in.
pub(in crate::case) fn evolve(whistle: &mut Whistle, event: &Event) {
    match event {
        Event::WhistleProposed(e) => propose(whistle, e),
        Event::WhistleRefused(_) => whistle.proposed = None,
        Event::WhistleSounded(e) => sounded(whistle, e),
        Event::WhistleResponded(e) => {
            whistle.hands.insert(e.by.clone());
            whistle.change(e.leg, |leg| {
                leg.phase = Phase::Responded;
                leg.clocks.responded(e.arrive.as_ref());
            });
        }
        Event::UnitArrived(e) => {
            whistle.hands.insert(e.by.clone());
            whistle.change(e.leg, |leg| leg.phase = Phase::Arrived);
        }
        Event::WhistleDeclined(e) => whistle.change(e.leg, |leg| {
            leg.declined = Some((leg.phase, e.at));
            leg.phase = Phase::Declined;
        }),
        Event::DeclineAdjudicated(e) => whistle.change(e.leg, |leg| {
            let back = leg.declined.take().map_or(Phase::Called, |(phase, _)| phase);
            leg.phase = if e.upheld { Phase::Excused } else { back };
            leg.bound = !e.upheld;
            e.clocks.iter().for_each(|clocks| moved(leg, clocks));
        }),
        Event::WhistleLegFinished(e) => {
            whistle.hands.insert(e.by.clone());
            whistle.change(e.leg, |leg| leg.phase = Phase::Finished);
        }
        Event::WhistleStoodDown(e) => {
            for left in &e.legs {
                whistle.change(left.leg, |leg| {
                    leg.phase = if left.done { Phase::Done } else { Phase::Released };
                    leg.rate.clone_from(&e.rate);
                });
            }
        }
        Event::WhistleRated(e) => whistle.change(e.leg, |leg| {
            leg.rated_by_sounder |= e.by_sounder;
            leg.rated_by_unit |= !e.by_sounder;
        }),
        Event::WhistleLegLate(e) => whistle.change(e.leg, |leg| leg.told.extend([e.stage])),
        Event::WhistleClocksMoved(e) => {
            for one in &e.legs {
                whistle.change(one.leg, |leg| moved(leg, &one.clocks));
            }
        }
        _ => {}
    }
}

fn propose(whistle: &mut Whistle, e: &WhistleProposed) {
    whistle.sounded = whistle.sounded.max(e.whistle);
    whistle.proposed = Some(Proposal {
        whistle: e.whistle,
        kind: e.kind,
        sounder: e.sounder.clone(),
        by: e.by.clone(),
        units: e.units.clone(),
        reason: e.reason.clone(),
        place: e.place.clone(),
        approver: e.approver.clone(),
        decide: e.decide.clone(),
    });
}

fn sounded(whistle: &mut Whistle, e: &WhistleSounded) {
    whistle.sounded = whistle.sounded.max(e.whistle);
    whistle.proposed = whistle.proposed.take().filter(|proposed| proposed.whistle != e.whistle);
    whistle.called = e.legs.iter().map(|leg| leg.leg).fold(whistle.called, u32::max);
    whistle.legs.extend(e.legs.iter().map(|called| leg(e, called)));
}

fn leg(e: &WhistleSounded, called: &LegCalled) -> Leg {
    Leg {
        leg: called.leg,
        whistle: e.whistle,
        kind: e.kind,
        sounder: e.sounder.clone(),
        unit: called.unit.clone(),
        phase: Phase::Called,
        declined: None,
        bound: false,
        clocks: called.clocks.clone(),
        told: BTreeSet::new(),
        rate: None,
        rated_by_sounder: false,
        rated_by_unit: false,
    }
}

/// A limit that moved out is told again when it passes again.
fn moved(leg: &mut Leg, clocks: &LegClocks) {
    let old = std::mem::replace(&mut leg.clocks, clocks.clone());
    let later = |old: &Option<Due>, new: &Option<Due>| {
        old.as_ref().zip(new.as_ref()).is_some_and(|(old, new)| new.due_at > old.due_at)
    };
    for (stage, old, new) in [
        (LegStage::Respond, &old.respond, &clocks.respond),
        (LegStage::Arrive, &old.arrive, &clocks.arrive),
        (LegStage::Finish, &old.finish, &clocks.finish),
    ] {
        if later(old, new) {
            leg.told.remove(&stage);
        }
    }
}
