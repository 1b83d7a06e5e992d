//! Names of things. Each is its own type, so that a unit id cannot be passed as an item code.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(transparent)]
        #[schemars(inline)]
        pub struct $name(pub String);

        impl $name {
            /// Wraps a code as it stands.
            pub fn new(code: impl Into<String>) -> Self {
                Self(code.into())
            }
            /// The code as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A unit of the organisation tree (grid, community, station, street, district, department).
    UnitId
}
text_id! {
    /// A row of the item catalogue, e.g. `0101`.
    ItemCode
}

/// A case's identity in the log. For an outside complaint it is derived from
/// (source, external id), so that the same complaint always finds the same stream.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline)]
pub struct CaseId(pub Uuid);

impl std::fmt::Display for CaseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The rungs of the ladder (DOMAIN §0.2), lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// L0 网格
    Grid,
    /// L1 社区
    Community,
    /// L2 区域网格联动工作站
    Station,
    /// L3 街道
    Street,
    /// L4 区
    District,
}

impl Rung {
    /// All rungs, lowest first.
    pub const ALL: [Rung; 5] = [Rung::Grid, Rung::Community, Rung::Station, Rung::Street, Rung::District];

    /// Level number: 0 for the grid, 4 for the district.
    pub fn level(self) -> u8 {
        self as u8
    }

    /// The next rung up; none above the district.
    pub fn up(self) -> Option<Rung> {
        Rung::ALL.get(self as usize + 1).copied()
    }

    /// The word in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Rung::Grid => "grid",
            Rung::Community => "community",
            Rung::Station => "station",
            Rung::Street => "street",
            Rung::District => "district",
        }
    }

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            Rung::Grid => "网格",
            Rung::Community => "社区",
            Rung::Station => "联动工作站",
            Rung::Street => "街道",
            Rung::District => "区",
        }
    }

    /// Reads the word of [`Rung::as_str`].
    pub fn parse(word: &str) -> Option<Rung> {
        Rung::ALL.into_iter().find(|rung| rung.as_str() == word)
    }
}

impl std::fmt::Display for Rung {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
