//! Goes through a file without importing anything, and names every mistake in it.

use std::path::Path;
use std::process::ExitCode;

use domain::fault::Fault;
use indicatif::ProgressBar;
use jiff::Timestamp;
use serde_json::json;

use crate::cli::{Outcome, output};
use crate::files::rows::Rows;

/// Faults that are told; of the rest it is said how many they are.
pub const TOLD: usize = 200;

/// What a file would come to.
#[derive(Debug, Default)]
pub struct Rehearsal {
    /// Rows.
    pub read: u64,
    /// Rows with a mistake.
    pub rejected: u64,
    /// The first mistakes.
    pub faults: Vec<Fault>,
    /// How many more there are.
    pub more: u64,
}

/// Reads all rows.
pub fn rehearse(mut rows: Rows, source: &str, now: Timestamp, bar: &ProgressBar) -> Rehearsal {
    let mut found = Rehearsal::default();
    let by_row = rows.left().is_some();
    loop {
        match rows.next_row() {
            Ok(None) => return found,
            Ok(Some(row)) => {
                found.read += 1;
                let line = row.line;
                if let Err(faults) = row.complaint(source, now) {
                    found.rejected += 1;
                    found.add(faults.into_iter().map(|fault| fault.at_line(line)));
                }
            }
            Err(error) => {
                let (zh, en) =
                    (format!("文件读到一半出错：{error}"), format!("the file breaks off: {error}"));
                found.rejected += 1;
                found.add([Fault::new("FILE_UNREADABLE", zh, en)]);
                return found;
            }
        }
        bar.set_message(format!("检查 checked {}", found.read));
        if by_row {
            bar.set_position(found.read);
        }
    }
}

impl Rehearsal {
    /// Nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.rejected == 0
    }

    fn add(&mut self, faults: impl IntoIterator<Item = Fault>) {
        for fault in faults {
            if self.faults.len() < TOLD {
                self.faults.push(fault);
            } else {
                self.more += 1;
            }
        }
    }

    /// Tells the mistakes, and sums up: exit 1 where there is one.
    pub fn tell(self, file: &Path, only_checked: bool) -> Outcome {
        let name = file.display().to_string();
        let faults: Vec<Fault> = self.faults.into_iter().map(|fault| fault.in_file(&name)).collect();
        for fault in &faults {
            output::say(fault);
        }
        let (all, rows) = (faults.len() as u64 + self.more, self.rejected);
        if self.more > 0 {
            output::say(format!("另有 {} 处 · and {} more", self.more, self.more));
        }
        output::say(match (all, only_checked) {
            (0, _) => format!("检查 {} 行，无误 · {} rows, nothing wrong", self.read, self.read),
            (_, true) => format!("{rows} 行共 {all} 处错误 · {all} mistakes in {rows} rows"),
            (_, false) => format!(
                "{rows} 行共 {all} 处错误，一行都没有导入；改好后重新导入，或加 --sound-rows 只导入无误的行 · \
                 {all} mistakes in {rows} rows, and nothing was imported; mend them, or import the others by --sound-rows"
            ),
        });
        output::json(&json!({
            "read": self.read, "opened": 0, "supplement": 0, "duplicate": 0, "rejected": self.rejected,
            "imported": false, "faults": faults, "more_faults": self.more,
        }));
        Ok(if all == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}
