//! A consistent copy of a log while it is being written to, and the way back into an empty one.
//!
//! The log only grows, so a copy up to a head is the log as it stood there: nothing need be locked.
//! A backup is a folder of gzipped JSON lines and a manifest, the same for every store. It holds
//! rows, wrapped keys and sealed files word for word, and never the master key.

mod evidence;
mod files;
mod lines;
mod make;
mod put_back;

use std::path::{Path, PathBuf};

use domain::stream::UnknownEvent;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::evidence::EvidenceError;
use crate::log::chain::Fault;
use crate::log::{LogIdentity, StoreError};

pub use evidence::{Files, FilesBack};
pub use make::backup;
pub use put_back::{Restored, WrappedKey, check, restore};

/// Version of the folder's layout. The first had no files of evidence.
const FORMAT: u32 = 2;
/// The oldest that can be put back.
const OLDEST: u32 = 1;
/// The manifest's file.
const MANIFEST: &str = "manifest.json";
/// Rows handled at once.
const PAGE: u32 = 2_000;

/// What a backup says of itself: `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the layout.
    pub format: u32,
    /// Of the log it was made of.
    pub log_id: Uuid,
    /// Of the log it was made of.
    pub jurisdiction: String,
    /// Of the log it was made of; the restored one has the next.
    pub epoch: u64,
    /// Position of the last event.
    pub head_position: u64,
    /// Its hash, in hex.
    pub head_hash: String,
    /// How many events, receipts and wrapped keys.
    pub events: u64,
    /// How many.
    pub receipts: u64,
    /// How many.
    pub keys: u64,
    /// Streams whose messages were held back.
    pub parked: u64,
    /// Photographs and files that the events name.
    #[serde(default)]
    pub evidence: Files,
    /// Every file but those, which are named by their hash.
    pub files: Vec<FileEntry>,
}

impl Manifest {
    /// Who the log was.
    pub fn identity(&self) -> LogIdentity {
        LogIdentity { log_id: self.log_id, jurisdiction: self.jurisdiction.clone(), epoch: self.epoch }
    }
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name in the folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its hash, in hex.
    pub sha256: String,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Bytes of the files checked, of so many.
    Files(u64, u64),
    /// Events, of so many.
    Events(u64, u64),
    /// Receipts; of so many, where that is known.
    Receipts(u64, u64),
    /// Streams whose deadline was counted again.
    Deadlines(u64),
    /// Photographs and files, of so many.
    Evidence(u64, u64),
}

/// No backup, or none put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read or written.
    #[error("{}: {reason}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// There is something where the backup should go.
    #[error("{} is there already and not empty", .0.display())]
    Exists(PathBuf),
    /// The backup is not as it was made.
    #[error("the backup is damaged: {file}: {reason}")]
    Damaged {
        /// Which file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The log is not sound, so no copy of it would be.
    #[error("the log is not sound: {0}")]
    Unsound(Fault),
    /// The log ends elsewhere than its head says.
    #[error("the log does not end where its head says; `verify` tells more")]
    Head,
    /// The log that should be restored into holds something.
    #[error("the log is not empty: a backup is put back into an empty one only")]
    NotEmpty,
    /// The backup is another jurisdiction's.
    #[error("the backup is of jurisdiction {found}, the log of {wanted}")]
    Jurisdiction {
        /// The backup's.
        found: String,
        /// The log's.
        wanted: String,
    },
    /// An event that this program does not understand.
    #[error("made by a newer program: {0}")]
    Newer(#[from] UnknownEvent),
    /// The evidence store failed.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// The backup holds files and there is no place for them.
    #[error(
        "the backup holds photographs and files, and the configuration names no place for them: [evidence]"
    )]
    NoPlace,
}

impl BackupError {
    fn file(path: &Path, reason: std::io::Error) -> Self {
        Self::File { path: path.to_owned(), reason }
    }

    fn damaged(file: &str, reason: impl std::fmt::Display) -> Self {
        Self::Damaged { file: file.to_owned(), reason: reason.to_string() }
    }
}
