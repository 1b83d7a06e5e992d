//! `policy vocabulary`: another system's words for where a case is, beside our own.

use std::process::ExitCode;

use clap::Args;
use domain::case::Life;
use domain::policy::{Entry, Use, Vocabulary};
use serde_json::json;

use super::{CliError, Global, Outcome, open, output};

/// 状态对照表 · a table of statuses
///
/// 不写名称则列出全部对照表 · without a name all tables are listed. 来源在 sla.toml 的 [source.名称] 里用
/// vocabulary 选用 · a source chooses one by `vocabulary` in its table of sla.toml.
#[derive(Debug, Args)]
pub struct VocabularyArgs {
    /// 名称，如 wuxi · name, e.g. wuxi
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// Rules with faults, or no such table.
pub fn run(global: &Global, args: &VocabularyArgs) -> Outcome {
    let rules = open::rulebook(global)?;
    let tables = &rules.policy.vocabularies;
    let Some(name) = &args.name else {
        if global.json {
            output::json(&json!({ "vocabularies": tables.keys().collect::<Vec<_>>() }));
        } else {
            tables.keys().for_each(output::line);
        }
        return Ok(ExitCode::SUCCESS);
    };
    let table = tables.get(name).ok_or_else(|| {
        let known = tables.keys().cloned().collect::<Vec<_>>().join("、");
        CliError::misused(
            "POLICY_VOCABULARY_UNKNOWN",
            format!("没有对照表 {name}；有：{known}"),
            format!("there is no table {name}; there are: {known}"),
        )
    })?;
    if global.json {
        output::json(&json!({ "vocabulary": name, "entries": table.entries() }));
        return Ok(ExitCode::SUCCESS);
    }
    for entry in table.entries() {
        output::line(line(table, entry));
    }
    Ok(ExitCode::SUCCESS)
}

fn line(table: &Vocabulary, entry: &Entry) -> String {
    let state = entry.ours.split('.').next().and_then(Life::parse).map_or("", Life::zh);
    let arrow = match entry.used {
        Use::Both => "⇄",
        Use::In => "←",
        Use::Out => "→",
    };
    let theirs =
        if entry.code == entry.text { entry.code.clone() } else { format!("{} {}", entry.code, entry.text) };
    let stage = if entry.stage.is_empty() { String::new() } else { format!("（{}）", entry.stage) };
    let back = match entry.used {
        Use::Both => String::new(),
        Use::In => format!("；发出时用 told as {}", entry.reads),
        Use::Out => match table.meant(&entry.code) {
            Some(meant) => format!("；收到时读作 read as {}", meant.ours),
            None => String::new(),
        },
    };
    let decides =
        entry.decision.map_or_else(String::new, |decision| format!("；裁定 decides: {}", decision.zh()));
    format!("{} {state} {arrow} {theirs}{stage}{back}{decides}", entry.ours)
}
