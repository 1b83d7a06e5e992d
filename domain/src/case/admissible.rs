//! Which command may be given in which state of life. Every pair has an answer; a spec proves it.

use super::command::Command;
use super::rejection::{Code, Rejection};
use super::state::Life;

pub use super::kind::Kind;

/// What is decided before a dispatch.
fn is_screening(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::AnswerDirectly | Kind::Decline | Kind::TransferOut | Kind::AskComplainant | Kind::SupplyInfo
    )
}

/// Everything that is said on a whistle.
fn is_on_a_whistle(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::SoundWhistle
            | Kind::ApproveWhistle
            | Kind::RespondWhistle
            | Kind::ArriveOnSite
            | Kind::DeclineWhistle
            | Kind::AdjudicateDecline
            | Kind::FinishLeg
            | Kind::StandDown
            | Kind::RateWhistle
    )
}

/// Everything that is said on a part that was given.
fn is_on_a_part(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::SignPart
            | Kind::FinishPart
            | Kind::RequestRelease
            | Kind::DecideRelease
            | Kind::ExplainPart
            | Kind::TakeBackPart
    )
}

/// The two lowest steps of the supervision ladder: somebody has the case and can be urged.
fn is_urging(kind: Kind) -> bool {
    matches!(kind, Kind::Urge | Kind::SendWrittenUrge)
}

/// Everything else about supervision: it goes on while a case is judged, stands, or has been closed.
fn is_on_supervision(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::IssueSupervision
            | Kind::ReplySupervision
            | Kind::CheckSupervision
            | Kind::CloseSupervision
            | Kind::GiveReason
            | Kind::JudgeReason
            | Kind::DraftNotice
            | Kind::EditNotice
            | Kind::ApproveNotice
            | Kind::ReplyNotice
            | Kind::CorrectNotice
            | Kind::WithdrawNotice
            | Kind::ListSupervision
            | Kind::RecordInterview
    )
}

/// May this command be given now?
///
/// # Errors
/// The code that [`answer`] gives for the pair.
pub fn check(command: &Command, life: Life) -> Result<(), Rejection> {
    match answer(Kind::of(command), life) {
        None => Ok(()),
        Some(code) => Err(Rejection::new(code)),
    }
}

/// The table: none where the command may be given, else why not.
pub fn answer(kind: Kind, life: Life) -> Option<Code> {
    match (kind, life) {
        (Kind::Register, Life::Absent) => None,
        (Kind::Register, _) => Some(Code::CaseExists),
        (_, Life::Absent) => Some(Code::CaseNotFound),
        // Reading, and what comes from outside or from the clock, is never out of place.
        (Kind::Supplement | Kind::PassDeadline | Kind::RevealReporter | Kind::Revise, _) => None,
        // Whoever is accused is kept away, also from what is over.
        (Kind::BarUnit | Kind::RequestReveal | Kind::DecideReveal, _) => None,
        (_, Life::RecordedOpen | Life::RecordedClosed) => Some(Code::CaseIsRecorded),
        (_, Life::TransferredOut) => Some(Code::RoutedItem),
        (_, Life::Answered | Life::Declined) => Some(Code::CaseIsScreened),
        (_, Life::Archived) => Some(Code::CaseIsArchived),
        (Kind::LinkDuplicate, _) => None,
        (Kind::Unmerge | Kind::Withdraw | Kind::FollowMain, Life::Merged) => None,
        (_, Life::Merged) => Some(Code::CaseIsMerged),
        (Kind::Unmerge | Kind::FollowMain, life) => after_its_main(kind, life),
        // What counts is settled long after the case is closed.
        (kind, life) if is_on_exclusion(kind) || is_on_supervision(kind) => before_counting(life),
        (Kind::Archive, Life::Closed) => None,
        (Kind::Archive, _) => Some(Code::NotClosed),
        (Kind::Reopen, Life::Closed | Life::CalledBack) => None,
        // The city may still hear the resident, or not agree, after we have closed.
        (Kind::Rate | Kind::DecideOutside, Life::Closed) => None,
        // 评哨 has a limit of its own, which may end after the case.
        (Kind::RateWhistle, Life::Closed | Life::Suspended) => None,
        (_, Life::Closed) => Some(Code::CaseIsClosed),
        (Kind::Withdraw | Kind::SetOutsideDue | Kind::AttachEvidence, _) => None,
        (Kind::RequestVoid | Kind::DecideVoid, _) => None,
        (Kind::Resume | Kind::MergeInto, Life::Suspended) => None,
        (_, Life::Suspended) => Some(Code::CaseIsSuspended),
        (Kind::Resume, _) => Some(Code::CaseIsNotSuspended),
        (kind, Life::ReturnPending | Life::AwaitingOutside) => waiting(kind, life),
        (kind, Life::Registered | Life::PendingDispatch | Life::NeedsInfo) => before_dispatch(kind, life),
        (kind, Life::Dispatched | Life::InProgress) => in_the_handlers_hands(kind, life),
        (kind, Life::Handled | Life::PendingCallback | Life::CalledBack) => being_judged(kind, life),
    }
}

/// Once its main case has ended, a merged case is called back; whether this one is one, its rule looks.
fn after_its_main(kind: Kind, life: Life) -> Option<Code> {
    match (kind, life) {
        (_, Life::PendingCallback | Life::CalledBack | Life::AwaitingOutside) => None,
        (Kind::Unmerge, Life::Closed) => None,
        (Kind::FollowMain, Life::Closed) => Some(Code::CaseIsClosed),
        _ => Some(Code::CaseIsNotMerged),
    }
}

/// Everything about whether the case counts.
fn is_on_exclusion(kind: Kind) -> bool {
    matches!(kind, Kind::ApplyExclusion | Kind::DecideExclusion | Kind::AppealExclusion)
}

/// A case counts for a unit once it was dispatched to one.
fn before_counting(life: Life) -> Option<Code> {
    matches!(life, Life::Registered | Life::PendingDispatch | Life::NeedsInfo).then_some(Code::NotDispatched)
}

fn before_dispatch(kind: Kind, life: Life) -> Option<Code> {
    match (kind, life) {
        (Kind::AnswerDirectly | Kind::Decline | Kind::TransferOut | Kind::MergeInto, _) => None,
        (Kind::SupplyInfo, Life::NeedsInfo) => None,
        (Kind::SupplyInfo, _) => Some(Code::NothingAsked),
        // Who helps goes on helping while another lead is looked for.
        (kind, Life::PendingDispatch | Life::NeedsInfo) if is_on_a_part(kind) => None,
        (Kind::Classify | Kind::Dispatch | Kind::DesignateFinal | Kind::AskComplainant, Life::NeedsInfo) => {
            Some(Code::WaitsForInfo)
        }
        (Kind::Classify | Kind::AskComplainant, _)
        | (Kind::Dispatch | Kind::DesignateFinal, Life::PendingDispatch) => None,
        (Kind::Dispatch, _) => Some(Code::NotClassified),
        _ => Some(Code::NotDispatched),
    }
}

fn in_the_handlers_hands(kind: Kind, life: Life) -> Option<Code> {
    match (kind, life) {
        (Kind::Classify | Kind::Dispatch, _) => Some(Code::AlreadyDispatched),
        (kind, _) if is_screening(kind) => Some(Code::AlreadyDispatched),
        (Kind::CloseOnSpot | Kind::MergeInto, _) => None,
        (Kind::Sign, Life::Dispatched)
        | (Kind::Extend | Kind::Suspend | Kind::Escalate | Kind::DecideOutside, _)
        | (Kind::RequestReturn | Kind::RaiseObjection | Kind::Adjudicate | Kind::DesignateFinal, _)
        | (Kind::ApproveExtension | Kind::RefuseExtension, _)
        | (Kind::ApproveSuspension | Kind::RefuseSuspension, _)
        | (Kind::Deescalate | Kind::ClaimTask | Kind::DelegateTask | Kind::ReleaseClaim, _)
        | (Kind::Contact | Kind::SubmitResult, Life::InProgress)
        | (Kind::RequestExtension | Kind::ApplySuspension, Life::InProgress) => None,
        (Kind::AddCoUnit | Kind::SubDispatch, _) => None,
        (kind, _) if is_on_a_whistle(kind) || is_on_a_part(kind) || is_urging(kind) => None,
        (Kind::ApproveReturn | Kind::RejectReturn, _) => Some(Code::NothingAsked),
        (Kind::RequestExtension | Kind::ApplySuspension, _) => Some(Code::NotSigned),
        (Kind::Sign, _) => Some(Code::AlreadySigned),
        (Kind::Contact | Kind::SubmitResult, _) => Some(Code::NotSigned),
        _ => Some(Code::NoResultYet),
    }
}

/// What somebody else is to decide first.
fn waiting(kind: Kind, life: Life) -> Option<Code> {
    match (kind, life) {
        (Kind::ApproveReturn | Kind::RejectReturn | Kind::DesignateFinal, Life::ReturnPending)
        | (Kind::DecideOutside, _)
        // Work that was begun may be finished while more time for it is asked; the rest is the rule's.
        | (Kind::Contact | Kind::SubmitResult | Kind::Rate | Kind::AmendReply, Life::AwaitingOutside) => None,
        (kind, _) if is_on_a_whistle(kind) && kind != Kind::SoundWhistle => None,
        (kind, _) if is_on_a_part(kind) || is_urging(kind) => None,
        (_, Life::ReturnPending) => Some(Code::ReturnIsPending),
        _ => Some(Code::AwaitsOutside),
    }
}

fn being_judged(kind: Kind, life: Life) -> Option<Code> {
    match (kind, life) {
        (Kind::Verify, Life::Handled)
        | (Kind::AmendReply, Life::Handled | Life::PendingCallback)
        | (Kind::RecordCallback | Kind::AttemptCallback, Life::PendingCallback)
        | (Kind::Rate | Kind::DecideOutside | Kind::RateWhistle, _)
        | (Kind::Close, Life::CalledBack) => None,
        (kind, _) if is_screening(kind) => Some(Code::AlreadyDispatched),
        (Kind::RecordCallback | Kind::AttemptCallback, Life::Handled) => Some(Code::NotVerified),
        (Kind::AmendReply, _) => Some(Code::TooLateToAmend),
        (Kind::Close | Kind::Reopen, _) => Some(Code::NotCalledBack),
        _ => Some(Code::AlreadyHandled),
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn every_command_has_an_answer_in_every_state() {
        let mut table = String::new();
        for kind in Kind::ALL {
            for life in Life::ALL {
                let code = answer(kind, life).map_or("-", Code::as_str);
                table.push_str(&format!("{kind:?} in {}: {code}\n", life.as_str()));
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn some_state_admits_every_command() {
        for kind in Kind::ALL {
            assert!(Life::ALL.into_iter().any(|life| answer(kind, life).is_none()), "{kind:?}");
        }
    }

    #[test]
    fn what_may_still_be_done_with_a_closed_case() {
        let admitted: Vec<Kind> =
            Kind::ALL.into_iter().filter(|kind| answer(*kind, Life::Closed).is_none()).collect();
        assert_eq!(
            admitted,
            [
                Kind::Supplement,
                Kind::Reopen,
                Kind::Rate,
                Kind::DecideOutside,
                Kind::PassDeadline,
                Kind::RevealReporter,
                Kind::RateWhistle,
                Kind::BarUnit,
                Kind::RequestReveal,
                Kind::DecideReveal,
                Kind::Archive,
                Kind::LinkDuplicate,
                Kind::Unmerge,
                Kind::Revise,
                Kind::ApplyExclusion,
                Kind::DecideExclusion,
                Kind::AppealExclusion,
                Kind::IssueSupervision,
                Kind::ReplySupervision,
                Kind::CheckSupervision,
                Kind::CloseSupervision,
                Kind::GiveReason,
                Kind::JudgeReason,
                Kind::DraftNotice,
                Kind::EditNotice,
                Kind::ApproveNotice,
                Kind::ReplyNotice,
                Kind::CorrectNotice,
                Kind::WithdrawNotice,
                Kind::ListSupervision,
                Kind::RecordInterview,
            ]
        );
    }
}
