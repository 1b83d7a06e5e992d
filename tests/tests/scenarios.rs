//! Every table of `tests/scenarios`, each a test of its own: `cargo test -p tests --test scenarios WORD`.

use std::path::Path;

use gateway::scenario::{Scenario, read};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of the tables")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    files.sort();
    let mut trials = Vec::new();
    for path in files {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a table");
        let (scenarios, faults) = read(&path, &text, None);
        trials.extend(scenarios.into_iter().map(|scenario| trial(&stem, scenario)));
        if !faults.is_empty() {
            let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
            trials.push(Trial::test(stem, move || Err(Failed::from(told.join("\n")))));
        }
    }
    // A folder that is not found must not look like success.
    let count = trials.len();
    trials.push(Trial::test("the tables are there", move || {
        if count >= 80 { Ok(()) } else { Err(Failed::from(format!("{count} tables"))) }
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trial(file: &str, scenario: Scenario) -> Trial {
    Trial::test(format!("{file} · {}", scenario.name), move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let ran = runtime.block_on(scenario.play());
        if ran.failures.is_empty() && ran.checks > 0 {
            return Ok(());
        }
        let told = ran.failures.iter().map(|failure| {
            let (line, expected) = (failure.line, &failure.expected);
            format!("{line}: 应为「{expected}」，实为 {} · but {}", failure.zh, failure.en)
        });
        Err(Failed::from(told.collect::<Vec<_>>().join("\n")))
    })
}
