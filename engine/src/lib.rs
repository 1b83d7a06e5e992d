//! THE MACHINE of Whistlepost 哨所: takes commands, asks the rules, appends to the log.
//!
//! [`submit`] is the only door to the log. [`log`] keeps it, [`deadlines`] sends back through the
//! door what time decides, [`bus`] and [`dispatcher`] are the ways in and out for other systems.

pub mod backup;
pub mod bus;
pub mod clock;
pub mod deadlines;
pub mod dispatcher;
pub mod evidence;
pub mod intake;
pub mod keyring;
pub mod lease;
pub mod log;
pub mod metrics;
pub mod reconcile;
pub mod rules;
pub mod submit;
pub mod tail;
pub mod verify;

mod lanes;
mod writer;

pub use submit::{Accepted, CaseHistory, Command, Engine, Request, SubmitError};
