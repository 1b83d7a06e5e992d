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

/// What may be handed to a community; absent where no list is kept.
const COMMUNITY: &str = "policy/community.csv";

/// What is assessed, and how; absent where nobody is scored.
const ASSESSMENT: &str = "policy/assessment.toml";

/// What is done once a limit has passed; absent, the delivered ladder.
const SUPERVISION: &str = "policy/supervision.toml";

/// Whom to tell of what; absent, the delivered rules.
const NOTIFY: &str = "policy/notify.toml";

/// Who is on duty; absent where no roster is kept.
const ROSTER: &str = "policy/roster.toml";

/// Other systems' words for where a case is; the delivered ones are compiled in.
const VOCABULARIES: &str = "vocabularies";

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
    let community = optional(folder, COMMUNITY).map_err(|fault| vec![fault])?;
    let supervision = optional(folder, SUPERVISION).map_err(|fault| vec![fault])?;
    let words = vocabularies(folder).map_err(|fault| vec![fault])?;
    let words: Vec<PolicyFile<'_>> = words.iter().map(|(name, text)| PolicyFile { name, text }).collect();
    let assessment = optional(folder, ASSESSMENT).map_err(|fault| vec![fault])?;
    let notify = optional(folder, NOTIFY).map_err(|fault| vec![fault])?;
    let roster = optional(folder, ROSTER).map_err(|fault| vec![fault])?;
    let successions = optional(folder, SUCCESSION).map_err(|fault| vec![fault])?;
    sample::parse_all(
        file(0, units),
        successions.as_deref().map(|text| PolicyFile { name: SUCCESSION, text }),
        file(1, calendar),
        &PolicyFiles {
            catalogue: file(2, catalogue),
            sla: file(3, sla),
            ladder: file(4, ladder),
            community: community.as_deref().map(|text| PolicyFile { name: COMMUNITY, text }),
            supervision: supervision.as_deref().map(|text| PolicyFile { name: SUPERVISION, text }),
            vocabularies: &words,
            assessment: assessment.as_deref().map(|text| PolicyFile { name: ASSESSMENT, text }),
            notify: notify.as_deref().map(|text| PolicyFile { name: NOTIFY, text }),
            roster: roster.as_deref().map(|text| PolicyFile { name: ROSTER, text }),
        },
    )
}

fn optional(folder: &Path, file: &str) -> Result<Option<String>, Fault> {
    match std::fs::read_to_string(folder.join(file)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(file, &error)),
    }
}

/// The tables of other systems' words under a folder, by file name; in order, so that the edition is
/// always named alike.
///
/// # Errors
/// One cannot be read.
pub fn vocabularies(folder: &Path) -> Result<Vec<(String, String)>, Fault> {
    let Ok(entries) = std::fs::read_dir(folder.join(VOCABULARIES)) else { return Ok(Vec::new()) };
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "csv")).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let name = format!("{VOCABULARIES}/{}", path.file_name().unwrap_or_default().to_string_lossy());
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(&name, &error))?;
        Ok((name, text))
    };
    paths.iter().map(read).collect()
}
