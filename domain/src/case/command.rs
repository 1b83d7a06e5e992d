//! What can be asked of a case.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::attempt::Call;
use super::barred::Accused;
use super::clocks::Deadline;
use super::edge::Edge;
use super::event::{
    CloseMode, EscalationReason, EvidenceFile, ExclusionGround, OutsideDecision, Said, Satisfaction,
    WhistleKind,
};
use super::hands::Hand;
use super::part::PartCommand;
use super::supervision::Supervise;
use crate::calendar::Budget;
use crate::ids::{ItemCode, Rung, UnitId};
use crate::sealed::Sealed;

/// A command to the case stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum Command {
    /// 登记
    Register(Box<Register>),
    /// 补充
    Supplement {
        /// When the sender took it in.
        received_at: Timestamp,
        /// The sender's own count of its versions.
        revision: Option<u64>,
        /// The new content.
        sealed: Sealed,
        /// Whom it accuses.
        #[serde(default)]
        accused: Accused,
    },
    /// 定类; dispatches at once where policy finds the unit.
    Classify {
        /// Row of the catalogue.
        item: ItemCode,
        /// Unit whose area the place lies in.
        place: UnitId,
    },
    /// 派单 to a unit that a person chose; none lets policy choose.
    Dispatch {
        /// The unit.
        unit: Option<UnitId>,
    },
    /// 签收
    Sign,
    /// 联系诉求人
    Contact {
        /// How.
        channel: String,
        /// What was said.
        note: Option<Sealed>,
    },
    /// 延期
    Extend {
        /// How much.
        by: Budget,
        /// Why.
        reason: String,
        /// The complainant has been told (北京条例 §15).
        complainant_told: bool,
    },
    /// 挂账
    Suspend {
        /// Why.
        reason: String,
        /// When somebody must look again.
        review_at: Timestamp,
        /// The complainant has been told.
        complainant_told: bool,
    },
    /// 恢复
    Resume,
    /// 办结反馈
    SubmitResult {
        /// Solved, in the unit's own judgement.
        solved: bool,
        /// The reply to the complainant.
        reply: Sealed,
    },
    /// 核查
    Verify {
        /// The result holds.
        passed: bool,
        /// What was found; needed where it fails.
        reason: String,
    },
    /// 回访; closes the case where the matter is solved.
    RecordCallback {
        /// The unit had been in touch.
        contacted: bool,
        /// The matter is solved.
        solved: bool,
        /// How satisfied.
        satisfaction: Satisfaction,
        /// What else was said.
        #[serde(flatten)]
        said: Said,
    },
    /// 结案
    Close {
        /// How it ended.
        mode: CloseMode,
        /// What the complainant was told.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// 重办
    Reopen {
        /// Why.
        reason: String,
    },
    /// 升级 by a person.
    Escalate {
        /// To which rung: the next one.
        to: Rung,
        /// Why.
        reason: EscalationReason,
    },
    /// 撤单 by the system that sent it.
    Withdraw {
        /// Why, as far as it is told.
        reason: String,
    },
    /// 群众评价, asked outside; where the callback is due, it is the callback.
    Rate {
        /// The unit had been in touch.
        contacted: bool,
        /// The matter is solved.
        solved: bool,
        /// How satisfied.
        satisfaction: Satisfaction,
        /// When it was said there.
        rated_at: Option<Timestamp>,
        /// What else was said, on our own page.
        #[serde(flatten)]
        said: Said,
    },
    /// 市级时限: sets or moves the order's own due time.
    SetOutsideDue {
        /// The due time.
        due_at: Timestamp,
        /// When it was set there; none counts as when it came.
        set_at: Option<Timestamp>,
    },
    /// 市级裁定
    DecideOutside {
        /// Which.
        decision: OutsideDecision,
        /// Until when, for an extension.
        until: Option<Timestamp>,
        /// Why.
        reason: String,
    },
    /// 证据: a photograph or a file that is in the evidence store already.
    AttachEvidence {
        /// What is kept, and under which name.
        file: EvidenceFile,
    },
    /// A limit has passed; sent by the deadline sweep.
    PassDeadline(Deadline),
    /// 修订: counts the limits of an open case again under the rules in force.
    Revise {
        /// The revision that a person confirmed.
        revision: Uuid,
        /// Under the budgets that the rules give now; else only calendar and ladder are new.
        budgets: bool,
    },
    /// 调阅诉求人
    RevealReporter {
        /// What for.
        purpose: String,
    },
    /// 吹哨, by the unit that has the case.
    SoundWhistle {
        /// Which kind.
        kind: WhistleKind,
        /// Who is called.
        units: Vec<UnitId>,
        /// What for.
        reason: String,
        /// Where to report in; empty for the place of the case.
        place: String,
    },
    /// 批准或驳回 a community's whistle, by its street.
    ApproveWhistle {
        /// It may sound.
        approved: bool,
        /// Why; needed where it may not.
        reason: String,
    },
    /// 应哨, by a called unit.
    RespondWhistle,
    /// 报到
    ArriveOnSite {
        /// Where.
        place: String,
    },
    /// 不应哨
    DeclineWhistle {
        /// Why it is not for this unit.
        reason: String,
    },
    /// 不应哨裁定, by neither side.
    AdjudicateDecline {
        /// The unit that declined.
        unit: UnitId,
        /// The unit is right.
        upheld: bool,
        /// Why.
        reason: String,
    },
    /// 办结哨
    FinishLeg {
        /// What was done.
        feedback: Sealed,
    },
    /// 解哨, by the sounder.
    StandDown {
        /// Which whistle; none for all that this unit may end.
        whistle: Option<u32>,
        /// Why; needed where a unit has not finished.
        reason: String,
    },
    /// 评哨, by either side.
    RateWhistle {
        /// The unit that the sounder rates; none where a called unit rates the sounder.
        unit: Option<UnitId>,
        /// From 1 to 5.
        score: u8,
        /// In words.
        reason: String,
    },
    /// 被举报单位回避
    BarUnit {
        /// The unit that is accused; none: whoever was named is no unit of ours.
        unit: Option<UnitId>,
        /// Why.
        reason: String,
    },
    /// 作废申请
    RequestVoid {
        /// Why.
        reason: String,
    },
    /// 作废裁定, by another person.
    DecideVoid {
        /// It is void.
        granted: bool,
        /// Why not; needed where it is refused.
        reason: String,
    },
    /// 剔除申请
    ApplyExclusion {
        /// On what ground.
        ground: ExclusionGround,
        /// The facts.
        reason: String,
    },
    /// 剔除裁定, by a person who has had no part in it.
    DecideExclusion {
        /// It is left out of the figures.
        granted: bool,
        /// Why not; needed where it is refused.
        reason: String,
    },
    /// 剔除申诉
    AppealExclusion {
        /// What was overlooked.
        reason: String,
    },
    /// What the handler and the dispatcher ask of a case that is being worked on.
    #[serde(untagged)]
    Hand(Hand),
    /// What happens before a dispatch and at the edges of a life.
    #[serde(untagged)]
    Edge(Edge),
    /// What is asked about the parts of a case.
    #[serde(untagged)]
    Part(PartCommand),
    /// What is done about a case that is late.
    #[serde(untagged)]
    Supervise(Supervise),
    /// What is asked about a callback.
    #[serde(untagged)]
    Call(Call),
}

/// Everything that is known when a case is opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Register {
    /// The number that people will see.
    pub case_no: String,
    /// The system it came from.
    pub source: String,
    /// Its id there.
    pub external_id: Option<String>,
    /// Channel there.
    pub channel: String,
    /// When the first receiver took it in.
    pub received_at: Timestamp,
    /// When our clocks start: the receipt for live traffic, the import for files.
    pub clocks_from: Timestamp,
    /// Item as understood.
    pub item: Option<ItemCode>,
    /// Deepest unit whose area the place lies in.
    pub place: Option<UnitId>,
    /// Latitude and longitude.
    pub point: Option<(f64, f64)>,
    /// Not to be named to the handler.
    pub confidential: bool,
    /// No name given.
    pub anonymous: bool,
    /// A test order.
    pub test: bool,
    /// Due time set outside.
    pub outside_due_at: Option<Timestamp>,
    /// The sender's own count of its versions.
    pub revision: Option<u64>,
    /// The content.
    pub sealed: Sealed,
    /// Whom it accuses: they and what is under them never see it.
    #[serde(default)]
    pub accused: Accused,
    /// Dispatch in the same decision where policy finds the unit; otherwise a person does.
    pub dispatch_at_once: bool,
    /// How it went elsewhere: then the case is history, and nothing fires.
    pub recorded: Option<RecordedOutcome>,
}

/// The fate of a case that ran in another system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedOutcome {
    /// The unit there, in that system's own words.
    pub unit: Option<UnitId>,
    /// The item there.
    pub item: Option<String>,
    /// Due time there.
    pub due_at: Option<Timestamp>,
    /// Closing time there.
    pub closed_at: Option<Timestamp>,
}
