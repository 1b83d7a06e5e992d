//! The names of commands in addresses.

use domain::case::admissible::Kind;

use super::{hand_forms, part_forms, supervise_forms};

/// The command's name in addresses; the same word as in the API.
pub fn action(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Classify => "classify",
        Kind::Dispatch => "dispatch",
        Kind::Sign => "sign",
        Kind::Contact => "contact",
        Kind::Extend => "extend",
        Kind::Suspend => "suspend",
        Kind::Resume => "resume",
        Kind::SubmitResult => "submit_result",
        Kind::Verify => "verify",
        Kind::RecordCallback => "record_callback",
        Kind::AttemptCallback => "attempt_callback",
        Kind::Close => "close",
        Kind::Reopen => "reopen",
        Kind::Escalate => "escalate",
        Kind::RevealReporter => "reveal_reporter",
        Kind::RequestVoid => "request_void",
        Kind::DecideVoid => "decide_void",
        Kind::ApplyExclusion => "apply_exclusion",
        Kind::DecideExclusion => "decide_exclusion",
        Kind::AppealExclusion => "appeal_exclusion",
        // A file has a form and an address of its own.
        Kind::AttachEvidence => return None,
        Kind::SoundWhistle => "sound_whistle",
        Kind::ApproveWhistle => "approve_whistle",
        Kind::RespondWhistle => "respond_whistle",
        Kind::ArriveOnSite => "arrive_on_site",
        Kind::DeclineWhistle => "decline_whistle",
        Kind::AdjudicateDecline => "adjudicate_decline",
        Kind::FinishLeg => "finish_leg",
        Kind::StandDown => "stand_down",
        Kind::RateWhistle => "rate_whistle",
        Kind::BarUnit => "bar_unit",
        Kind::AnswerDirectly => "answer_directly",
        Kind::Decline => "decline",
        Kind::TransferOut => "transfer_out",
        Kind::AskComplainant => "ask_complainant",
        Kind::SupplyInfo => "supply_info",
        Kind::CloseOnSpot => "close_on_spot",
        Kind::RequestReveal => "request_reveal",
        Kind::DecideReveal => "decide_reveal",
        Kind::Archive => "archive",
        Kind::LinkDuplicate => "link_duplicate",
        Kind::MergeInto => "merge_into",
        Kind::Unmerge => "unmerge",
        Kind::Register | Kind::Supplement | Kind::PassDeadline | Kind::Revise => return None,
        Kind::FollowMain => return None,
        Kind::Withdraw | Kind::Rate | Kind::SetOutsideDue | Kind::DecideOutside => return None,
        kind => {
            return hand_forms::action(kind)
                .or_else(|| part_forms::name(kind))
                .or_else(|| supervise_forms::name(kind));
        }
    })
}

/// Back to the list where the button stood, else to the case. Never to another site.
pub fn back(no: &str, wish: Option<&String>, already: bool) -> String {
    match wish {
        Some(path) if super::is_local(path) => path.clone(),
        _ if already => format!("/cases/{no}?done=already"),
        _ => format!("/cases/{no}?done=1"),
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn every_command_stands_in_the_description_of_the_interface() {
        let page = include_str!("../../../docs/api.md");
        let missing: Vec<&str> = Kind::ALL
            .into_iter()
            .filter_map(action)
            .filter(|name| !page.contains(&format!("`{name}`")))
            .collect();
        assert_eq!(missing, Vec::<&str>::new(), "docs/api.md says nothing of these");
    }
}
