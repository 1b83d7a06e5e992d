//! The kinds of commands.

use super::command::Command;

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
    /// 即时答复
    AnswerDirectly,
    /// 不予受理
    Decline,
    /// 转紧急热线、法定渠道
    TransferOut,
    /// 请诉求人补充
    AskComplainant,
    /// 已补充
    SupplyInfo,
    /// 自处置
    CloseOnSpot,
    /// 申请调阅
    RequestReveal,
    /// 批准调阅
    DecideReveal,
    /// 归档
    Archive,
    /// 关联
    LinkDuplicate,
    /// 并单
    MergeInto,
    /// 撤销并单
    Unmerge,
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
    /// 加派协办
    AddCoUnit,
    /// 下派
    SubDispatch,
    /// 分办签收
    SignPart,
    /// 分办反馈
    FinishPart,
    /// 申请退出
    RequestRelease,
    /// 退出裁定
    DecideRelease,
    /// 说明
    ExplainPart,
    /// 收回
    TakeBackPart,
    /// 随主件
    FollowMain,
    /// 催办
    Urge,
    /// 催办通知书
    SendWrittenUrge,
    /// 督办
    IssueSupervision,
    /// 督办回复
    ReplySupervision,
    /// 督办核查
    CheckSupervision,
    /// 销号
    CloseSupervision,
    /// 说明理由
    GiveReason,
    /// 理由裁定
    JudgeReason,
    /// 拟通报
    DraftNotice,
    /// 修改通报
    EditNotice,
    /// 批准通报
    ApproveNotice,
    /// 通报回复
    ReplyNotice,
    /// 更正通报
    CorrectNotice,
    /// 撤销通报
    WithdrawNotice,
    /// 挂牌督办
    ListSupervision,
    /// 约谈
    RecordInterview,
    /// 回访未接通
    AttemptCallback,
}

impl Kind {
    /// Every kind of command.
    pub const ALL: [Kind; 93] = [
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
        Kind::AnswerDirectly,
        Kind::Decline,
        Kind::TransferOut,
        Kind::AskComplainant,
        Kind::SupplyInfo,
        Kind::CloseOnSpot,
        Kind::RequestReveal,
        Kind::DecideReveal,
        Kind::Archive,
        Kind::LinkDuplicate,
        Kind::MergeInto,
        Kind::Unmerge,
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
        Kind::AddCoUnit,
        Kind::SubDispatch,
        Kind::SignPart,
        Kind::FinishPart,
        Kind::RequestRelease,
        Kind::DecideRelease,
        Kind::ExplainPart,
        Kind::TakeBackPart,
        Kind::FollowMain,
        Kind::Urge,
        Kind::SendWrittenUrge,
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
        Kind::AttemptCallback,
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
            Command::Part(part) => part.kind(),
            Command::Supervise(command) => command.kind(),
            Command::Call(call) => call.kind(),
            Command::Edge(edge) => edge.kind(),
            Command::Revise { .. } => Kind::Revise,
            Command::RequestVoid { .. } => Kind::RequestVoid,
            Command::DecideVoid { .. } => Kind::DecideVoid,
            Command::ApplyExclusion { .. } => Kind::ApplyExclusion,
            Command::DecideExclusion { .. } => Kind::DecideExclusion,
            Command::AppealExclusion { .. } => Kind::AppealExclusion,
        }
    }
}
