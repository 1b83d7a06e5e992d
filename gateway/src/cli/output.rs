//! Where words go: answers to stdout, talk to stderr. A reader that has gone away is no error.

use std::fmt::Display;
use std::io::Write;

use serde::Serialize;

/// One line of an answer, on stdout.
pub fn line(text: impl Display) {
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}

/// One line for people, on stderr.
pub fn say(text: impl Display) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

/// One JSON document on one line of stdout.
pub fn json(value: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(value) {
        line(text);
    }
}
