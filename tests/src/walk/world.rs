//! The small world: one case, a few units and people, a few instants, two editions of the rules.

use domain::case::Command;
use domain::context::{Actor, Rulebook};
use domain::sample;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::editions::{later, rules};
use super::supervision;

/// Who gave a command, and which.
pub type Given = (Actor, Command);

/// What the walk is made over.
pub struct World {
    /// Editions of the rules, one after the other.
    pub rules: Vec<Rulebook>,
    /// When the clock is turned to.
    pub instants: Vec<Timestamp>,
    /// Who may try what.
    pub moves: Vec<Given>,
    /// From where the walk goes, each with its name: from nothing, and from the stages of a life.
    pub beginnings: Vec<(String, Vec<Given>)>,
}

const GRID: &str = "320506001012001";
const COMMUNITY: &str = "320506001012";
const STREET: &str = "320506001";
const DEPARTMENT: &str = "D-gongan";
const ROOT: &str = "320506";
/// A hotline that decides returns, extensions, ratings and closings itself.
const CITY: &str = "city-12345";

impl World {
    /// The world of the tests.
    pub fn small() -> Self {
        let people = [
            ("grid", GRID),
            ("grid-2", GRID),
            ("community", COMMUNITY),
            ("street", STREET),
            ("department", DEPARTMENT),
            ("supervisor", ROOT),
            ("supervisor-2", ROOT),
        ];
        let mut moves = registrations();
        for (id, unit) in people {
            moves.extend(commands().into_iter().map(|command| given(&Actor::person(id, unit), command)));
        }
        moves.extend(outside().into_iter().map(|command| given(&bus(), command)));
        moves.extend(revisions().into_iter().map(|command| given(&Actor::system("revision"), command)));
        Self {
            rules: vec![
                rules([sample::CALENDAR, sample::CATALOGUE, sample::SLA, sample::LADDER, sample::COMMUNITY]),
                later(),
            ],
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
            beginnings: beginnings(),
        }
    }
}

impl World {
    /// The same world in another place: with this grid, its community and its street, and this department.
    pub fn elsewhere(&self, units: [&str; 4]) -> Self {
        let from = [GRID, COMMUNITY, STREET, DEPARTMENT];
        let moved = |text: String| {
            from.iter()
                .zip(units)
                .fold(text, |text, (from, to)| text.replace(&format!("\"{from}\""), &format!("\"{to}\"")))
        };
        let moved = |(actor, command): &Given| {
            let text = moved(serde_json::to_string(&(actor, command)).unwrap_or_default());
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
        };
        let all = |given: &Vec<Given>| given.iter().map(moved).collect::<Vec<Given>>();
        let beginnings = self.beginnings.iter().map(|(name, given)| (name.clone(), all(given)));
        Self {
            rules: self.rules.clone(),
            instants: self.instants.clone(),
            moves: all(&self.moves),
            beginnings: beginnings.collect(),
        }
    }
}

fn given(actor: &Actor, command: Value) -> Given {
    let command =
        serde_json::from_value(command.clone()).unwrap_or_else(|error| panic!("{command}: {error}"));
    (actor.clone(), command)
}

fn bus() -> Actor {
    Actor { id: "bus:12345".into(), unit: None }
}

fn register(source: &str, item: &str, place: &str, at_once: bool, accused: &Value) -> Given {
    let unit = if place.is_empty() { Value::Null } else { json!(place) };
    let command = json!({
        "command": "register", "case_no": "20261120-TEST", "source": source, "channel": "phone",
        "received_at": "2026-11-20T02:00:00Z", "clocks_from": "2026-11-20T02:00:00Z",
        "item": item, "place": unit, "confidential": false, "anonymous": false, "test": false,
        "sealed": "", "dispatch_at_once": at_once, "accused": accused,
    });
    given(&Actor::system("intake"), command)
}

/// The same with other fields.
fn but(of: Given, fields: &[(&str, Value)]) -> Given {
    let mut command = serde_json::to_value(&of.1).unwrap_or_default();
    fields.iter().for_each(|(name, value)| command[*name] = value.clone());
    given(&of.0, command)
}

fn registrations() -> Vec<Given> {
    let (nobody, department) = (json!({}), json!({ "units": [DEPARTMENT] }));
    let community = json!({ "units": [COMMUNITY] });
    vec![
        register("12345", "0101", GRID, true, &nobody),
        register("12345", "0305", GRID, true, &nobody),
        register(CITY, "0305", GRID, true, &nobody),
        register("12345", "0101", "", true, &nobody),
        register("12345", "0306", GRID, false, &nobody),
        register("12345", "0101", GRID, true, &department),
        register("12345", "0305", GRID, true, &community),
        register("12345", "0305", GRID, true, &json!({ "unclear": true })),
        but(register("12345", "0101", GRID, true, &nobody), &[("confidential", json!(true))]),
        but(register("grid", "0101", GRID, true, &nobody), &[("channel", json!("patrol"))]),
    ]
}

/// What people may try.
fn commands() -> Vec<Value> {
    let ours =
        [handling(), asked_and_decided(), ladder_and_whistle(), two_persons(), edges(), parts()].concat();
    [ours, supervision::commands()].concat()
}

fn handling() -> Vec<Value> {
    let review = "2026-11-24T01:00:00Z";
    vec![
        json!({"command": "sign"}),
        json!({"command": "contact", "channel": "phone"}),
        json!({"command": "classify", "item": "0101", "place": GRID}),
        json!({"command": "classify", "item": "0306", "place": GRID}),
        json!({"command": "dispatch", "unit": null}),
        json!({"command": "dispatch", "unit": GRID}),
        json!({"command": "dispatch", "unit": STREET}),
        json!({"command": "dispatch", "unit": DEPARTMENT}),
        json!({"command": "extend", "by": "2wd", "reason": "等件", "complainant_told": true}),
        json!({"command": "extend", "by": "2wd", "reason": "等件", "complainant_told": false}),
        json!({"command": "suspend", "reason": "待立项", "review_at": review, "complainant_told": true}),
        json!({"command": "suspend", "reason": "", "review_at": review, "complainant_told": true}),
        json!({"command": "resume"}),
        json!({"command": "submit_result", "solved": true, "reply": ""}),
        json!({"command": "amend_reply", "reply": "", "reason": "笔误"}),
        json!({"command": "verify", "passed": true, "reason": ""}),
        json!({"command": "verify", "passed": false, "reason": "不实"}),
        json!({"command": "record_callback", "contacted": true, "solved": true, "satisfaction": "satisfied"}),
        json!({"command": "record_callback", "contacted": true, "solved": false, "satisfaction": "dissatisfied"}),
        json!({"command": "close", "mode": "explained", "reason": "已说明"}),
        json!({"command": "close", "mode": "solved", "reason": "已说明"}),
        json!({"command": "attempt_callback", "outcome": "no_answer"}),
        json!({"command": "record_callback", "contacted": false, "solved": true, "satisfaction": "satisfied"}),
        json!({"command": "reopen", "reason": "又来"}),
        json!({"command": "claim_task"}),
        json!({"command": "delegate_task", "to": "user:grid-2"}),
        json!({"command": "release_claim"}),
    ]
}

/// 退单、异议、裁定、指定、延期、挂账
fn asked_and_decided() -> Vec<Value> {
    let review = "2026-11-24T01:00:00Z";
    vec![
        json!({"command": "request_return", "reason": "not_our_duty"}),
        json!({"command": "approve_return"}),
        json!({"command": "reject_return", "reason": "属其职责"}),
        json!({"command": "raise_objection", "reason": "不属我处", "suggested": STREET}),
        json!({"command": "adjudicate", "unit": null, "reason": "维持"}),
        json!({"command": "adjudicate", "unit": STREET, "reason": "改派"}),
        json!({"command": "adjudicate", "unit": DEPARTMENT, "reason": "改派"}),
        json!({"command": "designate_final", "unit": null, "reason": "指定"}),
        json!({"command": "designate_final", "unit": STREET, "reason": "指定"}),
        json!({"command": "request_extension", "by": "2wd", "reason": "等件", "complainant_told": true}),
        json!({"command": "request_extension", "by": "2wd", "reason": "等件", "complainant_told": false}),
        json!({"command": "approve_extension"}),
        json!({"command": "refuse_extension", "reason": "可按期办结"}),
        json!({"command": "apply_suspension", "reason": "待立项", "review_at": review, "complainant_told": true}),
        json!({"command": "approve_suspension"}),
        json!({"command": "refuse_suspension", "reason": "可先处置"}),
    ]
}

fn ladder_and_whistle() -> Vec<Value> {
    vec![
        json!({"command": "escalate", "to": "community", "reason": "no_authority"}),
        json!({"command": "escalate", "to": "street", "reason": "no_authority"}),
        json!({"command": "escalate", "to": "district", "reason": "disputed_duty"}),
        json!({"command": "deescalate", "to": "grid", "reason": "已协调", "resources": "经费"}),
        json!({"command": "deescalate", "to": "community", "reason": "已协调", "resources": "经费"}),
        json!({"command": "sound_whistle", "kind": "emergency", "units": [DEPARTMENT], "reason": "急", "place": ""}),
        json!({"command": "sound_whistle", "kind": "key", "units": [DEPARTMENT, "D-chengguan"], "reason": "疑难", "place": ""}),
        json!({"command": "approve_whistle", "approved": true, "reason": ""}),
        json!({"command": "approve_whistle", "approved": false, "reason": "先自办"}),
        json!({"command": "respond_whistle"}),
        json!({"command": "arrive_on_site", "place": "现场"}),
        json!({"command": "decline_whistle", "reason": "非我职责"}),
        json!({"command": "adjudicate_decline", "unit": DEPARTMENT, "upheld": true, "reason": "成立"}),
        json!({"command": "adjudicate_decline", "unit": DEPARTMENT, "upheld": false, "reason": "不成立"}),
        json!({"command": "finish_leg", "feedback": ""}),
        json!({"command": "stand_down", "reason": "已完"}),
        json!({"command": "stand_down", "reason": ""}),
        json!({"command": "rate_whistle", "unit": DEPARTMENT, "score": 5, "reason": ""}),
        json!({"command": "rate_whistle", "unit": null, "score": 4, "reason": ""}),
    ]
}

/// 回避、作废、剔除
fn two_persons() -> Vec<Value> {
    let photo = |kind: &str, id: &str| {
        json!({"command": "attach_evidence",
            "file": {"id": id.repeat(64), "kind": kind, "media_type": "image/jpeg", "bytes": 1}})
    };
    vec![
        json!({"command": "bar_unit", "unit": DEPARTMENT, "reason": "被举报"}),
        json!({"command": "bar_unit", "unit": COMMUNITY, "reason": "被举报"}),
        json!({"command": "bar_unit", "unit": null, "reason": "所指非本系统单位"}),
        json!({"command": "request_void", "reason": "重复登记"}),
        json!({"command": "decide_void", "granted": true, "reason": ""}),
        json!({"command": "decide_void", "granted": false, "reason": "并非重复"}),
        photo("before", "0"),
        photo("after", "1"),
        json!({"command": "apply_exclusion", "ground": "impossible", "reason": "客观不能"}),
        json!({"command": "decide_exclusion", "granted": true, "reason": ""}),
        json!({"command": "decide_exclusion", "granted": false, "reason": "可以办"}),
        json!({"command": "appeal_exclusion", "reason": "补充证据"}),
        json!({"command": "reveal_reporter", "purpose": "callback"}),
    ]
}

/// What may happen before a dispatch and at the edges of a life.
fn edges() -> Vec<Value> {
    let other = json!({
        "case": "0190f0c0-0000-7000-8000-000000000001", "case_no": "20261119-EARLIER",
        "received_at": "2026-11-19T02:00:00Z", "life": "in_progress", "holders": [DEPARTMENT],
    });
    let main = |now: &str| json!({"case_no": "20261119-EARLIER", "now": now, "handled_by": [DEPARTMENT]});
    vec![
        json!({"command": "answer_directly", "reply": ""}),
        json!({"command": "decline", "ground": "secret", "reply": ""}),
        json!({"command": "transfer_out", "route": "police", "reply": ""}),
        json!({"command": "ask_complainant", "question": ""}),
        json!({"command": "supply_info", "info": ""}),
        json!({"command": "close_on_spot", "reply": ""}),
        json!({"command": "request_reveal", "purpose": "上门核实"}),
        json!({"command": "decide_reveal", "granted": true, "reason": ""}),
        json!({"command": "decide_reveal", "granted": false, "reason": "不必"}),
        json!({"command": "archive", "number": "2026-0001"}),
        json!({"command": "link_duplicate", "other": other}),
        json!({"command": "merge_into", "into": other}),
        json!({"command": "unmerge", "reason": "不是同一处"}),
        json!({"command": "follow_main", "main": main("handled")}),
        json!({"command": "follow_main", "main": main("gone")}),
        json!({"command": "follow_main", "main": main("goes_on")}),
    ]
}

/// 协办与下派
fn parts() -> Vec<Value> {
    vec![
        json!({"command": "add_co_unit", "units": [DEPARTMENT], "task": "现场配合"}),
        json!({"command": "add_co_unit", "units": [COMMUNITY, "D-chengguan"], "task": "现场配合", "within": "2wd"}),
        json!({"command": "sub_dispatch", "unit": COMMUNITY, "task": "先行处置"}),
        json!({"command": "sub_dispatch", "unit": GRID, "task": "先行处置"}),
        json!({"command": "sign_part"}),
        json!({"command": "finish_part", "feedback": ""}),
        json!({"command": "request_release", "reason": "与我处无关"}),
        json!({"command": "decide_release", "unit": DEPARTMENT, "granted": true, "reason": "属实"}),
        json!({"command": "decide_release", "unit": DEPARTMENT, "granted": false, "reason": "仍需配合"}),
        json!({"command": "explain_part", "unit": DEPARTMENT, "reason": "不影响办结"}),
        json!({"command": "take_back_part", "unit": DEPARTMENT, "reason": "不再需要"}),
    ]
}

/// What the sending system may order.
fn outside() -> Vec<Value> {
    let decide = |decision: &str| json!({"command": "decide_outside", "decision": decision, "until": "2026-11-30T07:00:00Z", "reason": "市级意见"});
    let mut all = vec![
        json!({"command": "withdraw", "reason": "不再需要"}),
        json!({"command": "rate", "contacted": true, "solved": true, "satisfaction": "satisfied"}),
        json!({"command": "rate", "contacted": true, "solved": false, "satisfaction": "dissatisfied"}),
        json!({"command": "set_outside_due", "due_at": "2026-11-20T08:00:00Z"}),
        json!({"command": "set_outside_due", "due_at": "2026-11-24T08:00:00Z"}),
        json!({"command": "supplement", "received_at": "2026-11-20T02:30:00Z", "revision": 2, "sealed": "",
            "accused": {"units": [DEPARTMENT]}}),
    ];
    all.extend(
        [
            "extension_granted",
            "extension_refused",
            "closing_confirmed",
            "closing_refused",
            "return_approved",
            "return_refused",
        ]
        .map(decide),
    );
    all
}

/// What a person has confirmed after the rules changed.
fn revisions() -> Vec<Value> {
    let id = "0190f0c0-0000-7000-8000-000000000007";
    vec![
        json!({"command": "revise", "revision": id, "budgets": true}),
        json!({"command": "revise", "revision": id, "budgets": false}),
    ]
}

/// Nothing, and the stages of a life: what takes many steps to reach is walked on from there.
fn beginnings() -> Vec<(String, Vec<Given>)> {
    let nobody = json!({});
    let grid = |command: Value| given(&Actor::person("grid", GRID), command);
    let street = |command: Value| given(&Actor::person("street", STREET), command);
    let department = |command: Value| given(&Actor::person("department", DEPARTMENT), command);
    let supervisor = |command: Value| given(&Actor::person("supervisor", ROOT), command);
    let sign = || json!({"command": "sign"});
    let result = || json!({"command": "submit_result", "solved": true, "reply": ""});
    let check = |passed: bool| json!({"command": "verify", "passed": passed, "reason": "看过"});
    let called_back = |solved: bool| json!({"command": "record_callback", "contacted": true, "solved": solved, "satisfaction": "satisfied"});
    let call = json!({"command": "sound_whistle", "kind": "emergency", "units": [DEPARTMENT], "reason": "急", "place": ""});
    let back = json!({"command": "request_return", "reason": "not_our_duty"});
    let review = "2026-11-24T01:00:00Z";
    let pause =
        json!({"command": "suspend", "reason": "待立项", "review_at": review, "complainant_told": true});
    let merge = edges().swap_remove(11);
    let photos = two_persons().into_iter().filter(|command| command["command"] == "attach_evidence");
    let photos: Vec<Given> = photos.map(grid).collect();
    let of = |steps: &[Vec<Given>]| steps.concat();
    let opened = vec![register("12345", "0101", GRID, true, &nobody)];
    let worked = of(&[opened.clone(), vec![grid(sign())]]);
    let handled = of(&[worked.clone(), vec![grid(result())]]);
    let checked = of(&[handled.clone(), vec![supervisor(check(true))]]);
    let at_the_street = vec![register("12345", "0305", GRID, true, &nobody), street(sign())];
    let called = of(&[at_the_street.clone(), vec![street(call)]]);
    let city = vec![register(CITY, "0305", GRID, true, &nobody), street(sign())];
    let failed = of(&[handled.clone(), vec![supervisor(check(false))]]);
    let by = |steps: Vec<(bool, Value)>| -> Vec<Given> {
        steps.into_iter().map(|(team, step)| if team { supervisor(step) } else { grid(step) }).collect()
    };
    let named = |name: &str, steps: Vec<Given>| (name.to_owned(), steps);
    vec![
        named("nothing", Vec::new()),
        named("dispatched to a grid", opened.clone()),
        named("signed by the grid", worked.clone()),
        named("handled by the grid", handled.clone()),
        named("checked", checked.clone()),
        named("called back, not solved", of(&[checked.clone(), vec![supervisor(called_back(false))]])),
        named("closed", of(&[checked.clone(), vec![supervisor(called_back(true))]])),
        named("failed its check", failed.clone()),
        named("a notice waits", of(&[failed, by(supervision::drafted())])),
        named("an order is nearly checked", of(&[worked.clone(), by(supervision::replied())])),
        named("sent back by the grid", of(&[opened, vec![grid(back)]])),
        named("suspended", of(&[worked.clone(), vec![supervisor(pause.clone())]])),
        named("merged", of(&[worked.clone(), vec![supervisor(merge)]])),
        named("with photographs", of(&[worked.clone(), photos])),
        named("a department is called", called.clone()),
        named(
            "a department has arrived",
            of(&[called.clone(), vec![department(json!({"command": "arrive_on_site", "place": "现场"}))]]),
        ),
        named(
            "a department declines",
            of(&[
                called.clone(),
                vec![department(json!({"command": "decline_whistle", "reason": "非我职责"}))],
            ]),
        ),
        named("suspended while a department is called", of(&[called, vec![supervisor(pause)]])),
        named("a department helps", of(&[at_the_street, vec![supervisor(parts().swap_remove(0))]])),
        named("signed by a street, for the city", city.clone()),
        named(
            "handled and checked, for the city",
            of(&[city, vec![street(result()), supervisor(check(true))]]),
        ),
    ]
}
