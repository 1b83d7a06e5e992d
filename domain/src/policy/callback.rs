//! 回访: when an attempt counts, and after how many the callback is invalid.

use serde::Serialize;

use super::keys::{Entry, Keys};
use crate::calendar::Budget;

/// Table `[callback]` of `sla.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CallbackRule {
    /// Attempts that reached nobody, each at an hour of its own, after which the callback is invalid.
    pub attempts: u8,
    /// An attempt counts so long after the one before.
    pub interval: Budget,
}

impl Default for CallbackRule {
    fn default() -> Self {
        Self { attempts: 3, interval: Budget::Continuous { minutes: 60 } }
    }
}

impl CallbackRule {
    pub(super) fn read<'t>(keys: &mut Keys<'t>, entry: &Entry<'_, 't>) -> Self {
        let mut rule = Self::default();
        for entry in keys.entries(entry) {
            match entry.key {
                "attempts" => rule.attempts = keys.percent(&entry).unwrap_or(rule.attempts).max(1),
                "interval" => rule.interval = keys.budget(&entry).unwrap_or(rule.interval),
                _ => keys.unknown(&entry),
            }
        }
        rule
    }
}
