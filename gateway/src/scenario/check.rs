//! Whether what must follow has followed.

use std::collections::HashMap;

use domain::case::State;
use domain::ids::CaseId;
use domain::recorded::Recorded;
use domain::stream::{StreamId, StreamKind};
use jiff::Timestamp;
use projections::{BoardQuery, CaseFilter, Scope};
use serde_json::Value;

use super::Failure;
use super::expect::{Expect, Limit, Listed, What};
use super::people::UnitRef;
use super::play::Happened;
use super::prepare::Step;
use super::seen::Seen;
use super::told::{self, Both};
use super::world::{Broken, World};

/// None where it holds; else what is so instead.
type Verdict = Option<Both>;

fn unless(holds: bool, told: impl FnOnce() -> Both) -> Verdict {
    if holds { None } else { Some(told()) }
}

/// Checks a row; how much was checked.
pub(super) async fn check(
    world: &mut World,
    step: &Step,
    happened: &Happened,
    failures: &mut Vec<Failure>,
) -> Result<usize, Broken> {
    let mut fail = |expected: &str, (zh, en): Both| {
        failures.push(Failure { line: step.line, expected: expected.to_owned(), zh, en });
    };
    let wants_refusal = step.then.iter().any(|expect| matches!(expect.what, What::Refused(_)));
    let looks = matches!(step.act, super::action::Act::Look);
    if let Some(code) = happened.refused.as_deref().filter(|_| !wants_refusal && !looks) {
        fail("接受 · accepted", told::refusal(code, &happened.about));
    }
    let mut checks = usize::from(happened.asked && !looks);
    // Each case has an order of its own.
    let mut order = HashMap::new();
    for expect in &step.then {
        for case in of(world, step, expect) {
            checks += 1;
            if let Some(instead) = one(world, step, happened, expect, case, &mut order).await? {
                fail(&expect.text, instead);
                break;
            }
        }
    }
    if let Some(instead) = nothing_else(world, step, happened) {
        checks += 1;
        fail("仅 · only", instead);
    }
    Ok(checks)
}

/// The cases that something is said of; one that is none where nothing is registered.
fn of(world: &World, step: &Step, expect: &Expect) -> Vec<Option<CaseId>> {
    if expect.each {
        return world.cases.iter().map(|(_, case)| Some(*case)).collect();
    }
    vec![world.case(expect.case.as_deref().or(step.case.as_deref()))]
}

async fn one(
    world: &mut World,
    step: &Step,
    happened: &Happened,
    expect: &Expect,
    case: Option<CaseId>,
    order: &mut HashMap<CaseId, usize>,
) -> Result<Verdict, Broken> {
    match &expect.what {
        What::Refused(code) => return Ok(refused(happened, code)),
        What::Nothing => {
            let events: Vec<&Recorded> =
                happened.events.iter().filter(|event| event.position > happened.acted_from).collect();
            let none = events.is_empty() && happened.refused.is_none();
            return Ok(unless(none, || told::events(&events, world.rules.calendar.zone())));
        }
        What::Outcome(outcome) => {
            let became = happened.outcome.unwrap_or("none");
            return Ok(unless(*outcome == became, || (became.to_owned(), became.to_owned())));
        }
        What::Cases(count) => {
            let opened = opened(world).await?;
            return Ok(unless(opened == *count, || (opened.to_string(), opened.to_string())));
        }
        What::Desk(numbers) => return desk(world, numbers).await,
        _ => {}
    }
    let Some(case) = case else {
        return Ok(Some(("没有工单".to_owned(), "there is no case".to_owned())));
    };
    let (state, history) = world.history(case).await?;
    match &expect.what {
        What::Event(seen) if seen.ever && is_notification(&seen.name) => {
            let all = world.since(0).await?;
            Ok(event(world, happened, seen, (case, &all), order))
        }
        What::Event(seen) => Ok(event(world, happened, seen, (case, &history), order)),
        What::Inbox(unit, listed) => inbox(world, &state, unit, listed).await,
        What::Board(unit, numbers) => board(world, &state, unit, numbers).await,
        What::Sees(unit, sees) => visible(world, &state, unit, *sees).await,
        what => Ok(stands(world, &state, what, happened.before.get(&case), step)),
    }
}

fn refused(happened: &Happened, code: &str) -> Verdict {
    match &happened.refused {
        Some(found) if code.is_empty() || found == code => None,
        Some(found) => Some(told::refusal(found, &happened.about)),
        None => Some(("接受了".to_owned(), "it was accepted".to_owned())),
    }
}

async fn opened(world: &World) -> Result<usize, Broken> {
    let all = world.since(0).await?;
    Ok(all.iter().filter(|recorded| recorded.event.event_type() == "CaseRegistered").count())
}

/// What the case's own state says.
fn stands(world: &World, state: &State, what: &What, before: Option<&State>, step: &Step) -> Verdict {
    let rules = world.rules.clone();
    let zone = rules.calendar.zone();
    let unit = |wanted: &UnitRef, is: Option<&domain::ids::UnitId>| {
        unless(wanted.resolve(state, &rules).as_ref() == is && is.is_some(), || told::unit(is, &rules))
    };
    match what {
        What::Life(life) => {
            unless(state.life == *life, || (state.life.zh().to_owned(), state.life.as_str().to_owned()))
        }
        What::Lead(wanted) => unit(wanted, state.lead.as_ref()),
        What::Responsible(wanted) => unit(wanted, state.responsible.as_ref()),
        What::Rung(rung) => unless(state.rung == Some(*rung), || match state.rung {
            Some(rung) => (rung.zh().to_owned(), rung.to_string()),
            None => ("无".to_owned(), "none".to_owned()),
        }),
        What::Due(name, limit) => {
            let is = limit_of(state, name);
            let holds = match limit {
                Limit::At(moment) => is.is_some_and(|is| moment.is(is)),
                Limit::Absent => is.is_none(),
                Limit::Same => before.is_some_and(|before| limit_of(before, name) == is),
            };
            unless(holds, || told::time(is, zone))
        }
        What::Next(name, at) => {
            let next = state.next_deadline();
            let holds = next.as_ref().map(|next| next.name.as_str()) == name.as_deref()
                && at.is_none_or(|at| next.as_ref().is_some_and(|next| at.is(next.due_at)));
            unless(holds, || told::next(state, zone))
        }
        What::Step(rung, at) => {
            let steps = state.resolve.as_ref().map(|clock| clock.steps.as_slice()).unwrap_or_default();
            let is = steps.iter().find(|step| step.to == *rung).map(|step| step.at);
            let holds = match (at, is) {
                (Some(at), Some(is)) => at.is(is),
                (at, is) => at.is_none() && is.is_none(),
            };
            unless(holds, || told::time(is, zone))
        }
        What::Fact(path, value) => fact(state, path, value, step),
        _ => None,
    }
}

/// The instant of a limit that the state holds.
fn limit_of(state: &State, name: &str) -> Option<Timestamp> {
    let clock = state.resolve.as_ref();
    match name {
        "resolve" => clock.map(|clock| clock.due_at),
        "amber" => clock.map(|clock| clock.amber_at),
        "escalate" => state.next_step().map(|step| step.at),
        "review" => state.suspended.and_then(|(_, review)| review),
        other => {
            let found = state.dues.iter().find(|(name, _)| name.as_str() == other);
            found.map(|(_, due)| due.due_at).or_else(|| {
                state.of_others().filter(|limit| limit.name.as_str() == other).map(|limit| limit.due_at).min()
            })
        }
    }
}

/// A field of the state, by its path: `reopened`, `resolve.extensions.0`.
fn fact(state: &State, path: &str, value: &Value, _step: &Step) -> Verdict {
    let all = serde_json::to_value(state).unwrap_or_default();
    let pointer = format!("/{}", path.trim().replace('.', "/"));
    let is = match all.pointer(&pointer) {
        Some(Value::Array(list)) if value.is_number() => Value::from(list.len()),
        Some(Value::Object(map)) if value.is_number() => Value::from(map.len()),
        Some(Value::Array(list)) if list.is_empty() && value.is_null() => Value::Null,
        found => found.cloned().unwrap_or_default(),
    };
    let same = is == *value || text(&is) == text(value);
    unless(same, || (text(&is), text(&is)))
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "无".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether the event happened, as often as it should.
fn event(
    world: &World,
    happened: &Happened,
    seen: &Seen,
    (case, history): (CaseId, &[Recorded]),
    order: &mut HashMap<CaseId, usize>,
) -> Verdict {
    let all = if seen.ever { history } else { happened.events.as_slice() };
    let all: Vec<&Recorded> = all.iter().filter(|recorded| is_of(recorded, case)).collect();
    let zone = world.rules.calendar.zone();
    if seen.ever || seen.times.is_some() {
        let count = all.iter().filter(|recorded| is(seen, recorded)).count();
        let holds = seen.times.map_or(count > 0, |times| count == times);
        return unless(holds, || {
            let (zh, en) = told::events(&all, zone);
            (format!("{count} 次：{zh}"), format!("{count} times: {en}"))
        });
    }
    let order = order.entry(case).or_default();
    let found = all.iter().skip(*order).position(|recorded| is(seen, recorded));
    if let Some(place) = found {
        *order += place + 1;
    }
    unless(found.is_some(), || told::events(&all, zone))
}

/// Of the case, or of a notification that tells of it.
fn is_of(recorded: &Recorded, case: CaseId) -> bool {
    recorded.stream == StreamId::case(case)
        || (recorded.stream.kind == StreamKind::Notification && recorded.meta.correlation == case.0)
}

fn is_notification(name: &str) -> bool {
    domain::notify::Event::NAMES.iter().any(|(known, _)| *known == name)
}

fn is(seen: &Seen, recorded: &Recorded) -> bool {
    if recorded.event.event_type() != seen.name {
        return false;
    }
    let at = seen.at.is_none_or(|at| at.is(recorded.meta.occurred_at));
    let written = seen.recorded.is_none_or(|at| at.is(recorded.meta.recorded_at));
    if !at || !written || seen.fields.is_empty() {
        return at && written;
    }
    let payload = recorded.event.encode().ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let payload = payload.unwrap_or_default();
    let mut payload = payload.get(&seen.name).cloned().unwrap_or(payload);
    // Who is told stands one level down.
    if let Some(Value::Object(told)) = payload.get("told").cloned() {
        told.into_iter().for_each(|(name, value)| payload[name] = value);
    }
    seen.fields.iter().all(|(name, values)| match name {
        Some(name) => values.iter().any(|value| same(payload.get(name).unwrap_or(&Value::Null), value)),
        None => payload
            .as_object()
            .into_iter()
            .flatten()
            // Where a case comes from is not what is meant by `升级(街道)`.
            .filter(|(name, _)| *name != "from")
            .any(|(_, found)| values.iter().any(|value| !value.is_null() && same(found, value))),
    })
}

/// Equal, as text too; of a list, one of its parts.
fn same(found: &Value, value: &Value) -> bool {
    let times = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    found == value
        || text(found) == text(value)
        || times(found).is_some_and(|found| times(value) == Some(found))
        || found.as_array().is_some_and(|list| list.iter().any(|part| same(part, value)))
}

/// `仅`: nothing happened to the row's case that the cell does not name.
fn nothing_else(world: &World, step: &Step, happened: &Happened) -> Verdict {
    let named: Vec<&Seen> = step
        .then
        .iter()
        .filter_map(|expect| match &expect.what {
            What::Event(seen) if seen.only => Some(seen),
            _ => None,
        })
        .collect();
    let case = world.case(step.case.as_deref()).filter(|_| !named.is_empty())?;
    let stream = StreamId::case(case);
    let all: Vec<&Recorded> = happened.events.iter().filter(|recorded| recorded.stream == stream).collect();
    let wanted: usize = named.iter().map(|seen| seen.times.unwrap_or(1)).sum();
    let known = all.iter().all(|recorded| named.iter().any(|seen| is(seen, recorded)));
    unless(known && all.len() == wanted, || told::events(&all, world.rules.calendar.zone()))
}

async fn inbox(world: &mut World, state: &State, unit: &UnitRef, listed: &Listed) -> Result<Verdict, Broken> {
    let Some(code) = unit.resolve(state, &world.rules) else { return Ok(None) };
    let views = world.views().await?;
    let count = views.inbox_count(&code, &Scope::All).await.map_err(|error| error.to_string())?;
    Ok(match listed {
        Listed::Count(wanted) => {
            unless(count == *wanted as u64, || (format!("{count} 件"), count.to_string()))
        }
        Listed::Has(label, has) => {
            let page = views.inbox(&code, &Scope::All, None, 500).await.map_err(|error| error.to_string())?;
            let case = world.case(Some(label));
            let found = page.rows.iter().any(|row| Some(row.case_id) == case);
            unless(found == *has, || match found {
                true => (format!("{label} 在其中"), format!("{label} is in it")),
                false => (format!("{label} 不在其中"), format!("{label} is not in it")),
            })
        }
    })
}

async fn board(
    world: &mut World,
    state: &State,
    unit: &UnitRef,
    numbers: &[(String, i64)],
) -> Result<Verdict, Broken> {
    let Some(code) = unit.resolve(state, &world.rules) else { return Ok(None) };
    let views = world.views().await?;
    let query =
        BoardQuery { name: Some(code.to_string()), now: Some(world.clock_now()), ..BoardQuery::default() };
    let query = if *unit == UnitRef::Root { BoardQuery { name: None, ..query } } else { query };
    let (_, row) = views.board(&query).await.map_err(|error| error.to_string())?;
    let mut all = serde_json::to_value(&row).unwrap_or_default();
    if let Some(Value::Object(counts)) = all.get("counts").cloned() {
        counts.into_iter().for_each(|(name, count)| all[name] = count);
    }
    Ok(differing(&all, numbers))
}

async fn desk(world: &mut World, numbers: &[(String, i64)]) -> Result<Verdict, Broken> {
    let views = world.views().await?;
    let counts = views.desk(world.clock_now(), &Scope::All).await.map_err(|error| error.to_string())?;
    Ok(differing(&serde_json::to_value(counts).unwrap_or_default(), numbers))
}

/// The first number that is another.
fn differing(all: &Value, numbers: &[(String, i64)]) -> Verdict {
    let wrong = numbers.iter().find(|(name, number)| all.get(name).and_then(Value::as_i64) != Some(*number));
    wrong.map(|(name, _)| {
        let is = all.get(name).map_or_else(|| "无此数 · no such number".to_owned(), ToString::to_string);
        (format!("{name} = {is}"), format!("{name} = {is}"))
    })
}

async fn visible(world: &mut World, state: &State, unit: &UnitRef, sees: bool) -> Result<Verdict, Broken> {
    let Some(code) = unit.resolve(state, &world.rules) else { return Ok(None) };
    let path = world.rules.org.path(&code);
    let views = world.views().await?;
    let page = views.list(&CaseFilter::default(), &Scope::Within(path), None, 500).await;
    let page = page.map_err(|error| error.to_string())?;
    let found = page.rows.iter().any(|row| row.case_no == state.case_no);
    Ok(unless(found == sees, || match found {
        true => ("看得见".to_owned(), "it is seen".to_owned()),
        false => ("看不见".to_owned(), "it is not seen".to_owned()),
    }))
}
