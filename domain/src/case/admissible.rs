//! Which command may be given in which state of life. Every pair has an answer; a spec proves it.

use super::command::Command;
use super::rejection::{Code, Rejection};
use super::state::Life;

/// A command without its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 登记
    Register,
    /// 补充
    Supplement,
    /// 定类
    Classify,
    /// 派单
    Dispatch,
    /// 签收
    Sign,
    /// 联系诉求人
    Contact,
    /// 延期
    Extend,
    /// 挂账
    Suspend,
    /// 恢复
    Resume,
    /// 办结反馈
    SubmitResult,
    /// 核查
    Verify,
    /// 回访
    RecordCallback,
    /// 结案
    Close,
    /// 重办
    Reopen,
    /// 升级
    Escalate,
    /// 撤单
    Withdraw,
    /// 群众评价
    Rate,
    /// 市级时限
    SetOutsideDue,
    /// 市级裁定
    DecideOutside,
    /// 证据
    AttachEvidence,
    /// A limit has passed.
    PassDeadline,
    /// 调阅诉求人
    RevealReporter,
    /// 吹哨
    SoundWhistle,
    /// 批准吹哨
    ApproveWhistle,
    /// 应哨
    RespondWhistle,
    /// 报到
    ArriveOnSite,
    /// 不应哨
    DeclineWhistle,
    /// 不应哨裁定
    AdjudicateDecline,
    /// 办结哨
    FinishLeg,
    /// 解哨
    StandDown,
    /// 评哨
    RateWhistle,
    /// 被举报单位回避
    BarUnit,
    /// 退单
    RequestReturn,
    /// 同意退单
    ApproveReturn,
    /// 驳回退单
    RejectReturn,
    /// 派单异议
    RaiseObjection,
    /// 异议裁定
    Adjudicate,
    /// 指定
    DesignateFinal,
    /// 申请延期
    RequestExtension,
    /// 同意延期
    ApproveExtension,
    /// 不同意延期
    RefuseExtension,
    /// 申请挂账
    ApplySuspension,
    /// 同意挂账
    ApproveSuspension,
    /// 不同意挂账
    RefuseSuspension,
    /// 修订
    Revise,
    /// 下沉
    Deescalate,
    /// 领办
    ClaimTask,
    /// 转办
    DelegateTask,
    /// 放回
    ReleaseClaim,
    /// 更正答复
    AmendReply,
    /// 作废申请
    RequestVoid,
    /// 作废裁定
    DecideVoid,
    /// 剔除申请
    ApplyExclusion,
    /// 剔除裁定
    DecideExclusion,
    /// 剔除申诉
    AppealExclusion,
}

impl Kind {
    /// Every kind of command.
    pub const ALL: [Kind; 55] = [
        Kind::Register,
        Kind::Supplement,
        Kind::Classify,
        Kind::Dispatch,
        Kind::Sign,
        Kind::Contact,
        Kind::Extend,
        Kind::Suspend,
        Kind::Resume,
        Kind::SubmitResult,
        Kind::Verify,
        Kind::RecordCallback,
        Kind::Close,
        Kind::Reopen,
        Kind::Escalate,
        Kind::Withdraw,
        Kind::Rate,
        Kind::SetOutsideDue,
        Kind::DecideOutside,
        Kind::AttachEvidence,
        Kind::PassDeadline,
        Kind::RevealReporter,
        Kind::SoundWhistle,
        Kind::ApproveWhistle,
        Kind::RespondWhistle,
        Kind::ArriveOnSite,
        Kind::DeclineWhistle,
        Kind::AdjudicateDecline,
        Kind::FinishLeg,
        Kind::StandDown,
        Kind::RateWhistle,
        Kind::BarUnit,
        Kind::RequestReturn,
        Kind::ApproveReturn,
        Kind::RejectReturn,
        Kind::RaiseObjection,
        Kind::Adjudicate,
        Kind::DesignateFinal,
        Kind::RequestExtension,
        Kind::ApproveExtension,
        Kind::RefuseExtension,
        Kind::ApplySuspension,
        Kind::ApproveSuspension,
        Kind::RefuseSuspension,
        Kind::Revise,
        Kind::Deescalate,
        Kind::ClaimTask,
        Kind::DelegateTask,
        Kind::ReleaseClaim,
        Kind::AmendReply,
        Kind::RequestVoid,
        Kind::DecideVoid,
        Kind::ApplyExclusion,
        Kind::DecideExclusion,
        Kind::AppealExclusion,
    ];

    /// The kind of this command.
    pub fn of(command: &Command) -> Kind {
        match command {
            Command::Register(_) => Kind::Register,
            Command::Supplement { .. } => Kind::Supplement,
            Command::Classify { .. } => Kind::Classify,
            Command::Dispatch { .. } => Kind::Dispatch,
            Command::Sign => Kind::Sign,
            Command::Contact { .. } => Kind::Contact,
            Command::Extend { .. } => Kind::Extend,
            Command::Suspend { .. } => Kind::Suspend,
            Command::Resume => Kind::Resume,
            Command::SubmitResult { .. } => Kind::SubmitResult,
            Command::Verify { .. } => Kind::Verify,
            Command::RecordCallback { .. } => Kind::RecordCallback,
            Command::Close { .. } => Kind::Close,
            Command::Reopen { .. } => Kind::Reopen,
            Command::Escalate { .. } => Kind::Escalate,
            Command::Withdraw { .. } => Kind::Withdraw,
            Command::Rate { .. } => Kind::Rate,
            Command::SetOutsideDue { .. } => Kind::SetOutsideDue,
            Command::DecideOutside { .. } => Kind::DecideOutside,
            Command::AttachEvidence { .. } => Kind::AttachEvidence,
            Command::PassDeadline(_) => Kind::PassDeadline,
            Command::RevealReporter { .. } => Kind::RevealReporter,
            Command::SoundWhistle { .. } => Kind::SoundWhistle,
            Command::ApproveWhistle { .. } => Kind::ApproveWhistle,
            Command::RespondWhistle => Kind::RespondWhistle,
            Command::ArriveOnSite { .. } => Kind::ArriveOnSite,
            Command::DeclineWhistle { .. } => Kind::DeclineWhistle,
            Command::AdjudicateDecline { .. } => Kind::AdjudicateDecline,
            Command::FinishLeg { .. } => Kind::FinishLeg,
            Command::StandDown { .. } => Kind::StandDown,
            Command::RateWhistle { .. } => Kind::RateWhistle,
            Command::BarUnit { .. } => Kind::BarUnit,
            Command::Hand(hand) => hand.kind(),
            Command::Revise { .. } => Kind::Revise,
            Command::RequestVoid { .. } => Kind::RequestVoid,
            Command::DecideVoid { .. } => Kind::DecideVoid,
            Command::ApplyExclusion { .. } => Kind::ApplyExclusion,
            Command::DecideExclusion { .. } => Kind::DecideExclusion,
            Command::AppealExclusion { .. } => Kind::AppealExclusion,
        }
    }
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
        (Kind::BarUnit, _) => None,
        (_, Life::RecordedOpen | Life::RecordedClosed) => Some(Code::CaseIsRecorded),
        (_, Life::TransferredOut) => Some(Code::RoutedItem),
        // What counts is settled long after the case is closed.
        (kind, life) if is_on_exclusion(kind) => before_counting(life),
        (Kind::Reopen, Life::Closed | Life::CalledBack) => None,
        // The city may still hear the resident, or not agree, after we have closed.
        (Kind::Rate | Kind::DecideOutside, Life::Closed) => None,
        // 评哨 has a limit of its own, which may end after the case.
        (Kind::RateWhistle, Life::Closed | Life::Suspended) => None,
        (_, Life::Closed) => Some(Code::CaseIsClosed),
        (Kind::RequestVoid | Kind::DecideVoid, _) => None,
        (Kind::Withdraw | Kind::SetOutsideDue | Kind::AttachEvidence, _) => None,
        (Kind::Resume, Life::Suspended) => None,
        (_, Life::Suspended) => Some(Code::CaseIsSuspended),
        (Kind::Resume, _) => Some(Code::CaseIsNotSuspended),
        (kind, Life::ReturnPending | Life::AwaitingOutside) => waiting(kind, life),
        (kind, Life::Registered | Life::PendingDispatch) => before_dispatch(kind, life),
        (kind, Life::Dispatched | Life::InProgress) => in_the_handlers_hands(kind, life),
        (kind, Life::Handled | Life::PendingCallback | Life::CalledBack) => being_judged(kind, life),
    }
}

/// Everything about whether the case counts.
fn is_on_exclusion(kind: Kind) -> bool {
    matches!(kind, Kind::ApplyExclusion | Kind::DecideExclusion | Kind::AppealExclusion)
}

/// A case counts for a unit once it was dispatched to one.
fn before_counting(life: Life) -> Option<Code> {
    matches!(life, Life::Registered | Life::PendingDispatch).then_some(Code::NotDispatched)
}

fn before_dispatch(kind: Kind, life: Life) -> Option<Code> {
    match (kind, life) {
        (Kind::Classify, _) | (Kind::Dispatch | Kind::DesignateFinal, Life::PendingDispatch) => None,
        (Kind::Dispatch, _) => Some(Code::NotClassified),
        _ => Some(Code::NotDispatched),
    }
}

fn in_the_handlers_hands(kind: Kind, life: Life) -> Option<Code> {
    match (kind, life) {
        (Kind::Classify | Kind::Dispatch, _) => Some(Code::AlreadyDispatched),
        (Kind::Sign, Life::Dispatched)
        | (Kind::Extend | Kind::Suspend | Kind::Escalate | Kind::DecideOutside, _)
        | (Kind::RequestReturn | Kind::RaiseObjection | Kind::Adjudicate | Kind::DesignateFinal, _)
        | (Kind::ApproveExtension | Kind::RefuseExtension, _)
        | (Kind::ApproveSuspension | Kind::RefuseSuspension, _)
        | (Kind::Deescalate | Kind::ClaimTask | Kind::DelegateTask | Kind::ReleaseClaim, _)
        | (Kind::Contact | Kind::SubmitResult, Life::InProgress)
        | (Kind::RequestExtension | Kind::ApplySuspension, Life::InProgress) => None,
        (kind, _) if is_on_a_whistle(kind) => None,
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
        (_, Life::ReturnPending) => Some(Code::ReturnIsPending),
        _ => Some(Code::AwaitsOutside),
    }
}

fn being_judged(kind: Kind, life: Life) -> Option<Code> {
    match (kind, life) {
        (Kind::Verify, Life::Handled)
        | (Kind::AmendReply, Life::Handled | Life::PendingCallback)
        | (Kind::RecordCallback, Life::PendingCallback)
        | (Kind::Rate | Kind::DecideOutside | Kind::RateWhistle, _)
        | (Kind::Close, Life::CalledBack) => None,
        (Kind::RecordCallback, Life::Handled) => Some(Code::NotVerified),
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
                Kind::Revise,
                Kind::ApplyExclusion,
                Kind::DecideExclusion,
                Kind::AppealExclusion
            ]
        );
    }
}
