//! What leaves when a case is screened, settled on the spot, merged or taken apart.

use super::message::Message;
use super::{About, Limits};
use crate::case::Event;
use crate::case::clocks::{DeadlineName, Due};
use crate::case::event::CaseUnmerged;

impl About<'_> {
    pub(super) fn edges(&self) -> Vec<Message> {
        match self.event {
            Event::CaseAnswered(_)
            | Event::CaseDeclined(_)
            | Event::CaseReferred(_)
            | Event::InfoAsked(_)
            | Event::ClosedOnSpot(_)
            | Event::MainCaseEnded(_)
            | Event::MainCaseReopened(_) => vec![self.status()],
            Event::CaseMerged(_) => [vec![self.status()], self.taken_back("merged")].concat(),
            Event::CaseUnmerged(e) => [vec![self.status()], self.given_back(e)].concat(),
            // Inner matters.
            _ => Vec::new(),
        }
    }

    /// Whoever had it has it again, with what is left of each limit.
    fn given_back(&self, e: &CaseUnmerged) -> Vec<Message> {
        let due = |wanted: DeadlineName| -> Option<&Due> {
            e.dues.iter().find(|(name, _)| *name == wanted).map(|(_, due)| due)
        };
        let own = Limits { sign: due(DeadlineName::Sign), contact: due(DeadlineName::Contact), answer: None };
        let lead = self.origin.lead.iter().map(|lead| self.task(lead, "lead", own));
        let answer = Limits::answer(due(DeadlineName::Answer));
        lead.chain(self.origin.superior.iter().map(|unit| self.task(unit, "superior", answer))).collect()
    }
}
