//! The demo: two weeks of a made-up street, played through the real engine with a clock that is
//! turned, then live traffic by the real clock.

mod history;
mod live;
mod residents;
mod staff;
mod texts;
mod whistles;

pub use history::play as play_history;
pub use live::Traffic;
pub use residents::{DEMO_GRID, DEMO_STREET};
pub use whistles::DEMO_DEPARTMENT;

/// Where the demo takes its dice from: the same street every time.
const SEED: u64 = 0x5748_4953_544C_4531;
