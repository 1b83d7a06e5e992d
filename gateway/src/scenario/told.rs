//! What happened, in words for people: Chinese and English.

use domain::case::{Code, Event, State};
use domain::context::Rulebook;
use domain::recorded::Recorded;
use domain::stream;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::moment::show;

/// A sentence in both languages.
pub(super) type Both = (String, String);

/// `登记 → 派单`, with what tells one limit from another.
pub(super) fn events(events: &[&Recorded], zone: &TimeZone) -> Both {
    if events.is_empty() {
        return ("没有事件".to_owned(), "no event".to_owned());
    }
    let told: Vec<Both> = events.iter().take(40).map(|recorded| event(recorded, zone)).collect();
    let more = if events.len() > 40 { " → …" } else { "" };
    let join = |side: fn(&Both) -> &str| told.iter().map(side).collect::<Vec<_>>().join(" → ") + more;
    (join(|both| &both.0), join(|both| &both.1))
}

fn event(recorded: &Recorded, zone: &TimeZone) -> Both {
    let at = show(recorded.meta.occurred_at, zone);
    let (zh, en, zh_what, en_what) = match &recorded.event {
        stream::Event::Case(event) => {
            let (zh, en) = detail(event);
            (event.zh(), event.name(), zh, en)
        }
        other => (other.event_type(), other.event_type(), String::new(), String::new()),
    };
    (format!("{zh}{zh_what} @{at}"), format!("{en}{en_what} @{at}"))
}

fn detail(event: &Event) -> Both {
    match event {
        Event::AmberReached(passed) | Event::DeadlinePassed(passed) => {
            (format!("({})", passed.name.zh()), format!("({})", passed.name.as_str()))
        }
        Event::CaseEscalated(up) => (format!("({})", up.to.zh()), format!("({})", up.to)),
        _ => (String::new(), String::new()),
    }
}

/// A time, or that there is none.
pub(super) fn time(at: Option<Timestamp>, zone: &TimeZone) -> Both {
    match at {
        Some(at) => (show(at, zone), show(at, zone)),
        None => ("无".to_owned(), "none".to_owned()),
    }
}

/// A refusal with its sentence, and what it is about.
pub(super) fn refusal(code: &str, about: &str) -> Both {
    let about = if about.is_empty() { String::new() } else { format!(" [{about}]") };
    match Code::ALL.iter().find(|known| known.as_str() == code) {
        Some(known) => {
            let (zh, en) = (known.zh(), known.en());
            (format!("拒绝 {code}{about}：{zh}"), format!("refused {code}{about}: {en}"))
        }
        None => (format!("拒绝 {code}{about}"), format!("refused {code}{about}")),
    }
}

/// A unit, by code and name.
pub(super) fn unit(code: Option<&domain::ids::UnitId>, rules: &Rulebook) -> Both {
    let Some(code) = code else { return ("无".to_owned(), "none".to_owned()) };
    let name = rules.org.unit(code).map(|unit| unit.name.as_str()).unwrap_or_default();
    (format!("{name} {code}"), format!("{code} {name}"))
}

/// What the case waits for.
pub(super) fn next(state: &State, zone: &TimeZone) -> Both {
    match state.next_deadline() {
        None => ("无".to_owned(), "none".to_owned()),
        Some(next) => {
            let at = show(next.due_at, zone);
            (format!("{} {at}", next.name.zh()), format!("{} {at}", next.name.as_str()))
        }
    }
}
