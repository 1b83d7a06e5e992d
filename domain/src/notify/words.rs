//! How urgent a notification is, and as what somebody is told.

use serde::{Deserialize, Serialize};

/// How urgent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// 紧急: at any hour.
    Emergency,
    /// 一般: not in quiet hours.
    #[default]
    Normal,
    /// 汇总: with the next digest.
    Low,
}

impl Urgency {
    /// The words of the file.
    pub const WORDS: [(&'static str, Urgency); 3] =
        [("emergency", Self::Emergency), ("normal", Self::Normal), ("low", Self::Low)];

    /// The word in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }
}

/// As what somebody is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Post {
    /// 单位: everybody of the unit.
    #[default]
    Unit,
    /// 督查: its supervisors.
    Supervisors,
    /// 派遣: its dispatchers.
    Dispatchers,
    /// 值班员
    Duty,
    /// 副值班
    Deputy,
    /// 带班领导
    Superior,
}

impl Post {
    /// Every post.
    pub const ALL: [Post; 6] =
        [Self::Unit, Self::Supervisors, Self::Dispatchers, Self::Duty, Self::Deputy, Self::Superior];

    /// The word in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Supervisors => "supervisors",
            Self::Dispatchers => "dispatchers",
            Self::Duty => "duty",
            Self::Deputy => "deputy",
            Self::Superior => "superior",
        }
    }

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Unit => "单位",
            Self::Supervisors => "督查员",
            Self::Dispatchers => "派遣员",
            Self::Duty => "值班员",
            Self::Deputy => "副值班",
            Self::Superior => "带班领导",
        }
    }

    /// The word on an English page.
    pub fn en(self) -> &'static str {
        match self {
            Self::Unit => "the unit",
            Self::Supervisors => "supervisors",
            Self::Dispatchers => "dispatchers",
            Self::Duty => "duty officer",
            Self::Deputy => "deputy",
            Self::Superior => "superior",
        }
    }

    /// The role that alone sees it in-app; none: everybody of the unit.
    pub fn role(self) -> Option<&'static str> {
        match self {
            Self::Supervisors => Some("supervisor"),
            Self::Dispatchers => Some("dispatcher"),
            Self::Unit | Self::Duty | Self::Deputy | Self::Superior => None,
        }
    }
}
