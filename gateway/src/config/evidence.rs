//! Where photographs and files lie.

use std::collections::BTreeMap;

use engine::evidence::{EvidenceError, EvidenceStore};
use engine::keyring::Keyring;
use serde::Deserialize;

/// A place that all gateways of a log reach.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidencePlace {
    /// `s3://bucket/prefix`, or `file:///folder` on a file system that they share.
    pub url: String,
    /// Options of the store, e.g. `endpoint`, `region`, `access_key_id`, `secret_access_key`.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
}

impl EvidencePlace {
    /// The store at this place.
    ///
    /// # Errors
    /// [`EvidenceError::Address`] where it cannot be understood.
    pub fn open(&self, keyring: &Keyring) -> Result<EvidenceStore, EvidenceError> {
        EvidenceStore::shared(&self.url, self.options.clone(), keyring.clone())
    }
}
