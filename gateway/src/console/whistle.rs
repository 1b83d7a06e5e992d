//! 吹哨报到 in words: what is said of it, and who sees which of its events.

use domain::case::Event;
use domain::case::event::{LegStage, WhistleKind};
use domain::case::whistle::Phase;
use domain::ids::UnitId;
use domain::recorded::Recorded;
use domain::stream;

use super::case::Seen;
use super::lang::Lang;
use super::when::Times;
use super::words;
use crate::auth::Reader;
use crate::http::App;

/// What a reader sees of the case's events: who is only called, or has a part, sees what concerns that.
pub fn shown(reader: &Reader, seen: &Seen) -> Vec<Recorded> {
    let whole = reader.has_in_area(&seen.row);
    let concerns = |recorded: &&Recorded| whole || concerns_called(&recorded.event);
    seen.history.events.iter().filter(concerns).cloned().collect()
}

/// Whether an event is for a unit that is called: not what is said with the complainant.
fn concerns_called(event: &stream::Event) -> bool {
    let stream::Event::Case(event) = event else { return false };
    super::parts::concerns(event)
        || matches!(
            event,
            Event::CaseRegistered(_)
                | Event::CaseDispatched(_)
                | Event::WhistleSounded(_)
                | Event::WhistleResponded(_)
                | Event::UnitArrived(_)
                | Event::WhistleDeclined(_)
                | Event::DeclineAdjudicated(_)
                | Event::WhistleLegFinished(_)
                | Event::WhistleStoodDown(_)
                | Event::WhistleLegLate(_)
                | Event::WhistleClocksMoved(_)
        )
}

/// Where a leg is.
pub fn phase(phase: Phase, l: Lang) -> &'static str {
    let en = match phase {
        Phase::Called => "called",
        Phase::Responded => "responded",
        Phase::Arrived => "on site",
        Phase::Declined => "declined, to adjudicate",
        Phase::Finished => "finished, stays",
        Phase::Done => "done",
        Phase::Released => "let go",
        Phase::Excused => "excused",
    };
    l.t(phase.zh(), en)
}

/// A kind of whistle.
pub fn kind(kind: WhistleKind, l: Lang) -> &'static str {
    let en = match kind {
        WhistleKind::Routine => "routine",
        WhistleKind::Key => "key or difficult",
        WhistleKind::Enforcement => "joint enforcement",
        WhistleKind::Emergency => "emergency",
    };
    l.t(kind.zh(), en)
}

/// A limit of a leg.
pub fn stage(stage: LegStage, l: Lang) -> &'static str {
    match stage {
        LegStage::Respond => l.t("应哨", "respond"),
        LegStage::Arrive => l.t("报到", "report in"),
        LegStage::Finish => l.t("办结哨", "finish"),
    }
}

/// An event of the whistle in a sentence.
pub fn sentence(app: &App, times: &Times, event: &Event) -> String {
    let l = times.l;
    let unit = |code: &UnitId| words::unit(&app.rules().org, code, l);
    let units =
        |codes: &mut dyn Iterator<Item = &UnitId>| codes.map(unit).collect::<Vec<_>>().join(l.t("、", ", "));
    let said = |parts: &[String]| {
        parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" · ")
    };
    match event {
        Event::WhistleProposed(e) => said(&[
            kind(e.kind, l).to_owned(),
            format!("{} → {}", unit(&e.sounder), units(&mut e.units.iter())),
            l.f("待 {} 批准", "waits for {}", unit(&e.approver)),
            e.reason.clone(),
        ]),
        Event::WhistleRefused(e) => said(&[unit(&e.unit), e.reason.clone()]),
        Event::WhistleSounded(e) => said(&[
            kind(e.kind, l).to_owned(),
            format!("{} → {}", unit(&e.sounder), units(&mut e.legs.iter().map(|leg| &leg.unit))),
            e.place.clone(),
            e.reason.clone(),
        ]),
        Event::WhistleResponded(e) => unit(&e.unit),
        Event::UnitArrived(e) => said(&[unit(&e.unit), e.place.clone()]),
        Event::WhistleDeclined(e) => said(&[unit(&e.unit), e.reason.clone()]),
        Event::DeclineAdjudicated(e) => said(&[
            unit(&e.unit),
            if e.upheld {
                l.t("成立，不必到场", "upheld")
            } else {
                l.t("不成立，继续", "refused, it goes on")
            }
            .to_owned(),
            e.reason.clone(),
        ]),
        Event::WhistleLegFinished(e) => unit(&e.unit),
        Event::WhistleStoodDown(e) => {
            said(&[units(&mut e.legs.iter().map(|leg| &leg.unit)), e.reason.clone()])
        }
        Event::WhistleRated(e) => said(&[
            format!("{} → {}", unit(&e.by), unit(&e.of)),
            l.f("{} 分", "{} of 5", e.score),
            e.reason.clone(),
        ]),
        Event::WhistleLegLate(e) => said(&[
            unit(&e.unit),
            l.f("逾期未{}", "late to {}", stage(e.stage, l)),
            times.full(e.due_at),
            e.superior.as_ref().map(|to| l.f("已告知 {}", "{} was told", unit(to))).unwrap_or_default(),
        ]),
        Event::WhistleClocksMoved(e) if e.revision.is_some() => {
            l.t("按修订后的规则重算", "counted again under revised rules").to_owned()
        }
        Event::WhistleClocksMoved(_) => l.t("扣除挂账时间", "the pause is left out").to_owned(),
        _ => String::new(),
    }
}
