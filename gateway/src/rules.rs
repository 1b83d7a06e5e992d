//! Finds the rules: a folder laid out like `deploy/`, or the sample district that is compiled in.

use std::path::Path;

use domain::context::Rulebook;
use domain::fault::Fault;
use domain::policy::{PolicyFile, PolicyFiles};
use domain::sample;

/// Where each file lies under the folder.
const FILES: [&str; 5] =
    ["org/units.csv", "calendar/cn.json", "policy/catalogue.csv", "policy/sla.toml", "policy/ladder.toml"];

/// Who takes over from units that have ended; absent where none has.
const SUCCESSION: &str = "org/succession.csv";

fn unreadable(file: &str, error: &std::io::Error) -> Fault {
    let (zh, en) = (format!("文件无法读取：{error}"), format!("the file cannot be read: {error}"));
    Fault::new("FILE_UNREADABLE", zh, en).in_file(file)
}

/// Reads the rules under a folder; without one, the compiled-in sample.
///
/// # Errors
/// Every fault of every file, each with its line; a file that cannot be read is a fault too.
pub fn load(folder: Option<&Path>) -> Result<Rulebook, Vec<Fault>> {
    let Some(folder) = folder else { return sample::rulebook() };
    let mut texts = Vec::with_capacity(FILES.len());
    let mut faults = Vec::new();
    for file in FILES {
        match std::fs::read_to_string(folder.join(file)) {
            Ok(text) => texts.push(text),
            Err(error) => faults.push(unreadable(file, &error)),
        }
    }
    let [units, calendar, catalogue, sla, ladder] = texts.as_slice() else { return Err(faults) };
    let file = |index: usize, text| PolicyFile { name: FILES[index], text };
    let successions = match std::fs::read_to_string(folder.join(SUCCESSION)) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(vec![unreadable(SUCCESSION, &error)]),
    };
    sample::parse_all(
        file(0, units),
        successions.as_deref().map(|text| PolicyFile { name: SUCCESSION, text }),
        file(1, calendar),
        &PolicyFiles { catalogue: file(2, catalogue), sla: file(3, sla), ladder: file(4, ladder) },
    )
}
