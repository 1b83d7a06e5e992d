//! What is known of a case when one of its events is reacted to: the fold of the events before it.

use jiff::Timestamp;

use super::{Called, OpenPart};
use crate::case::clocks::ResolveClock;
use crate::case::{self, event};
use crate::ids::{ItemCode, Rung, UnitId};

/// What the reactions need to know of the case besides the event: from its events up to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The case's number.
    pub case_no: String,
    /// The sending system.
    pub source: String,
    /// Its id there.
    pub external_id: Option<String>,
    /// The case's item.
    pub item: Option<ItemCode>,
    /// A test order.
    pub test: bool,
    /// The lead unit, and the superior that answers after an escalation.
    pub lead: Option<Task>,
    /// See [`Origin::lead`].
    pub superior: Option<Task>,
    /// The limit for the result.
    pub resolve_by: Option<Timestamp>,
    /// Units that are called and have not left.
    pub called: Vec<Called>,
    /// Parts that are not over.
    pub parts: Vec<OpenPart>,
    /// Somebody is accused: the case is told to nobody but its sender and those who have it.
    pub barred: bool,
    /// Whom this event takes it from.
    pub gone: Vec<UnitId>,
}

/// Who has the case, and on which rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The unit.
    pub unit: UnitId,
    /// Its rung.
    pub rung: Rung,
}

/// The limit for the result, where the event sets it.
fn clock_of(event: &case::Event) -> Option<&ResolveClock> {
    match event {
        case::Event::CaseDispatched(event::CaseDispatched { resolve, .. })
        | case::Event::ExtensionGranted(event::ExtensionGranted { resolve, .. })
        | case::Event::CaseResumed(event::CaseResumed { resolve, .. })
        | case::Event::VerificationFailed(event::VerificationFailed { resolve, .. })
        | case::Event::CaseReopened(event::CaseReopened { resolve, .. }) => Some(resolve),
        case::Event::OutsideDueSet(e) => e.resolve.as_ref(),
        case::Event::DeadlineRecalculated(e) => e.resolve.as_ref(),
        case::Event::CaseUnmerged(e) => e.resolve.as_ref(),
        _ => None,
    }
}

impl Origin {
    /// Takes one event of the case in.
    pub fn evolve(&mut self, event: &case::Event) {
        if let Some(clock) = clock_of(event) {
            self.resolve_by = Some(clock.due_at);
        }
        self.gone.clear();
        Called::evolve(&mut self.called, event);
        let without_their_part = OpenPart::evolve(&mut self.parts, event);
        self.evolve_hands(event);
        self.gone.extend(without_their_part);
    }

    /// Who has it.
    fn evolve_hands(&mut self, event: &case::Event) {
        match event {
            case::Event::CaseRegistered(e) => {
                self.case_no.clone_from(&e.case_no);
                self.source.clone_from(&e.source);
                self.external_id.clone_from(&e.external_id);
                self.item.clone_from(&e.item);
                self.test = e.test;
                self.barred = e.accused != case::Accused::default();
            }
            case::Event::CaseClassified(e) => self.item = Some(e.item.clone()),
            case::Event::CaseDispatched(e) => {
                self.let_go();
                self.gone.retain(|unit| *unit != e.unit);
                self.lead = Some(Task { unit: e.unit.clone(), rung: e.rung });
            }
            case::Event::ReturnApproved(_) => self.let_go(),
            case::Event::CaseDeescalated(e) => {
                let had = self.superior.take().map(|task| task.unit);
                self.gone = had.into_iter().filter(|unit| *unit != e.responsible).collect();
                let lead = self.lead.as_ref().is_some_and(|lead| lead.unit == e.responsible);
                let task = Task { unit: e.responsible.clone(), rung: e.to };
                self.superior = Some(task).filter(|_| !lead);
            }
            case::Event::CaseEscalated(e) => {
                self.superior = Some(Task { unit: e.responsible.clone(), rung: e.to });
            }
            case::Event::CaseReopened(_) => self.superior = None,
            case::Event::WorkMoved(e) => {
                for task in self.lead.iter_mut().chain(&mut self.superior) {
                    let moved = [&e.lead, &e.responsible].into_iter().flatten();
                    if let Some(shift) = moved.into_iter().find(|shift| shift.from == task.unit) {
                        task.unit = shift.to.clone();
                    }
                }
            }
            case::Event::UnitBarred(e) => {
                self.barred |= e.unit.is_some();
                if self.lead.as_ref().is_some_and(|lead| e.recalled.contains(&lead.unit)) {
                    self.lead = None;
                    self.superior = None;
                }
            }
            _ => {}
        }
    }

    fn let_go(&mut self) {
        let had = self.lead.take().into_iter().chain(self.superior.take());
        self.gone = had.map(|task| task.unit).collect();
    }
}
