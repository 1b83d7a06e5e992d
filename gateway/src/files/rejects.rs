//! The file of rejected rows: line and reasons, never what stood in them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use domain::fault::Fault;
use serde_json::json;

/// Collects rejected rows; makes its file with the first.
pub struct Rejects {
    dir: PathBuf,
    name: String,
    file: Option<(PathBuf, BufWriter<File>)>,
}

impl Rejects {
    /// Rejects of this import, in `<data>/rejects/`.
    pub fn new(data: &Path, import: &Path) -> Self {
        let name = import.file_name().unwrap_or_default().to_string_lossy();
        let name: String =
            name.chars().map(|c| if c.is_alphanumeric() || ".-_".contains(c) { c } else { '_' }).collect();
        Self { dir: data.join("rejects"), name, file: None }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// The file cannot be made or written.
    pub fn add(&mut self, line: u64, external_id: Option<&str>, faults: &[Fault]) -> io::Result<()> {
        let faults: Vec<_> = faults
            .iter()
            .map(|fault| {
                let mut said =
                    json!({ "code": fault.code, "field": fault.field, "zh": fault.zh, "en": fault.en });
                if !fault.cell.is_empty() {
                    said["cell"] = fault.cell.as_str().into();
                }
                said
            })
            .collect();
        let mut row = json!({ "line": line, "faults": faults });
        if let (Some(id), Some(row)) = (external_id, row.as_object_mut()) {
            row.insert("external_id".to_owned(), id.into());
        }
        let (_, file) = match &mut self.file {
            Some(open) => open,
            none => none.insert(create(&self.dir, &self.name)?),
        };
        writeln!(file, "{row}")
    }

    /// Writes everything out; the file, where there is one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(self) -> io::Result<Option<PathBuf>> {
        let Some((path, mut file)) = self.file else { return Ok(None) };
        file.flush()?;
        Ok(Some(path))
    }
}

/// The first number that is free: an earlier import's rejects are never overwritten.
fn create(dir: &Path, name: &str) -> io::Result<(PathBuf, BufWriter<File>)> {
    fs::create_dir_all(dir)?;
    let mut number = 1_u32;
    loop {
        let path = dir.join(format!("{name}-{number}.jsonl"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, BufWriter::new(file))),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}
