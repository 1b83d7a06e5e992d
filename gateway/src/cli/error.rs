//! Why a command ended otherwise than wished.

use std::fmt::Display;
use std::process::ExitCode;

use domain::fault::Fault;
use serde_json::json;

use super::output;

/// The end of a command that did not do what was asked.
#[derive(Debug)]
pub enum CliError {
    /// The command line, or a file that it names, makes no sense: exit 2.
    Misused(Vec<Fault>),
    /// Understood, but refused or found wrong: exit 1.
    Refused(Vec<Fault>),
}

impl CliError {
    /// Misuse, in one sentence.
    pub fn misused(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Misused(vec![Fault::new(code, zh, en)])
    }

    /// A refusal, in one sentence.
    pub fn refused(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Refused(vec![Fault::new(code, zh, en)])
    }

    /// A file that cannot be read or written.
    pub fn io(what: impl Display, error: &std::io::Error) -> Self {
        Self::misused("FILE_UNREADABLE", format!("{what} 无法读写：{error}"), format!("{what}: {error}"))
    }

    /// Something below failed; its own words are passed on.
    pub fn failed(error: impl Display) -> Self {
        Self::refused("FAILED", format!("失败：{error}"), error.to_string())
    }

    /// The same as misuse: what the command line names makes no sense.
    #[must_use]
    pub fn into_misuse(self) -> Self {
        let (Self::Misused(faults) | Self::Refused(faults)) = self;
        Self::Misused(faults)
    }

    /// Tells it on stderr, and with `json` as a document on stdout; the exit code.
    pub fn tell(&self, json: bool) -> ExitCode {
        let (faults, code) = match self {
            Self::Misused(faults) => (faults, 2),
            Self::Refused(faults) => (faults, 1),
        };
        for fault in faults {
            output::say(fault);
        }
        if json {
            let first = faults.first();
            output::json(&json!({ "error": first, "faults": faults }));
        }
        ExitCode::from(code)
    }
}

impl From<Fault> for CliError {
    fn from(fault: Fault) -> Self {
        Self::Misused(vec![fault])
    }
}
