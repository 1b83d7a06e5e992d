//! The rules in force at this node, exchanged while it works.
//!
//! Whoever decides asks for them once and keeps what it got to the end of its decision: a new edition
//! binds new decisions only.

use std::sync::{Arc, PoisonError, RwLock};

use domain::context::Rulebook;

/// The rules in force. Cheap to clone; all clones are the same.
#[derive(Debug, Clone)]
pub struct Rules {
    now: Arc<RwLock<Arc<Rulebook>>>,
}

impl Rules {
    /// Those in force now.
    pub fn now(&self) -> Arc<Rulebook> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on these.
    pub fn put(&self, rules: Arc<Rulebook>) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = rules;
    }
}

impl From<Arc<Rulebook>> for Rules {
    fn from(rules: Arc<Rulebook>) -> Self {
        Self { now: Arc::new(RwLock::new(rules)) }
    }
}
