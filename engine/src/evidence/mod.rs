//! 证据库: photographs and files beside the log. A file is sealed with its case's key and kept under
//! the SHA-256 of what is stored, so that it can be checked without a key, and is gone with the key.

mod content;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use domain::ids::CaseId;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Place;
use object_store::{ObjectStore, ObjectStoreExt};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

pub use content::{Accepted, BYTES_MAX, Unfit, accept};

use crate::keyring::{KeyError, Keyring};

/// Where evidence lies, and the keys that open it.
#[derive(Clone)]
pub struct EvidenceStore {
    files: Arc<dyn ObjectStore>,
    below: Place,
    /// The folder, where the files are this machine's own.
    folder: Option<PathBuf>,
    keyring: Keyring,
    decoding: Arc<Semaphore>,
}

/// Largest file as it is stored: what sealing adds is some bytes.
const SEALED_MAX: u64 = BYTES_MAX as u64 + 1024;

/// Pictures that are decoded at once: each may take a processor and 256 MiB.
const AT_ONCE: usize = 2;

/// Why evidence cannot be kept or had.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// There is no such file, or its case is erased.
    #[error("there is no such evidence")]
    Absent,
    /// What lies there is not what was stored.
    #[error("the stored evidence was altered")]
    Altered,
    /// The case's key cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store of files failed.
    #[error("evidence store: {0}")]
    Store(#[from] object_store::Error),
    /// The address of the store is wrong.
    #[error("evidence store: {0}")]
    Address(String),
}

impl EvidenceStore {
    /// A folder of this machine; made where it is missing.
    ///
    /// # Errors
    /// [`EvidenceError::Address`] where it cannot be made.
    pub fn folder(folder: &Path, keyring: Keyring) -> Result<Self, EvidenceError> {
        let wrong = |reason: String| EvidenceError::Address(format!("{}: {reason}", folder.display()));
        std::fs::create_dir_all(folder).map_err(|error| wrong(error.to_string()))?;
        let files = LocalFileSystem::new_with_prefix(folder).map_err(|error| wrong(error.to_string()))?;
        let folder = Some(folder.to_owned());
        Ok(Self { folder, ..Self::over(Arc::new(files), Place::default(), keyring) })
    }

    /// A store that many gateways share: `s3://bucket/prefix` or `file:///folder`, with the options of
    /// the `object_store` crate, e.g. `endpoint`, `region`, `access_key_id`, `secret_access_key`.
    ///
    /// # Errors
    /// [`EvidenceError::Address`] where it cannot be understood.
    pub fn shared(
        address: &str,
        options: impl IntoIterator<Item = (String, String)>,
        keyring: Keyring,
    ) -> Result<Self, EvidenceError> {
        let wrong = |reason: String| EvidenceError::Address(format!("{address}: {reason}"));
        let url = url::Url::parse(address).map_err(|error| wrong(error.to_string()))?;
        let (files, below) =
            object_store::parse_url_opts(&url, options).map_err(|error| wrong(error.to_string()))?;
        Ok(Self::over(files.into(), below, keyring))
    }

    fn over(files: Arc<dyn ObjectStore>, below: Place, keyring: Keyring) -> Self {
        Self { files, below, folder: None, keyring, decoding: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Makes a file fit to be kept, beside the others' work; a few at once.
    ///
    /// # Errors
    /// [`Unfit`].
    pub async fn prepare(&self, content: Vec<u8>) -> Result<Accepted, Unfit> {
        // The semaphore is never closed.
        let permit = self.decoding.clone().acquire_owned().await;
        let fit = tokio::task::spawn_blocking(move || {
            let fit = accept(content);
            drop(permit);
            fit
        });
        // A decoder that fell over has not read a picture.
        fit.await.unwrap_or(Err(Unfit::Broken))
    }

    /// Keeps a file of this case and returns its name. The same file of the same case has the same name.
    /// It is durable when this returns.
    ///
    /// # Errors
    /// [`EvidenceError`].
    pub async fn put(&self, case: CaseId, content: &[u8]) -> Result<String, EvidenceError> {
        let sealed = self.keyring.seal_bytes(case, content).await?;
        let id = hex::encode(Sha256::digest(&sealed));
        self.keep(&id, sealed).await?;
        Ok(id)
    }

    /// The content of a file of this case.
    ///
    /// # Errors
    /// [`EvidenceError::Absent`] also where it is another case's.
    pub async fn get(&self, case: CaseId, id: &str) -> Result<Vec<u8>, EvidenceError> {
        let sealed = self.stored(id).await?;
        self.keyring.open_bytes(case, &sealed).await?.ok_or(EvidenceError::Absent)
    }

    /// What lies under this name, sealed as it is: checked against the name, which is its hash.
    ///
    /// # Errors
    /// [`EvidenceError::Absent`] and [`EvidenceError::Altered`].
    pub async fn stored(&self, id: &str) -> Result<Bytes, EvidenceError> {
        let found = match self.files.get(&self.place(id)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Err(EvidenceError::Absent),
            Err(error) => return Err(error.into()),
        };
        // Nothing so large was ever put here: it need not be read to know.
        if found.meta.size > SEALED_MAX {
            return Err(EvidenceError::Altered);
        }
        let sealed = found.bytes().await?;
        if is_named(&sealed, id) { Ok(sealed) } else { Err(EvidenceError::Altered) }
    }

    /// Puts back what was taken out with [`EvidenceStore::stored`], where it is not there. It is durable
    /// when this returns.
    ///
    /// # Errors
    /// [`EvidenceError::Altered`] where it is not what the name says.
    pub async fn put_back(&self, id: &str, sealed: Vec<u8>) -> Result<(), EvidenceError> {
        if !is_named(&sealed, id) {
            return Err(EvidenceError::Altered);
        }
        if self.stored(id).await.is_ok() {
            return Ok(());
        }
        self.keep(id, sealed).await
    }

    async fn keep(&self, id: &str, sealed: Vec<u8>) -> Result<(), EvidenceError> {
        let place = self.place(id);
        self.files.put(&place, Bytes::from(sealed).into()).await?;
        match &self.folder {
            Some(folder) => on_disk(folder.join(place.as_ref())).await,
            None => Ok(()),
        }
    }

    /// No folder holds more than a few thousand files.
    fn place(&self, id: &str) -> Place {
        self.below.clone().join(id.get(..2).unwrap_or("00")).join(id)
    }
}

fn is_named(sealed: &[u8], id: &str) -> bool {
    hex::encode(Sha256::digest(sealed)) == id
}

/// The library writes a file and leaves it to the system when it reaches the disk; the event that names
/// it must not be there before it.
async fn on_disk(file: PathBuf) -> Result<(), EvidenceError> {
    let told = |error: std::io::Error| EvidenceError::Address(format!("{}: {error}", file.display()));
    tokio::fs::File::open(&file).await.map_err(told)?.sync_all().await.map_err(told)?;
    for folder in file.ancestors().skip(1).take(2) {
        tokio::fs::File::open(folder).await.map_err(told)?.sync_all().await.map_err(told)?;
    }
    Ok(())
}

#[cfg(test)]
mod specs {
    use super::*;
    use crate::keyring::MasterKey;
    use crate::log::memory::MemoryStore;

    fn keyring() -> Keyring {
        Keyring::new(MasterKey::random(), Arc::new(MemoryStore::new("t")))
    }

    #[tokio::test]
    async fn a_case_without_a_key_keeps_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = EvidenceStore::folder(folder.path(), keyring()).unwrap();
        let refused = store.put(CaseId(uuid::Uuid::from_u128(1)), b"x").await.unwrap_err();
        assert!(matches!(refused, EvidenceError::Key(KeyError::NoKey)));
        assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
    }

    #[test]
    fn a_wrong_address_is_named() {
        let refused = EvidenceStore::shared("ftp://nowhere", [], keyring()).err().unwrap();
        assert!(refused.to_string().contains("ftp://nowhere"), "{refused}");
    }
}
