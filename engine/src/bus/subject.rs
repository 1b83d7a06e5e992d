//! Subjects: `whistle.<jurisdiction>.<kind>.<token>`.
//!
//! A word from outside becomes one token: what NATS could take for structure is written as `=XX`.
//! No two words share a token, so nobody reads another's messages.

use super::Stream;

/// The subjects of one jurisdiction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subjects {
    prefix: String,
}

impl Subjects {
    /// The subjects of this jurisdiction, e.g. `320506`.
    pub fn new(jurisdiction: &str) -> Self {
        Self { prefix: format!("whistle.{}", token(jurisdiction)) }
    }

    /// Complaints of a source.
    pub fn intake(&self, source: &str) -> String {
        self.of("intake", source)
    }
    /// Receipts for a source.
    pub fn receipt(&self, source: &str) -> String {
        self.of("receipt", source)
    }
    /// Status for a source.
    pub fn status(&self, source: &str) -> String {
        self.of("status", source)
    }
    /// Tasks for a unit.
    pub fn dispatch(&self, unit: &str) -> String {
        self.of("dispatch", unit)
    }
    /// Answers of a unit.
    pub fn response(&self, unit: &str) -> String {
        self.of("response", unit)
    }
    /// What happened.
    pub fn event(&self, stream_kind: &str, event: &str) -> String {
        format!("{}.event.{}.{}", self.prefix, token(stream_kind), token(event))
    }
    /// Dead letters.
    pub fn dead(&self, origin: &str) -> String {
        self.of("dead", origin)
    }

    /// The patterns whose messages a stream keeps.
    pub fn patterns(&self, stream: Stream) -> Vec<String> {
        let kinds: &[&str] = match stream {
            Stream::Intake => &["intake.*"],
            Stream::Receipts => &["receipt.*", "status.*"],
            Stream::Dispatch => &["dispatch.*"],
            Stream::Responses => &["response.*"],
            Stream::Events => &["event.*.*"],
            Stream::Dead => &["dead.*"],
        };
        kinds.iter().map(|kind| format!("{}.{kind}", self.prefix)).collect()
    }

    /// The stream that keeps a subject's messages.
    pub fn stream_of(&self, subject: &str) -> Option<Stream> {
        let rest = subject.strip_prefix(&self.prefix)?.strip_prefix('.')?;
        match rest.split('.').next()? {
            "intake" => Some(Stream::Intake),
            "receipt" | "status" => Some(Stream::Receipts),
            "dispatch" => Some(Stream::Dispatch),
            "response" => Some(Stream::Responses),
            "event" => Some(Stream::Events),
            "dead" => Some(Stream::Dead),
            _ => None,
        }
    }

    fn of(&self, kind: &str, word: &str) -> String {
        format!("{}.{kind}.{}", self.prefix, token(word))
    }
}

/// The word as one token of a subject.
pub fn token(word: &str) -> String {
    if word.is_empty() {
        return "=".to_owned();
    }
    let mut token = String::with_capacity(word.len());
    for byte in word.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            token.push(char::from(byte));
        } else {
            token.push('=');
            token.push_str(&hex::encode_upper([byte]));
        }
    }
    token
}

/// The word behind a subject's last token; a token that was not made by [`token`] stands for itself.
pub fn last_word(subject: &str) -> String {
    let token = subject.rsplit('.').next().unwrap_or_default();
    decode(token).unwrap_or_else(|| token.to_owned())
}

fn decode(token: &str) -> Option<String> {
    if token == "=" {
        return Some(String::new());
    }
    let mut bytes = Vec::with_capacity(token.len());
    let mut rest = token.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'=' {
            let (digits, tail) = tail.split_first_chunk::<2>()?;
            bytes.extend(hex::decode(digits).ok()?);
            rest = tail;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok().filter(|word| !word.contains(char::is_control))
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn a_word_from_outside_is_one_token_and_comes_back() {
        for word in ["12345", "D-chengguan", "a.b", "a_b", "市 热线", "*", ">", "", "="] {
            let subject = Subjects::new("320506").intake(word);
            assert_eq!(subject.split('.').count(), 4, "{subject}");
            assert!(!subject.contains(['*', '>', ' ']), "{subject}");
            assert_eq!(last_word(&subject), word);
        }
    }

    #[test]
    fn two_words_never_share_a_token() {
        assert_ne!(token("a.b"), token("a_b"));
        assert_ne!(token("a.b"), token("a=2Eb"));
    }

    #[test]
    fn every_subject_has_its_stream() {
        let subjects = Subjects::new("320506");
        assert_eq!(subjects.stream_of(&subjects.status("12345")), Some(Stream::Receipts));
        assert_eq!(subjects.stream_of(&subjects.event("case", "CaseSigned")), Some(Stream::Events));
        assert_eq!(subjects.stream_of("whistle.3205061.intake.x"), None);
    }
}
