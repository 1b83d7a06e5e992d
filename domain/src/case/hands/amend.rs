//! 更正答复: the reply is put right before the complainant is called back.

use crate::case::event::{Event, ReplyAmended};
use crate::case::handle;
use crate::case::rejection::{Code, Rejection};
use crate::case::state::{Life, State};
use crate::context::Context;
use crate::policy::Matter;
use crate::sealed::Sealed;

use super::{claim, with_reason};

/// 更正答复
pub(super) fn amend(
    state: &State,
    reply: &Sealed,
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let unit = handle::acting_unit(state, context)?;
    claim::free_for(state, &unit, context.actor)?;
    let reason = with_reason(reason)?;
    let asked_outside = matches!(state.hands.outside, Some((Matter::Rating, _)));
    if state.life == Life::AwaitingOutside && !asked_outside {
        return Err(Code::TooLateToAmend.into());
    }
    let by = context.actor.id.clone();
    Ok(vec![Event::ReplyAmended(ReplyAmended { unit, by, reason, reply: reply.clone() })])
}

#[cfg(test)]
mod specs {
    use crate::case::spec::*;
    use crate::case::{Code, Command, Hand};
    use crate::sealed::Sealed;

    #[test]
    fn a_reply_is_put_right_until_the_callback() {
        let amend = || hand(Hand::AmendReply { reply: Sealed("new".into()), reason: "日期写错".into() });
        let worked = vec![register(), Command::Sign, result()];
        spec().given(&worked).by_handler().when(amend()).then_named(&["ReplyAmended"]);
        let checked = [&worked[..], &[passed()]].concat();
        spec().given(&checked).by_handler().when(amend()).then_named(&["ReplyAmended"]);
        spec().given(&checked).by_other_unit().when(amend()).then_rejected(Code::NotYourUnit);
        let asked = [&checked[..], &[callback(false)]].concat();
        spec().given(&asked).by_handler().when(amend()).then_rejected(Code::TooLateToAmend);
        spec().given(&[register()]).by_handler().when(amend()).then_rejected(Code::NoResultYet);
    }
}
