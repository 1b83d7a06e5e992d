//! 调阅: reading who complained, where the reporter wants to stay unknown. One person asks with a purpose,
//! another grants it, and it is read once (济南 §16, §32; 信访工作条例 §30).

use serde::{Deserialize, Serialize};

use super::event::{Event, RevealDecided, RevealRequested};
use super::rejection::{Code, Rejection};
use super::state::State;
use crate::context::Context;
use crate::intake::redact;

/// What is known of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reveal {
    /// The reporter wants to stay unknown.
    pub confidential: bool,
    /// Who asked to read it.
    pub asked_by: Option<String>,
    /// Who may read it, once.
    pub granted_to: Option<String>,
}

/// 申请调阅
pub(super) fn request(state: &State, purpose: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let purpose = redact::reason(purpose);
    if purpose.is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    if state.reveal.asked_by.is_some() {
        return Err(Code::DecisionPending.into());
    }
    Ok(vec![Event::RevealRequested(RevealRequested { purpose, by: context.actor.id.clone() })])
}

/// 批准调阅, or not.
pub(super) fn decide(
    state: &State,
    granted: bool,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let asked_by = state.reveal.asked_by.as_ref().ok_or(Code::NothingAsked)?;
    if *asked_by == context.actor.id {
        return Err(Code::SecondPersonNeeded.into());
    }
    let reason = redact::reason(reason);
    if !granted && reason.is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    Ok(vec![Event::RevealDecided(RevealDecided { granted, reason, by: context.actor.id.clone() })])
}

/// Whether this person may read it now.
pub(super) fn check(state: &State, context: &Context<'_>) -> Result<(), Rejection> {
    let granted = state.reveal.granted_to.as_ref() == Some(&context.actor.id);
    if state.reveal.confidential && !granted { Err(Code::RevealNotGranted.into()) } else { Ok(()) }
}

/// The fold.
pub(super) fn evolve(reveal: &mut Reveal, event: &Event) {
    match event {
        Event::RevealRequested(e) => reveal.asked_by = Some(e.by.clone()),
        Event::RevealDecided(e) => {
            let asked_by = reveal.asked_by.take();
            reveal.granted_to = asked_by.filter(|_| e.granted);
        }
        Event::ReporterRevealed(_) => reveal.granted_to = None,
        _ => {}
    }
}

#[cfg(test)]
mod specs {
    use super::*;
    use crate::case::spec::*;
    use crate::case::{Command, Edge};
    use crate::context::Actor;

    fn second() -> Actor {
        Actor { id: "user:zhihuizhang".into(), unit: None }
    }

    fn asked() -> Given {
        let mut fields = register_fields();
        fields.confidential = true;
        let request = Command::Edge(Edge::RequestReveal { purpose: "上门核实".into() });
        spec().given(&[Command::Register(Box::new(fields)), request])
    }

    fn decide(granted: bool) -> Command {
        Command::Edge(Edge::DecideReveal { granted, reason: "确有需要".into() })
    }

    fn read() -> Command {
        Command::RevealReporter { purpose: "上门核实".into() }
    }

    #[test]
    fn a_reporter_who_wants_to_stay_unknown_is_read_once_and_by_two() {
        asked().when(read()).then_rejected(Code::RevealNotGranted);
        asked().when(decide(true)).then_rejected(Code::SecondPersonNeeded);
        let granted = || asked().and_by(second(), decide(true));
        granted().when(read()).then_named(&["ReporterRevealed"]);
        granted().by(second()).when(read()).then_rejected(Code::RevealNotGranted);
        granted().given(&[read()]).when(read()).then_rejected(Code::RevealNotGranted);
    }

    #[test]
    fn what_was_refused_may_be_asked_again_and_is_not_read_before() {
        let refused = || asked().and_by(second(), decide(false));
        refused().when(read()).then_rejected(Code::RevealNotGranted);
        let again = Command::Edge(Edge::RequestReveal { purpose: "有新情况".into() });
        refused().when(again).then_named(&["RevealRequested"]);
    }

    #[test]
    fn it_is_decided_once_and_asked_with_a_purpose() {
        spec().given(&[register()]).by(second()).when(decide(true)).then_rejected(Code::NothingAsked);
        let empty = Command::Edge(Edge::RequestReveal { purpose: " ".into() });
        spec().given(&[register()]).when(empty).then_rejected(Code::ReasonMissing);
    }
}
