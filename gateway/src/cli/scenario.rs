//! `scenario`: tables that a supervisor can read, played against the real engine.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{CliError, Global, Outcome, output};
use crate::files::text;
use crate::scenario::{self, Ran};

/// 情景表：谁在何时做什么、应有什么结果，用真实引擎和可拨动的时钟演算 · tables of who does what when and what must follow
///
/// 格式见 docs/scenario.md。全部成立退出码 0；有不成立的逐行列出，退出码 1；看不懂的逐行列出，退出码 2，看得懂的
/// 表照样演算 · the format is in docs/scenario.md. Exit 0 where all hold, 1 with every line that does not, 2 with
/// every line that is not understood; the tables that are understood are played all the same.
#[derive(Debug, Args)]
pub struct ScenarioArgs {
    /// 文件，可多个 · files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Runs the command.
pub async fn run(global: &Global, args: &ScenarioArgs) -> Outcome {
    let mut faults = Vec::new();
    let mut read = Vec::new();
    for path in &args.files {
        match text::read(path) {
            Ok(text) => {
                let (scenarios, found) = scenario::read(path, &text, global.policy.as_deref());
                faults.extend(found);
                read.push((path.display().to_string(), scenarios));
            }
            Err(fault) => faults.push(fault),
        }
    }
    if read.iter().all(|(_, scenarios)| scenarios.is_empty()) && !faults.is_empty() {
        return Err(CliError::Misused(faults));
    }
    let mut all = Vec::new();
    for (file, scenarios) in read {
        for scenario in scenarios {
            let ran = scenario.play().await;
            if !global.json {
                tell(&file, &ran);
            }
            all.push((file.clone(), ran));
        }
    }
    let failed = all.iter().filter(|(_, ran)| !ran.failures.is_empty()).count();
    let passed = all.len() - failed;
    if global.json {
        let list: Vec<_> = all
            .iter()
            .map(|(file, ran)| {
                json!({
                    "file": file, "name": ran.name, "line": ran.line, "ok": ran.failures.is_empty(),
                    "rows": ran.rows, "checks": ran.checks, "failures": ran.failures,
                })
            })
            .collect();
        let ok = failed == 0 && faults.is_empty();
        output::json(&json!({
            "ok": ok, "passed": passed, "failed": failed, "scenarios": list, "faults": faults,
        }));
    }
    faults.iter().for_each(output::say);
    output::say(format!("{passed} 个成立，{failed} 个不成立 · {passed} hold, {failed} do not"));
    Ok(ExitCode::from(if faults.is_empty() { u8::from(failed > 0) } else { 2 }))
}

fn tell(file: &str, ran: &Ran) {
    let mark = if ran.failures.is_empty() { "✓" } else { "✗" };
    output::line(format!("{mark} {} ({file}:{})", ran.name, ran.line));
    for failure in &ran.failures {
        let line = failure.line;
        output::line(format!("  {file}:{line}: 应为「{}」，实为 {}", failure.expected, failure.zh));
        output::line(format!("  {file}:{line}: expected \"{}\", but {}", failure.expected, failure.en));
    }
}
