//! Photographs and files that show what was there and what was done.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::UnitId;

/// See [`super::Event::EvidenceAttached`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EvidenceAttached {
    /// What is kept, and under which name.
    pub file: EvidenceFile,
    /// The unit for which it was attached; none for a machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
}

/// A file in the evidence store. Its content lies there, sealed; the log holds only this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceFile {
    /// SHA-256 of what is stored, 64 hexadecimal digits: its name there.
    pub id: String,
    /// What it shows.
    pub kind: EvidenceKind,
    /// What it is, told by its content, e.g. `image/jpeg`.
    pub media_type: String,
    /// Length of the content, in bytes.
    pub bytes: u64,
    /// Width and height of a picture, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<(u32, u32)>,
}

/// What a photograph or file shows (DOMAIN §2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum EvidenceKind {
    /// 处置前
    Before,
    /// 处置后
    After,
    /// 近景
    Near,
    /// 远景
    Far,
    /// 参照物
    Reference,
    /// 文件
    Document,
}

impl EvidenceKind {
    /// All of them, as people choose them.
    pub const ALL: [Self; 6] =
        [Self::Before, Self::After, Self::Near, Self::Far, Self::Reference, Self::Document];

    /// The word in interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Near => "near",
            Self::Far => "far",
            Self::Reference => "reference",
            Self::Document => "document",
        }
    }

    /// Reads the word of [`EvidenceKind::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Before => "处置前",
            Self::After => "处置后",
            Self::Near => "近景",
            Self::Far => "远景",
            Self::Reference => "参照物",
            Self::Document => "文件",
        }
    }

    /// The word on an English page.
    pub fn en(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Near => "close view",
            Self::Far => "wide view",
            Self::Reference => "landmark",
            Self::Document => "document",
        }
    }
}
