//! 研判: what is answered, explained or referred, and not dispatched (北京条例 §11), and what is asked first.

use super::clocks;
use super::event::{CaseAnswered, CaseDeclined, CaseReferred, Event, Ground, InfoAsked, InfoSupplied, Route};
use super::rejection::{Code, Rejection};
use super::state::{Life, State};
use crate::context::Context;
use crate::sealed::Sealed;

/// 即时答复
pub(super) fn answer(reply: &Sealed) -> Vec<Event> {
    vec![Event::CaseAnswered(CaseAnswered { reply: reply.clone() })]
}

/// 不予受理, with what the complainant was told.
pub(super) fn decline(ground: Ground, reply: &Sealed) -> Vec<Event> {
    vec![Event::CaseDeclined(CaseDeclined { ground, reply: reply.clone() })]
}

/// 转紧急热线、法定渠道
pub(super) fn refer(route: Route, reply: &Sealed) -> Vec<Event> {
    vec![Event::CaseReferred(CaseReferred { route, reply: reply.clone() })]
}

/// 请诉求人补充: the limit for the dispatch stands, and another one runs.
pub(super) fn ask(reply: &Sealed, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let rules = context.rules;
    let info = clocks::due(rules, context.occurred_at, rules.policy.sla.info.as_ref())?;
    Ok(vec![Event::InfoAsked(InfoAsked { reply: reply.clone(), info })])
}

/// 已补充: back to triage, with the whole limit for the dispatch.
pub(super) fn supplied(
    state: &State,
    reply: Option<&Sealed>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if state.life != Life::NeedsInfo {
        return Err(Code::NothingAsked.into());
    }
    let limit = clocks::limits(state, context).dispatch;
    let dispatch = clocks::due(context.rules, context.occurred_at, limit.as_ref())?;
    Ok(vec![Event::InfoSupplied(InfoSupplied { reply: reply.cloned(), dispatch })])
}

#[cfg(test)]
mod specs {
    use super::*;
    use crate::case::Edge;
    use crate::case::spec::*;
    use crate::case::{Accused, Command};

    fn text() -> Sealed {
        Sealed("told".into())
    }

    fn in_triage() -> Command {
        let mut fields = register_fields();
        fields.place = None;
        Command::Register(Box::new(fields))
    }

    #[test]
    fn every_route_out_of_triage_ends_the_case_and_none_is_a_dispatch() {
        let mut routes = vec![Command::Edge(Edge::AnswerDirectly { reply: text() })];
        routes.extend(Ground::ALL.map(|(ground, ..)| Command::Edge(Edge::Decline { ground, reply: text() })));
        routes
            .extend(Route::ALL.map(|(route, ..)| Command::Edge(Edge::TransferOut { route, reply: text() })));
        for route in routes {
            let events = spec().given(&[in_triage()]).when(route).events();
            let state = state_of(&events);
            assert!(!state.life.is_open() && state.next_deadline().is_none() && state.lead.is_none());
        }
    }

    #[test]
    fn what_was_dispatched_is_no_longer_screened() {
        let declining = Command::Edge(Edge::Decline { ground: Ground::Secret, reply: text() });
        spec().given(&[register()]).when(declining).then_rejected(Code::AlreadyDispatched);
    }

    #[test]
    fn what_was_answered_is_over_until_something_new_comes() {
        spec()
            .given(&[in_triage(), Command::Edge(Edge::AnswerDirectly { reply: text() })])
            .when(Command::Dispatch { unit: None })
            .then_rejected(Code::CaseIsScreened);
    }

    #[test]
    fn while_the_complainant_is_asked_only_that_limit_runs() {
        let events = spec()
            .given(&[in_triage()])
            .when(Command::Edge(Edge::AskComplainant { question: text() }))
            .then_named(&["InfoAsked"]);
        let next = state_of(&events).next_deadline();
        assert_eq!(next.map(|next| next.name.as_str()), Some("info"));
    }

    #[test]
    fn an_answer_or_a_supplement_brings_it_back_to_triage_with_the_whole_limit() {
        let supplement = Command::Supplement {
            received_at: at(FRIDAY),
            revision: None,
            sealed: text(),
            accused: Accused::default(),
        };
        for command in [Command::Edge(Edge::SupplyInfo { info: text() }), supplement] {
            let events = spec()
                .given(&[in_triage(), Command::Edge(Edge::AskComplainant { question: text() })])
                .at("2026-11-23T10:00:00+08:00")
                .when(command)
                .events();
            let state = state_of(&events);
            assert_eq!(state.life, Life::Registered);
            let next = state.next_deadline();
            assert_eq!(next.map(|next| next.due_at), Some(at("2026-11-23T14:00:00+08:00")));
        }
    }
}
