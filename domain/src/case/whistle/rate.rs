//! 评哨 (北京条例 §33: 双考核): the sounder rates the unit, and the unit rates the sounder.

use super::leg::told;
use super::state::Leg;
use crate::case::event::{Event, WhistleRated};
use crate::case::rejection::{Code, Rejection};
use crate::case::state::State;
use crate::context::Context;
use crate::ids::UnitId;
use crate::intake::redact;

/// The best score.
const BEST: u8 = 5;

/// 评哨: after the stand-down, within its limit, once for each side. A called unit rates the sounder of
/// its own leg; the sounder names the unit.
pub(in crate::case) fn rate(
    state: &State,
    unit: Option<&UnitId>,
    score: u8,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if !(1..=BEST).contains(&score) {
        return Err(Rejection::about(Code::ScoreOutOfRange, score));
    }
    let (leg, by_sounder) = rated(state, unit, context)?;
    let Some(limit) = leg.rate.as_ref() else {
        return Err(Rejection::about(Code::LegNotOver, &leg.unit));
    };
    if context.occurred_at > limit.due_at {
        return Err(Rejection::about(Code::RatingTooLate, limit.due_at));
    }
    if (by_sounder && leg.rated_by_sounder) || (!by_sounder && leg.rated_by_unit) {
        return Err(Rejection::about(Code::AlreadyRated, &leg.unit));
    }
    let (by, of) = if by_sounder { (&leg.sounder, &leg.unit) } else { (&leg.unit, &leg.sounder) };
    Ok(vec![Event::WhistleRated(WhistleRated {
        leg: leg.leg,
        by: by.clone(),
        of: of.clone(),
        by_sounder,
        score,
        reason: redact::reason(reason),
    })])
}

/// The leg that is meant, and whether it is the sounder who speaks.
fn rated<'a>(
    state: &'a State,
    unit: Option<&UnitId>,
    context: &Context<'_>,
) -> Result<(&'a Leg, bool), Rejection> {
    let actor = context.actor.unit.as_ref();
    let stranger = || Rejection::about(Code::NotAParty, told(context));
    let named = unit.filter(|unit| Some(*unit) != actor);
    if let Some(unit) = named {
        let leg = state.whistle.leg_of(unit).ok_or_else(|| Rejection::about(Code::NotCalled, unit))?;
        let sounds = actor.is_none_or(|actor| *actor == leg.sounder);
        return if sounds { Ok((leg, true)) } else { Err(stranger()) };
    }
    let own = actor.and_then(|actor| state.whistle.leg_of(actor)).ok_or_else(stranger)?;
    Ok((own, false))
}

#[cfg(test)]
mod specs {
    use crate::case::event::WhistleKind;
    use crate::case::spec::*;
    use crate::case::{Code, Command, Event};

    fn sounding() -> Given {
        spec().given(&[street_case(), Command::Sign, sound(WhistleKind::Emergency, &["D-gongan"])])
    }

    fn over() -> Given {
        sounding().given_by("D-gongan", &[arrive(), finish()]).given_by(street().as_str(), &[stand_down("")])
    }

    #[test]
    fn each_side_rates_the_other_once() {
        let events = over().by_street().when(rate(Some("D-gongan"), 5)).then_named(&["WhistleRated"]);
        let Event::WhistleRated(rated) = &events[0] else { panic!("rated") };
        assert_eq!((rated.by.clone(), rated.of.as_str()), (street(), "D-gongan"));
        let events = over().by_unit("D-gongan").when(rate(None, 3)).then_named(&["WhistleRated"]);
        let Event::WhistleRated(rated) = &events[0] else { panic!("rated") };
        assert_eq!((rated.by.as_str(), rated.of.clone()), ("D-gongan", street()));
        over()
            .given_by("D-gongan", &[rate(None, 3)])
            .by_unit("D-gongan")
            .when(rate(None, 5))
            .then_rejected(Code::AlreadyRated);
    }

    #[test]
    fn nobody_rates_what_is_not_over_or_is_long_over() {
        sounding().by_street().when(rate(Some("D-gongan"), 5)).then_rejected(Code::LegNotOver);
        // One working day after the stand-down on Friday: Monday, at the close of business.
        over()
            .at("2026-11-23T17:30:00+08:00")
            .by_unit("D-gongan")
            .when(rate(None, 4))
            .then_named(&["WhistleRated"]);
        over()
            .at("2026-11-23T17:30:01+08:00")
            .by_unit("D-gongan")
            .when(rate(None, 4))
            .then_rejected(Code::RatingTooLate);
    }

    #[test]
    fn only_the_two_sides_rate_and_only_from_one_to_five() {
        over().by_unit("D-shuiwu").when(rate(None, 4)).then_rejected(Code::NotAParty);
        over().by_unit("D-shuiwu").when(rate(Some("D-gongan"), 4)).then_rejected(Code::NotAParty);
        over().by_street().when(rate(Some("D-gongan"), 0)).then_rejected(Code::ScoreOutOfRange);
        over().by_street().when(rate(Some("D-gongan"), 6)).then_rejected(Code::ScoreOutOfRange);
    }

    #[test]
    fn a_closed_case_is_still_rated() {
        over()
            .given_by(street().as_str(), &[result()])
            .given(&[passed(), callback(true)])
            .by_unit("D-gongan")
            .when(rate(None, 4))
            .then_named(&["WhistleRated"]);
    }
}
