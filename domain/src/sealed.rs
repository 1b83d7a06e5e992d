//! Personal data and free text. The rules never see it in the clear: events carry it sealed.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::intake::attachment::Attachment;

/// Ciphertext, base64. Opened only with the case's own key; destroying that key erases it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub String);

/// What is sealed when a complaint is registered or supplemented.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// Title as given, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The complaint in the resident's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Where, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Who complains.
    #[serde(default, skip_serializing_if = "Reporter::is_empty")]
    pub reporter: Reporter,
    /// An official reply that came with the complaint.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reply_text: String,
    /// Photographs and recordings, by reference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Whom the complaint accuses, in its own words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accused: Vec<String>,
    /// Every field we do not know, kept as it came.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// The person who complains.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reporter {
    /// Name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub phone: String,
    /// Identity document number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id_number: String,
}

impl Reporter {
    /// Nothing is known of the person.
    pub fn is_empty(&self) -> bool {
        self.name.is_empty() && self.phone.is_empty() && self.id_number.is_empty()
    }
}

/// Never prints what it holds: a log line or a panic message must not leak a complaint.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Content(…)")
    }
}

impl std::fmt::Debug for Reporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reporter(…)")
    }
}
