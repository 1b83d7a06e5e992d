//! What leaves when revised rules are applied to an open case.

use super::{About, Limits, Message, Recall};
use crate::case::Event;
use crate::case::clocks::DeadlineName;
use crate::case::event::{DeadlineRecalculated, WorkMoved};

impl About<'_> {
    /// What a revision of the rules did to the case.
    pub(super) fn revised(&self) -> Vec<Message> {
        match self.event {
            Event::DeadlineRecalculated(e) => self.recalculated(e),
            Event::WorkMoved(e) => self.handed_over(e),
            _ => Vec::new(),
        }
    }

    /// Whoever has a limit that moved is told of it.
    fn recalculated(&self, e: &DeadlineRecalculated) -> Vec<Message> {
        let due = |name| e.dues.iter().find(|moved| moved.name == name).map(|moved| &moved.due);
        let answer = due(DeadlineName::Answer);
        let told =
            Limits { sign: due(DeadlineName::Sign), contact: due(DeadlineName::Contact), answer: None };
        let lead = self.origin.lead.iter().filter(|_| e.resolve.is_some());
        let superior = self.origin.superior.iter().filter(|_| e.resolve.is_some() || answer.is_some());
        let lead = lead.map(|lead| self.task(lead, "lead", told));
        let superior = superior.map(|unit| self.task(unit, "superior", Limits::answer(answer)));
        let capped = if e.resolve.is_some() { self.capped() } else { Vec::new() };
        lead.chain(superior).chain(capped).collect()
    }

    /// The unit that ended gives its task back, its successor has it.
    fn handed_over(&self, e: &WorkMoved) -> Vec<Message> {
        let ended = e.lead.iter().chain(e.responsible.iter().filter(|shift| Some(*shift) != e.lead.as_ref()));
        let ended = ended.chain(e.parts.iter().map(|moved| &moved.shift));
        let recalls = ended.map(|shift| {
            Message::Recall(Recall {
                unit: shift.from.clone(),
                case: self.case(),
                case_no: self.origin.case_no.clone(),
                reason: "moved".to_owned(),
                test: self.origin.test,
            })
        });
        recalls.chain(self.moved(None)).collect()
    }
}
