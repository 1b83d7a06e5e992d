//! What a drafted paper says: facts of the log, in the words of an official page. Never personal data, and
//! no unit but the one that it is about and those that had the case before everybody's eyes.

use jiff::Timestamp;

use crate::case::event::{NoticeFacts, SupervisionCause};
use crate::case::state::State;
use crate::context::Context;
use crate::ids::UnitId;

/// `2026年11月20日 17:30`, in the calendar's zone.
fn day(at: Timestamp, context: &Context<'_>) -> String {
    let local = at.to_zoned(context.rules.calendar.zone().clone());
    local.strftime("%Y年%-m月%-d日 %H:%M").to_string()
}

fn unit_name(unit: &UnitId, context: &Context<'_>) -> String {
    context.rules.org.unit(unit).map_or_else(|| unit.to_string(), |unit| unit.name.clone())
}

/// `工单 …（0101 暴露垃圾）`
fn case_name(state: &State, context: &Context<'_>) -> String {
    let items = &context.rules.policy.catalogue;
    let item = state.item.as_ref().map(|code| match items.item(code) {
        Some(item) => format!("（{code} {}）", item.name),
        None => format!("（{code}）"),
    });
    format!("工单 {}{}", state.case_no, item.unwrap_or_default())
}

/// What is so, by its cause.
pub(super) fn facts(state: &State, unit: &UnitId, cause: SupervisionCause, context: &Context<'_>) -> String {
    let head = format!("{}主办的{}", unit_name(unit, context), case_name(state, context));
    let limit = state
        .resolve
        .as_ref()
        .map(|clock| format!("，办结时限为{}（{}）", day(clock.due_at, context), clock.budget.zh()));
    let head = format!("{head}{}", limit.unwrap_or_default());
    match cause {
        SupervisionCause::Overdue => format!("{head}，至{}仍未办结。", day(context.now, context)),
        SupervisionCause::FailedCheck => format!("{head}，办理结果经核查不通过，整改不到位。"),
        SupervisionCause::ReopenLimit => {
            format!("{head}，已重办 {} 次，回访反映问题仍未解决。", state.reopened)
        }
        SupervisionCause::Person => format!("{head}，经督查认为需要督办。"),
    }
}

/// What an order asks.
pub(super) fn asks(until: Option<Timestamp>, context: &Context<'_>) -> String {
    let until = until.map(|at| format!("请于{}前", day(at, context))).unwrap_or_else(|| "请尽快".to_owned());
    format!("{until}整改到位并书面回复办理情况，附证据。督查队将查问题、查整改、查效果，三项通过后销号。")
}

/// A notice's text.
pub(super) fn notice(
    state: &State,
    unit: &UnitId,
    facts: &NoticeFacts,
    reply: Option<String>,
    context: &Context<'_>,
) -> String {
    let so = self::facts(state, unit, facts.cause, context);
    let steps: Vec<String> =
        facts.steps.iter().map(|(step, at)| format!("{}{}", day(*at, context), step.zh())).collect();
    let steps =
        if steps.is_empty() { String::new() } else { format!("此前已于{}。", steps.join("、")) };
    let reply = reply.map(|within| format!("，并在{within}内书面回复")).unwrap_or_default();
    format!("{so}{steps}该单位没有被采纳的理由，现予通报。请立即整改{reply}。")
}
