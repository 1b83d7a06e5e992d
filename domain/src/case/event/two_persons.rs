//! What one person asks and another decides: voiding, and leaving a case out of the figures.

use serde::{Deserialize, Serialize};

use crate::case::clocks::Due;

/// See [`super::Event::VoidRequested`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VoidRequested {
    /// Why.
    pub reason: String,
    /// Who asks: may not decide.
    pub by: String,
}

/// See [`super::Event::VoidRefused`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VoidRefused {
    /// Why not.
    pub reason: String,
}

/// See [`super::Event::CaseVoided`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseVoided {
    /// Why, in the words of the one who asked.
    pub reason: String,
}

/// See [`super::Event::ExclusionApplied`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExclusionApplied {
    /// On what ground.
    pub ground: ExclusionGround,
    /// The facts.
    pub reason: String,
    /// Who applies: may not decide.
    pub by: String,
}

/// See [`super::Event::CaseExcluded`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseExcluded {
    /// On what ground.
    pub ground: ExclusionGround,
    /// What the one who decided says of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// See [`super::Event::ExclusionRefused`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExclusionRefused {
    /// Why not.
    pub reason: String,
    /// Who refused: does not decide the appeal.
    pub by: String,
    /// Until when there may be an appeal; none: it is final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal: Option<Due>,
}

/// See [`super::Event::ExclusionAppealed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExclusionAppealed {
    /// What was overlooked.
    pub reason: String,
    /// Who appeals: may not decide.
    pub by: String,
}

/// Why a case shall not count in a unit's figures (DOMAIN §2.4; 国办函〔2025〕66号 on the scope of evaluation).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExclusionGround {
    /// 合法不合理
    Unreasonable,
    /// 恶意重复
    MaliciousRepeat,
    /// 不合法
    Unlawful,
    /// 客观不可能
    Impossible,
    /// 错误派遣
    WrongDispatch,
}

impl ExclusionGround {
    /// All of them, with their words in interfaces and on pages in both languages.
    pub const ALL: [(&'static str, Self, &'static str, &'static str); 5] = [
        ("unreasonable", Self::Unreasonable, "诉求合法但不合理", "lawful but unreasonable"),
        ("malicious_repeat", Self::MaliciousRepeat, "恶意重复", "malicious repeat"),
        ("unlawful", Self::Unlawful, "诉求不合法", "unlawful"),
        ("impossible", Self::Impossible, "客观上无法办理", "objectively impossible"),
        ("wrong_dispatch", Self::WrongDispatch, "错误派遣", "wrongly dispatched"),
    ];

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        Self::ALL.iter().find(|(_, ground, ..)| *ground == self).map_or("", |(_, _, zh, _)| zh)
    }

    /// The word on an English page.
    pub fn en(self) -> &'static str {
        Self::ALL.iter().find(|(_, ground, ..)| *ground == self).map_or("", |(.., en)| en)
    }
}
