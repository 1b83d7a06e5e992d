//! 归档: a closed case gets its number in the archive; from then on it can only be read.

use super::event::{CaseArchived, Event};
use super::exclusion::Exclusion;
use super::rejection::{Code, Rejection};
use super::state::State;
use crate::intake::redact;

/// 归档
pub(super) fn decide(state: &State, number: &str) -> Result<Vec<Event>, Rejection> {
    let asked = state.reveal.asked_by.is_some() || matches!(state.exclusion, Exclusion::Asked { .. });
    if asked {
        return Err(Code::DecisionPending.into());
    }
    let number = redact::reason(number);
    if number.is_empty() {
        return Err(Code::ReasonMissing.into());
    }
    Ok(vec![Event::CaseArchived(CaseArchived { number })])
}

#[cfg(test)]
mod specs {
    use crate::case::spec::*;
    use crate::case::{Code, Command, Edge};

    #[test]
    fn an_archived_case_is_read_and_nothing_else() {
        let given = [register(), Command::Sign, result(), passed(), callback(true)];
        let archive = || Command::Edge(Edge::Archive { number: "2026-0001".into() });
        spec().given(&given).when(archive()).then_named(&["CaseArchived"]);
        spec().given(&given).given(&[archive()]).when(reopen()).then_rejected(Code::CaseIsArchived);
        spec().given(&[register()]).when(archive()).then_rejected(Code::NotClosed);
    }
}
