//! The small world: one case, a few units, a few instants, two editions of the rules.

use domain::case::Command;
use domain::context::{Actor, Rulebook};
use domain::policy::{PolicyFile, PolicyFiles};
use domain::sample;
use jiff::Timestamp;
use serde_json::{Value, json};

/// What the walk is made over.
pub struct World {
    /// Editions of the rules, one after the other.
    pub rules: Vec<Rulebook>,
    /// When the clock is turned to.
    pub instants: Vec<Timestamp>,
    /// Who may try what, and how it is told.
    pub moves: Vec<(Actor, Command, String)>,
}

const GRID: &str = "320506001012001";
const COMMUNITY: &str = "320506001012";
const STREET: &str = "320506001";
const ROOT: &str = "320506";

impl World {
    /// The world of the tests.
    pub fn small() -> Self {
        let actors = [
            Actor::person("grid", GRID),
            Actor::person("community", COMMUNITY),
            Actor::person("street", STREET),
            Actor::person("police", "D-gongan"),
            Actor::person("supervisor", ROOT),
        ];
        let mut moves = Vec::new();
        for accused in [json!([]), json!(["D-gongan"])] {
            for (item, place, at_once) in
                [("0101", GRID, true), ("0305", GRID, true), ("0101", "", true), ("0306", GRID, false)]
            {
                moves.push(one(&Actor::system("intake"), register(item, place, at_once, &accused)));
            }
        }
        for actor in &actors {
            moves.extend(commands().into_iter().map(|command| one(actor, command)));
        }
        moves.extend(
            outside().into_iter().map(|command| one(&Actor { id: "bus:12345".into(), unit: None }, command)),
        );
        Self {
            rules: vec![rules(sample::CALENDAR, sample::LADDER), later()],
            instants: [
                "2026-11-20T10:00:00+08:00",
                "2026-11-20T11:00:00+08:00",
                "2026-11-20T15:00:00+08:00",
                "2026-11-21T03:00:00+08:00",
                "2026-11-23T09:00:00+08:00",
                "2026-11-25T18:00:00+08:00",
                "2026-12-04T12:00:00+08:00",
            ]
            .map(|text| text.parse().expect("a time"))
            .to_vec(),
            moves,
        }
    }
}

fn one(actor: &Actor, command: Value) -> (Actor, Command, String) {
    let told = format!("{}: {command}", actor.id);
    (actor.clone(), serde_json::from_value(command).expect("a command of the domain"), told)
}

fn register(item: &str, place: &str, at_once: bool, accused: &Value) -> Value {
    let unit = if place.is_empty() { Value::Null } else { json!(place) };
    json!({
        "command": "register", "case_no": "20261120-TEST", "source": "12345", "channel": "phone",
        "received_at": "2026-11-20T02:00:00Z", "clocks_from": "2026-11-20T02:00:00Z",
        "item": item, "place": unit, "confidential": false, "anonymous": false, "test": false,
        "sealed": "", "dispatch_at_once": at_once, "accused": { "units": accused },
    })
}

/// What people may try.
fn commands() -> Vec<Value> {
    let review = "2026-11-24T01:00:00Z";
    vec![
        json!({"command": "sign"}),
        json!({"command": "contact", "channel": "phone"}),
        json!({"command": "classify", "item": "0101", "place": GRID}),
        json!({"command": "dispatch", "unit": null}),
        json!({"command": "dispatch", "unit": GRID}),
        json!({"command": "dispatch", "unit": STREET}),
        json!({"command": "dispatch", "unit": "D-gongan"}),
        json!({"command": "extend", "by": "2wd", "reason": "等件", "complainant_told": true}),
        json!({"command": "extend", "by": "2wd", "reason": "等件", "complainant_told": false}),
        json!({"command": "suspend", "reason": "待立项", "review_at": review, "complainant_told": true}),
        json!({"command": "suspend", "reason": "", "review_at": review, "complainant_told": true}),
        json!({"command": "resume"}),
        json!({"command": "submit_result", "solved": true, "reply": ""}),
        json!({"command": "verify", "passed": true, "reason": ""}),
        json!({"command": "verify", "passed": false, "reason": "不实"}),
        json!({"command": "record_callback", "contacted": true, "solved": true, "satisfaction": "satisfied"}),
        json!({"command": "record_callback", "contacted": true, "solved": false, "satisfaction": "dissatisfied"}),
        json!({"command": "close", "mode": "explained"}),
        json!({"command": "reopen", "reason": "又来"}),
        json!({"command": "escalate", "to": "community", "reason": "no_authority"}),
        json!({"command": "escalate", "to": "street", "reason": "no_authority"}),
        json!({"command": "sound_whistle", "kind": "emergency", "units": ["D-gongan"], "reason": "急", "place": ""}),
        json!({"command": "respond_whistle"}),
        json!({"command": "arrive_on_site", "place": "现场"}),
        json!({"command": "finish_leg", "feedback": ""}),
        json!({"command": "stand_down", "reason": "已完"}),
        json!({"command": "bar_unit", "unit": "D-gongan", "reason": "被举报"}),
    ]
}

/// What the sending system may order.
fn outside() -> Vec<Value> {
    vec![
        json!({"command": "withdraw", "reason": "不再需要"}),
        json!({"command": "rate", "contacted": true, "solved": true, "satisfaction": "satisfied"}),
        json!({"command": "set_outside_due", "due_at": "2026-11-20T08:00:00Z"}),
        json!({"command": "decide_outside", "decision": "extension_granted", "until": "2026-11-30T07:00:00Z", "reason": "同意"}),
        json!({"command": "decide_outside", "decision": "closing_refused", "reason": "不同意"}),
    ]
}

fn rules(calendar: &str, ladder: &str) -> Rulebook {
    let file = |name, text| PolicyFile { name, text };
    let files = PolicyFiles {
        catalogue: file("catalogue.csv", sample::CATALOGUE),
        sla: file("sla.toml", sample::SLA),
        ladder: file("ladder.toml", ladder),
    };
    sample::parse(file("units.csv", sample::UNITS), file("cn.json", calendar), &files).expect("sound rules")
}

/// Another edition: Tuesday is a holiday by now, and the rungs share otherwise.
fn later() -> Rulebook {
    let mut calendar: Value = serde_json::from_str(sample::CALENDAR).expect("the sample's calendar");
    calendar["revision"] = json!("later");
    if let Some(off) = calendar["years"]["2026"]["weekdays_off"].as_array_mut() {
        off.push(json!("2026-11-24"));
    }
    let ladder = sample::LADDER.replace("grid = 20", "grid = 30").replace("street = 30", "street = 20");
    rules(&calendar.to_string(), &ladder)
}
