//! The fold of supervision.

use std::collections::{BTreeMap, BTreeSet};

use super::state::{Limit, Notice, NoticeDraft, Order, OrderPhase, Reason, Supervision};
use crate::case::clocks::DeadlineName;
use crate::case::event::{
    CloseMode, Event, NoticeDrafted, NoticeIssued, NoticeRewritten, SupervisionChecked, SupervisionIssued,
    SupervisionLate, SupervisionMoved, SupervisionStep,
};

/// Takes an event in.
pub(in crate::case) fn evolve(region: &mut Supervision, event: &Event) {
    match event {
        Event::CaseUrged(e) => {
            region.urges += 1;
            region.taken.insert(SupervisionStep::Urge, e.at);
            region.next = e.next;
        }
        Event::UrgeWritten(e) => {
            region.taken.insert(SupervisionStep::WrittenUrge, e.at);
            region.next = e.next;
        }
        Event::SupervisionIssued(e) => region.issued(e),
        Event::SupervisionReplied(e) => {
            region.hands.insert(e.by.clone());
            region.change_order(e.order, |order| {
                order.phase = OrderPhase::Replied;
                order.reply = None;
            });
        }
        Event::SupervisionChecked(e) => region.checked(e),
        Event::SupervisionClosed(e) => region.change_order(e.order, |order| {
            order.phase = OrderPhase::Closed;
            order.root_cause.clone_from(&e.root_cause);
        }),
        Event::ReasonGiven(_)
        | Event::ReasonAccepted(_)
        | Event::ReasonRefused(_)
        | Event::NoticeDrafted(_)
        | Event::NoticeEdited(_)
        | Event::NoticeIssued(_)
        | Event::NoticeReplied(_)
        | Event::NoticeCorrected(_)
        | Event::NoticeWithdrawn(_) => noticed(region, event),
        Event::SupervisionListed(e) => {
            region.listed = Some(e.at);
            region.taken.insert(SupervisionStep::Listing, e.at);
            region.next = e.next;
        }
        Event::InterviewProposed(e) => {
            region.interview_due = true;
            region.taken.insert(SupervisionStep::Interview, e.due_at);
            region.next = e.next;
        }
        Event::UnitInterviewed(e) => {
            region.interview_due = false;
            region.interviews += 1;
            region.taken.insert(SupervisionStep::Interview, e.held_at);
            region.next = e.next;
        }
        Event::SupervisionLate(e) => region.told(e),
        Event::SupervisionTimed(e) => region.next = e.next,
        Event::SupervisionClocksMoved(e) => e.limits.iter().for_each(|one| region.limit_moved(one)),
        // It counts once supervision has begun.
        Event::VerificationFailed(_) => {
            region.failed_check = true;
            let begun = !(region.orders.is_empty() && region.notices.is_empty());
            region.failures += u32::from(begun);
        }
        Event::CaseClosed(e) if matches!(e.mode, CloseMode::Withdrawn | CloseMode::Voided) => {
            region.struck_out();
        }
        _ => {}
    }
}

/// Reasons and notices.
fn noticed(region: &mut Supervision, event: &Event) {
    match event {
        Event::ReasonGiven(e) => {
            region.hands.insert(e.by.clone());
            let decide = Limit::of(e.decide.as_ref());
            region.reason = Some(Reason { unit: e.unit.clone(), by: e.by.clone(), decide });
        }
        Event::ReasonAccepted(e) => {
            region.reason = None;
            region.accepted = true;
            region.next = e.next;
        }
        Event::ReasonRefused(e) => {
            region.reason = None;
            region.next = e.next;
        }
        Event::NoticeDrafted(e) => region.drafted(e),
        Event::NoticeEdited(e) | Event::NoticeCorrected(e) => region.rewritten(e),
        Event::NoticeIssued(e) => region.circulated(e),
        Event::NoticeReplied(e) => {
            region.hands.insert(e.by.clone());
            region.change_notice(e.notice, |notice| {
                notice.replied = true;
                notice.reply = None;
            });
        }
        Event::NoticeWithdrawn(e) => {
            region.failures = region.failures.saturating_sub(1);
            region.change_notice(e.notice, |notice| {
                notice.withdrawn = true;
                notice.draft = None;
                notice.reply = None;
            });
        }
        _ => {}
    }
}

impl Supervision {
    fn change_order(&mut self, number: u32, change: impl FnOnce(&mut Order)) {
        if let Some(order) = self.orders.iter_mut().find(|order| order.order == number) {
            change(order);
        }
    }

    fn change_notice(&mut self, number: u32, change: impl FnOnce(&mut Notice)) {
        if let Some(notice) = self.notices.iter_mut().find(|notice| notice.notice == number) {
            change(notice);
        }
    }

    fn issued(&mut self, e: &SupervisionIssued) {
        self.taken.insert(SupervisionStep::Order, e.at);
        self.next = e.next;
        self.orders.push(Order {
            order: e.order,
            number: e.number.clone(),
            unit: e.unit.clone(),
            cause: e.cause,
            phase: OrderPhase::Issued,
            reply: Limit::of(e.reply.as_ref()),
            checks: BTreeMap::new(),
            root_cause: String::new(),
        });
    }

    fn checked(&mut self, e: &SupervisionChecked) {
        self.failures += u32::from(!e.passed);
        self.failed_check |= !e.passed;
        self.change_order(e.order, |order| {
            order.checks.insert(e.check, e.passed);
            if !e.passed {
                order.phase = OrderPhase::Issued;
                order.reply = Limit::of(e.reply.as_ref());
            }
        });
    }

    fn drafted(&mut self, e: &NoticeDrafted) {
        self.taken.insert(SupervisionStep::Notice, e.at);
        self.next = e.next;
        self.failures += 1;
        self.notices.push(Notice {
            notice: e.notice,
            number: e.number.clone(),
            unit: e.unit.clone(),
            cause: e.facts.cause,
            draft: Some(NoticeDraft {
                edition: 1,
                text: e.text.clone(),
                hands: BTreeSet::from([e.by.clone()]),
                approve: Limit::of(e.approve.as_ref()),
            }),
            edition: 0,
            to: Vec::new(),
            reply: None,
            replied: false,
            withdrawn: false,
        });
    }

    fn rewritten(&mut self, e: &NoticeRewritten) {
        self.change_notice(e.notice, |notice| {
            let before = notice.draft.take().filter(|draft| draft.edition == e.edition);
            let mut hands = before.as_ref().map(|draft| draft.hands.clone()).unwrap_or_default();
            hands.insert(e.by.clone());
            let approve = Limit::of(e.approve.as_ref()).or_else(|| before.and_then(|draft| draft.approve));
            notice.draft = Some(NoticeDraft { edition: e.edition, text: e.text.clone(), hands, approve });
        });
    }

    fn circulated(&mut self, e: &NoticeIssued) {
        self.change_notice(e.notice, |notice| {
            notice.draft = None;
            notice.edition = e.edition;
            notice.to.clone_from(&e.to);
            notice.reply = Limit::of(e.reply.as_ref()).or_else(|| notice.reply.take());
        });
    }

    fn limit_moved(&mut self, moved: &SupervisionMoved) {
        let put = |limit: &mut Option<Limit>| {
            *limit = Some(Limit { due: moved.due.clone(), pauses: moved.pauses.clone(), told: false });
        };
        match moved.name {
            DeadlineName::OrderReply => self.change_order(moved.number, |order| put(&mut order.reply)),
            DeadlineName::NoticeReply => self.change_notice(moved.number, |notice| put(&mut notice.reply)),
            DeadlineName::NoticeApprove => self.change_notice(moved.number, |notice| {
                notice.draft.iter_mut().for_each(|draft| put(&mut draft.approve));
            }),
            _ => self.reason.iter_mut().for_each(|reason| put(&mut reason.decide)),
        }
    }

    fn told(&mut self, e: &SupervisionLate) {
        let tell = |limit: &mut Option<Limit>| {
            limit.iter_mut().filter(|limit| limit.due.due_at == e.due_at).for_each(|limit| limit.told = true);
        };
        match e.name {
            DeadlineName::OrderReply => self.change_order(e.number, |order| tell(&mut order.reply)),
            DeadlineName::NoticeReply => {
                self.change_notice(e.number, |notice| tell(&mut notice.reply));
                self.failures += 1;
            }
            DeadlineName::NoticeApprove => self.change_notice(e.number, |notice| {
                notice.draft.iter_mut().for_each(|draft| tell(&mut draft.approve));
            }),
            _ => self.reason.iter_mut().for_each(|reason| tell(&mut reason.decide)),
        }
    }

    /// The case was taken back or struck out: nobody owes anything.
    fn struck_out(&mut self) {
        self.another_lead(None);
        self.interview_due = false;
    }
}
