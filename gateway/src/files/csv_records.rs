//! CSV (RFC 4180), bounded, and able to go on after a spoiled row.
//!
//! Written out because the usual readers take everything up to the next quote, however far, for
//! one field: one stray quote would swallow the rest of a file. Here such a line is named and
//! reading goes on at the line after it.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use domain::fault::Fault;

use super::lines::{LINE_BYTES, Line, Lines};
use super::text::not_utf8;

/// A row and the line on which it begins.
pub struct Record {
    /// Line, from 1.
    pub line: u64,
    /// Its cells, or what is wrong with it.
    pub cells: Result<Vec<String>, Fault>,
}

/// Reads rows; blank lines are none.
pub struct Records<R> {
    lines: Lines<R>,
    /// Lines read ahead while looking for the end of a quoted cell.
    ahead: VecDeque<(u64, Owned)>,
    delimiter: Option<u8>,
}

enum Owned {
    Text(Vec<u8>),
    TooLong,
}

impl<R: BufRead> Records<R> {
    /// Rows of this input.
    pub fn new(input: R) -> Self {
        Self { lines: Lines::new(input), ahead: VecDeque::new(), delimiter: None }
    }

    /// The next row; none at the end.
    ///
    /// # Errors
    /// The input's own.
    pub fn next_record(&mut self) -> io::Result<Option<Record>> {
        loop {
            if !self.reach(0)? {
                return Ok(None);
            }
            match self.ahead.front() {
                Some((_, Owned::Text(bytes))) if bytes.trim_ascii().is_empty() => {
                    self.ahead.pop_front();
                }
                _ => break,
            }
        }
        let mut splitter = Splitter::new(self.delimiter());
        let mut size = 0;
        let mut used = 0;
        let fault = loop {
            if !self.reach(used)? {
                break Some(unclosed());
            }
            let Some((_, Owned::Text(bytes))) = self.ahead.get(used) else {
                break Some(if used == 0 { Line::too_long() } else { unclosed() });
            };
            size += bytes.len();
            used += 1;
            if size > LINE_BYTES {
                break Some(unclosed());
            }
            match splitter.feed(bytes) {
                Fed::Complete => break None,
                Fed::Open => {}
                Fed::Broken => break Some(broken()),
            }
        };
        // A spoiled row gives back all lines but its first.
        let taken = if fault.is_some() { 1 } else { used };
        let line = self.ahead.front().map_or(0, |(number, _)| *number);
        self.ahead.drain(..taken.min(self.ahead.len()));
        let cells = match fault {
            Some(fault) => Err(fault),
            None => splitter.cells(),
        };
        Ok(Some(Record { line, cells }))
    }

    /// Reads ahead until the line at this index is there; false at the end.
    fn reach(&mut self, index: usize) -> io::Result<bool> {
        while self.ahead.len() <= index {
            let Some((number, line)) = self.lines.next_line()? else { return Ok(false) };
            self.ahead.push_back((
                number,
                match line {
                    Line::Text(bytes) => Owned::Text(bytes.to_vec()),
                    Line::TooLong => Owned::TooLong,
                },
            ));
        }
        Ok(true)
    }

    /// What stands between cells, seen in the first line: comma, or tab or semicolon where the
    /// line has no comma.
    fn delimiter(&mut self) -> u8 {
        if let Some(delimiter) = self.delimiter {
            return delimiter;
        }
        let first = match self.ahead.front() {
            Some((_, Owned::Text(bytes))) => bytes.as_slice(),
            _ => &[],
        };
        let found = [b',', b'\t', b';'].into_iter().find(|delimiter| first.contains(delimiter));
        *self.delimiter.insert(found.unwrap_or(b','))
    }
}

fn unclosed() -> Fault {
    Fault::new("CSV_QUOTE_UNCLOSED", "引号没有结束", "a quote is not closed")
}

fn broken() -> Fault {
    Fault::new("CSV_QUOTE_STRAY", "引号之后还有文字", "text follows a closing quote")
}

/// How a line left the row.
enum Fed {
    /// The row ends here.
    Complete,
    /// The next line belongs to it.
    Open,
    /// It is no CSV.
    Broken,
}

#[derive(Clone, Copy, PartialEq)]
enum At {
    Start,
    Plain,
    Quoted,
    /// Behind a quote inside a quoted cell: its end, or the first half of a doubled one.
    Quote,
}

struct Splitter {
    delimiter: u8,
    cells: Vec<Vec<u8>>,
    cell: Vec<u8>,
    at: At,
}

impl Splitter {
    fn new(delimiter: u8) -> Self {
        Self { delimiter, cells: Vec::new(), cell: Vec::new(), at: At::Start }
    }

    fn feed(&mut self, line: &[u8]) -> Fed {
        if self.at == At::Quoted {
            self.cell.push(b'\n');
        }
        for &byte in line {
            match (self.at, byte) {
                (At::Start, b'"') => self.at = At::Quoted,
                (At::Quoted, b'"') => self.at = At::Quote,
                (At::Quote, b'"') => {
                    self.cell.push(byte);
                    self.at = At::Quoted;
                }
                (At::Quoted, _) => self.cell.push(byte),
                (_, _) if byte == self.delimiter => self.end_cell(),
                (At::Quote, b' ') => {}
                (At::Quote, _) => return Fed::Broken,
                (At::Start | At::Plain, _) => {
                    self.cell.push(byte);
                    self.at = At::Plain;
                }
            }
        }
        if self.at == At::Quoted {
            return Fed::Open;
        }
        self.end_cell();
        Fed::Complete
    }

    fn end_cell(&mut self) {
        self.cells.push(std::mem::take(&mut self.cell));
        self.at = At::Start;
    }

    fn cells(self) -> Result<Vec<String>, Fault> {
        self.cells.into_iter().map(|cell| String::from_utf8(cell).map_err(|_| not_utf8())).collect()
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    fn read(input: &str) -> Vec<String> {
        let mut records = Records::new(input.as_bytes());
        let mut found = Vec::new();
        while let Some(record) = records.next_record().expect("memory") {
            let cells = record.cells.map_or_else(|fault| fault.code, |cells| cells.join("|"));
            found.push(format!("{} {cells}", record.line));
        }
        found
    }

    #[test]
    fn quoted_cells_hold_delimiters_quotes_and_line_breaks() {
        assert_eq!(
            read("a,b\n\"1,\"\"x\"\"\",\"l1\r\nl2\"\r\n\n3,5\" pipe\n4,\n"),
            ["1 a|b", "2 1,\"x\"|l1\nl2", "5 3|5\" pipe", "6 4|"]
        );
    }

    #[test]
    fn a_stray_quote_costs_its_own_line_only() {
        assert_eq!(
            read("a,b\n1,\"open\n2,x\n3,\"y\"\n\"q\"z,1\n4,x\n"),
            ["1 a|b", "2 CSV_QUOTE_STRAY", "3 2|x", "4 3|y", "5 CSV_QUOTE_STRAY", "6 4|x"]
        );
        assert_eq!(read("a,b\n1,\"open\n2,x\n"), ["1 a|b", "2 CSV_QUOTE_UNCLOSED", "3 2|x"]);
    }

    #[test]
    fn other_encodings_and_endless_cells_are_named() {
        let mut records = Records::new(&b"a,b\n\xff,1\n2,3\n"[..]);
        let codes = std::iter::from_fn(|| records.next_record().ok().flatten())
            .map(|record| record.cells.err().map(|fault| fault.code));
        assert_eq!(codes.collect::<Vec<_>>(), [None, Some("NOT_UTF8".to_owned()), None]);
        let long = format!("a,b\n1,\"{}\"\n2,x\n", "长".repeat(LINE_BYTES / 2));
        assert_eq!(read(&long), ["1 a|b", "2 LINE_TOO_LONG", "3 2|x"]);
    }

    #[test]
    fn tabs_and_semicolons_are_seen_in_the_header() {
        assert_eq!(read("a\tb\n1\t2,3\n"), ["1 a|b", "2 1|2,3"]);
        assert_eq!(read("a;b\n1;2\n"), ["1 a|b", "2 1|2"]);
    }
}
