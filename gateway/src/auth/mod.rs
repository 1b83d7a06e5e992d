//! Who may come in: local accounts, their sessions and tokens, and what each may see and do.
//!
//! Accounts live beside the log, never in it: people come and go, history stays.

mod batches;
mod password;
mod presence;
mod saved;
pub mod scope;
mod session;
mod store;
mod throttle;

use domain::context::Actor;
use domain::ids::UnitId;

pub use batches::{Batch, BatchCase, BatchState, HELD};
pub use password::DEMO_PASSWORD;
pub use saved::SavedView;
pub use scope::{Action, Reader};
pub use session::{Token, csrf_token};
pub use store::Accounts;
pub use throttle::{Throttle, TooMany};

/// What a person is here for. One role per account; the unit says where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 承办: works on the cases of one unit.
    Handler,
    /// 派遣: takes in, classifies and dispatches.
    Dispatcher,
    /// 督查: checks, calls back, reopens.
    Supervisor,
    /// 管理: looks after the installation.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 4] = [Role::Handler, Role::Dispatcher, Role::Supervisor, Role::Admin];

    /// The word in the file and in interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Handler => "handler",
            Role::Dispatcher => "dispatcher",
            Role::Supervisor => "supervisor",
            Role::Admin => "admin",
        }
    }

    /// The word on a Chinese page.
    pub fn zh(self) -> &'static str {
        match self {
            Role::Handler => "承办",
            Role::Dispatcher => "派遣",
            Role::Supervisor => "督查",
            Role::Admin => "管理",
        }
    }

    /// The word on an English page.
    pub fn en(self) -> &'static str {
        match self {
            Role::Handler => "Handler",
            Role::Dispatcher => "Dispatcher",
            Role::Supervisor => "Supervisor",
            Role::Admin => "Administrator",
        }
    }

    /// Reads the word of [`Role::as_str`].
    pub fn parse(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// A person or a system that may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Name to sign in with.
    pub name: String,
    /// Name on pages.
    pub display: String,
    /// What for.
    pub role: Role,
    /// The unit it acts for; it sees what lies within.
    pub unit: UnitId,
}

impl Account {
    /// The account as the log names it.
    pub fn actor(&self) -> Actor {
        Actor::person(&self.name, self.unit.as_str())
    }
}

/// Why an account cannot be made, found or kept.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The name is not 2 to 40 letters, digits, `-`, `_` or `.`.
    #[error("an account name has 2 to 40 letters, digits, -, _ or .")]
    Name,
    /// The password is shorter than eight characters.
    #[error("a password has at least 8 characters")]
    Password,
    /// There is one of this name already.
    #[error("there is an account of this name already")]
    Exists,
    /// There is none of this name.
    #[error("there is no account of this name")]
    Unknown,
    /// Hashing failed.
    #[error("the password could not be hashed")]
    Hash,
    /// The file has no path.
    #[error("the accounts file has no usable path")]
    Place,
    /// File or database failed.
    #[error("accounts: {0}")]
    Store(#[from] sqlx::Error),
}
