//! Makes a backup while the log is being written to.

use std::path::Path;

use domain::stream::StreamKind;
use uuid::Uuid;

use super::evidence::Named;
use super::files::{Lines, Partial};
use super::lines::{EventLine, KeyLine, ParkedLine, ReceiptLine};
use super::{BackupError, FORMAT, MANIFEST, Manifest, PAGE, Step};
use crate::evidence::EvidenceStore;
use crate::log::chain::Verifier;
use crate::log::{Head, Store};

/// Copies the log up to its head into this folder, which must not be there yet, and the files that it
/// names; without a store of files they are listed only. The folder appears when it is complete; a copy that
/// fails leaves nothing.
///
/// # Errors
/// [`BackupError`], also where the log's chain is not sound.
pub async fn backup(
    store: &dyn Store,
    evidence: Option<&EvidenceStore>,
    folder: &Path,
    progress: &(dyn Fn(Step) + Send + Sync),
) -> Result<Manifest, BackupError> {
    let partial = Partial::beside(folder)?;
    let identity = store.identity().await?;
    let mut parked = Lines::create(partial.path(), "parked.jsonl.gz")?;
    for stream in store.parked().await? {
        parked.write(&ParkedLine::from(stream))?;
    }
    // Everything up to here is in the log and stays as it is.
    let head = store.head().await?;
    let mut keys = Lines::create(partial.path(), "keys.jsonl.gz")?;
    let (events, named) = events(store, partial.path(), head, &mut keys, progress).await?;
    let receipts = receipts(store, partial.path(), head, progress).await?;
    let (list, evidence) = named.copy(evidence, partial.path(), progress).await?;
    if store.identity().await? != identity {
        return Err(BackupError::Head);
    }
    let ((events, event_count), (receipts, receipt_count)) = (events.finish()?, receipts.finish()?);
    let ((keys, key_count), (parked, parked_count)) = (keys.finish()?, parked.finish()?);
    let (list, _) = list.finish()?;
    let manifest = Manifest {
        format: FORMAT,
        log_id: identity.log_id,
        jurisdiction: identity.jurisdiction,
        epoch: identity.epoch,
        head_position: head.position,
        head_hash: hex::encode(head.hash),
        events: event_count,
        receipts: receipt_count,
        keys: key_count,
        parked: parked_count,
        evidence,
        files: vec![events, receipts, keys, parked, list],
    };
    write(&partial.path().join(MANIFEST), &manifest)?;
    partial.complete()?;
    Ok(manifest)
}

/// The events up to the head, the keys of the cases that they open, and the files that they name.
async fn events(
    store: &dyn Store,
    folder: &Path,
    head: Head,
    keys: &mut Lines,
    progress: &(dyn Fn(Step) + Send + Sync),
) -> Result<(Lines, Named), BackupError> {
    let mut lines = Lines::create(folder, "events.jsonl.gz")?;
    let mut named = Named::default();
    let mut verifier = Verifier::default();
    while verifier.head().position < head.position {
        let mut page = store.read_after(verifier.head().position, PAGE).await?;
        page.retain(|row| row.position <= head.position);
        if page.is_empty() {
            return Err(BackupError::Head);
        }
        let mut opened: Vec<Uuid> = Vec::new();
        for row in page {
            if let Some(fault) = verifier.feed(&row).into_iter().next() {
                return Err(BackupError::Unsound(fault));
            }
            let stream = row.stream().filter(|stream| stream.kind == StreamKind::Case && row.sequence == 1);
            opened.extend(stream.map(|stream| stream.id));
            named.take(&row)?;
            lines.write(&EventLine::from(row))?;
        }
        for key in store.keys(&opened).await? {
            keys.write(&KeyLine::from(key))?;
        }
        progress(Step::Events(verifier.head().position, head.position));
    }
    match verifier.end(&head) {
        Some(fault) => Err(BackupError::Unsound(fault)),
        None => Ok((lines, named)),
    }
}

async fn receipts(
    store: &dyn Store,
    folder: &Path,
    head: Head,
    progress: &(dyn Fn(Step) + Send + Sync),
) -> Result<Lines, BackupError> {
    let mut lines = Lines::create(folder, "receipts.jsonl.gz")?;
    let mut after = None;
    let mut done = 0;
    loop {
        let page = store.receipts_after(after, PAGE).await?;
        let Some(last) = page.last().map(|receipt| receipt.command_id) else { return Ok(lines) };
        after = Some(last);
        for receipt in page.into_iter().filter(|receipt| receipt.last_position <= head.position) {
            done += 1;
            lines.write(&ReceiptLine::from(receipt))?;
        }
        progress(Step::Receipts(done, 0));
    }
}

fn write(path: &Path, manifest: &Manifest) -> Result<(), BackupError> {
    let written = || -> std::io::Result<()> {
        let mut file = std::fs::File::create_new(path)?;
        serde_json::to_writer_pretty(&mut file, manifest)?;
        file.sync_all()
    };
    written().map_err(|error| BackupError::file(path, error))
}
