//! 通报: drafted from facts, edited, approved by a second person, circulated, replied to, corrected. It is
//! about a limit that was missed or a check that failed, and never without one.

use jiff::Timestamp;

use super::state::{Notice, Supervision};
use super::{ladder, lead, not_a_handler, of_the_unit, superior, with_reason, wording};
use crate::case::clocks::{self, Due};
use crate::case::event::{
    Event, NoticeDrafted, NoticeFacts, NoticeIssued, NoticeReplied, NoticeRewritten, NoticeWithdrawn,
    SupervisionCause, SupervisionStep,
};
use crate::case::rejection::{Code, Rejection};
use crate::case::state::State;
use crate::context::Context;
use crate::intake::redact;
use crate::number;
use crate::sealed::Sealed;

/// A notice that nobody has circulated yet waits for its approval.
pub(super) fn waits_for_approval(region: &Supervision) -> bool {
    region.notices.iter().any(|notice| notice.edition == 0 && !notice.withdrawn)
}

/// 通报拟稿 by a person.
pub(super) fn draft(state: &State, text: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let region = &state.supervision;
    if region.accepted {
        return Err(Code::ReasonAccepted.into());
    }
    if region.reason.is_some() {
        return Err(Code::ReasonPending.into());
    }
    if let Some(open) = region.notices.iter().find(|notice| notice.edition == 0 && !notice.withdrawn) {
        return Err(Rejection::about(Code::NoticeOpen, &open.number));
    }
    let cause = match (state.red_told && state.runs(), region.failed_check) {
        (true, _) => SupervisionCause::Overdue,
        (false, true) => SupervisionCause::FailedCheck,
        (false, false) => return Err(Code::NoticeNeedsCause.into()),
    };
    if cause == SupervisionCause::Overdue {
        ladder::not_taken(state, SupervisionStep::Notice)?;
    }
    let mut drafted = drafted(state, cause, None, context)?;
    if !text.trim().is_empty() {
        drafted.text = redact::reason(text);
    }
    Ok(vec![Event::NoticeDrafted(drafted)])
}

/// 通报拟稿 by the clock.
pub(super) fn by_clock(state: &State, due_at: Timestamp, context: &Context<'_>) -> Result<Event, Rejection> {
    drafted(state, SupervisionCause::Overdue, Some(due_at), context).map(Event::NoticeDrafted)
}

fn drafted(
    state: &State,
    cause: SupervisionCause,
    due_at: Option<Timestamp>,
    context: &Context<'_>,
) -> Result<NoticeDrafted, Rejection> {
    let unit = lead(state)?;
    let region = &state.supervision;
    let notice = u32::try_from(region.notices.len()).unwrap_or(u32::MAX).saturating_add(1);
    let clock = state.resolve.as_ref();
    let facts = NoticeFacts {
        case_no: state.case_no.clone(),
        item: state.item.clone(),
        cause,
        limit: clock.map(|clock| clock.due_at),
        rule: clock.map(|clock| clock.rule.clone()).unwrap_or_default(),
        steps: region.taken.iter().map(|(step, at)| (*step, *at)).collect(),
    };
    let within = context.rules.policy.supervision.notice.reply;
    let text = wording::notice(state, &unit, &facts, within.map(|budget| budget.zh()), context);
    let today = context.rules.calendar.date_of(context.now);
    Ok(NoticeDrafted {
        notice,
        number: number::paper_number("TB", &state.case_no, notice, today),
        unit,
        text,
        facts,
        by: context.actor.id.clone(),
        at: context.occurred_at,
        approve: approve_by(context)?,
        due_at,
        next: None,
    })
}

fn approve_by(context: &Context<'_>) -> Result<Option<Due>, Rejection> {
    clocks::due(context.rules, context.now, context.rules.policy.supervision.notice.approve.as_ref())
}

/// The notice that is meant.
fn meant(state: &State, number: Option<u32>) -> Result<&Notice, Rejection> {
    let notice = state.supervision.notice(number).ok_or(Code::NoNotice)?;
    if notice.withdrawn { Err(Rejection::about(Code::NoticeIsWithdrawn, &notice.number)) } else { Ok(notice) }
}

/// 修改通报, while it waits for its approval.
pub(super) fn edit(
    state: &State,
    number: Option<u32>,
    text: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let notice = meant(state, number)?;
    not_a_handler(state, context)?;
    let draft = notice.draft.as_ref().ok_or_else(|| Rejection::about(Code::NoticeIsOut, &notice.number))?;
    Ok(vec![Event::NoticeEdited(NoticeRewritten {
        notice: notice.notice,
        edition: draft.edition,
        text: with_reason(text)?,
        reason: String::new(),
        by: context.actor.id.clone(),
        approve: None,
    })])
}

/// 批准通报: by somebody who neither drafted nor edited it; with that it is circulated to the unit and to
/// its superior.
pub(super) fn approve(
    state: &State,
    number: Option<u32>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let notice = meant(state, number)?;
    let draft = notice.draft.as_ref().ok_or_else(|| Rejection::about(Code::NoticeIsOut, &notice.number))?;
    not_a_handler(state, context)?;
    if draft.hands.contains(&context.actor.id) {
        return Err(Code::SecondPersonNeeded.into());
    }
    let within = context.rules.policy.supervision.notice.reply.as_ref().filter(|_| notice.edition == 0);
    let to = std::iter::once(notice.unit.clone()).chain(superior(state, &notice.unit, context));
    Ok(vec![Event::NoticeIssued(NoticeIssued {
        notice: notice.notice,
        edition: draft.edition,
        number: notice.number.clone(),
        unit: notice.unit.clone(),
        to: to.filter(|unit| !state.barred.bars(unit, &context.rules.org)).collect(),
        text: draft.text.clone(),
        by: context.actor.id.clone(),
        reply: clocks::due(context.rules, context.now, within)?,
    })])
}

/// 通报回复
pub(super) fn reply(
    state: &State,
    number: Option<u32>,
    reply: &Sealed,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let notice = circulated(state, number)?;
    of_the_unit(&notice.unit, context)?;
    Ok(vec![Event::NoticeReplied(NoticeReplied {
        notice: notice.notice,
        unit: notice.unit.clone(),
        by: context.actor.id.clone(),
        reply: reply.clone(),
    })])
}

/// 更正通报: the old edition stays in the log; the new one is approved like the first.
pub(super) fn correct(
    state: &State,
    number: Option<u32>,
    text: &str,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let notice = circulated(state, number)?;
    not_a_handler(state, context)?;
    if notice.draft.is_some() {
        return Err(Rejection::about(Code::NoticeOpen, &notice.number));
    }
    Ok(vec![Event::NoticeCorrected(NoticeRewritten {
        notice: notice.notice,
        edition: notice.edition.saturating_add(1),
        text: with_reason(text)?,
        reason: with_reason(reason)?,
        by: context.actor.id.clone(),
        approve: approve_by(context)?,
    })])
}

fn circulated(state: &State, number: Option<u32>) -> Result<&Notice, Rejection> {
    let notice = meant(state, number)?;
    if notice.edition > 0 { Ok(notice) } else { Err(Rejection::about(Code::NoticeNotOut, &notice.number)) }
}

/// 撤销通报 by a person.
pub(super) fn withdraw(
    state: &State,
    number: Option<u32>,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let notice = meant(state, number)?;
    not_a_handler(state, context)?;
    Ok(vec![withdrawn(notice, with_reason(reason)?)])
}

/// The notice about the present limit, where its ground has gone.
pub(super) fn taken_back(state: &State, reason: &str) -> Option<Event> {
    let notice = state.supervision.notice(None).filter(|notice| !notice.withdrawn)?;
    let present = state.supervision.taken.contains_key(&SupervisionStep::Notice);
    let overdue = notice.cause == SupervisionCause::Overdue;
    (present && overdue).then(|| withdrawn(notice, reason.to_owned()))
}

fn withdrawn(notice: &Notice, reason: String) -> Event {
    let (unit, to) = (notice.unit.clone(), notice.to.clone());
    Event::NoticeWithdrawn(NoticeWithdrawn { notice: notice.notice, unit, to, reason })
}
