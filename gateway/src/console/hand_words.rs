//! What is asked, returned, designated: in words.

use domain::case::Event;
use domain::case::event::{CaseSuspended, DecidedOutside, ExtensionGranted, ReturnReason};
use domain::policy::Matter;
use projections::AskedFor;

use super::lang::Lang;
use super::when::Times;
use super::words;
use crate::http::App;

/// What such an event is called in English.
pub fn name(event: &Event) -> &'static str {
    match event {
        Event::ReturnRequested(_) => "Return requested",
        Event::ReturnApproved(_) => "Return approved",
        Event::ReturnRejected(_) => "Return refused",
        Event::DispatchObjected(_) => "Objection to the dispatch",
        Event::ObjectionAdjudicated(_) => "Objection adjudicated",
        Event::FinalUnitDesignated(_) => "Finally designated",
        Event::ExtensionRequested(_) => "Extension requested",
        Event::ExtensionRefused(_) => "Extension refused",
        Event::SuspensionApplied(_) => "Suspension applied for",
        Event::SuspensionRefused(_) => "Suspension refused",
        Event::OutsideAsked(_) => "Put to the sending system",
        Event::CaseDeescalated(_) => "Sent down",
        Event::TaskClaimed(_) => "Claimed",
        Event::TaskDelegated(_) => "Handed to a colleague",
        Event::ClaimReleased(_) => "Put back",
        Event::ReplyAmended(_) => "Reply put right",
        _ => "",
    }
}

/// What it says.
pub fn sentence(app: &App, times: &Times, event: &Event) -> String {
    let l = times.l;
    let rules = app.rules();
    let unit = |code| words::unit(&rules.org, code, l);
    let parts: Vec<String> = match event {
        Event::ReturnRequested(e) => {
            let suggested = e.suggested.as_ref().map(|code| suggests(&unit(code), l));
            let said = vec![unit(&e.unit), l.t(e.reason.zh(), e.reason.en()).to_owned(), e.note.clone()];
            said.into_iter().chain(suggested).collect()
        }
        Event::DispatchObjected(e) => {
            let suggested = e.suggested.as_ref().map(|code| suggests(&unit(code), l));
            [unit(&e.unit), e.reason.clone()].into_iter().chain(suggested).collect()
        }
        Event::ReturnApproved(e) => vec![unit(&e.unit), e.note.clone()],
        Event::ReturnRejected(e) => vec![e.reason.clone()],
        Event::ObjectionAdjudicated(e) => {
            let moved = if e.moved { l.t("改由", "moves to") } else { l.t("仍由", "stays with") };
            vec![format!("{moved} {}", unit(&e.unit)), e.reason.clone()]
        }
        Event::FinalUnitDesignated(e) => vec![unit(&e.unit), e.reason.clone()],
        Event::ExtensionRequested(e) => {
            vec![unit(&e.unit), l.t(&e.length.zh(), &e.length.en()).to_owned(), e.reason.clone()]
        }
        Event::SuspensionApplied(e) => {
            vec![unit(&e.unit), e.reason.clone(), l.f("{} 复核", "review on {}", times.short(e.review_at))]
        }
        Event::ExtensionRefused(e) | Event::SuspensionRefused(e) => vec![e.reason.clone()],
        Event::OutsideAsked(e) => vec![matter(e.matter, l).to_owned()],
        Event::CaseDeescalated(e) => {
            let steps = format!("{} → {}", words::rung(e.from, l), words::rung(e.to, l));
            vec![steps, unit(&e.responsible), e.reason.clone(), e.resources.clone()]
        }
        Event::TaskClaimed(e) | Event::ClaimReleased(e) => vec![unit(&e.unit)],
        Event::TaskDelegated(e) => vec![unit(&e.unit), words::actor(&e.to, l)],
        Event::ReplyAmended(e) => vec![unit(&e.unit), e.reason.clone()],
        _ => Vec::new(),
    };
    let said: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    said.join(" · ")
}

/// 挂账
pub fn suspended(times: &Times, e: &CaseSuspended) -> String {
    format!("{} · {}", e.reason, times.l.f("{} 复核", "review on {}", times.short(e.review_at)))
}

/// 延期
pub fn extended(times: &Times, e: &ExtensionGranted) -> String {
    let by = e.resolve.extensions.last().map(|budget| times.l.t(&budget.zh(), &budget.en()).to_owned());
    format!("{} · {}", by.unwrap_or_default(), e.reason)
}

/// What the sending system decided.
pub fn decided(times: &Times, e: &DecidedOutside) -> String {
    let decision = times.l.t(e.decision.zh(), e.decision.en()).to_owned();
    let until = e.until.map(|until| times.full(until));
    let said = [Some(decision), until, Some(e.reason.clone()).filter(|reason| !reason.is_empty())];
    said.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn suggests(unit: &str, l: Lang) -> String {
    l.f("建议 {}", "suggests {}", unit)
}

/// What may be for the sending system to decide.
pub fn matter(matter: Matter, l: Lang) -> &'static str {
    l.t(matter.zh(), matter.en())
}

/// What a unit asks for.
pub fn asked(asked: AskedFor, l: Lang) -> &'static str {
    match asked {
        AskedFor::Return => l.t("退单待审", "return asked"),
        AskedFor::Objection => l.t("异议待裁", "objection raised"),
        AskedFor::Extension => l.t("延期待批", "extension asked"),
        AskedFor::Suspension => l.t("挂账待批", "suspension asked"),
    }
}

/// Why a unit sends a case back.
pub fn return_reason(reason: ReturnReason, l: Lang) -> &'static str {
    l.t(reason.zh(), reason.en())
}
