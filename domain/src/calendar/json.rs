//! JSON with the line of every value, so that a mistake can be shown where it stands.

/// A value and the line (from 1) on which it begins.
pub(super) struct Node {
    pub line: u64,
    pub value: Value,
}

/// A JSON value; numbers are not needed by any file of ours, only recognised.
pub(super) enum Value {
    Null,
    Bool(bool),
    Number,
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One `"key": value` of an object, repeated keys included.
pub(super) struct Entry {
    pub key: String,
    pub line: u64,
    pub node: Node,
}

/// Reads a document; on bad syntax the line and the reader's own message.
pub(super) fn read(text: &str) -> Result<Node, (u64, String)> {
    serde_json::from_str::<serde_json::Value>(text)
        .map_err(|error| (error.line().max(1) as u64, error.to_string()))?;
    Ok(Walk { text, at: 0, line: 1 }.value())
}

/// Walks a text that is already known to be sound JSON.
struct Walk<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Walk<'_> {
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(b'}')
    }

    fn blank(&mut self) {
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b'\n' => self.line += 1,
                b' ' | b'\t' | b'\r' | b',' | b':' => {}
                _ => break,
            }
            self.at += 1;
        }
    }

    fn value(&mut self) -> Node {
        self.blank();
        let line = self.line;
        let value = match self.peek() {
            b'{' => self.map(),
            b'[' => self.list(),
            b'"' => Value::Text(self.text()),
            _ => self.word(),
        };
        Node { line, value }
    }

    fn map(&mut self) -> Value {
        let mut entries = Vec::new();
        self.at += 1;
        loop {
            self.blank();
            if self.peek() != b'"' {
                self.at += 1;
                return Value::Map(entries);
            }
            let line = self.line;
            let key = self.text();
            entries.push(Entry { key, line, node: self.value() });
        }
    }

    fn list(&mut self) -> Value {
        let mut nodes = Vec::new();
        self.at += 1;
        loop {
            self.blank();
            if matches!(self.peek(), b']' | b'}') {
                self.at += 1;
                return Value::List(nodes);
            }
            nodes.push(self.value());
        }
    }

    fn text(&mut self) -> String {
        let from = self.at;
        self.at += 1;
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        self.text.get(from..self.at).and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or_default()
    }

    fn word(&mut self) -> Value {
        let from = self.at;
        while !matches!(self.peek(), b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n') {
            self.at += 1;
        }
        match self.text.get(from..self.at) {
            Some("true") => Value::Bool(true),
            Some("false") => Value::Bool(false),
            Some("null") => Value::Null,
            _ => Value::Number,
        }
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn every_value_knows_its_line() {
        let node = read("{\"a\": [1,\n \"x\\\"y\"],\n\n \"b\": {\"c\":null}, \"a\": true}").ok().unwrap();
        let Value::Map(entries) = node.value else { panic!("a map") };
        let keys: Vec<_> = entries.iter().map(|entry| (entry.key.as_str(), entry.line)).collect();
        assert_eq!(keys, [("a", 1), ("b", 4), ("a", 4)]);
        let Value::List(list) = &entries[0].node.value else { panic!("a list") };
        assert_eq!(list[1].line, 2);
        assert!(matches!(&list[1].value, Value::Text(text) if text == "x\"y"));
    }

    #[test]
    fn bad_syntax_has_a_line() {
        assert_eq!(read("{\n\"a\": 1,\n}").err().unwrap().0, 3);
        assert_eq!(read("").err().unwrap().0, 1);
        assert!(read(&"[".repeat(100_000)).is_err(), "deep nesting is refused, not followed");
    }
}
