//! `policy diff`: what changed between two editions of the rules, and which open cases would move.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use domain::case::event::SupervisionStep;
use domain::context::Rulebook;
use domain::policy::{Limits, Policy};
use serde::Serialize;
use serde_json::{Value, json};

use super::{CliError, Global, Outcome, open, output};
use crate::revision::{self, Preview};
use crate::rules;

/// 比较两版规则，并列出会变的未结工单 · compare two editions, and name the open cases that would move
///
/// 目录按 deploy/ 的布局。数据目录里有日志时，再把新版试用到全部未结工单，只算不改 ·
/// folders laid out like deploy/. Where the data folder holds a log, the new edition is also tried on
/// every open case; nothing is changed.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// 旧版目录 · folder of the old edition
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// 新版目录 · folder of the new edition
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// 只用新日历和层级，不用新的时限额度 · calendar and ladder only, every case keeps its budget
    #[arg(long)]
    keep_budgets: bool,
}

/// Something that is another one in the new edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Change {
    /// `item 0101`, `class N2`, `ladder`, `calendar 2027-02-08`, `unit 320506001`.
    what: String,
    /// Which part of it; empty where the whole came or went.
    #[serde(skip_serializing_if = "String::is_empty")]
    field: String,
    /// In the old edition; absent where it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<String>,
    /// In the new edition; absent where it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// Rules with faults; or the views failed.
pub async fn run(global: &Global, args: &DiffArgs) -> Outcome {
    let load = |folder: &PathBuf| rules::load(Some(folder)).map_err(CliError::Refused);
    let (old, new) = (load(&args.old)?, Arc::new(load(&args.new)?));
    let changes = changes(&old, &new);
    let preview = tried(global, &new, !args.keep_budgets).await?;
    if global.json {
        output::json(&document(&old, &new, &changes, preview.as_ref()));
        return Ok(ExitCode::SUCCESS);
    }
    for change in &changes {
        let shown = |side: &Option<String>| side.clone().unwrap_or_else(|| "—".to_owned());
        output::line(format!(
            "{} {}: {} → {}",
            change.what,
            change.field,
            shown(&change.old),
            shown(&change.new)
        ));
    }
    output::line(format!("{} 处不同 · {} changes", changes.len(), changes.len()));
    if let Some(preview) = preview {
        tell(&preview);
    }
    Ok(ExitCode::SUCCESS)
}

/// The open cases of the data folder under the new edition; none where there is no log.
async fn tried(global: &Global, new: &Arc<Rulebook>, budgets: bool) -> Result<Option<Preview>, CliError> {
    let config = open::config(global)?;
    if config.postgres.is_none() && !config.data.join("log.db").is_file() {
        return Ok(None);
    }
    let house = open::existing_house(global).await?;
    open::caught_up(&house).await?;
    let now = house.engine.now();
    revision::preview(&house.views, new, now, budgets, usize::MAX).await.map(Some).map_err(CliError::failed)
}

fn tell(preview: &Preview) {
    output::line(format!(
        "未结 {} 件，会变 {} 件，其中立即超时 {} 件 · of {} open cases {} would change, {} of them late at once ({:.1} s)",
        preview.open,
        preview.cases,
        preview.late_at_once,
        preview.open,
        preview.cases,
        preview.late_at_once,
        preview.seconds
    ));
    for (name, moves) in &preview.by_limit {
        output::line(format!(
            "  {} {}: 提前 earlier {}，推后 later {}，其他 other {}",
            name.zh(),
            name.as_str(),
            moves.earlier,
            moves.later,
            moves.other
        ));
    }
    for (rung, moves) in &preview.by_rung {
        output::line(format!(
            "  {rung}: earlier {}, later {}, other {}",
            moves.earlier, moves.later, moves.other
        ));
    }
    for moved in &preview.examples {
        output::line(format!("  {} {}: {} → {}", moved.case_no, moved.limit.as_str(), moved.from, moved.to));
    }
}

fn document(old: &Rulebook, new: &Rulebook, changes: &[Change], preview: Option<&Preview>) -> Value {
    let edition = |rules: &Rulebook| json!({ "edition": rules.edition, "policy": rules.policy.version, "calendar": rules.calendar.revision() });
    json!({ "old": edition(old), "new": edition(new), "changes": changes, "open_cases": preview })
}

/// Everything by its name with its parts, both editions side by side.
fn changes(old: &Rulebook, new: &Rulebook) -> Vec<Change> {
    let (before, after) = (parts(old), parts(new));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut found = Vec::new();
    for name in names {
        match (before.get(name), after.get(name)) {
            (Some(old), Some(new)) => {
                for (field, value) in new {
                    let was = old.get(field);
                    if was != Some(value) {
                        found.push(change(name, field, was.cloned(), Some(value.clone())));
                    }
                }
                for (field, value) in old.iter().filter(|(field, _)| !new.contains_key(*field)) {
                    found.push(change(name, field, Some(value.clone()), None));
                }
            }
            (old, new) => {
                let whole = |side: Option<&Parts>| {
                    side.map(|parts| parts.values().cloned().collect::<Vec<_>>().join(" · "))
                };
                found.push(change(name, "", whole(old), whole(new)));
            }
        }
    }
    found
}

fn change(what: &str, field: &str, old: Option<String>, new: Option<String>) -> Change {
    Change { what: what.to_owned(), field: field.to_owned(), old, new }
}

type Parts = BTreeMap<String, String>;

fn parts(rules: &Rulebook) -> BTreeMap<String, Parts> {
    let mut all = BTreeMap::new();
    for item in rules.policy.catalogue.items() {
        let mut parts = limits(&rules.policy, &rules.policy.limits(Some(item)));
        parts.insert("name".into(), item.name.clone());
        parts.insert("lead".into(), item.lead.clone());
        parts.insert("lowest_rung".into(), item.lowest_rung.map_or("—", |rung| rung.as_str()).to_owned());
        all.insert(format!("item {}", item.code), parts);
    }
    for code in rules.policy.sla.classes.keys() {
        let class = fields(&rules.policy.sla.classes[code]);
        all.insert(format!("class {code}"), class);
    }
    all.insert("ladder".into(), fields(&rules.policy.ladder));
    let supervision = &rules.policy.supervision;
    for step in SupervisionStep::ALL {
        all.insert(format!("supervision {}", step.as_str()), fields(supervision.step(step)));
    }
    let failures = Parts::from([("failures".to_owned(), supervision.failures.to_string())]);
    all.entry("supervision listing".into()).or_default().extend(failures);
    let decide = supervision.decide.map(|budget| ("decide".to_owned(), budget.to_string()));
    all.insert("supervision reason".into(), decide.into_iter().collect());
    for (item, row) in rules.policy.community.iter().flat_map(domain::policy::Community::rows) {
        let mut parts = fields(row);
        parts.remove("line");
        all.insert(format!("community {item}"), parts);
    }
    for (name, source) in &rules.policy.sla.sources {
        all.insert(format!("source {name}"), fields(source));
    }
    for (name, table) in &rules.policy.vocabularies {
        for entry in table.entries() {
            let mut parts = fields(entry);
            parts.remove("line");
            all.insert(format!("vocabulary {name} {} {}", entry.ours, entry.code), parts);
        }
    }
    for unit in rules.org.units() {
        let mut parts = fields(unit);
        parts.remove("line");
        parts.remove("path");
        all.insert(format!("unit {}", unit.code), parts);
    }
    let calendar = &rules.calendar;
    let sessions = calendar.sessions().iter().map(|session| format!("{}–{}", session.from, session.to));
    let general =
        [("sessions", sessions.collect::<Vec<_>>().join(", ")), ("revision", calendar.revision().to_owned())];
    all.insert("calendar".into(), general.map(|(name, value)| (name.to_owned(), value)).into());
    for year in calendar.years() {
        let first = jiff::civil::date(year, 1, 1);
        for day in first.series(jiff::Span::new().days(1)).take_while(|day| day.year() == year) {
            let kind = format!("{:?}", calendar.day(day));
            all.insert(format!("calendar {day}"), Parts::from([("day".to_owned(), kind)]));
        }
        let provisional = calendar.is_provisional(year).to_string();
        all.insert(format!("calendar {year}"), Parts::from([("provisional".to_owned(), provisional)]));
    }
    all
}

/// An item's limits as they hold, whether its own or its class's.
fn limits(policy: &Policy, limits: &Limits) -> Parts {
    let mut parts = fields(limits);
    parts.insert("reopen_limit".into(), policy.sla.reopen_limit.to_string());
    parts
}

/// The parts of anything, as words; what is not set is left out.
fn fields(thing: &impl Serialize) -> Parts {
    let Ok(Value::Object(map)) = serde_json::to_value(thing) else { return Parts::new() };
    map.into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| match value {
            Value::String(text) => (name, text),
            other => (name, other.to_string()),
        })
        .collect()
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn a_diff_names_the_limit_the_day_and_the_unit_that_changed() {
        use domain::policy::{PolicyFile, PolicyFiles};
        use domain::sample::{CALENDAR, CATALOGUE, COMMUNITY, LADDER, SLA, UNITS, parse, rulebook};
        let file = |name, text| PolicyFile { name, text };
        let catalogue = CATALOGUE.replacen(",,4wh,N2,", ",,8wh,N2,", 1);
        let calendar = CALENDAR.replace("\"2026-10-07\"", "\"2026-10-07\", \"2026-11-23\"");
        let units = UNITS.replacen("区城市管理局(样例)", "区城管局", 1);
        let community = COMMUNITY.replacen("0101,暴露垃圾,lead", "0101,暴露垃圾,assist", 1);
        let new = parse(
            file("units.csv", &units),
            file("cn.json", &calendar),
            &PolicyFiles {
                catalogue: file("catalogue.csv", &catalogue),
                sla: file("sla.toml", SLA),
                ladder: file("ladder.toml", LADDER),
                community: Some(file("community.csv", &community)),
                ..PolicyFiles::default()
            },
        );
        let found = changes(&rulebook().expect("rules"), &new.expect("rules"));
        let told: Vec<_> = found.iter().map(|change| (change.what.as_str(), change.field.as_str())).collect();
        assert_eq!(
            told,
            [
                ("calendar 2026-11-23", "day"),
                ("community 0101", "duty"),
                ("item 0101", "resolve"),
                ("unit D-chengguan", "name")
            ]
        );
        assert_eq!(found[2].new.as_deref(), Some("8wh"));
        assert!(changes(&rulebook().expect("rules"), &rulebook().expect("rules")).is_empty());
    }
}
