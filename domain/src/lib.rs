//! THE RULES of Whistlepost 哨所: pure functions over events. No clock, no I/O, no async.
pub mod calendar;
pub mod case;
pub mod context;
pub mod decider;
pub mod fault;
pub mod ids;
pub mod intake;
pub mod notify;
pub mod number;
pub mod org;
pub mod policy;
pub mod reaction;
pub mod recorded;
pub mod rules;
pub mod sample;
pub mod sealed;
pub mod stream;
