//! 通知 in words: who was told what of a case, by which way, and how it fared.

use domain::notify::{Event, State, Told, event_name};
use domain::recorded::Recorded;
use domain::stream::StreamId;
use projections::Notification;

use super::case::Seen;
use super::lang::Lang;
use super::page::views_failed;
use super::timeline::Line;
use super::when::Times;
use super::{whistle, words};
use crate::auth::Reader;
use crate::http::App;
use crate::http::problem::Problem;

/// The events of a case that its reader may see, with those of its notifications among them. Who only has a leg
/// or a part sees what the own unit was told.
///
/// # Errors
/// Views or log failed.
pub async fn with_notifications(
    app: &App,
    reader: &Reader,
    seen: &Seen,
) -> Result<(Vec<Recorded>, Vec<Notification>), Problem> {
    let mut events = whistle::shown(reader, seen);
    let mut told = app.views.notifications_of(seen.case).await.map_err(views_failed)?;
    if !reader.has_in_area(&seen.row) {
        let who = reader.who();
        told.retain(|one| one.state.told.iter().any(|recipient| recipient.is_for(&who)));
    }
    let streams: Vec<StreamId> = told.iter().map(|one| StreamId::notification(one.id)).collect();
    if !streams.is_empty() {
        let loaded = app.engine.store().load(&streams).await;
        events.extend(loaded.map_err(|error| Problem::away("the log failed", &error))?);
        events.sort_by_key(|event| event.position);
    }
    Ok((events, told))
}

/// An entry of the timeline.
pub fn line(
    app: &App,
    times: &Times,
    notifications: &[Notification],
    recorded: &Recorded,
    event: &Event,
) -> Option<Line> {
    let l = times.l;
    let state = &notifications.iter().find(|one| one.id == recorded.stream.id)?.state;
    Some(Line {
        name: name(event, l),
        what: sentence(app, times, event, state),
        tone: match event {
            Event::NotificationParked(_) => "late",
            Event::NotificationFailed(_) | Event::NotificationEscalated(_) => "soon",
            Event::NotificationSent(_) => "good",
            _ => "",
        },
        at: times.full(recorded.meta.occurred_at),
        iso: recorded.meta.occurred_at.to_string(),
        recorded: String::new(),
        by: by(app, l, recorded),
        text: String::new(),
        inner: false,
        fresh: false,
    })
}

/// Who did it, and for which unit.
pub fn by(app: &App, l: Lang, recorded: &Recorded) -> String {
    let actor = words::actor(&recorded.meta.actor.id, l);
    match &recorded.meta.actor.unit {
        Some(unit) => format!("{actor} · {}", words::unit(&app.rules().org, unit, l)),
        None => actor,
    }
}

/// What an event is called.
fn name(event: &Event, l: Lang) -> &'static str {
    let en = match event {
        Event::NotificationRaised(_) => "Told",
        Event::NotificationEscalated(_) => "The next is told",
        Event::NotificationSent(_) => "Message delivered",
        Event::NotificationFailed(_) => "Message not delivered",
        Event::NotificationParked(_) => "Message parked",
        Event::NotificationReplayed(_) => "Message sent again",
        Event::NotificationRead(_) => "Notification read",
        Event::NotificationSettled(_) => "Answered, nobody further is told",
        Event::NotificationWithdrawn(_) => "Notification withdrawn",
        Event::NotificationsFollowed(_) => "Notifications",
    };
    l.t(event.zh(), en)
}

fn sentence(app: &App, times: &Times, event: &Event, state: &State) -> String {
    let l = times.l;
    let tried = |channel: &str, attempt: u32| format!("{channel} · {}", l.f("第 {} 次", "try {}", attempt));
    let of = |place: u32| {
        let recipient = usize::try_from(place).ok().and_then(|place| state.told.get(place));
        recipient.map(|recipient| who(app, &recipient.told, l)).unwrap_or_default()
    };
    let to = |number: u32| state.delivery(number).map(|delivery| of(delivery.to)).unwrap_or_default();
    match event {
        Event::NotificationRaised(e) => {
            format!(
                "{} · {}{}",
                who(app, &e.told, l),
                event_name(&e.event, l == Lang::En),
                way(&e.told, times)
            )
        }
        Event::NotificationEscalated(e) => format!("{}{}", who(app, &e.told, l), way(&e.told, times)),
        Event::NotificationSent(e) => format!("{} · {}", to(e.delivery), tried(&e.channel, e.attempt)),
        Event::NotificationFailed(e) => {
            let again = l.f("{} 再试", "again at {}", times.full(e.retry_at));
            format!("{} · {} · {} · {again}", to(e.delivery), tried(&e.channel, e.attempt), e.reason)
        }
        Event::NotificationParked(e) => {
            format!("{} · {} · {}", to(e.delivery), tried(&e.channel, e.attempt), e.reason)
        }
        Event::NotificationReplayed(e) => {
            e.deliveries.iter().map(|number| to(*number)).collect::<Vec<_>>().join("、")
        }
        Event::NotificationRead(e) => e.told.iter().map(|place| of(*place)).collect::<Vec<_>>().join("、"),
        Event::NotificationWithdrawn(_) | Event::NotificationSettled(_) => {
            state.told.first().map(|first| who(app, &first.told, l)).unwrap_or_default()
        }
        Event::NotificationsFollowed(_) => String::new(),
    }
}

/// Who that is.
pub fn who(app: &App, told: &Told, l: Lang) -> String {
    let unit = words::unit(&app.rules().org, &told.unit, l);
    let post = l.t(told.post.zh(), told.post.en());
    match (told.post, told.name.as_str()) {
        (domain::notify::Post::Unit, "") => unit,
        (_, "") => format!("{unit} · {post}"),
        (_, name) => format!("{unit} · {post} {name}"),
    }
}

fn way(told: &Told, times: &Times) -> String {
    let l = times.l;
    if told.channels.is_empty() {
        return String::new();
    }
    let channels = told.channels.join("、");
    match told.send_at {
        Some(at) => format!(" · {channels} · {}", l.f("{} 起发", "from {}", times.full(at))),
        None => format!(" · {channels}"),
    }
}
