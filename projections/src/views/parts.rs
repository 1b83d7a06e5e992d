//! 分办: the parts of a case, one for each co-unit and each unit that the work was handed down to.

use domain::case::Event;
use domain::case::event::{PartClocks, PartGiven, PartKind, PartStage};
use domain::case::part::PartPhase;
use domain::ids::UnitId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::case_row::CaseRow;
use super::fold::Told;

/// What is shown of a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartRow {
    /// Its number within the case.
    pub part: u32,
    /// 协办 or 下派.
    pub kind: PartKind,
    /// Whose.
    pub unit: UnitId,
    /// Path of the unit: who may see it besides those who see the case.
    pub path: String,
    /// The unit that gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub giver: Option<UnitId>,
    /// What it shall do; redacted.
    pub task: String,
    /// Where it is.
    pub phase: PartPhase,
    /// Where it was when release was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<PartPhase>,
    /// Why it asks to be released, or why the part ended; redacted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When it was given.
    pub given_at: Timestamp,
    /// 签收时限; the lead's caps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_due_at: Option<Timestamp>,
    /// When it signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    /// 反馈时限; the lead's caps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_due_at: Option<Timestamp>,
    /// When it gave its result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// When it ended otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<Timestamp>,
    /// Limits at which it was silent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<PartStage>,
    /// Its limits as its own budgets give them.
    pub clocks: PartClocks,
}

impl PartRow {
    /// What the unit owes next, and until when.
    pub fn owes(&self) -> Option<(PartStage, Timestamp)> {
        let due = |stage: &PartStage| match stage {
            PartStage::Sign => self.sign_due_at,
            PartStage::Finish => self.finish_due_at,
        };
        self.phase.owes().iter().filter_map(|stage| Some((*stage, due(stage)?))).min_by_key(|(_, at)| *at)
    }
}

/// Takes an event of the parts into the row.
pub(super) fn apply(row: &mut CaseRow, event: &Event, told: &Told<'_>) {
    let at = told.recorded.meta.occurred_at;
    match event {
        Event::CoUnitAdded(e) => row.parts.push(given(PartKind::Co, e, told)),
        Event::TaskSubDispatched(e) => row.parts.push(given(PartKind::Sub, e, told)),
        Event::PartSigned(e) => change(row, e.part, |part| {
            part.phase = PartPhase::Signed;
            part.signed_at = Some(at);
        }),
        Event::PartFinished(e) => change(row, e.part, |part| {
            part.phase = PartPhase::Finished;
            part.finished_at = Some(at);
        }),
        Event::PartReleaseAsked(e) => change(row, e.part, |part| {
            part.before = Some(part.phase);
            part.phase = PartPhase::Asking;
            part.reason.clone_from(&e.reason);
        }),
        Event::PartReleaseRefused(e) => change(row, e.part, |part| {
            part.phase = part.before.take().unwrap_or(PartPhase::Given);
            part.reason.clone_from(&e.reason);
            part.clocks.clone_from(&e.clocks);
        }),
        Event::PartEnded(e) => change(row, e.part, |part| {
            part.before = None;
            part.phase = e.end.into();
            part.reason.clone_from(&e.reason);
            part.left_at = Some(at);
        }),
        Event::PartLate(e) => change(row, e.part, |part| part.late.push(e.stage)),
        Event::PartClocksMoved(e) => {
            for moved in &e.parts {
                change(row, moved.part, |part| part.clocks.clone_from(&moved.clocks));
            }
        }
        _ => {}
    }
}

/// What every event may do to parts: the case's own limit caps theirs; another lead, a unit that is accused
/// and the end of the case end them. Taken from the case's own fold, which has decided that.
pub(super) fn settle(row: &mut CaseRow, told: &Told<'_>) {
    let lead = row.state.as_ref().and_then(|state| state.resolve.as_ref()).map(|clock| clock.due_at);
    for part in &mut row.parts {
        let held =
            row.state.as_ref().and_then(|state| state.parts.parts.iter().find(|held| held.part == part.part));
        let Some(held) = held else { continue };
        if part.unit != held.unit {
            part.unit.clone_from(&held.unit);
            part.path = told.org.path(&held.unit);
        }
        if held.phase == PartPhase::Lapsed && part.phase != PartPhase::Lapsed {
            part.phase = PartPhase::Lapsed;
            part.left_at = Some(told.recorded.meta.occurred_at);
        }
        // What could not be kept from the start is no limit of the unit's.
        let due = |stage| part.clocks.due_at(stage, lead).filter(|due_at| *due_at > part.given_at);
        (part.sign_due_at, part.finish_due_at) = (due(PartStage::Sign), due(PartStage::Finish));
    }
}

fn given(kind: PartKind, e: &PartGiven, told: &Told<'_>) -> PartRow {
    PartRow {
        part: e.part,
        kind,
        unit: e.unit.clone(),
        path: told.org.path(&e.unit),
        giver: e.giver.clone(),
        task: e.task.clone(),
        phase: PartPhase::Given,
        before: None,
        reason: String::new(),
        given_at: e.at,
        sign_due_at: None,
        signed_at: None,
        finish_due_at: None,
        finished_at: None,
        left_at: None,
        late: Vec::new(),
        clocks: e.clocks.clone(),
    }
}

fn change(row: &mut CaseRow, number: u32, change: impl FnOnce(&mut PartRow)) {
    if let Some(part) = row.parts.iter_mut().find(|part| part.part == number) {
        change(part);
    }
}
