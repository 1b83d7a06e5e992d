//! The ten invariants of DOMAIN §5, each a function that bears its sentence, and what follows from them.

use domain::case::admissible::{Kind, answer};
use domain::case::clocks::DeadlineName;
use domain::case::event::{Event, SupervisionCause};
use domain::case::{Ask, Asked, Command, Hand, Life, State};
use domain::context::{Actor, Rulebook};
use domain::ids::{Rung, UnitId};
use domain::policy::Duty;
use domain::reaction::{self, Message, Origin};
use domain::recorded::{Meta, Recorded};
use domain::stream::{self, StreamId};
use jiff::Timestamp;
use uuid::Uuid;

/// One step: a command that was accepted.
pub struct Step<'a> {
    /// The case before.
    pub before: &'a State,
    /// The case after.
    pub after: &'a State,
    /// What the reactions knew of it before.
    pub origin: &'a Origin,
    /// Who gave the command.
    pub actor: &'a Actor,
    /// What was asked.
    pub command: &'a Command,
    /// What it led to.
    pub events: &'a [Event],
    /// When.
    pub now: Timestamp,
    /// The rules then.
    pub rules: &'a Rulebook,
}

/// Whether a step keeps to it.
pub type Invariant = fn(&Step<'_>) -> bool;

/// DOMAIN §5, sentence by sentence; then what follows from it for a case that is walked.
pub const INVARIANTS: [(&str, Invariant); 16] = [
    ("one lead per open case", one_lead),
    ("lead never empty between dispatch and close", lead_is_never_empty),
    ("no dispatch below the item's lowest level or outside a community's list", on_its_rung),
    ("final designation has no return", final_is_final),
    ("a running clock always has a deadline, a paused one a reason and review date", clock_has_its_end),
    ("extension only before expiry and told to the complainant", extension_is_lawful),
    ("verification and callback are never done by the handler", judged_by_another),
    ("a barred unit sees nothing", barred_sees_nothing),
    ("every notice links to an overdue or failed check", every_notice_has_its_limit),
    ("scores equal a function of the log and the scheme version", all_follows_from_the_log),
    ("a barred unit has nothing of the case", barred_has_nothing),
    ("a barred unit does nothing with the case", barred_does_nothing),
    ("what takes two persons is done by two", two_persons),
    ("what has ended waits for nothing", end_is_silent),
    ("amber, steps and limit are in their order", clock_is_ordered),
    ("an accepted command is one that the table allows", is_admissible),
];

/// The duty stays where it came first (首接负责): an adjudication moves it, what follows from one, a unit
/// that may not have it, and one that has ended.
fn one_lead(step: &Step<'_>) -> bool {
    let (before, after) = (step.before.lead.as_ref(), step.after.lead.as_ref());
    let lawful = step.events.iter().any(|event| {
        matches!(
            event,
            Event::ObjectionAdjudicated(_)
                | Event::FinalUnitDesignated(_)
                | Event::ReturnApproved(_)
                | Event::UnitBarred(_)
                | Event::WorkMoved(_)
        )
    });
    let sent_back = step.before.life == Life::PendingDispatch;
    before.is_none() || before == after || lawful || sent_back
}

fn lead_is_never_empty(step: &Step<'_>) -> bool {
    let handled = matches!(
        step.after.life,
        Life::Dispatched
            | Life::InProgress
            | Life::Suspended
            | Life::ReturnPending
            | Life::AwaitingOutside
            | Life::Handled
            | Life::PendingCallback
            | Life::CalledBack
    );
    // What another case was worked on for has its lead there, while its own complainant is asked.
    let elsewhere = step.after.merged.is_some();
    let led = step.after.lead.is_some() && step.after.responsible.is_some() && step.after.rung.is_some();
    !handled || elsewhere || led
}

fn on_its_rung(step: &Step<'_>) -> bool {
    let policy = &step.rules.policy;
    let Some(item) = step.after.item.as_ref().and_then(|code| policy.catalogue.item(code)) else {
        return !step.events.iter().any(|event| matches!(event, Event::CaseDispatched(_)));
    };
    let able = |rung: Rung| item.lowest_rung.is_some_and(|lowest| rung >= lowest);
    let listed = |rung: Rung, duties: &[Duty]| {
        let list = policy.community.as_ref().filter(|_| rung <= Rung::Community);
        list.is_none_or(|list| duties.contains(&list.duty(&item.code)))
    };
    let rung_of = |unit: &UnitId| step.rules.org.unit(unit).map_or(Rung::Grid, |unit| unit.rung);
    step.events.iter().all(|event| match event {
        Event::CaseDispatched(e) => able(e.rung) && listed(e.rung, &[Duty::Lead]),
        Event::CaseDeescalated(e) => able(e.to) && listed(e.to, &[Duty::Lead]),
        Event::CaseEscalated(e) => able(e.to),
        Event::TaskSubDispatched(e) => {
            able(rung_of(&e.unit)) && listed(rung_of(&e.unit), &[Duty::Lead, Duty::Assist])
        }
        _ => true,
    })
}

fn final_is_final(step: &Step<'_>) -> bool {
    let settled = step.before.hands.final_unit.is_some() && step.before.hands.final_unit == step.before.lead;
    let sent_back = |event: &Event| {
        matches!(event, Event::ReturnRequested(_) | Event::ReturnApproved(_) | Event::DispatchObjected(_))
    };
    !settled || !step.events.iter().any(sent_back) || redesignated(step)
}

/// Whoever designates may put it right.
fn redesignated(step: &Step<'_>) -> bool {
    step.events.iter().any(|event| matches!(event, Event::FinalUnitDesignated(_)))
}

fn clock_has_its_end(step: &Step<'_>) -> bool {
    let state = step.after;
    let runs = !state.life.is_running()
        || (state.resolve.is_some() && (state.red_told || state.next_deadline().is_some()));
    let stands = (state.life == Life::Suspended) == state.suspended.is_some();
    let reviewed = state.suspended.is_none_or(|(_, review)| {
        review.is_none() || state.next_deadline().is_some_and(|next| next.name == DeadlineName::Review)
    });
    let reasoned = step.events.iter().all(|event| match event {
        Event::CaseSuspended(e) => !e.reason.trim().is_empty() && e.review_at > e.from,
        _ => true,
    });
    runs && stands && reviewed && reasoned
}

/// Asked in time it may be granted later: the unit cannot help how long others think.
fn extension_is_lawful(step: &Step<'_>) -> bool {
    let (told, asked) = match step.command {
        Command::Extend { complainant_told, .. }
        | Command::Hand(Hand::RequestExtension { complainant_told, .. }) => (*complainant_told, true),
        _ => (true, false),
    };
    let in_time = step.before.resolve.as_ref().is_some_and(|clock| step.now < clock.due_at);
    let extended = |event: &Event| matches!(event, Event::ExtensionGranted(_) | Event::ExtensionRequested(_));
    let waits = matches!(&step.before.hands.asked, Some(Asked { what: Ask::Extension { .. }, .. }));
    // What the sending system grants is its own to answer for.
    let theirs = matches!(step.command, Command::DecideOutside { .. });
    !step.events.iter().any(extended) || (told && if asked { in_time } else { waits || theirs })
}

fn judged_by_another(step: &Step<'_>) -> bool {
    let judges = step.events.iter().any(|event| {
        matches!(
            event,
            Event::VerificationPassed(_) | Event::VerificationFailed(_) | Event::CallbackCompleted(_)
        )
    });
    let worked = step.before.handlers.contains(&step.actor.id)
        || step.before.whistle.hands.contains(&step.actor.id)
        || step.before.parts.hands.contains(&step.actor.id)
        || (step.actor.unit.is_some() && step.actor.unit == step.before.lead);
    !judges || !worked
}

fn is_barred(state: &State, unit: &UnitId, rules: &Rulebook) -> bool {
    state.barred.units.iter().any(|barred| unit == barred || rules.org.is_within(unit, barred))
}

/// No message about the case goes to it, but the one that takes the case away.
fn barred_sees_nothing(step: &Step<'_>) -> bool {
    if step.after.barred.units.is_empty() {
        return true;
    }
    let mut origin = step.origin.clone();
    step.events.iter().all(|event| {
        origin.evolve(event);
        reaction::react(&recorded(step, event), &origin).iter().all(|message| {
            let unit = match message {
                Message::Dispatch(dispatch) => &dispatch.unit,
                Message::Leg(leg) => &leg.unit,
                Message::Answer(answer) => &answer.unit,
                Message::Receipt(_)
                | Message::Status(_)
                | Message::Recall(_)
                | Message::Reconciliation(_) => {
                    return true;
                }
            };
            !is_barred(step.after, unit, step.rules)
        })
    })
}

fn recorded(step: &Step<'_>, event: &Event) -> Recorded {
    Recorded {
        position: 1,
        stream: StreamId::case(domain::ids::CaseId(Uuid::nil())),
        sequence: 1,
        event: stream::Event::Case(event.clone()),
        meta: Meta {
            occurred_at: step.now,
            recorded_at: step.now,
            actor: step.actor.clone(),
            correlation: Uuid::nil(),
            causation: Uuid::nil(),
            command_id: Uuid::nil(),
        },
    }
}

/// Whoever is told of lateness was late: the limit ran, and it has passed.
fn every_notice_has_its_limit(step: &Step<'_>) -> bool {
    let waited = step.before.next_deadline();
    let passed = |due_at: Timestamp, name: Option<DeadlineName>| {
        due_at <= step.now
            && waited
                .as_ref()
                .is_some_and(|next| next.due_at == due_at && name.is_none_or(|name| next.name == name))
    };
    step.events.iter().all(|event| match event {
        Event::AmberReached(e) => passed(e.due_at, Some(DeadlineName::Amber)),
        Event::DeadlinePassed(e) => passed(e.due_at, Some(e.name)),
        Event::WhistleLegLate(e) => passed(e.due_at, None),
        Event::PartLate(e) => passed(e.due_at, None),
        Event::SupervisionLate(e) => passed(e.due_at, Some(e.name)),
        Event::UrgeWritten(e) => e.due_at.is_none_or(|due_at| passed(due_at, Some(DeadlineName::Supervise))),
        Event::NoticeDrafted(e) => match e.facts.cause {
            SupervisionCause::Overdue => {
                step.before.red_told && e.facts.limit.is_some_and(|limit| limit <= step.now)
            }
            SupervisionCause::FailedCheck => step.before.supervision.failed_check,
            SupervisionCause::ReopenLimit | SupervisionCause::Person => false,
        },
        Event::NoticeIssued(e) => step.before.supervision.notice(Some(e.notice)).is_some(),
        Event::CaseEscalated(e) => e.due_at.is_none_or(|due_at| passed(due_at, Some(DeadlineName::Escalate))),
        _ => true,
    })
}

/// What is stored is what is known: read again from what is written, the events make the same state.
fn all_follows_from_the_log(step: &Step<'_>) -> bool {
    let mut state = step.before.clone();
    for event in step.events {
        let written = serde_json::to_string(event).unwrap_or_default();
        let Ok(read) = serde_json::from_str::<Event>(&written) else { return false };
        <domain::case::Case as domain::decider::Decider>::evolve(&mut state, &read);
    }
    state == *step.after
}

fn barred_has_nothing(step: &Step<'_>) -> bool {
    let holders = step.after.holders();
    !step.after.life.is_open() || !holders.iter().any(|unit| is_barred(step.after, unit, step.rules))
}

fn barred_does_nothing(step: &Step<'_>) -> bool {
    let barred = |unit: &UnitId| is_barred(step.before, unit, step.rules);
    step.events.is_empty() || !step.actor.unit.as_ref().is_some_and(barred)
}

/// 作废、剔除、调阅: one asks, another decides.
fn two_persons(step: &Step<'_>) -> bool {
    let by = &step.actor.id;
    step.events.iter().all(|event| match event {
        Event::CaseVoided(_) | Event::VoidRefused(_) => {
            step.before.void_asked.as_ref().is_some_and(|asked| asked.by != *by)
        }
        Event::NoticeIssued(e) => step
            .before
            .supervision
            .notice(Some(e.notice))
            .is_some_and(|notice| notice.draft.as_ref().is_some_and(|draft| !draft.hands.contains(by))),
        Event::ReasonAccepted(_) | Event::ReasonRefused(_) => {
            step.before.supervision.reason.as_ref().is_some_and(|reason| reason.by != *by)
        }
        Event::RevealDecided(_) => step.before.reveal.asked_by.as_ref().is_some_and(|asked| asked != by),
        Event::ReporterRevealed(_) if step.before.reveal.confidential => {
            step.before.reveal.granted_to.as_ref() == Some(by)
        }
        Event::CaseExcluded(_) | Event::ExclusionRefused(_) => match &step.before.exclusion {
            domain::case::exclusion::Exclusion::Asked { by: parts, .. } => !parts.contains(by),
            _ => false,
        },
        _ => true,
    })
}

fn end_is_silent(step: &Step<'_>) -> bool {
    let state = step.after;
    state.life.is_open() || state.life == Life::Absent || state.next_deadline().is_none()
}

fn clock_is_ordered(step: &Step<'_>) -> bool {
    step.after.resolve.as_ref().is_none_or(|clock| {
        clock.amber_at <= clock.due_at
            && clock.steps.is_sorted_by_key(|step| (step.to, step.at))
            && clock.steps.iter().all(|step| step.at <= clock.due_at)
    })
}

/// What a unit that has a part and does not answer for the case says about it, is about its part.
fn is_admissible(step: &Step<'_>) -> bool {
    let (unit, before) = (step.actor.unit.as_ref(), step.before);
    let has_a_part = unit.is_some_and(|unit| before.parts.open().any(|part| part.unit == *unit));
    let answers = unit.is_some() && (unit == before.lead.as_ref() || unit == before.responsible.as_ref());
    let kind = match Kind::of(step.command) {
        Kind::Sign if has_a_part && !answers => Kind::SignPart,
        Kind::SubmitResult if has_a_part && !answers => Kind::FinishPart,
        Kind::RequestReturn if has_a_part && !answers => Kind::RequestRelease,
        kind => kind,
    };
    answer(kind, before.life).is_none()
}
