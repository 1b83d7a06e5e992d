//! What can happen to a notification. In the log for ever, like [`crate::case::Event`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::matter::Matter;
use super::words::{Post, Urgency};
use crate::ids::{CaseId, ItemCode, UnitId};

/// An event of the stream of a notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// 通知: somebody is told, in-app at once.
    NotificationRaised(Box<NotificationRaised>),
    /// 通知升级: nobody has answered; the next is told.
    NotificationEscalated(NotificationEscalated),
    /// 通知送达: a receiver took it.
    NotificationSent(NotificationSent),
    /// 通知未送达: it is tried again.
    NotificationFailed(NotificationFailed),
    /// 通知搁置: it is not tried again before somebody says so.
    NotificationParked(NotificationParked),
    /// 通知重发: it is tried again from the beginning.
    NotificationReplayed(NotificationReplayed),
    /// 通知已读
    NotificationRead(NotificationRead),
    /// 通知了结: it was answered, nobody further need be told.
    NotificationSettled(NotificationSettled),
    /// 通知撤回: the case does not exist any more for whoever was told.
    NotificationWithdrawn(NotificationWithdrawn),
    /// Up to here the log has been looked through. In a stream of its own.
    NotificationsFollowed(NotificationsFollowed),
}

macro_rules! names {
    ($($variant:ident $zh:literal;)+) => {
        impl Event {
            /// Every event: its name in the log, and what a Chinese page calls it.
            pub const NAMES: &'static [(&'static str, &'static str)] = &[$((stringify!($variant), $zh),)+];

            /// The variant's name: `event_type` in the log.
            pub fn name(&self) -> &'static str {
                match self { $(Event::$variant(_) => stringify!($variant),)+ }
            }

            /// What a Chinese page calls it.
            pub fn zh(&self) -> &'static str {
                match self { $(Event::$variant(_) => $zh,)+ }
            }
        }
    };
}

names! {
    NotificationRaised "通知";
    NotificationEscalated "通知升级";
    NotificationSent "通知送达";
    NotificationFailed "通知未送达";
    NotificationParked "通知搁置";
    NotificationReplayed "通知重发";
    NotificationRead "通知已读";
    NotificationSettled "通知了结";
    NotificationWithdrawn "通知撤回";
    NotificationsFollowed "通知进度";
}

/// What a message may say, and nothing else: no word of a resident.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Number of the case.
    pub case_no: String,
    /// Its item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemCode>,
    /// The unit in whose area it lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<UnitId>,
    /// The unit that the matter is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// The limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
}

/// Somebody who is told: everybody of the unit who has the post sees it in-app, and so does the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// For which unit.
    pub unit: UnitId,
    /// As what.
    pub post: Post,
    /// The person of the duty roster, by its key there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What the person is called.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Whose account sees it besides the unit's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Channels by which it goes out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// When.
    pub at: Timestamp,
    /// Not before this it goes out: quiet hours, or the next digest. None: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_at: Option<Timestamp>,
    /// It goes out together with others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub digest: bool,
}

/// Who is told next where nobody answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Later {
    /// As what.
    pub post: Post,
    /// When.
    pub at: Timestamp,
}

/// See [`Event::NotificationRaised`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationRaised {
    /// Position of the event of the case.
    pub cause: u64,
    /// Its name.
    pub event: String,
    /// The case.
    pub case: CaseId,
    /// What it says.
    pub template: String,
    /// How urgent.
    pub urgency: Urgency,
    /// What counts as an answer.
    #[serde(default, skip_serializing_if = "Matter::is_note")]
    pub matter: Matter,
    /// What the message may say.
    pub about: About,
    /// Whose people are told, one after the other.
    pub unit: UnitId,
    /// Who is told.
    pub told: Told,
    /// Who is told next, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later: Vec<Later>,
}

/// See [`Event::NotificationEscalated`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationEscalated {
    /// When it was due.
    pub due_at: Timestamp,
    /// Who is told.
    pub told: Told,
}

/// See [`Event::NotificationSent`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationSent {
    /// Number of the delivery within the notification, from 1.
    pub delivery: u32,
    /// By which channel.
    pub channel: String,
    /// Which try it was, from 1.
    pub attempt: u32,
    /// What the receiver said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub answer: String,
    /// The digest that it went out with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Uuid>,
}

/// See [`Event::NotificationFailed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationFailed {
    /// Number of the delivery.
    pub delivery: u32,
    /// By which channel.
    pub channel: String,
    /// Which try it was.
    pub attempt: u32,
    /// What went wrong; never quotes a secret.
    pub reason: String,
    /// When it is tried again.
    pub retry_at: Timestamp,
}

/// See [`Event::NotificationParked`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationParked {
    /// Number of the delivery.
    pub delivery: u32,
    /// By which channel.
    pub channel: String,
    /// Tries so far.
    pub attempt: u32,
    /// What went wrong.
    pub reason: String,
}

/// See [`Event::NotificationReplayed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationReplayed {
    /// The deliveries that are tried again.
    pub deliveries: Vec<u32>,
    /// Who said so.
    pub by: String,
}

/// See [`Event::NotificationRead`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationRead {
    /// Which of those who were told, from 0.
    pub told: Vec<u32>,
    /// Who read it.
    pub by: String,
}

/// See [`Event::NotificationSettled`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationSettled {
    /// When the next would have been told.
    pub due_at: Timestamp,
}

/// See [`Event::NotificationWithdrawn`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationWithdrawn {
    /// Which of those who were told, from 0.
    pub told: Vec<u32>,
}

/// See [`Event::NotificationsFollowed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationsFollowed {
    /// Nothing up to this position is told any more.
    pub through: u64,
}
