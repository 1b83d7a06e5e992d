//! The sample district 「吴中样例」 of `deploy/`, compiled in: what runs when no other rules are given.

use crate::calendar::Calendar;
use crate::context::Rulebook;
use crate::fault::Fault;
use crate::org::{Leads, Org};
use crate::policy::{Policy, PolicyFile, PolicyFiles, fingerprint};

/// Item catalogue (CSV).
pub const CATALOGUE: &str = include_str!("../../deploy/policy/catalogue.csv");
/// SLA classes (TOML).
pub const SLA: &str = include_str!("../../deploy/policy/sla.toml");
/// The ladder (TOML).
pub const LADDER: &str = include_str!("../../deploy/policy/ladder.toml");
/// Units (CSV).
pub const UNITS: &str = include_str!("../../deploy/org/units.csv");
/// What may be handed to a community (CSV).
pub const COMMUNITY: &str = include_str!("../../deploy/policy/community.csv");
/// 月考·季评·年审 (TOML).
pub const ASSESSMENT: &str = include_str!("../../deploy/policy/assessment.toml");
/// Notifications (TOML).
pub const NOTIFY: &str = include_str!("../../deploy/policy/notify.toml");
/// The duty roster (TOML).
pub const ROSTER: &str = include_str!("../../deploy/policy/roster.toml");
/// The supervision ladder (TOML).
pub const SUPERVISION: &str = include_str!("../../deploy/policy/supervision.toml");
/// Other systems' words for where a case is (CSV), by name.
pub const VOCABULARIES: [(&str, &str); 2] = [
    ("wuxi", include_str!("../../deploy/vocabularies/wuxi.csv")),
    ("taian", include_str!("../../deploy/vocabularies/taian.csv")),
];
/// Working calendar (JSON).
pub const CALENDAR: &str = include_str!("../../deploy/calendar/cn.json");

/// The sample's rules, checked together.
///
/// # Errors
/// Every fault in the files of `deploy/`, each with its line.
pub fn rulebook() -> Result<Rulebook, Vec<Fault>> {
    parse(
        PolicyFile { name: "units.csv", text: UNITS },
        PolicyFile { name: "cn.json", text: CALENDAR },
        &PolicyFiles {
            catalogue: PolicyFile { name: "catalogue.csv", text: CATALOGUE },
            sla: PolicyFile { name: "sla.toml", text: SLA },
            ladder: PolicyFile { name: "ladder.toml", text: LADDER },
            community: Some(PolicyFile { name: "community.csv", text: COMMUNITY }),
            assessment: Some(PolicyFile { name: "assessment.toml", text: ASSESSMENT }),
            supervision: Some(PolicyFile { name: "supervision.toml", text: SUPERVISION }),
            notify: Some(PolicyFile { name: "notify.toml", text: NOTIFY }),
            roster: Some(PolicyFile { name: "roster.toml", text: ROSTER }),
            ..PolicyFiles::default()
        },
    )
}

/// Reads units, calendar and policy, and checks them against each other.
///
/// # Errors
/// Every fault in any of them.
pub fn parse(
    units: PolicyFile<'_>,
    calendar: PolicyFile<'_>,
    files: &PolicyFiles<'_>,
) -> Result<Rulebook, Vec<Fault>> {
    parse_all(units, None, calendar, files)
}

/// The same, with the file that says who takes over from units that have ended.
///
/// # Errors
/// Every fault in any of them.
pub fn parse_all(
    units: PolicyFile<'_>,
    succession: Option<PolicyFile<'_>>,
    calendar_file: PolicyFile<'_>,
    files: &PolicyFiles<'_>,
) -> Result<Rulebook, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut keep = |found: Vec<Fault>| faults.extend(found);
    let org = Org::parse(units.name, units.text).and_then(|org| match succession {
        Some(file) => org.succeeded(file.name, file.text),
        None => Ok(org),
    });
    let org = org.map_err(&mut keep).ok();
    let calendar = Calendar::parse(calendar_file.name, calendar_file.text).map_err(&mut keep).ok();
    let policy = Policy::parse(files, Some(&Leads::read(units.text))).map_err(&mut keep).ok();
    let texts = [units, calendar_file].map(|file| file.text).into_iter().chain(files.texts());
    let beside = succession
        .into_iter()
        .chain(files.assessment)
        .chain(files.notify)
        .chain(files.roster)
        .map(|file| file.text);
    let edition = fingerprint(texts.chain(beside));
    if let (Some(org), Some(policy), Some(file)) = (&org, &policy, files.roster) {
        faults.extend(policy.roster.check(file.name, org));
    }
    match (org, calendar, policy) {
        (Some(org), Some(calendar), Some(policy)) if faults.is_empty() => {
            Ok(Rulebook { policy, org, calendar, edition })
        }
        _ => Err(faults),
    }
}
