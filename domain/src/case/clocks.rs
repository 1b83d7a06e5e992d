//! The clocks of a case: limits fixed when they start, with the rule behind each.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rejection::{Code, Rejection};
use super::state::State;
use crate::calendar::{Budget, Clock, Counted, Suspension};
use crate::context::{Context, Rulebook};
use crate::ids::Rung;
use crate::policy::Limits;

/// 时限及其依据 · a limit: when it falls due and what it was counted from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Due {
    /// 到期 · the due instant.
    pub due_at: Timestamp,
    /// 起算 · where counting began.
    pub from: Timestamp,
    /// 时限 · the budget, e.g. `2wh`.
    #[schemars(with = "String")]
    pub budget: Budget,
    /// 日历版本 · revision of the calendar that counted it.
    pub calendar: String,
    /// 节假日未公布 · counted in a year whose holidays are not published yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
}

/// A step of the ladder: at this instant the case goes up to this rung.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Rung that becomes responsible.
    pub to: Rung,
    /// When.
    pub at: Timestamp,
}

/// From where the ladder is climbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Climb {
    /// Since when.
    pub from: Timestamp,
    /// From which rung.
    pub start: Rung,
}

/// The limit for the result (办结), with everything needed to count it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolveClock {
    /// Where counting began.
    pub from: Timestamp,
    /// The catalogue's or the class's budget.
    pub budget: Budget,
    /// Extensions granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Budget>,
    /// Closed pauses (挂账, and the time of a failed check).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspensions: Vec<Suspension>,
    /// Due instant of an outside order, which caps ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside_due_at: Option<Timestamp>,
    /// Red: the due instant.
    pub due_at: Timestamp,
    /// Amber: 80 % of the running time is used.
    pub amber_at: Timestamp,
    /// When the case climbs, lowest rung first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Where the ladder began anew with what was left, after the case went to another unit or down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub climb: Option<Climb>,
    /// Which rule gave the budget: `item 0101` or `class N2`.
    pub rule: String,
    /// Version of the policy.
    pub policy: String,
    /// Revision of the calendar.
    pub calendar: String,
    /// Counted in a year whose holidays are not published yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
}

/// Which limit passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineName {
    /// 派单
    Dispatch,
    /// 签收
    Sign,
    /// 首联
    Contact,
    /// 预警
    Amber,
    /// 办结
    Resolve,
    /// 升级
    Escalate,
    /// 区级答复
    Answer,
    /// 挂账复核
    Review,
    /// 核查
    Verify,
    /// 回访
    Callback,
    /// 待补充
    Info,
    /// 应哨
    WhistleRespond,
    /// 报到
    WhistleArrive,
    /// 办结哨
    WhistleFinish,
    /// 审批
    Decide,
    /// 来源裁定
    Outside,
    /// 分办签收
    PartSign,
    /// 分办反馈
    PartFinish,
    /// 批准吹哨
    WhistleApprove,
    /// 督办阶梯的下一步
    Supervise,
    /// 督办回复
    OrderReply,
    /// 通报回复
    NoticeReply,
    /// 理由裁定
    ReasonDecide,
    /// 通报审批
    NoticeApprove,
    /// 通知升级: of a notification, never of a case.
    NotifyEscalate,
}

impl DeadlineName {
    /// The word in interfaces and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dispatch => "dispatch",
            Self::Sign => "sign",
            Self::Contact => "contact",
            Self::Amber => "amber",
            Self::Resolve => "resolve",
            Self::Escalate => "escalate",
            Self::Answer => "answer",
            Self::Review => "review",
            Self::Verify => "verify",
            Self::Callback => "callback",
            Self::Info => "info",
            Self::WhistleRespond => "whistle_respond",
            Self::WhistleArrive => "whistle_arrive",
            Self::WhistleFinish => "whistle_finish",
            Self::Decide => "decide",
            Self::Outside => "outside",
            Self::PartSign => "part_sign",
            Self::PartFinish => "part_finish",
            Self::WhistleApprove => "whistle_approve",
            Self::Supervise => "supervise",
            Self::OrderReply => "order_reply",
            Self::NoticeReply => "notice_reply",
            Self::ReasonDecide => "reason_decide",
            Self::NoticeApprove => "notice_approve",
            Self::NotifyEscalate => "notify_escalate",
        }
    }

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Dispatch => "派单时限",
            Self::Sign => "签收时限",
            Self::Contact => "首次联系时限",
            Self::Amber => "预警",
            Self::Resolve => "办结时限",
            Self::Escalate => "升级",
            Self::Answer => "区级答复时限",
            Self::Review => "挂账复核",
            Self::Verify => "核查时限",
            Self::Callback => "回访时限",
            Self::Info => "补充时限",
            Self::WhistleRespond => "应哨时限",
            Self::WhistleArrive => "报到时限",
            Self::WhistleFinish => "办结哨时限",
            Self::Decide => "审批时限",
            Self::Outside => "来源裁定时限",
            Self::PartSign => "分办签收时限",
            Self::PartFinish => "分办反馈时限",
            Self::WhistleApprove => "批准吹哨时限",
            Self::Supervise => "督办下一步",
            Self::OrderReply => "督办回复时限",
            Self::NoticeReply => "通报回复时限",
            Self::ReasonDecide => "理由裁定时限",
            Self::NoticeApprove => "通报审批时限",
            Self::NotifyEscalate => "通知升级",
        }
    }
}

/// The next deadline of a stream: one row in the engine's table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// Which.
    pub name: DeadlineName,
    /// When.
    pub due_at: Timestamp,
}

/// Counts a limit from an instant.
///
/// # Errors
/// [`Code::ClockUncountable`] where the calendar cannot count so far.
pub fn due(rules: &Rulebook, from: Timestamp, budget: Option<&Budget>) -> Result<Option<Due>, Rejection> {
    due_with(rules, from, budget, &[])
}

/// Counts a limit from an instant, without these pauses.
pub(super) fn due_with(
    rules: &Rulebook,
    from: Timestamp,
    budget: Option<&Budget>,
    pauses: &[Suspension],
) -> Result<Option<Due>, Rejection> {
    let Some(budget) = budget else { return Ok(None) };
    let counted = count(rules, from, budget, &[], pauses)?;
    Ok(Some(Due {
        due_at: counted.due_at,
        from,
        budget: *budget,
        calendar: counted.calendar_revision,
        provisional: counted.provisional,
    }))
}

/// The limits of the case's item, or of the default class.
pub(super) fn limits(state: &State, context: &Context<'_>) -> Limits {
    let policy = &context.rules.policy;
    policy.limits(state.item.as_ref().and_then(|code| policy.catalogue.item(code)))
}

/// What a resolve clock is counted from.
pub(super) struct ResolveTerms<'a> {
    pub from: Timestamp,
    pub budget: &'a Budget,
    pub extensions: Vec<Budget>,
    pub suspensions: Vec<Suspension>,
    pub outside_due_at: Option<Timestamp>,
    pub start: Rung,
    pub climb: Option<Climb>,
    pub rule: String,
}

/// Counts the limit for the result and the instants at which the ladder is climbed.
pub(super) fn resolve(terms: ResolveTerms<'_>, context: &Context<'_>) -> Result<ResolveClock, Rejection> {
    let rules = context.rules;
    let counted = count(rules, terms.from, terms.budget, &terms.extensions, &terms.suspensions)?;
    let ladder = &rules.policy.ladder;
    let cap = |at: Timestamp| terms.outside_due_at.map_or(at, |outside| at.min(outside));
    // Natural days run through nights and rest days; nobody is reminded then, and nothing climbs.
    let told = |at: Timestamp| match terms.budget {
        Budget::NaturalDays { .. } => cap(rules.calendar.opening_at(at).min(counted.due_at)),
        _ => cap(at),
    };
    Ok(ResolveClock {
        due_at: cap(counted.due_at),
        amber_at: told(ladder.amber_at(&counted)),
        climb: terms.climb,
        steps: terms
            .climb
            .map_or_else(
                || ladder.steps(terms.start, &counted),
                |climb| ladder.steps_after(climb.from, climb.start, &counted),
            )
            .into_iter()
            .map(|(to, at)| Step { to, at: told(at) })
            .collect(),
        from: terms.from,
        budget: *terms.budget,
        extensions: terms.extensions,
        suspensions: terms.suspensions,
        outside_due_at: terms.outside_due_at,
        rule: terms.rule,
        policy: rules.policy.version.clone(),
        calendar: counted.calendar_revision,
        provisional: counted.provisional,
    })
}

/// The same clock with another extension or pause, counted again.
pub(super) fn recount(
    clock: &ResolveClock,
    start: Rung,
    extension: Option<Budget>,
    pause: Option<Suspension>,
    context: &Context<'_>,
) -> Result<ResolveClock, Rejection> {
    let mut extensions = clock.extensions.clone();
    extensions.extend(extension);
    let mut suspensions = clock.suspensions.clone();
    suspensions.extend(pause);
    resolve(
        ResolveTerms {
            from: clock.from,
            budget: &clock.budget,
            extensions,
            suspensions,
            outside_due_at: clock.outside_due_at,
            start,
            climb: clock.climb,
            rule: clock.rule.clone(),
        },
        context,
    )
}

/// The same limit, with a pause left out.
pub(super) fn later(due: &Due, pause: Option<Suspension>, context: &Context<'_>) -> Result<Due, Rejection> {
    let pauses: Vec<Suspension> = pause.into_iter().collect();
    let counted = count(context.rules, due.from, &due.budget, &[], &pauses)?;
    Ok(Due {
        due_at: counted.due_at,
        calendar: counted.calendar_revision,
        provisional: counted.provisional,
        ..due.clone()
    })
}

/// Counts a stored clock again, to explain it hour by hour.
///
/// # Errors
/// [`Code::ClockUncountable`] where the calendar cannot count so far.
pub fn explain(rules: &Rulebook, clock: &ResolveClock) -> Result<Counted, Rejection> {
    count(rules, clock.from, &clock.budget, &clock.extensions, &clock.suspensions)
}

fn count(
    rules: &Rulebook,
    start: Timestamp,
    budget: &Budget,
    extensions: &[Budget],
    suspensions: &[Suspension],
) -> Result<Counted, Rejection> {
    let clock =
        Clock { start, budget: *budget, extensions: extensions.to_vec(), suspensions: suspensions.to_vec() };
    rules.calendar.count(&clock).map_err(|_| Rejection::new(Code::ClockUncountable))
}
