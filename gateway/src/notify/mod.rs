//! 通知: follows the log and tells those whom an event concerns; sends what goes out. `docs/notify.md`.

mod channel;
mod raiser;
mod robot;
mod sender;
mod smtp;
mod webhook;

pub use channel::{Channel, Channels, Outbound, OutboundItem, SendError};
pub use raiser::{NotifyError, Raiser};
pub use sender::Sender;
