//! What is known of the parts of a case.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::event::{Event, PartClocks, PartEnd, PartGiven, PartKind, PartShift, PartStage};
use crate::case::state::State;
use crate::context::Actor;
use crate::ids::UnitId;

/// The region of the parts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// Parts so far: numbers are never given twice.
    #[serde(default)]
    pub given: u32,
    /// Every part, in order of number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// People who worked on a part: they may not judge the case.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub hands: BTreeSet<String>,
}

/// Where a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartPhase {
    /// 待签收
    Given,
    /// 办理中
    Signed,
    /// 退出待定
    Asking,
    /// 已反馈
    Finished,
    /// 已说明
    Explained,
    /// 已收回
    TakenBack,
    /// 已退出
    Released,
    /// 已终止: the case ended, or went to another lead.
    Lapsed,
}

impl PartPhase {
    /// Every phase.
    pub const ALL: [PartPhase; 8] = [
        PartPhase::Given,
        PartPhase::Signed,
        PartPhase::Asking,
        PartPhase::Finished,
        PartPhase::Explained,
        PartPhase::TakenBack,
        PartPhase::Released,
        PartPhase::Lapsed,
    ];

    /// The word in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            PartPhase::Given => "given",
            PartPhase::Signed => "signed",
            PartPhase::Asking => "asking",
            PartPhase::Finished => "finished",
            PartPhase::Explained => "explained",
            PartPhase::TakenBack => "taken_back",
            PartPhase::Released => "released",
            PartPhase::Lapsed => "lapsed",
        }
    }

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            PartPhase::Given => "待签收",
            PartPhase::Signed => "办理中",
            PartPhase::Asking => "退出待定",
            PartPhase::Finished => "已反馈",
            PartPhase::Explained => "已说明",
            PartPhase::TakenBack => "已收回",
            PartPhase::Released => "已退出",
            PartPhase::Lapsed => "已终止",
        }
    }

    /// The unit still owes something: the lead's result waits for it.
    pub fn is_open(self) -> bool {
        matches!(self, PartPhase::Given | PartPhase::Signed | PartPhase::Asking)
    }

    /// The limits that run.
    pub fn owes(self) -> &'static [PartStage] {
        match self {
            PartPhase::Given => &[PartStage::Sign, PartStage::Finish],
            PartPhase::Signed => &[PartStage::Finish],
            _ => &[],
        }
    }
}

impl From<PartEnd> for PartPhase {
    fn from(end: PartEnd) -> Self {
        match end {
            PartEnd::Explained => PartPhase::Explained,
            PartEnd::TakenBack => PartPhase::TakenBack,
            PartEnd::Released => PartPhase::Released,
        }
    }
}

/// One unit's part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Its number within the case.
    pub part: u32,
    /// In which way.
    pub kind: PartKind,
    /// Whose.
    pub unit: UnitId,
    /// Where it is.
    pub phase: PartPhase,
    /// Where it was when release was asked, since when, and by whom.
    pub asked: Option<(PartPhase, Timestamp, String)>,
    /// The unit has signed: it has worked on the case.
    pub signed: bool,
    /// Its limits.
    pub clocks: PartClocks,
    /// The limits that have passed and been told.
    pub told: Vec<(PartStage, Timestamp)>,
}

impl PartClocks {
    /// This limit; never after the lead's own.
    pub fn due_at(&self, stage: PartStage, lead: Option<Timestamp>) -> Option<Timestamp> {
        let due = match stage {
            PartStage::Sign => self.sign.as_ref(),
            PartStage::Finish => self.finish.as_ref(),
        };
        due.map(|due| lead.map_or(due.due_at, |lead| due.due_at.min(lead)))
    }
}

impl Part {
    /// The limits that run and were not told; one that moved out is told again.
    pub fn running(&self, lead: Option<Timestamp>) -> impl Iterator<Item = (PartStage, Timestamp)> + '_ {
        let told = |stage, at| self.told.iter().any(|(passed, due_at)| *passed == stage && at <= *due_at);
        self.phase
            .owes()
            .iter()
            .filter_map(move |stage| Some((*stage, self.clocks.due_at(*stage, lead)?)))
            .filter(move |(stage, at)| !told(*stage, *at))
    }
}

impl Parts {
    /// Units that still owe something.
    pub fn open(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.phase.is_open())
    }

    /// The unit's part: the open one, else its last.
    pub fn part_of(&self, unit: &UnitId) -> Option<&Part> {
        let mut own = self.parts.iter().rev().filter(|part| part.unit == *unit);
        let last = own.clone().next();
        own.find(|part| part.phase.is_open()).or(last)
    }

    /// This person or unit has worked on a part.
    pub fn worked(&self, actor: &Actor) -> bool {
        let of = |unit: &UnitId| self.units().any(|worked| worked == unit);
        self.hands.contains(&actor.id) || actor.unit.as_ref().is_some_and(of)
    }

    /// People who have worked on a part.
    pub fn people(&self) -> impl Iterator<Item = &String> {
        self.hands.iter()
    }

    /// Units that have.
    pub fn units(&self) -> impl Iterator<Item = &UnitId> {
        self.parts.iter().filter(|part| part.signed).map(|part| &part.unit)
    }

    fn change(&mut self, number: u32, change: impl FnOnce(&mut Part)) {
        if let Some(part) = self.parts.iter_mut().find(|part| part.part == number) {
            change(part);
        }
    }

    /// These open parts end with what they were for.
    fn lapse(&mut self, which: impl Fn(&Part) -> bool) {
        for part in self.parts.iter_mut().filter(|part| part.phase.is_open() && which(part)) {
            part.phase = PartPhase::Lapsed;
        }
    }

    /// Taken back from whoever is accused.
    pub(in crate::case) fn recalled(&mut self, units: &[UnitId]) {
        self.lapse(|part| units.contains(&part.unit));
    }

    /// A unit that ended handed its part to its successor.
    pub(in crate::case) fn moved(&mut self, shifts: &[PartShift]) {
        for one in shifts {
            self.change(one.part, |part| part.unit.clone_from(&one.shift.to));
        }
    }

    /// The case is over.
    pub(in crate::case) fn end(&mut self) {
        self.lapse(|_| true);
    }

    /// The lead has it no more, or another has it now: what it had others do is over; who helps, goes on
    /// helping, unless it leads now.
    pub(in crate::case) fn another_lead(&mut self, lead: Option<&UnitId>) {
        self.lapse(|part| part.kind == PartKind::Sub || lead == Some(&part.unit));
    }
}

/// Takes an event of the parts in.
pub(in crate::case) fn evolve(state: &mut State, event: &Event) {
    let lead = state.resolve.as_ref().map(|clock| clock.due_at);
    let parts = &mut state.parts;
    match event {
        Event::CoUnitAdded(e) => given(parts, PartKind::Co, e, lead),
        Event::TaskSubDispatched(e) => given(parts, PartKind::Sub, e, lead),
        Event::PartSigned(e) => {
            parts.hands.insert(e.by.clone());
            parts.change(e.part, |part| {
                part.phase = PartPhase::Signed;
                part.signed = true;
            });
        }
        Event::PartFinished(e) => {
            parts.hands.insert(e.by.clone());
            parts.change(e.part, |part| part.phase = PartPhase::Finished);
        }
        Event::PartReleaseAsked(e) => parts.change(e.part, |part| {
            part.asked = Some((part.phase, e.at, e.by.clone()));
            part.phase = PartPhase::Asking;
        }),
        Event::PartReleaseRefused(e) => parts.change(e.part, |part| {
            part.phase = part.asked.take().map_or(PartPhase::Given, |(before, ..)| before);
            part.clocks.clone_from(&e.clocks);
        }),
        Event::PartEnded(e) => parts.change(e.part, |part| {
            part.asked = None;
            part.phase = e.end.into();
        }),
        Event::PartLate(e) => parts.change(e.part, |part| {
            part.told.retain(|(stage, _)| *stage != e.stage);
            part.told.push((e.stage, e.due_at));
        }),
        Event::PartClocksMoved(e) => {
            for moved in &e.parts {
                parts.change(moved.part, |part| part.clocks.clone_from(&moved.clocks));
            }
        }
        _ => {}
    }
}

/// What could not be kept from the start is not told as late.
fn given(parts: &mut Parts, kind: PartKind, e: &PartGiven, lead: Option<Timestamp>) {
    let due = |stage| e.clocks.due_at(stage, lead).filter(|due_at| *due_at <= e.at);
    let told = [PartStage::Sign, PartStage::Finish];
    let told = told.into_iter().filter_map(|stage| Some((stage, due(stage)?))).collect();
    parts.given = parts.given.max(e.part);
    parts.parts.push(Part {
        part: e.part,
        kind,
        unit: e.unit.clone(),
        phase: PartPhase::Given,
        asked: None,
        signed: false,
        clocks: e.clocks.clone(),
        told,
    });
}
