//! Supervision in sentences: the timeline's words for the steps of the ladder, orders, reasons and notices.

use domain::case::Event;
use domain::case::event::{SupervisionCause, SupervisionCheck, SupervisionMoved, SupervisionStep, UrgeSent};
use domain::ids::UnitId;

use super::lang::Lang;
use super::when::Times;
use super::words;
use crate::http::App;

/// What an event of supervision is called on an English page.
pub fn event_en(event: &Event) -> &'static str {
    match event {
        Event::CaseUrged(_) => "Urged",
        Event::UrgeWritten(_) => "Urged in writing",
        Event::SupervisionIssued(_) => "Supervision order",
        Event::SupervisionReplied(_) => "Order replied to",
        Event::SupervisionChecked(_) => "Order checked",
        Event::SupervisionClosed(_) => "Order closed",
        Event::ReasonGiven(_) => "Reason given",
        Event::ReasonAccepted(_) => "Reason accepted",
        Event::ReasonRefused(_) => "Reason refused",
        Event::NoticeDrafted(_) => "Notice drafted",
        Event::NoticeEdited(_) => "Notice edited",
        Event::NoticeIssued(_) => "Notice circulated",
        Event::NoticeReplied(_) => "Notice replied to",
        Event::NoticeCorrected(_) => "Notice corrected",
        Event::NoticeWithdrawn(_) => "Notice withdrawn",
        Event::SupervisionListed(_) => "Listed for supervision",
        Event::InterviewProposed(_) => "Interview proposed",
        Event::UnitInterviewed(_) => "Interviewed",
        Event::SupervisionLate(_) => "Supervision: late",
        Event::SupervisionTimed(_) => "Supervision: next step",
        Event::SupervisionClocksMoved(_) => "Supervision: limits counted again",
        _ => "",
    }
}

/// A step of the ladder.
pub fn step(step: SupervisionStep, l: Lang) -> &'static str {
    l.t(step.zh(), step.en())
}

/// One of the three checks.
pub fn check(check: SupervisionCheck, l: Lang) -> &'static str {
    l.t(check.zh(), check.en())
}

/// Why an order or a notice is there.
pub fn cause(cause: SupervisionCause, l: Lang) -> &'static str {
    l.t(cause.zh(), cause.en())
}

/// What an event of supervision says.
pub fn sentence(app: &App, times: &Times, event: &Event) -> String {
    let l = times.l;
    let rules = app.rules();
    let unit = |code: &UnitId| words::unit(&rules.org, code, l);
    let passed = |yes: bool| l.t(if yes { "通过" } else { "不通过" }, if yes { "passed" } else { "failed" });
    let parts: Vec<String> = match event {
        Event::CaseUrged(e) | Event::UrgeWritten(e) => urged(e, times, &unit),
        Event::SupervisionIssued(e) => {
            vec![
                e.number.clone(),
                unit(&e.unit),
                cause(e.cause, l).to_owned(),
                until(times, e.reply.as_ref()),
            ]
        }
        Event::SupervisionReplied(e) => vec![unit(&e.unit)],
        Event::SupervisionChecked(e) => {
            vec![check(e.check, l).to_owned(), passed(e.passed).to_owned(), e.finding.clone()]
        }
        Event::SupervisionClosed(e) => vec![l.f("根源：{}", "root cause: {}", &e.root_cause)],
        Event::ReasonGiven(e) => vec![unit(&e.unit), e.reason.clone()],
        Event::ReasonAccepted(e) | Event::ReasonRefused(e) => vec![unit(&e.unit), e.reason.clone()],
        Event::NoticeDrafted(e) => vec![e.number.clone(), unit(&e.unit), cause(e.facts.cause, l).to_owned()],
        Event::NoticeEdited(e) | Event::NoticeCorrected(e) => {
            vec![l.f("第 {} 版", "edition {}", e.edition), e.reason.clone()]
        }
        Event::NoticeIssued(e) => {
            let to: Vec<String> = e.to.iter().map(unit).collect();
            vec![e.number.clone(), l.f("发 {}", "to {}", to.join("、")), until(times, e.reply.as_ref())]
        }
        Event::NoticeReplied(e) => vec![unit(&e.unit)],
        Event::NoticeWithdrawn(e) => vec![unit(&e.unit), e.reason.clone()],
        Event::SupervisionListed(e) => {
            vec![unit(&e.unit), l.f("第 {} 次不到位", "failure {}", e.failures), e.reason.clone()]
        }
        Event::InterviewProposed(e) => vec![unit(&e.unit), times.full(e.due_at)],
        Event::UnitInterviewed(e) => {
            vec![unit(&e.unit), e.who.clone(), times.full(e.held_at), e.result.clone()]
        }
        Event::SupervisionLate(e) => vec![words::deadline(e.name, l).to_owned(), times.full(e.due_at)],
        Event::SupervisionTimed(e) => match &e.next {
            Some(next) => vec![step(next.step, l).to_owned(), times.full(next.due_at)],
            None => vec![l.t("没有下一步", "no step is left").to_owned()],
        },
        Event::SupervisionClocksMoved(e) => {
            let limit = |one: &SupervisionMoved| {
                format!("{} {}", words::deadline(one.name, l), times.full(one.due.due_at))
            };
            e.limits.iter().map(limit).collect()
        }
        _ => Vec::new(),
    };
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn urged(e: &UrgeSent, times: &Times, unit: &dyn Fn(&UnitId) -> String) -> Vec<String> {
    let copied: Vec<String> = e.copied.iter().map(unit).collect();
    let copied = if copied.is_empty() {
        String::new()
    } else {
        times.l.f("抄送 {}", "copy to {}", copied.join("、"))
    };
    vec![unit(&e.unit), copied, e.reason.clone()]
}

fn until(times: &Times, due: Option<&domain::case::clocks::Due>) -> String {
    due.map(|due| times.l.f("{} 前回复", "reply by {}", times.full(due.due_at))).unwrap_or_default()
}
