//! Scenario tables (`docs/scenario.md`): who does what when, and what must follow, played against the real
//! engine on a log in memory, with a clock that the table turns.

mod action;
mod check;
mod expect;
mod moment;
mod people;
mod play;
mod prepare;
mod ready;
mod rules;
mod seen;
mod table;
mod told;
mod words;
mod world;

use std::path::Path;

use domain::fault::Fault;
use serde::Serialize;

/// A table, read and checked: every word in it is understood.
pub struct Scenario {
    /// Its heading.
    pub name: String,
    /// Line of the heading.
    pub line: u64,
    prepared: prepare::Prepared,
}

/// Something that did not follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Line of the row.
    pub line: u64,
    /// What the table says, in its own words.
    pub expected: String,
    /// What happened instead, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// What became of a table.
#[derive(Debug, Clone, Serialize)]
pub struct Ran {
    /// Its heading.
    pub name: String,
    /// Line of the heading.
    pub line: u64,
    /// Rows that were played.
    pub rows: usize,
    /// What was checked.
    pub checks: usize,
    /// What did not hold; empty where all did.
    pub failures: Vec<Failure>,
}

/// Reads the tables of a file. `rules` is the folder of the rules that hold where a table names none; files
/// that a table names lie beside it. The second part is every mistake of the file, each with its line: a table
/// with a mistake is not played, the others are.
pub fn read(path: &Path, text: &str, rules: Option<&Path>) -> (Vec<Scenario>, Vec<Fault>) {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut scenarios = Vec::new();
    let (tables, mut faults) = table::read(&stem, text);
    for table in tables {
        let (name, line) = (table.name.clone(), table.line);
        match prepare::prepare(table, folder, rules) {
            Ok(prepared) => scenarios.push(Scenario { name, line, prepared }),
            Err(found) => faults.extend(found),
        }
    }
    faults.sort_by_key(|fault| fault.line);
    let file = path.display().to_string();
    (scenarios, faults.into_iter().map(|fault| fault.in_file(&file)).collect())
}

impl Scenario {
    /// Plays it, from the first row to the last.
    pub async fn play(&self) -> Ran {
        let (checks, failures) = play::play(&self.prepared).await;
        Ran { name: self.name.clone(), line: self.line, rows: self.prepared.rows.len(), checks, failures }
    }
}
