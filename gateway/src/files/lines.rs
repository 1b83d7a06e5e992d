//! Lines of bounded length: one absurd line costs neither memory nor the file.

use std::io::{self, BufRead};

use domain::fault::Fault;

/// Longest line, in bytes. The longest complaint that is accepted is a third of it.
pub const LINE_BYTES: usize = 1024 * 1024;

/// A line without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// Its bytes.
    Text(&'a [u8]),
    /// Longer than [`LINE_BYTES`]; passed over.
    TooLong,
}

impl Line<'_> {
    /// Nothing but white space.
    pub fn is_blank(&self) -> bool {
        matches!(self, Line::Text(bytes) if bytes.trim_ascii().is_empty())
    }

    /// What is wrong with [`Line::TooLong`].
    pub fn too_long() -> Fault {
        Fault::new(
            "LINE_TOO_LONG",
            format!("一行超过 {LINE_BYTES} 字节"),
            format!("a line of more than {LINE_BYTES} bytes"),
        )
    }
}

/// Reads lines that end in LF or CRLF, without a byte order mark.
pub struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// Lines of this input.
    pub fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), number: 0 }
    }

    /// The next line and its number, from 1; none at the end.
    ///
    /// # Errors
    /// The input's own.
    pub fn next_line(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        self.buffer.clear();
        let mut too_long = false;
        let mut any = false;
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                break;
            }
            any = true;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let part = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
            too_long |= self.buffer.len() + part.len() > LINE_BYTES;
            if !too_long {
                self.buffer.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        if !any {
            return Ok(None);
        }
        self.number += 1;
        if too_long {
            return Ok(Some((self.number, Line::TooLong)));
        }
        let mut bytes = self.buffer.as_slice();
        bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if self.number == 1 {
            bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        }
        Ok(Some((self.number, Line::Text(bytes))))
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    fn read(input: &[u8]) -> Vec<String> {
        // A tiny buffer, so that every line crosses it.
        let mut lines = Lines::new(io::BufReader::with_capacity(3, input));
        let mut found = Vec::new();
        while let Some((number, line)) = lines.next_line().expect("memory") {
            found.push(match line {
                Line::Text(bytes) => format!("{number}:{}", String::from_utf8_lossy(bytes)),
                Line::TooLong => format!("{number}!"),
            });
        }
        found
    }

    #[test]
    fn ends_of_lines_and_a_byte_order_mark_are_not_part_of_them() {
        assert_eq!(read(b"\xef\xbb\xbfa\r\nb\n\nc"), ["1:a", "2:b", "3:", "4:c"]);
        assert!(read(b"").is_empty());
    }

    #[test]
    fn an_endless_line_is_passed_over_and_the_next_one_read() {
        let mut input = vec![b'x'; LINE_BYTES + 1];
        input.extend_from_slice(b"\nnext\n");
        assert_eq!(read(&input), ["1!", "2:next"]);
    }
}
