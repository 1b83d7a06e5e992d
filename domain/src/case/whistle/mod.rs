//! 吹哨报到 (北京条例 §16): the unit that has the case calls others; each has a leg with its own clocks.

mod decline;
mod late;
mod leg;
mod rate;
mod revise;
mod sound;
mod state;

pub use state::{Leg, Phase, Proposal, Whistle};

pub(super) use decline::{adjudicate, decline};
pub(super) use late::{late, paused, waits_for};
pub(super) use leg::{arrive, finish, respond, stand_down};
pub(super) use rate::rate;
pub(super) use revise::{moved, revised};
pub(super) use sound::{approve, sound};
pub(super) use state::evolve;
