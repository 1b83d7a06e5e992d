//! `show`: one case, now or as it stood.

use std::process::ExitCode;

use clap::Args;
use domain::case::{Case, State};
use domain::decider::Decider;
use domain::ids::CaseId;
use domain::intake::redact;
use domain::recorded::Recorded;
use domain::sealed::Reporter;
use domain::stream::{Event, StreamId};
use domain::{case, fault::Fault};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use projections::Scope;
use serde_json::{Value, json};

use super::{CliError, Global, Outcome, open, output, show_text, times};
use crate::compose::House;

/// 查看一件：状态、时限、经过 · one case: state, clocks and what happened
///
/// 不显示诉求人信息与诉求原文 · neither the reporter nor the complaint's own words are shown.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// 工单号、外部编号或标识 · case number, external id or uuid
    #[arg(value_name = "CASE")]
    case: String,
    /// 当时的样子（按记录时间）· as it stood then, by what had been recorded
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

/// Fields of events that hold ciphertext: of no use to a reader.
const SEALED: [&str; 3] = ["sealed", "note", "reply"];
/// Fields that people wrote.
const WRITTEN: [&str; 3] = ["reason", "purpose", "route"];

/// Runs the command.
pub async fn run(global: &Global, args: &ShowArgs) -> Outcome {
    let house = open::existing_house(global).await?;
    let zone = house.rules().calendar.zone().clone();
    let at = args.at.as_deref().map(|text| times::read(text, &zone)).transpose()?;
    let case = find(&house, &args.case).await?;
    let history = house.engine.case(case).await.map_err(CliError::failed)?.ok_or_else(not_found)?;
    let mut events = history.events;
    events.extend(told(&house, case).await?);
    events.sort_by_key(|event| event.position);
    let events: Vec<Recorded> =
        events.into_iter().filter(|event| at.is_none_or(|at| event.meta.recorded_at <= at)).collect();
    if events.is_empty() {
        return Err(CliError::refused(
            "CASE_NOT_YET",
            "那时还没有这件工单。",
            "There was no such case at that time.",
        ));
    }
    let document = document(&house, case, &events, &zone).await;
    if global.json {
        output::json(&document);
    } else {
        show_text::print(&document);
    }
    Ok(ExitCode::SUCCESS)
}

/// What was told of it, to whom, and how that fared.
async fn told(house: &House, case: CaseId) -> Result<Vec<Recorded>, CliError> {
    let told = house.views.notifications_of(case).await.map_err(CliError::failed)?;
    let streams: Vec<StreamId> = told.iter().map(|one| StreamId::notification(one.id)).collect();
    house.engine.store().load(&streams).await.map_err(CliError::failed)
}

async fn find(house: &House, key: &str) -> Result<CaseId, CliError> {
    open::caught_up(house).await?;
    let found = house.views.find(key, &Scope::All).await.map_err(CliError::failed)?;
    match found.as_slice() {
        [] => Err(not_found()),
        [one] => Ok(one.case_id),
        several => {
            let named = |row: &projections::CaseRow| {
                let text = format!("{} {}", row.case_no, row.source);
                Fault::new(
                    "CASE_AMBIGUOUS",
                    format!("有多件，请用工单号：{text}"),
                    format!("there are several; name one by its number: {text}"),
                )
            };
            Err(CliError::Refused(several.iter().map(named).collect()))
        }
    }
}

fn not_found() -> CliError {
    let code = case::Code::CaseNotFound;
    CliError::refused(code.as_str(), code.zh(), code.en())
}

/// Everything that is shown.
async fn document(house: &House, case: CaseId, events: &[Recorded], zone: &TimeZone) -> Value {
    let mut state = State::default();
    let mut registered = None;
    let mut recorded = None;
    for event in events {
        if let Event::Case(event) = &event.event {
            Case::evolve(&mut state, event);
            match event {
                case::Event::CaseRegistered(event) => registered = Some(event),
                case::Event::CaseRecorded(event) => recorded = Some(event),
                _ => {}
            }
        }
    }
    let content = match registered {
        // Erased or broken: there is no title, and everything else stands.
        Some(event) => house.engine.keyring().open_content(case, &event.sealed).await.ok().flatten(),
        None => None,
    };
    let reporter = content.as_ref().map(|content| content.reporter.clone()).unwrap_or_default();
    let write = |time: Timestamp| times::write(time, zone);
    let rules = house.rules();
    let unit_name = |unit: &domain::ids::UnitId| rules.org.unit(unit).map(|unit| unit.name.clone());
    let history = recorded.map(|event| {
        json!({
            "unit": event.unit, "item": event.item,
            "due_at": event.due_at.map(write), "closed_at": event.closed_at.map(write),
            "on_time": event.due_at.zip(event.closed_at).map(|(due, closed)| closed <= due),
        })
    });
    json!({
        "case_no": state.case_no,
        "case_id": case,
        "source": registered.map(|event| &event.source),
        "external_id": registered.and_then(|event| event.external_id.as_ref()),
        "channel": registered.map(|event| &event.channel),
        "received_at": registered.map(|event| write(event.received_at)),
        "title": content.as_ref().map(redact::title),
        "state": state.life.as_str(),
        "state_zh": state.life.zh(),
        "item": state.item,
        "item_name": state.item.as_ref().and_then(|item| rules.policy.catalogue.item(item)).map(|item| &item.name),
        "place": state.place,
        "unit": state.lead,
        "unit_name": state.lead.as_ref().and_then(unit_name),
        "rung": state.rung,
        "responsible": state.responsible,
        "responsible_name": state.responsible.as_ref().and_then(unit_name),
        "reopened": state.reopened,
        "recorded": history,
        "clocks": clocks(&state, zone),
        "timeline": events.iter().map(|event| step(event, &reporter, zone)).collect::<Vec<_>>(),
    })
}

/// The limits that run, the next one first.
fn clocks(state: &State, zone: &TimeZone) -> Value {
    let write = |time: Timestamp| times::write(time, zone);
    let mut dues = state.dues.clone();
    dues.sort_by_key(|(_, due)| due.due_at);
    let dues: Vec<Value> = dues
        .iter()
        .map(|(name, due)| {
            json!({
                "name": name, "name_zh": name.zh(), "due_at": write(due.due_at), "from": write(due.from),
                "budget": due.budget, "calendar": due.calendar, "provisional": due.provisional,
            })
        })
        .collect();
    let resolve = state.resolve.as_ref().map(|clock| {
        let steps: Vec<Value> =
            clock.steps.iter().map(|step| json!({ "to": step.to, "at": write(step.at) })).collect();
        json!({
            "due_at": write(clock.due_at), "amber_at": write(clock.amber_at), "from": write(clock.from),
            "budget": clock.budget, "extensions": clock.extensions, "rule": clock.rule, "policy": clock.policy,
            "calendar": clock.calendar, "provisional": clock.provisional, "steps": steps,
        })
    });
    let next = state
        .next_deadline()
        .map(|next| json!({ "name": next.name, "name_zh": next.name.zh(), "due_at": write(next.due_at) }));
    let suspended = state
        .suspended
        .map(|(since, review)| json!({ "since": write(since), "review_at": review.map(write) }));
    json!({ "next": next, "resolve": resolve, "limits": dues, "suspended": suspended })
}

fn step(recorded: &Recorded, reporter: &Reporter, zone: &TimeZone) -> Value {
    let (name, zh, body) = match &recorded.event {
        Event::Case(event) => (event.name(), event.zh(), serde_json::to_value(event)),
        Event::Intake(event) => (event.name(), event.name(), serde_json::to_value(event)),
        Event::Rules(event) => (event.name(), event.name(), serde_json::to_value(event)),
        Event::Notification(event) => (event.name(), event.zh(), serde_json::to_value(event)),
    };
    let mut body = body.ok().and_then(|body| body.get(name).cloned()).unwrap_or_default();
    if let Value::Object(fields) = &mut body {
        fields.retain(|field, _| !SEALED.contains(&field.as_str()));
        for field in WRITTEN {
            if let Some(Value::String(text)) = fields.get_mut(field) {
                *text = redact::text(text, reporter);
            }
        }
    }
    json!({
        "sequence": recorded.sequence,
        "position": recorded.position,
        "occurred_at": times::write(recorded.meta.occurred_at, zone),
        "recorded_at": times::write(recorded.meta.recorded_at, zone),
        "event": name,
        "event_zh": zh,
        "actor": recorded.meta.actor,
        "data": body,
    })
}
