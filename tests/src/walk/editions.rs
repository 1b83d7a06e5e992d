//! The two editions of the rules between which the walk changes.

use domain::context::Rulebook;
use domain::policy::{PolicyFile, PolicyFiles};
use domain::sample;
use serde_json::{Value, json};

/// The sample's units under these files.
pub(super) fn rules([calendar, catalogue, sla, ladder, community]: [&str; 5]) -> Rulebook {
    let file = |name, text| PolicyFile { name, text };
    let files = PolicyFiles {
        catalogue: file("catalogue.csv", catalogue),
        sla: file("sla.toml", sla),
        ladder: file("ladder.toml", ladder),
        community: Some(file("community.csv", community)),
        ..PolicyFiles::default()
    };
    sample::parse(file("units.csv", sample::UNITS), file("cn.json", calendar), &files).expect("sound rules")
}

/// Another edition: Tuesday is a holiday by now, the rungs share otherwise, one item has less time, and with
/// another one communities only assist.
pub(super) fn later() -> Rulebook {
    let mut calendar: Value = serde_json::from_str(sample::CALENDAR).expect("the sample's calendar");
    calendar["revision"] = json!("later");
    if let Some(off) = calendar["years"]["2026"]["weekdays_off"].as_array_mut() {
        off.push(json!("2026-11-24"));
    }
    let ladder = sample::LADDER.replace("grid = 20", "grid = 30").replace("street = 30", "street = 20");
    let sla = sample::SLA.replace("wuzhong-sample-1", "wuzhong-sample-2");
    let catalogue = sample::CATALOGUE.replace("生态环境、市监,,5wd,N3", "生态环境、市监,,2wd,N3");
    let community = sample::COMMUNITY.replace("0101,暴露垃圾,lead", "0101,暴露垃圾,assist");
    assert!(sla != sample::SLA && catalogue != sample::CATALOGUE && ladder != sample::LADDER);
    assert!(community != sample::COMMUNITY);
    rules([&calendar.to_string(), &catalogue, &sla, &ladder, &community])
}
