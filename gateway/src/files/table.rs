//! Tables that go out: CSV, XLSX or JSON Lines, row by row.

use std::io::{self, Write};

use jiff::Zoned;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use serde_json::{Map, Value};

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum TableFormat {
    /// CSV in UTF-8.
    Csv,
    /// Excel.
    Xlsx,
    /// One JSON object a line.
    Jsonl,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing known.
    Empty,
    /// Text.
    Text(String),
    /// True or false.
    Flag(bool),
    /// A number.
    Number(i64),
    /// A time, as the clocks of its zone show it: Excel knows no zones.
    Time(Zoned),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
    }
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        text.map_or(Cell::Empty, Cell::Text)
    }
}

/// A table under way. [`Table::finish`] ends it.
pub enum Table<W: Write + Send> {
    /// CSV.
    Csv(Box<csv::Writer<W>>),
    /// Excel, kept on disk row by row until it ends.
    Xlsx {
        /// The workbook.
        book: Box<Workbook>,
        /// Where it goes.
        out: W,
        /// Next row.
        row: u32,
        /// How times are shown.
        times: Box<Format>,
    },
    /// JSON Lines.
    Jsonl {
        /// Names of the columns.
        columns: Vec<&'static str>,
        /// Where it goes.
        out: W,
    },
}

impl<W: Write + Send> Table<W> {
    /// Begins a table with its header.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(format: TableFormat, columns: &[&'static str], out: W) -> io::Result<Self> {
        match format {
            TableFormat::Csv => {
                let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
                writer.write_record(columns)?;
                Ok(Self::Csv(Box::new(writer)))
            }
            TableFormat::Jsonl => Ok(Self::Jsonl { columns: columns.to_vec(), out }),
            TableFormat::Xlsx => {
                let mut book = Workbook::new();
                // When a file was made is no business of its rows: the same rows are the same file.
                let made = ExcelDateTime::from_ymd(2000, 1, 1).map_err(xlsx)?;
                book.set_properties(&DocProperties::new().set_creation_datetime(&made));
                let sheet = book.add_worksheet_with_constant_memory().map_err(xlsx)?;
                sheet.set_freeze_panes(1, 0).map_err(xlsx)?;
                let bold = Format::new().set_bold();
                for (column, name) in (0..).zip(columns) {
                    sheet.set_column_width(column, 18).map_err(xlsx)?;
                    sheet.write_string_with_format(0, column, *name, &bold).map_err(xlsx)?;
                }
                let times = Box::new(Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"));
                Ok(Self::Xlsx { book: Box::new(book), out, row: 1, times })
            }
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// It cannot be written, or an Excel sheet is full.
    pub fn add(&mut self, cells: &[Cell]) -> io::Result<()> {
        match self {
            Self::Csv(writer) => Ok(writer.write_record(cells.iter().map(csv_cell))?),
            Self::Jsonl { columns, out } => {
                let fields = columns.iter().zip(cells).map(|(name, cell)| {
                    (
                        (*name).to_owned(),
                        match cell {
                            Cell::Empty => Value::Null,
                            Cell::Text(text) => Value::String(text.clone()),
                            Cell::Flag(flag) => Value::Bool(*flag),
                            Cell::Number(number) => Value::from(*number),
                            Cell::Time(time) => Value::String(written(time)),
                        },
                    )
                });
                writeln!(out, "{}", Value::Object(fields.collect::<Map<_, _>>()))
            }
            Self::Xlsx { book, row, times, .. } => {
                let sheet = book.worksheet_from_index(0).map_err(xlsx)?;
                for (column, cell) in (0..).zip(cells) {
                    put(sheet, (*row, column), cell, times).map_err(xlsx)?;
                }
                *row += 1;
                Ok(())
            }
        }
    }

    /// What the sheet of an Excel file is called; other files have none.
    ///
    /// # Errors
    /// Excel takes no such name.
    pub fn name(&mut self, name: &str) -> io::Result<()> {
        if let Self::Xlsx { book, .. } = self {
            book.worksheet_from_index(0).map_err(xlsx)?.set_name(name).map_err(xlsx)?;
        }
        Ok(())
    }

    /// Ends the table.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Self::Csv(mut writer) => writer.flush(),
            Self::Jsonl { mut out, .. } => out.flush(),
            Self::Xlsx { mut book, mut out, .. } => {
                let bytes = book.save_to_buffer().map_err(xlsx)?;
                out.write_all(&bytes)?;
                out.flush()
            }
        }
    }
}

impl Table<Vec<u8>> {
    /// Ends a table that was written into memory.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn into_bytes(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Csv(writer) => writer.into_inner().map_err(|error| io::Error::other(error.to_string())),
            Self::Jsonl { out, .. } => Ok(out),
            Self::Xlsx { mut book, .. } => book.save_to_buffer().map_err(xlsx),
        }
    }
}

fn put(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    times: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => return Ok(()),
        // Written as a string, a formula is only its text.
        Cell::Text(text) => sheet.write_string(row, column, text)?,
        Cell::Flag(flag) => sheet.write_boolean(row, column, *flag)?,
        Cell::Number(number) => sheet.write_number(row, column, *number as f64)?,
        Cell::Time(time) => match moment(time) {
            Ok(moment) => sheet.write_datetime_with_format(row, column, moment, times)?,
            // Excel's days begin in 1900.
            Err(_) => sheet.write_string(row, column, written(time))?,
        },
    };
    Ok(())
}

fn moment(time: &Zoned) -> Result<ExcelDateTime, XlsxError> {
    let number = |value: i8| u8::try_from(value).unwrap_or_default();
    let year = u16::try_from(time.year()).unwrap_or_default();
    ExcelDateTime::from_ymd(year, number(time.month()), number(time.day()))?.and_hms(
        u16::from(number(time.hour())),
        number(time.minute()),
        f64::from(time.second()),
    )
}

/// `2026-02-13T10:00:00+08:00`
fn written(time: &Zoned) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn xlsx(error: XlsxError) -> io::Error {
    io::Error::other(error)
}

/// A cell that a spreadsheet would run as a formula is made a text.
fn csv_cell(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Flag(flag) => flag.to_string(),
        Cell::Number(number) => number.to_string(),
        Cell::Time(time) => written(time),
        Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Cell::Text(text) => text.clone(),
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    fn written(format: TableFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut table = Table::new(format, &["a", "b", "c"], &mut bytes).expect("memory");
        for text in ["=1+1", "+1", "-1", "@x", "\ty", "\rz", "a,\"b\""] {
            table.add(&[Cell::Text(text.into()), Cell::Empty, Cell::Flag(true)]).expect("memory");
        }
        table.finish().expect("memory");
        bytes
    }

    #[test]
    fn formulas_are_texts_in_csv() {
        let text = String::from_utf8(written(TableFormat::Csv)).expect("text");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let cells: Vec<_> = reader.records().map(|row| row.expect("a row")[0].to_owned()).collect();
        assert_eq!(cells, ["'=1+1", "'+1", "'-1", "'@x", "'\ty", "'\rz", "a,\"b\""]);
    }

    #[test]
    fn an_unknown_value_is_null_in_json_and_a_sheet_is_a_zip() {
        let text = String::from_utf8(written(TableFormat::Jsonl)).expect("text");
        let first: Value = serde_json::from_str(text.lines().next().expect("a line")).expect("json");
        assert_eq!(first, serde_json::json!({"a": "=1+1", "b": null, "c": true}));
        assert!(written(TableFormat::Xlsx).starts_with(b"PK"));
    }
}
