//! Who that is: the post of a unit, at an instant, as the duty roster has it.

use jiff::Timestamp;

use super::event::Told;
use super::words::{Post, Urgency};
use crate::context::Rulebook;
use crate::ids::UnitId;
use crate::policy::Person;

/// Whoever has this post of the unit now. Nobody is missed: where the roster has no duty officer the whole
/// unit is told, and where it has no deputy or superior, whoever is on duty in the unit above.
/// None where that unit is kept from the case.
pub(super) fn resolve(
    post: Post,
    unit: &UnitId,
    urgency: Urgency,
    (at, rules): (Timestamp, &Rulebook),
    barred: &[UnitId],
) -> Option<Told> {
    let (unit, post, person) = holder(post, unit, at, rules)?;
    if barred.iter().any(|barred| *barred == unit || rules.org.is_within(&unit, barred)) {
        return None;
    }
    let roster = &rules.policy.roster;
    let own = person.map(|person| &person.to).into_iter().flatten().map(|(channel, _)| channel.clone());
    let mut channels: Vec<String> =
        own.chain(roster.of_unit(&unit).map(|(channel, _)| channel.clone())).collect();
    channels.sort_unstable();
    channels.dedup();
    let (send_at, digest) = rules.policy.notify.hold(urgency, at, rules.calendar.zone());
    let going = !channels.is_empty();
    Some(Told {
        person: person.map(|person| person.key.clone()),
        name: person.map(|person| person.name.clone()).unwrap_or_default(),
        account: person.and_then(|person| person.account.clone()),
        channels,
        at,
        send_at: send_at.filter(|_| going),
        digest: digest && going,
        unit,
        post,
    })
}

fn holder<'r>(
    post: Post,
    unit: &UnitId,
    at: Timestamp,
    rules: &'r Rulebook,
) -> Option<(UnitId, Post, Option<&'r Person>)> {
    let roster = &rules.policy.roster;
    let row = || roster.on_duty(unit, at, &rules.calendar);
    let key = match post {
        Post::Unit | Post::Supervisors | Post::Dispatchers => return Some((unit.clone(), post, None)),
        Post::Duty => row().map(|row| row.duty.as_str()),
        Post::Deputy => row().and_then(|row| row.deputy.as_deref()),
        Post::Superior => row().and_then(|row| row.superior.as_deref()),
    };
    if let Some(person) = key.and_then(|key| roster.person(key)) {
        return Some((person.unit.clone().unwrap_or_else(|| unit.clone()), post, Some(person)));
    }
    if post == Post::Duty {
        return Some((unit.clone(), Post::Unit, None));
    }
    let above = rules.org.unit(unit)?.parent.clone()?;
    let on_duty = roster.on_duty(&above, at, &rules.calendar);
    let person = on_duty.and_then(|row| roster.person(&row.duty));
    // The post that was looked for: the order of the chain goes by it.
    Some((person.and_then(|person| person.unit.clone()).unwrap_or(above), post, person))
}
