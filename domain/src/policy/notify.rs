//! Notifications as data: whom an event concerns, what they are told, and when that may go out.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::hours::{next, quiet_end, time, times};
use super::keys::{Entry, Keys, entries};
use crate::calendar::Budget;
use crate::case::Event;
use crate::case::clocks::DeadlineName;
use crate::case::event::WhistleKind;
use crate::fault::Fault;
use crate::notify::{Post, Urgency};

/// The rules of notifications. Read with [`Notify::parse`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Notify {
    /// By event, or by event and detail: `WhistleSounded.emergency`.
    pub on: BTreeMap<String, NotifyRule>,
    /// What is said, by name.
    pub templates: BTreeMap<String, Template>,
    /// From and to, in minutes of the day: nothing goes out but emergencies.
    pub quiet: Option<(u16, u16)>,
    /// When what is not urgent goes out together, in minutes of the day.
    pub digest: Vec<u16>,
    /// Seconds until the next try, for each; then it is parked.
    pub retry: Vec<u32>,
}

/// Whom an event concerns, in its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The unit that the event names, or each of those.
    Unit,
    /// Those who get a copy.
    Copied,
    /// 主办
    Lead,
    /// 责任单位
    Responsible,
    /// The unit above the one that the event names.
    Superior,
    /// 吹哨单位
    Sounder,
    /// 督查员: of the street of the case, else of the district.
    Supervisors,
    /// 派遣员 of the district.
    Dispatchers,
}

const AUDIENCES: [(&str, Audience); 8] = [
    ("unit", Audience::Unit),
    ("copied", Audience::Copied),
    ("lead", Audience::Lead),
    ("responsible", Audience::Responsible),
    ("superior", Audience::Superior),
    ("sounder", Audience::Sounder),
    ("supervisors", Audience::Supervisors),
    ("dispatchers", Audience::Dispatchers),
];

/// What is done about one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotifyRule {
    /// Whom it concerns.
    pub tell: Vec<Audience>,
    /// What they are told.
    pub template: String,
    /// How urgent.
    pub urgency: Urgency,
    /// Who of the unit is told first.
    pub first: Post,
    /// Who next, where nobody answers, so long after.
    pub then: Vec<(Post, Budget)>,
}

/// What is said, in both languages; `{field}` stands for a fact.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Template {
    /// Subject.
    pub title_zh: String,
    /// Subject.
    pub title_en: String,
    /// Text.
    pub zh: String,
    /// Text.
    pub en: String,
}

/// What a template may name. Nothing that a resident said is among it.
pub const FIELDS: [&str; 7] = ["case_no", "item", "place", "due", "unit", "event", "link"];

impl Notify {
    /// Reads `notify.toml`: `[quiet]` with `from` and `to`, `[digest]` with `at`, `[send]` with
    /// `retry_seconds`, `[template.NAME]` with `title_zh title_en zh en`, and `[on.EVENT]` with `tell
    /// template urgency first deputy superior`.
    ///
    /// Errors: every fault of the file in order of line; `POLICY_*`, `NOTIFY_*`, `BUDGET_INVALID`.
    pub fn parse(file: &str, text: &str) -> Result<Notify, Vec<Fault>> {
        let (mut keys, root) = Keys::read(file, text);
        let mut read = Notify::default();
        let mut named = Vec::new();
        for entry in entries(root.get_ref()) {
            match entry.key {
                "quiet" => read.quiet = quiet(&mut keys, &entry),
                "digest" => {
                    for entry in keys.entries(&entry) {
                        match entry.key {
                            "at" => read.digest = times(&mut keys, &entry),
                            _ => keys.unknown(&entry),
                        }
                    }
                }
                "send" => {
                    for entry in keys.entries(&entry) {
                        match entry.key {
                            "retry_seconds" => read.retry = seconds(&mut keys, &entry),
                            _ => keys.unknown(&entry),
                        }
                    }
                }
                "template" => {
                    for entry in keys.entries(&entry) {
                        let template = template(&mut keys, &entry);
                        read.templates.insert(entry.key.to_owned(), template);
                    }
                }
                "on" => {
                    for entry in keys.entries(&entry) {
                        if let Some(rule) = rule(&mut keys, &entry) {
                            named.push((entry.at.clone(), rule.template.clone()));
                            read.on.insert(entry.key.to_owned(), rule);
                        }
                    }
                }
                _ => keys.unknown(&entry),
            }
        }
        for (at, name) in named {
            if !read.templates.contains_key(&name) {
                let (zh, en) = (format!("没有模板「{name}」"), format!("there is no template `{name}`"));
                keys.fault("NOTIFY_TEMPLATE_UNKNOWN", at, "template", &zh, &en);
            }
        }
        read.digest.sort_unstable();
        keys.finish(read)
    }

    /// The rule for an event, the one for its detail before the one for all.
    pub fn rule(&self, event: &str, detail: &str) -> Option<&NotifyRule> {
        let exact = (!detail.is_empty()).then(|| self.on.get(&format!("{event}.{detail}"))).flatten();
        exact.or_else(|| self.on.get(event))
    }

    /// Whether anything at all is told of an event.
    pub fn concerns(&self, event: &str) -> bool {
        self.on.keys().any(|key| key.split('.').next() == Some(event))
    }

    /// Not before when it goes out, where it must wait, and whether together with others.
    pub fn hold(&self, urgency: Urgency, at: Timestamp, zone: &TimeZone) -> (Option<Timestamp>, bool) {
        match urgency {
            Urgency::Emergency => (None, false),
            Urgency::Low if !self.digest.is_empty() => {
                let next = self.digest.iter().filter_map(|minutes| next(at, *minutes, zone)).min();
                (next, true)
            }
            Urgency::Low | Urgency::Normal => {
                (self.quiet.and_then(|quiet| quiet_end(quiet, at, zone)), false)
            }
        }
    }

    /// After how long a message is tried again that failed for this time; none: it is parked.
    pub fn retry_after(&self, attempt: u32) -> Option<SignedDuration> {
        let place = usize::try_from(attempt.checked_sub(1)?).ok()?;
        self.retry.get(place).map(|seconds| SignedDuration::from_secs(i64::from(*seconds)))
    }
}

fn seconds<'t>(keys: &mut Keys<'t>, entry: &Entry<'_, 't>) -> Vec<u32> {
    let list = entry.value.get_ref().as_array().map(|list| list.iter());
    let number = |value: &super::keys::Value<'_>| {
        let number = value.get_ref().as_integer()?;
        u32::from_str_radix(number.as_str(), number.radix()).ok()
    };
    let found: Option<Vec<u32>> = list.and_then(|list| list.map(number).collect());
    found.unwrap_or_else(|| {
        keys.wrong_type(entry, "[10, 60, 300]");
        Vec::new()
    })
}

fn quiet<'t>(keys: &mut Keys<'t>, table: &Entry<'_, 't>) -> Option<(u16, u16)> {
    let (mut from, mut to) = (None, None);
    for entry in keys.entries(table) {
        match entry.key {
            "from" => from = time(keys, &entry),
            "to" => to = time(keys, &entry),
            _ => keys.unknown(&entry),
        }
    }
    if from.is_none() || to.is_none() {
        keys.missing(table.at.clone(), "from, to");
    }
    from.zip(to)
}

fn template<'t>(keys: &mut Keys<'t>, table: &Entry<'_, 't>) -> Template {
    let mut read = Template::default();
    for entry in keys.entries(table) {
        let into = match entry.key {
            "title_zh" => &mut read.title_zh,
            "title_en" => &mut read.title_en,
            "zh" => &mut read.zh,
            "en" => &mut read.en,
            _ => {
                keys.unknown(&entry);
                continue;
            }
        };
        if let Some(text) = keys.text(&entry) {
            for field in fields(&text).filter(|field| !FIELDS.contains(field)) {
                let (zh, en) = (
                    format!("没有字段「{field}」；可用：{}", FIELDS.join("、")),
                    format!("there is no field `{field}`; there are {}", FIELDS.join(", ")),
                );
                keys.fault("NOTIFY_FIELD_UNKNOWN", entry.value.span(), entry.key, &zh, &en);
            }
            *into = text;
        }
    }
    let texts =
        [("title_zh", &read.title_zh), ("title_en", &read.title_en), ("zh", &read.zh), ("en", &read.en)];
    for (name, _) in texts.into_iter().filter(|(_, text)| text.is_empty()) {
        keys.missing(table.at.clone(), name);
    }
    read
}

/// What a text names: everything in braces; an open brace that is not closed names the rest.
pub(crate) fn fields(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap_or(rest))
}

fn rule<'t>(keys: &mut Keys<'t>, table: &Entry<'_, 't>) -> Option<NotifyRule> {
    if !is_event(table.key) {
        let zh = "没有这个事件，或没有这个细目";
        keys.fault(
            "NOTIFY_EVENT_UNKNOWN",
            table.at.clone(),
            table.key,
            zh,
            "there is no such event, or no such detail of it",
        );
    }
    let mut read = NotifyRule {
        tell: Vec::new(),
        template: String::new(),
        urgency: Urgency::Normal,
        first: Post::Unit,
        then: Vec::new(),
    };
    for entry in keys.entries(table) {
        match entry.key {
            "tell" => read.tell = keys.words(&entry, &AUDIENCES),
            "template" => read.template = keys.text(&entry).unwrap_or_default(),
            "urgency" => read.urgency = keys.word(&entry, &Urgency::WORDS).unwrap_or_default(),
            "first" => {
                let known = [("unit", Post::Unit), ("duty", Post::Duty)];
                read.first = keys.word(&entry, &known).unwrap_or_default();
            }
            "deputy" => read.then.extend(keys.budget(&entry).map(|after| (Post::Deputy, after))),
            "superior" => read.then.extend(keys.budget(&entry).map(|after| (Post::Superior, after))),
            _ => keys.unknown(&entry),
        }
    }
    for (name, absent) in [("tell", read.tell.is_empty()), ("template", read.template.is_empty())] {
        if absent {
            keys.missing(table.at.clone(), name);
        }
    }
    read.then.sort_by_key(|(post, _)| *post);
    (!read.template.is_empty()).then_some(read)
}

/// `WhistleSounded`, `WhistleSounded.emergency`, `DeadlinePassed.sign`.
fn is_event(key: &str) -> bool {
    let (name, detail) = key.split_once('.').map_or((key, None), |(name, detail)| (name, Some(detail)));
    let known = Event::NAMES.iter().any(|(event, _)| *event == name);
    let detailed = |detail: &str| match name {
        "DeadlinePassed" | "SupervisionLate" => {
            serde_json::from_value::<DeadlineName>(serde_json::Value::String(detail.to_owned())).is_ok()
        }
        name if name.starts_with("Whistle") => WhistleKind::ALL.iter().any(|kind| kind.as_str() == detail),
        _ => false,
    };
    known && detail.is_none_or(detailed)
}

#[cfg(test)]
mod specs {
    use super::*;

    fn delivered() -> Notify {
        Notify::parse("notify.toml", crate::sample::NOTIFY).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn quiet_hours_hold_what_is_no_emergency_until_the_morning() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let rules = delivered();
        let night = at("2026-02-17T03:00:00+08:00");
        assert_eq!(rules.hold(Urgency::Emergency, night, &zone), (None, false));
        let (until, _) = rules.hold(Urgency::Normal, night, &zone);
        assert_eq!(until, Some(at("2026-02-17T07:30:00+08:00")));
        let (until, _) = rules.hold(Urgency::Normal, at("2026-02-17T22:00:00+08:00"), &zone);
        assert_eq!(until, Some(at("2026-02-18T07:30:00+08:00")));
        assert_eq!(rules.hold(Urgency::Normal, at("2026-02-17T10:00:00+08:00"), &zone), (None, false));
    }

    #[test]
    fn what_is_not_urgent_waits_for_the_next_digest() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let (until, together) = delivered().hold(Urgency::Low, at("2026-02-17T10:00:00+08:00"), &zone);
        assert_eq!((until, together), (Some(at("2026-02-17T16:30:00+08:00")), true));
        let (until, _) = delivered().hold(Urgency::Low, at("2026-02-17T16:30:00+08:00"), &zone);
        assert_eq!(until, Some(at("2026-02-18T08:30:00+08:00")), "that one has gone");
    }

    #[test]
    fn the_rule_for_a_detail_stands_before_the_one_for_all() {
        let rules = delivered();
        let emergency = rules.rule("WhistleSounded", "emergency").unwrap();
        assert_eq!((emergency.urgency, emergency.first), (Urgency::Emergency, Post::Duty));
        assert_eq!(
            emergency.then.iter().map(|(post, _)| *post).collect::<Vec<_>>(),
            [Post::Deputy, Post::Superior]
        );
        assert_eq!(rules.rule("WhistleSounded", "routine").unwrap().urgency, Urgency::Normal);
        assert!(rules.concerns("WhistleSounded") && !rules.concerns("CaseSigned"));
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let text = "[template.a]\ntitle_zh = \"{case_no}\"\ntitle_en = \"{phone}\"\nzh = \"文\"\nen = \"text\"\n\
                    [on.CaseDispatched]\ntell = [\"everybody\"]\ntemplate = \"b\"\n[on.CaseDreamt]\ntell = [\"unit\"]\ntemplate = \"a\"\n\
                    [quiet]\nfrom = \"25:00\"\nto = \"07:00\"\n";
        let faults = Notify::parse("notify.toml", text).err().unwrap();
        let found: Vec<_> = faults.iter().map(|fault| (fault.code.as_str(), fault.line.unwrap())).collect();
        assert_eq!(
            found,
            [
                ("NOTIFY_FIELD_UNKNOWN", 3),
                ("POLICY_KEY_MISSING", 6),
                ("NOTIFY_TEMPLATE_UNKNOWN", 6),
                ("POLICY_VALUE_INVALID", 7),
                ("NOTIFY_EVENT_UNKNOWN", 9),
                ("POLICY_KEY_MISSING", 12),
                ("POLICY_VALUE_INVALID", 13),
            ]
        );
    }
}
