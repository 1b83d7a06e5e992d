//! 说明理由与通报: what the unit says for itself, and what is circulated where nothing holds.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::supervision::{NextStep, SupervisionCause, SupervisionStep};
use crate::case::clocks::Due;
use crate::ids::{ItemCode, UnitId};
use crate::sealed::Sealed;

/// See [`super::Event::ReasonGiven`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReasonGiven {
    /// The unit.
    pub unit: UnitId,
    /// Who: may not judge it.
    pub by: String,
    /// Why it is late, or was not done.
    pub reason: String,
    /// Limit for the judgement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide: Option<Due>,
}

/// See [`super::Event::ReasonAccepted`] and [`super::Event::ReasonRefused`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReasonJudged {
    /// Whose reason.
    pub unit: UnitId,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who judged.
    pub by: String,
    /// The step after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStep>,
}

/// What a notice is about: facts of the log, never personal data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NoticeFacts {
    /// Number of the case.
    pub case_no: String,
    /// Its item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemCode>,
    /// Why: overdue, or a failed check.
    pub cause: SupervisionCause,
    /// The limit that was missed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Timestamp>,
    /// The rule that gave it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// The steps before, with their instants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<(SupervisionStep, Timestamp)>,
}

/// See [`super::Event::NoticeDrafted`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NoticeDrafted {
    /// Number within the case, from 1.
    pub notice: u32,
    /// The number on the paper.
    pub number: String,
    /// About whom.
    pub unit: UnitId,
    /// What it says.
    pub text: String,
    /// What it rests on.
    pub facts: NoticeFacts,
    /// Who drafted it: may not approve.
    pub by: String,
    /// When it was drafted.
    pub at: Timestamp,
    /// Limit for the approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve: Option<Due>,
    /// When the clock had it due; none where a person took the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// The step after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStep>,
}

/// See [`super::Event::NoticeEdited`] and [`super::Event::NoticeCorrected`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NoticeRewritten {
    /// The notice.
    pub notice: u32,
    /// The edition that this is a draft of, from 1.
    pub edition: u32,
    /// What it says now.
    pub text: String,
    /// Why, for a correction.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who wrote it: may not approve.
    pub by: String,
    /// Limit for the approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve: Option<Due>,
}

/// See [`super::Event::NoticeIssued`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NoticeIssued {
    /// The notice.
    pub notice: u32,
    /// Its edition: a correction is a new one, and the old stays in the log.
    pub edition: u32,
    /// The number on the paper.
    pub number: String,
    /// About whom.
    pub unit: UnitId,
    /// To whom it is circulated: the unit and its superior.
    pub to: Vec<UnitId>,
    /// What it says.
    pub text: String,
    /// Who approved it.
    pub by: String,
    /// Until when the unit replies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Due>,
}

/// See [`super::Event::NoticeReplied`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NoticeReplied {
    /// The notice.
    pub notice: u32,
    /// Who replied.
    pub unit: UnitId,
    /// The person.
    pub by: String,
    /// What it says.
    pub reply: Sealed,
}

/// See [`super::Event::NoticeWithdrawn`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NoticeWithdrawn {
    /// The notice.
    pub notice: u32,
    /// About whom it was.
    pub unit: UnitId,
    /// Who is told: those to whom it was circulated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<UnitId>,
    /// Why.
    pub reason: String,
}
