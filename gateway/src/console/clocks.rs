//! Every clock of a case with its due time, and why it is that time, hour by hour.

use domain::calendar::{Clock, Counted, Unit};
use domain::case::clocks::{DeadlineName, Due, ResolveClock, explain};
use domain::case::{Life, State};

use super::lang::Lang;
use super::when::{Countdown, Times};
use super::words;
use crate::http::App;

/// A clock on the page.
pub struct ClockView {
    /// Which limit.
    pub name: &'static str,
    /// The budget and the rule behind it.
    pub rule: String,
    /// When, and how long until then.
    pub due: Countdown,
    /// How it was counted; empty where there is nothing to explain.
    pub why: Vec<Why>,
    /// Editions of policy and calendar that counted it.
    pub basis: String,
}

/// A stretch of the count.
pub struct Why {
    /// Its beginning.
    pub from: String,
    /// Its end.
    pub to: String,
    /// How much of the budget it used.
    pub counted: String,
    /// It used some.
    pub counts: bool,
    /// Why, or why not.
    pub reason: &'static str,
}

/// All clocks that run or stand, the one for the result first.
pub fn clocks(app: &App, times: &Times, state: &State) -> Vec<ClockView> {
    let mut clocks = Vec::new();
    if let Some(clock) = &state.resolve
        && state.life.is_open()
    {
        clocks.push(resolve(app, times, state, clock));
    }
    if let Some((since, Some(review_at))) = state.suspended {
        let l = times.l;
        clocks.push(ClockView {
            name: words::deadline(DeadlineName::Review, l),
            rule: l.f("{} 起挂账", "suspended since {}", times.short(since)),
            due: times.countdown(review_at, None),
            why: Vec::new(),
            basis: String::new(),
        });
    }
    clocks.extend(state.dues.iter().map(|(name, due)| beside(app, times, *name, due)));
    clocks
}

fn resolve(app: &App, times: &Times, state: &State, clock: &ResolveClock) -> ClockView {
    let l = times.l;
    let mut rule = vec![l.t(&clock.budget.zh(), &clock.budget.en()).to_owned(), rule_name(&clock.rule, l)];
    for extension in &clock.extensions {
        rule.push(l.f("延期 {}", "extended by {}", l.t(&extension.zh(), &extension.en())));
    }
    if clock.outside_due_at.is_some_and(|outside| outside == clock.due_at) {
        rule.push(l.t("以来件时限为准", "capped by the outside order").to_owned());
    }
    let due = match state.life {
        Life::Suspended => times.paused(clock.due_at, l.t("已暂停", "paused")),
        _ if state.runs() => times.countdown(clock.due_at, Some(clock.amber_at)),
        _ => times.paused(clock.due_at, l.t("已提交结果", "result is in")),
    };
    let rules = app.rules();
    // What another calendar counted is not explained by this one.
    let counted = explain(&rules, clock).ok().filter(|counted| counted.calendar_revision == clock.calendar);
    ClockView {
        name: words::deadline(DeadlineName::Resolve, l),
        rule: rule.join(" · "),
        due,
        why: why(counted.as_ref(), times),
        basis: basis(&clock.calendar, Some(&clock.policy), clock.provisional, l),
    }
}

fn beside(app: &App, times: &Times, name: DeadlineName, due: &Due) -> ClockView {
    let l = times.l;
    let counted = app.rules().calendar.count(&Clock::new(due.from, due.budget)).ok();
    let counted = counted.filter(|counted| counted.calendar_revision == due.calendar);
    ClockView {
        name: words::deadline(name, l),
        rule: format!(
            "{} · {}",
            l.t(&due.budget.zh(), &due.budget.en()),
            l.f("{} 起", "from {}", times.short(due.from))
        ),
        due: times.countdown(due.due_at, None),
        why: why(counted.as_ref(), times),
        basis: basis(&due.calendar, None, due.provisional, l),
    }
}

/// `item 0101` or `class N2`, as the log names the rule.
fn rule_name(rule: &str, l: Lang) -> String {
    match rule.split_once(' ') {
        Some(("item", code)) => l.f("事项 {}", "item {}", code),
        Some(("class", code)) => l.f("类别 {}", "class {}", code),
        _ => rule.to_owned(),
    }
}

fn basis(calendar: &str, policy: Option<&str>, provisional: bool, l: Lang) -> String {
    let mut parts = vec![l.f("日历 {}", "calendar {}", calendar)];
    parts.extend(policy.map(|policy| l.f("政策 {}", "policy {}", policy)));
    if provisional {
        parts.push(
            l.t("所跨年度放假通知未发布，时限暂定", "a year's holidays are not published yet: provisional")
                .to_owned(),
        );
    }
    parts.join(" · ")
}

fn why(counted: Option<&Counted>, times: &Times) -> Vec<Why> {
    let segments = counted.map_or(&[][..], |counted| &counted.segments);
    let lines = segments.iter().map(|segment| Why {
        from: times.short(segment.from),
        to: times.short(segment.to),
        counted: amount(segment.counted, segment.unit, times.l),
        counts: segment.counted > 0.0,
        reason: times.l.t(segment.reason.zh(), segment.reason.en()),
    });
    lines.collect()
}

fn amount(counted: f64, unit: Unit, l: Lang) -> String {
    if counted <= 0.0 {
        return "—".to_owned();
    }
    let number = format!("{counted:.2}");
    let number = number.trim_end_matches('0').trim_end_matches('.');
    let unit = match unit {
        Unit::Hour | Unit::WorkHour => l.t("小时", "h"),
        Unit::WorkDay | Unit::NaturalDay => l.t("天", "d"),
    };
    format!("{number} {unit}")
}
