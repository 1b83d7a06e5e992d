//! The limits of each class of matter and of each kind of whistle (DOMAIN §2.9).

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::callback::CallbackRule;
use super::keys::{Entry, Keys, entries};
use crate::calendar::Budget;
use crate::fault::Fault;
use crate::ids::Rung;

/// The classes of one profile. Read with [`Sla::parse`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sla {
    /// Name of this edition, where the file gives one.
    pub version: Option<String>,
    /// Class of a matter whose item is not known.
    pub default_class: String,
    /// How often a case may be reopened before supervision takes over.
    pub reopen_limit: u8,
    /// How often a case may be sent back, whatever comes of it.
    pub return_limit: u8,
    /// Limit for deciding what a unit asks for.
    pub decide: Budget,
    /// What systems that send cases decide themselves, by their names.
    pub sources: BTreeMap<String, Source>,
    /// 剔除申诉: how long a refused exclusion may be appealed against; none: not at all.
    pub exclusion_appeal: Option<Budget>,
    /// How long the complainant's answer is waited for.
    pub info: Option<Budget>,
    /// Complaints of so many days are looked through for one that may be the same.
    pub duplicate_days: u8,
    /// 每月一题: so many of one item from one community in a month propose a theme.
    pub theme_count: u8,
    /// 回访: when an attempt counts.
    pub callback: CallbackRule,
    /// Classes by code, e.g. `N2`.
    pub classes: BTreeMap<String, SlaClass>,
    /// Limits of whistles by kind, e.g. `emergency`.
    pub whistles: BTreeMap<String, WhistleClass>,
}

/// What a system that sends cases decides itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Source {
    /// These matters.
    pub decides: Vec<Matter>,
    /// Until when it should answer; none: no limit.
    pub answer: Option<Budget>,
    /// The table of its words for where a case is; none: it reads ours.
    pub vocabulary: Option<String>,
}

/// What may be for the sending system to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Matter {
    /// 退单
    Return,
    /// 延期
    Extension,
    /// 结案
    Closing,
    /// 回访评价
    Rating,
}

impl Matter {
    /// All of them, with their words in files and messages.
    pub const ALL: [(&'static str, Self); 4] = [
        ("return", Self::Return),
        ("extension", Self::Extension),
        ("closing", Self::Closing),
        ("rating", Self::Rating),
    ];

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Return => "退单",
            Self::Extension => "延期",
            Self::Closing => "结案",
            Self::Rating => "回访评价",
        }
    }

    /// The word on an English page.
    pub fn en(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Extension => "extension",
            Self::Closing => "closing",
            Self::Rating => "rating",
        }
    }
}

/// The limits of one class; none where the class sets no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SlaClass {
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// 派单: from registration to dispatch.
    pub dispatch: Option<Budget>,
    /// 签收: from dispatch to sign-for.
    pub sign: Option<Budget>,
    /// 首联: from dispatch to first contact.
    pub contact: Option<Budget>,
    /// 先期到场: from dispatch to arrival on site.
    pub arrive: Option<Budget>,
    /// 办结: from dispatch to result.
    pub resolve: Option<Budget>,
    /// 延期: how much may be granted on top.
    pub extension: ExtensionCap,
    /// 退单: window in which the unit may send it back; none: never.
    pub return_within: Option<Budget>,
    /// 核查: from result to verification.
    pub verify: Option<Budget>,
    /// 回访: from the resolve deadline to callback.
    pub callback: Option<Budget>,
    /// Share of cases that are called back, in percent.
    pub callback_percent: u8,
}

/// How far a resolve limit may be extended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtensionCap {
    /// Not at all.
    #[default]
    Never,
    /// Once, by at most this much.
    Once(Budget),
    /// By what each approval says.
    ByApproval,
}

/// The limits of one kind of whistle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WhistleClass {
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// 应哨: from the whistle to the response.
    pub respond: Option<Budget>,
    /// 报到: from the response to arrival or meeting.
    pub arrive: Option<Budget>,
    /// 报到 is counted from the whistle itself, also for a unit that is silent.
    pub arrive_from_whistle: bool,
    /// 办结哨: from the whistle to the leg's end; none: by the item.
    pub resolve: Option<Budget>,
    /// 评哨: from the end to the rating.
    pub rate: Option<Budget>,
    /// Rungs whose whistle waits for the approval of their street.
    pub approval: Vec<Rung>,
}

impl Sla {
    /// Reads `sla.toml`: `version`, `default_class` (default `N2`), `reopen_limit` (default 1),
    /// `exclusion_appeal` (a budget; absent: no appeal), `info` (a budget; absent: no limit),
    /// `duplicate_days` (default 30), `theme_count` (default 10), a table `[callback]` (`attempts`, default 3;
    /// `interval`, a budget, default `1h`), a table
    /// `[class.N2]` per class with `zh`, `en` and, each optional, `dispatch sign contact arrive resolve
    /// extension_cap return verify callback` (budgets; `extension_cap = "by_approval"` too)
    /// and `callback_percent` (0 to 100, default 100 where there is a `callback`, else 0);
    /// a table `[whistle.emergency]` per kind (`routine key enforcement emergency`) with `zh`, `en`,
    /// `respond arrive resolve rate`, `arrive_from_whistle` (`arrive` is counted from the response unless it
    /// is `true`), and `approval`: rungs, as `["community"]`, whose whistle waits for
    /// the approval of their street unless they call paired units only.
    ///
    /// Errors: every fault of the file in order of line; `POLICY_*`, `BUDGET_INVALID`.
    pub fn parse(file: &str, text: &str) -> Result<Sla, Vec<Fault>> {
        let (mut keys, root) = Keys::read(file, text);
        let mut sla = Sla {
            version: None,
            default_class: "N2".to_owned(),
            reopen_limit: 1,
            return_limit: 2,
            decide: Budget::WorkDays { days: 1 },
            sources: BTreeMap::new(),
            exclusion_appeal: None,
            info: None,
            duplicate_days: 30,
            theme_count: 10,
            callback: CallbackRule::default(),
            classes: BTreeMap::new(),
            whistles: BTreeMap::new(),
        };
        let mut default_at = 0..0;
        for entry in entries(root.get_ref()) {
            match entry.key {
                "version" => sla.version = keys.text(&entry),
                "return_limit" => sla.return_limit = keys.percent(&entry).unwrap_or(2),
                "decide" => sla.decide = keys.budget(&entry).unwrap_or(sla.decide),
                "source" => {
                    for entry in keys.entries(&entry) {
                        let source = source(&mut keys, &entry);
                        sla.sources.insert(entry.key.to_owned(), source);
                    }
                }
                "exclusion_appeal" => sla.exclusion_appeal = keys.budget(&entry),
                "info" => sla.info = keys.budget(&entry),
                "duplicate_days" => sla.duplicate_days = keys.percent(&entry).unwrap_or(30),
                "theme_count" => sla.theme_count = keys.percent(&entry).unwrap_or(10),
                "callback" => sla.callback = CallbackRule::read(&mut keys, &entry),
                "reopen_limit" => sla.reopen_limit = keys.percent(&entry).unwrap_or(1),
                "default_class" => {
                    default_at = entry.at.clone();
                    sla.default_class = keys.text(&entry).unwrap_or_default();
                }
                "class" => {
                    for entry in keys.entries(&entry) {
                        let class = class(&mut keys, &entry);
                        sla.classes.insert(entry.key.to_owned(), class);
                    }
                }
                "whistle" => {
                    for entry in keys.entries(&entry) {
                        let whistle = whistle(&mut keys, &entry);
                        sla.whistles.insert(entry.key.to_owned(), whistle);
                    }
                }
                _ => keys.unknown(&entry),
            }
        }
        check_default(&mut keys, default_at, &sla);
        keys.finish(sla)
    }

    /// The class of this code.
    pub fn class(&self, code: &str) -> Option<&SlaClass> {
        self.classes.get(code)
    }

    /// What this sending system decides itself.
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.get(name)
    }

    /// The limits of this kind of whistle.
    pub fn whistle(&self, kind: &str) -> Option<&WhistleClass> {
        self.whistles.get(kind)
    }
}

fn check_default(keys: &mut Keys<'_>, at: Range<usize>, sla: &Sla) {
    if !sla.classes.contains_key(&sla.default_class) {
        keys.fault(
            "POLICY_CLASS_UNKNOWN",
            at,
            "default_class",
            "默认时限类别没有定义",
            "the default class is not defined",
        );
    }
}

fn class<'t>(keys: &mut Keys<'t>, entry: &Entry<'_, 't>) -> SlaClass {
    let mut class = SlaClass::default();
    let mut percent = None;
    for entry in keys.entries(entry) {
        match entry.key {
            "zh" => class.zh = keys.text(&entry).unwrap_or_default(),
            "en" => class.en = keys.text(&entry).unwrap_or_default(),
            "dispatch" => class.dispatch = keys.budget(&entry),
            "sign" => class.sign = keys.budget(&entry),
            "contact" => class.contact = keys.budget(&entry),
            "arrive" => class.arrive = keys.budget(&entry),
            "resolve" => class.resolve = keys.budget(&entry),
            "extension_cap" => class.extension = extension(keys, &entry),
            "return" => class.return_within = keys.budget(&entry),
            "verify" => class.verify = keys.budget(&entry),
            "callback" => class.callback = keys.budget(&entry),
            "callback_percent" => percent = keys.percent(&entry),
            _ => keys.unknown(&entry),
        }
    }
    names(keys, entry, &class.zh, &class.en);
    class.callback_percent = percent.unwrap_or(if class.callback.is_some() { 100 } else { 0 });
    class
}

fn source<'t>(keys: &mut Keys<'t>, entry: &Entry<'_, 't>) -> Source {
    let mut source = Source::default();
    for entry in keys.entries(entry) {
        match entry.key {
            "decides" => source.decides = keys.words(&entry, &Matter::ALL),
            "answer" => source.answer = keys.budget(&entry),
            "vocabulary" => source.vocabulary = keys.text(&entry),
            _ => keys.unknown(&entry),
        }
    }
    source
}

fn extension<'t>(keys: &mut Keys<'t>, entry: &Entry<'_, 't>) -> ExtensionCap {
    match entry.value.get_ref().as_str() {
        Some("by_approval") => ExtensionCap::ByApproval,
        _ => keys.budget(entry).map_or(ExtensionCap::Never, ExtensionCap::Once),
    }
}

fn whistle<'t>(keys: &mut Keys<'t>, entry: &Entry<'_, 't>) -> WhistleClass {
    let mut whistle = WhistleClass::default();
    for entry in keys.entries(entry) {
        match entry.key {
            "zh" => whistle.zh = keys.text(&entry).unwrap_or_default(),
            "en" => whistle.en = keys.text(&entry).unwrap_or_default(),
            "respond" => whistle.respond = keys.budget(&entry),
            "arrive" => whistle.arrive = keys.budget(&entry),
            "resolve" => whistle.resolve = keys.budget(&entry),
            "rate" => whistle.rate = keys.budget(&entry),
            "arrive_from_whistle" => whistle.arrive_from_whistle = keys.flag(&entry),
            "approval" => whistle.approval = keys.rungs(&entry),
            _ => keys.unknown(&entry),
        }
    }
    names(keys, entry, &whistle.zh, &whistle.en);
    whistle
}

fn names<'t>(keys: &mut Keys<'t>, entry: &Entry<'_, 't>, zh: &str, en: &str) {
    for (field, name) in [("zh", zh), ("en", en)] {
        if name.is_empty() && entry.value.get_ref().is_table() {
            keys.missing(entry.at.clone(), field);
        }
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    fn delivered() -> Sla {
        Sla::parse("sla.toml", include_str!("../../../deploy/policy/sla.toml")).unwrap()
    }

    #[test]
    fn the_delivered_classes_are_those_of_the_table() {
        let sla = delivered();
        let codes: Vec<_> = sla.classes.keys().map(String::as_str).collect();
        assert_eq!(codes, ["D", "N1", "N2", "N3", "N4", "U1", "U2", "X"]);
        let ordinary = sla.class("N2").unwrap();
        assert_eq!(ordinary.sign, Budget::parse("2wh").ok());
        assert_eq!(ordinary.extension, ExtensionCap::Once(Budget::WorkDays { days: 5 }));
        assert_eq!(sla.class("N4").unwrap().extension, ExtensionCap::ByApproval);
        assert_eq!(sla.class("U1").unwrap().extension, ExtensionCap::Never);
        assert_eq!(
            (sla.class("N1").unwrap().callback_percent, sla.class("X").unwrap().callback_percent),
            (10, 0)
        );
        let kinds: Vec<_> = sla.whistles.keys().map(String::as_str).collect();
        assert_eq!(kinds, ["emergency", "enforcement", "key", "routine"]);
        assert_eq!(sla.whistle("key").unwrap().approval, [Rung::Community]);
        assert_eq!(sla.whistle("emergency").unwrap().arrive, Budget::parse("30min").ok());
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let text = "default_class = \"N9\"\ncolour = 1\n[class.N2]\nzh = \"一般\"\nresolve = \"5 days\"\n\
            callback_percent = 101\n[class]\nN3 = 5\n[whistle.daily]\nzh = \"日常\"\nen = \"Daily\"\nrespond = 3\n";
        let faults = Sla::parse("sla.toml", text).err().unwrap();
        let found: Vec<_> = faults
            .iter()
            .map(|fault| (fault.code.as_str(), fault.line.unwrap(), fault.field.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("POLICY_CLASS_UNKNOWN", 1, "default_class"),
                ("POLICY_KEY_UNKNOWN", 2, "colour"),
                ("POLICY_KEY_MISSING", 3, "en"),
                ("BUDGET_INVALID", 5, "resolve"),
                ("POLICY_VALUE_INVALID", 6, "callback_percent"),
                ("POLICY_VALUE_INVALID", 8, "N3"),
                ("POLICY_VALUE_INVALID", 12, "respond"),
            ]
        );
    }

    #[test]
    fn broken_syntax_is_named_with_its_line() {
        let faults = Sla::parse("sla.toml", "version = \"1\"\n[class.N2\n").err().unwrap();
        assert_eq!((faults[0].code.as_str(), faults[0].line), ("POLICY_SYNTAX", Some(2)));
    }
}
