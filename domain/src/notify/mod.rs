//! 通知: who is told of what, by whom it goes on while nobody answers, and what became of every message.
//!
//! [`notices`] says whom an event of a case concerns, by `deploy/policy/notify.toml`; each notice is a
//! stream of its own in the log, whose id is made of the event: raised twice it is raised once. Who that is
//! says the duty roster, `deploy/policy/roster.toml`. What goes out, the gateway sends.

mod decide;
mod event;
mod matter;
mod message;
mod named;
mod notices;
mod recipient;
mod state;
mod words;

pub use decide::{Command, Notice};
pub use event::{
    About, Event, Later, NotificationEscalated, NotificationFailed, NotificationParked, NotificationRaised,
    NotificationRead, NotificationReplayed, NotificationSent, NotificationSettled, NotificationWithdrawn,
    NotificationsFollowed, Told,
};
pub use matter::{Matter, Standing};
pub use message::{Message, event_name, message};
pub use notices::notices;
pub use state::{Delivery, Progress, Recipient, State, Who};
pub use words::{Post, Urgency};
