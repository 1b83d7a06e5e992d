//! The photographs and files that a backup's events name. A file is durable before its event and never
//! changes, so all that a prefix of the log names is there once its head is read, and stays as it is.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use domain::case::Event as CaseEvent;
use domain::stream::{Event, UnknownEvent};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};

use super::files::{Lines, Reader};
use super::{BackupError, Step};
use crate::evidence::{EvidenceError, EvidenceStore};
use crate::log::StoredRow;

/// The list of them.
pub(super) const LIST: &str = "evidence.jsonl.gz";
/// Where they lie in the backup, as they do in a data folder.
const FOLDER: &str = "evidence";
/// Files that are fetched at once.
const AT_ONCE: usize = 4;
/// Lines read at once.
const PAGE: u32 = 1_000;

/// What a manifest says of the files.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// How many the events name.
    pub named: u64,
    /// How many of them are in the backup.
    pub copied: u64,
    /// Their length, sealed.
    pub bytes: u64,
    /// How many were not to be had: missing in the store, or not what was stored there.
    pub lost: u64,
}

/// `evidence.jsonl.gz`: a file that an event names.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileLine {
    id: String,
    /// Length of what is in the backup; absent where it is not in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
}

impl TryFrom<FileLine> for (String, bool) {
    type Error = &'static str;

    fn try_from(line: FileLine) -> Result<Self, Self::Error> {
        Ok((line.id, line.bytes.is_some()))
    }
}

/// The files that these events name.
#[derive(Default)]
pub(super) struct Named(BTreeSet<String>);

impl Named {
    /// Takes an event of the log.
    pub fn take(&mut self, row: &StoredRow) -> Result<(), UnknownEvent> {
        if row.event_type == "EvidenceAttached"
            && let Event::Case(CaseEvent::EvidenceAttached(event)) = row.decode()?.event
        {
            self.0.insert(event.file.id);
        }
        Ok(())
    }

    /// Copies them as they are stored, sealed; without a store they are listed only.
    pub async fn copy(
        self,
        store: Option<&EvidenceStore>,
        folder: &Path,
        progress: &(dyn Fn(Step) + Send + Sync),
    ) -> Result<(Lines, Files), BackupError> {
        let mut lines = Lines::create(folder, LIST)?;
        let mut files = Files { named: self.0.len() as u64, ..Files::default() };
        let Some(store) = store else {
            for id in self.0 {
                lines.write(&FileLine { id, bytes: None })?;
            }
            return Ok((lines, files));
        };
        let fetch = async |id: String| (store.stored(&id).await, id);
        let mut fetched = stream::iter(self.0).map(fetch).buffered(AT_ONCE);
        let mut done = 0;
        while let Some((found, id)) = fetched.next().await {
            let bytes = match found {
                Ok(sealed) => {
                    write(&place(folder, &id), &sealed)?;
                    Some(sealed.len() as u64)
                }
                // A lost photograph is no reason to have no copy of the rest.
                Err(EvidenceError::Absent | EvidenceError::Altered) => None,
                Err(error) => return Err(error.into()),
            };
            files.copied += u64::from(bytes.is_some());
            files.lost += u64::from(bytes.is_none());
            files.bytes += bytes.unwrap_or(0);
            lines.write(&FileLine { id, bytes })?;
            done += 1;
            progress(Step::Evidence(done, files.named));
        }
        sync(&folder.join(FOLDER))?;
        Ok((lines, files))
    }
}

/// What became of the files of a backup.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct FilesBack {
    /// Put into the store, or there already.
    pub there: u64,
    /// Named by events and neither in the backup nor in the store.
    pub absent: u64,
}

/// Puts the files into the store, before there is an event that names them.
pub(super) async fn put_back(
    store: Option<&EvidenceStore>,
    folder: &Path,
    files: Files,
    progress: &(dyn Fn(Step) + Send + Sync),
) -> Result<FilesBack, BackupError> {
    let mut back = FilesBack::default();
    let Some(store) = store else {
        let absent = files.named;
        return if files.copied > 0 { Err(BackupError::NoPlace) } else { Ok(FilesBack { absent, ..back }) };
    };
    let mut lines = Reader::<FileLine>::open(folder, LIST)?;
    loop {
        let page: Vec<(String, bool)> = lines.page(PAGE)?;
        if page.is_empty() {
            return Ok(back);
        }
        for (id, copied) in page {
            if copied {
                one(store, folder, &id).await?;
            }
            let there = copied || store.stored(&id).await.is_ok();
            back.there += u64::from(there);
            back.absent += u64::from(!there);
            progress(Step::Evidence(back.there + back.absent, files.named));
        }
    }
}

async fn one(store: &EvidenceStore, folder: &Path, id: &str) -> Result<(), BackupError> {
    let path = place(folder, id);
    let damaged = |reason: &str| BackupError::damaged(&format!("{FOLDER}/{id}"), reason);
    let sealed = match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(damaged("it is missing"));
        }
        read => read.map_err(|error| BackupError::file(&path, error))?,
    };
    match store.put_back(id, sealed).await {
        Ok(()) => Ok(()),
        Err(EvidenceError::Altered) => Err(damaged("its content is not what its name says")),
        Err(error) => Err(error.into()),
    }
}

fn place(folder: &Path, id: &str) -> PathBuf {
    folder.join(FOLDER).join(id.get(..2).unwrap_or("00")).join(id)
}

fn write(path: &Path, sealed: &[u8]) -> Result<(), BackupError> {
    let written = || -> std::io::Result<()> {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let mut file = File::create_new(path)?;
        file.write_all(sealed)?;
        file.sync_all()
    };
    written().map_err(|error| BackupError::file(path, error))
}

/// The names of what lies in these folders are on disk too.
fn sync(folder: &Path) -> Result<(), BackupError> {
    let synced = || -> std::io::Result<()> {
        let inner = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            inner => inner?,
        };
        for entry in inner {
            File::open(entry?.path())?.sync_all()?;
        }
        File::open(folder)?.sync_all()
    };
    synced().map_err(|error| BackupError::file(folder, error))
}
