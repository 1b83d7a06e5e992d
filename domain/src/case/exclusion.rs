//! 剔除: a case is left out of the figures, and only there. One person applies, with evidence; another
//! decides; against a refusal there is one appeal within the policy's limit, which a third person decides.

use serde::{Deserialize, Serialize};

use super::clocks::{self, Due};
use super::event::{
    CaseExcluded, Event, ExclusionAppealed, ExclusionApplied, ExclusionGround, ExclusionRefused,
};
use super::rejection::{Code, Rejection};
use super::state::State;
use crate::context::Context;
use crate::intake::redact;

/// Where an application stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exclusion {
    /// Nobody has applied.
    #[default]
    None,
    /// Asked, or appealed: it waits for somebody who has had no part in it.
    Asked {
        /// On what ground.
        ground: ExclusionGround,
        /// Who has had a part in it.
        by: Vec<String>,
        /// It is the appeal.
        appeal: bool,
    },
    /// Refused; an appeal is possible until then.
    Refused {
        /// On what ground it was asked.
        ground: ExclusionGround,
        /// Who has had a part in it.
        by: Vec<String>,
        /// Limit of the appeal; none: it is final.
        appeal: Option<Due>,
    },
    /// Left out.
    Excluded,
}

/// 剔除申请
pub(super) fn apply(
    state: &State,
    ground: ExclusionGround,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    match &state.exclusion {
        Exclusion::None => {}
        Exclusion::Asked { .. } => return Err(Code::DecisionPending.into()),
        Exclusion::Refused { .. } => return Err(Code::ExclusionRefused.into()),
        Exclusion::Excluded => return Err(Code::AlreadyExcluded.into()),
    }
    if state.evidence.is_empty() {
        return Err(Code::EvidenceMissing.into());
    }
    let (reason, by) = (redact::reason(reason), context.actor.id.clone());
    Ok(vec![Event::ExclusionApplied(ExclusionApplied { ground, reason, by })])
}

/// 裁定
pub(super) fn decide(
    state: &State,
    granted: bool,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let Exclusion::Asked { ground, by, appeal } = &state.exclusion else {
        return Err(Code::NothingAsked.into());
    };
    if by.contains(&context.actor.id) {
        return Err(Code::SecondPersonNeeded.into());
    }
    if state.is_handler(context.actor) {
        return Err(Code::HandlerCannotJudge.into());
    }
    let said = redact::reason(reason);
    if granted {
        return Ok(vec![Event::CaseExcluded(CaseExcluded { ground: *ground, reason: said })]);
    }
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    let window = context.rules.policy.sla.exclusion_appeal;
    let appeal =
        if *appeal { None } else { clocks::due(context.rules, context.occurred_at, window.as_ref())? };
    let by = context.actor.id.clone();
    Ok(vec![Event::ExclusionRefused(ExclusionRefused { reason: said, by, appeal })])
}

/// 申诉
pub(super) fn appeal(state: &State, reason: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    if reason.trim().is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    let Exclusion::Refused { appeal, .. } = &state.exclusion else { return Err(Code::NothingRefused.into()) };
    let Some(limit) = appeal else { return Err(Code::ExclusionFinal.into()) };
    if context.occurred_at > limit.due_at {
        return Err(Code::AppealTooLate.into());
    }
    let (reason, by) = (redact::reason(reason), context.actor.id.clone());
    Ok(vec![Event::ExclusionAppealed(ExclusionAppealed { reason, by })])
}

/// The fold.
pub(super) fn evolve(exclusion: &mut Exclusion, event: &Event) {
    let (ground, mut parts) = match exclusion {
        Exclusion::Asked { ground, by, .. } | Exclusion::Refused { ground, by, .. } => (*ground, by.clone()),
        Exclusion::None | Exclusion::Excluded => (ExclusionGround::WrongDispatch, Vec::new()),
    };
    *exclusion = match event {
        Event::ExclusionApplied(e) => {
            Exclusion::Asked { ground: e.ground, by: vec![e.by.clone()], appeal: false }
        }
        Event::ExclusionAppealed(e) => {
            parts.push(e.by.clone());
            Exclusion::Asked { ground, by: parts, appeal: true }
        }
        Event::ExclusionRefused(e) => {
            parts.push(e.by.clone());
            Exclusion::Refused { ground, by: parts, appeal: e.appeal.clone() }
        }
        Event::CaseExcluded(_) => Exclusion::Excluded,
        _ => return,
    };
}

#[cfg(test)]
mod specs {
    use crate::case::event::{EvidenceFile, EvidenceKind, ExclusionGround};
    use crate::case::spec::*;
    use crate::case::{Code, Command};
    use crate::context::Actor;

    fn photo() -> Command {
        Command::AttachEvidence {
            file: EvidenceFile {
                id: "0".repeat(64),
                kind: EvidenceKind::Near,
                media_type: "image/jpeg".into(),
                bytes: 1,
                size: None,
            },
        }
    }

    fn apply() -> Command {
        Command::ApplyExclusion {
            ground: ExclusionGround::WrongDispatch, reason: "不属于本社区".into()
        }
    }

    fn decide(granted: bool) -> Command {
        Command::DecideExclusion { granted, reason: "派遣无误".into() }
    }

    fn appeal() -> Command {
        Command::AppealExclusion { reason: "界线图见附件".into() }
    }

    fn person(name: &str) -> Actor {
        Actor { id: format!("user:{name}"), unit: None }
    }

    fn asked() -> Given {
        spec().given(&[register(), Command::Sign, photo()]).and_by(handler(), apply())
    }

    #[test]
    fn what_another_person_grants_is_left_out_and_the_case_goes_on() {
        let events = asked().by_supervisor().when(decide(true)).then_named(&["CaseExcluded"]);
        assert!(state_of(&events).life.is_running());
    }

    #[test]
    fn nobody_decides_what_they_asked_and_no_handler_decides_at_all() {
        asked().by_handler().when(decide(true)).then_rejected(Code::SecondPersonNeeded);
        let colleague = Actor { id: "user:tongshi".into(), unit: Some(grid()) };
        asked().by(colleague).when(decide(true)).then_rejected(Code::HandlerCannotJudge);
    }

    #[test]
    fn it_takes_evidence_and_a_reason() {
        spec()
            .given(&[register(), Command::Sign])
            .by_handler()
            .when(apply())
            .then_rejected(Code::EvidenceMissing);
    }

    #[test]
    fn a_refusal_is_appealed_once_in_time_and_decided_by_a_third_person() {
        let refused = || asked().and_by(person("ducha"), decide(false));
        refused().by_handler().when(appeal()).then_named(&["ExclusionAppealed"]);
        let appealed = || refused().and_by(handler(), appeal());
        appealed().by(person("ducha")).when(decide(true)).then_rejected(Code::SecondPersonNeeded);
        appealed().by(person("third")).when(decide(true)).then_named(&["CaseExcluded"]);
        let final_word = || appealed().and_by(person("third"), decide(false));
        final_word().by_handler().when(appeal()).then_rejected(Code::ExclusionFinal);
        final_word().by_handler().when(apply()).then_rejected(Code::ExclusionRefused);
    }

    #[test]
    fn after_the_limit_there_is_no_appeal() {
        asked()
            .and_by(person("ducha"), decide(false))
            .at("2026-12-15T09:00:00+08:00")
            .by_handler()
            .when(appeal())
            .then_rejected(Code::AppealTooLate);
    }

    #[test]
    fn a_closed_case_may_still_be_left_out() {
        spec()
            .given(&[register(), Command::Sign, photo(), result(), passed(), callback(true)])
            .by_handler()
            .when(apply())
            .then_named(&["ExclusionApplied"]);
    }
}
