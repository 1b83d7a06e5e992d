//! `policy check`: every mistake in the rules, with file and line; `policy diff` is beside it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use domain::context::Rulebook;
use domain::fault::Fault;
use domain::policy::{PolicyFile, PolicyFiles};
use domain::sample;
use serde_json::{Value, json};

use super::policy_diff::{self, DiffArgs};
use super::policy_import::{self, ExportArgs, ImportArgs};
use super::policy_vocabulary::{self, VocabularyArgs};
use super::{CliError, Global, Outcome, output};
use crate::files::sheet::rules::{RuleSheet, Table, sheets};
use crate::files::{sheet, text};
use crate::rules;

/// 规则 · the rules
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// 检查规则，逐条指出文件与行 · check the rules, every mistake with its file and line
    Check(CheckArgs),
    /// 比较两版规则 · what changed between two editions, and which open cases would move
    Diff(DiffArgs),
    /// 从 Excel 读入单位表、事项目录 · units and catalogue from an Excel workbook into the rules folder
    Import(ImportArgs),
    /// 单位表、事项目录写成 Excel · units and catalogue as an Excel workbook, to be edited there
    Export(ExportArgs),
    /// 状态对照表：我方状态与来源代码 · the table of a source's own statuses beside ours
    Vocabulary(VocabularyArgs),
}

/// 检查规则 · check the rules
///
/// 目录按 deploy/ 的布局；单个文件（事项表、时限、阶梯、督办阶梯、通知、值班表、单位、日历，或含单位表、事项目录的 Excel 工作簿）与内置
/// 样例的其余文件一起检查 ·
/// a folder laid out like deploy/, or one file (catalogue, sla, ladder, supervision, notify, roster, units, calendar, or a workbook
/// with units or catalogue) that is checked together with the rest of the sample.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// 目录或文件，缺省为 --policy 或内置样例 · folder or file; else --policy, else the sample
    #[arg(value_name = "DIR|FILE")]
    path: Option<PathBuf>,
}

/// The files of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Units,
    Calendar,
    Catalogue,
    Sla,
    Ladder,
    Community,
    Supervision,
    Vocabulary,
    Assessment,
    Notify,
    Roster,
}

/// Place of the list of what may be handed to a community: it may be absent.
pub(super) const COMMUNITY: (Kind, &str, &str) = (Kind::Community, "policy/community.csv", sample::COMMUNITY);

/// Place of what is assessed, and how: it may be absent.
const ASSESSMENT: (Kind, &str, &str) = (Kind::Assessment, "policy/assessment.toml", sample::ASSESSMENT);

/// Place of the duty roster: it may be absent.
const ROSTER: (Kind, &str, &str) = (Kind::Roster, "policy/roster.toml", sample::ROSTER);

/// Kind, place under the folder, and the sample's text.
pub(super) const FILES: [(Kind, &str, &str); 7] = [
    (Kind::Units, "org/units.csv", sample::UNITS),
    (Kind::Calendar, "calendar/cn.json", sample::CALENDAR),
    (Kind::Catalogue, "policy/catalogue.csv", sample::CATALOGUE),
    (Kind::Sla, "policy/sla.toml", sample::SLA),
    (Kind::Ladder, "policy/ladder.toml", sample::LADDER),
    (Kind::Supervision, "policy/supervision.toml", sample::SUPERVISION),
    (Kind::Notify, "policy/notify.toml", sample::NOTIFY),
];

/// A file of the rules, read.
pub(super) struct Read {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) text: String,
    /// The workbook and its sheet that it comes from.
    pub(super) sheet: Option<(String, RuleSheet)>,
}

/// Runs the command.
pub async fn run(global: &Global, command: &PolicyCommand) -> Outcome {
    match command {
        PolicyCommand::Check(args) => check_all(global, args),
        PolicyCommand::Diff(args) => policy_diff::run(global, args).await,
        PolicyCommand::Import(args) => policy_import::run(global, args),
        PolicyCommand::Vocabulary(args) => policy_vocabulary::run(global, args),
        PolicyCommand::Export(args) => policy_import::export(global, args),
    }
}

fn check_all(global: &Global, args: &CheckArgs) -> Outcome {
    let path = args.path.as_deref().or(global.policy.as_deref());
    let given = match path {
        None => Vec::new(),
        Some(dir) if dir.is_dir() => folder(dir)?,
        Some(file) if sheet::is_workbook_file(file) => workbook(file)?,
        Some(file) => vec![one(file)?],
    };
    let checked = check(&given);
    if global.json {
        output::json(&document(&checked));
    }
    match checked {
        Err(faults) => {
            tell(&faults);
            Ok(ExitCode::from(1))
        }
        Ok(rules) => {
            let told = summary(&rules);
            if global.json {
                output::say(told)
            } else {
                output::line(told)
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Faults that are told; of the rest it is said how many they are.
const TOLD: usize = 200;

pub(super) fn tell(faults: &[Fault]) {
    for fault in faults.iter().take(TOLD) {
        output::say(fault);
    }
    output::say(format!("共 {} 处错误 · {} mistakes", faults.len(), faults.len()));
}

/// Checks the files together, the sample's where one is not given. What is wrong in a sheet is named by
/// its cell.
pub(super) fn check(given: &[Read]) -> Result<Rulebook, Vec<Fault>> {
    let of_sheet =
        |read: &Read| read.sheet.as_ref().map(|(file, sheet)| (file.clone(), sheet.faults.clone()));
    let cells = given.iter().filter_map(of_sheet);
    let mut faults: Vec<Fault> =
        cells.flat_map(|(file, faults)| faults.into_iter().map(move |fault| fault.in_file(&file))).collect();
    match parse(given) {
        Ok(rules) if faults.is_empty() => Ok(rules),
        Ok(_) => Err(faults),
        Err(found) => {
            faults.extend(found.into_iter().filter_map(|fault| placed(given, fault)));
            Err(faults)
        }
    }
}

fn placed(given: &[Read], fault: Fault) -> Option<Fault> {
    match given.iter().find(|read| read.name == fault.file).and_then(|read| read.sheet.as_ref()) {
        Some((file, sheet)) => sheet.placed(fault.in_file(file)),
        None => Some(fault),
    }
}

fn parse(given: &[Read]) -> Result<Rulebook, Vec<Fault>> {
    let file = |kind: Kind| {
        let read = given.iter().find(|read| read.kind == kind);
        let (_, place, text) = FILES.into_iter().find(|(known, ..)| *known == kind).unwrap_or(FILES[0]);
        match read {
            Some(read) => PolicyFile { name: read.name.as_str(), text: read.text.as_str() },
            None => PolicyFile { name: place, text },
        }
    };
    // Absent it is not there at all; without any file the sample is whole.
    let optional = |(kind, name, text): (Kind, &'static str, &'static str)| {
        let read = given.iter().find(|read| read.kind == kind);
        let read = read.map(|read| PolicyFile { name: read.name.as_str(), text: read.text.as_str() });
        read.or(given.is_empty().then_some(PolicyFile { name, text }))
    };
    let words = given.iter().filter(|read| read.kind == Kind::Vocabulary);
    let words: Vec<PolicyFile<'_>> =
        words.map(|read| PolicyFile { name: read.name.as_str(), text: read.text.as_str() }).collect();
    sample::parse(
        file(Kind::Units),
        file(Kind::Calendar),
        &PolicyFiles {
            catalogue: file(Kind::Catalogue),
            sla: file(Kind::Sla),
            ladder: file(Kind::Ladder),
            supervision: Some(file(Kind::Supervision)),
            community: optional(COMMUNITY),
            vocabularies: &words,
            assessment: optional(ASSESSMENT),
            notify: Some(file(Kind::Notify)),
            roster: optional(ROSTER),
        },
    )
}

/// The sheets of a workbook that are tables of the rules.
pub(super) fn workbook(path: &Path) -> Result<Vec<Read>, CliError> {
    let name = path.display().to_string();
    let book = sheet::read_file(path).map_err(|fault| CliError::Refused(vec![fault]))?;
    let sheets = sheets(&book).map_err(|faults| {
        CliError::Refused(faults.into_iter().map(|fault| fault.in_file(&name)).collect())
    })?;
    let read = |sheet: RuleSheet| Read {
        kind: match sheet.table {
            Table::Units => Kind::Units,
            Table::Catalogue => Kind::Catalogue,
            Table::Community => Kind::Community,
        },
        name: format!("{name}!{}", sheet.name),
        text: sheet.csv.clone(),
        sheet: Some((name.clone(), sheet)),
    };
    Ok(sheets.into_iter().map(read).collect())
}

/// What of the rules lies in a folder, laid out like `deploy/` or flat. What is missing comes
/// from the sample, and is said to.
pub(super) fn folder(dir: &Path) -> Result<Vec<Read>, CliError> {
    let mut given = Vec::new();
    for (kind, place, _) in FILES.into_iter().chain([COMMUNITY, ASSESSMENT, ROSTER]) {
        let flat = dir.join(Path::new(place).file_name().unwrap_or_default());
        let path = [dir.join(place), flat].into_iter().find(|path| path.is_file());
        match path {
            Some(path) => {
                let text = text::read(&path).map_err(|fault| CliError::Refused(vec![fault]))?;
                given.push(Read { kind, name: path.display().to_string(), text, sheet: None });
            }
            None if kind == Kind::Community => {
                output::say(format!(
                    "{place}: 没有，不限制交社区的事项 · not there, no list limits what a community is given"
                ));
            }
            None if kind == Kind::Assessment => {
                output::say(format!("{place}: 没有，不考评 · not there, nobody is scored"));
            }
            None if kind == Kind::Roster => {
                output::say(format!(
                    "{place}: 没有，没有值班员，通知整个单位 · not there, nobody is on duty: whole units are told"
                ));
            }
            None => output::say(format!("{place}: 缺，用内置样例 · not there, the sample's is used")),
        }
    }
    let words = rules::vocabularies(dir).map_err(|fault| CliError::Refused(vec![fault]))?;
    given.extend(words.into_iter().map(|(name, text)| Read {
        kind: Kind::Vocabulary,
        name,
        text,
        sheet: None,
    }));
    if given.is_empty() {
        return Err(CliError::misused(
            "RULES_MISSING",
            format!("{} 中没有规则文件", dir.display()),
            format!("{} holds none of the rule files", dir.display()),
        ));
    }
    Ok(given)
}

fn one(path: &Path) -> Result<Read, CliError> {
    let text = text::read(path).map_err(|fault| match fault.code.as_str() {
        // Found wrong, not misused: the file is there.
        "NOT_UTF8" | "FILE_TOO_LARGE" => CliError::Refused(vec![fault]),
        _ => fault.into(),
    })?;
    let kind = kind(path, &text).ok_or_else(|| {
        CliError::misused(
            "RULES_KIND_UNKNOWN",
            format!("{}：看不出是哪种规则文件", path.display()),
            format!("{}: neither catalogue, sla, ladder, supervision, units nor calendar", path.display()),
        )
    })?;
    Ok(Read { kind, name: path.display().to_string(), text, sheet: None })
}

/// By name; where that says nothing, by content.
fn kind(path: &Path, text: &str) -> Option<Kind> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let named = [
        ("assessment", Kind::Assessment),
        ("catalogue", Kind::Catalogue),
        ("community", Kind::Community),
        ("ladder", Kind::Ladder),
        ("supervision", Kind::Supervision),
        ("notify", Kind::Notify),
        ("roster", Kind::Roster),
        ("units", Kind::Units),
        ("calendar", Kind::Calendar),
        (".json", Kind::Calendar),
        ("sla", Kind::Sla),
    ];
    let by_name = named.into_iter().find(|(word, _)| name.contains(word)).map(|(_, kind)| kind);
    let body = text.trim_start_matches('\u{feff}').trim_start();
    let first = body.lines().next().unwrap_or_default();
    by_name.or_else(|| {
        if body.starts_with('{') {
            Some(Kind::Calendar)
        } else if first.contains("duty") {
            Some(Kind::Community)
        } else if first.contains("lowest_rung") || first.contains("sla_class") {
            Some(Kind::Catalogue)
        } else if first.contains("ours") && first.contains("code") {
            Some(Kind::Vocabulary)
        } else if first.contains("kind") && first.contains("parent") {
            Some(Kind::Units)
        } else if body.contains("[shares]") || body.contains("district_answer") {
            Some(Kind::Ladder)
        } else if body.contains("[urge]") || body.contains("[written_urge]") {
            Some(Kind::Supervision)
        } else if body.contains("[[duty]]") {
            Some(Kind::Roster)
        } else if body.contains("[template.") {
            Some(Kind::Notify)
        } else if body.contains("[class.") || body.contains("default_class") {
            Some(Kind::Sla)
        } else {
            None
        }
    })
}

/// Items that the catalogue would put at a community or its grids, and their list does not admit.
fn passed_over(rules: &Rulebook) -> Vec<&str> {
    let policy = &rules.policy;
    let items = policy.catalogue.items().iter();
    items.filter(|item| policy.lowest_rung(item) != item.lowest_rung).map(|item| item.code.as_str()).collect()
}

fn summary(rules: &Rulebook) -> String {
    let passed = passed_over(rules);
    let passed = match passed.as_slice() {
        [] => String::new(),
        items => format!(
            "\n不在社区职责清单，改由联动站起办 · off the community's list, they begin at the station: {}",
            items.join(" ")
        ),
    };
    format!(
        "规则无误 · the rules are sound: policy {}，事项 items {}，类别 classes {}，单位 units {}，日历 calendar {}{passed}",
        rules.policy.version,
        rules.policy.catalogue.items().len(),
        rules.policy.sla.classes.len(),
        rules.org.units().len(),
        rules.calendar.revision(),
    )
}

fn document(checked: &Result<Rulebook, Vec<Fault>>) -> Value {
    match checked {
        Err(faults) => json!({ "ok": false, "faults": faults }),
        Ok(rules) => json!({
            "ok": true,
            "faults": [],
            "policy": rules.policy.version,
            "items": rules.policy.catalogue.items().len(),
            "classes": rules.policy.sla.classes.len(),
            "units": rules.org.units().len(),
            "calendar": rules.calendar.revision(),
            "community": rules.policy.community.as_ref().map(|list| &list.version),
            "passed_over": passed_over(rules),
            "years": rules.calendar.years().collect::<Vec<_>>(),
        }),
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_name_or_its_content() {
        let of = |name: &str, text: &str| kind(Path::new(name), text);
        assert_eq!(of("cn.json", ""), Some(Kind::Calendar));
        for (found, place, text) in FILES {
            assert_eq!(of(place, text), Some(found));
            assert_eq!(of("x", text), Some(found), "{place}");
        }
        assert_eq!(of("x", "hello"), None);
    }

    #[test]
    fn a_spoiled_file_is_named_with_its_lines() {
        let read =
            Read { kind: Kind::Ladder, name: "my.toml".into(), text: "amber = 200\n".into(), sheet: None };
        let faults = check(&[read]).expect_err("wrong");
        assert!(faults.iter().all(|fault| fault.file == "my.toml" && fault.line.is_some()), "{faults:?}");
    }
}
