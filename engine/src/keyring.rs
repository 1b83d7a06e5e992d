//! One data key per case, wrapped by the master key. Destroying a case's key erases its content,
//! and the chain of hashes outlives it, because it covers the ciphertext.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::ids::CaseId;
use domain::sealed::{Content, Sealed};
use hmac::{Hmac, Mac};
use lru::LruCache;
use rand::RngCore;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use crate::log::{Store, StoreError};

const NONCE: usize = 12;
/// Data keys kept unwrapped in memory.
const CACHED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4096 - 1);

/// Why something could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The case has no key: it is unknown, or erased.
    #[error("the case has no key")]
    NoKey,
    /// The ciphertext or the key was altered, or the master key is another one.
    #[error("the seal is broken, or the master key is another one")]
    Broken,
    /// The master key cannot be had.
    #[error("master key: {0}")]
    Master(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The key that wraps all others.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// A random key, for tests and throw-away logs.
    pub fn random() -> Self {
        let mut key = [0; 32];
        rand::rng().fill_bytes(&mut key);
        Self(key)
    }

    /// From 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`KeyError::Master`] where they are not.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        let mut key = [0; 32];
        hex::decode_to_slice(text.trim(), &mut key)
            .map_err(|_| KeyError::Master("64 hexadecimal digits are expected".into()))?;
        Ok(Self(key))
    }

    /// Reads the key file; for a log that is new, makes one that only its owner can read.
    ///
    /// # Errors
    /// [`KeyError::Master`] where the file cannot be read or written, or is missing beside a log that
    /// was sealed with it.
    pub fn load(path: &Path, log_is_new: bool) -> Result<Self, KeyError> {
        let told = |error: std::io::Error| KeyError::Master(format!("{}: {error}", path.display()));
        match std::fs::read_to_string(path) {
            Ok(text) => Self::from_hex(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && log_is_new => {
                let key = Self::random();
                write_private(path, &hex::encode(key.0)).map_err(told)?;
                Ok(key)
            }
            Err(error) => Err(told(error)),
        }
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A case's own key, in the clear.
#[derive(Clone)]
pub struct DataKey([u8; 32]);

/// Seals and opens.
#[derive(Clone)]
pub struct Keyring {
    master: Arc<MasterKey>,
    store: Arc<dyn Store>,
    cache: Arc<Mutex<LruCache<CaseId, DataKey>>>,
}

impl Keyring {
    /// A keyring over the keys in this store.
    pub fn new(master: MasterKey, store: Arc<dyn Store>) -> Self {
        Self { master: Arc::new(master), store, cache: Arc::new(Mutex::new(LruCache::new(CACHED))) }
    }

    /// A new key for a new case, and the same wrapped for the store.
    ///
    /// # Errors
    /// [`KeyError::Broken`] never in practice: the cipher refuses only absurd lengths.
    pub fn new_key(&self, case: CaseId) -> Result<(DataKey, Vec<u8>), KeyError> {
        let mut key = [0; 32];
        rand::rng().fill_bytes(&mut key);
        let wrapped = encrypt(&self.master.0, case, &key)?;
        Ok((DataKey(key), wrapped))
    }

    /// Sees that this is the master key under which the log was begun, by opening its first case's key.
    ///
    /// # Errors
    /// [`KeyError::Master`] where it is another one.
    pub async fn fits(&self) -> Result<(), KeyError> {
        // What cannot be read says nothing about the key.
        let Ok(first) = self.store.read_after(0, 50).await else { return Ok(()) };
        let cases: Vec<uuid::Uuid> =
            first.iter().filter_map(|row| row.stream()).map(|stream| stream.id).collect();
        let Ok(keys) = self.store.keys(&cases).await else { return Ok(()) };
        // One altered key is `verify`'s to name; that none opens means another master key.
        if !keys.is_empty() && keys.iter().all(|(id, wrapped)| self.unwrap(CaseId(*id), wrapped).is_err()) {
            return Err(KeyError::Master("this is not the key with which the log was sealed".into()));
        }
        Ok(())
    }

    /// Keyed hash of content: equal content can be recognised, not guessed.
    pub fn content_hash(&self, content: &[u8]) -> [u8; 32] {
        digest(&self.master.0, &[b"content", content])
    }

    /// Seals with a key at hand.
    ///
    /// # Errors
    /// [`KeyError::Broken`] where the value cannot be written as JSON.
    pub fn seal_with(key: &DataKey, case: CaseId, value: &impl Serialize) -> Result<Sealed, KeyError> {
        let plain = serde_json::to_vec(value).map_err(|_| KeyError::Broken)?;
        Ok(Sealed(STANDARD_NO_PAD.encode(encrypt(&key.0, case, &plain)?)))
    }

    /// Seals something of a case that exists.
    ///
    /// # Errors
    /// [`KeyError::NoKey`] where it does not, or is erased.
    pub async fn seal(&self, case: CaseId, value: &impl Serialize) -> Result<Sealed, KeyError> {
        let key = self.key(case).await?.ok_or(KeyError::NoKey)?;
        Self::seal_with(&key, case, value)
    }

    /// Seals the same text for many cases, with one look into the store; an error is one of its case's own.
    ///
    /// # Errors
    /// [`KeyError::Store`].
    pub async fn seal_for(
        &self,
        cases: &[CaseId],
        text: &str,
    ) -> Result<Vec<Result<Sealed, KeyError>>, KeyError> {
        let keys = self.keys(cases.iter().copied()).await?;
        let seal = |case: &CaseId| match keys.get(case) {
            Some(Some(key)) => Self::seal_with(key, *case, &text),
            Some(None) => Err(KeyError::Broken),
            None => Err(KeyError::NoKey),
        };
        Ok(cases.iter().map(seal).collect())
    }

    /// Opens a complaint's content; none where the case is erased.
    ///
    /// # Errors
    /// [`KeyError::Broken`] where the ciphertext was altered.
    pub async fn open_content(&self, case: CaseId, sealed: &Sealed) -> Result<Option<Content>, KeyError> {
        self.open(case, sealed).await
    }

    /// Opens a note or a reply; none where the case is erased.
    ///
    /// # Errors
    /// [`KeyError::Broken`] where the ciphertext was altered.
    pub async fn open_text(&self, case: CaseId, sealed: &Sealed) -> Result<Option<String>, KeyError> {
        self.open(case, sealed).await
    }

    /// Seals a file of a case that exists.
    ///
    /// # Errors
    /// [`KeyError::NoKey`] where it does not, or is erased.
    pub async fn seal_bytes(&self, case: CaseId, content: &[u8]) -> Result<Vec<u8>, KeyError> {
        let key = self.key(case).await?.ok_or(KeyError::NoKey)?;
        encrypt(&key.0, case, content)
    }

    /// Opens a file; none where the case is erased.
    ///
    /// # Errors
    /// [`KeyError::Broken`] where it was altered, or is another case's.
    pub async fn open_bytes(&self, case: CaseId, sealed: &[u8]) -> Result<Option<Vec<u8>>, KeyError> {
        match self.key(case).await? {
            Some(key) => decrypt(&key.0, case, sealed).map(Some),
            None => Ok(None),
        }
    }

    async fn open<T: DeserializeOwned>(&self, case: CaseId, sealed: &Sealed) -> Result<Option<T>, KeyError> {
        match self.key(case).await? {
            Some(key) => open_with(&key, case, sealed).map(Some),
            None => Ok(None),
        }
    }

    /// Opens many complaints with one look into the store.
    ///
    /// # Errors
    /// [`KeyError::Store`]; a broken seal is an error of its own place in the list.
    pub async fn open_many(
        &self,
        sealed: &[(CaseId, &Sealed)],
    ) -> Result<Vec<Result<Option<Content>, KeyError>>, KeyError> {
        let keys = self.keys(sealed.iter().map(|(case, _)| *case)).await?;
        Ok(sealed
            .iter()
            .map(|(case, sealed)| match keys.get(case) {
                Some(Some(key)) => open_with(key, *case, sealed).map(Some),
                Some(None) => Err(KeyError::Broken),
                None => Ok(None),
            })
            .collect())
    }

    /// The cases' keys; none where one is there and does not unwrap.
    async fn keys(
        &self,
        cases: impl Iterator<Item = CaseId>,
    ) -> Result<HashMap<CaseId, Option<DataKey>>, KeyError> {
        let mut wanted: Vec<uuid::Uuid> = cases.map(|case| case.0).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut keys = HashMap::with_capacity(wanted.len());
        for (id, wrapped) in self.store.keys(&wanted).await? {
            let case = CaseId(id);
            keys.insert(case, self.unwrap(case, &wrapped).ok());
        }
        Ok(keys)
    }

    async fn key(&self, case: CaseId) -> Result<Option<DataKey>, KeyError> {
        if let Some(key) = self.cached(case) {
            return Ok(Some(key));
        }
        let Some((_, wrapped)) = self.store.keys(&[case.0]).await?.into_iter().next() else {
            return Ok(None);
        };
        let key = self.unwrap(case, &wrapped)?;
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).put(case, key.clone());
        Ok(Some(key))
    }

    fn cached(&self, case: CaseId) -> Option<DataKey> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(&case).cloned()
    }

    /// Unwraps a stored key.
    ///
    /// # Errors
    /// [`KeyError::Broken`] where it was altered or wrapped by another master key.
    pub fn unwrap(&self, case: CaseId, wrapped: &[u8]) -> Result<DataKey, KeyError> {
        let plain = decrypt(&self.master.0, case, wrapped)?;
        Ok(DataKey(plain.try_into().map_err(|_| KeyError::Broken)?))
    }
}

/// Opens with a key at hand.
///
/// # Errors
/// [`KeyError::Broken`] where the ciphertext was altered.
pub fn open_with<T: DeserializeOwned>(key: &DataKey, case: CaseId, sealed: &Sealed) -> Result<T, KeyError> {
    let bytes = STANDARD_NO_PAD.decode(&sealed.0).map_err(|_| KeyError::Broken)?;
    let plain = decrypt(&key.0, case, &bytes)?;
    serde_json::from_slice(&plain).map_err(|_| KeyError::Broken)
}

/// AES-256-GCM. The nonce is a keyed hash of the plaintext: the same text under the same key gives
/// the same ciphertext, so that a command sent twice is the same command; another text gives
/// another nonce.
fn encrypt(key: &[u8; 32], case: CaseId, plain: &[u8]) -> Result<Vec<u8>, KeyError> {
    let synthetic = digest(key, &[b"nonce", case.0.as_bytes(), plain]);
    let mut nonce = [0; NONCE];
    nonce.copy_from_slice(&synthetic[..NONCE]);
    let payload = Payload { msg: plain, aad: case.0.as_bytes() };
    let cipher =
        Aes256Gcm::new(key.into()).encrypt(&Nonce::from(nonce), payload).map_err(|_| KeyError::Broken)?;
    Ok([nonce.as_slice(), &cipher].concat())
}

fn decrypt(key: &[u8; 32], case: CaseId, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
    let (nonce, cipher) = bytes.split_first_chunk::<NONCE>().ok_or(KeyError::Broken)?;
    let payload = Payload { msg: cipher, aad: case.0.as_bytes() };
    Aes256Gcm::new(key.into()).decrypt(&Nonce::from(*nonce), payload).map_err(|_| KeyError::Broken)
}

fn digest(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // A key of this length is always taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
