//! 证据: photographs and files on the case. What they hold is stored elsewhere; here is what may be added.

use super::event::{Event, EvidenceAttached, EvidenceFile};
use super::rejection::{Code, Rejection};
use super::state::State;
use crate::context::Context;

/// Most pieces of evidence on one case.
pub const MOST: usize = 60;

/// The same file for the same purpose is attached once, however often it is sent.
pub(super) fn attach(
    state: &State,
    file: &EvidenceFile,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let known = |known: &EvidenceFile| known.id == file.id && known.kind == file.kind;
    if state.evidence.iter().any(known) {
        return Ok(Vec::new());
    }
    if state.evidence.len() >= MOST {
        return Err(Rejection::about(Code::TooMuchEvidence, MOST));
    }
    let unit = context.actor.unit.clone();
    Ok(vec![Event::EvidenceAttached(EvidenceAttached { file: file.clone(), unit })])
}

#[cfg(test)]
mod specs {
    use super::*;
    use crate::case::Command;
    use crate::case::event::EvidenceKind;
    use crate::case::spec::*;

    fn photo(number: usize, kind: EvidenceKind) -> Command {
        Command::AttachEvidence {
            file: EvidenceFile {
                id: format!("{number:064x}"),
                kind,
                media_type: "image/jpeg".into(),
                bytes: 1000,
                size: Some((640, 480)),
            },
        }
    }

    #[test]
    fn a_photograph_is_attached_by_the_unit_that_works_on_it() {
        let events = spec()
            .given(&[register(), Command::Sign])
            .by_handler()
            .when(photo(1, EvidenceKind::Before))
            .then_named(&["EvidenceAttached"]);
        let [Event::EvidenceAttached(attached)] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(attached.unit, Some(grid()));
    }

    #[test]
    fn the_same_photograph_sent_twice_is_attached_once() {
        spec()
            .given(&[register(), photo(1, EvidenceKind::Before)])
            .when(photo(1, EvidenceKind::Before))
            .then_named(&[]);
        spec()
            .given(&[register(), photo(1, EvidenceKind::Before)])
            .when(photo(1, EvidenceKind::After))
            .then_named(&["EvidenceAttached"]);
    }

    #[test]
    fn a_case_takes_so_many_and_no_more() {
        let mut given = vec![register()];
        given.extend((0..MOST).map(|number| photo(number, EvidenceKind::Near)));
        spec().given(&given).when(photo(MOST, EvidenceKind::Near)).then_rejected(Code::TooMuchEvidence);
    }

    #[test]
    fn a_closed_case_takes_none() {
        spec()
            .given(&[register(), Command::Sign, result(), passed(), callback(true)])
            .when(photo(1, EvidenceKind::After))
            .then_rejected(Code::CaseIsClosed);
    }
}
