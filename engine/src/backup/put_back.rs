//! Puts a backup back into an empty log.

use std::collections::HashMap;
use std::path::Path;

use domain::case::{Case, State};
use domain::decider::Decider;
use domain::stream::{Event, StreamId};
use uuid::Uuid;

use super::evidence::{FilesBack, LIST, put_back as put_files_back};
use super::files::{Reader, check as check_file};
use super::lines::{EventLine, KeyLine, ParkedLine, ReceiptLine};
use super::{BackupError, FORMAT, MANIFEST, Manifest, OLDEST, PAGE, Step};
use crate::evidence::EvidenceStore;
use crate::log::chain::Verifier;
use crate::log::restore::Part;
use crate::log::{Head, LogIdentity, Parked, PendingDeadline, Receipt, Restore, Store, StoredRow};

/// A case and its data key, as the master key wrapped it.
pub type WrappedKey = (Uuid, Vec<u8>);

/// Streams whose deadline is counted at once.
const STREAMS: u32 = 500;

/// Reads the manifest and sees that every file is the one that it names; and a wrapped key of it, where
/// it has one, so that the master key can be tried before anything is done.
///
/// # Errors
/// [`BackupError`].
pub fn check(
    folder: &Path,
    progress: &(dyn Fn(Step) + Send + Sync),
) -> Result<(Manifest, Option<WrappedKey>), BackupError> {
    let path = folder.join(MANIFEST);
    let text = std::fs::read(&path).map_err(|error| BackupError::file(&path, error))?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|error| BackupError::damaged(MANIFEST, error))?;
    if !(OLDEST..=FORMAT).contains(&manifest.format) {
        let reason = format!("format {}, this program knows {OLDEST} to {FORMAT}", manifest.format);
        return Err(BackupError::damaged(MANIFEST, reason));
    }
    let all = manifest.files.iter().map(|file| file.bytes).sum();
    let mut done = 0;
    let files = ["events.jsonl.gz", "receipts.jsonl.gz", "keys.jsonl.gz", "parked.jsonl.gz"];
    for name in files.into_iter().chain((manifest.format > OLDEST).then_some(LIST)) {
        let entry = manifest.files.iter().find(|file| file.name == name);
        let entry =
            entry.ok_or_else(|| BackupError::damaged(MANIFEST, format!("it does not name {name}")))?;
        check_file(folder, entry, |bytes| {
            done += bytes;
            progress(Step::Files(done, all));
        })?;
    }
    let key = Reader::<KeyLine>::open(folder, "keys.jsonl.gz")?.page(1)?.pop();
    Ok((manifest, key))
}

/// What is there again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Who the log is now.
    pub identity: LogIdentity,
    /// The files that it names.
    pub files: FilesBack,
}

/// Puts the backup back: files first, for no event may name what is not there; rows word for word, deadlines
/// counted again from them, and the next epoch, so that no message id is used twice. The log is the backup's
/// when this returns, and else as it was.
///
/// # Errors
/// [`BackupError`].
pub async fn restore(
    store: &dyn Store,
    evidence: Option<&EvidenceStore>,
    folder: &Path,
    progress: &(dyn Fn(Step) + Send + Sync),
) -> Result<Restored, BackupError> {
    let (manifest, _) = check(folder, progress)?;
    let wanted = store.identity().await?.jurisdiction;
    if manifest.jurisdiction != wanted {
        return Err(BackupError::Jurisdiction { found: manifest.jurisdiction, wanted });
    }
    if store.head().await?.position > 0 || !store.read_after(0, 1).await?.is_empty() {
        return Err(BackupError::NotEmpty);
    }
    let files = match manifest.format {
        OLDEST => FilesBack::default(),
        _ => put_files_back(evidence, folder, manifest.evidence, progress).await?,
    };
    let mut into = store.begin_restore().await?;
    let head = events(into.as_mut(), folder, &manifest, progress).await?;
    rest(into.as_mut(), folder, &manifest, progress).await?;
    deadlines(into.as_mut(), progress).await?;
    let identity = LogIdentity { epoch: manifest.epoch + 1, ..manifest.identity() };
    into.finish(&identity, head).await?;
    Ok(Restored { identity, files })
}

async fn events(
    into: &mut dyn Restore,
    folder: &Path,
    manifest: &Manifest,
    progress: &(dyn Fn(Step) + Send + Sync),
) -> Result<Head, BackupError> {
    const FILE: &str = "events.jsonl.gz";
    let mut lines = Reader::<EventLine>::open(folder, FILE)?;
    let mut verifier = Verifier::default();
    let mut done = 0;
    loop {
        let rows: Vec<StoredRow> = lines.page(PAGE)?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            if let Some(fault) = verifier.feed(row).into_iter().next() {
                return Err(BackupError::damaged(FILE, fault));
            }
        }
        done += rows.len() as u64;
        into.put(Part { rows, ..Part::default() }).await?;
        progress(Step::Events(done, manifest.events));
    }
    let head = verifier.head();
    let same = head.position == manifest.head_position && hex::encode(head.hash) == manifest.head_hash;
    if same && done == manifest.events {
        return Ok(head);
    }
    Err(BackupError::damaged(FILE, "it does not end where the manifest says"))
}

/// Receipts, keys, and the streams that are held back.
async fn rest(
    into: &mut dyn Restore,
    folder: &Path,
    manifest: &Manifest,
    progress: &(dyn Fn(Step) + Send + Sync),
) -> Result<(), BackupError> {
    let mut receipts = Reader::<ReceiptLine>::open(folder, "receipts.jsonl.gz")?;
    let mut keys = Reader::<KeyLine>::open(folder, "keys.jsonl.gz")?;
    let mut parked = Reader::<ParkedLine>::open(folder, "parked.jsonl.gz")?;
    let (mut receipt_count, mut key_count) = (0, 0);
    loop {
        let receipts: Vec<Receipt> = receipts.page(PAGE)?;
        let keys: Vec<(Uuid, Vec<u8>)> = keys.page(PAGE)?;
        let parked: Vec<Parked> = parked.page(PAGE)?;
        if receipts.is_empty() && keys.is_empty() && parked.is_empty() {
            break;
        }
        receipt_count += receipts.len() as u64;
        key_count += keys.len() as u64;
        into.put(Part { receipts, keys, parked, ..Part::default() }).await?;
        progress(Step::Receipts(receipt_count, manifest.receipts));
    }
    if (receipt_count, key_count) == (manifest.receipts, manifest.keys) {
        return Ok(());
    }
    Err(BackupError::damaged(MANIFEST, "receipts or keys are not as many as it says"))
}

/// The fold of every stream says what it waits for.
async fn deadlines(
    into: &mut dyn Restore,
    progress: &(dyn Fn(Step) + Send + Sync),
) -> Result<(), BackupError> {
    let mut after = None;
    let mut done = 0;
    loop {
        let streams = into.streams_after(after, STREAMS).await?;
        let Some(last) = streams.last() else { return Ok(()) };
        after = Some(*last);
        let mut folded: HashMap<StreamId, (State, u64)> = HashMap::new();
        for row in into.rows(&streams).await? {
            let recorded = row.decode()?;
            let (state, sequence) = folded.entry(recorded.stream).or_default();
            *sequence = recorded.sequence;
            if let Event::Case(event) = &recorded.event {
                Case::evolve(state, event);
            }
        }
        let deadlines = folded
            .into_iter()
            .filter_map(|(stream, (state, generation))| {
                Some(PendingDeadline { stream, deadline: state.next_deadline()?, generation })
            })
            .collect();
        into.put(Part { deadlines, ..Part::default() }).await?;
        done += streams.len() as u64;
        progress(Step::Deadlines(done));
    }
}
