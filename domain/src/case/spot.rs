//! 自处置: a grid settles on the spot what it can, with photographs of before and after. 未诉先办: what a
//! grid finds by itself has no complainant: nobody is contacted and nobody is called back.

use super::clocks;
use super::event::{ClosedOnSpot, Event, EvidenceKind};
use super::handle;
use super::part;
use super::rejection::{Code, Rejection};
use super::state::State;
use crate::context::Context;
use crate::ids::Rung;
use crate::sealed::Sealed;

/// The channel of what a grid finds on its round.
pub(super) const PATROL: &str = "patrol";
/// One in so many is checked.
const SAMPLE: u32 = 10;

/// Settled on the spot by the grid that has it.
pub(super) fn close(state: &State, reply: &Sealed, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let unit = handle::acting_unit(state, context)?;
    if state.start != Some(Rung::Grid) || state.rung != Some(Rung::Grid) {
        return Err(Code::NotOfAGrid.into());
    }
    part::none_open(state)?;
    if !is_shown(state) {
        return Err(Code::PhotosMissing.into());
    }
    let limits = clocks::limits(state, context);
    let sample = is_drawn(&state.case_no);
    let count = |wanted: bool, limit: Option<&crate::calendar::Budget>| {
        if wanted { clocks::due(context.rules, context.occurred_at, limit) } else { Ok(None) }
    };
    Ok(vec![Event::ClosedOnSpot(ClosedOnSpot {
        unit,
        by: context.actor.id.clone(),
        at: context.occurred_at,
        reply: reply.clone(),
        sample,
        verify: count(sample, limits.verify.as_ref())?,
        callback: count(!sample && !state.patrol, limits.callback.as_ref())?,
    })])
}

/// A picture of before, and another one of after.
fn is_shown(state: &State) -> bool {
    let pictures = |kind: EvidenceKind| {
        state.evidence.iter().filter(move |file| file.kind == kind && file.media_type.starts_with("image/"))
    };
    pictures(EvidenceKind::Before)
        .any(|before| pictures(EvidenceKind::After).any(|after| after.id != before.id))
}

/// By the case's number, which looks random: nobody can choose what is checked.
fn is_drawn(case_no: &str) -> bool {
    case_no.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % SAMPLE == 0
}

#[cfg(test)]
mod specs {
    use super::*;
    use crate::case::Edge;
    use crate::case::event::EvidenceFile;
    use crate::case::spec::*;
    use crate::case::{Command, Life};
    use crate::ids::ItemCode;

    fn photo(kind: EvidenceKind) -> Command {
        let id = format!("{:064x}", kind as u8);
        let file = EvidenceFile { id, kind, media_type: "image/jpeg".into(), bytes: 9, size: None };
        Command::AttachEvidence { file }
    }

    fn found(number: &str) -> Command {
        let mut fields = register_fields();
        fields.channel = "patrol".into();
        fields.case_no = number.into();
        fields.item = Some(ItemCode::new("0301"));
        Command::Register(Box::new(fields))
    }

    fn settle() -> Command {
        Command::Edge(Edge::CloseOnSpot { reply: Sealed("劝离".into()) })
    }

    fn number(drawn: bool) -> String {
        let numbers = (0..100).map(|n| format!("20261120-{n:08}"));
        numbers.into_iter().find(|number| is_drawn(number) == drawn).unwrap()
    }

    #[test]
    fn a_document_or_the_same_picture_twice_shows_nothing() {
        let file = |kind, id: &str, media_type: &str| {
            let (id, media_type) = (id.repeat(64), media_type.to_owned());
            Command::AttachEvidence { file: EvidenceFile { id, kind, media_type, bytes: 9, size: None } }
        };
        let (before, after) = (EvidenceKind::Before, EvidenceKind::After);
        for files in [
            [file(before, "1", "application/pdf"), file(after, "2", "application/pdf")],
            [file(before, "1", "image/jpeg"), file(after, "1", "image/jpeg")],
        ] {
            let given = [&[found(&number(false)), Command::Sign][..], &files[..]].concat();
            spec().given(&given).by_handler().when(settle()).then_rejected(Code::PhotosMissing);
        }
    }

    #[test]
    fn what_a_grid_finds_has_no_complainant_to_contact() {
        let events = spec().when(found(&number(false))).events();
        let state = state_of(&events);
        assert!(state.dues.iter().all(|(name, _)| name.as_str() != "contact"));
    }

    #[test]
    fn a_find_settled_on_the_spot_with_both_photographs_is_closed() {
        let given = [found(&number(false)), photo(EvidenceKind::Before), photo(EvidenceKind::After)];
        let events = spec().given(&given).by_handler().when(settle()).then_named(&["ClosedOnSpot"]);
        assert_eq!(state_of(&events).life, Life::Closed);
    }

    #[test]
    fn without_both_photographs_nothing_is_settled() {
        let given = [found(&number(false)), photo(EvidenceKind::Before)];
        spec().given(&given).by_handler().when(settle()).then_rejected(Code::PhotosMissing);
    }

    #[test]
    fn one_that_is_drawn_is_checked_and_never_called_back() {
        let given = [found(&number(true)), photo(EvidenceKind::Before), photo(EvidenceKind::After)];
        let events = spec().given(&given).by_handler().when(settle()).events();
        assert_eq!(state_of(&events).life, Life::Handled);
        let mut given = given.to_vec();
        given.push(settle());
        let events = spec().given(&given).when(passed()).then_named(&["VerificationPassed", "CaseClosed"]);
        assert_eq!(state_of(&events).life, Life::Closed);
    }

    #[test]
    fn a_complaint_settled_on_the_spot_is_called_back() {
        let mut fields = register_fields();
        fields.case_no = number(false);
        let given =
            [Command::Register(Box::new(fields)), photo(EvidenceKind::Before), photo(EvidenceKind::After)];
        let events = spec().given(&given).by_handler().when(settle()).events();
        assert_eq!(state_of(&events).life, Life::PendingCallback);
    }

    #[test]
    fn a_street_does_not_settle_on_the_spot() {
        spec().given(&[street_case()]).when(settle()).then_rejected(Code::NotOfAGrid);
    }
}
