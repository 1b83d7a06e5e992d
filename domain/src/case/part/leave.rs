//! 退出、说明、收回: how a part ends without its unit's feedback; never silently.

use super::state::{Part, PartPhase};
use super::{late, open_of, own, with_reason};
use crate::calendar::Suspension;
use crate::case::clocks;
use crate::case::event::{Event, PartEnd, PartEnded, PartKind, PartReleaseAsked, PartReleaseRefused};
use crate::case::handle::acting_unit;
use crate::case::rejection::{Code, Rejection};
use crate::case::state::State;
use crate::context::Context;
use crate::ids::UnitId;

/// 申请退出, with a reason; its clocks stand until somebody else has decided.
pub(super) fn request(state: &State, reason: &str, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let part = own(state, context)?;
    match part.phase {
        PartPhase::Given | PartPhase::Signed => Ok(vec![Event::PartReleaseAsked(PartReleaseAsked {
            part: part.part,
            unit: part.unit.clone(),
            by: context.actor.id.clone(),
            reason: with_reason(reason)?,
            at: context.occurred_at,
            decide: clocks::due(context.rules, context.occurred_at, Some(&context.rules.policy.sla.decide))?,
        })]),
        PartPhase::Asking => Ok(Vec::new()),
        _ => Err(Rejection::about(Code::PartIsOver, &part.unit)),
    }
}

/// Granted, the part ends; refused, it goes on, without the time of waiting.
pub(super) fn decide(
    state: &State,
    unit: &UnitId,
    granted: bool,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let part = open_of(state, unit)?;
    let Some((_, since, by)) = &part.asked else {
        return Err(Rejection::about(Code::NothingAsked, unit));
    };
    if *by == context.actor.id {
        return Err(Code::AskerCannotDecide.into());
    }
    gave(state, part, context)?;
    let reason = with_reason(reason)?;
    if granted {
        return Ok(vec![ended(part, PartEnd::Released, reason)]);
    }
    let waited =
        (*since < context.occurred_at).then_some(Suspension { from: *since, to: Some(context.occurred_at) });
    Ok(vec![Event::PartReleaseRefused(PartReleaseRefused {
        part: part.part,
        unit: part.unit.clone(),
        reason,
        clocks: late::recount(&part.clocks, waited, context)?,
    })])
}

/// 说明: the result goes without this unit, and the lead says why (北京条例 §14).
pub(super) fn explain(
    state: &State,
    unit: &UnitId,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let part = open_of(state, unit)?;
    acting_unit(state, context)?;
    Ok(vec![ended(part, PartEnd::Explained, with_reason(reason)?)])
}

/// 收回, by whoever may give such a part.
pub(super) fn take_back(
    state: &State,
    unit: &UnitId,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let part = open_of(state, unit)?;
    gave(state, part, context)?;
    Ok(vec![ended(part, PartEnd::TakenBack, with_reason(reason)?)])
}

/// What was handed down is the lead's to decide; a co-unit's part is not, nor its own.
fn gave(state: &State, part: &Part, context: &Context<'_>) -> Result<(), Rejection> {
    match part.kind {
        PartKind::Sub => acting_unit(state, context).map(drop),
        PartKind::Co => {
            let party = context
                .actor
                .unit
                .as_ref()
                .filter(|unit| **unit == part.unit || context.rules.org.is_within(unit, &part.unit));
            party.map_or(Ok(()), |_| Err(Code::AskerCannotDecide.into()))
        }
    }
}

fn ended(part: &Part, end: PartEnd, reason: String) -> Event {
    Event::PartEnded(PartEnded { part: part.part, unit: part.unit.clone(), end, reason })
}

#[cfg(test)]
mod specs {
    use crate::case::event::PartStage;
    use crate::case::spec::*;
    use crate::case::{Code, Command, PartCommand};
    use crate::ids::UnitId;

    fn police() -> UnitId {
        UnitId::new("D-gongan")
    }

    fn given() -> Given {
        spec().given(&[street_case(), co(&["D-gongan"]), Command::Sign])
    }

    fn ask() -> Command {
        Command::Part(PartCommand::RequestRelease { reason: "不属本单位职责".into() })
    }

    fn decide(granted: bool) -> Command {
        Command::Part(PartCommand::DecideRelease {
            unit: police(), granted, reason: "依三定方案".into()
        })
    }

    fn explain(reason: &str) -> Command {
        Command::Part(PartCommand::ExplainPart { unit: police(), reason: reason.into() })
    }

    fn take_back(unit: UnitId) -> Command {
        Command::Part(PartCommand::TakeBackPart { unit, reason: "改由社区直接办".into() })
    }

    #[test]
    fn a_silent_co_unit_is_explained_by_the_lead_with_a_reason_or_the_result_waits() {
        given().by_street().when(explain("")).then_rejected(Code::ReasonMissing);
        given().by_unit("D-gongan").when(explain("没空")).then_rejected(Code::NotYourUnit);
        given().by_street().when(explain("公安已在他案处置")).then_named(&["PartEnded"]);
        given()
            .given_by(street().as_str(), &[explain("公安已在他案处置")])
            .by_street()
            .when(result())
            .then_named(&["ResultSubmitted"]);
    }

    #[test]
    fn a_co_unit_asks_to_be_released_and_somebody_else_decides() {
        let asked = || given().given_by("D-gongan", &[ask()]);
        asked().by_unit("D-gongan").when(decide(true)).then_rejected(Code::AskerCannotDecide);
        asked().by_unit("D-gongan").when(finish_part()).then_rejected(Code::DecisionPending);
        asked().by_street().when(result()).then_rejected(Code::PartsOpen);
        asked().by_supervisor().when(decide(true)).then_named(&["PartEnded"]);
        let state = state_of(&asked().by_supervisor().when(decide(true)).events());
        assert_eq!(state.parts.open().count(), 0);
        given().by_supervisor().when(decide(true)).then_rejected(Code::NothingAsked);
    }

    #[test]
    fn refused_it_goes_on_without_the_time_of_waiting() {
        let before = state_of(&given().by_unit("D-gongan").when(sign_part()).events());
        let due = |state: &crate::case::State| {
            state.parts.part_of(&police()).and_then(|part| part.clocks.due_at(PartStage::Finish, None))
        };
        let events = given()
            .given_by("D-gongan", &[sign_part(), ask()])
            .at("2026-11-24T10:00:00+08:00")
            .by_supervisor()
            .when(decide(false))
            .then_named(&["PartReleaseRefused"]);
        let after = state_of(&events);
        assert!(due(&after) > due(&before));
        assert_eq!(after.resolve, before.resolve, "the resident's clock never moves");
    }

    #[test]
    fn what_was_handed_down_is_taken_back_by_the_lead_and_by_nobody_else() {
        let lead = community();
        let down = || spec().given(&[community_case()]).given_by(lead.as_str(), &[sub(&grid())]);
        down().by_unit(grid().as_str()).when(take_back(grid())).then_rejected(Code::NotYourUnit);
        down().by_unit(lead.as_str()).when(take_back(grid())).then_named(&["PartEnded"]);
        let over = down().given_by(lead.as_str(), &[take_back(grid())]);
        over.by_unit(grid().as_str()).when(sign_part()).then_rejected(Code::PartIsOver);
        given().by_unit("D-gongan").when(take_back(police())).then_rejected(Code::AskerCannotDecide);
        given().by_supervisor().when(take_back(police())).then_named(&["PartEnded"]);
    }
}
