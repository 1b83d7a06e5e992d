//! What is known of a notification: the fold of its events.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::{About, Event, Later, NotificationRaised, Told};
use super::matter::Matter;
use super::words::Urgency;
use crate::case::clocks::{Deadline, DeadlineName};
use crate::ids::{CaseId, UnitId};

/// State of one notification.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The case.
    pub case: CaseId,
    /// Position of the event that it tells of.
    pub cause: u64,
    /// Its name.
    pub event: String,
    /// What it says.
    pub template: String,
    /// How urgent.
    pub urgency: Urgency,
    /// What counts as an answer.
    pub matter: Matter,
    /// What the message may say.
    pub about: About,
    /// Whose people are told.
    pub unit: UnitId,
    /// Who was told, in the order of it.
    pub told: Vec<Recipient>,
    /// Who is told next.
    pub later: Vec<Later>,
    /// What goes out, in order of number.
    pub deliveries: Vec<Delivery>,
    /// Nobody further need be told.
    pub settled: bool,
    /// Of the stream that keeps it: up to where the log was looked through.
    pub through: Option<u64>,
}

/// Somebody who was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Who.
    pub told: Told,
    /// Who read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_by: Option<String>,
    /// It exists for them no more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

/// Where a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// It goes out then, or again then.
    Waiting(Timestamp),
    /// A receiver has it.
    Sent,
    /// It is not tried any more.
    Parked,
    /// It must not go out any more.
    Withdrawn,
}

/// One message by one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its number within the notification, from 1.
    pub number: u32,
    /// Whose: place among those who were told, from 0.
    pub to: u32,
    /// By which channel.
    pub channel: String,
    /// Tries so far since it was last begun.
    pub attempt: u32,
    /// Where it is.
    pub progress: Progress,
    /// What went wrong last.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Somebody who asks what there is for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The account.
    pub account: String,
    /// Its unit.
    pub unit: UnitId,
    /// Its role.
    pub role: String,
}

impl Recipient {
    /// It is for this account: of the unit and with the post, or named by the roster.
    pub fn is_for(&self, who: &Who) -> bool {
        let post = self.told.post.role().is_none_or(|role| role == who.role);
        let of_unit = self.told.unit == who.unit && post;
        !self.withdrawn && (of_unit || self.told.account.as_ref() == Some(&who.account))
    }
}

impl State {
    /// It was raised.
    pub fn exists(&self) -> bool {
        !self.told.is_empty()
    }

    /// The delivery of this number.
    pub fn delivery(&self, number: u32) -> Option<&Delivery> {
        self.deliveries.iter().find(|delivery| delivery.number == number)
    }

    /// Somebody has read it.
    pub fn is_read(&self) -> bool {
        self.told.iter().any(|recipient| recipient.read_by.is_some())
    }

    /// When the next is told, where nobody answers.
    pub fn next_deadline(&self) -> Option<Deadline> {
        let done = self.settled || (self.matter == Matter::Note && self.is_read());
        let next = self.later.first().filter(|_| !done)?;
        Some(Deadline { name: DeadlineName::NotifyEscalate, due_at: next.at })
    }

    /// Takes one event in.
    pub fn evolve(&mut self, event: &Event) {
        match event {
            Event::NotificationRaised(e) => self.raise(e),
            Event::NotificationEscalated(e) => {
                self.later.retain(|later| later.post > e.told.post);
                self.tell(&e.told);
            }
            Event::NotificationSent(e) => self.change(e.delivery, |delivery| {
                delivery.attempt = e.attempt;
                delivery.progress = Progress::Sent;
            }),
            Event::NotificationFailed(e) => self.change(e.delivery, |delivery| {
                delivery.attempt = e.attempt;
                delivery.progress = Progress::Waiting(e.retry_at);
                delivery.reason.clone_from(&e.reason);
            }),
            Event::NotificationParked(e) => self.change(e.delivery, |delivery| {
                delivery.attempt = e.attempt;
                delivery.progress = Progress::Parked;
                delivery.reason.clone_from(&e.reason);
            }),
            Event::NotificationReplayed(e) => {
                let again = self.deliveries.iter_mut().filter(|one| e.deliveries.contains(&one.number));
                again.for_each(|delivery| {
                    delivery.attempt = 0;
                    // At once, whatever the hour: a person said so.
                    delivery.progress = Progress::Waiting(Timestamp::UNIX_EPOCH);
                });
            }
            Event::NotificationRead(e) => {
                for recipient in self.among(&e.told) {
                    recipient.read_by.get_or_insert_with(|| e.by.clone());
                }
            }
            Event::NotificationSettled(_) => self.settled = true,
            Event::NotificationWithdrawn(e) => self.withdraw(&e.told),
            Event::NotificationsFollowed(e) => self.through = Some(e.through),
        }
    }

    fn raise(&mut self, e: &NotificationRaised) {
        *self = State {
            case: e.case,
            cause: e.cause,
            event: e.event.clone(),
            template: e.template.clone(),
            urgency: e.urgency,
            matter: e.matter,
            about: e.about.clone(),
            unit: e.unit.clone(),
            later: e.later.clone(),
            ..State::default()
        };
        self.tell(&e.told);
    }

    fn tell(&mut self, told: &Told) {
        let to = u32::try_from(self.told.len()).unwrap_or(u32::MAX);
        for channel in &told.channels {
            self.deliveries.push(Delivery {
                number: u32::try_from(self.deliveries.len() + 1).unwrap_or(u32::MAX),
                to,
                channel: channel.clone(),
                attempt: 0,
                progress: Progress::Waiting(told.send_at.unwrap_or(told.at)),
                reason: String::new(),
            });
        }
        self.told.push(Recipient { told: told.clone(), read_by: None, withdrawn: false });
    }

    fn withdraw(&mut self, told: &[u32]) {
        for recipient in self.among(told) {
            recipient.withdrawn = true;
        }
        for delivery in self.deliveries.iter_mut().filter(|delivery| told.contains(&delivery.to)) {
            if delivery.progress != Progress::Sent {
                delivery.progress = Progress::Withdrawn;
            }
        }
        self.settled |= self.told.iter().all(|recipient| recipient.withdrawn);
    }

    fn change(&mut self, number: u32, change: impl FnOnce(&mut Delivery)) {
        if let Some(delivery) = self.deliveries.iter_mut().find(|delivery| delivery.number == number) {
            change(delivery);
        }
    }

    fn among<'a>(&'a mut self, told: &'a [u32]) -> impl Iterator<Item = &'a mut Recipient> {
        let places = (0_u32..).zip(self.told.iter_mut());
        places.filter(|(place, _)| told.contains(place)).map(|(_, recipient)| recipient)
    }
}
