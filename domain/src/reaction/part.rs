//! What a unit that has a part of the case is told: a task like any other, with its own limits.

use super::{About, Dispatch, Message, Origin};
use crate::case::Event;
use crate::case::event::{PartClocks, PartEnd, PartGiven, PartKind, PartStage};
use crate::ids::UnitId;

/// A part that is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPart {
    part: u32,
    kind: PartKind,
    unit: UnitId,
    task: String,
    clocks: PartClocks,
    signed: bool,
}

impl OpenPart {
    /// Takes an event in: who has a part from now on, and who has none any more. Told are those whom the
    /// event takes it from without naming them.
    pub(super) fn evolve(open: &mut Vec<OpenPart>, event: &Event) -> Vec<UnitId> {
        let moved = |open: &mut Vec<OpenPart>, part: u32, clocks: &PartClocks| {
            open.iter_mut().filter(|one| one.part == part).for_each(|one| one.clocks.clone_from(clocks));
        };
        match event {
            Event::CoUnitAdded(e) => open.push(OpenPart::of(PartKind::Co, e)),
            Event::TaskSubDispatched(e) => open.push(OpenPart::of(PartKind::Sub, e)),
            Event::PartSigned(e) => {
                open.iter_mut().filter(|one| one.part == e.part).for_each(|one| one.signed = true);
            }
            Event::PartReleaseRefused(e) => moved(open, e.part, &e.clocks),
            Event::PartClocksMoved(e) => e.parts.iter().for_each(|one| moved(open, one.part, &one.clocks)),
            Event::PartFinished(e) => open.retain(|one| one.part != e.part),
            Event::PartEnded(e) => open.retain(|one| one.part != e.part),
            // Another lead: what the one before had others do is over.
            Event::ReturnApproved(_) => return gone(open, |one| one.kind == PartKind::Sub),
            Event::CaseDispatched(e) => {
                let gone = gone(open, |one| one.kind == PartKind::Sub || one.unit == e.unit);
                return gone.into_iter().filter(|unit| *unit != e.unit).collect();
            }
            // Named by the event itself.
            Event::UnitBarred(e) => open.retain(|one| !e.recalled.contains(&one.unit)),
            Event::WorkMoved(e) => {
                for one in open.iter_mut() {
                    let shift = e.parts.iter().find(|moved| moved.part == one.part);
                    shift.into_iter().for_each(|moved| one.unit.clone_from(&moved.shift.to));
                }
            }
            Event::CaseClosed(_) => open.clear(),
            _ => {}
        }
        Vec::new()
    }

    /// Its unit.
    pub fn unit(&self) -> &UnitId {
        &self.unit
    }

    fn of(kind: PartKind, e: &PartGiven) -> OpenPart {
        let (unit, task, clocks) = (e.unit.clone(), e.task.clone(), e.clocks.clone());
        OpenPart { part: e.part, kind, unit, task, clocks, signed: false }
    }
}

fn gone(open: &mut Vec<OpenPart>, which: impl Fn(&OpenPart) -> bool) -> Vec<UnitId> {
    open.extract_if(.., |one| which(one)).map(|one| one.unit).collect()
}

impl About<'_> {
    /// 分办: the units are told of their parts, and of what becomes of them.
    pub(super) fn parts(&self) -> Vec<Message> {
        match self.event {
            Event::CoUnitAdded(e) | Event::TaskSubDispatched(e) => self.part_tasks(&[e.part]),
            Event::PartReleaseRefused(e) => self.part_tasks(&[e.part]),
            Event::PartClocksMoved(e) => {
                self.part_tasks(&e.parts.iter().map(|moved| moved.part).collect::<Vec<_>>())
            }
            Event::PartEnded(e) => {
                let reason = match e.end {
                    PartEnd::Explained => "excused",
                    PartEnd::TakenBack => "reassigned",
                    PartEnd::Released => "returned",
                };
                vec![self.recall(&e.unit, reason)]
            }
            // Seen on the desk and on the case; nobody outside has to do anything.
            Event::PartLate(_) => Vec::new(),
            _ => self.answer(),
        }
    }

    /// The tasks of all open parts: the lead's limit, which caps theirs, is another one.
    pub(super) fn capped(&self) -> Vec<Message> {
        self.origin.parts.iter().map(|part| self.part_task(part)).collect()
    }

    fn part_tasks(&self, numbers: &[u32]) -> Vec<Message> {
        let told = self.origin.parts.iter().filter(|part| numbers.contains(&part.part));
        told.map(|part| self.part_task(part)).collect()
    }

    fn part_task(&self, part: &OpenPart) -> Message {
        let Origin { lead, superior, resolve_by, .. } = self.origin;
        let answers = superior.as_ref().or(lead.as_ref());
        let sign = part.clocks.sign.clone().filter(|_| !part.signed);
        Message::Dispatch(Box::new(Dispatch {
            unit: part.unit.clone(),
            case: self.case(),
            case_no: self.origin.case_no.clone(),
            item: self.origin.item.clone(),
            rung: answers.map_or(crate::ids::Rung::District, |task| task.rung),
            role: part.kind.as_str().to_owned(),
            part: Some(part.part),
            lead: lead.as_ref().map(|lead| lead.unit.clone()),
            task: part.task.clone(),
            sign,
            contact: None,
            resolve_by: part.clocks.due_at(PartStage::Finish, *resolve_by),
            district_answer: None,
            test: self.origin.test,
        }))
    }
}
