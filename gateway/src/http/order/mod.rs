//! What people may ask of a case, as a form or a JSON body says it: in plain words, without secrets
//! of the log. Free text is sealed here, before it goes any further.

mod command;
mod faults;

pub(super) use command::sealed;

use std::sync::Arc;

use domain::calendar::Budget;
use domain::case::admissible::Kind;
use domain::case::event::{
    CloseMode, Dissatisfaction, EscalationReason, ExclusionGround, Satisfaction, Unreached, WhistleKind,
};
use domain::ids::{ItemCode, Rung, UnitId};
use engine::{Accepted, Request};
use jiff::Timestamp;
use projections::CaseRow;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::edge_order::EdgeOrder;
use super::hand_order::HandOrder;
use super::part_order::PartOrder;
use super::problem::{EdgeCode, Problem};
use super::supervise_order::SuperviseOrder;
use super::{App, api};
use crate::auth::{Action, Reader};

/// A command to a case.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "command", deny_unknown_fields)]
pub enum Order {
    /// 定类: item and place are named; dispatches at once where policy finds the unit.
    Classify {
        /// Code of the catalogue.
        #[schema(value_type = String)]
        item: ItemCode,
        /// Unit whose area the place lies in.
        #[schema(value_type = String)]
        place: UnitId,
    },
    /// 派单 to a unit of choice, or where policy says.
    Dispatch {
        /// The unit; none lets policy choose.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        unit: Option<UnitId>,
    },
    /// 签收
    Sign {},
    /// 联系诉求人
    Contact {
        /// `phone`, `visit`, `message`.
        channel: String,
        /// What was said; sealed.
        #[serde(default)]
        note: String,
    },
    /// 延期
    Extend {
        /// `5wd`, `24h`.
        #[schema(value_type = String)]
        by: Budget,
        /// Why.
        reason: String,
        /// The complainant has been told.
        #[serde(default)]
        complainant_told: bool,
    },
    /// 挂账
    Suspend {
        /// Why.
        reason: String,
        /// When somebody must look again.
        #[schema(value_type = String, format = DateTime)]
        review_at: Timestamp,
        /// The complainant has been told.
        #[serde(default)]
        complainant_told: bool,
    },
    /// 恢复
    Resume {},
    /// 办结反馈
    SubmitResult {
        /// Solved, in the unit's own judgement.
        solved: bool,
        /// The reply to the complainant; sealed.
        reply: String,
    },
    /// 核查
    Verify {
        /// The result holds.
        passed: bool,
        /// What was found; needed where it fails.
        #[serde(default)]
        reason: String,
    },
    /// 回访
    RecordCallback {
        /// The unit had been in touch.
        contacted: bool,
        /// The matter is solved.
        solved: bool,
        /// How satisfied.
        #[schema(value_type = String, example = "satisfied")]
        satisfaction: Satisfaction,
        /// Why not satisfied: `not_solved`, `too_slow`, `manner`, `reply`, `never_contacted`, `policy`, `other`.
        #[serde(default)]
        #[schema(value_type = Option<String>, example = "too_slow")]
        why: Option<Dissatisfaction>,
        /// The same in words; numbers are masked.
        #[serde(default)]
        remark: String,
        /// 录音号
        #[serde(default)]
        recording: String,
    },
    /// 回访未接通
    AttemptCallback {
        /// `no_answer`, `busy`, `switched_off`, `wrong_number`, `refused`, `hung_up`.
        #[schema(value_type = String, example = "no_answer")]
        outcome: Unreached,
        /// 录音号
        #[serde(default)]
        recording: String,
    },
    /// 结案, after a second look.
    Close {
        /// `explained`; or `solved`, where the complainant says so and only nobody had been in touch.
        #[schema(value_type = String, example = "explained")]
        mode: CloseMode,
        /// What the complainant was told.
        #[serde(default)]
        reason: String,
    },
    /// 重办
    Reopen {
        /// Why.
        reason: String,
    },
    /// 升级
    Escalate {
        /// The next rung.
        #[schema(value_type = String, example = "street")]
        to: Rung,
        /// Why.
        #[schema(value_type = String, example = "no_authority")]
        reason: EscalationReason,
    },
    /// 调阅诉求人
    RevealReporter {
        /// What for.
        purpose: String,
    },
    /// 被举报单位回避: the unit and everything under it never has or sees the case.
    BarUnit {
        /// The unit that is accused; none: whoever was named is no unit of ours.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
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
        #[serde(default)]
        reason: String,
    },
    /// 剔除申请
    ApplyExclusion {
        /// On what ground.
        #[schema(value_type = String, example = "wrong_dispatch")]
        ground: ExclusionGround,
        /// The facts.
        reason: String,
    },
    /// 剔除裁定, by somebody who has had no part in it.
    DecideExclusion {
        /// It is left out of the figures.
        granted: bool,
        /// Why not; needed where it is refused.
        #[serde(default)]
        reason: String,
    },
    /// 剔除申诉
    AppealExclusion {
        /// What was overlooked.
        reason: String,
    },
    /// 吹哨, by the community, station or street that has the case.
    SoundWhistle {
        /// `routine`, `key`, `enforcement`, `emergency`.
        #[schema(value_type = String, example = "emergency")]
        kind: WhistleKind,
        /// Codes of the units that are called.
        #[schema(value_type = Vec<String>)]
        units: Vec<UnitId>,
        /// What for.
        reason: String,
        /// Where to report in; empty for the place of the case.
        #[serde(default)]
        place: String,
    },
    /// 批准或驳回 a community's whistle, by its street.
    ApproveWhistle {
        /// It may sound.
        approved: bool,
        /// Why; needed where it may not.
        #[serde(default)]
        reason: String,
    },
    /// 应哨, by a called unit.
    RespondWhistle {},
    /// 报到
    ArriveOnSite {
        /// Where.
        #[serde(default)]
        place: String,
    },
    /// 不应哨; goes to adjudication.
    DeclineWhistle {
        /// Why it is not for this unit.
        reason: String,
    },
    /// 不应哨裁定, by neither side.
    AdjudicateDecline {
        /// The unit that declined.
        #[schema(value_type = String)]
        unit: UnitId,
        /// The unit is right, and its leg ends.
        upheld: bool,
        /// Why.
        reason: String,
    },
    /// 办结哨
    FinishLeg {
        /// What was done; sealed.
        feedback: String,
    },
    /// 解哨, by the sounder.
    StandDown {
        /// Number of the whistle; none for all that this unit may end.
        #[serde(default)]
        whistle: Option<u32>,
        /// Why; needed where a unit has not finished.
        #[serde(default)]
        reason: String,
    },
    /// 评哨, by either side.
    RateWhistle {
        /// The unit that the sounder rates; none where a called unit rates the sounder.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        unit: Option<UnitId>,
        /// From 1 to 5.
        score: u8,
        /// In words.
        #[serde(default)]
        reason: String,
    },
    /// What the handler and the dispatcher ask of a case that is being worked on.
    #[serde(untagged)]
    Hand(HandOrder),
    /// What happens before a dispatch and at the edges of a life.
    #[serde(untagged)]
    Edge(EdgeOrder),
    /// What is asked about the parts of a case: co-units, and work that is handed down.
    #[serde(untagged)]
    Part(PartOrder),
    /// What is done about a case that is late, or whose work did not hold.
    #[serde(untagged)]
    Supervise(SuperviseOrder),
}

impl Order {
    /// Reads a JSON body.
    ///
    /// # Errors
    /// `BAD_BODY`, with every mistake that its shape shows.
    pub fn read(body: &[u8]) -> Result<Order, Problem> {
        let value: serde_json::Value = api::json(body)?;
        serde_json::from_value(value.clone()).map_err(|error| match faults::faults(&value) {
            faults if faults.is_empty() => Problem::from(EdgeCode::BadBody).about(api::why(&error)),
            faults => Problem::from(EdgeCode::BadBody).with_faults(faults),
        })
    }

    /// Its kind, for permission and admissibility.
    pub fn kind(&self) -> Kind {
        match self {
            Order::Classify { .. } => Kind::Classify,
            Order::Dispatch { .. } => Kind::Dispatch,
            Order::Sign {} => Kind::Sign,
            Order::Contact { .. } => Kind::Contact,
            Order::Extend { .. } => Kind::Extend,
            Order::Suspend { .. } => Kind::Suspend,
            Order::Resume {} => Kind::Resume,
            Order::SubmitResult { .. } => Kind::SubmitResult,
            Order::Verify { .. } => Kind::Verify,
            Order::RecordCallback { .. } => Kind::RecordCallback,
            Order::AttemptCallback { .. } => Kind::AttemptCallback,
            Order::Close { .. } => Kind::Close,
            Order::Reopen { .. } => Kind::Reopen,
            Order::Escalate { .. } => Kind::Escalate,
            Order::RevealReporter { .. } => Kind::RevealReporter,
            Order::BarUnit { .. } => Kind::BarUnit,
            Order::RequestVoid { .. } => Kind::RequestVoid,
            Order::DecideVoid { .. } => Kind::DecideVoid,
            Order::ApplyExclusion { .. } => Kind::ApplyExclusion,
            Order::DecideExclusion { .. } => Kind::DecideExclusion,
            Order::AppealExclusion { .. } => Kind::AppealExclusion,
            Order::SoundWhistle { .. } => Kind::SoundWhistle,
            Order::ApproveWhistle { .. } => Kind::ApproveWhistle,
            Order::RespondWhistle {} => Kind::RespondWhistle,
            Order::ArriveOnSite { .. } => Kind::ArriveOnSite,
            Order::DeclineWhistle { .. } => Kind::DeclineWhistle,
            Order::AdjudicateDecline { .. } => Kind::AdjudicateDecline,
            Order::FinishLeg { .. } => Kind::FinishLeg,
            Order::StandDown { .. } => Kind::StandDown,
            Order::RateWhistle { .. } => Kind::RateWhistle,
            Order::Hand(order) => order.kind(),
            Order::Edge(order) => order.kind(),
            Order::Part(order) => order.kind(),
            Order::Supervise(order) => order.kind(),
        }
    }
}

/// The id of the command that an account sends under a key of its own: a form's hidden field, an
/// `Idempotency-Key`. Taken together with the account, so that nobody meets another's command.
pub fn command_id(reader: &Reader, key: &str) -> Uuid {
    const NAMESPACE: Uuid = Uuid::from_u128(0x2f3b_8a54_90c7_4d0b_9a36_1f6e_5cd2_7b18);
    Uuid::new_v5(&NAMESPACE, format!("{}\0{key}", reader.account.name).as_bytes())
}

/// Gives the order in the reader's name, if it may: the one way from an edge to a case.
///
/// # Errors
/// Not allowed, malformed, or refused by the rules.
pub async fn give(
    app: &Arc<App>,
    reader: &Reader,
    row: &CaseRow,
    order: Order,
    id: Uuid,
) -> Result<Accepted, Problem> {
    if !reader.may(Action::Case(order.kind()), row) {
        return Err(if reader.sees(row) { EdgeCode::NotAllowed.into() } else { Problem::no_case() });
    }
    order.check()?;
    let order = match order {
        Order::Hand(order) => Order::Hand(order.named(app, reader).await?),
        other => other,
    };
    let case = row.case_id;
    let command = order.seal(app, reader, case).await?;
    let request = Request::case(case, command, reader.account.actor()).with_id(id);
    Ok(app.engine.submit(request).await?)
}
