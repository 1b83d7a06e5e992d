//! Reads and checks rows on a thread of its own, a few batches ahead of the log.

use std::collections::HashSet;

use domain::fault::Fault;
use domain::intake::Complaint;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::files::rows::{Row, Rows};

/// Rows in one batch.
const ROWS: usize = 512;
/// Batches that wait for the log.
const AHEAD: usize = 3;
/// Characters in one batch: where rows are large there are fewer.
const TEXT: usize = 4 * 1024 * 1024;

/// A row that is not taken, and why.
pub struct Refused {
    /// Line of the file.
    pub line: u64,
    /// Its id in the sending system, where that could be read.
    pub external_id: Option<String>,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

/// Rows, read and checked.
#[derive(Default)]
pub struct Batch {
    /// Well-formed ones, with line and external id.
    pub complaints: Vec<((u64, Option<String>), Complaint)>,
    /// The others.
    pub refused: Vec<Refused>,
    size: usize,
}

/// What comes from the reader.
pub enum Read {
    /// Rows.
    Batch(Batch),
    /// The file itself cannot be read on.
    Failed(Fault),
}

/// Batches in the order of the file.
pub type Batches = mpsc::Receiver<Read>;

/// Starts reading.
pub fn read(mut rows: Rows, source: String, now: Timestamp) -> Batches {
    let (batches, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let mut batch = Batch::default();
        loop {
            match rows.next_row() {
                Ok(Some(row)) => batch.add(row, &source, now),
                Ok(None) => break,
                Err(error) => {
                    let fault = Fault::new(
                        "FILE_UNREADABLE",
                        format!("文件读到一半出错，此前的行已导入：{error}"),
                        format!("the file cannot be read to its end; the rows before are imported: {error}"),
                    );
                    // Nobody listening: the import has ended.
                    let _ = batches.blocking_send(Read::Batch(std::mem::take(&mut batch)));
                    let _ = batches.blocking_send(Read::Failed(fault));
                    return;
                }
            }
            if batch.is_full() && batches.blocking_send(Read::Batch(std::mem::take(&mut batch))).is_err() {
                return;
            }
        }
        let _ = batches.blocking_send(Read::Batch(batch));
    });
    receiver
}

impl Batch {
    /// Whether a complaint of these rows may be in this batch too.
    pub fn shares_ids(&self, rows: &[(u64, Option<String>)]) -> bool {
        let ids: HashSet<&str> = rows.iter().filter_map(|(_, id)| id.as_deref()).collect();
        self.complaints.iter().any(|((_, id), _)| id.as_deref().is_some_and(|id| ids.contains(id)))
    }

    fn is_full(&self) -> bool {
        self.complaints.len() + self.refused.len() >= ROWS || self.size >= TEXT
    }

    fn add(&mut self, row: Row, source: &str, now: Timestamp) {
        let line = row.line;
        let external_id = row.value.as_ref().ok().and_then(external_id);
        match row.complaint(source, now) {
            Ok(complaint) => {
                let content = &complaint.content;
                self.size += content.text.len() + content.reply_text.len();
                self.complaints.push(((line, complaint.external_id.clone()), complaint));
            }
            Err(faults) => self.refused.push(Refused { line, external_id, faults }),
        }
    }
}

/// The id, where it is one that may be written down.
fn external_id(value: &Value) -> Option<String> {
    let id = match value.get("external_id")? {
        Value::String(id) => id.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let sound =
        !id.is_empty() && id.len() <= domain::intake::complaint::ID_MAX && !id.contains(char::is_control);
    sound.then_some(id)
}
