//! 分办签收、分办反馈: what the unit that has a part does.

use super::own;
use super::state::PartPhase;
use crate::case::event::{Event, PartFinished, PartSigned};
use crate::case::rejection::{Code, Rejection};
use crate::case::state::State;
use crate::context::Context;
use crate::sealed::Sealed;

/// 签收: after the limit too. Said again, by whatever way, it is the same signature.
pub(super) fn sign(state: &State, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let part = own(state, context)?;
    match part.phase {
        PartPhase::Given => Ok(vec![Event::PartSigned(PartSigned {
            part: part.part,
            unit: part.unit.clone(),
            by: context.actor.id.clone(),
        })]),
        PartPhase::Signed | PartPhase::Finished => Ok(Vec::new()),
        PartPhase::Asking => Err(Rejection::about(Code::DecisionPending, &part.unit)),
        _ => Err(Rejection::about(Code::PartIsOver, &part.unit)),
    }
}

/// 反馈 to the lead, who answers the complainant.
pub(super) fn finish(state: &State, reply: &Sealed, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let part = own(state, context)?;
    match part.phase {
        PartPhase::Signed => Ok(vec![Event::PartFinished(PartFinished {
            part: part.part,
            unit: part.unit.clone(),
            by: context.actor.id.clone(),
            reply: reply.clone(),
        })]),
        PartPhase::Finished => Ok(Vec::new()),
        PartPhase::Given => Err(Rejection::about(Code::NotSigned, &part.unit)),
        PartPhase::Asking => Err(Rejection::about(Code::DecisionPending, &part.unit)),
        _ => Err(Rejection::about(Code::PartIsOver, &part.unit)),
    }
}

#[cfg(test)]
mod specs {
    use crate::case::spec::*;
    use crate::case::{Code, Command, Hand, PartCommand};

    fn given() -> Given {
        spec().given(&[street_case(), co(&["D-gongan"]), Command::Sign])
    }

    #[test]
    fn a_co_unit_signs_and_gives_its_result_to_the_lead_whose_own_waits_for_it() {
        given().by_street().when(result()).then_rejected_about(Code::PartsOpen, "D-gongan");
        given().by_unit("D-gongan").when(finish_part()).then_rejected(Code::NotSigned);
        let signed = || given().given_by("D-gongan", &[sign_part()]);
        signed().by_street().when(result()).then_rejected(Code::PartsOpen);
        signed()
            .given_by("D-gongan", &[finish_part()])
            .by_street()
            .when(result())
            .then_named(&["ResultSubmitted"]);
    }

    #[test]
    fn the_plain_words_of_a_unit_that_has_a_part_are_about_its_part() {
        given().by_unit("D-gongan").when(Command::Sign).then_named(&["PartSigned"]);
        let signed = || given().given_by("D-gongan", &[Command::Sign]);
        signed().by_unit("D-gongan").when(result()).then_named(&["PartFinished"]);
        let back = hand(Hand::RequestReturn {
            reason: crate::case::event::ReturnReason::NotOurDuty,
            note: String::new(),
            suggested: None,
        });
        signed().by_unit("D-gongan").when(back).then_named(&["PartReleaseAsked"]);
        given().by_unit("D-chengguan").when(result()).then_rejected(Code::NotYourUnit);
    }

    #[test]
    fn said_twice_it_is_one_signature_and_one_result() {
        given().given_by("D-gongan", &[sign_part()]).by_unit("D-gongan").when(sign_part()).then_named(&[]);
        let done = given().given_by("D-gongan", &[sign_part(), finish_part()]);
        done.by_unit("D-gongan").when(finish_part()).then_named(&[]);
        given().by_unit("D-chengguan").when(sign_part()).then_rejected(Code::NoPart);
    }

    #[test]
    fn who_worked_on_a_part_does_not_judge_the_case() {
        let done = || {
            given()
                .given_by("D-gongan", &[sign_part(), finish_part()])
                .given_by(street().as_str(), &[result()])
        };
        done().by_unit("D-gongan").when(passed()).then_rejected(Code::HandlerCannotJudge);
        done()
            .given(&[passed()])
            .by_unit("D-gongan")
            .when(callback(true))
            .then_rejected(Code::HandlerCannotJudge);
        done().by_supervisor().when(passed()).then_named(&["VerificationPassed"]);
    }

    #[test]
    fn a_closed_and_a_reopened_case_asks_nobody_for_an_old_part() {
        let closed = || given().given(&[Command::Withdraw { reason: "来电人撤销".into() }]);
        closed().by_unit("D-gongan").when(sign_part()).then_rejected(Code::CaseIsClosed);
        let again = closed().given(&[reopen()]);
        again.by_unit("D-gongan").when(sign_part()).then_rejected(Code::PartIsOver);
        let anew = closed().given(&[reopen(), co(&["D-gongan"])]);
        anew.by_unit("D-gongan").when(Command::Part(PartCommand::SignPart)).then_named(&["PartSigned"]);
    }
}
