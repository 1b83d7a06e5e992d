//! What becomes of a complaint that is not dispatched (北京条例 §11). Every text is sealed.

use serde::{Deserialize, Serialize};

use crate::case::clocks::Due;
use crate::sealed::Sealed;

/// See [`super::Event::CaseAnswered`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseAnswered {
    /// What the complainant was told.
    pub reply: Sealed,
}

/// See [`super::Event::CaseDeclined`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseDeclined {
    /// Why it is not dispatched.
    pub ground: Ground,
    /// What the complainant was told.
    pub reply: Sealed,
}

/// See [`super::Event::CaseReferred`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseReferred {
    /// Where to.
    pub route: Route,
    /// What the complainant was told.
    pub reply: Sealed,
}

/// See [`super::Event::InfoAsked`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InfoAsked {
    /// What the complainant was asked.
    pub reply: Sealed,
    /// Until when the answer is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub info: Option<Due>,
}

/// See [`super::Event::InfoSupplied`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InfoSupplied {
    /// What was answered; none where a supplement brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Sealed>,
    /// The limit for the dispatch, which stood while the answer was waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispatch: Option<Due>,
}

/// Why a complaint is explained and not dispatched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// 同一事项、无新事实: the progress is told.
    SameMatter,
    /// 涉密: explained.
    Secret,
    /// 超出职责: another channel is named.
    BeyondDuty,
    /// 违法或违背公序良俗: advised.
    Unlawful,
}

impl Ground {
    /// All of them, with their words in messages and on pages.
    pub const ALL: [(Self, &'static str, &'static str, &'static str); 4] = [
        (Self::SameMatter, "same_matter", "同一事项无新事实，已告知进展", "same matter, progress told"),
        (Self::Secret, "secret", "涉密，已解释", "secret, explained"),
        (Self::BeyondDuty, "beyond_duty", "超出职责，已告知其他渠道", "beyond duty, other channel named"),
        (Self::Unlawful, "unlawful", "违法或违背公序良俗，已劝导", "unlawful, advised"),
    ];
}

/// Where a complaint is referred to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// 110
    Police,
    /// 119
    Fire,
    /// 120
    Ambulance,
    /// 122
    Traffic,
    /// 诉讼
    Litigation,
    /// 仲裁
    Arbitration,
    /// 纪检监察
    Discipline,
    /// 行政复议
    Review,
    /// 政府信息公开
    Disclosure,
    /// 信访
    Petition,
}

impl Route {
    /// All of them, with their words in messages and on pages.
    pub const ALL: [(Self, &'static str, &'static str, &'static str); 10] = [
        (Self::Police, "police", "110 报警", "110 police"),
        (Self::Fire, "fire", "119 消防", "119 fire"),
        (Self::Ambulance, "ambulance", "120 急救", "120 ambulance"),
        (Self::Traffic, "traffic", "122 交通事故", "122 traffic"),
        (Self::Litigation, "litigation", "诉讼", "litigation"),
        (Self::Arbitration, "arbitration", "仲裁", "arbitration"),
        (Self::Discipline, "discipline", "纪检监察", "discipline inspection"),
        (Self::Review, "review", "行政复议", "administrative review"),
        (Self::Disclosure, "disclosure", "政府信息公开", "disclosure of information"),
        (Self::Petition, "petition", "信访", "petition"),
    ];
}
