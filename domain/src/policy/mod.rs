//! Policy as data: the catalogue of items, the classes of limits and the ladder, checked together.

mod assessment;
mod callback;
mod catalogue;
mod community;
mod hours;
mod keys;
mod ladder;
pub(crate) mod notify;
mod roster;
mod sla;
mod supervision;
mod vocabulary;

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::calendar::Budget;
use crate::fault::Fault;
use crate::ids::Rung;
use crate::org::Leads;
pub use assessment::{Adjustment, Assessment, Grades, Judgement, JudgementOf, RollUp, Scheme, Weights};
pub use callback::CallbackRule;
pub use catalogue::{Catalogue, Item};
pub use community::{Admission, Community, Duty};
pub use ladder::Ladder;
pub use notify::{Audience, FIELDS as TEMPLATE_FIELDS, Notify, NotifyRule, Template};
pub use roster::{Person, Roster, Shift as DutyShift};
pub use sla::{ExtensionCap, Matter, Sla, SlaClass, Source, WhistleClass};
pub use supervision::{Step as SupervisionTerms, Supervision};
pub use vocabulary::{Entry, FINER, Theirs, Use, Vocabulary};

/// A file's name, as faults shall call it, and its text.
#[derive(Debug, Clone, Copy, Default)]
pub struct PolicyFile<'a> {
    /// Name.
    pub name: &'a str,
    /// Text.
    pub text: &'a str,
}

/// The files of a policy; those that may be absent are none by default.
#[derive(Debug, Clone, Copy, Default)]
pub struct PolicyFiles<'a> {
    /// `catalogue.csv`
    pub catalogue: PolicyFile<'a>,
    /// `sla.toml`
    pub sla: PolicyFile<'a>,
    /// `ladder.toml`
    pub ladder: PolicyFile<'a>,
    /// `community.csv`; none: no list is kept, and the catalogue alone says how low an item goes.
    pub community: Option<PolicyFile<'a>>,
    /// `supervision.toml`; none: the delivered ladder.
    pub supervision: Option<PolicyFile<'a>>,
    /// `vocabularies/*.csv`: other systems' words; one stands before the delivered one of its name.
    pub vocabularies: &'a [PolicyFile<'a>],
    /// `assessment.toml`; none: nobody is scored.
    pub assessment: Option<PolicyFile<'a>>,
    /// `notify.toml`; none: the delivered rules.
    pub notify: Option<PolicyFile<'a>>,
    /// `roster.toml`; none: no unit has a duty officer, and everybody of it is told.
    pub roster: Option<PolicyFile<'a>>,
}

impl<'a> PolicyFiles<'a> {
    /// The texts by which the edition is named.
    pub fn texts(&self) -> impl Iterator<Item = &'a str> {
        let named = [self.catalogue, self.sla, self.ladder];
        let optional = [self.community, self.supervision].into_iter().flatten();
        named.into_iter().chain(optional).chain(self.vocabularies.iter().copied()).map(|file| file.text)
    }
}

/// One edition of the policy. Read with [`Policy::parse`].
#[derive(Debug, Clone)]
pub struct Policy {
    /// Name of the edition: `version` of `sla.toml`, else 12 hex digits of the SHA-256 of the files.
    pub version: String,
    /// The items.
    pub catalogue: Catalogue,
    /// The classes.
    pub sla: Sla,
    /// The ladder.
    pub ladder: Ladder,
    /// What may be handed to a community; none: no list is kept.
    pub community: Option<Community>,
    /// What is done once a limit has passed.
    pub supervision: Supervision,
    /// Other systems' words for where a case is, by the table's name.
    pub vocabularies: BTreeMap<String, Vocabulary>,
    /// 月考·季评·年审: has a version of its own, for no decision on a case depends on it.
    pub assessment: Assessment,
    /// 通知: no decision on a case depends on it either.
    pub notify: Notify,
    /// 值班表
    pub roster: Roster,
}

/// The limits that hold for one matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Code of the class, e.g. `N2`.
    pub class: String,
    /// From registration to dispatch.
    pub dispatch: Option<Budget>,
    /// From dispatch to sign-for.
    pub sign: Option<Budget>,
    /// From dispatch to first contact.
    pub contact: Option<Budget>,
    /// From dispatch to arrival on site.
    pub arrive: Option<Budget>,
    /// From dispatch to the first action that the catalogue row asks for; its note says which.
    pub first_action: Option<Budget>,
    /// From dispatch to result.
    pub resolve: Option<Budget>,
    /// Whether `resolve` comes from the catalogue row, not from the class.
    pub resolve_from_item: bool,
    /// What may be granted on top.
    pub extension: ExtensionCap,
    /// Window for sending it back.
    pub return_within: Option<Budget>,
    /// From result to verification.
    pub verify: Option<Budget>,
    /// From the resolve deadline to callback.
    pub callback: Option<Budget>,
    /// Share of cases that are called back, in percent.
    pub callback_percent: u8,
}

impl Policy {
    /// Reads the three files and checks them against each other, and against the leads
    /// of the units where they are given: each item's class exists; an item that is dispatched has a resolve limit
    /// of its own or of its class, and a lead that the org knows.
    ///
    /// Errors: every fault of all files; those of one file are in order of line.
    pub fn parse(files: &PolicyFiles<'_>, leads: Option<&Leads>) -> Result<Policy, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut keep = |error: Vec<Fault>| faults.extend(error);
        let (catalogue, found) = Catalogue::read(files.catalogue.name, files.catalogue.text);
        let spoilt: Vec<u64> = found.iter().filter_map(|fault| fault.line).collect();
        keep(found);
        let sla = Sla::parse(files.sla.name, files.sla.text).map_err(&mut keep).ok();
        let ladder = Ladder::parse(files.ladder.name, files.ladder.text).map_err(&mut keep).ok();
        let community = files.community.map(|file| Community::parse(file.name, file.text, &catalogue));
        let community = community.transpose().map_err(&mut keep).ok().flatten();
        let delivered = PolicyFile { name: "supervision.toml", text: crate::sample::SUPERVISION };
        let file = files.supervision.unwrap_or(delivered);
        let supervision = Supervision::parse(file.name, file.text).map_err(&mut keep).ok();
        let vocabularies = vocabularies(files.vocabularies, &mut keep);
        let assessment = files.assessment.map(|file| Assessment::parse(file.name, file.text));
        let assessment = assessment.transpose().map_err(&mut keep).ok().flatten().unwrap_or_default();
        let delivered = PolicyFile { name: "notify.toml", text: crate::sample::NOTIFY };
        let file = files.notify.unwrap_or(delivered);
        let notify = Notify::parse(file.name, file.text).map_err(&mut keep).ok().unwrap_or_default();
        let roster = files.roster.map(|file| Roster::parse(file.name, file.text));
        let roster = roster.transpose().map_err(&mut keep).ok().flatten().unwrap_or_default();
        let named = sla.iter().flat_map(|sla| &sla.sources);
        let unknown = named.filter(|(_, source)| {
            source.vocabulary.as_ref().is_some_and(|name| !vocabularies.contains_key(name))
        });
        keep(unknown.map(|(name, _)| vocabulary_unknown(name).in_file(files.sla.name)).collect());
        // A row that is wrong in itself is not asked how it fits the others.
        for item in catalogue.items().iter().filter(|item| !spoilt.contains(&item.line)) {
            let checked = check(item, sla.as_ref(), leads).into_iter();
            faults.extend(checked.map(|fault| fault.in_file(files.catalogue.name).at_line(item.line)));
        }
        match (sla, ladder, supervision) {
            (Some(sla), Some(ladder), Some(supervision)) if faults.is_empty() => {
                let version = sla.version.clone().unwrap_or_else(|| fingerprint(files.texts()));
                Ok(Policy {
                    version,
                    catalogue,
                    sla,
                    ladder,
                    community,
                    supervision,
                    vocabularies,
                    assessment,
                    notify,
                    roster,
                })
            }
            _ => Err(faults),
        }
    }

    /// The words of the system that sent a case, where it has words of its own.
    pub fn vocabulary(&self, source: &str) -> Option<&Vocabulary> {
        self.vocabularies.get(self.sla.source(source)?.vocabulary.as_ref()?)
    }

    /// The lowest rung that policy puts an item on by itself: the catalogue's, but no community and none of
    /// its grids where it is off their list. None: it is routed, never dispatched.
    pub fn lowest_rung(&self, item: &Item) -> Option<Rung> {
        let lowest = item.lowest_rung?;
        let off = self.community.as_ref().is_some_and(|list| list.duty(&item.code) != Duty::Lead);
        Some(if off { lowest.max(Rung::Station) } else { lowest })
    }

    /// The limits of an item, the catalogue row before its class; without an item, those of
    /// the default class. An order's own due time, which caps both, is not known here.
    pub fn limits(&self, item: Option<&Item>) -> Limits {
        let code = item.map_or(self.sla.default_class.as_str(), |item| item.sla_class.as_str());
        let class = self.sla.class(code).cloned().unwrap_or_default();
        let own = item.and_then(|item| item.resolve);
        Limits {
            class: code.to_owned(),
            dispatch: class.dispatch,
            sign: class.sign,
            contact: class.contact,
            arrive: class.arrive,
            first_action: item.and_then(|item| item.first_action),
            resolve: own.or(class.resolve),
            resolve_from_item: own.is_some(),
            extension: class.extension,
            return_within: class.return_within,
            verify: class.verify,
            callback: class.callback,
            callback_percent: class.callback_percent,
        }
    }
}

/// The delivered tables, and those that are given, by their files' names.
fn vocabularies(given: &[PolicyFile<'_>], keep: &mut impl FnMut(Vec<Fault>)) -> BTreeMap<String, Vocabulary> {
    let delivered = crate::sample::VOCABULARIES.iter().map(|(name, text)| PolicyFile { name, text });
    let mut read = BTreeMap::new();
    for file in delivered.chain(given.iter().copied()) {
        let name = file.name.rsplit(['/', '\\']).next().unwrap_or_default().trim_end_matches(".csv");
        match Vocabulary::parse(name, file.name, file.text) {
            Ok(vocabulary) => drop(read.insert(name.to_owned(), vocabulary)),
            Err(faults) => keep(faults),
        }
    }
    read
}

fn vocabulary_unknown(source: &str) -> Fault {
    Fault::new(
        "POLICY_VOCABULARY_UNKNOWN",
        "没有这张状态对照表（vocabularies/名称.csv）",
        "there is no such table of statuses (vocabularies/NAME.csv)",
    )
    .in_field(&format!("source.{source}.vocabulary"))
}

fn check(item: &Item, sla: Option<&Sla>, leads: Option<&Leads>) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(sla) = sla {
        match sla.class(&item.sla_class) {
            None => faults.push(
                Fault::new(
                    "POLICY_CLASS_UNKNOWN",
                    format!("时限类别 {} 没有定义", item.sla_class),
                    format!("the class {} is not defined", item.sla_class),
                )
                .in_field("sla_class"),
            ),
            Some(class) if !item.is_routed() && item.resolve.or(class.resolve).is_none() => faults.push(
                Fault::new(
                    "ITEM_WITHOUT_LIMIT",
                    "事项和类别都没有办结时限",
                    "neither the item nor its class has a resolve limit",
                )
                .in_field("resolve"),
            ),
            Some(_) => {}
        }
    }
    if leads.is_some_and(|leads| !item.is_routed() && !leads.knows(&item.lead)) {
        faults.push(
            Fault::new(
                "ITEM_LEAD_UNKNOWN",
                format!("牵头名称「{}」在组织表中没有对应单位", item.lead),
                format!("the lead “{}” has no unit in the org file", item.lead),
            )
            .in_field("lead"),
        );
    }
    faults
}

/// The name of these texts: 12 hex digits of their SHA-256.
pub(crate) fn fingerprint<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hex::encode(hash.finalize()).chars().take(12).collect()
}

#[cfg(test)]
mod specs {
    use super::*;
    use crate::org::samples::org;

    const CATALOGUE: &str = include_str!("../../../deploy/policy/catalogue.csv");
    const SLA: &str = include_str!("../../../deploy/policy/sla.toml");
    const LADDER: &str = include_str!("../../../deploy/policy/ladder.toml");

    fn parse(catalogue: &str, sla: &str) -> Result<Policy, Vec<Fault>> {
        let files = PolicyFiles {
            catalogue: PolicyFile { name: "catalogue.csv", text: catalogue },
            sla: PolicyFile { name: "sla.toml", text: sla },
            ladder: PolicyFile { name: "ladder.toml", text: LADDER },
            ..PolicyFiles::default()
        };
        Policy::parse(&files, Some(&org().leads()))
    }

    fn budget(word: &str) -> Option<Budget> {
        Budget::parse(word).ok()
    }

    #[test]
    fn the_delivered_files_agree_with_each_other() {
        let policy = parse(CATALOGUE, SLA).unwrap();
        assert_eq!(policy.version, "wuzhong-sample-1");
    }

    #[test]
    fn the_catalogue_row_wins_over_its_class() {
        let policy = parse(CATALOGUE, SLA).unwrap();
        let limits = policy.limits(policy.catalogue.find("0301"));
        assert_eq!(
            (limits.class.as_str(), limits.resolve, limits.resolve_from_item),
            ("N2", budget("2wh"), true)
        );
        assert_eq!((limits.sign, limits.first_action), (budget("2wh"), None));
        let gas = policy.limits(policy.catalogue.find("0703"));
        assert_eq!(
            (gas.resolve, gas.first_action, gas.arrive),
            (budget("24h"), budget("15min"), budget("30min"))
        );
    }

    #[test]
    fn a_matter_whose_item_is_unknown_has_the_limits_of_the_default_class() {
        let policy = parse(CATALOGUE, SLA).unwrap();
        let limits = policy.limits(None);
        assert_eq!(
            (limits.class.as_str(), limits.resolve, limits.resolve_from_item),
            ("N2", budget("5wd"), false)
        );
    }

    #[test]
    fn what_the_files_do_not_agree_on_is_named_at_the_item() {
        let header = CATALOGUE.lines().next().unwrap();
        let rows = "1,甲,grid,火星,,,5wd,N2,,,\n2,乙,grid,城管,,,5wd,N9,,,\n3,丙,grid,城管,,,,U0,,,\n4,丁,—,火星,,,,X,,,\n";
        let sla = format!("{SLA}\n[class.U0]\nzh = \"无\"\nen = \"none\"\n");
        let faults = parse(&format!("{header}\n{rows}"), &sla).err().unwrap();
        let found: Vec<_> = faults.iter().map(|fault| (fault.code.as_str(), fault.line)).collect();
        assert_eq!(
            found,
            [
                ("ITEM_LEAD_UNKNOWN", Some(2)),
                ("POLICY_CLASS_UNKNOWN", Some(3)),
                ("ITEM_WITHOUT_LIMIT", Some(4))
            ]
        );
    }

    #[test]
    fn without_a_version_the_files_name_themselves() {
        let unnamed = SLA.replace("version = \"wuzhong-sample-1\"", "");
        let one = parse(CATALOGUE, &unnamed).unwrap().version;
        let other = parse(&CATALOGUE.replace("2wh", "3wh"), &unnamed).unwrap().version;
        assert_eq!(one.len(), 12);
        assert_ne!(one, other);
    }

    #[test]
    fn the_faults_of_all_files_come_together() {
        let faults = parse("code\n", "x = 1\n").err().unwrap();
        assert!(faults.iter().any(|fault| fault.file == "catalogue.csv"));
        assert!(faults.iter().any(|fault| fault.file == "sla.toml"));
    }

    #[test]
    fn one_wrong_row_hides_no_other() {
        let catalogue = CATALOGUE
            .replacen(",2wd,", ",2xx,", 1)
            .replacen("grid,园林,", "grid,不存在局,", 1)
            .replacen(",,4wh,N2,", ",,4wh,N9,", 1);
        let faults = parse(&catalogue, SLA).expect_err("three mistakes");
        let mut codes: Vec<_> = faults.iter().map(|fault| fault.code.as_str()).collect();
        codes.sort_unstable();
        assert_eq!(codes, ["BUDGET_INVALID", "ITEM_LEAD_UNKNOWN", "POLICY_CLASS_UNKNOWN"]);
    }
}
