//! Deadlines stand still while this node's clock cannot be believed.

use jiff::{SignedDuration, Timestamp};
use tracing::{error, info};

use crate::log::StoreError;
use crate::submit::Engine;

/// By how much the node's clock may be away from the database's.
const MOST: SignedDuration = SignedDuration::from_secs(2);

/// Compares the clocks before every sweep.
#[derive(Default)]
pub(super) struct Drift {
    frozen: bool,
}

impl Drift {
    /// The time by which deadlines are due: the earlier of both clocks, so that none fires early. None
    /// while they are too far apart.
    pub async fn now(&mut self, engine: &Engine) -> Result<Option<Timestamp>, StoreError> {
        if !engine.clock().keeps_real_time() {
            return Ok(Some(engine.now()));
        }
        let asked = engine.now();
        let there = engine.store().now().await?;
        let drift = away(there, asked, engine.now());
        self.tell(engine, drift);
        Ok((!self.frozen).then_some(asked.min(there)))
    }

    fn tell(&mut self, engine: &Engine, drift: SignedDuration) {
        let seconds = drift.as_secs_f64();
        let frozen = drift.abs() > MOST;
        match (self.frozen, frozen) {
            (false, true) => error!(
                seconds,
                "this node's clock is too far from the database's: its deadlines are frozen until both agree"
            ),
            (true, false) => info!(seconds, "the clocks agree again: deadlines go on"),
            _ => {}
        }
        self.frozen = frozen;
        engine.metrics().clock_drift.set(seconds);
        engine.metrics().deadlines_frozen.set(i64::from(frozen));
    }
}

/// How far our clock is ahead of the other, which was read between these two instants of ours: a slow
/// answer is no drift.
fn away(there: Timestamp, asked: Timestamp, answered: Timestamp) -> SignedDuration {
    if there < asked {
        asked.duration_since(there)
    } else if there > answered {
        answered.duration_since(there)
    } else {
        SignedDuration::ZERO
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_slow_answer_is_no_drift() {
        assert_eq!(away(at(105), at(100), at(110)), SignedDuration::ZERO);
    }

    #[test]
    fn ahead_counts_up_and_behind_counts_down() {
        assert_eq!(away(at(90), at(100), at(101)), SignedDuration::from_secs(10));
        assert_eq!(away(at(120), at(100), at(101)), SignedDuration::from_secs(-19));
    }
}
