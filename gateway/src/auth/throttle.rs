//! Slows down guessing: failures are counted per account and per address.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Failures within the window after which an account must wait.
const PER_ACCOUNT: usize = 5;
/// The same for an address, behind which many people may sit.
const PER_ADDRESS: usize = 30;
/// How long a failure counts.
const WINDOW: SignedDuration = SignedDuration::from_mins(15);
/// Most keys remembered; beyond, what has run out is dropped.
const MOST_KEYS: usize = 10_000;

/// Too many failures: try again later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// Seconds to wait.
    pub retry_after: i64,
}

/// Failures lately, by key. In memory: a restart forgives.
#[derive(Debug, Default)]
pub struct Throttle {
    failures: Mutex<HashMap<String, Vec<Timestamp>>>,
}

impl Throttle {
    /// May this account be tried from this address now?
    ///
    /// # Errors
    /// How long to wait.
    pub fn check(&self, account: &str, address: &str, now: Timestamp) -> Result<(), TooMany> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, most) in keys(account, address) {
            let lately: Vec<Timestamp> = failures
                .get(&key)
                .map(|times| times.iter().copied().filter(|at| counts(*at, now)).collect())
                .unwrap_or_default();
            if lately.len() >= most
                && let Some(oldest) = lately.first()
            {
                let left = WINDOW.as_secs() - now.duration_since(*oldest).as_secs();
                return Err(TooMany { retry_after: left.max(1) });
            }
        }
        Ok(())
    }

    /// Remembers a failure.
    pub fn failed(&self, account: &str, address: &str, now: Timestamp) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() > MOST_KEYS {
            failures.retain(|_, times| times.iter().any(|at| counts(*at, now)));
        }
        for (key, most) in keys(account, address) {
            let times = failures.entry(key).or_default();
            times.retain(|at| counts(*at, now));
            if times.len() < most {
                times.push(now);
            }
        }
    }

    /// Forgets the failures of an account that signed in.
    pub fn succeeded(&self, account: &str) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&account_key(account));
    }
}

fn counts(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) < WINDOW
}

fn account_key(account: &str) -> String {
    // Long names are cut: the map must not grow with what a stranger sends.
    let name: String = account.trim().to_lowercase().chars().take(60).collect();
    format!("account {name}")
}

fn keys(account: &str, address: &str) -> [(String, usize); 2] {
    [(account_key(account), PER_ACCOUNT), (format!("address {address}"), PER_ADDRESS)]
}

#[cfg(test)]
mod specs {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn the_sixth_try_on_an_account_waits_and_the_window_ends() {
        let throttle = Throttle::default();
        for second in 0..5 {
            assert!(throttle.check("wang", "10.0.0.1", at(second)).is_ok());
            throttle.failed("wang", "10.0.0.1", at(second));
        }
        assert_eq!(throttle.check("WANG ", "10.0.0.2", at(60)), Err(TooMany { retry_after: 840 }));
        assert!(throttle.check("li", "10.0.0.1", at(60)).is_ok());
        assert!(throttle.check("wang", "10.0.0.1", at(901)).is_ok());
    }

    #[test]
    fn an_address_that_guesses_many_accounts_waits() {
        let throttle = Throttle::default();
        for n in 0..30 {
            throttle.failed(&format!("name{n}"), "10.0.0.1", at(n));
        }
        assert!(throttle.check("other", "10.0.0.1", at(31)).is_err());
        assert!(throttle.check("other", "10.0.0.9", at(31)).is_ok());
    }
}
