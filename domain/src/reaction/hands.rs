//! What leaves when a unit asks for something, and when that is decided.

use super::{About, Asks, Limits, Message, Status};
use crate::case::Event;

impl About<'_> {
    /// The sending system sees what is asked and what came of it; the unit, what changes for it.
    pub(super) fn hands(&self) -> Vec<Message> {
        match self.event {
            Event::ReturnRequested(_) | Event::ExtensionRequested(_) => {
                [vec![self.status()], self.answer()].concat()
            }
            Event::DispatchObjected(_) | Event::SuspensionApplied(_) => self.answer(),
            Event::ReturnApproved(_) => {
                [vec![self.status()], self.recalled(&self.origin.gone, "returned")].concat()
            }
            // The unit has it again, with new limits for what it had not done yet.
            Event::ReturnRejected(e) => {
                let limits = || Limits { sign: e.sign.as_ref(), contact: e.contact.as_ref(), answer: None };
                let lead = self.origin.lead.iter();
                let task = lead.map(|lead| self.task(lead, "lead", limits()));
                std::iter::once(self.status()).chain(task).collect()
            }
            Event::ExtensionRefused(_) => vec![self.status()],
            Event::OutsideAsked(e) => vec![Message::Status(Status {
                asks: Some(Asks {
                    matter: e.matter,
                    length: e.length,
                    reason: e.reason.clone(),
                    answer_by: e.answer.as_ref().map(|answer| answer.due_at),
                }),
                ..self.step()
            })],
            // Whoever had it above has it no more; whoever has it now is told, unless it is the lead.
            Event::CaseDeescalated(_) => {
                let superior = self.origin.superior.iter();
                let told = superior.map(|task| self.task(task, "superior", Limits::default()));
                told.chain(self.recalled(&self.origin.gone, "reassigned")).collect()
            }
            Event::ReplyAmended(_) => [vec![self.status()], self.answer()].concat(),
            // Between our own units; a new dispatch, where one follows, says what is new.
            _ => Vec::new(),
        }
    }
}
